from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("dealers", "0059_notice_by_headquarters_day"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="link",
            index=models.Index(fields=["kind", "at"], name="link_by_kind"),
        ),
    ]

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('dealers', '0058_more_in_chains'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='link',
            index=models.Index(fields=['kind', 'at'], name='link_by_kind'),
        ),
    ]

from django.db import migrations, models


def _version(model, name):
    return migrations.AlterField(
        model_name=model,
        name=name,
        field=models.CharField(
            default='2026-3', max_length=20, verbose_name='consent text version'
        ),
    )


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0063_pack_of_an_owner_still'),
    ]

    operations = [
        _version('consent', 'text_version'),
        _version('pageentry', 'text_version'),
        _version('registration', 'consent_text'),
    ]

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('incentives', '0077_who_sees_time_stamps'),
    ]

    operations = [
        migrations.AlterField(
            model_name='run',
            name='engine',
            field=models.PositiveSmallIntegerField(default=4, editable=False, verbose_name='engine'),
        ),
    ]

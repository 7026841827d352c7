from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('dealers', '0055_notice_never_gets_shorter'),
    ]

    operations = [
        migrations.AddField(
            model_name='noticechoice',
            name='at_night',
            field=models.BooleanField(default=False, verbose_name='at night as well'),
        ),
        migrations.AddConstraint(
            model_name='noticechoice',
            constraint=models.CheckConstraint(condition=models.Q(('at_night', False), ('kind', 'dispatch'), _connector='OR'), name='notice_choice_at_night_of_leads'),
        ),
    ]

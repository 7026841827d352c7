import datetime

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('incentives', '0021_bounds'),
    ]

    operations = [
        # Made again by the next reader, with the moment of each line.
        migrations.RunSQL(
            "DELETE FROM incentives_openline; DELETE FROM incentives_openresult;"
            " DELETE FROM incentives_openmonth",
            migrations.RunSQL.noop,
        ),
        migrations.RemoveConstraint(
            model_name='openline',
            name='open_line_between_1990_and_2200',
        ),
        migrations.AddField(
            model_name='openline',
            name='certain_at',
            field=models.DateTimeField(null=True, verbose_name='certain at'),
        ),
        migrations.AddConstraint(
            model_name='openline',
            constraint=models.CheckConstraint(condition=models.Q(('at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('certain_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('certain_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC))), name='open_line_between_1990_and_2200', violation_error_message='Enter a day between 1990 and 2199.'),
        ),
    ]

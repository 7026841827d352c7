"""Moments, names and numbers have bounds."""

import datetime
import django.core.validators
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models

from dealers.bounds import AddBound


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0019_bounds'),
        ('dealers', '0007_bounds'),
        ('incentives', '0020_groups_see_periods_and_boards'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='component',
            name='period_cap',
            field=models.DecimalField(blank=True, null=True, validators=[django.core.validators.MaxValueValidator(Decimal('1000000000000'))], verbose_name='cap a month and dealer'),
        ),
        migrations.AlterField(
            model_name='raterow',
            name='starts_at',
            field=models.DecimalField(default=0, validators=[django.core.validators.MaxValueValidator(Decimal('1000000000000'))], verbose_name='from'),
        ),
        AddBound(
            model_name='board',
            constraint=models.CheckConstraint(condition=models.Q(('known_until__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('known_until__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('frozen_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('frozen_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('starts_on__gte', datetime.date(1990, 1, 1)), ('starts_on__lte', datetime.date(2200, 1, 1))), name='board_between_1990_and_2200', violation_error_message='Enter a day between 1990 and 2199.'),
        ),
        AddBound(
            model_name='cohort',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('name__regex', '[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]'), _negated=True), models.Q(('name_en__regex', '[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]'), _negated=True)), name='cohort_name_is_legible', violation_error_message='There is an invisible character in it. Type it by hand instead of pasting it.'),
        ),
        AddBound(
            model_name='component',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('name__regex', '[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]'), _negated=True), models.Q(('name_en__regex', '[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]'), _negated=True), models.Q(('rate_above_one__regex', '[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]'), _negated=True)), name='component_name_is_legible', violation_error_message='There is an invisible character in it. Type it by hand instead of pasting it.'),
        ),
        AddBound(
            model_name='component',
            constraint=models.CheckConstraint(condition=models.Q(('period_cap__lte', Decimal('1000000000000'))), name='component_cap_is_not_too_large'),
        ),
        AddBound(
            model_name='journal',
            constraint=models.CheckConstraint(condition=models.Q(('effective_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('effective_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('recorded_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('recorded_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC))), name='journal_between_1990_and_2200', violation_error_message='Enter a day between 1990 and 2199.'),
        ),
        AddBound(
            model_name='openline',
            constraint=models.CheckConstraint(condition=models.Q(('at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC))), name='open_line_between_1990_and_2200', violation_error_message='Enter a day between 1990 and 2199.'),
        ),
        AddBound(
            model_name='openmonth',
            constraint=models.CheckConstraint(condition=models.Q(('computed_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('computed_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('month__gte', datetime.date(1990, 1, 1)), ('month__lte', datetime.date(2200, 1, 1))), name='open_month_between_1990_and_2200', violation_error_message='Enter a day between 1990 and 2199.'),
        ),
        AddBound(
            model_name='openresult',
            constraint=models.CheckConstraint(condition=models.Q(('for_month__gte', datetime.date(1990, 1, 1)), ('for_month__lte', datetime.date(2200, 1, 1))), name='open_result_between_1990_and_2200', violation_error_message='Enter a day between 1990 and 2199.'),
        ),
        AddBound(
            model_name='period',
            constraint=models.CheckConstraint(condition=models.Q(('month__gte', datetime.date(1990, 1, 1)), ('month__lte', datetime.date(2200, 1, 1))), name='period_between_1990_and_2200', violation_error_message='Enter a day between 1990 and 2199.'),
        ),
        AddBound(
            model_name='plan',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('name__regex', '[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]'), _negated=True), models.Q(('name_en__regex', '[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]'), _negated=True)), name='plan_name_is_legible', violation_error_message='There is an invisible character in it. Type it by hand instead of pasting it.'),
        ),
        AddBound(
            model_name='planversion',
            constraint=models.CheckConstraint(condition=models.Q(('tested_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('tested_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('approved_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('approved_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('published_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('published_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('starts_on__gte', datetime.date(1990, 1, 1)), ('starts_on__lte', datetime.date(2200, 1, 1)), ('ends_on__gte', datetime.date(1990, 1, 1)), ('ends_on__lte', datetime.date(2200, 1, 1))), name='plan_version_between_1990_and_2200', violation_error_message='Enter a day between 1990 and 2199.'),
        ),
        AddBound(
            model_name='raterow',
            constraint=models.CheckConstraint(condition=models.Q(('starts_at__lte', Decimal('1000000000000'))), name='rate_row_start_is_not_too_large'),
        ),
        AddBound(
            model_name='result',
            constraint=models.CheckConstraint(condition=models.Q(('for_month__gte', datetime.date(1990, 1, 1)), ('for_month__lte', datetime.date(2200, 1, 1))), name='result_between_1990_and_2200', violation_error_message='Enter a day between 1990 and 2199.'),
        ),
        AddBound(
            model_name='run',
            constraint=models.CheckConstraint(condition=models.Q(('known_until__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('known_until__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('closed_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('closed_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('month__gte', datetime.date(1990, 1, 1)), ('month__lte', datetime.date(2200, 1, 1))), name='run_between_1990_and_2200', violation_error_message='Enter a day between 1990 and 2199.'),
        ),
        AddBound(
            model_name='statement',
            constraint=models.CheckConstraint(condition=models.Q(('issued_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('issued_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC))), name='statement_between_1990_and_2200', violation_error_message='Enter a day between 1990 and 2199.'),
        ),
        AddBound(
            model_name='statementdocument',
            constraint=models.CheckConstraint(condition=models.Q(('made_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('made_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC))), name='statement_document_between_1990_and_2200', violation_error_message='Enter a day between 1990 and 2199.'),
        ),
    ]

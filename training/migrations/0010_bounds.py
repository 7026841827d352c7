"""Moments, names and numbers have bounds."""

import datetime
import django.core.validators
from django.conf import settings
from django.db import migrations, models

from dealers.bounds import AddBound


class Migration(migrations.Migration):

    dependencies = [
        ('training', '0009_published_never_changes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='course',
            name='certificate_months',
            field=models.PositiveSmallIntegerField(blank=True, default=12, help_text='Empty: it does not expire.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(1200)], verbose_name='certificate valid for, months'),
        ),
        AddBound(
            model_name='assignment',
            constraint=models.CheckConstraint(condition=models.Q(('assigned_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('assigned_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC))), name='assignment_between_1990_and_2200', violation_error_message='Enter a day between 1990 and 2199.'),
        ),
        AddBound(
            model_name='attempt',
            constraint=models.CheckConstraint(condition=models.Q(('started_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('started_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('submitted_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('submitted_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC))), name='attempt_between_1990_and_2200', violation_error_message='Enter a day between 1990 and 2199.'),
        ),
        AddBound(
            model_name='certificate',
            constraint=models.CheckConstraint(condition=models.Q(('issued_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('issued_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('valid_until__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('valid_until__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC))), name='certificate_between_1990_and_2200', violation_error_message='Enter a day between 1990 and 2199.'),
        ),
        AddBound(
            model_name='certificate',
            constraint=models.CheckConstraint(condition=models.Q(('holder__regex', '[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]'), _negated=True), name='certificate_holder_is_legible', violation_error_message='There is an invisible character in it. Type it by hand instead of pasting it.'),
        ),
        AddBound(
            model_name='course',
            constraint=models.CheckConstraint(condition=models.Q(('certificate_months__lte', 1200)), name='course_certificate_ends_within_a_century'),
        ),
        AddBound(
            model_name='course',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('title__regex', '[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]'), _negated=True), models.Q(('title_en__regex', '[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]'), _negated=True)), name='course_title_is_legible', violation_error_message='There is an invisible character in it. Type it by hand instead of pasting it.'),
        ),
        AddBound(
            model_name='courseversion',
            constraint=models.CheckConstraint(condition=models.Q(('tested_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('tested_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('approved_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('approved_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('published_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('published_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC))), name='course_version_between_1990_and_2200', violation_error_message='Enter a day between 1990 and 2199.'),
        ),
        AddBound(
            model_name='enrollment',
            constraint=models.CheckConstraint(condition=models.Q(('started_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('started_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('passed_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('passed_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC))), name='enrollment_between_1990_and_2200', violation_error_message='Enter a day between 1990 and 2199.'),
        ),
        AddBound(
            model_name='lesson',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('title__regex', '[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]'), _negated=True), models.Q(('title_en__regex', '[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]'), _negated=True)), name='lesson_title_is_legible', violation_error_message='There is an invisible character in it. Type it by hand instead of pasting it.'),
        ),
        AddBound(
            model_name='picture',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('alt__regex', '[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]'), _negated=True), models.Q(('alt_en__regex', '[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]'), _negated=True)), name='picture_description_is_legible', violation_error_message='There is an invisible character in it. Type it by hand instead of pasting it.'),
        ),
        AddBound(
            model_name='progress',
            constraint=models.CheckConstraint(condition=models.Q(('opened_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('opened_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('done_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('done_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC))), name='progress_between_1990_and_2200', violation_error_message='Enter a day between 1990 and 2199.'),
        ),
    ]

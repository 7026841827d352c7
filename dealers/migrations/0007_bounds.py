"""Moments and names have bounds."""

import datetime
from django.db import migrations, models

from dealers.bounds import AddBound


class Migration(migrations.Migration):

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('dealers', '0006_sign_in'),
    ]

    operations = [
        AddBound(
            model_name='accesslog',
            constraint=models.CheckConstraint(condition=models.Q(('at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC))), name='access_log_between_1990_and_2200', violation_error_message='Enter a day between 1990 and 2199.'),
        ),
        AddBound(
            model_name='dealer',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('code__regex', '[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]'), _negated=True), models.Q(('name__regex', '[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]'), _negated=True)), name='dealer_is_legible', violation_error_message='There is an invisible character in it. Type it by hand instead of pasting it.'),
        ),
        AddBound(
            model_name='dealerkey',
            constraint=models.CheckConstraint(condition=models.Q(('created_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('created_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC))), name='dealer_key_between_1990_and_2200', violation_error_message='Enter a day between 1990 and 2199.'),
        ),
        AddBound(
            model_name='export',
            constraint=models.CheckConstraint(condition=models.Q(('asked_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('asked_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC))), name='export_between_1990_and_2200', violation_error_message='Enter a day between 1990 and 2199.'),
        ),
        AddBound(
            model_name='fileimport',
            constraint=models.CheckConstraint(condition=models.Q(('started_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('started_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('finished_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('finished_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC))), name='file_import_between_1990_and_2200', violation_error_message='Enter a day between 1990 and 2199.'),
        ),
        AddBound(
            model_name='fileimport',
            constraint=models.CheckConstraint(condition=models.Q(('name__regex', '[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]'), _negated=True), name='file_import_name_is_legible', violation_error_message='There is an invisible character in it. Type it by hand instead of pasting it.'),
        ),
        AddBound(
            model_name='invitation',
            constraint=models.CheckConstraint(condition=models.Q(('invited_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('invited_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('expires_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('expires_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('accepted_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('accepted_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('mailed_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('mailed_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('revoked_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('revoked_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC))), name='invitation_between_1990_and_2200', violation_error_message='Enter a day between 1990 and 2199.'),
        ),
        AddBound(
            model_name='invitation',
            constraint=models.CheckConstraint(condition=models.Q(('name__regex', '[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]'), _negated=True), name='invitation_name_is_legible', violation_error_message='There is an invisible character in it. Type it by hand instead of pasting it.'),
        ),
        AddBound(
            model_name='membership',
            constraint=models.CheckConstraint(condition=models.Q(('starts_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('starts_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('ends_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('ends_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('reviewed_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('reviewed_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC))), name='membership_between_1990_and_2200', violation_error_message='Enter a day between 1990 and 2199.'),
        ),
        AddBound(
            model_name='outboxtask',
            constraint=models.CheckConstraint(condition=models.Q(('at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('sent_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('sent_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC))), name='outbox_task_between_1990_and_2200', violation_error_message='Enter a day between 1990 and 2199.'),
        ),
        AddBound(
            model_name='region',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('code__regex', '[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]'), _negated=True), models.Q(('name__regex', '[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]'), _negated=True)), name='region_is_legible', violation_error_message='There is an invisible character in it. Type it by hand instead of pasting it.'),
        ),
        AddBound(
            model_name='store',
            constraint=models.CheckConstraint(condition=models.Q(('opened_on__gte', datetime.date(1990, 1, 1)), ('opened_on__lte', datetime.date(2200, 1, 1))), name='store_between_1990_and_2200', violation_error_message='Enter a day between 1990 and 2199.'),
        ),
        AddBound(
            model_name='store',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('code__regex', '[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]'), _negated=True), models.Q(('name__regex', '[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]'), _negated=True)), name='store_is_legible', violation_error_message='There is an invisible character in it. Type it by hand instead of pasting it.'),
        ),
        AddBound(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(('last_login__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('last_login__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('date_joined__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('date_joined__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC))), name='user_between_1990_and_2200', violation_error_message='Enter a day between 1990 and 2199.'),
        ),
        AddBound(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(('name__regex', '[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]'), _negated=True), name='user_name_is_legible', violation_error_message='There is an invisible character in it. Type it by hand instead of pasting it.'),
        ),
        AddBound(
            model_name='signintry',
            constraint=models.CheckConstraint(condition=models.Q(('at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC))), name='sign_in_try_between_1990_and_2200', violation_error_message='Enter a day between 1990 and 2199.'),
        ),
    ]

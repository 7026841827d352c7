"""Moments, names and numbers have bounds; an order by hand names its author."""

import datetime
import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

from dealers.bounds import AddBound


# What the admin's own log says of orders that were recorded there.
AUTHORS = """
ALTER TABLE customers_order DISABLE TRIGGER USER;
UPDATE customers_order AS o SET recorded_by_id = log.user_id
FROM (
    SELECT CASE WHEN object_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
        THEN object_id::uuid END AS id, min(user_id) AS user_id
    FROM django_admin_log AS l JOIN django_content_type AS t ON t.id = l.content_type_id
    WHERE t.app_label = 'customers' AND t.model = 'order' AND l.action_flag = 1
    GROUP BY 1
) AS log
WHERE o.id = log.id;
ALTER TABLE customers_order ENABLE TRIGGER USER;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('admin', '0003_logentry_add_action_flag_choices'),
        ('customers', '0018_sealed_to_blocks'),
        ('dealers', '0007_bounds'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='order',
            name='recorded_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recorded by hand by'),
        ),
        migrations.RunSQL(AUTHORS, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name='rulebook',
            name='grace_days',
            field=models.PositiveSmallIntegerField(default=3, validators=[django.core.validators.MaxValueValidator(366)], verbose_name='grace after the end, days'),
        ),
        AddBound(
            model_name='activity',
            constraint=models.CheckConstraint(condition=models.Q(('at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('recorded_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('recorded_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('follow_up_on__gte', datetime.date(1990, 1, 1)), ('follow_up_on__lte', datetime.date(2200, 1, 1))), name='activity_between_1990_and_2200', violation_error_message='Enter a day between 1990 and 2199.'),
        ),
        AddBound(
            model_name='attribution',
            constraint=models.CheckConstraint(condition=models.Q(('ordered_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('ordered_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('recorded_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('recorded_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('counts_on__gte', datetime.date(1990, 1, 1)), ('counts_on__lte', datetime.date(2200, 1, 1))), name='attribution_between_1990_and_2200', violation_error_message='Enter a day between 1990 and 2199.'),
        ),
        AddBound(
            model_name='category',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('code__regex', '[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]'), _negated=True), models.Q(('name__regex', '[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]'), _negated=True)), name='category_is_legible', violation_error_message='There is an invisible character in it. Type it by hand instead of pasting it.'),
        ),
        AddBound(
            model_name='customer',
            constraint=models.CheckConstraint(condition=models.Q(('created_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('created_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC))), name='customer_between_1990_and_2200', violation_error_message='Enter a day between 1990 and 2199.'),
        ),
        AddBound(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('source', 'admin'), _negated=True), ('recorded_by__isnull', False), _connector='OR'), name='order_by_hand_names_its_author'),
        ),
        AddBound(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('ordered_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('ordered_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('recorded_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('recorded_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('placed_on__gte', datetime.date(1990, 1, 1)), ('placed_on__lte', datetime.date(2200, 1, 1))), name='order_between_1990_and_2200', violation_error_message='Enter a day between 1990 and 2199.'),
        ),
        AddBound(
            model_name='ownership',
            constraint=models.CheckConstraint(condition=models.Q(('protected_until__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('protected_until__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('contact_due_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('contact_due_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('contacted_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('contacted_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('sold_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('sold_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('last_activity_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('last_activity_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('renewed_on__gte', datetime.date(1990, 1, 1)), ('renewed_on__lte', datetime.date(2200, 1, 1)), ('follow_up_on__gte', datetime.date(1990, 1, 1)), ('follow_up_on__lte', datetime.date(2200, 1, 1)), ('period__endswith__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('period__startswith__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC))), name='ownership_between_1990_and_2200', violation_error_message='Enter a day between 1990 and 2199.'),
        ),
        AddBound(
            model_name='ownershipevent',
            constraint=models.CheckConstraint(condition=models.Q(('at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('recorded_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('recorded_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('protected_until__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('protected_until__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC))), name='ownership_event_between_1990_and_2200', violation_error_message='Enter a day between 1990 and 2199.'),
        ),
        AddBound(
            model_name='product',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('code__regex', '[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]'), _negated=True), models.Q(('name__regex', '[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]'), _negated=True)), name='product_is_legible', violation_error_message='There is an invisible character in it. Type it by hand instead of pasting it.'),
        ),
        AddBound(
            model_name='registration',
            constraint=models.CheckConstraint(condition=models.Q(('received_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('received_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('recorded_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('recorded_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('protected_until__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('protected_until__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('received_on__gte', datetime.date(1990, 1, 1)), ('received_on__lte', datetime.date(2200, 1, 1))), name='registration_between_1990_and_2200', violation_error_message='Enter a day between 1990 and 2199.'),
        ),
        AddBound(
            model_name='registration',
            constraint=models.CheckConstraint(condition=models.Q(('phone_clock__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('phone_clock__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), models.Q(models.Q(('channel', 'capture'), _negated=True), models.Q(('phone_clock__gte', django.db.models.expressions.CombinedExpression(models.F('received_at'), '-', models.Value(datetime.timedelta(days=2)))), ('phone_clock__lte', django.db.models.expressions.CombinedExpression(models.F('received_at'), '+', models.Value(datetime.timedelta(days=2))))), _connector='OR')), name='registration_phone_clock_is_near_its_receipt'),
        ),
        AddBound(
            model_name='rulebook',
            constraint=models.CheckConstraint(condition=models.Q(('tested_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('tested_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('approved_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('approved_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('published_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('published_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('starts_on__gte', datetime.date(1990, 1, 1)), ('starts_on__lte', datetime.date(2200, 1, 1))), name='rulebook_between_1990_and_2200', violation_error_message='Enter a day between 1990 and 2199.'),
        ),
        AddBound(
            model_name='rulebook',
            constraint=models.CheckConstraint(condition=models.Q(('name__regex', '[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]'), _negated=True), name='rulebook_name_is_legible', violation_error_message='There is an invisible character in it. Type it by hand instead of pasting it.'),
        ),
        AddBound(
            model_name='rulebook',
            constraint=models.CheckConstraint(condition=models.Q(('grace_days__lte', 366)), name='rulebook_grace_is_at_most_a_year'),
        ),
    ]

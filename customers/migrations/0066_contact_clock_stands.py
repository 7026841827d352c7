"""The clock of the first contact stands while nobody follows up, or headquarters looks at a lead.

What waits already has what it would have by now: who left is not followed up since before, and a
returned lead that nobody has looked at yet is looked at from now on.
"""

import datetime
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import connection, migrations, models

from dealers.triggers import lifted

TIME_ACTS_AT = """
CREATE OR REPLACE FUNCTION time_acts_at(person bigint) RETURNS timestamptz
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
WITH latest AS (
    SELECT o.dealer_id, o.period, o.release_at, o.contacted_at, o.sold_at, o.frozen
    FROM customers_ownership AS o
    WHERE o.identity_id = person AND o.protected_until > lower(o.period)
    ORDER BY lower(o.period) DESC LIMIT 1)
SELECT least(
    (SELECT release_at FROM latest
    WHERE contacted_at IS NULL AND sold_at IS NULL AND NOT frozen AND release_at < upper(period)),
    (SELECT min(a.due_at) FROM customers_act AS a
    WHERE a.identity_id = person AND a.due_at IS NOT NULL
        AND NOT EXISTS (SELECT FROM customers_act AS b WHERE b.answers_id = a.id)),
    (SELECT min(r.effective_at) FROM customers_release AS r
    JOIN customers_ownership AS o ON o.id = r.ownership_id
    WHERE o.identity_id = person AND NOT o.frozen
        AND r.done_at IS NULL AND r.cancelled_at IS NULL),
    (SELECT min(f.return_due_at) FROM customers_lead AS l
    JOIN customers_offer AS f ON f.lead_id = l.id AND f.junk_state = 'asked'
    JOIN customers_registration AS g ON g.id = f.registration_id AND g.answer = 'yours'
    JOIN latest ON latest.dealer_id = f.dealer_id AND f.return_due_at < upper(latest.period)
    WHERE l.identity_id = person
        AND (latest.sold_at IS NULL OR latest.sold_at < f.answered_at)),
    (SELECT coalesce((SELECT upper(period) FROM latest), '1990-01-01')
    FROM customers_waiting AS w
    WHERE w.identity_id = person AND w.ended_at IS NULL LIMIT 1))
$$"""

BEFORE = """
CREATE OR REPLACE FUNCTION time_acts_at(person bigint) RETURNS timestamptz
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
WITH latest AS (
    SELECT o.period, o.release_at, o.contacted_at, o.sold_at, o.frozen
    FROM customers_ownership AS o
    WHERE o.identity_id = person AND o.protected_until > lower(o.period)
    ORDER BY lower(o.period) DESC LIMIT 1)
SELECT least(
    (SELECT release_at FROM latest
    WHERE contacted_at IS NULL AND sold_at IS NULL AND NOT frozen AND release_at < upper(period)),
    (SELECT min(a.due_at) FROM customers_act AS a
    WHERE a.identity_id = person AND a.due_at IS NOT NULL
        AND NOT EXISTS (SELECT FROM customers_act AS b WHERE b.answers_id = a.id)),
    (SELECT min(r.effective_at) FROM customers_release AS r
    JOIN customers_ownership AS o ON o.id = r.ownership_id
    WHERE o.identity_id = person AND NOT o.frozen
        AND r.done_at IS NULL AND r.cancelled_at IS NULL),
    (SELECT coalesce((SELECT upper(period) FROM latest), '1990-01-01')
    FROM customers_waiting AS w
    WHERE w.identity_id = person AND w.ended_at IS NULL LIMIT 1))
$$"""

# Of protections that wait for somebody: at the same time of day so many days later, as of a pause
# that begins from now on.
PAUSED = """
UPDATE customers_ownership AS o
SET release_at = (o.release_at AT TIME ZONE s.timezone + o.paused_days * interval '1 day')
    AT TIME ZONE s.timezone
FROM dealers_store AS s
WHERE s.id = o.store_id AND o.paused_on IS NOT NULL AND o.release_at IS NOT NULL
    AND o.channel <> 'dispatch' AND NOT o.over
"""

# Three days, which are two working ones but for a holiday.
LOOKED_AT = """
UPDATE customers_offer SET return_due_at = statement_timestamp() + interval '3 days'
WHERE junk_state = 'asked'
"""
WAITING = """
UPDATE customers_ownership AS o
SET release_at = f.return_due_at, contact_due_at = f.return_due_at
FROM customers_offer AS f JOIN customers_registration AS g ON g.id = f.registration_id
WHERE f.junk_state = 'asked' AND g.answer = 'yours' AND o.id = g.ownership_id
    AND o.contacted_at IS NULL AND o.release_at > statement_timestamp() AND NOT o.over
"""


def let_clocks_stand(apps, schema_editor):
    owned, offers = (apps.get_model("customers", name) for name in ("Ownership", "Offer"))
    with lifted(owned, offers), connection.cursor() as cursor:
        for statement in (PAUSED, LOOKED_AT, WAITING):
            cursor.execute(statement)


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0065_lines_and_typed_numbers'),
        ('dealers', '0055_notice_never_gets_shorter'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='ownership',
            name='ownership_stays_the_same_owners',
        ),
        migrations.RemoveConstraint(
            model_name='offer',
            name='offer_between_1990_and_2200',
        ),
        migrations.AddField(
            model_name='offer',
            name='return_due_at',
            field=models.DateTimeField(blank=True, help_text='Without an answer the lead is taken back.', null=True, verbose_name='headquarters answers until'),
        ),
        migrations.AddField(
            model_name='offer',
            name='returned_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='returned by'),
        ),
        migrations.AddField(
            model_name='offer',
            name='reviewed_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='return answered at'),
        ),
        migrations.AddField(
            model_name='offer',
            name='stays_because',
            field=models.CharField(blank=True, choices=[('reached', 'Somebody answers at this number'), ('new', 'The store had no such lead before'), ('inside', "The place is in the store's area"), ('wants', 'The customer still asks for it'), ('bought', 'The customer has bought')], max_length=8, verbose_name='stays because'),
        ),
        migrations.AddIndex(
            model_name='offer',
            index=models.Index(condition=models.Q(('junk_state', 'asked')), fields=['return_due_at'], name='offer_return_due'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='ownership',
            trigger=pgtrigger.compiler.Trigger(name='ownership_stays_the_same_owners', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN ((OLD.identity_id, OLD.customer_id, OLD.dealer_id, OLD.store_id, OLD.channel, OLD.contact_due_at IS NULL, OLD.release_at IS NULL, OLD.since, lower(OLD.period)) IS DISTINCT FROM (NEW.identity_id, NEW.customer_id, NEW.dealer_id, NEW.store_id, NEW.channel, NEW.contact_due_at IS NULL, NEW.release_at IS NULL, NEW.since, lower(NEW.period)))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='766727de5de03260ef34c07e3f42ffed90dfca64', operation='UPDATE', pgid='pgtrigger_ownership_stays_the_same_owners_1522f', table='customers_ownership', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='ownership',
            trigger=pgtrigger.compiler.Trigger(name='ownership_contact_clock_moves_for_a_reason', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.channel <> 'dispatch' AND (OLD.contact_due_at IS DISTINCT FROM NEW.contact_due_at OR OLD.release_at IS DISTINCT FROM NEW.release_at AND OLD.paused_on IS NOT DISTINCT FROM NEW.paused_on))", func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='ee8c4ade848a747fbd78107b5fcd2d265481cfa2', operation='UPDATE', pgid='pgtrigger_ownership_contact_clock_moves_for_a_reason_e030d', table='customers_ownership', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='offer',
            constraint=models.CheckConstraint(condition=models.Q(('offered_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('offered_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('due_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('due_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('answered_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('answered_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('contact_due_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('contact_due_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('passed_on_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('passed_on_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('returned_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('returned_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('return_due_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('return_due_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('reviewed_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('reviewed_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC))), name='offer_between_1990_and_2200', violation_error_message='Enter a day between 1990 and 2199.'),
        ),
        migrations.RunPython(let_clocks_stand, migrations.RunPython.noop),
        migrations.RunSQL(TIME_ACTS_AT, BEFORE),
        migrations.AddConstraint(
            model_name='offer',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('junk_state', 'asked'), _negated=True), models.Q(('return_due_at__isnull', False), ('reviewed_at__isnull', True)), _connector='OR'), name='offer_looked_at_until_a_moment'),
        ),
        migrations.AddConstraint(
            model_name='offer',
            constraint=models.CheckConstraint(condition=models.Q(('stays_because', ''), models.Q(('junk_state', 'refused'), ('stays_because__in', ['reached', 'new', 'inside', 'wants', 'bought'])), _connector='OR'), name='offer_stays_for_a_reason_of_the_list'),
        ),
    ]

"""The clock of the first contact stands while nobody follows up since somebody left.

What waits already waits for as long as if its pause began from now on.
"""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import connection, migrations

from dealers.triggers import lifted

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


def let_clocks_stand(apps, schema_editor):
    with lifted(apps.get_model("customers", "Ownership")), connection.cursor() as cursor:
        cursor.execute(PAUSED)


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0064_text_of_emergencies'),
        ('dealers', '0055_notice_never_gets_shorter'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='ownership',
            name='ownership_stays_the_same_owners',
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='ownership',
            trigger=pgtrigger.compiler.Trigger(name='ownership_stays_the_same_owners', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN ((OLD.identity_id, OLD.customer_id, OLD.dealer_id, OLD.store_id, OLD.channel, OLD.contact_due_at IS NULL, OLD.release_at IS NULL, OLD.since, lower(OLD.period)) IS DISTINCT FROM (NEW.identity_id, NEW.customer_id, NEW.dealer_id, NEW.store_id, NEW.channel, NEW.contact_due_at IS NULL, NEW.release_at IS NULL, NEW.since, lower(NEW.period)))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='766727de5de03260ef34c07e3f42ffed90dfca64', operation='UPDATE', pgid='pgtrigger_ownership_stays_the_same_owners_1522f', table='customers_ownership', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='ownership',
            trigger=pgtrigger.compiler.Trigger(name='ownership_contact_clock_moves_for_a_reason', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.channel <> 'dispatch' AND (OLD.contact_due_at IS DISTINCT FROM NEW.contact_due_at OR OLD.release_at IS DISTINCT FROM NEW.release_at AND OLD.paused_on IS NOT DISTINCT FROM NEW.paused_on))", func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='ee8c4ade848a747fbd78107b5fcd2d265481cfa2', operation='UPDATE', pgid='pgtrigger_ownership_contact_clock_moves_for_a_reason_e030d', table='customers_ownership', when='BEFORE')),
        ),
        migrations.RunPython(let_clocks_stand, migrations.RunPython.noop),
    ]

"""Days of notice at headquarters, entries of a page by their lead, and hits by their number.

What was registered under a planted number before names that number; of what was typed elsewhere
nobody knows any more which one it was.
"""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import connection, migrations, models

from dealers.triggers import lifted

REGISTERED = """
UPDATE customers_plantedhit AS h SET planted_id = p.id
FROM customers_registration AS g JOIN customers_plantednumber AS p ON p.identity_id = g.identity_id
WHERE g.id = h.registration_id AND h.dealer_id IS NULL
"""


def name_numbers(apps, schema_editor):
    with lifted(apps.get_model("customers", "PlantedHit")), connection.cursor() as cursor:
        cursor.execute(REGISTERED)


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0069_more_in_customers_chains'),
        ('dealers', '0059_notice_by_headquarters_day'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='dispatchterms',
            name='dispatch_terms_published_before_they_apply',
        ),
        migrations.AddIndex(
            model_name='leadentry',
            index=models.Index(fields=['lead'], name='lead_entry_of_lead'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='dispatchterms',
            trigger=pgtrigger.compiler.Trigger(name='dispatch_terms_published_before_they_apply', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n        IF NEW.published_at IS NOT NULL AND OLD.published_at IS NULL\n                AND NEW.starts_on < (NEW.published_at AT TIME ZONE 'Asia/Shanghai')::date THEN\n            RAISE check_violation USING CONSTRAINT = 'dispatch_terms_published_before_they_apply', MESSAGE = 'What was offered keeps its terms.';\n        END IF;\n        RETURN coalesce(NEW, OLD);\n        ", hash='d1371ecc84723f21f36aa7ad4fde4225cf6d6f0f', operation='UPDATE', pgid='pgtrigger_dispatch_terms_published_before_they_apply_f2676', table='customers_dispatchterms', when='BEFORE')),
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='plantedhit',
            name='planted_hit_stays',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='registration',
            name='registration_meets_planted_numbers',
        ),
        migrations.AddField(
            model_name='plantedhit',
            name='planted',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='hits', to='customers.plantednumber', verbose_name='planted number'),
        ),
        migrations.RunPython(name_numbers, migrations.RunPython.noop),
        pgtrigger.migrations.AddTrigger(
            model_name='plantedhit',
            trigger=pgtrigger.compiler.Trigger(name='planted_hit_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."registration_id" IS DISTINCT FROM (NEW."registration_id") OR OLD."unconfirmed_id" IS DISTINCT FROM (NEW."unconfirmed_id") OR OLD."typed_by_id" IS DISTINCT FROM (NEW."typed_by_id") OR OLD."typed_into" IS DISTINCT FROM (NEW."typed_into") OR OLD."planted_id" IS DISTINCT FROM (NEW."planted_id") OR OLD."dealer_id" IS DISTINCT FROM (NEW."dealer_id") OR OLD."at" IS DISTINCT FROM (NEW."at"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='b13686008eb45f1f6c3acf2ade57f56030e7a760', operation='UPDATE', pgid='pgtrigger_planted_hit_stays_e7633', table='customers_plantedhit', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='registration',
            trigger=pgtrigger.compiler.Trigger(name='registration_meets_planted_numbers', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n    INSERT INTO customers_plantedhit (registration_id, planted_id, dealer_id, at)\n    SELECT made.id, planted.id, NULL::bigint, made.received_at\n    FROM new_registrations AS made\n    JOIN customers_plantednumber AS planted ON planted.identity_id = made.identity_id\n    WHERE planted.ended_at IS NULL\n    UNION ALL\n    SELECT made.id, NULL::bigint, card.dealer_id, made.received_at\n    FROM new_registrations AS made\n    JOIN customers_customer AS card\n        ON card.identity_id = made.identity_id AND card.dealer_id <> made.dealer_id\n    JOIN dealers_canary AS canary ON canary.customer = card.id\n    WHERE canary.ended_at IS NULL;\n    RETURN NULL;', hash='48713d6bf6647908a2296f11f0d635dc86571461', level='STATEMENT', operation='INSERT', pgid='pgtrigger_registration_meets_planted_numbers_e50de', referencing='REFERENCING NEW TABLE AS new_registrations ', table='customers_registration', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='plantedhit',
            constraint=models.CheckConstraint(condition=models.Q(('planted__isnull', True), ('dealer__isnull', True), _connector='OR'), name='planted_hit_is_of_headquarters_or_of_a_dealer'),
        ),
    ]

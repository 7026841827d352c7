"""A dealer that has no part of an order any more has a row that says so.

It sees no other's rows: without one of its own the decision before looked as if it still held.
"""

from django.db import connection, migrations, models

from dealers.triggers import lifted

NAMED = """
INSERT INTO customers_attribution (order_id, version, holder, dealer_id, store_id, ownership_id,
    share, sold_by, counts_on, rulebook_id, cause, recorded_at, ruling_id, sale_id, ordered_at,
    quantity, signed_net)
SELECT had.order_id, now.version, 'nobody', had.dealer_id, had.store_id, had.ownership_id,
    0, had.sold_by, had.counts_on, had.rulebook_id, now.cause, now.recorded_at, now.ruling_id,
    had.sale_id, had.ordered_at, had.quantity, had.signed_net
FROM (
    SELECT DISTINCT ON (order_id) order_id, version, cause, recorded_at, ruling_id
    FROM customers_attribution WHERE version > 1 ORDER BY order_id, version DESC, share DESC
) AS now
JOIN LATERAL (
    SELECT DISTINCT ON (dealer_id) * FROM customers_attribution AS a
    WHERE a.order_id = now.order_id ORDER BY dealer_id, version DESC, share DESC
) AS had ON had.version < now.version AND had.holder <> 'nobody'
"""


def name_those_who_lost(apps, schema_editor):
    with lifted(apps.get_model("customers", "Attribution")), connection.cursor() as cursor:
        cursor.execute(NAMED)


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0060_numbers_in_sentences'),
        ('dealers', '0035_disputes_are_told'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='attribution',
            name='attribution_owner_has_an_ownership',
        ),
        migrations.AddConstraint(
            model_name='attribution',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('holder__in', ['owner', 'nobody']), ('ownership__isnull', False)), models.Q(('holder', 'seller'), ('ownership__isnull', True)), models.Q(('holder', 'nobody'), ('share', 0)), _connector='OR'), name='attribution_owner_has_an_ownership'),
        ),
        migrations.RunPython(name_those_who_lost, migrations.RunPython.noop, elidable=True),
    ]

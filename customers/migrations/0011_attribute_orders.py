"""What each order says about for whom it counts becomes rows beside it."""

from typing import ClassVar

from django.db import migrations

# A return was counted as its sale: its seller is the store that sold.
ATTRIBUTE = """
INSERT INTO customers_attribution (order_id, version, holder, dealer_id, store_id, ownership_id,
    share, sold_by, counts_on, rulebook_id, cause, recorded_at, sale_id, ordered_at, quantity,
    signed_net)
SELECT o.id, 1, h.holder, h.dealer_id, h.store_id, h.ownership_id, h.share, o.sold_by, o.owned_on,
    o.rulebook_id, CASE WHEN o.attributed_at = o.recorded_at THEN 'order' ELSE 'renewal' END,
    o.attributed_at, o.sale_id, o.ordered_at, o.quantity, o.signed_net
FROM customers_order AS o
LEFT JOIN customers_order AS sale ON sale.id = o.sale_id
LEFT JOIN dealers_store AS place ON place.id = coalesce(sale.store_id, o.store_id)
CROSS JOIN LATERAL (
    SELECT 'owner' AS holder, o.owner_dealer_id AS dealer_id, o.owner_store_id AS store_id,
        o.ownership_id, o.owner_share AS share
    UNION ALL
    SELECT 'seller', place.dealer_id, place.id, NULL, 1 - o.owner_share
    WHERE o.sold_by = 'other'
) AS h
WHERE o.attributed_at IS NOT NULL
ORDER BY o.owned_on
"""
GIVE_BACK = """
UPDATE customers_order AS o SET sold_by = a.sold_by, ownership_id = a.ownership_id,
    owner_dealer_id = a.dealer_id, owner_store_id = a.store_id, owned_on = a.counts_on,
    owner_share = a.share, rulebook_id = a.rulebook_id, attributed_at = a.recorded_at
FROM customers_attribution AS a
WHERE a.order_id = o.id AND a.holder = 'owner' AND NOT EXISTS (
    SELECT FROM customers_attribution AS later
    WHERE later.order_id = a.order_id AND later.version > a.version)
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("customers", "0010_attribution")]

    operations: ClassVar = [
        migrations.RunSQL("ANALYZE customers_order", migrations.RunSQL.noop),
        migrations.RunSQL(ATTRIBUTE, GIVE_BACK),
    ]

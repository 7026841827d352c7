"""Whether a registration won somebody who buys: a sale of which something stays bought.

A sale counts from the moment of the registration on, to the customer that it won, as far as it was
not returned; also once a sister store goes on with that customer. Pages ask of registrations as a
set, boards in their own statement; the two are one rule, written for each.
"""

from datetime import date

from django.db.models import DecimalField, Exists, OuterRef, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from customers.models import Attribution, began, current_sql, one_protection_sql


def bought(until: date | None = None) -> Exists:
    """The rule for a queryset of registrations; orders of ``until`` and later are left out."""
    owned = Attribution.objects.owners()
    if until is not None:
        owned = owned.filter(counts_on__lt=until)
    returned = (
        owned.current()
        .filter(sale=OuterRef("order"))
        .order_by()
        .values("sale")
        .annotate(net=Sum("signed_net"))
    )
    none = Value(0, output_field=DecimalField())
    return Exists(
        owned.current()
        .alias(began=began("ownership__"))
        .filter(
            ownership__identity=OuterRef("ownership__identity"),
            ownership__dealer=OuterRef("ownership__dealer"),
            began=Coalesce(OuterRef("ownership__since"), OuterRef("ownership__period__startswith")),
            sale__isnull=True,
            ordered_at__gte=OuterRef("received_at"),
            signed_net__gt=-Coalesce(Subquery(returned.values("net")), none),
        )
    )


def bought_sql(registration: str, known_until: str, until: str) -> str:
    """The rule as a condition of a statement, with what was attributed by ``known_until``.

    ``registration`` is what the statement calls the table, the others are a moment and a day.
    """
    return f"""EXISTS (
        SELECT FROM customers_ownership won
        JOIN customers_ownership o ON {one_protection_sql("o", "won")}
        JOIN customers_attribution a ON a.ownership_id = o.id
        WHERE won.id = {registration}.ownership_id AND a.holder = 'owner' AND a.sale_id IS NULL
        AND a.ordered_at >= {registration}.received_at AND a.counts_on < {until}
        AND a.recorded_at <= {known_until} AND {current_sql("a", known_until)}
        AND a.signed_net + (
            SELECT coalesce(sum(b.signed_net), 0) FROM customers_attribution b
            WHERE b.sale_id = a.order_id AND b.holder = 'owner'
            AND b.recorded_at <= {known_until} AND b.counts_on < {until}
            AND {current_sql("b", known_until)}) > 0)"""

"""What a case holds until it is closed: whose the customer is, and the money in dispute."""

from collections.abc import Collection, Iterable
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Coalesce

from customers.models import Attribution, Case, CaseSide, CaseStage, Holder, Ownership, Side
from customers.ownership.rulebook import Dispute
from dealers.database import among


def held(dealer_id: int, orders: Collection[UUID] | None = None) -> dict[UUID, str]:
    """Which orders of a dealer's are in dispute, by the number of the case.

    Those that count for the dealer, of a customer it has a case about, sold since the moment that
    the case is about, with what comes back of them; of a touched customer the touched order alone.
    With ``orders``: of these.
    """
    mine = CaseSide.objects.filter(dealer=dealer_id).exclude(case__stage=CaseStage.CLOSED)
    disputed = {
        identity: (code, since, order)
        for identity, code, since, order in mine.values_list(
            "case__identity", "case__code", "case__since", "case__order"
        )
    }
    if not disputed:
        return {}
    counting = (
        Attribution.objects.current()
        .filter(dealer=dealer_id, order__identity__in=disputed)
        .exclude(holder=Holder.NOBODY)
    )
    if orders is not None:
        counting = counting.filter(order__in=orders)
    found = {}
    sold_at = Coalesce("sale__ordered_at", "ordered_at")
    for order, sale, identity, sold in counting.values_list(
        "order", "sale", "order__identity", sold_at
    ):
        code, since, only = disputed[identity]
        if sold >= since and (only is None or only in {order, sale}):
            found[order] = code
    return found


def in_dispute_sql(known_until: str = "") -> str:
    """SQL for the orders that are in dispute, each with the number of its case.

    Now, or at a moment in SQL that cases may have been closed after. A sale since the moment that
    its case is about, and what comes back of it; of a touched customer the touched order alone. Of
    several cases the one that runs.
    """
    closed_since = f" OR c.closing_recorded_at > {known_until}" if known_until else ""
    return f"""
    SELECT DISTINCT ON (o.id) o.id AS order_id, c.code
    FROM customers_case AS c
    JOIN customers_order AS o ON o.identity_id = c.identity_id
    LEFT JOIN customers_order AS sale ON sale.id = o.sale_id
    WHERE (c.stage <> 'closed'{closed_since})
    AND coalesce(sale.ordered_at, o.ordered_at) >= c.since
    AND (c.order_id IS NULL OR c.order_id = coalesce(sale.id, o.id))
    ORDER BY o.id, c.stage = 'closed', c.opened_at DESC"""  # noqa: S608 -- our own text


def frozen(identity_id: int) -> bool:
    """Whether a person's ownership stays where it is, because a case runs. For the worker."""
    return Case.objects.running().filter(identity=identity_id).exists()


def dispute(identity_id: int) -> Dispute | None:
    """The case that runs about a person, as the rulebook reads it. For the worker."""
    side = _disputed_sides().filter(case__identity=identity_id).first()
    return None if side is None else Dispute(side.dealer_id, side.case.opened_at)


def left_with(identity_id: int) -> Ownership | None:
    """What the customer was whose a case is about: nobody else gets them. For the worker."""
    side = _disputed_sides().filter(case__identity=identity_id).first()
    return None if side is None else side.ownership


def owners(identities: Iterable[int]) -> QuerySet[CaseSide]:
    """``left_with`` of several: the side of whoever had each of them. For the worker."""
    return _disputed_sides().filter(case__identity__in=among(identities))


def _disputed_sides() -> QuerySet[CaseSide]:
    owners = CaseSide.objects.filter(side=Side.A).exclude(case__stage=CaseStage.CLOSED)
    return owners.select_related("case", "ownership__store")

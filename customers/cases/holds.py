"""What a case holds until it is closed: whose the customer is, and the money in dispute."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import QuerySet

from customers.models import Attribution, Case, CaseSide, CaseStage, Holder, Ownership, Side
from customers.ownership.rulebook import Dispute


def held(dealer_id: int, orders: Collection[UUID] | None = None) -> dict[UUID, str]:
    """Which orders of a dealer's are in dispute, by the number of the case.

    Those that count for the dealer, of a customer it has a case about, since the moment that the
    case is about; of a touched customer the touched order alone. With ``orders``: of these.
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
    for order, sale, identity, at in counting.values_list(
        "order", "sale", "order__identity", "ordered_at"
    ):
        code, since, only = disputed[identity]
        if at >= since and (only is None or only in {order, sale}):
            found[order] = code
    return found


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


def _disputed_sides() -> QuerySet[CaseSide]:
    owners = CaseSide.objects.filter(side=Side.A).exclude(case__stage=CaseStage.CLOSED)
    return owners.select_related("case", "ownership__store")

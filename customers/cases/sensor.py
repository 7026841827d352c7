"""What headquarters does to customers that a dealer protects: it opens a case by itself.

The owner is told first. Headquarters then leaves the customer alone, or pays: without a word of the
customer's own the rules propose that all of the money is the owner's.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from customers.cases import opening, telling
from customers.cases.terms import TERMS, CaseRefused, days_after
from customers.cutoff import REGISTRATIONS, busy_as, one_by_one, take_turn
from customers.dispatch import junk
from customers.models import (
    BY_HAND,
    Attribution,
    Case,
    CaseSide,
    CaseSource,
    Customer,
    DispatchStore,
    Holder,
    Identity,
    Order,
    Ownership,
    Side,
)
from customers.ownership import passing
from dealers.actor import Actor, acting

# For sales that came while no job ran, or while another case about the customer did.
LOOKED_BACK = timedelta(days=60)


def called(customer: Customer, *, by: Actor, at: datetime) -> Case | None:
    """Headquarters is about to be shown the number of somebody whom a dealer protects.

    ``customer``: the card that it is shown, be it of that dealer or of another that knows them
    too: the number is the same. None where nobody protects them, or a case about them runs
    already. Raises CaseRefused while somebody else records something of them.
    """
    with (
        busy_as(CaseRefused),
        acting(Actor.worker("sensor", by.user)),
        transaction.atomic(),
    ):
        _settle(customer.identity, at)
        owned = Ownership.objects.running(at).filter(identity=customer.identity_id).first()
        return None if owned is None else _touched(owned, None, at, by, at)


def look(at: datetime) -> int:
    """Open cases about sales of the brand's own stores, and of orders entered by headquarters.

    To somebody whom another dealer protected; how many. For the worker; again: none.
    """
    known = Case.objects.filter(order=OuterRef("order"))
    sold = (
        Attribution.objects.current()
        .filter(holder=Holder.SELLER, sale=None, recorded_at__gt=at - LOOKED_BACK)
        .filter(Q(store__dispatch__of_brand=True) | Q(order__source=BY_HAND))
        .filter(~Exists(known))
    )
    found = (
        Order.objects.filter(pk__in=sold.values("order"))
        .select_related("identity")
        .order_by("ordered_at", "pk")
    )
    orders = {order.pk: order for order in found}

    def open_case(pk: UUID) -> bool:
        order = orders[pk]
        if order.identity is not None:
            _settle(order.identity, at)
        owned = Ownership.objects.filter(
            attributions__order=order, attributions__holder=Holder.OWNER
        ).latest("attributions__version")
        by = Actor.worker("sensor")
        return _touched(owned, order, order.ordered_at, by, at) is not None

    return sum(one_by_one("order", orders, open_case))


def _settle(person: Identity, at: datetime) -> None:
    """Take the person's turn, and have done what time has done by now: nobody moves meanwhile."""
    junk.hold_returned(person.pk)
    turn = take_turn(bytes(person.fingerprint), REGISTRATIONS)
    passing.standings_at(person.pk, turn.at, at)


def _touched(
    owned: Ownership, order: Order | None, since: datetime, by: Actor, at: datetime
) -> Case | None:
    case = Case(
        source=CaseSource.SENSOR,
        identity_id=owned.identity_id,
        since=since,
        order=order,
        opened_at=at,
        by=by.user,
        evidence_until=days_after(at, TERMS.evidence_days),
    )
    try:
        opening.start(case, owned)
    except CaseRefused:  # one runs: of this one the next look takes care, if it is about a sale
        return None
    telling.sides(case, telling.TOUCHED, at, only=[Side.A])
    store = order.store if order is not None else None
    if store is not None and not DispatchStore.of(store).of_brand:
        CaseSide.objects.create(case=case, side=Side.B, dealer_id=store.dealer_id, store=store)
        telling.sides(case, telling.TOUCHED_SALE, at, only=[Side.B])
    return case

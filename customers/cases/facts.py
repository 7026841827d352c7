"""What the portal has recorded about the two sides of a case."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q

from customers.cases.proposal import Fact, Facts, Strength
from customers.models import (
    Act,
    Activity,
    ActivityKind,
    ActKind,
    Case,
    CaseSide,
    CaseSource,
    Channel,
    EventKind,
    Order,
    OwnershipEvent,
    Registration,
    Side,
)
from customers.ownership.rulebook import reaches
from customers.ownership.settings import Settings

FILES = (Channel.IMPORT, Channel.HISTORY)


def of(case: Case) -> Facts:
    """The facts of a case. To be called as the worker: they are both sides'."""
    sides = {side.side: side for side in case.sides.select_related("ownership")}
    owned = sides[Side.A].ownership
    if owned is None:
        raise ValueError(f"Case {case.code} is about no ownership.")
    began = OwnershipEvent.objects.filter(
        ownership=owned, kind__in=[EventKind.STARTED, EventKind.MOVED]
    )
    settings = Settings.of(began.select_related("rulebook").earliest("pk").rulebook)
    known = [fact for side in sides.values() for fact in _of_side(case, side)]
    chosen = Act.objects.filter(
        kind=ActKind.CHOSEN, identity=case.identity_id, at__lt=case.evidence_until
    )
    for dealer, at in chosen.values_list("dealer", "at"):
        known += [
            Fact(each.side, Strength.CHOICE, at)
            for each in sides.values()
            if each.dealer_id == dealer
        ]
    return Facts(
        began=owned.began,
        until=case.opened_at,
        facts=tuple(sorted(known)),
        days=settings.protection_days,
        sale_days=settings.sale_renews_days,
        touched=case.since if case.source == CaseSource.SENSOR else None,
    )


def _of_side(case: Case, side: CaseSide) -> Iterator[Fact]:
    before = Q(recorded_at__lt=case.recorded_at)
    mine = Q(dealer=side.dealer_id)
    cards = Q(customer__identity=case.identity_id)
    contacts: list[datetime] = []
    # By its own cards: joined through the ones of another dealer, rows would be theirs.
    for activity in Activity.objects.current().filter(before, mine, cards).order_by("at"):
        if reaches(activity.kind, activity.outcome):
            contacts.append(activity.at)
        if activity.kind == ActivityKind.DEPOSIT:
            yield Fact(side.side, Strength.PAID, activity.at)
    claims = Registration.objects.filter(before, mine, identity=case.identity_id, void=None)
    for claim in claims.order_by("received_at"):
        followed = any(at >= claim.received_at for at in contacts)
        yield Fact(side.side, _strength(claim, followed=followed), claim.received_at)
    sales = Order.objects.sales().filter(
        before, identity=case.identity_id, store__dealer=side.dealer_id, net__gt=0
    )
    for sale in sales.order_by("ordered_at"):
        yield Fact(side.side, Strength.PAID, sale.ordered_at)


def _strength(claim: Registration, *, followed: bool) -> Strength:
    if claim.channel in FILES:
        return Strength.IMPORT
    if not followed:
        return Strength.SCAN
    return Strength.ACCEPTED if claim.channel == Channel.DISPATCH else Strength.CONTACTED

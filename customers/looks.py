"""Who looked at a dealer's customers, as its owner reads it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Count, F, Func, OuterRef, Q, QuerySet, Subquery, UUIDField
from django.utils.translation import gettext as _

from customers import cards, search
from customers.cards import Card
from customers.models import Customer
from dealers.actor import Actor
from dealers.models import (
    AccessAction,
    AccessAlarm,
    AccessLog,
    Canary,
    FactKind,
    Membership,
)
from dealers.months import midnight, previous_month
from dealers.receipts import holding

BEFORE_LEAVING = timedelta(days=30)


@dataclass(frozen=True)
class Figures:
    """How often people from outside looked this month, and what left."""

    month: int
    before: int  # in the month before
    customers: int
    numbers: int
    exports: int


@dataclass(frozen=True)
class Entry:
    """An entry with the customer it is about, as the owner knows them."""

    log: AccessLog
    customer: Customer | None
    about: str

    @property
    def automatic(self) -> bool:
        """Whether a task or a command read by itself and no number was shown."""
        return self.log.user_id is None and self.log.action == AccessAction.VIEW


def figures(membership: Membership, today: date) -> Figures:
    """What happened from outside since the first of the month, and how often in the one before."""
    first = today.replace(day=1)
    begun, before = midnight(first), midnight(previous_month(first))
    # What tasks do by themselves shows to nobody.
    shown = AccessLog.objects.visible_to(membership).by_others().by_somebody()
    this = Q(at__gte=begun)
    counted = shown.filter(at__gte=before).aggregate(
        month=Count("pk", filter=this),
        before=Count("pk", filter=~this),
        numbers=Count("pk", filter=this & Q(action=AccessAction.REVEAL)),
        exports=Count("pk", filter=this & Q(action=AccessAction.EXPORT)),
    )
    card = Func(F("customers"), function="unnest", output_field=UUIDField())
    people = shown.filter(this).order_by().annotate(card=card).values("card").distinct()
    return Figures(**counted, customers=people.count())


def ending_in(membership: Membership, digits: str) -> list[UUID]:
    """The dealer's cards whose number ends in these four digits."""
    found = search.find(Customer.objects.visible_to(membership), digits, membership.dealer_id)
    return list(found.values_list("pk", flat=True)[:100])


def entries(logged: list[AccessLog], *, by: Actor) -> list[Entry]:
    """The entries with their customers' last digits: one query for all of them."""
    wanted = {entry.customer for entry in logged if entry.customer}
    mine = Customer.objects.visible_to(by.membership).filter(pk__in=wanted)
    known = {card.customer.pk: card for card in cards.open(mine, by=by)}
    found = []
    for log in logged:
        card = known.get(log.customer) if log.customer else None
        about = _("ending in %(digits)s") % {"digits": card.phone[-search.LAST :]} if card else ""
        found.append(Entry(log, card.customer if card else None, about))
    return found


def receipt(log: AccessLog, at: datetime) -> holding.Receipt | None:
    """The receipt of an entry in the dealer's chain, as far as there is one."""
    # What its link names besides: of one customer the card, of a page the first one on it.
    named = log.customer or next(iter(log.customers), None) or log.action
    return holding.receipt_of(
        FactKind.ACCESS, log.dealer_id, log.pk, str(named), since=log.at, at=at
    )


def alarms(membership: Membership, at: datetime) -> QuerySet[AccessAlarm]:
    """What the owner was told of in the last 30 days, the newest first."""
    found = AccessAlarm.objects.visible_to(membership).filter(at__gt=at - timedelta(days=30))
    return found.select_related("entry__user")[:10]


def canaries(*, by: Actor) -> list[tuple[Canary, Card]]:
    """The dealer's test customers, with their cards."""
    planted = Canary.objects.filter(dealer=by.dealer_id, ended_at=None).order_by("planted_at", "pk")
    known = {canary.customer: canary for canary in planted}
    found = Customer.objects.visible_to(by.membership).filter(pk__in=known)
    return [(known[card.customer.pk], card) for card in cards.open(found, by=by)]


def leavers(membership: Membership, at: datetime) -> QuerySet[Membership]:
    """Posts at the dealer that ended within 30 days, with what was looked at in the 30 before.

    ``called`` is the name by which the person looked last; None where they did not.
    """
    looked = AccessLog.objects.filter(
        dealer=OuterRef("dealer"),
        user=OuterRef("user"),
        at__gt=OuterRef("ends_at") - BEFORE_LEAVING,
        at__lte=OuterRef("ends_at"),
    ).order_by()

    def times(*actions: AccessAction) -> Subquery:
        counted = looked.values("user").annotate(times=Count("pk", filter=Q(action__in=actions)))
        return Subquery(counted.values("times"))

    posts = Membership.objects.filter(
        dealer=membership.dealer_id, ends_at__gt=at - BEFORE_LEAVING, ends_at__lte=at
    )
    return posts.select_related("user", "store").order_by("-ends_at", "pk").annotate(
        numbers=times(AccessAction.REVEAL, AccessAction.LOOK_UP),
        files=times(AccessAction.EXPORT),
        called=Subquery(looked.order_by("-at", "-pk").values("name")[:1]),
    )  # fmt: skip

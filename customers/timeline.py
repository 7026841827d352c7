"""Everything that happened with a customer, as the customer's dealer may see it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.utils import formats
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from customers import cards
from customers.models import (
    Activity,
    ActKind,
    Attribution,
    Customer,
    EventKind,
    Handover,
    Holder,
    Order,
    OrderKind,
    Ownership,
    OwnershipEvent,
    Registration,
    SoldBy,
    Void,
    VoidReason,
)
from customers.orders import words
from customers.ownership.activities import may_correct
from customers.ownership.rulebook import last_day
from dealers.actor import Actor
from dealers.models import AccessAction, AccessLog, Membership
from dealers.words import sentences


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One thing that happened: what, when, where, who, and why it counts as it does."""

    at: datetime
    # registration, visit, activity, sale, return, reveal, ended, voided, number, handover
    kind: str
    what: str
    place: str
    person: str
    why: str = ""
    receipt: str = ""
    detail: str = ""
    amount: Decimal | None = None  # net paid; a return's is negative
    before: tuple[str, ...] = ()  # versions that were corrected, the latest first
    correctable: int | None = None  # the follow-up that the reader may still correct
    order: UUID | None = None  # of a sale or a return


def timeline(
    customer: Customer, membership: Membership, limit: int = 200, *, now: datetime | None = None
) -> list[TimelineEntry]:
    """The newest entries first, ``limit`` of each kind. Always the same number of queries.

    With ``now`` they say what the holder of the post may still correct.

    Orders of the time when the dealer owned the customer show wherever they were bought, another
    dealer's store only as "another store"; without ownership only those of the dealer's own stores.
    """
    if membership.dealer_id != customer.dealer_id:
        return []
    reader = Actor.of(membership)
    events = _events(customer)
    entries = [
        *_registrations(customer, limit),
        *_activities(customer, events, limit, reader, now),
        *_orders(customer, events, limit),
        *_access(customer, limit),
        *_changes(events),
        *_voids(customer),
        *_numbers(customer, reader),
        *_handovers(customer, limit),
    ]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)


def _events(customer: Customer) -> list[OwnershipEvent]:
    events = OwnershipEvent.objects.filter(ownership__customer=customer)
    return list(events.select_related("ownership__store", "registration", "act__by"))


def _registrations(customer: Customer, limit: int) -> Iterator[TimelineEntry]:
    made = Registration.objects.filter(customer=customer).select_related(
        "store", "staff", "ownership__store"
    )
    for registration in made[:limit]:
        visit = registration.rule in ("R1", "R2")
        yield TimelineEntry(
            at=registration.received_at,
            kind="visit" if visit else "registration",
            what=_("Visit") if visit else registration.get_answer_display(),
            place=registration.store.name,
            person=str(registration.staff or ""),
            why=capfirst(registration.get_rule_display()),
            receipt=registration.receipt,
            detail=_until(registration.protected_until, registration.ownership),
        )


def _activities(
    customer: Customer,
    events: list[OwnershipEvent],
    limit: int,
    reader: Actor,
    now: datetime | None,
) -> Iterator[TimelineEntry]:
    renewed = {event.activity_id: event for event in events if event.activity_id}
    # A visit that a registration stands for shows as that registration.
    done = list(
        Activity.objects.filter(customer=customer, registration=None)
        .select_related("store", "staff")
        .order_by("-at", "-pk")[:limit]
    )
    versions = {activity.pk: activity for activity in done}
    corrected = {activity.corrects_id for activity in done}
    for activity in done:
        if activity.pk in corrected:
            continue
        before = list(_versions_before(activity, versions))
        event = next((renewed[each.pk] for each in (activity, *before) if each.pk in renewed), None)
        may = now is not None and may_correct(activity, reader, now)
        yield TimelineEntry(
            at=activity.at,
            kind="activity",
            what=_did(activity),
            place=activity.store.name,
            person=str(activity.staff or ""),
            why=_renewed(event) if event else "",
            detail=cards.note_of(activity, by=reader),
            before=tuple(
                " · ".join(filter(None, (_did(each), cards.note_of(each, by=reader))))
                for each in before
            ),
            correctable=activity.pk if may else None,
        )


def _versions_before(activity: Activity, versions: dict[int, Activity]) -> Iterator[Activity]:
    while activity.corrects_id in versions:
        activity = versions[activity.corrects_id]
        yield activity


def _did(activity: Activity) -> str:
    if not activity.outcome:
        return activity.get_kind_display()
    return f"{activity.get_kind_display()} · {activity.get_outcome_display()}"


def _orders(
    customer: Customer, events: list[OwnershipEvent], limit: int
) -> Iterator[TimelineEntry]:
    renewed = {event.order_id: event for event in events if event.order_id}
    dealer = customer.dealer_id
    mine = Attribution.objects.current().exclude(holder=Holder.NOBODY)
    mine = mine.filter(order=OuterRef("pk"), dealer=dealer)
    bought = Order.objects.filter(
        Q(store__dealer=dealer) | Exists(mine), identity=customer.identity_id
    )
    bought = bought.select_related("store").prefetch_related("attributions")
    for order in bought[:limit]:
        event = renewed.get(order.pk)
        sold = order.kind == OrderKind.SALE
        yield TimelineEntry(
            at=order.ordered_at,
            kind=order.kind,
            what=_("Purchase") if sold else _("Return"),
            place=words.place(order, dealer),
            person="",
            why=_counts_for(order, dealer, event),
            amount=order.signed_net,
            order=order.pk,
        )


def _counts_for(order: Order, dealer: int, event: OwnershipEvent | None) -> str:
    """Why an order counts for the dealer, or does not."""
    if order.owned is None or order.owned.dealer_id != dealer:
        return _("This customer was not yours at that time.")
    reasons = {
        SoldBy.OWN: _("Bought at the owner's store."),
        SoldBy.SISTER: _("Bought at another store of the dealer."),
        SoldBy.ONLINE: _("Bought online while the customer was yours."),
        SoldBy.OTHER: _("Bought elsewhere while the customer was yours."),
    }
    reason = reasons[order.sold_by]
    return sentences(reason, _renewed(event)) if event else reason


def _access(customer: Customer, limit: int) -> Iterator[TimelineEntry]:
    looked = AccessLog.objects.filter(dealer=customer.dealer_id, customer=customer.pk)
    for entry in looked.select_related("user")[:limit]:
        shown = entry.action == AccessAction.REVEAL
        yield TimelineEntry(
            at=entry.at,
            kind=entry.action,
            what=_("Number shown") if shown else entry.get_action_display(),
            place="",
            person=entry.who,
            why=entry.why,
        )


def _changes(events: list[OwnershipEvent]) -> Iterator[TimelineEntry]:
    """What neither a registration, a follow-up nor an order of the card shows."""
    for event in events:
        if event.act or event.kind in (EventKind.ENDED, EventKind.RESTORED):
            yield TimelineEntry(
                at=event.at,
                kind="ownership",
                what=event.get_kind_display(),
                place=event.ownership.store.name,
                person=event.act.who if event.act else "",
                why=_why_changed(event),
                detail=_until(event.protected_until, event.ownership) if event.act else "",
            )


def _voids(customer: Customer) -> Iterator[TimelineEntry]:
    voids = Void.objects.filter(registration__customer=customer)
    for void in voids.select_related("registration__store", "voided_by"):
        yield TimelineEntry(
            at=void.at,
            kind="voided",
            what=_("Registration voided"),
            place=void.registration.store.name,
            person=void.who,
            why=void.get_reason_display(),
            receipt=void.registration.receipt,
        )


def _numbers(customer: Customer, reader: Actor) -> Iterator[TimelineEntry]:
    for change in customer.number_changes.select_related("changed_by"):
        yield TimelineEntry(
            at=change.at,
            kind="number",
            what=_("Number changed"),
            place="",
            person=str(change.changed_by),
            detail=_("Before: %(number)s") % {"number": cards.number_before(change, by=reader)},
        )


def _handovers(customer: Customer, limit: int) -> Iterator[TimelineEntry]:
    made = Handover.objects.filter(ownership__customer=customer)
    for handover in made.select_related("ownership__store", "before", "after", "by")[:limit]:
        yield TimelineEntry(
            at=handover.at,
            kind="handover",
            what=_("Handover taken back") if handover.undoes else _("Handed over"),
            place=handover.ownership.store.name,
            person=str(handover.by),
            detail=str(handover),
        )


def _why_changed(event: OwnershipEvent) -> str:
    """Why an ownership is no longer what it was. Another dealer's name is never part of it."""
    if (act := event.act) is not None:
        if act.kind == ActKind.RELEASED and act.reason == VoidReason.RETURNED:
            return str(VoidReason.RETURNED.label)  # a lead, and nobody has said that it is one
        return act.get_kind_display()
    if event.kind == EventKind.RESTORED:
        return _renewed(event)
    if event.registration is not None:
        return _("A bulk import never beats a live registration of the same day.")
    return ""


def _renewed(event: OwnershipEvent) -> str:
    return _until(event.protected_until, event.ownership)


def _until(protected_until: datetime | None, ownership: Ownership | None) -> str:
    if protected_until is None or ownership is None:
        return ""
    day = last_day(protected_until, ownership.store.tz)
    return _("Protected until %(day)s.") % {"day": formats.date_format(day, "DATE_FORMAT")}

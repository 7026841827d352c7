"""Everything that a dealer which closes has on file, as files of its own to keep."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, NamedTuple, cast

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from customers import cards
from customers.models import (
    Activity,
    Attribution,
    Closing,
    ClosingKind,
    Customer,
    Holder,
    Order,
    Ownership,
    Registration,
    StepKind,
)
from customers.ownership.rulebook import last_day, local_day
from dealers import exports, sayings
from dealers.actor import Actor
from dealers.models import Export, Role

TASK = "customers.tasks.write_everything"
CHUNK = 500

Rows = Iterator[list[Any]]


class File(NamedTuple):
    """One of the files: what it is called, the personal data in it, and how it is made."""

    label: Any
    title: str
    fields: str
    rows: Callable[[int, Actor], Rows]
    count: Callable[[int], int]


class NotYours(Exception):
    """Only the owner of a dealer that closes takes everything."""


def ask(closing: Closing, what: str, *, by: Actor, at: datetime) -> Export:
    """Have the worker make one of the files, as a workbook. Raises NotYours, and KeyError."""
    if by.role != Role.OWNER or by.dealer_id != closing.dealer_id:
        raise NotYours
    file = FILES[what]
    return exports.ask(
        TASK,
        {"closing": str(closing.pk), "what": what},
        title=sayings.kept(file.title),
        name=f"{what}.xlsx",
        rows=file.count(closing.dealer_id),
        fields=file.fields,
        by=by,
        at=at,
    )


def may_take(closing: Closing) -> bool:
    """Whether everything of the dealer is to be had: from the day on which its end is told."""
    return closing.kind == ClosingKind.DEALER and closing.cancelled_at is None


def taken(closing: Closing, *, by: Actor, at: datetime) -> None:
    """The owner has what is the dealer's; said twice it is said once. Raises NotYours."""
    if by.role != Role.OWNER or by.dealer_id != closing.dealer_id:
        raise NotYours
    step = closing.steps.get(kind=StepKind.TAKEN)
    since = max(at, step.due_at)
    closing.steps.filter(pk=step.pk, done_at=None).update(started_at=since, done_at=since, done=1)


def rows(export: Export) -> Rows:
    """The rows of a file that was asked for, its header before them."""
    file = FILES[export.arguments["what"]]
    return file.rows(cast("int", export.dealer_id), Actor.of(export.post))


def _customers(dealer: int, by: Actor) -> Rows:
    yield [
        _("Name"), _("Mobile number"), _("WeChat"), _("E-mail"), _("Notes"), _("On file since"),
    ]  # fmt: skip
    for customer in _cards(dealer).order_by("created_at", "pk").iterator(CHUNK):
        card = cards.open_one(customer, by=by)
        number = cards.number_of(customer, by=by)
        since = timezone.localdate(customer.created_at)
        yield [card.name, number, card.wechat, card.email, card.notes, since]


def _cards(dealer: int) -> Any:
    # Of who was erased nothing is left to take.
    return Customer.objects.filter(dealer=dealer).exclude(phone_sealed=b"")


def _registrations(dealer: int, by: Actor) -> Rows:
    yield [
        _("Receipt"), _("Mobile number"), _("Store"), _("Registered by"), _("Received at"),
        _("Answer"), _("Protected until"),
    ]  # fmt: skip
    found = Registration.objects.filter(dealer=dealer).select_related("customer", "store", "staff")
    for each in found.order_by("received_at", "pk").iterator(CHUNK):
        tz = each.store.tz
        until = last_day(each.protected_until, tz) if each.protected_until else None
        yield [
            each.receipt, _number(each.customer, by), each.store.name, str(each.staff or ""),
            each.received_at.astimezone(tz), each.get_answer_display(), until,
        ]  # fmt: skip


def _follow_ups(dealer: int, by: Actor) -> Rows:
    yield [
        _("Mobile number"), _("Store"), _("Who"), _("When"), _("Kind"), _("Outcome"), _("Note"),
    ]  # fmt: skip
    found = Activity.objects.current().filter(dealer=dealer)
    found = found.select_related("customer", "store", "staff").order_by("at", "pk")
    for each in found.iterator(CHUNK):
        yield [
            _number(each.customer, by), each.store.name, str(each.staff or ""),
            each.at.astimezone(each.store.tz), each.get_kind_display(),
            each.get_outcome_display(), cards.note_of(each, by=by),
        ]  # fmt: skip


def _protections(dealer: int, by: Actor) -> Rows:
    yield [_("Mobile number"), _("Store"), _("Followed up by"), _("From"), _("Protected until")]
    found = Ownership.objects.given().filter(dealer=dealer)
    found = found.select_related("customer", "store", "staff").order_by("period", "pk")
    for each in found.iterator(CHUNK):
        tz = each.store.tz
        yield [
            _number(each.customer, by), each.store.name, str(each.staff or ""),
            local_day(each.period.lower, tz), last_day(each.protected_until, tz),
        ]  # fmt: skip


def _orders(dealer: int, _by: Actor) -> Rows:
    yield [
        _("Order"), _("Kind"), _("Store"), _("When"), _("Quantity"), _("Net paid"),
    ]  # fmt: skip
    for each in (
        _bought(dealer).select_related("store").order_by("ordered_at", "pk").iterator(CHUNK)
    ):
        mine = each.store is not None and each.store.dealer_id == dealer
        yield [
            each.external_id, each.get_kind_display(), each.store.name if mine else "",
            each.placed_on, each.quantity, each.signed_net,
        ]  # fmt: skip


def _bought(dealer: int) -> Any:
    mine = Attribution.objects.current().exclude(holder=Holder.NOBODY)
    mine = mine.filter(order=OuterRef("pk"), dealer=dealer)
    return Order.objects.filter(Q(store__dealer=dealer) | Exists(mine))


def _number(customer: Customer, by: Actor) -> str:
    return cards.number_of(customer, by=by) if customer.phone_sealed else ""


FILES = {
    "customers": File(
        gettext_lazy("Customers with their numbers and notes"),
        gettext_noop("Everything of the dealer: customers"),
        "name, phone, wechat, email, notes",
        _customers,
        lambda dealer: _cards(dealer).count(),
    ),
    "registrations": File(
        gettext_lazy("Registrations and how they were answered"),
        gettext_noop("Everything of the dealer: registrations"),
        "phone",
        _registrations,
        lambda dealer: Registration.objects.filter(dealer=dealer).count(),
    ),
    "follow-ups": File(
        gettext_lazy("Follow-ups with their notes"),
        gettext_noop("Everything of the dealer: follow-ups"),
        "phone, notes",
        _follow_ups,
        lambda dealer: Activity.objects.current().filter(dealer=dealer).count(),
    ),
    "protections": File(
        gettext_lazy("Protections, from when until when"),
        gettext_noop("Everything of the dealer: protections"),
        "phone",
        _protections,
        lambda dealer: Ownership.objects.given().filter(dealer=dealer).count(),
    ),
    "orders": File(
        gettext_lazy("Orders of your stores and your customers"),
        gettext_noop("Everything of the dealer: orders"),
        "",
        _orders,
        lambda dealer: _bought(dealer).count(),
    ),
}

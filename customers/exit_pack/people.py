"""Customers in the clear, and everything that ties them to the dealer."""

from itertools import batched
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from customers import cards
from customers.models import (
    Activity,
    ActivityKind,
    ActKind,
    Answer,
    Channel,
    Consent,
    ConsentChannel,
    ConsentPurpose,
    Customer,
    EventKind,
    Outcome,
    Ownership,
    OwnershipEvent,
    Registration,
    Rule,
    VoidReason,
)
from dealers import sayings
from dealers.actor import Actor
from dealers.exit_pack.network import STORE, names
from dealers.exit_pack.parts import CHUNK, Column, Rows, Table
from dealers.models import Store

PURPOSE = gettext_noop("Everything of your dealer, to take away")


def stores_of(dealer_id: int) -> dict[int, Store]:
    """The dealer's stores by their ids: whatever is not there is another's."""
    return {store.pk: store for store in Store.objects.filter(dealer=dealer_id)}


def held(dealer_id: int) -> Any:
    """The dealer's cards; of who was erased nothing is left to take."""
    return Customer.objects.filter(dealer=dealer_id).exclude(phone_sealed=b"")


def _number(customer: Customer, by: Actor) -> str:
    return cards.number_of(customer, by=by) if customer.phone_sealed else ""


def _customers(dealer_id: int, by: Actor) -> Rows:
    purpose, found = sayings.kept(PURPOSE), held(dealer_id).order_by("created_at", "pk")
    for portion in batched(found.iterator(CHUNK), CHUNK, strict=False):
        for card in cards.open(portion, by=by, purpose=purpose):
            customer = card.customer
            yield (
                str(customer.pk), card.name, cards.number_of(customer, by=by), card.wechat,
                card.email, card.notes, customer.created_at,
            )  # fmt: skip


def _registrations(dealer_id: int, by: Actor) -> Rows:
    stores, called = stores_of(dealer_id), names()
    found = Registration.objects.filter(dealer=dealer_id)
    found = found.select_related("customer", "void", "corrects")
    for each in found.order_by("received_at", "pk").iterator(CHUNK):
        store, void = stores[each.store_id], getattr(each, "void", None)
        until = each.protected_until and each.protected_until.astimezone(store.tz)
        yield (
            each.receipt, str(each.customer_id), _number(each.customer, by), store.code,
            store.name, called.get(each.staff_id or 0, ""), each.received_at.astimezone(store.tz),
            each.recorded_at, each.channel, each.source, each.answer, each.rule, each.rulebook_id,
            until, each.consent_service, each.consent_marketing, each.consent_text,
            each.corrects.receipt if each.corrects else "", void and void.at,
            void.reason if void else "",
        )  # fmt: skip


def _follow_ups(dealer_id: int, by: Actor) -> Rows:
    stores, called = stores_of(dealer_id), names()
    found = Activity.objects.current().filter(dealer=dealer_id).select_related("customer")
    for each in found.order_by("at", "pk").iterator(CHUNK):
        store = stores[each.store_id]
        yield (
            str(each.customer_id), _number(each.customer, by), store.code, store.name,
            called.get(each.staff_id or 0, ""), each.at.astimezone(store.tz), each.kind,
            each.outcome, cards.note_of(each, by=by), each.follow_up_on,
        )  # fmt: skip


def _protections(dealer_id: int, by: Actor) -> Rows:
    stores, called = stores_of(dealer_id), names()
    found = Ownership.objects.filter(dealer=dealer_id).select_related("customer")
    for each in found.order_by("period", "pk").iterator(CHUNK):
        store = stores[each.store_id]
        start, end = each.period.lower, each.period.upper
        yield (
            each.pk, str(each.customer_id), _number(each.customer, by), store.code, store.name,
            called.get(each.staff_id or 0, ""), each.channel,
            start.astimezone(store.tz), each.protected_until.astimezone(store.tz),
            end.astimezone(store.tz) if end else None, each.frozen, each.protected_until <= start,
        )  # fmt: skip


def _history(dealer_id: int, _by: Actor) -> Rows:
    called = names()
    found = OwnershipEvent.objects.filter(ownership__dealer=dealer_id)
    found = found.select_related("registration", "order__store", "activity", "act")
    for each in found.order_by("pk").iterator(CHUNK):
        act, order = each.act, each.order
        yield (
            each.ownership_id, each.kind, each.at, each.recorded_at, each.protected_until,
            each.ends_at, each.rulebook_id, each.registration.receipt if each.registration else "",
            order.external_id if order else "", each.activity.at if each.activity else None,
            act.kind if act else "", act.reason if act else "", act.note if act else "",
            called.get(act.by_id or 0, "") if act else "",
        )  # fmt: skip


def _consents(dealer_id: int, _by: Actor) -> Rows:
    found = Consent.objects.filter(dealer=dealer_id).select_related("registration")
    for each in found.order_by("at", "pk").iterator(CHUNK):
        yield (
            str(each.customer_id), each.purpose, each.withdrawn, each.text_version, each.channel,
            each.at, each.recorded_at, each.registration.receipt if each.registration else "",
            each.evidence,
        )  # fmt: skip


CUSTOMER = Column("customer", _("id of the customer, the same in all files"))
PROTECTION = Column("protection", _("number of the protection"))
PHONE = Column("phone", _("mobile number"))
STORE_NAME = Column("store_name", _("Store"))
RULEBOOK = Column("rulebook", _("number of the rulebook that decided, as in proof/terms.txt"))

TABLES = (
    Table(
        "customers",
        _("Customers with their numbers and notes"),
        (
            CUSTOMER,
            Column("name", _("Name")),
            PHONE,
            Column("wechat", _("WeChat")),
            Column("email", _("E-mail")),
            Column("notes", _("Notes")),
            Column("on_file_since", _("On file since")),
        ),
        _customers,
        lambda dealer: held(dealer).count(),
        "name, phone, wechat, email, notes",
    ),
    Table(
        "registrations",
        _("Registrations and how they were answered"),
        (
            Column("receipt", _("Receipt")),
            CUSTOMER,
            PHONE,
            STORE,
            STORE_NAME,
            Column("registered_by", _("Registered by")),
            Column("received_at", _("Received at")),
            Column("recorded_at", _("recorded at")),
            Column("channel", _("channel"), Channel),
            Column("source", _("source")),
            Column("answer", _("Answer"), Answer),
            Column("rule", _("the rule that gave the answer"), Rule),
            RULEBOOK,
            Column("protected_until", _("Protected until")),
            Column("consent_service", _("consent to service")),
            Column("consent_offers", _("consent to offers")),
            Column("consent_text", _("consent text version")),
            Column("corrects", _("receipt of the registration that it corrects")),
            Column("voided_at", _("when it was voided; empty: it counts")),
            Column("void_reason", _("why it was voided"), VoidReason),
        ),
        _registrations,
        lambda dealer: Registration.objects.filter(dealer=dealer).count(),
        "phone",
    ),
    Table(
        "follow_ups",
        _("Follow-ups with their notes"),
        (
            CUSTOMER,
            PHONE,
            STORE,
            STORE_NAME,
            Column("who", _("Who")),
            Column("at", _("When")),
            Column("kind", _("Kind"), ActivityKind),
            Column("outcome", _("Outcome"), Outcome),
            Column("note", _("Note")),
            Column("follow_up_on", _("follow up on")),
        ),
        _follow_ups,
        lambda dealer: Activity.objects.current().filter(dealer=dealer).count(),
        "phone, notes",
    ),
    Table(
        "protections",
        _("Protections, from when until when"),
        (
            PROTECTION,
            CUSTOMER,
            PHONE,
            STORE,
            STORE_NAME,
            Column("followed_up_by", _("Followed up by")),
            Column("started_by", _("started by"), Channel),
            Column("from", _("From")),
            Column("protected_until", _("Protected until")),
            Column("ends_at", _("end, grace included")),
            Column("frozen", _("frozen: the dealer closed")),
            Column("void", _("Taken back, as if never given")),
        ),
        _protections,
        lambda dealer: Ownership.objects.filter(dealer=dealer).count(),
        "phone",
    ),
    Table(
        "protection_history",
        _("What happened to each protection, and because of what"),
        (
            PROTECTION,
            Column("event", _("what happened"), EventKind),
            Column("at", _("at")),
            Column("recorded_at", _("recorded at")),
            Column("protected_until", _("Protected until")),
            Column("ends_at", _("end, grace included")),
            RULEBOOK,
            Column("registration", _("receipt of the registration that caused it")),
            Column("order", _("number of the order that caused it")),
            Column("follow_up_at", _("moment of the follow-up that caused it")),
            Column("act", _("the decision that caused it"), ActKind),
            Column("reason", _("reason of the decision")),
            Column("note", _("the decision in words")),
            Column("by", _("by")),
        ),
        _history,
        lambda dealer: OwnershipEvent.objects.filter(ownership__dealer=dealer).count(),
    ),
    Table(
        "consents",
        _("What customers agreed to and took back"),
        (
            CUSTOMER,
            Column("purpose", _("purpose"), ConsentPurpose),
            Column("withdrawn", _("withdrawn")),
            Column("text", _("consent text version")),
            Column("channel", _("channel"), ConsentChannel),
            Column("at", _("at")),
            Column("recorded_at", _("recorded at")),
            Column("registration", _("Receipt")),
            Column("evidence", _("evidence")),
        ),
        _consents,
        lambda dealer: Consent.objects.filter(dealer=dealer).count(),
    ),
)

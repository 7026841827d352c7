"""What a pack has of the dealer itself: its stores, its people, and who looked at its customers."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dealers.actor import Actor
from dealers.exit_pack.parts import CHUNK, Column, Rows, Table
from dealers.models import (
    AccessAction,
    AccessLog,
    Level,
    Membership,
    Notice,
    NoticeKind,
    Role,
    Sharing,
    SizeClass,
    Store,
    User,
)


def names() -> dict[int, str]:
    """What the people are called whose names the dealer reads; others are nobody to it."""
    return {user.pk: str(user) for user in User.objects.only("name", "email", "phone")}


def _stores(dealer_id: int, _by: Actor) -> Rows:
    for each in Store.objects.filter(dealer=dealer_id).order_by("code").iterator(CHUNK):
        closed = each.closed_at and each.closed_at.astimezone(each.tz)
        yield (
            each.code, each.name, each.timezone, each.size_class, each.opened_on, closed,
            str(each.phone), each.address,
        )  # fmt: skip


def _people(dealer_id: int, _by: Actor) -> Rows:
    called = names()
    found = Membership.objects.filter(dealer=dealer_id).order_by("starts_at", "pk")
    for each in found.select_related("store").iterator(CHUNK):
        store = each.store.code if each.store else ""
        yield called.get(each.user_id, ""), each.role, store, each.starts_at, each.ends_at


def _access_log(dealer_id: int, _by: Actor) -> Rows:
    found = AccessLog.objects.filter(dealer=dealer_id).order_by("at", "pk")
    for each in found.iterator(CHUNK):
        yield (
            each.at, each.name or each.agent, each.role, each.action,
            str(each.customer or ""), each.count, each.what, each.why, each.fields, each.purpose,
        )  # fmt: skip


def _sharing(dealer_id: int, _by: Actor) -> Rows:
    called = names()
    found = Sharing.objects.filter(dealer=dealer_id).order_by("at", "pk")
    for each in found.iterator(CHUNK):
        level = "" if each.level is None else Level(each.level).name.lower()
        yield each.at, str(each.customer or ""), level, called.get(each.by_id or 0, "")


def _notices(dealer_id: int, by: Actor) -> Rows:
    posts = Membership.objects.filter(user=by.person).exclude(dealer=dealer_id)
    if by.person.is_staff or posts.exists():
        return  # what they are told concerns others as well
    found = Notice.objects.of(by.person).order_by("at", "pk")
    for each in found.iterator(CHUNK):
        yield each.at, each.kind, str(each), each.read_at


STORE = Column("store", _("Code of the store"))

TABLES = (
    Table(
        "stores",
        _("Your stores"),
        (
            STORE,
            Column("name", pgettext_lazy("of a thing", "name")),
            Column("time_zone", _("time zone")),
            Column("size", _("size"), SizeClass),
            Column("opened_on", _("opened on")),
            Column("closed_at", _("closed at")),
            Column("phone", _("phone")),
            Column("address", _("postal address")),
        ),
        _stores,
        lambda dealer: Store.objects.filter(dealer=dealer).count(),
    ),
    Table(
        "people",
        _("Posts of your people, past ones too"),
        (
            Column("person", _("person")),
            Column("role", _("role"), Role),
            STORE,
            Column("from", _("from")),
            Column("to", _("until when; empty: still")),
        ),
        _people,
        lambda dealer: Membership.objects.filter(dealer=dealer).count(),
    ),
    Table(
        "access_log",
        _("Who looked at your customers"),
        (
            Column("at", _("at")),
            Column("who", _("the person, or the task that read by itself")),
            Column("role", _("role")),
            Column("action", _("what was done"), AccessAction),
            Column("customer", _("id of the one customer, as in customers; empty: of several")),
            Column("count", _("how many customers")),
            Column("fields", _("what was seen")),
            Column("purpose", _("what for")),
            Column("fields_kept", _("what was seen, as it is kept and stands in the chain")),
            Column("purpose_kept", _("what for, as it is kept and stands in the chain")),
        ),
        _access_log,
        lambda dealer: AccessLog.objects.filter(dealer=dealer).count(),
    ),
    Table(
        "sharing",
        _("What you chose that the brand sees"),
        (
            Column("at", _("at")),
            Column("customer", _("id of the customer; empty: all others")),
            Column("level", _("fingerprint, masked, service or together; empty: as all others")),
            Column("by", _("by")),
        ),
        _sharing,
        lambda dealer: Sharing.objects.filter(dealer=dealer).count(),
    ),
    Table(
        "notices",
        _("What you were told"),
        (
            Column("at", _("at")),
            Column("kind", _("what it is about"), NoticeKind),
            Column("text", _("in words")),
            Column("read_at", _("read at")),
        ),
        _notices,
        lambda _dealer: 0,  # as many as one person was told
    ),
)

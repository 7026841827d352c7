"""A load answers as the counter would have, one after the other."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.db.models import Max
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from customers.bulk.activities import FollowUp
from customers.bulk.load import Load
from customers.bulk.orders import ORDER_COLUMNS
from customers.bulk.registrations import REGISTRATION_COLUMNS
from customers.identity import fingerprint
from customers.models import (
    Activity,
    Attribution,
    Category,
    Channel,
    Customer,
    Order,
    Ownership,
    OwnershipEvent,
    Registration,
)
from customers.orders.recording import GivenLine, record_order
from customers.ownership.activities import record_activity
from customers.ownership.voids import void
from customers.verification import checks
from dealers.actor import Actor
from dealers.imports.csv import CsvFile
from dealers.imports.progress import Progress
from dealers.models import Membership, Store, User
from dealers.phones import normalise
from tests.customers.bulk.files import COLUMNS, order, registration, write
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import MembershipFactory, StoreFactory, UserFactory

pytestmark = pytest.mark.usefixtures("english")

START = datetime(2024, 1, 8, 2, 0, tzinfo=UTC)  # so long ago that whatever follows is past
EVENTS = st.lists(
    st.tuples(
        st.integers(0, 500),  # hours since the one before
        st.sampled_from(["registration", "registration", "sale", "return", "follow-up"]),
        st.sampled_from(["S1", "S2", "S3", "ONLINE"]),
        st.sampled_from(["13800000001", "13800000002", "13800000003"]),
        st.booleans(),  # a clerk's, or nobody's; a follow-up: with a next one agreed
        st.sampled_from([("visit", ""), ("call", "reached"), ("call", "no_answer"), ("note", "")]),
    ),
    max_size=30,
)


CAPS = [{}, {"store_cap": 1}, {"person_cap": 1}, {"person_cap": 2, "store_cap": 2}]
MOMENT = timedelta(milliseconds=1)
# Of what is on file: all by one, or a clerk's at the counter and the rest by files, or all mixed.
WAYS = [*Channel.values, "both", "each"]


@dataclass(frozen=True)
class Happened:
    at: datetime
    kind: str
    number: int
    place: str
    phone: str
    clerk: bool = False
    did: tuple[str, str] = ("", "")
    of: int | None = None  # a return's sale


@pytest.mark.django_db
@hypothesis_settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    events=EVENTS,
    rules=st.tuples(st.booleans(), st.sampled_from(CAPS)),  # whether visits renew, and the caps
    on_file=st.tuples(
        st.integers(0, 12),
        st.sampled_from(WAYS),
        st.sets(st.integers(0, 9), max_size=4),  # which of its registrations were voided
    ),
    historical=st.booleans(),
)
def test_a_bulk_load_answers_as_the_counter_would(events, rules, on_file, historical, tmp_path):
    """Whatever is on file and was voided there, with two rulebooks, staff, follow-ups and caps.

    A file of today has no follow-ups, and its registrations count when it is loaded.
    """
    from django.db import transaction

    (earlier, channel, mistakes), rows = on_file, _spread(events)
    on_file, given = rows[:earlier], rows[earlier:]
    if not historical:
        given = [it for it in given if it.kind != "follow-up"]
    results, loaded_at = [], None
    for way in (_in_bulk, _one_by_one):
        with transaction.atomic():
            _two_rulebooks(*rules)
            _three_stores()
            _one_by_one(on_file, channel)
            _void(mistakes)
            if way is _in_bulk:
                loaded_at = _in_bulk(given, tmp_path, historical=historical)
            elif historical:
                _one_by_one(given, "history")
            else:
                _one_by_one(_of_today(given, loaded_at), "import")
            assert [check for check in checks() if not check[1]] == []
            results.append(_outcome(loaded_at))
            transaction.set_rollback(True)
    assert results[0] == results[1]


def _two_rulebooks(visits, caps):
    limits = dict.fromkeys(
        ["person_minute_limit", "person_daily_limit", "store_daily_limit", "conflict_percent"]
    )
    RulebookFactory(
        visit_qualifies=visits, sale_renews_days=100, max_days_without_sale=200, **limits, **caps
    )
    RulebookFactory(
        starts_on=START.date() + timedelta(days=60), protection_days=30, activity_renews_days=20,
        first_contact_hours=None, sale_renews_days=40, grace_days=0, **limits, **caps,
    )  # fmt: skip


def _three_stores():
    dealer = StoreFactory(code="S1").dealer
    stores = [
        Store.objects.get(code="S1"),
        StoreFactory(code="S2", dealer=dealer),
        StoreFactory(code="S3", timezone="America/New_York"),
    ]
    UserFactory(email="ann@example.com")
    UserFactory(email="bo@example.com")
    for store in stores:
        MembershipFactory(store=store, user=_clerk(store.code))


def _clerk(place):
    """Ann works in both stores of the first dealer, Bo for the other one."""
    return User.objects.get(email="bo@example.com" if place == "S3" else "ann@example.com")


def _spread(events):
    """Events with a time each; a return takes back the sale before it, if there is one.

    A dealer follows up whom one of its stores registered before.
    """
    at, rows, sales, carded = START, [], [], set()
    for number, (hours, kind, place, phone, clerk, did) in enumerate(events):
        at += timedelta(hours=hours, seconds=1)
        dealer = (place == "S3", phone)
        if kind == "registration" and place != "ONLINE":
            carded.add(dealer)
            rows.append(Happened(at, kind, number, place, phone, clerk))
        elif kind == "sale":
            sales.append((number, place, phone))
            rows.append(Happened(at, kind, number, place, phone))
        elif kind == "return" and sales:
            of, *sale = sales.pop()
            rows.append(Happened(at, kind, number, *sale, of=of))
        elif kind == "follow-up" and place != "ONLINE" and dealer in carded:
            rows.append(Happened(at, kind, number, place, phone, clerk, did))
    return rows


def _channel(it, channel):
    if channel == "each":
        return Channel.values[it.number % len(Channel.values)]
    return ("capture" if it.clerk else "import") if channel == "both" else channel


def _of_today(rows, at):
    """As a file of today has them: what was bought, then who registers at one moment."""
    registering = [it for it in rows if it.kind == "registration"]
    return [it for it in rows if it.kind != "registration"] + [
        replace(it, at=at) for it in registering
    ]


def _name(phone):
    """Nobody is named like somebody else: who might be the same person, a person decides."""
    return "陈李王赵周吴郑孙钱林"[int(phone[-1])] + "敏"


def _next_on(it):
    return it.at.date() + timedelta(days=9) if it.clerk else None


def _in_bulk(rows, folder, *, historical):
    """Load the rows in two files; when its last registration counts."""
    registrations = [
        registration(it.number, store=it.place, phone=it.phone, registered_at=it.at.isoformat())
        | {"staff": _clerk(it.place).email if it.clerk else "", "name": _name(it.phone)}
        for it in rows
        if it.kind == "registration"
    ]
    orders = [
        order(it.number, place=it.place, phone=it.phone, kind=it.kind, ordered_at=it.at.isoformat())
        | ({} if it.of is None else {"returns_external_id": f"O{it.of}", "returns_line": 1})
        for it in reversed(rows)
        if it.kind in ("sale", "return")
    ]
    follow_ups = [
        FollowUp(it.at, it.phone, it.place, _clerk(it.place).email, *it.did, next_on=_next_on(it))
        for it in rows
        if it.kind == "follow-up"
    ]
    columns = (*REGISTRATION_COLUMNS, "staff")
    of_registrations = write(folder / "r.csv", columns, registrations)
    of_orders = write(folder / "o.csv", COLUMNS, orders)
    bulk = Load(Progress(StringIO()), at=timezone.now(), historical=historical)
    bulk.stage_registrations(CsvFile.open(of_registrations, REGISTRATION_COLUMNS))
    bulk.stage_orders(CsvFile.open(of_orders, ORDER_COLUMNS))
    bulk.stage_activities(follow_ups)
    bulk.answer()
    bulk.store()
    assert [list(it.file.problems) for it in (bulk.registrations, bulk.orders)] == [[], []]
    return Registration.objects.aggregate(at=Max("received_at"))["at"]


def _void(places):
    """Void the registrations at these places, as far as that is possible."""
    hq = Actor.hq(UserFactory(is_staff=True))
    for place, it in enumerate(Registration.objects.order_by("pk")):
        if place in places and it.answer != "yours_already":
            void(it, reason="tried", by=hq, at=timezone.now())


def _one_by_one(rows, channel):
    stores = {store.code: store for store in Store.objects.all()}
    category, _made = Category.objects.get_or_create(code="DOORS", name="DOORS")
    for it in rows:
        if it.kind == "registration":
            registered(
                stores[it.place], phone=it.phone, key=f"import:REG-{it.number}", at=it.at,
                name=_name(it.phone), channel=_channel(it, channel),
                staff=_clerk(it.place) if it.clerk else None,
            )  # fmt: skip
            continue
        if it.kind == "follow-up":
            store = stores[it.place]
            known = fingerprint(normalise(it.phone))
            kind, outcome = it.did
            record_activity(
                Customer.objects.get(dealer=store.dealer, identity__fingerprint=known),
                by=Actor.of(Membership.objects.get(store=store)),
                kind=kind,
                outcome=outcome,
                note="改约周末" if kind == "note" else "",
                at=it.at,
                follow_up_on=_next_on(it),
            )
            continue
        amounts = [Decimal(amount) for amount in ("110.00", "10.00", "100.00")]
        record_order(
            source="pos",
            external_id=f"O{it.number}",
            ordered_at=it.at,
            store=stores.get(it.place),
            phone=it.phone,
            lines=[GivenLine(1, category, 2, *amounts, returns=None if it.of is None else 1)],
            returns=None if it.of is None else Order.objects.get(external_id=f"O{it.of}"),
        )


def _outcome(loaded_at):
    """What is on file; one after the other are a microsecond apart, where a load is one moment."""

    def moment(value):
        apart = isinstance(value, datetime) and loaded_at and value - loaded_at
        return loaded_at if apart and timedelta() < apart < MOMENT else value

    return [
        sorted((tuple(map(moment, row)) for row in query), key=repr)
        for query in (
            Registration.objects.order_by("key").values_list(
                "key", "answer", "rule", "protected_until", "received_on", "ownership__period"
            ),
            Ownership.objects.order_by("period").values_list(
                "store__code", "period", "protected_until", "sold_at", "renewed_on",
                "contact_due_at", "contacted_at", "last_activity_at", "follow_up_on", "channel",
                "staff__email",
            ),
            Order.objects.order_by("external_id", "kind").values_list(
                "external_id", "kind", "identity__fingerprint", "placed_on", "net"
            ),
            Attribution.objects.order_by(
                "order__external_id", "order__kind", "version", "holder"
            ).values_list(
                "order__external_id", "order__kind", "version", "holder", "store__code",
                "ownership__period", "share", "sold_by", "counts_on", "cause", "sale__external_id",
                "ordered_at", "quantity", "signed_net",
            ),
            OwnershipEvent.objects.order_by("at", "kind").values_list(
                "kind", "at", "protected_until", "order__external_id", "registration__key"
            ),
            Activity.objects.order_by("at").values_list(
                "at", "kind", "outcome", "follow_up_on", "staff__email", "registration__key"
            ),
            # Ids follow the order in which the ways meet people; the fingerprint does not.
            Customer.objects.order_by("identity__fingerprint", "dealer__stores__code").values_list(
                "dealer__stores__code"
            ),
        )
    ]  # fmt: skip

"""Bulk loads: what they say about bad rows, and that they answer as the counter would."""

import csv
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from customers import search
from customers.bulk import staging
from customers.bulk.activities import FollowUp
from customers.bulk.load import Load
from customers.bulk.orders import ORDER_COLUMNS
from customers.bulk.registrations import REGISTRATION_COLUMNS
from customers.identity import fingerprint, first_content_hash
from customers.models import (
    Activity,
    Attribution,
    Category,
    Customer,
    Identity,
    Order,
    OrderLine,
    Ownership,
    OwnershipEvent,
    Registration,
)
from customers.orders.recording import Line, record_order
from customers.ownership.activities import record_activity
from customers.ownership.voids import void
from customers.verification import checks
from dealers.actor import Actor
from dealers.imports.csv import CsvFile
from dealers.imports.progress import Progress
from dealers.models import FileImport, Membership, Store, User
from dealers.phones import normalise
from dealers.triggers import lifted
from tests.factories import customers as factories
from tests.factories.customers import RulebookFactory, card_of, phone_number, registered
from tests.factories.dealers import MembershipFactory, StoreFactory, UserFactory

pytestmark = pytest.mark.usefixtures("english")

START = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)
COLUMNS = (
    "source", "external_id", "kind", "ordered_at", "place", "phone", "line", "category",
    "quantity", "gross", "discount", "net", "returns_external_id", "returns_line",
)  # fmt: skip


def write(path, columns, rows, encoding="utf-8"):
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
    return path


def registration(number=1, store="S1", phone="13800000001", **changes):
    return {
        "external_id": f"REG-{number}",
        "store_code": store,
        "phone": phone,
        "name": "陈敏",
        "registered_at": START.isoformat(),
        "source": "walk-in",
        "consent_service": "yes",
        "consent_marketing": "no",
    } | changes


def order(number=1, place="S1", phone="13800000001", **changes):
    return {
        "source": "pos",
        "external_id": f"O{number}",
        "kind": "sale",
        "ordered_at": (START + timedelta(days=1)).isoformat(),
        "place": place,
        "phone": phone,
        "line": 1,
        "category": "DOORS",
        "quantity": 2,
        "gross": "110.00",
        "discount": "10.00",
        "net": "100.00",
        "returns_external_id": "",
        "returns_line": "",
    } | changes


def back(number=1, of=1, days=2, **changes):
    return order(
        f"{number}-R",
        kind="return",
        ordered_at=(START + timedelta(days=days)).isoformat(),
        returns_external_id=f"O{of}",
        returns_line=1,
        **changes,
    )


@pytest.fixture
def shops(db):
    RulebookFactory()
    first = StoreFactory(code="S1")
    return [first, StoreFactory(code="S2", dealer=first.dealer), StoreFactory(code="S3")]


def load(command, *args, **options):
    """Run an import; its exit status and what it said."""
    out = StringIO()
    try:
        call_command(command, *args, stdout=out, **options)
    except CommandError as error:
        return error.returncode, out.getvalue() + str(error)
    return 0, out.getvalue()


def counts():
    models = (Identity, Customer, Registration, Ownership, OwnershipEvent, Order, OrderLine)
    return [model.objects.count() for model in models]


def test_a_year_of_trade_in_small(shops, tmp_path):
    registrations = write(
        tmp_path / "r.csv",
        REGISTRATION_COLUMNS,
        [registration(1), registration(2, store="S3", registered_at="2026-01-06T02:00:00Z")],
    )
    orders = write(
        tmp_path / "o.csv",
        COLUMNS,
        [
            back(1),  # before its sale
            order(1, place="S3"),
            order(2, place="S2"),
            order(3, place="ONLINE"),
            order(4, phone=""),
            order(5, phone="13900000009"),
        ],
    )

    status, said = load("import_history", registrations=registrations, orders=orders)

    assert status == 0, said
    sold_by = {order.external_id: order.sold_by for order in Order.objects.all()}
    assert sold_by == {
        "O1": "other", "O1-R": "other", "O2": "sister", "O3": "online", "O4": "none", "O5": "none",
    }  # fmt: skip
    assert Order.objects.get(external_id="O1").owned.share == 0  # nobody contacted the customer
    assert list(Registration.objects.order_by("key").values_list("rule", flat=True)) == ["R7", "R3"]
    assert all(ok for _name, ok, _detail in checks())


def test_the_same_file_again_changes_nothing(shops, tmp_path):
    registrations = write(tmp_path / "r.csv", REGISTRATION_COLUMNS, [registration()])
    orders = write(tmp_path / "o.csv", COLUMNS, [order(), back()])
    load("import_history", registrations=registrations, orders=orders)
    before = counts()

    status, _said = load("import_history", registrations=registrations, orders=orders)

    assert (status, counts()) == (0, before)
    latest = FileImport.objects.order_by("id").reverse()
    assert [(it.accepted, it.repeated, it.rejected) for it in latest[:2]] == [(0, 2, 0), (0, 1, 0)]


def test_what_was_stored_with_the_first_hash_is_a_repeat(shops, tmp_path):
    path = write(tmp_path / "r.csv", REGISTRATION_COLUMNS, [registration()])
    load("import_registrations", path, historical=True)
    made = Registration.objects.get()
    said = (
        made.store_id,
        factories.number_of(made.customer),
        card_of(made.customer).name,
    )
    first = first_content_hash(*said, made.received_at, made.source, made.consent_marketing)
    with lifted(Registration):
        Registration.objects.update(content=first)

    assert load("import_registrations", path, historical=True)[0] == 0

    assert FileImport.objects.latest("id").repeated == 1


def test_the_same_key_with_other_content_is_rejected(shops, tmp_path):
    path = write(tmp_path / "r.csv", REGISTRATION_COLUMNS, [registration()])
    load("import_registrations", path, historical=True)
    write(
        path,
        REGISTRATION_COLUMNS,
        [registration(store="S3"), registration(2), registration(2, name="x")],
    )
    orders = write(tmp_path / "o.csv", COLUMNS, [order()])
    load("import_orders", orders)
    write(orders, COLUMNS, [order(net="99.00", discount="11.00")])

    status, said = load("import_registrations", path, historical=True)
    order_status, order_said = load("import_orders", orders)

    assert (status, order_status) == (1, 1)
    assert Registration.objects.count() == 2
    assert "REG-1" in said
    assert "O1" in order_said
    assert OrderLine.objects.get().net == 100


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"store_code": "S9"}, "store_code"),
        ({"phone": "138"}, "phone"),
        ({"phone": ""}, "phone"),
        ({"registered_at": "2026-01-05T10:00:00"}, "registered_at"),
        ({"registered_at": "yesterday"}, "registered_at"),
        ({"registered_at": "2990-01-05T10:00:00Z"}, "registered_at"),
        ({"registered_at": "0001-01-01T00:00:00+14:00"}, "registered_at"),
        ({"consent_service": "no"}, "consent_service"),
        ({"consent_marketing": "perhaps"}, "consent_marketing"),
        ({"external_id": ""}, "external_id"),
        ({"external_id": "x" * 200}, "external_id"),
        ({"source": ""}, "source"),
        ({"name": "a\0b"}, "name"),
        ({"name": "n" * 100}, "name"),
    ],
)
def test_a_bad_registration_is_reported_and_good_ones_go_in(shops, tmp_path, change, column):
    rows = [registration(1), registration(2, **change), registration(3)]
    path = write(tmp_path / "r.csv", REGISTRATION_COLUMNS, rows)

    status, said = load("import_registrations", path)

    assert status == 1
    assert f"3, {column}" in said
    assert Registration.objects.count() == 2
    with (tmp_path / "r.rejected.csv").open(encoding="utf-8-sig") as file:
        rejected = list(csv.DictReader(file))
    assert len(rejected) == 1
    assert column in rejected[0]["problem"]


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "gift"},
        {"place": "S9"},
        {"ordered_at": "2026-01-05 10:00"},
        {"quantity": "0"},
        {"quantity": "1.5"},
        {"quantity": "99999999999"},
        {"gross": "1e3"},
        {"gross": "110.001"},
        {"net": "90.00"},
        {"gross": "-100.00", "net": "-110.00"},
        {"line": "x"},
        {"category": ""},
        {"returns_line": "1"},
        {"returns_external_id": "O7"},
        {"phone": "12"},
    ],
)
def test_an_order_with_a_bad_row_stays_out_as_a_whole(shops, tmp_path, change):
    rows = [order(1), order(2, **change), order(2, line=2), order(3)]
    path = write(tmp_path / "o.csv", COLUMNS, rows)

    status, said = load("import_orders", path)

    assert status == 1, said
    assert set(Order.objects.values_list("external_id", flat=True)) == {"O1", "O3"}
    done = FileImport.objects.get()
    assert (done.rows, done.accepted, done.rejected) == (4, 2, 2)


@pytest.mark.parametrize(
    ("rows", "rejected"),
    [
        ([back(1, of=9)], 1),
        ([order(1), back(1) | {"returns_line": 4}], 1),
        ([order(1), back(1, days=0)], 1),
        ([order(1), back(1), back(2)], 1),
        ([order(1), back(1) | {"quantity": 3}], 1),
        ([order(1), back(1) | {"gross": "200.00", "discount": "0.00", "net": "200.00"}], 1),
        ([order(1), back(1) | {"quantity": 1, "gross": "50.00", "discount": "0.00", "net": "50.00"},
          back(2) | {"quantity": 1, "gross": "50.00", "discount": "0.00", "net": "50.00"}], 0),
    ],
)  # fmt: skip
def test_a_return_takes_back_what_its_sale_has_left(shops, tmp_path, rows, rejected):
    path = write(tmp_path / "o.csv", COLUMNS, rows)

    load("import_orders", path)

    assert FileImport.objects.get().rejected == rejected
    # What is on file counts as well, when the rest comes in another file.
    load("import_orders", write(tmp_path / "p.csv", COLUMNS, [back("x", of=1)]))
    assert all(ok for _name, ok, _detail in checks())


def test_rows_of_an_order_may_be_apart_but_must_agree(shops, tmp_path):
    rows = [order(1), order(2), order(1, line=2), order(3), order(4), order(3, line=2, phone="")]
    path = write(tmp_path / "o.csv", COLUMNS, rows)

    load("import_orders", path)

    lines = Order.objects.order_by("external_id").values_list("external_id", "net")
    assert dict(lines) == {"O1": 200, "O2": 100, "O4": 100}


@pytest.mark.parametrize("batch", [1, 10_000])
def test_of_too_many_returns_those_that_fit_stay(shops, tmp_path, monkeypatch, batch):
    monkeypatch.setattr(staging, "BATCH", batch)
    one = {"quantity": 1, "gross": "50.00", "discount": "0.00", "net": "50.00"}
    rows = [order(1), back(1) | one, back(2) | {"quantity": 2}, back(3, days=3) | one, back(4)]
    path = write(tmp_path / "o.csv", COLUMNS, rows)

    load("import_orders", path)

    returns = Order.objects.filter(kind="return").values_list("external_id", flat=True)
    assert set(returns) == {"O1-R", "O3-R"}


def test_orders_told_line_by_line_through_the_file_are_put_together(shops, tmp_path):
    """A file sorted by line number: every order is scattered, some have a bad row at the end."""
    rows = [order(n) for n in range(60)]
    rows += [order(n, line=2, quantity="0" if n % 3 == 0 else 1) for n in range(60)]
    rows += [order(n, line=3, phone="1" if n % 3 == 1 else "13800000001") for n in range(60)]
    path = write(tmp_path / "o.csv", COLUMNS, rows)

    status, said = load("import_orders", path)

    assert status == 1, said
    good = {f"O{n}" for n in range(2, 60, 3)}
    assert set(Order.objects.values_list("external_id", flat=True)) == good
    done = FileImport.objects.get()
    assert (done.rows, done.accepted, done.rejected) == (180, 60, 120)
    with (tmp_path / "o.rejected.csv").open(encoding="utf-8-sig") as file:
        problems = {
            (row["external_id"], row["line"]): row["problem"] for row in csv.DictReader(file)
        }
    assert len(problems) == 120
    assert "Line 62, of the same order" in problems["O0", "1"]
    assert "Line 123, of the same order" in problems["O1", "2"]


def test_rejected_rows_come_back_as_they_were(shops, tmp_path):
    rows = [
        registration(1, phone="1", name="two\nlines"),
        registration(2),
        registration("3\0", phone="13800000003"),
    ]
    path = write(tmp_path / "r.csv", REGISTRATION_COLUMNS, rows)
    orders = write(tmp_path / "o.csv", COLUMNS, [order("\0"), order(2)])

    status, said = load("import_history", registrations=path, orders=orders)

    assert status == 1, said
    with (tmp_path / "r.rejected.csv").open(encoding="utf-8-sig", newline="") as file:
        rejected = list(csv.DictReader(file))
    assert [row["name"] for row in rejected] == ["two\nlines", "陈敏"]
    assert Registration.objects.count() == Order.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty|空"),
        (b"external_id;store_code\n", "external_id"),
        ("编号,电话\n1,2\n".encode("utf-16"), "UTF-8"),
        (b"\xff\xff\xff,\n", "UTF-8"),
        (b'"external_id,store_code\n', "external_id"),
    ],
)
def test_a_file_that_cannot_be_read_says_what_would_be_right(shops, tmp_path, content, says):
    path = tmp_path / "r.csv"
    path.write_bytes(content)

    status, said = load("import_registrations", path)

    assert status == 2
    assert any(word in said for word in says.split("|"))
    assert FileImport.objects.get().state == "failed"


def test_a_missing_file_is_wrong_use(shops, tmp_path):
    assert load("import_registrations", tmp_path / "none.csv")[0] == 2


def test_broken_lines_are_rejected_one_by_one(shops, tmp_path):
    path = write(tmp_path / "r.csv", REGISTRATION_COLUMNS, [registration(1)])
    with path.open("a") as file:
        file.write('REG-2,S1,"13800000002\nREG-3,S1\n')
    with path.open("a", newline="") as file:
        csv.DictWriter(file, REGISTRATION_COLUMNS).writerow(registration(4, phone="13800000004"))

    status, said = load("import_registrations", path)

    assert status == 1, said
    assert Registration.objects.count() == 2
    assert FileImport.objects.get().rejected == 2


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_other_encodings_are_read(shops, tmp_path, encoding):
    path = write(
        tmp_path / "r.csv", [*REGISTRATION_COLUMNS, "remark"], [registration()], encoding=encoding
    )

    assert load("import_registrations", path)[0] == 0


def test_a_card_without_a_name_gets_the_one_that_a_file_brings(shops, tmp_path):
    rows = [registration(1, name=""), registration(2, phone="13800000002")]
    file = write(tmp_path / "r.csv", REGISTRATION_COLUMNS, rows)
    load("import_registrations", file, historical=True)
    later = [registration(3, name="陈敏"), registration(4, phone="13800000002", name="王伟")]
    file = write(tmp_path / "later.csv", REGISTRATION_COLUMNS, later)

    assert load("import_registrations", file, historical=True)[0] == 0

    names = {factories.number_of(c): card_of(c).name for c in Customer.objects.all()}
    assert names == {"+8613800000001": "陈敏", "+8613800000002": "陈敏"}
    found = search.find(Customer.objects.all(), "chenmin")
    assert found.count() == 2


def test_who_registered_works_for_the_store_s_dealer(shops, tmp_path):
    mine = MembershipFactory(store=shops[1]).user.email  # the same dealer's other store
    strangers = [
        MembershipFactory(store=shops[2]).user.email,
        UserFactory(is_staff=True).email,
        MembershipFactory(store=shops[0], user__is_active=False).user.email,
        MembershipFactory(store=shops[0], ends_at=START - timedelta(days=1)).user.email,
    ]
    rows = [
        registration(n, phone=f"1380000000{n}") | {"staff": email}
        for n, email in enumerate([mine, *strangers])
    ]
    file = write(tmp_path / "r.csv", (*REGISTRATION_COLUMNS, "staff"), rows)

    status, said = load("import_registrations", file, historical=True)

    assert status == 1
    assert "5 rows, 1 new, 0 already there, 4 rejected" in said
    assert "is closed" in said
    assert Registration.objects.get().staff.email == mine


def test_a_dry_run_writes_nothing(shops, tmp_path):
    rows = [registration(1), registration(2, phone="1")]
    path = write(tmp_path / "r.csv", REGISTRATION_COLUMNS, rows)

    status, said = load("import_registrations", path, dry_run=True)

    assert status == 1
    assert "3, phone" in said
    assert sum(counts()) == 0
    assert not FileImport.objects.exists()
    assert [each.name for each in tmp_path.iterdir()] == ["r.csv"]


def test_without_a_rulebook_nothing_is_loaded(db, tmp_path):
    StoreFactory(code="S1")
    path = write(tmp_path / "r.csv", REGISTRATION_COLUMNS, [registration()])

    status, said = load("import_registrations", path)

    assert status == 2
    assert "HQ" in said or "总部" in said


def test_the_cap_per_person_holds_in_a_file_as_at_the_counter(db, tmp_path):
    RulebookFactory(person_cap=2, person_minute_limit=None)
    live, bulk = MembershipFactory(), MembershipFactory()
    times = [START + timedelta(minutes=n) for n in range(4)]
    for at in times:
        registered(live.store, staff=live.user, at=at)
    rows = [
        registration(n, bulk.store.code, phone_number(), registered_at=at.isoformat())
        | {"staff": bulk.user.email}
        for n, at in enumerate(times)
    ]

    load(
        "import_registrations",
        write(tmp_path / "r.csv", (*REGISTRATION_COLUMNS, "staff"), rows),
        historical=True,
    )

    for person in (live.user, bulk.user):
        made = Registration.objects.filter(staff=person).order_by("received_at")
        assert list(made.values_list("answer", flat=True)) == [
            "yours", "yours", "waiting", "waiting",
        ]  # fmt: skip


def test_what_a_file_brings_in_uses_up_nobodys_limit(db, tmp_path):
    RulebookFactory(person_daily_limit=3, store_daily_limit=3, person_minute_limit=None)
    post = MembershipFactory()
    rows = [
        registration(n, post.store.code, phone_number(), registered_at=timezone.now().isoformat())
        | {"staff": post.user.email}
        for n in range(4)
    ]
    columns = (*REGISTRATION_COLUMNS, "staff")
    assert load("import_registrations", write(tmp_path / "r.csv", columns, rows))[0] == 0

    made = registered(post.store, staff=post.user, at=timezone.now())

    assert made.answer == "yours"


def test_follow_ups_of_somebody_without_a_card_stay_out(shops):
    MembershipFactory(store=shops[0], user=UserFactory(email="ann@example.com"))
    bulk = Load(Progress(StringIO()), at=timezone.now(), historical=True)

    bulk.stage_activities([FollowUp(START, "13800000001", "S1", "ann@example.com", "visit")])
    bulk.answer()
    bulk.store()

    assert not Activity.objects.exists()


def test_late_orders_reach_only_to_the_next_owner(shops, tmp_path):
    """What another dealer was answered meanwhile is not taken back by an old sale."""
    path = write(
        tmp_path / "r.csv",
        REGISTRATION_COLUMNS,
        [registration(1), registration(2, store="S3", registered_at="2026-06-01T02:00:00Z")],
    )
    load("import_registrations", path, historical=True)
    orders = write(
        tmp_path / "o.csv", COLUMNS, [order(1), order(2, ordered_at="2026-05-20T02:00:00Z")]
    )

    load("import_orders", orders, historical=True)

    first, second = Ownership.objects.order_by("period")
    assert first.period.upper == second.period.lower
    assert {order.external_id: order.sold_by for order in Order.objects.all()} == {
        "O1": "own", "O2": "own",
    }  # fmt: skip
    assert all(ok for _name, ok, _detail in checks())


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
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    events=EVENTS,
    visits=st.booleans(),
    caps=st.sampled_from(CAPS),
    on_file=st.tuples(
        st.integers(0, 12),
        st.sampled_from(["capture", "import", "both"]),
        st.sets(st.integers(0, 9), max_size=4),  # which of its registrations were voided
    ),
)
def test_a_bulk_load_answers_as_the_counter_would(events, visits, caps, on_file, tmp_path):
    """Whatever is on file and was voided there, with two rulebooks, staff, follow-ups and caps."""
    from django.db import transaction

    (earlier, channel, mistakes), rows = on_file, _spread(events)
    results = []
    for way in (_in_bulk, _one_by_one):
        with transaction.atomic():
            _two_rulebooks(visits, caps)
            _three_stores()
            _one_by_one(rows[:earlier], channel)
            _void(mistakes)
            way(rows[earlier:], "history", tmp_path)
            assert [check for check in checks() if not check[1]] == []
            results.append(_outcome())
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
    return ("capture" if it.clerk else "import") if channel == "both" else channel


def _next_on(it):
    return it.at.date() + timedelta(days=9) if it.clerk else None


def _in_bulk(rows, _channel, folder):
    registrations = [
        registration(it.number, store=it.place, phone=it.phone, registered_at=it.at.isoformat())
        | {"staff": _clerk(it.place).email if it.clerk else ""}
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
    bulk = Load(Progress(StringIO()), at=timezone.now(), historical=True)
    bulk.stage_registrations(CsvFile.open(of_registrations, REGISTRATION_COLUMNS))
    bulk.stage_orders(CsvFile.open(of_orders, ORDER_COLUMNS))
    bulk.stage_activities(follow_ups)
    bulk.answer()
    bulk.store()
    assert [list(it.file.problems) for it in (bulk.registrations, bulk.orders)] == [[], []]


def _void(places):
    """Void the registrations at these places, as far as that is possible."""
    hq = Actor.hq(UserFactory(is_staff=True))
    for place, it in enumerate(Registration.objects.order_by("pk")):
        if place in places and it.answer != "yours_already":
            void(it, reason="tried", by=hq, at=timezone.now())


def _one_by_one(rows, channel, _folder=None):
    stores = {store.code: store for store in Store.objects.all()}
    category, _made = Category.objects.get_or_create(code="DOORS", name="DOORS")
    for it in rows:
        if it.kind == "registration":
            registered(
                stores[it.place], phone=it.phone, key=f"import:REG-{it.number}", at=it.at,
                name="陈敏", channel=_channel(it, channel),
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
            lines=[Line(1, category, 2, *amounts, returns=None if it.of is None else 1)],
            returns=None if it.of is None else Order.objects.get(external_id=f"O{it.of}"),
        )


def _outcome():
    return [
        list(query)
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

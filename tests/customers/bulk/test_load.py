"""Bulk loads: what goes in and is counted, once, however often it comes."""

from datetime import timedelta
from io import StringIO

import pytest
from django.utils import timezone

from customers import search
from customers.bulk.activities import FollowUp
from customers.bulk.load import Load
from customers.bulk.registrations import REGISTRATION_COLUMNS
from customers.identity import first_content_hash
from customers.models import (
    Activity,
    Customer,
    Identity,
    Order,
    OrderLine,
    Ownership,
    OwnershipEvent,
    Registration,
)
from customers.verification import checks
from dealers.agreements import signing
from dealers.imports.progress import Progress
from dealers.models import FileImport, Store
from dealers.triggers import lifted
from tests.customers.bulk.files import COLUMNS, START, back, load, order, registration, write
from tests.factories import customers as factories
from tests.factories.agreements import published
from tests.factories.customers import RulebookFactory, card_of, phone_number, registered
from tests.factories.dealers import MembershipFactory, StoreFactory, UserFactory

pytestmark = pytest.mark.usefixtures("english")


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


def test_what_comes_after_its_store_has_closed_is_left_out_alone(shops, tmp_path):
    """The row is of a day before, but the receipt counts; a file of the past is another matter."""
    Store.objects.filter(code="S1").update(closed_at=timezone.now() - timedelta(hours=1))
    rows = [registration(1), registration(2, store="S2", phone="13800000002")]
    file = write(tmp_path / "r.csv", REGISTRATION_COLUMNS, rows)

    status, said = load("import_registrations", file)

    assert status == 1
    assert "2 rows, 1 new, 0 already there, 1 rejected" in said
    assert "line 2, store_code “S1”" in said
    assert Registration.objects.get().store == shops[1]
    assert load("import_registrations", file, historical=True)[0] == 0
    assert "0 new, 2 already there" in load("import_registrations", file)[1]


def test_an_agreement_that_begins_tomorrow_holds_up_nobody_today(shops, tmp_path):
    published(starts_on=signing.today(timezone.now()) + timedelta(days=1), required=True)
    file = write(tmp_path / "r.csv", REGISTRATION_COLUMNS, [registration()])

    status, said = load("import_registrations", file)

    assert (status, Registration.objects.count()) == (0, 1), said


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

"""Registrations that were a mistake: what they won is as if never given."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from customers import exports, verification
from customers.models import (
    Answer,
    Channel,
    EventKind,
    Holder,
    Order,
    Ownership,
    Registration,
    Rule,
    Void,
    VoidReason,
    valid_sql,
)
from customers.orders.recording import GivenLine, record_order
from customers.ownership import voids
from customers.ownership.changes import latest_of, running_of
from customers.ownership.settings import RegistrationRefused
from customers.ownership.voids import VoidRefused, void
from dealers.actor import Actor
from dealers.models import ForbiddenAct, Membership, Notice, RefusedAct
from dealers.receipts.verify_receipt import SCORED
from tests.factories.customers import (
    DAY_ONE,
    CategoryFactory,
    RulebookFactory,
    moved,
    number_of,
    phone_number,
    registered,
)
from tests.factories.dealers import StoreFactory
from tests.factories.stories import owner_of

SOON, LATER = DAY_ONE + timedelta(minutes=9), DAY_ONE + timedelta(hours=3)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture(autouse=True)
def rulebook(db):
    return RulebookFactory()


@pytest.fixture
def mistyped(store, clerk):
    return registered(store, staff=clerk.user)


def undo(registration, by):
    return void(registration, reason=VoidReason.UNDONE, by=Actor.of(by), at=SOON)


def by_owner(registration, at=LATER):
    return void(
        registration, reason=VoidReason.TRIED, by=Actor.of(owner_of(registration.store)), at=at
    )


def by_hq(registration, hq, at=LATER):
    return void(registration, reason=VoidReason.TRIED, by=Actor.hq(hq), at=at)


def in_order():
    return {name: detail for name, holds, detail in verification.checks() if not holds} == {}


def bought(registration, at, *, store=None, number="S1", returns=None):
    category = CategoryFactory()
    amount = Decimal(100)
    line = GivenLine(1, category, 1, amount, Decimal(0), amount, returns=1 if returns else None)
    return record_order(
        source="shop", external_id=number, ordered_at=at, store=store, lines=[line],
        returns=returns,
        phone="" if returns else number_of(registration.customer),
    )  # fmt: skip


def test_who_registered_undoes_it_and_the_person_is_free_and_unknown_again(mistyped, clerk):
    made = undo(mistyped, clerk)

    elsewhere = registered(StoreFactory(), phone=number_of(mistyped.customer), at=LATER)
    owned = Ownership.objects.get(pk=mistyped.ownership_id)
    assert (made.voided_by, made.role, made.at) == (clerk.user, clerk.role, SOON)
    assert running_of(mistyped.customer, SOON) is None
    assert latest_of(mistyped.customer) is None
    assert owned.protected_until == owned.period.lower == DAY_ONE
    assert (elsewhere.answer, elsewhere.rule) == (Answer.YOURS, Rule.R7)
    assert not Registration.objects.valid().filter(pk=mistyped.pk).exists()
    assert in_order()


def test_headquarters_takes_no_protection_away_at_whichever_store_it_goes_on(mistyped, hq):
    moved(mistyped, StoreFactory(dealer=mistyped.store.dealer), SOON)

    with pytest.raises(VoidRefused, match="whom headquarters takes from nobody"):
        by_hq(mistyped, hq)

    assert not Void.objects.exists()
    tried = RefusedAct.objects.get()
    assert (tried.act, tried.dealer, tried.user) == (
        ForbiddenAct.PROTECTION, mistyped.dealer, hq,
    )  # fmt: skip


def test_the_database_takes_none_away_for_headquarters_either(mistyped, hq):
    said = {"reason": VoidReason.TRIED, "voided_by": hq, "role": "hq", "recorded_at": LATER}
    refused = registered(StoreFactory(), phone=number_of(mistyped.customer))

    with pytest.raises(DatabaseError, match="takes no protection away"), transaction.atomic():
        Void.objects.create(registration=mistyped, at=LATER, **said)

    assert Void.objects.create(registration=refused, at=LATER, **said)


def test_whoever_verifies_counts_each_reason_but_what_others_asked_for():
    _kind, counted, _hits = SCORED["voided"]
    assert set(counted["reason"]) == set(VoidReason) - voids.DECIDED


def test_headquarters_voids_what_protects_nobody(mistyped, hq):
    over = Ownership.objects.get(pk=mistyped.ownership_id).period.upper
    refused = registered(StoreFactory(), phone=number_of(mistyped.customer))

    assert by_hq(refused, hq)
    assert by_hq(mistyped, hq, at=over)
    assert not RefusedAct.objects.exists()
    assert in_order()


def test_what_a_lead_brought_goes_with_the_lead_alone(store, clerk, manager, owner):
    """Or its price could be taken back at any time, by whoever had it."""
    lead = registered(store, channel=Channel.DISPATCH, source="dispatch")

    for post in (clerk, manager, owner):
        assert not voids.may_void(lead, Actor.of(post))
        with pytest.raises(VoidRefused, match="which the store can return"):
            void(lead, reason=VoidReason.TRIED, by=Actor.of(post), at=LATER)
    assert void(lead, reason=VoidReason.RETURNED, by=Actor.of(clerk), at=LATER)


def test_once_more_gives_the_first_void(mistyped, clerk):
    assert undo(mistyped, clerk) == undo(mistyped, clerk) == Void.objects.get()


def test_ten_minutes_for_whoever_registered_then_manager_owner_and_headquarters(
    mistyped, manager, owner, rival, hq
):
    clerk = Membership.objects.get(user=mistyped.staff)
    at = DAY_ONE + voids.UNDO
    colleague = Actor.of(manager)

    assert not voids.may_undo(mistyped, colleague, SOON)
    assert not voids.may_undo(mistyped, Actor.of(clerk), at)
    with pytest.raises(VoidRefused, match="ten minutes are over"):
        void(mistyped, reason=VoidReason.UNDONE, by=Actor.of(clerk), at=at)
    for stranger in (clerk, rival):
        with pytest.raises(VoidRefused, match="manager or the owner can"):
            void(mistyped, reason=VoidReason.WRONG_NUMBER, by=Actor.of(stranger), at=at)
    for each in (colleague, Actor.of(owner), Actor.hq(hq)):
        assert voids.may_void(mistyped, each)
    assert void(mistyped, reason=VoidReason.WRONG_NUMBER, by=colleague, at=at).reason


def test_a_visit_won_nothing_that_could_be_taken_back(mistyped, store, clerk):
    visit = registered(store, phone=number_of(mistyped.customer), staff=clerk.user, at=SOON)

    with pytest.raises(VoidRefused, match="visit won nothing"):
        undo(visit, clerk)
    with pytest.raises(DatabaseError, match="void_is_of_no_visit"), transaction.atomic():
        Void.objects.create(
            registration=visit, reason="tried", voided_by=clerk.user, role="owner", at=LATER
        )


def test_what_others_were_told_stays_and_they_register_again(mistyped, clerk):
    store = StoreFactory()
    number = number_of(mistyped.customer)
    refused = registered(store, phone=number, at=SOON - timedelta(minutes=1))

    undo(mistyped, clerk)

    again = registered(store, phone=number, at=LATER)
    assert Registration.objects.get(pk=refused.pk).answer == Answer.PROTECTED
    assert (again.answer, again.rule) == (Answer.YOURS, Rule.R7)
    assert in_order()


def test_a_refused_registration_can_be_voided_and_nothing_else_changes(store, clerk):
    owned = registered(StoreFactory())
    refused = registered(store, phone=number_of(owned.customer), staff=clerk.user)

    undo(refused, clerk)

    assert running_of(owned.customer, SOON) == owned.ownership
    assert in_order()


def test_what_was_bought_meanwhile_counts_for_nobody_nor_what_came_back(mistyped):
    sale = bought(mistyped, SOON)
    back = bought(mistyped, LATER, number="R1", returns=sale)
    elsewhere = bought(mistyped, SOON, store=StoreFactory(), number="S2")

    by_owner(mistyped)

    for order in (sale, back, elsewhere):
        fresh = Order.objects.get(pk=order.pk)
        assert fresh.owned is None
        shares = list(fresh.attributions.filter(version=2).values_list("holder", "share"))
        assert sorted(shares, reverse=True) == [
            (Holder.NOBODY, 1),
            *[(Holder.NOBODY, 0) for _seller in fresh.attributions.filter(holder=Holder.SELLER)],
        ]
    assert in_order()


def test_what_a_sister_store_goes_on_with_is_taken_back_as_well(mistyped):
    sister = StoreFactory(dealer=mistyped.store.dealer)
    second = moved(mistyped, sister, DAY_ONE + timedelta(hours=1))
    third = moved(mistyped, StoreFactory(dealer=sister.dealer), DAY_ONE + timedelta(hours=2))
    sale = bought(mistyped, DAY_ONE + timedelta(minutes=90), store=sister)
    assert sale.owned.ownership == second

    by_owner(mistyped)

    assert not Ownership.objects.given().exists()
    assert third.events.latest("pk").kind == EventKind.VOIDED
    assert Order.objects.get(pk=sale.pk).owned is None
    elsewhere = registered(StoreFactory(), phone=number_of(mistyped.customer), at=LATER)
    assert elsewhere.answer == Answer.YOURS
    assert in_order()


def test_an_order_that_counts_for_nobody_is_no_longer_shown_to_the_dealer(mistyped, owner):
    bought(mistyped, SOON)
    assert Order.objects.visible_to(owner).exists()

    by_owner(mistyped)

    assert not Order.objects.visible_to(owner).exists()


def test_an_import_that_was_replaced_goes_on_with_what_was_bought_meanwhile(clerk, store):
    imported = registered(StoreFactory(), channel="import")
    until = Ownership.objects.get(pk=imported.ownership_id).protected_until
    live = registered(store, phone=number_of(imported.customer), staff=clerk.user, at=SOON)
    sale = bought(live, SOON + timedelta(minutes=1))
    assert set(Registration.objects.valid()) == {live}

    void(live, reason=VoidReason.UNDONE, by=Actor.of(clerk), at=SOON + timedelta(minutes=2))

    owned = Ownership.objects.get(pk=imported.ownership_id)
    assert owned.protected_until > until  # prolonged by the sale, which is its own now
    assert [*owned.events.order_by("pk").values_list("kind", flat=True)] == [
        EventKind.STARTED, EventKind.ENDED, EventKind.RESTORED, EventKind.SOLD,
    ]  # fmt: skip
    assert Order.objects.get(pk=sale.pk).owned.ownership == owned
    assert set(Registration.objects.valid()) == {imported}
    assert in_order()


def test_an_import_that_is_void_itself_does_not_go_on(clerk, store, hq):
    imported = registered(StoreFactory(), channel="import")
    live = registered(store, phone=number_of(imported.customer), staff=clerk.user, at=SOON)
    by_hq(imported, hq)
    by_owner(live)

    events = Ownership.objects.get(pk=imported.ownership_id).events
    assert not events.filter(kind=EventKind.RESTORED).exists()
    assert in_order()


def test_what_nobody_has_any_more_is_exported_and_found_as_nobodys(mistyped, tmp_path):
    sale = bought(mistyped, SOON)
    by_owner(mistyped)
    exports.write_orders(tmp_path / "orders.csv", sale.placed_on.replace(day=1))

    assert "S1" in (tmp_path / "orders.csv").read_text()
    assert list(Order.objects.without_owner()) == [sale]
    assert not Order.objects.never_attributed().exists()


def test_as_of_each_moment_the_same_registrations_are_valid_in_sql(clerk, store):
    imported = registered(StoreFactory(), channel="import")
    live = registered(store, phone=number_of(imported.customer), staff=clerk.user, at=SOON)
    made = void(live, reason=VoidReason.UNDONE, by=Actor.of(clerk), at=SOON)

    for moment, valid in (
        (imported.recorded_at, imported),
        (live.recorded_at, live),
        (made.recorded_at, imported),
    ):
        in_sql = Registration.objects.extra(
            where=[valid_sql("customers_registration", "%s")], params=[moment] * 4
        )
        assert set(Registration.objects.valid(moment)) == set(in_sql) == {valid}


def test_a_voided_customer_leaves_room_under_the_cap(store, clerk, rulebook):
    RulebookFactory(starts_on=DAY_ONE.date(), store_cap=1)
    first = registered(store, staff=clerk.user)
    assert registered(store).answer == Answer.WAITING

    undo(first, clerk)

    assert registered(store, at=LATER).answer == Answer.YOURS


def test_the_right_number_names_what_it_corrects_once_and_at_the_same_store(mistyped, clerk, store):
    with pytest.raises(RegistrationRefused, match="not void"):
        registered(store, corrects=mistyped)
    undo(mistyped, clerk)

    right = registered(store, corrects=mistyped, key="K", phone="13800138000", at=LATER)

    assert mistyped.corrected_by.get().pk == right.pk
    assert right.corrects.received_at == DAY_ONE
    again = registered(store, corrects=mistyped, key="K", phone="13800138000", at=LATER)
    assert again.pk == right.pk
    for place in (store, StoreFactory()):
        with pytest.raises(RegistrationRefused, match="registered already"):
            registered(place, corrects=mistyped, at=LATER)


def test_the_database_takes_back_only_by_an_event_and_keeps_voids(mistyped, clerk):
    undo(mistyped, clerk)

    for statement in (
        "UPDATE customers_void SET reason = 'tried'",
        "DELETE FROM customers_void",
        "TRUNCATE customers_void CASCADE",
        "UPDATE customers_ownership SET protected_until = protected_until + interval '1 day',"
        " period = tstzrange(lower(period), upper(period) + interval '1 day')",
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            connection.cursor().execute(statement)


def test_a_protection_cannot_be_taken_back_without_its_void():
    registered(StoreFactory(), phone=phone_number())

    with pytest.raises(DatabaseError, match="ends_where_its_events_say"), transaction.atomic():
        connection.cursor().execute(
            "UPDATE customers_ownership SET protected_until = lower(period),"
            " period = tstzrange(lower(period), lower(period) + interval '1 microsecond')"
        )


def test_whoever_registered_is_told_that_it_was_taken_back(mistyped, clerk, manager, owner, hq):
    by_hq(mistyped, hq, at=Ownership.objects.get(pk=mistyped.ownership_id).period.upper)
    told = {each.user: each for each in Notice.objects.filter(kind="void")}
    assert set(told) == {clerk.user, manager.user, owner.user}
    assert told[clerk.user].title.endswith(mistyped.receipt)
    assert told[clerk.user].to == f"/capture/r/{mistyped.receipt}/"


def test_who_undoes_it_oneself_is_not_told(mistyped, clerk):
    undo(mistyped, clerk)
    assert not Notice.objects.exists()

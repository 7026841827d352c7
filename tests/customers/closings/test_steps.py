"""The steps of a closing: interrupted anywhere, done twice, late, and by two at once."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from importlib import import_module

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from customers.choices import links
from customers.closings import everything, going_on, plan, steps
from customers.exports import write_ownership
from customers.models import (
    Act,
    ActKind,
    Answer,
    Attribution,
    Choice,
    Closing,
    Customer,
    Holder,
    Ownership,
    OwnershipEvent,
    Registration,
    Release,
    StepKind,
    WaitEnd,
    Waiting,
)
from customers.orders.recording import GivenLine, record_order
from customers.ownership import claims, extensions, line, release, retrace
from customers.ownership.activities import record_activity
from customers.ownership.rulebook import last_day
from customers.verification import checks
from dealers.actor import Actor
from dealers.models import AccessLog, Export, Notice, OutboxTask, Store
from dealers.triggers import lifted
from tests.factories.closings import offered
from tests.factories.customers import CategoryFactory, RulebookFactory, number_of, registered
from tests.factories.dealers import OwnerFactory, RegionalManagerFactory, StoreFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english", "few_at_once")]


class Killed(Exception):
    """As if the process had been killed: what was not committed is lost."""


@pytest.fixture(autouse=True)
def _rules(db):
    RulebookFactory()


@pytest.fixture
def few_at_once(monkeypatch):
    monkeypatch.setattr(steps, "PORTION", 2)


@pytest.fixture
def sister(store):
    return StoreFactory(dealer=store.dealer)


@pytest.fixture
def customers(store, clerk):
    return [registered(store, staff=clerk.user, at=timezone.now()).ownership for _ in range(5)]


def of_store(store, sister, owner):
    on = timezone.now().astimezone(store.tz).date() + timedelta(days=2)
    return plan.close_store(
        store, to=sister, on=on, reason="The lease ends", by=Actor.of(owner), at=timezone.now()
    )


def of_dealer(dealer, hq):
    on = timezone.now().date() + timedelta(days=20)
    offered(dealer)
    return plan.close_dealer(
        dealer, on=on, reason="Contract ends", by=Actor.hq(hq), at=timezone.now()
    )


def run(closing, at, *, killed_after=None):
    """Go on with a closing; ``killed_after`` so many portions the worker is killed."""
    done = 0
    found = Closing.objects.select_related("store", "to", "dealer").get(pk=closing.pk)
    for _step in going_on.go_on(found, at):
        done += 1
        if done == killed_after:
            raise Killed
    return done


def run_to_the_end(closing, at):
    """Kill the worker after each portion, as often as it takes; how often that was."""
    for kills in range(100):
        try:
            run(closing, at, killed_after=1)
        except Killed:
            continue
        return kills
    raise AssertionError("It never ends.")


def state(dealer):
    """Everything that a closing is about, without ids."""
    owned = Ownership.objects.filter(dealer=dealer).order_by("customer", "period")
    return (
        list(
            owned.values_list("customer", "store", "staff", "period", "protected_until", "frozen")
        ),
        list(OwnershipEvent.objects.order_by("pk").values_list("kind", "at", "act__kind")),
        sorted(Store.objects.values_list("code", "closed_at")),
    )


def test_customers_go_to_the_sister_store_with_who_follows_them_up(
    store, sister, owner, clerk, customers
):
    closing = of_store(store, sister, owner)
    at = closing.due_at + timedelta(minutes=1)
    run(closing, at)
    closing.refresh_from_db()
    assert closing.finished_at == at
    assert not Ownership.objects.running(at).filter(store=store).exists()
    for before in customers:
        after = Ownership.objects.running(at).get(customer=before.customer)
        assert (after.store, after.staff, after.since) == (sister, clerk.user, before.period.lower)
        assert after.protected_until == before.protected_until
    assert Customer.objects.count() == 5
    acts = Act.objects.filter(kind=ActKind.STORE_CLOSED)
    assert (acts.count(), {each.by for each in acts}) == (5, {owner.user})
    assert list(retrace.broken()) == []


@pytest.mark.parametrize("days", [1, 2])
def test_who_is_in_the_days_of_grace_goes_to_the_sister_store_as_well(
    days, store, sister, owner, clerk
):
    RulebookFactory(starts_on=date(2017, 1, 1), protection_days=days, grace_days=3)
    kept = registered(store, staff=clerk.user, at=timezone.now() - timedelta(days=1))
    closing = of_store(store, sister, owner)
    at, before = closing.due_at, kept.ownership
    assert before.protected_until <= at < before.period.upper
    run(closing, at)

    after = Ownership.objects.running(at).get(customer=kept.customer)
    assert (after.store, after.period.upper) == (sister, before.period.upper)
    phone = number_of(kept.customer)
    other = registered(StoreFactory(), phone=phone, at=at + timedelta(minutes=1))
    assert other.answer == Answer.PROTECTED
    assert list(retrace.broken()) == []


def test_who_moved_in_grace_before_it_was_mended_is_the_sister_stores_customer_again(
    store, sister, owner, clerk, monkeypatch
):
    RulebookFactory(starts_on=date(2017, 1, 1), protection_days=2, grace_days=3)
    kept, again = (
        registered(store, staff=clerk.user, at=timezone.now() - timedelta(days=1)) for _ in range(2)
    )
    ends = kept.ownership.period.upper
    monkeypatch.setattr(steps, "_given", lambda moved: moved)  # as it was before
    closing = of_store(store, sister, owner)
    run(closing, closing.due_at)
    at = closing.due_at + timedelta(minutes=1)
    assert not Ownership.objects.running(at).exists()
    free = registered(StoreFactory(), phone=number_of(again.customer), at=at)
    assert free.answer == Answer.YOURS

    upgrade = import_module("customers.migrations.0068_page_words_and_grace")
    for _time in range(2):
        upgrade.have_them_seen(apps, None)

    mine = Ownership.objects.running(at).get(customer=kept.customer)
    assert (mine.store, mine.period.upper) == (sister, ends)
    assert Ownership.objects.running(at).get(identity=again.identity) == free.ownership
    assert list(retrace.broken()) == []
    assert [each for each in checks() if not each[1]] == []


def test_whose_turn_came_before_the_dealer_closed_has_the_customer_though_the_job_is_late(
    store, owner, hq
):
    RulebookFactory(starts_on=date(2017, 1, 1), protection_days=2, grace_days=0)
    theirs, began = StoreFactory(), timezone.now()
    had = registered(theirs, at=began)
    turn = had.ownership.period.upper
    waits = [
        registered(it, phone=number_of(had.customer), at=began + timedelta(hours=1))
        for it in (store, StoreFactory(dealer=store.dealer))
    ]
    line.stand(waits[0], by=Actor.of(owner), at=began + timedelta(hours=2))
    closing = of_dealer(store.dealer, hq)
    assert turn < closing.due_at

    run(closing, closing.due_at + timedelta(minutes=1))

    assert Waiting.objects.get(registration=waits[0]).ended == WaitEnd.SERVED
    mine = Ownership.objects.get(identity=had.identity, store=store)
    assert mine.frozen


def test_what_silence_has_extended_goes_along_though_the_job_never_came(
    store, sister, owner, clerk
):
    RulebookFactory(starts_on=date(2017, 1, 1), protection_days=2, grace_days=0)
    kept = registered(store, staff=clerk.user, at=timezone.now() - timedelta(days=1))
    extensions.ask(kept.customer, "Measured twice.", by=Actor.of(owner), at=timezone.now())
    due = Act.objects.open().get().due_at
    on = due.astimezone(store.tz).date() + timedelta(days=2)
    closing = plan.close_store(
        store, to=sister, on=on, reason="The lease ends", by=Actor.of(owner), at=timezone.now()
    )
    assert kept.ownership.period.upper < closing.due_at
    run(closing, closing.due_at)

    after = Ownership.objects.running(closing.due_at).get(customer=kept.customer)
    assert (after.store, after.extensions) == (sister, 1)
    assert list(retrace.broken()) == []


def test_a_sister_store_goes_on_with_the_first_contact_of_the_one_before(
    store, sister, owner, clerk, customers
):
    closing = of_store(store, sister, owner)
    at = closing.due_at + timedelta(minutes=1)
    contacted, neglected = customers[:2]
    record_activity(contacted.customer, kind="visit", by=Actor.of(clerk), at=timezone.now())
    run(closing, at)
    price, category = Decimal("100.00"), CategoryFactory()
    orders = [
        record_order(
            source="pos", external_id=each.customer.pk.hex, ordered_at=at + timedelta(hours=1),
            store=StoreFactory(), phone=number_of(each.customer),
            lines=[GivenLine(1, category, 1, price, Decimal(0), price)],
        )
        for each in (contacted, neglected)
    ]  # fmt: skip

    assert [order.owned.share for order in orders] == [Decimal("0.3"), 0]
    assert {order.owned.store for order in orders} == {sister}
    assert [name for name, holds, _detail in checks() if not holds] == []

    with lifted(Attribution):
        rows = Attribution.objects.filter(order=orders[1])
        rows.filter(holder=Holder.OWNER).update(share=Decimal("0.3"))
        rows.filter(holder=Holder.SELLER).update(share=Decimal("0.7"))
    assert [name for name, holds, _detail in checks() if not holds] == [
        "shares follow from the first contact and the rulebook"
    ]


def test_a_store_killed_after_each_portion_closes_as_if_it_had_run_through(
    store, sister, owner, customers
):
    closing = of_store(store, sister, owner)
    at = closing.due_at + timedelta(minutes=1)
    with transaction.atomic():
        run(closing, at)
        expected = state(store.dealer)
        transaction.set_rollback(True)
    assert run_to_the_end(closing, at) >= len(closing.steps.all())
    assert state(store.dealer) == expected
    assert run(closing, at + timedelta(days=1)) == 0
    assert state(store.dealer) == expected
    moved = closing.steps.get(kind=StepKind.MOVED)
    assert (moved.done, moved.total) == (5, 5)


def test_a_dealer_killed_after_each_portion_closes_as_if_it_had_run_through(
    store, sister, hq, customers
):
    OwnerFactory(dealer=store.dealer)
    closing = of_dealer(store.dealer, hq)
    at, end = closing.due_at + timedelta(hours=5), closing.due_at + timedelta(days=120)
    with transaction.atomic():
        run(closing, at)
        run(closing, end)
        expected = state(store.dealer), Choice.objects.count()
        transaction.set_rollback(True)
    for moment in (at, at, end, end):
        run_to_the_end(closing, moment)
    assert (state(store.dealer), Choice.objects.count()) == expected
    assert expected[1] == 5


def test_nothing_happens_before_its_time_and_what_is_late_is_as_of_then(store, hq, customers):
    closing = of_dealer(store.dealer, hq)
    assert run(closing, closing.due_at - timedelta(microseconds=1)) == 0
    run(closing, closing.due_at + timedelta(days=3))
    for each in Ownership.objects.filter(dealer=store.dealer):
        assert each.frozen
        local = closing.due_at.astimezone(store.tz).date()
        assert last_day(each.protected_until, store.tz) == local + timedelta(days=90)
    assert list(retrace.broken()) == []


def test_whoever_was_let_go_before_hides_nobody_who_comes_after(store, hq, clerk):
    """A portion of whom nothing is left is no end: those after it are frozen all the same."""
    RulebookFactory(starts_on=date(2017, 1, 1), release_after_days=7)
    now = timezone.now()
    made = [registered(store, staff=clerk.user, at=now) for _ in range(5)]
    for each in made[2:]:
        at = now + timedelta(hours=1)
        record_activity(each.customer, by=Actor.of(clerk), kind="call", outcome="reached", at=at)
    closing = of_dealer(store.dealer, hq)
    run(closing, closing.due_at)
    frozen = Ownership.objects.order_by("pk").values_list("frozen", flat=True)
    assert list(frozen) == [False, False, True, True, True]
    assert closing.steps.get(kind=StepKind.FROZEN).done == 3


def test_who_would_be_let_go_after_the_closing_is_frozen_however_late(store, hq, clerk):
    RulebookFactory(starts_on=date(2017, 1, 1), release_after_days=7)
    closing = of_dealer(store.dealer, hq)
    at = closing.due_at - timedelta(days=7) + timedelta(hours=1)
    made = registered(store, staff=clerk.user, at=at)
    run(closing, closing.due_at + timedelta(hours=2))
    owned = Ownership.objects.get(pk=made.ownership_id)
    assert (owned.frozen, owned.over) == (True, False)
    assert list(retrace.broken()) == []


def test_for_ninety_days_nobody_else_gets_a_customer_of_a_dealer_that_closed(
    store, hq, rival, customers
):
    closing = of_dealer(store.dealer, hq)
    run(closing, closing.due_at)
    number = number_of(customers[0].customer)
    end = Ownership.objects.get(pk=customers[0].pk).period.upper
    before, after = end - timedelta(microseconds=1), end
    assert registered(rival.store, phone=number, at=before).answer == "protected"
    assert registered(rival.store, phone=number, at=after).answer == "yours"
    assert closing.steps.get(kind=StepKind.ASKED).due_at == end


def test_a_store_that_has_closed_takes_nobody_out_of_the_pool(store, hq, clerk):
    customer = registered(store, at=timezone.now() - timedelta(days=200)).customer
    closing = of_dealer(store.dealer, hq)
    store.refresh_from_db()
    with pytest.raises(claims.ClaimRefused, match="has closed"):
        claims.claim(customer, store, by=Actor.of(clerk), at=closing.due_at)


def test_who_works_there_goes_last_and_the_owner_stays(store, hq, owner, clerk):
    closing = of_dealer(store.dealer, hq)
    run(closing, closing.due_at + timedelta(days=91))
    assert clerk.user.memberships.current(closing.due_at + timedelta(days=91)).exists()
    end = closing.due_at + timedelta(days=120)
    run(closing, end)
    assert not clerk.user.memberships.current(end).exists()
    assert owner.user.memberships.current(end).exists()
    closing.refresh_from_db()
    assert closing.finished_at == end


def test_customers_are_asked_once_each_and_those_who_found_a_store_are_not(
    store, hq, rival, customers
):
    closing = of_dealer(store.dealer, hq)
    run(closing, closing.due_at)
    at = closing.steps.get(kind=StepKind.ASKED).due_at
    registered(rival.store, phone=number_of(customers[0].customer), at=at)
    at += timedelta(minutes=1)
    run_to_the_end(closing, at)
    asked = OutboxTask.objects.filter(task=links.TASK)
    assert asked.count() == 4
    assert Choice.objects.filter(closing=closing).count() == 5
    assert Choice.objects.get(customer=customers[0].customer).answer == "nobody"


def test_who_would_be_asked_at_night_is_asked_in_the_morning(store, hq, customers):
    closing = of_dealer(store.dealer, hq)
    run(closing, closing.due_at)
    midnight = closing.steps.get(kind=StepKind.ASKED).due_at
    run(closing, midnight)
    asked = OutboxTask.objects.filter(task=links.TASK)
    assert asked.count() == 5
    assert {each.due_at - midnight for each in asked} == {timedelta(hours=8)}


def test_the_sweep_goes_on_with_what_a_worker_left_behind(store, sister, owner, customers):
    closing = of_store(store, sister, owner)
    at = closing.due_at + timedelta(minutes=10)
    OutboxTask.objects.all().delete()
    assert going_on.sweep(closing.due_at - timedelta(minutes=1)) == 0
    assert going_on.sweep(at) == 1
    assert going_on.sweep(at) == 0  # it waits already
    run(closing, at)
    OutboxTask.objects.all().delete()
    assert going_on.sweep(at) == 0


def test_what_a_file_brought_late_goes_the_same_way(store, sister, owner, customers):
    closing = of_store(store, sister, owner)
    run(closing, closing.due_at + timedelta(minutes=1))
    OutboxTask.objects.all().delete()
    late = registered(store, at=closing.due_at - timedelta(minutes=1)).ownership
    at = closing.due_at + timedelta(hours=1)
    assert going_on.sweep(at) == 1
    run(closing, at)
    assert Ownership.objects.running(at).get(customer=late.customer).store == sister


def test_the_owner_takes_everything_and_the_log_names_it(login, store, hq, owner, customers):
    closing = of_dealer(store.dealer, hq)
    client = login(owner)
    page = closing.get_absolute_url()
    for what in everything.FILES:
        assert client.post(f"{page}everything/{what}/").status_code == 302
    found = {each.arguments["what"]: each for each in Export.objects.all()}
    assert set(found) == set(everything.FILES)
    rows = list(everything.rows(found["customers"]))
    assert {row[2] for row in rows[1:]} == {number_of(each.customer) for each in customers}
    for export in found.values():
        header, *rest = everything.rows(export)
        assert len(rest) == export.rows
        assert all(len(row) == len(header) for row in rest)
    assert client.post(f"{page}everything/").url == page
    assert closing.steps.get(kind=StepKind.TAKEN).done_at is not None


def test_the_files_say_the_days_of_the_place_and_not_of_utc(store, hq, owner):
    night = datetime(2026, 1, 5, 17, 0, tzinfo=UTC)  # one o'clock on the sixth in Shanghai
    made = registered(store, at=night)
    line = GivenLine(1, CategoryFactory(), 1, *map(Decimal, ("100.00", "0.00", "100.00")))
    record_order(
        source="pos", external_id="1", ordered_at=night, store=store, lines=[line],
        phone=number_of(made.customer),
    )  # fmt: skip
    closing = of_dealer(store.dealer, hq)
    days = {
        what: list(everything.rows(
            everything.ask(closing, what, by=Actor.of(owner), at=timezone.now())
        ))[1]
        for what in ("customers", "orders")
    }  # fmt: skip
    assert days["customers"][-1].date() == days["orders"][8] == date(2026, 1, 6)


def test_in_the_files_a_store_that_lives_by_utc_keeps_its_clock(store, hq, owner):
    london = StoreFactory(dealer=store.dealer, timezone="Europe/London")
    registered(london, at=datetime(2026, 1, 5, 17, 0, tzinfo=UTC))
    closing = of_dealer(store.dealer, hq)
    export = everything.ask(closing, "registrations", by=Actor.of(owner), at=timezone.now())
    [row] = list(everything.rows(export))[1:]
    assert (row[3], row[6].hour) == (london.code, 17)


def test_nobody_else_takes_it(login, store, hq, owner, manager, rival):  # noqa: PLR0917
    closing = of_dealer(store.dealer, hq)
    address = f"{closing.get_absolute_url()}everything/customers/"
    for who in (manager, rival, OwnerFactory(dealer=rival.dealer), hq):
        assert login(who).post(address).status_code == 404
    assert login(owner).post(f"{closing.get_absolute_url()}everything/keys/").status_code == 404
    assert not Export.objects.exists()


def test_headquarters_sees_no_number_by_a_closing(login, store, hq, customers):
    closing = of_dealer(store.dealer, hq)
    run(closing, closing.due_at + timedelta(days=120))
    page = login(hq).get(f"/admin/customers/closing/{closing.pk}/change/")
    assert page.status_code == 200
    for each in customers:
        assert number_of(each.customer)[-4:] not in page.text
    assert not AccessLog.objects.exists()
    told = " ".join(Notice.objects.values_list("said", flat=True))
    assert not any(number_of(each.customer) in told for each in customers)


def test_an_open_step_is_one_row_and_few_statements(  # noqa: PLR0917
    store, sister, owner, customers, monkeypatch, django_assert_max_num_queries
):
    monkeypatch.setattr(steps, "PORTION", 200)
    closing = of_store(store, sister, owner)
    at = closing.due_at + timedelta(minutes=1)
    run(closing, at - timedelta(days=1))
    step = closing.steps.get(kind=StepKind.MOVED)
    found = Closing.objects.select_related("store", "to", "dealer").get(pk=closing.pk)
    with django_assert_max_num_queries(25):
        going_on._portion(found, step, at)


def test_the_file_of_who_owns_whom_names_the_sister_store(
    store, sister, owner, customers, tmp_path
):
    closing = of_store(store, sister, owner)
    at, file = closing.due_at + timedelta(minutes=1), tmp_path / "ownership.csv"
    run(closing, at)
    assert write_ownership(file, at, by=Actor.worker("export")) == 5
    rows = [line.split(",") for line in file.read_text().splitlines()[1:]]
    assert {row[2] for row in rows} == {sister.code}
    receipts = Registration.objects.values_list("receipt", flat=True)
    assert {row[0] for row in rows} == set(receipts)


def test_a_closing_cannot_be_told_otherwise_afterwards(store, sister, owner):
    closing = of_store(store, sister, owner)

    with pytest.raises(DatabaseError, match="closing_stays_what_was_told"), transaction.atomic():
        Closing.objects.filter(pk=closing.pk).update(to=StoreFactory(dealer=store.dealer))
    with pytest.raises(DatabaseError, match="closing_never_deleted"), transaction.atomic():
        connection.cursor().execute("DELETE FROM customers_closing")


def test_a_request_for_more_time_goes_with_the_customer(store, sister, owner, clerk, customers):
    closing = of_store(store, sister, owner)
    asks = closing.due_at - timedelta(hours=1)
    act = extensions.ask(customers[0].customer, "The quote waits.", by=Actor.of(clerk), at=asks)
    at = closing.due_at + timedelta(minutes=1)
    run(closing, at)
    mine = (
        Ownership.objects.running(at).select_related("store").get(customer=act.ownership.customer)
    )
    assert mine.store == sister
    assert extensions.open_of(mine) == act

    manager = RegionalManagerFactory(region=store.dealer.region)
    by = Actor.of(manager)
    said = extensions.answer(act, granted=False, note="No quote.", by=by, at=at)
    assert (said.ownership, said.store) == (mine, sister)
    assert list(retrace.broken()) == []


def test_whoever_was_to_be_released_stays_and_the_release_comes_to_nothing(store, hq, manager):
    closing = of_dealer(store.dealer, hq)
    at = closing.due_at - timedelta(hours=1)
    made = registered(store, at=at)
    said = release.release(made.customer, "no_time", by=Actor.of(manager), at=at)
    run(closing, closing.due_at + timedelta(hours=2))
    said.refresh_from_db()
    assert Ownership.objects.get().frozen
    assert (said.cancelled_at, said.cancelled_by) == (closing.due_at, hq)
    assert not Release.objects.open().exists()

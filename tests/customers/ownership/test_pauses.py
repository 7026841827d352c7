"""Protections that wait for somebody to follow up, since who did so left: for 7 days at most."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from customers.models import Act, ActKind, Answer, Ownership
from customers.orders.recording import GivenLine, record_order
from customers.ownership import activities, duties, handover, passing, retrace
from customers.ownership.rulebook import Standing, last_day, local_day
from dealers import people
from dealers.actor import Actor
from dealers.models import Role
from tests.factories.customers import (
    DAY_ONE,
    CategoryFactory,
    RulebookFactory,
    number_of,
    registered,
)
from tests.factories.dealers import MembershipFactory, StoreFactory

HOUR, MOMENT = timedelta(hours=1), timedelta(microseconds=1)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture(autouse=True)
def _rules(db):
    RulebookFactory()


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def owned(clerk, now):
    return registered(clerk.store, staff=clerk.user, at=now).ownership


def until(owned):
    found = Ownership.objects.select_related("store").get(pk=owned.pk)
    return last_day(found.protected_until, found.store.tz)


def days(number):
    return timedelta(days=number)


@pytest.mark.parametrize(("waited", "more"), [(0, 0), (3, 3), (7, 7), (30, 7)])
def test_it_waits_for_the_days_that_it_took_and_never_more_than_seven(  # noqa: PLR0917
    clerk, manager, owned, now, waited, more
):
    before, colleague = until(owned), MembershipFactory(store=clerk.store)
    assert handover.leave(clerk, None, by=Actor.of(manager), at=now) == 1
    assert until(owned) == before + days(7)
    assert Act.objects.get(kind=ActKind.LEFT).by == manager.user
    at = now + days(waited)
    handover.hand_over([owned.pk], colleague, by=Actor.of(manager), at=at)
    assert until(owned) == before + days(more)
    found = Ownership.objects.get(pk=owned.pk)
    assert (found.staff, found.paused_on) == (colleague.user, None)
    assert list(retrace.broken()) == []


@pytest.mark.parametrize(("did", "promised"), [("visit", 90), ("sale", 91)])
def test_what_was_promised_meanwhile_stays_also_where_the_pause_led_further(
    clerk, manager, now, did, promised
):
    RulebookFactory(sale_renews_days=91, starts_on=date(2020, 1, 1))
    start = now - days(10)
    made = registered(clerk.store, staff=clerk.user, at=start)
    owned, by = made.ownership, Actor.of(manager)
    first, colleague = local_day(start, clerk.store.tz), MembershipFactory(store=clerk.store)
    activities.record_activity(made.customer, by=Actor.of(clerk), kind="visit", at=start + days(2))
    handover.leave(clerk, None, by=by, at=start + days(3))
    if did == "visit":
        activities.record_activity(made.customer, by=by, kind="visit", at=start + days(4))
    else:
        record_order(
            source="pos", external_id="O1", ordered_at=start + days(4), store=clerk.store,
            phone=number_of(made.customer),
            lines=[GivenLine(1, CategoryFactory(), 1, Decimal(100), Decimal(0), Decimal(100))],
        )  # fmt: skip
    assert until(owned) == first + days(2 + 90 + 7)
    handover.hand_over([owned.pk], colleague, by=by, at=start + days(4))
    assert until(owned) == first + days(4 + promised)
    assert list(retrace.broken()) == []


@pytest.fixture
def uncalled(clerk):
    """Whose customer nobody has called: on the eighth day they are free for others."""
    RulebookFactory(release_after_days=7, starts_on=date(2020, 1, 1))
    return registered(clerk.store, staff=clerk.user, at=DAY_ONE).ownership


def _leave(clerk, manager, at):
    """Who follows up leaves a moment before the customer would be let go."""
    handover.leave(clerk, None, by=Actor.of(manager), at=at)


@pytest.mark.parametrize(("waited", "more"), [(0, 1), (3, 4), (6, 7), (30, 7)])
def test_the_release_without_contact_waits_for_each_day_on_which_nobody_followed_up(
    clerk, manager, uncalled, waited, more
):
    """So whoever follows up has no less time than was left, and nobody waits more than 7 days."""
    due, colleague = uncalled.release_at, MembershipFactory(store=clerk.store)
    _leave(clerk, manager, due - HOUR)
    at, free = due - HOUR + days(waited), due + days(more)
    if at < free:
        handover.hand_over([uncalled.pk], colleague, by=Actor.of(manager), at=at)
    assert Ownership.objects.get(pk=uncalled.pk).release_at == free
    assert passing.let_time_pass(free - MOMENT) == []
    phone = number_of(uncalled.customer)
    rival = MembershipFactory(store=StoreFactory()).store
    assert registered(rival, phone=phone, at=free - MOMENT).answer == Answer.PROTECTED
    assert registered(rival, phone=phone, at=free).answer == Answer.YOURS
    assert Ownership.objects.get(pk=uncalled.pk).period.upper == free
    assert list(retrace.broken()) == []


def test_the_job_however_late_lets_go_at_the_end_of_the_pause(clerk, manager, uncalled):
    due = uncalled.release_at
    _leave(clerk, manager, due - days(2))
    [happened] = passing.let_time_pass(due + days(20))
    assert happened.at == due + days(7)
    assert passing.let_time_pass(due + days(21)) == []


def test_who_is_called_while_it_waits_is_let_go_by_nobody(clerk, manager, uncalled):
    due, colleague = uncalled.release_at, MembershipFactory(store=clerk.store)
    _leave(clerk, manager, due - HOUR)
    done = {"kind": "call", "outcome": "reached", "at": due + HOUR}
    activities.record_activity(uncalled.customer, by=Actor.of(colleague), **done)
    handover.hand_over([uncalled.pk], colleague, by=Actor.of(manager), at=due + days(1))
    assert passing.let_time_pass(due + days(30)) == []


def test_where_clocks_change_it_waits_to_the_same_time_of_day():
    """And goes back to where it was, but for the last day."""
    tz = ZoneInfo("Europe/Berlin")  # an hour earlier from 25 October 2026 on
    start, release = (datetime(2026, 10, day, 10, tzinfo=tz).astimezone(UTC) for day in (15, 22))
    standing = Standing(
        1, 1, 1, tz, 1, "capture", start, start + days(90), start + days(93), start,
        contact_due_at=start + days(2), release_at=release,
    )  # fmt: skip
    left = datetime(2026, 10, 22, 9, tzinfo=tz).astimezone(UTC)
    paused = duties.paused(standing, left)
    assert paused.release_at == datetime(2026, 10, 29, 10, tzinfo=tz)
    for gone in range(8):
        after = duties.waited(paused, left + days(gone) + HOUR)
        assert after.release_at == datetime(2026, 10, 22 + min(gone + 1, 7), 10, tzinfo=tz)
    assert duties.paused(paused, left + days(3)) == paused._replace(staff=None)


def test_the_call_that_an_accepted_lead_promises_does_not_wait():
    """Whoever works at the store makes it."""
    start = datetime(2026, 10, 15, 10, tzinfo=UTC)
    standing = Standing(
        1, 1, 1, ZoneInfo("UTC"), 1, "dispatch", start, start + days(90), start + days(93), start,
        contact_due_at=start + days(1), release_at=start + days(1),
    )  # fmt: skip
    paused = duties.paused(standing, start + HOUR)
    assert paused.release_at == duties.waited(paused, start + HOUR).release_at == start + days(1)


def test_who_is_handed_on_at_once_does_not_wait(clerk, manager, owned, now):
    before, colleague = until(owned), MembershipFactory(store=clerk.store)
    handover.leave(clerk, colleague, by=Actor.of(manager), at=now)
    assert until(owned) == before
    assert not Act.objects.exists()


def test_handing_to_nobody_without_anybody_leaving_prolongs_nothing(clerk, manager, owned, now):
    before = until(owned)
    handover.hand_over([owned.pk], None, by=Actor.of(manager), at=now)
    assert until(owned) == before
    assert not Act.objects.exists()


def test_leaving_twice_waits_once(clerk, manager, owned, now):
    before, colleague = until(owned), MembershipFactory(store=clerk.store)
    by = Actor.of(manager)
    handover.leave(clerk, None, by=by, at=now)
    batch = handover.hand_over([owned.pk], colleague, by=by, at=now)
    handover.undo(batch, by=by, at=now)
    assert Ownership.objects.get(pk=owned.pk).staff is None
    assert until(owned) == before
    assert list(retrace.broken()) == []


def test_another_store_of_the_dealer_is_leaving_this_one(clerk, owner, owned, now):
    before = until(owned)
    handover.change_post(
        clerk, role=Role.ASSOCIATE, store=StoreFactory(dealer=clerk.dealer),
        on=now.astimezone(clerk.store.tz).date(), to=None, by=Actor.of(owner), at=now,
    )  # fmt: skip
    assert until(owned) == before + days(7)


def test_headquarters_ends_a_post_and_they_wait_as_well(clerk, hq, owned, now):
    before = until(owned)
    people.end_membership(clerk, by=Actor.hq(hq), at=now)
    assert until(owned) == before + days(7)
    assert Ownership.objects.get(pk=owned.pk).staff is None
    assert list(retrace.broken()) == []


def test_a_manager_ends_a_post_and_sees_who_waits(login, clerk, manager, owned):
    before, client = until(owned), login(manager)
    colleague = MembershipFactory(store=clerk.store)
    assert client.post(f"/staff/{clerk.pk}/end/", {"to": "0"}).status_code == 302
    assert until(owned) == before + days(7)
    page = client.get(f"/customers/hand-over/?one={owned.pk}")
    assert "waits for somebody since" in page.text
    assert "waits for somebody" in client.get(owned.customer.get_absolute_url()).text
    client.post(f"/customers/hand-over/?one={owned.pk}", {"chosen": owned.pk, "to": colleague.pk})
    assert until(owned) == before

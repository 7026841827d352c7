"""Protections that wait for somebody to follow up, since who did so left: for 7 days at most."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from customers.models import Act, ActKind, Ownership
from customers.orders.recording import GivenLine, record_order
from customers.ownership import activities, handover, retrace
from customers.ownership.rulebook import last_day, local_day
from dealers import people
from dealers.actor import Actor
from dealers.models import Role
from tests.factories.customers import CategoryFactory, RulebookFactory, number_of, registered
from tests.factories.dealers import MembershipFactory, StoreFactory

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

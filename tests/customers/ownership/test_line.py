"""Standing in line for a customer."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from customers import verification
from customers.closings import going_on, plan
from customers.models import Act, Answer, Ownership, Rule, VoidReason, Waiting
from customers.ownership import changes, handover, line, passing, release, voids
from customers.ownership.line import LineRefused
from dealers.actor import Actor, acting
from dealers.models import Notice
from tests.factories.customers import DAY_ONE, RulebookFactory, phone_number, registered
from tests.factories.dealers import (
    DealerFactory,
    MembershipFactory,
    OwnerFactory,
    StoreFactory,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture(autouse=True)
def rulebook(db):
    return RulebookFactory(release_after_days=7)


@pytest.fixture
def phone(store):
    number = phone_number()
    registered(store, phone=number)
    return number


def refused(phone, hours=1, **details):
    store = details.pop("store", None) or StoreFactory()
    post = MembershipFactory(store=store)
    made = registered(store, phone=phone, staff=post.user, at=DAY_ONE + hours * HOUR, **details)
    assert made.answer == Answer.PROTECTED
    return made, Actor.of(post)


def stood(phone, hours=1, **details):
    made, by = refused(phone, hours, **details)
    line.stand(made, by=by, at=made.received_at + 10 * timedelta(minutes=1))
    return made, by


def test_the_line_is_in_order_of_receipt_whoever_stood_in_it_first(phone):
    early, of_early = refused(phone, hours=1)
    late, of_late = refused(phone, hours=2)
    line.stand(late, by=of_late, at=DAY_ONE + 3 * HOUR)
    line.stand(early, by=of_early, at=DAY_ONE + 4 * HOUR)

    assert (line.place_of(early), line.place_of(late)) == (1, 2)
    passing.let_time_pass(DAY_ONE + 7 * DAY)
    owned = Ownership.objects.running(DAY_ONE + 7 * DAY).get()
    assert owned.store == early.store
    assert owned.staff == of_early.user
    assert line.place_of(late) == 1
    assert "your turn" in Notice.objects.get(user=of_early.user).said


def test_standing_twice_is_one_place_and_leaving_gives_it_up(phone):
    made, by = stood(phone)
    again = line.stand(made, by=by, at=DAY_ONE + 5 * HOUR)
    assert Waiting.objects.get() == again

    line.leave(made, by=by, at=DAY_ONE + 6 * HOUR)
    line.leave(made, by=by, at=DAY_ONE + 7 * HOUR)

    assert line.place_of(made) is None
    passing.let_time_pass(DAY_ONE + 8 * DAY)
    assert not Ownership.objects.running(DAY_ONE + 8 * DAY).exists()


def test_a_place_in_line_goes_with_the_registration_that_is_voided(phone):
    made, by = stood(phone)
    voids.void(made, reason=VoidReason.UNDONE, by=by, at=made.received_at + timedelta(minutes=5))
    assert Waiting.objects.get().ended == "left"
    assert line.place_of(made) is None


def test_what_a_registration_won_in_line_is_taken_back_with_it(phone):
    made, _by = stood(phone)
    passing.let_time_pass(DAY_ONE + 7 * DAY)
    by = Actor.of(OwnerFactory(dealer=made.dealer))
    voids.void(made, reason=VoidReason.NOT_ASKED, by=by, at=DAY_ONE + 8 * DAY)

    assert not Ownership.objects.running(DAY_ONE + 8 * DAY).exists()
    assert [name for name, good, _why in verification.checks() if not good] == []


def test_who_may_not_stand_in_line_is_told_why(phone, rival, store):
    made, by = refused(phone)
    with pytest.raises(LineRefused, match="for a week"):
        line.stand(made, by=by, at=DAY_ONE + 8 * DAY)
    with pytest.raises(LineRefused):
        line.stand(made, by=Actor.of(rival), at=DAY_ONE + 2 * HOUR)
    mine = registered(store)
    with pytest.raises(LineRefused):
        line.stand(mine, by=Actor.of(MembershipFactory(store=store)), at=DAY_ONE + HOUR)


def test_the_owner_sees_nothing_of_who_waits(phone, store):
    stood(phone)

    with acting(Actor.of(OwnerFactory(dealer=store.dealer))):
        assert Waiting.objects.count() == 0
        assert Act.objects.count() == 0


def test_who_registers_before_the_job_comes_finds_the_line_served(phone):
    made, _by = stood(phone)
    third = registered(StoreFactory(), phone=phone, at=DAY_ONE + 8 * DAY)

    assert (third.answer, third.rule) == (Answer.PROTECTED, Rule.R3)
    owned = Ownership.objects.running(DAY_ONE + 8 * DAY).get()
    assert (owned.store, owned.period.lower) == (made.store, DAY_ONE + 7 * DAY)


def test_a_sister_store_keeps_the_place_through_two_closings(phone):
    dealer = DealerFactory()
    first, second, third = (StoreFactory(dealer=dealer) for _n in range(3))
    made, _by = stood(phone, store=first)
    owner = Actor.of(OwnerFactory(dealer=dealer))
    for day, (store, to) in enumerate([(first, second), (second, third)], start=1):
        on = (DAY_ONE + (day + 1) * DAY).date()
        said = {"reason": "The lease ends", "by": owner, "at": DAY_ONE + day * HOUR}
        closing = plan.close_store(store, to=to, on=on, **said)
        assert list(going_on.go_on(closing, closing.due_at))

    again, by = refused(phone, hours=5 * 24, store=third)
    assert line.stand(again, by=by, at=again.received_at).registration == made
    passing.let_time_pass(DAY_ONE + 7 * DAY)
    assert Ownership.objects.running(DAY_ONE + 7 * DAY).get().store == third


def test_a_sister_store_leaves_the_line_by_its_own_receipt(phone, login):
    """Its people may not open that of the store which closed."""
    dealer = DealerFactory()
    first, second = StoreFactory(dealer=dealer), StoreFactory(dealer=dealer)
    made, _by = stood(phone, store=first)
    closing = plan.close_store(
        first, to=second, on=(DAY_ONE + 2 * DAY).date(), reason="The lease ends",
        by=Actor.of(OwnerFactory(dealer=dealer)), at=DAY_ONE + HOUR,
    )  # fmt: skip
    assert list(going_on.go_on(closing, closing.due_at))
    again, by = refused(phone, hours=3 * 24, store=second)

    page = login(by.post).get(again.get_absolute_url())
    assert "You stand in line since" in page.text
    assert reverse("customers:leave-line", args=[again.receipt]) in page.text
    assert made.receipt not in page.text

    line.leave(again, by=by, at=again.received_at + HOUR)
    assert Waiting.objects.get().ended == "left"
    line.leave(again, by=by, at=again.received_at + 2 * HOUR)
    passing.let_time_pass(DAY_ONE + 8 * DAY)
    assert not Ownership.objects.running(DAY_ONE + 8 * DAY).exists()


def test_whose_turn_came_before_they_left_leaves_no_customer_without_anybody(phone):
    made, by = stood(phone)
    post = by.post
    owner = Actor.of(OwnerFactory(dealer=made.dealer))
    handover.leave(post, None, by=owner, at=DAY_ONE + 7 * DAY + HOUR)

    owned = Ownership.objects.running(DAY_ONE + 7 * DAY + HOUR).get()
    assert (owned.store, owned.staff) == (made.store, None)
    assert changes.standing_of(owned).pause is not None


def test_a_release_of_the_owner_before_takes_nobody_from_who_was_next_in_line(store):
    RulebookFactory(starts_on=DAY_ONE.date(), protection_days=5, grace_days=0)
    number = phone_number()
    owned = registered(store, phone=number).ownership
    made, _by = stood(number)
    owner, ends = Actor.of(OwnerFactory(dealer=store.dealer)), owned.period.upper
    # It takes effect a day after it was said, when the protection is over by itself.
    release.release(owned.customer, "moved_away", by=owner, at=ends - 12 * HOUR)

    passing.let_time_pass(ends + 20 * HOUR)

    now = Ownership.objects.running(ends + 20 * HOUR).get()
    assert (now.store, now.period.lower) == (made.store, ends)


def test_a_dealer_that_gets_the_customer_waits_no_longer(phone, store):
    made, by = stood(phone)
    voids.void(
        store.ownerships.get().registrations.get(),
        reason=VoidReason.NOT_ASKED,
        by=Actor.of(OwnerFactory(dealer=store.dealer)),
        at=DAY_ONE + 2 * HOUR,
    )
    passing.let_time_pass(DAY_ONE + 3 * HOUR)

    owned = Ownership.objects.running(DAY_ONE + 3 * HOUR).get()
    assert (owned.store, owned.period.lower) == (made.store, DAY_ONE + 2 * HOUR)
    assert line.place_of(made) is None
    with pytest.raises(LineRefused, match="any more"):
        line.leave(made, by=by, at=DAY_ONE + 4 * HOUR)


def test_above_its_cap_a_store_is_passed_over_until_a_midnight_with_room(store):
    RulebookFactory(
        starts_on=DAY_ONE.date(), release_after_days=7, store_cap=1, first_contact_hours=48
    )
    full, phone = StoreFactory(), phone_number()
    registered(store, phone=phone)
    registered(full, at=DAY_ONE + 2 * DAY)  # let go on the ninth day
    stood(phone, store=full, hours=50)

    for hours in range(0, 24 * 12, 5):
        passing.let_time_pass(DAY_ONE + hours * HOUR)

    owned = Ownership.objects.running(DAY_ONE + 11 * DAY).get()
    assert owned.store == full
    local = owned.period.lower.astimezone(full.tz)
    assert (local.day, local.hour) == (15, 0)  # the midnight after the ninth day's morning
    assert Waiting.objects.get().ended == "served"


def test_on_the_receipt_a_store_stands_in_line_and_leaves(store, login):
    number, now = phone_number(), timezone.now()
    registered(store, phone=number, at=now - HOUR)
    post = MembershipFactory()
    made = registered(post.store, phone=number, staff=post.user, at=now)
    client = login(post)

    assert "Stand in line" in client.get(made.get_absolute_url()).text
    page = client.post(f"/capture/r/{made.receipt}/wait/", follow=True).text
    assert "at place <b>1</b>" in page
    assert store.name not in page
    again = registered(post.store, phone=number, staff=post.user)
    there = client.get(again.get_absolute_url()).text
    assert "at place <b>1</b>" in there
    assert f"/capture/r/{again.receipt}/leave/" in there
    client.post(f"/capture/r/{again.receipt}/leave/")
    page = client.get(made.get_absolute_url()).text
    assert "The store left the line" in page
    assert "at place" not in page
    assert client.get(f"/capture/r/{made.receipt}/wait/").status_code == 405
    assert client.post("/capture/r/%00/wait/").status_code == 404


def test_nobody_leaves_whose_turn_it_was_whether_the_job_came_or_not(phone):
    made, by = stood(phone)

    with pytest.raises(LineRefused, match="do not stand in line any more"):
        line.leave(made, by=by, at=DAY_ONE + 7 * DAY)

    passing.let_time_pass(DAY_ONE + 7 * DAY)
    assert Ownership.objects.running(DAY_ONE + 7 * DAY).get().store == made.store

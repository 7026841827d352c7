"""Who follows up whom: handing over inside a store, and back."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError, OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from psycopg.errors import LockNotAvailable

from customers.models import Handover, Ownership, Registration
from customers.ownership import changes, extensions, handover, passing, retrace, voids
from customers.ownership.handover import HandoverRefused
from customers.ownership.rulebook import local_day
from customers.timeline import timeline
from dealers.actor import Actor
from dealers.models import Membership, Notice, Role
from dealers.people import PeopleRefused, end_membership
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import MembershipFactory, OwnerFactory, StoreFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

NOW = datetime(2026, 10, 23, 6, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _rules(db):
    RulebookFactory()


@pytest.fixture
def colleague(store):
    return MembershipFactory(store=store)


def owned(store, staff=None, at=NOW):
    return registered(store, staff=staff and staff.user, at=at - timedelta(hours=1)).ownership


def follower(ownership):
    return Ownership.objects.get(pk=ownership.pk).staff


def test_the_manager_hands_customers_over_and_takes_them_back(clerk, manager, colleague):
    first, second = owned(clerk.store, clerk), owned(clerk.store)
    by = Actor.of(manager)
    batch = handover.hand_over([first.pk, second.pk], colleague, by=by, at=NOW)
    assert follower(first) == follower(second) == colleague.user
    handover.undo(batch, by=by, at=NOW + timedelta(minutes=5))
    assert (follower(first), follower(second)) == (clerk.user, None)
    with pytest.raises(HandoverRefused, match="once"):
        handover.undo(batch, by=by, at=NOW + timedelta(minutes=6))


def test_the_record_of_a_customer_tells_who_handed_them_over(clerk, manager, colleague):
    one = owned(clerk.store, clerk)
    by = Actor.of(manager)
    batch = handover.hand_over([one.pk], colleague, by=by, at=NOW)
    handover.undo(batch, by=by, at=NOW + timedelta(minutes=5))
    back, given, *_earlier = timeline(one.customer, manager)
    assert (given.what, given.person) == ("Handed over", str(manager.user))
    assert given.detail == f"{clerk.user} → {colleague.user}"
    assert (back.what, back.detail) == ("Handover taken back", f"{colleague.user} → {clerk.user}")


def test_what_was_handed_on_since_stays_when_a_batch_is_taken_back(clerk, owner, colleague):
    first, second = owned(clerk.store, clerk), owned(clerk.store, clerk)
    by = Actor.of(owner)
    batch = handover.hand_over([first.pk, second.pk], colleague, by=by, at=NOW)
    handover.hand_over([second.pk], None, by=by, at=NOW)
    handover.undo(batch, by=by, at=NOW)
    assert (follower(first), follower(second)) == (clerk.user, None)


def test_whoever_is_no_customer_any_more_stays_when_a_batch_is_taken_back(
    clerk, manager, colleague
):
    by = Actor.of(manager)
    running, ended = owned(clerk.store, clerk), owned(clerk.store, clerk)
    made = Registration.objects.get(ownership=ended)
    batch = handover.hand_over([running.pk, ended.pk], colleague, by=by, at=NOW)
    voids.void(made, reason="not_asked", by=by, at=NOW + timedelta(hours=1))

    handover.undo(batch, by=by, at=NOW + timedelta(hours=2))

    assert (follower(running), follower(ended)) == (clerk.user, colleague.user)


def test_a_handover_is_taken_back_by_who_made_it_within_a_day(clerk, owner, manager, colleague):
    one = owned(clerk.store, clerk)
    batch = handover.hand_over([one.pk], colleague, by=Actor.of(owner), at=NOW)
    for by, at in ((manager, NOW), (owner, NOW + timedelta(days=1))):
        with pytest.raises(HandoverRefused):
            handover.undo(batch, by=Actor.of(by), at=at)
    assert follower(one) == colleague.user


def test_customers_stay_with_their_store(clerk, owner):
    elsewhere = MembershipFactory(store=StoreFactory(dealer=owner.dealer))
    one = owned(clerk.store, clerk)
    with pytest.raises(HandoverRefused, match="another store's"):
        handover.hand_over([one.pk], elsewhere, by=Actor.of(owner), at=NOW)
    handover.hand_over([one.pk], owner, by=Actor.of(owner), at=NOW)
    assert follower(one) == owner.user


def test_nobody_hands_over_what_they_do_not_lead(clerk, manager, rival, colleague):
    theirs = owned(rival.store, rival)
    with pytest.raises(HandoverRefused, match="Nothing"):
        handover.hand_over([theirs.pk], colleague, by=Actor.of(manager), at=NOW)
    mine = owned(clerk.store, clerk)
    with pytest.raises(HandoverRefused, match="manager or the owner"):
        handover.hand_over([mine.pk], colleague, by=Actor.of(clerk), at=NOW)
    with pytest.raises(HandoverRefused, match="does not work here"):
        handover.hand_over([mine.pk], rival, by=Actor.of(manager), at=NOW)
    assert (follower(mine), follower(theirs)) == (clerk.user, rival.user)


def test_who_leaves_hands_over_and_customers_that_ended_are_left_alone(clerk, manager, colleague):
    one = owned(clerk.store, clerk)
    over = owned(clerk.store, clerk, at=NOW - timedelta(days=900))
    assert handover.leave(clerk, colleague, by=Actor.of(manager), at=NOW) == 1
    clerk.refresh_from_db()
    assert clerk.ends_at == NOW
    assert follower(one) == colleague.user
    assert follower(over) == clerk.user


def test_while_a_file_is_stored_headquarters_is_told_to_end_the_post_later(clerk, hq, monkeypatch):
    def busy(*_people):
        raise OperationalError from LockNotAvailable()

    monkeypatch.setattr(passing, "hold", busy)
    with pytest.raises(PeopleRefused, match="Try again in a minute"):
        end_membership(clerk, by=Actor.hq(hq), at=NOW)
    assert Membership.objects.get(pk=clerk.pk).ends_at is None


def test_headquarters_ends_a_post_and_nobody_follows_its_customers_unseen(
    hq, clerk, manager, rival
):
    one, theirs = owned(clerk.store, clerk), owned(rival.store, rival)
    end_membership(clerk, by=Actor.hq(hq), at=NOW)
    assert (follower(one), follower(theirs)) == (None, rival.user)
    (row,) = Handover.objects.all()
    assert (row.before, row.after, row.by) == (clerk.user, None, hq)
    told = Notice.objects.of(manager.user).get(kind="handover")
    assert told.title == f"Customers that nobody follows up since {clerk.user.name} left: 1"
    assert Notice.objects.of(clerk.user).get().kind == "post"
    assert not Notice.objects.of(rival.user).exists()


def test_who_left_after_silence_had_extended_follows_nobody_up(clerk, owner):
    kept = owned(clerk.store, clerk)
    asked_at = kept.protected_until - timedelta(days=1)
    extensions.ask(kept.customer, "Measured twice.", by=Actor.of(owner), at=asked_at)
    kept.refresh_from_db()
    at = kept.period.upper + timedelta(hours=1)
    handover.leave(clerk, None, by=Actor.of(owner), at=at)

    now = Ownership.objects.running(at).get()
    assert (now.staff, now.extensions) == (None, 1)
    assert changes.standing_of(now).pause is not None


def test_whoever_is_given_customers_is_told(clerk, manager, colleague):
    ones = [owned(clerk.store, clerk).pk for _ in range(2)]
    handover.hand_over(ones, colleague, by=Actor.of(manager), at=NOW)
    (told,) = Notice.objects.of(colleague.user)
    assert told.title == f"{manager.user.name} gave you customers to follow up: 2"
    assert told.to == "/customers/"


def test_nobody_gets_customers_back_who_left_meanwhile(clerk, manager, colleague):
    one = owned(clerk.store, clerk)
    by = Actor.of(manager)
    batch = handover.hand_over([one.pk], colleague, by=by, at=NOW)
    handover.leave(clerk, None, by=by, at=NOW + timedelta(minutes=1))

    handover.undo(batch, by=by, at=NOW + timedelta(minutes=2))

    assert follower(one) is None


def test_another_store_begins_on_its_day_and_customers_stay(clerk, owner, colleague):
    one = owned(clerk.store, clerk)
    there = StoreFactory(dealer=owner.dealer)
    made = handover.change_post(
        clerk, role=Role.STORE_MANAGER, store=there, on=date(2026, 11, 1),
        to=colleague, by=Actor.of(owner), at=NOW,
    )  # fmt: skip
    midnight = datetime(2026, 10, 31, 16, 0, tzinfo=UTC)  # in Shanghai the first of November
    clerk.refresh_from_db()
    assert (clerk.ends_at, made.starts_at) == (midnight, midnight)
    assert (made.role, made.store) == (Role.STORE_MANAGER, there)
    assert follower(one) == colleague.user
    posts = Membership.objects.filter(user=clerk.user)
    assert list(posts.current(NOW)) == [clerk]
    assert list(posts.current(midnight)) == [made]


def test_another_role_in_the_same_store_leaves_the_customers(clerk, owner):
    one = owned(clerk.store, clerk)
    made = handover.change_post(
        clerk, role=Role.STORE_MANAGER, store=clerk.store,
        on=NOW.date(), to=None, by=Actor.of(owner), at=NOW,
    )  # fmt: skip
    assert made.starts_at == NOW
    assert follower(one) == clerk.user


def test_a_post_is_changed_by_who_may_give_the_other_one(clerk, manager, owner, rival):
    beside, elsewhere = StoreFactory(dealer=owner.dealer), StoreFactory()
    today = NOW.date()
    for by, role, store, on in [
        (manager, Role.STORE_MANAGER, clerk.store, today),
        (manager, Role.ASSOCIATE, beside, today),
        (owner, Role.ASSOCIATE, elsewhere, today),
        (owner, Role.ASSOCIATE, clerk.store, today),
        (owner, Role.ASSOCIATE, beside, today - timedelta(days=1)),
        (owner, Role.ASSOCIATE, beside, today + timedelta(days=400)),
        (OwnerFactory(), Role.ASSOCIATE, beside, today),
    ]:
        with pytest.raises(PeopleRefused):
            handover.change_post(
                clerk, role=role, store=store, on=on, to=None, by=Actor.of(by), at=NOW
            )
    clerk.refresh_from_db()
    assert clerk.ends_at is None


def test_handovers_are_only_added(clerk, manager, colleague):
    one = owned(clerk.store, clerk)
    handover.hand_over([one.pk], colleague, by=Actor.of(manager), at=NOW)
    for change in (lambda rows: rows.update(at=NOW), lambda rows: rows.delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change(Handover.objects.all())


def test_whom_nobody_gets_back_waits_as_if_who_left_had_left_now(clerk, manager, colleague):
    one = owned(clerk.store, clerk)
    until, by = one.protected_until, Actor.of(manager)
    batch = handover.hand_over([one.pk], colleague, by=by, at=NOW)
    handover.leave(clerk, None, by=by, at=NOW + timedelta(minutes=1))

    handover.undo(batch, by=by, at=NOW + timedelta(minutes=2))

    one.refresh_from_db()
    assert one.paused_on == local_day(NOW, clerk.store.tz)
    assert one.protected_until == until + timedelta(days=7)
    handover.hand_over([one.pk], colleague, by=by, at=NOW + timedelta(days=2))
    one.refresh_from_db()
    assert (one.paused_on, one.protected_until) == (None, until + timedelta(days=2))
    assert list(retrace.broken()) == []


def test_whom_nobody_followed_up_before_does_not_wait_again(clerk, manager, colleague):
    one = owned(clerk.store)
    by = Actor.of(manager)
    batch = handover.hand_over([one.pk], colleague, by=by, at=NOW)
    handover.undo(batch, by=by, at=NOW + timedelta(minutes=2))
    one.refresh_from_db()
    assert (one.staff, one.paused_on) == (None, None)


def test_who_gets_several_back_goes_on_with_them_at_once(clerk):
    ones = [owned(clerk.store, clerk) for _each in range(3)]
    there, by = StoreFactory(dealer=clerk.store.dealer), Actor.of(OwnerFactory(dealer=clerk.dealer))
    handover.change_post(
        clerk, role=Role.ASSOCIATE, store=there, on=date(2026, 11, 1), to=None, by=by, at=NOW
    )
    batch = Handover.objects.order_by("pk")[0].batch
    with CaptureQueriesContext(connection) as asked:
        handover.undo(batch, by=by, at=NOW)
    assert sum('INSERT INTO "customers_act"' in each["sql"] for each in asked) == 1
    for one in ones:
        one.refresh_from_db()
        assert (one.staff, one.paused_on) == (clerk.user, None)


def test_who_gets_customers_back_goes_on_with_them(clerk):
    one, there = owned(clerk.store, clerk), StoreFactory(dealer=clerk.store.dealer)
    until, by = one.protected_until, Actor.of(OwnerFactory(dealer=clerk.dealer))
    handover.change_post(
        clerk, role=Role.ASSOCIATE, store=there, on=date(2026, 11, 1), to=None, by=by, at=NOW
    )
    one.refresh_from_db()
    assert one.paused_on
    handover.undo(Handover.objects.get().batch, by=by, at=NOW)
    one.refresh_from_db()
    assert (one.staff, one.paused_on, one.protected_until) == (clerk.user, None, until)

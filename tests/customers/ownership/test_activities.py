"""Follow-ups: what they prolong, and for whom."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from customers.models import (
    Activity,
    EventKind,
    Ownership,
    Registration,
    SoldBy,
    contacted_in_time,
)
from customers.orders.recording import GivenLine, record_order
from customers.ownership.activities import (
    CORRECTED_WITHIN,
    ActivityRefused,
    correct_activity,
    record_activity,
)
from customers.ownership.changes import running_of
from customers.timeline import timeline
from customers.verification import checks
from dealers import vault
from dealers.actor import Actor
from dealers.vault import Row
from tests.factories import customers as factories
from tests.factories.customers import DAY_ONE, CategoryFactory, RulebookFactory, registered
from tests.factories.dealers import MembershipFactory, OwnerFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
TOMORROW = DAY_ONE + timedelta(days=1)


@pytest.fixture
def post():
    RulebookFactory()
    return MembershipFactory()


@pytest.fixture
def customer(post):
    return registered(post.store, staff=post.user, name="陈敏").customer


def test_a_call_that_reached_the_customer_renews_and_is_the_first_contact(post, customer):
    before = Ownership.objects.get()

    done = record_activity(
        customer, by=Actor.of(post), kind="call", outcome="reached", note="周末来看", at=TOMORROW
    )

    after = Ownership.objects.get()
    assert after.protected_until == before.protected_until + timedelta(days=1)
    assert (after.contacted_at, after.last_activity_at) == (TOMORROW, TOMORROW)
    assert after.follow_up_on is None  # the first contact, which was due, has happened
    assert after.events.filter(kind=EventKind.RENEWED, activity=done).count() == 1
    assert vault.unseal(Row.of(done), "note", done.note_sealed) == "周末来看"


def test_the_first_contact_is_in_time_by_the_rulebook_of_the_registration(post, customer):
    """Forty-eight hours then, twenty-four by a later rulebook: thirty hours are in time."""
    RulebookFactory(starts_on=date(2026, 2, 1), first_contact_hours=24)
    made = DAY_ONE + timedelta(hours=30)
    record_activity(customer, by=Actor.of(post), kind="call", outcome="reached", at=made)

    sale = record_order(
        source="pos",
        external_id="1",
        ordered_at=DAY_ONE + timedelta(days=40),
        store=MembershipFactory().store,
        phone=factories.number_of(customer),
        lines=[GivenLine(1, CategoryFactory(), 1, *map(Decimal, ("100.00", "0.00", "100.00")))],
    )

    assert Registration.objects.filter(contacted_in_time("ownership__")).exists()
    assert (sale.owned.sold_by, sale.owned.share) == (SoldBy.OTHER, Decimal("0.3"))


def test_the_timeline_says_why_an_ownership_ended(post):
    imported = registered(post.store, channel="import")
    phone = factories.number_of(imported.customer)
    registered(MembershipFactory().store, phone=phone, at=DAY_ONE + timedelta(hours=1))

    ended = timeline(imported.customer, post)[0]

    assert (ended.kind, ended.why) == (
        "ownership", "A bulk import never beats a live registration of the same day.",
    )  # fmt: skip


def test_a_note_renews_nothing_and_leaves_the_contact_due(post, customer):
    before = Ownership.objects.get()

    record_activity(customer, by=Actor.of(post), kind="note", note="x", at=TOMORROW)

    after = Ownership.objects.get()
    assert after.protected_until == before.protected_until
    assert after.contacted_at is None
    assert after.follow_up_on == before.follow_up_on


def test_the_next_follow_up_is_kept(post, customer):
    record_activity(
        customer, by=Actor.of(post), kind="visit", at=TOMORROW, follow_up_on=date(2026, 2, 1)
    )

    assert Ownership.objects.get().follow_up_on == date(2026, 2, 1)


def test_the_dealers_owner_records_for_the_store_that_has_the_customer(post, customer):
    boss = OwnerFactory(dealer=post.dealer)

    assert (
        record_activity(customer, by=Actor.of(boss), kind="visit", at=TOMORROW).store == post.store
    )


def test_a_dealer_that_does_not_own_the_customer_renews_nothing(post, customer):
    other = MembershipFactory()
    phone = factories.number_of(customer)
    card = registered(other.store, phone=phone, at=TOMORROW).customer
    before = Ownership.objects.get()

    record_activity(card, by=Actor.of(other), kind="visit", at=TOMORROW)

    after = Ownership.objects.get()
    assert (after.period, after.contacted_at) == (before.period, None)
    assert running_of(card, TOMORROW) is None


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "call"},
        {"kind": "spell"},
        {"kind": "call", "outcome": "perhaps"},
        {"kind": "visit", "follow_up_on": date(2026, 1, 5)},
        {"kind": "note", "note": " "},
    ],
)
def test_what_makes_no_sense_is_refused(post, customer, change):
    with pytest.raises(ActivityRefused):
        record_activity(customer, by=Actor.of(post), at=TOMORROW, **change)
    assert not Activity.objects.exists()


def test_a_wrong_number_is_no_contact(post, customer):
    record_activity(customer, by=Actor.of(post), kind="call", outcome="wrong_number", at=TOMORROW)

    assert Ownership.objects.get().contacted_at is None


LATER = TOMORROW + timedelta(hours=2)


@pytest.fixture
def unanswered(post, customer):
    return record_activity(
        customer,
        by=Actor.of(post),
        kind="call",
        outcome="no_answer",
        note="alt",
        at=TOMORROW,
        follow_up_on=date(2026, 2, 1),
    )


def test_a_correction_counts_from_the_first_moment_and_leaves_the_first_version(post, unanswered):
    before = Ownership.objects.get()

    corrected = correct_activity(
        unanswered, by=Actor.of(post), kind="call", outcome="reached", note="neu", at=LATER
    )

    after = Ownership.objects.get()
    assert (corrected.at, corrected.corrects) == (TOMORROW, unanswered)
    assert (after.contacted_at, after.follow_up_on) == (TOMORROW, None)
    assert after.protected_until == before.protected_until + timedelta(days=1)
    assert list(Activity.objects.current()) == [corrected]
    assert all(holds for _name, holds, _said in checks())


def test_a_correction_comes_after_what_time_has_done_though_the_job_is_late(post):
    RulebookFactory(starts_on=date(2017, 1, 1), release_after_days=7)
    made = registered(post.store, staff=post.user)
    released = DAY_ONE + timedelta(days=7)
    hour = timedelta(hours=1)
    call = record_activity(
        made.customer, by=Actor.of(post), kind="call", outcome="no_answer", at=released - hour
    )

    correct_activity(call, by=Actor.of(post), kind="call", outcome="reached", at=released + hour)

    owned = Ownership.objects.get(pk=made.ownership_id)
    assert (owned.over, owned.period.upper) == (True, released)


def test_a_correction_takes_back_nothing_that_counted(post, customer):
    reached = record_activity(
        customer, by=Actor.of(post), kind="call", outcome="reached", at=TOMORROW
    )
    before = Ownership.objects.get()

    correct_activity(reached, by=Actor.of(post), kind="call", outcome="no_answer", at=LATER)

    after = Ownership.objects.get()
    assert (after.protected_until, after.contacted_at) == (before.protected_until, TOMORROW)
    assert all(holds for _name, holds, _said in checks())


def test_a_day_that_was_agreed_later_outlives_a_correction(post, customer, unanswered):
    record_activity(
        customer, by=Actor.of(post), kind="message", at=LATER, follow_up_on=date(2026, 3, 1)
    )

    correct_activity(
        unanswered, by=Actor.of(post), kind="note", note="x", at=LATER,
        follow_up_on=date(2026, 2, 2),
    )  # fmt: skip

    assert Ownership.objects.get().follow_up_on == date(2026, 3, 1)


def test_a_corrected_day_stands_though_something_was_noted_since(post, customer, unanswered):
    record_activity(customer, by=Actor.of(post), kind="note", note="blue", at=LATER)
    agreed = Ownership.objects.get().follow_up_on

    correct_activity(
        unanswered, by=Actor.of(post), kind="call", outcome="no_answer", at=LATER,
        follow_up_on=date(2026, 2, 2),
    )  # fmt: skip

    # Where the note settled what was agreed, nothing is agreed anew.
    assert Ownership.objects.get().follow_up_on == (agreed and date(2026, 2, 2))


def test_a_version_is_corrected_once_by_who_recorded_it_within_a_day(post, unanswered):
    other = MembershipFactory(store=post.store)
    for by, at in ((other, LATER), (post, TOMORROW + CORRECTED_WITHIN)):
        with pytest.raises(ActivityRefused, match="within a day"):
            correct_activity(unanswered, by=Actor.of(by), kind="visit", at=at)

    again = correct_activity(unanswered, by=Actor.of(post), kind="visit", at=LATER)

    with pytest.raises(ActivityRefused, match="corrected meanwhile"):
        correct_activity(unanswered, by=Actor.of(post), kind="quote", at=LATER)
    assert correct_activity(again, by=Actor.of(post), kind="quote", at=LATER).corrects == again


def test_the_database_takes_no_correction_of_another_moment_and_no_second(post, unanswered):
    def corrected(**more):
        same = {"customer": unanswered.customer, "dealer": unanswered.dealer,
                "store": unanswered.store, "staff": unanswered.staff, "at": unanswered.at,
                "kind": "visit", "corrects": unanswered}  # fmt: skip
        with transaction.atomic():
            Activity.objects.create(**same | more)

    with pytest.raises(IntegrityError, match="activity_corrects_the_same_moment"):
        corrected(at=LATER)
    corrected()
    with pytest.raises(IntegrityError, match="activity_version_corrected_once"):
        corrected()


def test_another_dealers_post_is_refused(customer):
    with pytest.raises(ActivityRefused):
        record_activity(customer, by=Actor.of(MembershipFactory()), kind="visit", at=TOMORROW)


def test_the_timeline_tells_everything_in_a_constant_number_of_queries(
    post, customer, django_assert_num_queries
):
    for day in range(1, 6):
        record_activity(
            customer, by=Actor.of(post), kind="visit", note="n", at=DAY_ONE + timedelta(days=day)
        )

    with django_assert_num_queries(8):
        entries = timeline(customer, post)

    assert [entry.kind for entry in entries] == ["activity"] * 5 + ["registration"]
    assert entries[-1].receipt
    assert timeline(customer, MembershipFactory()) == []

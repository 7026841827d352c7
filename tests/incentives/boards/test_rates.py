"""What the rates of boards count, for stores, dealers, people and regions."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from config.practice import FIGURES as LEARNING
from customers.dispatch import leads, offers
from customers.models import ActivityKind, Lead, LeadSource, Outcome
from customers.ownership.activities import record_activity
from dealers.actor import Actor, acting
from dealers.models import Role, Store
from incentives.boards import places
from incentives.models import Board, DerivedCount, DerivedPlace, Length, Metric, Ranking, Unit
from tests.factories.customers import RulebookFactory, phone_number, registered
from tests.factories.dealers import (
    DealerFactory,
    MembershipFactory,
    OwnerFactory,
    RegionalManagerFactory,
    RegionFactory,
    StoreFactory,
    UserFactory,
)
from tests.factories.incentives import (
    JANUARY,
    close_period,
    give_back,
    per_registration,
    published,
    sale,
)
from tests.factories.training import published as course_published
from tests.factories.training import read, take
from training import learning
from training.models import Assignment
from training.readiness import readiness

pytestmark = pytest.mark.django_db
FIFTH = datetime(2026, 1, 5, 2, tzinfo=UTC)
NEW_YEAR = datetime(2025, 12, 31, 16, tzinfo=UTC)  # midnight in Shanghai


@pytest.fixture(autouse=True)
def _rulebook(db):
    RulebookFactory(
        starts_on=date(2025, 1, 1),
        published_at=datetime(2025, 1, 1, tzinfo=UTC),
        person_cap=None,
        store_cap=None,
        store_daily_limit=None,
    )


def board(metric, unit, starts_on=JANUARY, length=Length.MONTH):
    return places.read(places.find(metric, unit, starts_on, length))


def parts(found):
    return [(p.unit_id, p.numerator, p.denominator) for p in found]


def call(registration, by, at):
    record_activity(
        registration.customer, by=Actor.of(by), kind=ActivityKind.CALL, at=at,
        outcome=Outcome.REACHED,
    )  # fmt: skip


def test_first_contact_counts_what_is_settled_and_says_what_lessons_say(store, clerk):
    called, late, _never = (registered(store, staff=clerk.user, at=FIFTH) for _ in range(3))
    call(called, clerk, FIFTH + timedelta(hours=3))
    call(late, clerk, FIFTH + timedelta(hours=60))

    assert parts(board(Metric.CONTACT, Unit.STORE)) == [(store.pk, 1, 3)]
    assert parts(board(Metric.CONTACT, Unit.DEALER)) == [(store.dealer_id, 1, 3)]
    assert parts(board(Metric.CONTACT, Unit.STAFF)) == [(clerk.pk, 1, 3)]
    assert parts(board(Metric.CONTACT, Unit.REGION)) == [(store.dealer.region_id, 1, 3)]
    (lesson,) = (figure for figure in LEARNING if figure.code == Metric.CONTACT)
    assert lesson.count(JANUARY, date(2026, 2, 1), timezone.now()) == {store.pk: (1, 3)}


def test_who_still_has_time_to_call_counts_neither_way(store, clerk):
    registered(store, staff=clerk.user, at=timezone.now() - timedelta(hours=47))
    late = registered(store, staff=clerk.user, at=timezone.now() - timedelta(hours=49))
    today = timezone.localdate()
    both = [late.received_on, today]

    month = min(both).replace(day=1)
    found = parts(board(Metric.CONTACT, Unit.STORE, month))

    assert found in ([(store.pk, 0, 1)], [])
    quarter = date(month.year, 3 * ((month.month - 1) // 3) + 1, 1)
    assert parts(board(Metric.CONTACT, Unit.STORE, quarter, Length.QUARTER)) == [(store.pk, 0, 1)]


def lead_for(store, at):
    by = Actor.hq(UserFactory(is_staff=True))
    lead = Lead(source=LeadSource.HQ, wish="净水器", region=store.dealer.region)
    lead = leads.receive(lead, phone=phone_number(), name="吴", consent=True, by=by, at=at)
    return offers.offer(lead.pk, at)


def test_dispatches_count_as_answered_declined_or_missed(store, clerk):
    """Accepted, declined and missed count; what waits does not."""
    taken, refused, missed = (lead_for(store, FIFTH) for _ in range(3))
    offers.accept(taken, by=Actor.of(clerk), at=FIFTH + timedelta(hours=1))
    offers.decline(refused, "busy", by=Actor.of(clerk), at=FIFTH + timedelta(hours=1))
    offers.pass_on(FIFTH + timedelta(hours=3))
    missed.refresh_from_db()
    lead_for(store, FIFTH + timedelta(hours=4))

    assert missed.answer == "missed"
    assert parts(board(Metric.DISPATCH, Unit.STORE)) == [(store.pk, 2, 3)]
    assert parts(board(Metric.DISPATCH, Unit.REGION)) == [(store.dealer.region_id, 2, 3)]
    (lesson,) = (figure for figure in LEARNING if figure.code == Metric.DISPATCH)
    assert lesson.count(JANUARY, date(2026, 2, 1), timezone.now()) == {store.pk: (2, 3)}


def test_a_dispatch_counts_on_the_stores_own_day():
    """The first of January in Shanghai is still the last of December in New York."""
    store = StoreFactory(timezone="America/New_York")
    clerk = MembershipFactory(store=store)
    at = datetime(2026, 1, 1, 3, tzinfo=UTC)
    offers.decline(lead_for(store, at), "busy", by=Actor.of(clerk), at=at + timedelta(hours=1))

    assert board(Metric.DISPATCH, Unit.STORE) == []
    assert parts(board(Metric.DISPATCH, Unit.STORE, date(2025, 12, 1))) == [(store.pk, 1, 1)]


class TestTraining:
    MONDAY = datetime(2025, 12, 1, 2, tzinfo=UTC)

    @pytest.fixture
    def posts(self):
        region = RegionFactory()
        store = StoreFactory(dealer=DealerFactory(region=region))
        post = {"store": store, "starts_at": self.MONDAY}
        return [
            MembershipFactory(**post),
            MembershipFactory(role=Role.STORE_MANAGER, **post),
            OwnerFactory(dealer=store.dealer, starts_at=self.MONDAY),
            MembershipFactory(**post | {"ends_at": datetime(2026, 1, 9, tzinfo=UTC)}),
            MembershipFactory(**post | {"starts_at": datetime(2026, 2, 9, tzinfo=UTC)}),
        ]

    def test_it_is_what_the_posts_of_the_last_day_have_passed(self, posts):
        """Of who has left and who comes later nothing is required."""
        roles = (Role.ASSOCIATE, Role.STORE_MANAGER, Role.OWNER)
        first, second = (course_published(self.MONDAY, roles=roles) for _ in range(2))
        course_published(self.MONDAY, roles=[Role.REGIONAL_MANAGER])
        at = datetime(2026, 1, 12, 2, tzinfo=UTC)
        for version in (first, second):
            enrollment = learning.enroll(posts[0].user, version, by=Actor.of(posts[0]), at=at)
            read(enrollment, at)
            take(enrollment, at)

        store, dealer = posts[0].store, posts[0].store.dealer
        assert parts(board(Metric.TRAINING, Unit.STORE)) == [(store.pk, 2, 4)]
        assert parts(board(Metric.TRAINING, Unit.DEALER)) == [(dealer.pk, 2, 6)]
        assert parts(board(Metric.TRAINING, Unit.REGION)) == [(dealer.region_id, 2, 6)]
        assert sorted(parts(board(Metric.TRAINING, Unit.STAFF))) == sorted(
            [(posts[0].pk, 2, 2), (posts[1].pk, 0, 2)]
        )
        assert parts(board(Metric.TRAINING, Unit.STORE, date(2025, 12, 1))) == [(store.pk, 0, 6)]

    def test_it_is_the_readiness_of_its_people(self, posts):
        """Of the posts that there are now; assigned by region, by store and by date of joining."""
        now = timezone.now()
        people = [*posts[:3], posts[4]]
        version = course_published(self.MONDAY, roles=[])
        other = course_published(self.MONDAY, roles=[])
        day = date(2026, 1, 1)
        for course, extra in (
            (version.course, {"region": posts[0].store.dealer.region}),
            (other.course, {"store": posts[0].store}),
            (other.course, {"region": RegionFactory()}),
            (version.course, {"joined_from": day}),
        ):
            Assignment.objects.create(
                course=course, role=Role.ASSOCIATE, assigned_at=self.MONDAY, **extra
            )
        before = now - timedelta(minutes=10)
        enrollment = learning.enroll(posts[4].user, version, by=Actor.of(posts[4]), at=before)
        read(enrollment, before)
        take(enrollment, before)

        ready = readiness(people, at=timezone.now()).values()
        month = timezone.localdate().replace(day=1)
        (found,) = board(Metric.TRAINING, Unit.DEALER, month)
        assert (found.numerator, found.denominator) == (
            sum(len(each.passed) for each in ready),
            sum(len(each.required) for each in ready),
        )


def test_earned_is_what_the_statements_of_closed_months_show(store):
    published(per_registration("15.00"))
    registered(store, at=FIFTH)
    registered(store, at=FIFTH)
    assert board(Metric.EARNED, Unit.DEALER) == []

    run = close_period(JANUARY)

    (place,) = board(Metric.EARNED, Unit.DEALER)
    assert (place.unit_id, place.value) == (store.dealer_id, Decimal("30.00"))
    (statement,) = run.statements.all()
    assert statement.total == place.value
    # Kept for the boards alone: at the database it is the dealer's own.
    everybody = (OwnerFactory(dealer=store.dealer), OwnerFactory(), RegionalManagerFactory())
    for reader, seen in zip(everybody, (1, 0, 0), strict=True):
        with acting(Actor.of(reader)):
            assert Ranking.objects.filter(board__metric=Metric.EARNED).count() == seen
            assert Ranking.objects.filter(board__unit=Unit.STORE).exists()


def test_how_much_more_a_dealer_earned_than_before_is_its_own_at_the_database_too(store):
    counts = {}
    for metric in (Metric.EARNED, Metric.REGISTRATIONS):
        board = Board.objects.create(
            length=Length.MONTH, starts_on=JANUARY, metric=metric, unit=Unit.DEALER
        )
        counts[metric] = DerivedCount.objects.create(
            board=board, length=Length.MONTH, starts_on=JANUARY, counted_at=FIFTH
        )
        DerivedPlace.objects.create(
            count=counts[metric], cohort="all", dealer=store.dealer, value=30, of=1, compared=1
        )

    everybody = (OwnerFactory(dealer=store.dealer), OwnerFactory(), RegionalManagerFactory())
    for reader, seen in zip(everybody, (1, 0, 0), strict=True):
        with acting(Actor.of(reader)):
            found = [each.count_id for each in DerivedPlace.objects.all()]
        assert found.count(counts[Metric.EARNED].pk) == seen
        assert found.count(counts[Metric.REGISTRATIONS].pk) == 1


def test_a_clerk_has_what_the_own_customers_bought_less_returns(store, clerk):
    """Somebody who also works elsewhere stands at each store with what is done there."""
    other = MembershipFactory(user=clerk.user, store=StoreFactory())
    mine = registered(store, staff=clerk.user, at=FIFTH)
    there = registered(other.store, staff=clerk.user, at=FIFTH)
    nobodys = registered(store, at=FIFTH)
    bought = sale(mine, "100.00", date(2026, 1, 10))
    give_back(bought, "40.00", date(2026, 1, 11))
    sale(there, "25.00", date(2026, 1, 10))
    sale(nobodys, "999.00", date(2026, 1, 10))

    found = board(Metric.OWNED_SALES, Unit.STAFF)

    assert [(p.unit_id, p.value, p.denominator) for p in found] == [
        (clerk.pk, 60, 1),
        (other.pk, 25, 1),
    ]
    assert {p.name for p in found} == {""}


def test_a_store_that_closed_before_is_on_no_board_and_one_that_closes_stays_on_this():
    before, overnight, meanwhile, open_still = StoreFactory.create_batch(4)
    for store in (before, overnight, meanwhile, open_still):
        sold = sale(registered(store, at=datetime(2025, 12, 2, tzinfo=UTC)), "50.00",
                    date(2025, 12, 5))  # fmt: skip
        give_back(sold, "10.00", date(2026, 1, 6))
    Store.objects.filter(pk=before.pk).update(closed_at=datetime(2025, 12, 20, tzinfo=UTC))
    Store.objects.filter(pk=overnight.pk).update(closed_at=NEW_YEAR)
    Store.objects.filter(pk=meanwhile.pk).update(closed_at=datetime(2026, 1, 20, tzinfo=UTC))

    found = {p.code for p in board(Metric.NET_SALES, Unit.STORE)}

    assert found == {meanwhile.code, open_still.code}


def test_a_post_that_ended_as_a_month_begins_is_not_on_its_board(store):
    gone = MembershipFactory(store=store, ends_at=NEW_YEAR)
    registered(store, staff=gone.user, at=datetime(2025, 12, 2, tzinfo=UTC))

    assert parts(board(Metric.CONVERSION, Unit.STORE)) == [(store.pk, 0, 1)]
    assert board(Metric.CONVERSION, Unit.STAFF) == []


@pytest.mark.parametrize("metric", [Metric.REGISTRATIONS, Metric.CONTACT, Metric.CONVERSION])
def test_a_cohort_read_alone_is_the_same_as_of_the_whole_board(metric, store, clerk):
    stores = [store, *StoreFactory.create_batch(3, dealer__region=store.dealer.region)]
    for count, each in enumerate(stores, 1):
        for _ in range(count):
            made = registered(each, staff=clerk.user, at=FIFTH - timedelta(days=40))
            sale(made, "10.00", date(2026, 1, 10))
            registered(each, staff=clerk.user, at=FIFTH)

    for unit in Unit:
        found = places.find(metric, unit, JANUARY)
        assert places.of_cohort(found, "all") == places.read(found)
        assert places.read(found)

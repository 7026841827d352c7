"""What may have been made for a reward: held with the reason, decided by headquarters."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import override

from config.home import waiting
from config.home.known import Known
from customers.identity import fingerprint
from customers.models import Identity, Registration
from dealers.actor import Actor, acting
from dealers.models import Membership, Notice, NoticeKind
from incentives.boards.ranked import Place
from incentives.models import (
    Board,
    Journal,
    Metric,
    Reward,
    RewardKind,
    RewardReview,
    RewardSuspicion,
    Source,
    SuspicionSign,
    Unit,
)
from incentives.payouts import owed
from incentives.rewards import reading, reviewing, settling, suspicions
from incentives.rewards.reading import State
from incentives.rewards.reviewing import ReviewRefused
from tests.factories.customers import phone_number, registered
from tests.factories.dealers import MembershipFactory, UserFactory
from tests.factories.incentives import (
    FEBRUARY,
    JANUARY,
    close_period,
    give_back,
    owned_customer,
    sale,
    unattributed,
)
from tests.factories.payouts import give_account
from tests.factories.rewards import promised
from tests.incentives.rewards.conftest import AT
from tests.incentives.rewards.test_settling import agree

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


def person(phone: str) -> Identity:
    return Identity.objects.get_or_create(fingerprint=fingerprint(phone))[0]


def at_work(store) -> Membership:
    """Somebody with a number of their own who works at a store since last year."""
    user = UserFactory(phone=f"+86{phone_number()}")
    return MembershipFactory(
        user=user, role="associate", store=store, starts_at=datetime(2025, 1, 1, tzinfo=UTC)
    )


def signs() -> list[str]:
    return list(RewardSuspicion.objects.order_by("pk").values_list("sign", flat=True))


def hq():
    return Actor.hq(UserFactory(is_staff=True))


class TestOwnNumbers:
    def test_two_purchases_of_own_people_hold_the_reward_and_name_the_orders(self, traded, settle):
        colleague = at_work(traded[0])
        mine = person(colleague.user.phone)
        for day in (5, 6):
            unattributed(traded[0], "10", date(2026, 1, day), identity=mine)
        promised()
        settle()

        held = Reward.objects.get(held=True)
        suspicion = held.suspicions.get()
        assert held.store == traded[0]
        assert suspicion.sign == SuspicionSign.OWN_NUMBER
        assert suspicion.why.startswith("2 purchases are of people who work for the dealer")
        assert len(suspicion.orders) == 2
        assert not Journal.objects.filter(source_key=held.code).exists()
        assert Journal.objects.filter(source=Source.REWARD).count() == 2
        agree()

    def test_one_small_purchase_of_ones_own_is_no_sign(self, traded, settle):
        colleague = at_work(traded[0])
        unattributed(traded[0], "10", date(2026, 1, 5), identity=person(colleague.user.phone))
        promised()
        settle()
        assert signs() == []

    def test_one_that_is_a_tenth_of_the_figure_is(self, traded, settle):
        colleague = at_work(traded[0])
        unattributed(traded[0], "9000", date(2026, 1, 5), identity=person(colleague.user.phone))
        promised()
        settle()
        assert signs() == [SuspicionSign.OWN_NUMBER]
        said = RewardSuspicion.objects.get().why
        assert said.endswith("They count on no board, and come to 18% of the figure.")

    def test_of_who_improved_the_part_is_that_of_the_figure_and_not_of_the_rise(self, traded):
        """A figure of 50,400 rose by 400: an own purchase of 600 is more, and not 10 %."""
        work = at_work(traded[0])
        for n, store in enumerate(traded):
            unattributed(store, str(50_400 - 10_000 * n), date(2026, 2, 3))
        own = person(work.user.phone)
        unattributed(traded[0], "600", date(2026, 2, 4), identity=own)
        promised(kind=RewardKind.IMPROVED, starts_on=FEBRUARY, least=1)
        close_period(JANUARY)
        close_period(FEBRUARY)
        settling.settle_due(datetime(2026, 3, 10, 4, tzinfo=UTC))
        assert Reward.objects.get(store=traded[0]).value == 400
        assert signs() == []

    def test_people_of_another_dealer_are_customers(self, traded, settle):
        other = at_work(traded[1])
        for day in (5, 6):
            unattributed(traded[0], "10", date(2026, 1, day), identity=person(other.user.phone))
        promised()
        settle()
        assert signs() == []

    def test_own_people_who_are_registered(self, stores, settle):
        for n, store in enumerate(stores):
            for _each in range(30 - n):
                registered(store, at=datetime(2026, 1, 9, 2, tzinfo=UTC))
        colleagues = [at_work(stores[0]) for _each in range(2)]
        for each in colleagues:
            registered(stores[0], phone=each.user.phone, at=datetime(2026, 1, 10, 2, tzinfo=UTC))
        promised(metric=Metric.REGISTRATIONS)
        settle()
        assert signs() == [SuspicionSign.OWN_NUMBER]
        assert len(RewardSuspicion.objects.get().registrations) == 2
        (held,) = reading.held(Reward.objects.get(held=True))
        made = Registration.objects.filter(received_at=datetime(2026, 1, 10, 2, tzinfo=UTC))
        assert set(held.registrations) == set(made.values_list("receipt", flat=True))

    def test_of_a_conversion_the_registrations_that_it_is_over(self, stores):
        """Those of January are too young for the board of January, those of December are on it."""
        board = Board(
            metric=Metric.CONVERSION, unit=Unit.STORE, starts_on=JANUARY,
            known_until=datetime(2100, 1, 1, tzinfo=UTC),
        )  # fmt: skip
        store = stores[0]
        place = Place(
            store.pk, store.dealer_id, store.code, store.name, "all", Decimal("0.5"), Decimal(20),
            Decimal(40), 1, 5, None,
        )  # fmt: skip
        for day in (date(2025, 12, 10), date(2026, 1, 10)):
            for each in [at_work(store) for _each in range(2)]:
                at = datetime(day.year, day.month, day.day, 2, tzinfo=UTC)
                registered(store, phone=each.user.phone, at=at)

        (found,) = suspicions.found(board, [place], AT)[store.pk]
        made = Registration.objects.filter(pk__in=found.registrations)
        assert [each.received_on for each in made] == [date(2025, 12, 10)] * 2


class TestBursts:
    @pytest.mark.parametrize(("count", "found"), [(4, []), (5, [SuspicionSign.BURST])])
    def test_five_purchases_of_one_customer_within_an_hour(self, traded, settle, count, found):
        somebody = person("+8613800000001")
        for _each in range(count):
            unattributed(traded[0], "10", date(2026, 1, 5), identity=somebody)
        promised()
        settle()
        assert signs() == found

    def test_the_same_customer_on_other_days_is_a_good_one(self, traded, settle):
        somebody = person("+8613800000001")
        for day in range(1, 8):
            unattributed(traded[0], "10", date(2026, 1, day), identity=somebody)
        promised()
        settle()
        assert signs() == []


class TestSplits:
    @pytest.mark.parametrize(
        ("count", "amount", "found"),
        [(2, "9000", []), (3, "100", []), (3, "6000", [SuspicionSign.SPLIT])],
    )
    def test_three_on_one_day_that_are_a_tenth(self, traded, settle, count, amount, found):
        somebody = person("+8613800000001")
        for _each in range(count):
            unattributed(traded[0], amount, date(2026, 1, 5), identity=somebody)
        promised()
        settle()
        assert signs() == found


class TestRings:
    @pytest.mark.parametrize(("returned", "found"), [(2, []), (3, [SuspicionSign.RING])])
    def test_three_purchases_that_came_back(self, traded, settle, returned, found):
        customer = owned_customer(traded[0])
        bought = [sale(customer, "10", date(2026, 1, day)) for day in (3, 6, 9, 12)]
        for each in bought[:returned]:
            give_back(each, "10", date(2026, 1, 20))
        promised()
        settle()
        assert signs() == found

    def test_also_what_came_back_after_the_board_was_frozen(self, traded, settle):
        customer = owned_customer(traded[0])
        for day in (3, 6, 9):
            give_back(sale(customer, "10", date(2026, 1, day)), "10", date(2026, 2, 3))
        promised()
        settle()
        assert signs() == [SuspicionSign.RING]


@pytest.fixture
def held(traded, settle):
    """The first store's reward of 3,000, held because of a burst."""

    def made(amount="3000"):
        somebody = person("+8613800000001")
        for _each in range(5):
            unattributed(traded[0], "10", date(2026, 1, 5), identity=somebody)
        amount = Decimal(amount)
        promised(places=1, amounts=[amount], budget=amount)
        settle()
        return Reward.objects.get()

    return made


class TestReview:
    def test_up_to_the_limit_one_person_releases_it_into_the_open_month(self, held):
        reward = held()
        assert reviewing.review(reward, released=True, reason="Fleet customer", by=hq(), at=AT)
        assert Journal.objects.get(source=Source.REWARD).source_key == reward.code
        assert reading.read(reading.newest(Reward.objects.all()))[0].state == State.BOOKED
        agree()

    def test_the_account_of_the_dealer_is_needed_until_it_is_decided(self, held, traded):
        give_account(traded[0].dealer.memberships.get(role="owner"))
        reward = held()
        assert owed.account_is_needed(traded[0].dealer_id, AT)
        reviewing.review(reward, released=False, reason="One till slip", by=hq(), at=AT)
        assert not owed.account_is_needed(traded[0].dealer_id, AT)

    def test_refused_it_is_never_booked_and_the_dealer_reads_why(self, held, traded):
        reward = held()
        reviewing.review(reward, released=False, reason="One till slip", by=hq(), at=AT)

        owner = traded[0].dealer.memberships.get(role="owner")
        read = reading.read(reading.of_post(owner))[0]
        assert (read.state, read.said) == (State.REFUSED, ["One till slip"])
        assert read.held[0].orders
        assert not Journal.objects.filter(source=Source.REWARD).exists()
        with pytest.raises(ReviewRefused, match="decided already"):
            reviewing.review(reward, released=True, reason="Again", by=hq(), at=AT)
        agree()

    def test_of_a_badge_alone_the_reason_is_read_as_well(self, traded, settle):
        somebody = person("+8613800000001")
        for _each in range(5):
            unattributed(traded[0], "10", date(2026, 1, 5), identity=somebody)
        promised(places=1, amounts=[], budget=Decimal(0))
        settle()
        reviewing.review(Reward.objects.get(), released=True, reason="Known", by=hq(), at=AT)
        (read,) = reading.read(reading.newest(Reward.objects.all()))
        assert (read.state, read.said) == (State.BADGE, ["Known"])

    def test_nobody_at_the_dealer_releases_it(self, held, traded):
        reward, owner = held(), traded[0].dealer.memberships.get(role="owner")
        with acting(Actor.of(owner)), pytest.raises(DatabaseError), transaction.atomic():
            RewardReview.objects.create(
                reward=reward, released=True, reason="x", by=owner.user, at=AT
            )
        assert reviewing.decided(reward) is None

    def test_above_the_limit_two_people_say_the_same(self, held):
        reward, first, second = held("5000.01"), hq(), hq()
        assert reviewing.review(reward, released=True, reason="Known", by=first, at=AT) is None
        assert not Journal.objects.filter(source=Source.REWARD).exists()
        with pytest.raises(ReviewRefused, match="Another person"):
            reviewing.review(reward, released=True, reason="Known", by=first, at=AT)
        assert reviewing.review(reward, released=True, reason="Known too", by=second, at=AT)

        journal = Journal.objects.get(source=Source.REWARD)
        assert (journal.made_by, journal.approved_by) == (first.user, second.user)
        agree()

    def test_where_two_differ_a_third_one_decides(self, held):
        reward = held("5000.01")
        assert reviewing.review(reward, released=True, reason="Known", by=hq(), at=AT) is None
        assert reviewing.review(reward, released=False, reason="No", by=hq(), at=AT) is None
        assert not reviewing.review(reward, released=False, reason="No", by=hq(), at=AT)
        assert reading.read(reading.newest(Reward.objects.all()))[0].state == State.REFUSED

    def test_a_reason_is_needed(self, held):
        with pytest.raises(ReviewRefused, match="Write the reason"):
            reviewing.review(held(), released=True, reason=" ", by=hq(), at=AT)

    def test_the_database_books_nothing_that_is_held(self, held):
        from incentives.rewards import booking

        reward = held()
        with pytest.raises(IntegrityError, match="as_settled"), transaction.atomic():
            booking.book([reward], by=hq(), at=AT)
        reviewing.review(reward, released=False, reason="No", by=hq(), at=AT)
        with pytest.raises(IntegrityError, match="undecided"), transaction.atomic():
            RewardReview.objects.create(
                reward=reward, released=True, reason="x", by=UserFactory(), at=AT
            )

    def test_whoever_it_is_for_is_told_that_it_is_held_and_what_was_decided(self, held):
        Notice.objects.all().delete()
        reward = held()
        reviewing.review(reward, released=True, reason="Known", by=hq(), at=AT + timedelta(days=1))
        said = [each.title for each in Notice.objects.filter(kind=NoticeKind.REWARD).order_by("pk")]
        assert any("is held until headquarters" in each for each in said)
        assert any("is released" in each for each in said)


class TestPages:
    def test_the_owner_sees_it_held_and_why(self, held, traded, client):
        held()
        owner = traded[0].dealer.memberships.get(role="owner")
        client.force_login(owner.user)
        page = client.get(reverse("incentives:reward", args=["stars"])).text
        assert "5 purchases of one customer at one store within 60 minutes." in page
        rival = traded[1].dealer.memberships.get(role="owner")
        client.force_login(rival.user)
        assert "5 purchases" not in client.get(reverse("incentives:reward", args=["stars"])).text


class TestAdmin:
    def test_it_waits_on_the_first_page_and_is_decided_with_the_second_factor(
        self, held, login, hq, settings
    ):
        reward, client = held(), login(hq)
        with override("en"):
            waits = [
                each for each in waiting.waiting_for(hq, Known(AT)) if "state=held" in each.url
            ]
        assert [each.title for each in waits] == ["1 reward is held"]
        assert client.get(waits[0].url).context["cl"].result_count == 1
        address = reverse("admin:incentives_reward_review", args=[reward.pk])
        english = {"accept-language": "en"}
        page = client.get(address, headers=english).text
        assert "5 purchases of one customer at one store within 60 minutes." in page

        said = {"answer": "release", "reason": "A fleet customer"}
        settings.PORTAL_SECOND_FACTOR = True
        assert client.post(address, said).status_code == 302
        assert not RewardReview.objects.exists()
        settings.PORTAL_SECOND_FACTOR = False
        assert (
            "This field is required"
            in client.post(address, said | {"reason": ""}, headers=english).text
        )
        client.post(address, said)
        assert RewardReview.objects.get().reason == "A fleet customer"
        assert Journal.objects.get(source=Source.REWARD).source_key == reward.code
        assert client.get(address).status_code == 404
        with override("en"):
            assert not [e for e in waiting.waiting_for(hq, Known(AT)) if "state=held" in e.url]


def test_units_are_looked_at_for_what_is_theirs(stores, settle):
    """A person's figure is over own customers: those of a colleague at the store hold nothing."""
    posts = [MembershipFactory(role="associate", store=store) for store in stores]
    for n, post in enumerate(posts):
        customer = registered(post.store, staff=post.user, at=datetime(2026, 1, 1, 2, tzinfo=UTC))
        sale(customer, str(5000 - 100 * n), date(2026, 1, 10))
    colleague = MembershipFactory(role="associate", store=stores[0])
    theirs = registered(stores[0], staff=colleague.user, at=datetime(2026, 1, 1, 2, tzinfo=UTC))
    for _each in range(5):
        sale(theirs, "10", date(2026, 1, 12))
    promised(metric=Metric.OWNED_SALES, unit=Unit.STAFF, places=1, amounts=[Decimal(10)],
             budget=Decimal(10))  # fmt: skip
    settle()
    assert Reward.objects.get().person == posts[0].user
    assert signs() == []

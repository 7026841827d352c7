"""Boards that run are counted as facts change, and say what counting them whole says."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from customers.dispatch import leads, offers
from customers.models import ActivityKind, Lead, LeadSource, Outcome, Ownership, VoidReason
from customers.numbers import change_number
from customers.ownership.activities import record_activity
from customers.ownership.voids import void
from dealers.actor import Actor
from dealers.models import Membership, Notice, Role, SizeClass, Store
from dealers.months import hq_midnight
from dealers.phones import normalise
from incentives.boards import (
    around,
    changes,
    derived,
    keeping,
    kinds,
    places,
    rising,
    times,
    turns,
)
from incentives.models import (
    Board,
    BoardMark,
    Cohort,
    DerivedPlace,
    Length,
    Metric,
    RunningPlace,
    Spread,
    Unit,
)
from tests.factories.certificates import withdrawn
from tests.factories.customers import RulebookFactory, phone_number, registered
from tests.factories.dealers import MembershipFactory, OwnerFactory, StoreFactory, UserFactory
from tests.factories.incentives import give_back, sale, unattributed
from tests.factories.training import published as course_published
from tests.factories.training import read, take
from training import learning
from training.models import Certificate

pytestmark = pytest.mark.django_db

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


class Network:
    """Eight stores of two cohorts and four dealers, each with a clerk, and some trade."""

    def __init__(self) -> None:
        self.now = timezone.now()
        self.today = timezone.localdate(self.now)
        Cohort.objects.create(code="large", name="大", unit="store", size_classes=["A"])
        self.stores: list[Store] = []
        for n in range(4):
            first = StoreFactory(code=f"S{n}A", size_class="A")
            self.stores += [first, StoreFactory(code=f"S{n}C", size_class="C", dealer=first.dealer)]
        self.posts = [MembershipFactory(store=each, starts_at=LONG_AGO) for each in self.stores]
        self.owner = OwnerFactory(dealer=self.stores[0].dealer, starts_at=LONG_AGO)
        self.course = course_published(LONG_AGO, roles=[Role.ASSOCIATE, Role.OWNER])
        old = self.now - timedelta(days=40)
        self.won = [
            registered(post.store, staff=post.user, at=old + timedelta(minutes=n))
            for n, post in enumerate(self.posts)
        ]
        self.fresh = [
            registered(post.store, staff=post.user, at=self.now - timedelta(seconds=60 - n))
            for n, post in enumerate(self.posts)
        ]
        self.sold = [sale(each, "100.00", self.today) for each in self.won[:4]]

    def turn(self, minutes: int = 0) -> None:
        turns.take(timezone.now() + timedelta(minutes=minutes), self.today)

    def lead(self) -> None:
        self.offer(offers.accept)

    def offer(self, answer) -> None:
        store, clerk = self.stores[2], self.posts[2]
        lead = Lead(source=LeadSource.HQ, wish="净水器", region=store.dealer.region)
        by = Actor.hq(UserFactory(is_staff=True))
        lead = leads.receive(
            lead, phone=phone_number(), name="吴", consent=True, by=by, at=timezone.now()
        )
        offered = offers.offer(lead.pk, timezone.now())
        at = {offers.accept: (), offers.decline: ("busy",)}[answer]
        answering = Actor.of(Membership.objects.filter(store=offered.store).first() or clerk)
        answer(offered, *at, by=answering, at=timezone.now())


@pytest.fixture(autouse=True)
def _rulebook(db):
    RulebookFactory(
        starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC), person_cap=None,
        store_cap=None, store_daily_limit=None,
    )  # fmt: skip


@pytest.fixture
def network(monkeypatch) -> Network:
    """Counted twice: whatever happens from now on leaves its mark."""
    monkeypatch.setattr(keeping, "MANY", 1)
    monkeypatch.setattr(keeping, "Length", [Length.WEEK, Length.MONTH])
    found = Network()
    found.turn()
    found.turn(1)
    assert Board.objects.exclude(whole_at=None).count() == Board.objects.count() > 20
    return found


def kept(board: Board) -> tuple[list, list]:
    places = RunningPlace.objects.filter(board=board).order_by("store", "dealer", "post")
    spreads = Spread.objects.filter(board=board).order_by("cohort")
    return (
        [tuple(row.values()) for row in places.values() if row.pop("id")],
        [tuple(row.values()) for row in spreads.values() if row.pop("id")],
    )


def contact(network: Network) -> None:
    record_activity(
        customer=network.fresh[1].customer,
        kind=ActivityKind.CALL,
        outcome=Outcome.REACHED,
        by=Actor.of(network.posts[1]),
        at=timezone.now(),
    )


def learn(network: Network) -> None:
    at = timezone.now()
    enrollment = learning.enroll(
        network.posts[3].user, network.course, by=Actor.of(network.posts[3]), at=at
    )
    read(enrollment, at)
    take(enrollment, at)


def withdraw(network: Network) -> None:
    learn(network)
    network.turn(2)
    withdrawn(Certificate.objects.get(), timezone.now())


def hire_a_customer(network: Network) -> None:
    """Who comes to work where they bought long ago was a customer then."""
    number = phone_number()
    bought = registered(network.stores[0], phone=number, at=network.now - timedelta(hours=1))
    user = UserFactory()
    user.phone = number if number.startswith("+") else f"+86{number}"
    user.save(update_fields=["phone"])
    MembershipFactory(
        user=user, store=network.stores[0], starts_at=network.now - timedelta(hours=2)
    )
    sale(bought, "70.00", network.today)


def renumber(network: Network, *, back: bool = False) -> None:
    """A store learns of a customer the number that the portal has of who works there.

    ``back``: it knew them by that one, and learns another.
    """
    clerk, own, other = network.posts[0], phone_number(), phone_number()
    clerk.user.phone = normalise(own)
    clerk.user.save(update_fields=["phone"])
    before, after = (own, other) if back else (other, own)
    made = registered(clerk.store, phone=before, staff=clerk.user, at=timezone.now())
    sale(made, "70.00", network.today)
    network.turn(5)
    change_number(made.customer, phone=after, by=Actor.of(network.owner), at=timezone.now())


def follow(network: Network) -> None:
    other = MembershipFactory(store=network.stores[0], starts_at=LONG_AGO)
    Ownership.objects.filter(pk=network.won[0].ownership_id).update(staff=other.user)


FACTS = {
    "registered": lambda n: registered(n.stores[5], staff=n.posts[5].user, at=timezone.now()),
    "sold": lambda n: sale(n.won[6], "900.00", n.today),
    "sold to nobody known": lambda n: unattributed(n.stores[7], "55.00", n.today),
    "given back": lambda n: give_back(n.sold[0], "100.00", n.today),
    "taken back": lambda n: void(
        n.fresh[0], reason=VoidReason.WRONG_NUMBER, by=Actor.of(n.owner), at=timezone.now()
    ),
    "contacted": contact,
    "accepted": Network.lead,
    "declined": lambda n: n.offer(offers.decline),
    "learnt": learn,
    "withdrawn": withdraw,
    "left": lambda n: Membership.objects.filter(pk=n.posts[4].pk).update(ends_at=timezone.now()),
    "came": lambda n: MembershipFactory(store=n.stores[4], starts_at=timezone.now()),
    "own people": hire_a_customer,
    "own people's number": renumber,
    "own people's number no more": lambda n: renumber(n, back=True),
    "followed by somebody else": follow,
    "grown": lambda n: Store.objects.filter(pk=n.stores[1].pk).update(size_class=SizeClass.A),
    "closed": lambda n: Store.objects.filter(pk=n.stores[1].pk).update(
        closed_at=timezone.now() - timedelta(days=100)
    ),
    "another course": lambda _n: course_published(timezone.now(), roles=[Role.ASSOCIATE]),
}


@pytest.mark.parametrize("fact", FACTS)
def test_a_fact_of_any_kind_is_on_the_boards_with_the_next_turn(network, fact):
    FACTS[fact](network)
    assert BoardMark.objects.filter(due_at__lte=timezone.now()).exists()

    network.turn(10)

    assert not BoardMark.objects.filter(due_at__lte=timezone.now()).exists()
    for board in Board.objects.all():
        counted = kept(board)
        keeping.count(board, timezone.now() + timedelta(minutes=20), network.today)
        board.refresh_from_db()
        assert kept(board) == counted, str(board)
        assert not board.drift


def test_cohorts_in_which_nothing_changed_stay_as_they_are_on_file(network):
    month = network.today.replace(day=1)
    board = Board.objects.about(Metric.NET_SALES, Unit.STORE, month).get()
    for store in network.stores[:2]:
        unattributed(store, "10.00", network.today)
    network.turn(10)
    rows = RunningPlace.objects.filter(board=board)
    before = dict(rows.values_list("store__code", "pk"))

    unattributed(network.stores[0], "10.00", network.today)
    network.turn(20)

    after = dict(rows.values_list("store__code", "pk"))
    assert after.keys() == before.keys()
    assert {code for code in before if before[code] != after[code]} == {
        code for code in before if code.endswith("A")
    }
    board.refresh_from_db()
    assert board.whole_at < board.counted_at


def test_boards_of_other_days_are_not_counted_for_it(network):
    """What counts today is on no board of the month before."""
    month = network.today.replace(day=1)
    earlier = (month - timedelta(days=1)).replace(day=1)
    unattributed(network.stores[0], "10.00", network.today)

    found = changes.read(timezone.now())

    now, before = (
        Board.objects.about(Metric.NET_SALES, Unit.STORE, start).get() for start in (month, earlier)
    )
    assert found.stores(now) == {network.stores[0].pk}
    assert found.stores(before) == set()


def test_a_first_contact_that_comes_due_is_marked_ahead(network):
    """By nobody's doing: the moment alone makes it late."""
    made = registered(network.stores[0], at=timezone.now())
    due = Ownership.objects.get(pk=made.ownership_id).contact_due_at
    if due is None:
        pytest.skip("The rulebook asks for no first contact.")

    network.turn(10)

    assert BoardMark.objects.filter(fact="contacted", due_at=due).exists()
    assert network.stores[0].pk in changes.read(due).stores(
        Board.objects.filter(metric=Metric.CONTACT, unit=Unit.STORE).first()
    )


def test_first_contacts_of_before_there_were_marks_are_marked_ahead(network):
    """Boards that run are counted on after an upgrade, and whoever registered left nothing."""
    made = registered(network.stores[0], at=timezone.now())
    due = Ownership.objects.get(pk=made.ownership_id).contact_due_at
    if due is None:
        pytest.skip("The rulebook asks for no first contact.")
    BoardMark.objects.all().delete()
    Board.objects.update(whole_at=None)

    network.turn(10)

    # Once for all boards of first contacts: whoever waits is looked for among all customers.
    marks = BoardMark.objects.filter(fact="contacted", store=network.stores[0], due_at=due)
    assert marks.count() == 1


def test_a_statement_marks_each_store_once_and_nobody_waits_for_another(network):
    store = network.stores[0]
    BoardMark.objects.all().delete()

    Membership.objects.bulk_create(
        Membership(user=UserFactory(), role=Role.ASSOCIATE, store=store, dealer=store.dealer)
        for _ in range(3)
    )
    assert sorted(BoardMark.objects.values_list("fact", "store")) == [
        ("posted", each.pk) for each in network.stores[:2]
    ]

    # The same once more is another row: no two transactions meet in one.
    for _ in range(2):
        unattributed(store, "10.00", network.today)
    assert BoardMark.objects.filter(fact="placed", store=store, day=network.today).count() == 2


@pytest.mark.parametrize("unit", [Unit.STORE, Unit.DEALER, Unit.STAFF])
def test_those_who_improved_are_on_file_and_said_as_of_the_whole_cohort(network, unit):
    month = network.today.replace(day=1)
    earlier = (month - timedelta(days=1)).replace(day=1)
    noon = datetime(earlier.year, earlier.month, 2, 4, tzinfo=UTC)
    for n, store in enumerate(network.stores):
        registered(store, staff=network.posts[n].user, at=noon)
        for _ in range(n + 1):
            registered(store, staff=network.posts[n].user, at=network.now - timedelta(seconds=1))
    network.turn(10)
    board, before = (
        Board.objects.about(Metric.REGISTRATIONS, unit, start).get() for start in (month, earlier)
    )

    count = rising.find(board)
    assert count is not None
    found = 0
    for cohort in set(RunningPlace.objects.filter(board=board).values_list("cohort", flat=True)):
        expected = kinds.improved(places.of_cohort(board, cohort), places.of_cohort(before, cohort))
        units = [place.unit_id for place in expected]
        rose = [p for p in derived.of_units(count, board, units) if p.cohort == cohort]
        assert rose == expected
        for me in expected:
            near, whole = (
                derived.around(count, board, me, cohort), around.of_listed(board, me, expected)
            )  # fmt: skip
            for name in ("of", "compared", "p25", "median", "p75", "top", "beside", "ahead"):
                assert getattr(near, name) == getattr(whole, name), name
        found += len(expected)
    assert found > 1
    assert found == DerivedPlace.objects.filter(count=count).count()


def test_without_large_cohorts_nothing_is_marked():
    registered(StoreFactory(), at=timezone.now())

    assert not BoardMark.objects.exists()


def test_a_figure_that_no_mark_explains_is_told_to_headquarters(network):
    hq = UserFactory(is_staff=True, is_superuser=True)
    board = Board.objects.about(
        Metric.REGISTRATIONS, Unit.STORE, network.today.replace(day=1), Length.MONTH
    ).get()
    RunningPlace.objects.filter(board=board, store=network.stores[0]).update(value=77)
    Board.objects.filter(pk=board.pk).update(whole_at=timezone.now() - timedelta(days=1, minutes=1))

    network.turn(10)

    board.refresh_from_db()
    assert board.drift == 1
    assert RunningPlace.objects.get(board=board, store=network.stores[0]).value != 77
    assert Notice.objects.filter(user=hq, about__startswith="boards:").count() == 1


def test_what_was_recorded_since_is_no_drift(network):
    month = network.today.replace(day=1)
    board = Board.objects.about(Metric.NET_SALES, Unit.STORE, month).get()
    unattributed(network.stores[0], "10.00", network.today)

    keeping.count(board, timezone.now() + timedelta(minutes=5), network.today)

    board.refresh_from_db()
    assert board.drift == 0


def test_what_hangs_on_the_moment_is_compared_once_its_days_were_over(network):
    """Whose post ends on the last day of a week is in its count of that morning, and not in it."""
    last_week = times.before(Length.WEEK, times.monday(network.today))
    board = Board.objects.about(Metric.TRAINING, Unit.STORE, last_week, Length.WEEK).get()
    end = hq_midnight(board.ends_on)

    for whole_at, drift in ((end - timedelta(hours=1), None), (end + timedelta(hours=1), 1)):
        RunningPlace.objects.filter(board=board, store=network.stores[0]).update(value="0.5")
        Board.objects.filter(pk=board.pk).update(whole_at=whole_at)
        keeping.count(board, timezone.now() + timedelta(minutes=5), network.today)
        board.refresh_from_db()
        assert board.drift == drift


def test_frozen_boards_are_never_counted_again(network):
    month = network.today.replace(day=1)
    board = Board.objects.about(Metric.NET_SALES, Unit.STORE, month).get()
    at = timezone.now()
    Board.objects.filter(pk=board.pk).update(
        frozen_at=at, known_until=at, counted_at=None, whole_at=None
    )
    unattributed(network.stores[0], "10.00", network.today)

    assert keeping.refresh(board, [network.stores[0].pk], at, network.today, {}) == []
    network.turn(10)

    board.refresh_from_db()
    assert board.counted_at is None

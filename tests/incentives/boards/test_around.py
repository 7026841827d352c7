"""Places that were written down say what reading a whole cohort says, and cost the same."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dealers.models import Store
from incentives.boards import around, cohorts, freeze, keeping, metrics, places, standing, turns
from incentives.boards.ranked import Place
from incentives.models import Board, Cohort, Length, Metric, Ranking, RunningPlace, Spread, Unit
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import DealerFactory, MembershipFactory, StoreFactory
from tests.factories.incentives import unattributed

JANUARY = date(2026, 1, 1)
TODAY = date(2026, 1, 20)
AT = datetime(2026, 1, 20, 9, tzinfo=UTC)
STORES = 14
WHOLES = st.sampled_from([0, 1, 9, 10, 29, 30, 31, 45, 300, 90_000])
EVENTS = st.tuples(WHOLES, st.integers(0, 100)).map(lambda x: (x[0] * x[1] // 100, x[0]))
FIGURES = st.lists(EVENTS, min_size=1, max_size=STORES)
SUMMED = [Metric.CONVERSION, Metric.CONTACT, Metric.NET_SALES, Metric.REGISTRATIONS]

pytestmark = pytest.mark.django_db


@pytest.fixture
def stores(db):
    """Of two cohorts, by their sizes; one dealer has three of them."""
    Cohort.objects.create(code="large", name="大", unit="store", size_classes=["A"])
    dealer = DealerFactory()
    return [
        StoreFactory(
            code=f"S{n:02}",
            size_class="AC"[n % 3 == 0],
            dealer=dealer if n < 3 else DealerFactory(),
        )
        for n in range(STORES)
    ]


def opened(metric: str, unit: str = Unit.STORE, starts_on: date = JANUARY) -> Board:
    return Board.objects.create(length=Length.MONTH, starts_on=starts_on, metric=metric, unit=unit)


def summed(stores, figures) -> str:
    """A table of sums as ``Summed.sums`` gives them, of our choice."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS chosen_sums")
        cursor.execute(
            "CREATE TEMP TABLE chosen_sums (store_id bigint, dealer_id bigint, since date,"
            " part numeric, n numeric) ON COMMIT DROP"
        )
        cursor.executemany(
            "INSERT INTO chosen_sums VALUES (%s, %s, %s, %s, %s)",
            [
                (store.pk, store.dealer_id, JANUARY, part, whole)
                for store, (part, whole) in zip(stores, figures, strict=False)
                if whole
            ],
        )
    return "chosen_sums"


def computed(board: Board, kept: str) -> list[Place]:
    """All places of a board from those sums, as a page without rows on file reads them."""
    query, params = places.ranked(board, kept=kept)
    with connection.cursor() as cursor:
        cursor.execute(query + places._READ, params | {"known_until": "infinity"})
        return [Place(*row) for row in cursor.fetchall()]


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    figures=FIGURES, metric=st.sampled_from(SUMMED), unit=st.sampled_from([Unit.STORE, Unit.DEALER])
)
def test_rows_on_file_say_what_the_whole_cohort_says(stores, figures, metric, unit):
    with transaction.atomic():
        board, kept = opened(metric, unit), summed(stores, figures)
        listed = computed(board, kept)
        keeping.write(board, places.RUNNING, "infinity", None, kept)
        board.counted_at = AT

        members = [store if unit == Unit.STORE else store.dealer for store in stores]
        for member in members:
            me = next((p for p in listed if p.unit_id == member.pk), None)
            cohort = me.cohort if me else cohorts.of(member)
            of_cohort = [p for p in listed if p.cohort == cohort]
            expected = around.of_listed(board, me, of_cohort)

            assert around.of(board, member.pk, lambda cohort=cohort: cohort) == (
                me, cohort, expected,
            )  # fmt: skip
        assert places.read(board) == listed
        transaction.set_rollback(True)


def test_people_are_compared_by_their_dealers_in_rows_on_file_too(clerk):
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    for store in [clerk.store, *StoreFactory.create_batch(4)]:
        for post in (MembershipFactory(store=store), MembershipFactory(store=store)):
            registered(store, staff=post.user, at=datetime(2026, 1, 5, 1, tzinfo=UTC))
    registered(clerk.store, staff=clerk.user, at=datetime(2026, 1, 5, 1, tzinfo=UTC))
    before = standing.of(clerk, Metric.REGISTRATIONS, JANUARY, TODAY)

    keeping.count(opened(Metric.REGISTRATIONS, Unit.STAFF), AT, TODAY)

    seen = standing.of(clerk, Metric.REGISTRATIONS, JANUARY, TODAY)
    assert (seen.me, seen.of, seen.enough) == (before.me, 11, True)
    assert [p.unit_id for p in seen.around] == [p.unit_id for p in before.around]
    assert Spread.objects.get().compared == 5


class TestARunningBoard:
    @pytest.fixture
    def sellers(self):
        stores = StoreFactory.create_batch(6)
        for n, store in enumerate(stores):
            unattributed(store, f"{(n + 1) * 10}", date(2026, 1, 10))
        return stores

    def test_stands_as_it_was_counted_last(self, sellers):
        board = opened(Metric.NET_SALES)
        keeping.count(board, AT, TODAY)
        unattributed(sellers[0], "90", date(2026, 1, 12))

        assert standing.of(sellers[0], Metric.NET_SALES, JANUARY, TODAY).me.rank == 6

        keeping.count(board, AT + timedelta(minutes=10), TODAY)
        seen = standing.of(sellers[0], Metric.NET_SALES, JANUARY, TODAY)
        assert (seen.me.rank, seen.me.value, seen.board.counted_at) == (
            1, 100, AT + timedelta(minutes=10),
        )  # fmt: skip

    @pytest.mark.usefixtures("sellers")
    def test_whoever_began_earlier_leaves_what_was_counted_later(self):
        board, later = opened(Metric.NET_SALES), AT + timedelta(minutes=10)
        assert keeping.count(board, later, TODAY) == 6

        assert keeping.count(board, AT, TODAY) == 0

        board.refresh_from_db()
        assert board.counted_at == later
        assert RunningPlace.objects.count() == 6

    def test_is_not_counted_any_more_once_it_is_frozen(self, sellers):
        board = opened(Metric.NET_SALES)
        keeping.count(board, AT, TODAY)
        running = standing.of(sellers[2], Metric.NET_SALES, JANUARY, TODAY)
        frozen_at = datetime(2026, 2, 2, tzinfo=UTC)

        freeze.freeze(board, frozen_at, frozen_at)

        assert not RunningPlace.objects.exists()
        assert keeping.count(board, frozen_at, TODAY) == 0
        assert keeping.due(TODAY) == []
        seen = standing.of(sellers[2], Metric.NET_SALES, JANUARY)
        assert (seen.me, seen.top, seen.around) == (running.me, running.top, running.around)
        assert [place.position for place in Ranking.objects.order_by("rank")] == [1, 2, 3, 4, 5, 6]

    def test_a_page_costs_as_many_rows_among_many_as_among_few(self, django_assert_num_queries):
        dealer = DealerFactory()
        for count in (8, 60):
            stores = StoreFactory.create_batch(count, dealer=dealer)
            for store in stores:
                unattributed(store, "10", date(2026, 1, 10))
            board, _made = Board.objects.get_or_create(
                length=Length.MONTH, starts_on=JANUARY, metric=Metric.NET_SALES, unit=Unit.STORE
            )
            keeping.count(board, AT, TODAY)
            board.refresh_from_db()

            with django_assert_num_queries(4):  # whoever counts over all dealers is said before
                me, _cohort, near = around.of(board, stores[4].pk, lambda: "all")

            assert me is not None
            assert len(near.top) == 3
            assert len(around._rows(board, stores[4].pk, None)) <= 3 + 5 + 1

    @pytest.mark.usefixtures("sellers")
    def test_those_of_large_cohorts_are_counted_and_no_others(self, monkeypatch):
        assert keeping.due(TODAY) == []

        monkeypatch.setattr(keeping, "MANY", 5)
        assert turns.take(AT, TODAY) > 0

        found = {(b.unit, b.length, b.starts_on) for b in Board.objects.exclude(counted_at=None)}
        assert {unit for unit, _length, _start in found} == {"store", "dealer"}
        assert {start for _unit, length, start in found if length == "month"} == {
            JANUARY, date(2025, 12, 1),
        }  # fmt: skip
        # What was counted once is counted on, until it is frozen.
        monkeypatch.undo()
        assert len(keeping.due(TODAY)) == Board.objects.count()


def test_new_stores_of_a_frozen_board_stay_when_an_opening_is_corrected():
    new, old = StoreFactory(opened_on=date(2025, 12, 1)), StoreFactory(opened_on=date(2020, 1, 1))
    for store in (new, old):
        unattributed(store, "10", date(2026, 1, 10))
    at = datetime(2026, 2, 2, tzinfo=UTC)
    board = opened(Metric.NET_SALES)
    running = places.of_new(board)
    freeze.freeze(board, at, at)
    board.refresh_from_db()

    Store.objects.filter(pk=new.pk).update(opened_on=date(2020, 1, 1))
    Store.objects.filter(pk=old.pk).update(opened_on=date(2025, 12, 1))

    assert [place.code for place in running] == [new.code]
    assert [place.code for place in places.of_new(board)] == [new.code]


def test_what_a_frozen_board_came_to_stays():
    unattributed(StoreFactory(), "10", date(2026, 1, 10))
    at = datetime(2026, 2, 2, tzinfo=UTC)
    freeze.freeze(opened(Metric.NET_SALES), at, at)

    for change in (
        lambda: Spread.objects.update(of=7),
        lambda: Spread.objects.all().delete(),
        lambda: Spread.objects.create(board=Board.objects.get(), cohort="more", of=1, compared=1),
    ):
        with (
            pytest.raises(IntegrityError, match="spread_of_a_frozen_board_stays"),
            transaction.atomic(),
        ):
            change()


def test_a_board_frozen_before_positions_were_kept_reads_its_whole_cohort():
    stores = StoreFactory.create_batch(6)
    board = opened(Metric.NET_SALES)
    for n, store in enumerate(stores):
        Ranking.objects.create(
            board=board, cohort="all", store=store, dealer=store.dealer, value=60 - n, rank=n + 1,
            of=6, percentile=Decimal(20 * (5 - n)),
        )  # fmt: skip
    at = datetime(2026, 2, 2, tzinfo=UTC)
    Board.objects.filter(pk=board.pk).update(frozen_at=at, known_until=at)

    seen = standing.of(stores[3], Metric.NET_SALES, JANUARY)

    assert (seen.me.rank, seen.next.rank, seen.median) == (4, 3, Decimal("57.5"))
    assert [p.rank for p in seen.around] == [2, 3, 4, 5, 6]
    assert metrics.FIGURES[Metric.NET_SALES].work(seen.me, seen.next) is None

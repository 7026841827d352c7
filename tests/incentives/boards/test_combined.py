"""Boards of several figures: what they are made of, places against the long way, their rules."""

from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from dealers.actor import Actor
from dealers.models import Store
from incentives.boards import (
    around,
    combined,
    combining,
    derived,
    keeping,
    own,
    places,
    turns,
)
from incentives.boards.combined import CombinedRefused, Time
from incentives.models import (
    Board,
    BoardMark,
    Cohort,
    CombinedBoard,
    DerivedCount,
    DerivedPlace,
    Length,
    Metric,
    Unit,
)
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import MembershipFactory, StoreFactory, UserFactory
from tests.factories.incentives import (
    FEBRUARY,
    JANUARY,
    close_period,
    per_registration,
    published,
    sale,
    unattributed,
)
from tests.factories.seasons import combined_of

HALVES = {Metric.REGISTRATIONS: 50, Metric.NET_SALES: 50}
TODAY = date(2026, 3, 10)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture(autouse=True)
def _rulebook(db):
    RulebookFactory(
        starts_on=date(2025, 1, 1),
        published_at=datetime(2025, 1, 1, tzinfo=UTC),
        person_cap=None, store_cap=None, store_daily_limit=None, person_minute_limit=None,
    )  # fmt: skip


def month_of(board: CombinedBoard, month: date = JANUARY) -> Time:
    return Time.of(board, Length.MONTH, month)


def listed(board: CombinedBoard, month: date = JANUARY) -> list[tuple]:
    found = month_of(board, month).listed("all", TODAY)
    return [(place.code, place.value, place.rank, place.of) for place in found]


def traded(figures: list[tuple[int, int]], month: date = JANUARY) -> list:
    """A store for each pair: so many registrations and so much sold in a month."""
    stores = StoreFactory.create_batch(len(figures))
    for store, (count, amount) in zip(stores, figures, strict=True):
        for n in range(count):
            registered(store, at=datetime(month.year, month.month, 5, 1, n, tzinfo=UTC))
        if amount:
            unattributed(store, str(amount), month.replace(day=10))
    return stores


def by_hand(scores: list[list[int | Decimal]], weights: list[int]) -> list[Decimal]:
    """Points of each unit, from the words of the rule alone: who has nothing stands last."""
    points = []
    for mine in scores:
        total = Decimal(0)
        for place, weight in enumerate(weights):
            having = [each[place] for each in scores if each[place]]
            below = sum(1 for each in having if each < mine[place])
            share = Decimal(100 * below) / (len(having) - 1) if mine[place] else Decimal(0)
            total += weight * share.quantize(Decimal("0.01"), ROUND_HALF_UP)
        points.append((total / sum(weights)).quantize(Decimal("0.1"), ROUND_HALF_UP))
    return points


def test_points_and_places_are_those_of_the_long_way():
    figures = [(1, 700), (2, 100), (3, 300), (4, 200), (5, 0), (0, 900), (3, 300)]
    stores = traded(figures)
    board = combined_of({Metric.REGISTRATIONS: 70, Metric.NET_SALES: 30})

    expected = by_hand([list(pair) for pair in figures], [70, 30])

    found = {code: (value, rank) for code, value, rank, _of in listed(board)}
    assert found == {
        store.code: (points, 1 + sum(1 for other in expected if other > points))
        for store, points in zip(stores, expected, strict=True)
    }
    assert found[stores[2].code] == found[stores[6].code]  # equal points share a place


def test_a_rate_over_too_few_cases_counts_neither_way_and_half_of_the_weights_have_to():
    stores = traded([(count, 0) for count in (1, 2, 3, 4, 5)])
    half = combined_of({Metric.REGISTRATIONS: 50, Metric.CONVERSION: 50})
    less = combined_of({Metric.REGISTRATIONS: 40, Metric.CONVERSION: 60})

    assert [row[1:3] for row in listed(half)] == [(100, 1), (75, 2), (50, 3), (25, 4), (0, 5)]
    assert {row[2:] for row in listed(less)} == {(None, 0)}
    worked = month_of(half).worked(stores[4], "all", TODAY)
    assert [(part.metric, part.percentile) for part in worked.parts] == [
        (Metric.REGISTRATIONS, 100), (Metric.CONVERSION, None),
    ]  # fmt: skip
    assert (worked.carried, worked.value) == (50, 100)


def test_a_figure_in_which_fewer_than_five_have_a_place_counts_for_nobody():
    """Percentiles of two would tell which of them is behind."""
    stores = traded([(count, 0) for count in (1, 2, 3, 4, 5)])
    for store in stores[:2]:
        unattributed(store, "100", date(2026, 1, 10))
    board = combined_of(HALVES)

    worked = month_of(board).worked(stores[0], "all", TODAY)

    assert [part.percentile for part in worked.parts] == [0, None]
    assert worked.parts[1].place.value == 100


def test_it_is_frozen_with_its_figures_and_late_sales_change_nothing():
    published(per_registration())
    stores = traded([(n, 100 * n) for n in range(1, 7)])
    board = combined_of(HALVES)
    running = listed(board)
    assert month_of(board).as_board.frozen_at is None

    close_period(JANUARY)
    unattributed(stores[0], "9000", date(2026, 1, 12))
    Cohort.objects.create(code="late", name="晚", unit="store")

    assert month_of(board).as_board.frozen_at is not None
    assert listed(board) == running
    assert places.read(places.find(Metric.NET_SALES, Unit.STORE, JANUARY))[0].value == 600


def test_among_many_ones_own_parts_are_those_of_the_whole_cohort():
    published(per_registration())
    stores = traded([(n, 100 * n if n < 6 else 0) for n in range(1, 8)])
    board = combined_of({Metric.REGISTRATIONS: 40, Metric.NET_SALES: 30, Metric.CONVERSION: 30})

    def parts(*, among_many: bool) -> list[combined.Worked]:
        time = month_of(board)
        return [time.worked(each, "all", TODAY, among_many=among_many) for each in stores]

    assert parts(among_many=True) == parts(among_many=False)
    close_period(JANUARY)
    frozen = parts(among_many=True)
    assert frozen == parts(among_many=False)
    assert [part.percentile for part in frozen[-1].parts] == [100, None, 0]


class TestOnFile:
    """Places that were worked out in the database are those of the words of the rule."""

    COUNTS = datetime(2026, 3, 10, 1, tzinfo=UTC)

    def kept(self, board: CombinedBoard) -> Time:
        """The boards of its figures as the worker counts them, and then itself."""
        for metric in board.weights:
            one, _made = Board.objects.get_or_create(
                length=Length.MONTH, starts_on=JANUARY, metric=metric, unit=board.unit
            )
            keeping.count(one, self.COUNTS, TODAY)
        combining.write(board, Length.MONTH, month_of(board).boards, self.COUNTS)
        return month_of(board)

    @pytest.mark.parametrize(
        "weights",
        [
            HALVES,
            {Metric.REGISTRATIONS: 40, Metric.NET_SALES: 30, Metric.CONVERSION: 30},
            {Metric.REGISTRATIONS: 40, Metric.CONVERSION: 60},
            {Metric.NET_SALES: 45, Metric.CONTACT: 55},
        ],
    )
    @pytest.mark.parametrize("unit", [Unit.STORE, Unit.DEALER])
    def test_they_say_what_the_whole_cohort_says(self, weights, unit):
        Cohort.objects.create(code="big", name="大", unit="store", size_classes=["A"])
        figures = [(1, 700), (2, 100), (3, 300), (4, 200), (5, 0), (0, 900), (3, 300), (2, 50)]
        stores = traded(figures * 2)
        for store in stores[::3]:
            store.size_class = "A"
            store.save(update_fields=["size_class"])
        board = combined_of(weights, unit=unit)

        several = self.kept(board)

        members = [store if unit == Unit.STORE else store.dealer for store in stores]
        for cohort in {several.cohort_of(member, TODAY) for member in members}:
            every = several.listed(cohort, TODAY)
            assert [p for p in derived.of_units(
                several.count, several.as_board, [member.pk for member in members]
            ) if p.cohort == cohort] == every  # fmt: skip
            for place in every:
                me, near = several.around(place.unit_id, cohort, TODAY)
                whole = around.of_listed(several.as_board, me, every)
                assert me == place
                for name in ("of", "compared", "p25", "median", "p75", "top", "beside", "ahead"):
                    assert getattr(near, name) == getattr(whole, name), name

    def test_a_page_reads_a_few_rows_of_them(self, django_assert_num_queries):
        stores = traded([(n % 3 + 1, 100 + n) for n in range(12)])
        several = self.kept(combined_of(HALVES))
        assert several.count is not None

        # One's own place, the first, one's own position, and those around: none of the others.
        with django_assert_num_queries(4):
            _me, near = several.around(stores[5].pk, "all", TODAY)

        assert len(near.top) == 3

    def test_they_follow_their_figures_with_the_turn_and_are_frozen_with_them(self, monkeypatch):
        published(per_registration())
        monkeypatch.setattr(keeping, "MANY", 1)
        monkeypatch.setattr(keeping, "Length", [Length.MONTH])
        stores = traded([(n, 100 * n) for n in range(1, 7)])
        board = combined_of(HALVES)
        day = date(2026, 1, 20)
        for minutes in (0, 10):
            turns.take(datetime(2026, 1, 20, 1, minutes, tzinfo=UTC), day)
        unattributed(stores[0], "9000", date(2026, 1, 12))

        turns.take(timezone.now(), day)

        seen = combined.standing_of(month_of(board), stores[0], day)
        assert (seen.me.value, seen.me.rank) == (50, 3)
        close_period(JANUARY)
        frozen = month_of(board)
        assert frozen.as_board.frozen_at is not None
        assert frozen.count is not None
        assert combined.standing_of(frozen, stores[0], TODAY).me == seen.me
        before = list(DerivedPlace.objects.order_by("pk").values())
        unattributed(stores[0], "9000", date(2026, 1, 13))
        turns.take(timezone.now(), TODAY)
        assert list(DerivedPlace.objects.filter(count=frozen.count).order_by("pk").values()) == [
            row for row in before if row["count_id"] == frozen.count.pk
        ]

    def test_a_turn_that_broke_off_behind_its_whole_counts_is_made_up_for(self, monkeypatch):
        """The night's counts find what no mark tells of: that a day has gone by."""
        monkeypatch.setattr(keeping, "MANY", 1)
        monkeypatch.setattr(keeping, "Length", [Length.MONTH])
        stores = traded([(n, 100 * n) for n in range(1, 7)])
        board = combined_of(HALVES)
        day, next_day = date(2026, 1, 20), date(2026, 1, 21)
        for minutes in (0, 10):
            turns.take(datetime(2026, 1, 20, 1, minutes, tzinfo=UTC), day)
        unattributed(stores[0], "9000", date(2026, 1, 12))
        BoardMark.objects.all().delete()
        # So far the broken turn came.
        for one in Board.objects.all():
            keeping.count(one, datetime(2026, 1, 21, 1, tzinfo=UTC), next_day)

        turns.take(datetime(2026, 1, 21, 1, 10, tzinfo=UTC), next_day)

        seen = combined.standing_of(month_of(board), stores[0], next_day)
        assert (seen.me.value, seen.me.rank) == (50, 3)
        assert month_of(board).count.counted_at == datetime(2026, 1, 21, 1, 10, tzinfo=UTC)

    def test_who_went_to_another_cohort_in_a_turn_that_broke_off_is_there_after_the_next(
        self, monkeypatch
    ):
        """Read once more, the mark names the cohort of now alone: the other has lost its row."""
        monkeypatch.setattr(keeping, "MANY", 1)
        monkeypatch.setattr(keeping, "Length", [Length.MONTH])
        Cohort.objects.create(code="big", name="大", unit="store", size_classes=["A"])
        stores = traded([(n, 100 * n) for n in range(1, 7)])
        Store.objects.filter(pk=stores[1].pk).update(size_class="A")
        board = combined_of(HALVES)
        day = date(2026, 1, 20)
        for minutes in (0, 10):
            turns.take(datetime(2026, 1, 20, 1, minutes, tzinfo=UTC), day)
        Store.objects.filter(pk=stores[0].pk).update(size_class="A")
        # So far the broken turn came.
        broken = datetime(2026, 1, 20, 1, 20, tzinfo=UTC)
        for one in Board.objects.all():
            keeping.refresh(one, [stores[0].pk], broken, day, dict(own.NOBODY))

        turns.take(timezone.now(), day)

        places_of = DerivedPlace.objects.filter(count__combined=board, count__starts_on=JANUARY)
        found = dict(places_of.values_list("store", "cohort"))
        assert {found.pop(store.pk) for store in stores[:2]} == {"big"}
        assert set(found.values()) == {"other"}
        assert not BoardMark.objects.filter(due_at__lte=timezone.now()).exists()

    def test_who_goes_to_another_cohort_between_two_figures_stands_in_one(self):
        Cohort.objects.create(code="big", name="大", unit="store", size_classes=["A"])
        stores = traded([(n, 100 * n) for n in range(1, 7)])
        board = combined_of(HALVES)
        for metric in board.weights:
            one = Board.objects.create(
                length=Length.MONTH, starts_on=JANUARY, metric=metric, unit=Unit.STORE
            )
            keeping.count(one, self.COUNTS, TODAY)
            Store.objects.filter(pk=stores[0].pk).update(size_class="A")

        combining.write(board, Length.MONTH, month_of(board).boards, self.COUNTS)

        places_of = DerivedPlace.objects.filter(count__combined=board)
        assert sorted(places_of.values_list("store", flat=True)) == [each.pk for each in stores]

    def test_what_is_known_of_a_later_moment_is_not_as_of_an_earlier_one(self):
        """A slow turn comes after the next one, or after the closing that froze the boards."""
        traded([(n, 100 * n) for n in range(1, 7)])
        board = combined_of(HALVES)
        several = self.kept(board)

        earlier = self.COUNTS - timedelta(minutes=10)
        combining.write(board, Length.MONTH, several.boards, earlier, {"all"})

        assert month_of(board).count.counted_at == self.COUNTS

    def test_what_a_turn_takes_away_between_two_looks_is_not_read(self):
        stores = traded([(1, 100 * n) for n in range(1, 13)])
        several = self.kept(combined_of(HALVES))
        (me,) = several.of_units([stores[0].pk], "all", TODAY)
        rows = DerivedPlace.objects.filter(count=several.count)

        rows.filter(store=stores[0]).delete()
        near = derived.around(several.count, several.as_board, me, "all")
        assert (near.of, near.beside, near.ahead) == (12, (), None)
        rows.filter(position__gt=3).delete()
        assert derived.around(several.count, several.as_board, me, "all") == around.Around()

    def test_what_ran_when_they_were_worked_out_is_not_read_of_frozen_figures(self):
        traded([(n, 100 * n) for n in range(1, 7)])
        board = combined_of(HALVES)
        several = self.kept(board)
        assert several.count is not None

        Board.objects.update(
            counted_at=None, whole_at=None, frozen_at=timezone.now(), known_until=timezone.now()
        )

        assert month_of(board).count is None
        assert DerivedCount.objects.count() == 1


def test_the_change_is_against_the_time_before_for_which_it_stood():
    traded([(n, 0) for n in range(1, 6)])
    board = combined_of({Metric.REGISTRATIONS: 60, Metric.OWNED_SALES: 40}, JANUARY)
    listed_then = month_of(board).listed("all", TODAY)
    *others, last = [Store.objects.get(pk=place.unit_id) for place in listed_then]
    for n in range(9):
        registered(last, at=datetime(2026, 2, 5, 2, n, tzinfo=UTC))
    for store in others:
        registered(store, at=datetime(2026, 2, 6, 2, tzinfo=UTC))

    seen = combined.standing_of(month_of(board, FEBRUARY), last, TODAY)

    assert (seen.me.rank, seen.before.rank, seen.change) == (1, 5, 4)
    assert combined.standing_of(month_of(board), last, TODAY).before is None


@pytest.mark.parametrize("unit", [Unit.DEALER, Unit.STAFF, Unit.REGION])
def test_every_unit_has_them_where_its_figures_do(unit):
    for count in range(1, 7):
        clerk = MembershipFactory(role="associate")
        for n in range(count):
            moment = datetime(2026, 1, 5, 1, n, tzinfo=UTC)
            customer = registered(clerk.store, staff=clerk.user, at=moment)
            sale(customer, "10.00", date(2026, 1, 20))
    board = combined_of({Metric.REGISTRATIONS: 50, Metric.OWNED_SALES: 50}, unit=unit)

    found = month_of(board).listed("all", TODAY)

    assert [place.rank for place in found] == [1, 2, 3, 4, 5, 6]
    assert (found[0].value, found[-1].value) == (100, 0)


class TestDefining:
    @pytest.mark.parametrize(
        ("weights", "unit", "said"),
        [
            ({Metric.REGISTRATIONS: 60, Metric.CONVERSION: 30}, Unit.STORE, "add up to 90"),
            ({Metric.REGISTRATIONS: 100}, Unit.STORE, "at least two"),
            ({Metric.REGISTRATIONS: 50, Metric.DISPATCH: 50}, Unit.STAFF, "no boards of Staff"),
        ],
    )
    def test_weights_that_make_no_board_are_refused(self, weights, unit, said):
        with pytest.raises(CombinedRefused, match=said):
            combined_of(weights, unit=unit)
        assert not CombinedBoard.objects.exists()

    def test_nobody_is_ranked_by_what_nobody_knew(self):
        with pytest.raises(CombinedRefused, match="before this month"):
            combined_of(HALVES, JANUARY, at=datetime(2026, 2, 1, 2, tzinfo=UTC))
        with pytest.raises(CombinedRefused, match="before the first"):
            combined_of(HALVES, FEBRUARY, JANUARY)
        combined_of(HALVES, code="one")
        with pytest.raises(CombinedRefused, match="has this code"):
            combined_of(HALVES, code="one")

    def test_it_stands_for_times_that_begin_in_its_months(self):
        board = combined_of(HALVES, JANUARY, JANUARY)

        stood = {day for day in (date(2025, 12, 29), JANUARY, date(2026, 1, 26), FEBRUARY)
                 if board.stands_for(day)}  # fmt: skip
        assert stood == {JANUARY, date(2026, 1, 26)}
        assert [
            bool(combined.of_time([Unit.STORE], day)) for day in (date(2025, 12, 29), FEBRUARY)
        ] == [False, False]

    def test_the_database_keeps_what_it_is_made_of(self):
        board = combined_of(HALVES)

        with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
            CombinedBoard.objects.update(registrations=40, net_sales=60)
        combined.end(board, by=Actor.hq(board.set_by), at=datetime(2026, 2, 5, tzinfo=UTC))
        with pytest.raises(IntegrityError, match="ends_once"), transaction.atomic():
            CombinedBoard.objects.update(ends_on=None)
        with pytest.raises(CombinedRefused, match="end is set"):
            combined.end(board, by=Actor.hq(board.set_by), at=datetime(2026, 2, 6, tzinfo=UTC))

    @pytest.mark.parametrize(
        ("columns", "rule"),
        [
            ({"registrations": 50, "conversion": 40}, "a_whole"),
            ({"registrations": 100}, "several_figures"),
            ({"registrations": 50, "dispatch": 50, "unit": Unit.STAFF}, "of_theirs"),
        ],
    )
    def test_the_database_refuses_weights_that_make_no_board(self, columns, rule):
        row = {"code": "x", "name": "综合", "unit": Unit.STORE, "starts_on": JANUARY} | columns
        with pytest.raises(IntegrityError, match=rule), transaction.atomic():
            CombinedBoard.objects.create(
                set_at=timezone.now(), set_by=UserFactory(is_staff=True), **row
            )

    def test_one_that_has_not_begun_is_deleted_not_ended(self):
        board = combined_of(HALVES, FEBRUARY)

        with pytest.raises(CombinedRefused, match="delete it"):
            combined.end(board, by=Actor.hq(board.set_by), at=datetime(2026, 1, 5, tzinfo=UTC))
        assert combined.may_delete(board, date(2026, 1, 31))
        assert not combined.may_delete(board, FEBRUARY)

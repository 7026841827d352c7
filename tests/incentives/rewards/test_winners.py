"""Who of a board is rewarded: figures worked out by hand."""

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import pytest

from incentives.boards.ranked import Place
from incentives.rewards import lift, winners
from incentives.rewards.lift import Change
from incentives.rewards.winners import Terms

TOP = Terms(places=3, amounts=(Decimal(300), Decimal(200), Decimal(100)))


def place(unit, value, rank=None, *, cohort="all", over=None, part=None, dealer=None) -> Place:
    return Place(
        unit, dealer or unit, f"S{unit:02}", f"S{unit:02}", cohort, Decimal(value),
        None if part is None else Decimal(part), None if over is None else Decimal(over),
        rank, 0, None,
    )  # fmt: skip


def board(*values, **fields) -> list[Place]:
    """Places by value, ties sharing one."""
    return [
        place(n, value, 1 + sum(1 for other in values if other > value), **fields)
        for n, value in enumerate(values, 1)
    ]


def said(found) -> list[tuple]:
    return [(w.place_on_board.unit_id, w.rank, w.full) for w in found]


class TestTop:
    def test_the_first_three_of_five_get_their_amounts(self):
        assert said(winners.top(board(50, 40, 30, 20, 10), TOP, "store")) == [
            (1, 1, 300), (2, 2, 200), (3, 3, 100),
        ]  # fmt: skip

    def test_two_on_the_last_place_share_it(self):
        found = winners.top(board(50, 40, 30, 30, 10), TOP, "store")

        assert said(found) == [(1, 1, 300), (2, 2, 200), (3, 3, 50), (4, 3, 50)]
        assert [each.tied for each in found] == [1, 1, 2, 2]

    def test_fewer_than_five_are_nobody_to_be_first_of(self):
        assert winners.top(board(50, 40, 30, 20), TOP, "store") == []

    def test_people_of_fewer_than_five_dealers_neither(self):
        assert winners.top(board(50, 40, 30, 20, 10, dealer=7), TOP, "staff") == []

    def test_each_cohort_has_places_of_its_own(self):
        found = winners.top(
            board(5, 4, 3, 2, 1, cohort="a") + board(9, 8, 7, 6, 5, cohort="b"), TOP, "store"
        )

        assert [(w.place_on_board.cohort, w.rank) for w in found] == [
            ("a", 1), ("a", 2), ("a", 3), ("b", 1), ("b", 2), ("b", 3),
        ]  # fmt: skip


class TestImproved:
    def test_by_how_much_a_figure_rose_with_enough_events_in_both_times(self):
        before = [place(n, 100, 1, over=40) for n in (1, 2, 3)]
        before += [place(4, 10, 1, over=3), place(5, 100, 1, over=40)]
        now = [
            place(1, 150, 2, over=40), place(2, 160, 1, over=40), place(3, 90, 5, over=40),
            place(4, 140, 3, over=40), place(5, 120, 4, over=29),
        ]  # fmt: skip

        found = winners.improved(
            now, before, Terms(2, (Decimal(10), Decimal(5)), least=30), "store"
        )

        assert [(w.place_on_board.unit_id, w.rank, w.value, w.full) for w in found] == [
            (2, 1, 60, 10), (1, 2, 50, 5),
        ]  # fmt: skip


class TestReached:
    def test_everybody_who_is_at_the_figure_or_above(self):
        terms = Terms(0, (Decimal(20),), goal=Decimal(30))

        assert said(winners.reached(board(30, 29, 31), terms)) == [(1, None, 20), (3, None, 20)]

    def test_a_share_over_too_few_has_no_place_and_reaches_nothing(self):
        terms = Terms(0, (Decimal(20),), goal=Decimal("0.5"), share=True)

        assert winners.reached([place(1, "0.9", None, over=10, part=9)], terms) == []


class TestFirst:
    def test_the_first_two_to_be_there_whose_figure_still_is(self):
        at = {n: datetime(2026, 1, day, tzinfo=UTC) for n, day in ((1, 20), (2, 5), (3, 9), (4, 2))}
        terms = Terms(2, (Decimal(500), Decimal(300)), goal=Decimal(100))

        # The fourth was first, and gave so much back that it is below again.
        found = winners.first(board(400, 100, 250, 99), at, terms)

        assert said(found) == [(2, 1, 500), (3, 2, 300)]
        assert [each.at for each in found] == [at[2], at[3]]

    def test_at_the_same_instant_they_share_their_places(self):
        at = dict.fromkeys((1, 2), datetime(2026, 1, 5, tzinfo=UTC))
        terms = Terms(2, (Decimal(500), Decimal(300)), goal=Decimal(100))

        assert said(winners.first(board(400, 100), at, terms)) == [(1, 1, 400), (2, 1, 400)]


class TestLift:
    def test_of_money_by_hand(self):
        """100 to 130 is 30 points; the others, 200 to 220 and 300 to 330, grew by 10."""
        changes = {
            1: Change(Fraction(100), Fraction(130)),
            2: Change(Fraction(200), Fraction(220)),
            3: Change(Fraction(300), Fraction(330)),
        }

        found = lift.lifts(changes, share=False)

        assert found[1] == 20
        # 200 to 220 against 400 to 460, which is 15 points.
        assert found[2] == -5
        # 300 to 330 against 300 to 350: 10 - 16.666667.
        assert found[3] == Decimal("-6.666667")

    def test_of_a_share_by_hand(self):
        """30 of 100 to 45 of 100 is 15 points; the others: 60 of 200 to 66 of 220, none."""
        changes = {
            1: Change(Fraction(30), Fraction(45), Fraction(100), Fraction(100)),
            2: Change(Fraction(20), Fraction(30), Fraction(100), Fraction(120)),
            3: Change(Fraction(40), Fraction(36), Fraction(100), Fraction(100)),
        }

        assert lift.lifts(changes, share=True)[1] == 15

    def test_it_is_the_same_however_large_the_region(self):
        others = {2: Change(Fraction(200), Fraction(220)), 3: Change(Fraction(300), Fraction(330))}

        small = lift.lifts({1: Change(Fraction(10), Fraction(13)), **others}, share=False)
        large = lift.lifts({1: Change(Fraction(10_000), Fraction(13_000)), **others}, share=False)

        assert small[1] == large[1] == 20

    @pytest.mark.parametrize("regions", [1, 2])
    def test_beside_fewer_than_two_others_there_is_none(self, regions):
        changes = {n: Change(Fraction(100), Fraction(100 + n)) for n in range(regions)}

        assert lift.lifts(changes, share=False) == {}

    def test_only_regions_that_grew_more_and_to_the_goal_are_rewarded(self):
        before = [place(n, value, over=50) for n, value in ((1, 100), (2, 200), (3, 300))]
        now = [place(n, value, over=50) for n, value in ((1, 130), (2, 220), (3, 330))]
        terms = Terms(0, (Decimal(800),), goal=Decimal(20), least=30)

        found = winners.grew(now, before, terms)

        assert [(w.place_on_board.unit_id, w.value, w.full) for w in found] == [(1, 20, 800)]
        assert winners.grew(now, before, Terms(0, terms.amounts, goal=Decimal("20.1"))) == []

    def test_one_with_too_few_events_counts_neither_for_itself_nor_for_others(self):
        before = [place(n, 100, over=50) for n in (1, 2, 3)] + [place(4, 10, over=2)]
        now = [place(1, 120, over=50), place(2, 110, over=50), place(3, 110, over=50)]
        now.append(place(4, 900, over=90))

        found = winners.grew(now, before, Terms(0, (Decimal(1),), goal=Decimal(0), least=30))

        assert [(w.place_on_board.unit_id, w.value) for w in found] == [(1, 10)]

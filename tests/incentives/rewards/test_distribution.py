"""Amounts that are shared, to the last fen."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from incentives.rewards.distribution import of_places, within

AMOUNTS = [Decimal(3000), Decimal(2000), Decimal(1000)]
money = st.decimals(0, 100_000, places=2)


def amounts(*texts: str) -> list[Decimal]:
    return [Decimal(text) for text in texts]


def test_each_place_has_its_amount():
    assert of_places([1, 2, 3], AMOUNTS, 3) == amounts("3000", "2000", "1000")


def test_two_firsts_share_the_first_and_the_second_amount():
    assert of_places([1, 1, 3], AMOUNTS, 3) == amounts("2500", "2500", "1000")


def test_three_seconds_share_the_second_and_the_third_amount_and_the_fen_goes_to_the_earlier():
    assert of_places([1, 2, 2, 2], AMOUNTS, 3) == amounts("3000", "1000", "1000", "1000")
    assert of_places([1, 1, 1], amounts("100"), 1) == amounts("33.34", "33.33", "33.33")


def test_a_place_without_an_amount_has_the_badge_alone():
    assert of_places([1, 2], amounts("10"), 2) == amounts("10", "0")


def test_an_amount_beyond_the_places_is_given_to_nobody():
    assert of_places([1, 1], AMOUNTS, 1) == amounts("1500", "1500")


def test_a_currency_without_decimals_is_shared_in_whole_units():
    assert of_places([1, 1], amounts("101"), 1, 0) == amounts("51", "50")


def test_a_budget_that_is_enough_changes_nothing():
    assert within(Decimal(6000), AMOUNTS) == AMOUNTS


def test_above_the_budget_each_has_its_part_of_it():
    assert within(Decimal(3000), AMOUNTS) == amounts("1500", "1000", "500")
    assert within(Decimal(100), amounts("50", "50", "50")) == amounts("33.34", "33.33", "33.33")


@given(st.lists(money, max_size=30), money)
def test_the_budget_is_never_exceeded_and_what_is_too_much_fills_it(given_amounts, budget):
    shared = within(budget, given_amounts)

    assert sum(shared) == min(budget, sum(given_amounts))
    assert all(0 <= part <= whole for part, whole in zip(shared, given_amounts, strict=True))


@given(st.lists(st.integers(0, 5), min_size=1, max_size=12), st.lists(money, max_size=6))
def test_shared_places_give_no_more_than_the_places_have(scores, given_amounts):
    ranks = [1 + sum(1 for other in scores if other > score) for score in scores]

    shared = of_places(ranks, given_amounts, len(given_amounts))

    assert sum(shared) == sum(given_amounts[: len(ranks)])
    equal = {rank: [s for r, s in zip(ranks, shared, strict=True) if r == rank] for rank in ranks}
    assert all(max(each) - min(each) <= Decimal("0.01") for each in equal.values())

"""Which store comes first: the pure order."""

from copy import replace
from decimal import Decimal
from itertools import permutations

import pytest

from customers.dispatch.candidates import (
    Site,
    conversion_band,
    distance_band,
    metres_between,
    ordered,
)
from customers.models import WhyNot

PLAIN = Site(
    store=1, dealer=1, opened=True, takes_leads=True, metres=1000, received=0, weight=1,
    in_hand=0, capacity=20, converted=0, mature=0,
)  # fmt: skip


def places(*sites, asked=()):
    return {each.site.store: each.place or each.why_not for each in ordered(sites, asked)}


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"metres": 3000}, {"metres": 3001}),  # another band
        ({"received": 1, "weight": 2}, {"received": 1}),  # fewer for its share
        ({"metres": 3000, "received": 9}, {"metres": 3001}),  # the band goes before the share
        ({"mature": 30, "converted": 9}, {"mature": 30, "converted": 8}),  # 30 % against less
        ({"received": 1, "weight": 3}, {"mature": 30, "converted": 30, "received": 1, "weight": 2}),
        ({"metres": 30_001}, {"metres": None, "received": 1}),
        ({}, {}),  # the lower id
    ],
)
def test_one_store_goes_before_another(better, worse):
    first, second = replace(PLAIN, **better), replace(PLAIN, store=2, **worse)
    assert places(first, second) == places(second, first) == {1: 1, 2: 2}


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"opened": False}, WhyNot.CLOSED),
        ({"takes_leads": False}, WhyNot.TAKES_NONE),
        ({"sells": False}, WhyNot.NOT_SOLD),
        ({"certified": False}, WhyNot.UNCERTIFIED),
        ({"in_hand": 20}, WhyNot.FULL),
    ],
)
def test_some_stores_are_no_candidates(changed, why):
    assert places(replace(PLAIN, **changed), replace(PLAIN, store=2)) == {1: why, 2: 1}


def test_who_was_asked_is_not_asked_again():
    assert places(PLAIN, replace(PLAIN, store=2), asked={1}) == {1: WhyNot.ASKED, 2: 1}


def test_the_order_of_arrival_does_not_matter():
    sites = [
        replace(PLAIN, store=n, metres=m, received=r)
        for n, m, r in ((1, 500, 3), (2, 9000, 0), (3, 500, 2), (4, None, 0))
    ]
    assert {tuple(places(*each).items()) for each in permutations(sites)} == {
        ((3, 1), (1, 2), (2, 3), (4, 4))
    }


def test_bands_begin_behind_their_limits():
    assert [distance_band(m) for m in (0, 3000, 3001, 10_000, 10_001, 30_000, 30_001, None)] == [
        0, 0, 1, 1, 2, 2, 3, 3,
    ]  # fmt: skip
    assert conversion_band(0, 29) == 1  # too few to tell: the middle
    assert [conversion_band(n, 100) for n in (30, 29, 15, 14)] == [0, 1, 1, 2]


def test_distances_are_those_of_the_globe():
    shanghai, hangzhou = ("31.23040", "121.47370"), ("30.27410", "120.15510")
    metres = metres_between(tuple(map(Decimal, shanghai)), tuple(map(Decimal, hangzhou)))
    assert 163_000 < metres < 166_000
    assert metres_between((Decimal(0), Decimal("179.99999")), (Decimal(0), Decimal(-180))) < 5
    assert metres_between((None, None), (Decimal(0), Decimal(0))) is None

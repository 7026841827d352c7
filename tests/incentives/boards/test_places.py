"""Places, bounds, bands and percentiles against what the rules say, worked out the slow way."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incentives.boards import around, kinds, metrics, places
from incentives.boards.ranked import Place
from incentives.models import Board, Length, Metric, Unit
from tests.factories.dealers import DealerFactory, StoreFactory
from tests.incentives.boards import reference

JANUARY = date(2026, 1, 1)
STORES = 9
WHOLES = st.sampled_from([0, 1, 29, 30, 31, 45, 300, 90_000])
RATES = st.lists(
    st.tuples(WHOLES, st.integers(0, 100)).map(lambda x: (x[0] * x[1] // 100, x[0])),
    max_size=STORES,
)
AMOUNTS = st.lists(st.integers(-3, 5).map(lambda x: (x * 100, 1)), max_size=STORES)


@pytest.fixture
def stores(db):
    dealer = DealerFactory()
    return [StoreFactory(dealer=dealer, code=f"S{n}") for n in range(STORES)]


def of_statement(metric: Metric, figures: list[tuple[int, int]], stores) -> list[Place]:
    """The places that the board's own statement gives to figures of our choice."""
    board = Board(metric=metric, unit=Unit.STORE, starts_on=JANUARY, length=Length.MONTH)
    query, params = places.ranked(board)
    counted = metrics.FIGURES[metric].sql(Unit.STORE)
    assert counted in query
    rows = "".join(
        f" UNION ALL SELECT {store.pk}, {part / max(whole, 1)}::numeric, {part}::numeric,"
        f" {whole}::numeric"
        if metrics.FIGURES[metric].by_bound
        else f" UNION ALL SELECT {store.pk}, {part}::numeric, NULL::numeric, {whole}::numeric"
        for store, (part, whole) in zip(stores, figures, strict=False)
    )
    none = (
        "SELECT NULL::bigint AS unit_id, NULL::numeric AS value, NULL::numeric AS numerator,"
        " NULL::numeric AS denominator WHERE false"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            query.replace(counted, none + rows) + places._READ, params | {"known_until": "infinity"}
        )
        return [Place(*row) for row in cursor.fetchall()]


LIKE_REFERENCE = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@LIKE_REFERENCE
@given(figures=RATES)
def test_rates_stand_where_the_rules_put_them(stores, figures):
    found = of_statement(Metric.CONVERSION, figures, stores)

    named = {f"S{n}": figure for n, figure in enumerate(figures)}
    expected = reference.ranked(named, rate=True)
    assert {p.code for p in found} == set(named)
    for place in found:
        rank, of, percentile = expected[place.code]
        assert (place.rank, place.of) == (rank, of)
        assert (place.percentile is None) == (percentile is None)
        if percentile is not None:
            assert abs(place.percentile - percentile) <= Decimal("0.005")


@LIKE_REFERENCE
@given(figures=AMOUNTS)
def test_amounts_stand_where_the_rules_put_them(stores, figures):
    found = of_statement(Metric.NET_SALES, figures, stores)

    expected = reference.ranked({f"S{n}": it for n, it in enumerate(figures)}, rate=False)
    assert [(p.code, p.rank, p.of) for p in found] == sorted(
        ((code, rank, of) for code, (rank, of, _percentile) in expected.items()),
        key=lambda each: (each[1], each[0]),
    )


def place(code: str, part: int, whole: int) -> Place:
    value = Decimal(part) / whole if whole else Decimal(0)
    rank = 1 if whole >= reference.SAMPLE else None
    return Place(
        int(code[1:]), 1, code, code, "all", value, Decimal(part), Decimal(whole), rank, 0, None
    )


@given(RATES)
@settings(deadline=None)
def test_a_band_ends_where_intervals_no_longer_overlap(figures):
    named = {f"S{n}": figure for n, figure in enumerate(figures)}
    ranked = [place(code, *it) for code, it in named.items() if it[1] >= reference.SAMPLE]

    for me in ranked:
        assert around.band(me, ranked) == reference.band(me.code, named)


def test_close_rates_share_a_band_and_far_ones_do_not():
    close = [place("S1", 29, 158), place("S2", 30, 157), place("S3", 28, 158)]
    far = place("S4", 150, 158)

    assert around.band(close[0], [*close, far]) == (2, 4)
    assert around.band(far, [*close, far]) == (1, 1)


@given(RATES)
@settings(deadline=None)
def test_ranked_again_places_are_those_of_the_rules(figures):
    named = {f"S{n}": figure for n, figure in enumerate(figures) if figure[1] >= 30}

    found = kinds.newcomers([place(code, *it) for code, it in named.items()], by_bound=True)

    # Six decimals of the bound, as pages show it, tell these figures apart as twelve do.
    expected = reference.ranked(named, rate=True)
    assert {p.code: (p.rank, p.of) for p in found} == {
        code: (rank, of) for code, (rank, of, _percentile) in expected.items()
    }


def test_who_improved_is_ranked_by_how_much_and_who_fell_is_not_there():
    before = [place("S1", 10, 100), place("S2", 50, 100), place("S3", 1, 2), place("S4", 20, 100)]
    now = [place("S1", 30, 100), place("S2", 49, 100), place("S3", 90, 100), place("S4", 40, 100),
           place("S5", 99, 100)]  # fmt: skip

    found = kinds.improved(now, before)

    assert [(p.code, p.value, p.rank) for p in found] == [
        ("S1", Decimal("0.2"), 1), ("S4", Decimal("0.2"), 1)
    ]  # fmt: skip

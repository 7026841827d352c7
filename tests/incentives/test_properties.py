"""What holds for any month: the order of arrival, full returns, splits."""

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incentives.models import Line, Result
from incentives.rounding import half_up, split
from tests.factories.customers import RulebookFactory
from tests.factories.dealers import StoreFactory
from tests.factories.incentives import (
    FEBRUARY,
    JANUARY,
    MARCH,
    close_period,
    give_back,
    just_after,
    owned_customer,
    percent,
    published,
    sale,
    tiers,
)

cents = st.integers(min_value=1, max_value=40_000_000).map(lambda n: Decimal(n).scaleb(-2))


@given(
    whole=cents,
    weights=st.lists(st.integers(min_value=0, max_value=1000), min_size=1).filter(any),
)
def test_parts_equal_the_whole_and_no_part_is_off_by_a_cent(whole, weights):
    shares = [Fraction(weight, sum(weights)) for weight in weights]

    parts = split(whole, shares)

    assert sum(parts) == whole
    assert all(
        abs(Fraction(p) - Fraction(whole) * s) < Fraction(1, 100)
        for p, s in zip(parts, shares, strict=True)
    )


def test_a_hundred_in_three():
    third = Fraction(1, 3)
    assert [str(part) for part in split(Decimal("100.00"), [third] * 3)] == [
        "33.34",
        "33.33",
        "33.33",
    ]


@pytest.mark.parametrize(
    ("exact", "rounded"),
    [("0.005", "0.01"), ("0.0049", "0.00"), ("-0.005", "-0.01"), ("2.675", "2.68")],
)
def test_halves_go_up(exact, rounded):
    assert half_up(Decimal(exact)) == half_up(Fraction(exact)) == Decimal(rounded)


@pytest.fixture
def customer(db):
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    return owned_customer(StoreFactory())


class _Undo(Exception):
    """Ends an example without leaving anything."""


examples = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@examples
@given(
    net=cents,
    parts=st.lists(st.integers(min_value=1, max_value=9), min_size=1, max_size=4),
    months=st.lists(st.sampled_from([1, 2, 3]), min_size=4, max_size=4).map(sorted),
    terms=st.tuples(
        st.sampled_from(["0.03", "0.015", "0.333333", "1"]),
        st.sampled_from([None, Decimal("7.77")]),
    ),
)
def test_a_sale_returned_in_full_comes_to_nothing(customer, net, parts, months, terms):
    rate, cap = terms
    try:
        with transaction.atomic():
            published(
                percent(rate, places=["own"], period_cap=cap),
                tiers("tiers_marginal", code="marginal", period_cap=cap),
                tiers("tiers_whole", code="original", clawback="original_rate"),
            )
            sold = sale(customer, net, date(2026, 1, 5))
            shares = [Fraction(part, sum(parts)) for part in parts]
            for n, (part, month) in enumerate(zip(split(net, shares), months, strict=False)):
                if part:
                    give_back(sold, part, date(2026, month, 10 + n))
            for month in (JANUARY, FEBRUARY, MARCH):
                close_period(month)

            totals: dict[str, Decimal] = {}
            for result in Result.objects.select_related("component"):
                code = result.component.code
                totals[code] = totals.get(code, Decimal(0)) + result.amount
            assert totals == dict.fromkeys(("cross", "marginal", "original"), Decimal(0))
            raise _Undo
    except _Undo:
        pass


@examples
@given(
    facts=st.lists(
        st.tuples(cents, st.sampled_from([1, 2]), st.sampled_from([None, 1, 2, 3])),
        min_size=1,
        max_size=6,
    ),
    late=st.lists(st.booleans(), min_size=12, max_size=12),
    kind=st.sampled_from(["tiers_marginal", "tiers_whole"]),
    clawback=st.sampled_from(["recompute", "original_rate"]),
)
def test_when_a_fact_became_known_does_not_change_what_is_paid_in_the_end(
    customer, facts, late, kind, clawback
):
    """Sales in two months with or without a return, each known in time or a month late."""
    in_time, delayed = [], []
    for outcome, delays in ((in_time, [False] * 12), (delayed, late)):
        try:
            with transaction.atomic():
                published(
                    tiers(kind, clawback=clawback), percent("0.07", code="each", places=["own"])
                )
                _live_through(customer, facts, delays)
                outcome.append(
                    {
                        code: sum(
                            Result.objects.filter(component__code=code).values_list(
                                "amount", flat=True
                            )
                        )
                        for code in ("own", "each")
                    }
                )
                outcome.append(Line.objects.count())
                raise _Undo
        except _Undo:
            pass

    assert delayed == in_time


def _live_through(customer, facts, delays) -> None:
    """Record each fact in its month or after that month is closed; then close four months."""
    sales: dict[int, object] = {}
    steps = []
    for n, (net, month, returned) in enumerate(facts):
        sale_known = month + delays[2 * n]
        steps.append((sale_known, month, n, "sale", net))
        if returned and returned >= month:
            back_known = max(returned + delays[2 * n + 1], sale_known)
            steps.append((back_known, returned, n, "return", net / 2))
    run = None
    for closing_month in (1, 2, 3, 4):
        recorded = run and just_after(run)
        for known, month, n, what, net in steps:
            if known != closing_month:
                continue
            day = date(2026, month, 10 + n)
            at = recorded if month < closing_month else None
            if what == "sale":
                sales[n] = sale(customer, net, day, recorded_at=at)
            else:
                amount = net.quantize(Decimal("0.01"))
                give_back(sales[n], amount, day, recorded_at=at, hour=13)
        run = close_period(date(2026, closing_month, 1))

"""Random months of random components against what plain Python makes of the same facts."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from incentives.models import SHARES, Kind, Result
from incentives.verification import checks
from tests.factories.customers import RulebookFactory
from tests.factories.dealers import StoreFactory
from tests.factories.incentives import (
    JANUARY,
    close_period,
    give_back,
    just_after,
    owned_customer,
    percent,
    published,
    sale,
)

LATER = "0.05"  # from day 31 of a protection on, which begins with January
THRESHOLD = 100  # of a month, from which on there is a bonus
FIRST, LAST = 1, 4  # months that are closed; sales are made in the first two


@dataclass(frozen=True)
class Terms:
    """A component as the reference knows it."""

    kind: str
    rate: str
    cap: str | None
    by_share: bool
    to: str
    clawback: str

    def as_component(self, code: str) -> dict:
        base = {Kind.FLAT: "count", Kind.PER_UNIT: "units"}.get(Kind(self.kind), "net")
        rows = [(0, self.rate)]
        if self.kind == Kind.DECAY:
            rows.append((31, LATER))
        elif self.kind == Kind.THRESHOLD_BONUS:
            rows = [(0, "0"), (THRESHOLD, self.rate)]
        return percent(
            rows=rows, code=code, kind=self.kind, base=base, places=[], to=self.to,
            by_share=self.by_share and not self.tiered, period_cap=self.cap and Decimal(self.cap),
            clawback=self.clawback if self.tiered else "original_rate",
        )  # fmt: skip

    @property
    def tiered(self) -> bool:
        return self.kind in (Kind.TIERS_MARGINAL, Kind.THRESHOLD_BONUS)

    def pays(self, fact: "Fact", *, seller: bool) -> bool:
        """Whether the dealer in question is the one that this fact is paid to."""
        if not seller:
            return self.to == "owner" or not fact.elsewhere
        return self.to == "seller" and fact.elsewhere and not (self.split and fact.share == 1)

    @property
    def split(self) -> bool:
        return self.by_share and not self.tiered


@dataclass(frozen=True)
class Fact:
    """A sale, and how much of its goods and money came back in which month."""

    net: Decimal
    quantity: int
    month: int
    elsewhere: bool
    share: Decimal
    back: tuple[tuple[int, int, Decimal], ...]  # month, quantity, net
    late: bool


def half_up(value: Fraction) -> Decimal:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return exact.quantize(Decimal("0.01"), ROUND_HALF_UP)


def worth(terms: Terms, fact: Fact) -> Decimal:
    """What a sale brings before the cap."""
    base = {Kind.FLAT: 1, Kind.PER_UNIT: fact.quantity}.get(Kind(terms.kind), fact.net)
    later = terms.kind == Kind.DECAY and fact.month > FIRST
    whole = Decimal(base) * Decimal(LATER if later else terms.rate)
    if not terms.split:
        return half_up(Fraction(whole))
    owner, rest = whole * fact.share, whole * (1 - fact.share)
    cents = [part.quantize(Decimal("0.01"), ROUND_FLOOR) for part in (owner, rest)]
    over = half_up(Fraction(whole)) - sum(cents)  # two cents where both parts lost most of one
    first = 0 if owner - cents[0] >= rest - cents[1] else 1
    for part in [first, 1 - first][: int(over * 100)]:
        cents[part] += Decimal("0.01")
    return cents[0 if terms.to == "owner" else 1]


def left(terms: Terms, fact: Fact) -> Decimal:
    """What a sale brings once all its returns are in."""
    paid = worth(terms, fact)
    units = sum(quantity for _m, quantity, _n in fact.back)
    if terms.kind == Kind.PER_UNIT:
        gone = Fraction(units, fact.quantity)
    else:
        # Money alone leaves a fee for the event as it is, until all goods are back.
        alone = terms.kind == Kind.FLAT and units < fact.quantity
        counted = [net for _m, quantity, net in fact.back if quantity or not alone]
        gone = Fraction(sum(counted, Decimal(0))) / Fraction(fact.net)
    return paid - half_up(Fraction(paid) * gone)


def reference(terms: Terms, facts: list[Fact], *, seller: bool) -> Decimal:
    """What a dealer has been paid in the end."""
    months: dict[int, list[Fact]] = defaultdict(list)
    for fact in facts:
        if terms.pays(fact, seller=seller):
            months[fact.month].append(fact)
    total = Decimal(0)
    for sold in months.values():
        if terms.tiered:
            total += of_a_tiered_month(terms, sold)
            continue
        amount = sum((left(terms, fact) for fact in sold), Decimal(0))
        total += amount if terms.cap is None else min(Decimal(terms.cap), amount)
    return total


def of_a_tiered_month(terms: Terms, sold: list[Fact]) -> Decimal:
    net = sum((fact.net for fact in sold), Decimal(0))
    back = sum((n for fact in sold for *_r, n in fact.back), Decimal(0))
    measured = net - back if terms.clawback == "recompute" else net
    if terms.kind == Kind.THRESHOLD_BONUS:
        full = Decimal(terms.rate) if measured >= THRESHOLD else Decimal(0)
    else:
        full = half_up(Fraction(measured) * Fraction(terms.rate))
    full = full if terms.cap is None else min(Decimal(terms.cap), full)
    if terms.clawback == "recompute":
        return full
    return full - half_up(Fraction(full) * Fraction(back) / Fraction(net))


@st.composite
def all_terms(draw) -> Terms:
    kind = draw(st.sampled_from([kind for kind in Kind if kind != Kind.TIERS_WHOLE]))
    rates = ["0.1", "0.333333", "0.07"] if kind in SHARES else ["3.33"]
    return Terms(
        kind=kind,
        rate=draw(st.sampled_from(rates)),
        cap=draw(st.sampled_from([None, "7.77", "20.00"])),
        by_share=draw(st.booleans()),
        to=draw(st.sampled_from(["owner"] if kind == Kind.DECAY else ["owner", "seller"])),
        clawback=draw(st.sampled_from(["recompute", "original_rate"])),
    )


@st.composite
def all_facts(draw) -> Fact:
    quantity = draw(st.integers(min_value=1, max_value=4))
    cents = draw(st.integers(min_value=quantity, max_value=20_000))
    month = draw(st.sampled_from([1, 2]))
    back, goods, money = [], quantity, cents
    for _n in range(draw(st.integers(min_value=0, max_value=2))):
        units = draw(st.integers(min_value=0, max_value=goods))
        amount = draw(st.integers(min_value=0, max_value=money))
        if units or amount:
            back.append((draw(st.integers(min_value=month, max_value=LAST)), units, amount))
        goods, money = goods - units, money - amount
    elsewhere = draw(st.booleans())
    return Fact(
        net=Decimal(cents).scaleb(-2),
        quantity=quantity,
        month=month,
        elsewhere=elsewhere,
        share=Decimal(draw(st.sampled_from(["0", "0.3", "1"]))) if elsewhere else Decimal(1),
        back=tuple((m, units, Decimal(amount).scaleb(-2)) for m, units, amount in sorted(back)),
        late=draw(st.booleans()),
    )


class _Undo(Exception):
    """Ends an example without leaving anything."""


@pytest.fixture
def customer(db):
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    return owned_customer(StoreFactory())


@pytest.fixture
def seller(db):
    return StoreFactory()


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@example(  # 30 and 70 % of 0.1253 are 0.03759 and 0.08771: of 0.13, each part gets a cent more
    both=(
        Terms(Kind.PERCENT, "0.07", None, True, "owner", "recompute"),
        Terms(Kind.PERCENT, "0.07", None, True, "seller", "recompute"),
    ),
    facts=[Fact(Decimal("1.79"), 1, 1, True, Decimal("0.3"), (), False)],
    direction="brand_pays",
)
@given(
    both=st.tuples(all_terms(), all_terms()),
    facts=st.lists(all_facts(), min_size=1, max_size=5),
    direction=st.sampled_from(["brand_pays", "dealer_pays"]),
)
def test_what_is_paid_in_the_end_is_what_plain_python_says(
    customer, seller, both, facts, direction
):
    sign = 1 if direction == "brand_pays" else -1
    try:
        with transaction.atomic():
            named = {f"c{n}": terms for n, terms in enumerate(both)}
            components = [terms.as_component(code) for code, terms in named.items()]
            published(*components, direction=direction)
            live_through(customer, seller, facts)

            paid: dict[tuple[str, int], Decimal] = defaultdict(Decimal)
            for result in Result.objects.select_related("component"):
                paid[result.component.code, result.dealer_id] += result.amount
            for code, terms in named.items():
                for store in (customer.store, seller):
                    expected = reference(terms, facts, seller=store == seller)
                    assert paid[code, store.dealer_id] == sign * expected, (code, terms)
            assert [name for name, holds, _why in checks() if not holds] == []
            raise _Undo
    except _Undo:
        pass


def live_through(customer, seller, facts: list[Fact]) -> None:
    """Record each fact in its month, late ones after it is closed; then close the months."""
    sales: dict[int, object] = {}
    run = None
    for closing in range(FIRST, LAST + 1):
        recorded = run and just_after(run)
        for n, fact in enumerate(facts):
            known = fact.month + fact.late
            if known == closing:
                sales[n] = sale(
                    customer, fact.net, date(2026, fact.month, 10 + n), quantity=fact.quantity,
                    share=str(fact.share), sold_by="other" if fact.elsewhere else "own",
                    at=seller if fact.elsewhere else None,
                    recorded_at=recorded if fact.late else None,
                )  # fmt: skip
            for place, (month, quantity, net) in enumerate(fact.back):
                if max(month, known) == closing:
                    give_back(
                        sales[n], net, date(2026, month, 20 + n), quantity=quantity,
                        hour=12 + place, recorded_at=recorded if month < closing else None,
                    )  # fmt: skip
        run = close_period(JANUARY.replace(month=closing))

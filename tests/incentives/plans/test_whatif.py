"""Closed months by a draft: what the books have comes out again, and what a draft changes."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import transaction
from django.db.models import Sum
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dealers.actor import Actor
from dealers.triggers import lifted
from incentives.engine.replay import Replay as Engine
from incentives.models import FIRST_ENGINE, Journal, Line, Replay, ReplayedAmount, Result, Run
from incentives.plans import simulations, versions, whatif
from incentives.plans.findings import findings
from incentives.plans.whatif import booked, compared
from tests.factories.certificates import certified
from tests.factories.customers import RulebookFactory
from tests.factories.dealers import MembershipFactory, StoreFactory, UserFactory
from tests.factories.incentives import (
    FEBRUARY,
    JANUARY,
    MARCH,
    close_period,
    drafted,
    give_back,
    just_after,
    owned_customer,
    per_registration,
    percent,
    published,
    sale,
    simulated,
    tiers,
)

pytestmark = pytest.mark.django_db
APRIL = date(2026, 4, 1)
IN_MARCH = datetime(2026, 3, 15, tzinfo=UTC)
cents = st.integers(min_value=1, max_value=40_000_000).map(lambda n: Decimal(n).scaleb(-2))
examples = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def customer(db):
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    return owned_customer(StoreFactory())


@pytest.fixture
def other(customer):
    """A customer of another dealer."""
    return owned_customer(StoreFactory(), at=datetime(2026, 1, 1, 2, tzinfo=UTC))


class _Undo(Exception):
    """Ends an example without leaving anything."""


def replayed(version, months, dealer=None):
    """What a version gives in closed months, by dealer, month and code."""
    runs = list(Run.objects.filter(month__in=months))
    engine = Engine(version, runs, dealer_id=dealer)
    with engine.computed() as chain:
        sums = engine.sums(chain)
    found = compared({}, sums, engine.stored)
    return {key: after for key, (_before, after) in found.items()}


def in_the_books(version, months):
    runs = Run.objects.filter(month__in=months)
    return {key: amount for key, amount in booked(version, runs).items() if amount}


@examples
@given(
    facts=st.lists(
        st.tuples(cents, st.sampled_from([1, 2, 3]), st.sampled_from([None, 1, 2, 3])),
        min_size=1,
        max_size=5,
    ),
    late=st.lists(st.booleans(), min_size=10, max_size=10),
    cap=st.sampled_from([None, Decimal("77.70")]),
    clawback=st.sampled_from(["recompute", "original_rate"]),
)
def test_replayed_by_its_own_terms_a_plan_gives_what_was_booked(
    customer, facts, late, cap, clawback
):
    """Sales of three months, what came back of them, in time or a month late, and a cap."""
    try:
        with transaction.atomic():
            terms = (
                tiers("tiers_whole", code="whole", clawback=clawback, period_cap=cap),
                percent("0.07", code="each", places=["own"], period_cap=cap),
                per_registration(code="fee"),
            )
            version = published(*terms)
            waiting = []
            for n, (net, month, back) in enumerate(facts):
                waiting.append((month, late[2 * n], "sale", n, net))
                if back and back >= month:
                    waiting.append((back, late[2 * n + 1], "return", n, net / 2))
            sold = {}
            run = None
            for month in (1, 2, 3):
                recorded = None if run is None else just_after(run)
                for of, is_late, what, n, net in sorted(
                    waiting, key=lambda it: it[2], reverse=True
                ):
                    # What is late is recorded once its month is closed.
                    if of + is_late != month:
                        continue
                    if what == "sale":
                        sold[n] = sale(
                            customer, net, date(2026, of, 5 + n),
                            recorded_at=recorded if is_late else None,
                        )  # fmt: skip
                    elif n in sold:
                        give_back(
                            sold[n], round(net, 2), date(2026, of, 20 + n),
                            recorded_at=recorded if is_late else None,
                        )  # fmt: skip
                run = close_period(date(2026, month, 1))
            same = drafted(*terms, starts_on=APRIL)
            dealer = customer.store.dealer_id
            # What was sold before the first of the months stays with the version of then.
            for months in ([JANUARY, FEBRUARY, MARCH], [FEBRUARY, MARCH], [MARCH]):
                assert replayed(same, months) == in_the_books(version, months)
                assert replayed(same, months, dealer) == in_the_books(version, months)
            raise _Undo
    except _Undo:
        pass


def test_a_month_is_replayed_by_the_form_of_the_engine_that_closed_it(customer):
    """The fourth form rounded each part of what comes back of a shared sale by itself."""
    terms = (
        percent("1", code="owners", by_share=True),
        percent("1", code="sellers", by_share=True, to="seller"),
    )
    published(*terms)
    day = date(2026, 1, 10)
    sold = sale(customer, "100.00", day, sold_by="other", at=StoreFactory(), share="0.3333")
    runs = [close_period(JANUARY)]
    for month in (2, 3):
        give_back(sold, "50.00", date(2026, month, 10))
        runs.append(close_period(date(2026, month, 1)))
    same = drafted(*terms, starts_on=APRIL)

    def taken(*engines):
        for run, form in zip(runs, engines, strict=True):
            run.engine = form
        engine = Engine(same, runs)
        with engine.computed() as chain:
            sums = [each for each in engine.sums(chain) if each.month > JANUARY]
        return {(each.month.month, -each.amount) for each in sums}

    shared, by_itself = (Decimal("16.67"), Decimal("33.33")), (Decimal("16.67"), Decimal("33.34"))
    rest = {(3, Decimal("16.66")), (3, Decimal("33.34"))}
    assert taken(5, 5, 5) == {(2, each) for each in shared} | rest
    # What the month after it takes is what is left of the sale then.
    rest = {(3, Decimal("16.66")), (3, Decimal("33.33"))}
    assert taken(4, 4, 5) == {(2, each) for each in by_itself} | rest


@pytest.fixture
def closed(customer, other):
    """Two closed months: sales of two dealers, one of which came back in the second."""
    published(percent("0.02", places=["own"], code="sold"))
    sold = sale(customer, "1000.00", date(2026, 1, 10))
    sale(other, "500.00", date(2026, 1, 11))
    close_period(JANUARY)
    give_back(sold, "400.00", date(2026, 2, 3))
    sale(other, "2000.00", date(2026, 2, 4))
    return close_period(FEBRUARY)


def amounts(replay):
    rows = ReplayedAmount.objects.filter(replay=replay).order_by("dealer", "month")
    return [(row.dealer_id, row.month, row.code, row.before, row.after) for row in rows]


def test_a_draft_is_replayed_and_nothing_is_booked(closed, customer, other):
    booked_before = (Result.objects.count(), Line.objects.count(), Journal.objects.count())
    draft = drafted(tiers(rows=((0, "0.01"), (1000, "0.05")), code="sold"), starts_on=APRIL)

    replay = simulated(draft, IN_MARCH, JANUARY, FEBRUARY)

    one, two = customer.store.dealer_id, other.store.dealer_id
    # 1,000.00 at 1 %, then 600.00 of it are left: 4.00 come back; 2,000.00 are 10.00 and 50.00.
    assert amounts(replay) == [
        (one, JANUARY, "sold", Decimal("20.00"), Decimal("10.00")),
        (one, FEBRUARY, "sold", Decimal("-8.00"), Decimal("-4.00")),
        (two, JANUARY, "sold", Decimal("10.00"), Decimal("5.00")),
        (two, FEBRUARY, "sold", Decimal("40.00"), Decimal("60.00")),
    ]
    assert (replay.before, replay.after) == (Decimal("62.00"), Decimal("71.00"))
    assert [replay.found[key] for key in ("better", "same", "worse")] == [1, 0, 1]
    assert replay.found["months"] == [
        ["2026-01-01", "30.00", "15.00"], ["2026-02-01", "32.00", "56.00"],
    ]  # fmt: skip
    assert (Result.objects.count(), Line.objects.count(), Journal.objects.count()) == booked_before


def test_months_of_the_first_form_of_the_engine_are_named(closed):
    replay = simulated(
        drafted(percent("0.02", places=["own"], code="sold"), starts_on=APRIL),
        IN_MARCH, JANUARY, FEBRUARY,
    )  # fmt: skip
    assert findings(replay, "CNY").warnings == []

    with lifted(Run):
        Run.objects.filter(month=JANUARY).update(engine=FIRST_ENGINE)

    with translation.override("en"):
        assert findings(replay, "CNY").warnings == [
            "1 of these months was closed by the first form of the engine, in which a cap that was"
            " used stayed used: what came back under a cap may differ for that alone."
        ]


def test_a_month_alone_leaves_what_was_sold_before_to_the_terms_of_then(closed, customer, other):
    draft = drafted(percent("0.10", places=["own"], code="sold"), starts_on=APRIL)

    replay = simulated(draft, IN_MARCH, FEBRUARY)

    # What came back was sold in January, at 2 %.
    assert amounts(replay) == [
        (customer.store.dealer_id, FEBRUARY, "sold", Decimal("-8.00"), Decimal("-8.00")),
        (other.store.dealer_id, FEBRUARY, "sold", Decimal("40.00"), Decimal("200.00")),
    ]
    assert [replay.found[key] for key in ("better", "same", "worse")] == [1, 1, 0]


def test_a_plan_without_a_version_in_force_had_nothing(closed, customer):
    draft = drafted(percent("0.10", places=["own"]), starts_on=APRIL, code="new")

    replay = simulated(draft, IN_MARCH, JANUARY, FEBRUARY)

    assert (replay.before, replay.after) == (Decimal(0), Decimal("310.00"))
    # The same sales are paid for by the other plan as well.
    plan = Run.objects.first().results.first().component.version.plan
    assert replay.found["stacked"] == [[plan.pk, 2, 3, "70.00"]]


def test_a_second_fee_on_the_same_sales_is_named(customer):
    published(percent("0.02", places=["own"], code="fee"), direction="dealer_pays")
    sale(customer, "1000.00", date(2026, 1, 10))
    close_period(JANUARY)
    draft = drafted(
        percent("0.10", places=["own"]), starts_on=APRIL, code="new", direction="dealer_pays"
    )

    replay = simulated(draft, IN_MARCH, JANUARY)

    plan = Run.objects.get().results.get().component.version.plan
    assert replay.found["stacked"] == [[plan.pk, 1, 1, "-20.00"]]


def test_who_ends_just_below_a_jump_is_counted(closed):
    draft = drafted(tiers("tiers_whole", ((0, "0.01"), (1050, "0.05"))), starts_on=APRIL)

    assert simulated(draft, IN_MARCH, JANUARY).found["near"] == [["own", "1050", 1]]


def test_what_comes_back_of_an_earlier_month_brings_nobody_below_a_jump(customer):
    published(percent("0.02", places=["own"], code="sold"))
    sold = sale(customer, "3000.00", date(2026, 1, 10))
    close_period(JANUARY)
    give_back(sold, "400.00", date(2026, 2, 3))
    sale(customer, "1400.00", date(2026, 2, 4))
    close_period(FEBRUARY)
    draft = drafted(tiers("tiers_whole", ((0, "0.01"), (1050, "0.05"))), starts_on=APRIL)

    assert simulated(draft, IN_MARCH, JANUARY, FEBRUARY).found["near"] == []


def test_the_lines_of_a_dealer_add_up_to_its_amounts(closed, customer):
    draft = drafted(percent("0.05", places=["own"], code="sold"), starts_on=APRIL)
    replay = simulated(draft, IN_MARCH, JANUARY, FEBRUARY)

    lines = whatif.lines_of(replay, customer.store.dealer)

    assert [(line.month, line.base, line.before, line.after) for line in lines] == [
        (JANUARY, Decimal("1000.00"), Decimal("20.00"), Decimal("50.00")),
        (FEBRUARY, Decimal("-400.00"), Decimal("-8.00"), Decimal("-20.00")),
    ]
    totals = replay.amounts.filter(dealer=customer.store.dealer)
    assert sum(line.after for line in lines) == totals.aggregate(it=Sum("after"))["it"]


def test_a_registration_that_the_draft_leaves_out_keeps_its_moment(customer):
    published(per_registration("15.00"), percent("0.02", places=["own"], code="sold"))
    close_period(JANUARY)
    draft = drafted(percent("0.05", places=["own"], code="sold"), starts_on=APRIL)
    replay = simulated(draft, IN_MARCH, JANUARY)

    (line,) = whatif.lines_of(replay, customer.store.dealer)

    assert (line.at, line.before, line.after) == (customer.received_at, Decimal("15.00"), None)


def test_a_draft_that_changes_loses_its_simulation(closed):
    draft = drafted(percent("0.05", places=["own"]), starts_on=APRIL)
    replay = simulated(draft, IN_MARCH, JANUARY, FEBRUARY)
    component = draft.components.get()

    component.rows.update(rate="0.06")

    draft.refresh_from_db()
    assert (draft.tested_at, draft.tested_by, simulations.of(draft)) == (None, None, None)
    assert whatif.lines_of(replay, StoreFactory().dealer) == []


def test_what_changed_while_it_waited_is_not_computed(closed):
    draft = drafted(percent("0.05", places=["own"]), starts_on=APRIL)
    versions.simulate(draft, [JANUARY], by=Actor.hq(UserFactory()), at=IN_MARCH)
    asked = Replay.objects.get()
    draft.components.get().rows.update(rate="0.06")

    whatif.compute(asked.pk, IN_MARCH)

    asked.refresh_from_db()
    assert asked.finished_at is None


def test_a_simulation_that_is_finished_is_not_computed_again(closed):
    draft = drafted(percent("0.05", places=["own"]), starts_on=APRIL)
    replay = simulated(draft, IN_MARCH, JANUARY)

    whatif.compute(replay.pk, IN_MARCH.replace(day=20))

    again = Replay.objects.get()
    assert again.finished_at == IN_MARCH
    assert simulations.progress(again) == simulations.steps(again)


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [(FEBRUARY, JANUARY, "before"), (FEBRUARY, MARCH, "closed"), (date(2024, 1, 1), MARCH, "most")],
)
def test_only_months_that_follow_each_other_and_are_closed(closed, english, first, last, words):
    with pytest.raises(simulations.MonthsRefused, match=words):
        simulations.span(first, last)
    assert simulations.span(JANUARY, FEBRUARY) == [JANUARY, FEBRUARY]


def test_a_draft_with_a_gate_pays_nothing_for_what_came_before_it(customer, other, request):
    post = MembershipFactory(
        store=other.store, dealer=other.store.dealer, starts_at=datetime(2025, 1, 1, tzinfo=UTC)
    )
    certified(post, datetime(2026, 2, 1, tzinfo=UTC))
    request.getfixturevalue("closed")
    draft = drafted(
        percent("0.02", places=["own"], code="sold", gates=["certified"]), starts_on=APRIL
    )

    replay = simulated(draft, IN_MARCH, JANUARY, FEBRUARY)

    one, two = customer.store.dealer_id, other.store.dealer_id
    assert amounts(replay) == [
        (one, JANUARY, "sold", Decimal("20.00"), Decimal(0)),
        (one, FEBRUARY, "sold", Decimal("-8.00"), Decimal(0)),
        (two, JANUARY, "sold", Decimal("10.00"), Decimal(0)),
        (two, FEBRUARY, "sold", Decimal("40.00"), Decimal("40.00")),
    ]

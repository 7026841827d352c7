"""What the rules propose: by the order of evidence, and what would turn it does turn it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.cases.proposal import Fact, Facts, Strength, propose
from customers.models import CaseOutcome

BEGAN = datetime(2026, 9, 12, 7, 20, tzinfo=UTC)
OPENED = datetime(2026, 10, 25, 2, 0, tzinfo=UTC)
DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)


def facts(*known: tuple[str, Strength, datetime], touched: datetime | None = None) -> Facts:
    return Facts(BEGAN, OPENED, tuple(Fact(*each) for each in known), 90, 365, touched)


A = ("A", Strength.CONTACTED, BEGAN)


@pytest.mark.parametrize(
    ("known", "outcome", "rules"),
    [
        ([A], "keep", ("R3", "E5")),
        # What another does while the protection runs is nothing against it,
        ([A, ("B", Strength.PAID, BEGAN)], "keep", ("R3", "E5")),
        ([A, ("B", Strength.PAID, BEGAN - MOMENT)], "move", ("E2",)),
        # but for the customer, who may choose at any time; the last choice counts.
        ([A, ("B", Strength.CHOICE, OPENED)], "move", ("E1",)),
        ([("A", Strength.CHOICE, OPENED), ("B", Strength.CHOICE, BEGAN)], "keep", ("R3", "E1")),
        # The stronger, then the earlier.
        ([A, ("B", Strength.SCAN, BEGAN - DAY)], "keep", ("R3", "E5")),
        ([A, ("B", Strength.CONTACTED, BEGAN - DAY)], "move", ("E5",)),
        ([("A", Strength.IMPORT, BEGAN), ("B", Strength.SCAN, BEGAN - DAY)], "move", ("E6",)),
        # What was before weighs for as long as it protects.
        ([A, ("B", Strength.CONTACTED, BEGAN - 90 * DAY)], "keep", ("R3", "E5")),
        ([A, ("B", Strength.CONTACTED, BEGAN - 90 * DAY + MOMENT)], "move", ("E5",)),
        ([A, ("B", Strength.PAID, BEGAN - 365 * DAY + MOMENT)], "move", ("E2",)),
        # Nobody makes evidence once the case is open.
        (
            [("A", Strength.SCAN, BEGAN), ("A", Strength.PAID, OPENED),
             ("B", Strength.CONTACTED, BEGAN - DAY)],
            "move", ("E5",),
        ),
    ],
)  # fmt: skip
def test_the_order_of_evidence_decides(known, outcome, rules):
    proposed = propose(facts(*known))
    assert (proposed.outcome, proposed.rules, proposed.share) == (outcome, rules, None)


def test_headquarters_pays_for_a_protected_customer_unless_the_customer_wanted_it():
    touched = BEGAN + 5 * DAY
    proposed = propose(facts(A, touched=touched))
    assert (proposed.outcome, proposed.share, proposed.rules) == ("split", 1, ("NP", "R3"))
    chosen = ("B", Strength.CHOICE, touched - MOMENT)
    assert propose(facts(A, chosen, touched=touched)).outcome == CaseOutcome.KEEP
    late = ("B", Strength.CHOICE, touched)
    assert propose(facts(A, late, touched=touched)).outcome == CaseOutcome.SPLIT


MOMENTS = st.integers(-400 * 24, 45 * 24).map(lambda hours: BEGAN + timedelta(hours=hours))
KNOWN = st.lists(st.tuples(st.sampled_from("AB"), st.sampled_from(Strength), MOMENTS), max_size=6)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(known=KNOWN, touched=st.none() | MOMENTS, place=st.floats(0, 0.999), any_strength=st.data())
def test_the_fact_that_is_said_to_turn_it_does(known, touched, place, any_strength):
    """Wherever in its time it lies, and if it is stronger than said."""
    case = facts(*known, touched=touched)
    before = propose(case)
    turn = before.turn
    after = turn.after or turn.before - 1000 * DAY
    if after + 2 * MOMENT >= turn.before:
        return  # no time for it is left: nothing turns this
    at = after + MOMENT + (turn.before - after - 2 * MOMENT) * place
    strength = any_strength.draw(st.sampled_from([it for it in Strength if it <= turn.strength]))
    turned = replace(case, facts=(*case.facts, Fact(turn.side, strength, at)))
    assert propose(turned).outcome != before.outcome


@given(known=KNOWN, touched=st.none() | MOMENTS)
def test_a_proposal_is_the_same_from_what_was_kept(known, touched):
    case = facts(*known, touched=touched)
    assert Facts.read(case.kept()) == case
    assert propose(Facts.read(case.kept())) == propose(case)

"""The cases of a store that run, as its region's manager may know of them: how many, until when.

Nothing by which one would know a case again: neither its number, nor the customer, nor the other
side, whose region's manager reads of that side the same.
"""

from dataclasses import dataclass
from datetime import datetime

from customers.models import Case, CaseSide, CaseStage
from dealers.actor import Actor, acting


@dataclass(frozen=True, slots=True)
class Running:
    """A step of cases: how many of a store are at it, and when the first of these is over."""

    stage: CaseStage
    count: int
    due_at: datetime | None


@acting(Actor.worker("cases of a store"))  # which side is whose, nobody at the brand reads
def running(store_id: int) -> list[Running]:
    """The cases of a store that run, by their step and in its order; for whoever looks after it."""
    sides = CaseSide.objects.filter(store=store_id).values("case")
    cases = list(Case.objects.running().filter(pk__in=sides))
    by_stage = [(stage, [case for case in cases if case.stage == stage]) for stage in CaseStage]
    return [_at(stage, found) for stage, found in by_stage if found]


def _at(stage: CaseStage, cases: list[Case]) -> Running:
    due = [case.due_at for case in cases if case.due_at is not None]
    return Running(stage, len(cases), min(due, default=None))

"""A dispute as its dealer reads it: received, checked, decided; each with its moment."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Subquery

from dealers.models import Dealer
from incentives.disputes.deadlines import reopen_until
from incentives.disputes.stages import Course, Stage
from incentives.earnings import adjusted
from incentives.earnings.adjusted import Adjusted
from incentives.models import Adjustment, Dispute, DisputeRuling
from incentives.payouts import left
from incentives.payouts.left import Left


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the way: done, now, or still to come; ``by`` is until when it is due."""

    kind: str
    state: str
    at: datetime | None = None
    by: datetime | None = None
    late: bool = False


@dataclass(frozen=True)
class DisputeStanding:
    """A dispute at a moment: its stage, its way, and the decisions that are in effect by then."""

    dispute: Dispute
    course: Course
    stage: Stage
    steps: list[Step]
    rulings: list[DisputeRuling]
    followed: list[Adjusted]  # what went with returns of what they gave, or took off
    held: Decimal | None  # what of the line waits; None where nothing does
    paid_before: bool  # it would wait, and was paid or on its way already
    may_reopen: bool
    unnoticed: bool


def of_dealer(dealer: Dealer, at: datetime) -> list[DisputeStanding]:
    """All disputes of a dealer, those that wait first, then the newest."""
    rows = (
        Dispute.objects.filter(dealer=dealer, opened_at__lte=at)
        .with_moments()
        .select_related("statement__run", "line__result__component__version__plan")
        .order_by("-opened_at", "-pk")
    )
    disputes = list(rows)
    lefts = left.of({row.statement_id: row.statement for row in disputes}.values(), at)
    decided, followed = _decided(disputes), adjusted.after(row.pk for row in disputes)
    found = [
        _standing(
            row, lefts[row.statement_id], decided.get(row.pk, []), followed.get(row.pk, []), at
        )
        for row in disputes
    ]
    return sorted(found, key=lambda each: not each.stage.holds)


def standing(dispute: Any, at: datetime) -> DisputeStanding:
    """A dispute that was read with its moments, as it stands at ``at``."""
    decided = _decided([dispute]).get(dispute.pk, [])
    followed = adjusted.after([dispute.pk]).get(dispute.pk, [])
    return _standing(dispute, left.of_one(dispute.statement, at), decided, followed, at)


def _decided(disputes: Iterable[Any]) -> dict[UUID, list[Any]]:
    """The decisions that took effect, the first one first, with what took each back; one query."""
    found: dict[UUID, list[Any]] = defaultdict(list)
    back = Adjustment.objects.booked().filter(reverses=OuterRef("adjustment"))
    rows: Any = (
        DisputeRuling.objects.in_effect()
        .filter(dispute__in=[each.pk for each in disputes])
        .annotate(back=Subquery(back.values("code")[:1]))
    )
    for row in rows.select_related("adjustment").order_by("number"):
        found[row.dispute_id].append(row)
    return found


def _standing(
    dispute: Any, of_statement: Left, decided: list[Any], followed: list[Adjusted], at: datetime
) -> DisputeStanding:
    course = Course.of(dispute, at)
    stage = course.stage(at)
    found = of_statement.of_dispute(dispute.pk)
    held = found.held if found else Decimal(0)
    return DisputeStanding(
        dispute=dispute,
        course=course,
        stage=stage,
        steps=_steps(course, stage, at),
        rulings=[each for each in decided if each.in_effect_at <= at],
        followed=followed,
        held=held or None,
        paid_before=bool(stage.holds and found and found.brought),
        may_reopen=course.may_reopen(at),
        unnoticed=course.is_unnoticed(at),
    )


def _steps(course: Course, stage: Stage, at: datetime) -> list[Step]:
    """Received, looked at, decided; and the same once more."""
    begun = course.acknowledged_at or course.ruled_at
    steps = [
        Step("received", "done", course.opened_at),
        Step(
            "checking",
            "done" if begun else "now",
            begun,
            course.acknowledge_by,
            late=(begun or at) >= course.acknowledge_by,
        ),
        Step(
            "decided",
            "done" if course.ruled_at else "now" if begun else "",
            course.ruled_at,
            course.decide_by,
            late=(course.ruled_at or at) >= course.decide_by,
        ),
    ]
    if course.reopened_at:
        due = course.due_at
        steps += [
            Step("reopened", "done", course.reopened_at),
            Step(
                "decided_again",
                "done" if course.ruled_again_at else "now",
                course.ruled_again_at,
                due,
                late=(course.ruled_again_at or at) >= due,
            ),
        ]
    elif course.ruled_at and stage == Stage.DECIDED:
        steps.append(Step("final", "", None, reopen_until(course.ruled_at)))
    return steps

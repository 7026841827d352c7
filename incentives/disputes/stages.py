"""In which stage a dispute is at a moment: pure, and whatever a job did or did not do."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from incentives.disputes.deadlines import reopen_until


class Stage(StrEnum):
    """What has become of a dispute."""

    RECEIVED = "received"
    CHECKING = "checking"
    ESCALATED = "escalated"
    DECIDED = "decided"
    CLOSED = "closed"

    @property
    def label(self) -> str:
        return str(_LABELS[self])

    @property
    def holds(self) -> bool:
        """Whether what is to be paid for the line waits."""
        return self in {Stage.RECEIVED, Stage.CHECKING, Stage.ESCALATED}


_LABELS = {
    Stage.RECEIVED: pgettext_lazy("a dispute", "Received"),
    Stage.CHECKING: pgettext_lazy("a dispute", "Being checked"),
    Stage.ESCALATED: _("Late, and escalated"),
    Stage.DECIDED: _("Decided"),
    Stage.CLOSED: pgettext_lazy("a dispute", "Closed"),
}


@dataclass(frozen=True, slots=True)
class Course:
    """The moments of a dispute as known at one moment; None is what has not happened by then."""

    opened_at: datetime
    acknowledge_by: datetime
    decide_by: datetime
    acknowledged_at: datetime | None = None
    ruled_at: datetime | None = None
    reopened_at: datetime | None = None
    decide_again_by: datetime | None = None
    ruled_again_at: datetime | None = None

    @classmethod
    def of(cls, dispute: Any, at: datetime) -> Self:
        """The course until ``at`` of a dispute that was read with its moments."""

        def known(moment: datetime | None) -> datetime | None:
            return moment if moment is not None and moment <= at else None

        reopened = known(dispute.reopened_at)
        return cls(
            dispute.opened_at,
            dispute.acknowledge_by,
            dispute.decide_by,
            known(dispute.acknowledged_at),
            known(dispute.ruled_at),
            reopened,
            dispute.decide_again_by if reopened else None,
            known(dispute.ruled_again_at),
        )

    @property
    def instance(self) -> int:
        """Which decision it is about: the first, or the one after it was opened once more."""
        return 2 if self.reopened_at else 1

    @property
    def due_at(self) -> datetime:
        """Until when the present decision is due."""
        return self.decide_again_by or self.decide_by

    @property
    def waits(self) -> bool:
        """Whether it waits for a decision."""
        if self.reopened_at:
            return self.ruled_again_at is None
        return self.ruled_at is None

    @property
    def may_acknowledge(self) -> bool:
        """Whether it waits for somebody to begin to check: once, before the first decision."""
        return self.waits and self.acknowledged_at is None and self.reopened_at is None

    def stage(self, at: datetime) -> Stage:
        """The stage at a moment that this course is known at."""
        if self.waits:
            if at >= self.due_at:
                return Stage.ESCALATED
            begun = self.acknowledged_at or self.reopened_at
            return Stage.CHECKING if begun else Stage.RECEIVED
        if self.ruled_again_at or self.ruled_at is None:
            return Stage.CLOSED
        return Stage.DECIDED if at < reopen_until(self.ruled_at) else Stage.CLOSED

    def waited(self, moment: datetime) -> bool:
        """Whether it waited for a decision at a moment, so that a payment left its line out."""
        if moment < self.opened_at:
            return False
        if self.reopened_at is not None and moment >= self.reopened_at:
            return self.ruled_again_at is None or moment < self.ruled_again_at
        return self.ruled_at is None or moment < self.ruled_at

    def is_unnoticed(self, at: datetime) -> bool:
        """Whether nobody has begun to check, although it was time."""
        begun = self.acknowledged_at or self.ruled_at
        return begun is None and at >= self.acknowledge_by

    def may_reopen(self, at: datetime) -> bool:
        """Whether the dealer can have it decided once more."""
        return self.reopened_at is None and self.stage(at) == Stage.DECIDED

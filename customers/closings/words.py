"""A closing in words: what each step does, when, and what can be taken back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from customers.models import Closing, ClosingStep, StepKind

DOES: Mapping[str, object] = {
    StepKind.TOLD: _("Owners and the people who work there were told when it was decided."),
    StepKind.SHUT: _("Nobody registers there any more, and open invitations end."),
    StepKind.POSTS: _("Whoever works there has the same post at the sister store from then on."),
    StepKind.MOVED: _(
        "Each customer stays with who follows them up and is protected as long as before. Nothing"
        " leaves your dealer."
    ),
    StepKind.LEADS: _("Leads that nobody answered are taken back; that does not count."),
    StepKind.FROZEN: _(
        "For 90 days no other dealer gets a customer of yours, whatever anybody does."
    ),
    StepKind.TAKEN: _(
        "Everything in one file, or table by table. It is yours; headquarters gets none of it. You"
        " can make it anew on any day."
    ),
    StepKind.SETTLED: _(
        "What your customers buy in these 90 days counts for you as before, and is paid."
    ),
    StepKind.ASKED: _(
        "Each gets a short message with a link of their own and chooses a store, or none. No"
        " number of theirs goes to headquarters or another dealer; who chooses a store tells it"
        " their number themselves."
    ),
    StepKind.OFFERED: _("Who asked headquarters for a store is offered to one by the usual rules."),
    StepKind.ENDED: _(
        "The posts of your people end. Yours stays: statements and files are yours to read."
    ),
    StepKind.KEYS: _(
        "Names, numbers and notes of your customers are unreadable for everybody from then on,"
        " headquarters too. It waits until you are paid. Take everything away before."
    ),
    StepKind.CHECKED: _("If anything was stored late, it goes the same way."),
}


@dataclass(frozen=True, slots=True)
class StepShown:
    """A step as the checklist shows it."""

    step: ClosingStep
    does: object
    state: str  # done, under way, due or waits
    by_owner: bool

    @property
    def percent(self) -> int | None:
        """How far it is, 0 to 100, where that is counted."""
        total = self.step.total
        return min(100, self.step.done * 100 // total) if total else None


def lines(closing: Closing, at: datetime) -> list[StepShown]:
    """The checklist of a closing at ``at``."""
    found = []
    for step in closing.steps.order_by("number"):
        state = "waits"
        if step.done_at is not None:
            state = "done"
        elif closing.cancelled_at is None and step.started_at is not None:
            state = "under way"
        elif closing.cancelled_at is None and step.due_at <= at:
            state = "due"
        by_owner = step.kind == StepKind.TAKEN
        found.append(StepShown(step, DOES[step.kind], state, by_owner))
    return found

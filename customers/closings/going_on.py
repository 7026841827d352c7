"""Doing the steps of a closing: a portion after the other, each committed with its count.

What is left to do is read from the rows themselves. So a closing can be broken off anywhere and
goes on anywhere, done twice at once too: a step's row is the queue for its portions.
"""

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction

from customers.closings import steps
from customers.closings.plan import TASK
from customers.models import Closing, ClosingStep
from dealers import outbox
from dealers.models import OutboxTask


def go_on(closing: Closing, at: datetime) -> Iterator[ClosingStep]:
    """Do what is due of a closing at ``at``; each step as it is after each portion.

    A step that somebody else does is not waited for; one whose time has not come is.
    """
    if closing.cancelled_at is not None or closing.finished_at is not None:
        return
    for step in closing.steps.order_by("number"):
        if step.kind in steps.BY_THE_OWNER:
            continue
        if step.due_at > at:
            return
        while step.done_at is None:
            try:
                step = _portion(closing, step, at)  # noqa: PLW2901 -- the row as it is now
            except steps.NotYet:
                return  # the sweep comes again
            yield step
    Closing.objects.filter(pk=closing.pk, finished_at=None).update(finished_at=at)


def sweep(at: datetime) -> int:
    """Have the worker go on with what is due, or was left behind; how many closings.

    Also with one that is finished where something of it came back: a file that was being stored.
    """
    steps.reopen(at)
    found = 0
    for closing in Closing.objects.under_way().order_by("pk"):
        due = closing.steps.filter(done_at=None, due_at__lte=at).exclude(
            kind__in=steps.BY_THE_OWNER
        )
        # Those of later moments lie there, too; one that is under way is due again after its lease.
        soon = at + outbox.LEASE
        waiting = OutboxTask.objects.to_do().filter(
            task=TASK, args=[str(closing.pk)], due_at__lte=soon
        )
        if (due.exists() or not _open(closing)) and not waiting.exists():
            outbox.add(TASK, str(closing.pk), at=at)
            found += 1
    return found


def _open(closing: Closing) -> bool:
    """Whether a step is left that comes by itself."""
    left = closing.steps.filter(done_at=None).exclude(kind__in=steps.BY_THE_OWNER)
    return left.exists()


@transaction.atomic
def _portion(closing: Closing, step: ClosingStep, at: datetime) -> ClosingStep:
    step = ClosingStep.objects.select_for_update(no_key=True, of=("self",)).get(pk=step.pk)
    if step.done_at is not None:
        return step
    if step.started_at is None:
        step.started_at = max(at, step.due_at)
        step.total = steps.expected(closing, step, at)
    done, more = steps.STEPS[step.kind](closing, at)
    step.done += done
    if not more:
        step.done_at = max(at, step.due_at)
    step.save(update_fields=["started_at", "total", "done", "done_at"])
    return step

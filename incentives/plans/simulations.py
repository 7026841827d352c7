"""What a version would have given in closed months: asked for, found, and kept with its approval.

The worker computes it (``plans.whatif``); here is what it is asked, and what counts as asked.
"""

from collections.abc import Sequence
from datetime import date, datetime

from django.core.cache import cache
from django.utils.translation import gettext as _

from dealers import outbox
from dealers.actor import Actor
from dealers.models import User
from dealers.months import add_months
from incentives.models import PlanVersion, Replay, Run
from incentives.plans.content import content_hash

TASK = "incentives.tasks.replay_plan"
USUAL = 3  # months
MOST = 12
_SHOWN_SECONDS = 3600


class MonthsRefused(Exception):
    """The message is written for the person who simulates."""


def replayable() -> list[date]:
    """The closed months, the latest first: without one there is nothing to simulate."""
    return list(Run.objects.order_by("-month").values_list("month", flat=True))


def span(first: date, last: date) -> list[date]:
    """The months from one to another. Raises MonthsRefused unless all of them are closed.

    A gap would leave out what came back in the months between.
    """
    months = [first]
    while months[-1] < last and len(months) <= MOST:
        months.append(add_months(months[-1], 1))
    if last < first:
        raise MonthsRefused(_("The first month comes before the last one."))
    if len(months) > MOST:
        raise MonthsRefused(_("Choose at most %(most)d months.") % {"most": MOST})
    if Run.objects.filter(month__in=months).count() < len(months):
        raise MonthsRefused(_("Only closed months can be replayed."))
    return months


def ask(version: PlanVersion, months: Sequence[date], *, by: Actor, at: datetime) -> Replay:
    """Have the worker replay closed months by a version."""
    return _asked(version, months, by.person, at, announced=False)


def announce(version: PlanVersion, at: datetime) -> Replay | None:
    """Have the worker find what a published version would have given each dealer lately.

    That is the last closed months, three if there are so many; None before the first is closed.
    """
    months = replayable()[:USUAL]
    return _asked(version, months[::-1], None, at, announced=True) if months else None


def _asked(
    version: PlanVersion, months: Sequence[date], by: User | None, at: datetime, *, announced: bool
) -> Replay:
    made = Replay.objects.create(
        version=version,
        asked_by=by,
        asked_at=at,
        months=list(months),
        content=content_hash(version),
        announced=announced,
    )
    outbox.add(TASK, made.pk, at=at)
    return made


def latest(draft: PlanVersion) -> Replay | None:
    """The simulation of a version as it is now, or was published; finished or not."""
    if draft.tested_at is None:
        return None
    return draft.replays.filter(asked_at=draft.tested_at, announced=False).first()


def of(draft: PlanVersion) -> Replay | None:
    """What was found about a version as it is now; None until it is."""
    found = latest(draft)
    if found is None or found.finished_at is None or found.content != content_hash(draft):
        return None
    return found


def gave_up(replay: Replay) -> bool:
    """Whether the worker tried too often, and nothing more comes of it."""
    return replay.finished_at is None and outbox.gave_up(TASK, replay.pk)


def steps(replay: Replay) -> int:
    """How many steps the worker takes: the facts of each month, the plan, and the comparison."""
    return len(replay.months) + 2


def progress(replay: Replay) -> int:
    """How many of its steps are done."""
    return min(cache.get(_key(replay.pk), 0), steps(replay))


def show_progress(pk: int, done: int) -> None:
    """Say how far a simulation is, before its transaction ends."""
    cache.set(_key(pk), done, _SHOWN_SECONDS)


def _key(pk: int) -> str:
    return f"replay:{pk}"

"""The months to close: which is due when, what stands against it, and how the last try went."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from dealers import outbox
from dealers.models import OutboxTask
from dealers.months import next_month
from incentives.books import periods
from incentives.models import FailedClosing, PlanVersion

CLOSE = "incentives.tasks.close_month"


@dataclass(frozen=True, slots=True)
class Outlook:
    """What can be said of the months to close at a moment.

    ``due`` are those that have ended, the first of which is next; without one, ``following`` is
    the month that is due from ``due_at`` on. ``obstacles`` are sentences; ``asked_at`` is when
    somebody last had the next one closed, ``failed`` how that went if it failed.
    """

    due: list[date]
    following: date | None
    due_at: datetime | None
    obstacles: list[str]
    asked_at: datetime | None
    failed: FailedClosing | None


def outlook(at: datetime) -> Outlook:
    """The months to close, as known at ``at``."""
    due = periods.months_due(at)
    after = due[-1] if due else None
    following = periods.next_to_close() if after is None else next_month(after)
    failed = FailedClosing.objects.filter(month=due[0]).first() if due else None
    asked = _asked(due[0]) if due else None
    return Outlook(
        due=due,
        following=following,
        due_at=periods.due_at(following) if following else None,
        obstacles=_obstacles(following),
        asked_at=None if failed and asked and asked <= failed.failed_at else asked,
        failed=failed,
    )


def _asked(month: date) -> datetime | None:
    """When somebody last had a month closed."""
    tasks = OutboxTask.objects.filter(task=CLOSE, args__0=month.isoformat())
    return tasks.order_by("-at").values_list("at", flat=True).first()


def _obstacles(following: date | None) -> list[str]:
    found = []
    if following is None:
        if PlanVersion.objects.published().exists():
            found.append(_("Nothing was registered or sold yet, so there is no month to close."))
        else:
            found.append(_("No plan is published yet, so there is nothing to compute."))
    if not outbox.is_swept():
        found.append(
            _("Worker or scheduler do not run: what is asked for is done once they are started.")
        )
    return found

"""What headquarters is told of at once, since the portal cannot mend it by itself."""

import logging
from datetime import datetime, timedelta

from django.db import DatabaseError, InterfaceError, transaction
from django.urls import reverse
from django.utils.translation import gettext_noop

from dealers import clock, notices, sayings
from dealers.actor import Actor, acting
from dealers.models import NoticeKind, OutboxTask

LATELY = timedelta(hours=1)
REFUSED = gettext_noop(
    "The database refused to open a page, and the log says which: see by check_isolation whether"
    " the walls between dealers stand."
)
WALLS = Actor.worker("walls")

logger = logging.getLogger(__name__)


def of_the_outbox(at: datetime) -> None:
    """Tell of tasks that were given up within the hour; once in each hour."""
    given_up = OutboxTask.objects.given_up().filter(given_up_at__gt=at - LATELY)
    if not given_up.exists():
        return
    notices.tell(
        notices.headquarters("dealers.change_outboxtask"),
        NoticeKind.ALARM,
        sayings.kept(gettext_noop("Tasks of the worker were given up: see why, and repeat them.")),
        to=reverse("admin:dealers_outboxtask_changelist") + "?state=given_up",
        about=f"outbox:{at:%Y-%m-%dT%H}",
        at=at,
    )


def of_a_job(task: str, at: datetime) -> None:
    """Tell that a job of the scheduler fails; once a day of each."""
    job = task.rpartition(".")[2]
    notices.tell(
        notices.headquarters("dealers.change_outboxtask"),
        NoticeKind.ALARM,
        sayings.kept(
            gettext_noop("A job of the worker fails, and its log says why: %(job)s."), job=[job]
        ),
        to=reverse("admin:index"),
        about=f"job:{job}:{at:%Y-%m-%d}",
        at=at,
    )


def of_guessing(count: int, at: datetime) -> None:
    """Tell that strangers try so many passwords, or ask for so many codes, within an hour."""
    notices.tell(
        notices.headquarters("dealers.view_user"),
        NoticeKind.ALARM,
        sayings.kept(
            gettext_noop("Somebody may be guessing at the login: %(count)s tries within an hour."),
            count=[str(count)],
        ),
        to=reverse("admin:index"),
        about=f"guessing:{at:%Y-%m-%dT%H}",
        at=at,
    )


def of_refused_pages(at: datetime) -> None:
    """Tell that the walls of the database refused somebody's page; once in each hour.

    Where they hold back the worker as well, and on a server whose clock is wrong, the log alone
    says so.
    """
    try:
        with acting(WALLS), transaction.atomic():
            clock.check()
            notices.tell(
                notices.headquarters("dealers.change_outboxtask"),
                NoticeKind.ALARM,
                sayings.kept(REFUSED),
                to=reverse("admin:index"),
                about=f"walls:{at:%Y-%m-%dT%H}",
                at=at,
            )
    except (DatabaseError, InterfaceError, clock.ClockWrong):
        logger.exception("Headquarters could not be told that the walls refused a page.")

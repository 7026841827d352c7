"""How many whole numbers and files of customers a person may have in a day, by role."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from dealers.actor import Actor
from dealers.models import AccessAction, AccessLog
from dealers.waiting import wait_no_longer

DAY = timedelta(days=1)
# The queue of a person of whom something is counted: the first of the two keys of an advisory lock.
STAFF = 0x6D65


class QuotaReached(Exception):
    """The message is written for the person who asked."""


def wait_for(person: int) -> None:
    """Wait until nothing that is counted of this person is still being recorded.

    From then on until the transaction ends nobody else counts it: a limit that two count at once is
    none. Who registers stands in the same queue: see ``customers.cutoff``. Too long is an
    OperationalError: see ``dealers.waiting.busy_as``.
    """
    wait_no_longer()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [STAFF, queue(person)])


def queue(id_: int) -> int:
    """An id as a key of four bytes. Two that share one wait for each other; nothing else."""
    return id_ % 2**31


def check_numbers(by: Actor, at: datetime) -> None:
    """Whether ``by`` may see one more whole number. Raises QuotaReached."""
    limit = _limit(by, "numbers")
    if limit is not None and _lately(by, AccessAction.REVEAL, at) >= limit:
        raise QuotaReached(
            _(
                "You were shown %(count)d whole numbers in 24 hours, as many as a person in your"
                " role may be. Go on tomorrow, or have headquarters raise the limit."
            )
            % {"count": limit}
        )


def check_files(by: Actor, at: datetime) -> None:
    """Whether ``by`` may take one more file of customers along. Raises QuotaReached."""
    limit = _limit(by, "files")
    if limit is not None and _lately(by, AccessAction.EXPORT, at) >= limit:
        raise QuotaReached(
            _(
                "You took %(count)d files of customers in 24 hours, as many as a person in your"
                " role may. Go on tomorrow, or have headquarters raise the limit."
            )
            % {"count": limit}
        )


def _limit(by: Actor, what: str) -> int | None:
    return settings.PORTAL_QUOTAS.get(f"{by.role}.{what}")


def _lately(by: Actor, action: AccessAction, at: datetime) -> int:
    mine = AccessLog.objects.filter(user=by.user, agent=by.name, role=by.role, action=action)
    return mine.filter(at__gt=at - DAY).count()

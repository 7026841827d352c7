"""Work for the worker, put down in the transaction that makes it necessary.

After the commit a task is handed to the broker, but it is over only when it is done: its row is
closed in the transaction of the task's effect. What is not done in time, because the broker, a
worker or the sending process was lost, is handed over again by a sweep, later each time; what was
begun too often is given up, and shows in the admin with what went wrong. So nothing is lost,
nothing is done for what was rolled back, and what was done is not done again.

Domain code names a task, it never imports one. A task changes the database, or sends one message to
one person: who tells many puts down a row for each.
"""

import logging
import re
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from dealers.actor import Actor, acting
from dealers.breaker import Breaker
from dealers.database import add_rows
from dealers.models import OutboxTask

PATIENCE = timedelta(minutes=1)  # until then the process that put a task down may be sending it
AGAIN = timedelta(minutes=2)  # after it was handed over and is not done, and from then on
SELDOM = timedelta(minutes=30)  # at least so often: a queue may be long, and a broker forget all
PAUSE = timedelta(minutes=1)  # after it failed, doubled each time, up to
LONGEST_PAUSE = timedelta(hours=2)
LEASE = timedelta(minutes=31)  # a task in steps is killed after 30, and until then not sent again
KEPT = timedelta(days=30)  # after it was done
KEPT_GIVEN_UP = timedelta(days=90)
BATCH = 100
STUCK = timedelta(minutes=3)  # the sweep comes every minute
SWEPT = "outbox:swept"  # in the cache while a worker sweeps
LOST = "The worker was lost, or took longer than it may."
SENDER = Actor.worker("outbox")
broker = Breaker("The broker", rest=10)

_ID = re.compile(r"outbox-(\d+)-")
_PERSONAL = re.compile(r"\S+@\S+|[+]?\d{6,}")

logger = logging.getLogger(__name__)


class Forgotten(Exception):
    """A task cannot be run once more; the message says why."""


@dataclass(frozen=True)
class Put:
    """A task that is put down once by its key, and handed over from ``due_at`` on."""

    task: str
    args: tuple[Any, ...]
    key: str
    due_at: datetime


def add(task: str, *args: Any, at: datetime, key: str = "") -> None:
    """Have the worker run ``task``, named like ``dealers.tasks.send_invitation``, with ``args``.

    The arguments are what JSON can hold; ``at`` is the moment of what made it necessary. With a
    ``key`` it is put down once, however often. A broker that is gone fails nobody: the sweep sends
    the task later.
    """
    put: dict[str, Any] = {
        "task": task, "args": list(args), "at": at, "sent_at": at, "due_at": at + AGAIN,
    }  # fmt: skip
    if key:
        row, is_new = OutboxTask.objects.get_or_create(key=key, defaults=put)
        if not is_new:
            return
    else:
        row = OutboxTask.objects.create(**put)
    transaction.on_commit(partial(_send_at_once, row), robust=True)


def add_all(puts: Iterable[Put], *, at: datetime) -> None:
    """Have the worker run tasks that are put down once each; the sweep sends them when due."""
    rows = [(each.task, list(each.args), each.key, each.due_at) for each in puts]
    add_rows(OutboxTask, ["task", "args", "key", "due_at"], rows, once=True, at=at)


def is_stuck(at: datetime) -> bool:
    """Whether tasks wait that the sweep should have handed over long ago."""
    return OutboxTask.objects.late(at, STUCK).exists()


def is_swept() -> bool:
    """Whether a scheduler and a worker took care of the outbox in the last minutes."""
    return cache.get(SWEPT) is not None


def gave_up(task: str, *args: Any) -> bool:
    """Whether a task with these arguments was begun too often, and nothing more comes of it."""
    same = OutboxTask.objects.filter(task=task, args=list(args))
    return same.given_up().exists() and not same.to_do().exists()


def asked_at(task: str, *args: Any) -> datetime | None:
    """When a task was last put down that is still to be done; ``args`` are the first ones."""
    same = {f"args__{number}": value for number, value in enumerate(args)}
    found = OutboxTask.objects.to_do().filter(task=task, **same)
    return found.order_by("-at").values_list("at", flat=True).first()


def send_again(row: OutboxTask, *, by: Actor, at: datetime) -> None:
    """Have the worker run a task once more, whether it was given up, waits or was done before.

    The database is told for whom. Raises Forgotten where the task or what it was to send is not
    kept any more.
    """
    again = {
        "tries": 0, "problem": "", "done_at": None, "given_up_at": None,
        "sent_at": at, "due_at": at + AGAIN,
    }  # fmt: skip
    kept = OutboxTask.objects.filter(pk=row.pk)
    if _forgets(row.task):
        kept = kept.exclude(args=[])
    with acting(Actor.worker(SENDER.name, by.user)):
        present = kept.first() if kept.update(**again) else None
    if present is None:
        raise Forgotten(_("What it was to do is not kept any more."))
    transaction.on_commit(partial(_send_at_once, present), robust=True)


def sweep(at: datetime) -> int:
    """Hand over what is due at ``at`` and not done, and forget what was; how many were sent."""
    cache.set(SWEPT, 1, STUCK.total_seconds())
    OutboxTask.objects.filter(done_at__lt=at - KEPT).delete()
    OutboxTask.objects.filter(given_up_at__lt=at - KEPT_GIVEN_UP).delete()
    sent = 0
    while rows := _claim(at):
        for number, row in enumerate(rows):
            try:
                _send(row)
            except (OperationalError, OSError) as problem:
                logger.warning("The broker takes no tasks: %s", problem)
                _not_sent(rows[number:])
                return sent
            except ImportError as problem:  # a name that no task bears
                _failed(row.pk, problem, 1, at)
            except Exception:  # one that never works must not hold up the others
                logger.exception("%s was not handed over.", row.task)
            else:
                sent += 1
    return sent


def row_of(task_id: str | None) -> int | None:
    """The row that a message to the worker is about; None: it came from elsewhere."""
    found = _ID.match(task_id or "")
    return int(found[1]) if found else None


def carry_out(
    pk: int,
    work: Callable[[], object],
    *,
    in_steps: bool,
    most_tries: int,
    forgets: bool = False,
    now: Callable[[], datetime],
) -> None:
    """Do the ``work`` of the row ``pk`` and close it, in one transaction.

    Done before, given up, or under way elsewhere: nothing is done. Work ``in_steps`` commits by
    itself, notes what it has done and so may come twice; its row is closed afterwards. Of work that
    ``forgets`` the arguments go when it is done. What fails is taken back, noted and raised; it is
    tried again later, ``most_tries`` times in all (12 of them take half a day).
    """
    if not _begin(pk, in_steps=in_steps, most_tries=most_tries, at=now()):
        return
    try:
        if in_steps:
            work()
            _close(pk, now(), forgets=forgets)
        else:
            with transaction.atomic():
                # The lock keeps the sweep away, and another worker that has the same message.
                if _locked(pk) is None:
                    return
                work()
                _close(pk, now(), forgets=forgets)
    except Exception as problem:
        _failed(pk, problem, most_tries, now())
        raise


def _locked(pk: int) -> OutboxTask | None:
    """The row, locked until the transaction ends; None if there is nothing to do, or not here."""
    free = OutboxTask.objects.to_do().select_for_update(skip_locked=True, no_key=True)
    return free.filter(pk=pk).first()


@transaction.atomic
def _begin(pk: int, *, in_steps: bool, most_tries: int, at: datetime) -> bool:
    """Count a try before it begins, so that one that kills its worker counts as well."""
    row = _locked(pk)
    if row is None:
        return False
    if row.tries >= most_tries:
        row.given_up_at, row.problem = at, row.problem or LOST
    else:
        row.tries += 1
        if in_steps:
            row.due_at = at + LEASE
    row.save(update_fields=["given_up_at", "problem", "tries", "due_at"])
    return row.given_up_at is None


def _close(pk: int, at: datetime, *, forgets: bool) -> None:
    over: dict[str, Any] = {"done_at": at, "problem": ""} | ({"args": []} if forgets else {})
    OutboxTask.objects.filter(pk=pk).update(**over)


@transaction.atomic
def _failed(pk: int, problem: Exception, most_tries: int, at: datetime) -> None:
    row = _locked(pk)
    if row is None:
        return
    row.problem = _said(problem)
    row.tries = max(row.tries, 1)
    row.due_at = at + min(PAUSE * 2 ** (row.tries - 1), LONGEST_PAUSE)
    if row.tries >= most_tries:
        row.given_up_at = at
    row.save(update_fields=["problem", "tries", "due_at", "given_up_at"])


def _said(problem: Exception) -> str:
    """What went wrong, for people of headquarters: without addresses, numbers and values."""
    first = (str(problem).splitlines() or [""])[0]
    return f"{type(problem).__name__}: {_PERSONAL.sub('…', first)}"[:500]


@transaction.atomic
def _claim(at: datetime) -> list[OutboxTask]:
    """Some tasks that are due, which no other sweep takes meanwhile; those under way are left."""
    due = OutboxTask.objects.waiting(at).order_by("due_at", "pk")
    rows = list(due.select_for_update(skip_locked=True, no_key=True)[:BATCH])
    for row in rows:
        row.sent_at, row.due_at = at, at + min(max(at - row.at, AGAIN), SELDOM)
    OutboxTask.objects.bulk_update(rows, ["sent_at", "due_at"])
    return rows


def _not_sent(rows: list[OutboxTask]) -> None:
    for row in rows:
        row.sent_at, row.due_at = None, row.at + PATIENCE
    OutboxTask.objects.bulk_update(rows, ["sent_at", "due_at"])


def _send_at_once(row: OutboxTask) -> None:
    # What is not taken at once is sent by the sweep: whoever waits for the answer waits no longer,
    # and nobody waits for a broker that has just failed.
    if not broker.may_ask():
        with acting(SENDER):
            _not_sent([row])
        return
    try:
        _send(row)
    except Exception as problem:
        broker.failed(problem)
        with acting(SENDER):
            _not_sent([row])
    else:
        broker.worked()


def _forgets(task: str) -> bool:
    """Whether the arguments of a task go once it is done, or was given up long enough."""
    try:
        return bool(import_string(task).forgets)
    except ImportError:  # a name that no task bears
        return False


def _send(row: OutboxTask) -> None:
    # The worker knows the row by the message's id, so that no task needs to be told.
    message = f"outbox-{row.pk}-{uuid.uuid4().hex[:8]}"
    import_string(row.task).apply_async(args=row.args, retry=False, task_id=message)

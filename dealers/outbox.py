"""Work for the worker, put down in the transaction that makes it necessary.

After the commit a task is handed to the broker; what the broker did not take is sent by a sweep.
So nothing is lost and nothing is sent for what was rolled back, but a task may come twice: tasks
are safe to run again.
"""

import logging
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.core.cache import cache
from django.db import DatabaseError, transaction
from django.db.models.functions import Now
from django.utils.module_loading import import_string
from kombu.exceptions import OperationalError

from dealers.actor import Actor, acting
from dealers.breaker import Breaker
from dealers.models import OutboxTask

PATIENCE = timedelta(minutes=1)  # until then the process that put a task down may be sending it
KEPT = timedelta(days=30)  # after the task was handed over
BATCH = 100
STUCK = timedelta(minutes=3)  # the sweep comes every minute
SENDER = Actor.worker("outbox")
SWEPT = "outbox:swept"  # in the cache while a worker sweeps
broker = Breaker("The broker", rest=10)

logger = logging.getLogger(__name__)


def add(task: str, *args: Any, at: datetime) -> None:
    """Have the worker run ``task``, named like ``dealers.tasks.send_invitation``, with ``args``.

    The arguments are what JSON can hold; ``at`` is the moment of what made it necessary. A broker
    that is gone fails nobody: the sweep sends the task later.
    """
    row = OutboxTask.objects.create(task=task, args=list(args), at=at)
    transaction.on_commit(partial(_send_at_once, row), robust=True)


def is_stuck(at: datetime) -> bool:
    """Whether tasks wait that the sweep should have handed over long ago."""
    return OutboxTask.objects.waiting(at - STUCK).exists()


def is_swept() -> bool:
    """Whether a scheduler and a worker took care of the outbox in the last minutes."""
    return cache.get(SWEPT) is not None


def send_again(row: OutboxTask) -> None:
    """Have the worker run a task once more, whether it was handed over before or not."""
    OutboxTask.objects.filter(pk=row.pk).update(sent_at=None)
    transaction.on_commit(partial(_send_as_worker, row), robust=True)


def sweep(at: datetime) -> int:
    """Hand over what was left behind until ``at`` and forget what is done; how many were sent."""
    cache.set(SWEPT, 1, STUCK.total_seconds())
    OutboxTask.objects.filter(sent_at__lt=at - KEPT).delete()
    sent, after = 0, 0
    while True:
        with transaction.atomic():
            # Another sweep that runs meanwhile takes the others.
            rows = (
                OutboxTask.objects.waiting(at - PATIENCE)
                .filter(pk__gt=after)
                .order_by("pk")
                .select_for_update(skip_locked=True)[:BATCH]
            )
            for row in (batch := list(rows)):
                try:
                    _send(row)
                except (OperationalError, OSError) as problem:
                    logger.warning("The broker takes no tasks: %s", problem)
                    return sent
                except Exception:  # one that never works must not hold up the others
                    logger.exception("%s with %s was not handed over.", row.task, row.args)
                else:
                    sent += 1
        if not batch:
            return sent
        after = batch[-1].pk


def _send_at_once(row: OutboxTask) -> None:
    # What is not taken at once is sent by the sweep: whoever waits for the answer waits no longer,
    # and nobody waits for a broker that has just failed.
    if not broker.may_ask():
        return
    try:
        with acting(SENDER):
            _send(row)
    except DatabaseError:
        logger.exception("%s was handed over, and its row does not say so.", row.task)
    except Exception as problem:
        broker.failed(problem)
    else:
        broker.worked()


def _send_as_worker(row: OutboxTask) -> None:
    with acting(SENDER):
        _send(row)


def _send(row: OutboxTask) -> None:
    import_string(row.task).apply_async(args=row.args, retry=False)
    OutboxTask.objects.filter(pk=row.pk).update(sent_at=Now())

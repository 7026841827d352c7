"""Processes that are killed in each window of a task's life: nothing is lost, nothing comes twice.

Each is a process of its own, killed by the signal that no program can hear.
"""

import os
import signal
from datetime import UTC, datetime, timedelta

import pytest
from celery import shared_task
from django.db import connection, transaction

from dealers import outbox
from dealers.models import OutboxTask, Region

HITS = 20  # of each window
NOW = datetime(2026, 11, 1, 9, tzinfo=UTC)
TASK = f"{__name__}.add_region"
PARENTS = []

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:This process:DeprecationWarning"),
]


@shared_task(name=TASK)
def add_region(name):
    """An effect that shows when it comes twice: regions have codes of their own, not names."""
    number = Region.objects.count()
    Region.objects.create(code=f"R{number}", name=name)


def killed(act):
    """Have ``act`` carried out by a process that ends by a kill within it."""
    child = os.fork()
    if child == 0:
        PARENTS.append(connection.connection)  # kept, so that nothing closes it
        connection.connection = None
        try:
            act()
        finally:
            os.kill(os.getpid(), signal.SIGKILL)
    _pid, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL


def put_down(name):
    outbox.add(TASK, name, at=NOW)
    return OutboxTask.objects.latest("pk")


def work(row, effect):
    outbox.carry_out(row.pk, effect, in_steps=False, most_tries=12, now=lambda: NOW)


def before_send(name):
    """The page's process, after its commit: nobody has heard of the task."""

    def act():
        with transaction.atomic():
            put_down(name)
            transaction.on_commit(lambda: os.kill(os.getpid(), signal.SIGKILL))
            # Before the outbox's own, which would send it.
            connection.run_on_commit.insert(0, connection.run_on_commit.pop())

    killed(act)


def after_send(name):
    """The broker, with the message in it; nobody has begun."""
    with transaction.atomic():
        put_down(name)
        connection.run_on_commit.clear()  # what the broker had is gone with it


def before_commit(name):
    """The worker, in the middle of the task."""
    after_send(name)
    row = OutboxTask.objects.latest("pk")

    def effect():
        add_region(name)
        os.kill(os.getpid(), signal.SIGKILL)

    killed(lambda: work(row, effect))


def after_commit(name):
    """The worker, done, before it told the broker: the message comes to another one."""
    after_send(name)
    row = OutboxTask.objects.latest("pk")
    killed(lambda: work(row, lambda: add_region(name)))
    work(row, lambda: add_region(name))


@pytest.mark.parametrize("window", [before_send, after_send, before_commit, after_commit])
def test_what_was_put_down_happens_once(window):
    for hit in range(HITS):
        window(f"{window.__name__} {hit}")
    at = NOW
    while OutboxTask.objects.to_do().exists() and at < NOW + timedelta(hours=2):
        at += timedelta(minutes=1)
        outbox.sweep(at)
    names = list(Region.objects.values_list("name", flat=True))
    assert sorted(names) == sorted(f"{window.__name__} {hit}" for hit in range(HITS))
    assert OutboxTask.objects.to_do().count() == 0


def test_what_was_rolled_back_with_its_process_never_happens():
    def act():
        with transaction.atomic():
            put_down("never")
            os.kill(os.getpid(), signal.SIGKILL)

    for _ in range(HITS):
        killed(act)
    outbox.sweep(NOW + timedelta(hours=1))
    assert not OutboxTask.objects.exists()
    assert not Region.objects.exists()

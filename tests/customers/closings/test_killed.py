"""Closings whose worker is killed at each statement, by the signal that no program can hear."""

import os
import signal
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from customers.closings import steps
from customers.models import Closing, StepKind
from customers.ownership import retrace
from dealers.models import Notice
from tests.customers.closings.test_steps import of_dealer, of_store, run, state
from tests.dealers.test_lost_workers import killed
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import OwnerFactory, StoreFactory

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:This process:DeprecationWarning"),
    pytest.mark.usefixtures("english"),
]

MOST = 400  # kills


@pytest.fixture(autouse=True)
def _few_at_once(db, monkeypatch):
    monkeypatch.setattr(steps, "PORTION", 2)
    RulebookFactory()


@pytest.fixture
def customers(store, clerk):
    return [registered(store, staff=clerk.user, at=timezone.now()).ownership for _ in range(3)]


def everything(dealer):
    """What a closing leaves behind, and whom it told of it."""
    return state(dealer), sorted(Notice.objects.values_list("user", "kind", "said"))


def killed_at(statement, closing, at):
    """Have a worker go on with a closing, killed before that statement of its."""
    seen = 0

    def counting(execute, sql, params, many, context):
        nonlocal seen
        seen += 1
        if seen == statement:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)

    def act():
        with connection.execute_wrapper(counting):
            run(closing, at)

    killed(act)


def at_each_statement(closing, at, ends):
    """Kill the worker one statement later each time, until ``ends`` is done; how often that was."""
    for statement in range(1, MOST):
        killed_at(statement, closing, at)
        if ends():
            return statement
    raise AssertionError("It never ends.")


def rehearsed(closing, dealer, moments):
    """What is left where nobody was killed; taken back."""
    with transaction.atomic():
        for at in moments:
            run(closing, at)
        expected = everything(dealer)
        transaction.set_rollback(True)
    return expected


def test_a_store_closes_as_if_nobody_had_been_killed(store, owner, customers):
    closing = of_store(store, StoreFactory(dealer=store.dealer), owner)
    at = closing.due_at + timedelta(minutes=1)
    expected = rehearsed(closing, store.dealer, [at])

    kills = at_each_statement(
        closing, at, lambda: Closing.objects.filter(pk=closing.pk, finished_at=at).exists()
    )

    assert kills > closing.steps.count()
    assert everything(store.dealer) == expected
    assert run(closing, at + timedelta(days=1)) == 0
    assert everything(store.dealer) == expected
    moved = closing.steps.get(kind=StepKind.MOVED)
    assert (moved.done, moved.total) == (3, 3)
    assert list(retrace.broken()) == []


def test_a_dealer_closes_as_if_nobody_had_been_killed(store, hq, customers):
    OwnerFactory(dealer=store.dealer)
    closing = of_dealer(store.dealer, hq)
    moments = [each.due_at + timedelta(minutes=1) for each in closing.steps.order_by("number")]
    expected = rehearsed(closing, store.dealer, moments)

    kills = 0
    for at in moments:
        due = closing.steps.filter(due_at__lte=at).exclude(kind__in=steps.BY_THE_OWNER)
        left = due.filter(done_at=None)
        kills += at_each_statement(closing, at, lambda left=left: not left.exists())

    assert kills > closing.steps.count()
    assert everything(store.dealer) == expected
    for at in moments:
        run(closing, at)
    assert everything(store.dealer) == expected
    assert list(retrace.broken()) == []

"""All that a request waits for has one limit together; a job's every lock has one of its own."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event

import pytest
from django.db import connection, transaction

from dealers import waiting
from dealers.waiting import answering, busy_as, wait_no_longer

pytestmark = pytest.mark.django_db(transaction=True)


class _Refused(Exception):
    pass


def take(number):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(1, %s)", [number])


@contextmanager
def held(*seconds):
    """Others hold the locks 0, 1 and so on for so many seconds each, from when the block begins."""
    begin = Event()

    def hold(number, span, taken):
        try:
            with transaction.atomic():
                take(number)
                taken.set()
                begin.wait(10)
                time.sleep(span)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(seconds)) as pool:
        for number, span in enumerate(seconds):
            taken = Event()
            pool.submit(hold, number, span, taken)
            assert taken.wait(10)
        begin.set()
        yield


def all_of(many):
    with transaction.atomic():
        wait_no_longer()
        for number in range(many):
            take(number)


@transaction.atomic
def refuse_after(number):
    take(number)
    raise _Refused


def seconds_of(work):
    began = time.monotonic()
    with pytest.raises(_Refused, match="Try again in a minute"), busy_as(_Refused):
        work()
    return time.monotonic() - began


@pytest.mark.usefixtures("english")
def test_what_a_request_has_waited_is_gone_from_what_it_may_wait():
    with held(0.7, 1.4, 2.1), answering():
        assert 1.4 < seconds_of(lambda: all_of(3)) < 2


@pytest.mark.usefixtures("english")
def test_what_a_request_has_waited_for_a_thread_counts_as_well():
    with held(1.3), answering(1.2):
        assert 0.2 < seconds_of(lambda: all_of(1)) < 0.8


def test_each_lock_of_a_job_is_waited_for_by_itself():
    with held(0.7, 1.4, 2.1):
        all_of(3)


@pytest.mark.usefixtures("english")
def test_one_lock_is_not_waited_for_as_long_as_all():
    with held(1.3), answering():
        assert 0.8 < seconds_of(lambda: all_of(1)) < 1.3


@pytest.mark.usefixtures("english")
def test_what_was_taken_back_to_a_savepoint_counts_as_waited():
    with held(1.3, 1.9), answering(), transaction.atomic():
        wait_no_longer()
        with pytest.raises(_Refused), busy_as(_Refused), transaction.atomic():
            take(0)

        assert 0.1 < seconds_of(lambda: [take(0), take(1)]) < 0.95


@pytest.mark.usefixtures("english")
def test_what_waited_before_it_was_taken_back_counts_as_well():
    """A refusal of our own takes back what the database was told on the way to the savepoint."""
    with held(0.5, 1.0, 2.1), answering(), transaction.atomic():
        wait_no_longer()
        for number in range(2):
            with pytest.raises(_Refused):
                refuse_after(number)

        # As long as that a lock by itself is waited for, where nothing counts together.
        assert seconds_of(lambda: take(2)) < waiting.PATIENCE


def test_a_request_that_waits_for_nobody_tells_the_database_once(django_assert_num_queries):
    with answering(), transaction.atomic(), django_assert_num_queries(4):
        wait_no_longer()
        for number in range(3):
            take(number)


def test_without_a_limit_told_a_lock_waits_as_it_always_did():
    with held(1.1), answering(), transaction.atomic():
        take(0)


def test_a_limit_of_a_request_ends_with_it():
    with answering():
        pass
    assert waiting.patience() == waiting.PATIENCE

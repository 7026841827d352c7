"""A cut-off waits for what is being recorded, and nothing waits for the cut-off."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import OperationalError, connection, transaction
from psycopg.errors import AdminShutdown, DeadlockDetected, LockNotAvailable

from customers import cutoff
from customers.cutoff import CutoffFailed, all_of, hold_all, hold_open_orders, known_until
from customers.models import Registration
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import StoreFactory

pytestmark = pytest.mark.django_db(transaction=True)


def elsewhere(pool, work):
    def run():
        try:
            return work()
        finally:
            connection.close()

    return pool.submit(run)


def test_the_cut_off_comes_after_everything_that_was_being_recorded():
    RulebookFactory()
    store = StoreFactory()
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            made = registered(store)
            waiting = elsewhere(pool, known_until)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.3)
        cut_off = waiting.result(timeout=5)

    assert Registration.objects.get().recorded_at == made.recorded_at < cut_off
    assert registered(store).recorded_at > cut_off


def test_registrations_do_not_queue_behind_a_waiting_cut_off():
    RulebookFactory()
    store = StoreFactory()
    with ThreadPoolExecutor(2) as pool:
        with transaction.atomic():
            hold_open_orders()
            waiting = elsewhere(pool, known_until)
            elsewhere(pool, lambda: registered(store)).result(timeout=5)
            assert not waiting.done()
        waiting.result(timeout=5)


def test_a_bulk_load_waits_for_registrations_and_they_for_it():
    RulebookFactory()
    store = StoreFactory()
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            loaded_at = hold_all()
            waiting = elsewhere(pool, lambda: registered(store))
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.3)
        assert waiting.result(timeout=5).recorded_at > loaded_at


def test_a_cut_off_gives_up_in_the_end():
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        hold_open_orders()
        with pytest.raises(CutoffFailed):
            elsewhere(pool, lambda: known_until(patience=0.1)).result()


def test_a_cut_off_inside_a_transaction_gives_its_locks_back_at_once():
    RulebookFactory()
    store = StoreFactory()
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        known_until()
        elsewhere(pool, lambda: registered(store)).result(timeout=5)


def test_one_for_which_a_job_fails_holds_up_nobody_else_and_is_raised_at_the_end(caplog):
    done = []

    def work(number):
        if number == 2:
            raise ZeroDivisionError
        if number == 3:
            raise OperationalError from LockNotAvailable()
        done.append(number)

    with pytest.raises(ZeroDivisionError):
        cutoff.one_by_one("case", [1, 2, 3, 4], work)
    assert done == [1, 4]
    assert [record.getMessage() for record in caplog.records] == [
        "What is due of case 2 could not be done."
    ]


class _Refused(Exception):
    pass


@pytest.mark.parametrize("cause", [LockNotAvailable, DeadlockDetected])
def test_who_waits_in_vain_is_told_that_somebody_else_records(english, cause):
    with pytest.raises(_Refused, match="Try again in a minute"), cutoff.busy_as(_Refused):
        raise OperationalError from cause()


def test_a_database_that_is_gone_is_not_somebody_else_who_records():
    with pytest.raises(OperationalError), cutoff.busy_as(_Refused):
        raise OperationalError from AdminShutdown()


def test_a_job_that_fails_holds_the_next_one_up_no_longer():
    done = []

    def fails():
        raise ValueError("first")

    def works():
        done.append("second")
        return 2

    with pytest.raises(ValueError, match="first"):
        all_of(fails, works)
    assert done == ["second"]
    assert all_of(works, works) == 4

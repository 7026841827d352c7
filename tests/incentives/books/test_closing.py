"""Closing: the order of months, once and for all, what is booked, statements that add up."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from incentives.books import closing, ledger, periods
from incentives.books.closing import ClosingRefused
from incentives.models import (
    ENGINE,
    Entry,
    Journal,
    Line,
    Period,
    Result,
    Run,
    Statement,
)
from tests.factories.dealers import StoreFactory
from tests.factories.incentives import (
    FEBRUARY,
    JANUARY,
    MARCH,
    close_period,
    give_back,
    percent,
    published,
    sale,
    tiers,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


def everything() -> list:
    """All that a closing writes, to see whether another one changes it."""
    return [
        list(model.objects.order_by("pk").values())
        for model in (Run, Period, Result, Line, Journal, Entry, Statement)
    ]


def test_closing_again_changes_nothing(customer):
    published(percent(places=["own"]), tiers(code="tiers"))
    sale(customer, "100.00", date(2026, 1, 10))
    first = close_period(JANUARY)
    before = everything()
    sale(customer, "900.00", date(2026, 1, 11))

    again = close_period(JANUARY)

    assert again == first
    assert everything() == before


def test_a_run_says_which_engine_computed_it(store):
    with pytest.raises(IntegrityError, match='"engine"'), transaction.atomic():
        Run.objects.create(month=JANUARY, known_until=timezone.now(), inputs_hash="x")
    assert close_period(JANUARY).engine == ENGINE


def test_a_month_before_the_last_closed_one_is_refused(customer):
    published(percent(places=["own"]))
    sale(customer, "100.00", date(2026, 2, 10))
    close_period(JANUARY)

    with pytest.raises(ClosingRefused, match="2026-01 is closed already, so 2025-12"):
        close_period(date(2025, 12, 1))


def test_a_gap_is_refused_and_the_month_to_close_is_named(customer):
    published(percent(places=["own"]))
    sale(customer, "100.00", date(2026, 1, 10))

    with pytest.raises(ClosingRefused, match="Close 2026-01 first"):
        close_period(FEBRUARY)
    close_period(JANUARY)
    with pytest.raises(ClosingRefused, match="Close 2026-02 first"):
        close_period(MARCH)


def test_a_month_that_still_runs_somewhere_is_refused(customer):
    published(percent(places=["own"]))
    StoreFactory(timezone="America/New_York")
    in_shanghai_only = datetime(2026, 1, 31, 17, tzinfo=UTC)

    with pytest.raises(ClosingRefused, match="has not ended"):
        close_period(JANUARY, at=in_shanghai_only)

    assert close_period(JANUARY, at=in_shanghai_only + timedelta(hours=13))


def test_months_due_are_those_that_ended_and_are_not_closed(customer):
    published(percent(places=["own"]))

    assert periods.months_due(datetime(2026, 3, 15, tzinfo=UTC)) == [JANUARY, FEBRUARY]
    close_period(JANUARY)
    assert periods.months_due(datetime(2026, 3, 15, tzinfo=UTC)) == [FEBRUARY]


@pytest.mark.django_db(transaction=True)
def test_a_month_closed_by_two_at_once_is_closed_once(customer):
    published(percent(places=["own"]))
    sale(customer, "100.00", date(2026, 1, 10))

    def close():
        try:
            return close_period(JANUARY)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=2) as pool:
        runs = [future.result() for future in [pool.submit(close), pool.submit(close)]]

    assert runs[0] == runs[1] == Run.objects.get()
    assert Statement.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_months_closed_at_once_the_later_one_knows_more(customer):
    published(percent(places=["own"]))
    sale(customer, "100.00", date(2026, 1, 10))

    def close():
        try:
            return close_period(FEBRUARY)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [closing._LOCK])
            waits = pool.submit(close)
            waiting = False
            while not waiting:
                cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
                waiting = cursor.fetchone()[0] > 0
            first = close_period(JANUARY)
        second = waits.result()

    assert first.known_until < second.known_until


def test_a_month_that_breaks_off_leaves_nothing(customer, monkeypatch):
    published(percent(places=["own"]))
    sale(customer, "100.00", date(2026, 1, 10))
    monkeypatch.setattr(ledger, "book", lambda _run: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        close_period(JANUARY)

    assert not Run.objects.exists()
    assert not Result.objects.exists()


class TestBooks:
    def test_a_journal_a_dealer_with_two_entries_a_plan(self, customer):
        published(percent("0.03", places=["own"]), code="pays")
        published(percent("0.01", places=["own"]), code="takes", direction="dealer_pays")
        sale(customer, "100.00", date(2026, 1, 10))

        run = close_period(JANUARY)

        journal = Journal.objects.get()
        assert journal.key == f"close:2026-01:{customer.dealer.code}"
        booked = {(e.account.kind, e.account.plan and e.account.plan.code): e.amount
                  for e in journal.entries.exclude(account__kind="payable")}  # fmt: skip
        assert booked == {("expense", "pays"): -3, ("income", "takes"): 1}
        payable = journal.entries.filter(account__dealer=customer.dealer)
        assert sorted(e.amount for e in payable) == [-1, 3]
        assert run.statements.get().total == 2

    def test_a_dealer_that_comes_to_nothing_gets_a_statement_and_no_journal(self, customer):
        published(percent("0.03", places=["own"]))
        sold = sale(customer, "100.00", date(2026, 1, 10))
        give_back(sold, "100.00", date(2026, 1, 11))

        close_period(JANUARY)

        assert not Journal.objects.exists()
        assert Statement.objects.get().journal is None


class TestStatements:
    def test_what_a_dealer_owes_is_carried_over(self, customer):
        published(percent("0.10", places=["own"]))
        sold = sale(customer, "100.00", date(2026, 1, 10))
        close_period(JANUARY)
        give_back(sold, "100.00", date(2026, 2, 10))
        close_period(FEBRUARY)
        sale(customer, "30.00", date(2026, 3, 10))
        close_period(MARCH)
        close_period(date(2026, 4, 1))
        sale(customer, "200.00", date(2026, 5, 10))
        close_period(date(2026, 5, 1))

        figures = [
            (s.opening, s.total, s.payable, s.closing)
            for s in Statement.objects.order_by("run__month")
        ]
        assert figures == [(0, 10, 10, 0), (0, -10, 0, -10), (-10, 3, 0, -7), (-7, 0, 0, -7),
                           (-7, 20, 13, 0)]  # fmt: skip

    def test_number_and_code(self, customer):
        published(percent(places=["own"]))
        sale(customer, "100.00", date(2026, 1, 10))

        close_period(JANUARY)

        statement = Statement.objects.get()
        assert statement.number == f"ST-2026-01-{customer.dealer.code}"
        assert len(statement.code) == 19

"""Estimates of open months: equal to what closing books, kept until a fact changes them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from operator import attrgetter

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.models import SoldBy
from dealers.waiting import wait_no_longer
from incentives import estimates
from incentives.engine import month as engine
from incentives.engine.scope import Scope
from incentives.models import OpenLine, OpenMonth, Result
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import OwnerFactory, StoreFactory
from tests.factories.incentives import (
    FEBRUARY,
    JANUARY,
    close_period,
    give_back,
    just_after,
    owned_customer,
    per_registration,
    percent,
    published,
    sale,
    tiers,
)

NOW = datetime(2026, 1, 20, 4, 0, tzinfo=UTC)
FIELDS = ("component_id", "for_month", "adjustment", "count", "base", "returned", "uncapped",
          "amount", "explanation")  # fmt: skip
figures = attrgetter(*FIELDS)
cents = st.integers(min_value=1, max_value=30_000_000).map(lambda n: Decimal(n).scaleb(-2))


@pytest.fixture
def customer(db):
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    return owned_customer(StoreFactory())


@pytest.fixture
def dealer(customer):
    return customer.dealer


def computed(dealer, month) -> list[tuple]:
    found = engine.estimate(Scope.of(month).for_dealer(dealer.pk))
    return sorted(
        (e.component.pk, *(getattr(e, field) for field in FIELDS[1:])) for e in found
    )  # fmt: skip


def kept(dealer, month, at=NOW) -> list[tuple]:
    return sorted(figures(result) for result in estimates.current(dealer, month, at).results())


class _Undo(Exception):
    """Ends an example without leaving anything."""


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    facts=st.lists(
        st.tuples(
            cents,
            st.sampled_from([SoldBy.OWN, SoldBy.OTHER, SoldBy.ONLINE]),
            st.sampled_from([1, 2]),
            st.sampled_from([None, 1, 2]),
        ),
        min_size=1,
        max_size=6,
    ),
    closed=st.booleans(),
)
def test_an_estimate_is_what_closing_right_after_it_books(customer, facts, closed):
    """Sales in two months, some with a return, where the first one may be closed already."""
    rival, owner = StoreFactory(), customer.dealer
    try:
        with transaction.atomic():
            published(
                percent("0.10", code="own", places=["own"], period_cap=Decimal("99.99")),
                percent("0.08", code="owner", by_share=True),
                percent("0.08", code="seller", by_share=True, to="seller"),
                tiers(code="tiers", places=["online"]),
                per_registration(),
            )
            for n, (net, sold_by, month, back) in enumerate(facts):
                elsewhere = sold_by == SoldBy.OTHER
                sold = sale(
                    customer, net, date(2026, month, 3 + n), sold_by=sold_by,
                    at=rival if elsewhere else None, share="0.3" if elsewhere else "1",
                )  # fmt: skip
                if back and back >= month:
                    give_back(sold, net / 2, date(2026, back, 20))
            month = FEBRUARY if closed else JANUARY
            if closed:
                close_period(JANUARY)
            for each in (owner, rival.dealer):
                assert kept(each, month) == computed(each, month)
                lines = OpenLine.objects.filter(open_month__dealer=each)
                assert lines.count() == sum(row[3] for row in computed(each, month))
            before = {each: kept(each, month) for each in (owner, rival.dealer)}
            run = close_period(month)
            for each, rows in before.items():
                results = Result.objects.filter(run=run, dealer=each)
                assert sorted(figures(result) for result in results) == rows
            raise _Undo
    except _Undo:
        pass


def test_reading_again_computes_nothing(customer, dealer):
    published(percent(places=["own"]))
    sale(customer, "100.00", date(2026, 1, 5))

    first = estimates.current(dealer, JANUARY, NOW)
    again = estimates.current(dealer, JANUARY, NOW + timedelta(days=2))

    assert first.month == again.month
    # Nothing was recorded in between, so the amounts are those of the later moment too.
    assert (first.as_of, again.as_of) == (NOW, NOW + timedelta(days=2))


def sold_elsewhere(customer):
    sale(customer, "70.00", date(2026, 1, 7), sold_by=SoldBy.OTHER, at=StoreFactory(), share="0.3")


def sold_for_another(customer):
    other = owned_customer(StoreFactory())
    sale(other, "70.00", date(2026, 1, 7), sold_by=SoldBy.OTHER, at=customer.store, share="0.3")


@pytest.mark.parametrize(
    "happens",
    [
        lambda customer: sale(customer, "50.00", date(2026, 1, 6)),
        sold_elsewhere,
        sold_for_another,
        lambda customer: registered(customer.store, at=NOW),
        lambda _customer: published(per_registration("9.00", code="new"), code="later"),
        lambda _customer: close_period(date(2025, 12, 1)),
    ],
    ids=["sale", "sold elsewhere", "sold for another", "registration", "plan", "closing"],
)
def test_each_kind_of_fact_makes_a_new_estimate(customer, dealer, happens):
    published(percent(places=["own"]), percent(code="seller", by_share=True, to="seller"),
              per_registration(), starts_on=date(2025, 12, 1))  # fmt: skip
    sale(customer, "100.00", date(2026, 1, 5))
    before = estimates.current(dealer, JANUARY, NOW)

    happens(customer)
    after = estimates.current(dealer, JANUARY, NOW)

    assert after.month != before.month
    assert kept(dealer, JANUARY) == computed(dealer, JANUARY)


def test_a_return_brought_back_elsewhere_changes_what_the_seller_has(customer, dealer):
    published(percent(code="seller", by_share=True, to="seller"))
    other = owned_customer(StoreFactory())
    sold = sale(other, "70.00", date(2026, 1, 7), sold_by=SoldBy.OTHER, at=customer.store,
                share="0.3")  # fmt: skip
    before = estimates.current(dealer, JANUARY, NOW).total()

    sold.store = other.store  # where it is brought back
    give_back(sold, "70.00", date(2026, 1, 9))

    assert before > 0
    assert estimates.current(dealer, JANUARY, NOW).total() == 0


def test_with_many_lines_the_worker_computes_and_the_page_says_how_old_it_is(
    customer, dealer, login, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(estimates, "MANY", 0)
    month = timezone.localdate().replace(day=1)
    published(percent("0.10", places=["own"]))
    sale(customer, "100.00", month)
    client, url = (
        login(OwnerFactory(dealer=dealer)),
        reverse("incentives:earnings-month", args=[month]),
    )
    client.get(url)
    sale(customer, "50.00", month)

    with django_capture_on_commit_callbacks(execute=True):
        outdated = client.get(url)
    fresh = client.get(url)

    assert (outdated.context["month"].total, fresh.context["month"].total) == (10, 15)
    assert outdated.context["month"].outdated
    assert outdated.context["as_of"] < fresh.context["as_of"]
    assert "此后又有新记录" in outdated.content.decode()
    assert "此后又有新记录" not in fresh.content.decode()


def test_of_several_open_months_the_first_has_what_came_late(customer, dealer):
    published(percent("0.10", places=["own"]))
    sale(customer, "50.00", date(2026, 1, 4))
    run = close_period(JANUARY)
    sale(customer, "100.00", date(2026, 1, 5), recorded_at=just_after(run))

    months = (FEBRUARY, date(2026, 3, 1))
    assert [estimates.current(dealer, each, NOW).total() for each in months] == [10, 0]


def test_a_closed_month_has_no_estimates(customer, dealer):
    published(percent(places=["own"]))
    sale(customer, "100.00", date(2026, 1, 5))
    estimates.current(dealer, JANUARY, NOW)
    estimates.current(dealer, FEBRUARY, NOW)

    close_period(JANUARY)

    assert [open_month.month for open_month in OpenMonth.objects.all()] == [FEBRUARY]
    assert not OpenLine.objects.filter(open_month__month=JANUARY).exists()


def test_an_estimate_that_was_replaced_stays_for_a_minute(customer, dealer):
    published(percent(places=["own"]))
    sale(customer, "100.00", date(2026, 1, 5))
    first = estimates.current(dealer, JANUARY, NOW)
    sale(customer, "100.00", date(2026, 1, 6))
    # However old the one before is: a page may have begun to read it a moment ago.
    hour = NOW + timedelta(hours=1)
    second = estimates.current(dealer, JANUARY, hour).month
    assert first.total() > 0

    sale(customer, "100.00", date(2026, 1, 7))
    third = estimates.current(dealer, JANUARY, hour + timedelta(seconds=30)).month
    assert OpenMonth.objects.count() == 3
    sale(customer, "100.00", date(2026, 1, 8))
    fourth = estimates.current(dealer, JANUARY, hour + timedelta(seconds=80)).month

    kept_on = set(OpenMonth.objects.values_list("pk", flat=True))
    assert kept_on == {second.pk, third.pk, fourth.pk}


def test_pages_of_an_open_month_take_few_statements_however_many_lines(customer, dealer, login):
    month = timezone.localdate().replace(day=1)
    published(percent("0.10", code="each", places=["own"]), tiers(code="tiers"),
              per_registration())  # fmt: skip
    client = login(OwnerFactory(dealer=dealer))
    day = reverse("incentives:earnings-month", args=[month])
    urls = ["/", day, f"{day}?component=each", f"{day}results/tiers/"]
    counts = []
    for amount in ("10.00", "20.00", "30.00"):
        sold = sale(customer, amount, month)
        line = reverse("incentives:line", args=[month, "each", sold.pk])
        counts.append([statements(client, url) for url in (*urls, line)])

    assert max(map(max, counts)) <= 31
    assert counts[1] == counts[2]


def statements(client, url) -> int:
    assert client.get(url).status_code == 200  # computed, and what a process reads once is read
    with CaptureQueriesContext(connection) as caught:
        client.get(url)
    control = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")
    return sum(not query["sql"].startswith(control) for query in caught.captured_queries)


@pytest.mark.django_db(transaction=True)
def test_the_second_of_two_waits_and_finds_the_work_done():
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    dealer = owned_customer(StoreFactory()).dealer

    def second():
        try:
            return estimates.refresh(dealer.pk, JANUARY, NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic():
            made = estimates.refresh(dealer.pk, JANUARY, NOW)
            waiting = pool.submit(second)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.5)
        assert waiting.result(timeout=10) == made
    assert OpenMonth.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_page_that_comes_while_the_first_one_is_computed_computes_it_as_well():
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    customer = owned_customer(StoreFactory())
    published(percent(places=["own"]))
    sale(customer, "100.00", date(2026, 1, 5))

    def second():
        try:
            with transaction.atomic():
                wait_no_longer()
                return estimates.current(customer.dealer, JANUARY, NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=1) as pool, transaction.atomic():
        first = estimates.current(customer.dealer, JANUARY, NOW)
        found = pool.submit(second).result(timeout=20)
    assert not found.outdated
    assert found.month != first.month
    assert found.total() == first.total() > 0

"""Each line says in which state it is, since when and why, in the list and on its own page."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.urls import reverse

from customers.cases import opening
from customers.models import VoidReason
from customers.ownership.voids import void
from dealers.actor import Actor
from dealers.models import Dealer
from incentives.earnings import held
from incentives.earnings.lines import lines
from incentives.earnings.results import source_of
from incentives.earnings.states import LineState, State, state_of
from incentives.models import Base, Kind
from tests.customers.cases.disputed import DAY, Dispute
from tests.factories.customers import RulebookFactory
from tests.factories.dealers import OwnerFactory, StoreFactory
from tests.factories.incentives import (
    FEBRUARY,
    JANUARY,
    close_period,
    give_back,
    owned_customer,
    per_registration,
    percent,
    published,
    sale,
    tiers,
)
from tests.incentives.books.test_holds import BEGAN, EVERYWHERE, SOLD

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture(autouse=True)
def _rules(db):
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))


@pytest.fixture
def customer():
    return owned_customer(StoreFactory())


def at_noon(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 4, tzinfo=UTC)


def states(dealer: Dealer, at: datetime, month: date = JANUARY) -> list[LineState]:
    """Those of a month's lines, newest first."""
    source = source_of(dealer, month, at)
    return [state_of(line, source) for line in lines(dealer, month, at, source=source).lines]


def test_a_sale_is_accrued_then_eligible_then_on_the_statement(customer):
    published(percent("0.10", places=["own"], return_window_days=15))
    sale(customer, "100.00", date(2026, 1, 5))
    [accrued] = states(customer.dealer, at_noon(1, 20))
    assert (accrued.state, accrued.since) == (State.ACCRUED, at_noon(1, 5))
    assert accrued.why == "What is returned until 20 Jan 2026 is not paid."
    [eligible] = states(customer.dealer, at_noon(1, 21))
    assert (eligible.state, eligible.since) == (State.ELIGIBLE, date(2026, 1, 21))
    run = close_period(JANUARY)
    [stated] = states(customer.dealer, at_noon(2, 20))
    assert (stated.state, stated.since) == (State.ON_STATEMENT, run.closed_at)
    assert stated.why == "Closed and booked with January 2026."


def test_what_is_paid_by_the_month_is_estimated_until_that_is_closed(customer):
    published(tiers())
    sale(customer, "100.00", date(2026, 1, 5))
    [found] = states(customer.dealer, at_noon(2, 20))
    assert (found.state, found.since) == (State.ESTIMATED, at_noon(1, 5))
    close_period(JANUARY)
    assert [it.state for it in states(customer.dealer, at_noon(2, 20))] == [State.ON_STATEMENT]


def test_a_registration_is_eligible_at_once_and_reversed_when_voided(customer, hq):
    published(per_registration())
    found = states(customer.dealer, at_noon(1, 5))
    assert [(it.state, it.since) for it in found] == [(State.ELIGIBLE, customer.received_at)]
    close_period(JANUARY)
    at = at_noon(2, 10)
    void(customer, reason=VoidReason.FRAUD, by=Actor.hq(hq), at=at)
    [reversed_] = states(customer.dealer, at)
    assert (reversed_.state, reversed_.since) == (State.REVERSED, at)
    [back] = states(customer.dealer, at, FEBRUARY)
    assert back.state == State.ELIGIBLE


def test_a_sale_is_reversed_once_all_of_it_came_back(customer):
    published(percent("0.10", places=["own"]))
    sold = sale(customer, "100.00", date(2026, 1, 5), quantity=2)
    give_back(sold, "40.00", date(2026, 1, 8))
    assert State.REVERSED not in {it.state for it in states(customer.dealer, at_noon(1, 9))}
    give_back(sold, "60.00", date(2026, 1, 12))
    assert State.REVERSED not in {it.state for it in states(customer.dealer, at_noon(1, 11))}
    *_back, gone = states(customer.dealer, at_noon(1, 13))
    assert (gone.state, gone.since) == (State.REVERSED, at_noon(1, 12))


def test_what_came_back_too_late_leaves_a_sale_as_it_is(customer):
    published(percent("0.10", places=["own"], clawback_days=5))
    sold = sale(customer, "100.00", date(2026, 1, 5))
    give_back(sold, "100.00", date(2026, 1, 11))
    [paid] = states(customer.dealer, at_noon(1, 25))
    assert paid.state == State.ELIGIBLE


def test_money_alone_leaves_what_is_paid_by_count(customer):
    published(percent("15.00", places=["own"], kind=Kind.FLAT, base=Base.COUNT))
    sold = sale(customer, "100.00", date(2026, 1, 5))
    give_back(sold, "100.00", date(2026, 1, 8), quantity=0)
    assert State.REVERSED not in {it.state for it in states(customer.dealer, at_noon(1, 9))}
    give_back(sold, "0.00", date(2026, 1, 10), quantity=1)
    *_back, gone = states(customer.dealer, at_noon(1, 11))
    assert (gone.state, gone.since) == (State.REVERSED, at_noon(1, 10))


def test_a_sale_of_nothing_is_reversed_once_its_goods_came_back(customer):
    published(percent("15.00", places=["own"], kind=Kind.FLAT, base=Base.COUNT, pays_zero=True))
    sold = sale(customer, "0.00", date(2026, 1, 5), quantity=2)
    give_back(sold, "0.00", date(2026, 1, 8), quantity=1)
    assert State.REVERSED not in {it.state for it in states(customer.dealer, at_noon(1, 9))}
    give_back(sold, "0.00", date(2026, 1, 10), quantity=1)
    *_back, gone = states(customer.dealer, at_noon(1, 11))
    assert (gone.state, gone.since) == (State.REVERSED, at_noon(1, 10))


def test_what_is_in_dispute_is_held_by_its_case(login):
    published(percent("0.10", places=EVERYWHERE, code="all"))
    dispute = Dispute(began=BEGAN)
    dispute.sell(None, "S1", at=SOLD)
    case = opening.claim(dispute.claim, story="Ours.", by=Actor.of(dispute.owner_b), at=SOLD + DAY)
    source = source_of(dispute.a.dealer, JANUARY, SOLD + DAY)
    [by] = held.of_month(dispute.a.dealer, JANUARY, source, SOLD + DAY)
    found = state_of(by.lines[0], source, by)
    assert (found.state, found.since) == (State.HELD, SOLD + DAY)
    assert case.code in found.why


def test_the_pages_say_so(customer, login):
    published(percent("0.10", places=["own"], return_window_days=15))
    sold = sale(customer, "100.00", date(2026, 1, 5))
    client = login(OwnerFactory(dealer=customer.dealer))
    month = reverse("incentives:earnings-month", args=[JANUARY])
    page = client.get(month)
    [line] = page.context["lines"]
    assert line.state == State.ELIGIBLE
    shown = client.get(line.url).text
    assert "<b>Confirmed</b>" in shown
    assert "The return window is over." in shown
    close_period(JANUARY)
    assert "On the statement" in client.get(month).text
    give_back(sold, "100.00", date(2026, 2, 8))
    assert "Taken back in full" in client.get(month).text
    shown = client.get(line.url).text
    assert "each return takes its part back by a line of its own" in shown
    assert Decimal("-10.00") in [
        line.amount for line in lines(customer.dealer, FEBRUARY, at_noon(2, 20)).lines
    ]


def test_a_month_that_is_closed_while_the_window_runs_does_not_say_that_it_ended(customer, login):
    published(percent("0.10", places=["own"], return_window_days=3000))
    sold = sale(customer, "100.00", date(2026, 1, 5))
    close_period(JANUARY)

    client = login(OwnerFactory(dealer=customer.dealer))
    page = client.get(f"/earnings/2026-01/lines/cross/{sold.pk}/")

    assert [(step.kind, step.state) for step in page.context["progress"]][:3] == [
        ("sale", "done"), ("closed", "done"), ("window", "now"),
    ]  # fmt: skip
    assert "Return window runs" in page.text
    assert "Return window ended" not in page.text
    assert "what is returned until then is not paid" not in page.text

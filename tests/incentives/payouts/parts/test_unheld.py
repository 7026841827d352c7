"""A line of which nothing waits is paid with its statement, also while it is in dispute."""

from datetime import date
from decimal import Decimal

import pytest

from incentives.disputes import timeline
from incentives.earnings.detail import line_detail
from incentives.models import Dispute, Line, Payout
from incentives.payouts import progress
from incentives.statements import release
from incentives.views import earnings
from tests.factories.incentives import (
    JANUARY,
    close_period,
    give_back,
    published,
    sale,
    tiers,
)
from tests.factories.parts import CLOSED, at, disputed, paid
from tests.factories.payouts import give_account

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture
def run(customer, owner):
    """January with a sale, a deduction of 6.00, and both in what is paid for the month."""
    published(tiers(), code="months")
    give_back(sale(customer, "1000.00", date(2026, 1, 10)), "200.00", date(2026, 1, 12))
    give_account(owner)
    return close_period(JANUARY, CLOSED)


@pytest.mark.parametrize("amount", [None, Decimal("-6.00")])
def test_the_payment_that_was_made_meanwhile_brought_it(run, owner, first, second, amount):
    release.release(run, by=second, at=at())
    line = Line.objects.filter(result__run=run, amount=amount).order_by("pk")[0]
    disputed(owner, line)
    paid(first, second)

    way = progress.of_statement(owner.dealer, run, at())

    key = line.result.component_id, line.order_id
    assert way.payment_of(key) == Payout.objects.get()


def test_what_brings_base_only_is_not_said_to_be_never_paid(run, owner, second):
    release.release(run, by=second, at=at())
    line = Line.objects.filter(result__run=run, amount=None).order_by("pk")[0]
    disputed(owner, line)
    now = at()
    detail = line_detail(owner.dealer, JANUARY, "own", str(line.order_id), now)

    steps = earnings.progress(detail, now, progress.of_statement(owner.dealer, run, now))

    assert steps[-1].kind == "paid"


def test_what_was_paid_before_it_came_into_dispute_is_said_to_be(run, owner, first, second):
    release.release(run, by=second, at=at())
    paid(first, second)
    disputed(owner, Line.objects.get(result__run=run, amount=30))

    found = timeline.standing(Dispute.objects.with_moments().get(), at())

    assert (found.held, found.paid_before) == (None, True)

"""For what the key of a dealer that closes is kept: for what is to be paid, or may be disputed."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from customers.models import Activity
from incentives.books import adjustments
from incentives.disputes.deadlines import open_until
from incentives.models import Event, Plan, Run, Statement
from incentives.payouts import owed
from tests.factories.disputes import dispute_of
from tests.factories.incentives import just_after, per_registration, published, sale
from tests.factories.payouts import answered, today

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)


@pytest.fixture
def dealer(batch, customer, first, tmp_path):
    """It was paid all that January gave it, and the account is needed no more."""
    payout = batch.payouts.get()
    answered(tmp_path, first, f"{payout.reference},paid,{today()},")
    assert not owed.account_is_needed(customer.dealer_id, timezone.now())
    return customer.dealer


def test_until_all_is_paid_the_account_is_needed(batch, customer):
    assert owed.account_is_needed(customer.dealer_id, timezone.now())


def test_what_people_added_to_the_open_month_is_to_be_paid_still(dealer, first):
    wanted = adjustments.Wanted(dealer, Plan.objects.get(), Decimal("5.00"), "运费补贴")
    at = datetime(2026, 2, 10, 4, tzinfo=UTC)
    adjustments.propose(wanted, key="freight", by=first, at=at)
    assert owed.account_is_needed(dealer.pk, timezone.now())


def test_what_the_closing_did_not_know_of_comes_with_the_next_one(dealer, customer, run):
    sale(customer, "50.00", date(2026, 1, 20), recorded_at=just_after(run))
    assert owed.account_is_needed(dealer.pk, timezone.now())


@pytest.mark.parametrize("counts", [True, False])
def test_a_first_contact_that_the_closing_did_not_know_of_is_to_be_paid_still(
    customer, request, counts
):
    """Its registration of January was known; where no plan counts contacts, it brings nothing."""
    if counts:
        contacts = per_registration("4.00", code="first", event=Event.FIRST_CONTACT)
        published(contacts, code="contacts")
    dealer = request.getfixturevalue("dealer")
    Activity.objects.create(
        customer=customer.customer, dealer=dealer, store=customer.store, kind="call",
        outcome="reached", at=datetime(2026, 1, 2, 4, tzinfo=UTC),
        recorded_at=just_after(Run.objects.get()),
    )  # fmt: skip
    assert owed.account_is_needed(dealer.pk, timezone.now()) == counts


def test_the_key_stays_as_long_as_a_line_can_be_disputed(dealer):
    until = open_until(Statement.objects.select_related("run__release").get())
    assert owed.may_be_disputed(dealer.pk, until - SECOND)
    assert not owed.may_be_disputed(dealer.pk, until)


def test_and_as_long_as_a_dispute_waits_for_its_decision(dealer, owner):
    until = open_until(Statement.objects.select_related("run__release").get())
    dispute_of(owner, timezone.now(), files=0)
    assert owed.may_be_disputed(dealer.pk, until + timedelta(days=30))

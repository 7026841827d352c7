"""Bookings beside the closings: once by their key, taken back whole, of two people if need be."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from dealers.actor import Actor
from dealers.months import first_day, next_month
from incentives.books import ledger, periods
from incentives.books.ledger import Booking, OtherContent
from incentives.models import Entry, Holder, Journal, Period, Source
from tests.factories.dealers import DealerFactory, UserFactory
from tests.factories.incentives import JANUARY, close_period, percent, published

pytestmark = pytest.mark.django_db

AT = datetime(2026, 2, 10, 1, tzinfo=UTC)
EFFECTIVE = datetime(2026, 1, 31, 1, tzinfo=UTC)
WORKER = Actor.worker("tests")


@pytest.fixture
def dealer():
    return DealerFactory()


def post(dealer, amount="30.00", key="payout:P1", **options) -> Journal:
    entries = [
        (ledger.owed_to_each([dealer.pk], "CNY")[dealer.pk], -Decimal(amount)),
        (ledger.own(Holder.CLEARING, "CNY"), Decimal(amount)),
    ]
    terms = {"effective_at": EFFECTIVE, "reverses": None}
    terms |= {name: options.pop(name) for name in terms if name in options}
    booking = Booking(key, entries, Source.PAYOUT, "P1", **terms)
    return ledger.post(booking, **{"by": WORKER, "at": AT, **options})


def settle() -> None:
    """What the database looks at when the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def test_the_same_booking_again_is_the_one_that_is_there(dealer):
    first = post(dealer)

    again = post(dealer, "30.0", at=AT + timedelta(days=1))

    settle()
    assert again == first
    assert first.period.month == date(2026, 2, 1)
    assert (first.effective_at, first.recorded_at) == (EFFECTIVE, AT)
    assert Entry.objects.count() == 2


@pytest.mark.parametrize(
    "other", [{"amount": "30.01"}, {"effective_at": EFFECTIVE + timedelta(days=1)}]
)
def test_a_key_with_another_content_is_refused(dealer, other):
    post(dealer)

    with pytest.raises(OtherContent, match="payout:P1"):
        post(dealer, **other)

    assert Journal.objects.count() == 1


def test_what_is_booked_after_a_closing_goes_into_a_period_that_is_open(dealer):
    published(percent())
    this_month = first_day(timezone.localdate())
    assert periods.taking(timezone.now()).month == this_month
    run = close_period(JANUARY)

    late = post(dealer, at=run.closed_at - timedelta(days=400))

    assert late.period == Period.objects.get(month=next_month(JANUARY))


def test_a_journal_is_taken_back_whole_and_once(dealer):
    journal = post(dealer)
    post(dealer, "-30.00", "payout:P1:back", reverses=journal)
    settle()

    with pytest.raises(IntegrityError), transaction.atomic():
        post(dealer, "-30.00", "payout:P1:again", reverses=journal)


def test_another_amount_takes_nothing_back(dealer):
    post(dealer, "-29.00", "payout:P1:back", reverses=post(dealer))

    with pytest.raises(DatabaseError, match="takes back another amount"):
        settle()


def test_nobody_approves_a_booking_of_their_own(dealer):
    by = Actor.hq(UserFactory())

    with pytest.raises(IntegrityError, match="approved_by_another"), transaction.atomic():
        post(dealer, by=by, approved_by=by.user)
    with pytest.raises(IntegrityError, match="approved_by_another"), transaction.atomic():
        post(dealer, by=WORKER, approved_by=by.user)

    assert post(dealer, by=by, approved_by=UserFactory()).made_by == by.user

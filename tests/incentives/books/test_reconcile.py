"""What should be zero is, and where it is not the row that differs is named."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from dealers.actor import Actor
from dealers.triggers import lifted
from incentives import verification
from incentives.books import ledger, reconcile
from incentives.books.ledger import Booking
from incentives.models import Account, Entry, Holder, Payout, Source, Statement
from tests.factories.customers import RulebookFactory
from tests.factories.dealers import OwnerFactory, StoreFactory, UserFactory
from tests.factories.incentives import (
    FEBRUARY,
    JANUARY,
    close_period,
    owned_customer,
    percent,
    published,
    sale,
)
from tests.factories.payouts import answered, approved, give_account, today

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(db):
    return [Actor.hq(UserFactory(is_staff=True)) for _person in range(2)]


@pytest.fixture
def customer(db):
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    published(percent("0.03", places=["own"]))
    return owned_customer(StoreFactory())


@pytest.fixture
def batch(customer, people):
    """January's 30.00, approved and not answered."""
    give_account(OwnerFactory(dealer=customer.dealer))
    sale(customer, "1000.00", date(2026, 1, 10))
    return approved(close_period(JANUARY), *people)


def found(key: str) -> reconcile.Check:
    return next(check for check in reconcile.checks() if check.key == key)


def broken() -> list[str]:
    return [check.key for check in reconcile.checks() if not check.holds]


def test_nothing_differs_without_anything():
    assert broken() == []


def test_nothing_differs_on_the_way_to_the_bank_and_back(customer, batch, people, tmp_path):
    assert broken() == []
    assert (found("clearing").figure, found("clearing").expected) == (30, 30)

    answered(tmp_path, people[0], f"{batch.number}-0001,failed,{today()},x")
    assert broken() == []
    assert found("owed").figure == 30

    sale(customer, "500.00", date(2026, 2, 10))
    again = approved(close_period(FEBRUARY), *people)
    answered(tmp_path, people[0], *(f"{again.number}-{n:04d},paid,{today()}," for n in (1, 2)))

    assert broken() == []
    assert (found("bank").figure, found("owed").figure) == (45, 0)


def test_money_left_in_clearing_is_seen_with_its_number(customer, batch, people):
    entries = [
        (ledger.own(Holder.CLEARING, "CNY"), Decimal(5)),
        (ledger.own(Holder.BANK, "CNY"), Decimal(-5)),
    ]
    now = timezone.now()
    ledger.post(Booking("x", entries, Source.PAYOUT, "NOBODY", now), by=people[0], at=now)

    check = found("clearing")

    assert (check.figure, check.difference, check.count) == (35, 5, 1)
    assert [(row.name, row.difference, row.url) for row in check.rows] == [("NOBODY", 5, "")]
    assert broken() == ["clearing", "bank"]
    failing = [name for name, holds, _why in verification.checks() if not holds]
    assert failing == ["should be zero: clearing", "should be zero: bank"]


def test_money_on_a_persons_account_that_no_reward_gave_is_told_without_the_name(people):
    """By the number that journals have: what verify says stays in a log."""
    person = UserFactory(name="周晓")
    entries = [
        (ledger.owed_to_people([person.pk], "CNY")[person.pk], Decimal(5)),
        (ledger.own(Holder.WITHHELD, "CNY"), Decimal(-5)),
    ]
    now = timezone.now()
    ledger.post(Booking("x", entries, Source.PAYOUT, "NOBODY", now), by=people[0], at=now)

    (row,) = found("people").rows

    assert (row.name, row.difference) == (str(person.pk), 5)
    account = Account.objects.get(person=person)
    assert row.url == reverse("admin:incentives_account_change", args=[account.pk])
    assert broken() == ["people"]
    told = (said for name, _holds, said in verification.checks() if name.endswith(": people"))
    assert next(told).endswith(f": {person.pk}")


def test_a_statement_that_is_not_what_was_booked_is_named(batch):
    statement = Statement.objects.get()
    entry = Entry.objects.filter(account__dealer=statement.dealer).order_by("pk").first()
    with lifted(Entry):
        Entry.objects.filter(pk=entry.pk).update(amount=Decimal(29))

    check = found("statements")

    assert (check.difference, check.count) == (1, 1)
    assert check.rows[0].url == reverse("admin:incentives_statement_change", args=[statement.pk])
    assert "books" in broken()


def test_differences_that_cancel_each_other_out_differ_all_the_same(batch):
    payout = Payout.objects.get()
    with lifted(Payout):
        Payout.objects.filter(pk=payout.pk).update(reference="OTHER")

    check = found("clearing")

    assert check.difference == 0
    assert check.count == 2
    assert not check.holds

"""What the database takes into the books and what it refuses, whoever writes to it."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import Sum

from incentives import verification
from incentives.models import (
    Account,
    AccountKind,
    Entry,
    Holder,
    Journal,
    Line,
    Period,
    Result,
    Run,
    Source,
    Statement,
)
from tests.factories.incentives import (
    FEBRUARY,
    JANUARY,
    MARCH,
    close_period,
    percent,
    published,
    sale,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


def booked(key: str, month: date, source: str = Source.DISPUTE, source_key: str = "") -> Journal:
    """A journal without entries in a month's period."""
    Period.objects.get_or_create(month=month)
    return Journal.objects.create(
        key=key, content=b"-", period_id=month, source=source, source_key=source_key,
        currency="CNY", effective_at=datetime(2026, 3, 1, tzinfo=UTC),
    )  # fmt: skip


@pytest.mark.usefixtures("customer")
def test_the_database_refuses_an_unbalanced_journal():
    published(percent(places=["own"]))
    close_period(JANUARY)
    account = Account.objects.first()

    journal = booked("test", FEBRUARY)
    Entry.objects.create(journal=journal, account=account, amount=Decimal(1))

    with connection.cursor() as cursor, pytest.raises(DatabaseError, match="does not balance"):
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.usefixtures("customer")
def test_a_journal_that_was_looked_at_takes_no_more_in_its_own_transaction():
    published(percent(places=["own"]))
    close_period(JANUARY)
    accounts = Account.objects.all()[:2]
    journal = booked("test", FEBRUARY)
    for account, amount in zip(accounts, (Decimal(1), Decimal(-1)), strict=True):
        Entry.objects.create(journal=journal, account=account, amount=amount)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(DatabaseError, match="takes no more entries"), transaction.atomic():
        Entry.objects.create(journal=journal, account=accounts[0], amount=Decimal(5))


@pytest.mark.parametrize("model", [Run, Result, Line, Journal, Entry, Account, Statement])
def test_the_database_refuses_to_change_or_delete_what_was_booked(customer, model):
    published(percent(places=["own"]))
    sale(customer, "100.00", date(2026, 1, 10))
    close_period(JANUARY)
    rows = model.objects.filter(pk=model.objects.first().pk)
    changes = {"month": date(2027, 1, 1)} if model is Run else {"number": "x"}
    if model is Journal:
        changes = {"key": "x"}
    if model is Account:
        changes = {"currency": "USD"}
    if model in (Result, Line, Entry):
        changes = {"amount": Decimal(7)}

    for change in (lambda: rows.update(**changes), lambda: rows._raw_delete("default")):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_a_closed_month_takes_no_more_entries(customer):
    published(percent(places=["own"]))
    sale(customer, "100.00", date(2026, 1, 10))
    close_period(JANUARY)
    journal = Journal.objects.get()
    more = [
        Entry(journal=journal, account=entry.account, amount=-entry.amount)
        for entry in journal.entries.all()
    ]

    with pytest.raises(DatabaseError, match="takes no more entries"), transaction.atomic():
        booked("late", JANUARY)
    with pytest.raises(DatabaseError, match="takes no more entries"), transaction.atomic():
        Entry.objects.bulk_create(more)
    with pytest.raises(DatabaseError, match="later period is closed"), transaction.atomic():
        Period.objects.create(month=date(2025, 12, 1))


def test_a_payout_is_booked_in_an_open_period(customer):
    """What comes after a closing has its place: an own account, a source, an open month."""
    published(percent(places=["own"]))
    sale(customer, "100.00", date(2026, 1, 10))
    close_period(JANUARY)
    bank = Account.objects.create(kind=AccountKind.OWN, holder=Holder.BANK, currency="CNY")
    owed = Account.objects.get(dealer=customer.dealer)

    paid = booked("payout:P1", FEBRUARY, Source.PAYOUT, "P1")
    Entry.objects.create(journal=paid, account=owed, amount=Decimal(-3))
    Entry.objects.create(journal=paid, account=bank, amount=Decimal(3))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        # The next closing, too, is looked at when it is done.
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")

    assert Entry.objects.filter(account=owed).aggregate(left=Sum("amount"))["left"] == 0
    assert close_period(FEBRUARY).statements.count() == 0
    # The books hold; that no payment stands behind it is seen.
    failing = [name for name, holds, _why in verification.checks() if not holds]
    assert failing == ["should be zero: bank", "should be zero: owed"]


def test_a_journal_has_the_currency_of_its_accounts(customer):
    published(percent(places=["own"]))
    close_period(JANUARY)
    bank = Account.objects.create(kind=AccountKind.OWN, holder=Holder.BANK, currency="USD")
    owed = Account.objects.get(dealer=customer.dealer)

    paid = booked("payout:P1", FEBRUARY, Source.PAYOUT, "P1")
    both = [
        Entry(journal=paid, account=owed, amount=Decimal(-3)),
        Entry(journal=paid, account=bank, amount=Decimal(3)),
    ]
    with pytest.raises(DatabaseError, match="one currency"):
        Entry.objects.bulk_create(both)


@pytest.mark.usefixtures("customer")
def test_the_database_refuses_what_is_of_nothing_on_file():
    """It has no foreign keys for this: what a closing adds is looked at together."""
    published(percent(places=["own"]))
    close_period(JANUARY)
    account = Account.objects.first()

    def entry_without(**missing: int) -> None:
        journal = booked("test", FEBRUARY)
        Entry.objects.create(
            **{"journal_id": journal.pk, "account_id": account.pk, "amount": 1} | missing
        )

    for missing in ({"account_id": 0}, {"journal_id": 0}):
        with pytest.raises(DatabaseError, match="on file"), transaction.atomic():
            entry_without(**missing)
    with pytest.raises(DatabaseError, match="on file"), transaction.atomic():
        Result.objects.create(
            run_id=0, component_id=0, dealer_id=0, for_month=FEBRUARY, count=1, base=1,
            uncapped=1, amount=1,
        )  # fmt: skip
    with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
        Account.objects.filter(pk=account.pk)._raw_delete("default")


@pytest.mark.django_db(transaction=True)
def test_a_booked_journal_takes_no_more_entries():
    """Not even such as balance: what is booked is what was booked then."""
    own = {"kind": AccountKind.OWN, "currency": "CNY"}
    bank, clearing = (
        Account.objects.create(holder=holder, **own) for holder in (Holder.BANK, Holder.CLEARING)
    )
    with transaction.atomic():
        journal = booked("own", FEBRUARY)
        both = [
            Entry(journal=journal, account=bank, amount=Decimal(1)),
            Entry(journal=journal, account=clearing, amount=Decimal(-1)),
        ]
        with transaction.atomic():  # a part of the same transaction
            Entry.objects.bulk_create(both)
    for entry in both:
        entry.pk = None

    with pytest.raises(DatabaseError, match="takes no more entries"):
        Entry.objects.bulk_create(both)


@pytest.mark.parametrize(
    ("kind", "holder"), [("own", "dealer"), ("payable", "bank"), ("expense", "plan")]
)
@pytest.mark.usefixtures("customer")
def test_an_account_names_its_holder(kind, holder):
    with pytest.raises(IntegrityError, match="account_names_its_holder"), transaction.atomic():
        Account.objects.create(kind=kind, holder=holder, currency="CNY")


@pytest.mark.usefixtures("customer")
def test_a_period_is_closed_once_and_by_its_own_run():
    published(percent(places=["own"]))
    january, february = close_period(JANUARY), close_period(FEBRUARY)
    Period.objects.create(month=MARCH)

    for month, run in ((JANUARY, None), (JANUARY, february), (MARCH, january)):
        with pytest.raises(DatabaseError, match="closed once"), transaction.atomic():
            Period.objects.filter(month=month).update(closed_run=run)
    with pytest.raises(DatabaseError), transaction.atomic():
        Period.objects.filter(month=MARCH)._raw_delete("default")

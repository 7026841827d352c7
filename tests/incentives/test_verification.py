"""What `verify` finds in the books that somebody with the tables in hand has changed."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from customers.models import Customer
from dealers.triggers import lifted
from incentives.models import Entry, Plan, Program, Run, StatementDocument
from incentives.statements.files import keep_document
from incentives.verification import checks
from tests.factories.customers import RulebookFactory
from tests.factories.dealers import StoreFactory
from tests.factories.incentives import (
    JANUARY,
    close_period,
    owned_customer,
    percent,
    published,
    sale,
)

BOOKS = "the books are in the currency of the program, and each plan on its side"
DOCUMENTS = "documents of statements are whole"
ALL_THERE = "documents of a month are all there"
READABLE = "statements can be read and written out"

pytestmark = pytest.mark.django_db


def broken():
    return {name: detail for name, holds, detail in checks() if not holds}


def closed_month(*stores):
    """January of these stores, closed two days ago; of one statement the document is there."""
    RulebookFactory()
    published(percent(places=["own"]))
    Program.objects.create()
    for store in stores:
        sale(owned_customer(store), "1000.00", date(2026, 1, 10))
    closed = close_period(JANUARY, at=timezone.now() - timedelta(days=2))
    keep_document(closed.statements.earliest("pk").pk, "en")
    return closed


@pytest.fixture
def run(store):
    return closed_month(store)


def test_a_month_as_it_was_closed_is_in_order(run):
    assert broken() == {}


def test_another_currency_after_a_close_is_found(run):
    with lifted(Program):
        Program.objects.update(currency="USD")

    assert BOOKS in broken()


def test_a_plan_that_was_turned_round_is_found(run):
    with lifted(Plan):
        Plan.objects.update(direction="dealer_pays")

    assert BOOKS in broken()


def test_entries_of_accounts_that_are_not_on_file_are_found(run):
    with lifted(Entry):  # which has no foreign keys: what it is of was looked up by its triggers
        Entry.objects.update(account=0)

    assert "journals balance" in broken()


def test_an_entry_of_no_journal_is_found(run):
    account = Entry.objects.earliest("pk").account
    with lifted(Entry):
        Entry.objects.create(journal_id=0, account=account, amount=1)

    assert "journals balance" in broken()


def test_a_document_that_was_changed_is_found(run):
    with lifted(StatementDocument):
        StatementDocument.objects.update(pdf=b"")

    assert list(broken()) == [DOCUMENTS]


@pytest.mark.parametrize(("ahead", "found"), [(True, [ALL_THERE]), (False, [])])
def test_a_month_of_which_documents_are_missing_is_found(store, settings, ahead, found):
    settings.PORTAL_PAPERS_AHEAD = ahead  # else they are made for whoever asks
    closed_month(store, StoreFactory())

    assert list(broken()) == found


def test_a_statement_that_cannot_be_read_is_found(run):
    Customer.objects.update(name_sealed=bytes(60))

    assert list(broken()) == [READABLE]
    assert "VaultError" in broken()[READABLE]


def test_statements_need_no_documents_before_the_worker_has_made_the_first(run):
    with lifted(StatementDocument):
        StatementDocument.objects.all().delete()

    assert Run.objects.count() == 1
    assert broken() == {}

"""Journals for the brand's own books: debit and credit, its codes, and a known tool's yes."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from beancount import loader
from beancount.core import data, realization
from django.core.management import CommandError, call_command
from django.utils import timezone

from dealers.actor import Actor
from dealers.months import first_day
from incentives.books import bookkeeping
from incentives.books.bookkeeping import part
from incentives.models import AccountCode, Entry, Plan
from tests.factories.customers import RulebookFactory
from tests.factories.dealers import DealerFactory, OwnerFactory, StoreFactory, UserFactory
from tests.factories.incentives import (
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
def run(db):
    """January: 30.00 for a dealer whose code no tool takes, of which 10.00 are a fee."""
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    published(percent("0.04", places=["own"]), code="pays")
    published(percent("0.01", places=["own"]), code="takes", direction="dealer_pays")
    customer = owned_customer(StoreFactory(dealer=DealerFactory(code="恒益 1")))
    sale(customer, "1000.00", date(2026, 1, 10))
    give_account(OwnerFactory(dealer=customer.dealer))
    return close_period(JANUARY)


@pytest.fixture
def paid(run, tmp_path):
    """January's statement, paid today."""
    people = [Actor.hq(UserFactory(is_staff=True)) for _person in range(2)]
    batch = approved(run, *people)
    answered(tmp_path, people[0], f"{batch.number}-0001,paid,{today()},")
    return batch


def rows(month: date) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(bookkeeping.csv_of(month).lstrip("\ufeff"))))


def checked(text: str) -> tuple[list, dict[str, Decimal]]:
    """What beancount says against the books, and the balance of each account."""
    entries, errors, _options = loader.load_string(text)
    tree = realization.realize(entries)
    balances = {
        each.account: each.balance.get_currency_units("CNY").number
        for each in realization.iter_children(tree)
        if each.txn_postings and any(isinstance(it, data.TxnPosting) for it in each.txn_postings)
    }
    return errors, balances


@pytest.mark.usefixtures("run")
def test_debit_and_credit_add_up_under_the_usual_codes():
    found = rows(JANUARY)

    debit, credit = (sum(Decimal(row[side] or 0) for row in found) for side in ("debit", "credit"))
    assert debit == credit == 50
    assert {(row["account_code"], row["plan"], row["debit"], row["credit"]) for row in found} == {
        ("2241", "", "", "40.00"),
        ("2241", "", "10.00", ""),
        ("6601", "pays", "40.00", ""),
        ("6051", "takes", "", "10.00"),
    }


@pytest.mark.usefixtures("run")
def test_what_a_month_gave_is_of_its_last_day_whenever_it_was_closed():
    found = rows(JANUARY)

    assert {row["effective_on"] for row in found} == {"2026-01-31"}
    assert all(row["recorded_at"][:7] > "2026-01" for row in found)
    assert '2026-01-31 * "close:2026-01:' in bookkeeping.beancount_of(JANUARY)


@pytest.mark.usefixtures("run")
def test_headquarters_names_the_accounts_also_of_one_plan():
    AccountCode.objects.create(kind="payable", holder="dealer", code="2202.01", name="应付经销商")
    AccountCode.objects.create(kind="expense", holder="plan", code="6601.01", name="奖励")
    AccountCode.objects.create(
        kind="expense",
        holder="plan",
        plan=Plan.objects.get(code="pays"),
        code="6601.02",
        name="专",
    )

    codes = {row["account_code"] for row in rows(JANUARY)}

    assert codes == {"2202.01", "6601.02", "6051"}


@pytest.mark.usefixtures("paid")
def test_beancount_finds_the_books_in_order():
    this_month = first_day(timezone.localdate())

    errors, january = checked(bookkeeping.beancount_of(JANUARY))
    assert errors == []
    assert sum(january.values()) == 0
    assert {name.split(":")[1] for name in january} == {"2241", "6051", "6601"}
    errors, now = checked(bookkeeping.beancount_of(this_month))
    assert errors == []
    assert now["Assets:1002"] == -30
    assert now["Assets:1012"] == 0


@pytest.mark.usefixtures("paid")
def test_what_is_left_of_an_entry_is_seen_by_beancount():
    text = bookkeeping.beancount_of(JANUARY)

    errors, _balances = checked(text.replace("40.00 CNY", "40.01 CNY", 1))

    assert "does not balance" in str(errors[0].message)


@pytest.mark.parametrize(
    ("code", "begins"),
    [
        ("D0001", "D0001"),
        ("4-a", "4-a"),
        ("a", "Xa-"),
        ("恒益", "X--"),
        ("A.1", "A-1-"),
    ],
)
def test_a_code_becomes_a_part_of_a_name(code, begins):
    assert part(code).startswith(begins)
    assert (part(code) == code) == (begins == code)


def test_codes_that_look_alike_stay_two():
    assert part("a b") != part("a_b")


@pytest.mark.usefixtures("run")
def test_the_command_writes_both_formats(tmp_path, capsys):
    for kind, head in (("csv", "\ufeffjournal,period"), ("beancount", 'option "title"')):
        file = tmp_path / f"journals.{kind}"
        call_command("export_journals", str(file), "--period", "2026-01", "--format", kind)
        assert file.read_text(encoding="utf-8").startswith(head)
        assert str(file) in capsys.readouterr().out


def test_a_month_without_bookings_has_heads_and_nothing_else(tmp_path):
    file = tmp_path / "journals.csv"

    call_command("export_journals", str(file), "--period", "2026-01")

    assert file.read_text(encoding="utf-8").splitlines() == [
        "\ufeff" + ",".join(bookkeeping.COLUMNS)
    ]
    assert checked(bookkeeping.beancount_of(JANUARY)) == ([], {})


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(CommandError):
        call_command("export_journals", str(tmp_path), "--period", "2026-01")


@pytest.mark.usefixtures("paid")
def test_every_entry_is_in_the_file_of_its_period():
    months = {JANUARY, first_day(timezone.localdate())}

    assert sum(len(rows(month)) for month in months) == Entry.objects.count()

"""What an owner sees of being paid: the account, the statement's way, the reference."""

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse

from dealers.actor import Actor
from incentives.models import Acknowledgement, BankAccount
from incentives.payouts import accounts
from incentives.statements import release
from tests.factories.customers import RulebookFactory
from tests.factories.dealers import MembershipFactory, OwnerFactory, StoreFactory, UserFactory
from tests.factories.incentives import (
    JANUARY,
    close_period,
    owned_customer,
    percent,
    published,
    sale,
)
from tests.factories.payouts import ACCOUNT, answered, approved, give_account, today

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

ACCOUNT_PAGE = "/earnings/bank-account/"
TYPED = {
    "holder": ACCOUNT.holder,
    "bank": ACCOUNT.bank,
    "number": "6222 0202 0011 2233 445",
    "again": "6222020200112233445",
}


@pytest.fixture
def owner(db):
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    published(percent("0.03", places=["own"]))
    customer = owned_customer(StoreFactory())
    sale(customer, "1000.00", date(2026, 1, 10))
    user = UserFactory(language="en")
    return OwnerFactory(dealer=customer.dealer, user=user)


@pytest.fixture
def run(owner):
    return close_period(JANUARY)


@pytest.fixture
def people(db):
    return [Actor.hq(UserFactory(is_staff=True)) for _person in range(2)]


@pytest.fixture
def page(owner, login):
    client = login(owner.user)
    return lambda path: client.get(path).text


STATEMENT = "/earnings/2026-01/statement/"


def test_an_account_is_given_and_shown_by_its_end(owner, login):
    client = login(owner.user)
    assert "No bank account is on file yet" in client.get(ACCOUNT_PAGE).text

    assert client.post(ACCOUNT_PAGE, TYPED).url == ACCOUNT_PAGE

    shown = client.get(ACCOUNT_PAGE).text
    assert "•••• 3445" in shown
    assert ACCOUNT.number not in shown
    assert accounts.opened(BankAccount.objects.get()) == ACCOUNT


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"again": "6222020200112233446"}, "The two numbers differ"),
        ({"number": "12", "again": "12"}, "Write 6 to 34 digits"),
        ({"holder": ""}, "required"),
        ({"number": "=1+1", "again": "=1+1"}, "Write 6 to 34 digits"),
    ],
)
def test_what_cannot_be_right_is_sent_back(owner, login, typed, said):
    page = login(owner.user).post(ACCOUNT_PAGE, TYPED | typed)

    assert said in page.text
    assert not BankAccount.objects.exists()


def test_a_new_account_asks_for_the_password_again(owner, login, settings):
    settings.PORTAL_SECOND_FACTOR = True
    client = login(owner.user)

    answer = client.post(ACCOUNT_PAGE, TYPED)

    assert answer.status_code == 302
    assert "reauthenticate" in answer.url
    assert not BankAccount.objects.exists()


@pytest.mark.usefixtures("run")
def test_nobody_else_at_the_dealer_finds_it(owner, login):
    clerk = MembershipFactory(store=owner.dealer.stores.get())
    client = login(clerk.user)

    assert client.get(ACCOUNT_PAGE).status_code == 404
    assert client.post(f"{STATEMENT}seen/").status_code == 404


def test_a_statement_tells_its_way_to_the_bank(owner, run, people, page, tmp_path):
    assert "checks and approves it" in page(STATEMENT)
    release.release(run, by=people[1], at=run.closed_at)
    assert "No bank account is on file" in page(STATEMENT)
    give_account(owner)
    assert "Paid with the next batch" in page(STATEMENT)

    batch = approved(run, *people)
    reference = f"{batch.number}-0001"
    assert "On its way to your bank" in page(STATEMENT)
    assert reference in page("/earnings/2026-01/")
    answered(tmp_path, people[0], f"{reference},paid,{today()},")

    shown = page(STATEMENT)
    assert "<b>Paid " in shown
    assert reference in shown
    assert reference in page("/earnings/2026-01/")


def test_what_came_back_says_what_the_bank_said(owner, run, people, page, tmp_path):
    give_account(owner)
    batch = approved(run, *people)
    answered(tmp_path, people[0], f"{batch.number}-0001,failed,{today()},户名不符")

    shown = page(STATEMENT)

    assert "The bank says: 户名不符" in shown
    assert "Paid with the next batch" in shown
    assert "户名不符" in page("/earnings/2026-01/")


def test_a_line_is_approved_and_paid_with_its_statement(owner, run, people, login, tmp_path):
    client = login(owner.user)
    line = reverse(
        "incentives:line", args=[JANUARY, "cross", str(run.results.get().lines.get().order_id)]
    )
    assert "On the statement" in client.get(line).text
    give_account(owner)
    batch = approved(run, *people)
    assert "A second person at headquarters approved the statement." in client.get(line).text

    answered(tmp_path, people[0], f"{batch.number}-0001,paid,{today()},")

    shown = client.get(line).text
    assert f"Payment reference: {batch.number}-0001." in shown


def test_one_tap_says_that_it_was_seen(owner, run, login):
    client = login(owner.user)

    answer = client.post(f"{STATEMENT}seen/", follow=True)

    assert f"Seen by {owner.user.name}" in answer.text
    assert "I have seen this statement" not in answer.text
    client.post(f"{STATEMENT}seen/")
    assert Acknowledgement.objects.get().statement == run.statements.get()

"""Headquarters pays a month in the admin: two people, the bank's file and its answer."""

from datetime import UTC, date, datetime

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from incentives.models import Payout, PayoutBatch, StatementRelease
from tests.factories.customers import RulebookFactory
from tests.factories.dealers import OwnerFactory, StoreFactory, member_of
from tests.factories.incentives import (
    JANUARY,
    close_period,
    owned_customer,
    percent,
    published,
    sale,
)
from tests.factories.payouts import ACCOUNT, give_account, today

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

LIST = "/admin/incentives/payoutbatch/"
RELEASES = "/admin/incentives/statementrelease/"


def finance(name: str):
    return member_of("incentives", name=name, language="en")


@pytest.fixture
def run(db):
    """January: 30.00 for a dealer with a bank account, and 3.00 for one without."""
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    published(percent("0.03", places=["own"]))
    for net in ("1000.00", "100.00"):
        customer = owned_customer(StoreFactory())
        sale(customer, net, date(2026, 1, 10))
        if net == "1000.00":
            give_account(OwnerFactory(dealer=customer.dealer))
    return close_period(JANUARY)


def test_a_month_is_paid_by_two_people(run, login):
    one, other = finance("李财务"), finance("王复核")
    client = login(one)
    page = client.get(RELEASES).text
    assert "Approve its statements" in page
    asked = client.get(f"{RELEASES}release/{run.pk}/").text
    assert "To be paid: 2, CNY\u00a033.00 in all" in asked
    client.post(f"{RELEASES}release/{run.pk}/")
    assert StatementRelease.objects.get().released_by == one

    page = client.get(LIST).text
    assert "1 approved statement of CNY\u00a030.00" in page
    assert "1 statement of CNY\u00a03.00 waits until its owner gives a bank account" in page
    assert "CNY\u00a030.00 in all" in client.get(f"{LIST}make/").text
    batch = PayoutBatch.objects.get(pk=client.post(f"{LIST}make/").url.split("/")[-3])
    page = client.get(f"{LIST}{batch.pk}/change/").text
    assert "You made this batch. Somebody else approves it" in page
    assert "yourself" in client.post(f"{LIST}{batch.pk}/approve/", follow=True).text
    assert "A second person" in client.get(f"{LIST}{batch.pk}/file/", follow=True).text

    client = login(other)
    assert "1 payments, CNY\u00a030.00 in all" in client.get(f"{LIST}{batch.pk}/approve/").text
    client.post(f"{LIST}{batch.pk}/approve/")
    # Whoever comes later is not named as the one who approved.
    login(finance("钱后来")).post(f"{LIST}{batch.pk}/approve/")
    assert LogEntry.objects.filter(user=other).exists()
    assert not LogEntry.objects.filter(user__name="钱后来").exists()
    file = client.get(f"{LIST}{batch.pk}/file/")
    assert file["Content-Disposition"] == f'attachment; filename="{batch.number}.csv"'
    assert ACCOUNT.number in file.content.decode()
    assert ACCOUNT.number not in client.get(f"{LIST}{batch.pk}/change/").text

    rows = f"reference,state,date,reason\n{batch.number}-0001,paid,{today()},\nX,paid,{today()},\n"
    for said in ("Paid: 1", "Read before, nothing changed: 1"):
        answer = SimpleUploadedFile("answer.csv", rows.encode())
        page = client.post(f"{LIST}answer/", {"file": answer}).text
        assert said in page
        assert "line 3, reference “X”: No payment has this reference." in page
    assert Payout.objects.get().state == "paid"
    page = client.get(reverse("admin:incentives_account_zero_view")).text
    assert "Everything agrees" in page
    assert "CNY\u00a030.00" in page


@pytest.mark.usefixtures("run")
def test_a_file_that_is_none_is_refused_with_a_sentence(login):
    client = login(finance("李财务"))

    for content in (b"", b"\x00\x01\x02", "编号,结果\n1,2\n".encode(), b"%PDF-1.7"):
        answer = SimpleUploadedFile("answer.csv", content or b"\n")
        page = client.post(f"{LIST}answer/", {"file": answer})
        assert page.status_code == 200
        assert "errorlist" in page.text, content


def test_a_batch_is_withdrawn_by_a_question(run, login):
    client = login(finance("李财务"))
    client.post(f"{RELEASES}release/{run.pk}/")
    client.post(f"{LIST}make/")
    batch = PayoutBatch.objects.get()
    assert "due again" in client.get(f"{LIST}{batch.pk}/withdraw/").text

    client.post(f"{LIST}{batch.pk}/withdraw/")

    assert "1 approved statement of CNY\u00a030.00" in client.get(LIST).text


def test_a_batch_waits_on_the_first_page_until_it_is_approved(run, login):
    client = login(finance("李财务"))
    client.post(f"{RELEASES}release/{run.pk}/")
    client.post(f"{LIST}make/")
    batch = PayoutBatch.objects.get()
    other = login(finance("王复核"))

    def waiting():
        found = other.get("/admin/").context["waiting"]
        return [(each.title, each.detail) for each in found if each.url == LIST]

    assert waiting() == [("1 payout batch to approve", batch.number)]
    other.post(f"{LIST}{batch.pk}/approve/")
    assert waiting() == []


def test_who_only_looks_on_changes_nothing(run, login):
    user = member_of("audit")
    client = login(user)

    assert client.get(LIST).status_code == 200
    for path in (f"{LIST}make/", f"{LIST}answer/", f"{RELEASES}release/{run.pk}/"):
        assert client.get(path).status_code == 404
        assert client.post(path).status_code == 404
    assert not StatementRelease.objects.exists()


def test_paying_asks_for_the_second_factor_again(run, login, settings):
    settings.PORTAL_SECOND_FACTOR = True
    one = finance("李财务")
    TOTP.activate(one, "JBSWY3DPEHPK3PXP")
    client = login(one)

    answer = client.post(f"{RELEASES}release/{run.pk}/")

    assert answer.status_code == 302
    assert not StatementRelease.objects.exists()
    for asked in (client.get(f"{LIST}answer/"), client.post(f"{LIST}answer/")):
        assert (asked.status_code, "reauthenticate" in asked.url) == (302, True)


@pytest.mark.usefixtures("run")
def test_a_months_journals_leave_as_a_file(login):
    client = login(finance("李财务"))
    page = client.get("/admin/incentives/journal/").text
    assert "For the brand&#x27;s own books" in page or "For the brand's own books" in page

    for kind, head in (("csv", b"\xef\xbb\xbfjournal,"), ("beancount", b'option "title"')):
        query = {"period": "2026-01", "format": kind}
        file = client.get(reverse("admin:incentives_journal_books_view"), query)
        assert file.content.startswith(head)
    for query in ({}, {"period": "2026-13"}, {"period": "2026-01", "format": "exe"}):
        asked = client.get(reverse("admin:incentives_journal_books_view"), query)
        assert asked.status_code == 404

"""The money of a dealer in its pack: the same figures as on statements, and the reasons."""

import hashlib
import io
import json
import zipfile
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from dealers.actor import Actor, acting
from dealers.models import Export
from dealers.tasks import write_exit_pack
from incentives import exit_pack
from incentives.books import adjustments
from incentives.books.adjustments import Wanted
from incentives.models import Plan, Statement
from incentives.statements import files
from tests.factories.customers import RulebookFactory
from tests.factories.dealers import StoreFactory, UserFactory
from tests.factories.disputes import dispute_of
from tests.factories.incentives import (
    JANUARY,
    close_period,
    owned_customer,
    per_registration,
    percent,
    published,
    sale,
    tiers,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture
def statement(owner, store):
    """January's, of sales paid by line and by tier; another dealer has one, too."""
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    customer, other = owned_customer(store), owned_customer(StoreFactory(dealer__name="竞争公司"))
    published(percent("0.10", places=["own"]), code="own")
    published(tiers(code="volume"), code="volume")
    published(per_registration(code="each"), code="each")
    for bought in (customer, other):
        sale(bought, "100.00", date(2026, 1, 10))
        sale(bought, "6000.00", date(2026, 1, 11))
    run = close_period(JANUARY)
    return Statement.objects.get(run=run, dealer=owner.dealer)


@pytest.fixture
def pack(owner, login, statement):
    """The owner's pack, after a dispute was opened and the paper made."""
    dispute_of(owner, statement.issued_at + timedelta(hours=1), expected="99.00")
    files.keep_document(statement.pk, "zh-hans")
    client = login(owner)
    client.post(reverse("dealers:make-exit-pack"))
    export = Export.objects.get()
    write_exit_pack(str(export.pk))
    answer = client.get(f"{export.get_absolute_url()}file/")
    return zipfile.ZipFile(io.BytesIO(b"".join(answer)))


def table(pack, name):
    return json.loads(pack.read(f"data/{name}.json"))


def test_lines_and_results_add_up_to_the_statement_and_say_why(pack, statement):
    lines, results = table(pack, "earnings"), table(pack, "results")
    (listed,) = table(pack, "statements")

    assert (listed["statement"], Decimal(listed["total"])) == (statement.number, statement.total)
    assert sum(Decimal(each["amount"]) for each in results) == statement.total
    assert all(each["why"] for each in lines)
    assert any(each["steps"] for each in results)
    by_code = {each["component"]: Decimal(each["amount"]) for each in results}
    for code, paid in by_code.items():
        amounts = [each["amount"] for each in lines if each["component"] == code]
        if None not in amounts:
            assert sum(map(Decimal, amounts)) == paid
    customers = {each["customer"] for each in table(pack, "customers")}
    assert {each["customer"] for each in lines} <= customers
    assert "竞争公司" not in "".join(map(str, [lines, results, listed]))


def test_the_files_of_statements_have_the_hashes_that_are_on_paper(pack, statement):
    (paper,) = table(pack, "statement_papers")
    pdf = pack.read(f"statement_files/{paper['file']}")
    assert pdf.startswith(b"%PDF")
    assert hashlib.sha256(pdf).hexdigest() == paper["sha256"]
    assert paper["sha256"] == statement.documents.get().sha256
    sheet = pack.read(f"statement_files/{statement.number}.csv")
    assert sheet == files.statement_csv(statement)


def test_a_dispute_comes_with_what_was_said_and_shown(pack):
    (dispute,) = table(pack, "disputes")
    assert Decimal(dispute["expected"]) == Decimal("99.00")
    said = {each["kind"]: each for each in table(pack, "dispute_evidence")}
    assert said["text"]["text"] == "The coupon was the brand's."
    assert pack.read(f"dispute_files/{said['image']['file']}")


def test_what_people_added_to_an_open_month_is_there_before_its_statement(owner, statement):
    wanted = Wanted(owner.dealer, Plan.objects.order_by("pk")[0], Decimal("5.00"), "运费补贴")
    by, at = Actor.hq(UserFactory(is_staff=True)), datetime(2026, 2, 10, 4, tzinfo=UTC)
    given = adjustments.propose(wanted, key="freight", by=by, at=at)
    (part,) = [each for each in exit_pack.TABLES if each.name == "adjustments"]
    with acting(its_owner := Actor.of(owner)):
        (row,) = part.rows(owner.dealer_id, its_owner)
    found = dict(zip([column.name for column in part.columns], row, strict=True))
    assert (found["adjustment"], found["statement"]) == (given.code, "")
    assert found["amount"] == Decimal("5.00")

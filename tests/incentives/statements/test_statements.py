"""Statements on paper and as CSV: the same figures everywhere, made once."""

import csv
import hashlib
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pypdf
import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from customers.models import Attribution, AttributionCause, Holder, SoldBy
from customers.orders.attribution import Decision, Share, rows
from dealers.models import Dealer
from incentives import tasks
from incentives.earnings.results import shares_of
from incentives.models import Line, Statement, StatementDocument
from incentives.statements import content, files, paper
from incentives.statements.files import document, statement_csv
from incentives.statements.issue import StatementMismatch
from tests.factories.customers import RulebookFactory
from tests.factories.dealers import DealerFactory, OwnerFactory, StoreFactory
from tests.factories.incentives import (
    FEBRUARY,
    JANUARY,
    close_period,
    give_back,
    owned_customer,
    per_registration,
    percent,
    published,
    sale,
    tiers,
    unattributed,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def statement(db) -> Statement:
    """February's of a dealer with registrations, sales, a return and an adjustment."""
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    store = StoreFactory(dealer=DealerFactory(name="永康市恒益家居有限公司"))
    customer = owned_customer(store)
    published(
        percent("0.05", code="sales", name="转化分成", places=["own"]),
        per_registration(name="登记奖励"),
        tiers(code="tiers", name="月度阶梯"),
        name="下半年方案",
    )
    sold = sale(customer, "350000.00", date(2026, 1, 10))
    close_period(JANUARY)
    owned_customer(store, at=datetime(2026, 2, 3, 1, tzinfo=UTC))
    for day in range(1, 29):
        sale(customer, f"{day}00.10", date(2026, 2, day), external_id=f"=F{day}")
    give_back(sold, "80.00", date(2026, 2, 20))
    close_period(FEBRUARY)
    return Statement.objects.get(run__month=FEBRUARY)


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)


def test_a_seller_takes_the_very_file_whose_hash_is_on_the_paper(login):
    """Who sold sees nothing of the owner's part, by whose day the order counts."""
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    published(percent("0.05", by_share=True, to="seller"))
    customer, place = owned_customer(StoreFactory()), StoreFactory()
    sold = unattributed(place, "100.00", date(2026, 1, 10), identity_id=customer.identity_id)
    shares = (
        Share(
            Holder.OWNER, customer.dealer_id, customer.store_id, customer.ownership_id,
            Decimal("0.3"),
        ),
        Share(Holder.SELLER, place.dealer_id, place.pk, None, Decimal("0.7")),
    )  # fmt: skip
    # At the owner's store it was the day after already.
    day, tz = date(2026, 1, 11), ZoneInfo("Pacific/Auckland")
    decision = Decision(SoldBy.OTHER, day, tz, customer.rulebook_id, shares)
    Attribution.objects.bulk_create(
        list(rows(sold, decision, AttributionCause.ORDER, sold.recorded_at))
    )
    close_period(JANUARY)

    printed = statement_csv(Statement.objects.get(dealer=place.dealer))
    taken = login(OwnerFactory(dealer=place.dealer)).get("/earnings/2026-01/statement.csv").content

    assert b"2026-01-11" in printed
    assert taken == printed


def test_what_has_one_place_in_a_plan_stands_in_one_order_for_ever(statement):
    """Else the file would be another one than the one whose hash is on the paper."""
    run, dealer = statement.run, statement.dealer
    with CaptureQueriesContext(connection) as asked:
        shares_of(run, dealer)
    *_before, order = asked.captured_queries[0]["sql"].split("ORDER BY")
    assert order.rstrip().endswith('"incentives_result"."id" ASC')


def test_lines_categories_headline_csv_paper_and_books_are_the_same(statement):
    read = content.read(statement)
    rows = list(csv.DictReader(io.StringIO(statement_csv(statement).decode("utf-8-sig"))))

    assert sum(category.amount for category in read.categories) == statement.total
    assert read.earned + read.deducted == statement.total
    assert sum(Decimal(row["amount"] or 0) for row in rows) == statement.total
    booked = statement.journal.entries.filter(account__dealer=statement.dealer)
    assert sum(entry.amount for entry in booked) == statement.total
    assert f"¥{statement.total:,.2f}" in text_of(document(statement, "zh-hans"))


def test_the_longest_code_of_a_dealer_has_a_statement(db):
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    longest = DealerFactory(code="D" * Dealer._meta.get_field("code").max_length)
    customer = owned_customer(StoreFactory(dealer=longest))
    published(percent("0.05", code="sales", places=["own"]))
    sale(customer, "100.00", date(2026, 1, 10))
    close_period(JANUARY)
    assert Statement.objects.get().number == f"ST-2026-01-{longest.code}"


def test_the_csv_is_harmless_to_spreadsheets_and_has_no_personal_data(statement):
    text = statement_csv(statement).decode("utf-8-sig")

    references = {row["reference"] for row in csv.DictReader(io.StringIO(text))}
    assert "pos =F1" in references
    assert not any(reference.startswith("=") for reference in references)
    assert "138" not in text.replace("138000", "")


def test_the_paper_is_tagged_chinese_a4_with_its_fonts_in_it(statement):
    pdf = document(statement, "zh-hans")

    reader = pypdf.PdfReader(io.BytesIO(pdf))
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert reader.trailer["/Root"]["/Lang"] == "zh-Hans"
    assert (round(reader.pages[0].mediabox.width), round(reader.pages[0].mediabox.height)) == (
        595,
        842,
    )
    fonts = [
        font.get_object()["/DescendantFonts"][0].get_object()
        for page in reader.pages
        for font in page["/Resources"]["/Font"].values()
    ]
    assert all("/FontFile2" in font["/FontDescriptor"] for font in fonts)
    assert any("PortalSC" in font["/BaseFont"] for font in fonts)
    assert len(pdf) < 300_000


def test_the_paper_is_one_that_can_be_kept(statement):
    """PDF/A-2, level A: what it is shown with is in it, and its parts are named."""
    reader = pypdf.PdfReader(io.BytesIO(document(statement, "zh-hans")))

    root = reader.trailer["/Root"]
    said = root["/Metadata"].get_data().decode()
    assert 'pdfaid:part="2"' in said
    assert 'pdfaid:conformance="A"' in said
    (intent,) = root["/OutputIntents"]
    assert intent["/S"] == "/GTS_PDFA1"
    assert "/ID" in reader.trailer
    assert "/StructTreeRoot" in root


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("zh-hans", "批准本对账单后 15 天内，可在线对某一行提出争议"),
        ("en", "disputed online until 15 days"),
    ],
)
def test_the_paper_says_until_when_a_line_is_disputed(statement, language, says):
    text = text_of(document(statement, language))
    assert "".join(says.split()) in "".join(text.split())


def test_the_paper_says_what_belongs_on_it(statement):
    pages = pypdf.PdfReader(io.BytesIO(document(statement, "zh-hans"))).pages
    text = text_of(document(statement, "zh-hans"))

    count = len(pages)
    assert count > 1
    for number, page in enumerate(pages, 1):
        assert f"第 {number} 页，共 {count} 页" in page.extract_text()
    for expected in (
        statement.number, statement.code, "永康市恒益家居有限公司", "转化分成", "登记奖励",
        "下半年方案", hashlib.sha256(statement_csv(statement)).hexdigest(),
    ):  # fmt: skip
        assert expected in text.replace("\n", "").replace(" ", "")


def right_most(page) -> float:
    """Where the text begins that begins farthest to the right, in points."""
    found = [0.0]

    def begins(text, place, line, _font, _size):
        if text.strip():
            found.append(place[0] * line[4] + place[4])

    page.extract_text(visitor_text=begins)
    return max(found)


def test_long_numbers_without_a_break_leave_every_amount_on_the_paper():
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    store = StoreFactory(code="S" * 40, name="W" * 120, dealer__name="M" * 120)
    published(percent("0.05", code="sales", name="N" * 120, places=["own"]), name="P" * 120)
    sale(owned_customer(store), "1234567.00", date(2026, 1, 10), external_id="X" * 60)
    close_period(JANUARY)

    reader = pypdf.PdfReader(io.BytesIO(document(Statement.objects.get(), "en")))

    text = "".join(page.extract_text() for page in reader.pages)
    assert "X" * 60 in text.replace("\n", "").replace(" ", "")
    assert text.count("61,728.35") >= 4
    for page in reader.pages:
        assert right_most(page) < float(page.mediabox.width) - 40


def test_the_english_paper_counts_its_pages_in_english(statement):
    assert "Page 1 of" in text_of(document(statement, "en"))


def test_a_very_long_statement_is_added_up_by_day(statement, monkeypatch):
    monkeypatch.setattr(paper, "MOST_LINES", 10)

    with translation.override("en"):
        said = paper.context(content.read(statement), "digest", "https://portal.example.com")

    assert not said["every"]
    amounts = [row.amount for row in said["lines"] if row.amount is not None]
    assert sum(amounts) == statement.total


def test_nothing_is_handed_out_while_sums_differ(statement):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE incentives_line DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE incentives_line SET amount = amount + 1 WHERE id = %s",
            [Line.objects.filter(result__run=statement.run, amount__gt=0).first().pk],
        )

    with pytest.raises(StatementMismatch):
        document(statement, "zh-hans")
    with pytest.raises(StatementMismatch):
        statement_csv(statement)


def test_the_document_is_made_once_a_language(statement):
    tasks.render_statement(statement.pk, "zh-hans")
    tasks.render_statement(statement.pk, "zh-hans")
    tasks.render_statement(statement.pk, "en")

    kept = StatementDocument.objects.filter(statement=statement).order_by("language")
    assert [each.language for each in kept] == ["en", "zh-hans"]
    assert kept[1].sha256 == hashlib.sha256(bytes(kept[1].pdf)).hexdigest()
    assert kept[1].pages == len(pypdf.PdfReader(io.BytesIO(bytes(kept[1].pdf))).pages)
    with pytest.raises(DatabaseError):
        kept.update(pages=1)


def test_the_paper_says_who_pays_for_which_stores_and_whom_to_ask(statement, settings):
    settings.PORTAL_ISSUER = "澄居智家（浙江）有限公司"
    settings.PORTAL_CONTACT = "0579-8700 0000"

    text = text_of(document(statement, "zh-hans")).replace("\n", "")

    store = statement.dealer.stores.get()
    for said in (
        "澄居智家（浙江）有限公司", "0579-8700 0000", f"{store.name}（{store.code}）",
        "已结账并入账", "一、汇总", "四、名词",
    ):  # fmt: skip
        assert said in text


def test_the_paper_links_to_where_it_was_asked_for(statement):
    tasks.render_asked_for(statement.pk, "zh-hans", "http://localhost:8460")

    kept = StatementDocument.objects.get(statement=statement)
    assert "http://localhost:8460/earnings/2026-02/" in text_of(bytes(kept.pdf)).replace("\n", "")


def test_a_demo_makes_papers_only_when_they_are_asked_for(statement, settings):
    settings.PORTAL_PAPERS_AHEAD = False

    tasks.render_statements_of(statement.run_id)
    tasks.render_missing_statements()

    assert not StatementDocument.objects.exists()


def test_what_no_worker_made_is_asked_for_again(statement):
    assert len(list(files.missing_documents())) == 2
    tasks.render_statements_of(statement.run_id)

    assert [pk for pk, _language in files.missing_documents()] == list(
        Statement.objects.exclude(pk=statement.pk).values_list("pk", flat=True)
    )
    assert list(files.missing_documents(issued_before=timezone.now() - files.PATIENCE)) == []

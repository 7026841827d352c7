"""Lists as files that spreadsheets open: workbooks and CSV, in the words of the reader."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from python_calamine import CalamineWorkbook

from customers.models import Customer
from dealers import exports, looking, sayings
from dealers.actor import Actor
from dealers.models import AccessLog, Export
from dealers.spreadsheets import Percentage, as_csv, made
from incentives.earnings import sheet
from incentives.models import Base, Kind
from tests.factories.customers import RulebookFactory, registered
from tests.factories.incentives import (
    JANUARY,
    close_period,
    owned_customer,
    per_registration,
    percent,
    sale,
)
from tests.factories.incentives import published as plan_published

pytestmark = pytest.mark.django_db


def opened(content):
    """The rows of a workbook."""
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


@pytest.fixture
def trade(store):
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    plan_published(per_registration(), percent(places=["own"]))
    registration = owned_customer(store)
    sale(registration, "1000.00", date(2026, 1, 5), external_id="S-1")
    close_period(JANUARY)
    return registration


def test_a_workbook_has_numbers_days_and_shares_as_such_and_no_formula():
    rows = [
        ["头", "B", "C", "D", "E"],
        ["=1+1", 3, Decimal("1234.50"), Percentage("0.0655"), date(2026, 3, 1)],
    ]

    [head, row] = opened(made(rows, "xlsx"))

    assert head == rows[0]
    assert row == ["=1+1", 3.0, 1234.5, 0.0655, date(2026, 3, 1)]
    assert as_csv(rows).splitlines()[1] == "'=1+1,3,1234.50,6.55%,2026-03-01"


def test_customers_and_staff_come_as_workbooks(owner, store, login):
    RulebookFactory()
    registered(store, at=timezone.now(), name="林小雨")
    client = login(owner)

    customers = client.get("/customers/?view=all&export=xlsx")
    staff = client.get("/staff/?export=xlsx")

    assert customers["Content-Disposition"] == 'attachment; filename="customers.xlsx"'
    assert opened(customers.content)[1][0] == "林小雨"
    assert opened(staff.content)[0][0] == "姓名"
    assert "export=xlsx" in client.get("/staff/").text


def test_a_long_list_comes_as_a_workbook_too(
    owner, store, login, monkeypatch, django_capture_on_commit_callbacks
):
    RulebookFactory()
    registered(store, at=timezone.now(), name="林小雨")
    monkeypatch.setattr(exports, "MANY", 0)
    client = login(owner)
    with django_capture_on_commit_callbacks(execute=True):
        client.get("/customers/?view=all&export=xlsx")
    export = Export.objects.get()

    content = client.get(f"{export.get_absolute_url()}file/").content

    assert opened(content)[1][0] == "林小雨"
    assert "顾客名单：全部" in client.get(export.get_absolute_url()).text


@pytest.mark.parametrize("address", ["/earnings/2026-01/", "/earnings/2026-01/statement/"])
def test_a_month_is_a_sheet_with_customers_words_and_the_total(owner, trade, login, address):
    client = login(owner)

    rows = opened(client.get(f"{address}?export=xlsx").content)
    text = client.get(f"{address}?export=csv").content.decode("utf-8-sig")

    assert rows[0][:4] == ["日期", "类别", "所属月份", "事项"]
    by_what = {row[3]: row for row in rows[1:]}
    assert by_what["销售"][5].endswith("S-1")
    place = [row[0] for row in rows].index("合计")
    # Below the total stands only how the statement is paid.
    assert {row[0] for row in rows[place + 1 :]} <= {"扣回", "上期结转", "结转下期", "本期应付"}
    total = Decimal(str(rows[place][10]))
    assert total == sum(Decimal(str(row[10])) for row in rows[1:place])
    assert Decimal(list(csv.reader(io.StringIO(text)))[place][10]) == total
    entry = AccessLog.objects.latest("pk")
    assert (entry.fields, entry.dealer) == (sheet.FIELDS, owner.dealer)
    assert entry.why == "导出：2026-01 收益明细（含顾客姓名）"


def test_a_rate_is_read_in_percent(owner, trade, login):
    text = login(owner).get("/earnings/2026-01/?export=csv").content.decode("utf-8-sig")

    [sold] = [row for row in csv.reader(io.StringIO(text)) if row[3] == "销售"]

    assert sold[7] == "3%"


def test_a_rate_in_percent_has_all_its_decimals(owner, store, login):
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    plan_published(percent("0.00125", places=["own"]))
    sale(owned_customer(store), "1000.00", date(2026, 1, 5))
    close_period(JANUARY)

    text = login(owner).get("/earnings/2026-01/?export=csv").content.decode("utf-8-sig")

    [sold] = [row for row in csv.reader(io.StringIO(text)) if row[3] == "销售"]
    assert (sold[7], sold[10]) == ("0.125%", "1.25")


def test_a_rate_of_less_than_a_cent_is_read_in_full(owner, store, login):
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    plan_published(percent("0.125", kind=Kind.PER_UNIT, base=Base.UNITS, places=["own"]))
    sale(owned_customer(store), "1000.00", date(2026, 1, 5), quantity=8)
    close_period(JANUARY)

    text = login(owner).get("/earnings/2026-01/?export=csv").content.decode("utf-8-sig")

    [sold] = [row for row in csv.reader(io.StringIO(text)) if row[3] == "销售"]
    assert (sold[7], sold[10]) == ("0.125", "1.00")


def test_the_regions_stores_come_as_a_workbook_with_shares(region_manager, trade, login):
    client = login(region_manager)

    rows = opened(client.get("/region/stores.xlsx?view=all").content)

    assert len(rows) == 2
    assert client.get("/region/stores.pdf").status_code == 404


@pytest.mark.parametrize(
    "model", list(admin.site._registry), ids=lambda model: model._meta.label_lower
)
def test_every_list_of_the_admin_comes_as_a_file(model, hq, trade, login):
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    client = login(hq)

    rows = list(
        csv.reader(io.StringIO(client.get(f"{address}?export=csv").content.decode("utf-8-sig")))
    )
    workbook = client.get(f"{address}?export=xlsx")

    found = client.get(address).context["cl"].result_count
    assert len(rows) - 1 == found
    assert workbook.status_code == 200
    assert len({len(row) for row in rows}) == 1
    if found:
        assert "export=xlsx" in client.get(address).text


def test_a_list_of_the_admin_is_taken_as_it_was_narrowed(hq, trade, login):
    page = login(hq).get(
        reverse("admin:dealers_store_changelist"), {"q": "nowhere", "export": "csv"}
    )

    assert len(page.content.decode().splitlines()) == 1


def test_who_may_not_see_a_list_takes_none(login, trade, django_user_model):
    person = django_user_model.objects.create_user("x@example.com", "x", name="X", is_staff=True)

    page = login(person).get(reverse("admin:dealers_store_changelist"), {"export": "csv"})

    assert page.status_code == 404


def test_a_purpose_is_read_in_every_language_and_an_old_one_as_it_was_written(english):
    kept = sayings.kept("Customer list: %(what)s", what=["All", "永康街店"])

    assert sayings.read(kept) == "Customer list: All, 永康街店"
    assert sayings.read("回访") == "回访"
    assert sayings.read("") == ""
    assert sayings.read('["broken') == '["broken'
    with sayings.override("zh-hans"):
        assert sayings.read(kept) == "顾客名单：全部, 永康街店"


def test_no_customer_of_the_list_is_decrypted_for_headquarters(hq, trade, login):
    number = Customer.objects.count()
    page = login(hq).get(reverse("admin:customers_customer_changelist"), {"export": "csv"})

    assert len(page.content.decode().splitlines()) == number + 1
    assert "****" not in page.content.decode()


def test_who_only_looks_at_a_dealer_takes_nothing(hq, owner, trade, login):
    client = login(hq)
    session = client.session
    at = timezone.now()
    session[looking.KEY] = looking.start(owner.dealer, purpose="x", by=Actor.hq(hq), at=at)
    session.save()

    assert client.get("/earnings/2026-01/").status_code == 200
    assert client.get("/earnings/2026-01/?export=xlsx").status_code == 302
    assert client.get("/imports/").status_code == 302

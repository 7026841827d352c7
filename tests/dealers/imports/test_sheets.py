"""Sheets as people make them: the header is found, and no row is lost or read askew."""

import csv
import io

import pytest

from customers.models import Order, Registration
from dealers.models import UploadState
from tests.dealers.imports.brought import counts
from tests.factories.customers import RulebookFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _rulebook():
    RulebookFactory()


def test_a_missing_column_is_named_with_the_way_out(owner, login, bring):
    upload = bring(login(owner), "手机号,姓名\n13800138001,王\n")

    assert upload.state == UploadState.REFUSED
    assert "同意" in upload.problem


def test_of_two_columns_the_one_that_says_it_best_is_read(owner, store, login, bring, say_yes):
    client = login(owner)
    rows = "单号,销售日期,金额,优惠,实收,品类\nA-1,2026-11-20,400.00,40.00,360.00,床品\n"

    upload = bring(client, rows, "订单.csv")

    assert upload.files.get().unread == ["金额"]
    say_yes(client, upload)
    assert Order.objects.get().net == 360


def test_numbers_of_lines_name_nobody_and_a_total_is_no_row(owner, store, login, bring, say_yes):
    client = login(owner)
    head, last = "序号,姓名,手机号,日期,同意\n", "合计,2 人,,,\n"
    sheets = [
        f"{head}1,王小一,13800138001,2026-11-20,是\n\n2,李小二,13800138002,2026-11-20,是\n{last}",
        f"{head}1,张小三,13800138003,2026-11-20,是\n2,赵小四,13800138004,2026-11-20,是\n{last}",
    ]

    for sheet in sheets:
        upload = bring(client, sheet)
        assert counts(upload) == (2, 2, 0, 0)
        say_yes(client, upload)

    assert Registration.objects.count() == 4


def test_a_row_that_cannot_be_read_is_not_lost(owner, store, login, bring):
    rows = (
        "会员级别,手机号,日期,同意\n"
        "金,13800138001,2026-11-20,是\n"
        '"VIP" 金,13800138002,2026-11-20,是\n'
    )

    assert counts(bring(login(owner), rows)) == (2, 1, 0, 1)


def test_a_row_with_more_values_than_columns_is_not_read_askew(owner, store, login, bring):
    rows = (
        "单号,销售时间,实付,品类\n"
        "A-1,2026-11-20 15:30,1,360.00,床品\n"
        "A-2,2026-11-20 15:30,20.00,床品\n"
    )

    assert counts(bring(login(owner), rows, "订单.csv")) == (2, 1, 0, 1)


@pytest.mark.parametrize("last", ["", " ", ","])
def test_a_pushed_out_value_may_be_empty(owner, store, login, *, bring, say_yes, last):
    rows = (
        "单号,销售时间,品类,实付,备注\n"
        f"A-1,2026-11-20 15:30,床品,1,360.00,{last}\n"
        "A-2,2026-11-20 15:30,床品,20.00,\n"
    )

    upload = bring(login(owner), rows, "订单.csv")

    assert counts(upload) == (2, 1, 0, 1)
    say_yes(login(owner), upload)
    assert Order.objects.get().net == 20


def test_empty_columns_under_empty_heads_are_none(owner, store, login, bring):
    rows = "单号,销售时间,品类,实付,,\nA-1,2026-11-20 15:30,床品,20.00,,\n,,,,,\n"

    assert counts(bring(login(owner), rows, "订单.csv")) == (1, 1, 0, 0)


def test_what_tills_write_is_understood(owner, store, login, bring):
    rows = "单号,销售时间,品类,数量,实付\nA-1,2026-11-20 15:30:12.347,床品,2.000,100.00\n"

    assert counts(bring(login(owner), rows, "订单.csv")) == (1, 1, 0, 0)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("kind", ["registrations", "orders"])
@pytest.mark.parametrize("format_", ["csv", "xlsx"])
def test_a_template_is_recognised_and_its_example_is_no_row(
    owner, store, login, bring, *, language, kind, format_
):
    owner.user.language = language
    owner.user.save()
    client = login(owner)
    template = client.get(f"/imports/templates/{kind}/", {"format": format_})

    upload = bring(client, template.content, f"t.{format_}")

    assert (upload.state, upload.kind, counts(upload)) == (UploadState.CHECKED, kind, (0, 0, 0, 0))


@pytest.mark.parametrize("moment", ["2026/11/20 15:30", "2026-11-20 15:30:00", "11/20/2026 15:30"])
def test_an_example_that_a_spreadsheet_wrote_anew_is_no_row(owner, store, login, bring, moment):
    template = login(owner).get("/imports/templates/orders/", {"format": "csv"})
    saved = template.content.decode("utf-8-sig").replace("2026-11-20 15:30", moment)
    for amount in ("400", "40", "360"):
        saved = saved.replace(f"{amount}.00", amount)
    own = saved.splitlines()[1].replace("2611-0001", "A-1")

    upload = bring(login(owner), f"{saved}{own}\n")

    assert (upload.kind, upload.files.get().rows) == ("orders", 1)


def test_the_example_is_no_row_though_a_column_was_taken_out(owner, store, login, bring):
    client = login(owner)
    template = client.get("/imports/templates/registrations/", {"format": "csv"})
    rows = [row[1:] for row in csv.reader(io.StringIO(template.content.decode("utf-8-sig")))]

    upload = bring(client, "".join(f"{','.join(row)}\n" for row in rows))

    assert (upload.state, counts(upload)) == (UploadState.CHECKED, (0, 0, 0, 0))

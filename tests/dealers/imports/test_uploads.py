"""Files brought in the browser: recognised, checked, imported once somebody said yes."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from customers.models import Order, Ownership, Registration
from dealers.imports import uploads, workbook
from dealers.models import FileImport, UploadState
from tests.dealers.imports.brought import BY_HAND, book, counts
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import MembershipFactory, OwnerFactory, StoreFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _rulebook():
    RulebookFactory()


def test_a_list_made_by_hand_is_read_checked_and_imported(owner, store, login, bring, say_yes):
    client = login(owner)

    upload = bring(client, BY_HAND.encode("gb18030"))

    assert (upload.state, upload.kind) == (UploadState.CHECKED, "registrations")
    assert counts(upload) == (4, 2, 0, 2)
    assert not Registration.objects.exists()
    page = client.get(upload.get_absolute_url()).content.decode()
    assert "GB18030" in page
    assert "2026-11-20 12:00" in page
    assert "备注" in page
    assert "第 6 行，手机号「1380013800」" in page

    say_yes(client, upload)

    assert upload.state == UploadState.DONE
    assert set(Ownership.objects.values_list("dealer", "store")) == {(store.dealer_id, store.pk)}
    assert Registration.objects.count() == 2
    record = FileImport.objects.get()
    assert (record.by, record.accepted, record.rejected) == (owner.user, 2, 2)


def test_the_record_names_no_customer_and_the_list_is_forgotten_after_a_week(
    owner, store, login, bring, say_yes
):
    upload = say_yes(login(owner), bring(login(owner), BY_HAND))
    part = upload.files.get()
    assert "1380013800" in part.problems

    record = FileImport.objects.get()
    assert "1380013800" not in record.problems
    assert "…" in record.problems
    uploads.sweep(timezone.now() + timedelta(days=8))
    part.refresh_from_db()
    assert (part.problems, part.unread, part.rejected) == ("", [], 2)


def test_a_row_goes_by_its_stores_clock_however_the_code_is_spelled(login, bring, say_yes):
    store = StoreFactory(code="S77", timezone="Asia/Urumqi")
    StoreFactory(dealer=store.dealer)
    client = login(OwnerFactory(dealer=store.dealer))
    rows = "门店编号,单号,销售时间,品类,实付\nＳ７７,A-1,2026-11-01 01:00,床品,100.00\n"

    say_yes(client, bring(client, rows, "订单.csv"))

    sold = Order.objects.get()
    assert (sold.store, sold.ordered_at) == (store, datetime(2026, 10, 31, 19, tzinfo=UTC))


def test_rows_without_a_store_are_of_the_one_that_was_chosen(owner, store, login, bring, say_yes):
    other, stranger = StoreFactory(dealer=store.dealer), StoreFactory()
    client = login(owner)

    asked = bring(client, BY_HAND)
    page = client.get(asked.get_absolute_url()).content.decode()
    assert counts(asked) == (4, 0, 0, 4)
    assert "第 4–7 行，门店「」：没有写是哪家门店" in page

    refused = client.post(
        "/imports/", {"files": SimpleUploadedFile("a.csv", b"a"), "store": stranger.pk}
    )
    assert refused.status_code == 200
    say_yes(client, bring(client, BY_HAND, store=other.pk))
    assert set(Registration.objects.values_list("store", flat=True)) == {other.pk}


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


@pytest.mark.parametrize("head", ["编号", "编号（可选）", "Row number (optional)"])
def test_a_second_list_numbered_from_one_goes_in(owner, store, *, login, bring, say_yes, head):
    client = login(owner)
    lists = [
        f"{head},手机号,日期,同意\n"
        + "".join(f"{n},138001380{base + n},2026-11-20,是\n" for n in (1, 2))
        for base in (10, 20)
    ]

    for each in lists:
        say_yes(client, bring(client, each))
        assert counts(bring(client, each)) == (2, 0, 2, 0)

    assert Registration.objects.count() == 4
    # A number that names something is the id of its registration.
    named = f"{head},手机号,日期,同意\nVIP-1,138001380%s,2026-11-20,是\n"
    say_yes(client, bring(client, named % 31))
    assert counts(bring(client, named % 32)) == (1, 0, 0, 1)


def test_what_was_registered_by_the_number_of_its_row_is_recognised(
    owner, store, login, bring, say_yes
):
    client = login(owner)
    rows = "external_id,手机号,日期,同意\n1,13800138001,2026-11-20,是\n"
    say_yes(client, bring(client, rows))
    assert Registration.objects.get().key == f"import:{store.dealer.code}/1"

    same = rows.replace("external_id", "编号")
    assert counts(bring(client, same)) == (1, 0, 1, 0)
    assert counts(bring(client, same.replace("\n1", f"\n{store.dealer.code}/1"))) == (1, 0, 1, 0)
    assert counts(bring(client, same.replace("8001", "8002"))) == (1, 1, 0, 0)
    assert counts(bring(client, rows.replace("8001", "8002"))) == (1, 0, 0, 1)


def test_the_rejected_rows_come_back_with_their_remedy_and_go_in_once_corrected(
    owner, store, login, bring, say_yes
):
    client = login(owner)
    upload = say_yes(client, bring(client, BY_HAND))

    response = client.get(f"{upload.get_absolute_url()}rejected/1/")
    text = response.content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))

    assert len(rows) == 3
    assert rows[0][-1] == "问题"
    assert "手机号" in rows[0]
    again = bring(client, text.replace("1380013800,", "13800138003,").encode("utf-8-sig"))
    assert counts(again) == (2, 1, 0, 1)
    say_yes(client, again)
    assert Registration.objects.count() == 3


def test_the_same_file_again_changes_nothing(owner, store, login, bring, say_yes):
    client = login(owner)
    say_yes(client, bring(client, BY_HAND))

    again = bring(client, BY_HAND)

    assert counts(again) == (4, 0, 2, 2)
    say_yes(client, again)
    assert again.state == UploadState.CHECKED
    assert Registration.objects.count() == 2


def test_a_workbook_is_read_with_its_days_and_numbers(owner, store, login, bring, say_yes):
    client = login(owner)
    content = book(
        ["手机", "同意时间", "同意"],
        [13800138001, timezone.now().date() - timedelta(days=1), "是"],
    )

    upload = bring(client, content, "顾客.xlsx")

    assert counts(upload) == (1, 1, 0, 0)
    assert upload.files.get().encoding == "Excel"
    say_yes(client, upload)
    assert Registration.objects.count() == 1


@pytest.mark.parametrize("content", [b"PK\x03\x04 no workbook", b"\xd0\xcf\x11\xe0 damaged"])
def test_a_damaged_workbook_is_refused_with_a_sentence(owner, login, bring, content):
    upload = bring(login(owner), content, "顾客.xlsx")

    assert upload.state == UploadState.REFUSED
    assert "CSV UTF-8" in upload.problem


def test_what_a_workbook_counted_has_the_digits_that_it_shows():
    assert workbook.text_of(3 * 19.9) == "59.7"
    assert workbook.text_of(1234567.89) == "1234567.89"


def test_a_number_that_a_workbook_rounded_is_not_guessed():
    assert workbook.text_of(2.0201010101e19).endswith(".0")
    assert workbook.text_of(13800138000.0) == "13800138000"


def test_a_missing_column_is_named_with_the_way_out(owner, login, bring):
    upload = bring(login(owner), "手机号,姓名\n13800138001,王\n")

    assert upload.state == UploadState.REFUSED
    assert "同意" in upload.problem


def test_ids_of_one_dealer_do_not_meet_those_of_another(owner, store, login, bring, say_yes):
    rows = "编号,手机号,日期,同意\n1,13800138001,2026-11-20,是\n"
    other = OwnerFactory(dealer=StoreFactory().dealer)
    say_yes(login(owner), bring(login(owner), rows))

    upload = bring(login(other), rows.replace("8001", "8002"))

    assert counts(upload) == (1, 1, 0, 0)
    say_yes(login(other), upload)
    assert Registration.objects.count() == 2


def test_an_owner_imports_the_own_tills_orders(owner, store, login, bring, say_yes):
    client = login(owner)
    registered(store, phone="13800138001", at=timezone.now() - timedelta(days=30))
    rows = (
        "单号,销售时间,手机号,品类,数量,实付\n"
        'A-1,2026-11-20 15:30,13800138001,床品,2,"¥1,360.00"\n'
        "A-1,2026-11-20 15:30,13800138001,毛巾,1,20\n"
        "A-2,2026-11-20 16:30,,床品,1,100.00\n"
    )

    upload = bring(client, rows, "订单.csv")

    assert (upload.kind, counts(upload)) == ("orders", (3, 3, 0, 0))
    say_yes(client, upload)
    assert sorted(Order.objects.values_list("external_id", "source", "net")) == [
        ("A-1", f"{store.dealer.code}/till", 1380),
        ("A-2", f"{store.dealer.code}/till", 100),
    ]
    assert counts(bring(client, rows, "订单.csv")) == (3, 0, 3, 0)


def test_a_long_code_leaves_room_for_the_till(login, bring, say_yes):
    stores = [StoreFactory(dealer__code=f"D{number}" + "9" * 38) for number in (1, 2)]
    rows = "单号,销售时间,品类,实付\nA-1,2026-11-20 15:30,床品,100.00\n"

    for store in stores:
        client = login(OwnerFactory(dealer=store.dealer))
        upload = bring(client, rows, "订单.csv")
        assert counts(upload) == (1, 1, 0, 0), upload.files.get().problems
        say_yes(client, upload)
        assert counts(bring(client, rows, "订单.csv")) == (1, 0, 1, 0)

    assert len(set(Order.objects.values_list("source", flat=True))) == 2


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


def test_of_two_columns_the_one_that_says_it_best_is_read(owner, store, login, bring, say_yes):
    client = login(owner)
    rows = "单号,销售日期,金额,优惠,实收,品类\nA-1,2026-11-20,400.00,40.00,360.00,床品\n"

    upload = bring(client, rows, "订单.csv")

    assert upload.files.get().unread == ["金额"]
    say_yes(client, upload)
    assert Order.objects.get().net == 360


def test_what_tills_write_is_understood(owner, store, login, bring):
    rows = "单号,销售时间,品类,数量,实付\nA-1,2026-11-20 15:30:12.347,床品,2.000,100.00\n"

    assert counts(bring(login(owner), rows, "订单.csv")) == (1, 1, 0, 0)


def test_lines_are_counted_for_each_till(owner, store, login, bring, say_yes):
    client = login(owner)
    head = "来源,单号,销售时间,品类,实付\n"
    first, second = (f"{till},A-1,2026-11-20 15:30,床品,100.00\n" for till in ("一号机", "二号机"))
    say_yes(client, bring(client, head + first + second, "订单.csv"))

    assert counts(bring(client, head + second, "订单.csv")) == (1, 0, 1, 0)


def test_the_numbers_of_a_sheet_are_no_lines(owner, store, login, bring, say_yes):
    """Where exports overlap, the same order stands at another place of the sheet."""
    client = login(owner)
    head = "序号,单号,销售时间,品类,实付\n"
    first, second, third = (f"A-{n},2026-11-20 15:30,床品,{n}00.00\n" for n in (1, 2, 3))
    say_yes(client, bring(client, f"{head}1,{first}2,{second}3,{second}", "订单.csv"))

    overlapping = f"{head}1,{second}2,{second}3,{third}"
    assert counts(bring(client, overlapping, "订单.csv")) == (3, 1, 2, 0)
    assert list(Order.objects.get(external_id="A-2").lines.values_list("number", flat=True)) == [
        1, 2,
    ]  # fmt: skip


def test_orders_that_have_a_sheets_numbers_as_their_lines_are_recognised(
    owner, store, login, bring, say_yes
):
    client = login(owner)
    head, sold = "序号,单号,销售时间,品类,实付\n", "A-1,2026-11-20 15:30,床品,"
    numbered = f"{head}4,{sold}100.00\n9,{sold}20.00\n"
    say_yes(client, bring(client, numbered.replace("序号", "行"), "订单.csv"))
    kept = Order.objects.get().lines.order_by("number").values_list("number", "net")
    assert list(kept) == [(4, 100), (9, 20)]

    again = f"{head}1,{sold}100.00\n2,{sold}20.00\n"
    assert counts(bring(client, numbered, "订单.csv")) == (2, 0, 2, 0)
    assert counts(bring(client, again, "订单.csv")) == (2, 0, 2, 0)
    for other in (
        again.replace("20.00", "30.00"),
        f"{again}3,{sold}5.00\n",
        f"{head}1,{sold}100.00\n",
    ):
        upload = bring(client, other, "订单.csv")
        assert counts(upload) == (upload.files.get().rows, 0, 0, upload.files.get().rows)


def test_a_till_of_a_dealer_with_a_long_code_is_not_headquarters(login, bring, say_yes):
    store = StoreFactory(dealer__code="D1" + "9" * 38)
    client = login(OwnerFactory(dealer=store.dealer))
    rows = "来源,单号,销售时间,品类,实付\n%s,A-1,2026-11-20 15:30,床品,100.00\n"
    say_yes(client, bring(client, rows % "一号机", "订单.csv"))

    assert counts(bring(client, rows % "二号机", "订单.csv")) == (1, 1, 0, 0)


def test_a_number_whose_digits_are_lost_is_not_taken_for_an_own_one(owner, store, login, bring):
    rows = "编号,手机号,日期,同意\n2.02E+18,13800138001,2026-11-20,是\n"

    assert counts(bring(login(owner), rows)) == (1, 0, 0, 1)


def test_an_order_that_headquarters_has_is_not_taken_twice(
    owner, hq, store, *, login, bring, say_yes
):
    order = "单号,销售时间,品类,实付,门店,来源\nA-1,2026-11-20 15:30,床品,100.00,%s,pos\n"
    say_yes(login(hq), bring(login(hq), order % store.code, kind="orders"))

    upload = bring(login(owner), order % store.code, kind="orders")

    assert counts(upload) == (1, 0, 0, 1)
    assert "A-1" in upload.files.get().problems


SOLD = "单号,类型,销售时间,品类,实付,门店,来源,原单号,原行号\n"


def sold(store, till, paid="100.00"):
    return f"A-1,销售,2026-11-20 15:30,床品,{paid},{store.code},{till},,\n"


@pytest.mark.parametrize("code", ["D1", "D1" + "9" * 38])
def test_a_sale_that_the_owner_brought_first_counts_once(hq, login, bring, say_yes, code):
    store = StoreFactory(dealer__code=code)
    client = login(OwnerFactory(dealer=store.dealer))
    say_yes(client, bring(client, SOLD + sold(store, "一号机"), kind="orders"))
    back = f"R-1,退货,2026-11-21 10:00,床品,100.00,{store.code},pos,A-1,1\n"

    upload = bring(login(hq), SOLD + sold(store, "pos") + back, kind="orders")

    assert counts(upload) == (2, 1, 1, 0), upload.files.get().problems
    say_yes(login(hq), upload)
    sale, returned = Order.objects.order_by("ordered_at")
    assert (sale.source.rpartition("/")[2], returned.sale) == ("一号机", sale)
    assert counts(bring(login(hq), SOLD + sold(store, "pos") + back)) == (2, 0, 2, 0)


def test_what_headquarters_says_otherwise_of_an_owners_sale_is_rejected_with_its_place(
    owner, hq, store, *, login, bring, say_yes
):
    say_yes(login(owner), bring(login(owner), SOLD + sold(store, "一号机")))

    other = sold(store, "pos", "90.00") + sold(StoreFactory(), "pos", "90.00").replace("A-1", "A-2")
    upload = bring(login(hq), SOLD + other, kind="orders")

    assert counts(upload) == (2, 1, 0, 1)
    assert f"{store.dealer.code}/一号机" in upload.files.get().problems
    assert "A-1" in upload.files.get().problems


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


def test_a_clerk_of_the_dealer_named_in_a_row_follows_up(owner, store, login, bring, say_yes):
    clerk = MembershipFactory(store=store)
    rows = f"手机号,日期,同意,店员\n13800138001,2026-11-20,是,{clerk.user.email}\n"

    say_yes(login(owner), bring(login(owner), rows))

    assert Ownership.objects.get().staff == clerk.user

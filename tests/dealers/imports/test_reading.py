"""For whom a sheet is read: which stores it may name, and whose its numbers are."""

from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from customers.models import Order, Registration
from tests.dealers.imports.brought import BY_HAND, counts
from tests.factories.customers import RulebookFactory
from tests.factories.dealers import OwnerFactory, StoreFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _rulebook():
    RulebookFactory()


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


def test_ids_of_one_dealer_do_not_meet_those_of_another(owner, store, login, bring, say_yes):
    rows = "编号,手机号,日期,同意\n1,13800138001,2026-11-20,是\n"
    other = OwnerFactory(dealer=StoreFactory().dealer)
    say_yes(login(owner), bring(login(owner), rows))

    upload = bring(login(other), rows.replace("8001", "8002"))

    assert counts(upload) == (1, 1, 0, 0)
    say_yes(login(other), upload)
    assert Registration.objects.count() == 2


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


def test_a_till_of_a_dealer_with_a_long_code_is_not_headquarters(login, bring, say_yes):
    store = StoreFactory(dealer__code="D1" + "9" * 38)
    client = login(OwnerFactory(dealer=store.dealer))
    rows = "来源,单号,销售时间,品类,实付\n%s,A-1,2026-11-20 15:30,床品,100.00\n"
    say_yes(client, bring(client, rows % "一号机", "订单.csv"))

    assert counts(bring(client, rows % "二号机", "订单.csv")) == (1, 1, 0, 0)


def test_a_number_whose_digits_are_lost_is_not_taken_for_an_own_one(owner, store, login, bring):
    rows = "编号,手机号,日期,同意\n2.02E+18,13800138001,2026-11-20,是\n"

    assert counts(bring(login(owner), rows)) == (1, 0, 0, 1)


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

"""Files brought in the browser: recognised, checked, imported once somebody said yes."""

import csv
import io
from datetime import timedelta

import pytest
from django.utils import timezone

from customers.models import Order, Ownership, Registration
from dealers.imports import uploads
from dealers.models import FileImport, UploadState
from tests.dealers.imports.brought import BY_HAND, counts
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
    assert '<li class="done">选择</li>' in page
    assert '<li aria-current="step">核验</li>' in page
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


def test_a_clerk_of_the_dealer_named_in_a_row_follows_up(owner, store, login, bring, say_yes):
    clerk = MembershipFactory(store=store)
    rows = f"手机号,日期,同意,店员\n13800138001,2026-11-20,是,{clerk.user.email}\n"

    say_yes(login(owner), bring(login(owner), rows))

    assert Ownership.objects.get().staff == clerk.user

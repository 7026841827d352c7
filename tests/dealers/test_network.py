"""Regions, dealers and stores from a file."""

import csv

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, ProgrammingError, transaction

from dealers.models import Dealer, DealerKey, FileImport, Region, Store
from dealers.network import COLUMNS
from dealers.triggers import lifted
from tests.factories.dealers import StoreFactory

pytestmark = pytest.mark.django_db


def row(store="S1", dealer="D1", region="R1", **changes):
    return {
        "region_code": region,
        "region_name": f"大区 {region}",
        "dealer_code": dealer,
        "dealer_name": f"经销商 {dealer}",
        "store_code": store,
        "store_name": f"门店 {store}",
        "timezone": "Asia/Shanghai",
        "size_class": "A",
        "opened_on": "2020-05-01",
    } | changes


def load(tmp_path, *rows, **options):
    path = tmp_path / "network.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    try:
        call_command("import_network", path, **options)
    except CommandError as error:
        return error.returncode
    return 0


def test_a_network_goes_in_once(tmp_path):
    rows = [row(), row("S2"), row("S3", "D2"), row("S4", "D3", "R2")]

    assert load(tmp_path, *rows) == 0
    assert load(tmp_path, *rows) == 0

    sizes = [model.objects.count() for model in (Region, Dealer, Store, DealerKey)]
    assert sizes == [2, 3, 4, 3]
    latest, first = FileImport.objects.all()
    assert (first.accepted, first.repeated) == (4, 0)
    assert (latest.accepted, latest.repeated) == (0, 4)


@pytest.mark.parametrize(
    "change",
    [
        {"timezone": "Mars/Olympus"},
        {"timezone": ""},
        {"size_class": "D"},
        {"opened_on": "1.5.2020"},
        {"store_code": ""},
        {"store_name": "x" * 121},
        {"dealer_code": "y" * 41},
    ],
)
def test_a_bad_row_leaves_nothing_behind(tmp_path, change):
    assert load(tmp_path, row("S2", "D2", "R2", **change), row()) == 1
    assert list(Dealer.objects.values_list("code", flat=True)) == ["D1"]


@pytest.mark.parametrize(
    "change",
    [
        {"store_name": "另一家"},
        {"dealer_name": "另一家"},
        {"region_name": "另一个"},
        {"region_code": "R2", "region_name": "大区 R2"},
        {"dealer_code": "D2", "dealer_name": "经销商 D2"},
        {"timezone": "Asia/Urumqi"},
        {"opened_on": "2021-01-01"},
        {"size_class": "B"},
    ],
)
def test_what_is_on_file_otherwise_is_rejected(tmp_path, change):
    load(tmp_path, row())

    assert load(tmp_path, row(**change)) == 1
    store = Store.objects.select_related("dealer__region").get()
    assert (store.name, store.dealer.code, store.dealer.region.code) == ("门店 S1", "D1", "R1")


def test_a_dry_run_writes_nothing(tmp_path):
    assert load(tmp_path, row(), dry_run=True) == 0
    assert not Region.objects.exists()
    assert not FileImport.objects.exists()


@pytest.mark.parametrize("column", ["region_code", "dealer_code", "store_code"])
@pytest.mark.parametrize(
    "code", ["SH/01", "SH\\01", "a?b", "a#b", "50%", 'a"b', ".", "..", "a\x01b", "2.02E+18"]
)
def test_a_code_that_no_address_holds_is_refused(tmp_path, column, code):
    wanted = 0 if code == "a\x01b" else 1  # invisible, and left out
    assert load(tmp_path, row(**{column: code})) == wanted


@pytest.mark.parametrize("code", ["ONLINE", "online", "ＯＮＬＩＮＥ"])
def test_a_store_is_not_called_what_files_use_for_no_store(tmp_path, code):
    assert load(tmp_path, row(store=code)) == 1
    assert load(tmp_path, row(dealer=code)) == 0


@pytest.mark.parametrize("code", [" S1 ", "Ｓ１", "S\u200b1", "'S1", '="S1"'])
def test_a_code_is_the_same_whatever_a_spreadsheet_made_of_it(tmp_path, code):
    assert load(tmp_path, row(), row(store_code=code)) == 0
    assert Store.objects.get().code == "S1"


@pytest.mark.parametrize("code", ["SH/01", "a?", "%", "ONLINE", " S", "."])
def test_the_database_refuses_such_a_code_and_leaves_what_is_on_file(code):
    store = StoreFactory()
    with lifted(Store):
        Store.objects.filter(pk=store.pk).update(code=code)
    store.refresh_from_db()

    Store.objects.filter(pk=store.pk).update(name="new")
    with pytest.raises(ProgrammingError), transaction.atomic():
        StoreFactory(code=code)
    with pytest.raises(ValidationError):
        store.full_clean()


def test_contact_data_is_a_number_and_a_line_that_is_seen():
    store = StoreFactory(phone="0571-8765 4321", address="杭州永康街 1 号")
    store.full_clean()
    store.dealer.contact, store.dealer.phone = "周老板", "12345"
    with pytest.raises(ValidationError) as refused:
        store.dealer.full_clean()
    assert set(refused.value.error_dict) == {"phone"}

    for wrong in ({"phone": "call me"}, {"address": "here\u202e"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Store.objects.filter(pk=store.pk).update(**wrong)

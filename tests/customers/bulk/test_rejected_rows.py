"""Rows that a load cannot take: named with their remedy, and given back as they were."""

import csv
from pathlib import Path

import pytest

from customers.bulk import orders, staging
from customers.bulk.registrations import REGISTRATION_COLUMNS
from customers.models import BY_HAND, Order, OrderLine, Registration
from customers.verification import checks
from dealers.models import FileImport
from tests.customers.bulk.files import COLUMNS, back, load, order, registration, write

pytestmark = pytest.mark.usefixtures("english")


def test_the_same_key_with_other_content_is_rejected(shops, tmp_path):
    path = write(tmp_path / "r.csv", REGISTRATION_COLUMNS, [registration()])
    load("import_registrations", path, historical=True)
    write(
        path,
        REGISTRATION_COLUMNS,
        [registration(store="S3"), registration(2), registration(2, name="x")],
    )
    orders = write(tmp_path / "o.csv", COLUMNS, [order()])
    load("import_orders", orders)
    write(orders, COLUMNS, [order(net="99.00", discount="11.00")])

    status, said = load("import_registrations", path, historical=True)
    order_status, order_said = load("import_orders", orders)

    assert (status, order_status) == (1, 1)
    assert Registration.objects.count() == 2
    assert "REG-1" in said
    assert "O1" in order_said
    assert OrderLine.objects.get().net == 100


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"store_code": "S9"}, "store_code"),
        ({"phone": "138"}, "phone"),
        ({"phone": ""}, "phone"),
        ({"registered_at": "2026-01-05T10:00:00"}, "registered_at"),
        ({"registered_at": "yesterday"}, "registered_at"),
        ({"registered_at": "2990-01-05T10:00:00Z"}, "registered_at"),
        ({"registered_at": "0001-01-01T00:00:00+14:00"}, "registered_at"),
        ({"consent_service": "no"}, "consent_service"),
        ({"consent_marketing": "perhaps"}, "consent_marketing"),
        ({"external_id": ""}, "external_id"),
        ({"external_id": "x" * 200}, "external_id"),
        ({"source": ""}, "source"),
        ({"name": "a\0b"}, "name"),
        ({"name": "n" * 100}, "name"),
    ],
)
def test_a_bad_registration_is_reported_and_good_ones_go_in(shops, tmp_path, change, column):
    rows = [registration(1), registration(2, **change), registration(3)]
    path = write(tmp_path / "r.csv", REGISTRATION_COLUMNS, rows)

    status, said = load("import_registrations", path)

    assert status == 1
    assert f"3, {column}" in said
    assert Registration.objects.count() == 2
    with (tmp_path / "r.rejected.csv").open(encoding="utf-8-sig") as file:
        rejected = list(csv.DictReader(file))
    assert len(rejected) == 1
    assert column in rejected[0]["problem"]


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "gift"},
        {"place": "S9"},
        {"ordered_at": "2026-01-05 10:00"},
        {"quantity": "0"},
        {"quantity": "1.5"},
        {"quantity": "99999999999"},
        {"gross": "1e3"},
        {"gross": "110.001"},
        {"net": "90.00"},
        {"gross": "-100.00", "net": "-110.00"},
        {"line": "x"},
        {"category": ""},
        {"returns_line": "1"},
        {"returns_external_id": "O7"},
        {"phone": "12"},
    ],
)
def test_an_order_with_a_bad_row_stays_out_as_a_whole(shops, tmp_path, change):
    rows = [order(1), order(2, **change), order(2, line=2), order(3)]
    path = write(tmp_path / "o.csv", COLUMNS, rows)

    status, said = load("import_orders", path)

    assert status == 1, said
    assert set(Order.objects.values_list("external_id", flat=True)) == {"O1", "O3"}
    done = FileImport.objects.get()
    assert (done.rows, done.accepted, done.rejected) == (4, 2, 2)


def test_no_file_says_that_an_order_was_recorded_by_hand(shops, tmp_path):
    path = write(tmp_path / "o.csv", COLUMNS, [order(1), order(2, source=BY_HAND)])

    status, said = load("import_orders", path)

    assert status == 1, said
    assert Order.objects.get().external_id == "O1"


@pytest.mark.parametrize(
    ("rows", "rejected"),
    [
        ([back(1, of=9)], 1),
        ([order(1), back(1) | {"returns_line": 4}], 1),
        ([order(1), back(1, days=0)], 1),
        ([order(1), back(1), back(2)], 1),
        ([order(1), back(1) | {"quantity": 3}], 1),
        ([order(1), back(1) | {"gross": "200.00", "discount": "0.00", "net": "200.00"}], 1),
        ([order(1), back(1) | {"quantity": 1, "gross": "50.00", "discount": "0.00", "net": "50.00"},
          back(2) | {"quantity": 1, "gross": "50.00", "discount": "0.00", "net": "50.00"}], 0),
    ],
)  # fmt: skip
def test_a_return_takes_back_what_its_sale_has_left(shops, tmp_path, rows, rejected):
    path = write(tmp_path / "o.csv", COLUMNS, rows)

    load("import_orders", path)

    assert FileImport.objects.get().rejected == rejected
    # What is on file counts as well, when the rest comes in another file.
    load("import_orders", write(tmp_path / "p.csv", COLUMNS, [back("x", of=1)]))
    assert all(ok for _name, ok, _detail in checks())


@pytest.mark.parametrize(
    "spoil",
    [
        lambda line: f"{line},x",
        lambda line: line.rpartition(",")[0],
        lambda line: line.replace("DOORS", '"DO"ORS'),
    ],
)
def test_an_order_with_a_row_that_cannot_be_read_stays_out_as_a_whole(shops, tmp_path, spoil):
    path = write(tmp_path / "o.csv", COLUMNS, [order(1), order(2)])
    with path.open("a") as file:
        file.write(spoil(",".join(str(each) for each in order(2, line=2).values())) + "\n")

    status, said = load("import_orders", path)

    assert status == 1, said
    assert set(Order.objects.values_list("external_id", flat=True)) == {"O1"}
    done = FileImport.objects.get()
    assert (done.rows, done.accepted, done.rejected) == (3, 1, 2)


def test_more_amounts_than_are_remembered_are_read(shops, tmp_path, monkeypatch):
    monkeypatch.setattr(orders, "REMEMBERED", 0)
    path = write(tmp_path / "o.csv", COLUMNS, [order(1), order(2, gross="120.00", net="110.00")])

    status, said = load("import_orders", path)

    assert status == 0, said
    assert Order.objects.count() == 2


def test_good_rows_stay_where_the_rejected_ones_cannot_be_written(shops, tmp_path):
    rows = [registration(1), registration(2, phone="1")]
    path = write(tmp_path / "r.csv", REGISTRATION_COLUMNS, rows)
    target = tmp_path / "none" / "rejected.csv"

    status, said = load("import_registrations", path, rejected=target)

    assert status == 1, said
    assert str(target) in said
    assert Registration.objects.count() == 1


def test_the_rejected_rows_are_never_written_over_the_file_that_is_read(shops, tmp_path):
    path = write(tmp_path / "r.csv", REGISTRATION_COLUMNS, [registration(1), registration(2, "?")])
    before = path.read_bytes()

    assert load("import_registrations", path, rejected=path)[0] == 2
    assert path.read_bytes() == before
    assert not Registration.objects.exists()


@pytest.mark.parametrize("given", [True, False])
def test_the_rejected_rows_of_two_files_are_two_files(shops, tmp_path, given):
    (tmp_path / "in").mkdir()
    first = write(tmp_path / "in" / "x.csv", REGISTRATION_COLUMNS, [registration(1, "?")])
    second = write(tmp_path / "in" / "x.txt", COLUMNS, [order(1, "?")])

    options = {"rejected": tmp_path / "bad.csv"} if given else {}
    status, said = load("import_history", registrations=first, orders=second, **options)

    assert status == 1, said
    names = ["bad.x.2.csv", "bad.x.csv"] if given else ["x.rejected.2.csv", "x.rejected.csv"]
    written = sorted(tmp_path.rglob("*.csv"))
    assert [path.name for path in written if path != first] == names


@pytest.mark.parametrize("name", ["x" * 300, ".", "/"])
def test_what_is_no_file_at_all_is_wrong_use(shops, name):
    assert load("import_registrations", Path(name))[0] == 2


def test_rows_of_an_order_may_be_apart_but_must_agree(shops, tmp_path):
    rows = [order(1), order(2), order(1, line=2), order(3), order(4), order(3, line=2, phone="")]
    path = write(tmp_path / "o.csv", COLUMNS, rows)

    load("import_orders", path)

    lines = Order.objects.order_by("external_id").values_list("external_id", "net")
    assert dict(lines) == {"O1": 200, "O2": 100, "O4": 100}


@pytest.mark.parametrize("batch", [1, 10_000])
def test_of_too_many_returns_those_that_fit_stay(shops, tmp_path, monkeypatch, batch):
    monkeypatch.setattr(staging, "BATCH", batch)
    one = {"quantity": 1, "gross": "50.00", "discount": "0.00", "net": "50.00"}
    rows = [order(1), back(1) | one, back(2) | {"quantity": 2}, back(3, days=3) | one, back(4)]
    path = write(tmp_path / "o.csv", COLUMNS, rows)

    load("import_orders", path)

    returns = Order.objects.filter(kind="return").values_list("external_id", flat=True)
    assert set(returns) == {"O1-R", "O3-R"}


def test_orders_told_line_by_line_through_the_file_are_put_together(shops, tmp_path):
    """A file sorted by line number: every order is scattered, some have a bad row at the end."""
    rows = [order(n) for n in range(60)]
    rows += [order(n, line=2, quantity="0" if n % 3 == 0 else 1) for n in range(60)]
    rows += [order(n, line=3, phone="1" if n % 3 == 1 else "13800000001") for n in range(60)]
    path = write(tmp_path / "o.csv", COLUMNS, rows)

    status, said = load("import_orders", path)

    assert status == 1, said
    good = {f"O{n}" for n in range(2, 60, 3)}
    assert set(Order.objects.values_list("external_id", flat=True)) == good
    done = FileImport.objects.get()
    assert (done.rows, done.accepted, done.rejected) == (180, 60, 120)
    with (tmp_path / "o.rejected.csv").open(encoding="utf-8-sig") as file:
        problems = {
            (row["external_id"], row["line"]): row["problem"] for row in csv.DictReader(file)
        }
    assert len(problems) == 120
    assert "Line 62, of the same order" in problems["O0", "1"]
    assert "Line 123, of the same order" in problems["O1", "2"]


def test_rejected_rows_come_back_as_they_were(shops, tmp_path):
    rows = [
        registration(1, phone="1", name="two\nlines"),
        registration(2),
        registration("3\0", phone="13800000003"),
    ]
    path = write(tmp_path / "r.csv", REGISTRATION_COLUMNS, rows)
    orders = write(tmp_path / "o.csv", COLUMNS, [order("\0"), order(2)])

    status, said = load("import_history", registrations=path, orders=orders)

    assert status == 1, said
    with (tmp_path / "r.rejected.csv").open(encoding="utf-8-sig", newline="") as file:
        rejected = list(csv.DictReader(file))
    assert [row["name"] for row in rejected] == ["two\nlines", "陈敏"]
    assert Registration.objects.count() == Order.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty|空"),
        (b"external_id;store_code\n", "external_id"),
        ("编号,电话\n1,2\n".encode("utf-16"), "UTF-8"),
        (b"\xff\xff\xff,\n", "UTF-8"),
        (b'"external_id,store_code\n', "external_id"),
    ],
)
def test_a_file_that_cannot_be_read_says_what_would_be_right(shops, tmp_path, content, says):
    path = tmp_path / "r.csv"
    path.write_bytes(content)

    status, said = load("import_registrations", path)

    assert status == 2
    assert any(word in said for word in says.split("|"))
    assert FileImport.objects.get().state == "failed"


def test_a_missing_file_is_wrong_use(shops, tmp_path):
    assert load("import_registrations", tmp_path / "none.csv")[0] == 2


def test_broken_lines_are_rejected_one_by_one(shops, tmp_path):
    path = write(tmp_path / "r.csv", REGISTRATION_COLUMNS, [registration(1)])
    with path.open("a") as file:
        file.write('REG-2,S1,"13800000002\nREG-3,S1\n')
    with path.open("a", newline="") as file:
        csv.DictWriter(file, REGISTRATION_COLUMNS).writerow(registration(4, phone="13800000004"))

    status, said = load("import_registrations", path)

    assert status == 1, said
    assert Registration.objects.count() == 2
    assert FileImport.objects.get().rejected == 2


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_other_encodings_are_read(shops, tmp_path, encoding):
    path = write(
        tmp_path / "r.csv", [*REGISTRATION_COLUMNS, "remark"], [registration()], encoding=encoding
    )

    assert load("import_registrations", path)[0] == 0


@pytest.mark.parametrize(
    ("encoding", "name"), [("big5", "劉德華"), ("shift_jis", "田中太郎"), ("euc_kr", "김민수")]
)
def test_a_file_in_another_encoding_brings_nobody_and_says_where(shops, tmp_path, encoding, name):
    rows = [registration(1, name="Anna"), registration(2, phone="13800000002", name=name)]
    path = write(tmp_path / "r.csv", REGISTRATION_COLUMNS, rows, encoding=encoding)

    status, said = load("import_registrations", path)

    assert status == 2
    assert f"Line 3, “{name}”" in said
    assert not Registration.objects.exists()
    assert FileImport.objects.get().state == "failed"

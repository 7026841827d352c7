"""The check that computes a year anew from its files: the commands agree, and it says where not."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

from customers.bulk.registrations import REGISTRATION_COLUMNS
from tests.customers.bulk.files import COLUMNS, load

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

SCRIPT = Path(__file__).parent / "recompute_year.py"

NETWORK = (
    "region_code", "region_name", "dealer_code", "dealer_name", "store_code", "store_name",
    "timezone", "size_class", "opened_on",
)  # fmt: skip
# Three dealers of two stores; what is still 31 January in New York is February in Shanghai.
STORES = {
    "A1": ("DA", "America/New_York"), "A2": ("DA", "America/New_York"),
    "B1": ("DB", "Asia/Shanghai"), "B2": ("DB", "Asia/Shanghai"),
    "C1": ("DC", "Europe/Berlin"), "C2": ("DC", "Europe/Berlin"),
}  # fmt: skip
ANN, BEN, CAI = "+8613800000901", "138 0000 0902", "0086-13800000903"
CLAIMS = [
    ("A1", ANN, "2017-01-05T15:00:00Z"),
    ("B1", ANN, "2017-01-06T02:00:00Z"),  # protected elsewhere
    ("B1", BEN, "2017-01-10T02:00:00Z"),
    ("C1", CAI, "2017-01-02T14:00:00Z"),
    ("A2", "+86 138 0000 0903", "2017-04-02T22:00:00Z"),  # at the very end of the first
]
SALES = [
    ("1", "2017-01-06T15:00:00Z", "A1", ANN, ["2000.00", "1000.00"]),
    ("2", "2017-01-20T15:00:00Z", "A2", ANN, ["2500.50"]),
    ("3", "2017-02-01T03:00:00Z", "B2", ANN, ["99.99", "100.05"]),
    ("4", "2017-01-12T15:00:00Z", "C2", "", ["10.00"]),
    ("5", "2017-01-15T15:00:00Z", "ONLINE", BEN, ["50.00"]),
    ("6", "2017-01-15T15:00:00Z", "C1", "+8613800000909", ["60.00"]),
    ("7", "2017-01-16T15:00:00Z", "B1", BEN, ["11000.00"]),  # above the cap
    ("8", "2017-03-16T15:00:00Z", "C1", CAI, ["0.00"]),  # renews nothing
    ("9", "2017-04-02T21:59:59Z", "A1", CAI, ["10.00"]),
    ("10", "2017-04-02T22:00:00Z", "A1", CAI, ["10.00"]),
]
# Of a sale's line, so much, and when.
RETURNS = [
    ("1", 1, "2000.00", "2017-02-10T15:00:00Z"),
    ("3", 2, "33.35", "2017-02-11T15:00:00Z"),
    ("3", 2, "33.35", "2017-03-11T15:00:00Z"),
    ("7", 1, "9500.00", "2017-03-12T15:00:00Z"),
    ("2", 1, "100.25", "2017-01-25T15:00:00Z"),
]
MONTHS = ("2017-01", "2017-02", "2017-03", "2017-04")


PROGRAM = {
    "currency": "CNY",
    "rulebook": {
        "name": "Retail 2017", "from": "2017-01-01", "protection_days": 90,
        "activity_renews_days": 90, "visit_qualifies": False, "sale_renews_days": 90,
        "max_days_without_sale": None, "grace_days": 0, "first_contact_hours": None,
        "caps": None, "pool_cooldown_days": 0,
    },
    "plans": [
        {
            "code": "cross", "name": "Sales elsewhere", "audience": "dealer",
            "direction": "brand_pays", "from": "2017-01-01",
            "components": [
                {
                    "code": "cross-sale", "event": "paid_sale", "place": "other", "to": "owner",
                    "kind": "percent", "base": "net", "rows": [{"from": 0, "rate": "0.03"}],
                    "clawback": "original_rate", "return_window_days": 0,
                }
            ],
        },
        {
            "code": "own", "name": "Sales to own customers", "audience": "dealer",
            "direction": "brand_pays", "from": "2017-01-01",
            "components": [
                {
                    "code": "own-tiers", "event": "paid_sale", "place": "own_or_sister",
                    "to": "owner", "kind": "tiers_marginal", "base": "net", "window": "month",
                    "per": "dealer", "period_cap": "150.00", "clawback": "recompute",
                    "return_window_days": 0,
                    "rows": [
                        {"from": 0, "rate": "0.01"}, {"from": 2000, "rate": "0.015"},
                        {"from": 5000, "rate": "0.02"},
                    ],
                }
            ],
        },
    ],
}  # fmt: skip


def write(path, columns, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([columns, *rows])
    return path


def orders():
    for number, at, place, phone, nets in SALES:
        for line, net in enumerate(nets, 1):
            yield "pos", number, "sale", at, place, phone, line, "shoes", 4, net, 0, net, "", ""
    sold = {number: (place, phone) for number, _at, place, phone, _nets in SALES}
    for count, (sale, line, net, at) in enumerate(RETURNS, 1):
        money = (net, 0, net, sale, line)
        yield "pos", f"{sale}-R{count}", "return", at, *sold[sale], 1, "shoes", 1, *money


@pytest.fixture
def year(tmp_path):
    """The folder of the files and that of the exports, by the real commands."""
    files, exports = tmp_path / "files", tmp_path / "exports"
    files.mkdir()
    exports.mkdir()
    (files / "program.json").write_text(json.dumps(PROGRAM), encoding="utf-8")
    network = write(
        files / "network.csv",
        NETWORK,
        [
            ("R1", "North", dealer, dealer, store, store, zone, "A", "2016-01-01")
            for store, (dealer, zone) in STORES.items()
        ],
    )
    registrations = write(
        files / "registrations.csv",
        REGISTRATION_COLUMNS,
        [
            (f"REG-{number}", store, phone, "", at, "walk-in", "yes", "no")
            for number, (store, phone, at) in enumerate(CLAIMS, 1)
        ],
    )
    sold = write(files / "orders.csv", COLUMNS, orders())
    call_command("import_program", str(files / "program.json"), "--publish")
    call_command("import_network", str(network))
    status, said = load("import_history", registrations=registrations, orders=sold)
    assert status == 0, said
    for month in MONTHS:
        call_command("close_period", month)
    for month in MONTHS:
        export(exports, "orders", month)
        export(exports, "statements", month)
        for metric in ("net_sales", "owned_sales"):
            for unit in ("store", "dealer"):
                path = exports / f"board-{metric}-{unit}-{month}.csv"
                call_command(
                    "export_board",
                    *(str(path), "--metric", metric, "--period", month, "--unit", unit),
                )
    for moment in ("2017-01-31T120000Z", "2017-04-02T215959Z", "2017-04-02T220000Z"):
        at = f"{moment[:13]}:{moment[13:15]}:{moment[15:]}"
        call_command("export_ownership", str(exports / f"ownership-{moment}.csv"), "--at", at)
    return files, exports


def export(folder, what, month):
    path = folder / f"{what}-{month}.csv"
    call_command(f"export_{what}", str(path), "--period", month)


def recompute(*folders):
    return subprocess.run(
        [sys.executable, str(SCRIPT), *map(str, folders)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_commands_say_what_the_files_give_and_another_figure_is_named(year):
    files, exports = year
    done = recompute(files, exports)
    assert done.returncode == 0, done.stdout + done.stderr

    path = exports / "statements-2017-01.csv"
    said = path.read_text(encoding="utf-8")
    assert "DB,own-tiers,1,11000.00,150.00," in said
    path.write_text(said.replace("11000.00,150.00", "11000.00,150.01"), encoding="utf-8")

    done = recompute(files, exports)

    assert done.returncode == 1
    assert "statements-2017-01 DB own-tiers: 1 11000.00 150.01 on_statement" in done.stdout

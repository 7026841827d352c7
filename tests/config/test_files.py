"""No cell of a file breaks an import: both ends of everything, in every column."""

import copy
import csv
import json
from datetime import UTC, datetime

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import transaction
from django.utils import timezone

from customers import verification as customers
from dealers import strays
from dealers.actor import Actor
from dealers.models import FileImport
from incentives.plans import program_file
from tests.factories.customers import RulebookFactory
from tests.factories.dealers import RegionFactory, StoreFactory

pytestmark = pytest.mark.django_db

CELLS = (
    *("", " ", "\0", "a\0b", "\u202eabc", "\u2066", "\x01", "a\tb", "a\nb", "\ufffd", "\\N", "\\."),
    *("\\", '"', "'", "=1+1", "＝1+1", "%s%(a)s{0}", "x" * 5000, "长" * 500, "𠮷👪", "١٢", "²"),
    *("-1", "0", "9" * 30, "9" * 5000, "1e400", "NaN", "Infinity", "-0.00", "0.001"),
    *("0001-01-01", "9999-12-31", "2017-02-30", "0001-01-01T00:00:00+23:59", "infinity"),
    *("9999-12-31T23:59:59-23:59", "1989-12-31T23:59:59+00:00", "2017-03-01T09:30:00"),
)
FILES = {
    "import_network": {
        "region_code": "R", "region_name": "R", "dealer_code": "D", "dealer_name": "D",
        "store_code": "{n}", "store_name": "S", "timezone": "Asia/Shanghai", "size_class": "A",
        "opened_on": "2017-01-01",
    },
    "import_registrations": {
        "external_id": "{n}", "store_code": "S1", "phone": "138{n:08}", "name": "王",
        "registered_at": "2026-02-01T10:00:00+08:00", "source": "pos", "consent_service": "yes",
        "consent_marketing": "no",
    },
    "import_leads": {
        "external_id": "{n}", "phone": "138{n:08}", "name": "王", "wish": "Filter",
        "region_code": "R1", "category": "", "latitude": "31.2", "longitude": "121.4",
        "campaign": "", "consent_service": "yes", "consent_marketing": "no",
    },
    "import_orders": {
        "source": "pos", "external_id": "{n}", "kind": "sale",
        "ordered_at": "2026-02-01T10:00:00+08:00", "place": "S1", "phone": "138{n:08}",
        "line": "1", "category": "A", "quantity": "1", "gross": "2.00", "discount": "1.00",
        "net": "1.00", "returns_external_id": "", "returns_line": "",
    },
}  # fmt: skip


@pytest.fixture
def market():
    RulebookFactory(starts_on=datetime(2025, 1, 1, tzinfo=UTC).date())
    return StoreFactory(code="S1", dealer__region__code="R1")


def rows(right):
    """A right row, then one for each column and each cell."""
    cases = [(None, None), *((column, cell) for column in right for cell in CELLS)]
    for number, (column, cell) in enumerate(cases, 1):
        row = {name: value.format(n=number) for name, value in right.items()}
        yield row | ({column: cell} if column else {})


@pytest.mark.usefixtures("market")
@pytest.mark.parametrize(
    "command",
    ["import_network", "import_registrations", "import_registrations --historical",
     "import_orders", "import_orders --historical", "import_leads"],
)  # fmt: skip
def test_no_cell_breaks_an_import(command, tmp_path, login, hq):
    command, *options = command.split()
    path = tmp_path / "file.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, FILES[command])
        writer.writeheader()
        writer.writerows(rows(FILES[command]))

    with pytest.raises(CommandError) as rejected:
        call_command(command, path, *options)

    assert rejected.value.returncode == 1
    done = FileImport.objects.get()
    assert done.accepted > 3
    assert done.rejected > len(FILES[command]) * 5
    checks = (*strays.checks(), *customers.checks())
    assert [(name, detail) for name, holds, detail in checks if not holds] == []
    client = login(hq)
    for page in ("customers/registration", "customers/order", "customers/ownership",
                 "dealers/store", "dealers/fileimport", "customers/category"):  # fmt: skip
        assert client.get(f"/admin/{page}/").status_code == 200, page


PROGRAM = {
    "currency": "CNY",
    "rulebook": {
        "name": "R", "from": "2017-01-01", "protection_days": 90, "grace_days": 3,
        "caps": {"person": 200, "store": 1000}, "owner_share": "0.3", "warning_days": [30, 7],
        "conflict_percent": 20, "visit_qualifies": True,
    },
    "plans": [
        {
            "code": "own", "name": "Sales", "name_en": "Sales", "text": "…", "from": "2017-01-01",
            "until": "2018-01-01", "direction": "brand_pays",
            "components": [
                {
                    "code": "own-tiers", "name": "T", "event": "paid_sale", "place": "any",
                    "to": "owner", "kind": "tiers_marginal", "base": "net", "window": "month",
                    "rows": [{"from": 0, "rate": "0.01"}, {"from": 2000, "rate": "0.015"}],
                    "period_cap": "150.00", "clawback": "recompute", "clawback_days": 180,
                    "return_window_days": 0, "rate_above_one": "", "by_share": False,
                }
            ],
        }
    ],
    "cohorts": [{"code": "big", "name": "大", "unit": "store", "size_classes": ["A"],
                 "regions": ["R"]}],
}  # fmt: skip


def leaves(data, path=()):
    inside = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in inside:
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from leaves(value, (*path, key))


def test_no_value_breaks_a_program(tmp_path, market):
    RegionFactory(code="R")
    by, now = Actor.worker("tests"), timezone.now()
    path = tmp_path / "program.json"
    values = (
        *("\u202eabc", "x" * 5000, "-1", "9" * 5000, "1e400", "NaN", "0001-01-01", "9999-12-31"),
        *(-1, 10**40, 1e300, float("nan"), None, True, [], {}),
    )
    tried = refused = 0

    for place in leaves(PROGRAM):
        for value in values:
            inner = data = {place[0]: copy.deepcopy(PROGRAM[place[0]])}
            for key in place[:-1]:
                inner = inner[key]
            inner[place[-1]] = value
            path.write_text(json.dumps(data))
            tried += 1
            with transaction.atomic():
                try:
                    program_file.store(program_file.read(path), publish=False, by=by, at=now)
                except program_file.ProgramNotValid:
                    refused += 1
                transaction.set_rollback(True)

    assert tried > 700
    assert refused > tried / 2


@pytest.mark.parametrize(
    "text",
    [
        '{"currency": "\\ud800"}', '{"\\udfff": 1}', '{"currency": "\\u0000"}', "[" * 100_000,
        '{"a": ' * 50_000, '{"currency": 1' + "0" * 5000 + "}", "\ufeff", "null", "NaN",
    ],
)  # fmt: skip
def test_what_no_program_says_is_refused(text, tmp_path):
    path = tmp_path / "program.json"
    path.write_text(text)

    with pytest.raises(CommandError):
        call_command("import_program", path)


def test_a_file_may_have_any_name(market, tmp_path, capfd):
    path = tmp_path / "\udcff\u202ea\n.csv"
    path.write_text(",".join(FILES["import_network"]) + "\n")

    call_command("import_network", path)

    assert FileImport.objects.get().name == "?a.csv"

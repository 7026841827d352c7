"""Files of a load, and what is there after it."""

import csv
from datetime import UTC, datetime, timedelta
from io import StringIO

from django.core.management import call_command
from django.core.management.base import CommandError

START = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)


COLUMNS = (
    "source", "external_id", "kind", "ordered_at", "place", "phone", "line", "category",
    "quantity", "gross", "discount", "net", "returns_external_id", "returns_line",
)  # fmt: skip


def write(path, columns, rows, encoding="utf-8"):
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
    return path


def registration(number=1, store="S1", phone="13800000001", **changes):
    return {
        "external_id": f"REG-{number}",
        "store_code": store,
        "phone": phone,
        "name": "陈敏",
        "registered_at": START.isoformat(),
        "source": "walk-in",
        "consent_service": "yes",
        "consent_marketing": "no",
    } | changes


def order(number=1, place="S1", phone="13800000001", **changes):
    return {
        "source": "pos",
        "external_id": f"O{number}",
        "kind": "sale",
        "ordered_at": (START + timedelta(days=1)).isoformat(),
        "place": place,
        "phone": phone,
        "line": 1,
        "category": "DOORS",
        "quantity": 2,
        "gross": "110.00",
        "discount": "10.00",
        "net": "100.00",
        "returns_external_id": "",
        "returns_line": "",
    } | changes


def back(number=1, of=1, days=2, **changes):
    return order(
        f"{number}-R",
        kind="return",
        ordered_at=(START + timedelta(days=days)).isoformat(),
        returns_external_id=f"O{of}",
        returns_line=1,
        **changes,
    )


def load(command, *args, **options):
    """Run an import; its exit status and what it said."""
    out = StringIO()
    try:
        call_command(command, *args, stdout=out, **options)
    except CommandError as error:
        return error.returncode, out.getvalue() + str(error)
    return 0, out.getvalue()

"""The demo's trade as the files that a network would bring, imported like any past."""

import csv
from datetime import datetime
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import connection

from customers.bulk.load import Load
from customers.bulk.orders import ORDER_COLUMNS
from customers.bulk.registrations import REGISTRATION_COLUMNS
from dealers.imports.csv import CsvFile
from dealers.imports.progress import Progress
from incentives.demo.trade import Purchase, Trade, Visit


def replay(trade: Trade, now: datetime) -> None:
    """Import what was traded, as of ``now``."""
    with TemporaryDirectory(prefix="demo-") as folder:
        registrations = Path(folder) / "registrations.csv"
        orders = Path(folder) / "orders.csv"
        _write_registrations(registrations, trade.visits)
        _write_orders(orders, trade.purchases)
        # What was made so far is checked now: the bulk load takes foreign keys off empty tables,
        # which cannot be done while rows still wait for their check.
        connection.check_constraints()
        load = Load(Progress(StringIO()), at=now, historical=True)
        load.stage_registrations(CsvFile.open(registrations, REGISTRATION_COLUMNS))
        load.stage_orders(CsvFile.open(orders, ORDER_COLUMNS))
        load.stage_activities(trade.follow_ups)
        load.answer()
        load.store()


def _write_registrations(path: Path, visits: list[Visit]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(
            (
                "external_id", "store_code", "phone", "name", "registered_at", "source",
                "consent_service", "consent_marketing", "staff",
            )
        )  # fmt: skip
        for n, visit in enumerate(visits, 1):
            out.writerow(
                (
                    f"DEMO-{n:05d}", visit.store, visit.number, visit.name, visit.at.isoformat(),
                    visit.source, "yes", "yes" if visit.marketing else "no", visit.staff,
                )
            )  # fmt: skip


def _write_orders(path: Path, purchases: list[Purchase]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(
            (
                "source", "external_id", "kind", "ordered_at", "place", "phone", "line",
                "category", "quantity", "gross", "discount", "net", "returns_external_id",
                "returns_line",
            )
        )  # fmt: skip
        for purchase in purchases:
            source = "shop" if purchase.place == "ONLINE" else "pos"
            for n, line in enumerate(purchase.lines, 1):
                out.writerow(
                    (
                        source, purchase.id, "return" if purchase.sale else "sale",
                        purchase.at.isoformat(), purchase.place, purchase.number, n,
                        line.category, line.quantity, line.gross, line.discount, line.net,
                        purchase.sale, n if purchase.sale else "",
                    )
                )  # fmt: skip

"""A trade in files, and what each event of it earns, worked out from the files alone.

Nothing of the portal is used for that: it is what a dealer would do with a pocket calculator.
"""

import csv
import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
RATES = {"ONLINE": Decimal("0.017")}  # of what an own customer pays there; elsewhere:
AT_HOME = Decimal("0.043")
FOR_A_CUSTOMER = Decimal("15.00")
CENT = Decimal("0.01")
BOUGHT_WITHIN = 25  # days, within which a customer stays its store's by every sale
Key = tuple[str, str]  # what happened and its number in the files


class Shape:
    """Dealers of one store each, their customers, and what those buy and bring back.

    The same ``seed`` makes the same files.
    """

    def __init__(self, folder: Path, dealers: int, customers: int, first: date, seed: int) -> None:
        self.network = folder / "network.csv"
        self.registrations = folder / "registrations.csv"
        self.orders = folder / "orders.csv"
        self.program = folder / "program.json"
        self.dealers, self.customers, self.first = dealers, customers, first
        self.random = Random(seed)

    def write(self, until: datetime) -> None:
        """All files; what happens ends before ``until``."""
        with self.network.open("w", newline="") as file:
            out = csv.writer(file)
            out.writerow(("region_code", "region_name", "dealer_code", "dealer_name", "store_code",
                          "store_name", "timezone", "size_class", "opened_on"))  # fmt: skip
            for n in range(self.dealers):
                out.writerow((f"R{n % 3}", f"大区 {n % 3}", f"D{n}", f"经销商 {n}", f"S{n}",
                              f"门店 {n}", str(ZONE), "ABC"[n % 3], "2020-01-01"))  # fmt: skip
        self.program.write_text(json.dumps(self._program(), ensure_ascii=False))
        begin = datetime.combine(self.first, datetime.min.time(), ZONE)
        with (
            self.registrations.open("w", newline="") as first_file,
            self.orders.open("w", newline="") as second_file,
        ):
            register, order = csv.writer(first_file).writerow, csv.writer(second_file).writerow
            register(("external_id", "store_code", "phone", "name", "registered_at", "source",
                      "consent_service", "consent_marketing"))  # fmt: skip
            order(("source", "external_id", "kind", "ordered_at", "place", "phone",
                   "returns_external_id", "line", "category", "quantity", "gross", "discount",
                   "net", "returns_line"))  # fmt: skip
            for n in range(self.customers):
                at = begin + self.random.random() * (until - begin)
                home, phone = f"S{n % self.dealers}", f"+86138{n:08d}"
                register((f"R{n}", home, phone, f"顾客{n}", at.isoformat(timespec="seconds"),
                          "walk-in", "yes", "no"))  # fmt: skip
                for row in self._bought(n, at, home, phone, until):
                    order(row)

    def _bought(
        self, n: int, at: datetime, home: str, phone: str, until: datetime
    ) -> Iterator[tuple[object, ...]]:
        """What a customer buys from a moment on, and every seventh time brings back."""
        for m in range(1000):
            at += timedelta(hours=1 + self.random.random() * 24 * BOUGHT_WITHIN)
            back = at + timedelta(days=self.random.choice((2, 9, 20)))
            if at >= until:
                return
            number, net = f"{n}-{m}", Decimal(self.random.randrange(100, 500_000)) / 100
            place = "ONLINE" if self.random.random() < 0.3 else home
            sold = (1, "C1", 1, net + 5, "5.00", net)
            yield ("pos", number, "sale", at.isoformat(timespec="seconds"), place, phone, "", *sold,
                   "")  # fmt: skip
            if self.random.random() < 1 / 7 and back < until:
                yield ("pos", f"{number}-R", "return", back.isoformat(timespec="seconds"), place,
                       phone, number, *sold, 1)  # fmt: skip

    def _program(self) -> dict[str, object]:
        start = self.first.isoformat()
        sale = {"event": "paid_sale", "to": "owner", "base": "net", "kind": "percent",
                "clawback": "original_rate", "return_window_days": 0}  # fmt: skip
        rulebook = {
            "name": "Faults", "from": "2020-01-01", "protection_days": 90,
            "activity_renews_days": 90, "visit_qualifies": True, "sale_renews_days": 365,
            "max_days_without_sale": None, "grace_days": 3, "first_contact_hours": None,
            "caps": None, "pool_cooldown_days": 0,
        }  # fmt: skip
        plan = {
            "code": "year", "name": "Year", "audience": "dealer", "direction": "brand_pays",
            "from": start,
            "components": [
                {"code": "registered", "event": "registration", "kind": "flat", "base": "count",
                 "rows": [{"from": 0, "rate": str(FOR_A_CUSTOMER)}]},
                sale | {"code": "home", "place": "own_or_sister",
                        "rows": [{"from": 0, "rate": str(AT_HOME)}]},
                sale | {"code": "online", "place": "online",
                        "rows": [{"from": 0, "rate": str(RATES["ONLINE"])}]},
            ],
        }  # fmt: skip
        return {"currency": "CNY", "rulebook": rulebook, "plans": [plan]}


def earned(shape: Shape, months: list[str]) -> dict[tuple[str, str], dict[Key, Decimal]]:
    """By dealer and month like ``2026-10`` what each event of the files gives, in yuan.

    What happened in none of ``months`` is left out. A return takes its sale's amount back, in its
    own month.
    """
    found: dict[tuple[str, str], dict[Key, Decimal]] = defaultdict(dict)
    whose = {}
    for row in _rows(shape.registrations):
        whose[row["phone"]] = row["store_code"].replace("S", "D")
        month = _month(row["registered_at"])
        if month in months:
            found[whose[row["phone"]], month]["registration", row["external_id"]] = FOR_A_CUSTOMER
    for row in _rows(shape.orders):
        amount = Decimal(row["net"]) * RATES.get(row["place"], AT_HOME)
        amount = amount.quantize(CENT, ROUND_HALF_UP)
        month = _month(row["ordered_at"])
        if month in months:
            back = row["kind"] == "return"
            found[whose[row["phone"]], month][row["kind"], row["external_id"]] = (
                -amount if back else amount
            )
    return found


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(newline="") as file:
        yield from csv.DictReader(file)


def _month(moment: str) -> str:
    return f"{datetime.fromisoformat(moment).astimezone(ZONE):%Y-%m}"

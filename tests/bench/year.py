"""Goal 18: a year of trade, loaded and its twelve months closed, against one pass over its file."""

import csv
import json
import resource
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from django.core.management import call_command
from django.db import connection

from tests.bench.measure import VOID_ABOVE, Figure, judge, say, seconds

PROGRAM = {
    "currency": "CNY",
    "rulebook": {
        "name": "Bench", "from": "2017-01-01", "protection_days": 90, "activity_renews_days": 90,
        "visit_qualifies": False, "sale_renews_days": 90, "max_days_without_sale": None,
        "grace_days": 0, "first_contact_hours": None, "caps": None, "pool_cooldown_days": 0,
    },
    "plans": [
        {
            "code": "cross", "name": "Sales elsewhere", "audience": "dealer",
            "direction": "brand_pays", "from": "2017-01-01",
            "components": [{
                "code": "cross-sale", "event": "paid_sale", "place": "other", "to": "owner",
                "kind": "percent", "base": "net", "rows": [{"from": 0, "rate": "0.03"}],
                "clawback": "original_rate", "return_window_days": 0,
            }],
        },
        {
            "code": "own", "name": "Sales to own customers", "audience": "dealer",
            "direction": "brand_pays", "from": "2017-01-01",
            "components": [{
                "code": "own-tiers", "event": "paid_sale", "place": "own_or_sister", "to": "owner",
                "kind": "tiers_marginal", "base": "net", "window": "month", "per": "dealer",
                "rows": [{"from": 0, "rate": "0.01"}, {"from": 2000, "rate": "0.015"},
                         {"from": 5000, "rate": "0.02"}],
                "period_cap": "150.00", "clawback": "recompute", "return_window_days": 0,
            }],
        },
    ],
}  # fmt: skip
HOUSEHOLDS, STORES, BASKETS = 2469, 457, 155_848
START, DAYS = datetime(2017, 1, 1, tzinfo=UTC), 365


def synthesise(folder: Path, baskets: int) -> None:
    """A year of the real one's size and shape: each basket registers its household, 4 % come back.

    Households buy mostly in one of three stores near them, weekly to monthly.
    """
    random = Random(2017)
    with (folder / "network.csv").open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(("region_code", "region_name", "dealer_code", "dealer_name", "store_code",
                      "store_name", "timezone", "size_class", "opened_on"))  # fmt: skip
        for n in range(STORES):
            dealer = n // 3 + 1
            out.writerow((f"R{dealer % 6}", f"Region {dealer % 6}", f"D{dealer:04d}",
                          f"Dealer {dealer}", f"S{n}", f"Store {n}", "America/New_York",
                          "ABC"[n % 3], "2016-01-01"))  # fmt: skip
    households = [
        [random.randrange(STORES) for _store in range(3)] for _household in range(HOUSEHOLDS)
    ]
    moments = sorted(random.random() * DAYS for _basket in range(baskets))
    with (
        (folder / "registrations.csv").open("w", newline="") as first,
        (folder / "orders.csv").open("w", newline="") as second,
    ):
        registrations, orders = csv.writer(first), csv.writer(second)
        registrations.writerow(("external_id", "store_code", "phone", "name", "registered_at",
                                "source", "consent_service", "consent_marketing"))  # fmt: skip
        orders.writerow(("source", "external_id", "kind", "ordered_at", "place", "phone", "line",
                         "category", "quantity", "gross", "discount", "net", "returns_external_id",
                         "returns_line"))  # fmt: skip
        for n, day in enumerate(moments):
            household = random.randrange(HOUSEHOLDS)
            near = households[household]
            store = near[min(int(random.expovariate(1.2)), 2)]
            at = START + timedelta(days=day)
            phone = f"+861380{household:07d}"
            moment = f"{at:%Y-%m-%dT%H:%M:%SZ}"
            registrations.writerow((f"REG-{n}", f"S{store}", phone, f"Household {household}",
                                    moment, "walk-in", "yes", "no"))  # fmt: skip
            lines = []
            for number in range(1, 2 + min(int(random.expovariate(0.7)), 8)):
                net = Decimal(random.randrange(50, 4000)) / 100
                lines.append((f"S{store}", phone, number, f"CATEGORY {random.randrange(30)}",
                              random.randint(1, 3), net + 1, "1.00", net))  # fmt: skip
            orders.writerows(("pos", n, "sale", moment, *line, "", "") for line in lines)
            back = at + timedelta(days=10)
            if n % 29 == 0 and back < START + timedelta(days=DAYS):
                orders.writerows(("pos", f"{n}-R", "return", f"{back:%Y-%m-%dT%H:%M:%SZ}", *line,
                                  n, line[2]) for line in lines)  # fmt: skip
    (folder / "program.json").write_text(json.dumps(PROGRAM))


def plain_pass(path: Path) -> None:
    """The floor: one reading of the file that adds ``net`` up by store."""
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            sums[row["place"]] += Decimal(row["net"])


def months_of(orders: Path) -> list[str]:
    with orders.open(newline="") as file:
        found = {row["ordered_at"][:7] for row in csv.DictReader(file)}
    # What falls into the first hours of the next year belongs to no month that is closed here.
    return sorted(found)[:12]


def main(options: dict) -> None:
    with TemporaryDirectory(prefix="bench-") as made:
        folder = Path(options["year"] or made)
        what = f"the year in {folder}"
        if options["year"] is None:
            baskets = BASKETS // 10 if options["quick"] else BASKETS
            synthesise(folder, baskets)
            what = f"a made-up year of {baskets:,} baskets (--year DIR takes a real one)"
        measure(folder, what)


def measure(folder: Path, what: str) -> None:
    program = folder / "program.json"
    if not program.exists():
        raise SystemExit(f"{program} is missing.")
    orders = folder / "orders.csv"
    call_command("import_network", str(folder / "network.csv"))
    call_command("import_program", str(program), publish=True)
    months = months_of(orders)
    floor = [seconds(lambda: plain_pass(orders)) for _round in range(3)]
    began = time.perf_counter()
    call_command("import_history", registrations=folder / "registrations.csv",
                 orders=orders)  # fmt: skip
    loaded = time.perf_counter() - began
    say(f"history {loaded:.1f} s")
    closes = []
    for month in months:
        began = time.perf_counter()
        call_command("close_period", month)
        closes.append(time.perf_counter() - began)
    say(f"twelve months {sum(closes):.1f} s")
    floor += [seconds(lambda: plain_pass(orders)) for _round in range(3)]
    ratio = (loaded + sum(closes)) / min(floor)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM incentives_line")
        lines = cursor.fetchone()[0]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    Figure(
        "18", f"history and {len(months)} closed months against one pass over orders.csv",
        f"{ratio:.0f}x", "<= 40x / <= 25x",
        judge(ratio, 40, 25, void=max(floor) > VOID_ABOVE * min(floor)),
        f"{what}: history {loaded:.1f} s, months {sum(closes):.1f} s, pass {min(floor):.2f}-"
        f"{max(floor):.2f} s; {lines:,} lines; {memory:,.0f} MB of this process",
    ).tell()  # fmt: skip

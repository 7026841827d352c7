"""A network at work, to measure pages on: ``make network ARGS="build"``, then ``measure``.

1,000 dealers with 3,000 stores, a million customers and 2.8 million orders; one dealer has 60,000
of the customers. Twelve months are closed, the running one is open. ``--scale 0.05`` makes a
twentieth of it, with ``--big 60000`` around the whole large dealer. All of it goes through the
portal's own imports and closings, so that it is what the rules make of it. It stays in a data
folder of its own: ``PORTAL_DATA=var/network make up`` serves it to a browser, everybody's password
is ``portal``.
"""

import argparse
import csv
import json
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from tests.environment import stand_apart

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "var" / "network"
ZONE = ZoneInfo("Asia/Shanghai")
DEALERS, STORES, CUSTOMERS, ORDERS = 1_000, 3_000, 1_000_000, 2_800_000
BIG, BIG_STORES = 60_000, 60  # customers and stores of the one large dealer
MONTHS = 12  # that are closed
PASSWORD = "portal"
# Who signs in to be measured: an owner of the large dealer and of an average one, and the others.
LOGINS = {
    "owner of the large dealer": "owner1@network.example",
    "owner": "owner2@network.example",
    "clerk": "clerk2@network.example",
    "manager": "manager2@network.example",
    "regional manager": "region1@network.example",
    "headquarters": "hq@network.example",
}
COMPONENT = {"event": "paid_sale", "to": "owner", "base": "net", "return_window_days": 15}
PLANS = {
    "registration": [{
        "code": "registration-reward", "event": "registration", "kind": "flat", "base": "count",
        "rows": [{"from": 0, "rate": "15"}],
    }],
    "conversion": [
        COMPONENT | {
            "code": "own-tiers", "place": "own_or_sister", "kind": "tiers_marginal",
            "window": "month", "per": "dealer", "clawback": "recompute", "period_cap": "60000.00",
            "rows": [{"from": 0, "rate": "0.02"}, {"from": 30000, "rate": "0.03"},
                     {"from": 100000, "rate": "0.05"}],
        },
        COMPONENT | {
            "code": "units", "place": "own_or_sister", "kind": "per_unit", "base": "units",
            "rows": [{"from": 0, "rate": "8"}],
        },
    ],
    "elsewhere": [
        COMPONENT | {
            "code": f"elsewhere-{to}", "place": "other", "to": to, "kind": "percent",
            "by_share": True, "rows": [{"from": 0, "rate": "0.08"}],
        }
        for to in ("owner", "seller")
    ],
    "online": [
        COMPONENT | {
            "code": "online-commission", "place": "online", "kind": "percent",
            "period_cap": "50000.00", "rows": [{"from": 0, "rate": "0.06"}],
        },
        COMPONENT | {
            "code": "online-bonus", "place": "online", "kind": "tiers_whole", "window": "month",
            "per": "dealer", "clawback": "recompute",
            "rows": [{"from": 0, "rate": "0"}, {"from": 10000, "rate": "0.01"}],
        },
    ],
}  # fmt: skip
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗"
GIVEN = "伟强磊军洋勇杰涛超明芳娜敏静丽艳娟霞玲燕慧倩婷雪"


def main() -> int:
    options = parse()
    stand_apart(options.data, "tests.bench.settings", PORTAL_DURABLE="0")
    if options.do == "build":
        # Before the settings are read: what is deleted has the secrets in it.
        from config.servers import embedded

        embedded.release(options.data)
        shutil.rmtree(options.data, ignore_errors=True)
    import django

    django.setup()
    if options.do == "build":
        build(options.data, options.scale, options.big)
    else:
        from tests.bench import pages

        pages.measure(LOGINS, options)
    return 0


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make network", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("do", choices=["build", "measure"])
    parser.add_argument("--scale", type=float, default=1.0, help="of the whole network")
    parser.add_argument("--big", type=int, help="customers of the large dealer, not scaled")
    parser.add_argument("--data", type=lambda text: Path(text).resolve(), default=DATA)
    parser.add_argument("--times", type=int, default=5, help="that a page is fetched")
    parser.add_argument("--only", help="roles whose name has this in it")
    parser.add_argument("--page", help="pages whose route has this in it")
    parser.add_argument(
        "--sql", type=int, default=0, metavar="N", help="show the N slowest statements"
    )
    return parser.parse_args()


@contextmanager
def step(name: str) -> Iterator[None]:
    started = time.monotonic()
    yield
    print(f"{name}: {time.monotonic() - started:.1f} s", file=sys.stderr, flush=True)


def build(data: Path, scale: float, big: int | None = None) -> None:
    """Everything anew; what was in the folder before is deleted."""
    from django.core.management import call_command
    from django.db import connection
    from django.utils import timezone

    from config import translations

    today = timezone.localdate()
    months = last_months(today)
    files = data / "files"
    with step("empty database"):
        call_command("migrate", interactive=False, verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        translations.compile_changed()
    files.mkdir(parents=True)
    with step("files"):
        shape = Shape(scale, big)
        shape.network(files / "network.csv")
        shape.trade(files / "registrations.csv", files / "orders.csv", months[0])
        program(files / "program.json", months[0])
    with step("network, people, program"):
        call_command("import_network", files / "network.csv", verbosity=0)
        people(months[0])
        call_command("import_program", files / "program.json", publish=True)
    with step("history"):
        call_command(
            "import_history",
            registrations=files / "registrations.csv",
            orders=files / "orders.csv",
        )
    with step("follow-ups, access log, courses"):
        daily_work(months[0])
    for month in months[:MONTHS]:
        with step(f"{month:%Y-%m}"):
            call_command("close_period", f"{month:%Y-%m}")
    with step("statistics"), connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    shutil.rmtree(files)


def last_months(today: date) -> list[date]:
    """The first days of the months to close and of the running one."""
    index = today.year * 12 + today.month - 1
    return [date(n // 12, n % 12 + 1, 1) for n in range(index - MONTHS, index + 1)]


class Shape:
    """How many of everything, and whose: the first dealer is the large one."""

    def __init__(self, scale: float, big: int | None = None) -> None:
        self.random = Random(20)
        self.dealers = max(12, round(DEALERS * scale))
        self.customers = round(CUSTOMERS * scale)
        self.orders = round(ORDERS * scale)
        self.big = round(BIG * scale) if big is None else min(big, self.customers)
        big_stores = max(2, round(BIG_STORES * self.big / BIG))
        stores = max(self.dealers + 30, round(STORES * scale) - big_stores)
        self.stores = [[f"S1-{n}" for n in range(1, big_stores + 1)]]
        for dealer in range(2, self.dealers + 1):
            count = stores // (self.dealers - 1)
            count += dealer - 2 < stores - count * (self.dealers - 1)
            self.stores.append([f"S{dealer}-{n}" for n in range(1, count + 1)])

    def network(self, path: Path) -> None:
        """Six regions, the dealers and their stores, as a file to import."""
        with path.open("w", newline="") as file:
            out = csv.writer(file)
            out.writerow(("region_code", "region_name", "dealer_code", "dealer_name", "store_code",
                          "store_name", "timezone", "size_class", "opened_on"))  # fmt: skip
            for n, stores in enumerate(self.stores, 1):
                region = 1 + n % 6 if n > 1 else 1
                for m, code in enumerate(stores):
                    out.writerow((f"R{region}", f"大区 {region}", f"D{n}", f"经销商 {n}", code,
                                  f"门店 {n}-{m + 1}", str(ZONE), "ABC"[(n + m) % 3],
                                  "2020-01-01"))  # fmt: skip

    def trade(self, registrations: Path, orders: Path, first: date) -> None:
        """Customers who register through all months, and what they buy and bring back."""
        random, uniform = self.random, self.random.random
        begin = datetime.combine(first, datetime.min.time(), ZONE)
        days = (datetime.now(ZONE) - begin) / timedelta(days=1)
        everywhere = [code for stores in self.stores for code in stores]
        names = [s + a + b for s in SURNAMES for a in GIVEN for b in ("", *GIVEN[:6])]
        each = self.orders / self.customers / 1.04  # with what comes back
        number = 0
        with (
            registrations.open("w", newline="") as first_file,
            orders.open("w", newline="") as second_file,
        ):
            register, order = csv.writer(first_file).writerow, csv.writer(second_file).writerow
            register(("external_id", "store_code", "phone", "name", "registered_at", "source",
                      "consent_service", "consent_marketing", "staff"))  # fmt: skip
            order(("source", "external_id", "kind", "ordered_at", "place", "phone",
                   "returns_external_id", "line", "category", "quantity", "gross", "discount",
                   "net", "returns_line"))  # fmt: skip
            for n in range(self.customers):
                dealer = 0 if n < self.big else 1 + n % (self.dealers - 1)
                stores = self.stores[dealer]
                home = stores[int(uniform() * len(stores))]
                came = uniform() * days
                phone = f"+86138{n:08d}"
                clerk = f"clerk{home[1:] if not home.endswith('-1') else home[1:-2]}"
                register((f"R{n}", home, phone, names[int(uniform() * len(names))],
                          (begin + timedelta(days=came)).isoformat(timespec="seconds"), "walk-in",
                          "yes", "yes" if n % 3 else "no", f"{clerk}@network.example"))  # fmt: skip
                bought = came
                for _order in range(int(each) + (uniform() < each % 1)):
                    bought += random.expovariate(1 / min(45, (days - came) / 3 + 0.01))
                    if bought >= days:
                        bought = came + uniform() * (days - came)
                    number += 1
                    where = uniform()
                    place = (home if where < 0.75 else stores[int(uniform() * len(stores))]
                             if where < 0.83 else "ONLINE" if where < 0.9
                             else everywhere[int(uniform() * len(everywhere))])  # fmt: skip
                    cents = 1000 + int(uniform() * 200_000)
                    sold = (1, f"C{number % 30}", 1 + number % 3, f"{cents / 100 + 5:.2f}", "5.00",
                            f"{cents / 100:.2f}")  # fmt: skip
                    at = begin + timedelta(days=bought)
                    order(("pos", number, "sale", at.isoformat(timespec="seconds"), place, phone,
                           "", *sold, ""))  # fmt: skip
                    if number % 25 == 0 and bought + 9 < days:
                        at += timedelta(days=9)
                        order(("pos", f"{number}-R", "return", at.isoformat(timespec="seconds"),
                               place, phone, number, *sold, 1))  # fmt: skip


def program(path: Path, first: date) -> None:
    """Seven components in four plans, and stores compared by size."""
    start = first.isoformat()
    rulebook = {
        "name": "Network", "from": "2020-01-01", "protection_days": 90, "activity_renews_days": 90,
        "visit_qualifies": True, "sale_renews_days": 365, "max_days_without_sale": 365,
        "grace_days": 3, "first_contact_hours": 48, "caps": None, "pool_cooldown_days": 0,
    }  # fmt: skip
    plans = [
        {"code": code, "name": code, "audience": "dealer", "direction": "brand_pays",
         "from": start, "components": components}
        for code, components in PLANS.items()
    ]  # fmt: skip
    cohorts = [
        {"code": f"stores-{size.lower()}", "name": size, "unit": "store", "size_classes": [size]}
        for size in "ABC"
    ]
    path.write_text(
        json.dumps(
            {"currency": "CNY", "rulebook": rulebook, "plans": plans, "cohorts": cohorts},
            ensure_ascii=False,
        )
    )


def people(first: date) -> None:
    """An owner per dealer, a manager and a clerk per store, regional managers, headquarters."""
    from django.contrib.auth.hashers import make_password

    from dealers.models import Dealer, Membership, Region, Role, Store, User

    since = datetime.combine(first, datetime.min.time(), ZONE)
    secret = make_password(PASSWORD)
    posts: list[tuple[str, str, dict]] = [
        (f"region{region.code[1:]}", Role.REGIONAL_MANAGER, {"region": region})
        for region in Region.objects.all()
    ]
    posts += [
        (f"owner{dealer.code[1:]}", Role.OWNER, {"dealer": dealer})
        for dealer in Dealer.objects.all()
    ]
    for store in Store.objects.select_related("dealer"):
        name = store.code[1:].removesuffix("-1") if store.code.endswith("-1") else store.code[1:]
        scope = {"store": store, "dealer": store.dealer}
        posts.append((f"manager{name}", Role.STORE_MANAGER, scope))
        posts.append((f"clerk{name}", Role.ASSOCIATE, scope))
    users = {
        name: User(email=f"{name}@network.example", name=f"{name}", password=secret,
                   date_joined=since)
        for name, _role, _scope in posts
    }  # fmt: skip
    User.objects.bulk_create(
        [
            *users.values(),
            User(email=LOGINS["headquarters"], name="总部", password=secret, is_staff=True,
                 is_superuser=True, date_joined=since),
        ],
        batch_size=2000,
    )  # fmt: skip
    Membership.objects.bulk_create(
        [Membership(user=users[name], role=role, starts_at=since, **scope)
         for name, role, scope in posts],
        batch_size=2000,
    )  # fmt: skip


def daily_work(first: date) -> None:
    """What no import brings: follow-ups, numbers shown, and courses passed."""
    from django.utils import timezone

    from dealers.models import AccessLog, User
    from dealers.triggers import lifted
    from tests.bench.ground import execute
    from training.demo import courses
    from training.models import CourseVersion, Enrollment

    execute(
        "UPDATE customers_ownership SET last_activity_at = greatest(last_activity_at, c.at),"
        " contacted_at = c.at FROM (SELECT id, lower(period) + id % 50 * interval '1 hour' AS at"
        " FROM customers_ownership WHERE id % 10 < 7) AS c"
        " WHERE c.id = customers_ownership.id AND c.at < now() AND contacted_at IS NULL"
    )
    execute(
        "INSERT INTO customers_activity (customer_id, dealer_id, store_id, staff_id, kind, outcome,"
        " at, recorded_at) SELECT customer_id, dealer_id, store_id, staff_id,"
        " CASE WHEN id % 3 = 0 THEN 'visit' ELSE 'call' END,"
        " CASE WHEN id % 3 = 0 THEN '' ELSE 'reached' END, contacted_at, contacted_at"
        " FROM customers_ownership WHERE contacted_at IS NOT NULL"
    )
    with lifted(AccessLog):  # which refuses what is dated back
        execute(
            "INSERT INTO dealers_accesslog (dealer_id, user_id, agent, role, action, customer,"
            " customers, fields, purpose, count, at)"
            " SELECT dealer_id, staff_id, '', 'associate', 'reveal', customer_id,"
            " ARRAY[customer_id], 'phone', '回访', 1, last_activity_at"
            " FROM customers_ownership WHERE id % 4 = 0 AND staff_id IS NOT NULL"
        )
    hq = User.objects.get(email=LOGINS["headquarters"])
    begun = datetime.combine(first, datetime.min.time(), ZONE)
    courses.load(by=hq, at=begun)
    staff = list(User.objects.exclude(pk=hq.pk).values_list("pk", flat=True))
    Enrollment.objects.bulk_create(
        [
            Enrollment(user_id=user, version=version, started_at=begun,
                       passed_at=timezone.now() if (user + version.pk) % 3 else None)
            for version in CourseVersion.objects.published()
            for user in staff
        ],
        batch_size=5000,
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())

"""Goals 11 and 12: what boards of 50,000 stores cost, and one store's page; the manager's table."""

import math
from collections.abc import Callable
from datetime import date, timedelta

from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dealers.models import Dealer, Membership, Region, Role, Store
from dealers.months import next_month
from incentives.boards import keeping, own, turns
from incentives.models import Board, BoardMark, Cohort, Fact, Length, Metric, Unit
from incentives.views import region as table
from tests.bench import dealers, ground
from tests.bench.lists import SIZES, browser, get, p50, statements_of
from tests.bench.measure import VOID_ABOVE, Figure, Turns, in_turns, judge, say, seconds, spread

CHANGED = 500  # stores of which something changed, as in ten busy minutes
FEW = 100  # stores of a small cohort in the same network
OF_A_REGION = 5_000
FLOOR = (
    "SELECT store_id, sum(signed_net), count(*) FROM customers_order"
    " WHERE store_id IS NOT NULL AND placed_on >= %s AND placed_on < %s GROUP BY store_id"
)


def main(options: dict) -> None:
    quick = options["quick"]
    rounds = 3 if quick else 5
    small, large = (20_000, 200_000) if quick else (100_000, 1_000_000)
    stores = 10_000 if quick else 50_000
    today = timezone.localdate()
    month = today.replace(day=1)
    ground.network(dealers=stores * 2 // 5, stores=stores)
    rulebook = ground.rulebook(date(2020, 1, 1))
    few, region = _few(), _region(OF_A_REGION // 5 if quick else OF_A_REGION)
    mine = Store.objects.get(code="S0")
    say("customers of the stores whose pages are measured")
    counts = dict.fromkeys(Store.objects.filter(dealer__region=region).values_list("code"), 4)
    # More of the clerk's than a page of them has: nobody can read the names of those made below.
    dealers.load_customers({code: n for (code,), n in counts.items()} | {mine.code: 50})
    for name in ground.ORDERED:
        ground.unguard(name)
    people = 50_000 if quick else 200_000
    ground.customers(people, "2019-01-01", "2030-01-01")

    board = Board.objects.create(
        length=Length.MONTH, starts_on=month, metric=Metric.NET_SALES, unit=Unit.STORE
    )
    say(f"{small:,} orders")
    ground.orders(small, month, rulebook, among=people)
    ground.settle()
    keeping.count(board, timezone.now(), today)
    first = refreshed(board, today, rounds)
    say(f"{large:,} orders")
    ground.orders(large - small, month, rulebook, first=small, among=people)
    ground.settle()
    turn = boards(board, today, rounds, large)
    growth = math.log(min(turn.ours) / min(first)) / math.log(large / small)
    Figure(
        "12", f"the same, growth exponent {small:,} to {large:,} orders", f"{growth:.2f}",
        "<= 0.2", judge(growth, 0.2, 0.2, void=turn.void).replace("stretch", "pass"),
        f"{min(first):.2f} s to {min(turn.ours):.2f} s",
    ).tell()  # fmt: skip
    pages(mine, few, today, rounds)
    manager(region)


def _few() -> Store:
    """A store of a cohort of a hundred, beside that of all others."""
    region = Region.objects.create(code="FEW", name="Few")
    found = _stores(region, FEW)
    cohort = Cohort.objects.create(code="few", name="少", unit=Unit.STORE)
    cohort.regions.add(region)
    return found


def _region(count: int) -> Region:
    region = Region.objects.create(code="BIG", name="Big")
    _stores(region, count)
    return region


def _stores(region: Region, count: int) -> Store:
    dealer = Dealer.objects.create(code=region.code, name=region.name, region=region)
    made = Store.objects.bulk_create(
        Store(
            code=f"{region.code}-{n}", name=f"Store {n}", dealer=dealer, size_class="A",
            timezone="Asia/Shanghai", opened_on=date(2020, 1, 1),
        )
        for n in range(count)
    )  # fmt: skip
    return made[0]


def changed() -> list[int]:
    return list(Store.objects.order_by("pk").values_list("pk", flat=True)[:CHANGED])


def refreshed(board: Board, today: date, rounds: int) -> list[float]:
    """Seconds to count those stores anew and to rank their cohort, each round."""
    stores = changed()
    return [
        seconds(lambda: keeping.refresh(board, stores, timezone.now(), today, own.NOBODY))
        for _round in range(rounds)
    ]


def boards(board: Board, today: date, rounds: int, large: int) -> Turns:
    month = board.starts_on

    def floor() -> None:
        with connection.cursor() as cursor:
            cursor.execute(FLOOR, [month, next_month(month)])
            cursor.fetchall()

    floor()
    whole = in_turns(floor, lambda: keeping.count(board, timezone.now(), today), rounds)
    stores = Store.objects.count()
    Figure(
        "11", f"a board of {stores:,} stores counted whole, against adding {large:,} orders up",
        f"{whole.ratio:.1f}x", "<= 4x / <= 2x", judge(whole.ratio, 4, 2, void=whole.void),
        f"{min(whole.ours):.2f} s against {min(whole.floor):.3f} s, places, bands and quarters"
        f" written; once a day; floor {spread(whole.floor)}; n {rounds}",
    ).tell()  # fmt: skip
    some = changed()
    turn = in_turns(
        floor,
        lambda: keeping.refresh(board, some, timezone.now(), today, own.NOBODY),
        rounds,
    )
    Figure(
        "11", f"- {CHANGED} of its stores counted anew and their cohort ranked, every ten minutes",
        f"{turn.ratio:.1f}x", "<= 4x / <= 2x", judge(turn.ratio, 4, 2, void=turn.void),
        f"{min(turn.ours):.2f} s against {min(turn.floor):.3f} s; n {rounds}",
    ).tell()  # fmt: skip
    return turn


def pages(mine: Store, few: Store, today: date, rounds: int) -> None:
    """A clerk's page of a board against the first page of the same clerk's customers."""
    say("all boards, twice whole; then turns")
    for minutes in (0, 1):
        turns.take(timezone.now() + timedelta(minutes=minutes), today)
    count = Board.objects.exclude(counted_at=None).count()
    quiet = seconds(lambda: turns.take(timezone.now() + timedelta(minutes=2), today))
    now = timezone.now()
    BoardMark.objects.bulk_create(
        BoardMark(fact=Fact.PLACED, store_id=store, day=today, due_at=now) for store in changed()
    )
    busy = seconds(lambda: turns.take(timezone.now() + timedelta(minutes=3), today))
    Figure(
        "11", f"- a turn over {count} boards in which {CHANGED} stores sold", f"{busy:.1f} s",
        detail=f"{quiet:.2f} s where nothing changed",
    ).tell()  # fmt: skip
    month = today.replace(day=1)
    address = reverse(
        "incentives:ranking-board", kwargs={"time": month, "metric": Metric.NET_SALES}
    )
    clerk, other = (browser(dealers.associate(store)) for store in (mine, few))
    customers = reverse("customers:list") + "?view=all"
    sides: dict[str, tuple[Client, str]] = {
        "list": (clerk, customers), "many": (clerk, address), "few": (other, address),
    }  # fmt: skip
    for client, url in sides.values():
        get(client, url)
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for _round in range(rounds):
        for name, (client, url) in sides.items():
            taken[name].append(p50(client, url)())
    least = {name: min(times) for name, times in taken.items()}
    void = max(taken["list"]) > VOID_ABOVE * least["list"]
    ratio = least["many"] / least["list"]
    Figure(
        "12", "a store's page of a board against the first page of its customers, p50",
        f"{ratio:.2f}x", "<= 1.5x", judge(ratio, 1.5, 1.5, void=void).replace("stretch", "pass"),
        f"{least['many'] * 1000:.1f} ms against {least['list'] * 1000:.1f} ms in-process;"
        f" {statements_of(clerk, address)} statements; n {rounds} rounds of 15",
    ).tell()  # fmt: skip
    ratio = least["many"] / least["few"]
    Figure(
        "12", f"- among {Store.objects.count() - FEW:,} stores against among {FEW}",
        f"{ratio:.2f}x", "<= 1.2x", judge(ratio, 1.2, 1.2, void=void).replace("stretch", "pass"),
        f"{statements_of(other, address)} statements among {FEW}",
    ).tell()  # fmt: skip


def manager(region: Region) -> None:
    """The manager's table of a large region: pages of 5, 25 and 100 rows."""
    post: Membership = dealers.person(Role.REGIONAL_MANAGER, region=region)
    client, address = browser(post), reverse("incentives:region-stores")
    usual = table.PER_PAGE
    told, slow = [], []
    try:
        for size in SIZES:
            table.PER_PAGE = size
            cache.clear()
            get(client, address)
            cold = statements_of(client, address, cold=True)
            told.append((cold, statements_of(client, address)))
            slow.append((seconds(_cold(client, address)), p50(client, address)()))
    finally:
        table.PER_PAGE = usual
    count = Store.objects.filter(dealer__region=region).count()
    equal = len(set(told)) == 1
    Figure(
        "5", f"statements of the manager's table of {count:,} stores with 5, 25, 100 rows",
        "/".join(str(warm) for _cold_ones, warm in told), "<= 6, equal",
        "pass" if equal and max(warm for _cold_ones, warm in told) <= 6 else "no",
        "where the figures were counted minutes ago; "
        + "/".join(str(cold) for cold, _warm in told) + " for whoever has them counted",
    ).tell()  # fmt: skip
    Figure(
        "5", "- milliseconds, p50", "/".join(f"{warm * 1000:.0f}" for _first, warm in slow),
        detail="/".join(f"{first * 1000:.0f}" for first, _warm in slow)
        + " ms for whoever has the figures counted",
    ).tell()  # fmt: skip


def _cold(client: Client, url: str) -> Callable[[], object]:
    def fetch() -> None:
        cache.clear()
        get(client, url)

    return fetch

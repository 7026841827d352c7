"""Goals 11 and 12: what it costs to count a board, and to read one store's page of it."""

import math
from datetime import UTC, datetime
from statistics import median

from django.db import connection
from django.urls import reverse

from dealers import months
from dealers.models import Dealer, Region, Store
from incentives.boards import keeping, places
from incentives.boards.metrics import FIGURES
from incentives.models import Board, Cohort, Length, Metric, Unit
from tests.bench import dealers, ground
from tests.bench.fees import BEFORE, MONTH
from tests.bench.lists import browser, get
from tests.bench.measure import VOID_ABOVE, Figure, Turns, in_turns, judge, say, seconds, spread

FLOOR = (
    "SELECT store_id, sum(signed_net) FROM customers_order"
    " WHERE store_id IS NOT NULL AND placed_on >= %s AND placed_on < %s GROUP BY store_id"
)
FEW = 100  # stores of the small cohort


def main(options: dict) -> None:
    quick = options["quick"]
    rounds = 3 if quick else 5
    small, large = (20_000, 200_000) if quick else (100_000, 1_000_000)
    ground.network(dealers=20_000, stores=50_000)
    few_alike()
    rulebook = ground.rulebook(BEFORE)
    many, few = Store.objects.earliest("pk"), Store.objects.latest("pk")
    dealers.load_customers({many.code: 60, few.code: 60})
    for table in ground.ORDERED:
        ground.unguard(table)
    ground.customers(50_000 if quick else 200_000, "2023-01-01", "2030-01-01")

    pages = []
    for count in (small, large):
        say(f"{count:,} orders of a month")
        ground.empty("customers_order", "customers_attribution")
        ground.orders(count, MONTH, rulebook)
        ground.settle()
        count_all()
        pages.append(page_times(many, few, rounds))
    counted = in_turns(floor, count_one, rounds)
    tell_counting(counted, large)
    tell_pages(pages, small, large, rounds)


def few_alike() -> None:
    """A region with a hundred stores, which a cohort takes; no cohort takes the others."""
    region = Region.objects.create(code="FEW", name="Few")
    dealer = Dealer.objects.create(code="FEW", name="Few", region=region)
    Store.objects.bulk_create(
        Store(
            code=f"FEW{n}", name=f"Few {n}", dealer=dealer, timezone="Asia/Shanghai",
            size_class="A", opened_on=BEFORE,
        )
        for n in range(FEW)
    )  # fmt: skip
    Cohort.objects.create(code="few", name="少", unit=Unit.STORE).regions.add(region)


def floor() -> None:
    with connection.cursor() as cursor:
        cursor.execute(FLOOR, [MONTH, months.next_month(MONTH)])
        cursor.fetchall()


def count_one() -> None:
    board = Board.objects.get(length=Length.MONTH, metric=Metric.NET_SALES, unit=Unit.STORE,
                              starts_on=MONTH)  # fmt: skip
    now = datetime.now(UTC)
    keeping.count(board, now, now.date())


def count_all() -> None:
    """The boards of stores of the month and the one before, as the worker does."""
    now = datetime.now(UTC)
    for metric, figure in FIGURES.items():
        for month in (MONTH, months.previous_month(MONTH)) if Unit.STORE in figure.units else ():
            board, _made = Board.objects.get_or_create(
                length=Length.MONTH, starts_on=month, metric=metric, unit=Unit.STORE
            )
            keeping.count(board, now, now.date())


def page_times(many: Store, few: Store, rounds: int) -> dict[str, list[float]]:
    """Medians of a round: the page of a store among many and among few, and the first list."""
    board = reverse("incentives:ranking-board", kwargs={"time": MONTH, "metric": "net_sales"})
    listed = reverse("customers:list") + "?view=all"
    sides = {
        "many": (browser(dealers.associate(many)), board),
        "few": (browser(dealers.associate(few)), board),
        "list": (browser(dealers.associate(many)), listed),
    }
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for client, url in sides.values():
        get(client, url)
    for _round in range(rounds):
        for name, (client, url) in sides.items():
            times = [seconds(lambda c=client, u=url: c.get(u)) for _n in range(15)]
            taken[name].append(median(times))
    return taken


def tell_counting(turns: Turns, count: int) -> None:
    placed = len(places.read(places.find(Metric.NET_SALES, Unit.STORE, MONTH)))
    Figure(
        "11", f"counting a board of {placed:,} stores against sum and group", f"{turns.ratio:.1f}x",
        "<= 4x / <= 2x", judge(turns.ratio, 4, 2, void=turns.void),
        f"{min(turns.ours):.2f} s against {min(turns.floor):.3f} s for {count:,} orders; floor"
        f" {spread(turns.floor)}; median of rounds {turns.median_ratio:.1f}x; n {turns.rounds}",
    ).tell()  # fmt: skip


def tell_pages(pages: list[dict[str, list[float]]], small: int, large: int, rounds: int) -> None:
    before, now = pages
    least = {name: min(times) for name, times in now.items()}
    void = max(now["list"]) > VOID_ABOVE * least["list"]
    ratio = least["many"] / least["list"]
    said = f"{least['many'] * 1000:.1f} ms against {{:.1f}} ms in-process; n {rounds} rounds of 15"
    Figure(
        "12", "a store's page of a board against its first list of customers, p50",
        f"{ratio:.2f}x", "<= 1.5x",
        judge(ratio, 1.5, 1.5, void=void).replace("stretch", "pass"),
        said.format(least["list"] * 1000),
    ).tell()  # fmt: skip
    ratio = least["many"] / least["few"]
    Figure(
        "12", f"- the page of a store among 50,000 against one among {FEW}", f"{ratio:.2f}x",
        detail=said.format(least["few"] * 1000),
    ).tell()  # fmt: skip
    growth = math.log(least["many"] / min(before["many"])) / math.log(large / small)
    Figure(
        "12", f"- growth exponent of the page, {small:,} to {large:,} orders", f"{growth:.2f}",
        "<= 0.2", judge(growth, 0.2, 0.2, void=void).replace("stretch", "pass"),
        f"{min(before['many']) * 1000:.1f} ms to {least['many'] * 1000:.1f} ms",
    ).tell()  # fmt: skip

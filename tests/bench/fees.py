"""Goals 8, 9 and 10: what a month's fees cost, with every line kept."""

import math
import time
from datetime import UTC, date, datetime
from decimal import Decimal

from django.db import connection, transaction

from customers.models import Attribution, Order, Ownership
from dealers import months
from dealers.actor import Actor
from incentives.books import closing
from incentives.engine import month as engine
from incentives.engine.scope import Scope
from incentives.models import ENGINE, Component, Line, RateRow, Result, Run
from incentives.plans import versions
from tests.bench import ground
from tests.bench.measure import Figure, Turns, in_turns, judge, say, seconds, spread

MONTH = date(2025, 6, 1)
BEFORE = date(2024, 1, 1)
FLOOR = (
    "SELECT dealer_id, sum(signed_net) FROM customers_attribution"
    " WHERE holder = 'owner' AND counts_on >= %s AND counts_on < %s GROUP BY dealer_id"
)
TABLES = (
    "incentives_line", "incentives_result", "incentives_entry", "incentives_journal",
    "incentives_statement", "incentives_statementdocument", "incentives_ranking",
    "incentives_board", "incentives_period", "incentives_run",
)  # fmt: skip

KEPT = {"kept_results": "incentives_result", "kept_lines": "incentives_line"}


# 40 % of the sales are at another dealer's store: what the limit was measured with.
ELSEWHERE = {
    "code": "cross", "name": "异店", "starts_on": BEFORE,
    "components": [{
        "code": "cross-sale", "event": "paid_sale", "places": ["other"], "to": "owner",
        "kind": "percent", "base": "net", "period_cap": Decimal("150.00"),
        "return_window_days": 0, "rows": [(0, "0.03")],
    }],
}  # fmt: skip
AT_HOME = {
    "code": "own", "name": "本店", "starts_on": BEFORE,
    "components": [{
        "code": "own-tiers", "event": "paid_sale", "places": ["own", "sister"],
        "to": "owner", "kind": "tiers_marginal", "base": "net", "clawback": "recompute",
        "period_cap": Decimal("150.00"), "return_window_days": 0,
        "rows": [(0, "0.01"), (2000, "0.015"), (5000, "0.02")],
    }],
}  # fmt: skip


def terms(data: dict) -> None:
    versions.publish(
        versions.create_plan(data, by=Actor.worker("bench"), at=datetime(2024, 1, 1, tzinfo=UTC)),
        by=Actor.worker("bench"),
        at=datetime(2024, 1, 1, tzinfo=UTC),
    )


def floor() -> None:
    with connection.cursor() as cursor:
        cursor.execute(FLOOR, [MONTH, months.next_month(MONTH)])
        cursor.fetchall()


def _run(now: datetime) -> Run:
    """The month as closed at this moment, with nothing computed yet."""
    return Run.objects.create(
        month=MONTH, known_until=now, closed_at=now, inputs_hash="bench", engine=ENGINE
    )


def accrue() -> None:
    """The month's results and lines, stored and committed."""
    with transaction.atomic():
        now = datetime.now(UTC)
        run = _run(now)
        engine.book(Scope.of_run(run))


def write_again() -> float:
    """Seconds to store the month's results and lines when they lie ready: the least of all."""
    accrue()
    for name, table in KEPT.items():
        ground.execute(f"CREATE TEMP TABLE {name} AS TABLE {table}")
    ground.empty(*KEPT.values())

    def write() -> None:
        with transaction.atomic():
            for name, table in KEPT.items():
                ground.execute(f"INSERT INTO {table} OVERRIDING SYSTEM VALUE TABLE {name}")

    taken = seconds(write)
    for name in KEPT:
        ground.execute(f"DROP TABLE {name}")
    undo()
    return taken


def close() -> None:
    closing.close_period(MONTH, Actor.worker("bench"), datetime(2026, 1, 1, tzinfo=UTC))


def undo() -> None:
    ground.empty(*TABLES)


def measured(rounds: int, work: object = accrue) -> Turns:
    floor()
    return in_turns(floor, work, rounds, tidy=undo)


def row_at_a_time(sample: int) -> float:
    """Seconds an order of a plain loop: four statements each, in one transaction."""
    component = Component.objects.get(code="cross-sale")
    now = datetime.now(UTC)
    run = _run(now)
    paid = Attribution.objects.owners().filter(counts_on__gte=MONTH, sold_by="other")
    ids = list(paid.values_list("order", flat=True)[:sample])
    results: dict[int, Result] = {}

    def loop() -> None:
        with transaction.atomic():
            for pk in ids:
                order = Order.objects.get(pk=pk)
                owner = Ownership.objects.get(
                    identity=order.identity_id, period__contains=order.ordered_at
                )
                row = RateRow.objects.filter(component=component).latest("starts_at")
                amount = round(order.net * row.rate, 2)
                result = results.get(owner.dealer_id)
                if result is None:
                    result = results[owner.dealer_id] = Result.objects.create(
                        run=run, component=component, dealer_id=owner.dealer_id, for_month=MONTH,
                        count=0, base=0, uncapped=0, amount=0,
                    )  # fmt: skip
                Line.objects.create(
                    result=result, order=order, base=order.net, rate=row.rate, uncapped=amount,
                    amount=amount,
                )  # fmt: skip

    taken = seconds(loop)
    undo()
    return taken / len(ids)


def stock(count: int, rulebook: int) -> None:
    say(f"{count:,} orders of a month")
    began = time.monotonic()
    ground.empty("customers_order", "customers_attribution")
    ground.orders(count, MONTH, rulebook)
    ground.settle()
    say(f"… in {time.monotonic() - began:.0f} s")


def explain(turns: Turns, count: int) -> str:
    return (
        f"{min(turns.ours):.2f} s against {min(turns.floor):.3f} s for {count:,} orders; floor"
        f" {spread(turns.floor)}; median of rounds {turns.median_ratio:.1f}x; n {turns.rounds}"
    )


def main(options: dict) -> None:
    quick = options["quick"]
    rounds = 3 if quick else 5
    small, large = (20_000, 200_000) if quick else (100_000, 1_000_000)
    ground.network(dealers=20_000, stores=50_000)
    rulebook = ground.rulebook(BEFORE)
    # A run that is only computed closes no period.
    for table in (*ground.ORDERED, "incentives_run"):
        ground.unguard(table)
    ground.emptiable()
    ground.customers(50_000 if quick else 200_000, "2023-01-01", "2030-01-01")
    terms(ELSEWHERE)

    stock(small, rulebook)
    first = measured(rounds)
    stock(large, rulebook)
    second = measured(rounds)
    note = "" if large == 1_000_000 else f", {large:,} instead of 1M orders"
    Figure(
        "8", f"month's fees against sum and group, a capped line for 40 % of the orders{note}",
        f"{second.ratio:.1f}x", "<= 12x / <= 7x",
        judge(second.ratio, 12, 7, void=second.void), explain(second, large),
    ).tell()  # fmt: skip
    terms(AT_HOME)
    every = measured(rounds)
    Figure(
        "8", "- and by tiers of the month for the others: a line for every order",
        f"{every.ratio:.1f}x", "<= 16x / <= 12x",
        judge(every.ratio, 16, 12, void=every.void), explain(every, large),
    ).tell()  # fmt: skip
    wrote = write_again()
    Figure(
        "8", "- of that the least: writing the results and lines when they are computed",
        f"{wrote / min(every.floor):.1f}x", detail=f"{wrote:.2f} s with indexes, checks and commit",
    ).tell()  # fmt: skip
    whole = measured(2, close)
    Figure(
        "8", "- the whole closing: inputs' hash, fees, books, statements, boards",
        f"{whole.ratio:.1f}x", "<= 40x / <= 25x",
        judge(whole.ratio, 40, 25, void=whole.void), explain(whole, large),
    ).tell()  # fmt: skip
    per_row = row_at_a_time(1000 if quick else 5000)
    times = per_row * large * 0.4 / min(second.ours)  # the loop meets only those that pay
    Figure(
        "9", "month's fees against a loop of four statements per order",
        f"{times:,.0f}x", ">= 100x / >= 300x",
        judge(times, 100, 300), f"{per_row * 1000:.2f} ms an order in the loop, a sample of"
        f" {1000 if quick else 5000:,} orders",
    ).tell()  # fmt: skip
    growth = exponent(first, small, second, large)
    Figure(
        "10", f"growth exponent {small:,} to {large:,} orders", f"{growth:.2f}", "<= 1.1",
        judge(growth, 1.1, 1.1, void=first.void or second.void).replace("stretch", "pass"),
        f"{min(first.ours):.3f} s to {min(second.ours):.2f} s",
    ).tell()  # fmt: skip
    if options["full"]:
        in_history(rounds, large, rulebook, every)
        ten_million(large, rulebook, every)
    else:
        Figure("10", "10M orders: growth, and a month of 1M within 10M", "-", "<= 1.1; <= 1.4x",
               "", "only with --full, for its time and disk").tell()  # fmt: skip


def exponent(first: Turns, small: int, second: Turns, large: int) -> float:
    return math.log(min(second.ours) / min(first.ours)) / math.log(large / small)


def in_history(rounds: int, large: int, rulebook: int, alone: Turns) -> None:
    month = MONTH
    for n in range(1, 10):
        month = months.previous_month(month)
        ground.orders(large, month, rulebook, first=n * large)
        say(f"history: {n} of 9 months")
    ground.settle()
    within = measured(rounds)
    times = min(within.ours) / min(alone.ours)
    Figure(
        "10", f"month of {large:,} orders within ten such months", f"{times:.2f}x", "<= 1.4x",
        judge(times, 1.4, 1.4, void=within.void).replace("stretch", "pass"),
        explain(within, large),
    ).tell()  # fmt: skip


def ten_million(large: int, rulebook: int, million: Turns) -> None:
    stock(large * 10, rulebook)
    third = measured(3)
    growth = exponent(million, large, third, large * 10)
    Figure(
        "10", f"growth exponent {large:,} to {large * 10:,} orders", f"{growth:.2f}", "<= 1.1",
        judge(growth, 1.1, 1.1, void=third.void).replace("stretch", "pass"),
        explain(third, large * 10),
    ).tell()  # fmt: skip

"""Goal 25: a draft replayed over three closed months, against adding up their orders."""

from datetime import UTC, date, datetime
from decimal import Decimal

from django.db import connection

from dealers import months
from dealers.actor import Actor
from dealers.models import User
from incentives.books import closing
from incentives.models import PlanVersion, RateRow, ReplayedAmount
from incentives.plans import simulations, versions, whatif
from tests.bench import ground
from tests.bench.fees import AT_HOME, BEFORE, ELSEWHERE, FLOOR, explain, terms
from tests.bench.measure import Figure, in_turns, say, seconds

FIRST, END = date(2025, 4, 1), date(2025, 7, 1)
NOW = datetime(2025, 7, 10, tzinfo=UTC)


def main(options: dict) -> None:
    quick = options["quick"]
    whole = 60_000 if quick else 1_000_000
    ground.network(dealers=20_000, stores=50_000)
    rulebook = ground.rulebook(BEFORE)
    for table in ground.ORDERED:
        ground.unguard(table)
    ground.customers(50_000 if quick else 200_000, "2023-01-01", "2030-01-01")
    for plan in (ELSEWHERE, AT_HOME):
        terms(plan)
    replayed = [months.add_months(FIRST, n) for n in range(3)]
    for n, month in enumerate(replayed):
        ground.orders(whole // 3, month, rulebook, first=n * (whole // 3))
    ground.settle()
    for month in replayed:
        took = seconds(lambda month=month: closing.close_period(month, Actor.worker("bench"), NOW))
        say(f"{month:%Y-%m} closed in {took:.1f} s")
    ground.settle()
    replay(drafted(), replayed, whole, rounds=3 if quick else 5)


def drafted() -> PlanVersion:
    """The plan for the own customers with another rate."""
    of_today = PlanVersion.objects.get(plan__code="own")
    draft = versions.new_version(of_today, END, by=Actor.worker("bench"), at=NOW)
    RateRow.objects.filter(component__version=draft, starts_at=0).update(rate=Decimal("0.012"))
    return draft


def replay(draft: PlanVersion, wanted: list[date], whole: int, *, rounds: int) -> None:
    """Have it replayed as often, each time for somebody who asks anew."""
    person = User.objects.create(email="bench@example.com", name="Bench", is_staff=True)
    asked = []

    def ask() -> None:
        draft.refresh_from_db()
        versions.simulate(draft, wanted, by=Actor.hq(person), at=datetime.now(UTC))
        asked.append(simulations.latest(draft))

    def floor() -> None:
        with connection.cursor() as cursor:
            cursor.execute(FLOOR, [FIRST, END])
            cursor.fetchall()

    ask()
    floor()
    turns = in_turns(floor, lambda: whatif.compute(asked[-1].pk, NOW), rounds, tidy=ask)
    found = asked[-2]
    found.refresh_from_db()
    kept = ReplayedAmount.objects.filter(replay=found).count()
    Figure(
        "25", f"what-if of three months, {whole:,} orders in all, against sum and group of them",
        f"{turns.ratio:.1f}x", "", "void" if turns.void else "",
        f"{explain(turns, whole)}; {kept:,} amounts of dealers kept,"
        f" {found.before} booked, {found.after} by the draft",
    ).tell()  # fmt: skip

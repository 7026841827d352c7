"""Many clients claim the same people at the same time: ``make claims``.

Each of 16 processes registers, follows up and lets time pass as the counter does, at stores of
different dealers and about the same few people, while others do the same. Afterwards nobody may
have been two stores' at once, no key may have been answered twice, and ``verify`` finds nothing.
"""

import argparse
import multiprocessing
import random
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import repeat
from pathlib import Path

from tests.bench import imports

DATA = Path(__file__).resolve().parents[2] / "var" / "claims"
STORES = 8
OVERLAPS = """
SELECT count(*) FROM customers_ownership a JOIN customers_ownership b
ON a.identity_id = b.identity_id AND a.id < b.id AND a.period && b.period
WHERE a.protected_until > lower(a.period) AND b.protected_until > lower(b.period)
"""
TWICE = "SELECT count(*) - count(DISTINCT key) FROM customers_registration"


def main() -> int:
    parser = argparse.ArgumentParser(prog="make claims", description=__doc__)
    parser.add_argument("--claims", type=int, default=100_000, help="of all clients together")
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--people", type=int, default=2_000, help="whom they claim")
    options = parser.parse_args()
    imports.apart(DATA, lambda: race(options.claims, options.clients, options.people))
    return 0


def race(claims: int, clients: int, people: int) -> None:
    from django.core.management import call_command
    from django.db import connection, connections

    from customers import verification
    from tests.bench import ground
    from tests.factories.customers import RulebookFactory

    call_command("migrate", verbosity=0)
    ground.network(dealers=4, stores=STORES)
    RulebookFactory(release_after_days=7, conflict_percent=None)
    connections.close_all()
    began = time.monotonic()
    with multiprocessing.get_context("spawn").Pool(clients, initializer=_begin) as pool:
        work = zip(range(clients), repeat(claims // clients), repeat(people), strict=False)
        answers = sum(pool.starmap(_claim, work), Counter())
    seconds = time.monotonic() - began
    with connection.cursor() as cursor:
        cursor.execute(OVERLAPS)
        (overlaps,) = cursor.fetchone()
        cursor.execute(TWICE)
        (twice,) = cursor.fetchone()
    wrong = [name for name, good, _why in verification.checks() if not good]
    print(f"{sum(answers.values())} claims of {clients} clients in {seconds:.0f} s: {answers}")
    print(f"{overlaps} overlaps, {twice} keys answered twice, verify finds {wrong or 'nothing'}")
    if overlaps or twice or wrong:
        raise SystemExit(1)


def _begin() -> None:
    import django

    django.setup()


def _claim(client: int, claims: int, people: int) -> Counter[str]:
    """Claims of one client over a year that each client goes through at its own pace."""
    from customers.models import Registration
    from customers.ownership import counter
    from customers.ownership.settings import RegistrationRefused
    from dealers.actor import Actor, acting
    from dealers.models import Store
    from tests.bench.capture import phone, staff

    chance = random.Random(client)
    stores = list(Store.objects.order_by("pk"))
    said: Counter[str] = Counter()
    at = datetime(2026, 1, 1, tzinfo=UTC)
    with acting(Actor.worker("claims")):
        clerks = [staff(store) for store in stores]
        for number in range(claims):
            at += timedelta(seconds=chance.randrange(2 * 365 * 86_400 // claims))
            place = chance.randrange(len(stores))
            key = f"{client}-{number}" if chance.random() > 0.02 else f"{client}-{number - 1}"
            made = Registration(store=stores[place], key=key, consent_service=True)
            try:
                counter.register(
                    made, phone=phone(chance.randrange(people)), name="王小明",
                    by=Actor(user=clerks[place]), at=at,
                )  # fmt: skip
            except RegistrationRefused as refused:
                said[f"refused: {refused}"] += 1
            else:
                said[str(made.answer) or "again"] += 1
    return said


if __name__ == "__main__":
    raise SystemExit(main())

"""Goals 3 and 5: what the chain costs a registration, and how many statements one takes."""

import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime
from random import Random

from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.models import Registration
from customers.ownership import counter
from dealers.actor import Actor
from dealers.models import Membership, Role, Store, User
from tests.bench import ground
from tests.bench.dealers import load_customers, owner
from tests.bench.measure import Figure, in_turns, judge, say

KNOWN = 0.1  # of the numbers are registered already


class Captures:
    """Numbers of people, some of them known, at the stores in turn; a batch a round."""

    def __init__(self, batch: int) -> None:
        self.batch = batch
        self.random = Random(7)
        self.stores = list(Store.objects.all())
        self.staff = [staff(store) for store in self.stores]
        self.used: list[int] = []

    def numbers(self) -> list[int]:
        found = []
        for _n in range(self.batch):
            if self.used and self.random.random() < KNOWN:
                found.append(self.random.choice(self.used))
            else:
                self.used.append(len(self.used))
                found.append(self.used[-1])
        return found


def staff(store: Store) -> User:
    user = User.objects.create(email=f"{uuid.uuid4().hex}@bench.example", name="bench")
    Membership.objects.create(
        user=user, role=Role.ASSOCIATE, store=store, dealer_id=store.dealer_id,
        starts_at=datetime(2020, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    return user


def phone(number: int) -> str:
    return f"+86{13800000000 + number}"


def registered(captures: Captures, numbers: list[int]) -> None:
    for n, number in enumerate(numbers):
        place = n % len(captures.stores)
        capture(phone(number), captures.stores[place], captures.staff[place])


def capture(number: str, store: Store, staff: User) -> None:
    counter.register(
        Registration(store=store, key=uuid.uuid4().hex, consent_service=True),
        phone=number,
        name="王小明",
        by=Actor(user=staff),
        at=datetime.now(UTC),
    )


def statements(run: Callable[[], object]) -> list[str]:
    with CaptureQueriesContext(connection) as caught:
        run()
    transaction = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE SAVEPOINT")
    return [q["sql"] for q in caught.captured_queries if not q["sql"].startswith(transaction)]


def main(options: dict) -> None:
    ground.network(dealers=200, stores=500)
    ground.rulebook(date(2020, 1, 1))
    # A network at work, so that the planner takes no table for empty.
    say("50,000 customers")
    load_customers({f"S{n}": 100 for n in range(500)})
    captures = Captures(batch=300 if options["quick"] else 1000)
    rounds = 3 if options["quick"] else 7
    captures.numbers()
    registered(captures, captures.numbers())
    ground.settle()
    _with_and_without_chain(captures, rounds)
    # Numbers that differ in more than one digit from all others, so that nobody is taken for like
    # somebody on file, but for the last one; and an owner who is told of that one.
    fresh, known, like = phone(57_310_000), phone(61_420_000), phone(57_310_001)
    (store, other), (clerk, colleague) = captures.stores[:2], captures.staff[:2]
    owner(store.dealer)
    capture(known, other, colleague)

    def again(number: str) -> int:
        return len(statements(lambda: capture(number, store, clerk)))

    again(phone(63_530_000))  # what a process reads once, it has read
    counts = {"new": again(fresh), "own again": again(fresh), "other's": again(known)}
    worst = max(counts.values())
    Figure(
        goal="5",
        text="statements per registration, service call",
        value=str(worst),
        limits="<= 12",
        met="pass" if worst <= 12 else "no",
        detail=", ".join(f"{name} {count}" for name, count in counts.items()),
    ).tell()
    review = again(like)
    Figure(
        goal="5",
        text="statements per registration of perhaps the same person",
        value=str(review),
        limits="<= 12",
        met="pass" if review <= 12 else "no",
        detail="compared, put in line and under review, and those told who answer for the store",
    ).tell()


CHAINED = """
DO $$ DECLARE it record; BEGIN FOR it IN
    SELECT tgrelid::regclass AS place, tgname AS name FROM pg_trigger
    WHERE tgname LIKE 'pgtrigger\\_%is\\_chained\\_%'
LOOP EXECUTE format('ALTER TABLE %s {switch} TRIGGER %I', it.place, it.name); END LOOP; END $$
"""


def _with_and_without_chain(captures: Captures, rounds: int) -> None:
    """What it costs that each registration is put down for its dealer's chain."""
    say("goal 3: registrations with and without the chain")
    plan = [captures.numbers() for _round in range(2 * rounds)]
    numbers = iter(plan)

    def without() -> None:
        ground.execute(CHAINED.replace("{switch}", "DISABLE"))
        registered(captures, next(numbers))

    def with_chain() -> None:
        ground.execute(CHAINED.replace("{switch}", "ENABLE"))
        registered(captures, next(numbers))

    turns = in_turns(without, with_chain, rounds)
    ratio = 1 / turns.ratio
    Figure(
        goal="3",
        text="registration with the chain against without",
        value=f"{ratio:.2f}x",
        limits=">= 0.70x / >= 0.85x",
        met=judge(ratio, 0.70, 0.85, void=turns.void),
        detail=f"median of rounds {1 / turns.median_ratio:.2f}x; n {rounds} rounds of"
        f" {captures.batch}",
    ).tell()

"""Everything of a dealer in one file: ``python -m tests.bench.exit_pack [CUSTOMERS]``.

On a server and database of its own: a dealer with so many customers (100,000), each with a card, a
protection and a follow-up with a note. The pack has to be made within 500 MB, whatever their
number; the exit status is 1 if it is not.
"""

import sys
import time
from datetime import UTC, datetime, timedelta
from itertools import batched
from pathlib import Path
from uuid import uuid4

from tests.bench.imports import apart
from tests.bench.measure import forget_memory, memory

DATA = Path(__file__).resolve().parents[2] / "var" / "bench-exit-pack"
MOST = 500  # MB
AT_ONCE = 1000


def main() -> int:
    customers = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    peaks: list[float] = []
    apart(DATA, lambda: peaks.append(_alone(customers)))
    return 1 if peaks[0] > MOST else 0


def _alone(customers: int) -> float:
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    return measured(fill(customers))


def fill(customers: int):
    """A dealer with so many customers; its owner's post."""
    from django.contrib.auth.hashers import make_password

    from dealers.models import Membership, Role, Store, User
    from tests.bench import ground

    ground.network(1, 1)
    ground.rulebook(datetime(2020, 1, 1, tzinfo=UTC).date())
    store = Store.objects.get()
    user = User.objects.create(email="o@example.com", name="Owner", password=make_password("x"))
    owner = Membership.objects.create(user=user, role=Role.OWNER, dealer=store.dealer)
    for portion in batched(range(customers), AT_ONCE, strict=False):
        _cards(store, user, portion)
    ground.settle()
    return owner


def _cards(store, user, numbers) -> None:
    from customers import cards
    from customers.models import Activity, Customer, Identity, Ownership
    from dealers import vault
    from dealers.database import next_ids

    start = datetime.now(UTC) - timedelta(days=10)
    people = Identity.objects.bulk_create(
        Identity(fingerprint=n.to_bytes(32, "big")) for n in numbers
    )
    made = [
        cards.write(
            Customer(id=uuid4(), dealer=store.dealer, identity=person),
            f"+86138{n:08}", f"顾客 {n}", wechat=f"wechat-{n}",
        )
        for n, person in zip(numbers, people, strict=True)
    ]  # fmt: skip
    Customer.objects.bulk_create(made)
    end = start + timedelta(days=93)
    Ownership.objects.bulk_create(
        Ownership(
            identity=card.identity, customer=card, dealer=store.dealer, store=store,
            period=(start, end), protected_until=end, channel="history", contacted_at=start,
            last_activity_at=start,
        )
        for card in made
    )  # fmt: skip
    calls = [
        Activity(
            id=pk, customer=card, dealer=store.dealer, store=store, staff=user, kind="call",
            outcome="reached", at=start,
        )
        for pk, card in zip(next_ids(Activity, len(made)), made, strict=True)
    ]  # fmt: skip
    for call in calls:
        call.note_sealed = vault.seal(vault.Row.of(call), "note", "周末来店里看净水器，要带尺寸。")
    Activity.objects.bulk_create(calls)


def measured(owner) -> float:
    """Make the pack, say how it went, and return the most memory that it took in MB."""
    from django.utils import timezone

    from dealers.actor import Actor
    from dealers.exit_pack import asking, making
    from dealers.models import Export, ExportState

    export = asking.ask(by=Actor.of(owner), at=timezone.now())
    forget_memory()
    before, began = memory(), time.perf_counter()
    making.write(str(export.pk), at=timezone.now())
    took, peak = time.perf_counter() - began, memory()
    made = Export.objects.get(pk=export.pk)
    if made.state != ExportState.DONE:
        raise RuntimeError("The pack was not made.")
    print(
        f"pack of {made.rows:,} customers: {took:.1f} s, {made.file.size / 2**20:.1f} MB sealed,"
        f" at most {peak:.0f} MB of memory ({before:.0f} MB before)"
    )
    return peak


if __name__ == "__main__":
    sys.exit(main())

"""Dealers with real cards: as many customers as a measurement needs, and people who sign in."""

import csv
import io
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from django.db import transaction

from customers.bulk.load import Load
from customers.bulk.registrations import REGISTRATION_COLUMNS
from dealers.imports.csv import CsvFile
from dealers.imports.progress import Progress
from dealers.models import Dealer, Membership, Role, Store, User

SINCE = datetime(2020, 1, 1, tzinfo=UTC)
NAMES = "王李张刘陈杨黄赵吴周"


def person(role: str, **scope: object) -> Membership:
    """Somebody who holds one post."""
    user = User.objects.create(email=f"{uuid.uuid4().hex}@bench.example", name="测量员")
    return Membership.objects.create(user=user, role=role, starts_at=SINCE, **scope)


def owner(dealer: Dealer) -> Membership:
    return person(Role.OWNER, dealer=dealer)


def associate(store: Store) -> Membership:
    return person(Role.ASSOCIATE, store=store, dealer_id=store.dealer_id)


def load_customers(counts: dict[str, int]) -> None:
    """So many customers for each store's code, registered in the last weeks, through the import."""
    random = Random(11)
    number = 0
    rows = []
    for code, count in counts.items():
        for _n in range(count):
            number += 1
            at = datetime.now(UTC) - timedelta(minutes=random.randrange(60, 60 * 24 * 50))
            name = random.choice(NAMES) + random.choice(NAMES)
            rows.append((f"B-{number}", code, f"+86{13900000000 + number}", name, at.isoformat(),
                         "walk-in", "yes", "no"))  # fmt: skip
    with TemporaryDirectory(prefix="bench-") as folder:
        registrations = Path(folder) / "registrations.csv"
        with registrations.open("w", newline="") as file:
            csv.writer(file).writerows([REGISTRATION_COLUMNS, *rows])
        with transaction.atomic():
            load = Load(Progress(io.StringIO()), at=datetime.now(UTC), historical=True)
            load.stage_registrations(CsvFile.open(registrations, REGISTRATION_COLUMNS))
            load.answer()
            load.store()

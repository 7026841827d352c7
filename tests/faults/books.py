"""Worker and database killed while months are closed, their papers made, and their money paid.

``python -m tests.faults books [--hits N]`` on a data folder of its own, which is empty before and
gone afterwards. Every month of a made-up trade is closed by the worker, its statements are set as
PDFs, and two people pay them and read what the bank answers, while something is killed at random
moments: the whole worker or one of its processes, the whole database or one of its processes,
whoever makes, approves or answers a batch. Then everybody goes on as people do: they press once
more, or what the outbox still holds comes again. At the end every line is worked out from the
trade's files alone and held against the books, the statements, their papers and the bank; the exit
status is 1 if anything is off.
"""

import argparse
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import Error, connection, connections
from django.utils import timezone

from config import translations
from config.servers import embedded, keeper
from config.servers.keeper import Postgres
from dealers import outbox
from dealers.actor import Actor
from dealers.keys import held
from dealers.models import Dealer, Membership, OutboxTask, Role, User
from dealers.walls import building
from incentives.books.outlook import CLOSE
from incentives.models import Run
from incentives.payouts import accounts
from incentives.statements import files
from incentives.tasks import render_statements_of
from tests.faults import books_told, machine, paying
from tests.faults.trade import ZONE, Shape

LATER = timedelta(hours=1)  # by then the outbox hands over what a killed worker had begun
PATIENCE = 120.0  # seconds in which what was killed must be there again
WORKER = [
    *("-W", "ignore::UserWarning:celery.platforms", "-m", "celery", "--quiet", "--app", "config"),
    *("worker", "--queues", "asked,default,documents", "--concurrency", "2"),
    *("--without-gossip", "--without-mingle", "--loglevel", "ERROR"),
]
CLOSING, PAPERS, PAYING = "closing", "papers", "paying"
LONGEST = {CLOSING: 1.2, PAPERS: 1.5, PAYING: 0.3}  # seconds of work before it is hit
FORGOTTEN = 15.0  # seconds after which people press once more
PRESS = 0.5  # of the hits after which people press once more, and not the scheduler
ONE_OF = {"database": 0.5, "worker": 0.75}  # of the hits that kill one of its processes only
HIT_STEPS = 0.8  # of the steps of those who pay
TRIES = 50


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="tests.faults books", description=__doc__)
    parser.add_argument("--hits", type=int, default=120)
    parser.add_argument("--months", type=int, default=12, help="that are closed and paid")
    parser.add_argument("--dealers", type=int, default=30)
    parser.add_argument("--customers", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    months = ended(options.months)
    shape = filled(options, months)
    hits = Hits(options.hits, Random(options.seed))
    began = time.monotonic()
    with working() as worker:
        month = Month(worker, hits)
        for number, day in enumerate(months):
            month.go_through(day, hits.share(len(months) - number))
            print(f"{day:%Y-%m} closed, set and paid; {hits.told()}", flush=True)
        waiting = asked(lambda: rest(worker))
    print(f"{hits.done} hits in {time.monotonic() - began:.0f} s: {hits.told()}", flush=True)
    off = books_told.told(shape, months, month.bank, waiting)
    if hits.done < hits.wanted / 2:
        print("That is less than half of the hits asked for: it shows little.", flush=True)
        return 1
    return off


def ended(count: int) -> list[date]:
    """The first days of the last months that have ended everywhere."""
    now = datetime.now(ZONE)
    last = now.year * 12 + now.month - 1
    return [date(n // 12, n % 12 + 1, 1) for n in range(last - count, last)]


def filled(options: argparse.Namespace, months: list[date]) -> Shape:
    """The portal with the trade in it, its owners' bank accounts, and two people who pay."""
    embedded.ensure_valkey(settings.PORTAL_DATA, settings.VALKEY_URL)
    call_command("migrate", interactive=False, verbosity=0)
    building.build()
    held.ensure()
    translations.compile_changed()
    folder = settings.PORTAL_DATA / "files"
    folder.mkdir(parents=True)
    shape = Shape(folder, options.dealers, options.customers, months[0], options.seed)
    shape.write(datetime.now(ZONE))
    call_command("import_network", shape.network, verbosity=0)
    call_command("import_program", shape.program, publish=True)
    call_command("import_history", registrations=shape.registrations, orders=shape.orders)
    for name in paying.PEOPLE:
        User.objects.create_user(paying.address(name), name=name, is_staff=True)
    now = timezone.now()
    for dealer in Dealer.objects.all():
        user = User.objects.create_user(f"{dealer.code}@faults.example", name=dealer.name)
        owner = Membership.objects.create(user=user, role=Role.OWNER, dealer=dealer)
        details = accounts.Details(dealer.name, "银行", f"990000{dealer.pk:010d}")
        accounts.enter(dealer, details, by=Actor.of(owner), at=now)
    return shape


class Hits:
    """What is killed where: so many hits in all, and which of them were done."""

    def __init__(self, wanted: int, chance: Random) -> None:
        self.wanted, self.chance = wanted, chance
        self.count: Counter[tuple[str, str]] = Counter()

    @property
    def done(self) -> int:
        return sum(self.count.values())

    def share(self, months: int) -> int:
        """How many of those that are left belong to the next of so many months."""
        return -((self.done - self.wanted) // months)

    def told(self) -> str:
        """How often what was killed while what was being done."""
        return ", ".join(
            f"{doing}: " + ", ".join(f"{self.count[doing, what]} {what}" for what in sorted(
                {each for where, each in self.count if where == doing}))
            for doing in (CLOSING, PAPERS, PAYING)
        )  # fmt: skip


class Worker:
    """The portal's worker, started anew whenever it was killed."""

    def __init__(self) -> None:
        self.process: subprocess.Popen | None = None
        self.log = settings.PORTAL_DATA / "worker.log"

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = keeper.start_bound(
                [sys.executable, *WORKER],
                signal.SIGTERM,
                stdout=log,
                stderr=log,
                env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"},
                start_new_session=True,
            )

    def family(self) -> list[int]:
        """The worker and those that do its work; nothing once it has ended."""
        if self.process is None or self.process.poll() is not None:
            return []
        return machine.family(self.process.pid)

    def look_after(self) -> None:
        """Start it anew where it has ended."""
        if not self.family():
            self.start()

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(30)
            machine.tell(self.family(), signal.SIGKILL)
            self.process.wait()


@contextmanager
def working() -> Iterator[Worker]:
    worker = Worker()
    worker.start()
    try:
        yield worker
    finally:
        worker.stop()


def asked(what: Callable[[], Any]) -> Any:
    """The answer to what is asked of a database that may have been killed: asked until it comes."""
    give_up = time.monotonic() + PATIENCE
    while True:
        try:
            return what()
        except (Error, embedded.EmbeddedServerFailed):
            if time.monotonic() > give_up:
                raise
            with suppress(Error):
                connection.close()
            time.sleep(0.1)


class Month:
    """A month on its way from the trade to the bank, with hits on all who work on it."""

    def __init__(self, worker: Worker, hits: Hits) -> None:
        self.worker, self.hits, self.chance = worker, hits, hits.chance
        self.bank: dict[str, Decimal | None] = {}  # what it paid, by reference

    def go_through(self, day: date, hits: int) -> None:
        """Close, set and pay a month, with so many hits at most: a third of them while closing."""

        def close() -> None:
            outbox.add(CLOSE, day.isoformat(), paying.person("first").pk, at=timezone.now())

        third = -(-hits // 3)
        closed = self._until(lambda: Run.objects.filter(month=day).exists(), close, CLOSING, third)
        run = asked(lambda: Run.objects.get(month=day))

        def missing() -> bool:
            return bool(list(files.missing_documents(run.pk)))

        def ask() -> None:
            # As the clock does after ten minutes for what is missing.
            render_statements_of.delay(run.pk)

        printed = self._until(lambda: not missing(), ask, PAPERS, hits - closed - third)
        self.pay(hits - closed - printed)

    def pay(self, hits: int) -> None:
        """Approve the statements, make a batch, approve it, and read what the bank says of it.

        Once more for what it sent back.
        """
        for step in (paying.released, *2 * (paying.made, paying.approved, paying.answered)):
            tries = 0
            while not asked(step.is_done):
                hits -= self._do(step, hits > 0 and self.chance.random() < HIT_STEPS)
                tries += 1
                if tries > TRIES:
                    raise SystemExit(f"{step.name} does not come to an end.")

    def _until(
        self, done: Callable[[], bool], press: Callable[[], None], doing: str, hits: int
    ) -> int:
        """Have the worker do something, and hit who works on it until it is done; how often."""
        asked(press)
        used, give_up, pressed = 0, time.monotonic() + 3 * PATIENCE, time.monotonic()
        while not asked(done):
            self.worker.look_after()
            if used < hits and asked(under_way):
                time.sleep(self.chance.uniform(0, LONGEST[doing]))
                self._hit(doing)
                used += 1
                self.worker.look_after()
                asked(press if self.chance.random() < PRESS else sweep)
                pressed = time.monotonic()
            elif time.monotonic() - pressed > FORGOTTEN:
                asked(press)
                pressed = time.monotonic()
            elif time.monotonic() > give_up:
                raise SystemExit(f"{doing} does not come to an end; see {self.worker.log}.")
            time.sleep(0.05)
        return used

    def _do(self, step: paying.Step, hit: bool) -> int:
        """Somebody takes a step in a process of their own; 1 if it or the database was killed."""
        if step is paying.answered:
            self.bank |= asked(paying.bank_pays)
        connections.close_all()
        somebody = multiprocessing.get_context("fork").Process(target=step)
        somebody.start()
        if hit:
            time.sleep(self.chance.uniform(0, LONGEST[PAYING]))
            if self.chance.random() < 0.5:
                somebody.kill()
                self.hits.count[PAYING, "person"] += 1
            else:
                self._hit(PAYING, database=True)
        somebody.join()
        return int(hit)

    def _hit(self, doing: str, *, database: bool = False) -> None:
        """Kill the worker, the database, or one process of either."""
        parts: dict[str, Callable[[], list[int]]] = {
            "database": server,
            "worker": self.worker.family,
        }
        part = "database" if database else self.chance.choice(sorted(parts))
        pids: list[int] = []
        give_up = time.monotonic() + PATIENCE
        while not pids and time.monotonic() < give_up:  # it may be on its way back
            with suppress(OSError, ValueError):
                pids = parts[part]()
            self.worker.look_after()
            if not pids:
                time.sleep(0.05)
        one = self.chance.random() < ONE_OF[part] and len(pids) > 1
        machine.tell([self.chance.choice(pids[1:])] if one else pids, signal.SIGKILL)
        if pids:
            self.hits.count[doing, f"process of the {part}" if one else part] += 1


def server() -> list[int]:
    """The database's processes; nothing while it is on its way back."""
    pids = machine.Machine(os.getpid()).postgres()
    command = Path(f"/proc/{pids[0]}/cmdline").read_bytes()
    return pids if str(Postgres(settings.PORTAL_DATA).folder).encode() in command else []


def under_way() -> bool:
    """Whether somebody but us is in the middle of something at the database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
            " WHERE d.datname = current_database() AND l.locktype = 'relation'"
            " AND l.pid <> pg_backend_pid())"
        )
        return cursor.fetchone()[0]


def sweep() -> None:
    """Hand over what waits in the outbox, as the scheduler would an hour later."""
    outbox.sweep(timezone.now() + LATER)


def rest(worker: Worker) -> int:
    """Let the worker do all that is still put down; how many tasks stay undone."""
    give_up = time.monotonic() + PATIENCE
    waiting = OutboxTask.objects.waiting(timezone.now() + LATER)
    while waiting.exists() and time.monotonic() < give_up:
        worker.look_after()
        sweep()
        time.sleep(2)
    return waiting.count()

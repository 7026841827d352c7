"""Signer, worker and database killed in each window of a signature: ``make faults ARGS=signing``.

``python -m tests.faults signing [--hits N]`` on a data folder of its own. In each turn customers
are registered, their chains grow, and what signs them ends in a named window: the signer before it
signs, in the middle of keeping what it signed, after that and before it answers; the worker when it
has the answer, and when it has written it and has not committed; its connection to the database in
the middle of writing, and the whole database just before the commit. Then the work is done again as
the scheduler does. At the end no place may be without receipt, none signed twice, and what a dealer
takes away must be proven by every receipt that was ever given out. The exit status is 1 if anything
is off, or a window was not hit as often as was asked for.
"""

import argparse
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, connections
from django.utils import timezone

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0  # seconds in which what was killed must be there again
SIGNER = {  # the windows in which the signer's process ends, by what its memory does then
    "signer: asked, nothing signed": "asked",
    "signer: signed, not remembered": "keeping",
    "signer: remembered, not answered": "kept",
}
WORKER = {
    "worker: answered, nothing written": "answered",
    "worker: written, not committed": "written",
}
DATABASE = {"database connection: written, not committed": "backend"}
WINDOWS = (*SIGNER, *WORKER, *DATABASE)
SERVER = "whole database: written, not committed"  # not beside other tests


def until(work: Callable[[], Any]) -> Any:
    """Do it again, as the scheduler does, until it succeeds."""
    from dealers.receipts.signer import SignerAway

    give_up = time.monotonic() + PATIENCE
    while True:
        try:
            return work()
        except (DatabaseError, SignerAway):
            if time.monotonic() > give_up:
                raise
            if not connection.in_atomic_block:
                with suppress(DatabaseError):
                    connection.close()
            time.sleep(0.1)


def serve(folder: str, address: str, window: str) -> None:
    """The signer's process, which ends in a window of the first signature that it gives."""
    from dealers.receipts import memory, serving

    def end(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    answered = serving.answered

    def ends(kept: memory.Memory, asked: dict) -> dict:
        if asked["do"] != "sign":
            return answered(kept, asked)
        if window == "asked":
            end()
        if window == "keeping":
            opened = memory.sqlite3.connect

            def traced(*args: Any, **more: Any) -> Any:
                made = opened(*args, **more)
                made.set_trace_callback(lambda said: end() if said == "COMMIT" else None)
                return made

            memory.sqlite3.connect = traced
        answered(kept, asked)
        end()
        raise AssertionError

    serving.answered = ends
    serving.serve(Path(folder), Path(address))


def sign_and_end(window: str) -> None:
    """A worker of a process of its own, which ends when it has an answer of the signer."""
    from dealers.models import SignedLink
    from dealers.receipts import signing
    from dealers.receipts.signer import Signer

    def end() -> None:
        if window == "server":
            killed_server()
        elif window == "backend":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        else:
            os.kill(os.getpid(), signal.SIGKILL)

    class Ends(Signer):
        def sign(self, *args: Any, **more: Any) -> Any:
            signed = super().sign(*args, **more)
            if window == "answered":
                end()
            return signed

    stored = SignedLink.objects.bulk_create

    def written(rows: Any) -> Any:
        made = stored(rows)
        end()
        return made

    # Sessions that came with the fork stay open in who has them when this process ends, and what is
    # locked in them stays locked.
    for each in connections.all():
        each.connection = None
    if window != "answered":
        SignedLink.objects.bulk_create = written  # type: ignore[method-assign]
    with suppress(DatabaseError):
        signing.sign_waiting(timezone.now(), Ends())
        os._exit(0)  # nothing was hit
    os._exit(1)


def killed_server() -> None:
    """Every process of the database."""
    from tests.faults import machine
    from tests.faults.books import server

    machine.tell(server(), signal.SIGKILL)


class Trial:
    """Dealers whose chains grow and are signed while something is killed, and what came of it."""

    def __init__(self, data: Path, stores: Sequence[Any]) -> None:
        self.data, self.stores = data, stores
        self.seen: set[str] = set()  # every receipt that was ever given out

    def hit(self, window: str) -> bool:
        """One turn in which something ends in a window; whether it did."""
        from dealers.receipts import chain, signing
        from tests.factories.customers import registered

        for store in self.stores:
            until(lambda store=store: registered(store, at=timezone.now()))
        until(chain.append_waiting)
        done = self._signer_hit(window) if window in SIGNER else self._worker_hit(window)
        self._look()
        until(lambda: signing.sign_waiting(timezone.now()))
        self._look()
        return done

    def _look(self) -> None:
        from dealers.receipts import signing

        for store in self.stores:
            self.seen |= set(until(lambda store=store: list(signing.receipts_of(store.dealer_id))))

    def _signer_hit(self, window: str) -> bool:
        """The same folder served by a process that ends in the window."""
        from config.servers import embedded, keeper
        from dealers.receipts import signing
        from dealers.receipts.signer import Signer, SignerAway

        own = keeper.Signer(self.data)
        until(Signer().greet)  # its folder is there
        embedded.stop(own)
        address = str(self.data / "hit.sock")
        code = (
            "import sys; from tests.faults.signing import serve;"
            f" serve({str(own.folder)!r}, {address!r}, {SIGNER[window]!r})"
        )
        process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
        try:
            until(Signer(address).greet)
            with suppress(SignerAway):
                signing.sign_waiting(timezone.now(), Signer(address))
            return process.wait(PATIENCE) == -signal.SIGKILL
        finally:
            process.kill()
            process.wait()

    def _worker_hit(self, window: str) -> bool:
        connections.close_all()
        ending = {**WORKER, **DATABASE, SERVER: "server"}[window]
        worker = multiprocessing.get_context("fork").Process(target=sign_and_end, args=[ending])
        worker.start()
        worker.join(PATIENCE)
        return worker.exitcode in (1, -signal.SIGKILL)

    def off(self) -> list[str]:
        """What ought not to be: places without receipt, or with two; what dealers cannot prove."""
        from dealers.models import Link, SignedLink
        from dealers.receipts import chain, signing, verify_receipt
        from dealers.receipts.memory import Memory
        from dealers.spreadsheets import csv_pieces

        off = chain.broken()
        remembered = Memory(self.data / "signer")
        for store in self.stores:
            dealer = store.dealer_id
            links = set(Link.objects.filter(dealer=dealer).values_list("seq", flat=True))
            signed = list(SignedLink.objects.filter(dealer=dealer).values_list("seq", flat=True))
            if sorted(signed) != sorted(links):
                off.append(f"dealer {dealer}: {len(links)} places, {len(signed)} receipts")
            if {each.seq for each in remembered.heads(dealer)} != links:
                off.append(f"dealer {dealer}: the signer remembers other places")
            files = {
                "chain.csv": b"".join(csv_pieces(chain.written(dealer))),
                "key.txt": "\n".join(signing.key_lines()).encode(),
                "kept.txt": "\n".join(sorted(self.seen)).encode(),
            }
            report = verify_receipt.check(files)
            if report.wrong or report.until != len(links):
                off.append(verify_receipt.told(report))
        places = Counter(" ".join(line.split(" ")[:3]) for line in self.seen)
        return off + [f"{place}: {n} receipts" for place, n in places.items() if n > 1]


def main(arguments: list[str]) -> int:
    from django.core.management import call_command

    from dealers.keys import held
    from dealers.walls import building
    from tests.factories.customers import RulebookFactory
    from tests.factories.dealers import StoreFactory

    parser = argparse.ArgumentParser(prog="tests.faults signing", description=__doc__)
    parser.add_argument("--hits", type=int, default=20, help="in each window")
    options = parser.parse_args(arguments)
    call_command("migrate", interactive=False, verbosity=0)
    building.build()
    held.ensure()
    RulebookFactory(person_daily_limit=None, person_minute_limit=None, store_daily_limit=None)
    trial = Trial(settings.PORTAL_DATA, [StoreFactory() for _each in range(2)])
    missed = 0
    for window in (*WINDOWS, SERVER):
        began = time.monotonic()
        hits = sum(trial.hit(window) for _each in range(options.hits))
        missed += options.hits - hits
        print(f"{window}: {hits} hits in {time.monotonic() - began:.0f} s", flush=True)
    off = trial.off()
    for each in off:
        print(each)
    print(f"{len(trial.seen)} receipts given out, {len(off)} that ought not to be")
    return 1 if off or missed else 0

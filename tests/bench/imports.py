"""Imports: ``python -m tests.bench.imports under-load``, or ``first`` for the first load.

``under-load`` has eight people register over HTTP, some of them customers of the file, and a
balancer ask for the health, while 200,000 registrations and 200,000 orders come in. ``first`` loads
a million registrations and 2.8 million orders into an empty portal. ``--scale`` makes less of both.
The data folder is of its own and is removed at the end.
"""

import argparse
import csv
import json
import os
import random
import re
import resource
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.environment import stand_apart

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "var" / "imports"
KNOWN, LOADED = 20_000, 200_000  # customers on file before, and rows of each file
CLIENTS, PAUSE = 8, 0.5  # seconds between two registrations of one person
BUSY = "一分钟后再试"  # of the sentence for those who have to wait


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.bench.imports", description=__doc__)
    parser.add_argument("do", choices=["under-load", "first"])
    parser.add_argument("--scale", type=float, default=1.0)
    options = parser.parse_args()
    apart(DATA, lambda: (under_load if options.do == "under-load" else first)(options.scale))
    return 0


def apart(
    data: Path, work: Callable[[], None], settings: str = "tests.bench.settings", **others: str
) -> None:
    """Do the work on a portal in a folder of its own, which is empty before and gone afterwards.

    ``others`` is what configures it besides.
    """
    stand_apart(data, settings, **others)
    from config.servers import embedded

    embedded.release(data)
    shutil.rmtree(data, ignore_errors=True)
    import django

    django.setup()
    from django.db import connections

    try:
        work()
    finally:
        connections.close_all()
        embedded.release(data)
        shutil.rmtree(data, ignore_errors=True)


def prepare(customers: int, orders: int, data: Path = DATA) -> Path:
    """An empty portal with a network, its people and a program; the folder with the files."""
    from django.core.management import call_command
    from django.utils import timezone

    from config import translations
    from tests.bench import network

    call_command("migrate", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    translations.compile_changed()
    files = data / "files"
    files.mkdir(parents=True)
    shape = network.Shape(customers / network.CUSTOMERS)
    shape.orders = orders
    first_month = network.last_months(timezone.localdate())[0]
    shape.network(files / "network.csv")
    shape.trade(files / "registrations.csv", files / "orders.csv", first_month)
    network.program(files / "program.json", first_month)
    unlimited(files / "program.json")
    call_command("import_network", files / "network.csv", verbosity=0)
    network.people(first_month)
    call_command("import_program", files / "program.json", publish=True)
    return files


def unlimited(path: Path) -> None:
    """Nobody is told to register more slowly."""
    program = json.loads(path.read_text())
    program["rulebook"] |= dict.fromkeys(
        ("person_daily_limit", "person_minute_limit", "store_daily_limit", "conflict_percent")
    )
    path.write_text(json.dumps(program))


def first(scale: float) -> None:
    files = prepare(round(1_000_000 * scale), round(2_800_000 * scale))
    load(files / "registrations.csv", files / "orders.csv")
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{memory:,.0f} MB of the importing process")


def under_load(scale: float) -> None:
    from django.db import connections

    from dealers.models import Store
    from tests.bench import web

    known, loaded = round(KNOWN * scale), round(LOADED * scale)
    files = prepare(known + loaded, known + loaded)
    split(files, known)
    load(files / "registrations-1.csv", files / "orders-1.csv")
    port = web.free_port()
    visitors = [web.visitor(store, port) for store in Store.objects.all()[:CLIENTS]]
    connections.close_all()
    log = DATA / "web.log"
    with log.open("wb") as out:
        server = subprocess.Popen(
            [*(sys.executable, "-m", "gunicorn", "--config", "python:config.gunicorn")],
            env={**os.environ, "PORT": str(port), "PORTAL_LISTEN": "127.0.0.1"},
            stdout=subprocess.DEVNULL,
            stderr=out,
        )
    watch = Watch(known + loaded)
    try:
        web.wait(visitors[0])
        threads = [threading.Thread(target=watch.register, args=[it]) for it in visitors]
        threads.append(threading.Thread(target=watch.health, args=[visitors[0]]))
        for thread in threads:
            thread.start()
        time.sleep(5)
        load(files / "registrations-2.csv", files / "orders-2.csv")
        time.sleep(5)
        watch.over.set()
        for thread in threads:
            thread.join()
    finally:
        server.terminate()
        server.wait()
    watch.tell()
    if any(said.endswith("500") for said in watch.answers):
        print(log.read_text()[-20_000:])
        sys.exit(1)


def split(files: Path, known: int) -> None:
    """The first customers come in before; every other of their sales comes with the second load."""
    for name, earlier in (
        ("registrations", lambda row: int(row["external_id"][1:]) < known),
        ("orders", lambda row: int(row["phone"][-8:]) < known
            and int(row["external_id"].removesuffix("-R")) % 2),
    ):  # fmt: skip
        with (files / f"{name}.csv").open(newline="") as whole:
            reader = csv.DictReader(whole)
            with (
                (files / f"{name}-1.csv").open("w", newline="") as one,
                (files / f"{name}-2.csv").open("w", newline="") as two,
            ):
                writers = [csv.DictWriter(out, reader.fieldnames or ()) for out in (one, two)]
                for writer in writers:
                    writer.writeheader()
                for row in reader:
                    writers[not earlier(row)].writerow(row)


def load(registrations: Path, orders: Path) -> None:
    """Run the import in a process of its own, and print the seconds of each phase.

    What is said after the commit counts as a phase as well, so that the commit is seen alone.
    """
    began = at = time.monotonic()
    phases: list[tuple[str, float]] = []
    label = "Starting"
    with subprocess.Popen(
        [sys.executable, "manage.py", "import_history", "--registrations", registrations,
         "--orders", orders],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    ) as process:  # fmt: skip
        for line in process.stdout or ():
            now = re.sub(r" \d+ %$", "", line.strip())
            if now != label:
                phases.append((label, time.monotonic() - at))
                label, at = now, time.monotonic()
    phases.append((label, time.monotonic() - at))
    total = time.monotonic() - began
    print(f"import {total:.1f} s, exit {process.returncode}")
    for name, span in phases:
        print(f"  {span:7.1f} s {100 * span / total:4.0f} %  {name}")


class Watch:
    """What eight people and a balancer are answered, and how soon."""

    def __init__(self, customers: int) -> None:
        self.customers = customers
        self.over = threading.Event()
        self.answers: Counter[str] = Counter()
        self.captures: list[float] = []
        self.healths: list[float] = []
        self.numbers = iter(range(1, 10**8))
        self.random = random.Random(1)

    def register(self, visitor) -> None:
        """Every tenth customer is one of the files'."""
        while not self.over.wait(PAUSE):
            number = next(self.numbers)
            theirs = number % 10 == 0
            if theirs:
                number = 100_000_000 + self.random.randrange(self.customers)
            began = time.monotonic()
            try:
                answer = visitor.ask(visitor.request(number))
            except OSError as problem:
                answer = str(problem).encode()
            self.captures.append(time.monotonic() - began)
            said = answer[9:12].decode() or "none"
            if BUSY in answer.decode(errors="replace"):
                said += " told to wait"
            self.answers["of the file " * theirs + said] += 1

    def health(self, visitor) -> None:
        host = f"Host: 127.0.0.1:{visitor.port}\r\nConnection: close"
        while not self.over.wait(0.2):
            began = time.monotonic()
            answer = visitor.ask(f"GET /healthz HTTP/1.1\r\n{host}\r\n\r\n".encode())
            self.healths.append(time.monotonic() - began)
            self.answers[f"health {answer[9:12].decode()}"] += 1

    def tell(self) -> None:
        for name, spans in (("capture", self.captures), ("health", self.healths)):
            twentieth = statistics.quantiles(spans, n=20)
            print(
                f"{name}: {len(spans)}, p50 {statistics.median(spans):.3f} s,"
                f" p95 {twentieth[-1]:.3f} s, longest {max(spans):.3f} s"
            )
        for said, count in sorted(self.answers.items()):
            print(f"  {count:6} {said}")


if __name__ == "__main__":
    sys.exit(main())

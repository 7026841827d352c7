"""Run the measurements on a database of their own and print what came out."""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

from tests.environment import stand_apart

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "var" / "bench"
# Each part with the goals that it measures.
PARTS = {
    "capture": {3, 5},
    "web": {4},
    "fees": {8, 9, 10},
    "lists": {5, 13, 16},
    "boards": {5, 11, 12},
    "year": {18},
    "dispatch": {21, 22},
    "choices": {23},
    "papers": {24},
    "whatif": {25},
    "chains": {26},
    "packs": {27},
    "walls": {28, 29, 30},
}


def main() -> int:
    options = parse()
    stand_apart(DATA, "tests.bench.settings")
    import django

    django.setup()
    wanted = [
        name for name, goals in PARTS.items() if not options.only or goals & set(options.only)
    ]
    figures = []
    try:
        header = prepare()
        for name in wanted:
            figures += part(name, options)
    finally:
        clean(options.keep)
    show(header, figures, options)
    return 1 if any(figure["met"] == "failed" for figure in figures) else 0


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", type=int, nargs="*", metavar="GOAL", help="some goals by number")
    parser.add_argument("--quick", action="store_true", help="less data, three rounds")
    parser.add_argument(
        "--full", action="store_true",
        help="goal 10 with 10 million orders as well: half an hour, 15 GB",
    )  # fmt: skip
    parser.add_argument(
        "--year", type=Path, metavar="DIR",
        help="goal 18 with network.csv, registrations.csv, orders.csv and program.json of DIR",
    )  # fmt: skip
    parser.add_argument("--keep", action="store_true", help="leave var/bench as it is at the end")
    return parser.parse_args()


def prepare() -> list[str]:
    """A fresh server with an empty, migrated database; what the table says about the machine."""
    from django.core.management import call_command
    from django.db import connection, connections

    from config import translations
    from config.servers import embedded

    embedded.release(DATA)
    shutil.rmtree(DATA, ignore_errors=True)
    print("Preparing a database …", file=sys.stderr, flush=True)
    call_command("migrate", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    translations.compile_changed()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, setting FROM pg_settings WHERE name IN"
            " ('fsync', 'synchronous_commit', 'jit', 'shared_buffers', 'work_mem',"
            " 'server_version')"
        )
        settings = dict(cursor.fetchall())
    connections.close_all()
    buffers = int(settings["shared_buffers"]) * 8 // 1024
    return [
        f"{os.cpu_count()} cores, PostgreSQL {settings['server_version']}"
        f" (fsync {settings['fsync']}, synchronous_commit {settings['synchronous_commit']},"
        f" jit {settings['jit']}, shared_buffers {buffers} MB,"
        f" work_mem {int(settings['work_mem']) // 1024} MB)",
        f"Python {platform.python_version()}, Django {version('django')},"
        f" psycopg {version('psycopg')}, gunicorn {version('gunicorn')}",
    ]


def part(name: str, options: argparse.Namespace) -> list[dict]:
    """Run a part in a process and on a copy of the empty database; the figures it told."""
    print(f"{name} …", file=sys.stderr, flush=True)
    began = time.monotonic()
    database = f"bench_{name}"
    sql(f"CREATE DATABASE {database} TEMPLATE portal")
    from config.servers import embedded

    url = embedded.database_url(DATA).removesuffix("portal") + database
    command = [
        *(sys.executable, "-m", "tests.bench.part"),
        *(name, json.dumps(vars(options), default=str)),
    ]
    try:
        done = subprocess.run(
            command, cwd=ROOT, env={**os.environ, "DATABASE_URL": url},
            stdout=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    finally:
        dropped(database)
    figures = [
        json.loads(line.removeprefix("FIGURE "))
        for line in done.stdout.splitlines()
        if line.startswith("FIGURE ")
    ]
    if done.returncode:
        goals = ", ".join(map(str, sorted(PARTS[name])))
        figures.append(
            {
                "goal": goals, "text": f"{name}: ended with {done.returncode}, see above",
                "value": "-", "limits": "", "met": "failed", "detail": "",
            }
        )  # fmt: skip
    print(f"{name} {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return figures


def sql(statement: str) -> None:
    """Run a statement that no transaction may hold, outside the portal's own connections."""
    from django.db import connection, connections

    with connection.cursor() as cursor:
        cursor.execute(statement)
    connections.close_all()


def dropped(database: str) -> None:
    from django.db import connection, connections

    from dealers.database import drop_database

    with connection.cursor() as cursor:
        drop_database(cursor, database)
    connections.close_all()


def clean(keep: bool) -> None:
    from django.db import connections

    from config.servers import embedded

    connections.close_all()
    embedded.release(DATA)
    if not keep:
        shutil.rmtree(DATA, ignore_errors=True)


def show(header: list[str], figures: list[dict], options: argparse.Namespace) -> None:
    """The table: a goal per line, and below it how the figure came about."""
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    print(
        *header, f"load average at the end {load}" + (", quick" if options.quick else ""), sep="\n"
    )
    print()
    rows = [("goal", "what", "figure", "pass / stretch", "met")]
    rows += [
        (str(f["goal"]), f["text"], f["value"], f["limits"], f["met"]) for f in figures
    ]  # fmt: skip
    widths = [max(len(row[n]) for row in rows) for n in range(5)]
    for row, figure in zip(rows, [None, *figures], strict=True):
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip())
        if figure and figure["detail"]:
            print(" " * (widths[0] + 2) + figure["detail"])


if __name__ == "__main__":
    sys.exit(main())

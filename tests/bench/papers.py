"""Goal 24: the papers of a month of a thousand dealers, against as many empty pages."""

import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from dealers.months import previous_month
from dealers.paper import typeset
from incentives.models import Statement
from incentives.statements import files
from tests.bench import network
from tests.bench.imports import unlimited
from tests.bench.measure import (
    VOID_ABOVE,
    Figure,
    forget_memory,
    judge,
    memory,
    say,
    spread,
)

DEALERS, CUSTOMERS, ORDERS = 1_000, 20, 40  # customers and orders of one dealer, in two months
EMPTY = "<!doctype html><html lang='zh-Hans'><head><title>1</title></head><body>1</body></html>"
SHEETS = ("print",)  # of a statement in Chinese
PART = 100  # papers of which the time is taken together


def main(options: dict) -> None:
    with TemporaryDirectory(prefix="bench-") as made:
        close(Path(made), DEALERS // 10 if options["quick"] else DEALERS)
    keep_all()


def close(folder: Path, dealers: int) -> None:
    """A network with its customers' names and a closed month, through the portal's own imports."""
    first = previous_month(timezone.localdate().replace(day=1))
    shape = network.Shape(dealers / network.DEALERS, CUSTOMERS)
    shape.customers, shape.orders = dealers * CUSTOMERS, dealers * ORDERS
    shape.network(folder / "network.csv")
    shape.trade(folder / "registrations.csv", folder / "orders.csv", first)
    network.program(folder / "program.json", first)
    unlimited(folder / "program.json")
    began = time.monotonic()
    call_command("import_network", folder / "network.csv", verbosity=0)
    network.people(first)
    call_command("import_program", folder / "program.json", publish=True)
    call_command("import_history", registrations=folder / "registrations.csv",
                 orders=folder / "orders.csv")  # fmt: skip
    call_command("close_period", f"{first:%Y-%m}")
    say(f"… in {time.monotonic() - began:.0f} s")


def keep_all() -> None:
    """Make every paper in this process as a worker does, in turns with empty pages."""
    statements = list(Statement.objects.order_by("pk").values_list("pk", flat=True))
    language = settings.LANGUAGE_CODE
    typeset(EMPTY, SHEETS)  # loads the typesetter and its fonts
    files.keep_document(statements[0], language)
    forget_memory()
    before = memory()
    empty: list[float] = []
    ours: list[float] = []
    grown: list[float] = []
    for at in range(1, len(statements), PART):
        part = statements[at : at + PART]
        began = time.perf_counter()
        for _each in part:
            typeset(EMPTY, SHEETS)
        between = time.perf_counter()
        for statement in part:
            files.keep_document(statement, language)
        empty.append((between - began) / len(part))
        ours.append((time.perf_counter() - between) / len(part))
        grown.append(memory())
        say(f"{at + len(part) - 1} papers, {ours[-1] * 1000:.0f} ms each, {grown[-1]:.0f} MB")
    pages, size, lines = kept()
    count, peak = len(statements), grown[-1]
    void = max(empty) > VOID_ABOVE * min(empty)
    Figure(
        "24", f"{count:,} statements as PDF, each against an empty page",
        f"{median(ours) / median(empty):.1f}x", "", "void" if void else "",
        f"{sum(ours) / len(ours) * count:.0f} s in one process, {spread(ours)} each, empty"
        f" {spread(empty)}; {pages / count:.1f} pages and {lines / count:.0f} lines each,"
        f" {median(ours) * 1000 * count / pages:.0f} ms a page",
    ).tell()  # fmt: skip
    Figure(
        "24", "- memory of that process at most, by which a worker is replaced",
        f"{peak:.0f} MB", f"<= {limit():.0f} MB / <= {limit() / 2:.0f} MB",
        judge(peak, limit(), limit() / 2),
        f"{before:.0f} MB after the first, {grown[0]:.0f} MB after {PART}",
    ).tell()  # fmt: skip
    Figure(
        "24", "- size of a paper", f"{size / count / 1024:.0f} KB",
        detail=f"{size / 2**20:.0f} MB in all",
    ).tell()  # fmt: skip


def kept() -> tuple[int, int, int]:
    """Pages and bytes of all papers, and the lines that stand on them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(pages), sum(length(pdf)), (SELECT count(*) FROM incentives_line)"
            " FROM incentives_statementdocument"
        )
        return cursor.fetchone()


def limit() -> float:
    """At how many MB a worker's process is replaced by another."""
    return settings.CELERY_WORKER_MAX_MEMORY_PER_CHILD / 1024

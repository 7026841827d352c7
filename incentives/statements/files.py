"""Statements as files: a CSV of every line, the export of a month, and documents that are kept."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext_noop

from dealers import clock, months, outbox
from dealers.actor import Actor
from dealers.currencies import minor_unit
from dealers.models import Dealer
from dealers.spreadsheets import as_csv, write_csv
from incentives.earnings import adjusted
from incentives.earnings.lines import EarningLine
from incentives.earnings.results import in_several_plans
from incentives.engine import month as engine
from incentives.engine.scope import Scope
from incentives.models import (
    FIRST_ENGINE,
    Program,
    Result,
    Run,
    Statement,
    StatementDocument,
)
from incentives.statements import content, paper
from incentives.statements.content import Content

PATIENCE = timedelta(minutes=10)  # before a document that is not there is asked for again
_PRINTER = Actor.worker(gettext_noop("Statements"))  # as the access log names it
_AT_ONCE = 1000  # documents asked for again in one go


@dataclass
class _Row:
    """A component of a dealer in an export."""

    lines: int = 0
    base: Decimal = Decimal(0)
    amount: Decimal = Decimal(0)


def write_export(path: Path, month: date, at: datetime) -> int:
    """Write every dealer's components and total of a month as CSV; returns the number of rows.

    A month that is not closed is written as it stands at ``at``, in the state "estimated", with
    what its closing will add because something came back. Where several plans use a code, a last
    column names the plan. What people adjusted is a row of its own.
    """
    run = Run.objects.filter(month=month).first()
    state = "on_statement" if run else "estimated"
    by_dealer: dict[str, dict[tuple[str, str], _Row]] = defaultdict(lambda: defaultdict(_Row))
    if run:
        # One result is one row at most, so this list is as long as the export.
        results = Result.objects.filter(run=run).select_related(
            "component__version__plan", "dealer"
        )
        figures = [
            (r.dealer.code, r.component.version.plan.code, r.code, r.count, r.base, r.amount)
            for r in results.iterator()
        ]
    else:
        codes = dict(Dealer.objects.values_list("pk", "code"))
        figures = [
            (codes[e.dealer_id], e.component.version.plan.code, e.code, e.count, e.base, e.amount)
            for e in engine.estimate(Scope.of(month))
        ]
    for dealer, plan, code, lines, base, amount in figures:
        row = by_dealer[dealer][code, plan]
        row.lines, row.base, row.amount = row.lines + lines, row.base + base, row.amount + amount
    expected = {} if run else adjusted.expected_of_all(month, at)
    for (dealer, kind), amounts in (*adjusted.of_all(month).items(), *expected.items()):
        row = by_dealer[dealer][kind, ""]
        row.lines, row.amount = row.lines + len(amounts), row.amount + sum(amounts, Decimal(0))
    named = bool(in_several_plans((plan, code) for _, plan, code, *_ in figures))
    money = minor_units(Program.current().currency)
    columns = ["dealer_code", "component", "lines", "base", "amount", "state"]
    rows: list[list[Any]] = [[*columns, "plan"] if named else columns]
    for dealer, components in sorted(by_dealer.items()):
        total = _Row()
        for (code, plan), row in sorted(components.items()):
            cells = [dealer, code, row.lines, money(row.base), money(row.amount), state]
            rows.append([*cells, plan] if named else cells)
            total.lines += row.lines
            total.base += row.base
            total.amount += row.amount
        cells = [dealer, "TOTAL", total.lines, money(total.base), money(total.amount), state]
        rows.append([*cells, ""] if named else cells)
    with path.open("w", newline="", encoding="utf-8") as file:
        return write_csv(file, rows) - 1


CSV_COLUMNS = (
    "statement", "component", "for_month", "date", "kind", "reference", "base", "rate", "share",
    "before_cap", "amount",
)  # fmt: skip


def statement_csv(statement: Statement) -> bytes:
    """Every line of a statement as CSV. The column ``amount`` adds up to the statement.

    A month that is paid as a whole has its amount in a row of the kind ``month``, an adjustment in
    one of the kind ``adjustment`` and what a board gave in one of the kind ``reward``, with its
    number as the reference. What is held has no amount;
    two more columns say what it would be, and which case holds it. No personal data: the bytes are
    the same for ever, and their SHA-256 is on the PDF. Raises StatementMismatch.
    """
    return as_csv(csv_rows(statement)).encode()


def csv_rows(statement: Statement) -> list[tuple[Any, ...]]:
    """The rows of ``statement_csv``, the header first. Raises StatementMismatch."""
    return _with_plans(content.read(statement))


def _with_plans(read: Content) -> list[tuple[Any, ...]]:
    """The rows, with the plan where a code alone would not say which, and what is held at last."""
    # Statements of the first engine keep their bytes: their hash is on paper.
    named = read.statement.run.engine > FIRST_ENGINE and any(
        category.key != category.code for category in read.categories
    )
    rows = [(*CSV_COLUMNS, "plan"), *_csv_rows(read)]
    if not named:
        rows = [row[:-1] for row in rows]
    if not read.held:
        return rows
    held = [
        (*(row if named else row[:-1]), minor_units(read.statement.currency)(line.amount), by.code)
        for by in read.held
        for line in by.lines
        for row in [_csv_row(read, line, "held")]
    ]
    return [(*rows[0], "held", "case"), *((*row, "", "") for row in rows[1:]), *held]


def _csv_rows(read: Content) -> Iterator[tuple[Any, ...]]:
    number, money = read.statement.number, minor_units(read.statement.currency)
    for line in read.lines:
        yield _csv_row(read, line, line.order.kind if line.order else "registration")
    for share in read.tiered:
        yield (
            *(number, share.code, months.key(share.for_month), read.statement.run.month, "month"),
            *("", money(share.base), "", "", money(share.uncapped), money(share.amount)),
            share.plan,
        )
    month = months.key(read.statement.run.month)
    for each in read.adjustments:
        yield (
            *(number, each.kind, month, each.day, each.kind, each.code),
            *("", "", "", "", money(each.amount), ""),
        )


def _csv_row(read: Content, line: EarningLine, kind: str) -> tuple[Any, ...]:
    money = minor_units(read.statement.currency)
    return (
        *(read.statement.number, line.code, months.key(line.for_month)),
        *(line.day, kind, line.reference),
        *(money(line.base), line.rate, line.share),
        *(money(line.uncapped), None if line.held else money(line.amount), line.plan),
    )


def minor_units(currency: str) -> Callable[[Decimal | None], Decimal | None]:
    """What writes an amount with the decimals of a currency, however many it was stored with."""
    unit = minor_unit(currency)
    return lambda amount: None if amount is None else amount.quantize(unit)


def missing_documents(
    run_id: int | None = None, issued_before: datetime | None = None
) -> Iterator[tuple[int, str]]:
    """Statement and language of the documents that should be there and are not.

    Every statement has one in the portal's own language, unless all are made when they are asked
    for, as those in other languages always are.
    """
    if not settings.PORTAL_PAPERS_AHEAD:
        return
    language = settings.LANGUAGE_CODE
    missing = Statement.objects.exclude(documents__language=language).order_by("pk")
    if run_id is not None:
        missing = missing.filter(run=run_id)
    if issued_before is not None:
        missing = missing.filter(issued_at__lt=issued_before)[:_AT_ONCE]
    for pk in missing.values_list("pk", flat=True):
        yield pk, language


def ask_for_document(
    statement: Statement,
    language: str,
    *,
    site: str,
    by: Actor,  # noqa: ARG001 -- as all that changes something
    at: datetime,
) -> None:
    """Have the worker make a statement's PDF before all others, once however often it is asked.

    ``site`` is the address of the portal for the paper's link.
    """
    clock.must_record()
    # Where the cache forgets, it is asked for again, and what is there already is not made twice.
    if cache.add(f"document:{statement.pk}:{language}", 1, PATIENCE.total_seconds()):
        outbox.add("incentives.tasks.render_asked_for", statement.pk, language, site, at=at)


def keep_document(statement_id: int, language: str, site: str = "") -> StatementDocument:
    """Make and keep a statement's PDF; the one that is there already is returned as it is.

    ``site`` is the address of the portal, if it is not the one of the settings. Raises
    StatementMismatch.
    """
    kept = StatementDocument.objects.filter(statement=statement_id, language=language)
    found = kept.first()
    if found:
        return found
    statement = Statement.objects.select_related("run", "dealer").get(pk=statement_id)
    pdf, pages, lines = _render(statement, language, site)
    # Two workers may have made it at once: the first one's is kept.
    StatementDocument.objects.bulk_create(
        [
            StatementDocument(
                statement=statement,
                language=language,
                pdf=pdf,
                sha256=hashlib.sha256(pdf).hexdigest(),
                pages=pages,
                lines_sha256=lines,
            )
        ],
        ignore_conflicts=True,
    )
    return kept.get()


def document(statement: Statement, language: str) -> bytes:
    """The statement as a tagged PDF on A4, in one language. Raises StatementMismatch."""
    return _render(statement, language, "")[0]


def _render(statement: Statement, language: str, site: str) -> tuple[bytes, int, str]:
    """The paper, how many pages it has, and the SHA-256 of the lines, which stands on it."""
    read = content.read(statement, by=_PRINTER)
    digest = hashlib.sha256(as_csv(_with_plans(read)).encode()).hexdigest()
    pdf, pages = paper.render(read, digest, language, site or settings.PORTAL_ADDRESS)
    return pdf, pages, digest

"""Statements: what a dealer earned in a closed month, as figures, CSV and PDF.

All of them are read from the stored results and lines. Before anything is handed out, the lines,
the categories, the headline and the books are added up again and have to agree to the cent.
"""

import csv
import functools
import hashlib
import io
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

import segno
from django.conf import settings
from django.contrib.staticfiles import finders
from django.db import connection
from django.template.loader import render_to_string
from django.utils import formats, timezone, translation
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from customers.models import OrderKind
from dealers.models import Dealer
from incentives import accrual, earnings
from incentives.accrual import Scope, next_month
from incentives.earnings import Category, EarningLine, Share
from incentives.explanation import count, money, month_name, percent
from incentives.models import (
    Base,
    Entry,
    Kind,
    PlanVersion,
    Program,
    Result,
    Run,
    Statement,
    StatementDocument,
)

# Above this many lines the paper sums them up by day; the CSV has every one.
MOST_LINES = 2000
PATIENCE = timedelta(minutes=10)  # before a document that is not there is asked for again
_AT_ONCE = 1000  # documents asked for again in one go


class StatementMismatch(Exception):
    """Lines, results, books and headline of a statement do not agree; nothing may be issued."""


def issue(run: Run) -> int:
    """Issue a statement to every dealer with results or a balance to carry; returns how many.

    What a dealer owes is carried over until later months make up for it. Raises StatementMismatch
    if the totals differ from the lines or from the books.
    """
    params: dict[str, Any] = {
        "run": run.pk,
        "month": run.month,
        "name": f"{run.month:%Y-%m}",
        "currency": Program.current().currency,
        "issued_at": run.closed_at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_ISSUE, params)
    wrong = mismatches(run)
    if wrong:
        raise StatementMismatch(f"{run}: {'; '.join(wrong[:5])}")
    return run.statements.count()


_ISSUE = """
WITH totals AS (
    SELECT dealer_id, sum(amount) AS total FROM incentives_result WHERE run_id = %(run)s GROUP BY 1
),
carried AS (
    SELECT DISTINCT ON (s.dealer_id) s.dealer_id, s.closing
    FROM incentives_statement s JOIN incentives_run r ON r.id = s.run_id
    WHERE r.month < %(month)s
    ORDER BY s.dealer_id, r.month DESC
),
figures AS (
    SELECT dealer_id, coalesce(closing, 0) AS opening, coalesce(total, 0) AS total
    FROM totals FULL JOIN carried USING (dealer_id)
    WHERE total IS NOT NULL OR closing <> 0
)
INSERT INTO incentives_statement
    (number, run_id, dealer_id, journal_id, currency, opening, total, payable, closing, code,
    issued_at)
SELECT 'ST-' || %(name)s || '-' || d.code, %(run)s, f.dealer_id, j.id, %(currency)s,
    f.opening, f.total, greatest(f.opening + f.total, 0), least(f.opening + f.total, 0),
    regexp_replace(upper(left(replace(gen_random_uuid()::text, '-', ''), 16)),
        '(....)(....)(....)(....)', '\\1-\\2-\\3-\\4'),
    %(issued_at)s
FROM figures f
JOIN dealers_dealer d ON d.id = f.dealer_id
LEFT JOIN incentives_journal j ON j.key = 'close:' || %(name)s || ':' || d.code
"""


def mismatches(run: Run) -> list[str]:
    """Statements of a run whose headline is not the sum of its lines, its results or its books."""
    with connection.cursor() as cursor:
        cursor.execute(_MISMATCHES, {"run": run.pk})
        return [
            f"{number}: statement {total}, results {results}, lines {lines}, books {books}"
            for number, total, results, lines, books in cursor.fetchall()
        ]


# A tiered result has its amount from the month as a whole: its lines agree by their base.
_MISMATCHES = """
WITH by_result AS (
    SELECT r.dealer_id, r.amount, r.base, l.amount AS line_amount, l.base AS line_base
    FROM incentives_result r
    LEFT JOIN (
        SELECT e.result_id, sum(e.amount) AS amount, sum(e.base) AS base
        FROM incentives_line e JOIN incentives_result x ON x.id = e.result_id
        WHERE x.run_id = %(run)s GROUP BY 1
    ) l ON l.result_id = r.id
    WHERE r.run_id = %(run)s
),
earned AS (
    SELECT dealer_id, sum(amount) AS results, sum(coalesce(line_amount, amount)) AS lines,
        bool_and(line_base IS NOT DISTINCT FROM base) AS bases_agree
    FROM by_result GROUP BY 1
),
books AS (
    SELECT a.dealer_id, sum(e.amount) AS amount
    FROM incentives_entry e
    JOIN incentives_journal j ON j.id = e.journal_id
    JOIN incentives_account a ON a.id = e.account_id AND a.kind = 'payable'
    WHERE j.run_id = %(run)s GROUP BY 1
)
SELECT coalesce(s.number, 'dealer ' || dealer_id), s.total, e.results, e.lines, b.amount
FROM (SELECT * FROM incentives_statement WHERE run_id = %(run)s) s
FULL JOIN earned e USING (dealer_id)
FULL JOIN books b USING (dealer_id)
WHERE s.number IS NULL OR s.total <> coalesce(e.results, 0) OR s.total <> coalesce(e.lines, 0)
    OR s.total <> coalesce(b.amount, 0) OR NOT coalesce(e.bases_agree, true)
ORDER BY 1
"""


@dataclass
class _Row:
    """A component of a dealer in an export."""

    lines: int = 0
    base: Decimal = Decimal(0)
    amount: Decimal = Decimal(0)


def write_export(path: Path, month: date) -> int:
    """Write every dealer's components and total of a month as CSV; returns the number of rows.

    A month that is not closed is written as it stands now, in the state "estimated".
    """
    run = Run.objects.filter(month=month).first()
    state = "on_statement" if run else "estimated"
    by_dealer: dict[str, dict[str, _Row]] = defaultdict(lambda: defaultdict(_Row))
    if run:
        # One result is one row at most, so this list is as long as the export.
        results = Result.objects.filter(run=run).select_related("component", "dealer")
        figures = [(r.dealer.code, r.code, r.count, r.base, r.amount) for r in results.iterator()]
    else:
        codes = dict(Dealer.objects.values_list("pk", "code"))
        figures = [
            (codes[e.dealer_id], e.code, e.count, e.base, e.amount)
            for e in accrual.estimate(Scope.of(month))
        ]
    for dealer, code, lines, base, amount in figures:
        row = by_dealer[dealer][code]
        row.lines, row.base, row.amount = row.lines + lines, row.base + base, row.amount + amount
    written = 0
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["dealer_code", "component", "lines", "base", "amount", "state"])
        for dealer, rows in sorted(by_dealer.items()):
            total = _Row()
            for code, row in sorted(rows.items()):
                out.writerow([dealer, code, row.lines, row.base, row.amount, state])
                total.lines += row.lines
                total.base += row.base
                total.amount += row.amount
            out.writerow([dealer, "TOTAL", total.lines, total.base, total.amount, state])
            written += len(rows) + 1
    return written


@dataclass
class Content:
    """A statement with everything that is on it, added up and found to agree."""

    statement: Statement
    categories: list[Category]
    lines: list[EarningLine]
    earned: Decimal = Decimal(0)
    deducted: Decimal = Decimal(0)
    versions: list[PlanVersion] = field(default_factory=list)

    @property
    def tiered(self) -> list[Share]:
        """The months that are paid as a whole: their amount is theirs, not their lines'."""
        return [s for category in self.categories for s in category.shares if s.tiered]


def content(statement: Statement) -> Content:
    """Read a statement's lines and categories. Raises StatementMismatch if sums differ."""
    month, dealer = statement.run.month, statement.dealer
    shares = earnings.month_shares(dealer, month)
    lines = earnings.lines(dealer, month, statement.run.closed_at, size=None).lines[::-1]
    read = Content(statement, earnings.categories(shares), lines)
    amounts = [line.amount for line in lines if line.amount is not None]
    amounts += [share.amount for share in read.tiered]
    read.earned = sum((amount for amount in amounts if amount > 0), Decimal(0))
    read.deducted = sum((amount for amount in amounts if amount < 0), Decimal(0))
    versions = {share.component.version_id: share.component.version for share in shares}
    read.versions = sorted(versions.values(), key=lambda v: (v.plan.code, v.number))
    booked = Entry.objects.filter(journal=statement.journal, account__dealer=dealer)
    sums = {
        "statement": statement.total,
        "lines": read.earned + read.deducted,
        "categories": sum((category.amount for category in read.categories), Decimal(0)),
        "books": sum((entry.amount for entry in booked), Decimal(0)),
    }
    if len(set(sums.values())) > 1 or len(lines) != sum(c.count for c in read.categories):
        raise StatementMismatch(f"{statement}: {sums}, {len(lines)} lines")
    return read


CSV_COLUMNS = (
    "statement", "component", "for_month", "date", "kind", "reference", "base", "rate", "share",
    "before_cap", "amount",
)  # fmt: skip


def statement_csv(statement: Statement) -> bytes:
    """Every line of a statement as CSV. The column ``amount`` adds up to the statement.

    A month that is paid as a whole has its amount in a row of the kind ``month``. No personal data:
    the bytes are the same for ever, and their SHA-256 is on the PDF. Raises StatementMismatch.
    """
    return _csv(content(statement))


def _csv(read: Content) -> bytes:
    text = io.StringIO()
    out = csv.writer(text)
    out.writerow(CSV_COLUMNS)
    number = read.statement.number
    for line in read.lines:
        kind = line.order.kind if line.order else "registration"
        out.writerow(
            [
                *(number, line.code, f"{line.for_month:%Y-%m}", _line_day(line), kind),
                *(_harmless(line.reference), line.base, line.rate, line.share),
                *(line.uncapped, line.amount),
            ]
        )
    for share in read.tiered:
        out.writerow(
            [
                *(number, share.code, f"{share.for_month:%Y-%m}", read.statement.run.month),
                *("month", "", share.base, "", "", share.uncapped, share.amount),
            ]
        )
    return text.getvalue().encode("utf-8-sig")


def _line_day(line: EarningLine) -> date:
    if line.order is not None:
        return line.order.owned_on or line.order.placed_on
    return line.registration.received_on if line.registration else line.at.date()


def _harmless(cell: str) -> str:
    """A text that a spreadsheet does not take for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def missing_documents(
    run_id: int | None = None, older_than: timedelta | None = None
) -> Iterator[tuple[int, str]]:
    """Statement and language of the documents that should be there and are not.

    Every statement has one in the portal's own language; others are made when they are asked for.
    """
    language = settings.LANGUAGE_CODE
    missing = Statement.objects.exclude(documents__language=language).order_by("pk")
    if run_id is not None:
        missing = missing.filter(run=run_id)
    if older_than is not None:
        missing = missing.filter(issued_at__lt=timezone.now() - older_than)[:_AT_ONCE]
    for pk in missing.values_list("pk", flat=True):
        yield pk, language


def keep_document(statement_id: int, language: str) -> StatementDocument:
    """Make and keep a statement's PDF; the one that is there already is returned as it is.

    Raises StatementMismatch.
    """
    kept = StatementDocument.objects.filter(statement=statement_id, language=language)
    found = kept.first()
    if found:
        return found
    statement = Statement.objects.select_related("run", "dealer").get(pk=statement_id)
    pdf, pages = _render(statement, language)
    # Two workers may have made it at once: the first one's is kept.
    StatementDocument.objects.bulk_create(
        [
            StatementDocument(
                statement=statement,
                language=language,
                pdf=pdf,
                sha256=hashlib.sha256(pdf).hexdigest(),
                pages=pages,
            )
        ],
        ignore_conflicts=True,
    )
    return kept.get()


def document(statement: Statement, language: str) -> bytes:
    """The statement as a tagged PDF on A4, in one language. Raises StatementMismatch."""
    return _render(statement, language)[0]


def _render(statement: Statement, language: str) -> tuple[bytes, int]:
    # Loading the typesetter takes a second that other work need not wait for.
    from weasyprint import CSS, HTML  # noqa: PLC0415

    with translation.override(language):
        html = render_to_string("pdf/statement.html", paper(content(statement)))
        names = ["print-fonts", "print"] + (["print-en"] if language == "en" else [])
        sheets = [CSS(filename=finders.find(f"css/{n}.css"), font_config=_fonts()) for n in names]
        laid_out = HTML(string=html).render(
            stylesheets=sheets, font_config=_fonts(), pdf_variant="pdf/ua-1", pdf_tags=True
        )
        return laid_out.write_pdf(pdf_variant="pdf/ua-1", pdf_tags=True), len(laid_out.pages)


@functools.cache
def _fonts() -> object:
    from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415

    return FontConfiguration()


@dataclass(frozen=True)
class PaperLine:
    """A row of the paper's list of lines, as text but for the amount."""

    day: str
    name: str
    about: str
    base: str
    rate: str
    share: str
    amount: Decimal | None


def paper(read: Content) -> dict[str, Any]:
    """What the PDF says, in the current language."""
    statement = read.statement
    currency = statement.currency
    address = f"{settings.PORTAL_ADDRESS}{statement.get_absolute_url()}"
    every = len(read.lines) <= MOST_LINES
    return {
        "issuer": settings.PORTAL_NAME or _("Dealer Portal"),
        "statement": statement,
        "dealer": statement.dealer,
        "month": month_name(statement.run.month),
        "first_day": statement.run.month,
        "last_day": next_month(statement.run.month) - timedelta(days=1),
        "currency": currency,
        "read": read,
        "versions": ", ".join(str(version) for version in read.versions),
        "categories": [
            (c, _base_text(c.component.base, c.base, currency)) for c in read.categories
        ],
        "tiered": [(share, share.explain(currency)) for share in read.tiered],
        "every": every,
        "most": MOST_LINES,
        "lines": _each(read, currency) if every else _by_day(read, currency),
        "line_count": len(read.lines),
        "digest": hashlib.sha256(_csv(read)).hexdigest(),
        "address": address,
        "qr": _qr_code(address),
    }


def _base_text(base: str, value: Decimal, currency: str) -> str:
    return money(value, currency) if base == Base.NET else count(value)


def _each(read: Content, currency: str) -> list[PaperLine]:
    rows = [_paper_line(line, currency) for line in read.lines]
    return rows + [_month_row(share, read.statement, currency) for share in read.tiered]


def _paper_line(line: EarningLine, currency: str) -> PaperLine:
    rate = ""
    if line.rate is not None:
        is_share = line.component.kind == Kind.PERCENT
        rate = percent(line.rate) if is_share else money(line.rate, currency)
    name = line.name
    if line.order is not None and line.order.kind == OrderKind.RETURN:
        name = _("%(name)s, return") % {"name": name}
    return PaperLine(
        day=formats.date_format(_line_day(line), "m-d"),
        name=name,
        about=" · ".join(filter(None, [_masked(line.customer), line.reference])),
        base=_base_text(line.component.base, line.base, currency),
        rate=rate,
        share="" if line.share is None else percent(line.share),
        amount=line.amount,
    )


def _masked(name: str) -> str:
    """The first character of a name; a number is masked where it comes from."""
    return name if "*" in name or not name else f"{name[0]}**"


def _month_row(share: Share, statement: Statement, currency: str) -> PaperLine:
    return PaperLine(
        day=formats.date_format(next_month(statement.run.month) - timedelta(days=1), "m-d"),
        name=share.name,
        about=_("%(month)s as a whole, %(count)d lines") % {
            "month": month_name(share.for_month), "count": share.count
        },
        base=money(share.base, currency),
        rate="",
        share="",
        amount=share.amount,
    )  # fmt: skip


def _by_day(read: Content, currency: str) -> list[PaperLine]:
    def key(line: EarningLine) -> tuple[date, str, date]:
        return _line_day(line), line.code, line.for_month

    rows = []
    for (day, _code, _month), group in groupby(sorted(read.lines, key=key), key=key):
        lines = list(group)
        amounts = [line.amount for line in lines if line.amount is not None]
        base = sum((line.base for line in lines), Decimal(0))
        rows.append(
            PaperLine(
                day=formats.date_format(day, "m-d"),
                name=lines[0].name,
                about=_("%(count)d lines") % {"count": len(lines)},
                base=_base_text(lines[0].component.base, base, currency),
                rate="",
                share="",
                amount=sum(amounts, Decimal(0)) if amounts else None,
            )
        )
    return rows + [_month_row(share, read.statement, currency) for share in read.tiered]


def _qr_code(url: str) -> SafeString:
    svg = segno.make(url, error="m", micro=False).svg_inline(
        omitsize=True, lineclass=None, border=0, dark="#16222B", title=url
    )
    return mark_safe(svg)  # noqa: S308 -- drawn by the QR library, the address is only in its dots

"""What stands on a statement's paper, and the PDF made of it."""

import functools
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

import segno
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils import formats, translation
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from customers.models import OrderKind
from incentives.accrual import next_month
from incentives.earnings import EarningLine, Share
from incentives.explanation import count, money, month_name, percent
from incentives.models import Base, Kind, Statement
from incentives.statements.content import Content, line_day

# Above this many lines the paper sums them up by day; the CSV has every one.
MOST_LINES = 2000


def render(read: Content, digest: str, language: str) -> tuple[bytes, int]:
    """A statement as a tagged PDF on A4 in one language, and its number of pages."""
    # Loading the typesetter takes a second that other work need not wait for.
    from weasyprint import CSS, HTML  # noqa: PLC0415

    with translation.override(language):
        html = render_to_string("pdf/statement.html", context(read, digest))
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


def context(read: Content, digest: str) -> dict[str, Any]:
    """What the PDF says, in the current language; ``digest`` is the SHA-256 of its CSV."""
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
        "digest": digest,
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
        day=formats.date_format(line_day(line), "m-d"),
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
        return line_day(line), line.code, line.for_month

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

"""What stands on a statement's paper, and the PDF made of it."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import formats, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.models import OrderKind
from dealers import months
from dealers.models import FactKind
from dealers.months import next_month
from dealers.paper import in_groups, issuer, qr_code, typeset
from dealers.receipts.holding import Receipt, receipt_of
from dealers.words import NONE, aside, count, exact_money, exact_percent, mask_name, rounded
from incentives.disputes.deadlines import TERMS
from incentives.earnings.adjusted import Adjusted
from incentives.earnings.lines import EarningLine
from incentives.earnings.results import ComponentShare
from incentives.models import SHARES, Base, Statement
from incentives.statements.content import Content

MOST_STORES = 4
# Above this many lines the paper sums them up by day; the CSV has every one.
MOST_LINES = 2000


def render(read: Content, digest: str, language: str, site: str) -> tuple[bytes, int]:
    """A statement as a tagged PDF on A4 in one language, and its number of pages.

    PDF/A-2a, so that it can be kept and reads the same in years: fonts and colours are in it.
    ``site`` is the address of the portal that its link and QR code carry.
    """
    with translation.override(language):
        html = render_to_string("pdf/statement.html", context(read, digest, site))
        style_sheets = ["print"] + (["print-en"] if language == "en" else [])
        return typeset(html, style_sheets, variant="pdf/a-2a")


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


def context(read: Content, digest: str, site: str) -> dict[str, Any]:
    """What the PDF says, in the current language; ``digest`` is the SHA-256 of its CSV."""
    statement = read.statement
    currency = statement.currency
    address = f"{site}{statement.get_absolute_url()}"
    every = len(read.lines) <= MOST_LINES
    return {
        "issuer": issuer(),
        "contact": settings.PORTAL_CONTACT or _("your contact at headquarters"),
        "statement": statement,
        "dealer": statement.dealer,
        "stores": _stores(statement),
        "month": months.name(statement.run.month),
        "first_day": statement.run.month,
        "last_day": next_month(statement.run.month) - timedelta(days=1),
        "currency": currency,
        "read": read,
        "versions": _(", ").join(str(version) for version in read.versions),
        "categories": [
            (c, _base_text(c.component.base, c.base, currency)) for c in read.categories
        ],
        "tiered": [(share, share.explain(currency)) for share in read.tiered],
        "every": every,
        "most": MOST_LINES,
        "lines": [
            *(_each(read, currency) if every else _by_day(read, currency)),
            *map(_adjustment_row, read.adjustments),
        ],
        "held": [(by, [_paper_line(line, currency) for line in by.lines]) for by in read.held],
        "disputable_days": TERMS.open_days,
        "line_count": len(read.lines) + len(read.adjustments),
        "digest": in_groups(digest),
        "address": address,
        "qr": qr_code(address),
        "receipt": _receipt(statement),
    }


def _receipt(statement: Statement) -> Receipt | None:
    """The receipt of the statement in its dealer's chain, as far as there is one by now."""
    return receipt_of(
        FactKind.STATEMENT, statement.dealer_id, statement.pk, statement.number,
        since=statement.issued_at, at=statement.issued_at,
    )  # fmt: skip


def _stores(statement: Statement) -> str:
    """The dealer's stores; of many the first ones, and how many more there are."""
    stores = list(statement.dealer.stores.order_by("code")[: MOST_STORES + 1])
    named = _(", ").join(f"{store.name}{aside(store.code)}" for store in stores[:MOST_STORES])
    if len(stores) <= MOST_STORES:
        return named or NONE
    more = statement.dealer.stores.count() - MOST_STORES
    return ngettext("%(named)s and %(more)d more", "%(named)s and %(more)d more", more) % {
        "named": named,
        "more": more,
    }


def _base_text(base: str, value: Decimal, currency: str) -> str:
    return exact_money(value, currency) if base == Base.NET else count(rounded(value, 2))


def _each(read: Content, currency: str) -> list[PaperLine]:
    rows = [_paper_line(line, currency) for line in read.lines]
    return rows + [_month_row(share, read.statement, currency) for share in read.tiered]


def _paper_line(line: EarningLine, currency: str) -> PaperLine:
    rate = ""
    if line.rate is not None:
        is_share = line.component.kind in SHARES
        rate = exact_percent(line.rate) if is_share else exact_money(line.rate, currency)
    name = line.name
    if line.order is not None and line.order.kind == OrderKind.RETURN:
        name = _("%(name)s, return") % {"name": name}
    return PaperLine(
        day=formats.date_format(line.day, "m-d"),
        name=name,
        about=" · ".join(filter(None, [_masked(line.customer), line.named])),
        base=_base_text(line.component.base, line.base, currency),
        rate=rate,
        share="" if line.share is None else exact_percent(line.share),
        amount=line.amount,
    )


def _masked(name: str) -> str:
    """A name masked; a number is masked where it comes from."""
    return name if "*" in name else mask_name(name)


def _month_row(share: ComponentShare, statement: Statement, currency: str) -> PaperLine:
    return PaperLine(
        day=formats.date_format(next_month(statement.run.month) - timedelta(days=1), "m-d"),
        name=share.name,
        about=_("%(month)s as a whole, %(count)d lines") % {
            "month": months.name(share.for_month), "count": share.count
        },
        base=exact_money(share.base, currency),
        rate="",
        share="",
        amount=share.amount,
    )  # fmt: skip


def _adjustment_row(each: Adjusted) -> PaperLine:
    return PaperLine(
        day=formats.date_format(each.day, "m-d"),
        name=each.name,
        about=f"{each.code} · {each.reason}",
        base="",
        rate="",
        share="",
        amount=each.amount,
    )


def _by_day(read: Content, currency: str) -> list[PaperLine]:
    def key(line: EarningLine) -> tuple[date, str, str, date]:
        return line.day, line.code, line.plan, line.for_month

    rows = []
    for (day, *_rest), group in groupby(sorted(read.lines, key=key), key=key):
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

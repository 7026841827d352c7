"""A dealer's month as a sheet to work with: every line in the reader's words, and the total.

Beside it a closed month has its statement's CSV, whose bytes never change.
"""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from dealers import months
from dealers.actor import Actor
from dealers.currencies import minor_unit
from dealers.models import Dealer
from dealers.spreadsheets import Percentage
from incentives.earnings import adjusted, held
from incentives.earnings.lines import EarningLine, lines
from incentives.earnings.results import shares_of, source_of
from incentives.engine.files import plain
from incentives.estimates import Estimate
from incentives.explanation import gates
from incentives.models import SHARES, Base, Program, Run
from incentives.payouts import progress
from incentives.payouts.progress import Progress

FIELDS = "name, order, amount"  # the personal data in it, for the access log


def length(dealer: Dealer, month: date, at: datetime) -> int:
    """How many lines the sheet has."""
    return sum(share.count for share in shares_of(source_of(dealer, month, at), dealer))


def rows(dealer: Dealer, month: date, at: datetime, *, by: Actor) -> Iterator[list[Any]]:
    """The sheet of a month, booked or as it stands at ``at``: a header, the lines, the total."""
    source = source_of(dealer, month, at)
    unit = minor_unit(Program.current().currency)
    yield [
        _("Day"),
        _("Category"),
        _("For the month"),
        _("What"),
        _("Customer"),
        _("Number"),
        pgettext("of an amount", "Base"),
        _("Rate"),
        _("Share"),
        _("Before the cap"),
        _("Amount"),
        _("State"),
    ]
    total = Decimal(0)
    for line in lines(dealer, month, at, source=source, size=None, by=by).lines[::-1]:
        total += line.amount or 0
        yield _line(line, unit)
    for share in shares_of(source, dealer):
        if share.tiered:
            total += share.amount
            yield [
                None, share.name, months.key(share.for_month), _("The whole month"), "", "",
                share.base.quantize(unit), None, None, share.uncapped.quantize(unit),
                share.amount.quantize(unit), _state(source),
            ]  # fmt: skip
    for each in adjusted.of_month(dealer, month) + adjusted.expected(dealer, source):
        total += each.amount
        yield [
            each.day, each.name, months.key(month), each.reason, "", each.code, None, None,
            None, None, each.amount.quantize(unit),
            _("confirmed") if each.code else _("estimated"),
        ]  # fmt: skip
    for by_case in held.of_month(dealer, month, source, at, by=by):
        for line in by_case.lines:
            yield _held_line(line, unit)
    yield [_("Total"), *[""] * 9, total.quantize(unit), _state(source)]
    if isinstance(source, Run):
        yield from settlement(progress.of_statement(dealer, source, at), unit)


def settlement(way: Progress, unit: Decimal) -> Iterator[list[Any]]:
    """What the statement makes of the total, which stands above it, and its payment."""
    statement = way.statement
    if statement is None:
        return
    figures = [
        (_("Of it, taken back of what was paid"), statement.clawback),
        (_("Carried over"), statement.opening),
        (_("Never paid, so not taken off"), statement.set_off),
        (_("Carried forward"), statement.closing),
    ]
    for name, amount in figures:
        if amount:
            yield [name, *[""] * 9, amount.quantize(unit), ""]
    yield [_("To be paid"), *[""] * 9, statement.payable.quantize(unit), ""]
    if way.left.held:
        yield [_("Of that held, in dispute"), *[""] * 9, way.left.held.quantize(unit), ""]
    if way.left.never:
        yield [_("Of that never paid, as decided"), *[""] * 9, way.left.never.quantize(unit), ""]
    for each in way.arrived:
        yield [
            pgettext("payment", "Paid"), *[""] * 4, each.reference, *[""] * 4,
            each.amount.quantize(unit), _("Paid %(day)s") % {"day": each.bank_on},
        ]  # fmt: skip


def _line(line: EarningLine, unit: Decimal) -> list[Any]:
    percent = line.component.kind in SHARES
    rate = (
        None if line.rate is None else Percentage(line.rate) if percent else plain(line.rate, unit)
    )
    amounts = [line.uncapped, line.amount]
    return [
        line.day,
        line.name,
        months.key(line.for_month),
        _what(line),
        line.customer,
        line.named,
        line.base.quantize(unit) if line.component.base == Base.NET else line.base,
        rate,
        None if line.share is None else Percentage(line.share),
        *(amount if amount is None else amount.quantize(unit) for amount in amounts),
        gates.short(line.closed_gate, line.component)
        if line.closed_gate
        else (_("confirmed") if line.confirmed else _("estimated")),
    ]


def _held_line(line: EarningLine, unit: Decimal) -> list[Any]:
    """What is held, with what it would be before the cap, and nothing that adds to the total."""
    cells = _line(line, unit)
    return [*cells[:-2], None, _("held by case %(code)s") % {"code": line.held}]


def _what(line: EarningLine) -> str:
    if line.order is None:
        return _("Registration")
    return _("Return") if line.is_return else _("Sale")


def _state(source: Run | Estimate) -> str:
    return _("confirmed") if isinstance(source, Run) else _("estimated")

"""A few figures of stores with their change and their months: for the desk, and for a report."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from dealers.months import Span
from incentives.desk import region
from incentives.desk.region import MonthFigures, StoreFigures
from incentives.models import Metric

type Value = Decimal | int | None


@dataclass(frozen=True, slots=True)
class Card:
    """A figure of a span and its change against the days before.

    ``kind`` says how both are written: ``of`` is a count out of ``of`` with a difference, ``count``
    one with a share, ``share`` a share with points. ``values`` are the months, oldest first.
    """

    name: str
    kind: str
    value: Value
    change: Value
    values: Sequence[Value]
    of: int = 0


def of_stores(
    rows: Iterable[StoreFigures], months: Sequence[MonthFigures], span: Span
) -> list[Card]:
    """The figures of several stores: how many of them are active comes first."""
    rows = list(rows)
    before = region.before(rows, span)
    active = Card(
        name=_("Active stores"),
        kind="of",
        value=months[-1].active,
        of=_could_register(rows, span.start),
        change=months[-1].active - before.active,
        values=[month.active for month in months],
    )
    return [active, *of_one(rows, months, span)]


def of_one(rows: Iterable[StoreFigures], months: Sequence[MonthFigures], span: Span) -> list[Card]:
    """Registrations, conversion and first contacts, of one store or of several."""
    before, now = region.before(rows, span), months[-1]
    return [
        Card(
            name=_("Valid registrations"),
            kind="count",
            value=now.registrations,
            change=region.share(now.registrations - before.registrations, before.registrations),
            values=[month.registrations for month in months],
        ),
        rate(
            str(Metric.CONVERSION.label),
            now.conversion, before.conversion, [month.conversion for month in months],
        ),
        rate(
            _("First contact in time"),
            now.contact_rate, before.contact_rate, [month.contact_rate for month in months],
        ),
    ]  # fmt: skip


def rate(
    name: str, now: Decimal | None, before: Decimal | None, values: list[Decimal | None]
) -> Card:
    """A share with its change in points, where there is one before to compare it with."""
    change = None if now is None or before is None else now - before
    return Card(name=name, kind="share", value=now, change=change, values=values)


def _could_register(rows: Iterable[StoreFigures], day: date) -> int:
    """How many stores could register from a day on: those that were not closed on it."""
    return sum(not row.closed(day) for row in rows)

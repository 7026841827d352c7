"""Given and received as files to work with: months and years, and customer by customer."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from dealers import months
from dealers.currencies import minor_unit
from incentives.earnings.given.acts import Acts, Concerned
from incentives.earnings.given.money import PLACES, Money
from incentives.models import Program

FIELDS = "name, sale, amount"  # the personal data in the file of customers, for the access log


def rows(money: Money, acts: Iterable[Acts]) -> Iterator[list[Any]]:
    """Every month with what it brought, the oldest first, then what the brand did in each year."""
    unit = minor_unit(Program.current().currency)
    yield [
        _("Month"), _("State"), _("Plans paid"), _("Plans charged"), _("Adjustments"),
        _("Total of the statement"), _("To be paid"),
        *(f"{place.label} {part}" for place in PLACES for part in (_("sales"), _("net paid"))),
    ]  # fmt: skip
    for month in reversed(money.months):
        sums = [month.rewards, month.fees, month.adjusted, month.total, month.payable]
        yield [
            months.key(month.month),
            _("closed") if month.closed else _("open"),
            *(amount.quantize(unit) if month.closed else None for amount in sums),
            *(
                figure
                for place in PLACES
                for figure in (month.places[place].count, month.places[place].net.quantize(unit))
            ),
        ]
    yield []
    yield [_("Year"), *ACTS]
    for year in acts:
        yield [
            year.year, year.pages, year.service, year.sales, year.asked, year.emergencies,
            year.refused, year.files, year.offered, year.own, year.accepted, year.given_back,
            year.customers, year.brought, year.net.quantize(unit),
        ]  # fmt: skip


class _Heads:
    """The heads of what the brand did, said in the reader's language each time."""

    def __iter__(self) -> Iterator[str]:
        yield _("Pages with customers")
        yield _("Numbers shown for delivery and service")
        yield _("Numbers shown for a follow-up call")
        yield _("Numbers read to ask the customer")
        yield _("Numbers shown in an emergency")
        yield _("Numbers refused")
        yield _("Files taken")
        yield _("Leads offered")
        yield _("Of them your own customers")
        yield _("Leads accepted")
        yield _("Leads given back")
        yield _("Customers brought by leads who bought")
        yield _("Their sales")
        yield _("Their net paid")


ACTS = _Heads()


def customers(found: Iterable[Concerned]) -> Iterator[list[Any]]:
    """Each customer of whom the brand did something lately, and what they bought since."""
    unit = minor_unit(Program.current().currency)
    yield [
        _("Customer"), _("Number"), pgettext("of sharing", "Level"), _("Last"),
        _("Pages with customers"), _("Numbers shown"), _("Numbers refused"), _("Files taken"),
        _("Leads offered"), _("Brought by a lead"),
        *(f"{place.label} {part}" for place in PLACES for part in (_("sales"), _("net paid"))),
    ]  # fmt: skip
    for each in found:
        sold = [each.sold.get(place) for place in PLACES]
        yield [
            each.name, each.digits, f"L{each.level.value}",
            timezone.localtime(each.last).replace(tzinfo=None), each.pages, each.numbers,
            each.refused, each.files, each.leads, _("yes") if each.brought else _("no"),
            *(
                figure
                for place in sold
                for figure in ((place.count, place.net.quantize(unit)) if place else (0, 0 * unit))
            ),
        ]  # fmt: skip

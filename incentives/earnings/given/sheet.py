"""Given and received as files to work with: months and years, and customer by customer."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from customers.models import SoldBy
from dealers import months
from dealers.currencies import minor_unit
from incentives.earnings.given.acts import Acts, Concerned
from incentives.earnings.given.money import PLACES, Money, Sales
from incentives.models import Program

FIELDS = "name, sale, amount"  # the personal data in the file of customers, for the access log


def rows(money: Money, acts: Iterable[Acts]) -> Iterator[list[Any]]:
    """Every month with what it brought, the oldest first, then what the brand did in each year."""
    unit = minor_unit(Program.current().currency)
    yield [
        _("Month"), _("State"), _("Plans paid"), _("Plans charged"), _("Adjustments and rewards"),
        _("Total of the statement"), _("To be paid"),
        *_place_heads(),
    ]  # fmt: skip
    for month in reversed(money.months):
        sums = [month.rewards, month.fees, month.adjusted, month.total, month.payable]
        yield [
            months.key(month.month),
            _("closed") if month.closed else _("open"),
            *(amount.quantize(unit) if month.closed else None for amount in sums),
            *_by_place(month.places, unit),
        ]
    yield []
    yield [
        _("Year"),
        _("Pages with customers"),
        _("Numbers shown for delivery and service"),
        _("Numbers shown for a follow-up call"),
        _("Numbers read to ask the customer"),
        _("Numbers shown in an emergency"),
        _("Numbers refused"),
        _("Files taken"),
        _("Leads offered"),
        _("Of them your own customers"),
        _("Leads accepted"),
        _("Leads given back"),
        _("Customers brought by leads who bought"),
        _("Their sales"),
        _("Their net paid"),
    ]
    for year in acts:
        yield [
            year.year, year.pages, year.service, year.sales, year.asked, year.emergencies,
            year.refused, year.files, year.offered, year.own, year.accepted, year.given_back,
            year.customers, year.brought, year.net.quantize(unit),
        ]  # fmt: skip


def customers(found: Iterable[Concerned]) -> Iterator[list[Any]]:
    """Each customer of whom the brand did something lately, and what they bought since."""
    unit = minor_unit(Program.current().currency)
    yield [
        _("Customer"), _("Number"), pgettext("of sharing", "Level"), _("Last"),
        _("Pages with customers"), _("Numbers shown"), _("Numbers refused"), _("Files taken"),
        _("Leads offered"), _("Brought by a lead"),
        *_place_heads(),
    ]  # fmt: skip
    for each in found:
        yield [
            each.name, each.digits, f"L{each.level.value}",
            timezone.localtime(each.last).replace(tzinfo=None), each.pages, each.numbers,
            each.refused, each.files, each.leads, _("yes") if each.brought else _("no"),
            *_by_place(each.sold, unit),
        ]  # fmt: skip


def _place_heads() -> Iterator[str]:
    for place in PLACES:
        for part in (_("sales"), _("net paid")):
            yield f"{place.label} {part}"


def _by_place(sold: dict[SoldBy, Sales], unit: Decimal) -> Iterator[Any]:
    """The sales and what they paid at each place, also where nothing was sold."""
    for place in PLACES:
        found = sold.get(place, Sales(place))
        yield found.count
        yield found.net.quantize(unit)

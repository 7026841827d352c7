"""A component read back in a sentence, so that who writes a plan sees what it will do."""

from collections.abc import Sequence
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from customers.models import SoldBy
from dealers.words import exact_money, exact_percent, plain, sentences
from incentives.models import (
    Beneficiary,
    Clawback,
    Component,
    Direction,
    Event,
    Gate,
    Kind,
)

# What each rate row gives or costs, from which base on.
Rates = Sequence[tuple[Decimal, Decimal]]


def read_back(component: Component, rates: Rates, direction: str, currency: str) -> str:
    """What the component does, in the reader's language.

    ``rates`` are ``(from, rate)`` in order. Reads nothing from the database.
    """
    pays = direction == Direction.DEALER_PAYS
    if component.to == Beneficiary.SELLER:
        who = _("the store that sold pays") if pays else _("the store that sold gets")
    else:
        who = _("the owner pays") if pays else _("the owner gets")
    found = [_what(component, rates, who, currency)]
    if component.by_share:
        found.append(_("This is multiplied by its share of the sale."))
    if component.of_leads:
        found.append(_("Only customers whom headquarters sent as a lead count."))
    found += [_gate(gate, component) for gate in component.gates]
    if component.gates and pays:
        found.append(_("For what comes before it is so nothing is charged, nor later on."))
    elif component.gates:
        found.append(_("What comes before it is so is paid nothing, and not made up for later."))
    if component.period_cap is not None:
        found.append(
            _("At most %(cap)s per month and dealer.")
            % {"cap": exact_money(component.period_cap, currency)}
        )
    if component.pays_zero:
        found.append(_("Sales of nothing count as well."))
    found.append(_returns(component))
    return sentences(*found)


def _what(component: Component, rates: Rates, who: str, currency: str) -> str:
    words = {"who": who, "where": _where(component.places)}
    first = rates[0][1] if rates else Decimal(0)
    match component.kind:
        case Kind.FLAT if component.event == Event.REGISTRATION:
            text = _("For each valid registration, %(who)s %(rate)s.")
            words["rate"] = exact_money(first, currency)
        case Kind.FLAT if component.event == Event.DISPATCH:
            text = _("For each lead of headquarters that is accepted, %(who)s %(rate)s.")
            words["rate"] = exact_money(first, currency)
        case Kind.FLAT if component.event == Event.FIRST_CONTACT:
            text = _(
                "For each new customer whom the owner first contacts in time, %(who)s %(rate)s."
            )
            words["rate"] = exact_money(first, currency)
        case Kind.FLAT:
            text = _("For each sale %(where)s, %(who)s %(rate)s.")
            words["rate"] = exact_money(first, currency)
        case Kind.PER_UNIT:
            text = _("For each unit sold %(where)s, %(who)s %(rate)s.")
            words["rate"] = exact_money(first, currency)
        case Kind.PERCENT:
            text = _("Of each sale %(where)s, %(who)s %(rate)s of the net amount paid.")
            words["rate"] = exact_percent(first)
        case Kind.DECAY:
            text = _(
                "Of each sale %(where)s, %(who)s a share of the net amount paid, by how long the"
                " protection has run, whose first day is day 0: %(ages)s."
            )
            words["ages"] = _ages(rates)
        case Kind.THRESHOLD_BONUS:
            text = _(
                "By a dealer's net sales of a month %(where)s, %(who)s an amount, once for the"
                " month: %(steps)s."
            )
            words["steps"] = _steps(rates, currency)
        case Kind.TIERS_MARGINAL:
            text = _(
                "Of a dealer's net sales of a month %(where)s, %(who)s %(tiers)s; each part counts"
                " at its own rate."
            )
            words["tiers"] = _tiers(rates, currency)
        case _other:
            text = _(
                "Of a dealer's net sales of a month %(where)s, %(who)s %(tiers)s; the rate reached"
                " counts for everything."
            )
            words["tiers"] = _tiers(rates, currency)
    return text % words


def _where(places: Sequence[str]) -> str:
    named = {
        SoldBy.OWN: _("at the own store"),
        SoldBy.SISTER: _("at a sister store"),
        SoldBy.OTHER: _("at another dealer"),
        SoldBy.ONLINE: _("online"),
    }
    known = [named[SoldBy(place)] for place in named if place in places]
    return _(" or ").join(known) if known else _("anywhere")


def _tiers(rates: Rates, currency: str) -> str:
    """Each row with where it begins and ends: a boundary belongs to the row above it."""
    parts = []
    for index, (start, rate) in enumerate(rates):
        words = {"rate": exact_percent(rate), "from": exact_money(start, currency)}
        if index + 1 < len(rates):
            words["below"] = exact_money(rates[index + 1][0], currency)
            if index == 0:
                parts.append(_("%(rate)s below %(below)s") % words)
            else:
                parts.append(_("%(rate)s from %(from)s to below %(below)s") % words)
        else:
            parts.append(_("%(rate)s from %(from)s on") % words)
    return _("; ").join(parts)


def _ages(rates: Rates) -> str:
    """The share of each age, in days; the day of a boundary belongs to the row above it."""
    parts = []
    for index, (start, rate) in enumerate(rates):
        words = {"rate": exact_percent(rate), "from": plain(start)}
        if index + 1 < len(rates):
            words["last"] = plain(rates[index + 1][0] - 1)
            parts.append(_("%(rate)s from day %(from)s to day %(last)s") % words)
        else:
            parts.append(_("%(rate)s from day %(from)s on") % words)
    return _("; ").join(parts)


def _steps(rates: Rates, currency: str) -> str:
    """The amount of each threshold; nothing is said of sums below the first one."""
    parts = []
    for index, (start, rate) in enumerate(rates):
        words = {"amount": exact_money(rate, currency), "from": exact_money(start, currency)}
        if index + 1 < len(rates):
            words["below"] = exact_money(rates[index + 1][0], currency)
            if start or rate:
                parts.append(_("%(amount)s from %(from)s to below %(below)s") % words)
        else:
            parts.append(_("%(amount)s from %(from)s on") % words)
    return _("; ").join(parts)


def _gate(gate: str, component: Component) -> str:
    """What has to be so at the moment of an event."""
    match gate:
        case Gate.AGREEMENT_SIGNED if component.agreement_from:
            return _(
                "Only from when on an owner has signed the agreement that applies from %(day)s, or"
                " a later version."
            ) % {"day": date_format(component.agreement_from, "DATE_FORMAT")}
        case Gate.AGREEMENT_SIGNED:
            return _("Only from when on an owner has signed the agreement.")
        case Gate.CERTIFIED:
            return _("Only while somebody who works there holds a valid certificate.")
        case _other if component.of_registrations:
            return _(
                "Only registrations that name who made them, with the customer's consent to"
                " service, count."
            )
        case _other:
            return _("Only sales that name their customer, and a product on each line, count.")


def _returns(component: Component) -> str:
    if component.of_registrations:
        return ""
    days = {"days": component.clawback_days}
    if component.clawback == Clawback.RECOMPUTE:
        return _("A return within %(days)d days has its month computed again.") % days
    return _("A return within %(days)d days takes back what its part was paid.") % days

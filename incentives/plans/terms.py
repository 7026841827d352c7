"""What a component may be: one place for the program file, the editor and publishing.

The database refuses the same once more, for whoever comes past them.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from dealers.currencies import decimals
from dealers.months import first_day
from dealers.words import plain
from incentives.models import SHARES, TIERED, Base, Beneficiary, Clawback, Component, Gate, Kind
from incentives.models.amounts import LARGEST_GIVEN

BASES = {Kind.FLAT: Base.COUNT, Kind.PER_UNIT: Base.UNITS}
STEPPED = (Kind.DECAY, *TIERED)  # with a table of several rows
type Rows = Sequence[tuple[Decimal, Decimal]]


def base_of(kind: str) -> Base:
    """What a kind is measured in; it follows from the kind."""
    return BASES.get(Kind(kind), Base.NET)


def from_zero(kind: str, rows: Rows) -> list[tuple[Decimal, Decimal]]:
    """The rows of a table in order; what lies below the first threshold of a bonus gives nothing.

    Other tables say themselves what they give from 0 on.
    """
    if kind == Kind.THRESHOLD_BONUS and rows and all(start != 0 for start, _rate in rows):
        rows = [(Decimal(0), Decimal(0)), *rows]
    return sorted(rows)


def check(
    component: Component,
    rows: Rows,
    *,
    starts_on: date,
    ends_on: date | None,
    currency: str,
) -> list[str]:
    """What is wrong with a component, in sentences.

    ``rows`` are ``(from, rate)``; a row ends where the next begins, so that starting at 0 without
    repeats leaves no gap and no overlap. ``[starts_on, ends_on)`` is the time of its version.
    """
    return [
        *_about_rows(component, rows, currency),
        *_about_time(component, starts_on, ends_on),
        *_about_fit(component),
        *_about_cap(component, currency),
    ]


def _about_rows(component: Component, rows: Rows, currency: str) -> Iterator[str]:
    starts = [start for start, _rate in rows]
    if len(set(starts)) != len(starts):
        yield _("Two rate rows start at the same base.")
    if not starts or min(starts) != 0:
        yield _("The rates must start at 0.")
    if any(start < 0 or rate < 0 for start, rate in rows):
        yield _("A rate and where it starts are not negative.")
    if component.kind == Kind.DECAY:
        if any(start != int(start) for start in starts):
            yield _("The age of a protection is a whole number of days.")
    elif not all(_fits(start, currency) for start in starts):
        yield _too_fine(currency)
    if component.kind == Kind.THRESHOLD_BONUS and not all(
        _fits(rate, currency) for _start, rate in rows
    ):
        yield _too_fine(currency)
    if component.kind not in STEPPED and len(rows) > 1:
        yield _("This kind takes exactly one rate row.")
    above = [rate for _start, rate in rows if rate > 1]
    if component.kind in SHARES and above and not component.rate_above_one.strip():
        yield _(
            "A rate of %(rate)s is %(percent)s%% of the base. Write a share as 0.03; if more than"
            " all of it is meant, confirm it in words."
        ) % {"rate": plain(above[0]), "percent": plain(above[0] * 100)}


def _about_time(component: Component, starts_on: date, ends_on: date | None) -> Iterator[str]:
    if component.kind in TIERED and starts_on != first_day(starts_on):
        yield _(
            "Tiers and bonuses are measured by month, so the version must start on the first of a"
            " month."
        )
    if component.kind in TIERED and ends_on and ends_on != first_day(ends_on):
        yield _("Tiers and bonuses are measured by month, so the version must end with a month.")


def _about_fit(component: Component) -> Iterator[str]:
    if component.base != base_of(component.kind):
        yield _("Flat counts events, per unit counts units, all else takes net paid.")
    if component.kind not in TIERED and component.clawback == Clawback.RECOMPUTE:
        yield _("Only what is paid by month is recomputed.")
    of_registration = component.of_registrations
    if component.by_share and (component.kind in TIERED or of_registration):
        yield _("Only what is paid per sale is split by share: not months or registrations.")
    if of_registration and (
        component.kind != Kind.FLAT or component.places or component.to != Beneficiary.OWNER
    ):
        yield _(
            "A registration, lead or first contact is paid flat per event, to its owner, without"
            " places."
        )
    if component.of_leads and (of_registration or component.to != Beneficiary.OWNER):
        yield _("Only sales to the owner's customers can be of leads.")
    if component.agreement_from and Gate.AGREEMENT_SIGNED not in component.gates:
        yield _("A version of the agreement is named only where the agreement has to be signed.")
    if component.kind == Kind.DECAY and component.to != Beneficiary.OWNER:
        yield _("Only the owner of a customer has a protection.")
    if component.pays_zero and (component.kind not in BASES or of_registration):
        yield _("Only what is paid per sale or unit can count sales of nothing.")


def _about_cap(component: Component, currency: str) -> Iterator[str]:
    cap = component.period_cap
    if cap is None:
        return
    if cap <= 0:
        yield _("A cap is more than zero.")
    if not _fits(cap, currency):
        yield _too_fine(currency)


def _fits(amount: Decimal, currency: str) -> bool:
    # Above it, rounding needs more digits than a decimal computes with.
    return amount > LARGEST_GIVEN or amount == round(amount, decimals(currency))


def _too_fine(currency: str) -> str:
    return _("An amount of %(currency)s has at most %(places)d decimals.") % {
        "currency": currency,
        "places": decimals(currency),
    }

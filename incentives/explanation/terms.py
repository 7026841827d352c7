"""By which terms an event is paid: the version that applies, those that do not, and how it may be
taken back.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import formats
from django.utils.translation import gettext as _

from incentives.models import Clawback, Component, PlanVersion

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rejected:
    """A published version of a plan that does not apply on a day, and why not."""

    version: PlanVersion
    why: str


def applied(version: PlanVersion) -> str:
    """From when until when a version applies, both days included."""
    words = {"first": _day(version.starts_on)}
    if version.ends_on is None:
        return _("from %(first)s on") % words
    return _("from %(first)s to %(last)s") % {**words, "last": _day(version.ends_on - ONE_DAY)}


def rejected(versions: Iterable[PlanVersion], day: date) -> list[Rejected]:
    """Those of a plan's versions that do not apply on ``day``, in their order."""
    found = []
    for version in versions:
        if day < version.starts_on:
            why = _("It applies from %(day)s on.") % {"day": _day(version.starts_on)}
        elif version.ends_on is not None and day >= version.ends_on:
            why = _("It applied until %(day)s.") % {"day": _day(version.ends_on - ONE_DAY)}
        else:
            continue
        found.append(Rejected(version, why))
    return found


def takes_back(component: Component, day: date) -> str:
    """How what an event of ``day`` brings may be taken back, and until when."""
    if component.of_registrations:
        return _("Only if the registration is voided: then by a line of its own.")
    words = {"day": _day(day + timedelta(days=component.clawback_days))}
    if component.clawback == Clawback.RECOMPUTE:
        return _("What is returned until %(day)s has its month computed again.") % words
    return _("What is returned until %(day)s takes its part back, at the rate it was paid.") % words


def _day(day: date) -> str:
    return formats.date_format(day, "DATE_FORMAT")

"""What each figure means: defined once, with the sentence that stands where the figure stands.

Pages, boards and exports ask for a figure through the conditions of this module; the boards' own
statements say the same in SQL, and a test holds the two against each other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers.models import (
    Activity,
    ActivityKind,
    Registration,
    RegistrationQuerySet,
    contact_is_judged,
    contacted_in_time,
)
from dealers import months
from incentives.boards.conversion import bought
from incentives.models import Metric

MATURE_DAYS, WINDOW_DAYS = 30, 90
SAMPLE = 30  # registrations below which a rate has no place

IN_TIME = contacted_in_time("ownership__")


def won() -> RegistrationQuerySet:
    """Registrations that won a customer: what people and stores are measured by."""
    return Registration.objects.valid()


def judged(at: datetime) -> Q:
    """Registrations of which it is settled whether the first contact was in time."""
    return contact_is_judged(at, "ownership__")


@dataclass(frozen=True)
class Cohort:
    """The registrations that conversion and funnel look at before a day: ``[first, last)``.

    All of them have had at least ``MATURE_DAYS``; what happened on the day or later is left out, so
    that any two of these cohorts are equally old.
    """

    end: date

    @property
    def first(self) -> date:
        return self.end - timedelta(days=WINDOW_DAYS)

    @property
    def last(self) -> date:
        """The last day of registration."""
        return self.end - timedelta(days=MATURE_DAYS + 1)

    @property
    def midnight(self) -> datetime:
        """When the last day that counts is over."""
        return months.hq_midnight(self.end)

    @property
    def registered(self) -> Q:
        return Q(received_on__gte=self.first, received_on__lte=self.last)

    @property
    def sold(self) -> Q:
        """Those who bought and kept something."""
        return self.registered & Q(bought(self.end))

    @property
    def visited(self) -> Q:
        """Those who came to the store, or got further."""
        came = Activity.objects.filter(
            customer=OuterRef("customer"),
            kind=ActivityKind.VISIT,
            at__gte=OuterRef("received_at"),
            at__lt=self.midnight,
        )
        return self.registered & (Q(Exists(came)) | Q(bought(self.end)))

    @property
    def contacted(self) -> Q:
        """Those whom the owner contacted, or who got further."""
        return self.registered & Q(ownership__contacted_at__lt=self.midnight) | self.visited


class Key(StrEnum):
    """The figures that pages explain."""

    REGISTRATIONS = Metric.REGISTRATIONS.value
    CONVERSION = Metric.CONVERSION.value
    NET_SALES = Metric.NET_SALES.value
    OWNED_SALES = Metric.OWNED_SALES.value
    CONTACT = Metric.CONTACT.value
    DISPATCH = Metric.DISPATCH.value
    TRAINING = Metric.TRAINING.value
    EARNED = Metric.EARNED.value
    ACTIVE = "active"
    FUNNEL = "funnel"
    SAME_DAYS = "same_days"
    OWN_REWARD = "own_reward"


@dataclass(frozen=True)
class Definition:
    """A figure's name and the sentence how it is computed."""

    name: Promise | str
    text: Promise
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def computed(self) -> str:
        return str(self.text) % self.values


AGES = {"mature": MATURE_DAYS, "window": WINDOW_DAYS - 1}
DEFINITIONS: dict[Key, Definition] = {
    Key.REGISTRATIONS: Definition(
        Metric.REGISTRATIONS.label,
        _(
            "Registrations that won a customer."
            " A number protected elsewhere or registered twice does not count."
        ),
    ),
    Key.CONVERSION: Definition(
        Metric.CONVERSION.label,
        _(
            "Of the customers registered %(mature)d to %(window)d days before the last day of the"
            " period, today while it runs: how many have bought something and kept it. Younger"
            " registrations have not had the time yet."
        ),
        AGES,
    ),
    Key.NET_SALES: Definition(
        Metric.NET_SALES.label,
        _("What customers paid at the place, less returns, each in its own month."),
    ),
    Key.OWNED_SALES: Definition(
        Metric.OWNED_SALES.label,
        _("What customers whom you owned at that moment paid, wherever they bought, less returns."),
    ),
    Key.CONTACT: Definition(
        Metric.CONTACT.label,
        _(
            "Of the registrations that were contacted or whose time for it is over: how many were"
            " contacted in time. One whose time still runs counts neither way."
        ),
    ),
    Key.DISPATCH: Definition(
        Metric.DISPATCH.label,
        _(
            "Of the customers offered in these days by the store's own calendar: how many were"
            " accepted or declined before the time was over. Declining costs nothing; what was"
            " taken back or still waits counts neither way."
        ),
    ),
    Key.TRAINING: Definition(
        Metric.TRAINING.label,
        _(
            "Of the courses that headquarters requires of the people who have a post on the last"
            " day of the period, today while it runs: for how many of them a certificate is valid."
        ),
    ),
    Key.EARNED: Definition(
        Metric.EARNED.label,
        _(
            "What the plans gave in the closed months of the period, less what was taken back or"
            " charged: the sum that the statements show. Open months count once they are closed."
            " Only owners see it, and nobody is named."
        ),
    ),
    Key.ACTIVE: Definition(
        _("Active stores"), _("Stores with at least one valid registration in these days.")
    ),
    Key.FUNNEL: Definition(
        _("From registration to sale"),
        _(
            "The same registrations in every step, those of %(mature)d to %(window)d days ago. Who"
            " got further counts in the steps before as well."
        ),
        AGES,
    ),
    Key.SAME_DAYS: Definition(
        _("Comparison"),
        _(
            "A month that still runs is compared with as many first days of the month before,"
            " computed by that month's rules."
        ),
    ),
    Key.OWN_REWARD: Definition(
        _("My reward this month"),
        _(
            "What the plan pays the dealer for the customers that you won this month. How it is"
            " shared among the staff is up to the dealer."
        ),
    ),
}

"""The network today in a few figures: on the admin's first page."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from config.home.known import Known
from dealers.models import User
from dealers.months import key as month_key
from dealers.words import money, percent
from incentives.desk import lately
from incentives.figures import won
from incentives.models import Program


@dataclass(frozen=True, slots=True)
class Figure:
    label: str
    value: str
    note: str


def figures_for(user: User, known: Known) -> list[Figure]:
    """The network today, as far as this person's groups let them see it.

    Active dealers and stores, registrations, what of the customers is shared, invitations, the last
    closed month and its money.
    """
    return [look(known) for permission, look in FIGURES if user.has_perm(permission)]


def _dealers(known: Known) -> Figure:
    found = known.trading
    return Figure(
        _("Active dealers"),
        f"{found['active_dealers']:,} / {found['dealers']:,}",
        _("with a valid registration this month"),
    )


def _stores(known: Known) -> Figure:
    found = known.trading
    return Figure(
        _("Active stores"),
        f"{found['active']:,} / {found['all']:,}",
        _("with a valid registration this month"),
    )


def _registrations(known: Known) -> Figure:
    registered = won().filter(received_on__gte=known.today.replace(day=1)).aggregate(
        all=Count("pk"), today=Count("pk", filter=Q(received_on__gte=known.today))
    )  # fmt: skip
    return Figure(
        _("Valid registrations this month"),
        f"{registered['all']:,}",
        _("today %s") % f"{registered['today']:,}",
    )


def _shared(known: Known) -> Figure:
    found = lately.shared(known.today, known.at).figures
    return Figure(
        _("Customers whose contact is shared"),
        percent(found.count / found.of, 1) if found.of else "–",
        _("%(count)s of %(of)s protected ones")
        % {"count": f"{found.count:,}", "of": f"{found.of:,}"},
    )


def _invitations(known: Known) -> Figure:
    return Figure(
        _("Open invitations"),
        f"{known.invitations[0].count:,}",
        _("valid for 7 days each"),
    )


def _last_month(known: Known) -> Figure:
    last: Any = known.last_closed
    if last is None:
        return Figure(_("Last closed month"), "–", _("none yet"))
    return Figure(
        _("Last closed month"),
        month_key(last.month),
        _("%(count)d statements, %(day)s")
        % {
            "count": last.many,
            "day": date_format(timezone.localtime(last.closed_at), "SHORT_DATE_FORMAT"),
        },
    )


def _money(known: Known) -> Figure:
    last: Any = known.last_closed
    if last is None:
        return Figure(_("Money of the last closed month"), "–", _("none yet"))
    currency = Program.current().currency
    return Figure(
        _("Money of the last closed month"),
        money(last.total or 0, currency),
        _("%(amount)s to be paid") % {"amount": money(last.payable or 0, currency)},
    )


FIGURES = (
    ("dealers.view_dealer", _dealers),
    ("dealers.view_store", _stores),
    ("customers.view_registration", _registrations),
    ("customers.view_ownership", _shared),
    ("dealers.view_invitation", _invitations),
    ("incentives.view_run", _last_month),
    ("incentives.view_statement", _money),
)

"""The network today in a few figures: on the admin's first page."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, Sum
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dealers.models import Dealer, Invitation, Store, User
from dealers.months import hq_day, midnight
from dealers.words import money, percent
from incentives.desk import lately
from incentives.figures import won
from incentives.models import Program, Run


@dataclass(frozen=True, slots=True)
class Figure:
    label: str
    value: str
    note: str


def figures_for(user: User, at: datetime) -> list[Figure]:
    """The network today, as far as this person's groups let them see it.

    Active dealers and stores, registrations, what of the customers is shared, invitations, the last
    closed month and its money.
    """
    return [look(at) for permission, look in FIGURES if user.has_perm(permission)]


def _first_of_month(at: datetime) -> date:
    return hq_day(at).replace(day=1)


def _dealers(at: datetime) -> Figure:
    month = _first_of_month(at)
    begins = midnight(month)
    # By the index of a store's registrations, as below.
    here = won().filter(store__dealer=OuterRef("pk"), received_at__gte=begins - timedelta(days=1))
    registered = Exists(here.filter(received_on__gte=month))
    trading = Exists(Store.objects.open(begins).filter(dealer=OuterRef("pk")))
    dealers = Dealer.objects.filter(trading).aggregate(
        all=Count("pk"), active=Count("pk", filter=Q(registered))
    )
    return Figure(
        _("Active dealers"),
        f"{dealers['active']:,} / {dealers['all']:,}",
        _("with a valid registration this month"),
    )


def _stores(at: datetime) -> Figure:
    month = _first_of_month(at)
    begins = midnight(month)
    # By the index of a store's registrations; a day begins earlier in some time zones.
    here = won().filter(store=OuterRef("pk"), received_at__gte=begins - timedelta(days=1))
    registered = Exists(here.filter(received_on__gte=month))
    stores = Store.objects.open(begins).aggregate(
        all=Count("pk"), active=Count("pk", filter=Q(registered))
    )
    return Figure(
        _("Active stores"),
        f"{stores['active']:,} / {stores['all']:,}",
        _("with a valid registration this month"),
    )


def _registrations(at: datetime) -> Figure:
    registered = won().filter(received_on__gte=_first_of_month(at)).aggregate(
        all=Count("pk"), today=Count("pk", filter=Q(received_on__gte=hq_day(at)))
    )  # fmt: skip
    return Figure(
        _("Valid registrations this month"),
        f"{registered['all']:,}",
        _("today %s") % f"{registered['today']:,}",
    )


def _shared(at: datetime) -> Figure:
    found = lately.shared(hq_day(at), at).figures
    return Figure(
        _("Customers whose contact is shared"),
        percent(found.count / found.of, 1) if found.of else "–",
        _("%(count)s of %(of)s protected ones")
        % {"count": f"{found.count:,}", "of": f"{found.of:,}"},
    )


def _invitations(at: datetime) -> Figure:
    return Figure(
        _("Open invitations"),
        f"{Invitation.objects.open(at).count():,}",
        _("valid for 7 days each"),
    )


def _last_month(_at: datetime) -> Figure:
    last = Run.objects.order_by("-month").first()
    if last is None:
        return Figure(_("Last closed month"), "–", _("none yet"))
    return Figure(
        _("Last closed month"),
        f"{last.month:%Y-%m}",
        _("%(count)d statements, %(day)s")
        % {
            "count": last.statements.count(),
            "day": date_format(timezone.localtime(last.closed_at), "SHORT_DATE_FORMAT"),
        },
    )


def _money(_at: datetime) -> Figure:
    last = Run.objects.order_by("-month").first()
    if last is None:
        return Figure(_("Money of the last closed month"), "–", _("none yet"))
    sums = last.statements.aggregate(total=Sum("total"), payable=Sum("payable"))
    currency = Program.current().currency
    return Figure(
        _("Money of the last closed month"),
        money(sums["total"] or 0, currency),
        _("%(amount)s to be paid") % {"amount": money(sums["payable"] or 0, currency)},
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

"""The first page: what waits for a person today, by their post."""

from datetime import date
from types import SimpleNamespace

from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from config.home import tasks
from customers import cards
from customers.tables import rows_of
from dealers.models import Role
from dealers.months import Span
from dealers.views.stores import without_store
from incentives.boards import standing
from incentives.desk import news, today
from incentives.desk.charts import Pace
from incentives.earnings import own
from incentives.earnings.overview import month_overview
from incentives.models import Metric, Program
from incentives.views import earnings
from training import standings
from training.models import Course
from training.standings import State


@require_safe
def home(request):
    """The home page of the current post; people at headquarters land in the admin."""
    membership = request.membership
    if membership is None:
        if request.user.is_staff:
            return redirect("admin:index")
        return render(request, "home/nobody.html")
    match membership.role:
        case Role.REGIONAL_MANAGER:
            return redirect("incentives:region")
        case Role.OWNER:
            context = _owner(membership, request.actor)
            if not context["protected"].count and not membership.dealer.stores.exists():
                return without_store(request)
            return render(request, "home/owner.html", context)
        case _:
            return render(request, "home/store.html", _store(membership, request.actor))


def _store(membership, by):
    """An associate's or store manager's day."""
    now, day = timezone.now(), timezone.localdate()
    span = Span.until(day)
    calls = today.calls(membership, now, day)
    people = [call.ownership.customer for call in calls.first]
    opened = cards.open(people, by=by)
    pace = today.own_pace(membership.user, day, now)
    manages = membership.role == Role.STORE_MANAGER
    colleagues = today.staff_progress(membership, span, now) if manages else []
    return {
        "today": day,
        "greeting": _greeting(timezone.localtime(now).hour),
        "calls": [
            SimpleNamespace(call=call, card=card)
            for call, card in zip(calls.first, opened, strict=True)
        ],
        "waiting": calls.waiting,
        "late": calls.late,
        "protected": today.protected(membership, now),
        "dispatches": today.dispatches(membership, now),
        "now": now,
        "course": _course(membership, now),
        "place": _place(membership.store, day),
        "pace": pace,
        "chart": Pace.of(
            [
                (_("Today") if each == day else formats.date_format(each, "D"), count)
                for each, count in pace.days
            ],
            pace.average,
        ),
        "span": span,
        "reward": own.reward(membership.user, membership.dealer, span.month, now),
        "currency": Program.current().currency,
        "colleagues": colleagues,
        "in_need": today.in_need(colleagues),
    }


def _owner(membership, by):
    """A dealer owner's day."""
    now, day = timezone.now(), timezone.localdate()
    span = Span.until(day)
    protected = today.protected(membership, now)
    colleagues = today.staff_progress(membership, span, now)
    came = news.read(membership, membership.dealer_id, now)
    return {
        "today": day,
        **_month(membership.dealer, span.month, now),
        "tasks": tasks.first_three(
            protected,
            colleagues,
            came.statement,
            came.without_account,
        ),
        "protected": protected,
        "expiring": rows_of(today.expiring(membership, now, by=by, limit=3), by=by, at=now),
        "span": span,
        "colleagues": colleagues,
        "in_need": today.in_need(colleagues),
        "show_store": True,
        "place": _place(membership.dealer, day),
        "access": today.access(membership, span.month, limit=2),
        "dispatches": came.dispatches,
        "disputes": came.disputes,
        "now": now,
    }


def _month(dealer, month, now):
    """The running month's amount, with bars for where it comes from."""
    overview = month_overview(dealer, month, now, months=2)
    return {
        "month": overview,
        "as_of": overview.as_of,
        "currency": overview.currency,
        "categories": earnings.rows_of(overview),
    }


def _greeting(hour):
    if hour < 11:
        return _("Good morning")
    if hour < 13:
        return _("Good day")
    if hour < 18:
        return _("Good afternoon")
    return _("Good evening")


def _course(membership, now):
    """The course to go on with: a begun one first, else the required one that is due next.

    One whose certificate was revoked is begun anew; one that is required, also when it has ended.
    What is only in the catalogue, or first to one that is, is proposed to nobody.
    """
    courses = Course.objects.visible_to(membership.user, membership)
    found = standings.standings(membership.user, membership, courses, at=now)
    asked = {it.course for it in found if it.assignment is not None or it.enrollment is not None}
    asked.update(first for it in found if it.course in asked for first in it.first)
    open_still = [
        standing
        for standing in found
        if (
            standing.state in {State.NEW, State.RUNNING, State.REVOKED}
            or (standing.required and not standing.is_certified)
        )
        and not standing.first
        and standing.course in asked
    ]

    def turn(standing):
        begun = standing.state == State.RUNNING
        return (
            not begun,
            not standing.required,
            standing.due_on is None,
            standing.due_on or date.max,
        )

    return min(open_still, key=turn, default=None)


def _place(member, day):
    """Where the own store or dealer stands this month by valid registrations."""
    month = day.replace(day=1)
    return {
        "standing": standing.of(member, Metric.REGISTRATIONS, month, day),
        "metric": Metric.REGISTRATIONS.label,
        "url": reverse(
            "incentives:ranking-board", kwargs={"time": month, "metric": Metric.REGISTRATIONS}
        ),
    }

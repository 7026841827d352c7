"""What others see of a store or dealer on boards, and whether it is named there."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from dealers.models import Role
from dealers.views import post_at_dealer, post_of_owner, refusals_said
from incentives.boards import combined, goals, members, naming, places, standing, times
from incentives.boards.goals import GoalRefused
from incentives.boards.metrics import FIGURES
from incentives.boards.naming import NamingRefused
from incentives.models import Length, Metric, Program
from incentives.views import asked, months


def _members(request):
    """The stores, and an owner's dealer, of which somebody at a dealer may know this."""
    return members.of_post(post_at_dealer(request))


@require_safe
def seen(request):
    """Each figure's row of a unit exactly as it stands on a rival's page, or that none is seen."""
    mine = _members(request)
    key = asked.chosen(request.GET.get("unit"), mine)
    member = mine[key]
    unit, today = members.unit_of(member), timezone.localdate()
    month = times.start(Length.MONTH, today)
    found = places.of_times(unit, month, times.before(Length.MONTH, month))
    unit_kind, _own, other_label = members.CALLED[unit]
    last = naming.says(member)
    return render(
        request,
        "incentives/boards/seen.html",
        asked.units(key, mine)
        | {
            "unit_kind": unit_kind,
            "other_label": other_label,
            "owner": request.membership.role == Role.OWNER,
            "said": last,
            "named": last is not None and last.agreed,
            "time_name": times.name(Length.MONTH, month),
            "boards": [
                {
                    "name": figure.metric.label,
                    "seen": standing.seen_by_others(member, figure.metric, month, today, found),
                    "kind": figure.kind,
                    "by_bound": figure.by_bound,
                    "private": figure.private,
                }
                for figure in FIGURES.values()
                if figure.shown_to(request.membership.role, unit)
            ]
            + [
                {
                    "name": str(each),
                    "seen": combined.seen_by_others(
                        combined.Time.of(each, Length.MONTH, month), member, today
                    ),
                    "kind": combined.KIND,
                    "by_bound": False,
                    "private": False,
                }
                for each in combined.of_time([unit], month)
            ],
            "minimum": standing.FEWEST,
            "currency": Program.current().currency,
        },
    )


@require_http_methods(["POST"])
def name(request):
    """Agree that a store or the dealer is named among the first, or take it back."""
    post_of_owner(request)
    mine = _members(request)
    key = asked.chosen(request.POST.get("unit"), mine)
    member = mine[key]
    agree = request.POST.get("agree")
    with refusals_said(request, NamingRefused):
        if agree not in {"yes", "no"}:
            raise NamingRefused(_("Say whether the name may be shown."))
        naming.say(member, agree == "yes", by=request.actor, at=timezone.now())
        if agree == "yes":
            said = _("%(unit)s is named from now on where it stands among the first three.")
        else:
            said = _("%(unit)s is named on no board any more, on frozen ones neither.")
        messages.success(request, said % {"unit": member})
    return redirect(f"{reverse('incentives:ranking-seen')}?unit={key}")


@require_http_methods(["POST"])
def goal(request):
    """Set out to reach this month what the top quarter does."""
    mine = _members(request)
    key = asked.chosen(request.POST.get("unit"), mine)
    member = mine[key]
    if request.membership.role == Role.ASSOCIATE:
        raise Http404
    now = timezone.now()
    try:
        length, measured = times.parse(request.POST.get("time", ""))
        metric = Metric(request.POST.get("metric", ""))
        if length != Length.MONTH or not months.FIRST <= measured <= timezone.localdate(now):
            raise ValueError(measured)
    except ValueError:
        messages.error(request, _("There is no such board to take a goal from."))
        return redirect("incentives:ranking")
    with refusals_said(request, GoalRefused):
        made = goals.set_goal(member, metric, measured, by=request.actor, at=now)
        messages.success(
            request,
            _("Set for this month: %(figure)s. Your regional manager sees it too.")
            % {"figure": made.get_metric_display()},
        )
    board = reverse("incentives:ranking-board", kwargs={"time": measured, "metric": metric})
    return redirect(f"{board}?unit={key}#behaviour")

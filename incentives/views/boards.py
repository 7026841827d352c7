"""Where one's own store, dealer, region or self stands: never the bottom, never another's name."""

from types import SimpleNamespace

from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from dealers.models import Dealer, Role, Store
from incentives.boards import (
    cohorts,
    combining,
    goals,
    members,
    metrics,
    places,
    standing,
    times,
)
from incentives.boards.kinds import Kind
from incentives.boards.metrics import FIGURES
from incentives.desk import region
from incentives.desk import seen as seeing
from incentives.models import CombinedBoard, Length, Metric, Program, Unit
from incentives.rewards import reading
from incentives.views import asked as asking
from incentives.views.asked import Asked
from training import stories

# Where the work is done that a figure counts.
WORK = {
    Metric.DISPATCH: ("customers:dispatch", gettext_lazy("See what was dispatched to you")),
    Metric.TRAINING: ("training:home", gettext_lazy("See which courses are open")),
}


@require_safe
def current(request):
    """This month's board of the figure that training changes first."""
    asking.post(request)
    month = timezone.localdate().replace(day=1)
    return redirect("incentives:ranking-board", time=month, metric=next(iter(FIGURES)))


@require_safe
def rules(request):
    """How places are computed."""
    asking.post(request)
    today = timezone.localdate()
    return render(
        request,
        "incentives/boards/rules.html",
        {
            "figures": FIGURES.values(),
            "combined": CombinedBoard.objects.not_over(today).order_by("starts_on", "code"),
            "least": combining.LEAST,
            "minimum": standing.FEWEST,
            "denominator": metrics.SAMPLE,
            "new_days": places.NEW_DAYS,
        },
    )


@require_safe
def board(request, time, metric):
    """A place by one figure in a week, a month, a quarter or a season."""
    membership = asking.post(request)
    asked = asking.board(request, time, metric)
    figure = FIGURES[asked.metric]
    context = {
        "asked": asked,
        "time_name": times.name(asked.length, asked.starts_on),
        "steps": asking.steps(asked),
        "metric": asked.metric,
        "metric_name": asked.metric.label,
        "by_bound": figure.by_bound,
        "kind": figure.kind,
        "currency": Program.current().currency,
        "minimum": standing.FEWEST,
        "sample": figure.sample,
        "stories": stories.listed(asked.metric, request.actor),
    }
    if membership.role == Role.REGIONAL_MANAGER:
        if not asking.exists(asked, Unit.STORE, membership):
            return redirect(asked.address(metric=next(iter(FIGURES)), kind=Kind.ALL))
        context |= asking.choices(asked, Unit.STORE, membership)
        return render(
            request, "incentives/boards/region.html", context | _region(membership, asked)
        )
    alone = {"me": membership} if membership.is_store_post else {}
    mine = members.of_post(membership) | alone
    key = asking.chosen(asked.unit, mine)
    unit = members.unit_of(mine[key])
    if not asking.exists(asked, unit, membership):
        return redirect(asked.address(metric=next(iter(FIGURES)), kind=Kind.ALL))
    context |= asking.choices(asked, unit, membership) | asking.units(key, mine)
    context |= _own(membership, members.stands(mine[key]), asked)
    return render(request, "incentives/boards/standing.html", context)


def _as_of(board):
    """The moment that a page tells of: large boards that run are counted every ten minutes."""
    return board.frozen_at or board.counted_at or timezone.now()


def _own(membership, member, asked):
    """What the page says about one unit's place."""
    seen = standing.of_kind(
        member, asked.metric, asked.starts_on, asked.kind, asked.today, length=asked.length
    )
    me, figure = seen.me, FIGURES[asked.metric]
    unit = Unit(seen.board.unit)
    unit_kind, mine_label, other_label = members.CALLED[unit]
    groups = cohorts.names(seen.board)
    new = asked.kind == Kind.NEW
    context = {
        "standing": seen,
        "me": me,
        "ranked": seen.ranked,
        "mine_label": mine_label,
        "unit_kind": unit_kind,
        "other_label": other_label,
        "cohort": asked.kind.label if new else groups.get(seen.cohort, seen.cohort),
        "frozen": seen.board.frozen_at is not None,
        "as_of": _as_of(seen.board),
        "counted": seen.board.counted_at is not None,
        "private": figure.private,
        # A rise has no interval, and is ranked by itself.
        "by_bound": figure.by_bound and asked.kind != Kind.IMPROVED,
        "badges": reading.badges_on(seen.board, member),
    }
    if isinstance(member, Store | Dealer):
        context["seen_url"] = asking.seen_url(asked)
        if asked.length == Length.MONTH and asked.kind == Kind.ALL:
            context["report_url"] = _report_url(asked)
            context |= _behaviour(membership, member, asked)
    if asked.kind == Kind.ALL:
        context |= {
            "late": standing.late(seen, member),
            "among_many": standing.among_many(seen),
        }
    if not seen.ranked:
        return context
    shown = seeing.places(seen, membership, asked.today, over_time=asked.kind == Kind.ALL)
    link, said = WORK.get(asked.metric, ("customers:list", _("See whom you can contact")))
    return context | {
        "top": -(-100 * me.rank // seen.of),
        # What is over can no longer be caught up with.
        "gap": seeing.lacks(seen) if asked.runs and asked.kind != Kind.IMPROVED else None,
        "gap_link": reverse(link) + ("?view=followup" if link == "customers:list" else ""),
        "gap_said": said,
        "band_of": None if asked.kind == Kind.IMPROVED else seen.band,
        "band": seeing.band(seen),
        "rows": shown.rows,
        "surprise": standing.surprise(seen)
        if figure.by_bound and asked.kind != Kind.IMPROVED
        else None,
        "bump": shown.bump,
    }


def _behaviour(membership, member, asked: Asked):
    """What the top quarter does differently, what to learn for it, and the goals set."""
    gaps = goals.gaps(member, asked.starts_on, asked.today)
    lessons = goals.lessons([gap.metric for gap in gaps], membership)
    running = goals.goals_of(member, asked.today)
    set_already = {each.goal.metric for each in running if not each.over}
    may_set = goals.may_set(member, membership)
    return {
        "gaps": [
            {
                "gap": gap,
                "lessons": lessons.get(gap.metric, []),
                "may_set": may_set
                and gap.metric not in set_already
                and goals.measures(gap, asked.starts_on, asked.today),
            }
            for gap in gaps
        ],
        "goals": running,
    }


def _report_url(asked: Asked) -> str:
    board = {"time": asked.starts_on, "metric": asked.metric}
    return reverse("incentives:ranking-report", kwargs=board) + asking.of_unit(asked)


def _region(membership, asked: Asked):
    """All places of the region's stores, which their manager may see in full."""
    visible = set(region.visible_stores(membership).values_list("pk", flat=True))
    found = places.find(asked.metric, Unit.STORE, asked.starts_on, asked.length)
    names = cohorts.names(found)
    whole = standing.of(
        membership.region, asked.metric, asked.starts_on, asked.today, length=asked.length
    )
    return {
        "region": membership.region,
        "whole": whole,
        "frozen": found.frozen_at is not None,
        "as_of": _as_of(found),
        "places": [
            SimpleNamespace(place=place, cohort=names.get(place.cohort, place.cohort))
            for place in places.of_members(found, visible, asked.today)
        ],
    }

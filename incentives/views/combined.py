"""Where one's own store, dealer, region or self stands by several figures together."""

from types import SimpleNamespace

from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from dealers.models import Dealer, Role, Store
from incentives.boards import cohorts, members, standing, times
from incentives.boards import combined as combining
from incentives.boards.combined import Time
from incentives.boards.combining import LEAST
from incentives.desk import region
from incentives.desk import seen as seeing
from incentives.models import Program, Unit
from incentives.views import asked as asking
from incentives.views.asked import AskedCombined


@require_safe
def board(request, time, combined):
    """A place by several figures in a week, a month, a quarter or a season."""
    post = asking.post(request)
    asked = asking.combined(request, time, combined)
    unit = Unit(asked.board.unit)
    several = Time.of(asked.board, asked.length, asked.starts_on)
    context = {"asked": asked, "board": asked.board, **_said(asked, several)}
    context |= asking.choices(asked, unit, post)
    if post.role == Role.REGIONAL_MANAGER and unit == Unit.STORE:
        context |= _of_region(post, asked, several)
        return render(request, "incentives/boards/combined_region.html", context)
    mine = {key: each for key, each in _members(post).items() if members.unit_of(each) == unit}
    if not mine:
        raise Http404
    key = asking.chosen(asked.unit, mine)
    context |= asking.units(key, mine) | _own(post, members.stands(mine[key]), asked, several)
    return render(request, "incentives/boards/combined.html", context)


def _members(post):
    """Whose places somebody sees, by what addresses call them."""
    if post.role == Role.REGIONAL_MANAGER:
        return {"region": post.region}
    return members.of_post(post) | ({"me": post} if post.is_store_post else {})


def _said(asked: AskedCombined, several: Time):
    """What every page of a combined board says beside its places."""
    board = several.as_board
    return {
        "time_name": times.name(asked.length, asked.starts_on),
        "steps": asking.steps(asked),
        "kind": combining.KIND,
        "currency": Program.current().currency,
        "minimum": standing.FEWEST,
        "least": LEAST,
        "frozen": board.frozen_at is not None,
        "as_of": several.as_of(timezone.now()),
    }


def _own(post, member, asked: AskedCombined, several: Time):
    """What the page says about one unit's place."""
    seen = combining.standing_of(several, member, asked.today)
    unit_kind, mine_label, other_label = members.CALLED[Unit(seen.board.unit)]
    context = {
        "standing": seen,
        "me": seen.me,
        "ranked": seen.ranked,
        "unit_kind": unit_kind,
        "mine_label": mine_label,
        "other_label": other_label,
        "cohort": cohorts.names(seen.board).get(seen.cohort, seen.cohort),
        "worked": several.worked(
            member, seen.cohort, asked.today, among_many=standing.among_many(seen)
        ),
    }
    if isinstance(member, Store | Dealer):
        context["seen_url"] = asking.seen_url(asked)
    if not seen.ranked:
        return context
    return context | {
        "band": seeing.band(seen),
        "rows": seeing.combined_rows(several, seen, post, asked.today),
    }


def _of_region(post, asked: AskedCombined, several: Time):
    """All places of the region's stores, which their manager may see in full."""
    visible = set(region.visible_stores(post).values_list("pk", flat=True))
    names = cohorts.names(several.as_board)
    return {
        "region": post.region,
        "places": [
            SimpleNamespace(place=place, cohort=names.get(place.cohort, place.cohort))
            for place in combining.of_stores(several, visible, asked.today)
        ],
    }

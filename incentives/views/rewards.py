"""What is promised for places on boards, how one stands, and what was given or is held."""

from types import SimpleNamespace

from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from incentives.boards import members, times
from incentives.boards.metrics import FIGURES
from incentives.models import Metric, Program, RewardProgram, Unit
from incentives.rewards import outlook, reading, wording
from incentives.views import asked as asking

PER_PAGE = 30


@require_safe
def programs(request):
    """What is promised now and later, what is over, and what one was given."""
    post, today = asking.post(request), timezone.localdate()
    published = list(RewardProgram.objects.published())
    page = _page(request, reading.of_post(post))
    return render(
        request,
        "incentives/rewards/list.html",
        {
            "running": [_listed(each, post) for each in published if each.ends_on > today],
            "over": [_listed(each) for each in published if each.ends_on <= today],
            "page": page,
            "given": reading.read(page),
            "badges": reading.badges_of_post(post),
        },
    )


def _listed(program, post=None):
    """A program in a list; with ``post`` whether that one takes part."""
    return SimpleNamespace(
        program=program,
        url=reverse("incentives:reward", args=[program.code]),
        times=wording.times_of(program),
        figure=wording.figure_of(program),
        mine=post is not None and bool(outlook.taking_part(program, post)),
    )


def _page(request, rewards):
    return Paginator(rewards, PER_PAGE).get_page(request.GET.get("page"))


@require_safe
def one(request, program):
    """The rules of one in sentences, how one stands so far, and what was settled."""
    post, today = asking.post(request), timezone.localdate()
    found = get_object_or_404(RewardProgram.objects.published(), code=program)
    currency = Program.current().currency
    start = outlook.running(found, today)
    page = _page(request, reading.of_post(post, found))
    return render(
        request,
        "incentives/rewards/program.html",
        {
            "program": found,
            "times": wording.times_of(found),
            "figure": wording.figure_of(found),
            "parts": wording.parts(found).values(),
            "over": found.ends_on <= today,
            "mine": bool(outlook.taking_part(found, post)),
            "running": times.name(found.length, start) if start else "",
            "as_of": timezone.now(),
            "outlooks": [_standing(found, each) for each in outlook.of_post(found, post, today)],
            "page": page,
            "given": reading.read(page),
            "currency": currency,
            "ranking_url": reverse(
                "incentives:ranking-board",
                kwargs={"time": (found.length, start), "metric": found.metric},
            )
            if start and found.unit in FIGURES[Metric(found.metric)].units
            else "",
        },
    )


def _standing(program, each):
    """How one unit stands, in the words of its figure."""
    place = each.place
    return SimpleNamespace(
        name=members.CALLED[Unit(program.unit)][1]
        if program.unit in (Unit.STAFF, Unit.REGION)
        else each.member.name,
        value=None if place is None else wording.board_value(program, place.value),
        rank=None if place is None else place.rank,
        of=None if place is None else place.of,
        wins=each.winner is not None,
        lift=wording.value_of(program, each.winner.value)
        if each.winner and program.unit == Unit.REGION
        else "",
        amount=outlook.estimate(each),
    )

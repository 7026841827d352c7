"""What the top quarter of a cohort does differently, and the goals that are made of it.

Compared is what people do, not what comes of it: calls, answers, courses, registrations.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_CEILING, Decimal
from functools import cache

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from dealers.actor import Actor
from dealers.models import Dealer, Membership, Role, Store
from dealers.months import add_months, first_day, next_month, readers_day
from dealers.words import count, percent
from incentives.boards import around, cohorts, members, places
from incentives.boards.metrics import BEHAVIOUR, FIGURES
from incentives.boards.ranked import Place
from incentives.boards.standing import FEWEST
from incentives.models import Board, Goal, Metric
from training.models import Course

SHOWN = 3


class GoalRefused(Exception):
    """The message is written for the person who asked."""


@dataclass(frozen=True, slots=True)
class Gap:
    """What a unit does, and from where on the top quarter of its cohort does it.

    ``width`` is a share: points of a rate, or what is missing of a count.
    """

    metric: Metric
    mine: Decimal
    benchmark: Decimal
    width: Decimal

    @property
    def kind(self) -> str:
        """How its figures are written."""
        return FIGURES[self.metric].kind


def gaps(member: Store | Dealer, month: date, today: date) -> list[Gap]:
    """The widest gaps of a month between a unit and the top quarter of its cohort, three of them.

    Nothing where fewer than five can be compared, or where one is in the top quarter oneself.
    """
    boards = places.of_times(members.unit_of(member), month)
    cohort = cache(lambda: cohorts.lately(member))
    found = (_gap(boards[metric, month], member.pk, cohort, today) for metric in BEHAVIOUR)
    return sorted(filter(None, found), key=lambda gap: (-gap.width, gap.metric))[:SHOWN]


def _gap(board: Board, member_id: int, cohort: Callable[[], str], today: date) -> Gap | None:
    metric = Metric(board.metric)
    me, _cohort, near = around.of(board, member_id, cohort, today)
    if me is None or (me.denominator or 0) < BEHAVIOUR[metric] or near.doing < FEWEST:
        return None
    benchmark = near.benchmark or Decimal(0)
    if FIGURES[metric].kind == "count":
        benchmark = benchmark.quantize(Decimal(1), ROUND_CEILING)
        width = (benchmark - me.value) / benchmark if benchmark else Decimal(0)
    else:
        width = benchmark - me.value
    return Gap(metric, me.value, benchmark, width) if width > 0 else None


def lessons(metrics: Iterable[Metric], post: Membership) -> dict[str, list[Course]]:
    """The courses that are to change these figures, as far as somebody may take them."""
    found: dict[str, list[Course]] = {}
    courses = Course.objects.visible_to(post.user, post).filter(figure__in=list(metrics))
    for course in courses.order_by("slug"):
        found.setdefault(course.figure, []).append(course)
    return found


def said(post: Membership, figures: Collection[str], today: date) -> dict[str, str]:
    """The gaps of somebody's store or dealer in these ``figures``, in a sentence each.

    Of last month, as the widest of its board's page; the widest first.
    """
    member = post.store or post.dealer
    if member is None:
        return {}
    found = gaps(member, add_months(first_day(today), -1), today)
    return {gap.metric: _sentence(gap) for gap in found if gap.metric in figures}


def _sentence(gap: Gap) -> str:
    def written(value: Decimal) -> str:
        return percent(value, 1) if gap.kind == "share" else count(value)

    return _(
        "%(figure)s last month: %(mine)s here, in the top quarter of the cohort %(benchmark)s or"
        " more."
    ) % {
        "figure": gap.metric.label,
        "mine": written(gap.mine),
        "benchmark": written(gap.benchmark),
    }


def measures(gap: Gap, measured: date, today: date) -> bool:
    """Whether what was done in the month ``measured`` is to be reached in a whole one.

    What is counted in a month that still runs is a part of what it will come to.
    """
    return gap.kind != "count" or next_month(measured) <= today


def may_set(member: Store | Dealer, post: Membership | None) -> bool:
    """Whether somebody answers for the store or the dealer."""
    if post is None:
        return False
    if isinstance(member, Dealer):
        return post.role == Role.OWNER and (post.dealer_id, post.store_id) == (member.pk, None)
    answers = post.role in {Role.OWNER, Role.STORE_MANAGER} and post.store_id in {None, member.pk}
    return answers and post.dealer_id == member.dealer_id


def set_goal(
    member: Store | Dealer, metric: Metric, measured: date, *, by: Actor, at: datetime
) -> Goal:
    """Set out to reach in the month of ``at`` what the top quarter did in the month measured.

    Raises GoalRefused where there is no such gap, where that month is no measure, where one was set
    already, and for people who answer neither for the store nor for the dealer.
    """
    if not may_set(member, by.membership):
        raise GoalRefused(_("The store's manager and the owner set goals."))
    dealer, store = members.keys(member)
    today = readers_day(at)
    gap = next((each for each in gaps(member, measured, today) if each.metric == metric), None)
    if gap is None:
        raise GoalRefused(_("There is no such gap any more."))
    if not measures(gap, measured, today):
        raise GoalRefused(_("This month still runs: take what was done in the one before."))
    try:
        with transaction.atomic():
            return Goal.objects.create(
                dealer_id=dealer,
                store_id=store,
                metric=metric,
                month=today.replace(day=1),
                start=gap.mine,
                target=gap.benchmark,
                at=at,
                by=by.person,
            )
    except IntegrityError as error:
        raise GoalRefused(_("This month has a goal for this figure already.")) from error


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a goal is: the figure as it is now, and the share of the way."""

    goal: Goal
    now: Decimal | None
    over: bool

    @property
    def kind(self) -> str:
        """How its figures are written."""
        return FIGURES[Metric(self.goal.metric)].kind

    @property
    def reached(self) -> bool:
        return self.now is not None and self.now >= self.goal.target

    @property
    def percent(self) -> int:
        """Of the way from where it began, rounded down: 100 is there."""
        if self.now is None:
            return 0
        start, target = self.goal.start, self.goal.target
        if FIGURES[Metric(self.goal.metric)].kind == "count":
            start = Decimal(0)  # a month's count begins anew
        way = int(100 * (self.now - start) / (target - start))
        return max(0, min(way, 100))


def progress(goals: Iterable[Goal], member: Store | Dealer, today: date) -> list[Progress]:
    """How far the goals of one store or dealer are."""
    goals = list(goals)
    unit, cohort = members.unit_of(member), cache(lambda: cohorts.lately(member))
    boards = places.of_times(unit, *{goal.month for goal in goals}) if goals else {}
    found = []
    for goal in goals:
        place: Place | None = places.of_member(
            boards[goal.metric, goal.month], member.pk, cohort, today
        )
        over = next_month(goal.month) <= today
        found.append(Progress(goal, place.value if place else None, over))
    return found


def set_for(member: Store | Dealer, today: date) -> set[str]:
    """The figures for which this month has a goal."""
    dealer, store = members.keys(member)
    of_month = Goal.objects.filter(dealer=dealer, store=store, month=today.replace(day=1))
    return set(of_month.values_list("metric", flat=True))


def goals_of(member: Store | Dealer, today: date) -> list[Progress]:
    """The goals of this month, or the last ones, the newest first."""
    dealer, store = members.keys(member)
    newest = Goal.objects.filter(dealer=dealer, store=store).order_by("-month", "-at", "-id")
    # As many as a month can have: the widest gaps of one day are not those of another.
    return progress(newest[: len(BEHAVIOUR)], member, today)

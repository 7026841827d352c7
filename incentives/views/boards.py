"""Where one's own store, dealer, region or self stands: never the bottom, never another's name."""

from dataclasses import dataclass
from datetime import date, timedelta
from types import SimpleNamespace
from urllib.parse import urlencode

from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_safe

from dealers.models import Dealer, Membership, Role, Store
from incentives.boards import cohorts, goals, metrics, naming, places, standing, times
from incentives.boards.cohorts import unit_of
from incentives.boards.kinds import Kind
from incentives.boards.metrics import FIGURES
from incentives.desk import region
from incentives.desk.charts import Band, Bump
from incentives.models import Length, Metric, Program, Run, Unit
from incentives.models.boards import after
from incentives.views import months

# What each unit is called: its kind, oneself, another one of the cohort.
CALLED = {
    Unit.STORE: (
        gettext_lazy("Store"), gettext_lazy("this store"), gettext_lazy("Store of the cohort")
    ),
    Unit.DEALER: (
        gettext_lazy("Dealer"), pgettext_lazy("a dealer", "you"),
        gettext_lazy("Dealer of the cohort"),
    ),
    Unit.STAFF: (
        gettext_lazy("Person"), pgettext_lazy("a person", "you"),
        gettext_lazy("Somebody at a store of the cohort"),
    ),
    Unit.REGION: (
        gettext_lazy("Region"), gettext_lazy("your region"), gettext_lazy("Another region")
    ),
}  # fmt: skip
KINDS = {
    Kind.ALL: gettext_lazy("Everybody"),
    Kind.IMPROVED: gettext_lazy("Most improved"),
    Kind.NEW: gettext_lazy("New stores"),
}
# Where the work is done that a figure counts.
WORK = {
    Metric.DISPATCH: ("customers:dispatch", gettext_lazy("See what was dispatched to you")),
    Metric.TRAINING: ("training:home", gettext_lazy("See which courses are open")),
}


@dataclass(frozen=True)
class Asked:
    """Which board somebody looks at."""

    length: Length
    starts_on: date
    metric: Metric
    unit: str | None
    kind: Kind
    today: date

    @property
    def runs(self) -> bool:
        """Whether its days are not over."""
        return self.starts_on == times.start(self.length, self.today)

    def address(self, **other) -> str:
        """The address of this board, or of one that differs in what is named."""
        it = self.__dict__ | other
        found = reverse(
            "incentives:ranking-board",
            kwargs={"time": (it["length"], it["starts_on"]), "metric": it["metric"]},
        )
        query = {"unit": it["unit"]} if it["unit"] else {}
        query |= {"board": it["kind"]} if it["kind"] != Kind.ALL else {}
        return f"{found}?{urlencode(query)}" if query else found


def _member(request):
    """The post of somebody who has a place on a board, or looks after those who have."""
    if request.membership is None:
        raise Http404
    return request.membership


@require_safe
def current(request):
    """This month's board of the figure that training changes first."""
    _member(request)
    month = timezone.localdate().replace(day=1)
    return redirect("incentives:ranking-board", time=month, metric=next(iter(FIGURES)))


@require_safe
def rules(request):
    """How places are computed."""
    _member(request)
    return render(
        request,
        "incentives/boards/rules.html",
        {
            "figures": FIGURES.values(),
            "minimum": standing.FEWEST,
            "denominator": metrics.SAMPLE,
            "new_days": places.NEW_DAYS,
        },
    )


@require_safe
def board(request, time, metric):
    """A place by one figure in a week, a month or a quarter."""
    membership = _member(request)
    asked = _asked(request, time, metric)
    figure = FIGURES[asked.metric]
    context = {
        "asked": asked,
        "time_name": times.name(asked.length, asked.starts_on),
        "steps": _steps(asked),
        "metric": asked.metric,
        "metric_name": asked.metric.label,
        "by_bound": figure.by_bound,
        "kind": figure.kind,
        "currency": Program.current().currency,
        "minimum": standing.FEWEST,
        "sample": figure.sample,
        "is_rate": figure.kind == "share",
    }
    if membership.role == Role.REGIONAL_MANAGER:
        context |= _choices(asked, Unit.STORE, membership)
        if not _counts(asked, Unit.STORE, membership):
            return redirect(asked.address(metric=next(iter(FIGURES)), kind=Kind.ALL))
        return render(
            request, "incentives/boards/region.html", context | _region(membership, asked)
        )
    members = _members(membership)
    chosen = _chosen(asked, members)
    unit = unit_of(chosen)
    if not _counts(asked, unit, membership):
        return redirect(asked.address(metric=next(iter(FIGURES)), kind=Kind.ALL))
    context |= _choices(asked, unit, membership)
    context["units"] = [
        {"value": key, "name": _name(member), "current": member is chosen}
        for key, member in members.items()
    ]
    context["unit_key"] = asked.unit or next(iter(members))
    context |= _own(membership, cohorts.stands(chosen), asked)
    return render(request, "incentives/boards/standing.html", context)


def _asked(request, time, metric) -> Asked:
    if metric not in Metric.values:
        raise Http404
    length, starts_on = time
    today = timezone.localdate()
    if not months.FIRST <= starts_on <= times.start(length, today):
        raise Http404
    kind = request.GET.get("board", Kind.ALL)
    if kind not in list(Kind):
        raise Http404
    return Asked(length, starts_on, Metric(metric), request.GET.get("unit"), Kind(kind), today)


def _counts(asked: Asked, unit: Unit, membership: Membership) -> bool:
    """Whether there is such a board of a unit, for who asks."""
    figure = FIGURES[asked.metric]
    new = asked.kind != Kind.NEW or unit == Unit.STORE
    return unit in figure.units and asked.length in figure.lengths and new and (
        not figure.private or membership.role == Role.OWNER
    )  # fmt: skip


def _steps(asked: Asked) -> dict:
    """The times before and after, as far as there is something to see."""
    first = Run.objects.order_by("month").values_list("month", flat=True).first() or asked.today
    before = times.before(asked.length, asked.starts_on)
    later = after(asked.length, asked.starts_on)

    def step(starts_on, there):
        if not there:
            return None
        name = times.name(asked.length, starts_on)
        return {"url": asked.address(starts_on=starts_on), "name": name}

    return {
        "before": step(before, before >= times.start(asked.length, first)),
        "after": step(later, later <= asked.today),
    }


def _choices(asked: Asked, unit: Unit, membership: Membership) -> dict:
    """The figures, lengths and kinds of boards that there are besides."""
    figures = [
        figure
        for figure in FIGURES.values()
        if unit in figure.units and (not figure.private or membership.role == Role.OWNER)
    ]
    figure = FIGURES[asked.metric]
    # From a quarter to its last month, from a month that runs to this week.
    day = min(asked.today, after(asked.length, asked.starts_on) - timedelta(days=1))
    kinds = [kind for kind in Kind if kind != Kind.NEW or unit == Unit.STORE]
    return {
        "metrics": [
            {
                "name": each.metric.label,
                "url": asked.address(metric=each.metric),
                "current": each.metric == asked.metric,
            }
            for each in figures
            if asked.length in each.lengths
        ],
        "lengths": [
            {
                "name": length.label,
                "url": asked.address(length=length, starts_on=times.start(length, day)),
                "current": length == asked.length,
            }
            for length in figure.lengths
        ],
        "kinds": [
            {
                "name": KINDS[kind],
                "url": asked.address(kind=kind),
                "current": kind == asked.kind,
            }
            for kind in kinds
        ],
    }


def _members(membership: Membership) -> dict:
    """Whose places a post sees: its own store and its own; an owner's dealer and its stores."""
    if membership.is_store_post:
        return {"store": membership.store, "me": membership}
    stores = Store.objects.filter(dealer=membership.dealer_id).order_by("code")
    return {"dealer": membership.dealer} | {str(store.pk): store for store in stores}


def _name(member) -> str:
    return _("You alone") if isinstance(member, Membership) else str(member)


def _chosen(asked: Asked, members):
    if asked.unit is None:
        return next(iter(members.values()))
    if asked.unit not in members:
        raise Http404  # missing, or somebody else's
    return members[asked.unit]


def _own(membership, member, asked):
    """What the page says about one unit's place."""
    seen = standing.of_kind(
        member, asked.metric, asked.starts_on, asked.kind, asked.today, length=asked.length
    )
    me, figure = seen.me, FIGURES[asked.metric]
    unit = Unit(seen.board.unit)
    unit_kind, mine_label, other_label = CALLED[unit]
    groups = cohorts.names(seen.board)
    new = asked.kind == Kind.NEW
    context = {
        "standing": seen,
        "me": me,
        "ranked": seen.ranked,
        "unit_name": _name(member),
        "mine_label": mine_label,
        "unit_kind": unit_kind,
        "other_label": other_label,
        "cohort": KINDS[Kind.NEW] if new else groups.get(seen.cohort, seen.cohort),
        "frozen": seen.board.frozen_at is not None,
        "as_of": seen.board.frozen_at or timezone.now(),
        "private": figure.private,
        # A rise has no interval, and is ranked by itself.
        "by_bound": figure.by_bound and asked.kind != Kind.IMPROVED,
    }
    if isinstance(member, Store | Dealer):
        context["seen_url"] = _seen_url(asked)
        if asked.length == Length.MONTH and asked.kind == Kind.ALL:
            context |= _behaviour(membership, member, asked)
    if asked.kind == Kind.ALL:
        context["late"] = standing.late(seen, member)
    if not seen.ranked:
        return context
    stood = standing.ranks(seen) if asked.kind == Kind.ALL else {}
    own = standing.own(seen, membership)
    benchmarks = naming.names(seen.board, seen.top)
    named = benchmarks | own
    starts = standing.shown_times(seen.board)
    link, said = WORK.get(asked.metric, ("customers:list", _("See whom you can contact")))
    return context | {
        "top": -(-100 * me.rank // seen.of),
        # What is over can no longer be caught up with.
        "gap": _gap(seen, figure) if asked.runs and asked.kind != Kind.IMPROVED else None,
        "gap_link": reverse(link) + ("?view=followup" if link == "customers:list" else ""),
        "gap_said": said,
        "band_of": None if asked.kind == Kind.IMPROVED else seen.band,
        "band": Band.of(lower=seen.p25, median=seen.median, upper=seen.p75, mine=me.value),
        "rows": list(standing.rows(seen, stood, own, benchmarks)),
        "surprise": standing.surprise(seen)
        if figure.by_bound and asked.kind != Kind.IMPROVED
        else None,
        "bump": Bump.of(
            [times.short_name(asked.length, each) for each in starts],
            [
                (
                    _bump_label(place, place is me, named.get(place.unit_id, ""), mine_label),
                    place is me,
                    [stood.get((place.unit_id, each)) for each in starts],
                )
                for place in {p.unit_id: p for p in [*seen.top, me]}.values()
            ],
        )
        if stood
        else None,
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


def _seen_url(asked: Asked) -> str:
    query = f"?{urlencode({'unit': asked.unit})}" if asked.unit else ""
    return reverse("incentives:ranking-seen") + query


def _bump_label(place, mine, name, mine_label):
    """What stands beside a line, which has room for few letters."""
    name = mine_label if mine else Truncator(name).chars(6)
    return (_("place %(rank)d %(name)s") % {"rank": place.rank, "name": name}).strip()


def _gap(seen, figure):
    """What is missing to the next place, in work where that can be said."""
    if seen.next is None or seen.gap is None:
        return None
    return SimpleNamespace(
        words=None if seen.work is None else figure.words(seen.work),
        amount=seen.gap,
        rank=seen.next.rank,
        value=seen.next.value,
    )


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
        "as_of": found.frozen_at or timezone.now(),
        "places": [
            SimpleNamespace(place=place, cohort=names.get(place.cohort, place.cohort))
            for place in places.read(found, asked.today)
            if place.unit_id in visible
        ],
    }

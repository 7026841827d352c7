"""Which board somebody asks for, and those that can be asked for besides."""

from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from dealers.models import Membership
from incentives.boards import kinds, times
from incentives.boards.kinds import Kind
from incentives.boards.metrics import FIGURES
from incentives.models import Length, Metric, Run, Unit
from incentives.models.boards import after
from incentives.views import months


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
        return self.starts_on <= self.today < after(self.length, self.starts_on)

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


def board(request, time, metric) -> Asked:
    """The board that an address names; 404 where there is no such time, figure or kind."""
    if metric not in Metric.values:
        raise Http404
    length, starts_on = time
    today = timezone.localdate()
    if not months.FIRST <= starts_on <= today or not times.exists(length, starts_on):
        raise Http404
    kind = request.GET.get("board", Kind.ALL)
    if kind not in Kind.values:
        raise Http404
    return Asked(length, starts_on, Metric(metric), request.GET.get("unit"), Kind(kind), today)


def exists(asked: Asked, unit: Unit, membership: Membership) -> bool:
    """Whether there is such a board of a unit, for who asks."""
    figure = FIGURES[asked.metric]
    return (
        figure.shown_to(membership.role, unit)
        and asked.length in figure.lengths
        and asked.kind in kinds.of_unit(unit)
    )


def steps(asked: Asked) -> dict:
    """The times before and after, as far as there is something to see."""
    first = Run.objects.order_by("month").values_list("month", flat=True).first() or asked.today
    season = asked.length == Length.SEASON
    before = times.earlier(asked.length, asked.starts_on)
    later = times.later(asked.length, asked.starts_on)

    def step(starts_on, there):
        if not there:
            return None
        name = times.name(asked.length, starts_on)
        return {"url": asked.address(starts_on=starts_on), "name": name}

    return {
        "before": step(before, before and (season or before >= times.start(asked.length, first))),
        "after": step(later, later and later <= asked.today),
    }


def choices(asked: Asked, unit: Unit, membership: Membership) -> dict:
    """The figures, lengths and kinds of boards that there are besides."""
    figure = FIGURES[asked.metric]
    # From a quarter to its last month, from a month that runs to this week.
    day = min(asked.today, after(asked.length, asked.starts_on) - timedelta(days=1))
    return {
        "metrics": [
            {
                "name": each.metric.label,
                "url": asked.address(metric=each.metric),
                "current": each.metric == asked.metric,
            }
            for each in FIGURES.values()
            if each.shown_to(membership.role, unit) and asked.length in each.lengths
        ],
        "lengths": [
            {
                "name": length.label,
                "url": asked.address(length=length, starts_on=start),
                "current": length == asked.length,
            }
            for length in figure.lengths
            if (start := times.until(length, day))
        ],
        "kinds": [
            {
                "name": kind.label,
                "url": asked.address(kind=kind),
                "current": kind == asked.kind,
            }
            for kind in kinds.of_unit(unit)
        ],
    }


def chosen(key: str | None, members: dict) -> str:
    """The key of the one of ``members`` that is asked for, the first unless one is named."""
    if key is None:
        return next(iter(members))
    if key not in members:
        raise Http404  # missing, or somebody else's
    return key


def units(key: str, members: dict) -> dict:
    """Whose board it is, and whose there are besides."""
    return {
        "units": [
            {"value": each, "name": name(member), "current": each == key}
            for each, member in members.items()
        ],
        "unit_key": key,
        "unit_name": name(members[key]),
    }


def name(member) -> str:
    return _("You alone") if isinstance(member, Membership) else str(member)

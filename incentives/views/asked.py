"""Which board somebody asks for, and those that can be asked for besides."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from urllib.parse import urlencode

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from dealers.models import Membership, Role
from incentives.boards import combined as combining
from incentives.boards import kinds, times
from incentives.boards.kinds import Kind
from incentives.boards.metrics import FIGURES
from incentives.models import CombinedBoard, Length, Metric, Run, Unit
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

    def stands_for(self, starts_on: date) -> bool:  # noqa: ARG002 -- as a combined one may not
        """Whether there is such a board of a time that begins on a day."""
        return True

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


@dataclass(frozen=True)
class AskedCombined(Asked):
    """Which board of several figures somebody looks at; ``metric`` is the first of them."""

    board: CombinedBoard

    def stands_for(self, starts_on: date) -> bool:
        return self.board.stands_for(starts_on)

    def address(self, **other) -> str:
        """The address of this board at another time or of another unit, or that of a figure."""
        if "metric" in other:
            return super().address(**other)
        return _combined_address(replace(self, **other), self.board)


def _time(time) -> tuple[Length, date, date]:
    """A length and its first day as an address names them, and today; 404 for one to come."""
    length, starts_on = time
    today = timezone.localdate()
    if not months.FIRST <= starts_on <= today or not times.exists(length, starts_on):
        raise Http404
    return length, starts_on, today


def combined(request, time, code) -> AskedCombined:
    """The board of several figures that an address names; 404 where it does not stand for that."""
    length, starts_on, today = _time(time)
    found = get_object_or_404(CombinedBoard, code=code)
    if not found.stands_for(starts_on):
        raise Http404
    first, unit = next(iter(found.weights)), request.GET.get("unit")
    return AskedCombined(length, starts_on, first, unit, Kind.ALL, today, found)


def board(request, time, metric) -> Asked:
    """The board that an address names; 404 where there is no such time, figure or kind."""
    if metric not in Metric.values:
        raise Http404
    length, starts_on, today = _time(time)
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


def post(request) -> Membership:
    """The post of somebody who has a place on a board, or looks after those who have."""
    if request.membership is None:
        raise Http404
    return request.membership


def of_unit(asked: Asked) -> str:
    """What an address ends with to be about the same unit."""
    return f"?{urlencode({'unit': asked.unit})}" if asked.unit else ""


def seen_url(asked: Asked) -> str:
    """Where a store or dealer reads what others see of it."""
    return reverse("incentives:ranking-seen") + of_unit(asked)


def steps(asked: Asked) -> dict:
    """The times before and after, as far as there is something to see."""
    first = Run.objects.first_month() or asked.today
    season = asked.length == Length.SEASON
    before = times.earlier(asked.length, asked.starts_on)
    later = times.later(asked.length, asked.starts_on)

    def step(starts_on, there):
        if not there or not asked.stands_for(starts_on):
            return None
        name = times.name(asked.length, starts_on)
        return {"url": asked.address(starts_on=starts_on), "name": name}

    return {
        "before": step(before, before and (season or before >= times.start(asked.length, first))),
        "after": step(later, later and later <= asked.today),
    }


def choices(asked: Asked, unit: Unit, membership: Membership) -> dict:
    """The figures, combined boards, lengths and kinds of boards that there are besides."""
    figure = FIGURES[asked.metric]
    several = asked.board if isinstance(asked, AskedCombined) else None
    # Who manages a region sees how its stores stand, and how the region does.
    of_region = membership.role == Role.REGIONAL_MANAGER
    units = [Unit.STORE, Unit.REGION] if of_region else [unit]
    # From a quarter to its last month, from a month that runs to this week.
    day = min(asked.today, after(asked.length, asked.starts_on) - timedelta(days=1))
    return {
        "metrics": [
            {
                "name": each.metric.label,
                "url": asked.address(metric=each.metric),
                "current": several is None and each.metric == asked.metric,
            }
            for each in FIGURES.values()
            if each.shown_to(membership.role, unit) and asked.length in each.lengths
        ]
        + [
            {
                "name": str(each),
                "url": _combined_address(asked, each),
                "current": each == several,
            }
            for each in combining.of_time(units, asked.starts_on)
        ],
        "lengths": [
            {
                "name": length.label,
                "url": asked.address(length=length, starts_on=start),
                "current": length == asked.length,
            }
            for length in (figure.lengths if several is None else Length)
            if (start := times.until(length, day)) and asked.stands_for(start)
        ],
        "kinds": [
            {
                "name": kind.label,
                "url": asked.address(kind=kind),
                "current": kind == asked.kind,
            }
            for kind in (kinds.of_unit(unit) if several is None else ())
        ],
    }


def _combined_address(asked: Asked, board: CombinedBoard) -> str:
    kwargs = {"time": (asked.length, asked.starts_on), "combined": board.code}
    return reverse("incentives:ranking-combined", kwargs=kwargs) + of_unit(asked)


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

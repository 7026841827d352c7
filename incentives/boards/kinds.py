"""Boards made of a cohort's board: who improved most, and those who are new, among themselves."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal
from operator import attrgetter

from django.db import models
from django.utils.translation import gettext_lazy as _

from dealers.words import rounded
from incentives.boards.ranked import Place
from incentives.models import Unit


class Kind(models.TextChoices):
    """What of a board is ranked."""

    ALL = "all", _("Everybody")
    IMPROVED = "improved", _("Most improved")
    NEW = "new", _("New stores")


def of_unit(unit: str) -> list[Kind]:
    """Those that there are of a unit: nothing but a store opens and is new."""
    return [kind for kind in Kind if kind != Kind.NEW or unit == Unit.STORE]


def again(places: Iterable[Place], score: Callable[[Place], Decimal]) -> list[Place]:
    """Places ranked anew among themselves by a score: the highest first, ties share a place."""
    scored = sorted(((score(p), p) for p in places), key=lambda each: (-each[0], each[1].code))
    points = sorted(each for each, _place in scored)
    others = max(len(points) - 1, 1)
    return [
        replace(
            place,
            rank=len(points) - bisect_right(points, mine) + 1,
            of=len(points),
            percentile=rounded(Decimal(100 * bisect_left(points, mine)) / others, 2),
        )
        for mine, place in scored
    ]


def improved(now: Iterable[Place], before: Iterable[Place]) -> list[Place]:
    """Those whose figure rose since the time before, by how much; who fell has no place.

    Both times they have to have had a place: a rate over too few says nothing of a change.
    """
    earlier = {p.unit_id: p.value for p in before if p.rank is not None}
    rose = [
        replace(p, value=p.value - earlier[p.unit_id], numerator=None, denominator=None)
        for p in now
        if p.rank is not None and p.value > earlier.get(p.unit_id, p.value)
    ]
    return again(rose, attrgetter("value"))


def newcomers(now: Iterable[Place], *, by_bound: bool) -> list[Place]:
    """The new stores among themselves, by what the board is ranked by."""
    ranked = [p for p in now if p.rank is not None]
    return again(ranked, attrgetter("certain" if by_bound else "value"))

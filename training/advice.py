"""The courses advised to somebody for what their store or dealer does less than others like it.

Boards belong to an app above this one; ``LEARNING_GAPS`` names the function that reads them.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.utils.module_loading import import_string

from dealers.models import Membership
from training.standings import CourseStanding


@dataclass(frozen=True, slots=True)
class Advised:
    """A course that is to change a figure, and where that figure stands, in a sentence."""

    standing: CourseStanding
    why: str


def advised(found: Iterable[CourseStanding], post: Membership | None, today: date) -> list[Advised]:
    """Of the courses of a post those that close a gap of its place, the widest first.

    Nothing that is passed, and nothing that cannot be taken yet.
    """
    of_figure: dict[str, list[CourseStanding]] = {}
    for item in found:
        if item.course.figure and not item.is_certified and not item.first:
            of_figure.setdefault(item.course.figure, []).append(item)
    if post is None or not of_figure:
        return []
    read: Callable[[Membership, Collection[str], date], dict[str, str]] = import_string(
        settings.LEARNING_GAPS
    )
    gaps = read(post, of_figure, today)
    return [Advised(item, why) for figure, why in gaps.items() for item in of_figure[figure]]

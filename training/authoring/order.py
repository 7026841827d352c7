"""The order of a version's lessons and questions, and of a question's answers."""

from collections.abc import Iterable

from django.db.models import QuerySet

from training.models import Choice, Lesson, Question

type Numbered = Lesson | Question | Choice


def behind(rows: QuerySet) -> int:
    """The position of a row that comes after all of ``rows``."""
    last = rows.order_by("position").last()
    return last.position + 1 if last else 1


def renumber(rows: QuerySet) -> None:
    """Number ``rows`` 1, 2, 3 … in the order that they have."""
    _number(rows, rows.order_by("position", "pk"))


def move(rows: QuerySet, pk: int, steps: int) -> bool:
    """Take the row ``pk`` so many places down (or up, below 0) among ``rows``.

    False if it is none of them, or is first or last already.
    """
    ordered = list(rows.order_by("position", "pk"))
    here = next((place for place, row in enumerate(ordered) if row.pk == pk), None)
    if here is None or not 0 <= here + steps < len(ordered):
        return False
    ordered.insert(here + steps, ordered.pop(here))
    _number(rows, ordered)
    return True


def _number(rows: QuerySet, ordered: Iterable[Numbered]) -> None:
    moved = []
    for position, row in enumerate(ordered, start=1):
        if row.position != position:
            row.position = position
            moved.append(row)
    rows.model.objects.bulk_update(moved, ["position"])

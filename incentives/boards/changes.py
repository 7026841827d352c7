"""What has changed since the boards that run were counted last, of which stores.

Facts leave their marks themselves, see ``models.marks``. What is read here is forgotten once all
boards are counted with it: a turn that breaks off leaves it to the next one, which counts the same
units once more.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from dealers.models import Store
from incentives.boards.metrics import FIGURES
from incentives.models import Board, BoardMark, Fact, Metric

# Stores by what happened and the day that it counts on; None is every store, or every day.
type Marked = dict[str, dict[date | None, set[int | None]]]


@dataclass(frozen=True)
class Changes:
    """The marks that were due at a moment."""

    marks: list[int]
    marked: Marked

    def stores(self, board: Board) -> set[int] | None:
        """The stores whose figures may be others on a board; None where everybody's may be."""
        figure = FIGURES[Metric(board.metric)]
        ends_on = board.ends_on
        found: set[int | None] = set()
        for fact in {Fact.ALIKE, *figure.facts}:
            for day, stores in self.marked.get(fact, {}).items():
                if day is None or not figure.by_day or board.starts_on <= day < ends_on:
                    found |= stores
        return None if None in found else {store for store in found if store is not None}

    def everywhere(self) -> set[int]:
        """All stores of which anything changed."""
        every = (stores for days in self.marked.values() for stores in days.values())
        return {store for stores in every for store in stores if store is not None}


def read(at: datetime) -> Changes:
    """What is marked and due at ``at``."""
    marks: list[int] = []
    marked: Marked = {}
    rows = BoardMark.objects.filter(due_at__lte=at).values_list("pk", "fact", "store", "day")
    for mark, fact, store, day in rows.iterator(10_000):
        marks.append(mark)
        marked.setdefault(fact, {}).setdefault(day, set()).add(store)
    return Changes(marks, marked)


def forget(changes: Changes) -> None:
    """Delete marks once every board that runs is counted with them."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM incentives_boardmark WHERE id = ANY(%s)", [changes.marks])


def look_ahead(at: datetime) -> None:
    """Mark the first contacts that are still to come due: who was registered before left none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO incentives_boardmark (fact, store_id, day, due_at)"
            " SELECT DISTINCT %s, store_id, NULL::date, contact_due_at FROM customers_ownership"
            " WHERE contacted_at IS NULL AND contact_due_at > %s",
            [Fact.CONTACTED, at],
        )


def with_dealers(stores: Iterable[int]) -> tuple[list[int], list[int]]:
    """The dealers of some stores, and all the stores that are theirs."""
    dealers = set(Store.objects.filter(pk__in=list(stores)).values_list("dealer", flat=True))
    theirs = Store.objects.filter(dealer__in=dealers).values_list("pk", flat=True)
    return sorted(dealers), list(theirs)

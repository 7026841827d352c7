"""Rows that were stored before what they hold had bounds: found, and brought back."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.db.models.functions import Coalesce

from dealers.bounds import Bound, validate
from dealers.triggers import lifted

Check = tuple[str, bool, str]


@dataclass(frozen=True, slots=True)
class Stray:
    """Rows of a table that break a bound: how many, and the key of one."""

    model: type[models.Model]
    bound: Bound
    count: int
    example: str

    def __str__(self) -> str:
        return f"{self.bound.name}: {self.count} rows, for example {self.example}"


def bounds() -> Iterator[tuple[type[models.Model], Bound]]:
    """Every bound of every table. Those that clear a value come before those that move it."""
    for model in apps.get_models():
        for constraint in model._meta.constraints:
            if isinstance(constraint, Bound):
                yield model, constraint


def find() -> Iterator[Stray]:
    """All strays, without reading what the rows hold: the driver may not be able to."""
    for model, bound in bounds():
        rows = _beyond(model, bound)
        if count := rows.count():
            yield Stray(model, bound, count, str(rows.values_list("pk", flat=True).first()))


def _beyond(model: type[models.Model], bound: Bound) -> models.QuerySet:
    # A constraint holds where it says neither yes nor no, of a moment that is not set.
    fits = Coalesce(bound.condition, True, output_field=models.BooleanField())
    return model._base_manager.exclude(fits).order_by("pk")  # noqa: SLF001 -- all rows


def checks() -> Iterator[Check]:
    """Whether all rows lie within their bounds."""
    found = list(find())
    total = sum(stray.count for stray in found)
    said = f"{total} rows; {'; '.join(map(str, found))}; see repair_bounds" if found else ""
    yield "what was typed or sent lies within its bounds", not found, said


@transaction.atomic
def repair() -> tuple[int, list[Stray]]:
    """Bring every stray back; how many rows that were, and those that people have to decide about.

    A moment or number goes to the nearest end of its bounds, what is not seen leaves a name, a
    phone's clock that is none is dropped. Again: no change.
    """
    done, left = 0, []
    for stray in find():
        try:
            with lifted(stray.model):
                done += _beyond(stray.model, stray.bound).update(**stray.bound.mend)
        except IntegrityError:  # brought back, it breaks another rule of the table
            left.append(stray)
    with connection.cursor() as cursor:
        cursor.execute(
            "SET CONSTRAINTS ALL IMMEDIATE"
        )  # a table with checks to come stays as it is
    for model, bound in bounds():
        validate(model, bound.name)
    return done, left

"""What everything that people, files and devices send lies within: moments, names, numbers.

A field's own validator says it on the form, the constraint of its table holds it in the database.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Self

from django.contrib.postgres.operations import AddConstraintNotValid
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import Case, F, Func, Q, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Greatest, Least
from django.utils.translation import gettext_lazy as _

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
CLOCK_MAY_DIFFER = timedelta(days=2)  # of a device, from the server's

# Controls, and what turns the direction of the text around it or breaks its line unseen.
UNSEEN = r"[\u0001-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"
_UNSEEN = re.compile(UNSEEN)

_OUT_OF_BOUNDS = _("Enter a day between 1990 and 2199.")
_NOT_SEEN = _("There is an invisible character in it. Type it by hand instead of pasting it.")


def validate_moment(value: date) -> None:
    """Raise ValidationError for a moment, or a day, that nothing in the portal can be about."""
    if isinstance(value, datetime):
        fits = EARLIEST <= value <= LATEST
    else:
        fits = EARLIEST.date() <= value <= LATEST.date()
    if not fits:
        raise ValidationError(_OUT_OF_BOUNDS, code="out_of_bounds")


def validate_name(text: str) -> None:
    """Raise ValidationError for a name with a character that is not seen but changes what is."""
    if _UNSEEN.search(text) or "\0" in text:
        raise ValidationError(_NOT_SEEN, code="not_seen")


def readable(name: str) -> str:
    """The name of a file without what cannot be stored or seen."""
    return _UNSEEN.sub("", name.encode(errors="replace").decode())


def key(text: str) -> int:
    """The number of a row as an address or a form names it; 0, which no row has, for other text."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


class MomentField(models.DateTimeField):
    """A moment from 1990 to 2200."""

    default_validators = [validate_moment]

    def get_prep_value(self, value: Any) -> Any:
        prepared = super().get_prep_value(value)
        # In UTC it may be no date any more: what is asked for by it is refused as what is typed.
        if isinstance(prepared, datetime) and prepared.year in {1, 9999}:
            raise ValidationError(_OUT_OF_BOUNDS, code="out_of_bounds")
        return prepared

    def deconstruct(self) -> Any:
        return _as(super().deconstruct(), models.DateTimeField)


class DayField(models.DateField):
    """A day from 1990 to 2200."""

    default_validators = [validate_moment]

    def deconstruct(self) -> Any:
        return _as(super().deconstruct(), models.DateField)


class NameField(models.CharField):
    """A line of text in which all is seen: no controls, and no marks of direction."""

    default_validators = [validate_name]

    def deconstruct(self) -> Any:
        return _as(super().deconstruct(), models.CharField)


def _as(parts: Any, field: type[models.Field]) -> Any:
    """To a migration the field is Django's own: what makes it ours is no matter of the column."""
    name, _path, args, kwargs = parts
    return name, f"django.db.models.{field.__name__}", args, kwargs


class Bound(models.CheckConstraint):
    """A constraint of what people, files or devices sent, and what to make of a row beyond it."""

    mend: Mapping[str, Combinable]

    def __init__(self, *, mend: Mapping[str, Combinable] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.mend = mend or {}

    def deconstruct(self) -> Any:
        _path, args, kwargs = super().deconstruct()
        return "django.db.models.CheckConstraint", args, kwargs

    def clone(self) -> Self:
        copy = super().clone()
        copy.mend = self.mend
        return copy


def within(
    name: str, *, moments: Iterable[str] = (), days: Iterable[str] = (), periods: Iterable[str] = ()
) -> Bound:
    """All moments, days and periods of a row lie between 1990 and 2200."""
    condition, mend = Q(), {}
    for fields, first, last in (
        (moments, EARLIEST, LATEST),
        (days, EARLIEST.date(), LATEST.date()),
    ):
        for field in fields:
            condition &= Q(**{f"{field}__gte": first, f"{field}__lte": last})
            mend[field] = _if_set(field, Least(Greatest(F(field), first), last))
    for field in periods:
        condition &= Q(**{f"{field}__startswith__gte": EARLIEST, f"{field}__endswith__lte": LATEST})
    return Bound(name=name, condition=condition, mend=mend, violation_error_message=_OUT_OF_BOUNDS)


def at_most(name: str, **limits: Any) -> Bound:
    """These numbers of a row are not above their limits."""
    return Bound(
        name=name,
        condition=Q(**{f"{field}__lte": limit for field, limit in limits.items()}),
        mend={field: _if_set(field, Least(F(field), limit)) for field, limit in limits.items()},
    )


def legible(name: str, *fields: str) -> Bound:
    """In these names all is seen."""
    condition = Q()
    for field in fields:
        condition &= ~Q(**{f"{field}__regex": UNSEEN})
    return Bound(
        name=name,
        condition=condition,
        mend={
            field: Func(F(field), Value(UNSEEN), Value(""), Value("g"), function="regexp_replace")
            for field in fields
        },
        violation_error_message=_NOT_SEEN,
    )


def _if_set(field: str, then: Combinable) -> Case:
    # LEAST and GREATEST take no notice of NULL.
    return Case(When(**{f"{field}__isnull": False, "then": then}))


class AddBound(AddConstraintNotValid):
    """Hold new rows to a constraint at once, and those on file as soon as all of them fit.

    Where some do not, ``verify`` counts them and ``repair_bounds`` brings them back.
    """

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        super().database_forwards(app_label, schema_editor, from_state, to_state)
        model = to_state.apps.get_model(app_label, self.model_name)
        validate(model, self.constraint.name)


def validate(model: type[models.Model], name: str) -> bool:
    """Hold all rows of a table to a constraint; False where some do not fit."""
    connection = transaction.get_connection()
    quote = connection.ops.quote_name
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f"ALTER TABLE {quote(model._meta.db_table)} VALIDATE CONSTRAINT {quote(name)}"
            )
    except IntegrityError:
        return False
    return True

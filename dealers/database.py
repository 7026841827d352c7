"""What the portal's own database backend can do beyond Django's."""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from itertools import batched, count
from types import NoneType
from typing import Any, Protocol, cast
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import IntegrityError, connection
from django.db.backends.utils import CursorWrapper
from django.db.models import Field, JSONField, Model, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.fields import AutoFieldMixin


class _Preparing(Protocol):
    def prepared(self, *, numbered: bool = False) -> CursorWrapper: ...


def prepared(*, numbered: bool = False) -> CursorWrapper:
    """A cursor for hot statements, which the server parses and plans once per connection.

    With ``PORTAL_POOLED`` each time. ``numbered`` ones have $1, $2 and so on for parameters. The
    driver takes them as they are, and translates others anew each time if there are more than
    fifty.
    """
    return cast(_Preparing, connection).prepared(numbered=numbered)


def read_one(statement: str, values: dict[str, Any]) -> dict[str, Any]:
    """The only row of a hot statement, by the names of its columns."""
    with prepared() as cursor:
        cursor.execute(statement, values)
        return dict(zip([it.name for it in cursor.description], cursor.fetchone(), strict=True))


def drop_database(cursor: CursorWrapper, name: str) -> None:
    """Drop another database of the server, if it is there, with whoever is connected to it.

    Not by force: PostgreSQL cleans up in a database by itself (autovacuum), and only a superuser
    ends that by force. Asked without, it ends that itself, and waits some seconds for all others.
    """
    cursor.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = %s AND backend_type = 'client backend'",
        [name],
    )
    cursor.execute(f"DROP DATABASE IF EXISTS {connection.ops.quote_name(name)}")


@dataclass(frozen=True, slots=True)
class Update:
    """A row on file, of which some fields are to be saved."""

    row: Model
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A function of the database of bigints, which says how many rows it has changed: one."""

    function: str
    values: tuple[int, ...]


class NotSaved(Exception):
    """A row that was to be updated is not there any more, or may not be seen."""


def save_together(rows: Iterable[Model | Update | Call]) -> None:
    """Add and update rows of several tables in one prepared statement, in the order given.

    A new row whose automatic key is not set gets one from the database, which is not read back.
    Raises NotSaved, which ends the caller's transaction, if a row to update is not there.
    """
    saved = list(rows)
    shape: list[Step] = []
    values: list[Any] = []
    for each in saved:
        if isinstance(each, Call):
            shape.append((each.function, None, len(each.values)))
            values += each.values
            continue
        row, names = (each.row, each.fields) if isinstance(each, Update) else (each, None)
        fields = _added(type(row), row.pk is not None) if names is None else _set(type(row), names)
        shape.append((type(row), names, row.pk is not None))
        values += [_prepared(field, row, adding=names is None) for field in fields]
    with prepared(numbered=True) as cursor:
        cursor.execute(_statement(tuple(shape)), values)
        if cursor.fetchone()[0] != 1:
            raise NotSaved(f"Not there: one of {[str(shape[0]) for shape in shape]}")
    for each in saved:
        if isinstance(each, Model):
            each._state.adding, each._state.db = False, connection.alias  # noqa: SLF001 -- as save()


# What the driver takes as it is, from whatever field but one of JSON.
PLAIN = frozenset({NoneType, bool, int, str, bytes, date, datetime, UUID})


def _prepared(field: Field, row: Model, *, adding: bool) -> Any:
    value = field.pre_save(row, adding)
    if type(value) in PLAIN and not isinstance(field, JSONField):
        return value
    return field.get_db_prep_save(value, connection)


# A table, the fields to set or None for a new row, and whether that has its key; or a function and
# how many values it takes.
Step = tuple[type[Model] | str, tuple[str, ...] | None, int]


@cache
def _statement(shape: Sequence[Step]) -> str:
    """One step for each row. Each reads from the one before, which settles their order."""
    steps: list[str] = []
    place = count(1)

    def value(field: Field) -> str:
        return f"${next(place)}::{_type(field)}"

    for number, (model, names, keyed) in enumerate(shape):
        before = f"step_{number - 1}" if number else "(VALUES (1)) AS step"
        if isinstance(model, str):
            given = ", ".join(f"${next(place)}::bigint" for _ in range(keyed))
            # Read by the step after it, so after the steps before it.
            steps.append(f"step_{number} AS (SELECT {model}({given}) FROM {before})")  # noqa: S608
            continue
        table = model._meta.db_table
        if names is None:
            fields = _added(model, bool(keyed))
            columns = ", ".join(f'"{field.column}"' for field in fields)
            values = ", ".join(map(value, fields))
            step = f'INSERT INTO "{table}" ({columns}) SELECT {values} FROM {before} RETURNING 1'  # noqa: S608
        else:
            *fields, key = _set(model, names)
            changes = ", ".join(f'"{field.column}" = {value(field)}' for field in fields)
            step = (
                f'UPDATE "{table}" SET {changes} FROM {before}'  # noqa: S608 -- names of models
                f' WHERE "{table}"."{key.column}" = {value(key)} RETURNING 1'
            )
        steps.append(f"step_{number} AS ({step})")
    return f"WITH {',\n'.join(steps)}\nSELECT count(*) FROM step_{len(steps) - 1}"


def _type(field: Field) -> str:
    """The column's type without its length: too much is refused, never cut."""
    return re.sub(r"\(.*?\)", "", str(field.db_type(connection)))


@cache
def _added(model: type[Model], keyed: bool) -> list[Field]:
    fields = model._meta.local_concrete_fields
    return [field for field in fields if keyed or not isinstance(field, AutoFieldMixin)]


@cache
def _set(model: type[Model], names: tuple[str, ...]) -> list[Field]:
    """The fields to set, and the key to find the row by."""
    meta = model._meta
    return [cast(Field, meta.get_field(name)) for name in (*names, meta.pk.name)]


MANY = 20_000  # rows added by one statement


def add_rows(
    model: type[Model],
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    once: bool = False,
    **same: Any,
) -> int:
    """Add many rows of one table in a few prepared statements, without an object for each.

    ``columns`` names the fields that each of ``rows`` gives a value for, in that order, and
    ``same`` those that are equal in all of them; what neither names has the model's default. With
    ``once`` a row that is there already, by any unique constraint, is left out. Returns how many
    were added; automatic keys are not read back. Raises TypeError for a value that is no text,
    int, Decimal, moment, boolean or UUID, nor None, where its field does not hold JSON.
    """
    each, shared = _apart(model, tuple(columns), tuple(same))
    statement = _adding(model, tuple(columns), tuple(same), once)
    values = [
        field.get_db_prep_save(same.get(field.name, field.get_default()), connection)
        for field in shared
    ]
    added = 0
    with prepared(numbered=True) as cursor:
        for some in batched(rows, MANY, strict=False):
            by_field = zip(each, zip(*some, strict=True), strict=True)
            arrays = [_array(field, given) for field, given in by_field]
            cursor.execute(statement, [*values, *arrays])
            added += cursor.rowcount
    return added


@cache
def _apart(
    model: type[Model], columns: tuple[str, ...], same: tuple[str, ...]
) -> tuple[list[Field], list[Field]]:
    """The fields that differ in the rows to add, and those that are equal in all of them."""
    each = [cast(Field, model._meta.get_field(name)) for name in columns]
    shared = [
        field
        for field in _added(model, keyed=True)
        if field not in each
        and (field.name in same or not (field.primary_key or field.has_db_default()))
    ]
    if unknown := {*same} - {field.name for field in shared}:
        raise ValueError(f"{model.__name__} has no other fields {sorted(unknown)}.")
    return each, shared


@cache
def _adding(model: type[Model], columns: tuple[str, ...], same: tuple[str, ...], once: bool) -> str:
    each, shared = _apart(model, columns, same)
    names = ", ".join(f'"{field.column}"' for field in (*shared, *each))
    place = count(1)
    values = "".join(f"${next(place)}::{_type(field)}, " for field in shared)
    arrays = ", ".join(f"${next(place)}::{_type(field)}[]" for field in each)
    return (
        f'INSERT INTO "{model._meta.db_table}" ({names})'  # noqa: S608 -- names of models
        f" SELECT {values}given.* FROM unnest({arrays}) AS given"
        f"{' ON CONFLICT DO NOTHING' if once else ''}"
    )


# What is written into an array as Python writes it.
UNQUOTED = frozenset({bool, int, Decimal, date, datetime, UUID})


def _array(field: Field, values: Iterable[Any]) -> str:
    """An array as the server reads it: the driver takes far longer for so many values."""
    found = list(values)
    if isinstance(field, JSONField):
        found = [each if each is None else json.dumps(each, cls=field.encoder) for each in found]
    write: Callable[[Any], str] = str if set(map(type, found)) <= UNQUOTED else _element
    return f"{{{','.join(map(write, found))}}}"


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return '"' + str.replace(value, "\\", r"\\").replace('"', r"\"") + '"'
    if type(value) in UNQUOTED:
        return str(value)
    raise TypeError(f"{type(value)} is not added in bulk.")


def adding_sql(model: type[Model], found: str, **values: str) -> str:
    """A statement that adds rows which the database finds itself, without reading them.

    ``found`` is what follows the list of the SELECT, ``values`` names what stands in that list for
    each field. What is not named has the database's default, else NULL.
    """
    fields = [cast(Field, model._meta.get_field(name)) for name in values]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    listed = ", ".join(values.values())
    return f'INSERT INTO "{model._meta.db_table}" ({columns}) SELECT {listed} {found}'


def among(keys: Iterable[int] | Iterable[UUID]) -> RawSQL:
    """Many keys for ``__in``: one parameter for all of them, and each is looked up by an index.

    A list of some thousand parameters costs more than what is asked, and has the server guess that
    reading the whole table is less. No keys are taken for numbers: whoever looks for UUIDs asks for
    one at least.
    """
    found = list(keys)
    kind = "uuid" if found and isinstance(found[0], UUID) else "bigint"
    given = f"{{{','.join(map(str, found))}}}"
    return RawSQL(f"SELECT unnest(%s::{kind}[])", [given])  # noqa: S611 -- our own text


@dataclass(frozen=True, slots=True)
class Counted:
    """How many rows a query finds, and the first of a moment in them."""

    count: int
    first: datetime | None


def counted(*asked: tuple[QuerySet[Any], str]) -> list[Counted]:
    """What each of several queries finds, asked in one statement.

    With each query the column of the moment, which may be that of a row it joins.
    """
    parts: list[str] = []
    values: list[Any] = []
    for number, (rows, moment) in enumerate(asked):
        try:
            query, given = rows.order_by().values_list(moment).query.sql_with_params()
        except EmptyResultSet:  # of nothing
            query, given = "SELECT NULL::timestamptz WHERE false", ()
        parts.append(_COUNTED.format(number=number, query=query))
        values += given
    if not parts:
        return []
    with connection.cursor() as cursor:
        cursor.execute(f"{' UNION ALL '.join(parts)} ORDER BY number", values)
        return [Counted(count, first) for _number, count, first in cursor.fetchall()]


_COUNTED = "SELECT {number} AS number, count(*), min(moment) FROM ({query}) AS found (moment)"


def rows_of(model: type[Model]) -> QuerySet[Any]:
    """All rows of a model, whatever its managers leave out."""
    return model._base_manager.all()  # noqa: SLF001 -- Django's


def store_each(rows: Sequence[Model], columns: Iterable[str]) -> None:
    """Store these columns of rows of one model, which differ in all of them; sent in a pipe."""
    if not rows:
        return
    meta = rows[0]._meta
    fields: list[Any] = [meta.get_field(name) for name in columns]
    given = ", ".join(f'"{it.column}" = %s' for it in fields)
    statement = f'UPDATE "{meta.db_table}" SET {given} WHERE "{meta.pk.column}" = %s'  # noqa: S608
    values = [
        [*(it.get_db_prep_save(getattr(row, it.attname), connection) for it in fields), row.pk]
        for row in rows
    ]
    with connection.cursor() as cursor:
        cursor.executemany(statement, values)


def next_ids(model: type[Model], count: int = 1) -> list[int]:
    """Ids for rows of ``model`` that have to know theirs before they are stored."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [table, count],
        )
        return [row[0] for row in cursor.fetchall()]


def broken_constraint(problem: IntegrityError) -> str | None:
    """The name of the constraint that a statement would have broken."""
    return getattr(getattr(problem.__cause__, "diag", None), "constraint_name", None)

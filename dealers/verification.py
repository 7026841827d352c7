"""What must be true of the installation: its keys, and what its database refuses."""

from collections.abc import Iterator
from typing import Any

import pgtrigger
from django.apps import apps
from django.db import connection
from django.db.models import BaseConstraint, BooleanField, CheckConstraint, Field, Model
from django.db.models.functions import Coalesce

from dealers import personal, vault
from dealers.bounds import Bound
from dealers.keys import envelopes, held
from dealers.receipts import chain, stamping
from dealers.sealed import sealed_fields, sealed_models
from dealers.triggers import SWITCH

Check = tuple[str, bool, str]

APPS = ("dealers", "customers", "training", "incentives")


def checks() -> Iterator[Check]:
    """Run every check: its name, whether it holds, and otherwise what breaks it."""
    yield _verdict("the keys are those that the data was made with", held.wrong())
    yield _verdict("the dealers' keys open", vault.closed_keys())
    yield _verdict("the portal's own keys open", envelopes.closed_keys())
    yield _verdict("what is sealed is sealed with a key of its dealer", list(_foreign_keys()))
    yield _verdict("the dealers' chains hold, as they were signed", chain.broken())
    yield _verdict("the time stamps are over the daily roots, as given", list(stamping.broken()))
    yield _verdict("of every column it is known whom it tells of", personal.unclassified())
    yield _verdict("every trigger is there, as written and switched on", list(_triggers()))
    yield _verdict("every constraint is there and holds for all rows", list(_constraints()))


def _verdict(name: str, broken: list[str]) -> Check:
    return name, not broken, f"{len(broken)}, for example {broken[0]}" if broken else ""


def _foreign_keys() -> Iterator[str]:
    """Columns with values that no key of the row's dealer can have sealed."""
    for model in sealed_models():
        table = model._meta.db_table
        for field in sealed_fields(model):
            ((count,),) = _read(
                f"""SELECT count(*) FROM "{table}" AS t
                WHERE length("{field.column}") > 0 AND NOT EXISTS (
                    SELECT FROM dealers_dealerkey AS k WHERE k.dealer_id = t.dealer_id
                        AND int4send(k.id::int4) = substring("{field.column}" FROM 2 FOR 4))"""  # noqa: S608 -- our own names
            )
            if count:
                yield f"{table}.{field.column} of {count} rows"


def _triggers() -> Iterator[str]:
    """Triggers that are not as the code has them."""
    found = {
        (table, name): (enabled, comment, body)
        for table, name, enabled, comment, body in _read(
            """SELECT c.relname, t.tgname, t.tgenabled::text, obj_description(t.oid), p.prosrc
            FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid
            JOIN pg_proc AS p ON p.oid = t.tgfoid WHERE NOT t.tgisinternal"""
        )
    }
    for model, trigger in pgtrigger.registered():
        sql = trigger.compile(model).sql
        enabled, comment, body = found.get((model._meta.db_table, sql.pgid), ("", "", ""))
        if not enabled:
            yield f"{trigger.name} is not there"
        elif enabled not in "OA":
            yield f"{trigger.name} is switched off"
        elif comment != sql.hash or body not in str(sql):
            yield f"{trigger.name} is another one"
    for (name,) in _read(
        """SELECT k.conname FROM pg_trigger AS t JOIN pg_constraint AS k ON k.oid = t.tgconstraint
        WHERE t.tgisinternal AND t.tgenabled NOT IN ('O', 'A')"""
    ):
        yield f"{name} is switched off"
    for (body,) in _read(f"SELECT prosrc FROM pg_proc WHERE proname = '{SWITCH}'"):  # noqa: S608
        if body != "SELECT false":
            yield "a setting of the session switches them off: run migrate"


def _constraints() -> Iterator[str]:
    """Constraints that are not in the database, or that old rows may break."""
    named, columns = _in_database()
    for model in apps.get_models():
        meta = model._meta
        if meta.app_label not in APPS or meta.proxy:
            continue
        table = meta.db_table
        for constraint in meta.constraints:
            if (table, constraint.name) not in named:
                yield f"{constraint.name} is not there"
            elif not named[table, constraint.name] and _broken(model, constraint):
                yield f"{constraint.name} does not hold for rows that are older"
        for field in meta.local_concrete_fields:
            missing = _wanted(field) - columns.get((table, field.column or ""), set())
            yield from (f"{table}.{field.column}: {what} is not there" for what in sorted(missing))


def _broken(model: type[Model], constraint: BaseConstraint) -> bool:
    """Whether rows break a constraint that was added for new ones only."""
    if isinstance(constraint, Bound):  # of which ``strays`` tells
        return False
    if not isinstance(constraint, CheckConstraint):
        return True
    fits = Coalesce(constraint.condition, True, output_field=BooleanField())
    return model._base_manager.exclude(fits).exists()  # noqa: SLF001 -- all rows


def _wanted(field: Field) -> set[str]:
    """What a column has of itself."""
    wanted = set()
    if not (field.null or field.generated):
        wanted.add("not null")
    if field.unique:
        wanted.add("unique")
    if field.many_to_one or field.one_to_one:
        relation: Any = field
        if relation.db_constraint:
            wanted.add("foreign key")
    return wanted


def _in_database() -> tuple[dict[tuple[str, str], bool], dict[tuple[str, str], set[str]]]:
    """Whether each named constraint holds for all rows, and what each column has of itself."""
    named: dict[tuple[str, str], bool] = {}
    columns: dict[tuple[str, str], set[str]] = {}
    for table, name, kind, valid, over in _read(
        """SELECT c.relname, k.conname, k.contype::text, k.convalidated, array(
            SELECT attname::text FROM pg_attribute
            WHERE attrelid = c.oid AND attnum = ANY(k.conkey))
        FROM pg_constraint AS k JOIN pg_class AS c ON c.oid = k.conrelid"""
    ):
        named[table, name] = valid
        if kind == "f" and len(over) == 1:
            columns.setdefault((table, over[0]), set()).add("foreign key")
    for table, name, unique, valid, over in _read(
        """SELECT c.relname, i.relname,
            x.indisunique AND x.indpred IS NULL AND x.indexprs IS NULL, x.indisvalid, array(
                SELECT attname::text FROM pg_attribute
                WHERE attrelid = c.oid AND attnum = ANY(x.indkey))
        FROM pg_index AS x JOIN pg_class AS c ON c.oid = x.indrelid
        JOIN pg_class AS i ON i.oid = x.indexrelid"""
    ):
        named.setdefault((table, name), valid)
        if unique and len(over) == 1:
            columns.setdefault((table, over[0]), set()).add("unique")
    for table, column in _read(
        """SELECT c.relname, a.attname FROM pg_attribute AS a
        JOIN pg_class AS c ON c.oid = a.attrelid WHERE a.attnotnull AND c.relkind = 'r'"""
    ):
        columns.setdefault((table, column), set()).add("not null")
    return named, columns


def _read(query: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()

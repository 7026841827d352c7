"""What each role may do with a table, and which rows of it it sees: grants and policies."""

from collections.abc import Collection, Iterator
from functools import cache
from itertools import groupby
from operator import itemgetter

import pgtrigger
from django.apps import apps
from django.db.models import Model

from dealers.sealed import sealed_fields
from dealers.walls.functions import OF_NO_DEALER
from dealers.walls.kinds import WALLED, Kind, Wall
from dealers.walls.roles import (
    DEALER,
    DEFINER,
    DOOR,
    HQ,
    LOOKER,
    OUTSIDE,
    OWNER,
    PUBLIC,
    REGION,
    ROLES,
    TAKEN,
    WORKER,
    quoted,
)
from dealers.walls.tables import TABLES

_ALL = ("SELECT", "INSERT", "UPDATE", "DELETE")
_ADD = ("SELECT", "INSERT", "UPDATE")
_READ = ("SELECT",)

LOG = "dealers_accesslog"  # which every look adds to
_ADDED = {
    "customers_consent",
    "customers_ownershipevent",
    "customers_plantedhit",
    "dealers_accessalarm",
    "dealers_brokenglass",
    "dealers_fact",
    "incentives_boardmark",
}  # to which the definer adds rows
WAITING = "dealers_fact"  # which it also takes out again, into a chain
# Columns that triggers and calls change, of rows whose other columns they leave alone.
_CHANGED = {
    "customers_ownership": ("period", "protected_until"),
    # A draft whose parts change is neither tested nor approved any more.
    "incentives_planversion": ("tested_at", "tested_by_id", "approved_at", "approved_by_id"),
    "training_story": ("tested_at", "tested_by_id", "approved_at", "approved_by_id"),
}

# What a role may do with a table of a kind; a role that is not named may nothing.
RIGHTS: dict[Kind, dict[str, tuple[str, ...]]] = {
    Kind.DEALER: {DEALER: _ADD, LOOKER: _READ, REGION: _ADD, HQ: _ALL, WORKER: _ALL},
    Kind.PERSON: dict.fromkeys((DOOR, DEALER, LOOKER, REGION), _ADD) | {HQ: _ALL, WORKER: _ALL},
    Kind.NETWORK: dict.fromkeys((DOOR, DEALER, LOOKER, REGION), _READ) | {HQ: _ALL, WORKER: _ALL},
    Kind.HEADQUARTERS: {HQ: _ALL, WORKER: _ALL},
    Kind.INBOX: {PUBLIC: ("INSERT",), WORKER: _ALL},
    Kind.ENTRANCE: dict.fromkeys((DOOR, DEALER, LOOKER, REGION, HQ, WORKER), _ALL),
    Kind.DOOR: dict.fromkeys((DOOR, WORKER), _ALL),
    Kind.BOOKKEEPING: dict.fromkeys((DOOR, DEALER, LOOKER, REGION, HQ), _ADD) | {WORKER: _ALL},
    Kind.SCHEMA: dict.fromkeys((DOOR, DEALER, LOOKER, REGION, HQ, WORKER), _READ),
}


def statements(there: dict[str, list[str]], owner: str) -> Iterator[str]:
    """Grants and policies of the tables that are there, with their columns, for their owner."""
    roles = ", ".join(ROLES)
    yield f"GRANT USAGE ON SCHEMA public TO {roles}"
    if "dealers_membership" in there:
        yield OF_NO_DEALER
    for table, wall in TABLES.items():
        if table not in there:
            continue
        yield f"REVOKE ALL ON {table} FROM PUBLIC, {roles}"
        yield from _grants(table, wall, there[table])
        yield from _policies(table, wall, owner)
    yield f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM PUBLIC, {roles}"
    yield f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {', '.join(TAKEN[:-1])}"
    if there.keys() >= _ADDED:
        for table in sorted(_ADDED):
            yield f"GRANT USAGE ON {table}_id_seq TO {DEFINER}"


def rights(table: str, wall: Wall) -> dict[str, tuple[str, ...]]:
    """What each role may do with a table; rows that are only ever added are added and read.

    Of a table with ``hidden`` columns, who is outside may read the others alone.
    """
    changes = {"UPDATE", "DELETE"} if wall.kept or table in append_only() else set()
    given = {
        role: tuple(right for right in rights if right not in changes)
        for role, rights in RIGHTS[wall.kind].items()
    }
    if wall.kept:
        given[WORKER] = _ADD
    if table == LOG:
        given[LOOKER] = (*_READ, "INSERT")
    if hidden(table):
        for role in OUTSIDE:
            given[role] = tuple(right for right in given[role] if right != "SELECT")
    definer = (*_READ, "INSERT") if table in _ADDED else _READ
    given[DEFINER] = (*definer, "DELETE") if table == WAITING else definer
    return {
        role: tuple(it for it in may if it not in _single(role, wall))
        for role, may in given.items()
    }


def _single(role: str, wall: Wall) -> tuple[str, ...]:
    """Which rights a role has to single columns: all who are in to what opens no account."""
    return ("SELECT", "UPDATE") if wall.opens and role != DOOR else ()


def hidden(table: str) -> set[str]:
    """The columns of a table that nobody outside a dealer may read."""
    model = _models().get(table)
    if model is None or TABLES[table].kind != Kind.DEALER:
        return set()
    return {str(field.column) for field in sealed_fields(model)} | set(TABLES[table].hidden)


def column_rights(table: str, wall: Wall, columns: Collection[str]) -> set[tuple[str, str, str]]:
    """Role, right and column, of rights to single ones of the table's columns."""
    secret = hidden(table)
    given: set[tuple[str, str, str]] = set()
    for role, whole in rights(table, wall).items():
        if secret and role in OUTSIDE:
            given |= {(role, "SELECT", name) for name in columns if name not in secret}
        if "UPDATE" not in whole and role not in (LOOKER, PUBLIC):
            # Whoever locks a row needs this of one column; a trigger refuses another value in it.
            given.add((role, "UPDATE", key_of(table)))
    if wall.opens:
        for role, whole in RIGHTS[wall.kind].items() | {(DEFINER, _READ)}:
            for right in set(_single(role, wall)) & set(whole):
                given |= {(role, right, name) for name in columns if name not in wall.opens}
    changed = set(_CHANGED.get(table, ())) & set(columns)
    return given | {(DEFINER, "UPDATE", name) for name in changed}


def _grants(table: str, wall: Wall, columns: list[str]) -> Iterator[str]:
    for role, given in rights(table, wall).items():
        if given:
            yield f"GRANT {', '.join(given)} ON {table} TO {role}"
    single = sorted(column_rights(table, wall, columns))
    for (role, right), some in groupby(single, itemgetter(0, 1)):
        names = ", ".join(column for _role, _right, column in some)
        yield f"GRANT {right} ({names}) ON {table} TO {role}"


def _policies(table: str, wall: Wall, owner: str) -> Iterator[str]:
    rules = conditions(table, wall)
    for role in (*ROLES, OWNER):
        yield f"DROP POLICY IF EXISTS {role} ON {table}"
    if not rules:
        yield f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY"
        return
    yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"
    for role, (seen, added) in rules.items():
        who = quoted(owner) if role == OWNER else role
        yield f"CREATE POLICY {role} ON {table} TO {who} USING ({seen}) WITH CHECK ({added})"


def conditions(table: str, wall: Wall) -> dict[str, tuple[str, str]]:
    """The policies of a table: which rows each role sees, and which it may write."""
    if wall.kind not in WALLED:
        return {}
    door, dealer, region, hq, added = (
        it.replace("{table}", table)
        for it in (wall.door, wall.dealer, wall.region, wall.hq, wall.added)
    )
    door_added = wall.door_added or (door if door == "true" else added or door)
    looker = dealer
    if wall.outside:
        looker, region, hq = (f"{it} AND {wall.outside}" for it in (dealer, region, hq))
    inside = {
        DEALER: (dealer, added or dealer),
        LOOKER: (looker, added or looker),
        REGION: (region, added or region),
        HQ: (hq, hq),
        **dict.fromkeys((WORKER, DEFINER, OWNER), ("true", "true")),
    }
    return inside | ({DOOR: (door, door_added)} if door else {})


@cache
def how_many() -> int:
    """How many policies there are when all stand."""
    return sum(len(conditions(table, wall)) for table, wall in TABLES.items())


@cache
def _models() -> dict[str, type[Model]]:
    return {it._meta.db_table: it for it in apps.get_models(include_auto_created=True)}


@cache
def append_only() -> frozenset[str]:
    """The tables whose triggers refuse UPDATE and DELETE of whatever row."""
    found = set()
    for model, trigger in pgtrigger.registered():
        words = str(trigger.operation).split(" OR ")
        if (
            isinstance(trigger, pgtrigger.Protect)
            and {"UPDATE", "DELETE"} <= set(words)
            and not trigger.condition
        ):
            found.add(model._meta.db_table)
    return frozenset(found)


def key_of(table: str) -> str:
    """The column by which a table's rows are known."""
    model = _models().get(table)
    return str(model._meta.pk.column) if model else "id"

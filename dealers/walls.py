"""The walls themselves: database roles, what each may do, and which rows it sees.

Made from ``isolation.TABLES`` after each migration, as often as one likes. The roles belong to the
whole server: the embedded one gets them by itself, another by ``manage.py setup_roles``.
"""

import hashlib
import logging
from collections.abc import Collection, Iterable, Iterator
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Any

import pgtrigger
from django.apps import apps
from django.db import ProgrammingError, connections, transaction
from django.db.models import Model
from psycopg.errors import InsufficientPrivilege

from dealers import shadows
from dealers.isolation import TABLES, Kind, Wall
from dealers.sealed import sealed_fields

OWNER = "portal_owner"  # of nothing: the name of the policy of whoever owns the tables
LOGIN = "portal_login"  # what serves requests signs in as it; it has no rights of its own
DOOR = "portal_door"  # whoever is not known yet: sessions, signing in, invitations
DEALER = "portal_dealer"
LOOKER = "portal_looker"  # headquarters on a dealer's pages, where it only reads
REGION = "portal_region"
HQ = "portal_hq"
WORKER = "portal_worker"
PUBLIC = "portal_public"  # the page for everybody, which reads nothing
SIGNER = "portal_signer"  # signs receipts, and has no table of the portal's
DEFINER = "portal_definer"  # what triggers and the calls that cross dealers run as

TAKEN = (DOOR, DEALER, LOOKER, REGION, HQ, WORKER, PUBLIC)  # what a request or a task may run as
ROLES = (*TAKEN, SIGNER, DEFINER)

logger = logging.getLogger(__name__)

_ALL = ("SELECT", "INSERT", "UPDATE", "DELETE")
_ADD = ("SELECT", "INSERT", "UPDATE")
_READ = ("SELECT",)

# The calls that cross dealers, by whom, the one by which policies tell who works for a dealer, and
# what they and triggers write; all else that runs with more rights than its caller is a trigger.
CALLS = {
    "who_owns": (DEALER, WORKER),
    "end_ownership": (DEALER, WORKER),
    "reveal_read": (HQ, WORKER),  # by a committed entry of the dealer's access log
    "of_no_dealer": (DEALER, LOOKER, REGION),
}
_OF_NO_DEALER = """CREATE OR REPLACE FUNCTION of_no_dealer(person bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
SELECT count(dealer_id) FILTER (WHERE running) = 0
    AND (count(dealer_id) = 0 OR count(*) FILTER (WHERE running) > 0)
FROM (SELECT dealer_id, ends_at IS NULL OR ends_at > statement_timestamp() AS running
    FROM dealers_membership WHERE user_id = person) AS post
$$"""  # who has left a dealer is still nobody that another dealer knows
LOG = "dealers_accesslog"  # which every look adds to
_ADDED = {
    "customers_consent",
    "customers_ownershipevent",
    "customers_plantedhit",
    "dealers_accessalarm",
    "dealers_brokenglass",
    "dealers_fact",
}  # to which the definer adds rows
WAITING = "dealers_fact"  # which it also takes out again, into a chain
# Columns that triggers and calls change, of rows whose other columns they leave alone.
_CHANGED = {
    "customers_ownership": ("period", "protected_until"),
    # A draft whose parts change is neither tested nor approved any more.
    "incentives_planversion": ("tested_at", "tested_by_id", "approved_at", "approved_by_id"),
    "training_story": ("tested_at", "tested_by_id", "approved_at", "approved_by_id"),
}

OUTSIDE = (LOOKER, REGION, HQ)  # who reads of no card what is sealed, whichever way they come

# The tables of which not everybody sees every row.
WALLED = (Kind.DEALER, Kind.PERSON, Kind.ENTRANCE)

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


def role_statements(owner: str, login: str = LOGIN) -> Iterator[str]:
    """What makes the roles, where they are missing: for whoever may create roles.

    ``owner`` owns the tables and ``login`` serves requests; both may take the roles of requests,
    the owner for tests and commands, and hand functions over to the definer.
    """
    for role in ROLES:
        yield _unless_there(role, f"CREATE ROLE {role} NOLOGIN NOINHERIT")
    yield _unless_there(login, f"CREATE ROLE {_quoted(login)} LOGIN NOINHERIT")
    for role in TAKEN:
        for member in (login, owner):
            yield _member(role, member)
    yield _member(DEFINER, owner)


def _unless_there(role: str, statement: str) -> str:
    # Two databases of one server may be set up at once.
    return (
        f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}')"
        f" THEN {statement}; END IF;"
        " EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
    )


def _member(role: str, member: str) -> str:
    return (
        f"DO $$ BEGIN GRANT {role} TO {_quoted(member)};"
        " EXCEPTION WHEN unique_violation OR internal_error THEN NULL; END $$"
    )


def missing_roles(using: str = "default") -> list[str]:
    """The roles that the server does not have, or that this connection may not take."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT name FROM unnest(%s::text[]) AS name"
            " LEFT JOIN pg_roles ON rolname = name"
            " WHERE oid IS NULL"
            " OR name = ANY (%s) AND NOT pg_has_role(session_user, oid, %s)",
            [list(ROLES), list(TAKEN), "SET" if _version(using) >= FIRST_SET else "MEMBER"],
        )
        return [name for (name,) in cursor.fetchall()]


FIRST_SET = 16_00_00  # the first PostgreSQL that tells taking a role from belonging to it


def _version(using: str) -> int:
    return connections[using].pg_version  # type: ignore[attr-defined]  # of PostgreSQL's


def table_statements(there: dict[str, list[str]], owner: str) -> Iterator[str]:
    """Grants and policies of the tables that are there, with their columns, for their owner."""
    roles = ", ".join(ROLES)
    yield f"GRANT USAGE ON SCHEMA public TO {roles}"
    if "dealers_membership" in there:
        yield _OF_NO_DEALER
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
    conditions = policies(table, wall)
    for role in (*ROLES, OWNER):
        yield f"DROP POLICY IF EXISTS {role} ON {table}"
    if not conditions:
        yield f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY"
        return
    yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"
    for role, (seen, added) in conditions.items():
        who = _quoted(owner) if role == OWNER else role
        yield f"CREATE POLICY {role} ON {table} TO {who} USING ({seen}) WITH CHECK ({added})"


def policies(table: str, wall: Wall) -> dict[str, tuple[str, str]]:
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
    conditions = {
        DEALER: (dealer, added or dealer),
        LOOKER: (looker, added or looker),
        REGION: (region, added or region),
        HQ: (hq, hq),
        **dict.fromkeys((WORKER, DEFINER, OWNER), ("true", "true")),
    }
    return conditions | ({DOOR: (door, door_added)} if door else {})


@cache
def how_many() -> int:
    """How many policies there are when all stand."""
    return sum(len(policies(table, wall)) for table, wall in TABLES.items())


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


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


# Triggers that look at other rows see all of them: a rule is about what is true, not about what
# somebody may see. Created anew by each migration, they are handed over again after it.
LOOKING = r"""
SELECT p.oid::regprocedure::text, p.proname::text
FROM pg_proc AS p
WHERE p.pronamespace = 'public'::regnamespace
    AND NOT (p.prosecdef AND p.proowner = %(definer)s::regrole)
    AND (p.proname = ANY (%(calls)s)
        OR p.prorettype = 'trigger'::regtype AND p.proname LIKE 'pgtrigger\_%%'
        AND p.prosrc ~ '\m(FROM|JOIN|UPDATE|INTO)\s+"?(dealers|customers|training|incentives)_')
"""


def functions_to_hand_over(cursor: Any) -> list[tuple[str, str]]:
    """The functions that look at others' rows, and do so as whoever set them off; their names."""
    cursor.execute(LOOKING, {"definer": DEFINER, "calls": list(CALLS)})
    return cursor.fetchall()


def hand_over(cursor: Any) -> None:
    """Have what looks at others' rows run as the definer, on a fixed search path."""
    functions = functions_to_hand_over(cursor)
    if not functions:
        return
    cursor.execute(f"GRANT CREATE ON SCHEMA public TO {DEFINER}")  # which an owner there needs
    for function, name in functions:
        if name in CALLS:
            cursor.execute(
                f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC;"
                f" GRANT EXECUTE ON FUNCTION {function} TO {', '.join(CALLS[name])}"
            )
        cursor.execute(
            f"ALTER FUNCTION {function} SECURITY DEFINER SET search_path = {shadows.PATH};"
            f" ALTER FUNCTION {function} OWNER TO {DEFINER}"
        )
    cursor.execute(f"REVOKE CREATE ON SCHEMA public FROM {DEFINER}")


def build_after(using: str, **_signal: Any) -> None:
    """After a migration: walls for the tables that are there now."""
    build(using)


def build(using: str = "default", *, anew: bool = False) -> None:
    """Grants, policies and functions for the tables that are there, in one transaction.

    Where they were made from the same list before, only ``anew``. Without the roles there are no
    walls; then nothing is served, and it says how to get them.
    """
    if missing_roles(using) and not make_roles(using):
        logger.error(MAKE_THEM)
        return
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        statements = tables_sql(using)
        made_of = hashlib.sha256(statements.encode()).hexdigest()
        cursor.execute("SELECT obj_description('django_migrations'::regclass)")
        if anew or cursor.fetchone() != (made_of,):
            cursor.execute(statements)
            cursor.execute(f"COMMENT ON TABLE django_migrations IS '{made_of}'")
        hand_over(cursor)
        shadows.prevent(cursor, WORKER)


MAKE_THEM = (
    "The database has no walls yet, and nothing is served without: run manage.py setup_roles as"
    " somebody who may create roles, or give the answer of setup_roles --sql to who may."
)


def make_roles(using: str = "default") -> bool:
    """Make the roles that are missing; whether that was possible."""
    connection = connections[using]
    try:
        connection.as_administrator(roles_sql(using))  # type: ignore[attr-defined]  # our own
    except ProgrammingError as problem:
        if not isinstance(problem.__cause__, InsufficientPrivilege):
            raise
        return False
    return not missing_roles(using)


# Who owns the tables, or will once they are made.
_OWNER = """coalesce((SELECT tableowner::text FROM pg_tables WHERE schemaname = 'public'
    AND tablename = 'django_migrations'), session_user::text)"""


def roles_sql(using: str = "default") -> str:
    """The statements that make the roles."""
    with connections[using].cursor() as cursor:
        cursor.execute(f"SELECT {_OWNER}")
        return _script(role_statements(cursor.fetchone()[0]))


def tables_sql(using: str = "default") -> str:
    """The statements that make the grants and policies of the tables that are there."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"""SELECT {_OWNER}, (SELECT json_object_agg(relname, ARRAY(
                SELECT attname FROM pg_attribute
                WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped ORDER BY attnum))
            FROM pg_class AS c
            WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p'))"""  # noqa: S608
        )
        owner, there = cursor.fetchone()
    return _script(table_statements(there, owner))


def _script(statements: Iterable[str]) -> str:
    return "".join(f"{statement};\n" for statement in statements)

"""Whether the walls stand: what the catalogue says, and what each role really sees.

Row-level security that is silently off is its usual failure, so nobody's word is taken for it.
"""

import re
from collections.abc import Iterator
from typing import Any

from django.db import ProgrammingError, connection, transaction

from dealers.walls import functions, policies, roles, shadows
from dealers.walls.kinds import WALLED, Kind
from dealers.walls.tables import TABLES

SAMPLE = 200  # rows of a table that are tried


# Whether whoever signed in owns a table, or is a superuser.
OWNS = """
SELECT EXISTS (SELECT FROM pg_class AS c JOIN pg_roles AS r ON r.rolname = session_user
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
        AND (c.relowner = r.oid OR r.rolsuper))
"""


def findings() -> Iterator[str]:
    """What is wrong with the walls, a sentence each; none where they stand."""
    if missing := roles.missing():
        yield f"The roles {', '.join(missing)} are missing, or may not be taken: run setup_roles."
        return
    yield from catalogue()
    yield from _seen()


def catalogue() -> Iterator[str]:
    """What the catalogue says that it should not: roles, tables, policies, grants, functions."""
    yield from _roles()
    yield from _tables()
    yield from _policies()
    yield from _grants()
    yield from _functions()


def _read(statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()


def _roles() -> Iterator[str]:
    for name, problem in _read(
        """SELECT rolname, concat_ws(', ',
            CASE WHEN rolsuper THEN 'is a superuser' END,
            CASE WHEN rolbypassrls THEN 'is told of no policy' END,
            CASE WHEN rolcreaterole THEN 'may create roles' END,
            CASE WHEN rolcreatedb THEN 'may create databases' END,
            CASE WHEN rolinherit THEN 'has the rights of its roles without taking them' END,
            CASE WHEN rolcanlogin AND rolname <> %s THEN 'may sign in' END,
            CASE WHEN EXISTS (SELECT FROM pg_class WHERE relowner = r.oid
                AND relnamespace = 'public'::regnamespace) THEN 'owns tables' END,
            CASE WHEN has_schema_privilege(r.oid, 'public', 'CREATE') THEN 'may make tables' END)
        FROM pg_roles AS r WHERE rolname = ANY (%s)""",
        roles.LOGIN,
        [*roles.ROLES, roles.LOGIN],
    ):
        if problem:
            yield f"The role {name} {problem}."
    for role, member in _read(
        """SELECT r.rolname, m.rolname FROM pg_auth_members AS a
        JOIN pg_roles AS r ON r.oid = a.roleid JOIN pg_roles AS m ON m.oid = a.member
        WHERE m.rolname = ANY (%s) AND NOT (m.rolname = %s AND r.rolname = ANY (%s))""",
        [*roles.ROLES, roles.LOGIN],
        roles.LOGIN,
        list(roles.TAKEN),
    ):
        yield f"The role {member} is a member of {role}."


def _tables() -> Iterator[str]:
    there = {
        name: (enabled, forced)
        for name, enabled, forced in _read(
            """SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class
            WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')"""
        )
    }
    for name in sorted(there.keys() - TABLES.keys()):
        yield (
            f"The table {name} is not in dealers/walls/tables.py, so nobody knows whose rows"
            " it has."
        )
    for name, wall in TABLES.items():
        if name not in there:
            yield f"The table {name} is not there: run migrate."
        elif wall.kind in WALLED:
            enabled, forced = there[name]
            if not enabled:
                yield f"The policies of {name} are off: whoever may read it sees every dealer."
            elif not forced:
                yield f"The policies of {name} are not for its owner: FORCE is off."


def _policies() -> Iterator[str]:
    owners = dict(_read("SELECT tablename, tableowner FROM pg_tables WHERE schemaname = 'public'"))
    found = {
        (table, name): (of, permissive, command, seen, added)
        for table, name, of, permissive, command, seen, added in _read(
            """SELECT tablename, policyname, roles::text[], permissive, cmd, qual, with_check
            FROM pg_policies WHERE schemaname = 'public'"""
        )
    }
    expected = {
        (table, name): rule
        for table, wall in TABLES.items()
        if table in owners
        for name, rule in policies.conditions(table, wall).items()
    }
    for table, name in sorted(found.keys() - expected.keys()):
        yield f"The policy {name} of {table} is not one of ours: it may open what the others close."
    for (table, name), rule in expected.items():
        if (table, name) not in found:
            yield f"The policy {name} of {table} is missing."
            continue
        of, permissive, command, *conditions = found[table, name]
        who = owners[table] if name == roles.OWNER else name
        if of != [who]:
            yield f"The policy {name} of {table} is for {', '.join(of)}."
        if permissive != "PERMISSIVE" or command != "ALL":
            yield f"The policy {name} of {table} is {permissive} and for {command}."
        if [_plain(it) for it in conditions] != [_plain(it) for it in rule]:
            yield f"The policy {name} of {table} is another one: {conditions[0]}"


def _plain(condition: str | None) -> str:
    """A condition without what the server adds and leaves out when it writes it down."""
    return re.sub(
        r"::\w+|\bas\b|\"?nullif\"?(?!\()|\b\w+\.|[\s()\"]", "", (condition or "").lower()
    )


def _grants() -> Iterator[str]:
    found: dict[tuple[str, str], set[str]] = {}
    for table, role, right in _read(
        """SELECT c.relname, coalesce(r.rolname, 'PUBLIC'), a.privilege_type FROM pg_class AS c
        CROSS JOIN LATERAL aclexplode(c.relacl) AS a LEFT JOIN pg_roles AS r ON r.oid = a.grantee
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
            AND a.grantee <> c.relowner"""
    ):
        found.setdefault((table, role), set()).add(right)
    for table, wall in TABLES.items():
        wanted = policies.rights(table, wall)
        for role in {*wanted, *(r for t, r in found if t == table)}:
            has, may = found.get((table, role), set()), set(wanted.get(role, ()))
            if more := has - may:
                yield f"The role {role} may {', '.join(sorted(more))} on {table}, and shall not."
            if less := may - has:
                yield f"The role {role} may not {', '.join(sorted(less))} on {table}, and shall."
    yield from _columns()


def _columns() -> Iterator[str]:
    """Rights to single columns, of which the list of a table says nothing."""
    columns: dict[str, set[str]] = {}
    found: dict[str, set[tuple[str, str, str]]] = {}
    for table, column, role, right in _read(
        """SELECT c.relname, t.attname, coalesce(r.rolname, 'PUBLIC'), a.privilege_type
        FROM pg_class AS c JOIN pg_attribute AS t ON t.attrelid = c.oid
        LEFT JOIN LATERAL aclexplode(t.attacl) AS a ON a.grantee <> c.relowner
        LEFT JOIN pg_roles AS r ON r.oid = a.grantee
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
            AND t.attnum > 0 AND NOT t.attisdropped"""
    ):
        columns.setdefault(table, set()).add(column)
        if right:
            found.setdefault(table, set()).add((role, right, column))
    for table in TABLES.keys() & columns.keys():
        wanted = policies.column_rights(table, TABLES[table], columns[table])
        has = found.get(table, set())
        for role, right, column in sorted(has - wanted):
            yield f"The role {role} may {right} {column} of {table}, and shall not."
        for role, right, column in sorted(wanted - has):
            yield f"The role {role} may not {right} {column} of {table}, and shall."


def _functions() -> Iterator[str]:
    for name, owner, anybody, trigger, callers in _read(
        """SELECT p.proname, r.rolname,
            has_function_privilege('public', p.oid, 'EXECUTE'), p.prorettype = 'trigger'::regtype,
            ARRAY(SELECT g.rolname::text FROM aclexplode(p.proacl) AS a
                JOIN pg_roles AS g ON g.oid = a.grantee WHERE a.grantee <> p.proowner)
        FROM pg_proc AS p JOIN pg_roles AS r ON r.oid = p.proowner
        WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef"""
    ):
        if not (trigger and name.startswith("pgtrigger_")) and name not in functions.CALLS:
            yield f"The function {name} has rights of its own, and nobody has reviewed it."
        if owner != roles.DEFINER:
            yield f"The function {name} runs as {owner}, not as {roles.DEFINER}."
        if anybody and not trigger:
            yield f"The function {name} may be called by everybody."
        for role in sorted(set(callers) - set(functions.CALLS.get(name, callers))):
            yield f"The function {name} may be called by {role}, and shall not."
    with connection.cursor() as cursor:
        left = functions.to_hand_over(cursor)
        shadowed = list(shadows.findings(cursor, roles.WORKER))
    for name, _ in left:
        yield f"The function {name} sees only what its caller sees: run setup_roles."
    yield from shadowed


def _seen() -> Iterator[str]:
    """What each role really reads of rows that are there."""
    for table, wall in TABLES.items():
        if wall.kind in WALLED:
            look = _seen_of if wall.kind == Kind.DEALER else _seen_of_people
            try:
                with transaction.atomic():
                    yield from [*look(table), *_seen_outside(table)]
            except ProgrammingError as refused:
                yield f"Not to be tried with {table}: {refused}"


def _seen_outside(table: str) -> Iterator[str]:
    """What headquarters reads of rows not meant for it, and anybody outside of what is sealed."""
    wall, key = TABLES[table], policies.key_of(table)
    # Of some tables it sees no row, of others none of those shared as a fingerprint only.
    if hidden := "true" if wall.hq == "false" else wall.outside and f"NOT ({wall.outside})":
        some = f"(SELECT * FROM {table} LIMIT {10 * SAMPLE}) AS {table}"  # noqa: S608
        with as_role(roles.WORKER):
            rows = _read(f"SELECT {key} FROM {some} WHERE {hidden}")  # noqa: S608
        with as_role(roles.HQ):
            statement = f"SELECT {key} FROM {table} WHERE {key} = ANY (%s)"  # noqa: S608
            seen = _read(statement, [row for (row,) in rows])
        if seen:
            yield f"The role {roles.HQ} sees {len(seen)} rows of {table} that are not for it."
    if sealed := sorted(policies.hidden(table)):
        for role in roles.OUTSIDE:
            with as_role(role):
                open_to = _read(
                    "SELECT name FROM unnest(%s::text[]) AS name"
                    " WHERE has_column_privilege(current_user, %s, name, 'SELECT')",
                    *(sealed, table),
                )
            for (column,) in open_to:
                yield f"The role {role} may read {column} of {table}, which is sealed."


def _seen_of(table: str) -> Iterator[str]:
    key = policies.key_of(table)
    own = policies.conditions(table, TABLES[table])[roles.DEALER][0].startswith("dealer_id =")
    with as_role(roles.WORKER):
        whose = "dealer_id" if own else "NULL"
        shown = TABLES[table].shown or "false"
        rows = _read(
            f"SELECT {key}, {whose} FROM {table} WHERE NOT ({shown}) LIMIT {SAMPLE}"  # noqa: S608
        )
    if not rows:
        return
    keys = [row for row, _dealer in rows]
    statement = f"SELECT {key} FROM {table} WHERE {key} = ANY (%s)"  # noqa: S608
    for role in (roles.DOOR, roles.PUBLIC, roles.SIGNER):
        if role in roles.TAKEN:
            with as_role(role):
                if _may_read(table):
                    yield f"The role {role} may read {table}."
    dealers = [None, 0, *{dealer for _row, dealer in rows[:3] if dealer is not None}]
    for dealer in dealers:
        foreign = {row for row, of in rows if of is None or of != dealer}
        for role in (roles.DEALER, roles.LOOKER, roles.REGION):
            context = {"app.dealer_id": str(dealer if dealer is not None else "")}
            with as_role(role, context):
                seen = {row for (row,) in _read(statement, keys)} & foreign
            if seen and not (dealer and not own):
                yield (
                    f"The role {role} sees {len(seen)} rows of {table} that are not"
                    f" those of dealer {dealer if dealer is not None else '(none)'}."
                )


def _seen_of_people(table: str) -> Iterator[str]:
    """Rows of people who work for another dealer, and for nobody, seen by whoever is not them."""
    key, person = policies.key_of(table), TABLES[table].person
    with as_role(roles.WORKER):
        rows = _read(
            "SELECT row, person, ARRAY(SELECT dealer_id FROM dealers_membership AS post"  # noqa: S608
            " WHERE post.user_id = person AND dealer_id IS NOT NULL)"
            f" FROM (SELECT {key} AS row, {person} AS person FROM {table} LIMIT {SAMPLE}) AS found"
        )
    statement = f"SELECT {key} FROM {table} WHERE {key} = ANY (%s)"  # noqa: S608
    for dealer in [None, *{dealer for _row, _person, of in rows[:3] for dealer in of}]:
        foreign = [row for row, _person, of in rows if of and dealer not in of]
        context = {"app.dealer_id": str(dealer or "")}
        for role in (roles.DOOR, roles.DEALER, roles.LOOKER, roles.REGION, roles.HQ):
            if policies.conditions(table, TABLES[table])[role][0] == "true":
                continue
            with as_role(role, context):
                seen = _read(statement, foreign)
            if seen:
                yield (
                    f"The role {role} sees {len(seen)} rows of {table} of people who do not work"
                    f" for dealer {dealer or '(none)'}."
                )


def _may_read(table: str) -> bool:
    return bool(_read("SELECT has_table_privilege(current_user, %s, 'SELECT')", table)[0][0])


class as_role:  # noqa: N801 -- used like a function
    """Run as a role in a part of the transaction that is rolled back."""

    def __init__(self, role: str, context: dict[str, str] | None = None) -> None:
        empty = dict.fromkeys(("app.actor_id", "app.role", "app.dealer_id", "app.region_id"), "")
        self.settings = {**empty, **(context or {}), "role": role}
        self.atomic = transaction.atomic()

    def __enter__(self) -> None:
        self.atomic.__enter__()
        with connection.cursor() as cursor:
            calls = ", ".join(["set_config(%s, %s, true)"] * len(self.settings))
            pairs = [part for pair in self.settings.items() for part in pair]
            cursor.execute(f"SELECT {calls}", pairs)

    def __exit__(self, *problem: Any) -> None:
        if problem[0] is None:
            transaction.set_rollback(True)
        self.atomic.__exit__(*problem)

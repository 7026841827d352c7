"""Tables that a role makes for itself are never read instead of the portal's own.

A session looks for temporary tables before all others, unless a function says where to look: so
each of ours does, and only the worker, which computes in temporary tables, makes any.
"""

from collections.abc import Iterator
from typing import Any

PATH = "pg_catalog, public, pg_temp"

# Of ours: none that an extension brought. The one without names in it stays as it is, for the
# planner only then puts it in the place of its call, in each trigger.
_UNFIXED = """
SELECT p.oid::regprocedure::text, pg_has_role(session_user, p.proowner, 'USAGE') FROM pg_proc AS p
WHERE p.pronamespace = 'public'::regnamespace AND p.prokind IN ('f', 'p')
    AND NOT EXISTS (SELECT FROM pg_depend AS d
        WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
    AND NOT coalesce(p.proconfig @> ARRAY['search_path=' || %s], false)
    AND p.prosrc <> 'SELECT false'
ORDER BY 1
"""
_MAKERS = """
SELECT coalesce(r.rolname, 'PUBLIC')
FROM pg_database AS d
CROSS JOIN LATERAL aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) AS a
LEFT JOIN pg_roles AS r ON r.oid = a.grantee
WHERE d.datname = current_database() AND a.privilege_type = 'TEMPORARY' AND a.grantee <> d.datdba
"""
_IS_OWNER = """
SELECT pg_has_role(session_user, datdba, 'USAGE')
FROM pg_database WHERE datname = current_database()
"""


def statements(cursor: Any, worker: str) -> list[str]:
    """What lets the worker alone make temporary tables: for who owns the database."""
    cursor.execute("SELECT quote_ident(current_database())")
    (name,) = cursor.fetchone()
    cursor.execute(f"SELECT maker, quote_ident(maker) FROM ({_MAKERS}) AS found (maker)")  # noqa: S608
    quoted = dict(cursor.fetchall()) | {"PUBLIC": "PUBLIC"}
    others = ", ".join(quoted[maker] for maker in sorted(quoted.keys() - {worker}))
    return [
        f"REVOKE TEMPORARY ON DATABASE {name} FROM {others}",
        f"GRANT TEMPORARY ON DATABASE {name} TO {worker}",
    ]


def prevent(cursor: Any, worker: str) -> None:
    """Have all functions look where they should, and nobody but the worker make tables.

    Where somebody else owns the database, or a function in it, ``findings`` say what they have to
    do.
    """
    for function, ours in unfixed(cursor):
        if ours:
            cursor.execute(f"ALTER FUNCTION {function} SET search_path = {PATH}")
    cursor.execute(_IS_OWNER)
    (owns,) = cursor.fetchone()
    if owns and makers(cursor) != {worker}:
        cursor.execute("; ".join(statements(cursor, worker)))


def unfixed(cursor: Any) -> list[tuple[str, bool]]:
    """The functions that look for tables wherever their caller says; which of them are ours."""
    cursor.execute(_UNFIXED, [PATH])
    return cursor.fetchall()


def makers(cursor: Any) -> set[str]:
    """Who may make temporary tables, besides the database's owner."""
    cursor.execute(_MAKERS)
    return {name for (name,) in cursor.fetchall()}


def findings(cursor: Any, worker: str) -> Iterator[str]:
    """What would let somebody put a table of their own in the place of ours."""
    for name, _ours in unfixed(cursor):
        yield (
            f"The function {name} looks for tables wherever its caller says: run setup_roles or, as"
            f" its owner, ALTER FUNCTION {name} SET search_path = {PATH}."
        )
    found = makers(cursor)
    for role in sorted(found - {worker}):
        yield (
            f"The role {role} may make temporary tables, and shall not: run what setup_roles --sql"
            " prints for the owner of the database."
        )
    if worker not in found:
        yield f"The role {worker} may not make temporary tables, and shall."

"""The database's roles: as which of them everybody reads and writes, and what makes them.

They belong to the whole server: the embedded one gets them by itself, another by
``manage.py setup_roles``.
"""

from collections.abc import Iterator

from django.db import connections

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
OUTSIDE = (LOOKER, REGION, HQ)  # who reads of no card what is sealed, whichever way they come


def statements(owner: str, login: str = LOGIN) -> Iterator[str]:
    """What makes the roles, where they are missing: for whoever may create roles.

    ``owner`` owns the tables and ``login`` serves requests; both may take the roles of requests,
    the owner for tests and commands, and hand functions over to the definer.
    """
    for role in ROLES:
        yield _unless_there(role, f"CREATE ROLE {role} NOLOGIN NOINHERIT")
    yield _unless_there(login, f"CREATE ROLE {quoted(login)} LOGIN NOINHERIT")
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
        f"DO $$ BEGIN GRANT {role} TO {quoted(member)};"
        " EXCEPTION WHEN unique_violation OR internal_error THEN NULL; END $$"
    )


def missing(using: str = "default") -> list[str]:
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


def quoted(name: str) -> str:
    """The name of a role as a statement takes it."""
    return '"' + name.replace('"', '""') + '"'

"""Putting the walls up: after each migration, and as often as one likes."""

import hashlib
import logging
from collections.abc import Iterable
from typing import Any

from django.db import ProgrammingError, connections, transaction
from psycopg.errors import InsufficientPrivilege

from dealers.walls import functions, policies, roles, shadows

logger = logging.getLogger(__name__)


def build_after(using: str, **_signal: Any) -> None:
    """After a migration: walls for the tables that are there now."""
    build(using)


def build(using: str = "default", *, anew: bool = False) -> None:
    """Grants, policies and functions for the tables that are there, in one transaction.

    Where they were made from the same list before, only ``anew``. Without the roles there are no
    walls; then nothing is served, and it says how to get them.
    """
    if roles.missing(using) and not make_roles(using):
        logger.error(MAKE_THEM)
        return
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        statements = tables_sql(using)
        made_of = hashlib.sha256(statements.encode()).hexdigest()
        cursor.execute("SELECT obj_description('django_migrations'::regclass)")
        if anew or cursor.fetchone() != (made_of,):
            cursor.execute(statements)
            cursor.execute(f"COMMENT ON TABLE django_migrations IS '{made_of}'")
        functions.hand_over(cursor)
        shadows.prevent(cursor, roles.WORKER)


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
    return not roles.missing(using)


# Who owns the tables, or will once they are made.
_OWNER = """coalesce((SELECT tableowner::text FROM pg_tables WHERE schemaname = 'public'
    AND tablename = 'django_migrations'), session_user::text)"""


def roles_sql(using: str = "default") -> str:
    """The statements that make the roles."""
    with connections[using].cursor() as cursor:
        cursor.execute(f"SELECT {_OWNER}")
        return _script(roles.statements(cursor.fetchone()[0]))


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
    return _script(policies.statements(there, owner))


def _script(statements: Iterable[str]) -> str:
    return "".join(f"{statement};\n" for statement in statements)

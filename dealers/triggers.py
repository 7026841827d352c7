"""Triggers: what may only be added, codes that everything can hold, who holds no post.

Nobody talks a trigger into looking away: the switch that django-pgtrigger builds into each of them,
a setting of the session, is taken out. Whoever repairs rows that a trigger keeps owns the tables
and says so, with ``lifted``.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pgtrigger
from django.db import connection, connections, models, transaction


def append_only(name: str) -> pgtrigger.Protect:
    """A trigger that refuses UPDATE and DELETE: rows of this table are only ever added."""
    return pgtrigger.Protect(name=name, operation=pgtrigger.Update | pgtrigger.Delete)


class Kept(pgtrigger.ReadOnly):
    """A trigger that refuses UPDATE of every column but those of ``exclude``."""

    def get_condition(self, model: Any) -> Any:
        fields = [
            it.name
            for it in model._meta.local_concrete_fields
            if not it.generated and it.name not in (self.exclude or ())
        ]
        return pgtrigger.ReadOnly(name=self.name, fields=fields).get_condition(model)


def no_truncate(name: str) -> pgtrigger.Trigger:
    """A trigger that refuses TRUNCATE, which row triggers would not see."""
    return pgtrigger.Trigger(
        name=name,
        operation=pgtrigger.Truncate,
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
    )


def knows_its_transaction(name: str, field: str) -> pgtrigger.Trigger:
    """A trigger that puts the number of the transaction that adds a row into ``field``."""
    return pgtrigger.Trigger(
        name=name,
        operation=pgtrigger.Insert,
        when=pgtrigger.Before,
        func=f"NEW.{field} := pg_current_xact_id()::text::bigint; RETURN NEW;",
    )


def keeps_the_name(name: str, field: str, *, of: str) -> pgtrigger.Trigger:
    """A trigger that puts the name of the person in the column ``of`` into ``field``, for good."""
    return pgtrigger.Trigger(
        name=name,
        operation=pgtrigger.Insert,
        when=pgtrigger.Before,
        func=(
            f"SELECT coalesce(min(name), '') INTO NEW.{field}"  # noqa: S608 -- our own
            f" FROM dealers_user WHERE id = NEW.{of}; RETURN NEW;"
        ),
    )


def safe_code(name: str, *reserved: str) -> pgtrigger.Protect:
    """A trigger that refuses new codes which no address can hold; what is on file stays as it is.

    The database's half of ``codes.validate_code``.
    """
    refused = [r"NEW.code ~ '[/\\?#%\"[:cntrl:]]|^\s|\s$|^[.]*$'"]
    refused += [f"upper(NEW.code) = '{word}'" for word in reserved]
    return pgtrigger.Protect(
        name=name,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("code"),
        condition=pgtrigger.Condition(" OR ".join(refused)),
    )


# Runs, or is to: a post that was ended before it began never does, as ``held`` of posts says.
_HELD = (
    "({row}ends_at IS NULL OR {row}ends_at > clock_timestamp()"
    " AND {row}ends_at > {row}starts_at + interval '1 microsecond')"
)


def not_for_headquarters(name: str) -> pgtrigger.Trigger:
    """A trigger that refuses a running post inside a dealer to people of headquarters."""
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("user_id", "dealer_id", "ends_at"),
        condition=pgtrigger.Condition(f"NEW.dealer_id IS NOT NULL AND {_HELD.format(row='NEW.')}"),
        declare=[("at_headquarters", "boolean")],
        # Locked before it is looked at: who is being made one of headquarters is waited for.
        func=(
            "SELECT is_staff OR is_superuser INTO at_headquarters"
            " FROM dealers_user WHERE id = NEW.user_id FOR SHARE;"
            " IF at_headquarters THEN"
            " RAISE EXCEPTION 'Headquarters holds no post inside a dealer: %', TG_NAME"
            " USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;"
            " END IF; RETURN NEW;"
        ),
    )


def no_post_at_a_dealer(name: str) -> pgtrigger.Trigger:
    """A trigger that lets nobody into headquarters who holds a running post inside a dealer."""
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("is_staff", "is_superuser"),
        condition=pgtrigger.Condition(
            "NOT (OLD.is_staff OR OLD.is_superuser) AND (NEW.is_staff OR NEW.is_superuser)"
        ),
        func=(
            "IF EXISTS (SELECT FROM dealers_membership WHERE user_id = NEW.id"
            f" AND dealer_id IS NOT NULL AND {_HELD.format(row='')}) THEN"
            " RAISE EXCEPTION 'Headquarters holds no post inside a dealer: %', TG_NAME"
            " USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;"
            " END IF; RETURN NEW;"
        ),
    )


def part_of_own(name: str, column: str, table: str) -> pgtrigger.Trigger:
    """A trigger that lets a dealer add parts only to rows of ``table`` that are its own.

    After the row, when what the same statement has added is there to be seen, as a policy would not
    see it. The worker adds to all of them.
    """
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        condition=pgtrigger.Condition("(current_user IN ('portal_dealer', 'portal_region'))"),
        func=f"""
        IF NOT EXISTS (SELECT FROM {table} WHERE id = NEW.{column}
            AND dealer_id = nullif(current_setting('app.dealer_id', true), '')::bigint) THEN
            RAISE insufficient_privilege
            USING CONSTRAINT = '{name}', MESSAGE = 'This belongs to another dealer.';
        END IF;
        RETURN NULL;
        """,
    )


# As which the database knows whoever is not headquarters, a task or the owner of the tables.
_OUTSIDE = "current_user IN ('portal_door', 'portal_dealer', 'portal_region', 'portal_public')"


def made_by_headquarters(name: str) -> list[pgtrigger.Trigger]:
    """Triggers that let only headquarters, tasks and commands make people of headquarters."""
    return [
        pgtrigger.Protect(
            name=f"{name}_new",
            operation=pgtrigger.Insert,
            condition=pgtrigger.Condition(f"((NEW.is_staff OR NEW.is_superuser) AND {_OUTSIDE})"),
        ),
        pgtrigger.Protect(
            name=name,
            operation=pgtrigger.UpdateOf("is_staff", "is_superuser"),
            condition=pgtrigger.Condition(
                "((NEW.is_staff > OLD.is_staff OR NEW.is_superuser > OLD.is_superuser)"
                f" AND {_OUTSIDE})"
            ),
        ),
    ]


def chosen_by_the_owner(name: str) -> pgtrigger.Protect:
    """A trigger that lets a dealer's owner alone add rows; of others tasks and commands."""
    return pgtrigger.Protect(
        name=name,
        operation=pgtrigger.Insert,
        condition=pgtrigger.Condition(
            "current_user NOT IN ('portal_worker', 'portal_definer')"
            " AND current_user LIKE 'portal\\_%' AND"
            " coalesce(current_setting('app.role', true), '') <> 'owner'"
        ),
    )


def fixed(name: str, *fields: str) -> pgtrigger.ReadOnly:
    """A trigger that refuses another value in one of these fields of a row on file."""
    return pgtrigger.ReadOnly(name=name, fields=list(fields))


def never_deleted(name: str) -> pgtrigger.Protect:
    """A trigger that refuses DELETE."""
    return pgtrigger.Protect(name=name, operation=pgtrigger.Delete)


def refuses(
    name: str,
    broken: str,
    message: str,
    *,
    operation: pgtrigger.Operation = pgtrigger.Insert,
    condition: pgtrigger.Condition | None = None,
    rows: bool = False,
) -> pgtrigger.Trigger:
    """A trigger that refuses what makes ``broken``, an SQL condition, true.

    For a whole statement, whose new rows it calls ``added``; with ``rows`` before each of them,
    where ``condition`` holds.
    """
    seen: dict[str, Any] = {"level": pgtrigger.Row, "when": pgtrigger.Before}
    if not rows:
        seen = {
            "level": pgtrigger.Statement,
            "when": pgtrigger.After,
            "referencing": pgtrigger.Referencing(new="added"),
        }
    return pgtrigger.Trigger(
        name=name,
        operation=operation,
        condition=condition,
        func=f"""
        IF {broken} THEN
            RAISE check_violation USING CONSTRAINT = '{name}', MESSAGE = '{message}';
        END IF;
        RETURN {"coalesce(NEW, OLD)" if rows else "NULL"};
        """,
        **seen,
    )


def found(query: str) -> str:
    """The SQL condition that ``query`` gives rows, planned for reading it to its end.

    EXISTS is planned for the first row, but what a trigger looks for is never there: where the new
    rows are many, a plan that begins at once compares each of them with each row on file.
    """
    return f"(SELECT count(*) FROM ({query}) AS found) > 0"  # noqa: S608 -- our own


def resealed(column: str) -> str:
    """The SQL condition that a new sealed value has another key than the old one, its dealer's."""
    key_of = "substring({row}.{column} FROM 2 FOR 4)"
    new, old = (key_of.format(row=row, column=column) for row in ("NEW", "OLD"))
    return f"""{new} <> {old} AND EXISTS (
        SELECT FROM dealers_dealerkey AS k
        WHERE k.dealer_id = NEW.dealer_id AND int4send(k.id::int4) = {new})"""


@contextmanager
def lifted(*tables: type[models.Model]) -> Iterator[None]:
    """Work on rows that the triggers of these tables keep as they are; one transaction.

    For repairs, migrations and the demo: only the owner of the tables can, and whoever writes to
    them meanwhile waits. Foreign keys and other constraints stay.
    """
    names = [connection.ops.quote_name(model._meta.db_table) for model in tables]

    def turn(switch: str) -> None:
        with connection.cursor() as cursor:
            # A table with checks still to come cannot be altered: this does them now.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
            for name in names:
                cursor.execute(f"ALTER TABLE {name} {switch} TRIGGER USER")

    with transaction.atomic():
        turn("DISABLE")
        yield
        turn("ENABLE")


# What pgtrigger asks in each of its triggers: whether the session says to ignore it.
SWITCH = "_pgtrigger_should_ignore"
_NEVER = f"""
CREATE OR REPLACE FUNCTION public.{SWITCH}(trigger_name NAME) RETURNS boolean
LANGUAGE sql IMMUTABLE AS 'SELECT false'
"""


def take_out_the_switch(using: str, **_signal: Any) -> None:
    """After a migration, which puts pgtrigger's own function there: no trigger is ever ignored."""
    with connections[using].cursor() as cursor:
        cursor.execute(_NEVER)


# The functions of pgtrigger's triggers that are there no more: a trigger that goes with its column
# or its table, or is made under another name, leaves its function behind.
_LEFT_BEHIND = r"""
SELECT p.oid::regprocedure::text FROM pg_proc AS p
WHERE p.pronamespace = 'public'::regnamespace AND p.prorettype = 'trigger'::regtype
    AND p.proname LIKE 'pgtrigger\_%'
    AND NOT EXISTS (SELECT FROM pg_trigger AS t WHERE t.tgfoid = p.oid)
ORDER BY 1
"""


def drop_what_is_left_behind(using: str, **_signal: Any) -> None:
    """After a migration: no function of a trigger stays that no table has any more.

    So the schema is the same by whichever migrations a database came to it.
    """
    with connections[using].cursor() as cursor:
        cursor.execute(_LEFT_BEHIND)
        for (function,) in cursor.fetchall():
            cursor.execute(f"DROP FUNCTION {function}")

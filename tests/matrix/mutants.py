"""Holes made in the walls one at a time: is each noticed, and what would it have shown?

Generated from the list of tables and from what the policies, columns and functions are, so that a
new table brings its mutants along. Each is made in a part of the transaction that is taken back.
``make mutants`` tries all of them and prints how many were noticed; ``make test`` a sample.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection, transaction

from dealers.walls import check, functions, policies, roles
from dealers.walls.check import as_role
from dealers.walls.kinds import WALLED
from dealers.walls.tables import TABLES
from tests.matrix.network import Network

SEEN = (roles.DEALER, roles.LOOKER, roles.REGION)  # who is held to a dealer or a region


@dataclass(frozen=True)
class Mutant:
    """One hole: what is done to which table, and for which role it opens something."""

    name: str
    statement: str
    table: str = ""
    role: str = ""


def mutants() -> Iterator[Mutant]:
    """All of them, in the order of the list of tables."""
    for table, wall in TABLES.items():
        if wall.kind not in WALLED:
            continue
        for what in ("DISABLE", "NO FORCE"):
            statement = f"ALTER TABLE {table} {what} ROW LEVEL SECURITY"
            yield Mutant(f"{what.lower()} {table}", statement, table, roles.DEALER)
        for role, (seen, added) in policies.conditions(table, wall).items():
            if role == roles.OWNER:
                continue
            on = f"{role} ON {table}"
            if seen != "true":
                yield Mutant(f"widen {on}", f"ALTER POLICY {on} USING (true)", table, role)
            if added != "true":
                statement = f"ALTER POLICY {on} WITH CHECK (true)"
                yield Mutant(f"let {role} add to {table}", statement, table)
            yield Mutant(f"drop {on}", f"DROP POLICY {on}", table)
        for column in sorted(policies.hidden(table)):
            statement = f"GRANT SELECT ({column}) ON {table} TO {roles.HQ}"
            yield Mutant(f"show {column} of {table}", statement, table)
    for name in functions.CALLS:
        function = f"FUNCTION {name}"
        yield Mutant(f"open {name}", f"GRANT EXECUTE ON {function} TO PUBLIC")
        yield Mutant(f"send {name} elsewhere", f"ALTER {function} RESET search_path")


@dataclass(frozen=True)
class Tried:
    """What came of a mutant: what the portal would say of it, and foreign rows that it showed."""

    mutant: Mutant
    noticed: str
    leaked: int


def tried(mutant: Mutant, network: Network) -> Tried:
    """Make one hole, look whether it is noticed, count what it shows, and take it back."""
    before = _foreign(mutant, network)
    with transaction.atomic():
        with connection.cursor() as cursor:
            # A table with checks still to come cannot be altered: this does them now.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(mutant.statement)
        noticed = next(check.catalogue(), "")
        leaked = _foreign(mutant, network) - before
        transaction.set_rollback(True)
    return Tried(mutant, noticed, max(leaked, 0))


def _foreign(mutant: Mutant, network: Network) -> int:
    """How many rows of a table the home dealer's people read, straight from the database."""
    if mutant.role not in SEEN:
        return 0
    side = network.home
    context = {
        "app.dealer_id": str(side.dealer.pk),
        "app.region_id": str(side.dealer.region_id) if mutant.role == roles.REGION else "",
        "app.actor_id": str(side.people["associate"].user_id),
        "app.role": "associate",
    }
    with as_role(mutant.role, context), connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {mutant.table}")
        return cursor.fetchone()[0]

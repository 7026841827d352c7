"""Whose rows a table can hold: kinds of walls, and who sees which rows behind one, in SQL."""

# ruff: noqa: S608 -- conditions are put together from our own text

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Whose rows a table holds."""

    DEALER = "dealer"
    PERSON = "person"
    NETWORK = "network"
    HEADQUARTERS = "headquarters"
    INBOX = "inbox"
    ENTRANCE = "entrance"
    DOOR = "door"
    BOOKKEEPING = "bookkeeping"
    SCHEMA = "schema"


# The tables of which not everybody sees every row.
WALLED = (Kind.DEALER, Kind.PERSON, Kind.ENTRANCE)


@dataclass(frozen=True, slots=True)
class Wall:
    """The class of a table. ``dealer`` and ``region``: the SQL conditions of the rows they see.

    ``{table}`` in them is the table itself.
    """

    kind: Kind
    dealer: str = ""
    region: str = ""
    outside: str = ""  # in SQL, what of them others than the dealer may see, headquarters too
    shown: str = ""  # in SQL, what of them the whole network may see, and ``dealer`` says so
    added: str = ""  # which rows both may add, if it is not those that they see
    door: str = ""  # and whoever is at the door, who otherwise may nothing
    door_added: str = ""
    hq: str = "true"
    person: str = ""  # in SQL, whose rows they are
    hidden: tuple[str, ...] = ()  # columns, besides the sealed ones, for nobody outside the dealer
    opens: tuple[str, ...] = ()  # columns for the door alone: they open an account
    kept: bool = False  # only the worker changes rows, and nobody deletes one


# The context, read once for a statement: what is compared with it can use an index.
DEALER = "(SELECT nullif(current_setting('app.dealer_id', true), '')::bigint)"
REGION = "(SELECT nullif(current_setting('app.region_id', true), '')::bigint)"
ACTOR = "(SELECT nullif(current_setting('app.actor_id', true), '')::bigint)"
ROLE = "current_setting('app.role', true)"
OF_REGION = f"ARRAY(SELECT id FROM dealers_dealer WHERE region_id = {REGION})"


# Of a customer who is shared as a fingerprint only, nobody outside the dealer sees a row: by the
# customer's own level, else the dealer's default. Sets, so that each is read once for a statement.
_CHOSEN = (
    "SELECT {what} FROM dealers_sharing AS chosen WHERE chosen.level {level} AND NOT EXISTS ("
    "SELECT FROM dealers_sharing AS later WHERE later.dealer_id = chosen.dealer_id"
    " AND later.customer {same} AND ROW(later.at, later.id) > ROW(chosen.at, chosen.id))"
    " AND chosen.customer IS {some}"
)
_DEFAULT = {"what": "dealer_id", "same": "IS NULL", "some": "NULL"}
_OWN_LEVEL = {"what": "customer", "same": "= chosen.customer", "some": "NOT NULL"}
SHARED = (
    f"(NOT dealer_id IN ({_CHOSEN.format(level='= 0', **_DEFAULT)})"
    f" OR {{card}} IN ({_CHOSEN.format(level='> 0', **_OWN_LEVEL)}))"
    f" AND NOT {{card}} IN ({_CHOSEN.format(level='= 0', **_OWN_LEVEL)})"
)


def own(
    column: str = "dealer_id",
    *,
    region: str = "",
    card: str = "",
    kept: bool = False,
    hidden: tuple[str, ...] = (),
) -> Wall:
    """Rows of one dealer, which the region's people see too, or those of ``region``.

    ``card``: the column of the customer's card, by whose level of sharing others see the row.
    """
    return Wall(
        Kind.DEALER,
        dealer=f"{column} = {DEALER}",
        region=region or f"{column} = ANY ({OF_REGION})",
        outside=SHARED.format(card=card) if card else "",
        kept=kept,
        hidden=hidden,
    )


def secret(column: str = "dealer_id") -> Wall:
    """Rows of one dealer that its owner alone sees: neither its people nor anybody outside."""
    return Wall(
        Kind.DEALER, dealer=f"{column} = {DEALER} AND {ROLE} = 'owner'", region="false", hq="false"
    )


def of(column: str, table: str, key: str = "id", *, shown: str = "") -> Wall:
    """Parts of the rows of another table: whoever sees those sees these.

    ``shown``: which of those the whole network may see.
    """
    return within(
        f"EXISTS (SELECT FROM {table} AS whole WHERE whole.{key} = {{table}}.{column})",
        shown=shown and f"{column} IN (SELECT {key} FROM {table} WHERE {shown})",
    )


def within(
    condition: str, *, region: str = "", shown: str = "", added: str = "", kept: bool = False
) -> Wall:
    """Rows of a dealer by a condition, in which other tables have their own walls.

    And those that are ``shown`` to everybody.
    """
    either = f"{shown} OR " if shown else ""
    return Wall(
        Kind.DEALER,
        dealer=f"{either}{condition}",
        region=f"{either}{region or condition}",
        shown=shown,
        added=added,
        kept=kept,
    )


def of_person(
    column: str, *, dealer: str = "", region: str = "", added: str = "", hq: str = "true"
) -> Wall:
    """Rows of one person, which they see themselves and ``dealer`` and ``region`` let others see.

    Only ``hq`` and the worker write for others, but for what ``added`` allows.
    """
    own = f"{column} = {ACTOR}"
    return Wall(
        Kind.PERSON,
        dealer=dealer or own,
        region=region or own,
        added=added or own,
        door=own,
        hq=hq,
        person=column,
    )


def of_person_with(column: str, table: str) -> Wall:
    """Parts of the rows of a person: seen with them, and added to one's own."""
    whole = f"SELECT FROM {table} AS whole WHERE whole.id = {{table}}.{column}"
    own = f"EXISTS ({whole} AND whole.user_id = {ACTOR})"
    return Wall(
        Kind.PERSON,
        dealer=f"EXISTS ({whole})",
        region=f"EXISTS ({whole})",
        added=own,
        door=own,
        person=f"(SELECT user_id FROM {table} AS whole WHERE whole.id = {column})",
    )


def network(*, kept: bool = False) -> Wall:
    return Wall(Kind.NETWORK, kept=kept)


def headquarters() -> Wall:
    return Wall(Kind.HEADQUARTERS)


def inbox() -> Wall:
    return Wall(Kind.INBOX)


def entrance(person: str) -> Wall:
    """Ways in: all of them at the door, where nobody is known yet, and later one's own."""
    own = f"{person} = {ACTOR}"
    return Wall(Kind.ENTRANCE, dealer=own, region=own, hq=own, door="true", person=person)


def door() -> Wall:
    return Wall(Kind.DOOR)


def bookkeeping() -> Wall:
    return Wall(Kind.BOOKKEEPING)


def schema() -> Wall:
    return Wall(Kind.SCHEMA)

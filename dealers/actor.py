"""Who acts, for whom and in which role: one object, and one way to tell the database."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from django.db import InterfaceError, OperationalError, connection

from dealers.models import Membership, User

HQ = "hq"  # people at headquarters, who hold no post in the network
WORKER = "worker"  # tasks and management commands
PUBLIC = "public"  # visitors who are not signed in


class NobodyActs(Exception):
    """A person or a post was needed where none acts."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who changes something.

    ``role`` is the role of the post that the person acts in, HQ, WORKER or PUBLIC; empty for a
    person who is signed in and holds no post. A worker's ``user`` is the person who asked for the
    work, if somebody did.
    """

    user: User | None = None
    membership: Membership | None = None
    role: str = ""
    name: str = ""  # of the task or command

    @classmethod
    def of(cls, membership: Membership) -> Self:
        """The holder of a post, acting in it."""
        return cls(membership.user, membership, membership.role)

    @classmethod
    def hq(cls, user: User) -> Self:
        """A person at headquarters."""
        return cls(user, role=HQ)

    @classmethod
    def signed_in(cls, user: User, membership: Membership | None = None) -> Self:
        """A person in the post that they chose; without one at headquarters, if they work there."""
        if membership is not None:
            return cls(user, membership, membership.role)
        return cls.hq(user) if user.is_staff else cls(user)

    @classmethod
    def worker(cls, name: str, user: User | None = None) -> Self:
        """The task or command ``name``, on behalf of ``user`` if a person asked for it."""
        return cls(user, role=WORKER, name=name)

    @classmethod
    def visitor(cls) -> Self:
        """Somebody who is not signed in."""
        return cls(role=PUBLIC)

    def __str__(self) -> str:
        return str(self.user or self.name or self.role)

    @property
    def person(self) -> User:
        """Who acts, for what only a person does. Raises NobodyActs."""
        if self.user is None:
            raise NobodyActs(f"{self} is not a person.")
        return self.user

    @property
    def post(self) -> Membership:
        """The post that is acted in, for what only its holder does. Raises NobodyActs."""
        if self.membership is None:
            raise NobodyActs(f"{self} holds no post.")
        return self.membership

    @property
    def user_id(self) -> int | None:
        return self.user.pk if self.user else None

    @property
    def store_id(self) -> int | None:
        return self.membership.store_id if self.membership else None

    @property
    def dealer_id(self) -> int | None:
        return self.membership.dealer_id if self.membership else None

    @property
    def region_id(self) -> int | None:
        return self.membership.region_id if self.membership else None

    @property
    def at_hq(self) -> bool:
        return self.role == HQ


# What row-level rules read; in the same statement what stood there before, and the clock.
_SETTINGS = ("app.actor_id", "app.role", "app.dealer_id", "app.region_id")
_TELL = "SELECT clock_timestamp(), " + ", ".join(
    [f"coalesce(current_setting('{name}', true), '')" for name in _SETTINGS]
    + [f"set_config('{name}', %s, %s)" for name in _SETTINGS]
)


def tell_database(actor: Actor) -> datetime:
    """Put the actor into the settings that row-level rules read, until the transaction ends.

    What does not apply is the empty string. Returns the database's clock.
    """
    return _tell(_values(actor), in_transaction=True)[0]


@contextmanager
def acting(actor: Actor) -> Iterator[Actor]:
    """Tell the database who acts while the block runs; afterwards it is who it was before.

    Inside a transaction the settings end with it. Outside, as tasks and commands run, they are the
    session's, so that every transaction of the block has them.
    """
    in_transaction = connection.in_atomic_block
    _clock, before = _tell(_values(actor), in_transaction=in_transaction)
    try:
        yield actor
    finally:
        # A transaction that is rolled back and a connection that is gone forget by themselves.
        if not connection.needs_rollback:
            with suppress(InterfaceError, OperationalError):
                _tell(before, in_transaction=in_transaction)


def _values(actor: Actor) -> list[str]:
    return [
        *(str(actor.user_id or ""), actor.role),
        *(str(actor.dealer_id or ""), str(actor.region_id or "")),
    ]


def _tell(values: list[str], *, in_transaction: bool) -> tuple[datetime, list[str]]:
    """Put the values there; the database's clock, and what stood there before."""
    params = [parameter for value in values for parameter in (value, in_transaction)]
    with connection.cursor() as cursor:
        cursor.execute(_TELL, params)
        now, *rest = cursor.fetchone()
    return now, rest[: len(values)]

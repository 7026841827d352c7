"""Who acts, for whom and in which role: one object, and one way to tell the database."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Model, QuerySet

from dealers import door, waiting
from dealers.models import Membership, Role, User
from dealers.walls import policies, roles

HQ = "hq"  # people at headquarters, who hold no post in the network
WORKER = "worker"  # tasks and management commands
PUBLIC = "public"  # visitors who are not signed in
THEMSELVES = "the person"  # whose own data it is
PAGE = "page"  # a page for everybody, as it puts down what was left there


class NobodyActs(Exception):
    """A person or a post was needed where none acts."""


class WallsAreDown(Exception):
    """Policies of the database are missing or off: what is not seen may be there all the same."""


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
    owner: bool = False  # works on the tables themselves, as whoever owns them

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
    def repairer(cls, name: str) -> Self:
        """A command that lifts triggers or moves indexes, which only the tables' owner can."""
        return cls(role=WORKER, name=name, owner=True)

    @classmethod
    def visitor(cls) -> Self:
        """Somebody who is not signed in."""
        return cls(role=PUBLIC)

    @classmethod
    def themselves(cls) -> Self:
        """The person whom a number is about, who has just proved that it is theirs."""
        return cls(role=WORKER, name=THEMSELVES)

    @property
    def is_themselves(self) -> bool:
        return self.role == WORKER and self.name == THEMSELVES

    @classmethod
    def page(cls) -> Self:
        """A page for everybody, which adds to its inbox and can read nothing."""
        return cls(role=PAGE)

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

    @property
    def in_network(self) -> bool:
        """Whether somebody holds a post, or works at headquarters."""
        return self.membership is not None or self.at_hq

    def owns_dealer(self, dealer_id: int | None) -> bool:
        """Whether somebody acts as an owner of this dealer."""
        return self.role == Role.OWNER and self.dealer_id == dealer_id

    @property
    def database_role(self) -> str:
        """As which role of the database it acts: whoever has no post is still at the door.

        Raises NobodyActs for a post without its dealer or region, whose pages would be empty.
        """
        if self.role == WORKER:
            return "none" if self.owner else roles.WORKER
        if self.role == PAGE:
            return roles.PUBLIC
        if self.membership is None:
            return roles.HQ if self.at_hq else roles.DOOR
        # Headquarters on a dealer's pages sees what the dealer sees, and changes nothing.
        role, scope = roles.LOOKER if self.at_hq else roles.DEALER, self.dealer_id
        if self.membership.role == Role.REGIONAL_MANAGER:
            role, scope = roles.REGION, self.region_id
        if scope is None:
            raise NobodyActs(f"{self} acts in a post of nothing.")
        return role


# What row-level rules read; in the same statement what stood there before, and the clock.
_SETTINGS = ("app.actor_id", "app.role", "app.dealer_id", "app.region_id", "role")
_TELL = "SELECT clock_timestamp(), " + ", ".join(
    [f"coalesce(current_setting('{name}', true), '')" for name in _SETTINGS]
    + [f"set_config('{name}', %s, true)" for name in _SETTINGS]
)


def tell_database(actor: Actor) -> datetime:
    """Take the actor's role, and put it into the settings that row-level rules read.

    Both end with the transaction. What does not apply is the empty string. Returns the database's
    clock.
    """
    return _tell(_values(actor))[0]


def tell_and_read[Row: Model](actor: Actor, rows: QuerySet[Row]) -> list[Row]:
    """As ``tell_database``, and what ``rows`` then finds: both leave in one message.

    The database begins the second when it is done with the first, so it looks as the actor. For a
    plain query, and where nothing else is asked in between.
    """
    values, told = _values(actor), False

    def told_first(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal told
        result = execute(f"{_TELL}; {sql}", [*values, *params], many, context)
        door.taken(values[-1])
        context["cursor"].nextset()  # past what the first one answers
        told = True
        return result

    with connection.execute_wrapper(told_first):
        found = list(rows.all())  # anew: what was read before was somebody else's to read
    if not told:  # of what can be nowhere nothing is asked
        _tell(values)
    return found


# How many policies count: those of a table whose row-level security is on, for its owner too.
_TELL_AND_LOOK = (
    _TELL  # noqa: S608 -- our own text
    + ", (SELECT count(*) FROM pg_policy AS p JOIN pg_class AS c ON c.oid = p.polrelid"
    " WHERE c.relrowsecurity AND c.relforcerowsecurity"
    " AND c.relnamespace = 'public'::regnamespace)"
)


def tell_behind_walls(actor: Actor) -> datetime:
    """As ``tell_database``, for somebody's page. Raises WallsAreDown where a policy is off.

    A list would be empty then as if there were no customers, or hold those of others. A policy too
    many opens what the others close, and would make up for one that is missing.
    """
    values = _values(actor)
    with connection.cursor() as cursor:
        cursor.execute(_TELL_AND_LOOK, values)
        now, *_settings, standing = cursor.fetchone()
    door.taken(values[-1])
    if standing != policies.how_many():
        raise WallsAreDown(f"{standing} of {policies.how_many()} policies stand.")
    return now


# How long locks are waited for is told in the same statement: each request begins with it.
_TELL_AT_THE_DOOR = _TELL + ", set_config('lock_timeout', %s, true)"


@contextmanager
def at_the_door() -> Iterator[None]:
    """One transaction of somebody who is not known yet, to whom there are no customers.

    No lock of it is waited for longer than a request may (``dealers.waiting``).
    """
    with transaction.atomic():
        values = _values(Actor.visitor())
        with connection.cursor() as cursor:
            cursor.execute(_TELL_AT_THE_DOOR, [*values, waiting.limit()])
        door.taken(values[-1])
        yield


@contextmanager
def acting(actor: Actor) -> Iterator[Actor]:
    """Have the database know who acts while the block runs; afterwards it is who it was before.

    Inside a transaction that is said at once. Outside, as tasks and commands run, it is said at the
    beginning of each transaction of the block, and whatever the block asks outside of one gets a
    transaction of its own: nothing stays with a session, which others may use in between.
    """
    if not connection.in_atomic_block:
        with connection.execute_wrapper(_Telling(_values(actor))):
            yield actor
        return
    # Who is around says so first, or nobody would act once the block has ended.
    for each in connection.execute_wrappers:
        if isinstance(each, _Telling):
            each.begin()
    _clock, before = _tell(_values(actor))
    try:
        yield actor
    finally:
        # A transaction that is rolled back and a connection that is gone forget by themselves.
        door.taken("")
        if door.can_be_told():
            with suppress(InterfaceError, OperationalError):
                _tell(before)


class _Telling:
    """Says in each transaction who acts, before anything else is asked in it."""

    def __init__(self, values: list[str]) -> None:
        self.values = values
        self.told: object = None  # in which transaction

    def __call__(self, execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        if sql is _TELL:
            return execute(sql, params, many, context)
        if not connection.in_atomic_block:
            with transaction.atomic():
                return self(execute, sql, params, many, context)
        self.begin()
        return execute(sql, params, many, context)

    def begin(self) -> None:
        """Say who acts, if it is not said yet in this transaction."""
        begun = connection.transaction_begun  # type: ignore[attr-defined]  # our own backend
        if self.told is not begun:
            self.told = begun
            _tell(self.values)


def _values(actor: Actor) -> list[str]:
    return [
        *(str(actor.user_id or ""), actor.role),
        *(str(actor.dealer_id or ""), str(actor.region_id or "")),
        actor.database_role,
    ]


def _tell(values: list[str]) -> tuple[datetime, list[str]]:
    """Put the values there; the database's clock, and what stood there before."""
    with connection.cursor() as cursor:
        cursor.execute(_TELL, values)
        now, *rest = cursor.fetchone()
    door.taken(values[-1])
    return now, rest[: len(values)]

"""What is known until when, and who waits for whom.

Every transaction that records orders or attributions holds one shared lock, every one that records
registrations another, both until it commits. ``known_until`` gets both exclusively for an instant:
then nothing recorded earlier is still to become visible, and what comes takes a later clock.

Of one person only one transaction records at a time: at the counter they queue for a lock of the
person's, and a bulk load, which has too many people for that, locks the rows of their identities.
Whoever takes a turn waits a second at most, for all that it takes together: see
``dealers.waiting``.
"""

import logging
import time
from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from django.db import OperationalError, connection, transaction

from customers.identity import either, known_keys
from dealers.database import prepared
from dealers.keys.held import FINGERPRINT, WrongKeys, ensure, says
from dealers.quotas import STAFF, queue, wait_for
from dealers.waiting import busy_as, milliseconds, patience, told, wait_no_longer

# The two keys of an advisory lock: the portal's customers, and which of its doors; or the queue of
# a member of staff or of a store, and whose.
SPACE = 0x6D64
ORDERS = 1
REGISTRATIONS = 2
LOADS = 3  # which only bulk loads pass, one at a time
STORE = 0x6D66
REGION = 0x6D67

# The clock is read from the lock's own row, so not before the lock is held.
SHARED = (
    "SELECT clock_timestamp() FROM (SELECT pg_advisory_xact_lock_shared(%s, %s) OFFSET 0) AS held"
)
EXCLUSIVE = "SELECT clock_timestamp() FROM (SELECT pg_advisory_xact_lock(%s, %s) OFFSET 0) AS held"


logger = logging.getLogger(__name__)


class CutoffFailed(Exception):
    """Somebody kept recording for too long."""


class _Busy(Exception):
    """Somebody else is recording."""


def one_by_one[Id, Made](what: str, due: Iterable[Id], work: Callable[[Id], Made]) -> list[Made]:
    """What ``work`` makes of each, by its id, in its own transaction: for jobs that come again.

    Whoever is busy with one at that instant does it instead, or the next run. One for which it
    fails holds nobody else up; what failed is raised after the last.
    """
    made: list[Made] = []
    failed: Exception | None = None
    for each in due:
        try:
            with busy_as(_Busy), transaction.atomic():
                made.append(work(each))
        except _Busy:
            continue
        except OperationalError:
            raise
        except Exception as problem:
            logger.exception("What is due of %s %s could not be done.", what, each)
            failed = problem
    if failed is not None:
        raise failed
    return made


def all_of(*jobs: Callable[[], int]) -> int:
    """Do jobs one after the other; what they did. One that fails holds the next up no longer.

    What failed first is raised after the last.
    """
    done, failed = 0, None
    for job in jobs:
        try:
            done += job()
        except Exception as problem:
            logger.exception("Part of a job could not be done.")
            failed = failed or problem
    if failed is not None:
        raise failed
    return done


def hold_open_orders() -> datetime:
    """Hold the door for orders until the transaction ends; the clock to record them with."""
    wait_no_longer()
    return _hold(SHARED, ORDERS)


class Turn(NamedTuple):
    """The clock to record a person's with, and the id of the identity, if there was one.

    ``keys``: by how many fingerprint keys a new person is known at that moment.
    """

    at: datetime
    identity: int | None
    keys: int


# What the statement has waited so far is gone from what its next lock may take.
LEFT = """set_config('lock_timeout', greatest(1, %(patience)s::int8
            - 1000 * extract(epoch FROM clock_timestamp() - statement_timestamp())::numeric
        )::int8::text, true)"""
# In this order everywhere, so that no two wait for each other. Without an id there is no lock.
TURN = f"""
SELECT clock_timestamp(), held.identity, (
    SELECT count(*) FROM dealers_keycheck WHERE starts_with(name, 'PORTAL_FINGERPRINT_KEY')) AS keys
FROM (
    SELECT {LEFT}, pg_advisory_xact_lock_shared(%(space)s::int4, %(door)s::int4),
        {LEFT}, pg_advisory_xact_lock(%(person)s::int8),
        {LEFT}, pg_advisory_xact_lock(%(renewed)s::int8),
        {LEFT}, coalesce(
            (SELECT identity FROM who_owns(%(fingerprint)s::bytea, NULL)),
            (SELECT identity FROM who_owns(%(other)s::bytea, NULL))) AS identity,
        {LEFT}, pg_advisory_xact_lock(%(of_staff)s::int4, %(staff)s::int4),
        {LEFT}, pg_advisory_xact_lock(%(of_store)s::int4, %(store)s::int4),
        set_config('lock_timeout', %(patience)s::int8::text, true)
    OFFSET 0
) AS held
"""  # noqa: S608 -- put together from our own text


def take_turn(
    fingerprint: bytes, door: int, *, staff: int | None = None, store: int | None = None
) -> Turn:
    """Hold the door, and wait until nobody else records anything of this person; then the clock.

    ``staff`` and ``store``: by whom and where, if what they record is counted. Then they record one
    after the other, because a limit that two count at once is no limit.

    A statement of its own, because the next one has to see what the one before in the queue wrote.
    An identity that was made while it waited is not in it, and may be in a load's hands: whoever
    then finds one takes another turn. Waiting too long is an OperationalError: see ``busy_as``.

    While a fingerprint key comes into use, whoever knows a person by either queues with the others;
    who does not know the key yet is refused with WrongKeys.
    """
    ensure()
    known = either(fingerprint)
    queues = [int.from_bytes(each[:8], signed=True) for each in known]
    told()
    with prepared() as cursor:
        cursor.execute(
            TURN,
            {
                "patience": milliseconds(patience()),
                "space": SPACE,
                "door": door,
                "person": queues[0],
                "renewed": queues[1] if len(queues) > 1 else None,
                "fingerprint": known[0],
                "other": known[1] if len(known) > 1 else None,
                "of_staff": STAFF,
                "staff": _queue(staff),
                "of_store": STORE,
                "store": _queue(store),
            },
        )
        turn = Turn(*cursor.fetchone())
    if turn.keys > known_keys():
        raise WrongKeys(says([FINGERPRINT]))
    return turn


def queue_load() -> datetime:
    """Wait until no other load is under way, and let none begin until this one ends; the clock."""
    return _hold(EXCLUSIVE, LOADS)


def hold_open() -> None:
    """Hold both doors until the transaction ends: no cut-off comes before what it records."""
    _hold(SHARED, ORDERS)
    _hold(SHARED, REGISTRATIONS)


def clock() -> datetime:
    """The database's clock at this moment."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def wait_for_regions(regions: Collection[int]) -> None:
    """Wait until nobody else offers a lead to a store of these regions, until the transaction ends.

    What each store was offered is counted: two who count at once see nothing of each other. To be
    called before a person's turn is taken, and once for all regions that a transaction offers in.
    Too long is an OperationalError where ``wait_no_longer`` was called: see ``busy_as``.
    """
    with connection.cursor() as cursor:
        for region in sorted(set(regions)):  # in one order, so that no two wait for each other
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [REGION, queue(region)])


def wait_for_staff(staff: int) -> None:
    """Wait until nothing that is counted of this member of staff is still being recorded.

    Too long is an OperationalError: see ``busy_as``.
    """
    wait_for(staff)


def wait_for_counted(staff: int, store: int) -> None:
    """Wait until nothing that is counted of this person or store is still being recorded.

    In the order in which a turn takes them. Too long is an OperationalError: see ``busy_as``.
    """
    wait_for_staff(staff)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [STORE, queue(store)])


def _queue(id_: int | None) -> int | None:
    """The key of a queue; nobody's is none."""
    return None if id_ is None else queue(id_)


def hold_all() -> datetime:
    """Wait until nobody records, and let nobody else until the transaction ends; then the clock.

    Others would queue behind it, so it waits no longer than they do: see ``busy_as``.
    """
    wait_no_longer()
    _hold(EXCLUSIVE, ORDERS)
    return _hold(EXCLUSIVE, REGISTRATIONS)


def _hold(lock: str, door: int) -> datetime:
    with connection.cursor() as cursor:
        cursor.execute(lock, [SPACE, door])
        return cursor.fetchone()[0]


def known_until(patience: float = 300.0) -> datetime:
    """A moment until which everything recorded is visible. Raises CutoffFailed.

    Only ever tries for the locks, because registrations would queue behind one that waits, and
    gives them back at once, also inside a longer transaction: with what is rolled back.
    """
    give_up = time.monotonic() + patience
    while time.monotonic() < give_up:
        with transaction.atomic():
            closed = all(_closed(door) for door in (ORDERS, REGISTRATIONS))
            moment = clock() if closed else None
            transaction.set_rollback(True)
        if moment is not None:
            return moment
        time.sleep(0.02)
    raise CutoffFailed("A file is being stored, or something is recorded all the time.")


def _closed(door: int) -> bool:
    """Whether nobody records at the moment; if so nobody starts to in this transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [SPACE, door])
        return cursor.fetchone()[0]

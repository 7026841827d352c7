"""Writing what acts change of many people's ownerships, in a few statements."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from customers import cutoff
from customers.models import Act, ActKind, Customer, Ownership, OwnershipEvent
from customers.ownership import changes
from customers.ownership.changes import BY_ACTS, Cause, Change
from dealers.database import Update, next_ids, store_each

LOCK = """
SELECT count(*) FROM (
    SELECT FROM customers_identity WHERE id = ANY(%s) ORDER BY id FOR UPDATE) AS held
"""


class Written(NamedTuple):
    """What an act, not saved yet, changed; ``customer``: whose ownership starts, if one does."""

    act: Act
    changes: Sequence[Change]
    customer: Customer | None = None


def hold(identities: Iterable[int]) -> datetime:
    """Let nobody else record anything of these people until the transaction ends; then the clock.

    As a bulk load does it: whoever registers one of them meanwhile waits, or is told to try again.
    """
    cutoff.hold_open()
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [sorted(identities)])
    return cutoff.clock()


def withdraw_requests(identities: Iterable[int], by: int | None, at: datetime) -> int:
    """Answer the open requests for more time of people who are held: there is nothing to extend."""
    return withdraw(Act.objects.open().filter(identity__in=list(identities)), by, at)


def withdraw(asked: Iterable[Act], by: int | None, at: datetime) -> int:
    """Answer these open requests: there is nothing to extend."""
    answers = [
        Act(
            kind=ActKind.DECLINED, identity_id=each.identity_id, dealer_id=each.dealer_id,
            store_id=each.store_id, ownership_id=each.ownership_id, by_id=by, at=max(at, each.at),
            answers=each,
        )
        for each in asked
    ]  # fmt: skip
    Act.objects.bulk_create(answers)
    return len(answers)


def write(written: Sequence[Written], recorded_at: datetime) -> int:
    """Save the acts with what they have changed; how many acts. People are held already."""
    for each, pk in zip(written, next_ids(Act, len(written)), strict=True):
        each.act.pk, each.act.recorded_at = pk, recorded_at
    rows = [
        row
        for each in written
        for row in changes.rows(each.changes, Cause(act=each.act), recorded_at, each.customer)
    ]
    Act.objects.bulk_create([each.act for each in written])
    # An ownership ends by an event that is there already, and the next begins once it has ended.
    OwnershipEvent.objects.bulk_create([it for it in rows if isinstance(it, OwnershipEvent)])
    store_each([it.row for it in rows if isinstance(it, Update)], BY_ACTS)
    Ownership.objects.bulk_create([it for it in rows if isinstance(it, Ownership)])
    return len(written)

"""The books: what a run owes each dealer, as balanced journals that are only ever added."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from dealers.actor import Actor
from dealers.models import User
from dealers.months import hq_midnight, next_month
from incentives.books import periods
from incentives.models import (
    Account,
    AccountKind,
    Direction,
    Entry,
    Holder,
    Journal,
    Period,
    Plan,
    Program,
    Run,
    Source,
)

_LOCK = 0x6A6E  # the space of the advisory locks for keys of the books


class OtherContent(Exception):
    """A key of the books was used before for something else."""


@dataclass(frozen=True, slots=True)
class Booking:
    """Entries of one currency that add up to zero, for what took effect at ``effective_at``.

    ``source_key`` is the number of what is booked; ``reverses`` is taken back by it.
    """

    key: str
    entries: Sequence[tuple[Account, Decimal]]
    source: Source
    source_key: str
    effective_at: datetime
    reverses: Journal | None = None

    @property
    def currency(self) -> str:
        return self.entries[0][0].currency

    @property
    def content(self) -> bytes:
        """A hash of what is booked, whoever books it and when."""
        lines = [f"{it.pk} {amount.normalize():f} {it.currency}" for it, amount in self.entries]
        taken_back = self.reverses.key if self.reverses else ""
        # The same moment is written in one way only, whatever its zone.
        head = f"{self.source} {self.source_key} {self.effective_at.timestamp():f} {taken_back}"
        return hashlib.sha256("\n".join([head, *sorted(lines)]).encode()).digest()


def post(booking: Booking, *, by: Actor, at: datetime, approved_by: User | None = None) -> Journal:
    """Book at ``at``; the same again gives the journal that is there.

    Raises OtherContent where the key has another content.
    """
    return post_all([booking], by=by, at=at, approved_by=approved_by)[0]


@transaction.atomic
def post_all(
    bookings: Sequence[Booking], *, by: Actor, at: datetime, approved_by: User | None = None
) -> list[Journal]:
    """Book many at once as ``post`` does, in a few statements for all of them."""
    keys = [booking.key for booking in bookings]
    # Of two at once the second one waits here, and finds what the first one booked. In one order,
    # so that they do not lock up; by 256 locks at most, for a server has only so many.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s::int, bucket) FROM (SELECT DISTINCT"
            " (hashtextextended('journal ' || key, 0) & 255)::int AS bucket"
            " FROM unnest(%s::text[]) AS key ORDER BY 1) AS buckets",
            [_LOCK, keys],
        )
    known = {journal.key: journal for journal in Journal.objects.filter(key__in=keys)}
    for booking in bookings:
        if booking.key in known and bytes(known[booking.key].content) != booking.content:
            raise OtherContent(booking.key)
    new = [booking for booking in bookings if booking.key not in known]
    if new:
        made = write(new, periods.taking(at), by=by, at=at, approved_by=approved_by)
        known |= {journal.key: journal for journal in made}
    return [known[key] for key in keys]


def write(
    bookings: Sequence[Booking],
    period: Period,
    *,
    by: Actor,
    at: datetime,
    approved_by: User | None = None,
) -> list[Journal]:
    """Book in a period that the caller keeps from others, under keys that nothing has."""
    made = Journal.objects.bulk_create(
        Journal(
            key=booking.key,
            content=booking.content,
            period=period,
            source=booking.source,
            source_key=booking.source_key,
            currency=booking.currency,
            effective_at=booking.effective_at,
            recorded_at=at,
            reverses=booking.reverses,
            made_by=by.user,
            approved_by=approved_by,
        )
        for booking in bookings
    )
    Entry.objects.bulk_create(
        Entry(journal=journal, account=account, amount=amount)
        for booking, journal in zip(bookings, made, strict=True)
        for account, amount in booking.entries
    )
    return made


def owed_to_each(dealers: Iterable[int], currency: str) -> dict[int, Account]:
    """The accounts of what these dealers are owed, by their ids; made when first asked for."""
    return _owed(Holder.DEALER, dealers, currency)


def owed_to_people(people: Iterable[int], currency: str) -> dict[int, Account]:
    """The accounts of what these people are owed themselves, by their ids."""
    return _owed(Holder.PERSON, people, currency)


def _owed(holder: Holder, ids: Iterable[int], currency: str) -> dict[int, Account]:
    wanted = {"kind": AccountKind.PAYABLE, "holder": holder, "currency": currency}
    column = f"{holder}_id"
    named = sorted(set(ids))
    Account.objects.bulk_create(
        [Account(**{column: each}, **wanted) for each in named], ignore_conflicts=True
    )
    found = Account.objects.filter(**{f"{column}__in": named}, **wanted)
    return {getattr(account, column): account for account in found}


def own(holder: Holder, currency: str) -> Account:
    """The brand's own account at the bank, for clearing or for what is withheld."""
    return Account.objects.get_or_create(kind=AccountKind.OWN, holder=holder, currency=currency)[0]


def open_accounts(currency: str) -> None:
    """One account per dealer for what it is owed, one per plan for what it costs or brings."""
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO incentives_account (kind, holder, dealer_id, currency)
            SELECT %s, %s, id, %s FROM dealers_dealer ON CONFLICT DO NOTHING""",
            [AccountKind.PAYABLE, Holder.DEALER, currency],
        )
    Account.objects.bulk_create(
        [
            Account(kind=kind_for(plan), holder=Holder.PLAN, plan=plan, currency=currency)
            for plan in Plan.objects.all()
        ],
        ignore_conflicts=True,
    )


def kind_for(plan: Plan) -> AccountKind:
    """Where a plan's amounts are booked against what is owed to the dealers."""
    pays = plan.direction == Direction.BRAND_PAYS
    return AccountKind.EXPENSE if pays else AccountKind.INCOME


def book(run: Run) -> int:
    """Book a run's results, one journal per dealer with two entries per plan; returns how many.

    They take effect when the month ends, whenever it is closed. A dealer whose plans all come to
    zero gets no journal. The key makes a second booking of the same month fail in the database.
    """
    currency = Program.current().currency
    open_accounts(currency)
    params: dict[str, Any] = {
        "run": run.pk,
        "month": run.month,
        "name": run.name,
        "currency": currency,
        "effective_at": _last_moment_of(run.month),
    }
    with connection.cursor() as cursor:
        cursor.execute(_BOOK, params)
    return Journal.objects.of_run(run).count()


def _last_moment_of(month: date) -> datetime:
    """The end of a month by headquarters' clock."""
    return hq_midnight(next_month(month)) - timedelta.resolution


_BOOK = """
WITH totals AS (
    SELECT r.dealer_id, v.plan_id, p.code, p.direction, sum(r.amount) AS amount
    FROM incentives_result r
    JOIN incentives_component c ON c.id = r.component_id
    JOIN incentives_planversion v ON v.id = c.version_id
    JOIN incentives_plan p ON p.id = v.plan_id
    WHERE r.run_id = %(run)s
    GROUP BY 1, 2, 3, 4
    HAVING sum(r.amount) <> 0
),
booked AS (
    INSERT INTO incentives_journal
        (key, content, month, source, source_key, currency, effective_at, recorded_at)
    SELECT 'close:' || %(name)s || ':' || d.code,
        sha256(convert_to(string_agg(t.code || ' ' || t.amount || ' ' || %(currency)s, E'\n'
            ORDER BY t.code), 'UTF8')),
        %(month)s, 'run', %(name)s, %(currency)s, %(effective_at)s, now()
    FROM totals t JOIN dealers_dealer d ON d.id = t.dealer_id
    GROUP BY d.code
    RETURNING id, key
),
entries AS (
    SELECT b.id AS journal_id, t.*
    FROM totals t
    JOIN dealers_dealer d ON d.id = t.dealer_id
    JOIN booked b ON b.key = 'close:' || %(name)s || ':' || d.code
)
INSERT INTO incentives_entry (journal_id, account_id, amount)
SELECT e.journal_id, a.id, e.amount
FROM entries e
JOIN incentives_account a
    ON a.kind = 'payable' AND a.dealer_id = e.dealer_id AND a.currency = %(currency)s
UNION ALL
SELECT e.journal_id, a.id, -e.amount
FROM entries e
JOIN incentives_account a ON a.plan_id = e.plan_id AND a.currency = %(currency)s
    AND a.kind = CASE e.direction WHEN 'brand_pays' THEN 'expense' ELSE 'income' END
"""

"""Putting every affected person's events through the rules, in order of time."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.bulk.replay import Held, Place, Replay
from customers.bulk.staging import NULL, Batch, nullable
from customers.models import EventKind
from customers.ownership.rulebook import Standing
from customers.ownership.settings import RegistrationRefused, choose, published_settings
from customers.receipts import receipt
from dealers.imports.problems import WrongUse
from dealers.imports.progress import Progress
from dealers.models import Store

FETCH = 20_000


def answer(channel: str, stores: Collection[Store], progress: Progress) -> None:
    """Answer the staged registrations and attribute the staged sales, into temporary tables.

    Raises WrongUse where no rulebook is published.
    """
    published = published_settings()
    try:
        choose(published, timezone.localdate())
    except RegistrationRefused as problem:
        raise WrongUse(str(problem)) from None
    replay = Replay(published, channel, ids("customers_ownership_id_seq"))
    zones = {store.pk: store.tz for store in stores}
    places = {store.pk: Place(store.pk, store.dealer_id, store.tz) for store in stores}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM staged_registration)"
            " + (SELECT count(*) FROM staged_order)"
        )
        total = cursor.fetchone()[0]
    _know(replay, zones)
    sink = Sink()
    progress.start(_("Applying the rules"), total)
    for done, event in enumerate(_events()):
        sale, registration, order, at, person, store, paid, _nth = event
        if not done & 4095:
            progress.show(done)
        if sale:
            sink.sold(replay, order, person, places.get(store), at, paid=paid)
        else:
            sink.answered(replay, registration, person, places[store], at)
    sink.finish(replay)


def _know(replay: Replay, zones: dict[int, ZoneInfo]) -> None:
    """Tell it who owns whom already."""
    with connection.cursor() as cursor:
        cursor.execute(HELD)
        for row in cursor.fetchall():
            replay.know(_held(row, zones))
        if replay.capped:
            by_id = {held.id: held for track in replay.held.values() for held in track}
            cursor.execute(OPEN)
            for row in cursor.fetchall():
                replay.count(by_id.get(row[0]) or _held(row, zones))


def _held(row: Sequence, zones: dict[int, ZoneInfo]) -> Held:
    return Held(
        id=row[0],
        person=row[1],
        standing=Standing(
            dealer=row[2],
            store=row[3],
            tz=zones[row[3]],
            channel=row[4],
            start=row[5],
            protected_until=row[6],
            end=row[7],
            sold=row[8] is not None,
            renewed_on=row[9],
            contacted_at=row[10],
        ),
        last_activity_at=row[11],
        sold_at=row[8],
        follow_up_on=row[12],
    )


def ids(sequence: str) -> Iterator[int]:
    """Numbers of a table's sequence, taken from it a thousand at a time."""
    while True:
        with connection.cursor() as cursor:
            cursor.execute("SELECT nextval(%s) FROM generate_series(1, 1000)", [sequence])
            rows = cursor.fetchall()
        for (number,) in rows:
            yield number


def _events() -> Iterator[tuple]:
    connection.ensure_connection()
    # A cursor on the server, so that not all events are in memory at once; binary, because the
    # times need not be spelled out and read again.
    with connection.connection.cursor(name="history_events", binary=True) as cursor:
        cursor.execute(EVENTS)
        while rows := cursor.fetchmany(FETCH):
            yield from rows


class Sink:
    """The results of a replay, on their way into temporary tables."""

    def __init__(self) -> None:
        self.answers = Batch("answered")
        self.attributions = Batch("attributed")
        self.visits = Batch("visited")
        self.events = Batch("happened")
        self.visit_ids = ids("customers_activity_id_seq")

    def answered(
        self, replay: Replay, registration: int, person: int, place: Place, at: datetime
    ) -> None:
        given = replay.register(person, place, at)
        held = given.held
        until = held.standing.protected_until if held else None
        self.answers.add(
            f"{registration}\t{receipt(registration)}\t{given.kind}\t{given.rule}\t{given.rulebook}"
            f"\t{held.id if held else NULL}\t{nullable(until)}\n"
        )
        visit = None
        if given.visit:
            visit = next(self.visit_ids)
            self.visits.add(f"{visit}\t{registration}\t{at}\n")
        if given.renewed and held:
            cause = f"{registration}\t{nullable(visit)}\t{NULL}"
            self.events.add(
                f"{held.id}\t{given.renewed}\t{at}\t{until}\t{given.rulebook}\t{cause}\n"
            )

    def sold(
        self,
        replay: Replay,
        order: str,
        person: int,
        place: Place | None,
        at: datetime,
        *,
        paid: bool,
    ) -> None:
        sold = replay.sell(person, place, at, paid=paid)
        if sold is None:
            return
        held, given = sold.held, sold.attribution
        self.attributions.add(
            f"{order}\t{given.sold_by}\t{held.id}\t{held.standing.dealer}\t{held.standing.store}"
            f"\t{given.owned_on}\t{given.owner_share}\t{sold.rulebook}\n"
        )
        if sold.renewed:
            self.events.add(
                f"{held.id}\t{EventKind.SOLD}\t{at}\t{held.standing.protected_until}"
                f"\t{sold.rulebook}\t{NULL}\t{NULL}\t{order}\n"
            )

    def finish(self, replay: Replay) -> None:
        owned = Batch("owned")
        for track in replay.held.values():
            for held in track:
                if held.changed:
                    it = held.standing
                    owned.add(
                        f"{held.id}\t{held.is_new}\t{held.person}\t{it.dealer}\t{it.store}"
                        f"\t{it.start}\t{it.end}\t{it.protected_until}\t{it.channel}"
                        f"\t{nullable(it.contacted_at)}\t{nullable(held.sold_at)}"
                        f"\t{nullable(it.renewed_on)}\t{held.last_activity_at}"
                        f"\t{nullable(held.follow_up_on)}\n"
                    )
        for batch in (owned, self.answers, self.attributions, self.visits, self.events):
            batch.flush()


HELD = """
SELECT o.id, p.person, o.dealer_id, o.store_id, o.channel, lower(o.period),
    o.protected_until, upper(o.period), o.sold_at, o.renewed_on, o.contacted_at,
    o.last_activity_at, o.follow_up_on
FROM customers_ownership AS o JOIN known_person AS p USING (identity_id)
ORDER BY p.person, lower(o.period)
"""
OPEN = """
SELECT o.id, -1, o.dealer_id, o.store_id, o.channel, lower(o.period),
    o.protected_until, upper(o.period), o.sold_at, o.renewed_on, o.contacted_at,
    o.last_activity_at, o.follow_up_on
FROM customers_ownership AS o, (SELECT min(at) AS at FROM staged_registration) AS first
WHERE o.sold_at IS NULL AND o.protected_until > first.at AND lower(o.period) <= first.at
"""
EVENTS = """
SELECT false AS sale, id, NULL::text AS order_id, at, person, store_id, true AS paid,
    id AS place_in_file
FROM staged_registration
UNION ALL
SELECT true, NULL, o.id::text, o.at, o.person, o.store_id, t.net > 0, o.run
FROM staged_order AS o JOIN totals AS t USING (run)
WHERE o.kind = 'sale' AND o.person IS NOT NULL
UNION ALL
SELECT true, NULL, o.id::text, o.ordered_at, p.person, o.store_id, o.net > 0, 0
FROM customers_order AS o JOIN known_person AS p USING (identity_id)
WHERE o.kind = 'sale' AND o.attributed_at IS NULL
ORDER BY at, sale, place_in_file, order_id
"""

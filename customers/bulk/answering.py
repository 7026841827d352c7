"""Putting every affected person's events through the rules, in order of time."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.bulk.replay import Replay
from customers.bulk.staging import NULL, Batch, empty, ids, nullable
from customers.models import (
    AttributionCause,
    Channel,
    Holder,
    SoldBy,
    current_sql,
    given_sql,
)
from customers.orders.attribution import Decision, Share, attribute
from customers.ownership import passing
from customers.ownership.changes import COLUMNS, Change, standing_from
from customers.ownership.levels import Chosen
from customers.ownership.rulebook import Claim, Dispute, Offer, Standing
from customers.ownership.settings import RegistrationRefused, Rulebooks
from customers.ownership.track import Bought, FollowedUp, Registered
from customers.receipts import receipt
from dealers.imports.problems import WrongUse
from dealers.imports.progress import Progress
from dealers.models import Store

FETCH = 20_000


class Event(NamedTuple):
    """A row of EVENTS: what happened to whom, and what its kind needs to know."""

    what: str  # registration, activity, sale or return
    id: str  # of its row, staged or on file
    person: int
    at: datetime
    store: Any  # None: online
    staff: int | None
    kind: Any  # of an activity, as the next two
    outcome: Any
    next_on: date | None
    paid: Any  # of a sale: whether it cost more than nothing, as the next
    comes_back: Any  # whether something of it does
    sale: Any  # of a return
    on_file: bool | None  # of both: whether it was, and counted for nobody


def answer(channel: str, stores: Collection[Store], at: datetime, progress: Progress) -> None:
    """Answer what is staged through the rules, into temporary tables.

    Raises WrongUse where no rulebook is published at ``at``.
    """
    empty("answered", "owned", "attributed", "visited", "happened")
    rulebooks = Rulebooks.on_file()
    try:
        rulebooks.on(at, timezone.get_default_timezone())
    except RegistrationRefused as problem:
        raise WrongUse(str(problem)) from None
    replay = Replay(rulebooks, ids("customers_ownership_id_seq"))
    _know_levels(replay)
    if channel != Channel.HISTORY:
        _know_offers(replay)
    _know_disputes(replay)
    _know_reviews(replay)
    _know(replay, {store.pk: store.tz for store in stores})
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM staged_registration)"
            " + (SELECT count(*) FROM staged_order) + (SELECT count(*) FROM staged_activity)"
        )
        total = cursor.fetchone()[0]
    sink = Sink(replay, channel, stores)
    progress.start(_("Applying the rules"), total)
    for done, event in enumerate(map(Event._make, _events())):
        if not done & 4095:
            progress.show(done)
        sink.take[event.what](event)
    sink.finish()


def let_time_pass(at: datetime) -> bool:
    """Do to the people of the file what time has done by ``at``; whether there was anything.

    It comes before what the file says of today, so call it once they are held, and answer again.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT identity_id FROM known_person")
        known = {identity for (identity,) in cursor.fetchall()}
    happened = [passing.settle(it, at, at) for it in passing.due(at) if it in known]
    return any(happened)


def _know_levels(replay: Replay) -> None:
    """Tell it at which levels dealers share their customers with the brand."""
    with connection.cursor() as cursor:
        cursor.execute(LEVELS)
        for person, *chosen in cursor.fetchall():
            replay.chosen(person, Chosen(*chosen))


def _know_offers(replay: Replay) -> None:
    """Tell it what headquarters offers to a store, and which waits for its answer."""
    with connection.cursor() as cursor:
        cursor.execute(OFFERED)
        for person, dealer, store, zone, due_at in cursor.fetchall():
            claim = Claim(dealer, store, ZoneInfo(zone), Channel.DISPATCH)
            replay.offered(person, Offer(claim, due_at))


def _know_disputes(replay: Replay) -> None:
    """Tell it about whom a case runs."""
    with connection.cursor() as cursor:
        cursor.execute(DISPUTED)
        for person, dealer, since in cursor.fetchall():
            replay.disputed(person, Dispute(dealer, since))


def _know_reviews(replay: Replay) -> None:
    """Tell it about whom somebody decides whether they are on file already."""
    with connection.cursor() as cursor:
        cursor.execute(REVIEWED)
        for person, dealer, store, zone in cursor.fetchall():
            replay.reviewed(person, Claim(dealer, store, ZoneInfo(zone), Channel.CAPTURE))


def _know(replay: Replay, zones: dict[int, ZoneInfo]) -> None:
    """Tell it who owns whom already, and who holds open what."""
    with connection.cursor() as cursor:
        cursor.execute(HELD)
        for person, *values in cursor.fetchall():
            replay.know(person, _standing(values, zones))
        if replay.capped:
            cursor.execute(OPEN)
            for first_at, *values in cursor.fetchall():
                replay.count(_standing(values, zones), first_at)


def _standing(values: list, zones: dict[int, ZoneInfo]) -> Standing:
    found = dict(zip(COLUMNS, values, strict=True))
    return standing_from(found, zones[found["store"]])


def _events() -> Iterator[tuple]:
    connection.ensure_connection()
    # A cursor on the server, so that not all events are in memory at once; binary, because the
    # times need not be spelled out and read again.
    with connection.connection.cursor(name="history_events", binary=True) as cursor:
        cursor.execute(EVENTS)
        while rows := cursor.fetchmany(FETCH):
            yield from rows


def decided(stores: Mapping[int, Store]) -> dict[str, Decision]:
    """For whom the sales on file count that something is taken back of, by their order's id."""
    with connection.cursor() as cursor:
        cursor.execute(DECIDED)
        rows = cursor.fetchall()
    found = {}
    for order, held in groupby(rows, itemgetter(0)):
        each = list(held)
        _id, by, day, rulebook, *_share = each[0]  # the owner's
        shares = tuple(Share(Holder(row[4]), *row[5:]) for row in each)
        found[order] = Decision(SoldBy(by), day, stores[shares[0].store].tz, rulebook, shares)
    return found


class Sink:
    """What the rules say to each event, on its way into temporary tables."""

    def __init__(self, replay: Replay, channel: str, stores: Collection[Store]) -> None:
        self.replay = replay
        self.channel = channel
        self.stores = {store.pk: store for store in stores}
        self.claims: dict[tuple[int, int | None], Claim] = {}
        self.take = {"registration": self.registered, "activity": self.followed_up,
                     "sale": self.bought, "return": self.gave_back}  # fmt: skip
        self.decided = decided(self.stores)  # about sales, for the returns to come
        self.answers = Batch("answered")
        self.attributions = Batch("attributed")
        self.visits = Batch("visited")
        self.events = Batch("happened")
        self.visit_ids = ids("customers_activity_id_seq")

    def registered(self, event: Event) -> None:
        claim = self._claim(event.store, event.staff)
        counts = self.replay.counts(claim, event.at)
        answered = self.replay.apply(event.person, Registered(claim, event.at, counts))
        decision, owned = answered.decision, answered.after
        self.answers.add(
            f"{event.id}\t{receipt(int(event.id))}\t{decision.answer}\t{decision.rule}"
            f"\t{answered.settings.id}\t{owned.id if owned else NULL}"
            f"\t{nullable(owned and owned.protected_until)}\n"
        )
        visit = None
        if decision.visits:
            visit = next(self.visit_ids)
            self.visits.add(f"{visit}\t{event.id}\t{event.at}\n")
        self._happened(answered.changes, f"{event.id}\t{nullable(visit)}\t{NULL}")

    def followed_up(self, event: Event) -> None:
        dealer = self.stores[event.store].dealer_id
        followed = self.replay.apply(
            event.person, FollowedUp(dealer, event.kind, event.outcome, event.at, event.next_on)
        )
        if followed:
            self._happened(followed.changes, f"{NULL}\t{event.id}\t{NULL}")

    def bought(self, event: Event) -> None:
        store = self.stores.get(event.store)
        dealer = store.dealer_id if store else None
        sold = self.replay.apply(event.person, Bought(event.store, dealer, event.at, event.paid))
        if sold is None:
            return
        decision = attribute(sold.before, sold.settings, event.store, dealer, event.at)
        if event.comes_back:
            self.decided[event.id] = decision
        self._counts(event, decision)
        self._happened(sold.changes, f"{NULL}\t{NULL}\t{event.id}")

    def gave_back(self, event: Event) -> None:
        decision = self.decided.get(event.sale)
        if decision is not None:
            self._counts(event, decision.returned(event.at))

    def _counts(self, event: Event, decision: Decision) -> None:
        """For whom an order counts."""
        cause = AttributionCause.RENEWAL if event.on_file else AttributionCause.ORDER
        for it in decision.shares:
            self.attributions.add(
                f"{event.id}\t{it.holder}\t{it.dealer}\t{it.store}\t{nullable(it.ownership)}"
                f"\t{it.share}\t{decision.sold_by}\t{decision.counts_on}\t{decision.rulebook}"
                f"\t{cause}\n"
            )

    def _claim(self, store: int, staff: int | None) -> Claim:
        claim = self.claims.get((store, staff))
        if claim is None:
            place = self.stores[store]
            claim = Claim(place.dealer_id, store, place.tz, self.channel, staff)
            self.claims[store, staff] = claim
        return claim

    def _happened(self, changes: tuple[Change, ...], cause: str) -> None:
        """The events of an ownership; ``cause``: registration, activity and order."""
        for change in changes:
            if change.kind is not None:
                self.events.add(
                    f"{change.after.id}\t{change.kind}\t{change.at}"
                    f"\t{change.after.protected_until}\t{change.rulebook}\t{cause}\n"
                )

    def finish(self) -> None:
        owned = Batch("owned")
        for person, is_new, it in self.replay.owned():
            owned.add(
                f"{it.id}\t{is_new}\t{person}\t{it.dealer}\t{it.store}\t{nullable(it.staff)}"
                f"\t{it.start}\t{it.end}\t{it.protected_until}\t{it.channel}"
                f"\t{nullable(it.contact_due_at)}\t{nullable(it.contacted_at)}"
                f"\t{nullable(it.sold_at)}\t{nullable(it.renewed_on)}\t{it.last_activity_at}"
                f"\t{nullable(it.follow_up_on)}\t{nullable(it.release_at)}\n"
            )
        for batch in (owned, self.answers, self.attributions, self.visits, self.events):
            batch.flush()


STANDING = ", ".join(COLUMNS.values())
HELD = f"""
SELECT p.person, {STANDING}
FROM customers_ownership AS o JOIN known_person AS p USING (identity_id)
JOIN dealers_store AS s ON s.id = o.store_id
WHERE {given_sql("o")}
ORDER BY p.person, lower(o.period)
"""  # noqa: S608 -- put together from our own text
LEVELS = """
SELECT p.person, s.dealer_id, s.level, s.at
FROM dealers_sharing AS s
LEFT JOIN customers_customer AS c ON c.id = s.customer
LEFT JOIN known_person AS p ON p.identity_id = c.identity_id
WHERE s.customer IS NULL OR p.person IS NOT NULL
ORDER BY s.at, s.id
"""
OFFERED = """
SELECT p.person, f.dealer_id, f.store_id, s.timezone, f.due_at
FROM customers_offer AS f JOIN customers_lead AS l ON l.id = f.lead_id
JOIN known_person AS p ON p.identity_id = l.identity_id
JOIN dealers_store AS s ON s.id = f.store_id
WHERE f.answer = ''
ORDER BY f.due_at
"""
REVIEWED = """
SELECT p.person, a.dealer_id, a.store_id, s.timezone
FROM customers_act AS a JOIN known_person AS p USING (identity_id)
JOIN dealers_store AS s ON s.id = a.store_id
WHERE a.kind = 'possible'
    AND NOT EXISTS (SELECT FROM customers_act AS b WHERE b.answers_id = a.id)
"""
DISPUTED = """
SELECT p.person, s.dealer_id, c.opened_at
FROM customers_case AS c JOIN known_person AS p USING (identity_id)
JOIN customers_caseside AS s ON s.case_id = c.id AND s.side = 'A'
WHERE c.stage <> 'closed'
"""
OPEN = f"""
SELECT first.at, {STANDING}
FROM customers_ownership AS o JOIN dealers_store AS s ON s.id = o.store_id,
    (SELECT min(at) AS at FROM staged_registration) AS first
WHERE o.sold_at IS NULL AND o.protected_until > first.at AND lower(o.period) <= first.at
"""  # noqa: S608 -- put together from our own text
DECIDED = f"""
SELECT a.order_id::text, a.sold_by, a.counts_on, a.rulebook_id, a.holder, a.dealer_id, a.store_id,
    a.ownership_id, a.share
FROM customers_attribution AS a
WHERE a.order_id IN (SELECT sale_id FROM taken_back) AND {current_sql("a")}
    AND a.holder <> 'nobody'
ORDER BY a.order_id, a.holder
"""  # noqa: S608 -- put together from our own text
# A return of the same instant as its sale comes after it.
EVENTS = """
SELECT what, id, person, at, store, staff, kind, outcome, next_on, paid, comes_back, sale, on_file
FROM (
    SELECT 'registration' AS what, id::text, person, at, store_id AS store, staff_id AS staff,
        NULL AS kind, NULL AS outcome, NULL::date AS next_on, NULL::boolean AS paid,
        NULL::boolean AS comes_back, NULL AS sale, NULL::boolean AS on_file, 1 AS turn, id AS number
    FROM staged_registration
    UNION ALL
    SELECT 'activity', id::text, person, at, store_id, staff_id, kind, outcome, follow_up_on, NULL,
        NULL, NULL, NULL, 2, id
    FROM staged_activity
    UNION ALL
    SELECT 'sale', o.id::text, o.person, o.at, o.store_id, NULL, NULL, NULL, NULL, t.net > 0,
        o.id IN (SELECT sale_id FROM taken_back), NULL, false, 3, o.run
    FROM staged_order AS o JOIN totals AS t USING (run)
    WHERE o.kind = 'sale' AND o.person IS NOT NULL
    UNION ALL
    SELECT 'sale', o.id::text, p.person, o.ordered_at, o.store_id, NULL, NULL, NULL, NULL,
        o.net > 0, true, NULL, true, 3, 0
    FROM customers_order AS o JOIN known_person AS p USING (identity_id)
    WHERE o.kind = 'sale' AND NOT EXISTS (
        SELECT FROM customers_attribution AS a WHERE a.order_id = o.id)
    UNION ALL
    SELECT 'return', o.id::text, NULL, o.at, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
        t.sale_id::text, false, 4, o.run
    FROM staged_order AS o JOIN (SELECT DISTINCT run, sale_id FROM taken_back) AS t USING (run)
    UNION ALL
    SELECT 'return', b.id::text, NULL, b.ordered_at, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
        b.sale_id::text, true, 4, 0
    FROM customers_order AS b
    JOIN customers_order AS o ON o.id = b.sale_id
    JOIN known_person AS p ON p.identity_id = o.identity_id
    WHERE NOT EXISTS (SELECT FROM customers_attribution AS a WHERE a.order_id = b.id)
) AS events
ORDER BY at, turn, number, id
"""

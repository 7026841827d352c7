"""Goals 21 and 22: many leads over many stores; what time does to a million ownerships."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from uuid import UUID

from django.db import connection, transaction

from customers.dispatch import leads, together
from customers.dispatch.terms import TERMS
from customers.models import Candidate, Lead, LeadSource, Offer
from customers.ownership import passing, reminders
from dealers.actor import Actor
from dealers.models import Membership, Notice, OutboxTask, Region, Role, Store, User
from tests.bench import ground
from tests.bench.measure import Figure, Turns, in_turns, judge, say, seconds, spread

NOW = datetime(2026, 10, 23, 2, 0, tzinfo=UTC)  # a Friday, 10 in the morning in Shanghai
# What keeps rows from being removed between rounds.
KEPT = (
    "customers_lead", "customers_offer", "customers_candidate", "dealers_notice",
    "customers_act", "customers_ownershipevent",
)  # fmt: skip


def main(options: dict) -> None:
    quick = options["quick"]
    stores, count, owned = (5_000, 1_000, 100_000) if quick else (50_000, 10_000, 1_000_000)
    rounds = 3 if quick else 5
    say(f"{stores:,} stores with somebody in each, {owned:,} ownerships")
    ground.network(dealers=stores * 2 // 5, stores=stores)
    ground.rulebook(date(2020, 1, 1))
    places()
    people()
    for table in ("customers_identity", "customers_customer", "customers_ownership"):
        ground.unguard(table)
    ground.customers(owned, "2026-06-01", "2027-06-01")
    ground.settle()
    wanted = options["only"] or [21, 22]
    if 21 in wanted:
        dispatch(count, rounds)
    if 22 in wanted:
        daily(owned, rounds)


def places() -> None:
    """The stores of a region lie in a square of two degrees; a store takes many leads."""
    ground.execute(
        "INSERT INTO customers_dispatchstore (store_id, latitude, longitude, weight, capacity,"
        " takes_leads, of_brand)"
        " SELECT s.id, 25 + 3 * (d.region_id %% 6) + 2 * ((s.id * 7919) %% 100003) / 100003.0,"
        " 110 + 2 * ((s.id * 104729) %% 100019) / 100019.0, 1 + s.id %% 3, 20, true, false"
        " FROM dealers_store s JOIN dealers_dealer d ON d.id = s.dealer_id WHERE %s",
        True,
    )
    ground.execute("CREATE INDEX bench_places ON customers_dispatchstore (latitude, longitude)")


def people() -> None:
    """One who works in each store."""
    stores = list(Store.objects.order_by("pk"))
    users = User.objects.bulk_create(
        (User(email=f"s{store.pk}@bench.example", name="店员") for store in stores), batch_size=5000
    )
    Membership.objects.bulk_create(
        (
            Membership(
                user=user, role=Role.ASSOCIATE, store=store, dealer_id=store.dealer_id,
                starts_at=datetime(2020, 1, 1, tzinfo=UTC),
            )
            for user, store in zip(users, stores, strict=True)
        ),
        batch_size=5000,
    )  # fmt: skip


# The candidates of each lead, by an index, with what is weighed of them: the floor. Where the
# square is not looked up for a lead at a time each store of its region is compared with it.
CANDIDATES = """
WITH received AS MATERIALIZED (
    SELECT store_id, count(*) AS received, count(*) FILTER (WHERE answer = '') AS in_hand
    FROM customers_offer WHERE offered_at > %(since)s AND offered_at <= %(at)s GROUP BY store_id
), matured AS MATERIALIZED (
    SELECT store_id, count(*) AS mature, count(sold_at) AS converted FROM customers_ownership
    WHERE lower(period) > %(from)s AND lower(period) <= %(to)s AND protected_until > lower(period)
    GROUP BY store_id
)
SELECT l.id, s.id, d.weight, d.capacity, r.received, r.in_hand, m.mature, m.converted
FROM customers_lead AS l
CROSS JOIN LATERAL (
    SELECT * FROM customers_dispatchstore AS near
    WHERE near.latitude BETWEEN l.latitude - 0.0273 AND l.latitude + 0.0273
    AND near.longitude BETWEEN l.longitude - 0.0315 AND l.longitude + 0.0315 OFFSET 0
) AS d
JOIN dealers_store AS s ON s.id = d.store_id
JOIN dealers_dealer AS e ON e.id = s.dealer_id AND e.region_id = l.region_id
LEFT JOIN received AS r ON r.store_id = s.id
LEFT JOIN matured AS m ON m.store_id = s.id
WHERE l.id = ANY (%(leads)s)
"""


def dispatch(count: int, rounds: int) -> None:
    """Leads that came together, each with its candidates kept, offered and told."""
    for table in KEPT:
        ground.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    random, regions = Random(21), list(Region.objects.order_by("pk"))
    drafts = []
    for number in range(count):
        region = regions[number % len(regions)]
        drafts.append(
            leads.Received(
                Lead(
                    source=LeadSource.FILE, external_id=f"B-{number}", wish="净水器", region=region,
                    latitude=round(25 + 3 * (region.pk % 6) + 2 * random.random(), 5),
                    longitude=round(110 + 2 * random.random(), 5),
                ),
                f"+86138{number:08}", "",
            )
        )  # fmt: skip
    with transaction.atomic():
        leads.receive_all(drafts, by=Actor.worker("bench"), at=NOW)
    tasks = [task.args[0] for task in OutboxTask.objects.order_by("pk")]
    OutboxTask.objects.all().delete()
    ground.settle()
    values = {
        "since": NOW - TERMS.counted, "at": NOW, "from": NOW - TERMS.mature_until,
        "to": NOW - TERMS.mature_after, "leads": [each.lead.pk for each in drafts],
    }  # fmt: skip
    found = 0

    def floor() -> None:
        nonlocal found
        with connection.cursor() as cursor:
            cursor.execute(CANDIDATES, values)
            found = len(cursor.fetchall())

    def ours() -> None:
        for pks in tasks:
            together.offer_all([UUID(pk) for pk in pks], NOW)

    def tidy() -> None:
        nonlocal kept
        kept = Candidate.objects.count(), Offer.objects.count(), Notice.objects.count()
        ground.empty("customers_candidate", "dealers_notice", "dealers_outboxtask")
        Offer.objects.all().delete()
        ground.execute("UPDATE customers_lead SET queued_at = NULL")
        ground.settle()

    kept = (0, 0, 0)
    turns = in_turns(floor, ours, rounds, tidy)
    if kept[1] != count:
        raise SystemExit(f"{kept[1]:,} of {count:,} leads were offered.")
    kinds = f"{kept[0]:,} candidates (the query: {found:,}), {kept[1]:,} offers"
    detail = f"{kinds}, {kept[2]:,} notices"
    text = f"{count:,} leads dispatched against the candidates' index query"
    _tell("21", text, turns, most=5, best=3, detail=detail)


# What the job looks at, scanned: each ownership with its person, act and place in line.
SCAN = """
SELECT count(*), count(a.id), count(w.id)
FROM customers_ownership AS o
JOIN customers_identity AS i ON i.id = o.identity_id
LEFT JOIN customers_act AS a ON a.ownership_id = o.id
LEFT JOIN customers_waiting AS w ON w.identity_id = o.identity_id
"""


def daily(count: int, rounds: int) -> None:
    """The daily job over so many ownerships: let time pass, and tell who is late or ends soon."""

    def ours() -> None:
        passing.let_time_pass(NOW)
        reminders.tell(NOW)

    turns = in_turns(lambda: ground.execute(SCAN), ours, rounds)
    ground.execute(
        "UPDATE customers_ownership SET contacted_at = NULL, release_at = %s WHERE id IN"
        " (SELECT id FROM customers_ownership ORDER BY id LIMIT 100)",
        NOW - timedelta(hours=1),
    )
    each = seconds(lambda: passing.let_time_pass(NOW)) / 100
    text = f"daily job over {count:,} ownerships against a scan with its joins"
    detail = f"nobody is due in the rounds; each who is costs {each * 1000:.1f} ms more"
    _tell("22", text, turns, most=3, best=1.5, detail=detail)


def _tell(goal: str, text: str, turns: Turns, *, most: float, best: float, detail: str) -> None:
    Figure(
        goal, text, f"{turns.ratio:.2f}x", f"<= {most}x / <= {best}x",
        judge(turns.ratio, most, best, void=turns.void),
        f"{spread(turns.ours, 1, 's')} against {spread(turns.floor, 1, 's')};"
        f" n {turns.rounds} rounds; {detail}",
    ).tell()  # fmt: skip

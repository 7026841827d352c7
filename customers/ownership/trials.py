"""What a draft of the rulebook would have answered in the last 90 days: asked, found, kept.

The worker finds it, for headquarters; it is kept with the draft and what was published of it. No
customer is named: a line has a receipt, stores and answers.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from customers.models import Rulebook, RulebookTrial, given_sql
from customers.ownership import hindsight
from customers.ownership.changes import COLUMNS, standing_from
from customers.ownership.hindsight import BETTER, WORSE, Asked, Compared, Event, Told
from customers.ownership.levels import Chosen, Network
from customers.ownership.rulebook import Claim, Standing
from customers.ownership.settings import Rulebooks, Settings
from customers.ownership.track import Bought, FollowedUp
from dealers import outbox
from dealers.actor import Actor, acting
from dealers.months import hq_day

DAYS = 90
MOST_LINES = 500  # that are kept; the counts are of all
TASK = "customers.tasks.try_rulebook"
SHOWN_EVERY = 1.0  # seconds
WORKER = Actor.worker("hindsight")


def ask(draft: Rulebook, *, by: Actor, at: datetime) -> RulebookTrial:
    """Have the worker find what a draft would have changed in the last days."""
    made = RulebookTrial.objects.create(
        rulebook=draft, asked_by=by.person, asked_at=at, since=at - timedelta(days=DAYS)
    )
    outbox.add(TASK, made.pk, at=at)
    return made


def latest(draft: Rulebook) -> RulebookTrial | None:
    """The trial of the draft as it is now, whether it is finished or not."""
    if draft.tested_at is None:
        return None
    return draft.trials.filter(asked_at=draft.tested_at).first()


def of(draft: Rulebook) -> RulebookTrial | None:
    """What was found about the draft as it is now; None until it is."""
    found = latest(draft)
    return None if found is None or found.finished_at is None else found


def find(pk: int, at: datetime) -> None:
    """Find what a trial asks, and keep it; again: nothing. For the worker.

    Nothing either where the draft was changed since, or tested anew: nobody asks any more.
    """
    with acting(WORKER):
        trial = RulebookTrial.objects.select_related("rulebook").filter(pk=pk).first()
        if trial is None or trial.finished_at is not None:
            return
        if trial.rulebook.tested_at != trial.asked_at:
            return
        with transaction.atomic():
            events, others = _events(trial), _others(trial.since)
            levels = Network.of_all(chosen_levels())
        trial.total = len(events)
        in_force = Rulebooks.on_file()
        draft = with_draft(in_force, trial.rulebook, trial.since)
        found = hindsight.compare(
            events, in_force, draft, others, levels=levels, show=shown_on(trial)
        )
        _keep(trial, found, at)


def shown_on(trial: Any) -> Callable[[int], None]:
    """Has ``done`` of a trial say now and then how many events are told; for the worker."""
    shown = time.monotonic()

    def show(done: int) -> None:
        nonlocal shown
        if not done & 255 and time.monotonic() - shown > SHOWN_EVERY:
            shown = time.monotonic()
            trial.done = done
            trial.save(update_fields=["done", "total"])

    return show


def with_draft(in_force: Rulebooks, draft: Rulebook, since: datetime) -> Rulebooks:
    """The rulebooks, had the draft been in force from ``since`` on."""
    day = hq_day(since)
    before = [it for it in in_force.published if it.starts_on < day]
    return Rulebooks([*before, replace(Settings.of(draft), starts_on=day)])


def _keep(trial: RulebookTrial, found: Iterator[Compared | Asked], at: datetime) -> None:
    dealers: dict[int, list[int]] = {}
    lines: list[list[Any]] = []
    trial.compared = trial.left_out = trial.changed = 0
    for each in found:
        if isinstance(each, Asked):
            trial.left_out += 1
            continue
        trial.compared += 1
        if not each.changes:
            continue
        trial.changed += 1
        for dealer, effect, column in (
            (each.asked.claim.dealer, each.claimant, 0), (each.owner, each.for_owner, 2),
        ):  # fmt: skip
            if dealer is not None and effect in {BETTER, WORSE}:
                counts = dealers.setdefault(dealer, [0, 0, 0, 0])
                counts[column + (effect == WORSE)] += 1
        if len(lines) < MOST_LINES:
            lines.append(_line(each))
    trial.dealers = [[dealer, *counts] for dealer, counts in sorted(dealers.items())]
    trial.lines, trial.done, trial.finished_at = lines, trial.total, at
    trial.save()


def _line(each: Compared) -> list[Any]:
    """A line as it is kept: receipt, moment, store, two answers, for whom it is better or worse."""
    asked = each.asked
    return [
        asked.number, asked.at.isoformat(), asked.claim.store, _said(each.before),
        _said(each.after), each.claimant, each.owner, each.for_owner,
    ]  # fmt: skip


def _said(told: Told) -> list[str | None]:
    return [told.answer, told.rule, None if told.until is None else told.until.isoformat()]


def _events(trial: RulebookTrial) -> list[Event]:
    with connection.cursor() as cursor:
        cursor.execute(EVENTS, {"since": trial.since, "until": trial.asked_at})
        return [(row[1], _event(row, trial.since)) for row in cursor.fetchall()]


def _event(row: tuple[Any, ...], since: datetime) -> Asked | FollowedUp | Bought:
    (what, _person, at, number, dealer, store, zone, staff, kind, outcome, next_on, until,
     paid) = row  # fmt: skip
    if what == "activity":
        return FollowedUp(dealer, kind, outcome, at, next_on)
    if what == "sale":
        return Bought(store, dealer, at, paid=paid)
    claim = Claim(dealer, store, ZoneInfo(zone), kind, staff)
    answer, rule = outcome.split(" ")
    told = Told(answer, rule, until) if at >= since else None
    return Asked(number, claim, at, told)


def chosen_levels() -> list[tuple[int | None, Chosen]]:
    """For whom (None: for all) dealers chose to share with the brand, and what, in order of time.

    For the worker. People are known by their identity.
    """
    with connection.cursor() as cursor:
        cursor.execute(LEVELS)
        return [(person, Chosen(*chosen)) for person, *chosen in cursor.fetchall()]


def _others(since: datetime) -> list[Standing]:
    """Protections of people who did not register since, which count under the caps."""
    with connection.cursor() as cursor:
        cursor.execute(OTHERS, {"since": since})
        names = [column.name for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return [standing_from(row, ZoneInfo(row["tz"])) for row in rows]


class Also(NamedTuple):
    """A further column of events, in SQL: of a registration and of a sale."""

    name: str
    of_registration: str
    of_sale: str


def events_sql(people: str, also: Sequence[Also], *, beside_sale: str = "") -> str:
    """SQL for all that happened to ``people`` until a moment, in order of time.

    ``also`` are further columns, of which the first one puts sales of the same moment in order. A
    sale is ``o``, its store ``s``; ``beside_sale`` joins what its columns need besides.
    """
    names = "".join(f", {each.name}" for each in also)
    of_registration = "".join(f", {each.of_registration} AS {each.name}" for each in also)
    of_sale = "".join(f", {each.of_sale}" for each in also)
    return f"""{people}
SELECT what, person, at, number, dealer, store, zone, staff, kind, outcome, next_on, until{names}
FROM (
    SELECT 'registration' AS what, r.identity_id AS person, r.received_at AS at, r.id AS number,
        r.dealer_id AS dealer, r.store_id AS store, s.timezone AS zone, r.staff_id AS staff,
        r.channel AS kind, r.answer || ' ' || r.rule AS outcome, NULL::date AS next_on,
        r.protected_until AS until{of_registration}, 1 AS turn
    FROM customers_registration AS r JOIN people USING (identity_id)
    JOIN dealers_store AS s ON s.id = r.store_id
    WHERE r.received_at < %(until)s AND NOT EXISTS (
        SELECT FROM customers_void AS v WHERE v.registration_id = r.id)
    UNION ALL
    SELECT 'activity', c.identity_id, a.at, a.id, a.dealer_id, a.store_id, NULL, a.staff_id,
        a.kind, a.outcome, a.follow_up_on, NULL{", NULL" * len(also)}, 2
    FROM customers_activity AS a JOIN customers_customer AS c ON c.id = a.customer_id
    JOIN people USING (identity_id)
    WHERE a.at < %(until)s AND a.registration_id IS NULL
    UNION ALL
    SELECT 'sale', o.identity_id, o.ordered_at, NULL, s.dealer_id, o.store_id, NULL, NULL, NULL,
        NULL, NULL, NULL{of_sale}, 3
    FROM customers_order AS o JOIN people USING (identity_id)
    LEFT JOIN dealers_store AS s ON s.id = o.store_id
    {beside_sale}
    WHERE o.ordered_at < %(until)s AND o.kind = 'sale'
) AS events ORDER BY at, turn, number, {also[0].name}
"""  # noqa: S608 -- our own text


# Whoever registered in the time.
PEOPLE = """
WITH people AS MATERIALIZED (
    SELECT DISTINCT identity_id FROM customers_registration
    WHERE received_at >= %(since)s AND received_at < %(until)s)
"""
EVENTS = events_sql(PEOPLE, [Also("paid", "NULL::boolean", "o.net > 0")])
LEVELS = """
SELECT c.identity_id, s.dealer_id, s.level, s.at
FROM dealers_sharing AS s LEFT JOIN customers_customer AS c ON c.id = s.customer
WHERE s.customer IS NULL OR c.id IS NOT NULL
ORDER BY s.at, s.id
"""
# The columns of a standing; who bought holds no place under a cap from then on.
HELD = COLUMNS | {
    "protected_until": "least(o.protected_until, o.sold_at)", "sold_at": "NULL::timestamptz",
}  # fmt: skip
OTHERS = f"""
SELECT {", ".join(f'{column} AS "{name}"' for name, column in HELD.items())}
FROM customers_ownership AS o JOIN dealers_store AS s ON s.id = o.store_id
WHERE {given_sql("o")} AND lower(o.period) < %(since)s
    AND least(o.protected_until, o.sold_at) > %(since)s AND NOT EXISTS (
        SELECT FROM customers_registration AS r
        WHERE r.identity_id = o.identity_id AND r.received_at >= %(since)s)
"""  # noqa: S608 -- our own text

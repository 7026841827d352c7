"""Whether every protection follows from the events of its ownership, by the rules anew."""

from collections.abc import Iterator, Mapping, Sequence
from copy import replace
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from customers.models import EventKind, Ownership, OwnershipEvent, Rulebook, given_sql
from customers.ownership import duties
from customers.ownership.changes import COLUMNS, standing_from
from customers.ownership.rulebook import (
    MOMENT,
    Standing,
    day_start,
    first_protection,
    limited,
    prolonged,
    protection_end,
)
from customers.ownership.settings import Settings
from dealers.models import Level

FETCH = 20_000


class Step(NamedTuple):
    """An event of an ownership: what it says the protection was after it."""

    kind: str
    at: datetime
    rulebook: int
    until: datetime
    registration: int | None
    ends: datetime | None = None  # of an act: the end after it, grace included
    grace: int | None = None  # of an answered request: the days of grace when it was asked


def broken() -> Iterator[int]:
    """The ownerships whose end is not the one that their events lead to."""
    settings = {it.pk: Settings.of(it) for it in Rulebook.objects.all()}
    for _id, rows in groupby(_rows(), itemgetter(0)):
        found = list(rows)
        values = dict(zip(COLUMNS, found[0], strict=False))
        standing = standing_from(values, ZoneInfo(values["tz"]))
        following = found[0][len(COLUMNS)]
        steps = [Step(*row[len(COLUMNS) + 1 :]) for row in found]
        if not _follows(standing, following, steps, settings):
            yield standing.id


def _follows(
    standing: Standing,
    following: datetime | None,
    steps: list[Step],
    settings: dict[int, Settings],
) -> bool:
    """Whether the steps lead from nothing to where the standing is now.

    An end gave way to the next ownership if that was there already, and else did not.
    """
    now = led_to(standing, following, steps if steps[0].kind else [], settings)
    if now is None:
        return False
    ends = (now.end, limited(now, following).end)
    return now.protected_until == standing.protected_until and standing.end in ends


def led_to(
    standing: Standing,
    following: datetime | None,
    steps: Sequence[Step],
    settings: Mapping[int, Settings],
) -> Standing | None:
    """Where the steps lead from the start of an ownership; None if one does not follow."""
    now = replace(
        standing,
        protected_until=standing.start,
        end=standing.start,
        pause=None,
        frozen=False,
        over=False,
        extensions=0,
    )
    for place, step in enumerate(steps):
        if step.kind == EventKind.RESTORED:
            # As if what the voided registration did had never happened.
            kept = [each for each in steps[:place] if each.registration != step.registration]
            without = led_to(standing, following, kept, settings)
            if without is None:
                return None
            variants = (without, limited(without, following))
            now = next((it for it in variants if it.protected_until == step.until), without)
            if now.protected_until != step.until:
                return None
            continue
        reached = [
            variant
            for after in _after(now, step, settings, sold=standing.sold)
            for variant in (after, limited(after, following))
            if variant.protected_until == step.until and step.ends in {None, variant.end}
        ]
        if not reached:
            return None
        now = reached[0]
    return now


def _after(
    now: Standing, step: Step, settings: Mapping[int, Settings], *, sold: bool
) -> Iterator[Standing]:
    """What a step may have led to: sales that prolonged nothing are not among the steps."""
    rules = settings[step.rulebook]
    match step.kind:
        case EventKind.STARTED:
            grace = rules.grace_days
            # At which level the customer was shared then, the length itself says.
            for days in sorted({first_protection(rules, level) for level in Level}):
                yield replace(
                    now,
                    protected_until=protection_end(step.at, days, now.tz),
                    end=protection_end(step.at, days + grace, now.tz),
                )
        case EventKind.RENEWED:
            unsold = replace(now, sold_at=None)
            yield prolonged(unsold, step.at, rules.activity_renews_days or 0, rules)
            if sold:
                yield prolonged(now, step.at, rules.activity_renews_days or 0, rules)
        case EventKind.SOLD:
            bought = replace(now, sold_at=step.at)
            yield prolonged(bought, step.at, rules.sale_renews_days or 0, rules)
        case EventKind.ENDED:
            yield replace(now, protected_until=min(now.protected_until, step.at), end=step.at)
        case EventKind.VOIDED:
            yield replace(now, protected_until=now.start, end=now.start + MOMENT)
        case _:
            yield from _after_act(now, step, settings)


def _after_act(now: Standing, step: Step, settings: Mapping[int, Settings]) -> Iterator[Standing]:
    """What an act may have led to. Until when a request or another store keeps it, the act says."""
    rules, ends = settings[step.rulebook], step.ends or now.end
    match step.kind:
        case EventKind.MOVED:
            yield replace(now, protected_until=step.until, end=ends)
        case EventKind.ASKED:
            yield duties.kept_until(now, ends)
        case EventKind.EXTENDED:
            yield duties.extended(now, rules, step.at, step.grace)
        case EventKind.DECLINED:
            yield duties.not_extended(now, rules, step.at, step.grace)
        case EventKind.PAUSED:
            yield duties.paused(now, step.at)
        case EventKind.RESUMED:
            yield from _resumed(now, step, settings)
        case EventKind.FROZEN:
            yield duties.frozen(now, step.at)


def _resumed(now: Standing, step: Step, settings: Mapping[int, Settings]) -> Iterator[Standing]:
    """What going on may have led to.

    Renewals while it waited that the pause led further than are not among the steps.
    """
    after = duties.waited(now, step.at)
    yield after
    if now.pause is None:
        return
    for day in range(now.pause.days):
        at = day_start(now.pause.since + timedelta(days=day), now.tz)
        for rules in settings.values():
            for days in {rules.activity_renews_days or 0, rules.sale_renews_days or 0}:
                for sold_at in (None, at):
                    yield prolonged(replace(after, sold_at=sold_at), at, days, rules)


def steps_of(ownership: Ownership) -> list[Step]:
    """What happened to an ownership, in order."""
    fields = (
        "kind", "at", "rulebook", "protected_until", "registration", "ends_at",
        "act__answers__grace_days",
    )  # fmt: skip
    events = OwnershipEvent.objects.filter(ownership=ownership).order_by("pk")
    return [Step(*row) for row in events.values_list(*fields)]


def _rows() -> Iterator[tuple[Any, ...]]:
    connection.ensure_connection()
    # A cursor on the server lives in a transaction.
    with (
        transaction.atomic(),
        connection.connection.cursor(name="retrace", binary=True) as cursor,
    ):
        cursor.execute(EVENTS)
        while rows := cursor.fetchmany(FETCH):
            yield from rows


# An ownership without an event has one step, of no kind, which leads nowhere.
EVENTS = f"""
SELECT {", ".join(COLUMNS.values())},
    o.following, coalesce(e.kind, ''), e.at, e.rulebook_id, e.protected_until, e.registration_id,
    e.ends_at, asked.grace_days
FROM (
    SELECT *, lead(lower(period)) OVER (
        PARTITION BY identity_id, {given_sql("each")} ORDER BY lower(period)) AS following
    FROM customers_ownership AS each
) AS o
JOIN dealers_store AS s ON s.id = o.store_id
LEFT JOIN customers_ownershipevent AS e ON e.ownership_id = o.id
LEFT JOIN customers_act AS answer ON answer.id = e.act_id
LEFT JOIN customers_act AS asked ON asked.id = answer.answers_id
ORDER BY o.id, e.id
"""  # noqa: S608 -- put together from our own text

"""A lively week for the associate of the demo logins, some of it still to do."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random

from customers.bulk.activities import FollowUp
from customers.models import ActivityKind, Outcome
from incentives.demo.people import full_name
from incentives.demo.trade import NOTES, Trade, Visit

DAYS = 7
A_DAY = (3, 2, 4, 1, 3, 2, 3)  # customers, today last
WEEKS_BEFORE = timedelta(weeks=5)  # in which every second customer of the store was theirs


def live(
    trade: Trade,
    random: Random,
    numbers: Iterator[str],
    *,
    store: str,
    associate: str,
    month: date,
    now: datetime,
) -> None:
    """Add the week to ``trade``; nothing of it is dated before ``month``, the open one."""
    _share(trade, store, associate, now)
    for back, count in zip(reversed(range(DAYS)), A_DAY, strict=True):
        day = now - timedelta(days=back)
        for n in range(count):
            at = day.replace(hour=10 + 3 * n, minute=random.randrange(60), second=0)
            if at >= now or at.date() < month:
                continue
            number = next(numbers)
            trade.visits.append(
                Visit(at, number, full_name(random), store, associate, "walk-in", n % 2 == 0)
            )
            _follow_up(trade, random, trade.visits[-1], n, now)
    trade.visits.sort(key=lambda visit: visit.at)
    trade.follow_ups.sort(key=lambda follow_up: follow_up.at)


def _share(trade: Trade, store: str, associate: str, now: datetime) -> None:
    """Make every second customer of the weeks before the associate's own."""
    lately = [v for v in trade.visits if v.store == store and now - WEEKS_BEFORE < v.at < now]
    theirs = {visit.number for visit in lately[::2]}
    trade.visits[:] = [
        replace(visit, staff=associate)
        if visit.number in theirs and visit.store == store
        else visit
        for visit in trade.visits
    ]


def _follow_up(trade: Trade, random: Random, visit: Visit, n: int, now: datetime) -> None:
    """Two of three were called the next morning; what was agreed then is due about now."""
    called = visit.at.replace(hour=9, minute=30) + timedelta(days=1)
    if n % 3 == 2 or called >= now:
        return
    agreed = called.date() + timedelta(days=random.choice((1, 2, 3)))
    trade.follow_ups.append(
        FollowUp(
            at=called,
            number=visit.number,
            store=visit.store,
            staff=visit.staff,
            kind=ActivityKind.CALL,
            outcome=Outcome.REACHED,
            note=random.choice(NOTES),
            next_on=agreed,
        )
    )

"""A dealer's last months once more at each level of sharing: asked by its owner, found, kept.

The worker finds it; the owner alone reads it. Nothing of other dealers is in it: of sales those
that the dealer reads of anyway, at its own stores or counting for it.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from customers.models import Answer, Order
from customers.ownership import own_past
from customers.ownership.if_shared import (
    AskedAnew,
    Found,
    Got,
    LeftOut,
    Part,
    Sale,
    SaleAnew,
    networks,
    tell,
)
from customers.ownership.settings import Rulebooks
from customers.ownership.trials import shown_on
from dealers import outbox
from dealers.actor import Actor, acting
from dealers.models import Dealer, Level
from dealers.months import add_months, first_day, hq_day, hq_midnight
from dealers.sharing import owner_of
from incentives.if_shared.money import Books
from incentives.models import SharingTrial

MONTHS = 12  # whole ones, and the one that runs
PAUSE = timedelta(hours=1)  # before the same is asked again
TASK = "incentives.tasks.try_sharing"
WORKER = Actor.worker("if_shared")


def ask(*, by: Actor, at: datetime) -> SharingTrial:
    """Have the worker tell the owner's months anew; within the pause it is the one asked before.

    Raises SharingRefused for whoever is no owner.
    """
    dealer = owner_of(by)
    with transaction.atomic():
        Dealer.objects.select_for_update(no_key=True).get(pk=dealer)
        before = latest(dealer)
        if before is not None and at < may_ask_from(before):
            return before
        made = SharingTrial.objects.create(
            dealer_id=dealer, asked_by=by.person, asked_at=at, since=_since(at)
        )
        outbox.add(TASK, made.pk, at=at)
    return made


def latest(dealer: int) -> SharingTrial | None:
    """What a dealer asked last, whether it is finished or not; without its lines: they are many."""
    return SharingTrial.objects.filter(dealer=dealer).defer("lines").first()


def may_ask_from(trial: SharingTrial) -> datetime:
    """From when on the dealer may ask again."""
    return trial.asked_at + PAUSE


def gave_up(trial: SharingTrial) -> bool:
    """Whether the worker has tried in vain as often as it does."""
    return trial.finished_at is None and outbox.gave_up(TASK, trial.pk)


def find(pk: int, at: datetime) -> None:
    """Find what a trial asks, and keep it instead of the dealer's earlier ones; again: nothing.

    Nothing either where the dealer has asked anew since. For the worker.
    """
    with acting(WORKER):
        trial = SharingTrial.objects.filter(pk=pk, finished_at=None).first()
        if trial is None or latest(trial.dealer_id) != trial:
            return
        with transaction.atomic():
            past = own_past.read(trial.dealer_id, since=trial.since, until=trial.asked_at)
        trial.total = len(past.events)
        told = tell(
            past.events,
            Rulebooks.on_file(),
            networks(past.chosen, trial.dealer_id, trial.since),
            dealer=trial.dealer_id,
            since=trial.since,
            beside=past.beside,
            show=shown_on(trial),
        )
        _keep(trial, _Sums.of(told), past.receipts, at)


def _since(at: datetime) -> datetime:
    """The beginning of the month a year ago."""
    today = hq_day(at)
    return hq_midnight(add_months(first_day(today), -MONTHS))


@dataclass(slots=True)
class _Sum:
    """What a level, or what was, comes to."""

    protections: int = 0
    days: int = 0
    sales: int = 0
    net: Decimal = Decimal(0)

    def add(self, got: Got) -> None:
        if got.days is not None:
            self.protections += 1
            self.days += got.days

    def count(self, sale: Sale, part: Part | None) -> None:
        if part is not None:
            self.sales += 1
            self.net += sale.net * part.share

    @property
    def kept(self) -> list[Any]:
        return [self.protections, self.days, self.sales, str(self.net)]


def _sums() -> list[_Sum]:
    return [_Sum() for _level in Level]


@dataclass(slots=True)
class _Sums:
    """All that was told: sums, what differs at some level, and what could not be compared."""

    was: _Sum = field(default_factory=_Sum)
    levels: list[_Sum] = field(default_factory=_sums)
    sales: list[SaleAnew] = field(default_factory=list)
    registrations: list[AskedAnew] = field(default_factory=list)
    compared: list[int] = field(default_factory=lambda: [0, 0])  # registrations, sales
    left_out: list[int] = field(default_factory=lambda: [0, 0])

    @classmethod
    def of(cls, told: Any) -> "_Sums":
        sums = cls()
        for each in told:
            sums._take(each)
        return sums

    def _take(self, each: Found) -> None:
        if isinstance(each, LeftOut):
            self.left_out[isinstance(each.event, Sale)] += 1
        elif isinstance(each, SaleAnew):
            self.compared[1] += 1
            self.was.count(each.sale, each.was)
            for level, part in zip(self.levels, each.levels, strict=True):
                level.count(each.sale, part)
            if any(part != each.was for part in each.levels):
                self.sales.append(each)
        else:
            self.compared[0] += 1
            self.was.add(each.was)
            for level, got in zip(self.levels, each.levels, strict=True):
                level.add(got)
            if any(got != each.was for got in each.levels):
                self.registrations.append(each)

    def money(self, trial: SharingTrial) -> list[Decimal]:
        """What each level would have earned more, or less, by the plans of the months."""
        books = Books.read(
            trial.dealer_id,
            (each.sale.order for each in self.sales),
            (each.asked.number for each in self.registrations),
            since=trial.since,
            until=trial.asked_at,
        )
        was: Decimal | None = None
        found = []
        for nth in range(len(self.levels)):
            sales = {
                each.sale.order: each.levels[nth]
                for each in self.sales
                if each.levels[nth] != each.was
            }
            counting = {
                each.asked.number: now
                for each in self.registrations
                if (now := _counts(each.levels[nth])) != _counts(each.was)
            }
            if not sales and not counting:
                found.append(Decimal(0))
                continue
            was = books.earned({}, {}) if was is None else was
            found.append(books.earned(sales, counting) - was)
        return found


def _counts(got: Got) -> bool:
    """Whether plans count a registration that is answered so."""
    return got.answer == Answer.YOURS


def _keep(trial: SharingTrial, sums: _Sums, receipts: dict[int, str], at: datetime) -> None:
    with transaction.atomic():
        money = sums.money(trial)
        trial.found = {
            "was": sums.was.kept,
            "levels": [
                [*level.kept, str(earned)] for level, earned in zip(sums.levels, money, strict=True)
            ],
            "compared": sums.compared,
            "left_out": sums.left_out,
        }
        trial.lines = [*_sale_lines(sums.sales), *_registration_lines(sums.registrations, receipts)]
        trial.done, trial.finished_at = trial.total, at
        trial.save()
        earlier = SharingTrial.objects.filter(dealer=trial.dealer_id, asked_at__lt=trial.asked_at)
        earlier.delete()


def _sale_lines(sales: list[SaleAnew]) -> list[list[Any]]:
    """Each: what, its number, moment, store, net, the share that counts as it was, and by level.

    What differs by the age of the protection alone is money: there is nothing to read of it.
    """
    orders = Order.objects.in_bulk([each.sale.order for each in sales])
    lines = []
    for each in reversed(sales):
        shares = [None if part is None else str(part.share) for part in (each.was, *each.levels)]
        if len(set(shares)) > 1:
            lines.append([
                "sale", orders[each.sale.order].external_id, each.sale.at.isoformat(),
                each.sale.bought.store, str(each.sale.net), *shares,
            ])  # fmt: skip
    return lines


def _registration_lines(
    registrations: list[AskedAnew], receipts: dict[int, str]
) -> list[list[Any]]:
    """Each: what, its receipt, moment, store, nothing, answer and days as it was, and by level."""
    return [
        [
            "registration", receipts[each.asked.number], each.asked.at.isoformat(),
            each.asked.claim.store, None,
            *([got.answer, got.days] for got in (each.was, *each.levels)),
        ]
        for each in reversed(registrations)
    ]  # fmt: skip

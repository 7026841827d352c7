"""What a dealer's open month would give now: computed once, read by every page.

An estimate is kept until a fact changes it. Whether one did is asked of the facts: attributions and
registrations are only ever added, so as long as a dealer's are as many as they were, and terms,
closed months and orders in dispute are the same, nothing can have changed. Few lines are computed
again by whoever reads them; many by the worker, and until then the page says how old its amounts
are.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.cache import cache
from django.db import OperationalError, connection, transaction

from customers.cases.holds import in_dispute_sql
from dealers import outbox, waiting
from dealers.actor import Actor, acting
from dealers.models import Dealer
from incentives.books import holds
from incentives.books.holds import HeldLine
from incentives.engine import month as engine
from incentives.engine.scope import Scope
from incentives.models import OpenMonth, OpenResult, Run

MANY = 3000  # lines: computing them takes longer than a reader should wait
PATIENCE = timedelta(minutes=10)  # an older estimate is not waited for: the reader computes it
ONE_DAY = timedelta(days=1)
KEPT = timedelta(minutes=1)  # so long a page may still be reading the estimate before
# What is decided about orders and registrations elsewhere changes what a dealer has earned.
COUNTING = Actor.worker("estimate")
_LOCK = 0x65737469
_ASKED_SECONDS = 30  # before the worker is asked for the same again


@dataclass(frozen=True)
class Estimate:
    """A dealer's open month and the moment as of which it is complete."""

    month: OpenMonth
    as_of: datetime
    outdated: bool = False

    def results(self) -> list[OpenResult]:
        """What each component gives, in the order of the plans."""
        found = self.month.results.select_related("component__version__plan")
        return list(
            found.order_by(
                "component__version__plan__code", "component__version__number",
                "component__position", "component__code", "for_month", "adjustment",
            )
        )  # fmt: skip

    def total(self) -> Decimal:
        """What all components give together."""
        return sum(self.month.results.values_list("amount", flat=True), Decimal(0))

    def held(self) -> list[HeldLine]:
        """What is in dispute, and therefore in none of the amounts."""
        return [HeldLine.read(kept) for kept in self.month.held]

    def confirmed(self, at: datetime) -> Decimal:
        """What is certain at ``at``: no return window is left. Tiers settle with the month."""
        with connection.cursor() as cursor:
            cursor.execute(_CONFIRMED, {"month": self.month.pk, "at": at})
            return cursor.fetchone()[0]


def current(dealer: Dealer, month: date, at: datetime) -> Estimate:
    """The estimate of an open month: what is kept, if no fact has changed it, else a new one.

    With many lines the worker is asked for the new one, and the reader gets the old one, which
    says so.
    """
    with acting(COUNTING):
        return _current(dealer, month, at)


def _current(dealer: Dealer, month: date, at: datetime) -> Estimate:
    kept = _kept(dealer.pk, month)
    if kept is not None and kept.mark == kept.now:
        return Estimate(kept, at)
    if kept is not None and kept.line_count > MANY and at - kept.computed_at < PATIENCE:
        if cache.add(f"estimate:{dealer.pk}:{month}", 1, _ASKED_SECONDS):
            outbox.add("incentives.tasks.refresh_estimate", dealer.pk, month.isoformat(), at=at)
        return Estimate(kept, kept.computed_at, outdated=True)
    try:
        return Estimate(refresh(dealer.pk, month, at), at)
    except OperationalError as problem:
        if not waiting.is_busy(problem):
            raise
        # Somebody else computes it just now.
        if kept is None:  # so there is nothing to show instead
            return Estimate(_computed(dealer.pk, month, _mark(dealer.pk), at), at)
        return Estimate(kept, kept.computed_at, outdated=True)


@transaction.atomic
def refresh(dealer_id: int, month: date, at: datetime) -> OpenMonth:
    """Compute a dealer's open month unless what is kept is up to date.

    Of two at once one waits for the other and finds its work done. A reader of the estimate before
    keeps it for a minute.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, dealer_id])
    # Read before the facts are: one that comes in between is counted the next time.
    mark = _mark(dealer_id)
    kept = _newest(dealer_id, month)
    if kept is not None and kept.mark == mark:
        return kept
    return _computed(dealer_id, month, mark, at)


@transaction.atomic
def _computed(dealer_id: int, month: date, mark: str, at: datetime) -> OpenMonth:
    """A dealer's open month as the facts are now, put down as that of ``mark``."""
    scope = Scope.of(month).for_dealer(dealer_id)
    held = [line.kept for line in holds.lines_of(scope, dealer_id)]
    made = OpenMonth.objects.create(
        dealer_id=dealer_id, month=month, mark=mark, computed_at=at, held=held
    )
    made.line_count = engine.keep(scope, made.pk)
    made.save(update_fields=["line_count"])
    # What was replaced more than a minute ago: when it was computed itself says nothing.
    every = OpenMonth.objects.filter(dealer=dealer_id, month=month)
    last = every.filter(pk__lt=made.pk, computed_at__lt=at - KEPT).order_by("-pk").first()
    if last is not None:
        every.filter(pk__lt=last.pk).delete()
    return made


def of_first_days(dealer: Dealer, month: date, until: date, run: Run | None) -> Decimal:
    """What a month had given by the days before ``until``, by its own terms, tiers and caps.

    Of a closed month, which has a ``run``, nothing can change any more; of another it may be as old
    as ``PATIENCE``.
    """
    key = f"first-days:{dealer.pk}:{until}:{run.pk if run else ''}"
    total = cache.get(key)
    if total is None:
        scope = Scope.of_run(run) if run else Scope.of(month)
        with acting(COUNTING):
            found = engine.estimate(scope.for_dealer(dealer.pk).before(until))
        total = sum((each.amount for each in found), Decimal(0))
        cache.set(key, total, (ONE_DAY if run else PATIENCE).total_seconds())
    return total


def forget(month: date) -> None:
    """Delete the estimates of a month that is being closed, and of those before it."""
    OpenMonth.objects.filter(month__lte=month).delete()


def _kept(dealer_id: int, month: date) -> Any:
    """What is kept, with the mark that it would have ``now``; one statement."""
    values = {"dealer": dealer_id, "month": month}
    return next(iter(OpenMonth.objects.raw(_KEPT, values)), None)


def _newest(dealer_id: int, month: date) -> OpenMonth | None:
    return OpenMonth.objects.filter(dealer=dealer_id, month=month).order_by("-pk").first()


def _mark(dealer_id: int) -> str:
    """The terms, the closed months, and how many facts of the dealer were recorded since.

    Facts recorded before the last closing cannot become more: it waited for all of them.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FACTS, {"dealer": dealer_id})
        return str(cursor.fetchone()[0])


# A decision about an order that leaves the dealer out has no row of the dealer, so those that
# supersede one of its rows count as well.
_FACTS = f"""
WITH last AS MATERIALIZED (
    SELECT coalesce(max(id), 0) AS run, coalesce(max(known_until), '-infinity') AS since
    FROM (SELECT id, known_until FROM incentives_run ORDER BY month DESC LIMIT 1) run
)
SELECT concat_ws(' ', (SELECT run FROM last),
    (SELECT md5(string_agg(concat_ws(' ', id, starts_on, ends_on), ',' ORDER BY id))
        FROM incentives_planversion WHERE published_at IS NOT NULL),
    (SELECT count(*) FROM customers_attribution
        WHERE dealer_id = %(dealer)s AND recorded_at > (SELECT since FROM last)),
    (SELECT count(*) FROM customers_attribution later
        WHERE later.version > 1 AND later.recorded_at > (SELECT since FROM last)
        AND EXISTS (SELECT FROM customers_attribution a
            WHERE a.order_id = later.order_id AND a.dealer_id = %(dealer)s)),
    (SELECT count(*) FROM customers_registration
        WHERE dealer_id = %(dealer)s AND recorded_at > (SELECT since FROM last)),
    (SELECT count(*) FROM customers_ownershipevent e JOIN customers_ownership o
        ON o.id = e.ownership_id
        WHERE e.kind = 'ended' AND o.dealer_id = %(dealer)s
        AND e.recorded_at > (SELECT since FROM last)),
    (SELECT md5(string_agg(concat_ws(' ', d.order_id, d.code), ',' ORDER BY d.order_id))
        FROM ({in_dispute_sql()}) d WHERE EXISTS (SELECT FROM customers_attribution a
            WHERE a.order_id = d.order_id AND a.dealer_id = %(dealer)s)),
    (SELECT count(*) FROM customers_void v
        WHERE v.recorded_at > (SELECT since FROM last) AND (
            EXISTS (SELECT FROM customers_registration g
                WHERE g.id = v.registration_id AND g.dealer_id = %(dealer)s)
            OR EXISTS (SELECT FROM customers_ownershipevent e JOIN customers_ownership o
                ON o.id = e.ownership_id
                WHERE e.registration_id = v.registration_id AND o.dealer_id = %(dealer)s))),
    (SELECT count(*) FROM customers_activity a
        WHERE a.dealer_id = %(dealer)s AND a.recorded_at > (SELECT since FROM last)
        HAVING EXISTS (SELECT FROM incentives_component c
            JOIN incentives_planversion p ON p.id = c.version_id
            WHERE c.event = 'first_contact' AND p.published_at IS NOT NULL))
)
"""

_KEPT = f"""
SELECT m.*, ({_FACTS}) AS now FROM incentives_openmonth m
WHERE m.dealer_id = %(dealer)s AND m.month = %(month)s ORDER BY m.id DESC LIMIT 1
"""

_CONFIRMED = """
SELECT coalesce(sum(amount), 0) FROM incentives_openline
WHERE open_month_id = %(month)s AND (certain_at IS NULL OR certain_at <= %(at)s)
"""

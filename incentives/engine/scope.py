"""Which facts a month's computation sees, and by which terms.

The facts of a month are the orders and registrations that count in it and were recorded before its
cut-off. What is recorded later, or taken back later, falls into the month that is open then. A
registration that is voided brings its line back, with the opposite sign, in the month that is open
then. What is in dispute is left out, and falls into the first month that is closed after its case.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Q

from dealers.currencies import decimals
from dealers.months import first_day, next_month
from incentives.engine import holds
from incentives.engine.component import Component
from incentives.engine.registry import EVENTS, KINDS, LEAD
from incentives.models import (
    ENGINE,
    FIFTH_ENGINE,
    FOURTH_ENGINE,
    Beneficiary,
    Clawback,
    Direction,
    Program,
    Run,
)
from incentives.models import Component as Stored


@dataclass(frozen=True)
class Scope:
    """Which facts a month's computation sees.

    ``known_until`` is the cut-off; without one, all that is known now counts. ``late_since`` is the
    cut-off of the last closed month: facts of closed months recorded after it are late, and fall
    into the first month that is open; of another one after it nothing is late. With
    ``until`` the month's own facts of that day and later are left out. ``held`` is left out because
    it is in dispute, ``held_before`` are the orders that the last closed month left out. With
    ``deal``, the id of a sale, nothing but that sale and what came back of it is seen. ``engine``
    is the form of the engine that a closed month was computed by.
    """

    month: date
    known_until: datetime | None
    first_closed: date
    first_open: date
    late_since: datetime | None
    currency: str
    run_id: int | None = None
    dealer_id: int | None = None
    until: date | None = None
    held: tuple[holds.Held, ...] = ()
    held_before: frozenset[UUID] = frozenset()
    deal: UUID | None = None
    engine: int = ENGINE

    @classmethod
    def of(cls, month: date, known_until: datetime | None = None) -> "Scope":
        """What a month's computation sees on top of the months closed before it."""
        scope = cls._of(month, known_until)
        return replace(scope, held=holds.in_dispute(scope.params))

    @classmethod
    def _of(cls, month: date, known_until: datetime | None) -> "Scope":
        closed = Run.objects.filter(month__lt=month).order_by("month")
        first, last = closed.first(), closed.last()
        currency = Program.current().currency
        if first is None or last is None:
            return cls(month, known_until, month, month, None, currency)
        after = next_month(last.month)
        if month > after:
            return cls(month, known_until, first.month, after, None, currency)
        before = frozenset(each.order for each in holds.by(last))
        return cls(
            month, known_until, first.month, after, last.known_until, currency, held_before=before
        )

    @classmethod
    def of_run(cls, run: Run) -> "Scope":
        """What the computation of a closed month saw."""
        scope = cls._of(run.month, run.known_until)
        return replace(scope, run_id=run.pk, held=holds.by(run), engine=run.engine)

    @classmethod
    def of_deal(
        cls, sale: UUID, sold_on: date, dealer_id: int, known_until: datetime | None = None
    ) -> "Scope":
        """One sale and what has come back of it, for one dealer, as if nothing else had happened.

        ``sold_on`` is the day that the sale counts on: all is of its month, nothing was booked.
        """
        month = first_day(sold_on)
        return cls(
            month, known_until, month, month, None, Program.current().currency,
            dealer_id=dealer_id, until=date.max, deal=sale,
        )  # fmt: skip

    def for_dealer(self, dealer_id: int) -> "Scope":
        return replace(self, dealer_id=dealer_id)

    def with_held(self) -> "Scope":
        """The same as if nothing were in dispute."""
        return replace(self, held=())

    def before(self, day: date) -> "Scope":
        return replace(self, until=day)

    @property
    def params(self) -> dict[str, Any]:
        held = {each.order for each in self.held}
        return {
            "held": sorted(held),
            "held_before": sorted(self.held_before),
            "released": sorted(self.held_before - held),
            "month": self.month,
            "month_end": self.until or next_month(self.month),
            "first_closed": self.first_closed,
            "first_open": self.first_open,
            "known_until": self.known_until or "infinity",
            "late_since": self.late_since or "infinity",
            "run": self.run_id,
            "dealer": self.dealer_id,
            "deal": self.deal,
        }


def closed_before(scopes: Iterable[Scope]) -> dict[str, list[date]]:
    """The months of ``scopes`` that forms of the engine closed before it did otherwise."""
    every = list(scopes)
    return {
        "before_fourth": [each.month for each in every if each.engine < FOURTH_ENGINE],
        "before_fifth": [each.month for each in every if each.engine < FIFTH_ENGINE],
    }


def components(scope: Scope) -> list[Stored]:
    """The published components that can have lines in a month.

    Those of versions that apply in it, and earlier ones whose sales can still be returned or
    arrive late.
    """
    found = (
        Stored.objects.filter(
            Q(version__ends_on__isnull=True) | Q(version__ends_on__gt=scope.first_closed),
            version__published_at__isnull=False,
            version__starts_on__lt=next_month(scope.month),
        )
        .select_related("version__plan")
        .prefetch_related("rows")
        .order_by("version__plan__code", "version__number", "position", "code")
    )
    return list(found)


def terms(stored: Iterable[Stored], currency: str) -> list[Component]:
    """Stored components as the engine takes them; amounts with the decimals of the currency."""
    unit = Decimal(1).scaleb(-decimals(currency))
    return [_terms(each, unit) for each in stored]


def _terms(stored: Stored, unit: Decimal) -> Component:
    version, kind, event = stored.version, KINDS[stored.kind], EVENTS[stored.event]
    cap = stored.period_cap
    rows = sorted(stored.rows.all(), key=lambda row: row.starts_at)
    ends = [*(row.starts_at for row in rows[1:]), None]
    return Component(
        {
            "id": stored.pk, "plan": version.plan.code, "code": stored.code, "kind": stored.kind,
            "audience": "dealer",
            "sign": -1 if version.plan.direction == Direction.DEALER_PAYS else 1,
            "starts_on": version.starts_on, "ends_on": version.ends_on,
            "began_on": version.starts_on, "fact": event.kind, "only_sold_by": event.sold_by,
            "only_repeat": event.repeat, "places": stored.places or None, "by_anchor": False,
            "stack": None, "priority": 0, "pays_zero": stored.pays_zero,
            "to_seller": stored.to == Beneficiary.SELLER, "by_share": stored.by_share,
            "base": stored.base, "measure": kind.measure, "gives": kind.gives,
            "period": kind.period, "first_n": None, "first_of_all": False, "months": 1,
            "line_cap": None, "line_floor": None, "order_cap": None, "order_floor": None,
            "period_cap": None if cap is None else cap.quantize(unit), "period_floor": None,
            "beneficiary_cap": None, "budget_cap": None, "withhold": Decimal(0),
            "recompute": stored.clawback == Clawback.RECOMPUTE,
            "clawback_days": stored.clawback_days, "agreement_from": stored.agreement_from,
        },
        [
            (row.starts_at, end, None, None, row.rate)
            for row, end in zip(rows, ends, strict=True)
        ],
        filters=[("source", LEAD)] if stored.of_leads else [],
        gates=list(stored.gates),
    )  # fmt: skip

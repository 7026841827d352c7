"""Plans, and orders as they stand once they are attributed."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import count
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from customers.models import (
    Attribution,
    AttributionCause,
    Holder,
    Order,
    OrderKind,
    OrderLine,
    Registration,
    SoldBy,
)
from customers.orders.attribution import Decision, Share, decision_about, rows
from dealers.actor import Actor
from dealers.models import Store
from incentives.books import closing
from incentives.models import Base, Event, Kind, PlanVersion, Replay, Run
from incentives.plans import simulations, versions, whatif
from tests.factories.customers import CategoryFactory, registered
from tests.factories.dealers import UserFactory

JANUARY, FEBRUARY, MARCH = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
_numbers = count(1)

# Up to 100,000 at 2 %, up to 300,000 at 3 %, above at 5 %.
TIERS = ((0, "0.02"), (100_000, "0.03"), (300_000, "0.05"))


def published(
    *components: dict, starts_on: date = JANUARY, code: str = "plan", **fields
) -> PlanVersion:
    """A published plan with these components, which promises no notice unless told."""
    return put_in_force(drafted(*components, starts_on=starts_on, code=code, **fields))


def drafted(
    *components: dict, starts_on: date = JANUARY, code: str = "plan", **fields
) -> PlanVersion:
    """A draft with these components, which promises no notice unless told."""
    return versions.create_plan(
        {"code": code, "name": code, "starts_on": starts_on, "components": components,
         "notice_days": 0, **fields},
        by=Actor.worker("tests"), at=datetime.combine(starts_on, time(), UTC),
    )  # fmt: skip


def put_in_force(draft: PlanVersion, at: datetime | None = None) -> PlanVersion:
    """Publish a draft as its first day begins; once a month is closed with all its steps."""
    at = at or datetime.combine(draft.starts_on, time(), UTC)
    if Run.objects.exists():
        simulated(draft, at)
        versions.approve(draft, by=Actor.hq(UserFactory(is_staff=True)), at=at)
    return versions.publish(draft, by=Actor.worker("tests"), at=at)


def simulated(draft: PlanVersion, at: datetime, *months: date) -> Replay:
    """A draft replayed over closed months, the last three unless told."""
    wanted = months or simulations.replayable()[: simulations.USUAL][::-1]
    versions.simulate(draft, wanted, by=Actor.hq(UserFactory(is_staff=True)), at=at)
    replay = simulations.latest(draft)
    whatif.compute(replay.pk, at)
    return simulations.of(draft)


def close_period(
    month: date, at: datetime | None = None, by: Actor | None = None, **options
) -> Run:
    """Close a month, now and by the worker unless told."""
    by = by or Actor.worker("close_period")
    return closing.close_period(month, by, at or timezone.now(), **options)


def just_after(run: Run) -> datetime:
    """The first moment that a closed month does not know of; its cut-off is the real clock's."""
    return run.known_until + timedelta(microseconds=1)


def percent(rate: str = "0.03", **fields) -> dict:
    """A component that pays a share of each sale at another dealer to the owner."""
    defaults = {"code": "cross", "places": ["other"], "event": Event.PAID_SALE, "base": Base.NET}
    return {**defaults, "kind": Kind.PERCENT, "rows": [(0, rate)], **fields}


def tiers(kind: str = Kind.TIERS_MARGINAL, rows=TIERS, **fields) -> dict:
    """A component that pays by the month's sales at own and sister stores, recomputed."""
    defaults = {"code": "own", "places": ["own", "sister"], "clawback": "recompute"}
    return {
        **defaults, "event": Event.PAID_SALE, "base": Base.NET, "kind": kind, "rows": rows, **fields
    }  # fmt: skip


def per_registration(rate: str = "15.00", **fields) -> dict:
    defaults = {"code": "registered", "event": Event.REGISTRATION, "kind": Kind.FLAT}
    return {**defaults, "base": Base.COUNT, "rows": [(0, rate)], **fields}


def owned_customer(store: Store, at: datetime | None = None) -> Registration:
    """Somebody whom the store owns from the first of January 2026 on."""
    return registered(store, at=at or datetime(2026, 1, 1, 1, tzinfo=UTC))


def sale(
    customer: Registration,
    net: str | Decimal,
    on: date,
    *,
    sold_by: str = SoldBy.OWN,
    at: Store | None = None,
    share: str = "1",
    quantity: int = 1,
    recorded_at: datetime | None = None,
    hour: int = 12,
    external_id: str = "",
) -> Order:
    """An attributed sale to an owned customer; ``at`` is the store, the owner's unless told."""
    owner = customer.store
    place = None if sold_by == SoldBy.ONLINE else at or owner
    moment = datetime.combine(on, time(hour), ZoneInfo(owner.timezone))
    order = _order(
        OrderKind.SALE,
        ordered_at=moment,
        external_id=external_id,
        identity_id=customer.identity_id,
        store=place,
        quantity=quantity,
        net=Decimal(net),
        placed_on=on,
        recorded_at=recorded_at or moment,
    )
    share = Decimal(share)
    shares = [Share(Holder.OWNER, owner.dealer_id, owner.pk, customer.ownership_id, share)]
    if sold_by == SoldBy.OTHER:
        shares.append(Share(Holder.SELLER, place.dealer_id, place.pk, None, 1 - share))
    decision = Decision(
        SoldBy(sold_by), on, ZoneInfo(owner.timezone), customer.rulebook_id, tuple(shares)
    )
    return _counted(order, decision)


def give_back(
    sold: Order,
    net: str | Decimal,
    on: date,
    *,
    quantity: int | None = None,
    recorded_at: datetime | None = None,
    hour: int = 12,
) -> Order:
    """A return of a part of a sale, with the attribution of the sale.

    It takes back a piece, or only money where none is left, unless told.
    """
    if quantity is None:
        back = sum(it.quantity for it in sold.returns.all())
        quantity = min(1, sold.quantity - back)
    decision = decision_about(sold)
    moment = datetime.combine(on, time(hour), decision.tz)
    back = _order(
        OrderKind.RETURN,
        sale=sold,
        ordered_at=moment,
        identity_id=sold.identity_id,
        store_id=sold.store_id,
        quantity=quantity,
        net=Decimal(net),
        placed_on=on,
        recorded_at=recorded_at or moment,
    )
    return _counted(back, decision.returned(moment))


def _counted(order: Order, decision: Decision) -> Order:
    found = rows(order, decision, AttributionCause.ORDER, order.recorded_at)
    Attribution.objects.bulk_create(found)
    return order


def unattributed(store: Store, net: str, on: date, **fields) -> Order:
    """A sale to somebody unknown."""
    moment = datetime.combine(on, time(12), ZoneInfo(store.timezone))
    return _order(
        OrderKind.SALE, ordered_at=moment, store=store, quantity=1, net=Decimal(net),
        placed_on=on, recorded_at=moment, **fields,
    )  # fmt: skip


@transaction.atomic
def _order(kind: str, *, external_id: str = "", **fields) -> Order:
    """An order of one line, which a return takes back of its sale's."""
    number = next(_numbers)
    order = Order(
        source="pos", external_id=external_id or f"T{number}", content=b"-", kind=kind, **fields
    )
    OrderLine.objects.create(
        order=order, number=1, category=CategoryFactory(), quantity=order.quantity,
        gross=order.net, discount=0, net=order.net,
        returns=order.sale.lines.get() if order.sale else None,
    )  # fmt: skip
    order.save(force_insert=True)
    return order

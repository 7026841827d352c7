"""For whom an order counts: the rule, and its decisions as rows."""

from collections.abc import Iterator
from copy import replace
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from customers.models import Attribution, AttributionCause, CaseRuling, Holder, Order, SoldBy
from customers.ownership.rulebook import Standing, local_day, sold_by
from customers.ownership.settings import Settings

WHOLE = Decimal("1.000000")
NOTHING = Decimal("0.000000")


class Share(NamedTuple):
    """A holder's part of an order; the owner's rests on an ownership."""

    holder: Holder
    dealer: int
    store: int
    ownership: int | None
    share: Decimal


class Decision(NamedTuple):
    """For whom an order counts, and on which day of the owner's store."""

    sold_by: SoldBy
    counts_on: date
    tz: ZoneInfo  # of the owner's store
    rulebook: int
    shares: tuple[Share, ...]  # the owner's first; together the whole

    def returned(self, at: datetime) -> "Decision":
        """For whom what is taken back at ``at`` counts: as its sale did, on its own day."""
        return replace(self, counts_on=local_day(at, self.tz))


def attribute(
    owner: Standing, settings: Settings, store: int | None, dealer: int | None, moment: datetime
) -> Decision:
    """For whom a sale at a store (None: online) counts, where ``owner`` had the customer.

    Another dealer's store has the whole of it, less the rulebook's share of an owner that met its
    first-contact duty.
    """
    by, share = sold_by(owner, store, dealer), WHOLE
    sellers: tuple[Share, ...] = ()
    if by == SoldBy.OTHER and store is not None and dealer is not None:
        share = settings.owner_share if owner.duty_met else NOTHING
        sellers = (Share(Holder.SELLER, dealer, store, None, WHOLE - share),)
    mine = Share(Holder.OWNER, owner.dealer, owner.store, owner.id, share)
    day = local_day(moment, owner.tz)
    return Decision(by, day, owner.tz, settings.id, (mine, *sellers))


def rows(
    order: Order,
    decision: Decision,
    cause: AttributionCause,
    recorded_at: datetime,
    version: int = 1,
) -> Iterator[Attribution]:
    """The rows of a decision about an order on file (not saved). To be stored by one statement."""
    for each in decision.shares:
        yield Attribution(
            order=order,
            version=version,
            holder=each.holder,
            dealer_id=each.dealer,
            store_id=each.store,
            ownership_id=each.ownership,
            share=each.share,
            sold_by=decision.sold_by,
            counts_on=decision.counts_on,
            rulebook_id=decision.rulebook,
            cause=cause,
            recorded_at=recorded_at,
            sale=order.sale,
            ordered_at=order.ordered_at,
            quantity=order.quantity,
            signed_net=order.signed_net,
        )


def rows_anew(
    owned: Attribution,
    decision: Decision | None,
    cause: AttributionCause,
    recorded_at: datetime,
    ruling: CaseRuling | None = None,
) -> list[Attribution]:
    """The rows (not saved) of a decision that supersedes the owner's; without one it is nobody's.

    Whoever had a part and has none any more gets a row of nothing: a dealer sees its own rows
    alone, and by them knows that the order counts for others.
    """
    made: list[Attribution] = []
    if decision is not None:
        made = list(rows(owned.order, decision, cause, recorded_at, owned.version + 1))
    dealers = {each.dealer_id for each in made}
    had = Attribution.objects.filter(order=owned.order_id, version=owned.version)
    for each in had.exclude(holder=Holder.NOBODY).order_by("pk"):
        if each.dealer_id not in dealers:
            whole = decision is None and each.pk == owned.pk
            made.append(_nobodys(each, WHOLE if whole else NOTHING, cause, recorded_at))
    for each in made:
        each.ruling = ruling
    return made


def _nobodys(
    had: Attribution, share: Decimal, cause: AttributionCause, recorded_at: datetime
) -> Attribution:
    """What a holder of a part has of it by the next decision: nothing."""
    values = {
        field.attname: getattr(had, field.attname)
        for field in Attribution._meta.concrete_fields
        if not field.primary_key
    }
    return Attribution(
        **values
        | {
            "version": had.version + 1,
            "holder": Holder.NOBODY,
            "share": share,
            "cause": cause,
            "recorded_at": recorded_at,
        }
    )


def decision_about(sale: Order) -> Decision | None:
    """What counts about a sale now; None while it counts for nobody."""
    owned = sale.owned
    if owned is None:
        return None
    current = [
        each
        for each in sale.attributions.all()
        if each.version == owned.version and each.holder != Holder.NOBODY
    ]
    shares = (
        Share(Holder(it.holder), it.dealer_id, it.store_id, it.ownership_id, it.share)
        for it in sorted(current, key=lambda it: it.holder != Holder.OWNER)
    )
    return Decision(
        SoldBy(owned.sold_by), owned.counts_on, owned.store.tz, owned.rulebook_id, tuple(shares)
    )

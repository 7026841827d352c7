"""What a dealer had of an order as far as some month knows, whatever was decided since."""

from datetime import date, datetime

from customers.models import Attribution, Holder, Order


def part_of(
    order: Order, dealer_id: int, known_until: datetime | None = None
) -> Attribution | None:
    """The dealer's share by the last decision recorded until then; of two the larger.

    None where that decision left the dealer nothing. Reads all attributions of the order, so that a
    list prefetches them.
    """
    every = [
        each
        for each in order.attributions.all()
        if known_until is None or each.recorded_at <= known_until
    ]
    last = max((each.version for each in every), default=0)
    mine = [
        each
        for each in every
        if each.version == last and each.dealer_id == dealer_id and each.holder != Holder.NOBODY
    ]
    return max(mine, key=lambda each: each.share, default=None)


def day_of(order: Order, dealer_id: int, known_until: datetime | None = None) -> date:
    """The day that an order is listed under for a dealer: that on which it counts.

    By what was decided for this dealer until then: others' rows, which not everybody sees, change
    nothing. Reads all attributions of the order, as ``part_of`` does.
    """
    own = [
        each
        for each in order.attributions.all()
        if each.dealer_id == dealer_id and (known_until is None or each.recorded_at <= known_until)
    ]
    return max(own, key=lambda each: each.version).counts_on if own else order.placed_on

"""A day of visits: the stores that a regional manager chose, in the order of the road.

No map is asked: stores of one postcode, and of one part of a town as their addresses name it, come
one after the other. Beside each stands why one goes there, and what was agreed last.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from dealers.models import Membership
from incentives.desk import coaching, reasons
from incentives.desk.coaching import Shown
from incentives.desk.reasons import Reason
from incentives.desk.region import StoreFigures

MOST = 12  # stores of a day
OFFERED = 12  # stores that are proposed, the most urgent first
REASONS = 3  # of a store

_POSTCODE = re.compile(r"(?<!\d)(\d{6})(?!\d)")
# 浙江省杭州市西湖区文三路 1 号: up to the district or county, else up to the town.
_PROVINCE = r"^(?:.{2,8}?(?:自治区|省))?"
_DISTRICT = re.compile(_PROVINCE + r"(?:.{2,10}?[市州盟])?.{1,10}?[区县旗]")
_TOWN = re.compile(_PROVINCE + r".{1,10}?[市州盟]")


class Order(StrEnum):
    """In which order stores are visited."""

    ADDRESS = "address"
    URGENCY = "urgency"
    CHOSEN = "chosen"


@dataclass(frozen=True)
class Stop:
    """A store on the way: why, what was agreed last, and its figures."""

    row: StoreFigures
    reasons: list[Reason]
    note: Shown | None

    @property
    def weight(self) -> int:
        return self.reasons[0].weight if self.reasons else 0


def area(address: str) -> str:
    """A postcode, or a district, or a town, as an address begins with it."""
    if found := _POSTCODE.search(address):
        return found[1]
    found = _DISTRICT.match(address) or _TOWN.match(address)
    return found[0] if found else ""


def stops(
    post: Membership,
    rows: Iterable[StoreFigures],
    codes: Sequence[str],
    order: Order,
    *,
    conversion: Decimal | None,
    today: date,
    now: datetime,
) -> list[Stop]:
    """The stores of these codes as stops in an order; those that are not among the rows are none.

    ``rows`` are the figures of the region, ``conversion`` is the region's.
    """
    wanted = list(dict.fromkeys(codes))[:MOST]
    chosen = {row.code: row for row in rows if row.code in wanted}
    notes = _last_notes(post, chosen.values(), now)
    found = [
        Stop(
            row=chosen[code],
            reasons=reasons.of_store(chosen[code], conversion, today)[:REASONS],
            note=notes.get(chosen[code].store.pk),
        )
        for code in wanted
        if code in chosen
    ]
    match order:
        case Order.ADDRESS:
            found.sort(key=lambda stop: _on_the_road(stop.row))
        case Order.URGENCY:
            found.sort(key=lambda stop: (-stop.weight, stop.row.code))
    return found


def proposed(rows: Iterable[StoreFigures], conversion: Decimal | None, today: date) -> list[Reason]:
    """The stores that one would rather visit, with the strongest reason of each."""
    return reasons.attention(rows, conversion, today, limit=OFFERED)


def matching(rows: Iterable[StoreFigures], text: str) -> list[StoreFigures]:
    """The stores that a text names: the one of that code, else those of whose name it is a part."""
    rows, wanted = list(rows), text.casefold()
    exact = [row for row in rows if wanted in (row.code.casefold(), row.name.casefold())]
    return exact or [row for row in rows if wanted in row.name.casefold()]


def _on_the_road(row: StoreFigures) -> tuple[bool, str, str, str]:
    """Stores without an address come last: where they are nobody knows."""
    address = row.store.address
    return not address, area(address), address, row.code


def _last_notes(post: Membership, rows: Iterable[StoreFigures], now: datetime) -> dict[int, Shown]:
    """The newest note of each store, open or not."""
    notes = coaching.notes_of(post).filter(store__in=[row.store.pk for row in rows])
    newest = notes.order_by("store_id", "-at", "-pk").distinct("store_id")
    return {each.note.store_id: each for each in coaching.shown(newest, now)}

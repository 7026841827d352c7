"""For whom a sheet is read: the stores that it may name, and whose its numbers are."""

from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from zoneinfo import ZoneInfo

from django.conf import settings

from dealers.imports.values import cleaned
from dealers.models import Dealer, Store
from dealers.spreadsheets import DigitsLost, identifier

COUNTED = 6  # digits of a number that only counts rows; a longer one names something


@dataclass
class Reading:
    """For whom a sheet is read, and what was read so far."""

    dealer: Dealer | None
    usual: Store | None = None  # of rows that name none
    lines: dict[tuple[str, str, str], int] = field(default_factory=dict)  # of orders: lines so far

    @cached_property
    def stores(self) -> dict[str, Store]:
        """The stores that a row may name, by code and by a name that only one has."""
        found = Store.objects.all()
        if self.dealer is not None:
            found = found.filter(dealer=self.dealer)
        stores = list(found)
        names = [store.name for store in stores]
        named = {store.name: store for store in stores if names.count(store.name) == 1}
        return named | {store.code: store for store in stores}

    def store(self, text: str) -> str:
        """The code of the store that is meant: by code, by name, the usual one, or the only one."""
        found = self.stores.get(text.strip()) or self.stores.get(cleaned(text))
        if found is None and not text.strip():
            only = set(self.stores.values())
            found = self.usual or (only.pop() if len(only) == 1 else None)
        return found.code if found else text

    def zone(self, store: str) -> ZoneInfo:
        """The time zone of a store, else that of headquarters."""
        found = self.stores.get(store)
        return found.tz if found else ZoneInfo(settings.TIME_ZONE)

    def own(self, text: str, longest: int | None = None) -> str:
        """A number that a dealer gave something, apart from those that others give.

        Where the dealer's code leaves no room in ``longest`` characters, a mark of it stands there.
        One whose digits are lost stays as it is.
        """
        text = " ".join(text.splitlines()).strip()
        if self.dealer is None or not text:
            return text
        code, mark = prefixes(self.dealer)
        if text.startswith((code, mark)):
            return text
        try:
            identifier(text)
        except DigitsLost:
            return text
        whole = f"{code}{text}"
        return whole if longest is None or len(whole) <= longest else f"{mark}{text}"


def counts_rows(number: str) -> bool:
    """Whether a number of a row only counts the rows of its list: 1, 2, 3 or 001."""
    return len(number) <= COUNTED and number.isdecimal()


def prefixes(dealer: Dealer) -> list[str]:
    """What stands before the numbers that a dealer gave: its code, or a mark of it."""
    return [f"{dealer.code}/", f"{sha256(dealer.code.encode()).hexdigest()[:12]}/"]

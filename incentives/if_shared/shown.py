"""What a trial of sharing has found, for the page and as a file to work with."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Self

from django.db.models import Func, IntegerField, JSONField
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.models import Answer
from dealers.currencies import decimals
from dealers.models import Level, Store
from dealers.words import exact_percent, rounded
from incentives.models import Program, SharingTrial


@dataclass(frozen=True, slots=True)
class Row:
    """What was, or what a level would have come to. ``money``: earned more or less than it was."""

    level: Level | None  # None: as it was
    protections: int
    days: int
    sales: int
    net: Decimal
    sales_more: int
    money: Decimal

    @property
    def average(self) -> Decimal | None:
        """Days of a protection; None where there is none."""
        if not self.protections:
            return None
        return round(Decimal(self.days) / self.protections, 1)

    @property
    def total_days(self) -> str:
        """The days of all new protections together, in words."""
        said = ngettext("%(days)s day together", "%(days)s days together", self.days)
        return said % {"days": f"{self.days:,}"}


@dataclass(frozen=True, slots=True)
class Differing:
    """A sale or a registration that differs at some level."""

    what: str
    number: str
    at: datetime
    place: str
    net: Decimal | None
    was: str
    levels: tuple[str, ...]


@dataclass(frozen=True)
class Shown:
    """A finished trial as its owner reads it."""

    trial: SharingTrial
    was: Row
    levels: list[Row]
    registrations: int
    sales: int
    registrations_left_out: int
    sales_left_out: int

    @classmethod
    def of(cls, trial: SharingTrial) -> Self:
        found, places = trial.found, decimals(Program.current().currency)
        protections, days, sales, net = found["was"]
        was = Row(None, protections, days, sales, rounded(Decimal(net), places), 0, Decimal(0))
        rows = [
            Row(
                level, given, spared, counting, rounded(Decimal(worth), places), counting - sales,
                Decimal(money),
            )
            for level, (given, spared, counting, worth, money) in zip(
                Level, found["levels"], strict=True
            )
        ]  # fmt: skip
        return cls(trial, was, rows, *found["compared"], *found["left_out"])

    @property
    def alike(self) -> bool:
        """Whether every level comes to the same, protection included."""
        rows = {(each.protections, each.days, each.sales, each.net) for each in self.levels}
        return len(rows) == 1

    @property
    def differing(self) -> int:
        """How many lines there are."""
        count = Func("lines", function="jsonb_array_length", output_field=IntegerField())
        return self._kept(count) or 0

    def lines(self, most: int | None = None) -> Iterator[Differing]:
        """What differs, sales first and the newest first; the first ``most`` of them."""
        kept = self._kept("lines" if most is None else _first(most)) or []
        stores = dict(Store.objects.filter(dealer=self.trial.dealer_id).values_list("pk", "name"))
        for what, number, at, store, net, was, *levels in kept:
            said = _share if what == "sale" else _answer
            yield Differing(
                _("Sale") if what == "sale" else _("Registration"),
                number,
                datetime.fromisoformat(at),
                _place(store, stores),
                None if net is None else Decimal(net),
                said(was),
                tuple(said(each) for each in levels),
            )

    def _kept(self, what: "str | Func[Any]") -> Any:
        return SharingTrial.objects.filter(pk=self.trial.pk).values_list(what, flat=True).first()

    def sheet(self) -> Iterator[list[Any]]:
        """The sums, then everything that differs."""
        heads = [_("as it was"), *(f"L{level.value}" for level in Level)]
        rows = [self.was, *self.levels]
        yield ["", *heads]
        for name, of in (
            (_("New protections"), "protections"),
            (_("Days of new protections, together"), "days"),
            (_("Sales that count for you"), "sales"),
            (_("Net of these sales, your share"), "net"),
            (_("Plans would have given more or less"), "money"),
        ):
            yield [name, *(getattr(row, of) for row in rows)]
        yield []
        yield [_("What"), _("Number"), _("Moment"), _("Store"), _("Net"), *heads]
        for line in self.lines():
            at = timezone.localtime(line.at)  # a workbook shows the clock alone
            yield [line.what, line.number, at, line.place, line.net, line.was, *line.levels]


def _first(most: int) -> Func:
    """The first lines: the database leaves the others where they are."""
    path = f"%(function)s(%(expressions)s, '$[0 to {most - 1}]')"
    return Func("lines", function="jsonb_path_query_array", template=path, output_field=JSONField())


def _place(store: int | None, stores: dict[int, str]) -> str:
    if store is None:
        return _("Online")
    return stores.get(store) or _("a store of another dealer")


def _share(share: str | None) -> str:
    if share is None:
        return _("does not count for you")
    return _("counts for you: %(share)s") % {"share": exact_percent(Decimal(share))}


def _answer(got: list[Any]) -> str:
    answer, days = got
    said = str(Answer(answer).label)
    if days is None:
        return said
    return f"{said} · " + ngettext("%(days)d day", "%(days)d days", days) % {"days": days}

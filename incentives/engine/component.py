"""A component of a program file (the language is in ``engine.program``)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from dealers.imports.values import cleaned
from dealers.months import first_day
from incentives.engine import unread
from incentives.engine.registry import BASES, EVENTS, FILTERS, GATES, KINDS, SALE, WINDOWS
from incentives.models import Beneficiary, Clawback, Gate
from incentives.models import Component as Stored
from incentives.models.amounts import LARGEST_GIVEN, LARGEST_RATE
from incentives.plans.reader import Reader

ANCHORS = ("payment", "registration")
MANY = 10**9  # more than events of a window
NEEDED: Any = object()  # instead of a value that is meant where nothing stands
_LIMITS = {"line_cap", "line_floor", "order_cap", "order_floor"}
_COMPONENT = _LIMITS | {
    "code", "name", "name_en", "event", "place", "filter", "anchor", "group", "order", "gate",
    "agreement_from", "pays_zero", "to", "by_share", "kind", "base", "rows", "n", "target",
    "targets", "multipliers", "window", "per", "period_cap", "period_floor", "minimum", "withhold",
    "clawback", "clawback_days", "return_window_days", "rate_above_one",
}  # fmt: skip
_FACTOR = {"factor", "level", "category", "region", "from", "until"}
# Rows of (from, rate) by level and category.
type _Tables = dict[tuple[str | None, str | None], list[tuple[Decimal, Decimal]]]


@dataclass
class Component:
    """A component's terms as the engine's tables take them: ``values`` are columns, the rest rows.

    ``rows``: from, to, level, category, rate. ``factors``: level, category, region, from, until,
    factor. ``filters``: column, value. ``targets``: code (None: everybody's), amount.
    """

    values: dict[str, Any]
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    factors: list[tuple[Any, ...]] = field(default_factory=list)
    filters: list[tuple[str, str]] = field(default_factory=list)
    gates: list[str] = field(default_factory=list)
    targets: list[tuple[str | None, Decimal]] = field(default_factory=list)

    @property
    def said(self) -> str:
        """What its kind gives, in the reader's language."""
        return str(KINDS[self.values["kind"]].said)

    def column(self, name: str) -> Any:
        """Its value in a column of the table of components."""
        match name:
            case "gated":
                return bool(self.gates)
            case "filtered":
                return bool(self.filters)
            case "only_rate":
                return self._only_rate
            case _:
                return self.values[name]

    @property
    def _only_rate(self) -> Decimal | None:
        if self.values["measure"] != "nothing" or len(self.rows) > 1:
            return None
        ((_start, _end, level, category, rate),) = self.rows
        return None if level or category else rate


def component(reader: Reader, path: str, data: dict[str, Any], plan: dict[str, Any]) -> Component:
    """A component of the file; ``plan`` has the values of its plan. Problems go to the reader."""
    reader.known_keys(path, data, _COMPONENT)
    name = one_of(reader, path, data, "kind", KINDS, default=NEEDED)
    event = one_of(reader, path, data, "event", EVENTS, default=NEEDED)
    if name is None or event is None:
        return Component({"code": ""})
    kind, facts = KINDS[name], EVENTS[event]
    window = one_of(reader, path, data, "window", WINDOWS, default="month")
    usual = Clawback.RECOMPUTE if kind.period else Clawback.ORIGINAL_RATE
    values = plan | {
        "code": reader.code(path, data, Stored), "kind": name,
        "fact": facts.kind, "only_sold_by": facts.sold_by, "only_repeat": facts.repeat,
        "places": reader.places(path, data) or None,
        "by_anchor": one_of(reader, path, data, "anchor", ANCHORS, default="payment") != "payment",
        "stack": reader.text(path, data, "group", Stored, of_field="code") or None,
        "priority": reader.days(path, data, "order", 0),
        "pays_zero": reader.yes_or_no(path, data, "pays_zero"),
        "to_seller": reader.choice(path, data, "to", Beneficiary, Beneficiary.OWNER)
        == Beneficiary.SELLER,
        "by_share": reader.yes_or_no(path, data, "by_share"),
        "base": one_of(reader, path, data, "base", BASES, default=kind.base),
        "measure": kind.measure, "gives": kind.gives, "period": kind.period,
        "first_n": _first_n(data.get("n")) if name == "first_n" else None,
        "first_of_all": data.get("per") == "all",
        "months": WINDOWS[window or "month"],
        "withhold": reader.number(path, data, "withhold", Decimal(0), places=6),
        "recompute": reader.choice(path, data, "clawback", Clawback, usual) == Clawback.RECOMPUTE,
        "clawback_days": reader.days(path, data, "clawback_days", 180),
        "agreement_from": reader.day(path, data, "agreement_from"),
    }  # fmt: skip
    for name_ in (*_LIMITS, "period_cap", "period_floor"):
        values[name_] = limit(reader, path, data, name_)
    minimum = limit(reader, path, data, "minimum")
    if minimum is not None:
        values["period_floor" if kind.period else "order_floor"] = minimum
    reader.days(path, data, "return_window_days", 15)
    reader.text(path, data, "rate_above_one", Stored)
    found = Component(values)
    _rows(reader, path, data, found)
    _factors(reader, path, data, found)
    _filters(reader, path, data, found)
    found.gates = _listed(reader, path, data, "gate", GATES)
    _targets(reader, path, data, found)
    _check(reader, path, data, found)
    return found


def _check(reader: Reader, path: str, data: dict[str, Any], found: Component) -> None:
    """What a component cannot be, as a whole."""
    values = found.values
    kind = KINDS[values["kind"]]
    if values["agreement_from"] and Gate.AGREEMENT_SIGNED not in found.gates:
        remedy = _("only what has the gate agreement_signed has it")
        reader.problem(f"{path}.agreement_from", data["agreement_from"], remedy)
    words = [values["audience"], *(["all"] if values["kind"] == "first_n" else [])]
    one_of(reader, path, data, "per", words, default=values["audience"])
    (_check_period if kind.period else _check_event)(reader, path, data, values)
    unread.refuse(reader, path, data, values)
    if values["kind"] == "first_n" and not values["first_n"]:
        reader.problem(f"{path}.n", data.get("n"), _("write how many are paid, 1 or more"))
    if values["fact"] != SALE and (data.get("place", "any") != "any" or values["by_share"]):
        reader.problem(path, data.get("event"), _("only sales have a place and shares"))
    if values["to_seller"] and values["audience"] != "dealer":
        reader.problem(f"{path}.to", data["to"], _("only a dealer is the seller"))
    if values["withhold"] > 1:
        reader.problem(f"{path}.withhold", data["withhold"], _("write a share from 0 to 1"))
    named = data.get("target") or data.get("targets")  # else what is wrong with it was said
    if kind.measure == "target" and not (named or found.targets):
        reader.problem(f"{path}.target", data.get("target"), _("write an amount above 0"))


def _check_period(reader: Reader, path: str, data: dict[str, Any], values: dict[str, Any]) -> None:
    for key in sorted(_LIMITS | {"multipliers", "by_share"}):
        if data.get(key):
            reader.problem(f"{path}.{key}", data[key], _("only what is paid per event has it"))
    for key in ("starts_on", "ends_on"):
        if values[key] and values[key] != first_day(values[key]):
            remedy = _("what is paid by period starts and ends with a month")
            reader.problem(path, values[key].isoformat(), remedy)


def _check_event(reader: Reader, path: str, data: dict[str, Any], values: dict[str, Any]) -> None:
    if values["recompute"]:
        remedy = _("only what is paid by period is recomputed")
        reader.problem(f"{path}.clawback", data["clawback"], remedy)
    if values["period_floor"] is not None:
        remedy = _("only what is paid by period has it")
        reader.problem(f"{path}.period_floor", data["period_floor"], remedy)


def _rows(reader: Reader, path: str, data: dict[str, Any], found: Component) -> None:
    kind = KINDS[found.values["kind"]]
    tables: _Tables = {}
    for place, row in reader.objects(f"{path}.rows", data.get("rows", [])):
        reader.known_keys(place, row, {"from", "rate", "level", "category"})
        level, category = (_word(reader, place, row, key) for key in ("level", "category"))
        start = reader.number(
            place, row, "from", Decimal(0), places=6, limit=LARGEST_GIVEN
        ) or Decimal(0)
        rate = reader.number(place, row, "rate", None, places=6, limit=LARGEST_RATE)
        if kind.period and (level or category):
            reader.problem(place, level or category, _("only what is paid per event has it"))
        table = tables.setdefault((level, category), [])
        if start in [other for other, _rate in table]:
            reader.problem(f"{place}.from", row.get("from", 0), _("two rows start there"))
        table.append((start, rate or Decimal(0)))
    _check_rows(reader, path, data, found, tables)
    for (level, category), table in tables.items():
        ends = [*(start for start, _rate in table[1:]), None]
        found.rows += [
            (start, end, level, category, rate)
            for (start, rate), end in zip(table, ends, strict=True)
        ]


def _check_rows(
    reader: Reader, path: str, data: dict[str, Any], found: Component, tables: _Tables
) -> None:
    kind = KINDS[found.values["kind"]]
    if not tables:
        reader.problem(f"{path}.rows", data.get("rows"), _("write at least one row"))
    shares = kind.gives != "amount" and found.values["base"] in ("net", "margin")
    above = [rate for table in tables.values() for _start, rate in table if rate > 1]
    if shares and above and not str(data.get("rate_above_one", "")).strip():
        remedy = _("that is more than all of the base; confirm it in rate_above_one in words")
        reader.problem(f"{path}.rows", str(above[0]), remedy)
    for table in tables.values():
        table.sort()
        if kind.measure == "nothing" and (len(table) > 1 or table[0][0] != 0):
            reader.problem(f"{path}.rows", len(table), _("this kind takes one row, from 0"))
        if kind.gives != "amount" and kind.period and table[0][0] != 0:
            reader.problem(f"{path}.rows", str(table[0][0]), _("the rates must start at 0"))


def _factors(reader: Reader, path: str, data: dict[str, Any], found: Component) -> None:
    for place, row in reader.objects(f"{path}.multipliers", data.get("multipliers", [])):
        reader.known_keys(place, row, _FACTOR)
        words = [_word(reader, place, row, key) for key in ("level", "category", "region")]
        since, until = (reader.day(place, row, key) for key in ("from", "until"))
        if since and until and until <= since:
            reader.problem(f"{place}.until", row["until"], _("write a day after from"))
        factor = reader.number(place, row, "factor", None, places=6)
        found.factors.append((*words, since, until, factor))


def _filters(reader: Reader, path: str, data: dict[str, Any], found: Component) -> None:
    given = data.get("filter", {})
    if not isinstance(given, dict):
        reader.problem(f"{path}.filter", given, _("write an object"))
        return
    reader.known_keys(f"{path}.filter", given, set(FILTERS))
    for key in FILTERS:
        words = _listed(reader, f"{path}.filter", given, key, None)
        if key in given and not words:
            reader.problem(f"{path}.filter.{key}", given[key], _("write a list"))
        found.filters += [(key, word) for word in words]


def _targets(reader: Reader, path: str, data: dict[str, Any], found: Component) -> None:
    given = data.get("targets", {})
    if not isinstance(given, dict):
        reader.problem(f"{path}.targets", given, _("write an object"))
        return
    places = [
        (None, path, data, "target"),
        *((cleaned(key), f"{path}.targets", given, key) for key in given),
    ]
    for code, place, values, key in places:
        if key in values:
            amount = limit(reader, place, values, key)
            if amount == 0:
                reader.problem(f"{place}.{key}", values[key], _("write an amount above 0"))
            elif code in [other for other, _amount in found.targets]:
                reader.problem(f"{place}.{key}", values[key], _("use each code once in a plan"))
            elif amount is not None:
                found.targets.append((code, amount))


def _first_n(value: Any) -> int:
    """How many are paid; 0 where that is not said."""
    known = isinstance(value, int) and not isinstance(value, bool)
    return value if known and 0 < value < MANY else 0


def limit(reader: Reader, path: str, data: dict[str, Any], key: str) -> Decimal | None:
    before = len(reader.problems)
    amount = reader.number(path, data, key, None, optional=True)
    if len(reader.problems) > before:
        return None
    if amount == 0 and key.endswith("_cap"):
        reader.problem(f"{path}.{key}", data[key], _("a cap is more than zero"))
    return amount


def _word(reader: Reader, path: str, data: dict[str, Any], key: str) -> str | None:
    """A code or category, cleaned as those of the events are; None where nothing is said."""
    value = data.get(key)
    if value is not None and not (isinstance(value, str) and value.strip()):
        reader.problem(f"{path}.{key}", value, _("write a text"))
        return None
    return None if value is None else cleaned(value)


def _listed(
    reader: Reader, path: str, data: dict[str, Any], key: str, known: tuple[str, ...] | None
) -> list[str]:
    value = data.get(key, [])
    words = [value] if isinstance(value, str) else value
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        reader.problem(f"{path}.{key}", value, _("write a list"))
        return []
    if known is None:
        return [cleaned(word) for word in words]
    for word in words:
        if word not in known:
            remedy = _("write one of: %(choices)s") % {"choices": ", ".join(known)}
            reader.problem(f"{path}.{key}", word, remedy)
    return words


def one_of(
    reader: Reader, path: str, data: dict[str, Any], key: str, known: Iterable[str], *, default: Any
) -> Any:
    """A word of the file, one of those known; None where one is needed and there is none."""
    value = data.get(key)
    value = default if value is None else value
    if not isinstance(value, str) or value not in known:
        shown = None if value is NEEDED else value
        remedy = _("write one of: %(choices)s") % {"choices": ", ".join(known)}
        reader.problem(f"{path}.{key}", shown, remedy)
        return None if default is NEEDED else default
    return value

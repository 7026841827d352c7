"""Which categories a return is of that names none: its part of what is left of each of its sale.

What is left counts, not what was sold, so that returns with and without a category together take
back a sale to the last of it, and no category more than it had.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from incentives.engine.facts import Fact
from incentives.engine.registry import RETURN, SALE

UNIT = Decimal("0.000001")  # what numbers of a file are written to


def of_categories(facts: Sequence[Fact]) -> list[Fact]:
    """The facts with a row for each category instead of a return's row of none.

    A sale of one category has that, and one that has lines without a category has these come back.
    """
    sold: dict[str, list[Fact]] = defaultdict(list)
    back: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        if fact.kind == SALE:
            sold[fact.external_id].append(fact)
        elif fact.kind == RETURN and fact.returns:
            back[fact.returns].append(fact)
    parts: dict[int, list[Fact]] = {}
    for sale, returns in back.items():
        if any(fact.category is None for fact in returns):
            parts |= _of_sale(sold[sale], returns)
    return [part for fact in facts for part in parts.get(id(fact), [fact])]


def _of_sale(sold: Iterable[Fact], returns: Iterable[Fact]) -> dict[int, list[Fact]]:
    """What stands in place of the returns of a sale that name no category, by the fact's id."""
    money: dict[str | None, Decimal] = defaultdict(Decimal)
    units: dict[str | None, Decimal] = defaultdict(Decimal)
    for line in sold:
        money[line.category] += line.net
        units[line.category] += line.quantity
    found = {}
    in_order = sorted(
        returns, key=lambda fact: (fact.closing, fact.at, fact.external_id, not fact.category)
    )
    for fact in in_order:
        rows = [fact]
        if fact.category not in money:
            rows = found[id(fact)] = _in_parts(fact, money, units)
        for row in rows:
            money[row.category] = max(money[row.category] - row.net, Decimal(0))
            units[row.category] = max(units[row.category] - row.quantity, Decimal(0))
    return found


def _in_parts(
    fact: Fact, money: dict[str | None, Decimal], units: dict[str | None, Decimal]
) -> list[Fact]:
    """A return as one of each category, by what is left of it; those with a part in it."""
    nets = _taken(fact.net, list(money.values()))
    quantities = _taken(fact.quantity, list(units.values()))
    margins = [None] * len(nets) if fact.margin is None else _shared(fact.margin, nets)
    parts = [
        replace(fact, category=category, net=net, quantity=quantity, margin=margin)
        for category, net, quantity, margin in zip(money, nets, quantities, margins, strict=True)
    ]
    return [part for part in parts if part.net or part.quantity or part.margin] or parts[:1]


def _taken(whole: Decimal, left: Sequence[Decimal]) -> list[Decimal]:
    """``whole`` off what is left; what is more than all of it, off the first."""
    over = whole - sum(left, Decimal(0))
    return [left[0] + over, *left[1:]] if over >= 0 else _shared(whole, left)


def _shared(whole: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Parts of ``whole`` that are to each other as ``weights`` are, and add up to it."""
    total, last = sum(weights, Decimal(0)), max(range(len(weights)), key=weights.__getitem__)
    parts = [(whole * weight / total).quantize(UNIT) if total else Decimal(0) for weight in weights]
    parts[last] += whole - sum(parts, Decimal(0))
    return parts

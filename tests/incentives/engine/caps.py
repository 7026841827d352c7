"""The caps that several results share, in the plain reference."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from tests.incentives.engine.facts import Component, Program, half_up, money


@dataclass
class Entry:
    """What one event or period is worth before the shared caps, as it stands now."""

    component: Component
    beneficiary: str
    sold_in: date  # the month whose caps it counts in
    for_month: date
    id: str
    order: tuple[Any, ...]
    base: Fraction
    worth: Fraction
    gate: str = ""
    reason: str = ""

    @property
    def key(self) -> tuple[Any, ...]:
        return (*self.component.key, self.beneficiary, self.for_month, self.id, self.order[1])


class Caps:
    """What has counted towards the caps that several results share."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.counted: dict[tuple[Any, ...], Fraction] = defaultdict(Fraction)
        self.paid: dict[tuple[Any, ...], Fraction] = defaultdict(Fraction)
        self.latest: dict[tuple[Any, ...], Entry] = {}

    def under(self, entry: Entry, change: Fraction) -> tuple[Fraction, str]:
        """What is left of a change under the caps of period, beneficiary and budget, in turn.

        What is behind a closed gate takes no room under any.
        """
        if entry.gate:
            return change, ""
        component, plan = entry.component, entry.component.plan
        reasons = []
        in_period = component.period(entry.sold_in)
        cap = None
        if not component.of_a_period:  # a period's own result is capped where it comes about
            cap = self.program.highest(component, "period_cap", entry.sold_in)
        steps = [
            ("period_cap", cap, (component.key, entry.beneficiary, in_period)),
            (
                "beneficiary_cap",
                money(plan, "beneficiary_cap"),
                (plan["code"], entry.beneficiary, entry.sold_in),
            ),
            ("budget_cap", money(plan, "budget_cap"), (plan["code"],)),
        ]
        for name, limit, key in steps:
            before = self.counted[name, key]
            after = before + change
            self.counted[name, key] = after
            if limit is not None:
                left = min(limit, after) - min(limit, before)
                reasons += [name] if left != change else []
                change = left
        return change, "+".join(reasons)

    def kept(self, entry: Entry, amount: Fraction, places: int) -> Fraction:
        """What is withheld: its share of all that was paid for a month, so that parts add up."""
        key = entry.component.key, entry.beneficiary, entry.sold_in
        share = entry.component.money("withhold") or Fraction(0)
        before, self.paid[key] = self.paid[key], self.paid[key] + amount
        return half_up(self.paid[key] * share, places) - half_up(before * share, places)

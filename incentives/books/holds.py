"""What is left out of a month while it is in dispute, with what it would give."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Self
from uuid import UUID

from incentives.engine import month as engine
from incentives.engine.scope import Scope
from incentives.models import Hold, Run


@dataclass(frozen=True)
class HeldLine(engine.MonthLine):
    """What a component would give for an order in dispute if it were booked in this month."""

    case: str = ""

    @property
    def kept(self) -> dict[str, Any]:
        """As JSON takes it."""
        return {name: None if it is None else str(it) for name, it in asdict(self).items()}

    @classmethod
    def read(cls, kept: dict[str, Any]) -> Self:
        """What ``kept`` gave."""

        def number(name: str) -> Decimal | None:
            return None if kept[name] is None else Decimal(kept[name])

        return cls(
            int(kept["component_id"]), int(kept["dealer_id"]), UUID(kept["order_id"]),
            date.fromisoformat(kept["for_month"]), kept["adjustment"] == "True",
            datetime.fromisoformat(kept["at"]), Decimal(kept["base"]), number("rate"),
            number("share"), number("uncapped"), number("amount"), kept.get("closed_gate", ""),
            kept["case"],
        )  # fmt: skip


def keep(run: Run, scope: Scope) -> None:
    """Write down what a closing leaves out."""
    rows = []
    for dealer in {each.dealer for each in scope.held}:
        held = [each for each in scope.held if each.dealer == dealer]
        given = lines_of(scope, dealer)
        rows += [
            Hold(
                run=run,
                order_id=each.order,
                dealer_id=dealer,
                case_id=each.case,
                lines=[it.kept for it in given if it.order_id == each.order],
            )
            for each in held
        ]
    Hold.objects.bulk_create(rows)


def lines_of(scope: Scope, dealer_id: int) -> list[HeldLine]:
    """What a dealer's orders in dispute would give, as if nothing of the dealer's were held."""
    held = {each.order: each.case for each in scope.held if each.dealer == dealer_id}
    if not held:
        return []
    found = engine.lines_about(scope.with_held().for_dealer(dealer_id), held)
    return [HeldLine(**vars(line), case=held[line.order_id]) for line in found]

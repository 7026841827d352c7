"""What a simulation has found, for whoever reads it: totals, who gains and who loses, warnings."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dealers.models import Dealer
from dealers.words import exact_money, money
from incentives.models import FIRST_ENGINE, Plan, PlanVersion, Replay, ReplayedAmount, Run

MOST = 50  # dealers that are shown on either side


@dataclass(frozen=True, slots=True)
class Pair:
    """What was booked under a name, and what it would have been."""

    name: str
    before: Decimal
    after: Decimal

    @property
    def change(self) -> Decimal:
        return self.after - self.before

    @property
    def loss(self) -> Decimal:
        return -self.change

    @property
    def share(self) -> Decimal | None:
        """The change as a share of what was booked; None where that was nothing."""
        return self.change / abs(self.before) if self.before else None


@dataclass(frozen=True, slots=True)
class DealersPair(Pair):
    """The same for a dealer."""

    dealer: Dealer


@dataclass(frozen=True)
class Findings:
    """A finished simulation.

    ``worse`` and ``better`` are dealers with the largest difference first, at most so many as are
    shown; ``counts`` are all of them: better, same, worse. ``budget`` is the plan's for the months.
    """

    replay: Replay
    total: Pair
    months: list[Pair]
    components: list[Pair]
    counts: tuple[int, int, int]
    worse: list[DealersPair]
    better: list[DealersPair]
    budget: Decimal | None
    warnings: list[str]

    @property
    def budget_used(self) -> Decimal | None:
        """The part of the budget that the version would have spent."""
        return abs(self.total.after) / self.budget if self.budget else None


def findings(replay: Replay, currency: str) -> Findings:
    """What was found, with the names of dealers and components."""
    found, plan = replay.found, replay.version.plan
    names = component_names(replay.version)
    dealers = _by_dealer(replay)
    return Findings(
        replay=replay,
        total=Pair("", replay.before or Decimal(0), replay.after or Decimal(0)),
        months=[
            Pair(key[:7], Decimal(before), Decimal(after))
            for key, before, after in found["months"]
        ],
        components=[
            Pair(names.get(key, key), Decimal(before), Decimal(after))
            for key, before, after in found["components"]
        ],
        counts=(found["better"], found["same"], found["worse"]),
        worse=[it for it in dealers if it.change < 0][:MOST],
        better=[it for it in dealers[::-1] if it.change > 0][:MOST],
        budget=plan.budget * len(replay.months) if plan.budget else None,
        warnings=[*_warnings(found, names, currency), *_of_the_first_form(replay)],
    )  # fmt: skip


def of_dealer(
    replay: Replay, dealer: Dealer, names: Mapping[str, str]
) -> list[tuple[date, str, Pair]]:
    """What a dealer had and would have: month, name of the component, and both amounts."""
    return [
        (each.month, names.get(each.code, each.code), Pair("", each.before, each.after))
        for each in replay.amounts.filter(dealer=dealer).order_by("month", "code")
    ]


def together(pairs: Iterable[Pair]) -> Pair:
    """The sum of pairs."""
    every = list(pairs)
    return Pair(
        "",
        sum((each.before for each in every), Decimal("0.00")),
        sum((each.after for each in every), Decimal("0.00")),
    )


def component_names(version: PlanVersion) -> dict[str, str]:
    """The components' names by their codes; those of published versions where this has none."""
    versions = version.plan.versions.published().order_by("number")
    found = {
        component.code: component.local_name
        for each in versions.prefetch_related("components")
        for component in each.components.all()
    }
    return found | {each.code: each.local_name for each in version.components.all()}


def _by_dealer(replay: Replay) -> list[DealersPair]:
    """What each dealer had and would have, the largest loss first."""
    rows = (
        ReplayedAmount.objects.filter(replay=replay)
        .values("dealer")
        .annotate(was=Sum("before"), would=Sum("after"), change=Sum(F("after") - F("before")))
        .order_by("change", "dealer")
    )
    wanted = [*rows[:MOST], *list(rows.reverse()[:MOST])[::-1]]
    dealers = Dealer.objects.in_bulk({row["dealer"] for row in wanted})
    unique = {row["dealer"]: row for row in wanted}
    return [
        DealersPair(dealers[pk].name, row["was"], row["would"], dealers[pk])
        for pk, row in unique.items()
    ]


def _warnings(found: dict[str, Any], names: dict[str, str], currency: str) -> Iterator[str]:
    for code, boundary, count in found["near"]:
        yield ngettext(
            "%(name)s: %(count)d month of a dealer ended less than 10%% below the jump at"
            " %(boundary)s.",
            "%(name)s: %(count)d months of dealers ended less than 10%% below the jump at"
            " %(boundary)s.",
            count,
        ) % {
            "name": names.get(code, code),
            "count": count,
            "boundary": exact_money(Decimal(boundary), currency),
        }
    plans = Plan.objects.in_bulk([plan for plan, *_rest in found["stacked"]])
    for plan, dealers, events, amount in found["stacked"]:
        name = plans[plan].local_name if plan in plans else "–"
        words = {"name": name, "dealers": dealers, "events": events}
        if Decimal(amount):
            words["amount"] = money(Decimal(amount), currency)
            yield (
                _(
                    "Stacked with “%(name)s”: %(dealers)d dealers got %(amount)s for %(events)d of"
                    " the same events."
                )
                % words
            )
        else:
            yield (
                _(
                    "Stacked with “%(name)s”: %(events)d of the same events of %(dealers)d dealers"
                    " count there as well."
                )
                % words
            )


def _of_the_first_form(replay: Replay) -> Iterator[str]:
    """That months were closed by rules which the engine has no more."""
    months = Run.objects.filter(month__in=replay.months, engine=FIRST_ENGINE).count()
    if months:
        yield ngettext(
            "%(count)d of these months was closed by the first form of the engine, in which a cap"
            " that was used stayed used: what came back under a cap may differ for that alone.",
            "%(count)d of these months were closed by the first form of the engine, in which a cap"
            " that was used stayed used: what came back under a cap may differ for that alone.",
            months,
        ) % {"count": months}

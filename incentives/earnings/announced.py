"""What an announced version would have given a dealer lately: better or worse, line by line.

Once a version is published the worker replays the last closed months by it, and keeps what each
dealer would have got. Until the version starts, a dealer sees its own.
"""

from dataclasses import dataclass
from datetime import date

from dealers.actor import Actor, acting
from dealers.models import Dealer
from dealers.publication import Change, changes
from incentives.models import PlanVersion, Replay
from incentives.plans import findings, versions, whatif
from incentives.plans.findings import Pair, component_names
from incentives.plans.reading import parts_of
from incentives.plans.whatif import DealersLine

READING = Actor.worker("announced")


@dataclass(frozen=True)
class Announced:
    """A version that has not started, and what a dealer got and would have got in ``months``.

    ``total`` is none while the worker computes it. Where no month was closed there is no replay.
    """

    version: PlanVersion
    replay: Replay
    total: Pair | None

    @property
    def first(self) -> date:
        return min(self.replay.months)

    @property
    def last(self) -> date:
        return max(self.replay.months)


@dataclass(frozen=True)
class Detail:
    """The same month by month, with what the version changes in words.

    ``amounts``: month, name of the component, and both amounts. ``lines`` come with the name.
    """

    announced: Announced
    changes: list[Change]
    amounts: list[tuple[date, str, Pair]]
    lines: list[tuple[DealersLine, str]]


def of_dealer(dealer: Dealer, today: date) -> list[Announced]:
    """The announced versions that start after ``today``, the first one first."""
    # Mostly there is none: whose replay would be looked for in another's name.
    coming = PlanVersion.objects.filter(published_at__isnull=False, starts_on__gt=today)
    if not coming.exists():
        return []
    replays = (
        Replay.objects.filter(announced=True, version__in=coming)
        .select_related("version__plan")
        .order_by("version__starts_on", "version__plan__code", "asked_at")
    )
    # Of the replays themselves headquarters alone sees the drafts'; a dealer's amounts are its own.
    with acting(READING):
        newest = {replay.version_id: replay for replay in replays}
    return [_announced(replay, dealer) for replay in newest.values()]


def detail(dealer: Dealer, code: str, today: date) -> Detail | None:
    """What the next version of the plan ``code`` would have given; None where none is announced."""
    found = [each for each in of_dealer(dealer, today) if each.version.plan.code == code]
    if not found:
        return None
    announced, version = found[0], found[0].version
    before = versions.predecessor(version)
    names = component_names(version)
    lines = whatif.lines_of(announced.replay, dealer) if announced.total else []
    return Detail(
        announced,
        changes(parts_of(before) if before else {}, parts_of(version)),
        findings.of_dealer(announced.replay, dealer, names),
        [(line, names.get(line.code, line.code)) for line in lines],
    )


def _announced(replay: Replay, dealer: Dealer) -> Announced:
    total = None
    if replay.finished_at is not None:
        rows = replay.amounts.filter(dealer=dealer)
        total = findings.together(Pair("", row.before, row.after) for row in rows)
    return Announced(replay.version, replay, total)

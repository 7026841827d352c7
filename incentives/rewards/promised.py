"""What was promised and is not settled yet."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from dealers.models import Store
from dealers.months import hq_day
from incentives.boards.cohorts import grouped
from incentives.boards.freeze import WEEKS_BACK
from incentives.models import Cohort, Length, RewardProgram, RewardSettlement, Run, Unit
from incentives.models.boards import after

# A week that nobody froze in time is frozen no more, and gives nothing; nor does a month or quarter
# before the first that was closed.
GIVEN_UP = timedelta(weeks=WEEKS_BACK + 1)


def unsettled() -> Iterator[tuple[RewardProgram, date]]:
    """What published programs promise for a time that nobody settled yet, by the start of each."""
    settled = set(RewardSettlement.objects.values_list("program", "board__starts_on"))
    for program in RewardProgram.objects.published().order_by("starts_on", "pk"):
        for start in program.starts:
            if (program.pk, start) not in settled:
                yield program, start


def to_cohort(cohort: Cohort, at: datetime) -> list[RewardProgram]:
    """The published programs for this cohort alone that are not settled to their end."""
    today, first = hq_day(at), _first_closed()
    found = {
        program.pk: program
        for program, start in unsettled()
        if (program.cohort, grouped(program.unit)) == (cohort.code, cohort.unit)
        and not _given_up(program, start, today, first)
    }
    return list(found.values())


def may_come(dealer_id: int, at: datetime) -> bool:
    """Whether a dealer may still be given an amount, for days on which one of its stores was open.

    What its people are given is theirs, and needs no account of the dealer.
    """
    today = hq_day(at)
    closed = Store.objects.filter(dealer=dealer_id).values_list("closed_at", flat=True)
    until = max((hq_day(each) if each else today for each in closed), default=None)
    if until is None:
        return False
    first = _first_closed()
    return any(
        start <= min(until, today) and not _given_up(program, start, today, first)
        for program, start in unsettled()
        if program.unit in (Unit.STORE, Unit.DEALER) and program.amounts
    )


def _first_closed() -> date | None:
    return Run.objects.first_month()


def _given_up(program: RewardProgram, start: date, today: date, first: date | None) -> bool:
    end = after(program.length, start)
    if program.length == Length.WEEK:
        return today - end > GIVEN_UP
    return first is not None and end <= first

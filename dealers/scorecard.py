"""How headquarters keeps what it promises, as everybody reads it: what was kept, day after day.

The figures are worked out by the worker (``incentives.scorecard``) and only ever added, so that a
month which looked bad stays as it was. What concerned fewer than five dealers, or was fewer than
five, is not kept at all: nobody finds out whose it was.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F, Max, Min, Window
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dealers.models import DailyRoot, Score, ScoreFigure, ScoreLength
from dealers.models.scorecard import FEWEST
from dealers.months import hq_midnight
from dealers.receipts.verify_receipt import SCORE_COLUMNS

SHOWN = {ScoreLength.MONTH: 7, ScoreLength.QUARTER: 4}

# What tells nobody's own: emergencies are published anyway, what headquarters voids is its own act
# and would hide at a few dealers, and the rest is about no dealer.
ALWAYS_TOLD = {Score.BROKEN_GLASS, Score.REFUSED, Score.VOIDED, Score.ROOTS, Score.DRILLS}

# From what each is worked out and of how many, as it stands beside it.
DEFINED: dict[Score, Promise] = {
    Score.CASE_DAYS: _(
        "Rulings of the first instance, from the chains of both sides: median of the days"
        " from the opening of the case. In your chain: kind ruling, instance 1, from opened to"
        " at, by the day of recorded."
    ),
    Score.CASES_LATE: _(
        "Of all rulings in the chains: those that came by silence, because nobody decided in time."
        " In your chain: kind ruling, silence true, by the day of recorded."
    ),
    Score.CASES_OVERTURNED: _(
        "Of the rulings after an appeal, from the chains: those with another outcome or share than"
        " the first. In your chain: kind ruling, instance 2 beside instance 1, by the day of"
        " recorded."
    ),
    Score.DISPUTE_DAYS: _(
        "Disputes about lines of statements, from the chains: median of the days from opening"
        " to the first decision that took effect, one with an amount by its booking. In your"
        " chain: kind dispute, event opened and decided, and kind booking with the key of the"
        " adjustment."
    ),
    Score.DISPUTES_LATE: _(
        "Of the disputes that were to be decided in these days, from the chains: those that"
        " were not decided by then. In your chain: kind dispute, decide_by of what was opened."
    ),
    Score.DISPUTES_OVERTURNED: _(
        "Of the second decisions about disputes, from the chains: those with another outcome"
        " than the first. In your chain: kind dispute, event decided, instance 2 beside"
        " instance 1."
    ),
    Score.PAID_LATE: _(
        "Of the first payments of statements that arrived, from the chains, by the bank's"
        " answers that were read in these days: those that took more than 30 days from the"
        " approval, or from when there was a bank account. The median is in days. In your"
        " chain: kind payment, state paid, from the later of approved and account to on."
    ),
    Score.LEADS_JUNK: _(
        "Of the leads that stores accepted in these days, from the chains: those that they"
        " gave back since with a reason such as a wrong number. In your chain: kind lead,"
        " event accepted, and event taken of the same lead."
    ),
    Score.NUMBERS: _(
        "Of all looks of headquarters at customers, from the chains: those that showed a whole"
        " number. In your chain: kind access, role hq, action reveal."
    ),
    Score.NUMBERS_REFUSED: _(
        "Of the numbers that headquarters asked for, from the chains: those that were refused. In"
        " your chain: kind access, role hq, action refused."
    ),
    Score.BROKEN_GLASS: _(
        "Numbers that two people of headquarters let be shown beyond the level of sharing,"
        " from the chains of all dealers, each of which has every one. In your chain: kind"
        " network, event emergency."
    ),
    Score.REFUSED: _(
        "Acts of headquarters that the agreement forbids and the portal refused, from the"
        " chains. Whom it was about reads each of them in its log and in its chain, and what"
        " was about no dealer alone all of them do: kind refused."
    ),
    Score.VOIDED: _(
        "Registrations that headquarters took back without a case, from the chains, whether or not"
        " their protection ran; leads that a store gave back are not among them. Each owner is"
        " told. In your chain: kind void, role hq, and any reason but fraud and returned."
    ),
    Score.ROOTS: _(
        "Of the days: those after which no root over all chains was signed. The roots stand on a"
        " page that everybody sees."
    ),
    Score.DRILLS: _(
        "Of the drills that ended in these days, each of which restored a backup beside the"
        " database and verified it: those that failed. 0 of 0: none was made. From the chains"
        " of all dealers, each of which has every one. In your chain: kind network, event"
        " drill."
    ),
}


@dataclass(frozen=True, slots=True)
class Counted:
    """What was found in some days: ``count`` of ``of``, at how many dealers, and a median."""

    count: int
    of: int
    dealers: int
    value: Decimal | None = None


def told(score: Score, found: Counted) -> Counted | None:
    """What may be told of it: nothing where fewer than five dealers or things are concerned."""
    few = found.of < FEWEST or found.dealers < FEWEST
    return None if few and score not in ALWAYS_TOLD else found


def figure(
    score: Score, length: ScoreLength, start: date, until: date, found: Counted | None
) -> ScoreFigure:
    """A figure to be kept, not saved; with nothing in it where nothing may be told."""
    made = ScoreFigure(score=score, length=length, start=start, until=until)
    if found is not None:
        made.count, made.of, made.value = found.count, found.of, found.value
    return made


def quarter_is_told(months: Iterable[bool]) -> bool:
    """Whether a quarter is told: all of its months are, or none.

    From the quarter and two of its months one could work out the third.
    """
    return len(set(months)) == 1


@dataclass(slots=True)
class Row:
    """One figure with its months and quarters, the newest first."""

    score: Score
    months: list[ScoreFigure] = field(default_factory=list)
    quarters: list[ScoreFigure] = field(default_factory=list)

    @property
    def label(self) -> str:
        return str(self.score.label)

    @property
    def defined(self) -> str:
        return str(DEFINED[self.score])

    @property
    def plain(self) -> bool:
        """Whether it is a count alone, of nothing."""
        return self.score in {Score.BROKEN_GLASS, Score.REFUSED, Score.VOIDED}

    @property
    def fell(self) -> bool:
        """Whether more was told of one of its months on an earlier night."""
        return any(each.earlier_of for each in self.months)

    @property
    def median(self) -> bool:
        """Whether it is a median, of so many."""
        return self.score in {Score.CASE_DAYS, Score.DISPUTE_DAYS}


def page(*lengths: ScoreLength) -> list[Row]:
    """Every figure as it is known latest, of all lengths of time or of those named."""
    rows = {score: Row(score) for score in Score}
    for each in _latest(lengths or tuple(SHOWN)):
        row = rows[Score(each.score)]
        kept = row.months if each.length == ScoreLength.MONTH else row.quarters
        if len(kept) < SHOWN[ScoreLength(each.length)]:
            kept.append(each)
    return list(rows.values())


def rooted_later(rows: Iterable[Row]) -> date | None:
    """The day from which all of it is in chains, where a month of ``rows`` begins before that."""
    oldest = min((each.start for row in rows for each in row.months), default=None)
    rooted: date | None = DailyRoot.objects.aggregate(first=Min("day"))["first"]
    return rooted if oldest and rooted and rooted > oldest else None


def as_rows() -> Iterator[tuple[Any, ...]]:
    """What is told on the page as rows of a file: each figure with the moments it is of."""
    yield (*SCORE_COLUMNS, "median_days", "earlier_of")
    for row in page():
        for each in (*row.months, *row.quarters):
            if each.of is not None:
                first = hq_midnight(each.start)
                last = hq_midnight(each.until + timedelta(days=1))
                moments = (first.isoformat(), last.isoformat())
                told_of = (each.count, each.of, each.value, each.earlier_of)
                yield (row.score.value, *moments, *told_of)


def _latest(lengths: Iterable[ScoreLength]) -> list[ScoreFigure]:
    """Of each month and quarter what was known last, the newest first."""
    most = Window(Max("of"), partition_by=[F("start"), F("score")])
    known = ScoreFigure.objects.annotate(most=most)
    newest = known.order_by("-start", "score", "-until").distinct("start", "score")
    found: list[ScoreFigure] = []
    # Of each length by itself: years of months would leave no place for a quarter.
    for length in lengths:
        for each in newest.filter(length=length)[: SHOWN[length] * len(Score)]:
            # What happened becomes no less: it was counted from something else then.
            each.earlier_of = each.most if (each.most or 0) > (each.of or 0) else None
            found.append(each)
    return found

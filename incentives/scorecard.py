"""What the scorecard of headquarters is worked out from, month by month and quarter by quarter.

From the chains alone, so that each dealer counts its own part in its own file, and headquarters
cannot polish what receipts were signed for; but for the days without a root, which stand on a page
that everybody reads. ``altered`` works out once more what no later day changes of the page. Here,
because the chains tell of things that only this app knows all of: cases, leads, disputes, payments.
"""

# ruff: noqa: S608 -- statements are put together from our own text

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, Min
from django.utils import timezone

from dealers import scorecard
from dealers.models import Link, Score, ScoreFigure, ScoreLength
from dealers.months import add_months, first_day, hq_day, hq_midnight, next_month
from dealers.scorecard import Counted

LATE_AFTER = 30  # days until a payment arrives

# What links of a kind tell, one row for each: older links have no salt around it.
_TELLING = """
    SELECT link.dealer_id AS dealer, said FROM dealers_link AS link
    CROSS JOIN LATERAL json_array_elements(CASE WHEN left(link.body, 1) = '['
        THEN link.body::json ELSE link.body::json -> 'told' END) AS said
    WHERE link.kind = '{kind}'"""
_AT = "(said ->> 'at')::timestamptz"
_THEN = "{at} >= %(start)s AND {at} < %(end)s"
_IN_TIME = _THEN.format(at=_AT)

# Both sides have each ruling in their chains: it counts once, when it was put on file. By silence
# it takes effect when its time was over, and a job that is late puts it down in another month, when
# the figures of that one are kept. Rulings of before say nothing of when their case was opened.
_RULINGS = f"""
    SELECT DISTINCT ON (said ->> 'case', said ->> 'instance')
        dealer, said ->> 'case' AS code, (said ->> 'instance')::int AS instance,
        (said ->> 'silence')::boolean AS silence, {_AT} AS at,
        (said ->> 'opened')::timestamptz AS opened,
        coalesce(said ->> 'recorded', said ->> 'at')::timestamptz AS recorded,
        said ->> 'outcome' AS outcome, said ->> 'share' AS share
    FROM ({_TELLING.format(kind="ruling")}) AS told
    ORDER BY said ->> 'case', said ->> 'instance', dealer"""
_LOOKS = f"""
    SELECT dealer, said ->> 'action' AS action
    FROM ({_TELLING.format(kind="access")}
        AND link.at >= %(start)s AND link.at < %(end)s::timestamptz + interval '2 days') AS told
    WHERE {_IN_TIME} AND said ->> 'role' = 'hq'"""
_DISPUTES = f"""
    SELECT dealer, said ->> 'dispute' AS code, {_AT} AS at,
        (said ->> 'decide_by')::timestamptz AS decide_by
    FROM ({_TELLING.format(kind="dispute")}) AS told WHERE said ->> 'event' = 'opened'"""
# One with an amount takes effect with the booking of that.
_DECIDED = f"""
    SELECT o.dealer, o.code, o.at AS opened, o.decide_by, (r.said ->> 'instance')::int AS instance,
        r.said ->> 'outcome' AS outcome, CASE WHEN r.said ->> 'adjustment' IS NULL
            THEN (r.said ->> 'at')::timestamptz ELSE b.effective END AS at
    FROM ({_DISPUTES}) AS o
    JOIN ({_TELLING.format(kind="dispute")}) AS r
        ON r.said ->> 'event' = 'decided' AND r.said ->> 'dispute' = o.code
    LEFT JOIN (
        SELECT said ->> 'key' AS key, (said ->> 'effective')::timestamptz AS effective
        FROM ({_TELLING.format(kind="booking")} AND link.body LIKE '%%"key" : "adjust:%%') AS told
    ) AS b ON b.key = 'adjust:' || (r.said ->> 'adjustment')
    WHERE r.said ->> 'adjustment' IS NULL OR b.key IS NOT NULL"""
_LEADS = f"""
    SELECT dealer, said ->> 'event' AS event, said ->> 'lead' AS lead, {_AT} AS at
    FROM ({_TELLING.format(kind="lead")}) AS told"""
# All dealers are told of each: it counts once.
_OF_ALL = f"""
    SELECT DISTINCT ON (said ->> 'event', said ->> 'number')
        said ->> 'event' AS event, (said ->> 'passed')::boolean AS passed, {_AT} AS at
    FROM ({_TELLING.format(kind="network")}) AS told
    ORDER BY said ->> 'event', said ->> 'number'"""
_DAYS = "extract(epoch FROM {later} - {earlier}) / 86400"

# Each gives a row for each thing that is counted: the dealer, whether it is one of those that the
# figure is about, and days, of which the median is taken.
COUNTED: dict[Score, str] = {
    Score.CASE_DAYS: f"""
        SELECT dealer, true AS hit, {_DAYS.format(later="at", earlier="opened")} AS days
        FROM ({_RULINGS}) AS r
        WHERE instance = 1 AND opened IS NOT NULL AND {_THEN.format(at="recorded")}""",
    Score.CASES_LATE: f"""
        SELECT dealer, silence AS hit, NULL::numeric AS days
        FROM ({_RULINGS}) AS r WHERE {_THEN.format(at="recorded")}""",
    Score.CASES_OVERTURNED: f"""
        SELECT again.dealer, (again.outcome, again.share) IS DISTINCT FROM
            (first.outcome, first.share) AS hit, NULL::numeric AS days
        FROM ({_RULINGS}) AS again JOIN ({_RULINGS}) AS first
            ON first.code = again.code AND first.instance = 1
        WHERE again.instance = 2 AND {_THEN.format(at="again.recorded")}""",
    Score.DISPUTE_DAYS: f"""
        SELECT dealer, true AS hit, {_DAYS.format(later="at", earlier="opened")} AS days
        FROM ({_DECIDED}) AS r WHERE instance = 1 AND {_THEN.format(at="at")}""",
    # Decided by the end of a day, which is the midnight after it. Joined, so that the decisions of
    # all chains are read once, and not for each dispute.
    Score.DISPUTES_LATE: f"""
        SELECT d.dealer, r.at IS NULL OR r.at > d.decide_by AS hit, NULL::numeric AS days
        FROM ({_DISPUTES}) AS d LEFT JOIN (
            SELECT code, min(at) AS at FROM ({_DECIDED}) AS decided GROUP BY code) AS r USING (code)
        WHERE d.decide_by > %(start)s AND d.decide_by <= %(end)s""",
    Score.DISPUTES_OVERTURNED: f"""
        SELECT again.dealer, again.outcome <> first.outcome AS hit, NULL::numeric AS days
        FROM ({_DECIDED}) AS again JOIN ({_DECIDED}) AS first
            ON first.code = again.code AND first.instance = 1
        WHERE again.instance = 2 AND {_THEN.format(at="again.at")}""",
    # By when its answer was read: of a month that is kept nothing changes any more.
    Score.PAID_LATE: f"""
        SELECT dealer, days > %(late)s AS hit, days FROM (
            SELECT DISTINCT ON (said ->> 'statement') dealer, {_AT} AS at,
                (said ->> 'on')::date - (greatest((said ->> 'approved')::timestamptz,
                    (said ->> 'account')::timestamptz) AT TIME ZONE %(zone)s)::date AS days
            FROM ({_TELLING.format(kind="payment")}) AS told WHERE said ->> 'state' = 'paid'
            ORDER BY said ->> 'statement', {_AT}, said ->> 'on', said ->> 'payment'
        ) AS paid
        WHERE {_THEN.format(at="at")}""",
    Score.LEADS_JUNK: f"""
        SELECT dealer, EXISTS (
            SELECT FROM ({_LEADS}) AS back WHERE back.event = 'taken' AND back.lead = l.lead
        ) AS hit, NULL::numeric AS days
        FROM ({_LEADS}) AS l WHERE event = 'accepted' AND {_THEN.format(at="at")}""",
    Score.NUMBERS: f"""
        SELECT dealer, action = 'reveal' AS hit, NULL::numeric AS days FROM ({_LOOKS}) AS looks""",
    Score.NUMBERS_REFUSED: f"""
        SELECT dealer, action = 'refused' AS hit, NULL::numeric AS days FROM ({_LOOKS}) AS looks
        WHERE action IN ('reveal', 'refused')""",
    Score.BROKEN_GLASS: f"""
        SELECT NULL::bigint AS dealer, true AS hit, NULL::numeric AS days
        FROM ({_OF_ALL}) AS r WHERE event = 'emergency' AND {_THEN.format(at="at")}""",
    # Both sides of a case are told of the same act, and of some all dealers: it counts once.
    Score.REFUSED: f"""
        SELECT DISTINCT ON (said ->> 'act', said ->> 'card', said ->> 'person', said ->> 'agent',
            said ->> 'at', said ->> 'words') dealer, true AS hit, NULL::numeric AS days
        FROM ({_TELLING.format(kind="refused")}) AS told WHERE {_IN_TIME}""",
    # A case orders what is a fraud, and a store asks for what is returned.
    Score.VOIDED: f"""
        SELECT dealer, true AS hit, NULL::numeric AS days
        FROM ({_TELLING.format(kind="void")}) AS told
        WHERE {_IN_TIME} AND said ->> 'role' = 'hq'
            AND said ->> 'reason' NOT IN ('fraud', 'returned')""",
    Score.ROOTS: """
        SELECT NULL::bigint AS dealer, NOT EXISTS (
            SELECT FROM dealers_dailyroot AS root WHERE root.day = told.day::date) AS hit,
            NULL::numeric AS days
        FROM generate_series(
            greatest(%(first)s::date, (SELECT min(day) FROM dealers_dailyroot)), %(until)s::date,
            interval '1 day') AS told(day)""",
    Score.DRILLS: f"""
        SELECT NULL::bigint AS dealer, NOT passed AS hit, NULL::numeric AS days
        FROM ({_OF_ALL}) AS r WHERE event = 'drill' AND {_THEN.format(at="at")}""",
}


def keep(at: datetime) -> int:
    """Keep the figures of every month up to yesterday that are not kept; how many. For the worker.

    Again on the same day: nothing. A quarter is kept once its last month is over.
    """
    yesterday = hq_day(at) - timedelta(days=1)
    return sum(_keep(month, yesterday) for month in _months(yesterday))


def _months(yesterday: date) -> Iterator[date]:
    """The months to look at: from the last that is kept, else from where the chains begin."""
    kept = ScoreFigure.objects.filter(length=ScoreLength.MONTH).aggregate(last=Max("start"))["last"]
    if kept is None:
        begun = Link.objects.aggregate(first=Min("at"))["first"]
        kept = first_day(hq_day(begun) if begun else yesterday)
    while kept <= yesterday:
        yield kept
        kept = next_month(kept)


@transaction.atomic
def _keep(month: date, yesterday: date) -> int:
    last = next_month(month) - timedelta(days=1)
    until = min(last, yesterday)
    months = ScoreFigure.objects.filter(length=ScoreLength.MONTH)
    if months.filter(start=month, until=until).exists():
        return 0
    made = [
        scorecard.figure(
            score,
            ScoreLength.MONTH,
            month,
            until,
            scorecard.told(score, count(score, month, until)),
        )
        for score in Score
    ]
    if until == last and month.month % 3 == 0:
        made += _quarter(add_months(month, -2), last, {each.score: each for each in made})
    ScoreFigure.objects.bulk_create(made)
    return len(made)


def _quarter(start: date, last: date, third: dict[str, ScoreFigure]) -> Iterator[ScoreFigure]:
    """The figures of a quarter whose third month has just been worked out."""
    before = ScoreFigure.objects.filter(
        length=ScoreLength.MONTH, start__gte=start, start__lt=first_day(last)
    )
    shown: dict[str, dict[date, bool]] = {score: {} for score in Score.values}
    for each in before.order_by("until"):
        shown[each.score][each.start] = each.of is not None
    for score in Score:
        months = [*shown[score].values(), third[score].of is not None]
        found = scorecard.told(score, count(score, start, last))
        if not scorecard.quarter_is_told(months):
            found = None
        yield scorecard.figure(score, ScoreLength.QUARTER, start, last, found)


def count(score: Score, first: date, until: date) -> Counted:
    """What is found of a figure in the days ``[first, until]`` at headquarters."""
    values: dict[str, Any] = {
        "start": hq_midnight(first), "end": hq_midnight(until + timedelta(days=1)),
        "first": first, "until": until, "late": LATE_AFTER,
        "zone": str(timezone.get_default_timezone()),
    }  # fmt: skip
    query = f"""
        SELECT count(*) FILTER (WHERE hit), count(*), count(DISTINCT dealer),
            round((percentile_cont(0.5) WITHIN GROUP (ORDER BY days))::numeric, 2)
        FROM ({COUNTED[score]}) AS counted"""
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        hits, of, dealers, value = cursor.fetchone()
    return Counted(hits, of, dealers, value)


# What is in the chains by the night after, for good: a figure of these is the same whenever it is
# worked out. Of others something may take effect later, or be taken back.
_SETTLED = (
    Score.CASES_LATE, Score.CASES_OVERTURNED, Score.NUMBERS, Score.NUMBERS_REFUSED, Score.VOIDED,
)  # fmt: skip


def altered() -> list[str]:
    """Settled figures on the page that are not what the chains give, worked out once more."""
    found = []
    for row in scorecard.page():
        for each in (*row.months, *row.quarters) if row.score in _SETTLED else ():
            again = count(row.score, each.start, each.until)
            if each.of is not None and (each.count, each.of) != (again.count, again.of):
                found.append(
                    f"{row.score} of {each.start} to {each.until} is {each.count} of {each.of},"
                    f" and {again.count} of {again.of} by the chains"
                )
    return found

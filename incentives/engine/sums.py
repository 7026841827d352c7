"""The lines of an event added up. What is paid by period has no amount of an event."""

from incentives.engine.stage import Stage

_ONE = """
    SELECT component_id, event, at, month, period, closing, known, back, beneficiary, owner_share,
        CASE WHEN reason IS NULL THEN base ELSE 0 END AS base, rate, worth AS exact, closed_gate,
        reason IS NULL AS counts,
        CASE WHEN reason IS NULL AND cut IS NULL THEN '{{}}'
            ELSE array_remove(ARRAY[reason, cut], NULL) END AS reasons
    FROM {lines} one WHERE NOT period_kind"""


def of_one(lines: str) -> str:
    """The query for events of one line each, which a table or a query in brackets has."""
    return _ONE.format(lines=lines)


def of_several(lines: str) -> str:
    """The query for the events of the lines that a table or a query in brackets has."""
    return f"""{of_one(lines)} AND one.lines = 1
    UNION ALL
    SELECT component_id, event, min(at), min(month), min(period), min(closing), bool_or(known),
        bool_or(back), min(beneficiary), min(owner_share),
        coalesce(sum(base) FILTER (WHERE reason IS NULL), 0),
        CASE WHEN min(rate) = max(rate) THEN min(rate) END, sum(worth), min(closed_gate),
        bool_or(reason IS NULL),
        array_remove(array_agg(DISTINCT reason) || array_agg(DISTINCT cut), NULL)
    FROM {lines} lines WHERE NOT period_kind AND lines.lines > 1 GROUP BY component_id, event"""


SUMS = Stage(
    "engine_summed",
    {
        "component_id": "the component",
        "event": "external_id of the event",
        "at": "moment",
        "month": "that it counts in",
        "period": "the window around it",
        "closing": "the month that books it",
        "known": "whether it was booked by an earlier closing",
        "back": "whether it takes away what the same event brought",
        "beneficiary": "code",
        "owner_share": "of a sale",
        "base": "sum of the lines that count",
        "rate": "where it is one for all lines",
        "exact": "amount, not yet rounded",
        "closed_gate": "the first gate that is closed",
        "counts": "whether a line does",
        "reasons": "codes of what cut it or made it zero",
    },
    of_several("engine_line"),
    of_one=of_one("engine_line"),
)

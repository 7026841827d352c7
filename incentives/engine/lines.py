"""What a line is worth, under the cap and above the floor of a line; exact, not yet rounded."""

from incentives.engine.stage import Stage

_LIMITS = ("line_cap", "line_floor")

LINES = Stage(
    "engine_line",
    {
        "component_id": "the component",
        "line": "the fact's",
        "lines": "how many lines the fact's event has",
        "event": "external_id of the fact",
        "at": "moment of the event",
        "day": "local day of the event",
        "month": "that the event counts in",
        "period": "the window around it",
        "closing": "the month that books it",
        "known": "whether it was booked by an earlier closing",
        "back": "whether it takes away what the same event brought",
        "beneficiary": "code",
        "owner_share": "of a sale",
        "category": "the fact's",
        "quantity": "the fact's",
        "net": "the fact's",
        "reason": "code of why it gives nothing",
        "closed_gate": "the first gate that is closed",
        "base": "what is measured",
        "weight": "the line's part of its event where it is counted",
        "rate": "of the row that applies",
        "worth": "exact amount of the line; 0 where a reason stands",
        "cut": "line_cap or line_floor where one changed it",
        "period_kind": "whether the component is paid by period",
    },
    """
WITH valued AS (
    SELECT m.*, c.line_cap, c.line_floor, c.period AS period_kind,
        CASE WHEN m.reason IS NULL AND NOT c.period THEN m.base * m.rate * m.factor ELSE 0 END
            AS before
    FROM engine_multiplied m JOIN engine_component c ON c.id = m.component_id
),
limited AS (
    SELECT *, CASE WHEN reason IS NULL AND base > 0 AND NOT period_kind
        THEN least(line_cap, greatest(line_floor, before)) ELSE before END AS worth
    FROM valued
)
SELECT component_id, line, lines, event, at, day, month, period, closing, known, back, beneficiary,
    owner_share, category, quantity, net, reason, closed_gate, base, weight, rate, worth,
    CASE WHEN worth < before THEN 'line_cap' WHEN worth > before THEN 'line_floor' END AS cut,
    period_kind
FROM limited
""",
    asked=lambda component: any(component.values[name] is not None for name in _LIMITS),
    otherwise="""
SELECT m.component_id, m.line, m.lines, m.event, m.at, m.day, m.month, m.period, m.closing, m.known,
    m.back, m.beneficiary, m.owner_share, m.category, m.quantity, m.net, m.reason, m.closed_gate,
    m.base, m.weight, m.rate,
    CASE WHEN m.reason IS NULL AND NOT c.period THEN m.base * m.rate * m.factor ELSE 0 END AS worth,
    NULL::text AS cut, c.period AS period_kind
FROM engine_multiplied m JOIN engine_component c ON c.id = m.component_id
""",
    kept=True,
)

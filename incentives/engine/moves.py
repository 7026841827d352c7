"""Amounts of events and what comes back of them, in the order in which they are booked.

All returns of a sale are rounded together, so that nothing of it is lost or left. Where a cap
counts both, what comes back belongs to the month of its sale.
"""

from incentives.engine.stage import Stage, half_up

MOVES = Stage(
    "engine_move",
    {
        "component_id": "the component",
        "beneficiary": "code",
        "event": "external_id, empty for a period's result",
        "sale": "what it belongs to: the event, for a return its sale, else the period",
        "at": "moment",
        "back": "whether it comes back",
        "closing": "the month that books it",
        "period": "whose cap it counts under",
        "month": "whose cap of a beneficiary it counts under",
        "for_month": "the month that it is for",
        "base": "negative where it comes back",
        "rate": "where it is one",
        "worth": "amount before caps that others share",
        "amount": "amount so far",
        "reasons": "codes of what cut it",
        "closed_gate": "the first gate that is closed",
        "adjustment": "whether it changes a period that was closed",
    },
    f"""
WITH taken AS (
    SELECT o.component_id, o.beneficiary, r.event, r.sale, r.at, r.closing, o.period, o.month,
        r.month AS own_month, o.worth AS sold_worth, o.closed_gate, r.in_time,
        {half_up("r.base_gone")} - coalesce(lag({half_up("r.base_gone")}) OVER so_far, 0) AS base,
        {half_up("o.worth * r.gone")}
            - coalesce(lag({half_up("o.worth * r.gone")}) OVER so_far, 0) AS taken
    FROM engine_return r JOIN engine_order o
        ON o.component_id = r.component_id AND o.event = r.sale
    WINDOW so_far AS (PARTITION BY r.component_id, r.sale ORDER BY r.closing, r.at, r.event)
),
moved AS (
    SELECT component_id, beneficiary, event, event AS sale, at, false AS back, closing, period,
        month, month AS own_month, base, rate, worth, reasons, closed_gate
    FROM engine_order
    UNION ALL
    SELECT component_id, beneficiary, event, sale, at, true, closing, period, month, own_month,
        -base, NULL, -taken, CASE WHEN in_time THEN '{{}}' ELSE ARRAY['clawback_over'] END,
        closed_gate
    FROM taken WHERE sold_worth <> 0
)
SELECT m.component_id, m.beneficiary, m.event, m.sale, m.at, m.back, m.closing, m.period, m.month,
    CASE WHEN coalesce(c.period_cap, c.beneficiary_cap, c.budget_cap) IS NULL THEN m.own_month
        ELSE m.month END AS for_month,
    m.base, m.rate, m.worth, m.worth AS amount, m.reasons, m.closed_gate, false AS adjustment
FROM moved m JOIN engine_component c ON c.id = m.component_id
""",
)

"""Amounts of events and what comes back of them, in the order in which they are booked.

All returns of a sale are rounded together, so that nothing of it is lost or left: what was booked
of it by earlier closings is what it was worth, and what was taken. Where a cap
counts both, what comes back belongs to the month of its sale. Of a sale that is split the whole
that is gone is rounded once and split as the sale was: of it, too, both parts are all. Engines
before rounded each part by itself.

Of what is paid by count a return takes its part, which is no money: it is kept with 18 decimals.
Engines before that rounded it like money.
"""

from incentives.engine.orders import worth
from incentives.engine.stage import EXACT, Stage, half_up
from incentives.engine.sums import of_several

_RETURNED = "(SELECT * FROM engine_line WHERE event IN (SELECT sale FROM engine_return))"

MOVES = Stage(
    "engine_move",
    {
        "component_id": "the component",
        "beneficiary": "code",
        "event": "external_id, none for a period's result",
        "sale": "what it belongs to: the event, for a return its sale, none for a period's result",
        "at": "moment",
        "back": "whether it comes back",
        "closing": "the month that books it",
        "period": "whose cap it counts under",
        "month": "whose cap of a beneficiary it counts under",
        "for_month": "the month that it is for",
        "base": "negative where it comes back",
        "rate": "where it is one",
        "share": "of the beneficiary, where the amount is split",
        "worth": "amount before caps that others share",
        "amount": "amount so far",
        "reasons": "codes of what cut it",
        "closed_gate": "the first gate that is closed",
        "adjustment": "whether it changes a period that was closed",
    },
    f"""
WITH booked AS (
    SELECT component_id, sale, min(beneficiary) FILTER (WHERE event = sale) AS beneficiary,
        sum(worth) FILTER (WHERE event = sale) AS worth,
        -coalesce(sum(base) FILTER (WHERE event <> sale), 0) AS base_taken,
        -coalesce(sum(worth) FILTER (WHERE event <> sale), 0) AS taken
    FROM engine_booked_event GROUP BY component_id, sale
),
sold AS (
    SELECT o.component_id, o.event, coalesce(b.beneficiary, o.beneficiary) AS beneficiary, o.period,
        o.month, o.closed_gate, o.whole, CASE WHEN o.known THEN b.worth ELSE o.worth END AS worth,
        coalesce(b.base_taken, 0) AS base_taken, coalesce(b.taken, 0) AS taken
    FROM ({worth(f"({of_several(_RETURNED)})")}) o
    LEFT JOIN booked b ON b.component_id = o.component_id AND b.sale = o.event
),
targets AS (
    SELECT s.*, r.event AS return, r.at, r.closing, r.month AS own_month, r.in_time,
        CASE WHEN c.base = 'count' AND r.closing <> ALL (%(before_fourth)s::date[]) THEN r.base_gone
            ELSE {half_up("r.base_gone")} END AS base_target,
        CASE WHEN NOT split THEN {half_up("s.worth * r.gone")}
            WHEN c.to_seller THEN
                gone_of_all - {half_up(f"{EXACT} * gone_of_all * (s.whole - s.worth) / s.whole")}
            ELSE {half_up(f"{EXACT} * gone_of_all * s.worth / s.whole")} END AS target
    FROM engine_return r JOIN sold s ON s.component_id = r.component_id AND s.event = r.sale
    JOIN engine_component c ON c.id = r.component_id
    CROSS JOIN LATERAL (
        SELECT {half_up("s.whole * r.gone")} AS gone_of_all,
            coalesce(s.whole > 0 AND s.worth BETWEEN 0 AND s.whole, false)
            AND r.closing <> ALL (%(before_fifth)s::date[]) AS split
    ) parts
    WHERE NOT r.known AND s.worth IS NOT NULL
),
taken_back AS (
    SELECT *, base_target - coalesce(lag(base_target) OVER so_far, base_taken) AS base,
        target - coalesce(lag(target) OVER so_far, taken) AS worth_back
    FROM targets
    WINDOW so_far AS (PARTITION BY component_id, event ORDER BY closing, at, return)
),
moved AS (
    SELECT component_id, beneficiary, event, event AS sale, at, back, closing, period, month,
        month AS for_month, base, rate, share, worth, reasons, closed_gate
    FROM engine_order WHERE NOT known
    UNION ALL
    SELECT t.component_id, t.beneficiary, t.return, t.event, t.at, true, t.closing, t.period,
        t.month, CASE WHEN coalesce(c.period_cap, c.beneficiary_cap, c.budget_cap) IS NULL
            THEN t.own_month ELSE t.month END,
        -t.base, NULL, NULL, -t.worth_back,
        CASE WHEN t.in_time THEN '{{}}' ELSE ARRAY['clawback_over'] END, t.closed_gate
    FROM taken_back t JOIN engine_component c ON c.id = t.component_id
)
SELECT component_id, beneficiary, event, sale, at, back, closing, period, month, for_month, base,
    rate, share, worth, worth AS amount, reasons, closed_gate, false AS adjustment
FROM moved
""",
)

"""What came back of a sale, as it stands after each return of it.

A return takes back its part of each category that it names, measured in what was paid for: money,
or units where these are paid or no money was. A return of money alone takes nothing from what is
paid by count, until all goods of the sale are back. Returns later than ``clawback_days`` after the
sale take nothing, and say so. (What a return of no category is of: ``engine.categories``.)
"""

from incentives.engine.stage import EXACT, Stage

RETURNS = Stage(
    "engine_return",
    {
        "component_id": "the component",
        "sale": "external_id of the sale",
        "event": "external_id of the return",
        "at": "moment of the return",
        "month": "that the return counts in",
        "closing": "the month that books it",
        "known": "whether it was booked by an earlier closing",
        "gone": "part of the sale's amount that is gone after it, 0 to 1",
        "base_gone": "base that is gone after it",
        "in_time": "whether it takes anything back",
    },
    f"""
WITH sold AS (
    SELECT l.component_id, l.event AS sale, l.category, min(l.day) AS day, sum(l.base) AS base,
        sum(CASE WHEN c.base IN ('net', 'units') AND NOT c.period THEN l.worth ELSE l.weight END)
            AS weight, sum(l.net) AS net, sum(l.quantity) AS units
    FROM engine_line l JOIN engine_component c ON c.id = l.component_id AND c.fact = 'sale'
    WHERE l.reason IS NULL AND l.event IN (SELECT returns FROM engine_fact WHERE kind = 'return')
    GROUP BY 1, 2, 3
),
whole AS (
    SELECT s.*, c.base AS measured, c.period, c.clawback_days,
        c.base = 'units' OR s.net = 0 AS by_units,
        CASE WHEN c.base = 'units' OR s.net = 0 THEN s.units ELSE s.net END AS whole,
        sum(s.units) OVER sale AS all_units
    FROM sold s JOIN engine_component c ON c.id = s.component_id
    WINDOW sale AS (PARTITION BY s.component_id, s.sale)
),
came AS (
    SELECT *, sum(quantity) OVER (PARTITION BY external_id) = 0 AS money_alone
    FROM engine_fact WHERE kind = 'return'
),
back AS (
    SELECT w.component_id, w.sale, w.category, r.external_id AS event, min(r.at) AS at,
        min(r.month) AS month, min(r.closing) AS closing, bool_or(r.known) AS known,
        min(r.day) <= w.day + w.clawback_days AS in_time,
        sum(CASE WHEN w.by_units THEN r.quantity * own
            WHEN w.measured = 'count' AND r.money_alone THEN 0
            ELSE r.net * own END) AS part,
        sum(sum(r.quantity * own)) OVER (
            PARTITION BY w.component_id, w.sale, r.external_id) AS all_back,
        sum(coalesce(r.margin, CASE WHEN w.net = 0 THEN 0 ELSE {EXACT} * r.net * w.base / w.net END)
            * own) AS margin,
        sum(CASE WHEN w.measured = 'count' AND r.money_alone AND NOT w.by_units
            THEN r.net * own ELSE 0 END) AS alone
    FROM whole w JOIN came r ON r.returns = w.sale
    CROSS JOIN LATERAL (
        SELECT (r.category IS NOT DISTINCT FROM w.category)::int AS own
    ) parts
    GROUP BY w.component_id, w.sale, w.category, w.day, w.clawback_days, r.external_id
),
running AS (
    SELECT b.component_id, b.sale, b.category, b.event, b.at, b.month, b.closing, b.known,
        b.in_time,
        w.measured, w.period, w.base, w.weight, w.whole, least(w.whole,
            coalesce(sum(part) FILTER (WHERE in_time) OVER so_far, 0)
            + CASE WHEN sum(all_back) FILTER (WHERE in_time) OVER so_far < w.all_units THEN 0
                ELSE coalesce(sum(alone) FILTER (WHERE in_time) OVER so_far, 0) END) AS back,
        coalesce(sum(b.margin) FILTER (WHERE in_time) OVER so_far, 0) AS margin_back
    FROM back b JOIN whole w ON w.component_id = b.component_id AND w.sale = b.sale
        AND w.category IS NOT DISTINCT FROM b.category
    WINDOW so_far AS (PARTITION BY b.component_id, b.sale, b.category
        ORDER BY b.closing, b.at, b.event)
),
added AS (
    SELECT component_id, sale, event, min(at) AS at, min(month) AS month, min(closing) AS closing,
        bool_or(known) AS known, bool_and(in_time) AS in_time, min(measured) AS measured,
        bool_or(period) AS period,
        sum(base) AS base,
        sum(CASE measured WHEN 'margin' THEN margin_back ELSE base * lost END) AS base_gone,
        CASE WHEN sum(weight) = 0 THEN 0 ELSE sum(weight * lost) / sum(weight) END AS gone
    FROM running CROSS JOIN LATERAL (
        SELECT CASE WHEN whole = 0 THEN 0 ELSE {EXACT} * back / whole END AS lost
    ) parts
    GROUP BY component_id, sale, event
)
SELECT component_id, sale, event, at, month, closing, known, gone,
    CASE WHEN measured <> 'count' THEN round(base_gone, 18)
        WHEN period THEN CASE WHEN round(gone, 18) = 1 THEN base ELSE 0 END
        ELSE round(base * gone, 18) END AS base_gone,
    in_time
FROM added
""",
    kept=True,
)

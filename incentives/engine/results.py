"""What a month comes to, as results and lines: what a closing books, an estimate keeps, and a
recomputation holds against the books.

A result is what a component gives a dealer for a month, with the numbers that "why this amount" is
made of. A line is an event's part in it: what is paid per event has an amount, what is paid by
period brings base only. What is paid is positive inside the stages; what a dealer pays is turned
negative here.
"""

from incentives.engine.registry import SALE
from incentives.return_window import window_over_from_sql

# What gives nothing and is no line of the books.
NOTHING = "'{net_zero,clawback_over}'"

# The lines of the books, and with an empty event what is paid by period.
LINES = f"""
SELECT p.component_id, p.beneficiary AS dealer_id, p.event, c.fact, p.for_month,
    false AS adjustment, p.back, p.at, p.base, p.rate, p.share,
    CASE WHEN p.closed_gate IS NULL THEN c.sign * p.worth ELSE 0 END AS uncapped,
    c.sign * p.amount AS amount, coalesce(p.closed_gate, '') AS closed_gate
FROM engine_paid p JOIN engine_component c ON c.id = p.component_id
WHERE CASE WHEN c.period THEN p.event IS NULL ELSE NOT p.reasons && {NOTHING} END
UNION ALL
SELECT component_id, beneficiary, event, '{SALE}', period, period < closing, false, at,
    base, NULL, NULL, NULL, NULL, ''
FROM engine_line
WHERE period_kind AND NOT known AND reason IS NULL AND closed_gate IS NULL
UNION ALL
SELECT r.component_id, s.beneficiary, r.event, '{SALE}', s.period, s.period < r.closing,
    true, r.at, -came.net, NULL, NULL, NULL, NULL, ''
FROM engine_return r
JOIN engine_line s ON s.component_id = r.component_id AND s.event = r.sale AND s.period_kind
    AND s.reason IS NULL AND s.closed_gate IS NULL
JOIN engine_fact came ON came.kind = 'return' AND came.external_id = r.event
WHERE NOT r.known AND r.in_time
"""

# What results have in common, added up from their lines.
_SUMS = """
SELECT component_id, dealer_id, for_month, adjustment, count(*) AS count, sum(base) AS base,
    coalesce(-sum(base) FILTER (WHERE back), 0) AS returned, sum(uncapped) AS uncapped,
    sum(amount) AS amount, count(*) FILTER (WHERE back) AS returns,
    count(*) FILTER (WHERE NOT back AND closed_gate <> '') AS unpaid,
    coalesce(sum(amount) FILTER (WHERE back), 0) AS taken_back
FROM booked_lines WHERE event IS NOT NULL GROUP BY component_id, dealer_id, for_month, adjustment
"""

RESULTS = f"""
WITH sums AS ({_SUMS}),
of_events AS (
    SELECT s.component_id, s.dealer_id, s.for_month, s.adjustment, s.count, s.base, s.returned,
        s.uncapped, s.amount, jsonb_build_object(
            'rate', c.only_rate::text, 'cap', c.period_cap::text,
            'events', (s.count - s.returns - s.unpaid)::text, 'returns', s.returns::text,
            'paid', (s.amount - s.taken_back)::text, 'taken_back', s.taken_back::text,
            'before_cap', s.uncapped::text, 'amount', s.amount::text
        ) AS explanation
    FROM sums s JOIN engine_component c ON c.id = s.component_id AND NOT c.period
),
periods AS (
    SELECT s.component_id, s.dealer_id, s.for_month, s.adjustment, s.count, s.base, s.returned,
        c.sign, c.gives, c.recompute, c.period_cap, p.uncapped AS uncapped_change,
        p.amount AS change,
        coalesce(b.sold, 0) + s.base + s.returned AS sold,
        coalesce(b.returned, 0) + s.returned AS gone, coalesce(b.amount, 0) AS before
    FROM sums s JOIN engine_component c ON c.id = s.component_id AND c.period
    JOIN booked_lines p ON p.component_id = s.component_id AND p.event IS NULL
        AND p.dealer_id = s.dealer_id AND p.for_month = s.for_month
    LEFT JOIN engine_booked b ON b.component_id = s.component_id
        AND b.beneficiary = s.dealer_id AND b.period = s.for_month
),
of_periods AS (
    SELECT p.component_id, p.dealer_id, p.for_month, p.adjustment, p.count, p.base, p.returned,
        uncapped_change AS uncapped, change AS amount, jsonb_build_object(
            'sold', sold::text, 'returned', gone::text, 'measured', measured::text,
            'parts', coalesce(parts, '[]'::jsonb), 'exact', exact::text,
            'rounded', rounded::text, 'cap', period_cap::text,
            'capped', least(period_cap, rounded)::text,
            'target', (before + sign * change)::text, 'before', before::text,
            'amount', change::text
        ) AS explanation
    FROM periods p
    CROSS JOIN LATERAL (
        SELECT CASE WHEN recompute THEN greatest(sold - gone, 0) ELSE sold END AS measured
    ) m
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(part * rate), 0) AS exact,
            round(coalesce(sum(part * rate), 0), %(decimals)s) AS rounded,
            jsonb_agg(jsonb_build_object('from', starts_at::text, 'to', ends_at::text,
                'base', part::text, 'rate', rate::text, 'amount', (part * rate)::text)
                ORDER BY starts_at) FILTER (WHERE part IS NOT NULL) AS parts
        FROM (
            SELECT r.starts_at, r.ends_at, r.rate, CASE
                WHEN p.gives = 'rate' AND measured >= r.starts_at
                    AND (r.ends_at IS NULL OR measured < r.ends_at) THEN measured
                WHEN p.gives = 'part' AND measured > r.starts_at
                    THEN least(measured, coalesce(r.ends_at, measured)) - r.starts_at
                WHEN p.gives = 'amount' AND measured > 0 AND measured >= r.starts_at
                    AND (r.ends_at IS NULL OR measured < r.ends_at) THEN 1 END AS part
            FROM engine_rate r WHERE r.component_id = p.component_id
        ) t
    ) v
)
SELECT r.component_id, r.dealer_id, r.for_month, r.adjustment, r.count, r.base, r.returned,
    r.uncapped, r.amount, r.explanation || jsonb_build_object(
        'plan', plan.code, 'version', v.number::text, 'kind', c.kind, 'clawback', c.clawback
    ) AS explanation
FROM (SELECT * FROM of_events UNION ALL SELECT * FROM of_periods) r
JOIN incentives_component c ON c.id = r.component_id
JOIN incentives_planversion v ON v.id = c.version_id
JOIN incentives_plan plan ON plan.id = v.plan_id
"""

_EVENT = """CASE WHEN l.fact = 'sale' THEN l.event END AS order_id,
    CASE WHEN l.fact <> 'sale'
        THEN ('x' || right(replace(l.event::text, '-', ''), 16))::bit(64)::bigint
    END AS registration_id"""

# A result's id tells its run, component and place, so that ids and lines rise together: that is
# what the index of lines by result lives on.
BOOK = f"""
WITH booked AS (
    INSERT INTO incentives_result (id, run_id, component_id, dealer_id, for_month, adjustment,
        count, base, returned, uncapped, amount, explanation)
    SELECT (lpad(to_hex(%(run)s::bigint), 12, '0') || lpad(to_hex(component_id), 8, '0')
            || lpad(to_hex(row_number() OVER (
                PARTITION BY component_id ORDER BY dealer_id, for_month, adjustment)), 12, '0')
        )::uuid, %(run)s, component_id, dealer_id, for_month, adjustment,
        count, base, returned, uncapped, amount, explanation
    FROM booked_results
    RETURNING id, component_id, dealer_id, for_month, adjustment
),
written AS (
    INSERT INTO incentives_line
        (result_id, order_id, registration_id, base, rate, share, uncapped, amount, closed_gate)
    SELECT b.id, {_EVENT}, l.base, l.rate, l.share, l.uncapped, l.amount, l.closed_gate
    FROM booked_lines l JOIN booked b USING (component_id, dealer_id, for_month, adjustment)
    WHERE l.event IS NOT NULL
    ORDER BY b.id
)
SELECT count(*) FROM booked
"""

READ = """
SELECT component_id, dealer_id, for_month, adjustment, count, base, returned, uncapped, amount,
    explanation::text
FROM booked_results ORDER BY component_id, dealer_id, for_month, adjustment
"""

BY_COMPONENT = """
SELECT component_id, sum(amount) FROM booked_results GROUP BY component_id
"""

LINES_ABOUT = """
SELECT component_id, dealer_id, event, for_month, adjustment, at, base, rate, share, uncapped,
    amount, closed_gate
FROM booked_lines WHERE fact = 'sale' AND event = ANY (%(orders)s::uuid[])
AND (%(dealer)s::bigint IS NULL OR dealer_id = %(dealer)s)
ORDER BY at, event, component_id
"""

KEEP = f"""
WITH kept AS (
    INSERT INTO incentives_openresult (open_month_id, component_id, for_month, adjustment, count,
        base, returned, uncapped, amount, explanation)
    SELECT %(open_month)s, component_id, for_month, adjustment, count, base, returned, uncapped,
        amount, explanation
    FROM booked_results WHERE dealer_id = %(dealer)s
    RETURNING id, component_id, for_month, adjustment
),
written AS (
    INSERT INTO incentives_openline (open_month_id, result_id, order_id, registration_id, at, back,
        base, rate, share, uncapped, amount, closed_gate, certain_at)
    SELECT %(open_month)s, l.id, l.order_id, l.registration_id, l.at, l.back, l.base, l.rate,
        l.share, l.uncapped, l.amount, l.closed_gate, CASE WHEN l.amount IS NOT NULL
        THEN {window_over_from_sql("l.order_id", "c.return_window_days")} END
    FROM (
        SELECT l.*, k.id, {_EVENT}
        FROM booked_lines l JOIN kept k USING (component_id, for_month, adjustment)
        WHERE l.dealer_id = %(dealer)s AND l.event IS NOT NULL
    ) l JOIN incentives_component c ON c.id = l.component_id
    RETURNING 1
)
SELECT count(*) FROM written
"""

# A result differs where its lines do not, too: in its sums.
COMPARE = f"""
WITH computed_lines AS MATERIALIZED (
    SELECT component_id, dealer_id, for_month, adjustment, {_EVENT}, base,
        rate::numeric(14, 6) AS rate, share::numeric(9, 6) AS share, uncapped, amount, closed_gate
    FROM booked_lines l WHERE l.event IS NOT NULL
),
computed_results AS (
    SELECT component_id, dealer_id, for_month, adjustment, count, base, returned, uncapped, amount
    FROM booked_results
),
stored AS (
    SELECT id, component_id, dealer_id, for_month, adjustment, count, base, returned, uncapped,
        amount
    FROM incentives_result WHERE run_id = %(run)s
),
stored_results AS (
    SELECT component_id, dealer_id, for_month, adjustment, count, base, returned, uncapped, amount
    FROM stored
),
stored_lines AS MATERIALIZED (
    SELECT s.component_id, s.dealer_id, s.for_month, s.adjustment, l.order_id, l.registration_id,
        l.base, l.rate, l.share, l.uncapped, l.amount, l.closed_gate
    FROM stored s JOIN incentives_line l ON l.result_id = s.id
),
off AS (
    SELECT 'booked' AS side, component_id, dealer_id, for_month, order_id, registration_id, base,
        amount
    FROM (TABLE stored_lines EXCEPT ALL TABLE computed_lines) b
    UNION ALL
    SELECT 'computed', component_id, dealer_id, for_month, order_id, registration_id, base, amount
    FROM (TABLE computed_lines EXCEPT ALL TABLE stored_lines) c
    UNION ALL
    SELECT 'booked', component_id, dealer_id, for_month, NULL, NULL, base, amount
    FROM (TABLE stored_results EXCEPT ALL TABLE computed_results) b
    UNION ALL
    SELECT 'computed', component_id, dealer_id, for_month, NULL, NULL, base, amount
    FROM (TABLE computed_results EXCEPT ALL TABLE stored_results) c
)
SELECT side, c.code, d.code, for_month, coalesce(o.external_id, '#' || registration_id), off.base,
    off.amount
FROM off JOIN dealers_dealer d ON d.id = off.dealer_id
JOIN incentives_component c ON c.id = off.component_id
LEFT JOIN customers_order o ON o.id = off.order_id
ORDER BY c.code, d.code, for_month, 5 NULLS LAST, side
"""

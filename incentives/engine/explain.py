"""The lines as they are booked: sign, code, and the reasons in the order in which they cut.

Lines of nothing are left out, unless a reason made them so.
"""

from incentives.engine.stage import Stage

EXPLAIN = Stage(
    "engine_result",
    {
        "month": "that books it",
        "component": "code, with -adjustment where a closed period was computed again",
        "beneficiary": "code of a dealer, person or region",
        "for_month": "the month that it is for",
        "external_id": "of the event; empty for a period's result",
        "base": "negative where it comes back",
        "rate": "where it is one",
        "amount": "negative where the beneficiary pays",
        "reason": "codes joined by +",
        "of_money": "whether the base is money",
        "plan": "code of the component's plan",
        "share": "of the beneficiary, where the amount is split",
        "multiplier": "the product of the factors that fit; none without any, nor of several",
    },
    """
WITH multiplied AS (
    SELECT component_id, event, CASE WHEN min(factor) = max(factor) THEN min(factor) END AS factor
    FROM engine_multiplied
    WHERE reason IS NULL AND component_id IN (SELECT component_id FROM engine_factor)
    GROUP BY component_id, event
)
SELECT p.closing AS month,
    c.code || CASE WHEN p.adjustment AND c.recompute THEN '-adjustment' ELSE '' END AS component,
    p.beneficiary, p.for_month, coalesce(p.event, '') AS external_id, p.base, p.rate,
    round(c.sign * p.amount, %(decimals)s) AS amount,
    array_to_string(p.reasons, '+') AS reason, c.base IN ('net', 'margin') AS of_money,
    c.plan, p.share, m.factor AS multiplier
FROM engine_paid p JOIN engine_component c ON c.id = p.component_id
LEFT JOIN multiplied m ON m.component_id = p.component_id AND m.event = p.event
WHERE p.amount <> 0 OR p.reasons <> '{}' OR p.event IS NULL AND p.base <> 0
""",
)

"""What entries have to be of what they book, in SQL for triggers."""

# A journal of an adjustment has its amount, between its dealer and its plan, and nothing else; one
# above the limit has been approved by another person than the one who proposed it. What goes with a
# return is no decision of anybody: it follows from what was approved.
ADJUSTED_OTHERWISE = """
SELECT FROM (SELECT DISTINCT journal_id FROM added) AS booked
JOIN incentives_journal AS j ON j.id = booked.journal_id AND j.source = 'adjustment'
WHERE NOT EXISTS (
    SELECT FROM incentives_adjustment AS a
    LEFT JOIN incentives_adjustmentdecision AS d ON d.adjustment_id = a.id
    WHERE a.code = j.source_key AND j.key = 'adjust:' || a.code AND j.currency = a.currency
    AND CASE WHEN a.follows_id IS NOT NULL THEN d.id IS NULL
        WHEN d.id IS NULL THEN abs(a.amount) <= a.alone_up_to
        ELSE d.approved AND d.by_id <> a.proposed_by_id END
    AND (SELECT array_agg(e.amount ORDER BY c.holder = 'dealer' DESC)
            FILTER (WHERE (c.holder, c.dealer_id) = ('dealer', a.dealer_id)
                OR (c.holder, c.plan_id) = ('plan', a.plan_id)) = ARRAY[a.amount, -a.amount]
            AND count(*) = 2
        FROM incentives_entry AS e JOIN incentives_account AS c ON c.id = e.account_id
        WHERE e.journal_id = j.id))
"""

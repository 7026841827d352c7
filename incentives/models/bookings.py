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

# What dealers are given beside what plans give, with the key of its journal once it is booked.
GIVEN = """(
    SELECT id, dealer_id, code, 'adjust:' || code AS key FROM incentives_adjustment
    UNION ALL
    SELECT id, dealer_id, code, 'reward:' || code FROM incentives_reward
    WHERE person_id IS NULL)"""

REWARD_KEY = "reward:"  # before the number, as the key of the journal

# How many people have to say the same of a held reward ``r`` of a settlement ``s``.
REVIEWS_NEEDED = "CASE WHEN r.amount > s.alone_up_to THEN 2 ELSE 1 END"

# A journal of a reward has its amount, between who gets it and the rewards' own account; one that
# was held has been released, above the limit by two people.
REWARDED_OTHERWISE = f"""
SELECT FROM (SELECT DISTINCT journal_id FROM added) AS booked
JOIN incentives_journal AS j ON j.id = booked.journal_id AND j.source = 'reward'
WHERE NOT EXISTS (
    SELECT FROM incentives_reward AS r
    JOIN incentives_rewardsettlement AS s ON s.id = r.settlement_id
    WHERE r.code = j.source_key AND j.key = 'reward:' || r.code AND j.currency = s.currency
    AND (NOT r.held OR (SELECT count(*) FILTER (WHERE said.released)
            FROM incentives_rewardreview AS said WHERE said.reward_id = r.id)
        >= {REVIEWS_NEEDED})
    AND (SELECT array_agg(e.amount ORDER BY c.holder = 'rewards')
            FILTER (WHERE c.holder = 'rewards'
                OR (c.holder, c.person_id) = ('person', r.person_id)
                OR r.person_id IS NULL AND (c.holder, c.dealer_id) = ('dealer', r.dealer_id))
                = ARRAY[r.amount, -r.amount]
            AND count(*) = 2
        FROM incentives_entry AS e JOIN incentives_account AS c ON c.id = e.account_id
        WHERE e.journal_id = j.id))
"""  # noqa: S608 -- our own text

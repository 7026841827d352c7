"""Rulebooks and plans in the words that are hashed: what a dealer holds against its chain."""

from collections.abc import Iterator

from django.db import connection

from customers.models.rulebooks import rulebook_words_sql
from incentives.models.components import plan_words_sql

_PUBLISHED = f"""
SELECT 'rulebook', r.id, {rulebook_words_sql("r")} FROM customers_rulebook AS r
WHERE r.published_at IS NOT NULL
UNION ALL
SELECT 'plan', v.id, {plan_words_sql("v")} FROM incentives_planversion AS v
WHERE v.published_at IS NOT NULL
ORDER BY 1 DESC, 2
"""  # noqa: S608 -- our own text


def lines() -> Iterator[str]:
    """What is published, as it is now, as lines of a file: rulebooks, then versions of plans.

    A line ends with the words whose SHA-256 stands in the links of what was decided by them.
    """
    with connection.cursor() as cursor:
        cursor.execute(_PUBLISHED)
        for sort, row, words in cursor.fetchall():
            yield f"portal-terms/1 {sort} {row} {words}"

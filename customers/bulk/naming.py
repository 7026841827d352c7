"""Names of a load for cards that are on file without one."""

from django.db import connection

from customers import cards


def name_cards() -> None:
    """Give the cards on file that have no name the one that a good row brings."""
    with connection.cursor() as cursor:
        cursor.execute(NAMELESS)
        changed = [
            (card_id, cards.moved_name(dealer_id, staged_id, card_id, name), tokens)
            for dealer_id, staged_id, card_id, name, tokens in cursor.fetchall()
        ]
        cursor.executemany(NAME, [(name, tokens, card_id) for card_id, name, tokens in changed])


NAMELESS = """
SELECT DISTINCT ON (k.id) c.dealer_id, c.id, k.id, c.name, c.tokens
FROM staged_card AS c
JOIN known_person AS p USING (person)
JOIN customers_customer AS k ON k.dealer_id = c.dealer_id AND k.identity_id = p.identity_id
WHERE k.name_sealed IS NULL AND c.name IS NOT NULL AND EXISTS (
    SELECT FROM staged_registration AS r JOIN dealers_store AS s ON s.id = r.store_id
    WHERE r.person = c.person AND s.dealer_id = c.dealer_id)
ORDER BY k.id, c.line
"""

NAME = """
UPDATE customers_customer SET name_sealed = %s, search_tokens = %s
WHERE id = %s AND name_sealed IS NULL
"""

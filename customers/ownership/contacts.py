"""First contacts with new customers, made in time: which they are, for whoever counts them in SQL.

What was once recorded stays one: a correction takes no contact back, as it shortens no protection,
and an earlier one that a file brings later takes nobody's place. So a month that is closed sees
ever after what its closing saw.
"""

from customers.models import ActivityKind, Answer
from customers.ownership.rulebook import CONTACTS, IN_VAIN


def _listed(words: frozenset[str]) -> str:
    return ", ".join(f"'{word}'" for word in sorted(map(str, words)))


# Whether an activity ``said`` is contact with the customer: ``rulebook.reaches``.
_REACHES = f"""said.kind IN ({_listed(CONTACTS)}) AND said.outcome NOT IN ({_listed(IN_VAIN)})
    AND (said.kind <> '{ActivityKind.CALL}' OR said.outcome <> '')"""


def first_contacts_sql(of: str) -> str:
    """SQL for the first contact in time after each registration that won a customer.

    ``of`` is a condition on the registration ``won``, its ownership ``owned``, its store ``place``
    and the activity ``said``. The columns are those of the registration that say who it is of and
    whether it counts, and of the contact ``at``, its local ``day`` and ``contacted_at``, since when
    both it and the registration are on record. Without a duty what is made while the registration
    first protects is in time.
    """
    return f"""
    SELECT DISTINCT ON (won.id) won.id, won.answer, won.recorded_at, won.ownership_id,
        won.dealer_id, won.staff_id, won.consent_service, said.at,
        (said.at AT TIME ZONE place.timezone)::date AS day,
        greatest(said.recorded_at, won.recorded_at) AS contacted_at
    FROM customers_registration AS won
    JOIN customers_ownership AS owned ON owned.id = won.ownership_id
    JOIN dealers_store AS place ON place.id = won.store_id
    JOIN customers_activity AS said ON said.customer_id = won.customer_id
    WHERE won.answer = '{Answer.YOURS}' AND {of} AND said.at >= won.received_at
        AND said.at <= least(owned.contact_due_at, won.protected_until) AND {_REACHES}
    ORDER BY won.id, said.recorded_at, said.at, said.id"""  # noqa: S608 -- our own text

"""Deleting on schedule: people of whom nothing was heard for long, and what a page left behind."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext_noop

from customers import erasure
from customers.cutoff import one_by_one
from customers.models import Identity, LeadEntry, PageEntry, Retention
from dealers import sayings
from dealers.actor import Actor
from dealers.months import add_months, hq_day, hq_midnight

KEPT_ENTRIES = timedelta(days=30)  # of a page, after they came in vain; of a store's, all of them
PORTION = 500  # people that are looked for at once
BY = Actor.worker("retention")
LAST = 2**63 - 1  # no id is above it
IDLE = gettext_noop("Nothing had happened for %(months)s months")

logger = logging.getLogger(__name__)

# The people with whom nobody had anything to do since a moment, and whom nobody protects. Each
# condition is looked up in an index; a portion begins after the last person of the one before.
WITHOUT_DEALINGS = """
SELECT person.id FROM customers_identity AS person
WHERE person.id > %(after)s AND person.id <= %(last)s
    AND (EXISTS (SELECT FROM customers_customer WHERE identity_id = person.id)
        OR EXISTS (SELECT FROM customers_order WHERE identity_id = person.id)
        OR EXISTS (SELECT FROM customers_lead WHERE identity_id = person.id))
    AND NOT EXISTS (SELECT FROM customers_erasure WHERE identity_id = person.id)
    AND NOT EXISTS (SELECT FROM customers_plantednumber
        WHERE identity_id = person.id AND ended_at IS NULL)
    AND NOT EXISTS (SELECT FROM customers_registration
        WHERE identity_id = person.id AND received_at >= %(since)s)
    AND NOT EXISTS (SELECT FROM customers_ownership
        WHERE identity_id = person.id AND upper(period) >= %(since)s)
    AND NOT EXISTS (SELECT FROM customers_order
        WHERE identity_id = person.id AND ordered_at >= %(since)s)
    AND NOT EXISTS (SELECT FROM customers_lead
        WHERE identity_id = person.id AND received_at >= %(since)s)
    AND NOT EXISTS (SELECT FROM customers_customer AS card
        WHERE card.identity_id = person.id AND (card.created_at >= %(since)s
            OR EXISTS (SELECT FROM customers_activity
                WHERE customer_id = card.id AND at >= %(since)s)
            OR EXISTS (SELECT FROM customers_consent
                WHERE customer_id = card.id AND at >= %(since)s)))
ORDER BY person.id LIMIT %(portion)s
"""


def delete_what_is_due(at: datetime) -> int:
    """Erase whoever is due by the setting of headquarters; how many.

    For the worker, however late or often: who is due is looked up each time, and whoever was erased
    is not due any more. A person whom somebody records at this moment waits for the next night.
    """
    over = at - KEPT_ENTRIES
    PageEntry.objects.filter(
        Q(answered_at__lt=over) | Q(answered_at=None, received_at__lt=over)
    ).delete()
    LeadEntry.objects.filter(answered_at=None, received_at__lt=over).delete()
    months = Retention.current().idle_months
    if months is None:
        return 0
    day = add_months(hq_day(at), -months)
    since = hq_midnight(day)
    reason = sayings.kept(IDLE, months=[str(months)])
    erased = sum(
        one_by_one("person", _due(since), lambda person: _erase(person, since, reason, at))
    )
    if erased:
        logger.info("Erased %d people without dealings since %s.", erased, f"{since:%Y-%m-%d}")
    return erased


def _erase(person: int, since: datetime, reason: str, at: datetime) -> bool:
    """Erase a person in their turn, unless they came back since they were looked for."""
    erasure.hold(person)
    if not _portion(since, person - 1, person):
        return False
    erasure.erase_person(Identity(pk=person), reason=reason, by=BY, at=at)
    return True


def _due(since: datetime) -> Iterator[int]:
    after = 0
    while due := _portion(since, after):
        yield from due
        after = due[-1]


def _portion(since: datetime, after: int, last: int = LAST) -> list[int]:
    span = {"after": after, "last": last, "portion": PORTION}
    with connection.cursor() as cursor:
        cursor.execute(WITHOUT_DEALINGS, {"since": since, **span})
        return [row[0] for row in cursor.fetchall()]

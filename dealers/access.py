"""Who looked at a dealer's customers: when, at what and why."""

from datetime import datetime
from typing import cast
from uuid import UUID

from dealers.actor import Actor
from dealers.models import AccessAction, AccessLog


def note(
    action: AccessAction,
    *,
    by: Actor,
    dealer_id: int,
    fields: str,
    purpose: str,
    at: datetime,
    customer: UUID | None = None,
    count: int = 1,
) -> AccessLog:
    """Write into the access log that ``by``, a person, reads ``fields`` of a dealer's customers.

    ``purpose`` is a sentence as ``sayings`` keeps it. ``customer`` is the one card read; without
    it, ``count`` cards of a list are.
    """
    return AccessLog.objects.create(
        dealer_id=dealer_id,
        user_id=cast(int, by.user_id),
        role=by.role,
        action=action,
        customer=customer,
        fields=fields[:200],
        purpose=purpose[:500],
        count=count,
        at=at,
    )

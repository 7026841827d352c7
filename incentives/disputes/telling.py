"""Telling the owners of a dispute, and headquarters: its number and nothing of anybody."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext_noop

from dealers import notices, sayings
from dealers.models import NoticeKind, NoticeLevel
from incentives.models import Dispute

MAY_DECIDE = "incentives.add_disputeruling"
READS = "incentives.view_dispute"

ACKNOWLEDGED = gettext_noop("Dispute %(code)s: somebody checks it")
LATE = gettext_noop("Dispute %(code)s is late, and was escalated")
DECIDED = gettext_noop("Dispute %(code)s is decided")
DECIDED_AGAIN = gettext_noop("Dispute %(code)s is decided once more, and closed")
NEW = gettext_noop("Dispute %(code)s waits to be looked at")
AGAIN = gettext_noop("Dispute %(code)s was opened once more, for another person to decide")
UNNOTICED = gettext_noop("Nobody has looked at dispute %(code)s within a working day")
ESCALATED = gettext_noop("Dispute %(code)s was not decided in time: decide it now")
DECLINED = gettext_noop("The amount for dispute %(code)s was declined: decide it anew")
TO_APPROVE = gettext_noop("An adjustment for dispute %(code)s waits for a second person")


def owners(dispute: Dispute, sentence: str, at: datetime, *, key: str = "") -> None:
    """Tell the dealer's owners, once a sentence and ``key``."""
    notices.tell(
        notices.owners(dispute.dealer_id, at),
        NoticeKind.DISPUTE,
        sayings.kept(sentence, code=[dispute.code]),
        to=dispute.get_absolute_url(),
        about=f"{dispute.code}:{sentence[:60]}:{key}",
        at=at,
    )


def headquarters(
    dispute: Dispute,
    sentence: str,
    at: datetime,
    *,
    permission: str = MAY_DECIDE,
    key: str = "",
    pressing: bool = False,
) -> None:
    """Tell whoever may decide, or has another ``permission``; once a sentence and ``key``."""
    notices.tell(
        notices.headquarters(permission),
        NoticeKind.DISPUTE,
        sayings.kept(sentence, code=[dispute.code]),
        to=reverse("admin:incentives_dispute_change", args=[dispute.pk]),
        about=f"{dispute.code}:{sentence[:60]}:{key}",
        at=at,
        level=NoticeLevel.NOW if pressing else None,
    )

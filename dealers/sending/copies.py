"""Copies of notices, by mail and short message: when they come, and what they say.

What is copied to a person at one moment is one message, put down once by its key. Whatever was read
in the portal before is left out, and nothing is sent where nothing is left.
"""

from collections import Counter
from collections.abc import Collection
from datetime import datetime, time, timedelta, tzinfo

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from dealers import sms
from dealers.models import Notice, NoticeCopy, NoticeKind, NoticeLevel, User
from dealers.sending import messages
from dealers.words import aside

TASK = "dealers.tasks.copy_notices"
EVENING, MORNING = time(21), time(8)  # between them nobody is disturbed
DIGEST_AT = time(9)  # of a Monday


def copy_moment(level: str, at: datetime, zone: tzinfo) -> datetime:
    """When something of ``level``, told at ``at``, is copied to who lives in ``zone``.

    At once; in quiet hours, from 21:00 to 8:00, in the morning; a digest on Monday at 9:00.
    """
    local = at.astimezone(zone)
    if level == NoticeLevel.DIGEST:
        monday = local.date() - timedelta(days=local.weekday())
        moment = datetime.combine(monday, DIGEST_AT, zone)
        if moment <= local:
            moment = datetime.combine(monday + timedelta(days=7), DIGEST_AT, zone)
        return moment.astimezone(at.tzinfo)
    if local.time() >= EVENING:
        moment = datetime.combine(local.date() + timedelta(days=1), MORNING, zone)
    elif local.time() < MORNING:
        moment = datetime.combine(local.date(), MORNING, zone)
    else:
        return at
    return moment.astimezone(at.tzinfo)


def copy(way: str, pk: int, when: str, kinds: Collection[NoticeKind]) -> None:
    """Send the copy ``way`` of what the person ``pk`` was told for the moment ``when``, if unread.

    One message to one person, for a task of its own. ``kinds``: what is copied to them this way.
    """
    user = User.objects.filter(pk=pk, is_active=True).first()
    if user is None:
        return
    told = Notice.objects.to_copy(user, datetime.fromisoformat(when)).filter(kind__in=kinds)
    counts = Counter(NoticeKind(kind) for kind in told.values_list("kind", flat=True))
    if not counts:
        return
    with override(user.language or settings.LANGUAGE_CODE):
        subject = _subject(counts.total())
        link = settings.PORTAL_ADDRESS + reverse("dealers:notices")
        number = user.phone if user.phone_verified and sms.available() else None
        # Of two ways the one that there is: an address or a number may be gone by now.
        if user.email and (way == NoticeCopy.MAIL or not number):
            lines = [f"{kind.label}{aside(count)}" for kind, count in counts.items()]
            body = "\n".join([subject, "", *lines, "", link, "", _how()])
            EmailMessage(
                subject, body, to=[user.email], headers=messages.same_id(way, pk, when)
            ).send()
        elif number:
            sms.send(number, f"{subject} {link}")


def _subject(count: int) -> str:
    return ngettext(
        "%(count)d notice in the dealer portal", "%(count)d notices in the dealer portal", count
    ) % {"count": count}


def _how() -> str:
    return _(
        "This mail does not show what the notices say. How you are told, you choose in the portal."
    )

"""Reminders of a session, a day and an hour before, and what changes: each told once.

A reminder is put down when somebody gets a place, for the beginning that it has then. When it is
due it looks again: at another beginning, after leaving, or once cancelled, nobody is told.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from dealers import notices, outbox, sayings
from dealers.models import NoticeKind, NoticeLevel
from dealers.outbox import Put
from training.models import Seat, SharingSession

TASK = "training.tasks.remind_of_session"
BEFORE = {"day": timedelta(days=1), "hour": timedelta(hours=1)}
SAID = {
    "day": gettext_noop("Tomorrow, %(time)s: %(session)s"),
    "hour": gettext_noop("In an hour, %(time)s: %(session)s"),
}
TODAY = gettext_noop("Today, %(time)s: %(session)s")  # the day's, held up until then
MOVED = gettext_noop("Another time, %(time)s: %(session)s")
ELSEWHERE = gettext_noop("Another place or link: %(session)s")
CANCELLED = gettext_noop("Cancelled: %(session)s")


def put_down(seats: Iterable[Seat], session: SharingSession, at: datetime) -> None:
    """Have those who have a place reminded, as far as the time for it is still to come."""
    starts = _begins(session)
    outbox.add_all(
        [
            Put(TASK, (seat.pk, starts, which), f"session:{seat.pk}:{starts}:{which}", due)
            for seat in seats
            for which, before in BEFORE.items()
            if (due := session.starts_at - before) > at
        ],
        at=at,
    )


@transaction.atomic
def remind(seat_id: int, starts: str, which: str, *, at: datetime) -> bool:
    """Tell somebody of a session that is near; False where there is nothing to tell any more."""
    seat = (
        Seat.objects.select_for_update(no_key=True, of=("self",))
        .select_related("user")
        .get(pk=seat_id)
    )
    session = SharingSession.objects.get(pk=seat.session_id)
    stands = seat.placed_at is not None and seat.left_at is None and not session.is_cancelled
    # Later than its beginning a reminder is none: the sweep was held up for so long.
    if not stands or _begins(session) != starts or at >= session.starts_at:
        return False
    sentence = SAID[which]
    if which == "day":
        if at >= session.starts_at - BEFORE["hour"]:
            return False  # the hour's says it
        starts_on, today = (timezone.localdate(it, session.tz) for it in (session.starts_at, at))
        sentence = TODAY if starts_on == today else sentence
    told = notices.tell(
        [seat.user],
        NoticeKind.SHARING,
        sayings.kept(sentence, time=[moment(session)], session=[session.titles]),
        to=reverse("training:session", args=[session.pk]),
        about=f"session:{session.pk}:{starts}:{which}",
        level=NoticeLevel.NOW if which == "hour" else None,
        at=at,
    )
    return bool(told)


def _begins(session: SharingSession) -> str:
    """By what a reminder knows its beginning again: a form has it in another zone than a row."""
    return session.starts_at.astimezone(UTC).isoformat()


def moment(session: SharingSession) -> str:
    """When it begins where it takes place, in every language alike: 2026-12-03 15:00 UTC+08:00."""
    there = timezone.localtime(session.starts_at, session.tz)
    return f"{there:%Y-%m-%d %H:%M} {there:UTC%:z}"


def tell_of_change(session: SharingSession, sentence: str, at: datetime) -> None:
    """Tell everybody who has a place or waits that the session is another now."""
    people = [seat.user for seat in session.seats.kept().select_related("user")]
    notices.tell(
        people,
        NoticeKind.SHARING,
        sayings.kept(sentence, time=[moment(session)], session=[session.titles]),
        to=reverse("training:session", args=[session.pk]),
        about=f"session:{session.pk}:{session.sequence}",
        level=NoticeLevel.NOW,
        at=at,
    )

"""Making, changing and cancelling a session, and whether who tells there is named."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from dealers.actor import Actor, acting
from dealers.models import User
from training import stories
from training.models import SharingSession, Story
from training.sessions import WORKER, SessionRefused, reminders, seats

TIMES = ("starts_at", "ends_at")
WHERE = ("place", "link")
TOLD = (*TIMES, *WHERE, "title", "title_en", "timezone", "about", "about_en")  # in calendars


def check(session: SharingSession, *, by: Actor, at: datetime) -> None:
    """Whether a new or changed session may be kept.

    Raises SessionRefused where there would be fewer places than are taken, for what was cancelled,
    for a new time in the past or of one where people were, and for whoever is not at headquarters.
    """
    if not by.at_hq:
        raise SessionRefused(_("Headquarters plans sessions."))
    if session.pk is None:
        return
    before = SharingSession.objects.get(pk=session.pk)
    moved = _differ(session, before, TIMES)
    if before.is_cancelled and (moved or before.capacity != session.capacity):
        raise SessionRefused(_("The session was cancelled."))
    if moved and session.starts_at <= at:
        raise SessionRefused(_("A session is moved to a time to come."))
    if moved and before.seats.filter(attended_at__isnull=False).exists():
        raise SessionRefused(_("People were counted as being there: plan another session."))
    if session.capacity < before.seats.taken().count():
        raise SessionRefused(_("More places than that are taken already."))


def save(session: SharingSession, *, by: Actor, at: datetime) -> SharingSession:
    """Keep a new or changed session; those who have a place are told what they have to know.

    Raises SessionRefused as ``check`` does.
    """
    with transaction.atomic():
        if session.pk is None:
            check(session, by=by, at=at)
            session.changed_at = at
            session.save()
            return session
        before = seats.locked(session)
        check(session, by=by, at=at)
        moved = _differ(session, before, TIMES)
        if (session.dealer_id, session.store_id) != (before.dealer_id, before.store_id):
            session.named_at = session.named_by = None  # it was agreed to for another
        else:
            session.named_at, session.named_by = before.named_at, before.named_by
        session.cancelled_at, session.cancelled_by = before.cancelled_at, before.cancelled_by
        session.sequence, session.changed_at = before.sequence, before.changed_at
        if _differ(session, before, TOLD):
            session.sequence, session.changed_at = before.sequence + 1, at
        session.save()
        if moved:
            reminders.put_down(session.seats.taken(), session, at)
        _tell(session, before, moved=moved, at=at)
        seats.move_up(session, at)
    return session


def _differ(session: SharingSession, before: SharingSession, names: tuple[str, ...]) -> bool:
    return any(getattr(before, name) != getattr(session, name) for name in names)


def _tell(session: SharingSession, before: SharingSession, *, moved: bool, at: datetime) -> None:
    if session.is_cancelled or session.ends_at <= at:
        return
    if moved:
        reminders.tell_of_change(session, reminders.MOVED, at)
    elif _differ(session, before, WHERE):
        reminders.tell_of_change(session, reminders.ELSEWHERE, at)


def cancel(session: SharingSession, *, by: Actor, at: datetime) -> SharingSession:
    """Cancel a session for good; who has a place or waits for one is told.

    Raises SessionRefused for what is over or was cancelled, and for whoever is not at headquarters.
    """
    if not by.at_hq:
        raise SessionRefused(_("Headquarters plans sessions."))
    with transaction.atomic():
        row = seats.locked(session)
        if row.is_cancelled:
            raise SessionRefused(_("The session was cancelled."))
        if row.ends_at <= at:
            raise SessionRefused(_("It is over."))
        row.cancelled_at, row.cancelled_by = at, by.person
        row.sequence, row.changed_at = row.sequence + 1, at
        row.save(update_fields=["cancelled_at", "cancelled_by", "sequence", "changed_at"])
        reminders.tell_of_change(row, reminders.CANCELLED, at)
    return row


def decides_name(session: SharingSession, by: Actor) -> bool:
    """Whether it is ``by`` who agrees that the dealer telling there is named: its owner."""
    return by.owns_dealer(session.dealer_id)


def name(session: SharingSession, agreed: bool, *, by: Actor, at: datetime) -> SharingSession:
    """Have the owner agree that who tells there is named, or take that back at once.

    Raises SessionRefused for anybody else.
    """
    if not decides_name(session, by):
        raise SessionRefused(_("Only the owner decides who is named."))
    with transaction.atomic(), acting(WORKER):
        row = seats.locked(session)
        if not decides_name(row, by):
            raise SessionRefused(_("Only the owner decides who is named."))
        row.named_at, row.named_by = (at, by.person) if agreed else (None, None)
        row.save(update_fields=["named_at", "named_by"])
    return row


def name_of(session: SharingSession, by: Actor | None = None) -> str:
    """Who tells there, as ``by`` may read it; empty where nobody in particular does."""
    teller = session.teller
    if teller is None:
        return ""
    known = by is not None and (by.at_hq or session.dealer_id == by.dealer_id)
    return stories.called(teller, named=session.named_at is not None or known)


def story_of(session: SharingSession, by: Actor) -> Story | None:
    """The story told there, while it is on the pages.

    Not where one of the two names who tells and the other does not: the name would be read of both.
    """
    story = session.story
    if story is None or not story.is_shown:
        return None
    known = by.at_hq or session.dealer_id == by.dealer_id
    alike = story.named == (session.named_at is not None)
    return story if known or alike or story.dealer_id != session.dealer_id else None


def host_of(session: SharingSession, by: Actor) -> str:
    """The host's name; empty where it would say which dealer tells and nobody agreed to that."""
    with acting(WORKER):
        host = User.objects.get(pk=session.host_id)
    own = session.dealer_id is not None and session.dealer_id == by.dealer_id
    known = own or by.at_hq or by.user_id == host.pk
    return str(host) if host.is_staff or session.named_at or known else ""

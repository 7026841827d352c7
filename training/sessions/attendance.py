"""Who was there: a code that the host shows for some minutes, typed into one's own phone."""

import hmac
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from dealers.actor import Actor, acting
from dealers.models import Membership
from dealers.phones import plain_digits
from training.models import AttendanceCode, CodeTry, Seat, SharingSession
from training.sessions import GRACE, WORKER, SessionRefused, seats

LASTS = timedelta(minutes=10)  # of a code: who left the room before has the old one
TRIES = 5  # wrong codes of a person in so many minutes
PAUSE = timedelta(minutes=10)
LAST = 20  # sessions that a regional manager sees


class WrongCode(SessionRefused):
    """The code is not the one that is shown now; the try was noted."""


def hosts(session: SharingSession, by: Actor) -> bool:
    """Whether somebody shows the code, reads who is there and answers questions."""
    at_hq = by.at_hq and by.person.has_perm("training.change_sharingsession")
    return at_hq or (by.user_id is not None and session.host_id == by.user_id)


def knows_link(session: SharingSession, seat: Seat | None, by: Actor) -> bool:
    """Whether ``by``, whose place is ``seat``, reads the link: with a place, and as its host."""
    return hosts(session, by) or (seat is not None and seat.placed_at is not None)


def is_open(session: SharingSession, at: datetime) -> bool:
    """Whether people are counted as being there: from its beginning until a while after its end."""
    return not session.is_cancelled and session.starts_at <= at <= session.ends_at + GRACE


def show_code(session: SharingSession, *, by: Actor, at: datetime) -> AttendanceCode:
    """The code that is shown now, a new one where the last is over. Raises SessionRefused."""
    if not hosts(session, by):
        raise SessionRefused(_("The host shows the code."))
    with transaction.atomic(), acting(WORKER):
        row = seats.locked(session)
        if not is_open(row, at):
            raise SessionRefused(_("The code is there from the beginning of the session."))
        return current(row, at) or row.codes.create(
            code=f"{secrets.randbelow(1_000_000):06}", at=at, until=at + LASTS, by=by.person
        )


def current(session: SharingSession, at: datetime) -> AttendanceCode | None:
    """The code that counts at ``at``; call it as one who may read it."""
    return session.codes.filter(at__lte=at, until__gt=at).first()


def attend(session: SharingSession, code: str, *, by: Actor, at: datetime) -> Seat:
    """Note that somebody is there, by the code in front of them; once noted it stays so.

    Who has no place gets one of those that are left. Raises SessionRefused outside its time, after
    too many wrong codes, and where all places are taken; WrongCode for another code, which is noted
    and must not be rolled back.
    """
    person = by.person
    if not by.in_network:
        raise SessionRefused(_("Who has no post at present cannot register."))
    with transaction.atomic(), acting(WORKER):
        row = seats.locked(session)
        if not is_open(row, at):
            raise SessionRefused(
                _("The code counts from the beginning of the session until half an hour after it.")
            )
        tried = CodeTry.objects.filter(session=row, user=person, at__gt=at - PAUSE)
        if tried.count() >= TRIES:
            raise SessionRefused(_("Too many wrong codes. Wait ten minutes, or ask the host."))
        shown = current(row, at)
        typed = plain_digits(code)  # Chinese keyboards write １ as easily as 1
        right = shown is not None and hmac.compare_digest(typed.encode(), shown.code.encode())
        if right:
            return _attended(row, by, at)
        CodeTry.objects.create(session=row, user=person, at=at)
    raise WrongCode(_("That is not the code that is shown now. Look again."))


def _attended(session: SharingSession, by: Actor, at: datetime) -> Seat:
    seat = session.seats.kept().filter(user=by.person).first()
    if seat is None or seat.placed_at is None:
        if not seats.places_left(session):
            raise SessionRefused(_("All places are taken."))
        if seat is None:
            return session.seats.create(
                user=by.person, joined_at=at, placed_at=at, attended_at=at, walk_in=True
            )
        seat.placed_at = at
    if seat.attended_at is None:
        seat.attended_at = at
        seat.save(update_fields=["placed_at", "attended_at"])
    return seat


def shown_code(session: SharingSession, *, by: Actor, at: datetime) -> AttendanceCode | None:
    """The code that counts now, for its host alone; None where none is shown."""
    if not hosts(session, by):
        return None
    with acting(WORKER):
        return current(session, at)


def of_region(region: int | None, at: datetime) -> list[tuple[SharingSession, list[Membership]]]:
    """Who of a region's dealers was at which of the last sessions, by store."""
    posts = Membership.objects.current(at).filter(dealer__region=region)
    by_person: dict[int, Membership] = {}
    for post in posts.select_related("user", "store", "dealer").order_by("store__code", "pk"):
        by_person.setdefault(post.user_id, post)
    rows = Seat.objects.kept().filter(attended_at__isnull=False, user__in=by_person)
    newest = SharingSession.objects.filter(pk__in=rows.values("session")).order_by("-starts_at")
    came: dict[int, list[Membership]] = {}
    sessions = list(newest[:LAST])
    for seat in rows.filter(session__in=sessions):
        came.setdefault(seat.session_id, []).append(by_person[seat.user_id])
    return [
        (session, sorted(came[session.pk], key=lambda post: (str(post.scope), post.pk)))
        for session in sessions
    ]

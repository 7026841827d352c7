"""Places at a session: taken with one tap, given up as easily, and passed on by themselves.

The session's row is the queue for its places. Who registers when all are taken waits in line, and
the first in line moves up when somebody leaves, or works for the network no more.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from dealers import notices, sayings
from dealers.actor import Actor, acting
from dealers.models import Membership, NoticeKind
from training.models import Seat, SharingSession
from training.sessions import WORKER, SessionRefused, reminders

MOVED_UP = gettext_noop("You have a place now: %(session)s")


def register(session: SharingSession, *, by: Actor, at: datetime) -> Seat:
    """Give ``by`` a place, or the next one in line; who has or waits for one keeps it.

    Raises SessionRefused once it has begun or was cancelled, and for who has no post.
    """
    person = by.person
    if not by.in_network:
        raise SessionRefused(_("Who has no post at present cannot register."))
    with transaction.atomic(), acting(WORKER):
        row = locked(session)
        if row.is_cancelled:
            raise SessionRefused(_("The session was cancelled."))
        if at >= row.starts_at:
            raise SessionRefused(
                _("It has begun: come by, and enter the code if there is still a place.")
            )
        free_of_leavers(row, at)
        kept = row.seats.kept().filter(user=person).first()
        if kept is not None:
            return kept
        placed = at if places_left(row) and not row.seats.waiting().exists() else None
        seat = row.seats.create(user=person, joined_at=at, placed_at=placed)
        if placed:
            reminders.put_down([seat], row, at)
        return seat


def leave(session: SharingSession, *, by: Actor, at: datetime) -> None:
    """Give up a place, or the one in line; the first who waits moves up.

    Raises SessionRefused for who has none, and once it has begun.
    """
    person = by.person
    with transaction.atomic(), acting(WORKER):
        row = locked(session)
        if at >= row.starts_at:
            raise SessionRefused(_("It has begun: nobody can take the place any more."))
        if not row.seats.kept().filter(user=person).update(left_at=at):
            raise SessionRefused(_("You are not registered."))
        free_of_leavers(row, at)
        move_up(row, at)


def locked(session: SharingSession) -> SharingSession:
    """The session's row, whose places nobody else takes until the transaction ends."""
    return SharingSession.objects.select_for_update(no_key=True).get(pk=session.pk)


def places_left(session: SharingSession) -> int:
    """How many places nobody has; call it for a row that is locked."""
    return max(0, session.capacity - session.seats.taken().count())


def move_up(session: SharingSession, at: datetime) -> list[Seat]:
    """Give the places that are left to who waits, in their order, and tell them."""
    if session.is_cancelled or at >= session.starts_at:
        return []
    moved = list(session.seats.waiting().select_related("user")[: places_left(session)])
    for seat in moved:
        seat.placed_at = at
        seat.save(update_fields=["placed_at"])
    reminders.put_down(moved, session, at)
    _tell(moved, session, at)
    return moved


def _tell(seats: Iterable[Seat], session: SharingSession, at: datetime) -> None:
    for seat in seats:
        notices.tell(
            [seat.user],
            NoticeKind.SHARING,
            sayings.kept(MOVED_UP, session=[session.titles]),
            to=reverse("training:session", args=[session.pk]),
            about=f"seat:{seat.pk}:moved",
            at=at,
        )


def free_of_leavers(session: SharingSession, at: datetime) -> None:
    """Take back the places of who works for the network no more."""
    posts = Membership.objects.current(at).filter(user=OuterRef("user"))
    gone = session.seats.kept().filter(
        Q(user__is_active=False) | Q(user__is_staff=False) & ~Exists(posts),
        attended_at__isnull=True,
    )
    # By their keys: one statement cannot join the person and change the place.
    Seat.objects.filter(pk__in=list(gone.values_list("pk", flat=True))).update(left_at=at)


def pass_on(at: datetime) -> int:
    """At every session to come: pass the places of who left the network on; how many moved up."""
    moved = 0
    for session in SharingSession.objects.filter(starts_at__gt=at, cancelled_at__isnull=True):
        with transaction.atomic():
            row = locked(session)
            free_of_leavers(row, at)
            moved += len(move_up(row, at))
    return moved


def own(session: SharingSession, by: Actor) -> Seat | None:
    """The place that somebody has or waits for."""
    return Seat.objects.kept().filter(session=session, user=by.user_id).first()


def ahead(seat: Seat) -> int:
    """How many wait before somebody who waits."""
    with acting(WORKER):
        before = Q(joined_at__lt=seat.joined_at) | Q(joined_at=seat.joined_at, pk__lt=seat.pk)
        return Seat.objects.waiting().filter(before, session=seat.session_id).count()


def counts(sessions: Iterable[SharingSession]) -> dict[int, tuple[int, int]]:
    """Of sessions, how many places are taken and how many wait: numbers, and never who."""
    found = {session.pk: (0, 0) for session in sessions}
    with acting(WORKER):
        rows = Seat.objects.kept().filter(session__in=found).order_by()
        numbers = rows.values_list("session").annotate(Count("placed_at"), Count("pk"))
        return found | {pk: (taken, kept - taken) for pk, taken, kept in numbers}


def guests(session: SharingSession) -> list[Seat]:
    """Everybody who has a place or waits, for the host and headquarters alone."""
    with acting(WORKER):
        rows = session.seats.kept().select_related("user")
        return list(rows.order_by("joined_at", "pk"))

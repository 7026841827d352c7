"""Questions at a session: asked before it or there, answered by its host, kept with the answers."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from dealers.actor import Actor, acting
from dealers.models import User
from training.models import SessionQuestion, SharingSession
from training.models.sessions import LONGEST, LONGEST_ANSWER
from training.sessions import GRACE, WORKER, SessionRefused, attendance, seats

MOST = 200  # questions of a session
EACH = 5  # questions with a name that one person asks


@dataclass(frozen=True)
class Asked:
    """A question as somebody reads it: with who asked for the host alone."""

    question: SessionQuestion
    who: User | None
    mine: bool


def are_taken(session: SharingSession, at: datetime) -> bool:
    """Whether somebody may still answer: before a session, and until a while after its end."""
    return not session.is_cancelled and at <= session.ends_at + GRACE


def ask(
    session: SharingSession, text: str, *, anonymous: bool, by: Actor, at: datetime
) -> SessionQuestion:
    """Ask something. Asked without a name, nothing says who it was: not in the database either.

    Raises SessionRefused for who has no place and waits for none, and after the session.
    """
    text = " ".join(text.split())
    if not text or len(text) > LONGEST:
        raise SessionRefused(_("A question has at most %(count)d letters.") % {"count": LONGEST})
    with transaction.atomic(), acting(WORKER):
        row = seats.locked(session)
        if not are_taken(row, at):
            raise SessionRefused(_("It is over: nobody is there to answer."))
        if not row.seats.kept().filter(user=by.person).exists():
            raise SessionRefused(_("Register first: whoever comes may ask."))
        if row.questions.count() >= MOST:
            raise SessionRefused(_("There are as many questions as an hour can hold."))
        if not anonymous and row.questions.filter(user=by.person).count() >= EACH:
            raise SessionRefused(_("You have asked %(count)d questions.") % {"count": EACH})
        return row.questions.create(user=None if anonymous else by.person, text=text, at=at)


def answer(
    session: SharingSession, question: int, text: str, *, by: Actor, at: datetime
) -> SessionQuestion:
    """Answer a question, once and for all, before, at or after the session.

    Raises SessionRefused for whoever is not the host, and where it was answered.
    """
    if not attendance.hosts(session, by):
        raise SessionRefused(_("The host answers."))
    text = text.strip()
    if not text or len(text) > LONGEST_ANSWER:
        raise SessionRefused(
            _("An answer has at most %(count)d letters.") % {"count": LONGEST_ANSWER}
        )
    with transaction.atomic(), acting(WORKER):
        rows = session.questions.select_for_update(no_key=True)
        row = rows.filter(pk=question).first()
        if row is None or row.answered_at is not None:
            raise SessionRefused(_("It was answered already."))
        row.answer, row.answered_at = text, at
        row.save(update_fields=["answer", "answered_at"])
    return row


def of(session: SharingSession, by: Actor) -> list[Asked]:
    """The questions of a session: for its host with who asked, for all others without."""
    host = session.host_id == by.user_id
    with acting(WORKER):
        return [
            Asked(each, each.user if host else None, each.user_id == by.user_id)
            for each in session.questions.select_related("user").order_by("at", "pk")
        ]

"""What the worker does for training: one domain call each, safe to run twice."""

from celery import shared_task
from django.utils import timezone

from training import completion, quiz
from training.scorm import attempts
from training.sessions import reminders, seats


@shared_task
def remind(reminder_id: int) -> None:
    """Tell a person which required courses are not passed yet."""
    completion.send(reminder_id, at=timezone.now())


@shared_task
def remind_who_is_due() -> None:
    """Tell everybody whose last day for a course is near or over."""
    completion.remind_who_is_due(at=timezone.now())


@shared_task
def hand_in_late() -> None:
    """Hand in the quizzes whose time is over and to which nobody came back."""
    quiz.hand_in_all_late(at=timezone.now())


@shared_task
def remind_of_session(seat_id: int, starts: str, which: str) -> None:
    """Tell somebody who has a place at a session that it is near."""
    reminders.remind(seat_id, starts, which, at=timezone.now())


@shared_task
def pass_places_on() -> None:
    """Pass on the places at sessions of those who left the network."""
    seats.pass_on(timezone.now())


@shared_task
def forget_what_packages_kept() -> None:
    """Empty what packages kept of people and nobody needs any more."""
    attempts.forget(timezone.now())

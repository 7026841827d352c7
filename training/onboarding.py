"""The track that begins by itself when somebody new signs in for the first time."""

from datetime import datetime
from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.db import transaction
from django.dispatch import receiver
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from dealers import notices, sayings
from dealers.actor import Actor, acting
from dealers.models import Membership, NoticeKind, User
from training import learning, standings
from training.models import Assignment, Course, Enrollment

ONBOARDING = Actor.worker("onboarding")
WAITS = gettext_noop("Your way in begins: %(course)s")


@acting(ONBOARDING)  # whoever signs in has no post yet at that moment
@transaction.atomic
def begin(user: User, *, at: datetime) -> Enrollment | None:
    """Begin the first course of the track of somebody's role, and tell them.

    Nothing for who has begun any course before, has no post, or whose role has no such track.
    """
    if Enrollment.objects.filter(user=user).exists():
        return None
    steps = Assignment.objects.filter(track__onboarding=True).order_by("position")
    for post in Membership.objects.current(at).filter(user=user).order_by("pk"):
        for step in steps.of_post(post).select_related("course"):
            found = standings.standings(user, post, [step.course], at=at)
            if found and not found[0].first:
                return _begun(user, found[0], at)
    return None


def _begun(user: User, standing: standings.CourseStanding, at: datetime) -> Enrollment:
    enrollment = learning.enroll(user, standing.version, by=ONBOARDING, at=at)
    course: Course = standing.course
    notices.tell(
        [user],
        NoticeKind.TRAINING,
        sayings.kept(WAITS, course=[course.titles]),
        to=reverse("training:course", args=[course.slug]),
        about=f"onboarding:{enrollment.pk}",
        at=at,
    )
    return enrollment


@receiver(user_logged_in, dispatch_uid="training.onboarding")
def _signed_in(user: User, **_kwargs: Any) -> None:
    begin(user, at=timezone.now())

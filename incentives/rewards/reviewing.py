"""Rewards that are held: headquarters releases or refuses each, above the limit two people do.

Who is the first says so with a reason, and so does the second; what two say is decided. Where they
differ, a third one decides.
"""

from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from customers.cutoff import busy_as
from dealers import notices, sayings
from dealers.actor import Actor, acting
from dealers.exhibits import ExhibitRefused, check_reason
from dealers.models import NoticeKind
from incentives.models import Reward, RewardReview
from incentives.rewards import booking, settling

RELEASED = gettext_noop("A reward that was held is released.")
REFUSED = gettext_noop("A reward that was held is refused. See why.")


class ReviewRefused(Exception):
    """Nothing was decided; the message is written for the person who tried to."""


def decided(reward: Reward) -> bool | None:
    """Whether a held reward is released; None while too few have said the same."""
    said = list(reward.reviews.values_list("released", flat=True))
    for answer in (True, False):
        if said.count(answer) >= reward.needed:
            return answer
    return None


def review(reward: Reward, *, released: bool, reason: str, by: Actor, at: datetime) -> bool | None:
    """Say whether a held reward is released, and why; returns what is decided by now.

    Once enough have released it, it is booked in the open month. Raises ReviewRefused without a
    reason, for one that is not held or decided, and for who has said so already.
    """
    reason = reason.strip()
    _check(reason)
    with busy_as(ReviewRefused), transaction.atomic(), acting(Actor.worker("rewards", by.user)):
        reward = (
            Reward.objects.select_for_update(no_key=True, of=["self"])
            .select_related("settlement__program")
            .get(pk=reward.pk)
        )
        if not reward.held:
            raise ReviewRefused(_("It is not held."))
        if decided(reward) is not None:
            raise ReviewRefused(_("It is decided already."))
        if reward.reviews.filter(by=by.user_id).exists():
            raise ReviewRefused(_("You have said so already. Another person has to look at it."))
        RewardReview.objects.create(
            reward=reward, released=released, reason=reason, by=by.person, at=at
        )
        answer = decided(reward)
        if answer is not None:
            _carry_out(reward, answer, at)
        return answer


def _carry_out(reward: Reward, released: bool, at: datetime) -> None:
    if released:
        agreed = [each.by for each in reward.reviews.filter(released=True).order_by("at", "pk")]
        booking.book(
            [reward],
            by=Actor.worker("rewards", agreed[0]),
            at=at,
            approved_by=agreed[1] if len(agreed) > 1 else None,
        )
    notices.tell(
        settling.told_of([reward], at)[reward.code],
        NoticeKind.REWARD,
        sayings.kept(RELEASED if released else REFUSED),
        to=reverse("incentives:reward", args=[reward.settlement.program.code]),
        about=f"decided:{reward.code}",
        at=at,
    )


def _check(reason: str) -> None:
    try:
        check_reason(reason, _("Write the reason: whoever the reward is for reads it."))
    except ExhibitRefused as refused:
        raise ReviewRefused(str(refused)) from None

"""Deciding about a possible match: the same person, or somebody else."""

from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from customers.cutoff import REGISTRATIONS, busy_as, take_turn
from customers.models import Act, ActKind, Registration, WaitEnd, Waiting
from customers.ownership import line, passing, possible
from dealers import invitations, notices, sayings
from dealers.actor import Actor, acting
from dealers.models import Membership, NoticeKind

ASKED = gettext_noop("Perhaps the same person twice at %(store)s: say whether it is.")


class ReviewRefused(Exception):
    """The message is written for the person who asked."""


def begin(made: Registration, due_at: datetime | None, at: datetime) -> None:
    """A registration is under review: in line for when it is decided. In the person's turn.

    ``due_at``: until when, of the first one; those that come meanwhile wait for the same decision.
    """
    line.put_new(made, at)
    if due_at is None:
        return
    opened = possible.open_review(made, due_at)
    posts = Membership.objects.current(at).answering_for(made.store).select_related("user")
    notices.tell(
        [post.user for post in posts],
        NoticeKind.PROTECTION,
        sayings.kept(ASKED, store=[made.store.name]),
        to=reverse("customers:possible"),
        about=f"possible:{opened.pk}",
        at=at,
    )


def decide(opened: Act, *, same: bool, by: Actor, at: datetime) -> Act:
    """Say whether the two are the same person; nothing of their cards is merged.

    Somebody else: the registration has its turn now. The same: it wins nothing, and those who wait
    behind it have their turn. Raises ReviewRefused where that is decided already, or for who does
    not answer for the store; headquarters may, of whom a flag is waited for.
    """
    here = by.dealer_id == opened.dealer_id and by.store_id in {None, opened.store_id}
    if not (by.at_hq or (here and invitations.roles_for(by))):
        raise ReviewRefused(_("Whoever answers for the store decides about it."))
    with busy_as(ReviewRefused), transaction.atomic(), acting(Actor.worker("review", by.user)):
        turn = take_turn(bytes(opened.identity.fingerprint), REGISTRATIONS)
        passing.settle(opened.identity_id, at, turn.at)  # silence may have decided
        found = Act.objects.in_review().filter(pk=opened.pk).first()
        if found is None:
            raise ReviewRefused(_("It is decided already, or its time is over."))
        kind = ActKind.MATCHED if same else ActKind.REVIEWED
        made = possible.answered(found, kind, by.user_id, at, turn.at)
        if same:
            places = Waiting.objects.open().filter(registration__receipt=found.reason)
            places.end(at, WaitEnd.LEFT)
        passing.settle(opened.identity_id, at, turn.at)
        return made

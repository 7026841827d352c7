"""The links of invitations: what each is worth, when it works, and sending it."""

import uuid
from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta

from django.core.mail import send_mail
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.db.models import F
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from dealers import outbox, sms
from dealers.actor import Actor, acting
from dealers.invitations.posts import InvitationRefused, Post, may_give, may_revoke
from dealers.models import Invitation, Membership, User

VALID_FOR = timedelta(days=7)
# Where the link goes to no address: whoever scans it from the screen is there now, and has a day
# to join once a number of theirs is confirmed.
VALID_ON_SCREEN = timedelta(minutes=15)
VALID_CLAIMED = timedelta(days=1)
MAILS = 10  # of one invitation, and so long after one comes the next:
PAUSE = timedelta(minutes=5)
TASK = "dealers.tasks.send_invitation"

_signer = Signer(salt="dealers.invitations")


def link(invitation: Invitation, site: str) -> str:
    """The address of the invitation, for its sender to pass on: it proves nothing."""
    return site + reverse("dealers:join", args=[invitation.token])


def mailed_link(invitation: Invitation, site: str) -> str:
    """The address that only the invited person's mailbox or phone gets: who opens it owns that."""
    return site + reverse("dealers:join", args=[invitation.token, proof(invitation)])


def proof(invitation: Invitation) -> str:
    """The part of the mailed link that its sender cannot know."""
    return _signer.signature(_proved(invitation))


def proves(invitation: Invitation, shown: str) -> bool:
    """Whether ``shown`` is what was sent to the invited person's address or number."""
    if not invitation.address:
        return False
    try:
        _signer.unsign(f"{_proved(invitation)}{_signer.sep}{shown}")
    except BadSignature:
        return False
    return True


def _proved(invitation: Invitation) -> str:
    return f"{invitation.token} {invitation.address}"


def why_closed(invitation: Invitation, at: datetime) -> str:
    """Why the link no longer works, for the person who opened it; empty while it does."""
    if invitation.accepted_at:
        return _("This invitation has been used. Sign in with the account you made.")
    if closed := run_out(invitation, at):
        return closed
    if invitation.waits_for_consent:
        return _("An owner of the dealer has to agree first. Then the link comes by mail.")
    return "" if _is_still_given(invitation, at) else _withdrawn()


def run_out(invitation: Invitation, at: datetime) -> str:
    if invitation.revoked_at:
        return _withdrawn()
    if invitation.expires_at <= at:
        return _("This invitation has run out. Ask for a new one.")
    return ""


def _withdrawn() -> str:
    return _("This invitation was withdrawn. Ask the person who invited you.")


def _is_still_given(invitation: Invitation, at: datetime) -> bool:
    return bool(still_given([invitation], at))


@acting(Actor.worker("invitation"))  # whoever opens it sees nobody's posts
def still_given(invitations: Collection[Invitation], at: datetime) -> list[Invitation]:
    """Those of which the sender answers for the post still: theirs may have ended since.

    What an owner or another person of headquarters agreed to is theirs.
    """
    senders = {it.invited_by_id for it in invitations}
    posts = Membership.objects.current(at).filter(user__in=senders).with_scope()
    held = defaultdict(list)
    for each in posts.select_related("user"):
        held[each.user_id].append(Actor.of(each))
    staff = set(User.objects.filter(pk__in=senders, is_staff=True).values_list("pk", flat=True))
    return [
        it
        for it in invitations
        if it.waits_for_consent
        or it.consented_by_id is not None
        or it.invited_by_id in staff
        or any(may_give(by, Post.of(it)) for by in held[it.invited_by_id])
    ]


def withdraw_left(at: datetime) -> int:
    """Withdraw what people sent whose posts have ended since, on a planned day; how many.

    For the worker.
    """
    found = list(Invitation.objects.open(at).with_scope())
    given = {it.pk for it in still_given(found, at)}
    left = Invitation.objects.filter(pk__in=[it.pk for it in found if it.pk not in given])
    return left.update(revoked_at=at)


@acting(Actor.worker("invitation"))  # who has its token reads it
def of_token(token: uuid.UUID) -> Invitation:
    """The invitation with a token and what its page says. Raises Invitation.DoesNotExist."""
    found = Invitation.objects.select_related("store", "dealer", "region", "invited_by")
    return found.get(token=token)


def open_invitation(token: uuid.UUID, at: datetime) -> Invitation:
    """The invitation, locked until the transaction ends; raises InvitationRefused if closed."""
    # Two clicks on one link queue here, so that the second sees what the first has done.
    invitation = Invitation.objects.select_for_update().get(token=token)
    if closed := why_closed(invitation, at):
        raise InvitationRefused(closed)
    return invitation


@transaction.atomic
def send(invitation_id: int, site: str, language: str, at: datetime) -> None:
    """Send the link of an invitation that is still open, in ``language``; once is enough."""
    # A task that comes twice at once waits here, and then finds that the link was sent.
    invitation = Invitation.objects.open(at).filter(pk=invitation_id).select_for_update().first()
    if invitation is None or invitation.mailed_at or invitation.waits_for_consent:
        return
    with override(language):
        context = {"invitation": invitation, "link": mailed_link(invitation, site)}
        if invitation.phone:
            text = _("%(by)s invites you to the dealer portal: %(link)s")
            sms.send(invitation.phone, text % (context | {"by": invitation.invited_by}))
        else:
            send_mail(
                _("You are invited to the dealer portal"),
                render_to_string("dealers/invitation_mail.txt", context),
                None,
                [invitation.email],
            )
    invitation.mailed_at = at
    invitation.save(update_fields=["mailed_at"])


@transaction.atomic
@acting(Actor.worker("invitation"))
def send_again(token: uuid.UUID, *, at: datetime, site: str) -> None:
    """Send the link once more, to who came by one that proves nothing. Raises InvitationRefused."""
    _send_again(open_invitation(token, at), at=at, site=site)


@transaction.atomic
def resend(invitation: Invitation, *, by: Actor, at: datetime, site: str) -> None:
    """Send the link once more for its sender; it is valid for another 7 days.

    Raises InvitationRefused for who could not withdraw it, and if it is closed or on no way at all.
    """
    invitation = open_invitation(invitation.token, at)
    if not may_revoke(invitation, by=by):
        raise InvitationRefused(_("You cannot send this invitation."))
    if not invitation.address:
        raise InvitationRefused(_("This invitation goes to no address: show its QR code."))
    _send_again(invitation, at=at, site=site)
    Invitation.objects.filter(pk=invitation.pk).update(expires_at=at + VALID_FOR)


def _send_again(invitation: Invitation, *, at: datetime, site: str) -> None:
    # One whose task was given up comes no more; one that is tried again comes once only.
    on_its_way = invitation.mailed_at or outbox.asked_at(TASK, invitation.pk)
    if on_its_way and on_its_way > at - PAUSE:
        raise InvitationRefused(
            _("The message is on its way. Look among the unwanted mails too; in 5 minutes you can"
              " ask for another one.")
        )  # fmt: skip
    if invitation.mails >= MAILS:
        raise InvitationRefused(
            _("The link was sent %(count)d times. Ask for a new invitation, perhaps to another"
              " address.") % {"count": MAILS}
        )  # fmt: skip
    Invitation.objects.filter(pk=invitation.pk).update(mails=F("mails") + 1, mailed_at=None)
    outbox.add(TASK, invitation.pk, site, get_language(), at=at)


@transaction.atomic
@acting(Actor.worker("invitation"))
def claim(token: uuid.UUID, phone: str, *, at: datetime) -> Invitation:
    """What a person who has just confirmed the number ``phone`` (E.164) opened on a screen.

    One that went to no address is theirs from now on. Raises InvitationRefused.
    """
    invitation = open_invitation(token, at)
    if not invitation.address:
        invitation.phone, invitation.expires_at = phone, at + VALID_CLAIMED
        invitation.save(update_fields=["phone", "expires_at"])
    if invitation.phone != phone:
        raise InvitationRefused(_("This invitation is for another number."))
    return invitation

"""Inviting, agreeing to a dealer's later owner, withdrawing."""

from datetime import datetime
from typing import cast

from django.db import transaction
from django.urls import reverse
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from dealers import notices, outbox, sayings
from dealers.actor import Actor
from dealers.invitations.links import TASK, VALID_FOR, VALID_ON_SCREEN, run_out, still_given
from dealers.invitations.posts import (
    AlreadyThere,
    InvitationRefused,
    Post,
    check_not_headquarters,
    holder,
    may_give,
    may_revoke,
    post,
)
from dealers.models import (
    Dealer,
    Invitation,
    Membership,
    NoticeKind,
    Region,
    Role,
    Store,
    User,
)

IS_INVITED = gettext_noop(
    "%(by)s invites %(name)s to be another owner of %(dealer)s. Agree, or ask why."
)
JOINED = gettext_noop("%(name)s is another owner of %(dealer)s now, invited by %(by)s.")


@transaction.atomic
def invite(
    *,
    name: str,
    role: str,
    scope: Store | Dealer | Region | None,
    by: Actor,
    at: datetime,
    site: str,
    email: str = "",
    phone: str = "",
) -> Invitation:
    """Invite one person and send them the link, which is valid for 7 days.

    It goes to ``email`` or to the mobile number ``phone`` (E.164). With neither it is scanned from
    a screen within 15 minutes, and whoever does that confirms a number of their own. ``site`` is
    the address of the portal, as ``https://portal.example``. Raises InvitationRefused.
    """
    wanted = post(role, scope)
    if not may_give(by, wanted):
        raise InvitationRefused(_("You cannot give this role here."))

    email = email.lower()
    # A form sent twice queues on the sender's own row: the invitation has none yet.
    User.objects.select_for_update(no_key=True).get(pk=by.person.pk)
    _check_person(holder(email, phone), wanted, email or phone, at)
    _take_back_earlier(wanted, at, name=name, email=email, phone=phone)
    invitation = Invitation.objects.create(
        email=email,
        phone=phone,
        name=name,
        **wanted._asdict(),
        invited_by=by.person,
        invited_at=at,
        expires_at=at + (VALID_FOR if email or phone else VALID_ON_SCREEN),
        needs_consent=wanted.role == Role.OWNER
        and wanted.dealer is not None
        and _has_owner(wanted.dealer, at),
    )
    if invitation.needs_consent:
        tell_owners(invitation, by=by, at=at)
    elif invitation.address:
        outbox.add(TASK, invitation.pk, site, get_language(), at=at)
    return invitation


def _check_person(known: User | None, wanted: Post, address: str, at: datetime) -> None:
    """Refuse a closed account, one of headquarters inside a dealer, and who holds the post."""
    if known is None:
        return
    if not known.is_active:
        raise InvitationRefused(
            _("The account of %(email)s is closed. Headquarters can open it again.")
            % {"email": address}
        )
    check_not_headquarters(known, wanted)
    # One that begins later is held as well.
    if Membership.objects.held(at).filter(user=known, **wanted._asdict()).exists():
        raise AlreadyThere(_("This person already holds this post."))


def _take_back_earlier(wanted: Post, at: datetime, *, name: str, email: str, phone: str) -> None:
    """End what was sent to the same person before; refuse where that still gives the post."""
    same = Invitation.objects.open(at).filter(email=email, phone=phone, **wanted._asdict())
    before = list(same if email or phone else same.filter(name=name))
    if before and still_given(before, at):
        raise AlreadyThere(
            _("This person is already invited. Revoke that invitation to send a new one.")
        )
    # The link of somebody whose post has ended works no more, and would if they came back.
    same.filter(pk__in=[each.pk for each in before]).update(revoked_at=at)


def _has_owner(dealer: Dealer, at: datetime) -> bool:
    """Whether the dealer has had an owner, or has invited one: the next one is a later owner."""
    # Two people of headquarters who invite a first owner at once queue here.
    Dealer.objects.select_for_update(no_key=True).get(pk=dealer.pk)
    owners = {"dealer": dealer, "role": Role.OWNER}
    return (
        Membership.objects.filter(**owners).exists()
        or Invitation.objects.open(at).filter(**owners).exists()
    )


def may_consent(invitation: Invitation, *, by: Actor) -> bool:
    """Whether ``by`` can let a later owner in: a present owner, or headquarters; not the sender.

    Who invited at headquarters may own the dealer by now.
    """
    if not invitation.waits_for_consent or by.user_id == invitation.invited_by_id:
        return False
    return by.at_hq or by.owns_dealer(invitation.dealer_id)


@transaction.atomic
def consent(invitation: Invitation, *, by: Actor, at: datetime, site: str) -> None:
    """Let a later owner in: the link is mailed and valid from now. Raises InvitationRefused."""
    invitation = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if run_out(invitation, at) or not may_consent(invitation, by=by):
        raise InvitationRefused(
            _("You cannot agree to this invitation: somebody else than its sender does, once.")
        )
    invitation.consented_at, invitation.consented_by = at, by.person
    invitation.expires_at = at + VALID_FOR
    invitation.save(update_fields=["consented_at", "consented_by", "expires_at"])
    outbox.add(TASK, invitation.pk, site, get_language(), at=at)


def tell_owners(invitation: Invitation, *, by: Actor, at: datetime) -> None:
    """Tell the dealer's owners that another one is to join, or has joined."""
    said = JOINED if invitation.accepted_at else IS_INVITED
    dealer = cast("Dealer", invitation.dealer)  # an owner's post is at one
    notices.tell(
        [user for user in notices.owners(dealer.pk, at) if user.pk != by.user_id],
        NoticeKind.OWNER,
        sayings.kept(
            said,
            name=[str(invitation.accepted_by or invitation.name)],
            dealer=[dealer.name],
            by=[str(invitation.invited_by)],
        ),
        to=reverse("dealers:staff"),
        about=f"{invitation.pk}:{bool(invitation.accepted_at)}",
        at=at,
    )


def revoke(invitation: Invitation, *, by: Actor, at: datetime) -> None:
    """Close an open invitation that ``by`` answers for, as an owner does for those of the dealer.

    Raises InvitationRefused for anybody else's, and for one that was accepted or has run out.
    """
    if not may_revoke(invitation, by=by):
        raise InvitationRefused(_("You cannot withdraw this invitation."))
    changed = Invitation.objects.open(at).filter(pk=invitation.pk).update(revoked_at=at)
    if not changed:
        raise InvitationRefused(_("This invitation is no longer open."))

"""Taking the post that an invitation is about."""

import uuid
from datetime import datetime

from allauth.account.models import EmailAddress
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from dealers import notices, sayings, words
from dealers.actor import Actor, acting
from dealers.invitations.giving import tell_owners
from dealers.invitations.links import open_invitation, proves
from dealers.invitations.posts import (
    InvitationRefused,
    Post,
    account_of,
    check_not_headquarters,
)
from dealers.models import Invitation, Membership, NoticeKind, Role, User
from dealers.signin import credentials

TAKEN = gettext_noop("%(name)s joined: %(post)s")


@transaction.atomic
@acting(Actor.worker("join"))  # who joins works nowhere yet
def join(
    token: uuid.UUID,
    shown: str,
    *,
    name: str,
    password: str,
    language: str,
    by: Actor,
    at: datetime,
    phone: str | None = None,
) -> User:
    """Accept as a new person: makes the account, with its e-mail or number verified, and the post.

    ``shown`` is the proof from the link that was sent; ``by`` is a visitor. A mobile number
    ``phone`` beside the e-mail opens nothing before it is confirmed. Raises InvitationRefused when
    the link is closed or proves nothing, or when the address or number has an account.
    """
    invitation = open_invitation(token, at)
    if not proves(invitation, shown):
        raise InvitationRefused(_open_the_mail())
    if by.user is not None or account_of(invitation):
        raise InvitationRefused(_("You already have an account. Sign in to accept."))
    user = User.objects.create_user(
        invitation.email,
        password,
        name=name,
        phone=invitation.phone or phone or None,
        phone_verified=bool(invitation.phone),
        language=language,
    )
    if user.email:
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    _take_post(invitation, user, at)
    return user


@transaction.atomic
@acting(Actor.worker("join"))  # perhaps out of another dealer
def accept(
    token: uuid.UUID, shown: str, *, by: Actor, at: datetime, session: str = ""
) -> tuple[Membership, list[str]]:
    """Accept as the person who is signed in and whom the invitation names.

    The first post at a dealer takes the proof from the mailed link, and what was set up before it
    is dropped: somebody of the other dealer may have done that. ``session`` is the key of the one
    that goes on. Returns the post, and sentences for the person about what was dropped.
    """
    invitation = open_invitation(token, at)
    if by.user is None or not is_for(invitation, by.user):
        raise InvitationRefused(
            _("This invitation is for %(email)s. Sign out and open the link again.")
            % {"email": invitation.email or words.mask_phone(invitation.phone)}
        )
    elsewhere = is_elsewhere(invitation, by.user)
    if elsewhere and not proves(invitation, shown):
        raise InvitationRefused(_open_the_mail())
    post = _take_post(invitation, by.user, at)
    if not elsewhere:
        return post, []
    return post, credentials.start_anew(by.user, at=at, keep=session, number=invitation.phone)


def is_for(invitation: Invitation, user: User) -> bool:
    """Whether ``user`` has the address, or has confirmed the number, that the invitation is for."""
    if invitation.email:
        return (user.email or "").lower() == invitation.email
    return bool(user.phone) and user.phone_verified and user.phone == invitation.phone


def is_elsewhere(invitation: Invitation, user: User) -> bool:
    """Whether the invitation leads to a dealer, or into the region, where the person never was."""
    return not user.memberships.filter(dealer=invitation.dealer).exists()


def _open_the_mail() -> str:
    return _("Open the link that was sent to you: the one that was passed on proves nothing.")


def _take_post(invitation: Invitation, user: User, at: datetime) -> Membership:
    wanted = Post.of(invitation)
    check_not_headquarters(user, wanted)
    if Membership.objects.held(at).filter(user=user, **wanted._asdict()).exists():
        raise InvitationRefused(_("You already hold this post."))
    invitation.accepted_at, invitation.accepted_by = at, user
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    if invitation.role == Role.OWNER:
        tell_owners(invitation, by=Actor(user), at=at)
    else:
        notices.tell(
            [invitation.invited_by],
            NoticeKind.POST,
            sayings.kept(TAKEN, name=[user.name], post=wanted.said),
            to=reverse("dealers:staff" if invitation.dealer_id else "dealers:me"),
            about=f"joined:{invitation.pk}",
            at=at,
        )
    return Membership.objects.create(user=user, **wanted._asdict(), starts_at=at)

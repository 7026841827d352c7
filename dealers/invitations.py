"""How people join: by a link that fixes who they will be and where.

Headquarters invites dealer owners and regional managers, owners the staff of their stores, store
managers the associates of theirs.
"""

import uuid
from datetime import datetime, timedelta
from typing import NamedTuple, Self

from allauth.account.models import EmailAddress
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from dealers import outbox
from dealers.actor import Actor
from dealers.models import Dealer, Invitation, Membership, Region, Role, Store, User

VALID_FOR = timedelta(days=7)

INVITED_BY_HEADQUARTERS = (Role.OWNER, Role.REGIONAL_MANAGER)
INVITED_BY = {
    Role.OWNER: (Role.STORE_MANAGER, Role.ASSOCIATE),
    Role.STORE_MANAGER: (Role.ASSOCIATE,),
}


class InvitationRefused(Exception):
    """The message is written for the person who asked."""


class Post(NamedTuple):
    """A role and the one store, dealer or region it is about."""

    role: str
    store: Store | None
    dealer: Dealer | None
    region: Region | None

    @classmethod
    def of(cls, held: Invitation | Membership) -> Self:
        return cls(held.role, held.store, held.dealer, held.region)


def post(role: str, scope: Store | Dealer | Region | None) -> Post:
    """The post of ``role`` at ``scope``; refuses a scope that does not fit the role."""
    match role, scope:
        case ((Role.ASSOCIATE | Role.STORE_MANAGER), Store()):
            return Post(role, scope, scope.dealer, None)
        case Role.OWNER, Dealer():
            return Post(role, None, scope, None)
        case Role.REGIONAL_MANAGER, Region():
            return Post(role, None, None, scope)
    raise InvitationRefused(
        _("A store role needs a store, an owner a dealer, a regional manager a region.")
    )


def roles_for(by: Actor) -> tuple[Role, ...]:
    """The roles that ``by`` may give, in the post they act in or for headquarters."""
    if by.membership is None:
        return INVITED_BY_HEADQUARTERS if by.at_hq else ()
    return INVITED_BY.get(Role(by.membership.role), ())


def may_give(by: Actor, wanted: Post) -> bool:
    """Whether ``wanted`` is a role and place that ``by`` answers for."""
    if wanted.role not in roles_for(by):
        return False
    if by.membership is None:
        return True
    if by.role == Role.OWNER:
        return wanted.dealer is not None and wanted.dealer.pk == by.dealer_id
    return wanted.store is not None and wanted.store.pk == by.store_id


@transaction.atomic
def invite(
    *,
    email: str,
    name: str,
    role: str,
    scope: Store | Dealer | Region | None,
    by: Actor,
    at: datetime,
    site: str,
) -> Invitation:
    """Invite one person and mail them the link, which is valid for 7 days.

    ``site`` is the address of the portal, as ``https://portal.example``. Raises InvitationRefused.
    """
    wanted = post(role, scope)
    if not may_give(by, wanted):
        raise InvitationRefused(_("You cannot give this role here."))

    email = email.lower()
    # A form sent twice queues on the sender's own row: the invitation has none yet.
    User.objects.select_for_update(no_key=True).get(pk=by.person.pk)
    known = User.objects.filter(email=email).first()
    if known and not known.is_active:
        raise InvitationRefused(
            _("The account of %(email)s is closed. Headquarters can open it again.")
            % {"email": email}
        )
    posts = Membership.objects.current(at).filter(**wanted._asdict())
    if known and posts.filter(user=known).exists():
        raise InvitationRefused(_("This person already holds this post."))
    if Invitation.objects.open(at).filter(email=email, **wanted._asdict()).exists():
        raise InvitationRefused(
            _("This person is already invited. Revoke that invitation to send a new one.")
        )

    invitation = Invitation.objects.create(
        email=email,
        name=name,
        **wanted._asdict(),
        invited_by=by.person,
        invited_at=at,
        expires_at=at + VALID_FOR,
    )
    outbox.add("dealers.tasks.send_invitation", invitation.pk, site, get_language(), at=at)
    return invitation


def link(invitation: Invitation, site: str) -> str:
    """The address at which the invited person joins."""
    return site + reverse("dealers:join", args=[invitation.token])


@transaction.atomic
def send(invitation_id: int, site: str, language: str, at: datetime) -> None:
    """Mail the link of an invitation that is still open, in ``language``; once is enough."""
    # A task that comes twice at once waits here, and then finds that the link was mailed.
    invitation = Invitation.objects.open(at).filter(pk=invitation_id).select_for_update().first()
    if invitation is None or invitation.mailed_at:
        return
    with override(language):
        context = {"invitation": invitation, "link": link(invitation, site)}
        send_mail(
            _("You are invited to the dealer portal"),
            render_to_string("dealers/invitation_mail.txt", context),
            None,
            [invitation.email],
        )
    invitation.mailed_at = at
    invitation.save(update_fields=["mailed_at"])


def revoke(invitation: Invitation, *, by: Actor, at: datetime) -> None:
    """Close an open invitation that ``by`` answers for.

    Raises InvitationRefused for anybody else's, and for one that was accepted or has run out.
    """
    if not (by.at_hq or may_give(by, Post.of(invitation))):
        raise InvitationRefused(_("You cannot withdraw this invitation."))
    changed = Invitation.objects.open(at).filter(pk=invitation.pk).update(revoked_at=at)
    if not changed:
        raise InvitationRefused(_("This invitation is no longer open."))


def why_closed(invitation: Invitation, at: datetime) -> str:
    """Why the link no longer works, for the person who opened it; empty while it does."""
    if invitation.accepted_at:
        return _("This invitation has been used. Sign in with the account you made.")
    if invitation.revoked_at:
        return _("This invitation was withdrawn. Ask the person who invited you.")
    if invitation.expires_at <= at:
        return _("This invitation has run out after 7 days. Ask for a new one.")
    return ""


def open_invitation(token: uuid.UUID, at: datetime) -> Invitation:
    """The invitation, locked until the transaction ends; raises InvitationRefused if closed."""
    # Two clicks on one link queue here, so that the second sees what the first has done.
    invitation = Invitation.objects.select_for_update().get(token=token)
    if closed := why_closed(invitation, at):
        raise InvitationRefused(closed)
    return invitation


@transaction.atomic
def join(
    token: uuid.UUID,
    *,
    name: str,
    password: str,
    phone: str | None,
    language: str,
    by: Actor,
    at: datetime,
) -> User:
    """Accept as a new person: makes the account, with its e-mail verified, and the post.

    ``by`` is a visitor. Raises InvitationRefused when the link is closed or when the e-mail or the
    phone has an account.
    """
    invitation = open_invitation(token, at)
    if by.user is not None or User.objects.filter(email=invitation.email).exists():
        raise InvitationRefused(_("You already have an account. Sign in to accept."))
    if phone and User.objects.filter(phone=phone).exists():
        raise InvitationRefused(
            _("Another account uses this mobile number. Leave it out or enter another one.")
        )
    user = User.objects.create_user(
        invitation.email, password, name=name, phone=phone or None, language=language
    )
    # The link reached this address, or whoever invited them passed it on by hand.
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    _take_post(invitation, user, at)
    return user


@transaction.atomic
def accept(token: uuid.UUID, *, by: Actor, at: datetime) -> Membership:
    """Accept as the person who is signed in and whom the invitation names."""
    invitation = open_invitation(token, at)
    if by.user is None or by.user.email.lower() != invitation.email:
        raise InvitationRefused(
            _("This invitation is for %(email)s. Sign out and open the link again.")
            % {"email": invitation.email}
        )
    return _take_post(invitation, by.user, at)


def _take_post(invitation: Invitation, user: User, at: datetime) -> Membership:
    wanted = Post.of(invitation)
    if Membership.objects.current(at).filter(user=user, **wanted._asdict()).exists():
        raise InvitationRefused(_("You already hold this post."))
    invitation.accepted_at, invitation.accepted_by = at, user
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    return Membership.objects.create(user=user, **wanted._asdict(), starts_at=at)

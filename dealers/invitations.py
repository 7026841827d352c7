"""How people join: by a link that fixes who they will be and where.

Headquarters invites dealer owners and regional managers, owners the staff of their stores, store
managers the associates of theirs. Who sends an invitation sees its link, so that this link alone
proves nothing: only the one that was mailed shows that its reader owns the address.
"""

import uuid
from datetime import datetime, timedelta
from typing import NamedTuple, Self

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.mail import send_mail
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.db.models import F
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from dealers import credentials, outbox
from dealers.actor import Actor
from dealers.models import Dealer, Invitation, Membership, Region, Role, Store, User

VALID_FOR = timedelta(days=7)
MAILS = 10  # of one invitation, and so long after one comes the next:
PAUSE = timedelta(minutes=5)

_signer = Signer(salt="dealers.invitations")

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
    if known:
        _check_not_headquarters(known, wanted)
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
        needs_consent=wanted.role == Role.OWNER
        and wanted.dealer is not None
        and _has_owner(wanted.dealer, at),
    )
    if invitation.needs_consent:
        outbox.add("dealers.tasks.tell_owners", invitation.pk, at=at)
    else:
        outbox.add("dealers.tasks.send_invitation", invitation.pk, site, get_language(), at=at)
    return invitation


def _check_not_headquarters(user: User, wanted: Post) -> None:
    if wanted.dealer and (user.is_staff or user.is_superuser):
        raise InvitationRefused(_("People of headquarters hold no post inside a dealer."))


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
    """Whether ``by`` can let a later owner in: a present owner, or another at headquarters."""
    if not invitation.waits_for_consent:
        return False
    if by.at_hq:
        return by.user_id != invitation.invited_by_id
    return by.role == Role.OWNER and by.dealer_id == invitation.dealer_id


@transaction.atomic
def consent(invitation: Invitation, *, by: Actor, at: datetime, site: str) -> None:
    """Let a later owner in: the link is mailed and valid from now. Raises InvitationRefused."""
    invitation = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if _run_out(invitation, at) or not may_consent(invitation, by=by):
        raise InvitationRefused(
            _("You cannot agree to this invitation: somebody else than its sender does, once.")
        )
    invitation.consented_at, invitation.consented_by = at, by.person
    invitation.expires_at = at + VALID_FOR
    invitation.save(update_fields=["consented_at", "consented_by", "expires_at"])
    outbox.add("dealers.tasks.send_invitation", invitation.pk, site, get_language(), at=at)


def tell_owners(invitation_id: int, at: datetime) -> None:
    """Mail the dealer's owners, each in their language, that another is to join or has joined."""
    invitation = Invitation.objects.select_related("dealer", "invited_by").get(pk=invitation_id)
    owners = Membership.objects.current(at).filter(role=Role.OWNER, dealer=invitation.dealer)
    for owner in owners.exclude(user=invitation.accepted_by).select_related("user"):
        with override(owner.user.language or settings.LANGUAGE_CODE):
            context = {"invitation": invitation, "link": settings.PORTAL_ADDRESS}
            send_mail(
                _("Another owner of %(dealer)s") % {"dealer": invitation.dealer},
                render_to_string("dealers/another_owner_mail.txt", context),
                None,
                [owner.user.email],
            )


def link(invitation: Invitation, site: str) -> str:
    """The address of the invitation, for its sender to pass on: it proves nothing."""
    return site + reverse("dealers:join", args=[invitation.token])


def mailed_link(invitation: Invitation, site: str) -> str:
    """The address that only the invited person's mailbox gets: whoever opens it owns that."""
    return site + reverse("dealers:join", args=[invitation.token, proof(invitation)])


def proof(invitation: Invitation) -> str:
    """The part of the mailed link that its sender cannot know."""
    return _signer.signature(_proved(invitation))


def proves(invitation: Invitation, shown: str) -> bool:
    """Whether ``shown`` is what was mailed to the invited person's address."""
    try:
        _signer.unsign(f"{_proved(invitation)}{_signer.sep}{shown}")
    except BadSignature:
        return False
    return True


def _proved(invitation: Invitation) -> str:
    return f"{invitation.token} {invitation.email}"


@transaction.atomic
def mail_again(token: uuid.UUID, *, at: datetime, site: str) -> None:
    """Mail the link once more, to who came by one that proves nothing. Raises InvitationRefused."""
    invitation = open_invitation(token, at)
    # One that was asked for again comes for certain; the first one may be older than the outbox.
    on_its_way = invitation.expires_at - VALID_FOR if invitation.mails == 1 else at
    if (invitation.mailed_at or on_its_way) > at - PAUSE:
        raise InvitationRefused(
            _("The mail is on its way. Look among the unwanted mails too; in 5 minutes you can ask"
              " for another one.")
        )  # fmt: skip
    if invitation.mails >= MAILS:
        raise InvitationRefused(
            _("The link was mailed %(count)d times. Ask for a new invitation, perhaps to another"
              " address.") % {"count": MAILS}
        )  # fmt: skip
    Invitation.objects.filter(pk=invitation.pk).update(mails=F("mails") + 1, mailed_at=None)
    outbox.add("dealers.tasks.send_invitation", invitation.pk, site, get_language(), at=at)


@transaction.atomic
def send(invitation_id: int, site: str, language: str, at: datetime) -> None:
    """Mail the link of an invitation that is still open, in ``language``; once is enough."""
    # A task that comes twice at once waits here, and then finds that the link was mailed.
    invitation = Invitation.objects.open(at).filter(pk=invitation_id).select_for_update().first()
    if invitation is None or invitation.mailed_at or invitation.waits_for_consent:
        return
    with override(language):
        context = {"invitation": invitation, "link": mailed_link(invitation, site)}
        send_mail(
            _("You are invited to the dealer portal"),
            render_to_string("dealers/invitation_mail.txt", context),
            None,
            [invitation.email],
        )
    invitation.mailed_at = at
    invitation.save(update_fields=["mailed_at"])


def revoke(invitation: Invitation, *, by: Actor, at: datetime) -> None:
    """Close an open invitation that ``by`` answers for, as an owner does for those of the dealer.

    Raises InvitationRefused for anybody else's, and for one that was accepted or has run out.
    """
    own = by.role == Role.OWNER and by.dealer_id == invitation.dealer_id
    if not (by.at_hq or own or may_give(by, Post.of(invitation))):
        raise InvitationRefused(_("You cannot withdraw this invitation."))
    changed = Invitation.objects.open(at).filter(pk=invitation.pk).update(revoked_at=at)
    if not changed:
        raise InvitationRefused(_("This invitation is no longer open."))


def why_closed(invitation: Invitation, at: datetime) -> str:
    """Why the link no longer works, for the person who opened it; empty while it does."""
    if invitation.accepted_at:
        return _("This invitation has been used. Sign in with the account you made.")
    if closed := _run_out(invitation, at):
        return closed
    if invitation.waits_for_consent:
        return _("An owner of the dealer has to agree first. Then the link comes by mail.")
    return ""


def _run_out(invitation: Invitation, at: datetime) -> str:
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
    shown: str,
    *,
    name: str,
    password: str,
    language: str,
    by: Actor,
    at: datetime,
    phone: str | None = None,
) -> User:
    """Accept as a new person: makes the account, with its e-mail verified, and the post.

    ``shown`` is the proof from the mailed link; ``by`` is a visitor. The mobile number opens
    nothing before it is confirmed. Raises InvitationRefused when the link is closed or proves
    nothing, or when the e-mail has an account.
    """
    invitation = open_invitation(token, at)
    if not proves(invitation, shown):
        raise InvitationRefused(_open_the_mail())
    if by.user is not None or User.objects.filter(email=invitation.email).exists():
        raise InvitationRefused(_("You already have an account. Sign in to accept."))
    user = User.objects.create_user(
        invitation.email, password, name=name, phone=phone or None, language=language
    )
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    _take_post(invitation, user, at)
    return user


@transaction.atomic
def accept(
    token: uuid.UUID, shown: str, *, by: Actor, at: datetime, session: str = ""
) -> tuple[Membership, list[str]]:
    """Accept as the person who is signed in and whom the invitation names.

    The first post at a dealer takes the proof from the mailed link, and what was set up before it
    is dropped: somebody of the other dealer may have done that. ``session`` is the key of the one
    that goes on. Returns the post, and sentences for the person about what was dropped.
    """
    invitation = open_invitation(token, at)
    if by.user is None or by.user.email.lower() != invitation.email:
        raise InvitationRefused(
            _("This invitation is for %(email)s. Sign out and open the link again.")
            % {"email": invitation.email}
        )
    elsewhere = is_elsewhere(invitation, by.user)
    if elsewhere and not proves(invitation, shown):
        raise InvitationRefused(_open_the_mail())
    post = _take_post(invitation, by.user, at)
    return post, credentials.start_anew(by.user, keep=session) if elsewhere else []


def is_elsewhere(invitation: Invitation, user: User) -> bool:
    """Whether the invitation leads to a dealer, or into the region, where the person never was."""
    return not user.memberships.filter(dealer=invitation.dealer).exists()


def _open_the_mail() -> str:
    return _("Open the link in the mail to you: the one that was passed on proves nothing.")


def _take_post(invitation: Invitation, user: User, at: datetime) -> Membership:
    wanted = Post.of(invitation)
    _check_not_headquarters(user, wanted)
    if Membership.objects.current(at).filter(user=user, **wanted._asdict()).exists():
        raise InvitationRefused(_("You already hold this post."))
    invitation.accepted_at, invitation.accepted_by = at, user
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    if invitation.role == Role.OWNER:
        outbox.add("dealers.tasks.tell_owners", invitation.pk, at=at)
    return Membership.objects.create(user=user, **wanted._asdict(), starts_at=at)

"""Who works here and who no longer does."""

from datetime import datetime, timedelta
from importlib import import_module

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from dealers import invitations
from dealers.models import Invitation, Membership, User


class PeopleRefused(Exception):
    """The message is written for the person who asked."""


@transaction.atomic
def deactivate(user: User, *, by: User, at: datetime) -> None:
    """Close a person's account: signed out everywhere at once, their open invitations withdrawn.

    Posts stay on file, so that opening the account again brings them back.
    """
    if user.pk == by.pk:
        raise PeopleRefused(_("You cannot close your own account."))
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    user.is_active = False
    user.save(update_fields=["is_active"])
    Invitation.objects.open(at).filter(invited_by=user).update(revoked_at=at)
    end_sessions(user)


@transaction.atomic
def reactivate(user: User) -> None:
    """Open a closed account again."""
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    user.is_active = True
    user.save(update_fields=["is_active"])


@transaction.atomic
def end_membership(
    membership: Membership, *, by: User, acting: Membership | None, at: datetime
) -> None:
    """End a post from ``at`` on and sign the person out everywhere.

    ``acting`` is the post of ``by``, None for headquarters. Raises PeopleRefused for one's own
    post, one that has ended, and one that ``by`` does not answer for.
    """
    membership = (
        Membership.objects.select_for_update(no_key=True, of=("self",))
        .select_related("user", "store", "dealer", "region")
        .get(pk=membership.pk)
    )
    if membership.user_id == by.pk:
        raise PeopleRefused(_("You cannot end your own post."))
    if not may_end(membership, by=by, acting=acting):
        raise PeopleRefused(_("You cannot end this post."))
    if membership.ends_at and membership.ends_at <= at:
        raise PeopleRefused(_("This post has already ended."))
    # A post that was to start later never runs: it ends a microsecond after its start.
    membership.ends_at = max(at, membership.starts_at + timedelta(microseconds=1))
    membership.save(update_fields=["ends_at"])
    sent = Invitation.objects.open(at).filter(invited_by=membership.user)
    sent.filter(dealer=membership.dealer_id, region=membership.region_id).update(revoked_at=at)
    end_sessions(membership.user)


def may_end(membership: Membership, *, by: User, acting: Membership | None) -> bool:
    """Whether ``by`` answers for this post: who may give a role may also end it."""
    if acting is None:
        return by.is_staff
    held = invitations.Post(membership.role, membership.store, membership.dealer, membership.region)
    return invitations.may_give(by, acting, held)


def end_sessions(user: User) -> None:
    """Sign a person out on every device, at once and also past the cache."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    keys = list(UserSession.objects.filter(user=user).values_list("session_key", flat=True))
    UserSession.objects.filter(user=user).delete()

    def end() -> None:
        for key in keys:
            store().delete(key)

    end()
    # A request that runs meanwhile still reads the row we have not committed to delete, and would
    # put the session back into the cache.
    transaction.on_commit(end)

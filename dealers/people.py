"""Who works here and who no longer does."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from dealers import access, door, exports, invitations, notices, sayings
from dealers.actor import Actor, acting
from dealers.models import Invitation, Membership, NoticeKind, Store, User
from dealers.models.people import NEVER_RAN
from dealers.months import midnight
from dealers.signin import credentials

FOREVER = datetime.max.replace(tzinfo=UTC)
ENDED = gettext_noop("%(name)s no longer holds the post: %(post)s")
YOURS_ENDED = gettext_noop("Your post has ended: %(post)s")
LEFT = gettext_noop(
    "%(name)s left. In the last 30 days: numbers shown or looked up %(numbers)s, files %(files)s."
)
RENAMED = gettext_noop("%(old)s is called %(new)s from now on.")
CHANGED = gettext_noop("%(name)s has another post from %(day)s: %(post)s")

# What other apps do in the transaction in which somebody leaves a post: each gets the membership,
# the actor and the moment.
LEAVING: list[Callable[[Membership, Actor, datetime], object]] = []


class PeopleRefused(Exception):
    """The message is written for the person who asked."""


@transaction.atomic
def deactivate(user: User, *, by: Actor, at: datetime) -> None:
    """Close a person's account: signed out everywhere at once, their open invitations withdrawn.

    Posts stay on file, so that opening the account again brings them back.
    """
    _for_headquarters_only(by)
    if user.pk == by.user_id:
        raise PeopleRefused(_("You cannot close your own account."))
    close_account(User.objects.select_for_update(no_key=True).get(pk=user.pk), at=at)


def close_account(user: User, *, at: datetime) -> None:
    """What closing an account does, for whoever may: see ``deactivate``.

    Owners of the dealers where the person worked read what they had looked at, as when they leave.
    """
    user.is_active = False
    user.save(update_fields=["is_active"])
    Invitation.objects.open(at).filter(invited_by=user).update(revoked_at=at)
    for membership in user.memberships.all():
        exports.withdraw(membership)
    at_dealers = {post.dealer_id: post for post in user.memberships.held(at).order_by("pk")}
    for post in at_dealers.values():
        _tell_owners_of_looks(post, at)
    credentials.end_sessions(user)


@transaction.atomic
def reactivate(user: User, *, by: Actor, at: datetime) -> None:  # noqa: ARG001 -- as its siblings
    """Open a closed account again."""
    _for_headquarters_only(by)
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    user.is_active = True
    user.save(update_fields=["is_active"])


def why_not_renamed(user: User, at: datetime) -> str:
    """Why a person does not choose another name; empty for who works at a dealer, which is told.

    Who left, or works for no dealer, could write another one beside what they did there.
    """
    posts = user.memberships.current(at)
    if posts.filter(dealer__isnull=False).exists():
        return ""
    if named_by_headquarters(user, at):
        return _(
            "Dealers read your name beside what you did: administrators of headquarters change it."
        )
    return _("Your name stays beside what you did. With a post at a dealer you change it again.")


def named_by_headquarters(user: User, at: datetime) -> bool:
    """Whether administrators change the name: of headquarters' own people and of the regions'."""
    # As it stands in the database: a form that is refused has changed the person in hand.
    return (
        User.objects.filter(pk=user.pk, is_staff=True).exists()
        or user.memberships.current(at).filter(dealer__isnull=True).exists()
    )


@transaction.atomic
def rename(user: User, name: str, *, by: Actor, at: datetime) -> None:
    """Be called ``name`` from now on, which those who answer for the person's posts are told.

    Raises PeopleRefused for somebody else, and for whoever works at no dealer.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if user.pk != by.user_id:
        raise PeopleRefused(_("You cannot change this name."))
    if refused := why_not_renamed(user, at):
        raise PeopleRefused(refused)
    if user.name == name:
        return
    said = sayings.kept(RENAMED, old=[user.name], new=[name])
    user.name = name
    # The rest of the row may be another by now: an account that was closed stays closed.
    user.save(update_fields=["name"])
    with acting(Actor.worker("rename", user)):  # also at the person's other dealer
        told = {
            post.user
            for held in user.memberships.current(at).with_scope()
            for post in Membership.objects.current(at).over(held).select_related("user")
        }
        notices.tell(
            sorted(told, key=lambda each: each.pk), NoticeKind.POST, said,
            to=reverse("dealers:staff"), at=at,
        )  # fmt: skip


def _held(membership: Membership) -> Membership:
    """The post as it is on file; nobody else changes it until the transaction ends."""
    rows = Membership.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("user", "store", "dealer", "region").get(pk=membership.pk)


@transaction.atomic
def end_membership(membership: Membership, *, by: Actor, at: datetime) -> None:
    """End a post from ``at`` on and sign the person out everywhere.

    A post that was to follow it never begins, unless ``by`` does not answer for that one. Raises
    PeopleRefused for one's own post, one that has ended, and one that ``by`` does not answer for.
    """
    membership = _held(membership)
    if membership.user_id == by.user_id:
        raise PeopleRefused(_("You cannot end your own post."))
    if not may_end(membership, by=by):
        raise PeopleRefused(_("You cannot end this post."))
    if membership.ends_at and membership.ends_at <= at:
        raise PeopleRefused(_("This post has already ended."))
    _end_what_follows(membership, by=by, at=at)
    close_post(membership, at=at)
    _withdraw_invitations(membership, at)
    credentials.end_sessions(membership.user)
    for leave in LEAVING:
        leave(membership, by, at)
    post = invitations.Post.of(membership).said
    _tell_leaders(membership, sayings.kept(ENDED, name=[membership.user.name], post=post), by, at)
    _tell_owners_of_looks(membership, at)
    notices.tell(
        [membership.user],
        NoticeKind.POST,
        sayings.kept(YOURS_ENDED, post=post),
        to=reverse("dealers:me"),
        about=f"ended:{membership.pk}",
        at=at,
    )


def close_post(membership: Membership, *, at: datetime) -> None:
    """End a post from ``at`` on, and take its files back, for whoever may."""
    # A post that was to start later never runs: it ends a microsecond after its start.
    membership.ends_at = max(at, membership.starts_at + NEVER_RAN)
    membership.save(update_fields=["ends_at"])
    exports.withdraw(membership)


def _end_what_follows(membership: Membership, *, by: Actor, at: datetime) -> None:
    """Who leaves does not come back on the day from which they were to have another post."""
    if membership.ends_at is None:
        return
    planned = Membership.objects.filter(
        user=membership.user_id, dealer=membership.dealer_id, starts_at=membership.ends_at
    )
    for post in planned.with_scope():
        if may_end(post, by=by):
            _end_what_follows(post, by=by, at=at)
            close_post(post, at=at)


def _tell_owners_of_looks(membership: Membership, at: datetime) -> None:
    """Tell a dealer's owners what who leaves had looked at lately, whoever ends the post."""
    if membership.dealer_id is None:
        return
    numbers, files = access.looked_lately(membership.user, membership.dealer_id, at)
    notices.tell(
        notices.owners(membership.dealer_id, at),
        NoticeKind.LEAVER,
        sayings.kept(LEFT, name=[membership.user.name], numbers=[str(numbers)], files=[str(files)]),
        to=reverse("customers:access-log") + "#left-title",
        # An account that was closed may be opened again, and its holder look on.
        about=f"left:{membership.pk}:{at:%Y-%m-%d}",
        at=at,
    )


def _tell_leaders(membership: Membership, said: str, by: Actor, at: datetime) -> None:
    """Tell those who answer for a post inside a dealer, but for who has changed it."""
    posts = Membership.objects.current(at).over(membership).select_related("user")
    notices.tell(
        [post.user for post in posts if post.user_id != by.user_id],
        NoticeKind.POST,
        said,
        to=reverse("dealers:staff"),
        at=at,
    )


@transaction.atomic
def change_post(
    membership: Membership, *, role: str, store: Store, on: date, by: Actor, at: datetime
) -> Membership:
    """Another role or store from the day ``on`` at that store; today means from now on.

    The post that was ends then, the other one begins: what was done in each stays with it. Raises
    PeopleRefused for one's own post, one that ``by`` does not answer for or may not give, a day
    that is over or more than a year ahead, and for a post that ends or changes before.
    """
    membership = _held(membership)
    if membership.user_id == by.user_id:
        raise PeopleRefused(_("You cannot change your own post."))
    wanted = invitations.post(role, store)
    if not (may_end(membership, by=by) and invitations.may_give(by, wanted)):
        raise PeopleRefused(_("You cannot change this post."))
    today = at.astimezone(store.tz).date()
    if not today <= on <= today + timedelta(days=366):
        raise PeopleRefused(_("Choose today or a day within a year."))
    starts = at if on == today else midnight(on, store.tz)
    if starts <= membership.starts_at or membership.ends_at is not None:
        raise PeopleRefused(_("This post changes or ends already, or begins later."))
    later = Membership.objects.filter(user=membership.user, **wanted._asdict())
    if later.held(starts).exists():
        raise PeopleRefused(_("This person already holds this post."))
    membership.ends_at = starts
    membership.save(update_fields=["ends_at"])
    if starts == at:
        _withdraw_invitations(membership, at)
        exports.withdraw(membership)
    said = sayings.kept(
        CHANGED, name=[membership.user.name], day=[f"{on:%Y-%m-%d}"], post=wanted.said
    )
    _tell_leaders(membership, said, by, at)
    notices.tell([membership.user], NoticeKind.POST, said, to=reverse("dealers:me"), at=at)
    return Membership.objects.create(user=membership.user, **wanted._asdict(), starts_at=starts)


def _withdraw_invitations(membership: Membership, at: datetime) -> None:
    """Close what the holder of a post that is over invited in it."""
    sent = Invitation.objects.open(at).filter(invited_by=membership.user)
    if membership.store_id is not None:
        sent = sent.filter(store=membership.store_id)
    sent.filter(dealer=membership.dealer_id, region=membership.region_id).update(revoked_at=at)


def may_end(membership: Membership, *, by: Actor) -> bool:
    """Whether ``by`` answers for this post: who may give a role may also end it."""
    return by.at_hq or invitations.may_give(by, invitations.Post.of(membership))


def let_register_again(membership: Membership, *, by: Actor, at: datetime) -> None:
    """Headquarters has looked: registrations until ``at`` no longer count towards the pause."""
    _for_headquarters_only(by)
    membership.reviewed_at = at
    membership.save(update_fields=["reviewed_at"])


def forget_second_factors(
    user: User,
    *,
    by: Actor,
    at: datetime,  # noqa: ARG001 -- as its siblings
) -> None:
    """Take the second factors from somebody who lost phone or key, and sign them out everywhere."""
    _for_headquarters_only(by)
    with door.opened():
        Authenticator.objects.filter(user=user).delete()
    credentials.end_sessions(user)


def _for_headquarters_only(by: Actor) -> None:
    if not by.at_hq:
        raise PeopleRefused(_("Only headquarters does this."))


def check_may_register_for(user: User, store: Store, at: datetime) -> None:
    """Whether ``user`` may be the one who registers a customer, or sells, at ``store`` at ``at``.

    Raises PeopleRefused for a closed account and for who holds no post at the store's dealer:
    people of headquarters, of another dealer, and who left before.
    """
    if registers_until(user, store) <= at:
        raise PeopleRefused(_stranger(user, store))


def registers_until(user: User, store: Store) -> datetime:
    """The moment before which ``user`` may be named as registering at ``store``.

    A post may have been put on file later than what it is named for, as with a file of the past.
    Asks nothing when the memberships are prefetched. Raises PeopleRefused for a closed account and
    for who never held a post at the store's dealer.
    """
    if not user.is_active:
        raise PeopleRefused(_("The account of %(name)s is closed.") % {"name": user})
    posts = [post for post in user.memberships.all() if post.dealer_id == store.dealer_id]
    if not posts:
        raise PeopleRefused(_stranger(user, store))
    return max(post.ends_at or FOREVER for post in posts)


def _stranger(user: User, store: Store) -> str:
    return _("%(name)s does not work for the dealer of %(store)s.") % {
        "name": user,
        "store": store.code,
    }

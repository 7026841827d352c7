"""Stores that close: from then on they take no customers, and their people work elsewhere.

When a store closes is known before, and stands in its row: whoever asks at a moment sees whether it
is closed then, whether or not any task has run.
"""

from collections.abc import Collection
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext_noop

from dealers import notices, people, sayings
from dealers.invitations.posts import Post
from dealers.models import Invitation, Membership, MembershipQuerySet, NoticeKind, Role, Store
from dealers.signin import credentials

MOVED = gettext_noop("%(store)s has closed. From now on you work at %(to)s.")


def close_from(stores: Collection[int], moment: datetime) -> list[int]:
    """Have these stores close at ``moment``; those of them that were to stay open."""
    rows = Store.objects.filter(pk__in=stores, closed_at=None)
    found = list(rows.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
    Store.objects.filter(pk__in=found).update(closed_at=moment)
    return found


def stay_open(stores: Collection[int], moment: datetime) -> int:
    """Take back that these stores close at ``moment``, which is still to come; how many."""
    return Store.objects.filter(pk__in=stores, closed_at=moment).update(closed_at=None)


def withdraw_invitations(stores: Collection[int], at: datetime) -> int:
    """End the open invitations to these stores; how many those were."""
    return Invitation.objects.open(at).filter(store__in=stores).update(revoked_at=at)


def move_posts(store: Store, to: Store, at: datetime) -> int:
    """End the posts at a store and begin the same at its sister store; how many were moved.

    Who holds that post there already keeps it. Call it in a transaction; done twice, it finds none.
    """
    posts = _running(Membership.objects.filter(store=store), at)
    for post in posts:
        until = post.ends_at
        people.close_post(post, at=at)
        same = {"user": post.user, "role": post.role, "store": to, "dealer_id": to.dealer_id}
        if not Membership.objects.held(at).filter(**same).exists():
            Membership.objects.create(**same, starts_at=max(at, post.starts_at), ends_at=until)
        _tell(post, sayings.kept(MOVED, store=[store.name], to=[to.name]), at)
    return len(posts)


def end_posts(dealer_id: int, at: datetime) -> int:
    """End the posts of a dealer's people but its owners, and sign them out; how many those were.

    The owners stay: statements, files and what is still owed are theirs to read.
    """
    posts = _running(Membership.objects.filter(dealer=dealer_id).exclude(role=Role.OWNER), at)
    for post in posts:
        people.close_post(post, at=at)
        credentials.end_sessions(post.user)
        _tell(post, sayings.kept(people.YOURS_ENDED, post=Post.of(post).said), at)
    return len(posts)


def _running(posts: MembershipQuerySet, at: datetime) -> list[Membership]:
    rows = posts.held(at).select_related("user", "store", "dealer", "region")
    return list(rows.select_for_update(no_key=True, of=("self",)).order_by("pk"))


def _tell(post: Membership, said: str, at: datetime) -> None:
    notices.tell(
        [post.user],
        NoticeKind.POST,
        said,
        to=reverse("dealers:me"),
        about=f"closed:{post.pk}",
        at=at,
    )

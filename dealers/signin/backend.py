"""Who comes with a session: the person and their posts, in one statement."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.base_user import AbstractBaseUser
from django.utils import timezone

from dealers import notices
from dealers.actor import Actor, tell_database
from dealers.models import Membership, User


class Backend(AuthenticationBackend):
    """Passwords and codes as allauth knows them; a person comes with their current posts."""

    def get_user(self, user_id: Any) -> AbstractBaseUser | None:
        """The person of a session, who from now on is at the door, and nobody else.

        Their current posts are ``posts``, each of which knows how many notices are ``unread``.
        """
        tell_database(Actor(User(pk=user_id)))
        current = Membership.objects.filter(user=user_id).current(timezone.now()).with_scope()
        posts = list(
            current.select_related("user")
            .annotate(unread=notices.unread_by(user_id))
            .order_by("starts_at", "pk")
        )
        user = posts[0].user if posts else super().get_user(user_id)
        if user is not None:
            for post in posts:
                post.user = user
            user.posts = posts
        return user

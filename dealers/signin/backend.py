"""Who comes with a session: the person and their posts, in one statement."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import TextField
from django.db.models.functions import Cast
from django.utils import timezone

from dealers import notices
from dealers.actor import Actor, tell_and_read
from dealers.models import Membership, User


class Backend(AuthenticationBackend):
    """Passwords and codes as allauth knows them; a person comes with their current posts."""

    def get_user(self, user_id: Any) -> AbstractBaseUser | None:
        """The person of a session, who from now on is at the door, and nobody else.

        Their current posts are ``posts``, each of which knows how many notices are ``unread``.
        """
        current = Membership.objects.filter(user=user_id).current(timezone.now()).with_scope()
        posts: list[Any] = tell_and_read(
            Actor(User(pk=user_id)),
            current.select_related("user")
            .annotate(unread=notices.unread_by(user_id), opens=Cast("user__password", TextField()))
            .order_by("starts_at", "pk"),
        )
        user = posts[0].user if posts else self._of_no_post(user_id)
        if user is None:
            return None
        # By which the session is known as this person's.
        user.password = posts[0].opens if posts else user.opens
        for post in posts:
            post.user = user
        user.posts = posts
        return user

    def _of_no_post(self, user_id: Any) -> Any:
        found = User.objects.annotate(opens=Cast("password", TextField()))
        user = found.filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None

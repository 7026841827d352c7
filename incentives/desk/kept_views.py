"""A regional manager's own views of the table of stores: kept under a name, replaced, let go."""

from datetime import datetime

from django.db import transaction
from django.http import QueryDict
from django.utils.translation import gettext as _

from dealers.actor import Actor, acting
from dealers.models import User
from incentives.models import StoreView

KEYS = ("view", "q", "dealer", "size", "col", "sort")  # of an address, in this order
MOST = 20  # of one person
LONGEST = StoreView._meta.get_field("query").max_length or 0


class ViewRefused(Exception):
    """The message is written for the person who asked."""


def query_of(asked: QueryDict) -> str:
    """What of an address makes a view, always written alike; nothing of other keys or pages."""
    kept = QueryDict(mutable=True)
    for key in KEYS:
        if values := [value for value in asked.getlist(key) if value]:
            kept.setlist(key, values)
    return kept.urlencode()


def of(user: User) -> list[StoreView]:
    """The views that somebody has kept, by name."""
    return list(StoreView.objects.filter(user=user))


def keep(name: str, asked: QueryDict, *, by: Actor, at: datetime) -> StoreView:
    """Keep a view under a name, in place of one that has it.

    Raises ViewRefused for too many, and for one that is longer than an address may be.
    """
    query = query_of(asked)
    if len(query) > LONGEST:
        raise ViewRefused(_("That is too much for one view: search for less."))
    with transaction.atomic():
        # The person's row is the queue for their views: a new one has no row to lock yet.
        User.objects.select_for_update(no_key=True).get(pk=by.person.pk)
        others = StoreView.objects.filter(user=by.person).exclude(name=name)
        if others.count() >= MOST:
            raise ViewRefused(
                _("You have %(most)d views already. Remove one first.") % {"most": MOST}
            )
        made, _is_new = StoreView.objects.update_or_create(
            user=by.person, name=name, defaults={"query": query, "at": at}
        )
    return made


def forget(pk: int, *, by: Actor) -> bool:
    """Let a view go; whether there was one of this person."""
    with acting(Actor.worker("forget_view", by.person)):  # people delete no rows themselves
        return bool(StoreView.objects.filter(user=by.person, pk=pk).delete()[0])

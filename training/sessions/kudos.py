"""Thanks for a story or a session: one of each person, who may take it back; numbers, not names."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from dealers.actor import Actor, acting
from training.models import Kudos, SharingSession, Story
from training.sessions import WORKER, SessionRefused

type Thing = Story | SharingSession


def _about(thing: Thing) -> dict[str, Thing]:
    return {"story" if isinstance(thing, Story) else "session": thing}


def is_own(thing: Thing, by: Actor) -> bool:
    """Whether somebody would thank themselves: the own dealer, or for the session they host."""
    own = by.dealer_id is not None and thing.dealer_id == by.dealer_id
    return own or (isinstance(thing, SharingSession) and thing.host_id == by.user_id)


def _is_there(thing: Thing, at: datetime) -> bool:
    if isinstance(thing, Story):
        return thing.is_shown
    return not thing.is_cancelled and thing.starts_at <= at


def may_thank(thing: Thing, *, by: Actor, at: datetime) -> bool:
    """Whether there is something to thank for, and it is another's."""
    return _is_there(thing, at) and not is_own(thing, by)


def thank(thing: Thing, *, by: Actor, at: datetime) -> None:
    """Thank for a story that is shown, or a session that has begun; once, however often.

    Raises SessionRefused for one's own, and for what is not there to be thanked for.
    """
    if is_own(thing, by):
        raise SessionRefused(_("Nobody thanks themselves."))
    if not _is_there(thing, at):
        raise SessionRefused(_("There is nothing to thank for yet."))
    with acting(WORKER):
        Kudos.objects.get_or_create(user=by.person, **_about(thing), defaults={"at": at})


def take_back(thing: Thing, *, by: Actor) -> None:
    """Take one's thanks back."""
    with transaction.atomic(), acting(WORKER):
        Kudos.objects.filter(user=by.person, **_about(thing)).delete()


def given(thing: Thing, by: Actor) -> tuple[int, bool]:
    """How many have thanked, and whether ``by`` has."""
    with acting(WORKER):
        rows = Kudos.objects.filter(**_about(thing))
        return rows.count(), rows.filter(user=by.user_id).exists()

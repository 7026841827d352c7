"""Notes of a regional manager."""

from datetime import datetime, timedelta

from dealers.actor import Actor
from dealers.models import Membership, Store
from incentives.desk import coaching
from incentives.desk.coaching import Words
from incentives.models import Aim, CoachingNote


def coached(
    store: Store, manager: Membership, *, at: datetime, days: int = 14, **words: str
) -> CoachingNote:
    """A note of ``manager`` about a store, to be looked at so many days later."""
    told = Words(
        **{
            "saw": "收银台没有人问手机号",
            "why": "新同事不知道怎么开口",
            "to_do": "每天早会练习一次开场白",
            "aim": Aim.REGISTRATIONS,
            "check_on": coaching.local_day(store, at) + timedelta(days=days),
            **words,
        }
    )
    return coaching.write(store, told, by=Actor.of(manager), at=at)

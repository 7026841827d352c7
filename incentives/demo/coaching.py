"""What the regional manager of the demo logins noted at two stores, and what came of it."""

from datetime import datetime, timedelta

from dealers.actor import Actor
from dealers.models import Membership, Role, Store
from incentives.demo.network import OWNERS_DEALER
from incentives.desk import coaching
from incentives.desk.coaching import Words
from incentives.models import Aim, Came, CoachingNote

DAYS = timedelta(days=1)
FIRST = (
    "两个店员收银时都没有问手机号",
    "怕顾客嫌麻烦，不知道怎么开口",
    "店长每天早会带大家练一次开场白",
)
THEN = (
    "登记后第二天只打了一半电话",
    "周末人手不够，回访排到了下周",
    "周六上午留一个小时专打回访电话",
)
OTHER = (
    "样品区没有人接待，顾客自己看完就走",
    "中午只有一个人在店里",
    "十二点到一点排两个人",
)


def coach(now: datetime) -> None:
    """A note with its outcome and an open one for the first store, one that is due for another."""
    stores = Store.objects.filter(dealer__code=OWNERS_DEALER).order_by("code")
    first, other = stores.select_related("dealer")[:2]
    manager = Membership.objects.filter(
        role=Role.REGIONAL_MANAGER, region=first.dealer.region_id
    ).earliest("pk")
    by = Actor.of(manager)

    def note(store: Store, words: tuple[str, str, str], aim: Aim, ago: int) -> CoachingNote:
        at = now - ago * DAYS
        check_on = coaching.local_day(store, at) + 14 * DAYS
        return coaching.write(store, Words(*words, aim, check_on), by=by, at=at)

    done = note(first, FIRST, Aim.REGISTRATIONS, 24)
    coaching.check(done, Came.DONE, "早会坚持了两周，人人会说了", by=by, at=now - 9 * DAYS)
    note(first, THEN, Aim.CONTACT, 5)
    note(other, OTHER, Aim.CONVERSION, 16)

"""Loading the demo: everything in one transaction, so that half a demo never stays behind."""

import time as clock
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Mod
from django.utils.translation import gettext as _

from customers.models import (
    Activity,
    Attribution,
    Customer,
    Identity,
    Order,
    OrderLine,
    Ownership,
    OwnershipEvent,
    Registration,
)
from dealers.actor import Actor
from dealers.demo_logins import PASSWORD
from dealers.models import (
    AccessAction,
    AccessLog,
    Dealer,
    Invitation,
    Membership,
    Notice,
    Region,
    Role,
    Store,
    User,
)
from dealers.months import first_day, hq_midnight, next_month, previous_month
from dealers.triggers import lifted
from incentives.books import closing
from incentives.demo import agreement, coaching, payouts, program, rewards
from incentives.demo.network import (
    OWNERS_DEALER,
    REGIONS,
    RIVAL_DEALER,
    DemoDealer,
    DemoStore,
    make_network,
)
from incentives.demo.people import Person, make_staff, mobile_numbers
from incentives.demo.replaying import replay
from incentives.demo.trade import TZ, make_trade
from incentives.demo.week import live
from training import demo as training_demo

HQ = "hq@demo.example"
SECOND = "hq2@demo.example"  # approves what the first one did
CLERK = "clerk@demo.example"
PURPOSES = ("预约上门量尺", "安装回访", "确认送货时间", "回访报价", "售后换芯提醒")


class LoadRefused(Exception):
    """The demo is not loaded here; the message says why."""


class NetworkExists(LoadRefused):
    """The installation has a network of its own."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything the demo has."""

    dealers: int = 40
    stores: int = 100
    staff: int = 300
    customers: int = 5200  # those of the days still to come are left out
    months: int = 9  # that have ended


def load(
    now: datetime,
    size: Size | None = None,
    seed: int = 2026,
    say: Callable[[str], object] = lambda _line: None,
) -> bool:
    """Make the demo as of ``now``; False where it is there already.

    ``say`` gets a line after each step. Raises LoadRefused outside demo mode, and where there is
    another network already.
    """
    if not settings.PORTAL_DEMO:
        raise LoadRefused(_("The demo is loaded in demo mode only."))
    if User.objects.filter(email=HQ).exists():
        return False
    if Region.objects.exists():
        raise NetworkExists(_("There is a network already, so the demo was left out."))
    size = size or Size()
    random = Random(seed)  # noqa: S311 - a demo, not a secret
    months = _months(now, size.months)
    with transaction.atomic():
        with _step(say, "network and people"):
            dealers, stores = make_network(random, months[0], size.dealers, size.stores)
            numbers = mobile_numbers(random)
            people = make_staff(random, numbers, stores, size.staff)
            _make_network(dealers, stores)
            hq, second = _make_people(people, months[0], now)
        with _step(say, "rulebook, plans, cohorts"):
            _make_program(months, hq)
            payouts.give_accounts(hq_midnight(months[0]))
        with _step(say, "history"):
            trade = make_trade(
                random,
                numbers,
                stores=stores,
                people=people,
                months=months,
                customers=size.customers,
            )
            live(
                trade,
                random,
                numbers,
                store=stores[0].code,
                associate=CLERK,
                month=months[-1],
                now=now.astimezone(TZ),
            )
            replay(trade.until(now), now)
            _look_at_customers(random, now)
        _analyze()
        _close(months[:-1], hq, second, now, say)
        with _step(say, "an announced plan"):
            program.announce_plan(months[-1], hq, second, now)
        with _step(say, "courses"):
            _learn(months[0], hq, now, seed)
            _invite(now)
        coaching.coach(now)
        agreement.publish(hq, second, now)
        _share(hq, second, now)
        _read_notices(now)
    return True


@contextmanager
def _step(say: Callable[[str], object], name: str) -> Iterator[None]:
    started = clock.monotonic()
    yield
    say(f"{name} {clock.monotonic() - started:.1f} s")


def _months(now: datetime, ended: int) -> list[date]:
    """First days of so many ended months and the open one."""
    months = [first_day(now.astimezone(TZ).date())]
    for _n in range(ended):
        months.insert(0, previous_month(months[0]))
    return months


def _close(
    months: list[date], hq: User, second: User, now: datetime, say: Callable[[str], object]
) -> None:
    """Close the months that have ended; the portal pays since the last three of them."""
    rewards.promise(months[-1], hq, second)
    for month in months:
        with _step(say, f"close {month:%Y-%m}"):
            run = closing.close_period(month, by=Actor.hq(hq), at=_closing_time(month, now))
            if month in months[-3:]:
                last, fails = month == months[-1], month == months[-2]
                payouts.pay(run, hq, second, now, last=last, fails=fails)
    rewards.settle(run.closed_at, now)


def _closing_time(month: date, now: datetime) -> datetime:
    """The third day after the month at three in the morning, as the schedule would have it."""
    return min(now, hq_midnight(next_month(month)) + timedelta(days=2, hours=3))


def _make_network(dealers: list[DemoDealer], stores: list[DemoStore]) -> None:
    regions = {
        region.code: region
        for region in Region.objects.bulk_create(
            [Region(code=code, name=name) for code, name in REGIONS.items()]
        )
    }
    made = {
        dealer.code: dealer
        for dealer in Dealer.objects.bulk_create(
            [Dealer(code=d.code, name=d.name, region=regions[d.region]) for d in dealers]
        )
    }
    Store.objects.bulk_create(
        [
            Store(
                code=store.code,
                name=store.name,
                dealer=made[store.dealer],
                size_class=store.size,
                opened_on=store.opened_on,
            )
            for store in stores
        ]
    )


def _make_people(people: list[Person], first_month: date, now: datetime) -> tuple[User, User]:
    """Everybody with the demo's password, a confirmed e-mail and their posts.

    Returns the two of headquarters.
    """
    password = make_password(PASSWORD)
    joined = hq_midnight(first_month) - timedelta(days=60)
    users = [
        User(
            email=person.email,
            name=person.name,
            phone=person.phone,
            phone_verified=True,
            password=password,
            date_joined=now - timedelta(days=9) if person.newcomer else joined,
        )
        for person in people
    ]
    hq, second = (
        User(
            email=email, name=name, password=password, is_staff=True, is_superuser=True,
            date_joined=joined,
        )
        for email, name in ((HQ, "赵宁"), (SECOND, "孙悦"))
    )  # fmt: skip
    everybody = [*users, hq, second]
    User.objects.bulk_create(everybody)
    EmailAddress.objects.bulk_create(
        [EmailAddress(user=u, email=u.email, verified=True, primary=True) for u in everybody]
    )
    regions = {region.code: region for region in Region.objects.all()}
    dealers = {dealer.code: dealer for dealer in Dealer.objects.all()}
    stores = {store.code: store for store in Store.objects.select_related("dealer")}
    memberships = []
    for user, person in zip(users, people, strict=True):
        for post in person.posts:
            store = stores.get(post.scope)
            memberships.append(
                Membership(
                    user=user,
                    role=post.role,
                    store=store,
                    dealer=store.dealer if store else dealers.get(post.scope),
                    region=regions.get(post.scope),
                    starts_at=user.date_joined,
                )
            )
    Membership.objects.bulk_create(memberships)
    return hq, second


def _make_program(months: list[date], hq: User) -> None:
    published = hq_midnight(months[0]) - timedelta(days=30)
    program.make_categories()
    program.make_rulebook(months[0], hq, published)
    later = months[len(months) // 2]
    program.make_plans(months[0], later, months[-1], hq, published)
    program.make_cohorts()


def _look_at_customers(random: Random, now: datetime) -> None:
    """Some of the first dealer's numbers were looked at, for a reason each."""
    dealer = Dealer.objects.get(code=OWNERS_DEALER)
    posts = dealer.memberships.filter(role__in=[Role.ASSOCIATE, Role.OWNER]).order_by("pk")
    staff = list(posts.select_related("user"))
    held = Ownership.objects.running(now).filter(dealer=dealer).order_by("pk")
    cards = list(held.values_list("customer", flat=True))
    accesses = []
    for days in range(20, 0, -1) if cards else ():
        member = random.choice(staff)
        accesses.append(
            AccessLog(
                dealer=dealer,
                user_id=member.user_id,
                name=member.user.name,
                role=member.role,
                action=AccessAction.REVEAL,
                customer=random.choice(cards),
                fields="phone",
                purpose=random.choice(PURPOSES),
                at=now - timedelta(days=days, hours=random.uniform(1, 20)),
            )
        )
    with lifted(AccessLog):  # which refuses what is dated back
        AccessLog.objects.bulk_create(accesses)


def _learn(first_month: date, hq: User, now: datetime, seed: int) -> None:
    """Courses from the first month on, and people somewhere in them."""
    training_demo.load(by=hq, at=hq_midnight(first_month))
    # Lesson by lesson through the same doors as in the browser, so not for all: those who work
    # with the demo logins, and every third person of their region.
    region = Region.objects.get(dealers__code=OWNERS_DEALER)
    posts = (
        Membership.objects.current(now)
        .annotate(turn=Mod("pk", Value(3)))
        .filter(
            Q(dealer__code__in=[OWNERS_DEALER, RIVAL_DEALER])
            | Q(region=region)
            | Q(dealer__region=region, turn=0)
        )
    )
    training_demo.progress(
        posts.with_scope().select_related("user").order_by("pk"), seed=seed, until=now
    )
    training_demo.load_tracks(at=hq_midnight(first_month))


def _share(hq: User, second: User, now: datetime) -> None:
    """The rival tells how it did it, and the people of the demo logins listen."""
    store = Store.objects.filter(dealer__code=RIVAL_DEALER).order_by("code").first()
    posts = Membership.objects.current(now).filter(dealer__code=OWNERS_DEALER).order_by("pk")
    people = list(posts.select_related("user"))
    if store is not None and people:
        training_demo.share(store, people=people, hq=hq, second=second, now=now)


def _invite(now: datetime) -> None:
    """An open invitation to the owner's first store."""
    owner = Membership.objects.filter(role=Role.OWNER, dealer__code=OWNERS_DEALER).latest("pk")
    store = Store.objects.filter(dealer__code=OWNERS_DEALER).order_by("code").first()
    Invitation.objects.create(
        email="chenli@demo.example",
        name="陈立",
        role=Role.ASSOCIATE,
        store=store,
        dealer_id=owner.dealer_id,
        invited_by_id=owner.user_id,
        invited_at=now - timedelta(hours=20),
        expires_at=now + timedelta(days=6),
    )


def _read_notices(now: datetime) -> None:
    """What is older than a month was read, so that no copies of it go out at the first start."""
    old = Notice.objects.filter(at__lt=now - timedelta(days=31))
    old.update(read_at=F("at") + timedelta(hours=1))


def _analyze() -> None:
    """Statistics for the planner, which else takes tables filled a second ago for empty ones."""
    filled = (
        Activity, Attribution, Customer, Identity, Order, OrderLine, Ownership, OwnershipEvent,
        Registration,
    )  # fmt: skip
    tables = [model._meta.db_table for model in filled]
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(tables)}")

"""Nine months of trade and the open one: who comes where, is followed up, buys and returns."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

from customers.bulk.activities import FollowUp
from customers.models import ActivityKind, Outcome
from dealers.models import Role
from incentives.demo.network import Character, DemoStore
from incentives.demo.people import Person, full_name

TZ = ZoneInfo("Asia/Shanghai")
SOURCES = ("walk-in", "walk-in", "walk-in", "qr", "referral", "event", "phone")
# Code, name, and products with the price of each in yuan.
CATEGORIES = {
    "water-purifier": (
        "净水机",
        {"RO-600 厨下净水机": 2980, "RO-800 厨下净水机": 3680, "RO-1200 母婴净水机": 4980},
    ),
    "whole-house": ("全屋净水", {"全屋净水三级套装": 9800, "全屋净水五级套装": 14800}),
    "softener": ("软水机", {"1.5 吨软水机": 5980, "2 吨软水机": 7680}),
    "smart-lock": ("智能门锁", {"L1 指纹锁": 1580, "L3 人脸锁": 2680, "L5 可视猫眼锁": 3480}),
    "air-purifier": ("空气净化器", {"A4 空气净化器": 1980, "A8 除醛净化器": 3980}),
    "filters": ("滤芯耗材", {"RO 滤芯": 398, "PP 棉套装": 198, "软水盐 25 kg": 128}),
    "service": ("安装与服务", {"上门安装": 200, "深度保养": 360}),
}  # fmt: skip
FIRST_BUY = ("water-purifier", "smart-lock", "whole-house", "softener", "air-purifier")
FIRST_BUY_WEIGHTS = (40, 28, 8, 10, 14)
NOTES = (
    "家里在装修，想先看全屋方案", "关心滤芯更换费用", "周末带家人到店", "已发报价单，等回复",
    "量尺完成，等水质报告",
    "比较了两家，意向较强", "房子下月交付", "希望上门安装时间灵活",
    "问过以旧换新", "先加微信，月底再联系",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Visit:
    """A customer is registered by a store; the same one again is a visit."""

    at: datetime
    number: str
    name: str
    store: str
    staff: str  # e-mail
    source: str
    marketing: bool


@dataclass(frozen=True, slots=True)
class TillLine:
    category: str
    quantity: int
    gross: Decimal
    discount: Decimal

    @property
    def net(self) -> Decimal:
        return self.gross - self.discount


@dataclass(frozen=True, slots=True)
class Purchase:
    """An order, or with ``sale`` the return of an earlier one's first line or of all of it."""

    at: datetime
    number: str  # empty: nobody said
    place: str  # a store's code or ONLINE
    id: str
    lines: tuple[TillLine, ...]
    sale: str = ""


@dataclass(slots=True)
class Trade:
    visits: list[Visit] = field(default_factory=list)
    follow_ups: list[FollowUp] = field(default_factory=list)
    purchases: list[Purchase] = field(default_factory=list)

    def until(self, now: datetime) -> "Trade":
        """What has happened by ``now``."""
        return Trade(
            [visit for visit in self.visits if visit.at < now],
            [follow_up for follow_up in self.follow_ups if follow_up.at < now],
            [purchase for purchase in self.purchases if purchase.at < now],
        )


@dataclass(slots=True)
class Town:
    """Everything that a customer's story is made of."""

    random: Random
    months: list[date]  # first days, the open month last
    stores: list[DemoStore]
    teams: dict[str, list[str]]
    sisters: dict[str, list[str]]
    rivals: dict[str, list[str]]
    numbers: Iterator[str]
    trade: Trade = field(default_factory=Trade)
    orders: int = 0


def make_trade(
    random: Random,
    numbers: Iterator[str],
    *,
    stores: list[DemoStore],
    people: list[Person],
    months: list[date],
    customers: int,
) -> Trade:
    """The trade of ``months``, of which the last is the open one, with all its days.

    A store's share of the customers follows its size and character; some buy at other stores and
    online, some are also registered elsewhere, some return what they bought.
    """
    teams: dict[str, list[str]] = {store.code: [] for store in stores}
    for person in people:
        for post in () if person.newcomer else person.posts:
            if post.role in (Role.ASSOCIATE, Role.STORE_MANAGER):
                # Managers register too, associates more.
                teams[post.scope] += [person.email] * (3 if post.role == Role.ASSOCIATE else 1)
    town = Town(
        random=random,
        months=months,
        stores=stores,
        teams=teams,
        sisters={
            store.code: [s.code for s in stores if s.dealer == store.dealer and s is not store]
            for store in stores
        },
        rivals={
            store.code: [
                s.code for s in stores if s.region == store.region and s.dealer != store.dealer
            ]
            for store in stores
        },
        numbers=numbers,
    )
    weights = [
        0 if store.asleep and n == len(months) - 1 else store.weight(n, len(months))
        for n in range(len(months))
        for store in stores
    ]
    places = [(month, store) for month in months for store in stores]
    for month, store in random.choices(places, weights, k=customers):
        at = _opening_hour(random, month)
        if store.asleep and month == months[-2]:
            at = at.replace(day=(at.day + 1) // 2)
        _customer(town, store, at)
    for _ in range(customers // 5):
        _stranger(town)
    trade = town.trade
    trade.visits.sort(key=lambda visit: visit.at)
    trade.follow_ups.sort(key=lambda follow_up: follow_up.at)
    trade.purchases.sort(key=lambda purchase: purchase.at)
    return trade


def _customer(town: Town, store: DemoStore, at: datetime) -> None:
    """One customer's story from the first visit on."""
    random = town.random
    character = store.character
    number, name = next(town.numbers), full_name(random)
    team = town.teams[store.code]
    seller = random.choice(team)

    def visit(when: datetime, place: str) -> None:
        staff = seller if place == store.code else random.choice(town.teams[place])
        # Two in a hundred leave no name.
        known = "" if random.random() < 0.02 else name
        town.trade.visits.append(
            Visit(when, number, known, place, staff, random.choice(SOURCES), random.random() < 0.4)
        )

    visit(at, store.code)
    cared_for = random.random() < character.care
    if cared_for:
        _care(town, store, seller, number, at)
    chance = character.conversion * (1.15 if cared_for else 0.7)
    if random.random() < chance:
        places = [_where(town, store)]
        while random.random() < 0.3:
            places.append(_where(town, store))
        if cared_for and any(place not in (store.code, "ONLINE") for place in places):
            # Back in the owner's store within the time that a first contact is due.
            visit(_later(random, at, 1, 1), store.code)
        bought = _later(random, at, 2, 55)
        _buy(town, number, places[0], bought, categories=FIRST_BUY, weights=FIRST_BUY_WEIGHTS)
        for place in places[1:]:
            bought = _later(random, bought, 25, 120)
            _buy(town, number, place, bought, categories=("filters", "service"), weights=(7, 3))
    elif random.random() < 0.12:
        visit(_later(random, at, 5, 80), store.code)
    if random.random() < 0.05 and town.rivals[store.code]:
        visit(_later(random, at, 3, 150), random.choice(town.rivals[store.code]))
    elif random.random() < 0.02 and town.sisters[store.code]:
        visit(_later(random, at, 3, 60), random.choice(town.sisters[store.code]))


def _care(town: Town, store: DemoStore, seller: str, number: str, at: datetime) -> None:
    """Follow-ups: the first within two days where the store is diligent, then some more."""
    random = town.random
    character = store.character
    prompt = random.random() < character.care
    when = at + timedelta(hours=random.uniform(2, 30)) if prompt else _later(random, at, 3, 6)
    outcome = random.choices(
        (Outcome.REACHED, Outcome.APPOINTMENT, Outcome.NO_ANSWER, Outcome.NOT_INTERESTED),
        (60, 22, 12, 6),
    )[0]
    steps: list[tuple[datetime, str, str]] = [(_in_hours(when), ActivityKind.CALL, outcome)]
    if outcome == Outcome.NO_ANSWER:
        steps.append((_later(random, when, 1, 2), ActivityKind.CALL, Outcome.REACHED))
    kinds = (
        (ActivityKind.VISIT, ""), (ActivityKind.QUOTE, ""), (ActivityKind.CALL, Outcome.REACHED),
        (ActivityKind.MESSAGE, ""), (ActivityKind.NOTE, ""), (ActivityKind.DEPOSIT, ""),
    )  # fmt: skip
    for _ in range(min(int(random.expovariate(1 / (2.2 * character.care))), 6)):
        what, result = random.choices(kinds, (24, 26, 30, 8, 7, 5))[0]
        steps.append((_later(random, steps[-1][0], 3, 24), what, result))
    for n, (when, kind, result) in enumerate(steps):
        # Half of the next steps are planned; those after the last day are what is due now.
        planned = n + 1 < len(steps) and random.random() < 0.5
        town.trade.follow_ups.append(
            FollowUp(
                at=when,
                number=number,
                store=store.code,
                staff=seller if random.random() < 0.85 else random.choice(town.teams[store.code]),
                kind=kind,
                outcome=result,
                note=random.choice(NOTES) if random.random() < 0.35 else "",
                next_on=steps[n + 1][0].date() if planned else None,
            )
        )


def _where(town: Town, store: DemoStore) -> str:
    """Mostly where one was registered; else a sister store, online, or another dealer's."""
    random = town.random
    roll = random.random()
    if roll < 0.12:
        return "ONLINE"
    if roll < 0.19 and town.rivals[store.code]:
        return random.choice(town.rivals[store.code])
    if roll < 0.25 and town.sisters[store.code]:
        return random.choice(town.sisters[store.code])
    return store.code


def _stranger(town: Town) -> None:
    """Somebody buys without being registered, most without giving a number."""
    random = town.random
    number = next(town.numbers) if random.random() < 0.35 else ""
    store = random.choices(town.stores, [_turnover(store) for store in town.stores])[0]
    place = "ONLINE" if number and random.random() < 0.3 else store.code
    at = _opening_hour(random, random.choice(town.months))
    _buy(town, number, place, at, categories=tuple(CATEGORIES), weights=(12, 1, 2, 14, 10, 45, 16))


def _turnover(store: DemoStore) -> float:
    return store.weight(0, 1) * (0.4 if store.character is Character.COLLECTOR else 1.0)


def _buy(
    town: Town,
    number: str,
    place: str,
    at: datetime,
    *,
    categories: tuple[str, ...],
    weights: tuple[int, ...],
) -> None:
    """An order of one to three lines; one in sixteen is returned, in part or in full."""
    random = town.random
    lines = [_line(random, random.choices(categories, weights)[0])]
    if lines[0].category not in ("filters", "service"):
        for category, chance in (("service", 0.35), ("filters", 0.2)):
            if random.random() < chance:
                lines.append(_line(random, category))
    town.orders += 1
    order = f"{at:%y%m}-{town.orders:05d}"
    town.trade.purchases.append(Purchase(at, number, place, order, tuple(lines)))
    if random.random() < 1 / 16:
        back = tuple(lines) if random.random() < 0.6 else (lines[0],)
        when = _later(random, at, 2, 35)
        town.trade.purchases.append(Purchase(when, number, place, f"{order}-R", back, sale=order))


def _line(random: Random, category: str) -> TillLine:
    price = random.choice(list(CATEGORIES[category][1].values()))
    quantity = random.choices((1, 2, 3), (84, 12, 4))[0] if price < 4000 else 1
    gross = Decimal(price * quantity)
    discount = (gross * random.choice((0, 0, 0, 5, 8, 10)) / 100).quantize(Decimal("0.01"))
    return TillLine(category, quantity, gross, discount)


def _opening_hour(random: Random, month: date) -> datetime:
    """A moment in the month while shops are open, more often on a weekend."""
    while True:
        day = month + timedelta(days=random.randrange(31))
        if day.month == month.month and (day.weekday() >= 5 or random.random() < 0.6):
            return _in_hours(
                datetime.combine(day, time(random.randint(10, 20), random.randrange(60)), TZ)
                + timedelta(seconds=random.randrange(60), microseconds=random.randrange(1_000_000))
            )


def _later(random: Random, at: datetime, least: int, most: int) -> datetime:
    """Some days later at some hour of business."""
    days = random.randint(least, most)
    return datetime.combine(
        at.date() + timedelta(days=days),
        time(random.randint(10, 20), random.randrange(60), random.randrange(60)),
        TZ,
    ) + timedelta(microseconds=random.randrange(1_000_000))


def _in_hours(at: datetime) -> datetime:
    """The moment itself, or the next morning where it falls into the night."""
    if 9 <= at.hour <= 21:
        return at
    day = at.date() + timedelta(days=1 if at.hour > 21 else 0)
    return datetime.combine(day, time(9, 30 + at.minute // 2, at.second), TZ)

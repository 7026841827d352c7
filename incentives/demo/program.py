"""The demo's rulebook, plans and cohorts. HQ would make them in the admin."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from customers.models import Category, Product, Rulebook, SoldBy
from dealers import publication
from dealers.actor import Actor
from dealers.models import Region, SizeClass, User
from dealers.months import add_months
from incentives.demo.trade import CATEGORIES
from incentives.models import (
    Base,
    Beneficiary,
    Clawback,
    Cohort,
    Direction,
    Event,
    Kind,
    PlanVersion,
    Program,
    Unit,
)
from incentives.plans import versions, whatif

PLANS: list[dict[str, Any]] = [
    {
        "code": "registration",
        "name": "登记奖励",
        "name_en": "Registration reward",
        "text": "每登记一位新顾客（规则 R6、R7），奖励归登记的经销商。"
        "重复登记和他人保护期内的登记不计。",
        "text_en": "For each new customer (rules R6 and R7), paid to the dealer that registered."
        " Repeats and customers protected elsewhere do not count.",
        "components": [
            {
                "code": "registration-reward",
                "name": "有效登记",
                "name_en": "Valid registrations",
                "event": Event.REGISTRATION,
                "kind": Kind.FLAT,
                "base": Base.COUNT,
                "rows": [(0, Decimal(15))],
            }
        ],
    },
    {
        "code": "conversion",
        "name": "转化分成",
        "name_en": "Conversion share",
        "text": "保护期内的顾客在本店或姐妹门店成交，按当月实付金额分档计算，"
        "每档只对落在该档的部分。",
        "text_en": "Own customers who buy at your stores while protected, by tiers of the"
        " month's net sales; each tier for its own part.",
        "components": [
            {
                "code": "own-tiers",
                "name": "本店及姐妹门店成交",
                "name_en": "Sales at own stores",
                "event": Event.PAID_SALE,
                "places": [SoldBy.OWN, SoldBy.SISTER],
                "kind": Kind.TIERS_MARGINAL,
                "base": Base.NET,
                "clawback": Clawback.RECOMPUTE,
                "period_cap": Decimal(6000),
                "rows": [(0, "0.02"), (30_000, "0.03"), (100_000, "0.05")],
            },
            {
                "code": "units",
                "name": "售出件数奖",
                "name_en": "Units sold",
                "event": Event.PAID_SALE,
                "places": [SoldBy.OWN, SoldBy.SISTER],
                "kind": Kind.PER_UNIT,
                "base": Base.UNITS,
                "rows": [(0, Decimal(8))],
            },
        ],
    },
    {
        "code": "elsewhere",
        "name": "异店成交分成",
        "name_en": "Sales at other dealers",
        "text": "你的顾客在其他经销商处成交：首次联系及时，你得 30% 份额，成交门店得 70%。",
        "text_en": "Your customer buys at another dealer: 30% of the share is yours if the first"
        " contact was in time, 70% is the seller's.",
        "components": [
            {
                "code": "elsewhere-owner",
                "name": "归属方份额",
                "name_en": "Owner's share",
                "event": Event.PAID_SALE,
                "places": [SoldBy.OTHER],
                "to": Beneficiary.OWNER,
                "kind": Kind.PERCENT,
                "base": Base.NET,
                "by_share": True,
                "rows": [(0, "0.08")],
            },
            {
                "code": "elsewhere-seller",
                "name": "成交方份额",
                "name_en": "Seller's share",
                "event": Event.PAID_SALE,
                "places": [SoldBy.OTHER],
                "to": Beneficiary.SELLER,
                "kind": Kind.PERCENT,
                "base": Base.NET,
                "by_share": True,
                "rows": [(0, "0.08")],
            },
        ],
    },
    {
        "code": "online",
        "name": "线上成交佣金",
        "name_en": "Online commission",
        "text": "你的顾客在官方商城下单，佣金全部归你。全部线上成交达到一档，整月按该档加奖。",
        "text_en": "Your customers' orders in the official web shop are credited to you alone. A"
        " bonus tier, once reached, applies to the whole month.",
        "components": [
            {
                "code": "online-commission",
                "name": "线上佣金",
                "name_en": "Commission",
                "event": Event.PAID_SALE,
                "places": [SoldBy.ONLINE],
                "kind": Kind.PERCENT,
                "base": Base.NET,
                "rows": [(0, "0.06")],
            },
            {
                "code": "online-bonus",
                "name": "线上达标奖",
                "name_en": "Volume bonus",
                "event": Event.PAID_SALE,
                "places": [SoldBy.ONLINE],
                "kind": Kind.TIERS_WHOLE,
                "base": Base.NET,
                "clawback": Clawback.RECOMPUTE,
                "rows": [(0, "0"), (10_000, "0.01"), (30_000, "0.02")],
            },
        ],
    },
    {
        "code": "platform-fee",
        "name": "线上平台服务费",
        "name_en": "Web shop service fee",
        "direction": Direction.DEALER_PAYS,
        "text": "计给你的线上订单，总部收取支付与平台成本。",
        "text_en": "The cost of payment and platform for online orders credited to you.",
        "components": [
            {
                "code": "platform-fee",
                "name": "平台服务费",
                "name_en": "Service fee",
                "event": Event.PAID_SALE,
                "places": [SoldBy.ONLINE],
                "kind": Kind.PERCENT,
                "base": Base.NET,
                "rows": [(0, "0.006")],
            }
        ],
    },
]
COHORTS = (
    ("stores-a", Unit.STORE, [SizeClass.A], "A 类门店", "Large stores"),
    ("stores-b", Unit.STORE, [SizeClass.B], "B 类门店", "Medium stores"),
    ("stores-c", Unit.STORE, [SizeClass.C], "C 类门店", "Small stores"),
)
# The south and west are compared among themselves, where shops are larger but newer.
SOUTH_WEST = ("HN", "XN")


def make_categories() -> None:
    """The product catalogue."""
    for code, (name, products) in CATEGORIES.items():
        category = Category.objects.create(code=code, name=name)
        Product.objects.bulk_create(
            [
                Product(code=f"{code}-{n}", name=product, category=category)
                for n, product in enumerate(products, 1)
            ]
        )


def make_rulebook(first_day: date, by: User, at: datetime) -> Rulebook:
    """The brand's ownership rulebook with the usual settings, published before the first day."""
    rulebook = Rulebook(
        name=f"{first_day.year} 归属规则",
        starts_on=first_day,
        warning_days=[30, 7, 1],
        sharing_days=[0, 0, 15, 30],
    )
    publication.begun(rulebook, by=Actor.hq(by), at=at).save()
    return publication.publish(rulebook, by=Actor.hq(by), at=at, problems=lambda _rulebook: [])


def make_plans(first_day: date, later: date, open_month: date, by: User, at: datetime) -> None:
    """Plans from the first month on; registrations pay more from ``later``; one draft waits."""
    Program.objects.update_or_create(id=1, defaults={"currency": "CNY"})
    for data in PLANS:
        version = versions.create_plan(data | {"starts_on": first_day}, by=Actor.hq(by), at=at)
        versions.publish(version, by=Actor.hq(by), at=at)
    first = PlanVersion.objects.get(plan__code="registration")
    _again_with_rate(first, later, Decimal(18), by, at)
    conversion = PlanVersion.objects.get(plan__code="conversion")
    # With time for the notice that the version in force promises.
    versions.new_version(conversion, add_months(open_month, 2), by=Actor.hq(by), at=at)


def _again_with_rate(
    version: PlanVersion, starts_on: date, rate: Decimal, by: User, at: datetime
) -> None:
    following = versions.new_version(version, starts_on, by=Actor.hq(by), at=at)
    for component in following.components.all():
        component.rows.update(rate=rate)
    versions.publish(following, by=Actor.hq(by), at=at)


def announce_plan(open_month: date, first: User, second: User, now: datetime) -> None:
    """The online commission rises: tried by one, approved by another, announced in time."""
    current = PlanVersion.objects.get(plan__code="online")
    steps = [now - timedelta(days=2, hours=hours) for hours in (8, 7, 6, 4, 3)]
    draft = versions.new_version(
        current, add_months(open_month, 2), by=Actor.hq(first), at=steps[0]
    )
    commission = draft.components.get(code="online-commission")
    commission.rows.update(rate=Decimal("0.065"))
    tried = versions.simulate(draft, [add_months(open_month, -1)], by=Actor.hq(first), at=steps[1])
    whatif.compute(tried.replays.get().pk, steps[2])
    versions.approve(draft, by=Actor.hq(second), at=steps[3])
    versions.publish(draft, by=Actor.hq(first), at=steps[4])


def make_cohorts() -> None:
    """Stores by size, medium ones also by part of the country, so that a group has 20 to 40."""
    Cohort.objects.create(
        code="dealers", name="全部经销商", name_en="All dealers", unit=Unit.DEALER, position=9
    )
    south_west = Cohort.objects.create(
        code="stores-b-south-west",
        name="南方与西部 B 类门店",
        name_en="Medium stores, south and west",
        unit=Unit.STORE,
        size_classes=[SizeClass.B],
        position=1,
    )
    south_west.regions.set(Region.objects.filter(code__in=SOUTH_WEST))
    for position, (code, unit, sizes, name, name_en) in enumerate(COHORTS, 2):
        Cohort.objects.create(
            code=code, name=name, name_en=name_en, unit=unit, size_classes=sizes, position=position
        )

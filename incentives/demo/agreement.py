"""The demo's agreement: a version in force, and a newer one that waits for each owner's answer."""

from datetime import date, datetime, timedelta

from django.conf import settings

from dealers import publication
from dealers.actor import Actor
from dealers.agreements import publishing, signing
from dealers.models import AgreementVersion, Membership, Role, User
from dealers.months import first_day, next_month

OFFERED = timedelta(days=20)  # before the demo is loaded
LEFT_OUT = 4  # every so many dealers have not answered yet

type Duties = tuple[tuple[str, str], ...]  # each in Chinese and English

TITLE = {"title": "顾客数据合作约定", "title_en": "Agreement on customer data"}
BRAND = (
    ("不向受保护的顾客直接推销；一经发现自动立案，并先告诉店主。",
     "Sells nothing to protected customers directly; where it happens, a case is opened and the"
     " owner is told first."),
    ("不缩短正在生效的保护期，不降低已经约定的分成。",
     "Shortens no protection that runs and lowers no share that was promised."),
    ("顾客以后在线上或别的门店购买，按归属规则计给归属门店。",
     "Credits what a customer buys later, online or elsewhere, by the ownership rules."),
    ("每次查看顾客号码都写明用途，店主随时能看到。",
     "States a purpose for each look at a customer's number; the owner reads it at any time."),
)  # fmt: skip
DEALER = (
    ("登记前向顾客说明用途，并得到同意。",
     "Tells customers what their data is for, and registers them only with their consent."),
    ("登记后在规则的期限内完成首次联系。",
     "Makes the first contact within the time that the rules give."),
    ("不登记虚假号码；查实的登记作废。",
     "Registers no made-up numbers; a registration proven to be one is void."),
    ("店员离职，当天停用账号，顾客留在门店。",
     "Ends the account of staff who leave on the same day; their customers stay with the store."),
)  # fmt: skip
NEW_OF_BRAND = (
    "一笔有异议，只扣留这一笔，其余照常付款。",
    "Holds only the line that is disputed and pays all others as usual.",
)
NEW_OF_DEALER = (
    "派来的顾客在公布的时限内接下或退回。",
    "Accepts or returns dispatched customers within the published time.",
)
CLAUSES = (
    ("顾客归登记的门店所有，依据是登记当时公布的归属规则。",
     "A customer belongs to the store that registered, by the ownership rules published then."),
    ("共享等级由店主决定，可以随时降低，马上生效。",
     "The owner decides at which level customers are shared, and may lower it at once at any"
     " time."),
    ("每月的对账单列出每一笔和理由；有异议的，按门户公布的时限处理。",
     "Each month's statement lists every line with its reason; disputes are decided within the time"
     " that the portal states."),
    ("店主可以随时下载自己的全部数据；合作结束时，付清之后总部再也读不出联系方式。",
     "The owner may download all data of the company at any time; when the cooperation ends and all"
     " is paid, nobody at the brand can read contact data any more."),
)  # fmt: skip


def publish(first: User, second: User, now: datetime) -> None:
    """Offer a version that is in force, and today the next one with a duty more on each side."""
    offered = now - OFFERED
    _publish(signing.today(offered), BRAND, DEALER, (first, second), offered)
    following = next_month(first_day(signing.today(now)))
    brand, dealer = (*BRAND, NEW_OF_BRAND), (*DEALER, NEW_OF_DEALER)
    _publish(following, brand, dealer, (first, second), now)


def sign(at: datetime) -> None:
    """Most owners sign the version in force, which can only be done at the moment itself."""
    version = signing.in_force(signing.today(at))
    if version is None:
        return
    posts = Membership.objects.current(at).filter(role=Role.OWNER).select_related("user")
    one_each = {post.dealer_id: post for post in posts.order_by("dealer", "-pk")}
    for place, post in enumerate(one_each.values(), 1):
        if place % LEFT_OUT:
            signing.sign(
                version, name=post.user.name, language="zh-hans", second_factor=False,
                by=Actor.of(post), at=at, site=settings.PORTAL_ADDRESS,
            )  # fmt: skip


def _publish(
    day: date, brand: Duties, dealer: Duties, people: tuple[User, User], at: datetime
) -> None:
    first, second = people
    draft = AgreementVersion(
        **TITLE, name=f"{day:%Y-%m}", starts_on=day,
        required=False,  # whoever tries the demo registers at any dealer
        hq_duties=_lines(brand, 0), hq_duties_en=_lines(brand, 1),
        dealer_duties=_lines(dealer, 0), dealer_duties_en=_lines(dealer, 1),
        text=_clauses(brand, dealer, 0), text_en=_clauses(brand, dealer, 1),
    )  # fmt: skip
    publication.begun(draft, by=Actor.hq(first), at=at - timedelta(hours=3)).save()
    publishing.put_forward(draft, by=Actor.hq(first), at=at - timedelta(hours=2))
    publishing.approve(draft, by=Actor.hq(second), at=at - timedelta(hours=1))
    publishing.publish(draft, by=Actor.hq(first), at=at)


def _lines(duties: Duties, language: int) -> str:
    return "\n".join(each[language] for each in duties)


def _clauses(brand: Duties, dealer: Duties, language: int) -> str:
    clauses = [each[language] for each in (*CLAUSES, *brand, *dealer)]
    return "\n\n".join(f"{number}. {clause}" for number, clause in enumerate(clauses, 1))

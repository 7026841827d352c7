"""Versions of the agreement and owners who sign them."""

from datetime import date, datetime, timedelta

from django.utils import timezone

from dealers.actor import Actor
from dealers.agreements import publishing, signing
from dealers.models import AgreementAnswer, AgreementVersion, Dealer, Membership
from dealers.triggers import lifted
from tests.factories.dealers import OwnerFactory, UserFactory

WORDS = {
    "title": "数据共享协议",
    "title_en": "Data sharing agreement",
    "hq_duties": "不直接联系受保护的顾客。\n异议 5 个工作日内答复。",
    "hq_duties_en": "Contact no protected customer.\nAnswer a dispute within 5 working days.",
    "dealer_duties": "登记前得到顾客同意。\n登记后 48 小时内联系顾客。",
    "dealer_duties_en": "Ask the customer first.\nContact the customer within 48 hours.",
    "text": "## 一、归属\n\n首次登记保护 90 天。\n\n## 二、退出\n\n归属冻结 90 天。",
    "text_en": "## 1 Ownership\n\nProtected for 90 days.\n\n## 2 Leaving\n\nFrozen for 90 days.",
}


def draft(name: str = "2026-07", starts_on: date | None = None, **more) -> AgreementVersion:
    """A version nobody has put forward, that waits for nothing and nobody unless told."""
    day = starts_on or signing.today(timezone.now())
    said = WORDS | {"notice_days": 0, "required": False} | more
    return AgreementVersion.objects.create(name=name, starts_on=day, **said)


def published(
    name: str = "2026-07", starts_on: date | None = None, at: datetime | None = None, **more
) -> AgreementVersion:
    """A version that two people of headquarters have published."""
    at = at or timezone.now() - timedelta(minutes=5)
    version = draft(name, starts_on, **more)
    first, second = (Actor.hq(UserFactory(is_staff=True)) for _person in range(2))
    publishing.put_forward(version, by=first, at=at)
    publishing.approve(version, by=second, at=at)
    return publishing.publish(version, by=first, at=at)


def signed(
    version: AgreementVersion,
    owner: Membership,
    *,
    name: str = "周国梁",
    at: datetime | None = None,
) -> AgreementAnswer:
    """The owner signs it."""
    return signing.sign(
        version, name=name, language="zh-hans", second_factor=True, by=Actor.of(owner),
        at=at or timezone.now(), site="https://portal.example",
    )  # fmt: skip


def signed_at(dealer: Dealer, at: datetime, starts_on: date) -> None:
    """An owner of the dealer signed at a moment that is past, a version that began on a day."""
    _dated_back(
        signed(published(starts_on.isoformat()), OwnerFactory(dealer=dealer)), at, starts_on
    )


def refused_at(dealer: Dealer, at: datetime, starts_on: date) -> None:
    """The same of an owner that said no."""
    answer = signing.refuse(
        published(starts_on.isoformat()), language="zh-hans",
        by=Actor.of(OwnerFactory(dealer=dealer)), at=timezone.now(),
    )  # fmt: skip
    _dated_back(answer, at, starts_on)


def _dated_back(answer: AgreementAnswer, at: datetime, starts_on: date) -> None:
    with lifted(AgreementAnswer, AgreementVersion):
        AgreementAnswer.objects.filter(pk=answer.pk).update(at=at)
        AgreementVersion.objects.filter(pk=answer.version_id).update(starts_on=starts_on)

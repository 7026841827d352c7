"""Dealers to whom everything happened that a chain tells of, and what their owners kept of then."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

MONTH = date(2026, 1, 1)
DAY = timedelta(days=1)
CUSTOMERS, NEWER = 8, 6  # of each dealer: before the receipt, and after it


@dataclass(frozen=True)
class Kept:
    """What an owner kept of then: the last place that was signed, and two ways to prove it."""

    dealer: int
    place: int
    by: dict[str, str]  # a receipt, or a root with its path; each with the key


def world(dealers: int) -> list[Kept]:
    """Dealers to whom everything happened that a chain tells of; what each has kept of then."""
    from django.core.management import call_command

    from dealers.keys import held

    call_command("migrate", interactive=False, verbosity=0)
    held.ensure()
    return kept_of(dealers)


def kept_of(dealers: int) -> list[Kept]:
    """The same, in a database that is there."""
    from django.utils import timezone

    from dealers.models import DailyRoot, RootPath, SignedLink
    from dealers.receipts import chain, root, signing
    from tests.factories.customers import registered

    stores = _happened(max(dealers, 2))
    chain.append_waiting()
    signing.sign_waiting(timezone.now())
    root.close_yesterday(timezone.now() + DAY)
    (key,), (day,) = signing.key_lines(), DailyRoot.objects.all()
    made = []
    for store in stores:
        last = SignedLink.objects.filter(dealer=store.dealer).latest("seq")
        path = RootPath.objects.get(dealer=store.dealer)
        by = {"receipt": f"{key}\n{last.line}\n", "root": f"{key}\n{day.line}\n{path.line}\n"}
        made.append(Kept(store.dealer_id, last.seq, by))
        for _each in range(NEWER):
            registered(store, at=timezone.now())
    chain.append_waiting()
    return made


def _happened(count: int) -> list[Any]:
    """The stores of so many dealers; each with everything that stands in chains."""
    from django.utils import timezone

    from customers import cards
    from customers.cases import deciding
    from customers.models import VoidReason
    from customers.ownership import voids
    from dealers import access
    from dealers.actor import Actor
    from dealers.agreements import paper
    from dealers.models import AccessAction
    from incentives.models import Statement
    from incentives.statements import files
    from tests.factories import agreements, cases, incentives
    from tests.factories.customers import RulebookFactory, registered
    from tests.factories.dealers import MembershipFactory, OwnerFactory, StoreFactory, UserFactory

    now = timezone.now()
    RulebookFactory(
        starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC),
        person_daily_limit=None, person_minute_limit=None, store_daily_limit=None,
    )  # fmt: skip
    incentives.published(incentives.percent("0.10", places=["own"]), code="own")
    incentives.published(incentives.per_registration(code="each"), code="each")
    version = agreements.published()
    hq = Actor.hq(UserFactory(is_staff=True))
    stores = [StoreFactory() for _dealer in range(count)]
    for store in stores:
        owner = OwnerFactory(dealer=store.dealer)
        clerk = MembershipFactory(store=store)
        paper.keep(agreements.signed(version, owner).pk, "https://portal.example")
        for _each in range(CUSTOMERS):
            customer = incentives.owned_customer(store)
            incentives.sale(customer, "350.00", MONTH + 9 * DAY)
            cards.open([customer.customer], by=hq, purpose="辅导")
        access.note(
            AccessAction.REVEAL, by=hq, dealer_id=store.dealer_id, customer=customer.customer_id,
            fields="phone", purpose="回访", at=now,
        )  # fmt: skip
        made = registered(store, staff=clerk.user, at=now)
        voids.void(made, reason=VoidReason.TRIED, by=Actor.of(owner), at=now)
    incentives.close_period(MONTH)
    for statement in Statement.objects.all():
        files.keep_document(statement.pk, "zh-hans")
    for nth, store in enumerate(stores):
        clerk = MembershipFactory(store=store)
        case = cases.case_of(clerk, stores[nth - 1], now - 30 * DAY)
        deciding.settle(case.pk, now)
    return stores

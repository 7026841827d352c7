"""A customer of one dealer's, whom another says is theirs, and what is decided about them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from customers.cases import deciding, opening
from customers.models import (
    Answer,
    Attribution,
    Case,
    Holder,
    Order,
)
from customers.orders.recording import GivenLine, record_order
from customers.ownership.activities import record_activity
from dealers.actor import Actor
from tests.factories.customers import (
    CategoryFactory,
    phone_number,
    registered,
)
from tests.factories.dealers import (
    DealerFactory,
    MembershipFactory,
    OwnerFactory,
    RegionalManagerFactory,
    StoreFactory,
)

BEGAN = datetime(2026, 9, 14, 2, 0, tzinfo=UTC)  # a Monday, 10 in the morning in Shanghai
DAY = timedelta(days=1)
CLAIMED = BEGAN + 14 * DAY
SOLD = BEGAN + 20 * DAY
OPENED = BEGAN + 42 * DAY  # Monday 26 October
EVIDENCE_OVER = datetime(2026, 10, 29, 16, 0, tzinfo=UTC)  # the end of Thursday
DECIDED_BY = datetime(2026, 11, 6, 16, 0, tzinfo=UTC)  # of Friday a week later
APPEAL_OVER = datetime(2026, 11, 14, 16, 0, tzinfo=UTC)  # seven whole days


class Dispute:
    """A customer of one dealer's, whom another says is theirs."""

    def __init__(self, managers=None, nth="", began=BEGAN):
        self.phone = phone_number()
        self.a = StoreFactory(name=f"永康街店{nth}", dealer=DealerFactory(name=f"永康经销商{nth}"))
        self.b = StoreFactory(name=f"中山路店{nth}", dealer=DealerFactory(name=f"中山经销商{nth}"))
        self.owner_a = OwnerFactory(dealer=self.a.dealer)
        self.owner_b = OwnerFactory(dealer=self.b.dealer)
        self.clerk_a, self.clerk_b = (
            MembershipFactory(store=self.a),
            MembershipFactory(store=self.b),
        )
        self.manager, self.second = managers or (
            RegionalManagerFactory(),
            RegionalManagerFactory(),
        )
        if managers is None:  # who is asked about no case of their own region
            RegionalManagerFactory(region=self.a.dealer.region)
        self.won = registered(
            self.a, phone=self.phone, staff=self.clerk_a.user, at=began, name="林美玲"
        )
        record_activity(
            self.won.customer,
            by=Actor.of(self.clerk_a),
            kind="call",
            outcome="reached",
            at=began + timedelta(hours=3),
        )
        self.claim = registered(
            self.b, phone=self.phone, staff=self.clerk_b.user, at=began + 14 * DAY, name="林小姐"
        )
        assert self.claim.answer == Answer.PROTECTED

    def sell(self, store, number="S1", net="1000.00", at=SOLD):
        line = GivenLine(
            number=1, category=CategoryFactory(), product=None, quantity=1,
            gross=Decimal(net), discount=Decimal("0.00"), net=Decimal(net),
        )  # fmt: skip
        return record_order(
            source="till", external_id=number, ordered_at=at, lines=[line], store=store,
            phone=self.phone,
        )  # fmt: skip

    def open(self, at=OPENED) -> Case:
        return opening.claim(
            self.claim, story="She came to us first.", by=Actor.of(self.owner_b), at=at
        )


def again(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def shares(order: Order) -> dict[int, Decimal]:
    rows = Attribution.objects.current().filter(order=order).exclude(holder=Holder.NOBODY)
    return {row.dealer_id: row.share for row in rows}


def decided(dispute, outcome, share=None, reason="B was there first."):
    case = dispute.open()
    deciding.settle_all(EVIDENCE_OVER)
    case = again(case)
    by = Actor.of(case.reviewer.memberships.get())
    at = EVIDENCE_OVER + DAY
    deciding.decide(case, outcome=outcome, share=share, reason=reason, by=by, at=at)
    return again(case)


def beside(dispute):
    """Another customer between the same two."""
    other = object.__new__(Dispute)
    other.__dict__ |= dispute.__dict__ | {"phone": phone_number()}
    registered(other.a, phone=other.phone, staff=other.clerk_a.user, at=BEGAN)
    other.claim = registered(other.b, phone=other.phone, staff=other.clerk_b.user, at=CLAIMED)
    return other

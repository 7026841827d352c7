"""What a dealer sees of one customer beside the timeline: protection, consents, purchases."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Self

from django.db.models import Count, Exists, OuterRef, Q, Sum

from customers.models import (
    Act,
    Attribution,
    Customer,
    Order,
    OrderKind,
    Ownership,
    Registration,
)
from customers.ownership import changes, duties, extensions, rulebook
from customers.ownership.settings import Rulebooks, Settings
from customers.rights import consent
from customers.rights.consent import Agreed
from dealers.models import Membership


@dataclass(frozen=True, slots=True)
class Protection:
    """The dealer's latest ownership of a customer, and what the rulebooks say about it.

    Of those in force since it began, ``renews`` is the best for its owner where a follow-up
    prolongs it, and ``sells`` where a sale does.
    """

    ownership: Ownership
    renews: Settings
    sells: Settings
    now: datetime
    today: date  # at the owner's store
    until: date  # the last day that the protection includes
    first_contact_due: datetime | None  # None once it happened
    longest: date | None  # without a sale no activity prolongs beyond this day
    sister: bool  # another store of the dealer has the customer, not the post's own
    release_due: datetime | None  # when the customer is free, if nobody contacts them by then
    asked: Act | None  # for more time, and not answered yet
    extendable: bool  # more time can be asked for
    warned: tuple[int, ...]  # of the warnings before the end, those that are out, in days

    @classmethod
    def of(cls, customer: Customer, membership: Membership, now: datetime) -> Self | None:
        """None for a customer whom the dealer never owned."""
        owned = changes.latest_of(customer)
        if owned is None:
            return None
        tz = owned.store.tz
        today = rulebook.local_day(now, tz)
        rulebooks = Rulebooks.on_file()
        terms = rulebooks.since(owned.began, now, tz)
        longest, most = None, [each.max_days_without_sale for each in terms]
        if None not in most and owned.sold_at is None:
            end = rulebook.protection_end(
                owned.began, max(days for days in most if days is not None), tz
            )
            longest = rulebook.last_day(end, tz)
        standing = changes.standing_of(owned)
        asked = extensions.open_of(owned)
        return cls(
            ownership=owned,
            renews=max(terms, key=lambda each: each.activity_renews_days or 0),
            sells=max(terms, key=lambda each: each.sale_renews_days or 0),
            now=now,
            today=today,
            until=rulebook.last_day(owned.protected_until, tz),
            first_contact_due=None if owned.contacted_at else owned.contact_due_at,
            longest=longest,
            sister=membership.store_id not in (None, owned.store_id),
            release_due=duties.release_due(standing),
            asked=asked,
            extendable=(
                asked is None and standing.runs(now) and duties.extendable(standing, rulebooks, now)
            ),
            warned=duties.warned(standing, rulebooks.on(now, tz), now),
        )

    @property
    def runs(self) -> bool:
        """Whether the customer is still the dealer's, grace included."""
        return self.ownership.period.upper > self.now

    @property
    def in_grace(self) -> bool:
        return self.runs and self.ownership.protected_until <= self.now

    @property
    def grace_until(self) -> date:
        return rulebook.last_day(self.ownership.period.upper, self.ownership.store.tz)

    @property
    def days(self) -> int:
        """Days left after today, none once it has ended."""
        return max(0, (self.until - self.today).days)

    @property
    def percent(self) -> int:
        """How much of the protection is left, from 0 to 100."""
        whole = self.ownership.protected_until - self.ownership.period.lower
        left = self.ownership.protected_until - self.now
        return round(100 * left / whole) if left.total_seconds() > 0 else 0

    @property
    def contact_late(self) -> bool:
        return self.first_contact_due is not None and self.first_contact_due < self.now


@dataclass(frozen=True, slots=True)
class Consents:
    """What a customer agreed to, as it stands now."""

    agreed: list[Agreed]
    receipts: frozenset[str]  # of the registrations that the post may open

    @classmethod
    def of(cls, customer: Customer, membership: Membership) -> Self:
        made = Registration.objects.visible_to(membership).filter(customer=customer)
        receipts = frozenset(made.values_list("receipt", flat=True))
        return cls(consent.agreed(customer), receipts)


@dataclass(frozen=True, slots=True)
class Purchases:
    """A customer's purchases as far as the post may see them; returns are taken off."""

    count: int
    net: Decimal
    credited: (
        Decimal  # bought while the customer was the dealer's or, for a store post, the store's
    )

    @classmethod
    def of(cls, customer: Customer, membership: Membership) -> Self:
        mine = (
            {"store": membership.store_id}
            if membership.store_id
            else {"dealer": membership.dealer_id}
        )
        credited = Exists(
            Attribution.objects.owners().current().filter(order=OuterRef("pk"), **mine)
        )
        found = (
            Order.objects.visible_to(membership)
            .filter(identity=customer.identity_id)
            .aggregate(
                orders=Count("pk", filter=Q(kind=OrderKind.SALE)),
                paid=Sum("signed_net", default=Decimal(0)),
                own=Sum("signed_net", filter=credited, default=Decimal(0)),
            )
        )
        return cls(found["orders"], found["paid"], found["own"])

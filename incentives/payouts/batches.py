"""Batches of payments: made by one person, approved by another, booked when they are approved."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from dealers.actor import Actor
from incentives.books import ledger
from incentives.books.ledger import Booking
from incentives.models import Holder, Payout, PayoutBatch, PayoutState, Source, Statement
from incentives.payouts import accounts

# One batch is made at a time, in the whole installation.
_LOCK = 0x7061796F


class BatchRefused(Exception):
    """The message is written for the person who pays."""


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be paid now: statements with a bank account, and those that wait for one."""

    payable: list[Statement]
    without_account: list[Statement]

    @property
    def amount(self) -> Decimal:
        return sum((statement.payable for statement in self.payable), Decimal(0))

    @property
    def waiting(self) -> Decimal:
        return sum((statement.payable for statement in self.without_account), Decimal(0))


def unpaid() -> QuerySet[Statement]:
    """Approved statements with something to be paid, and no payment that is under way or done."""
    taken = Payout.objects.filter(
        statement=OuterRef("pk"), state__in=[PayoutState.WAITING, PayoutState.PAID]
    )
    return (
        Statement.objects.filter(~Exists(taken), payable__gt=0, run__release__isnull=False)
        .select_related("dealer", "run")
        .order_by("run__month", "dealer__code")
    )


def due() -> Due:
    """What the next batch would pay: the oldest first, what failed before included."""
    found = list(unpaid())
    having = accounts.current_ids({statement.dealer_id for statement in found})
    return Due(
        [each for each in found if each.dealer_id in having],
        [each for each in found if each.dealer_id not in having],
    )


@transaction.atomic
def make(*, by: Actor, at: datetime) -> PayoutBatch:
    """Put all that is due into a new batch. Raises BatchRefused where nothing is."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    statements = due().payable
    if not statements:
        raise BatchRefused(_("Nothing is due to be paid."))
    month = max(statement.run.month for statement in statements)
    currencies = {statement.currency for statement in statements}
    if len(currencies) > 1:
        raise BatchRefused(_("A batch has one currency. Tell whoever looks after the portal."))
    earlier = PayoutBatch.objects.filter(month=month).count()
    batch = PayoutBatch.objects.create(
        number=f"PB-{month:%Y-%m}-{earlier + 1}",
        month=month,
        currency=currencies.pop(),
        made_by=by.person,
        made_at=at,
    )
    having = accounts.current_ids({statement.dealer_id for statement in statements})
    Payout.objects.bulk_create(
        Payout(
            reference=f"{batch.number}-{number:04d}",
            batch=batch,
            statement=statement,
            dealer_id=statement.dealer_id,
            bank_account_id=having[statement.dealer_id],
            amount=statement.payable,
        )
        for number, statement in enumerate(statements, start=1)
    )
    return batch


@transaction.atomic
def approve(batch: PayoutBatch, *, by: Actor, at: datetime) -> PayoutBatch:
    """Approve a batch as a second person: what it pays is no longer owed but on its way.

    Approved already, it stays as it is. Raises BatchRefused for whoever made it, and for one that
    was withdrawn.
    """
    batch = _locked(batch)
    if batch.approved_at is not None:
        return batch
    if batch.withdrawn_at is not None:
        raise BatchRefused(_("This batch was withdrawn."))
    if batch.made_by_id == by.user_id:
        raise BatchRefused(_("You made this batch yourself. Somebody else has to approve it."))
    batch.approved_by, batch.approved_at = by.person, at
    batch.save(update_fields=["approved_by", "approved_at"])
    clearing = ledger.own(Holder.CLEARING, batch.currency)
    payouts = list(batch.payouts.order_by("pk"))
    owed = ledger.owed_to_each((it.dealer_id for it in payouts), batch.currency)
    ledger.post_all(
        [
            Booking(
                key_of(it),
                [(owed[it.dealer_id], -it.amount), (clearing, it.amount)],
                Source.PAYOUT,
                it.reference,
                effective_at=at,
            )
            for it in payouts
        ],
        by=Actor.hq(batch.made_by),
        approved_by=by.person,
        at=at,
    )
    return batch


@transaction.atomic
def withdraw(batch: PayoutBatch, *, by: Actor, at: datetime) -> PayoutBatch:
    """Take back a batch that nobody approved; what was in it is due again.

    Raises BatchRefused for one that was approved: the bank may have it.
    """
    batch = _locked(batch)
    if batch.withdrawn_at is not None:
        return batch
    if batch.approved_at is not None:
        raise BatchRefused(
            _("This batch was approved, and the bank may have it. Read the bank's answer instead.")
        )
    # The payments first: a batch that was decided about takes no more changes.
    batch.payouts.update(state=PayoutState.WITHDRAWN)
    batch.withdrawn_by, batch.withdrawn_at = by.person, at
    batch.save(update_fields=["withdrawn_by", "withdrawn_at"])
    return batch


def key_of(payout: Payout, step: str = "") -> str:
    """The key in the books of a payment, and of what the bank answered to it."""
    return f"payout:{payout.reference}" + (f":{step}" if step else "")


def _locked(batch: PayoutBatch) -> PayoutBatch:
    return PayoutBatch.objects.select_for_update(no_key=True).select_related(None).get(pk=batch.pk)


def changed_since(payouts: Iterable[Payout]) -> set[int]:
    """The dealers whose newest bank account is another than the one they are to be paid to."""
    given = {payout.dealer_id: payout.bank_account_id for payout in payouts}
    newest = accounts.current_ids(given)
    return {dealer for dealer, account in given.items() if newest.get(dealer) != account}

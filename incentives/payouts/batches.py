"""Batches of payments: made by one person, approved by another, booked when they are approved."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from customers.cutoff import busy_as
from dealers.actor import Actor
from dealers.database import broken_constraint
from incentives.books import ledger
from incentives.books.ledger import Booking
from incentives.disputes import holding
from incentives.models import (
    BankAccount,
    Holder,
    Payout,
    PayoutBatch,
    PayoutState,
    Source,
    Statement,
)
from incentives.payouts import accounts, columns, left

NAMED = 5  # statements that a refusal names
_OVERPAID = {
    "payout_is_what_its_approved_statement_says",
    "payout_batch_approved_without_what_is_held",
}


class BatchRefused(Exception):
    """The message is written for the person who pays."""


@dataclass(frozen=True, slots=True)
class Part:
    """What can be paid of a statement now, and what of it waits for the decision of disputes."""

    statement: Statement
    amount: Decimal
    held: Decimal


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be paid now: of statements with a bank account, and of those that wait for one.

    ``held`` are those of which something is in dispute, whether or not the rest can be paid.
    """

    payable: list[Part]
    without_account: list[Part]
    held: list[Part]

    @property
    def amount(self) -> Decimal:
        return sum((part.amount for part in self.payable), Decimal(0))

    @property
    def waiting(self) -> Decimal:
        return sum((part.amount for part in self.without_account), Decimal(0))

    @property
    def disputed(self) -> Decimal:
        return sum((part.held for part in self.held), Decimal(0))


def due(at: datetime, dealer: int | None = None) -> Due:
    """What the next batch would pay: the oldest first, what failed before included.

    Of one ``dealer``, by its id, where one is given.
    Of a statement a line that is in dispute at ``at`` waits, and nothing else of it.
    """
    wanted = Statement.objects.all() if dealer is None else Statement.objects.filter(dealer=dealer)
    found = left.unpaid(wanted).select_related("dealer", "run")
    statements = list(found.order_by("run__month", "dealer__code"))
    having = accounts.current_ids({statement.dealer_id for statement in statements})
    lefts = left.of_summed(statements, at)
    parts = [Part(each, lefts[each.pk].due, lefts[each.pk].held) for each in statements]
    paid = [part for part in parts if part.amount]
    return Due(
        [part for part in paid if part.statement.dealer_id in having],
        [part for part in paid if part.statement.dealer_id not in having],
        [part for part in parts if part.held],
    )


def nowhere_to_pay(dealer: int) -> QuerySet[Any]:
    """The statements of a dealer of which something is unpaid, and that has not said where to."""
    nowhere = ~Exists(BankAccount.objects.filter(dealer=OuterRef("dealer")))
    return left.unpaid(Statement.objects.filter(nowhere, dealer=dealer))


@transaction.atomic
def make(*, by: Actor, at: datetime) -> PayoutBatch:
    """Put all that is due into a new batch, with the columns that the bank's file has now.

    Raises BatchRefused where nothing is due.
    """
    with busy_as(BatchRefused):
        left.take_turn()
    parts = due(at).payable
    if not parts:
        raise BatchRefused(_("Nothing is due to be paid."))
    statements = [part.statement for part in parts]
    month = max(statement.run.month for statement in statements)
    currencies = {statement.currency for statement in statements}
    if len(currencies) > 1:
        raise BatchRefused(_("A batch has one currency. Tell whoever looks after the portal."))
    earlier = PayoutBatch.objects.filter(month=month).count()
    batch = PayoutBatch.objects.create(
        number=f"PB-{month:%Y-%m}-{earlier + 1}",
        month=month,
        currency=currencies.pop(),
        columns=columns.kept(columns.current()),
        made_by=by.person,
        made_at=at,
    )
    having = accounts.current_ids({statement.dealer_id for statement in statements})
    payouts = [
        Payout(
            reference=f"{batch.number}-{number:04d}",
            batch=batch,
            statement=part.statement,
            dealer_id=part.statement.dealer_id,
            bank_account_id=having[part.statement.dealer_id],
            amount=part.amount,
        )
        for number, part in enumerate(parts, start=1)
    ]
    with _as_it_was_read():
        Payout.objects.bulk_create(payouts)
    return batch


@transaction.atomic
def approve(batch: PayoutBatch, *, by: Actor, at: datetime) -> PayoutBatch:
    """Approve a batch as a second person: what it pays is no longer owed but on its way.

    Approved already, it stays as it is. Raises BatchRefused for whoever made it, for one that was
    withdrawn, and where the columns of the bank's file were changed or a line that it pays came
    into dispute since.
    """
    with busy_as(BatchRefused):
        left.take_turn()
    batch = _locked(batch)
    if batch.approved_at is not None:
        return batch
    if batch.withdrawn_at is not None:
        raise BatchRefused(_("This batch was withdrawn."))
    if batch.made_by_id == by.user_id:
        raise BatchRefused(_("You made this batch yourself. Somebody else has to approve it."))
    if columns.changed_since(batch):
        raise BatchRefused(
            _(
                "The columns of the file for the bank were changed since this batch was made."
                " Withdraw it and make another: that one has the new ones."
            )
        )
    if disputed := disputed_since(batch, at):
        raise BatchRefused(
            _(
                "Since this batch was made, lines of it came into dispute: %(statements)s. Withdraw"
                " it and make another: that one leaves them out."
            )
            % {"statements": ", ".join(each.number for each in disputed[:NAMED])}
        )
    batch.approved_by, batch.approved_at = by.person, at
    with _as_it_was_read():
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


def disputed_since(batch: PayoutBatch, at: datetime) -> list[Statement]:
    """The statements of a batch that nobody approved of which it pays what is in dispute."""
    waiting = batch.payouts.filter(state=PayoutState.WAITING)
    statements: Any = left.with_sums(
        Statement.objects.filter(pk__in=waiting.values("statement")).order_by("number")
    )
    found = list(statements)
    asked = holding.of_statements([each.pk for each in found], at)
    return [
        each
        for each in found
        if each.taken + sum(it.held for it in asked.get(each.pk, [])) > each.payable - each.never
    ]


def key_of(payout: Payout, step: str = "") -> str:
    """The key in the books of a payment, and of what the bank answered to it."""
    return f"payout:{payout.reference}" + (f":{step}" if step else "")


@contextmanager
def _as_it_was_read() -> Iterator[None]:
    """Raise BatchRefused where a dispute was opened or decided since: the database knows it."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as problem:
        if broken_constraint(problem) not in _OVERPAID:
            raise
        raise BatchRefused(
            _("Somebody else is recording, or a file is being stored. Try again in a minute.")
        ) from None


def _locked(batch: PayoutBatch) -> PayoutBatch:
    return PayoutBatch.objects.select_for_update(no_key=True).select_related(None).get(pk=batch.pk)


def changed_since(payouts: Iterable[Payout]) -> set[int]:
    """The dealers whose newest bank account is another than the one they are to be paid to."""
    given = {payout.dealer_id: payout.bank_account_id for payout in payouts}
    newest = accounts.current_ids(given)
    return {dealer for dealer, account in given.items() if newest.get(dealer) != account}

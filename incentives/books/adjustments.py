"""Amounts that people add to the open month, or take off it: reasoned, bounded, and never undone.

What is wrong is taken back by an adjustment of its own and booked anew. A closed month stays as it
is: what is found about it later comes into the books of the month that is open then.
"""

import hashlib
import json
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from customers.cutoff import busy_as
from customers.models import Case
from dealers.actor import Actor, acting
from dealers.currencies import minor_unit
from dealers.database import broken_constraint
from dealers.exhibits import ExhibitRefused, check_reason
from dealers.models import Dealer, User
from incentives.books import ledger
from incentives.books.ledger import Booking
from incentives.models import (
    Account,
    Adjustment,
    AdjustmentDecision,
    Journal,
    Plan,
    Program,
    Source,
)
from incentives.models.adjustments import KEY
from incentives.models.amounts import LARGEST_GIVEN


class AdjustmentRefused(Exception):
    """Nothing was adjusted; the message is written for the person who tried to."""


@dataclass(frozen=True)
class Wanted:
    """An adjustment as somebody proposes it: an amount that a dealer gets, or gives if negative.

    ``plan`` is whose cost or income it is; ``case`` or ``reverses`` say what it comes from.
    """

    dealer: Dealer
    plan: Plan
    amount: Decimal
    reason: str
    case: Case | None = None
    reverses: Adjustment | None = None

    @property
    def content(self) -> bytes:
        """A hash of all of it: the same again is known by it."""
        told = [
            *(self.dealer.pk, self.plan.pk, str(self.amount.normalize()), self.reason),
            *(self.case and self.case.code, self.reverses and self.reverses.code),
        ]
        return hashlib.sha256(json.dumps(told).encode()).digest()


def propose(wanted: Wanted, *, key: str, by: Actor, at: datetime) -> Adjustment:
    """Put an adjustment on file, and book it at once where one person is enough.

    The same with the same ``key`` again: the first one, nothing changes. Raises AdjustmentRefused
    for no amount, no reason, and a key that another one has.
    """
    reason = wanted.reason.strip()
    _check(wanted.amount, reason)
    program = Program.current()
    with busy_as(AdjustmentRefused), transaction.atomic(), _worker(by):
        made = Adjustment(
            key=key,
            content=wanted.content,
            dealer=wanted.dealer,
            plan=wanted.plan,
            amount=wanted.amount,
            currency=program.currency,
            alone_up_to=program.adjustment_limit,
            reason=reason,
            case=wanted.case,
            reverses=wanted.reverses,
            proposed_by=by.person,
            proposed_at=at,
        )
        try:
            with transaction.atomic():
                made.save(force_insert=True)
        except IntegrityError as problem:
            return _there_already(problem, made)
        if not made.needs_two:
            _book(made, by, at)
        return made


def approve(adjustment: Adjustment, *, by: Actor, at: datetime) -> Adjustment:
    """The second person agrees: it is booked in the open month. Again: nothing.

    Raises AdjustmentRefused for whoever proposed it, and for one that was declined.
    """
    with busy_as(AdjustmentRefused), transaction.atomic(), _worker(by):
        adjustment = _locked(adjustment)
        if is_booked(adjustment):
            return adjustment
        _decide(adjustment, approved=True, reason="", by=by, at=at)
        proposer = Actor.worker("adjustments", adjustment.proposed_by)
        _book(adjustment, proposer, at, approved_by=by.person)
        return adjustment


def decline(adjustment: Adjustment, *, reason: str, by: Actor, at: datetime) -> None:
    """The second person does not agree, and says why: it is never booked.

    Raises AdjustmentRefused without a reason, for whoever proposed it, and for what is decided.
    """
    reason = reason.strip()
    _check_reason(reason, _("Write the reason: whoever proposed it reads it."))
    with busy_as(AdjustmentRefused), transaction.atomic(), _worker(by):
        _decide(_locked(adjustment), approved=False, reason=reason, by=by, at=at)


def reverse(
    adjustment: Adjustment, *, reason: str, key: str, by: Actor, at: datetime
) -> Adjustment:
    """Take a booked adjustment back by another of the same amount, in the month open now.

    What a second person declined to take back can be taken back later. Raises AdjustmentRefused for
    one that is not booked, taken back already or on its way to be, or takes back itself.
    """
    if why_not := _not_reversible(adjustment):
        raise AdjustmentRefused(why_not)
    wanted = Wanted(
        adjustment.dealer,
        adjustment.plan,
        -adjustment.amount,
        reason,
        case=adjustment.case,
        reverses=adjustment,
    )
    with busy_as(AdjustmentRefused), transaction.atomic(), _worker(by):
        _locked(adjustment)  # of two people one takes it back
        return propose(wanted, key=key, by=by, at=at)


def _not_reversible(adjustment: Adjustment) -> str:
    """Why an adjustment is no such thing that is taken back; nothing where it is."""
    if not is_booked(adjustment):
        return _("It is not booked, so there is nothing to take back.")
    if adjustment.reverses_id is not None:
        return _("This one takes another back. Book the amount anew instead.")
    if adjustment.follows_id is not None:
        return _("This one goes with a return. Take back the adjustment whose part it is.")
    return ""


def check_reversible(adjustment: Adjustment) -> None:
    """Raise AdjustmentRefused for what is not taken back, or is already or on its way to be."""
    if why_not := _not_reversible(adjustment):
        raise AdjustmentRefused(why_not)
    if not may_be_reversed(adjustment):
        raise AdjustmentRefused(_overtaken(adjustment))


def _overtaken(adjustment: Adjustment) -> str:
    """Why somebody who takes an adjustment back comes second."""
    if any(is_booked(each) for each in adjustment.reversals.all()):
        return _("It was taken back already.")
    return _("Taking it back waits for a second person already.")


def check_undecided(adjustment: Adjustment) -> None:
    """Raise AdjustmentRefused for an adjustment about which nobody is asked any more."""
    if is_booked(adjustment):
        raise AdjustmentRefused(_("It is booked already. Take it back instead."))
    if AdjustmentDecision.objects.filter(adjustment=adjustment).exists():
        raise AdjustmentRefused(_("Somebody has decided about it already."))


def may_be_reversed(adjustment: Adjustment) -> bool:
    """Whether a booked adjustment can be taken back by another."""
    alone = adjustment.reverses_id is None and adjustment.follows_id is None
    return alone and not adjustment.reversals.not_declined().exists()


def is_booked(adjustment: Adjustment) -> bool:
    """Whether it is in the books."""
    return Journal.objects.filter(key=KEY + adjustment.code).exists()


def _worker(by: Actor) -> AbstractContextManager[Actor]:
    # Accounts, journals and periods are the brand's; who asked stands on the adjustment.
    return acting(Actor.worker("adjustments", by.user))


def _check(amount: Decimal, reason: str) -> None:
    if not amount.is_finite() or not amount:
        raise AdjustmentRefused(_("Enter an amount other than zero."))
    if abs(amount) > LARGEST_GIVEN:
        raise AdjustmentRefused(_("This amount is too large."))
    unit = minor_unit(Program.current().currency)
    if amount != amount.quantize(unit):
        raise AdjustmentRefused(_("The currency has no unit as small as this amount."))
    _check_reason(reason, _("Write the reason: the dealer reads it on the statement."))


def _check_reason(reason: str, missing: str) -> None:
    try:
        check_reason(reason, missing)
    except ExhibitRefused as refused:
        raise AdjustmentRefused(str(refused)) from None


def _there_already(problem: IntegrityError, made: Adjustment) -> Adjustment:
    """The adjustment that has this key already, if it says the same. Raises AdjustmentRefused."""
    first = Adjustment.objects.filter(key=made.key).first()
    if first is None:
        match broken_constraint(problem):
            case "adjustment_takes_back_what_was_booked":
                raise AdjustmentRefused(_("It is not booked, so there is nothing to take back."))
            case "adjustment_taken_back_once" if made.reverses:
                raise AdjustmentRefused(_overtaken(made.reverses))
        raise problem
    if bytes(first.content) != made.content:
        raise AdjustmentRefused(_("Something else was sent with this form. Open it again."))
    return first


def _locked(adjustment: Adjustment) -> Adjustment:
    return Adjustment.objects.select_for_update(no_key=True).get(pk=adjustment.pk)


def _decide(
    adjustment: Adjustment, *, approved: bool, reason: str, by: Actor, at: datetime
) -> None:
    check_undecided(adjustment)
    if adjustment.proposed_by_id == by.user_id:
        raise AdjustmentRefused(_("You proposed it. Another person has to look at it."))
    AdjustmentDecision.objects.create(
        adjustment=adjustment, approved=approved, reason=reason, by=by.person, at=at
    )


def _book(adjustment: Adjustment, by: Actor, at: datetime, approved_by: User | None = None) -> None:
    """Book it in the month that is open at ``at``: between its dealer and its plan."""
    ledger.open_accounts(adjustment.currency)
    accounts = Account.objects.filter(currency=adjustment.currency)
    owed = ledger.owed_to_each([adjustment.dealer_id], adjustment.currency)[adjustment.dealer_id]
    cost = accounts.get(kind=ledger.kind_for(adjustment.plan), plan=adjustment.plan_id)
    made = booking(adjustment, owed, cost, at)
    ledger.post(made, by=by, at=at, approved_by=approved_by)


def booking(adjustment: Adjustment, owed: Account, cost: Account, at: datetime) -> Booking:
    """The journal of an adjustment that takes effect at ``at``: between its dealer and its plan."""
    back = adjustment.reverses
    return Booking(
        key=KEY + adjustment.code,
        entries=[(owed, adjustment.amount), (cost, -adjustment.amount)],
        source=Source.ADJUSTMENT,
        source_key=adjustment.code,
        effective_at=at,
        reverses=Journal.objects.get(key=KEY + back.code) if back else None,
    )

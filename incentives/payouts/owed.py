"""Whether a dealer is still to be paid, for which its account has to open."""

from datetime import datetime

from django.db.models import F, Max

from customers.models import Attribution, Holder, Registration
from dealers.months import next_month
from incentives.models import BankAccount, Payout, PayoutState, Run, Statement
from incentives.payouts import left


def account_is_needed(dealer_id: int, _at: datetime) -> bool:
    """Whether the account of a dealer is needed: for what is unpaid, or comes with an open month.

    A dealer that has given none is not paid by it.
    """
    if not BankAccount.objects.filter(dealer=dealer_id).exists():
        return False
    statements = left.with_sums(Statement.objects.filter(dealer=dealer_id, payable__gt=0))
    unpaid = statements.filter(payable__gt=F("taken") + F("never"))
    on_its_way = Payout.objects.filter(dealer=dealer_id, state=PayoutState.WAITING)
    return unpaid.exists() or on_its_way.exists() or _is_in_an_open_month(dealer_id)


def _is_in_an_open_month(dealer_id: int) -> bool:
    """Whether anything of the dealer counts in a month that was not closed yet."""
    last = Run.objects.aggregate(last=Max("month"))["last"]
    orders = Attribution.objects.current().filter(dealer=dealer_id).exclude(holder=Holder.NOBODY)
    registered = Registration.objects.filter(dealer=dealer_id)
    if last is not None:
        since = next_month(last)
        orders, registered = (
            orders.filter(counts_on__gte=since),
            registered.filter(received_on__gte=since),
        )
    return orders.exists() or registered.exists()

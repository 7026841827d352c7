"""Whether a dealer is still to be paid, for which its account has to open."""

from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Q

from customers.models import Attribution, Holder, Registration
from customers.ownership.contacts import first_contacts_sql
from dealers.months import next_month
from incentives.disputes.deadlines import open_until
from incentives.disputes.stages import Course, Stage
from incentives.models import (
    Adjustment,
    BankAccount,
    Component,
    Dispute,
    Event,
    Hold,
    Payout,
    PayoutState,
    Reward,
    Run,
    Statement,
)
from incentives.payouts import left
from incentives.rewards import promised


def account_is_needed(dealer_id: int, at: datetime) -> bool:
    """Whether the account of a dealer is needed: for what is unpaid, or comes with an open month.

    Also for what a board may give that is not settled yet. A dealer that has given none is not paid
    by it.
    """
    if not BankAccount.objects.filter(dealer=dealer_id).exists():
        return False
    unpaid = left.to_pay(Statement.objects.filter(dealer=dealer_id))
    on_its_way = Payout.objects.filter(dealer=dealer_id, state=PayoutState.WAITING)
    return (
        unpaid.exists()
        or on_its_way.exists()
        or _is_in_an_open_month(dealer_id)
        or promised.may_come(dealer_id, at)
    )


def may_be_disputed(dealer_id: int, at: datetime) -> bool:
    """Whether a line of a dealer may still come into dispute, or what was decided may change.

    What it shows for it is sealed with its key, and what is decided may have to be paid.
    """
    statements = Statement.objects.filter(dealer=dealer_id).select_related("run__release")
    if any(until is not None and at < until for until in map(open_until, statements)):
        return True
    disputes = Dispute.objects.filter(dealer=dealer_id).with_moments()
    return any(Course.of(each, at).stage(at) != Stage.CLOSED for each in disputes)


def _is_in_an_open_month(dealer_id: int) -> bool:
    """Whether anything of the dealer counts in a month that was not closed yet.

    Also what the last closing did not know of, or left out because of a case, and a reward that is
    held until headquarters has decided.
    """
    orders = Attribution.objects.current().filter(dealer=dealer_id).exclude(holder=Holder.NOBODY)
    registered = Registration.objects.filter(dealer=dealer_id)
    adjusted: Any = Adjustment.objects.filter(dealer=dealer_id).booked()
    rewards: Any = Reward.objects.filter(dealer=dealer_id, person=None)
    rewarded, undecided = rewards.booked(), rewards.undecided().filter(amount__gt=0)
    held = Hold.objects.none()
    last = Run.objects.last_closed()
    if last is not None:
        since, late = next_month(last.month), Q(recorded_at__gt=last.known_until)
        orders = orders.filter(Q(counts_on__gte=since) | late)
        registered = registered.filter(Q(received_on__gte=since) | late)
        adjusted = adjusted.filter(month__gte=since)
        rewarded = rewarded.filter(month__gte=since)
        held = Hold.objects.filter(dealer=dealer_id, run=last)
    waiting = (orders, registered, adjusted, rewarded, undecided, held)
    return any(found.exists() for found in waiting) or (
        last is not None and _was_contacted(dealer_id, last)
    )


# A first contact counts on its own day, which may lie in a later month than its registration.
_CONTACTED = f"""
SELECT EXISTS (
    SELECT FROM ({first_contacts_sql("won.dealer_id = %(dealer)s")}) AS made
    WHERE made.day >= %(since)s OR made.contacted_at > %(known_until)s)
"""  # noqa: S608 -- our own text


def _was_contacted(dealer_id: int, last: Run) -> bool:
    """Whether a first contact of the dealer counts that the ``last`` closing left to the next."""
    counting = Component.objects.filter(
        event=Event.FIRST_CONTACT, version__published_at__isnull=False
    )
    if not counting.exists():
        return False
    values: dict[str, Any] = {
        "dealer": dealer_id,
        "since": next_month(last.month),
        "known_until": last.known_until,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CONTACTED, values)
        return bool(cursor.fetchone()[0])

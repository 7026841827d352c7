"""Rewards in the books: a journal each, between who gets it and the rewards' own account."""

from collections.abc import Iterable
from datetime import datetime

from dealers.actor import Actor
from dealers.models import User
from incentives.books import ledger
from incentives.books.ledger import Booking
from incentives.models import Account, AccountKind, Holder, Reward, Source
from incentives.models.bookings import REWARD_KEY


def book(
    rewards: Iterable[Reward], *, by: Actor, at: datetime, approved_by: User | None = None
) -> int:
    """Book rewards in the month that is open at ``at``; of those without an amount nothing.

    What is booked already stays as it is. Returns how many have a journal.
    """
    due = [reward for reward in rewards if reward.amount]
    if not due:
        return 0
    currency = due[0].settlement.currency
    dealers = ledger.owed_to_each(
        [each.dealer_id for each in due if each.person_id is None and each.dealer_id], currency
    )
    people = ledger.owed_to_people(
        [each.person_id for each in due if each.person_id is not None], currency
    )
    cost = Account.objects.get_or_create(
        kind=AccountKind.EXPENSE, holder=Holder.REWARDS, currency=currency
    )[0]
    bookings = []
    for reward in due:
        if reward.person_id is not None:
            owed = people[reward.person_id]
        else:
            owed = dealers[reward.dealer_id or 0]
        bookings.append(
            Booking(
                key=REWARD_KEY + reward.code,
                entries=[(owed, reward.amount), (cost, -reward.amount)],
                source=Source.REWARD,
                source_key=reward.code,
                effective_at=at,
            )
        )
    return len(ledger.post_all(bookings, by=by, at=at, approved_by=approved_by))

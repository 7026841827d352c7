"""Who is paused, whichever door asks."""

from datetime import timedelta

import pytest

from customers import cards
from customers.ownership import limits
from customers.ownership.settings import RegistrationRefused
from tests.factories.customers import DAY_ONE, RulebookFactory, registered
from tests.factories.dealers import MembershipFactory, OwnerFactory, StoreFactory

pytestmark = pytest.mark.django_db


def taken_numbers(count):
    """Numbers of customers that a store has already."""
    made = [registered(StoreFactory()) for _ in range(count)]
    return [cards.number_of(it.customer) for it in made]


@pytest.mark.parametrize("role", ["associate", "owner"])
def test_whoever_is_paused_at_the_counter_is_on_hqs_list_until_hq_has_looked(role):
    RulebookFactory(person_minute_limit=None, conflict_percent=4)
    store = StoreFactory()
    post = MembershipFactory(store=store)
    if role == "owner":
        post = OwnerFactory(dealer=store.dealer)
    for phone in taken_numbers(3):
        registered(store, staff=post.user, phone=phone)

    with pytest.raises(RegistrationRefused):
        registered(store, staff=post.user)
    assert limits.paused(DAY_ONE) == [post.user_id]

    post.reviewed_at = DAY_ONE + timedelta(hours=1)
    post.save()
    later = DAY_ONE + timedelta(days=1)
    assert limits.paused(later) == []
    assert registered(store, staff=post.user, at=later).answer == "yours"


def test_what_a_file_brought_in_pauses_nobody():
    RulebookFactory(person_minute_limit=None, conflict_percent=4)
    post = MembershipFactory()
    for phone in taken_numbers(3):
        registered(post.store, staff=post.user, phone=phone, channel="import")

    assert limits.paused(DAY_ONE) == []
    assert registered(post.store, staff=post.user).answer == "yours"


def test_without_a_rulebook_nobody_is_paused():
    assert limits.paused(DAY_ONE) == []

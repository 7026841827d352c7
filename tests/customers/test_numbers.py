"""A customer's other number: the same person goes on under it."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from customers import cards, verification
from customers.cards import CardRefused
from customers.look_ups import LOOK_UPS, look_up
from customers.models import Answer, Customer, Identity, NumberChange, Rule
from customers.numbers import change_number
from customers.ownership.changes import running_of
from dealers.actor import Actor
from dealers.models import AccessLog
from dealers.phones import PhoneNotValid
from dealers.words import mask_phone
from tests.factories.customers import RulebookFactory, number_of, phone_number, registered
from tests.factories.dealers import MembershipFactory, StoreFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture(autouse=True)
def rulebook(db):
    return RulebookFactory()


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def mine(store, clerk, now):
    return registered(store, staff=clerk.user, at=now - timedelta(days=1), name="王芳")


def changed(registration, by, number, at):
    return change_number(registration.customer, phone=number, by=Actor.of(by), at=at)


def in_order():
    return {name: detail for name, holds, detail in verification.checks() if not holds} == {}


def test_the_ownership_goes_on_and_the_old_number_stays_in_the_history(mine, clerk, now):
    old, new = number_of(mine.customer), phone_number()

    made = changed(mine, clerk, new, now)

    card = Customer.objects.get()
    other = StoreFactory()
    assert number_of(card) == f"+86{new}"
    assert cards.number_before(made, by=Actor.of(clerk)) == mask_phone(old)
    assert running_of(card, now) == mine.ownership
    assert registered(other, phone=new, at=now).rule == Rule.R3
    stranger = registered(other, phone=old, at=now)
    assert (stranger.answer, stranger.rule) == (Answer.YOURS, Rule.R7)
    assert look_up(f"+86{new}", by=Actor.of(clerk), at=now) == card
    assert in_order()


def test_another_dealers_card_keeps_the_number_that_it_was_told(mine, clerk, now):
    other = registered(StoreFactory(), phone=number_of(mine.customer), at=now)
    old = number_of(other.customer)

    changed(mine, clerk, phone_number(), now)

    assert number_of(Customer.objects.get(pk=other.customer_id)) == old
    assert in_order()


def test_a_dealer_that_is_told_the_new_number_has_it_on_its_card(mine, clerk, now):
    store = StoreFactory()
    other = registered(store, phone=number_of(mine.customer), at=now)
    new = phone_number()
    changed(mine, clerk, new, now)

    registered(store, phone=new, name="李梅", at=now)

    card = Customer.objects.get(pk=other.customer_id)
    assert number_of(card) == f"+86{new}"
    assert look_up(f"+86{new}", by=Actor.of(MembershipFactory(store=store)), at=now) == card
    assert in_order()


def test_a_number_that_somebody_has_is_refused_and_the_try_is_noted(mine, clerk, now):
    theirs = registered(StoreFactory(), at=now)
    before = number_of(mine.customer)

    with pytest.raises(CardRefused, match="somebody's already"):
        changed(mine, clerk, number_of(theirs.customer), now)

    assert number_of(Customer.objects.get(pk=mine.customer_id)) == before
    assert not NumberChange.objects.exists()
    digits = number_of(theirs.customer)[-4:]
    assert AccessLog.objects.get().why == f"New number ending in {digits}: somebody's"


def test_who_has_no_say_changes_nothing(mine, clerk, rival, store, now):
    with pytest.raises(CardRefused, match="another dealer"):
        changed(mine, rival, phone_number(), now)
    with pytest.raises(CardRefused, match="number on the card"):
        changed(mine, clerk, number_of(mine.customer), now)
    with pytest.raises(PhoneNotValid):
        changed(mine, clerk, "123", now)
    with pytest.raises(CardRefused, match="while the customer is yours"):
        changed(mine, clerk, phone_number(), now + timedelta(days=200))
    assert not NumberChange.objects.exists()


def test_trying_numbers_has_a_limit(mine, clerk, now):
    for _number in range(LOOK_UPS):
        look_up(f"+86{phone_number()}", by=Actor.of(clerk), at=now)

    with pytest.raises(CardRefused, match="as many as a person may"):
        changed(mine, clerk, phone_number(), now)


def test_the_key_of_a_person_follows_a_recorded_change_only(mine, clerk, now):
    for statement in (
        "UPDATE customers_identity SET fingerprint = sha256(fingerprint)",
        "UPDATE customers_numberchange SET at = at + interval '1 s'",
        "DELETE FROM customers_numberchange",
    ):
        if "numberchange" in statement and not NumberChange.objects.exists():
            changed(mine, clerk, phone_number(), now)
        with pytest.raises(DatabaseError), transaction.atomic():
            connection.cursor().execute(statement)
    assert Identity.objects.count() == 1

"""Persons whom a digit of another script had made two become one again."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from customers.cases import evidence, opening
from customers.identity import fingerprint
from customers.models import (
    Activity,
    Customer,
    Identity,
    Lead,
    Order,
    Ownership,
    Registration,
    Waiting,
)
from customers.ownership import line
from customers.search import find
from dealers import vault
from dealers.actor import Actor
from dealers.triggers import lifted
from dealers.vault import Row
from tests.factories.customers import DAY_ONE, RulebookFactory, number_of, registered
from tests.factories.dealers import OwnerFactory, StoreFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

RIGHT, WRONG = "+8613800000001", "+86138٠0000001"


@pytest.fixture(autouse=True)
def _rules():
    RulebookFactory(person_minute_limit=None)


def registered_wrongly(store, at=DAY_ONE, name="王芳"):
    """As the number went in before: with a fingerprint of its own."""
    made = registered(store, phone="13911112222", at=at, name=name)
    with lifted(Identity):
        Identity.objects.filter(pk=made.identity_id).update(fingerprint=fingerprint(WRONG))
    card = made.customer
    card.phone_sealed = vault.seal(Row.of(card), "phone", WRONG)
    card.save()
    return made


def repaired(**options):
    said = StringIO()
    call_command("repair_numbers", stdout=said, **options)
    return said.getvalue()


def test_a_person_gets_the_right_key_and_keeps_everything():
    made = registered_wrongly(StoreFactory())

    assert "1 persons with a new key, 0 merged" in repaired()

    person = Identity.objects.get()
    assert bytes(person.fingerprint) == fingerprint(RIGHT)
    assert number_of(Customer.objects.get()) == RIGHT
    assert list(find(Customer.objects.all(), "0001")) == [made.customer]
    assert registered(made.store, phone="13800000001").rule == "R1"
    assert "0 persons with a new key, 0 merged" in repaired()


def test_two_persons_of_two_dealers_become_one():
    before = registered(StoreFactory(), phone="13800000001", at=DAY_ONE)
    after = registered_wrongly(StoreFactory(), at=DAY_ONE + timedelta(days=200))

    assert "0 persons with a new key, 1 merged" in repaired()

    assert Identity.objects.get().pk == before.identity_id
    assert [o.store for o in Ownership.objects.order_by("period")] == [before.store, after.store]
    assert set(Registration.objects.values_list("identity", flat=True)) == {before.identity_id}
    assert {number_of(card) for card in Customer.objects.all()} == {RIGHT}


def test_places_in_line_leads_and_cases_come_along():
    right = registered(StoreFactory(), phone="13800000001", at=DAY_ONE - timedelta(days=900))
    theirs, mine = StoreFactory(), StoreFactory()
    registered(theirs, phone="13911112222")
    at = DAY_ONE + timedelta(days=1)
    refused = registered(mine, phone="13911112222", at=at)
    by = Actor.of(OwnerFactory(dealer=mine.dealer))
    line.stand(refused, by=by, at=at)
    case = opening.claim(refused, story="She came to us first.", by=by, at=at)
    evidence.say(case, "We have the order.", by=by, at=at)
    lead = Lead.objects.create(
        identity=refused.identity, source="hq", wish="A filter", region=mine.dealer.region,
        contact=b"", received_at=at,
    )  # fmt: skip
    registered_wrongly(theirs, at=at)

    assert "1 merged" in repaired()

    assert Identity.objects.get().pk == right.identity_id
    case.refresh_from_db()
    lead.refresh_from_db()
    place = Waiting.objects.open().get()
    assert {place.identity_id, case.identity_id, lead.identity_id} == {right.identity_id}
    assert {it.identity_id for it in case.evidence.all()} == {right.identity_id}
    assert place.customer_id == refused.customer_id


def test_of_two_cases_that_run_one_is_left_to_people():
    first, second, by = StoreFactory(), StoreFactory(), {}
    for store, phone in ((first, "13911112222"), (second, "13800000001")):
        registered(StoreFactory(), phone=phone)
        refused = registered(store, phone=phone, at=DAY_ONE + timedelta(days=1))
        by[store] = opening.claim(
            refused, story="She came to us first.",
            by=Actor.of(OwnerFactory(dealer=store.dealer)), at=DAY_ONE + timedelta(days=1),
        )  # fmt: skip
    owner = by[first].sides.get(side="A").store
    registered_wrongly(owner, at=DAY_ONE + timedelta(days=2))

    with pytest.raises(CommandError, match=by[first].code):
        repaired()


def test_two_cards_of_one_dealer_become_one():
    store = StoreFactory()
    before = registered(store, phone="13800000001", at=DAY_ONE)
    registered_wrongly(store, at=DAY_ONE + timedelta(days=200))

    repaired()

    assert Customer.objects.get() == before.customer
    assert Identity.objects.count() == 1
    assert set(Ownership.objects.values_list("customer", flat=True)) == {before.customer_id}


@pytest.mark.parametrize("first_is_wrong", [True, False])
def test_the_earlier_owner_keeps_the_time_that_both_had(first_is_wrong):
    first, second = StoreFactory(), StoreFactory()
    later = DAY_ONE + timedelta(days=30)
    if first_is_wrong:
        registered_wrongly(first, at=DAY_ONE)
        registered(second, phone="13800000001", at=later)
    else:
        registered(first, phone="13800000001", at=DAY_ONE)
        registered_wrongly(second, at=later)

    assert "1 merged" in repaired()

    early, late = Ownership.objects.order_by("period")
    assert (early.store, late.store) == (first, second)
    assert early.period.upper == late.period.lower
    assert Identity.objects.count() == 1


def test_an_owner_without_any_time_left_is_left_to_people():
    first, second = StoreFactory(), StoreFactory()
    early = registered(first, phone="13800000001", at=DAY_ONE)
    inside = registered_wrongly(second, at=DAY_ONE + timedelta(days=30))
    with lifted(Ownership):
        end = early.ownership.period.upper - timedelta(days=1)
        Ownership.objects.filter(pk=inside.ownership_id).update(
            period=(inside.ownership.period.lower, end), protected_until=end
        )

    with pytest.raises(CommandError, match=f"decided by people: {second.code}") as refused:
        repaired()

    assert refused.value.returncode == 1
    assert Ownership.objects.get(store=second).identity_id == inside.identity_id
    assert Ownership.objects.get(store=first).identity_id == early.identity_id
    assert {number_of(card) for card in Customer.objects.all()} == {RIGHT}


def test_a_dry_run_changes_nothing():
    registered_wrongly(StoreFactory())

    assert "1 persons with a new key" in repaired(dry_run=True)

    assert bytes(Identity.objects.get().fingerprint) == fingerprint(WRONG)
    assert not Order.objects.exists()
    assert not Activity.objects.exists()

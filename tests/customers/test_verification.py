"""What `verify` finds in customers that somebody with the tables in hand has changed."""

from datetime import timedelta

import pytest
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from customers.models import Activity, Customer, Identity, Ownership
from customers.verification import checks
from dealers import vault
from dealers.models import DealerKey
from dealers.triggers import lifted
from dealers.vault import Row
from tests.factories.customers import DAY_ONE, RulebookFactory, registered

CARDS = "cards open, and their numbers are those of their persons"
NOTES = "notes of activities open"
ENDS = "protections end where their events lead"

pytestmark = pytest.mark.django_db


def broken():
    return {name: detail for name, holds, detail in checks() if not holds}


@pytest.fixture
def customer(store):
    RulebookFactory()
    made = registered(store, name="王芳").customer
    noted = Activity(customer=made, dealer=store.dealer, store=store, kind="note", at=DAY_ONE)
    noted.pk = 1_000_000
    noted.note_sealed = vault.seal(Row.of(noted), "note", "周末来看")
    noted.save(force_insert=True)
    return made


def test_customers_as_they_were_recorded_are_in_order(customer):
    assert broken() == {}


def test_a_person_with_another_fingerprint_is_found(customer):
    with lifted(Identity):
        Identity.objects.update(fingerprint=bytes(32))

    assert "has another number than its person" in broken()[CARDS]


def test_a_name_that_does_not_open_is_found(customer):
    Customer.objects.update(name_sealed=bytes(60))

    assert "sealed with another key" in broken()[CARDS]


def test_a_note_that_does_not_open_is_found(customer):
    with lifted(Activity):
        Activity.objects.update(note_sealed=bytes(60))

    assert "sealed with another key" in broken()[NOTES]


def test_a_dealers_key_that_is_gone_is_found_and_none_is_made_for_it(customer):
    with lifted(DealerKey):
        DealerKey.objects.all().delete()

    assert "the key of dealer" in broken()[CARDS]
    assert not DealerKey.objects.exists()


def test_a_protection_that_no_event_prolonged_is_found(customer):
    owned = Ownership.objects.get()
    years = timedelta(days=3650)
    with lifted(Ownership):
        Ownership.objects.update(
            period=DateTimeTZRange(owned.period.lower, owned.period.upper + years),
            protected_until=owned.protected_until + years,
        )

    assert list(broken()) == [ENDS]

"""What `verify` says of the installation: of its keys, triggers and constraints."""

import pytest
from django.db import connection

from dealers import vault
from dealers.keys import envelopes
from dealers.models import DealerKey, PortalKey
from dealers.triggers import lifted
from dealers.verification import checks
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import StoreFactory

pytestmark = pytest.mark.django_db

TRIGGERS = "every trigger is there, as written and switched on"
CONSTRAINTS = "every constraint is there and holds for all rows"


def broken():
    return {name: detail for name, holds, detail in checks() if not holds}


def test_an_installation_as_it_was_made_is_in_order():
    vault.keys_of(StoreFactory().dealer_id)

    assert broken() == {}


@pytest.mark.parametrize(
    ("act", "check", "said"),
    [
        ("ALTER TABLE customers_order DISABLE TRIGGER USER", TRIGGERS, "is switched off"),
        ("ALTER TABLE dealers_store DISABLE TRIGGER USER", TRIGGERS, "store_code_is_safe"),
        (
            "DROP TRIGGER {entry_only_added} ON incentives_entry",
            TRIGGERS,
            "entry_only_added is not there",
        ),
        (
            "CREATE OR REPLACE FUNCTION {entry_only_added}() RETURNS trigger LANGUAGE plpgsql"
            " AS 'BEGIN RETURN NEW; END'",
            TRIGGERS,
            "entry_only_added is another one",
        ),
        (
            "CREATE OR REPLACE FUNCTION _pgtrigger_should_ignore(trigger_name name)"
            " RETURNS boolean LANGUAGE sql AS 'SELECT true'",
            TRIGGERS,
            "a setting of the session",
        ),
        (
            "ALTER TABLE customers_ownership DROP CONSTRAINT ownership_one_owner_at_a_time",
            CONSTRAINTS,
            "ownership_one_owner_at_a_time is not there",
        ),
        (
            "ALTER TABLE dealers_membership DROP CONSTRAINT membership_store_is_the_dealers",
            CONSTRAINTS,
            "membership_store_is_the_dealers is not there",
        ),
        (
            "DROP INDEX user_email_once_in_any_case",
            CONSTRAINTS,
            "user_email_once_in_any_case is not there",
        ),
        (
            "ALTER TABLE incentives_statement DROP CONSTRAINT {statement_run}",
            CONSTRAINTS,
            "incentives_statement.run_id: foreign key is not there",
        ),
        (
            "ALTER TABLE customers_order ALTER net DROP NOT NULL",
            CONSTRAINTS,
            "customers_order.net: not null is not there",
        ),
    ],
)
def test_what_the_database_no_longer_refuses_is_named(act, check, said):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT max(tgname) FROM pg_trigger WHERE tgname LIKE 'pgtrigger_entry_only_added%'"
        )
        trigger = cursor.fetchone()[0]
        cursor.execute(
            "SELECT max(conname) FROM pg_constraint"
            " WHERE conname LIKE 'incentives_statement_run%_fk_%'"
        )
        cursor.execute(act.format(entry_only_added=trigger, statement_run=cursor.fetchone()[0]))

    assert said in broken()[check]


def test_a_dealers_key_that_does_not_open_is_named():
    dealer = StoreFactory().dealer
    vault.keys_of(dealer.pk)
    with lifted(DealerKey):
        DealerKey.objects.update(wrapped=bytes(60))

    assert f"The key of dealer {dealer.pk} does not open" in broken()["the dealers' keys open"]


def test_a_key_of_the_portal_that_does_not_open_is_named():
    envelopes.put_down(envelopes.CODES)
    with lifted(PortalKey):
        PortalKey.objects.filter(name=envelopes.CODES).update(wrapped=b"x" * 60)

    assert "codes does not open" in broken()["the portal's own keys open"]


def test_what_is_sealed_with_another_dealers_key_is_named():
    RulebookFactory()
    card = registered(StoreFactory()).customer
    other = vault.keys_of(StoreFactory().dealer_id).id
    card.phone_sealed = card.phone_sealed[:1] + other.to_bytes(4) + card.phone_sealed[5:]
    card.save()

    said = broken()["what is sealed is sealed with a key of its dealer"]
    assert said == "1, for example customers_customer.phone_sealed of 1 rows"

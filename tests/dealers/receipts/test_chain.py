"""What happens to a dealer stands in its chain, and in nobody else's."""

import hashlib
import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from psycopg.types.range import TimestamptzRange

from customers.models import Ownership, OwnershipEvent, Registration, VoidReason
from customers.ownership import voids
from dealers import access
from dealers.actor import Actor, acting
from dealers.database import next_ids
from dealers.models import AccessAction, Fact, FactKind, Link
from dealers.models.receipts import PORTION
from dealers.receipts import chain
from dealers.signed_words import NOTHING
from dealers.triggers import lifted
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import MembershipFactory, OwnerFactory, StoreFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def rulebook(db):
    return RulebookFactory()


@pytest.fixture
def store():
    return StoreFactory()


def told(link: Link) -> list[dict]:
    return json.loads(link.body)["told"]


def of(kind: FactKind) -> list[Link]:
    return list(Link.objects.filter(kind=kind).order_by("seq"))


def test_a_registration_waits_and_takes_its_place_in_the_chain_of_its_dealer(store):
    first, second = registered(store), registered(store)
    elsewhere = registered(StoreFactory())
    assert Fact.objects.count() == 3
    assert not Link.objects.exists()

    assert chain.append_waiting() == 3

    assert not Fact.objects.exists()
    links = list(Link.objects.filter(dealer=store.dealer).order_by("seq"))
    assert [link.seq for link in links] == [1, 2]
    assert [told(link)[0]["receipt"] for link in links] == [first.receipt, second.receipt]
    assert bytes(links[0].previous) == NOTHING
    assert bytes(links[1].previous) == bytes(links[0].hash)
    for link in links:
        expected = hashlib.sha256(bytes(link.previous) + link.text.encode()).digest()
        assert bytes(link.hash) == expected
    (other,) = Link.objects.filter(dealer=elsewhere.dealer)
    assert other.seq == 1


def test_what_a_registration_says_is_known_and_the_customer_is_not(store):
    made = registered(store, name="陈女士")
    chain.append_waiting()

    (said,) = told(Link.objects.get())
    assert said["answer"] == made.answer
    assert said["card"] == str(made.customer_id)
    made = Registration.objects.get()
    assert said["said"] == hashlib.sha256(bytes(made.salt) + bytes(made.content)).hexdigest()
    body = Link.objects.get().body
    assert "陈" not in body
    assert bytes(made.identity.fingerprint).hex() not in body


def test_a_hash_tells_nothing_to_who_guesses_what_happened(store):
    registered(store)
    registered(store)
    chain.append_waiting()

    salts = [json.loads(link.body)["salt"] for link in Link.objects.all()]

    assert all(re.fullmatch("[0-9a-f]{32}", salt) for salt in salts)
    assert len(set(salts)) == len(salts) == 2


def test_rows_that_one_statement_adds_share_links(store):
    made = registered(store)
    fields = [it for it in Registration._meta.concrete_fields if not it.primary_key]
    columns = ", ".join(f'"{it.column}"' for it in fields)
    given = ", ".join(
        {"key": "key || n", "receipt": "left(receipt, 8) || n"}.get(it.column, f'"{it.column}"')
        for it in fields
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO customers_registration ({columns}) SELECT {given}"
            f" FROM customers_registration, generate_series(1, {PORTION + 1}) AS n WHERE id = %s",
            [made.pk],
        )

    chain.append_waiting()

    assert [len(told(link)) for link in of(FactKind.REGISTRATION)] == [1, PORTION, 1]
    last = Registration.objects.latest("pk")
    (found,) = Link.objects.telling_of(FactKind.REGISTRATION, store.dealer_id, last.pk)
    assert told(found)[0]["receipt"] == last.receipt


def test_voids_ends_and_looks_are_in_the_chain(store):
    clerk = MembershipFactory(store=store)
    owner = OwnerFactory(dealer=store.dealer)
    made = registered(store, staff=clerk.user, at=timezone.now())
    voids.void(made, reason=VoidReason.TRIED, by=Actor.of(owner), at=timezone.now())
    access.note(
        AccessAction.REVEAL, by=Actor.hq(UserFactory(is_staff=True)), dealer_id=store.dealer_id,
        customer=made.customer_id, fields="phone", purpose="138****8000", at=timezone.now(),
    )  # fmt: skip

    chain.append_waiting()

    (void,) = of(FactKind.VOID)
    assert told(void)[0]["receipt"] == made.receipt
    assert "voided" in {said["event"] for it in of(FactKind.OWNERSHIP) for said in told(it)}
    (look,) = of(FactKind.ACCESS)
    assert told(look)[0]["card"] == str(made.customer_id)
    assert told(look)[0]["purpose"] is None


def test_what_is_rolled_back_never_happened(store):
    with transaction.atomic():
        registered(store)
        transaction.set_rollback(True)

    assert chain.append_waiting() == 0


def refused(statement: str, *values: object) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.mark.parametrize("actor", [Actor.hq, lambda _user: Actor.worker("test")])
def test_nobody_makes_facts_up_or_takes_them_away(store, actor):
    registered(store)
    with acting(actor(UserFactory(is_staff=True))):
        refused("DELETE FROM dealers_fact")
        refused("UPDATE dealers_fact SET body = '[]'")
        refused(
            "INSERT INTO dealers_fact (dealer_id, kind, first, last, body)"
            " VALUES (%s, 'void', 1, 1, '[]')",
            store.dealer_id,
        )
        refused("INSERT INTO dealers_link (fact) VALUES (0)")
        chain.append_waiting()
        refused("UPDATE dealers_link SET body = '[]'")
        refused("DELETE FROM dealers_link")
        refused("TRUNCATE dealers_link")


def test_the_owner_of_the_tables_makes_none_up_either(store):
    registered(store)
    refused("DELETE FROM dealers_fact")
    refused(
        "INSERT INTO dealers_fact (dealer_id, kind, first, last, body)"
        " VALUES (%s, 'void', 1, 1, '[]')",
        store.dealer_id,
    )
    refused("INSERT INTO dealers_link (fact) VALUES (-1)")


def test_what_comes_with_a_link_counts_for_nothing(store):
    registered(store)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO dealers_link (fact, dealer_id, seq, kind, body, hash, previous, first,"
            " last, at) SELECT id, 0, 77, 'void', '[]', '', '', 0, 0, '2020-01-01'"
            " FROM dealers_fact"
        )

    link = Link.objects.get()
    assert (link.seq, link.dealer_id, link.kind) == (1, store.dealer_id, FactKind.REGISTRATION)
    assert link.at.year > 2020


def test_a_dealer_reads_its_own_chain(store):
    registered(store)
    registered(StoreFactory())
    chain.append_waiting()
    owner = OwnerFactory(dealer=store.dealer)

    with acting(Actor.of(owner)):
        assert {link.dealer_id for link in Link.objects.all()} == {store.dealer_id}


@pytest.mark.django_db(transaction=True)
def test_several_workers_at_once_make_one_chain(store):
    for _each in range(30):
        registered(store)

    def take(_number):
        try:
            return chain.append_waiting()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as workers:
        assert sum(workers.map(take, range(4))) == 30

    links = list(Link.objects.order_by("seq"))
    assert [link.seq for link in links] == list(range(1, 31))
    for before, link in pairwise(links):
        assert bytes(link.previous) == bytes(before.hash)
    receipts = [told(link)[0]["receipt"] for link in links]
    in_order = Registration.objects.order_by("pk").values_list("receipt", flat=True)
    assert receipts == list(in_order)


def test_the_session_s_clock_and_language_change_nothing_of_what_is_hashed(store):
    registered(store)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL timezone = 'America/St_Johns'; SET LOCAL datestyle = 'German'")
        chain.append_waiting()
        cursor.execute("SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO'")

    link = Link.objects.get()
    assert hashlib.sha256(NOTHING + link.text.encode()).digest() == bytes(link.hash)


def test_a_load_puts_the_events_there_before_the_ownerships_and_they_are_told_once(store):
    made = registered(store)
    chain.append_waiting()
    before = len(of(FactKind.OWNERSHIP))
    event, owned = made.events.get(), made.ownership
    with lifted(OwnershipEvent, Ownership):
        OwnershipEvent.objects.all().delete()
        made_of = {it.attname: getattr(owned, it.attname) for it in Ownership._meta.local_fields}
    told_of = {it.attname: getattr(event, it.attname) for it in OwnershipEvent._meta.local_fields}
    ownership_id = next_ids(Ownership)[0]
    until = owned.period.upper
    later = TimestamptzRange(until + timedelta(days=1), until + timedelta(days=30))
    OwnershipEvent.objects.bulk_create(
        OwnershipEvent(**told_of | {"id": None, "ownership_id": ownership_id, "kind": kind, **more})
        for kind, more in (("started", {}), ("voided", {}))
    )
    assert not Fact.objects.exists()

    Ownership.objects.bulk_create([Ownership(**made_of | {"id": ownership_id, "period": later})])

    chain.append_waiting()
    (link,) = of(FactKind.OWNERSHIP)[before:]
    assert [said["event"] for said in told(link)] == ["voided"]
    assert told(link)[0]["ownership"] == ownership_id

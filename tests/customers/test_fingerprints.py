"""A second fingerprint key: at every moment a number is one person, and the counter knows them."""

import base64
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.utils import timezone

from customers import fingerprints, verification
from customers.identity import content_hash, either, fingerprint, known_keys
from customers.look_ups import look_up
from customers.models import Answer, Customer, Identity, NumberChange, Order, Rule
from customers.numbers import change_number
from customers.orders.recording import GivenLine, record_order
from dealers.actor import Actor
from dealers.keys import held, rotation
from dealers.keys.held import WrongKeys
from dealers.keys.rotation import RotationRefused
from dealers.models import RotationKind
from tests.factories.customers import (
    CategoryFactory,
    RulebookFactory,
    number_of,
    phone_number,
    registered,
)
from tests.factories.dealers import StoreFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

SECOND, THIRD = (base64.b64encode(bytes([n]) * 32).decode() for n in (9, 10))


@pytest.fixture(autouse=True)
def _known(db, monkeypatch):
    RulebookFactory()
    held.check()
    monkeypatch.setattr(fingerprints, "PORTION", 2)


@pytest.fixture
def people(store):
    """Numbers of people who are on file by the first key."""
    yesterday = timezone.now() - timedelta(days=1)
    return [registered(store, phone=phone_number(), at=yesterday).customer for _ in range(5)]


@pytest.fixture
def second(settings, people):
    """The second key stands in the settings of every process."""
    settings.PORTAL_FINGERPRINT_KEY += f" {SECOND}"


def begun():
    change = rotation.begin(
        RotationKind.FINGERPRINT, by=Actor.worker("test"), at=timezone.now(), at_once=True
    )
    return rotation.go_on(change, timezone.now())


def line(category):
    hundred, zero = Decimal("100.00"), Decimal("0.00")
    return GivenLine(
        number=1, category=category, quantity=1, gross=hundred, discount=zero, net=hundred
    )


def ordered(number, store, key):
    lines = [line(CategoryFactory())]
    return record_order(
        source="till", external_id=key, ordered_at=timezone.now(), store=store, phone=number,
        lines=lines,
    )  # fmt: skip


def all_is_well(people, store):
    """Every number is found, is the same person at the counter, and nobody is there twice."""
    count = Identity.objects.count()
    other = StoreFactory()
    for card in people:
        number = number_of(card)
        again = registered(other, phone=number, at=timezone.now())
        assert (again.identity_id, again.rule) == (card.identity_id, Rule.R3)
    assert Identity.objects.count() == count
    broken = {name: detail for name, holds, detail in verification.checks() if not holds}
    assert broken == {}


def test_at_every_step_a_number_is_one_person(people, second, store, clerk):
    all_is_well(people, store)
    assert set(Identity.objects.values_list("keyed", flat=True)) == {1}
    steps = 0
    for _step in begun():
        steps += 1
        all_is_well(people, store)
        new = registered(store, phone=phone_number())
        assert new.answer == Answer.YOURS
        assert new.identity.keyed == 2
        found = look_up(number_of(people[0]), by=Actor.of(clerk), at=timezone.now())
        assert found == people[0]
    assert steps >= 3
    assert set(Identity.objects.values_list("keyed", flat=True)) == {2}
    known = {bytes(it.fingerprint) for it in Identity.objects.all()}
    assert {either(fingerprint(number_of(card)))[1] for card in people} <= known
    assert not {fingerprint(number_of(card)) for card in people} & known


def test_what_is_broken_off_goes_on(people, second, store):
    for _turn in range(4):
        next(begun())
        all_is_well(people, store)
    list(begun())

    assert set(Identity.objects.values_list("keyed", flat=True)) == {2}
    all_is_well(people, store)
    assert list(begun())[-1].done == 0


def test_orders_and_changes_of_numbers_find_their_person_meanwhile(people, second, store, clerk):
    steps = begun()
    next(steps)
    converted = Identity.objects.filter(keyed=2, cards__in=people)
    waiting = Identity.objects.filter(keyed=1, cards__in=people)
    assert converted.exists()
    assert waiting.exists()
    for key, person in enumerate((converted.first(), waiting.first())):
        number = number_of(Customer.objects.get(identity=person, dealer=store.dealer))
        assert ordered(number, store, f"A{key}").identity == person
    last = waiting.order_by("pk").last()
    card = Customer.objects.get(identity=last)
    change_number(card, phone=phone_number(), by=Actor.of(clerk), at=timezone.now())
    for _step in steps:
        all_is_well([Customer.objects.get(pk=card.pk)], store)
    assert NumberChange.objects.get().keyed == 2
    assert Order.objects.count() == 2


def test_the_same_again_is_the_first_answer_also_afterwards(people, second, store):
    number, category = phone_number(), CategoryFactory()
    first = registered(store, phone=number, key="same")
    at = timezone.now()
    order = {
        "source": "till", "external_id": "7", "ordered_at": at, "store": store, "phone": number,
        "lines": [line(category)],
    }  # fmt: skip
    sold = record_order(**order)
    list(begun())

    assert registered(store, phone=number, key="same") == first
    assert record_order(**order) == sold


def test_who_does_not_know_the_key_yet_records_nothing(people, second, settings, store, client):
    next(begun())
    settings.PORTAL_FINGERPRINT_KEY = settings.PORTAL_FINGERPRINT_KEY.split()[0]

    with pytest.raises(WrongKeys, match="PORTAL_FINGERPRINT_KEY"):
        registered(store, phone=number_of(people[0]))
    assert held.wrong() == ["PORTAL_FINGERPRINT_KEY"]
    assert client.get("/healthz").status_code == 503


def test_a_second_key_alone_is_not_enough(people, second, settings):
    list(begun())
    settings.PORTAL_FINGERPRINT_KEY = SECOND

    assert held.wrong() == ["PORTAL_FINGERPRINT_KEY"]


def test_a_third_key_comes_after_the_second(people, second, settings, store):
    list(begun())
    settings.PORTAL_FINGERPRINT_KEY += f" {THIRD}"
    steps = begun()
    next(steps)
    all_is_well(people, store)
    list(steps)
    all_is_well(people, store)
    assert set(Identity.objects.values_list("keyed", flat=True)) == {3}
    assert held.fingerprint_keys_on_file() == 3


def test_two_new_keys_at_once_are_refused(people, second, settings):
    settings.PORTAL_FINGERPRINT_KEY += f" {THIRD}"

    with pytest.raises(RotationRefused, match="one fingerprint key"):
        next(begun())
    assert held.fingerprint_keys_on_file() == 1


def test_the_command_does_it_and_says_what_is_needed_from_now_on(people, second, store, capsys):
    call_command("rotate_keys", fingerprint=True)

    assert "Everybody is known by 2 keys" in capsys.readouterr().out
    all_is_well(people, store)


def test_contents_do_not_change_with_a_further_key(settings):
    before = content_hash("a", 1)
    settings.PORTAL_FINGERPRINT_KEY += f" {SECOND}"

    assert content_hash("a", 1) == before
    assert known_keys() == 2

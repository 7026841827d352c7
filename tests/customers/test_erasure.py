"""What is destroyed opens for nobody, and books and history stay whole."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from customers import verification
from customers.cards import CardRefused, update_card
from customers.cases import evidence, opening
from customers.dispatch import offers
from customers.erasure import ErasureRefused, erase_customers, erase_person
from customers.look_ups import look_up
from customers.models import (
    Act,
    Answer,
    Customer,
    Erasure,
    Identity,
    NumberChange,
    Offer,
    Order,
    Registration,
)  # fmt: skip
from customers.numbers import change_number
from customers.ownership import extensions
from customers.ownership.activities import ActivityRefused, record_activity
from customers.ownership.extensions import ExtensionRefused
from customers.search import find
from dealers import personal, vault
from dealers import verification as installation
from dealers.actor import Actor
from dealers.keys import held
from dealers.keys.masters import VaultError
from dealers.models import DealerKey
from dealers.sealed import sealed_fields, sealed_models
from tests.customers.dispatch.brought import NOW, lead_of
from tests.customers.test_fingerprints import ordered
from tests.factories.cases import photo
from tests.factories.customers import (
    RulebookFactory,
    card_of,
    number_of,
    phone_number,
    registered,
)
from tests.factories.dealers import (
    MembershipFactory,
    StoreFactory,
    UserFactory,
    keys_are_committed,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture(autouse=True)
def _known(db):
    RulebookFactory()
    held.check()


# Columns of which other tests have a value and destroy it.
ELSEWHERE = {
    # tests/incentives/disputes/test_disputes.py
    "incentives.DisputeExhibit.text_sealed",
    "incentives.DisputeExhibit.file_sealed",
}


@pytest.fixture
def person(store, clerk):
    """Somebody with a card at two dealers, a note, a sale and a number before."""
    now, number = timezone.now(), phone_number()
    mine = registered(store, phone=number, staff=clerk.user, at=now, name="陈敏", email="a@b.cn")
    registered(StoreFactory(), phone=number, at=now, name="陈小姐")
    record_activity(
        mine.customer, kind="call", outcome="reached", note="Sofa", at=now, by=Actor.of(clerk)
    )
    ordered(number, store, "A1")
    change_number(mine.customer, phone=phone_number(), by=Actor.of(clerk), at=now)
    keys_are_committed()
    return Identity.objects.get(pk=mine.identity_id)


@pytest.fixture
def known(person, store, clerk):
    """The same person, of whom everything is on file that a dealer can put there."""
    now, by = timezone.now(), Actor.of(clerk)
    card = Customer.objects.get(dealer=store.dealer)
    update_card(card, by=by, at=now, wechat="chenmin", notes="Green tea")
    extensions.ask(card, "The quote waits for the builder.", by=by, at=now)
    claim = Registration.objects.exclude(dealer=store.dealer).get()
    rival = Actor.of(MembershipFactory(store=claim.store))
    case = opening.claim(claim, story="She came to us first.", by=rival, at=now)
    evidence.show(case, SimpleUploadedFile("a.jpg", photo()), by=rival, at=now)
    lead_of(store.dealer.region, phone=number_of(card), at=now)
    keys_are_committed()
    return person


def in_order():
    return {
        name: detail
        for checks in (installation.checks(), verification.checks())
        for name, holds, detail in checks
        if not holds
    }


def erased(person):
    return erase_person(
        person, reason="asked for it", by=Actor.hq(UserFactory()), at=timezone.now()
    )


def test_nothing_of_a_person_is_left_but_what_was_earned(person, store, clerk):
    number = number_of(Customer.objects.get(dealer=store.dealer))
    kept = ("id", "answer", "rule", "receipt", "ownership_id", "protected_until")
    before = list(Registration.objects.order_by("pk").values(*kept))
    contents = {bytes(row.content) for row in (*Registration.objects.all(), *Order.objects.all())}
    salts = {bytes(row.salt) for row in Registration.objects.all()}
    prints = {bytes(person.fingerprint)} | {
        bytes(value) for it in NumberChange.objects.all() for value in (it.before, it.after)
    }

    erasure = erased(person)

    assert erased(person) == erasure
    assert list(Registration.objects.order_by("pk").values(*kept)) == before
    for model in sealed_models():
        for row in model.objects.all():
            assert not any(getattr(row, it.attname) for it in sealed_fields(model)), row
    left = {bytes(row.content) for row in (*Registration.objects.all(), *Order.objects.all())}
    left |= {bytes(Identity.objects.get(pk=person.pk).fingerprint)}
    left |= {bytes(value) for it in NumberChange.objects.all() for value in (it.before, it.after)}
    assert not left & (contents | prints)
    assert not salts & {bytes(row.salt) for row in Registration.objects.all()}
    card = Customer.objects.get(dealer=store.dealer)
    assert (card_of(card).name, number_of(card), card.search_tokens) == ("", "", [])
    assert not find(Customer.objects.all(), "陈敏", store.dealer_id)
    assert look_up(number, by=Actor.of(clerk), at=timezone.now()) is None
    assert in_order() == {}


def test_everything_that_is_to_be_destroyed_is_another_afterwards(known):
    """By the list of what tells of a customer, so that what is added to it is not forgotten.

    Each column has a value before, or is named as one that another test destroys.
    """

    def plain(value):
        if isinstance(value, list):
            return tuple(value)
        return bytes(value) if isinstance(value, bytes | memoryview) else value

    def values():
        found = {}
        for name in personal.of_customers():
            label, _dot, column = name.rpartition(".")
            if personal.CUSTOMERS.get(name, personal.DESTROYED) == personal.DESTROYED:
                rows = apps.get_model(label).objects.order_by("pk")
                found[name] = [plain(it) for it in rows.values_list(column, flat=True)]
        return found

    before = values()
    assert {name for name, kept in before.items() if not any(kept)} == ELSEWHERE
    erased(known)

    for name, kept in values().items():
        assert not {it for it in before[name] if it} & set(kept), name
        assert before[name] != kept or name in ELSEWHERE, name


def test_nothing_more_is_written_down_about_who_was_erased(person, store, clerk):
    by, now, card = Actor.of(clerk), timezone.now(), Customer.objects.get(dealer=store.dealer)
    extensions.ask(card, "The quote waits for the builder.", by=by, at=now)
    erased(person)

    with pytest.raises(ActivityRefused, match="Leave the note empty") as refused:
        record_activity(card, kind="call", outcome="reached", note="Sofa", at=now, by=by)
    assert refused.value.field == "note"
    record_activity(card, kind="call", outcome="reached", at=now, by=by)
    assert list(Act.objects.open()) == []
    with pytest.raises(ExtensionRefused, match="nobody left"):
        extensions.ask(card, "The quote waits for the builder.", by=by, at=now)
    with pytest.raises(CardRefused, match="erased"):
        change_number(card, phone=phone_number(), by=by, at=now)
    assert in_order() == {}


def test_the_number_is_somebody_new_afterwards(person, store):
    number = number_of(Customer.objects.get(dealer=store.dealer))
    erased(person)

    again = registered(store, phone=number, at=timezone.now())

    assert again.identity_id != person.pk
    assert again.answer == Answer.YOURS
    assert in_order() == {}


def test_pages_of_an_erased_customer_open_and_take_nothing(person, store, clerk, login):
    erased(person)
    card = Customer.objects.get(dealer=store.dealer)

    assert login(clerk).get(card.get_absolute_url()).status_code == 200
    receipt = Registration.objects.get(dealer=store.dealer).get_absolute_url()
    assert login(clerk).get(receipt).status_code == 200
    assert login(clerk).get("/customers/").status_code == 200
    with pytest.raises(CardRefused, match="erased"):
        update_card(card, by=Actor.of(clerk), at=timezone.now(), name="陈敏")


def test_an_erasure_says_why(person):
    with pytest.raises(ErasureRefused, match="Say why"):
        erase_person(person, reason=" ", by=Actor.hq(UserFactory()), at=timezone.now())
    assert not Erasure.objects.exists()


def test_nobody_empties_a_card_without_an_erasure_nor_fills_one_after_it(person, store):
    card = Customer.objects.get(dealer=store.dealer)
    with pytest.raises(DatabaseError, match="erased"), transaction.atomic():
        Customer.objects.filter(pk=card.pk).update(phone_sealed=b"")
    sealed = card.phone_sealed
    erased(person)
    with pytest.raises(DatabaseError), transaction.atomic():
        Customer.objects.filter(pk=card.pk).update(phone_sealed=sealed)


def test_the_customers_of_a_dealer_open_for_nobody_when_its_keys_are_destroyed(
    person, store, clerk, login
):
    card = Customer.objects.get(dealer=store.dealer)
    other = Customer.objects.exclude(dealer=store.dealer).get()
    by = Actor.hq(UserFactory())

    assert erase_customers(store.dealer, by=by, at=timezone.now()) == 1
    assert erase_customers(store.dealer, by=by, at=timezone.now()) == 0

    vault.forget(store.dealer_id)
    assert not DealerKey.objects.filter(dealer=store.dealer).exclude(wrapped=b"").exists()
    assert (card_of(card).name, number_of(card)) == ("", "")
    assert card_of(other).name == "陈小姐"
    with pytest.raises(VaultError, match="destroyed"):
        vault.seal(vault.Row.of(card), "name", "陈敏")
    assert login(clerk).get("/customers/").status_code == 200
    assert in_order() == {}
    with pytest.raises(DatabaseError), transaction.atomic():
        DealerKey.objects.filter(dealer=store.dealer).update(wrapped=b"x", destroyed_at=None)


def test_headquarters_erases_a_person_with_a_reason_and_nobody_else_does(person, hq, clerk, login):
    card = Customer.objects.first()
    page = reverse("admin:customers_customer_erase", args=[card.pk])
    assert login(clerk).post(page, {"reason": "x"}).status_code in {302, 403, 404}
    client = login(hq)
    assert page in client.get(reverse("admin:customers_customer_change", args=[card.pk])).text
    client.post(page, {"reason": ""})
    assert not Erasure.objects.exists()
    client.post(page, {"reason": "a letter of 3 May"})
    made = Erasure.objects.get()
    assert (made.erased_by, made.reason) == (hq, "a letter of 3 May")


def test_a_command_erases_a_person_with_a_reason(person, capsys):
    card = str(Customer.objects.first().pk)
    with pytest.raises(CommandError, match="Say why"):
        call_command("erase_person", card, "--reason", " ")
    call_command("erase_person", card, "--reason", "a letter of 3 May")
    assert Erasure.objects.get().reason.startswith("a letter of 3 May (")
    with pytest.raises(CommandError, match="no such card"):
        call_command("erase_person", "00000000-0000-0000-0000-000000000000", "--reason", "x")


def test_erasing_holds_the_offers_of_a_lead_before_the_lead(store):
    lead = lead_of(store.dealer.region, at=NOW)
    offers.offer(lead.pk, NOW)
    with CaptureQueriesContext(connection) as asked:
        erase_person(lead.identity, reason="asked", by=Actor.worker("x"), at=NOW)
    first, second, *_others = (each["sql"] for each in asked if "FOR UPDATE" in each["sql"])
    assert 'FROM "customers_offer"' in first
    assert "JOIN" not in first
    assert 'FROM "customers_lead"' in second


@pytest.mark.django_db(transaction=True)
def test_who_accepts_a_lead_and_who_erases_its_person_do_not_lock_each_other_up(store, clerk):
    by = Actor.of(clerk)
    with transaction.atomic():  # the worker comes after the commit
        lead = lead_of(store.dealer.region, at=NOW)
        made = offers.offer(lead.pk, NOW)

    def erase():
        try:
            return erase_person(lead.identity, reason="asked", by=Actor.worker("x"), at=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Offer.objects.select_for_update().get(pk=made.pk)  # as the answer begins
            erasing = pool.submit(erase)
            with pytest.raises(TimeoutError):
                erasing.result(timeout=0.3)
            accepted = offers.accept(made, by=by, at=NOW)
        assert erasing.result(timeout=5).identity_id == lead.identity_id

    assert accepted.answer == Answer.YOURS

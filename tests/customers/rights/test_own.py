"""A person's own page: seen, corrected, taken back and deleted by whoever proves the number."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from customers.cards import update_card
from customers.closings import going_on, plan
from customers.models import Consent, Customer, Erasure, PageEntry, Registration, VoidReason
from customers.numbers import change_number
from customers.ownership import voids
from customers.ownership.activities import record_activity
from customers.rights import inbox, own, pages, proofs
from dealers.actor import Actor, acting
from dealers.models import Notice, NoticeKind
from tests.customers.rights.test_pages import NUMBER, carried, code_of
from tests.customers.test_fingerprints import ordered
from tests.factories.customers import RulebookFactory, card_of, registered
from tests.factories.dealers import MembershipFactory, StoreFactory, keys_are_committed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

PAGE = "/p/"
OWN_COPY = "/p/copy.json"


@pytest.fixture
def card(store, clerk):
    RulebookFactory()
    keys_are_committed()
    made = registered(
        store, phone=NUMBER, name="欧阳诗涵", staff=clerk.user, at=timezone.now(),
        consent_marketing=True,
    )  # fmt: skip
    update_card(made.customer, by=Actor.of(clerk), at=timezone.now(), notes="净水机")
    record_activity(
        made.customer, kind="call", outcome="reached", note="下周再来", at=timezone.now(),
        by=Actor.of(clerk),
    )  # fmt: skip
    return made.customer


@pytest.fixture
def come_in(client, sent):
    """The browser of somebody who has proved a number."""

    def proved(number=NUMBER):
        answer, texts = sent(client, PAGE, {"country": "86", "phone": number})
        sent(client, PAGE, {"carried": carried(answer), "code": code_of(texts)})
        return client

    return proved


def test_everything_is_shown_to_its_person_and_no_ownership(card, store, come_in):
    page = come_in().get(PAGE).content.decode()
    for text in ("欧阳诗涵", "净水机", "下周再来", store.name, store.dealer.name, "139****3465"):
        assert text in page
    for word in ("protected", "Protected", "ownership", NUMBER):
        assert word not in page


def test_nothing_is_shown_without_a_proof_or_to_another_number(card, client, come_in):
    assert "欧阳诗涵" not in client.get(PAGE).content.decode()
    stranger = come_in("13912873400")
    page = stranger.get(PAGE).content.decode()
    assert "Nothing is kept about this number" in page
    for path in (
        reverse("customers:own-correct", args=[card.pk]),
        reverse("customers:own-decide", args=[card.pk, "offers"]),
    ):
        assert stranger.post(path, {"name": "x"}).status_code == 404
    assert card_of(card).name == "欧阳诗涵"


def test_a_page_that_waits_for_its_code_opens_nothing(card, client, sent):
    answer, _texts = sent(client, PAGE, {"country": "86", "phone": NUMBER})
    client.cookies["own-data"] = carried(answer)
    assert "欧阳诗涵" not in client.get(PAGE).content.decode()


def test_a_proof_is_over_after_half_an_hour(card):
    now = timezone.now()
    proof = proofs.Proof(f"+86{NUMBER}", {}, now, "x")
    held = proofs.kept(proof, until=now + timedelta(minutes=30))
    assert proofs.proved(held, at=now + timedelta(minutes=29)).phone == f"+86{NUMBER}"
    assert proofs.proved(held, at=now + timedelta(minutes=30)) is None


def test_a_person_corrects_their_card_and_the_store_is_told(card, clerk, come_in):
    browser = come_in()
    path = reverse("customers:own-correct", args=[card.pk])
    said = {"name": "欧阳诗韵", "wechat": "shiyun", "email": "s@example.com"}
    assert browser.post(path, said).url == PAGE
    now = card_of(Customer.objects.get())
    assert (now.name, now.wechat, now.email) == ("欧阳诗韵", "shiyun", "s@example.com")
    assert now.notes == "净水机"
    told = Notice.objects.get(kind=NoticeKind.RIGHTS)
    assert (told.user, told.title) == (clerk.user, "A customer corrected their card.")


def test_the_sister_store_that_goes_on_with_a_person_is_told(card, store, clerk, owner):
    now, sister = timezone.now(), StoreFactory(dealer=store.dealer)
    day = timezone.localdate(now, store.tz) + timedelta(days=3)
    closing = plan.close_store(
        store, to=sister, on=day, reason="The lease ends", by=Actor.of(owner), at=now
    )
    list(going_on.go_on(closing, closing.due_at))
    own.correct(card, {"name": "欧阳诗韵"}, at=closing.due_at)
    told = Notice.objects.filter(kind=NoticeKind.RIGHTS)
    assert {each.user for each in told} == {owner.user, clerk.user}  # who works there by now


def test_a_consent_is_taken_back_and_given_anew(card, clerk, come_in, login):
    browser = come_in()
    path = reverse("customers:own-decide", args=[card.pk, "offers"])
    browser.post(path, {"agrees": "no"})
    browser.post(path, {"agrees": "no"})  # twice is once
    assert [(row.withdrawn, row.channel) for row in Consent.objects.filter(purpose="offers")] == [
        (True, "self"), (False, "capture"),
    ]  # fmt: skip
    assert Notice.objects.get().title == "A customer took a consent back: Offers"
    assert "Taken back on" in login(clerk).get(card.get_absolute_url()).content.decode()
    browser.post(path, {"agrees": "yes"})
    assert Consent.objects.standing().filter(purpose="offers", channel="self").exists()
    assert browser.post(path.replace("offers", "all"), {"agrees": "no"}).status_code == 404


def asked_about(browser):
    """What the page that asks whether to delete everything sends."""
    page = browser.get(reverse("customers:own-delete")).content.decode()
    return {"proof": re.search(r'name="proof" value="([^"]+)"', page)[1]}


def test_a_tab_deletes_nothing_of_a_number_that_another_has_proved_since(card, come_in):
    browser = come_in("13912873400")
    sent = asked_about(browser)
    come_in()
    browser.post(reverse("customers:own-delete"), sent)
    assert not Erasure.objects.exists()
    assert card_of(card).name == "欧阳诗涵"
    assert "nothing is deleted" in browser.get(PAGE).content.decode()


def test_who_is_being_registered_at_that_moment_is_deleted_as_well(store, monkeypatch):
    RulebookFactory()
    keys_are_committed()

    def answered(_theirs):
        with acting(Actor.worker("store page")):
            registered(store, phone=NUMBER, at=timezone.now())

    monkeypatch.setattr(inbox, "forget", answered)
    made = own.delete(f"+86{NUMBER}", at=timezone.now())
    assert made == Erasure.objects.get()
    assert Customer.objects.get().phone_sealed == b""


def test_a_person_has_everything_deleted(card, clerk, come_in, login):
    browser = come_in()
    assert Erasure.objects.count() == 0
    answer = browser.post(reverse("customers:own-delete"), asked_about(browser))
    assert answer.url == PAGE
    assert Erasure.objects.get().erased_by is None
    page = browser.get(PAGE).content.decode()
    assert "Everything that was kept about you is deleted" in page
    assert login(clerk).get(card.get_absolute_url()).status_code == 200
    again = come_in()
    assert "Nothing is kept about this number" in again.get(PAGE).content.decode()
    assert own.delete(f"+86{NUMBER}", at=timezone.now()) is None


def test_what_waits_on_a_stores_page_is_deleted_as_well(card, store):
    proof = proofs.Proof(
        f"+86{NUMBER}", {"name": "", "offers": False, "brand": False, "key": str(uuid4())},
        timezone.now(), "x",
    )  # fmt: skip
    other = replace(proof, phone="+8613912873466", wants=proof.wants | {"key": str(uuid4())})
    for each in (proof, other):
        pages.put_down(store, each, at=timezone.now())
    own.delete(proof.phone, at=timezone.now())
    assert [str(entry.pk) for entry in PageEntry.objects.all()] == [other.wants["key"]]
    assert pages.answer(UUID(proof.wants["key"]), timezone.now()) is None


def test_a_card_of_a_mistyped_number_is_nobodys(card, clerk):
    assert own.mine(f"+86{NUMBER}", card.pk) == card
    made = Registration.objects.get()
    voids.void(made, reason=VoidReason.UNDONE, by=Actor.of(clerk), at=timezone.now())
    assert own.mine(f"+86{NUMBER}", card.pk) is None


def test_everything_is_taken_along_as_a_file(card, store, come_in):
    answer = come_in().get(reverse("customers:own-copy"))
    data = json.loads(answer.content)
    [kept] = data["kept_by"]
    assert kept["mobile_number"] == f"+86{NUMBER}"
    assert (kept["name"], kept["notes"]) == ("欧阳诗涵", "净水机")
    assert kept["follow_ups"][0]["note"] == "下周再来"
    assert {each["purpose"] for each in kept["consents"]} == {"service", "offers"}


def test_each_dealer_shows_what_it_keeps(card, come_in):
    other = MembershipFactory()
    registered(other.store, phone=NUMBER, name="诗涵", staff=other.user, at=timezone.now())
    page = come_in().get(PAGE).content.decode()
    assert other.store.dealer.name in page
    assert "诗涵" in page


def test_a_number_that_one_dealer_gave_a_person_opens_no_other_dealers_card(card, clerk, come_in):
    other = MembershipFactory()
    now, theirs = timezone.now(), "13912873400"
    rivals = registered(other.store, phone=NUMBER, name="诗涵", staff=other.user, at=now).customer
    ordered(NUMBER, other.store, "THEIRS-1")
    change_number(card, phone=theirs, by=Actor.of(clerk), at=now)
    browser = come_in(theirs)
    page = browser.get(PAGE).content.decode()
    assert card.dealer.name in page
    assert other.store.dealer.name not in page
    assert [each["dealer"] for each in browser.get(OWN_COPY).json()["kept_by"]] == [
        card.dealer.name
    ]
    assert browser.get(OWN_COPY).json()["purchases"] == []
    path = reverse("customers:own-correct", args=[rivals.pk])
    assert browser.post(path, {"name": "x"}).status_code == 404
    browser.post(reverse("customers:own-delete"), asked_about(browser))
    assert not Erasure.objects.exists()
    assert "nothing is deleted from here" in browser.get(PAGE).content.decode()


def test_closing_the_page_forgets_the_proof(card, come_in):
    browser = come_in()
    browser.post(reverse("customers:own-leave"))
    assert "欧阳诗涵" not in browser.get(PAGE).content.decode()

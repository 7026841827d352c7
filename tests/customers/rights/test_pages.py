"""A store's page: whoever proves a number is registered, and nobody learns anything else."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import ProgrammingError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from customers.models import (
    Answer,
    Channel,
    Consent,
    Customer,
    PageEntry,
    PageWords,
    Registration,
)
from customers.rights import pages
from dealers.actor import Actor, acting
from dealers.keys import envelopes
from dealers.models import Notice, NoticeKind, Store
from tests.factories.customers import RulebookFactory, card_of, number_of, registered
from tests.factories.dealers import StoreFactory, keys_are_committed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

NUMBER = "13912873465"


@pytest.fixture
def rules():
    RulebookFactory()
    keys_are_committed()


def address(store, *, at=None):
    key = pages.link(store, at=at or timezone.now()).key
    return reverse("customers:page", args=[store.code, key])


def said(**changes):
    return {"country": "86", "phone": NUMBER, "name": "欧阳诗涵", "service": "on"} | changes


def carried(answer):
    return re.search(r'name="carried" value="([^"]+)"', answer.content.decode())[1]


def code_of(texts):
    return re.search(r"\b(\d{6})\b", texts[0].partition("code")[2])[1]


def registers(client, sent, store, **changes):
    where = address(store)
    answer, texts = sent(client, where, said(**changes))
    return sent(client, where, {"carried": carried(answer), "code": code_of(texts)})[0]


def test_who_proves_a_number_becomes_the_stores_customer(store, clerk, client, sent, rules):
    answer = registers(client, sent, store, offers="on", brand="on")
    assert answer.url.startswith(f"/s/{store.code}/")
    assert "You are registered" in client.get(answer.url).content.decode()
    made = Registration.objects.get()
    assert (made.store, made.channel, made.answer) == (store, Channel.PAGE, Answer.YOURS)
    card = Customer.objects.get()
    assert number_of(card) == f"+86{NUMBER}"
    assert card_of(card).name == "欧阳诗涵"
    agreed = set(Consent.objects.standing().values_list("purpose", "channel"))
    assert agreed == {("service", "page"), ("offers", "page"), ("brand", "page")}
    entry = PageEntry.objects.get()
    assert entry.answered_at
    assert bytes(entry.contact) == b""
    told = Notice.objects.get(kind=NoticeKind.PAGE)
    assert (told.user, told.to) == (clerk.user, made.get_absolute_url())


def test_a_customer_reads_before_agreeing_that_an_emergency_shows_the_number(
    store, client, sent, rules
):
    page = client.get(address(store)).content.decode()
    assert "two of its people open them in an emergency" in " ".join(page.split())
    answer = registers(client, sent, store)
    done = " ".join(client.get(answer.url).content.decode().split())
    assert "or the brand opens your number in an emergency" in done
    assert set(Consent.objects.values_list("text_version", flat=True)) == {"2026-3"}


def test_without_the_right_code_nothing_is_put_down(store, client, sent, rules):
    where = address(store)
    answer, _texts = sent(client, where, said())
    wrong, _texts = sent(client, where, {"carried": carried(answer), "code": "12"})
    assert wrong.status_code == 422
    assert "This code is not right" in wrong.content.decode()
    assert not PageEntry.objects.exists()


def test_what_one_page_asked_for_is_good_for_no_other(store, client, sent, rules):
    other = StoreFactory()
    answer, texts = sent(client, address(store), said())
    done = {"carried": carried(answer), "code": code_of(texts)}
    for there in (address(other), reverse("customers:own")):
        assert sent(client, there, done)[0].url == there
    for stray in ("", "x", "1.2.3"):
        again, _texts = sent(client, address(store), {"carried": stray, "code": "x"})
        assert again.status_code == 302
    assert not PageEntry.objects.exists()


def test_each_consent_names_the_text_that_the_page_showed(store, rules):
    pk, told = uuid4(), {"phone": f"+86{NUMBER}", "name": ""}
    entry = PageEntry.objects.create(
        pk=pk, store=store, contact=envelopes.seal_for(pk, envelopes.PAGES, told), offers=True,
        brand=True, text_version="2020-1", evidence="code x", received_at=timezone.now(),
    )  # fmt: skip
    pages.answer(entry.pk, timezone.now())
    said = set(Consent.objects.values_list("purpose", "text_version"))
    assert said == {(purpose, "2020-1") for purpose in ("service", "offers", "brand")}


def test_a_code_sent_twice_registers_once(store, client, sent, rules):
    where = address(store)
    answer, texts = sent(client, where, said())
    for _time in range(2):
        done = {"carried": carried(answer), "code": code_of(texts)}
        assert sent(client, where, done)[0].status_code == 302
    assert Registration.objects.count() == 1


def shown(page, number):
    """What a page says, and how long it is, without what is drawn anew each time."""
    text = re.sub(rb'value="[^"]{30,}"', b"", page.content).replace(number[-4:].encode(), b"")
    return page.status_code, len(page.content), text


def test_every_number_gets_the_same_bytes(store, client, sent, rules):
    other = StoreFactory()
    registered(other, phone="13912873411", at=timezone.now())  # protected elsewhere
    registered(store, phone="13922873422", at=timezone.now())  # the store's own
    seen, where = set(), address(store)
    for last in "123":
        client.cookies.clear()
        number = f"139{last}28734{last}{last}"
        first, texts = sent(client, where, said(phone=number))
        second, _texts = sent(client, where, {"carried": carried(first), "code": code_of(texts)})
        third = client.get(second.url)
        seen.add(tuple(shown(page, number) for page in (first, second, third)))
    assert len(seen) == 1
    answers = Registration.objects.order_by("pk").values_list("answer", flat=True)
    assert list(answers)[2:] == [Answer.PROTECTED, Answer.YOURS_ALREADY, Answer.YOURS]


def test_the_address_is_signed_names_its_store_and_expires(store, client):
    other = StoreFactory()
    key = pages.link(store, at=timezone.now()).key
    for code, asked in ((store.code, "x"), (store.code, key[:-1] + "x"), (other.code, key)):
        answer = client.get(reverse("customers:page", args=[code, asked]))
        assert answer.status_code == 410
        assert "Ask the store for its code" in answer.content.decode()
    old = client.get(address(store, at=timezone.now() - timedelta(days=366)))
    assert "This code has expired" in old.content.decode()


def test_a_store_that_has_closed_has_no_page_and_no_poster(store, manager, client, login):
    key = address(store)
    Store.objects.filter(pk=store.pk).update(closed_at=timezone.now() - timedelta(minutes=1))
    answer = client.get(key)
    assert answer.status_code == 410
    assert "has closed" in answer.content.decode()
    poster = reverse("customers:poster", args=[store.code])
    assert login(manager).get(poster).status_code == 404


def test_codes_are_limited_for_a_number_and_for_a_store(store, client, sent, rules, monkeypatch):
    where = address(store)
    for _time in range(2):
        assert sent(client, where, said())[0].status_code == 200
    again, texts = sent(client, where, said())
    assert again.status_code == 422
    assert "No more codes for now" in again.content.decode()
    assert texts == []
    monkeypatch.setattr(pages, "A_DAY", pages.A_DAY.__class__(2, timedelta(seconds=30), 2, 2))
    assert sent(client, where, said(phone="13912873466"))[0].status_code == 422


def test_codes_that_are_not_sent_close_no_stores_page(store, client, sent, rules, monkeypatch):
    where = address(store)
    monkeypatch.setattr(pages, "A_DAY", pages.A_DAY.__class__(4, timedelta(seconds=30), 4, 4))
    for _time in range(6):
        sent(client, where, said())  # the first two are sent
    assert sent(client, where, said(phone="13912873466"))[0].status_code == 200


def test_guessing_a_code_has_an_end(store, client, sent, rules):
    where = address(store)
    answer, texts = sent(client, where, said())
    for _time in range(5):
        sent(client, where, {"carried": carried(answer), "code": "x"})
    right, _texts = sent(client, where, {"carried": carried(answer), "code": code_of(texts)})
    assert right.status_code == 422
    assert "Too many wrong tries" in right.content.decode()


def test_consent_to_service_is_not_ticked_and_has_to_be(store, client, sent, rules):
    where = address(store)
    assert b"checked" not in client.get(where).content
    refused, texts = sent(client, where, said(service=""))
    assert "Without this the store cannot register you" in refused.content.decode()
    assert texts == []


@pytest.mark.parametrize(
    "table", ["customers_pageentry", "customers_customer", "dealers_store", "customers_identity"]
)
def test_the_page_reads_nothing(table, db):
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        acting(Actor.page()),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"SELECT 1 FROM {table}")


@pytest.mark.parametrize("change", ["UPDATE {} SET offers = true", "DELETE FROM {}"])
def test_the_page_changes_nothing(change, db):
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        acting(Actor.page()),
        connection.cursor() as cursor,
    ):
        cursor.execute(change.format("customers_pageentry"))


def test_the_store_prints_its_poster(store, manager, rival, login, rules):
    browser = login(manager)
    page = browser.get(reverse("customers:store-codes")).content.decode()
    assert reverse("customers:poster", args=[store.code]) in page
    pdf = browser.get(reverse("customers:poster", args=[store.code]))
    assert pdf.content.startswith(b"%PDF-")
    assert login(rival).get(reverse("customers:poster", args=[store.code])).status_code == 404


def test_the_page_says_what_headquarters_promises_and_who_has_another_store_gets_it(
    store, client, sent, rules
):
    assert PageWords.current().local_benefit == ""
    PageWords.objects.create(benefit="免费净水检测", benefit_en="A free water test")
    registered(StoreFactory(), phone=NUMBER, at=timezone.now())  # protected elsewhere
    assert "A free water test" in client.get(address(store)).content.decode()
    done = registers(client, sent, store)
    assert "A free water test" in client.get(done.url).content.decode()
    with override("zh-hans"):
        assert PageWords.current().local_benefit == "免费净水检测"


def test_there_is_one_row_of_words(hq, login):
    add = reverse("admin:customers_pagewords_add")
    assert login(hq).post(add, {"benefit": "礼品"}).status_code == 302
    words = PageWords.objects.get()
    assert words.benefit == "礼品"
    change = reverse("admin:customers_pagewords_change", args=[words.pk])
    for again in (login(hq).get(add), login(hq).post(add, {"benefit": "别的"})):
        assert (again.status_code, again.url) == (302, change)
    words.refresh_from_db()
    assert words.benefit == "礼品"

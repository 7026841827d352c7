"""Searching by a whole number: never in an address, limited, and in the access log."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone, translation

from customers import look_ups
from customers.cards import CardRefused
from dealers.actor import Actor
from dealers.models import AccessAction, AccessLog
from dealers.triggers import lifted
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import MembershipFactory, StoreFactory

NUMBER = "138 0013 8765"


@pytest.fixture
def made(clerk):
    RulebookFactory(person_minute_limit=None)
    return registered(clerk.store, phone=NUMBER, name="陈敏", at=timezone.now())


def search(client, text, **more):
    headers = {"accept-language": "en"}
    return client.post("/customers/search/", {"q": text}, headers=headers, **more)


def noted():
    with translation.override("en"):
        return [(it.action, it.customer, it.why) for it in AccessLog.objects.order_by("pk")]


def looked_up_at(moment):
    """As if all that the access log says had been then: it takes only what is now."""
    with lifted(AccessLog):
        AccessLog.objects.update(at=moment)


@pytest.mark.parametrize(
    "text", [NUMBER, "+8613800138765", "１３８００１３８７６５", "8613800138765"]
)
def test_a_whole_number_leads_to_its_customer_and_is_noted(clerk, made, login, text):
    response = search(login(clerk), text)

    assert response.status_code == 302
    assert response["Location"] == f"/customers/{made.customer_id}/"
    assert noted() == [(AccessAction.LOOK_UP, made.customer_id, "Number ending in 8765: found")]
    entry = AccessLog.objects.get()
    assert (entry.user, entry.dealer, entry.fields) == (clerk.user, clerk.store.dealer, "phone")
    page = login(clerk).get(response["Location"], headers={"accept-language": "en"})
    assert "Number looked up" in page.text


def test_a_number_of_nobody_is_noted_as_well(clerk, made, login, rival):
    registered(rival.store, phone="13800138766", at=timezone.now())
    for text in ("13800138766", "13800138767"):
        response = search(login(clerk), text, follow=True)
        assert response.redirect_chain == [("/customers/", 302)]
        assert "Nobody among your customers has this number." in response.text

    assert noted() == [
        (AccessAction.LOOK_UP, None, f"Number ending in {digits}: not found")
        for digits in ("8766", "8767")
    ]


def test_a_store_looks_up_its_own_customers_only(made, login):
    sister = MembershipFactory(store=StoreFactory(dealer=made.dealer))

    assert search(login(sister), NUMBER)["Location"] == "/customers/"


def test_no_address_finds_a_whole_number(clerk, made, login):
    client = login(clerk)

    for text in ("13800138765", "138+0013+8765", "%2B8613800138765", "1380013876"):
        response = client.get(f"/customers/?q={text}")
        assert response.status_code == 200
        assert str(made.customer_id) not in response.text
        exported = client.get(f"/customers/?q={text}&export=csv")
        assert "陈敏" not in exported.text


@pytest.mark.parametrize(("text", "query"), [("陈敏", "q=%E9%99%88%E6%95%8F"), ("8765", "q=8765")])
def test_names_and_last_digits_are_a_list(clerk, made, login, text, query):
    assert search(login(clerk), text)["Location"] == f"/customers/?{query}"
    assert noted() == []


def test_digits_that_are_no_number_stand_in_no_address_either(clerk, made, login):
    response = search(login(clerk), "1380013876", follow=True)

    assert response.redirect_chain == [("/customers/", 302)]
    assert "digits" in response.text
    assert noted() == []


def test_it_takes_a_post_and_a_signed_in_request(clerk, login, client, region_manager, hq):
    assert login(clerk).get("/customers/search/").status_code == 405
    assert client.post("/customers/search/", {"q": NUMBER})["Location"].startswith("/accounts/")
    for who in (region_manager, hq):
        assert search(login(who), NUMBER).status_code == 404


def test_thirty_an_hour_and_no_more(clerk, made, english):
    now, actor = timezone.now(), Actor.of(clerk)
    for number in range(look_ups.LOOK_UPS):
        look_ups.look_up(f"+8613900{number:06}", by=actor, at=now)

    looked_up_at(now - timedelta(minutes=59))
    with pytest.raises(CardRefused, match="You looked up 30 whole numbers"):
        look_ups.look_up("+8613800138765", by=actor, at=now)
    assert AccessLog.objects.count() == 30
    looked_up_at(now - timedelta(hours=1))
    assert look_ups.look_up("+8613800138765", by=actor, at=now)


def test_who_has_looked_up_enough_is_told_so(clerk, made, login):
    for number in range(look_ups.LOOK_UPS):
        look_ups.look_up(f"+8613900{number:06}", by=Actor.of(clerk), at=timezone.now())

    response = search(login(clerk), NUMBER, follow=True)

    assert response.redirect_chain == [("/customers/", 302)]
    assert "Search by name or by the last 4 digits, or go on in an hour." in response.text


@pytest.mark.django_db(transaction=True)
def test_the_limit_holds_for_a_hundred_at_once():
    post = MembershipFactory()
    now = timezone.now()

    def attempt(number):
        try:
            look_ups.look_up(f"+8613900{number:06}", by=Actor.of(post), at=now)
        except CardRefused:
            return "refused"
        else:
            return "answered"
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(attempt, range(100)))

    assert answers.count("answered") == look_ups.LOOK_UPS == AccessLog.objects.count()

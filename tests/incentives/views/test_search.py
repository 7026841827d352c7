"""One search at the top of every page: each finds what they may see."""

import pytest
from django.utils import timezone

from customers import look_ups
from customers.models import SoldBy, VoidReason
from customers.ownership import voids
from dealers.actor import Actor
from dealers.models import AccessAction, AccessLog
from incentives.desk.search import look
from incentives.models import Statement
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import MembershipFactory, OwnerFactory, StoreFactory
from tests.factories.incentives import (
    JANUARY,
    close_period,
    owned_customer,
    per_registration,
    published,
    sale,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
NUMBER = "13800138765"


@pytest.fixture
def made(clerk):
    RulebookFactory(person_minute_limit=None)
    return registered(clerk.store, phone=NUMBER, name="陈敏", at=timezone.now())


def ask(client, text, **more):
    return client.post("/search/", {"q": text}, **more)


@pytest.mark.parametrize("text", ["陈敏", "chenmin", "8765", NUMBER, "+86 138-0013-8765"])
def test_one_find_is_opened_at_once(clerk, made, login, text):
    assert ask(login(clerk), text)["Location"] == f"/customers/{made.customer_id}/"


def test_several_are_listed_by_kind(clerk, made, login):
    registered(clerk.store, name="陈涛", at=timezone.now())

    response = ask(login(clerk), "陈", follow=True)

    assert response.redirect_chain == [("/search/?q=%E9%99%88", 302)]
    assert {"陈敏", "陈涛"} <= {hit.title for hit in response.context["groups"][0].hits}


def test_nobody_whose_number_was_only_mistyped_is_found(clerk, owner, made):
    assert look(clerk, "陈敏")
    voids.void(made, reason=VoidReason.WRONG_NUMBER, by=Actor.of(owner), at=timezone.now())
    assert look(clerk, "陈敏") == []


def test_a_receipt_is_found_however_it_is_typed(clerk, made, login):
    for text in (made.receipt, made.receipt.lower(), made.receipt[2:].replace("-", "")):
        assert ask(login(clerk), text)["Location"] == f"/capture/r/{made.receipt}/"


def test_an_order_leads_to_its_customer(clerk, made, login):
    sale(made, "100.00", timezone.localdate(), external_id="2611-03031")

    assert ask(login(clerk), "2611-03031")["Location"] == f"/customers/{made.customer_id}/"


def test_another_dealers_store_is_not_named(owner, made):
    theirs = StoreFactory(name="Rival Street")
    day = timezone.localdate()
    sale(made, "100.00", day, external_id="R-77", at=theirs, sold_by=SoldBy.OTHER, share="0.3")

    [(hit,)] = [group.hits for group in look(owner, "R-77")]

    assert "Another store" in hit.detail
    assert "Rival Street" not in hit.detail


def test_a_statement_is_the_owners(store, owner, clerk, login):
    RulebookFactory()
    published(per_registration())
    owned_customer(store)
    close_period(JANUARY)
    statement = Statement.objects.get()

    for text in (statement.number, statement.number.lower(), "2026-01"):
        assert ask(login(owner), text)["Location"] == "/earnings/2026-01/statement/"
        assert ask(login(clerk), text, follow=True).context["groups"] == []


def test_a_regional_manager_finds_stores_of_the_region(region_manager, store, made, login):
    StoreFactory(name=store.name)

    assert ask(login(region_manager), store.name)["Location"] == f"/region/stores/{store.code}/"
    assert ask(login(region_manager), "陈敏", follow=True).context["groups"] == []
    assert ask(login(region_manager), NUMBER)["Location"] == "/search/"


def test_nobody_finds_what_they_may_not_see(made, login):
    sale(made, "100.00", timezone.localdate(), external_id="2611-03031")
    sister = MembershipFactory(store=StoreFactory(dealer=made.dealer))

    for who in (sister, MembershipFactory(), OwnerFactory()):
        for text in ("陈敏", made.receipt, "2611-03031"):
            assert ask(login(who), text, follow=True).context["groups"] == []


def test_a_whole_number_is_noted_and_stands_in_no_address(clerk, made, login):
    client = login(clerk)
    ask(client, NUMBER)
    nobody = ask(client, "13800138766")

    assert nobody["Location"] == "/search/"
    assert list(AccessLog.objects.values_list("action", flat=True)) == [AccessAction.LOOK_UP] * 2
    assert client.get(f"/search/?q={NUMBER}").context["groups"] == []


def test_looking_up_too_many_numbers_is_said(clerk, made, login, monkeypatch):
    monkeypatch.setattr(look_ups, "LOOK_UPS", 0)

    assert "Search by name" in ask(login(clerk), NUMBER, follow=True).text


def test_without_a_post_there_is_nothing_to_search(hq, login):
    assert login(hq).get("/search/").status_code == 404


def test_it_stands_at_the_top_of_every_page(clerk, owner, region_manager, login):
    for who in (clerk, owner, region_manager):
        for address in ("/training/", "/me/"):
            assert 'action="/search/"' in login(who).get(address).text

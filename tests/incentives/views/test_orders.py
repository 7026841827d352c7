"""An owner opens any order, from the timeline or by its number, and reads what it brought."""

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from django.urls import reverse

from dealers.models import Role
from tests.factories.customers import RulebookFactory
from tests.factories.dealers import MembershipFactory, OwnerFactory, StoreFactory
from tests.factories.incentives import (
    JANUARY,
    close_period,
    give_back,
    owned_customer,
    percent,
    published,
    sale,
    tiers,
    unattributed,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture
def customer(store):
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    published(
        percent("0.03", places=["own"], code="own"),
        percent("0.08", places=["other"], code="cross"),
        tiers(code="tiers"),
        name="方案",
        name_en="Conversion",
    )
    return owned_customer(store)


def page_of(order):
    return reverse("incentives:order", args=[order.pk])


def test_the_page_says_of_each_component_what_it_makes_of_the_order(login, owner, customer):
    sold = sale(customer, "1000.00", date(2026, 1, 10), external_id="T-77")
    back = give_back(sold, "200.00", date(2026, 1, 12))
    close_period(JANUARY)

    page = login(owner).get(page_of(sold))

    assert page.status_code == 200
    for words in (
        "What this order brought",
        "no. T-77",
        "CNY\u00a030.00",
        "Booked with January 2026.",
        "It counts what is sold at another dealer. This was sold at the own store.",
        "Version 1 applied:",
        "from 1 Jan 2026 on",
        "owner of the customer",
        page_of(back),
    ):
        assert words in page.text
    line = login(owner).get(page.context["plans"][0].components[0].urls[0])
    assert line.status_code == 200
    assert page_of(sold) in line.text


def test_the_page_of_a_return_leads_to_its_sale(login, owner, customer):
    sold = sale(customer, "1000.00", date(2026, 1, 10))
    back = give_back(sold, "200.00", date(2026, 1, 12))
    page = login(owner).get(page_of(back))
    assert "What this return takes back" in page.text
    assert "−CNY\u00a06.00" in page.text
    assert page_of(sold) in page.text


def test_an_order_that_brought_nothing_asks_the_question_itself(login, owner, customer, store):
    sold = unattributed(store, "10.00", date(2026, 1, 10))
    page = login(owner).get(page_of(sold))
    assert "Why nothing for this order" in page.text
    assert "The till named no customer, so the order counts for nobody." in page.text
    assert "Have the till ask for the customer" in page.text


def test_it_reads_in_chinese(login, owner, customer, settings):
    settings.LANGUAGE_CODE = "zh-hans"
    sold = sale(customer, "1000.00", date(2026, 1, 10))
    page = login(owner).get(page_of(sold), headers={"accept-language": "zh-hans"})
    assert "此项只计在其他经销商处的成交" in page.text or "此项只计" in page.text


def test_others_find_no_such_page(login, customer, store, clerk, manager):
    sold = sale(customer, "1000.00", date(2026, 1, 10))
    for person in (clerk, manager, OwnerFactory()):
        assert login(person).get(page_of(sold)).status_code == 404
    owner = MembershipFactory(dealer=store.dealer, store=None, role=Role.OWNER)
    nowhere = reverse("incentives:order", args=[uuid4()])
    assert login(owner).get(nowhere).status_code == 404


def test_a_seller_reads_no_word_of_the_owner(login, customer, store):
    seller = OwnerFactory()
    there = StoreFactory(dealer=seller.dealer)
    sold = sale(customer, "1000.00", date(2026, 1, 10), sold_by="other", at=there, share="0.3")
    page = login(seller).get(page_of(sold))
    assert "This customer was not yours at that time." in page.text
    for name in (store.name, store.dealer.name, "30%", "70%"):
        assert name not in page.text


def test_the_timeline_and_the_search_lead_an_owner_there(login, owner, clerk, customer):
    sold = sale(customer, "1000.00", date(2026, 1, 10), external_id="T-99")
    card = customer.customer.get_absolute_url()

    assert page_of(sold) in login(owner).get(card).text
    assert page_of(sold) not in login(clerk).get(card).text
    found = login(owner).post(reverse("incentives:search"), {"q": "T-99"})
    assert found.url == page_of(sold)
    found = login(clerk).post(reverse("incentives:search"), {"q": "T-99"})
    assert found.url == card


def test_the_page_asks_as_often_however_many_orders_there_are(
    login, owner, customer, django_assert_max_num_queries
):
    first = sale(customer, "1000.00", date(2026, 1, 10))
    client = login(owner)
    client.get(page_of(first))
    for day in range(11, 20):
        sale(customer, "1000.00", date(2026, 1, day))
    client.get(page_of(first))
    with django_assert_max_num_queries(40):
        client.get(page_of(first))

"""A clerk finds a customer, looks after them, and needs the number."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from dealers.models import AccessLog
from tests.factories.customers import RulebookFactory, registered

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def customers(store, clerk):
    """Thirty customers of the store whose protection ends in three days."""
    RulebookFactory(person_minute_limit=None, person_daily_limit=None)
    at = timezone.now() - timedelta(days=87)
    return [registered(store, staff=clerk.user, name=f"客{n:02}", at=at) for n in range(30)]


def test_more_rows_come_below_without_leaving_the_page(browse, clerk, customers):
    page = browse(clerk, width=390)
    page.goto("/customers/")
    rows = page.locator("#rows > tr")
    assert rows.count() == 25

    page.locator("#more-link").focus()
    page.keyboard.press("Enter")
    rows.nth(29).wait_for()

    names = rows.locator("th a").all_inner_texts()
    assert names == [f"客{n:02}" for n in range(30)]
    assert page.locator("#more-link").count() == 0
    assert page.url.endswith("/customers/")
    assert page.problems == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_from_the_search_to_the_number_and_the_follow_up(browse, clerk, customers, sound, theme):
    page = browse(clerk, width=390, theme=theme, language="en")
    page.goto("/customers/")
    sound(page)
    page.locator(".drawer summary").click()
    sound(page)
    page.locator("#id_q").fill("ke07")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=ke07**")
    sound(page)
    page.get_by_role("link", name="客07", exact=True).click()
    page.wait_for_url("**/customers/*-*/")
    sound(page)

    page.locator("#contact").get_by_label("Follow-up call").check()
    page.get_by_role("button", name="Show the number").click()
    page.wait_for_url("**/number/")
    expect(page.locator("a[href^='tel:']")).to_be_focused()
    assert AccessLog.objects.get().purpose == "Follow-up call"
    sound(page)

    page.get_by_label("Call", exact=True).check()
    page.get_by_label("How did it go").select_option("reached")
    page.get_by_role("button", name="Record", exact=True).click()
    page.get_by_text("The protection now runs until").wait_for()
    page.get_by_role("link", name="Edit the card").click()
    page.wait_for_url("**/edit/")
    sound(page)


def test_an_empty_list_shows_the_way(browse, clerk, sound):
    RulebookFactory()
    page = browse(clerk, width=390)
    page.goto("/customers/")
    page.locator(".empty a").click()
    page.wait_for_url("**/capture/")

    sound(page)

"""A clerk finds a customer, looks after them, and needs the number."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from customers.models import Activity
from dealers.models import AccessLog, Purpose
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
    assert page.problems == []

    page.get_by_role("link", name="客29", exact=True).click()
    page.wait_for_url("**/customers/*-*/**")
    page.go_back()
    expect(rows).to_have_count(30)
    page.get_by_role("link", name="客29", exact=True).click()
    page.wait_for_url("**/customers/*-*/**")
    page.locator("a.back").click()
    page.wait_for_url("**/customers/?**")
    expect(rows).to_have_count(30)


def test_the_whole_row_leads_to_the_customer(browse, clerk, customers):
    page = browse(clerk, width=390)
    page.goto("/customers/")
    row = page.locator("#rows > tr").first
    box = row.bounding_box()
    assert box["height"] >= 24

    page.mouse.click(box["x"] + box["width"] - 20, box["y"] + 60)

    page.wait_for_url("**/customers/*-*/**")


def test_a_call_from_the_list_is_one_tap_and_its_end_another(browse, clerk, customers, sound):
    page = browse(clerk, width=390)
    page.goto("/customers/")
    page.locator("#rows > tr").first.get_by_role("button").click()
    page.wait_for_url("**/customers/*-*/**")
    number = page.locator("a[href^='tel:']")
    expect(number).to_be_focused()
    assert re.fullmatch(r"1\d\d \d{4} \d{4}", number.inner_text().strip())
    assert number.bounding_box()["y"] < 900
    sound(page)
    page.reload()
    expect(number).to_be_visible()

    page.get_by_label("明天").first.check()
    page.get_by_role("button", name="未接通").click()

    page.locator(".banner.ok").wait_for()
    activity = Activity.objects.get()
    assert (activity.kind, activity.outcome) == ("call", "no_answer")
    assert activity.follow_up_on == timezone.localdate() + timedelta(days=1)
    page.reload()
    assert Activity.objects.count() == 1


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
    page.wait_for_url("**/customers/*-*/**")
    sound(page)

    page.get_by_role("button", name="Follow-up call").click()
    expect(page.locator("a[href^='tel:']")).to_be_focused()
    assert AccessLog.objects.get().purpose == Purpose.FOLLOW_UP
    sound(page)

    page.get_by_role("radio", name="Call", exact=True).check()
    page.get_by_role("button", name="Record", exact=True).click()
    page.locator(".errsum").wait_for()
    sound(page)
    page.reload()
    expect(page.locator(".errsum")).to_be_visible()
    page.get_by_role("radio", name="Reached", exact=True).check()
    page.get_by_role("button", name="Record", exact=True).click()
    page.get_by_text("The protection now runs until").wait_for()
    page.get_by_role("link", name="Correct").click()
    page.wait_for_url("**/follow-up/*/**")
    sound(page)
    page.locator("a.back").click()
    page.get_by_role("link", name="Edit the card").click()
    page.wait_for_url("**/edit/**")
    sound(page)


def test_an_empty_list_shows_the_way(browse, clerk, sound):
    RulebookFactory()
    page = browse(clerk, width=390)
    page.goto("/customers/")
    page.locator(".empty a").click()
    page.wait_for_url("**/capture/")

    sound(page)

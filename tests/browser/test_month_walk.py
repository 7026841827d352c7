"""Headquarters closes a month on a phone, by touch and by keys, and opens what it made."""

from datetime import date

import pytest
from playwright.sync_api import expect

from incentives.models import Run, Statement
from tests.browser.hands import Keys, Touch
from tests.factories.customers import RulebookFactory
from tests.factories.dealers import StoreFactory, UserFactory
from tests.factories.incentives import owned_customer, per_registration, percent, published, sale

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("hands_of", [Touch, Keys])
def test_a_month_is_closed_from_the_first_page_on(browse, hands_of, settings):
    settings.PORTAL_PAPERS_AHEAD = False  # statements are set when somebody asks for them
    RulebookFactory()
    store = StoreFactory()
    published(per_registration(), percent())
    sale(owned_customer(store), "100.00", date(2026, 1, 20))
    chief = UserFactory(is_staff=True, is_superuser=True)
    page = browse(chief, width=390, touch=True)
    page.set_default_timeout(60_000)  # the worker closes the month before the page comes
    hands = hands_of(page)

    page.goto("/admin/")
    hands.press(page.locator(".waiting a[href*='/run/']").first)
    page.wait_for_url("**/admin/incentives/run/")
    hands.press(page.locator(".checks a[href$='/close/2026-1/']"))
    page.wait_for_url("**/close/2026-1/")
    expect(page.locator(".readback")).to_contain_text("1")
    hands.press(page.locator("input.default"))
    page.wait_for_url("**/admin/incentives/run/")
    expect(page.locator(".messagelist .success")).to_contain_text("2026-01")

    run = Run.objects.get()
    assert (run.month, run.closed_by) == (date(2026, 1, 1), chief)
    hands.press(page.locator(f"#result_list a[href*='run__id__exact={run.pk}']"))
    page.wait_for_url("**/statement/**")
    hands.press(page.locator("#result_list th a").first)
    page.wait_for_url("**/change/**")
    expect(page.locator("#content")).to_contain_text(Statement.objects.get().number)
    assert page.problems == []

"""The regional manager finds the store that needs help."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import MembershipFactory, StoreFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def quiet(store):
    """A store of the region that has not registered anybody for three weeks."""
    RulebookFactory(person_minute_limit=None)
    registered(store, at=timezone.now())
    quiet = StoreFactory(dealer=store.dealer, name="高桥店")
    registered(quiet, at=timezone.now() - timedelta(days=21))
    for each in (store, quiet):  # where nobody works is a reason before all others
        MembershipFactory(store=each)
    return quiet


def test_from_the_reason_to_the_store_it_is_one_click(browse, region_manager, quiet, sound):
    page = browse(region_manager)
    page.goto("/region/")
    first = page.locator(".edge").first
    assert "高桥店" in first.inner_text()

    first.get_by_role("link").click()
    page.wait_for_url(f"**/region/stores/{quiet.code}/#contact")

    assert page.get_by_role("heading", level=1).inner_text() == "高桥店"
    sound(page)


def test_the_table_is_sorted_and_filtered_without_a_mouse(browse, region_manager, quiet, sound):
    page = browse(region_manager)
    page.goto("/region/stores/")
    page.locator("main [name=q]").fill("高桥")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=*")

    assert page.locator("tbody tr").count() == 1
    sound(page)


def test_the_regions_pages_are_sound_in_the_dark_too(browse, region_manager, quiet, sound):
    page = browse(region_manager, theme="dark")
    for path in ("/region/", "/region/stores/", f"/region/stores/{quiet.code}/"):
        page.goto(path)
        sound(page)

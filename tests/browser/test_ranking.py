"""A store finds its place and what to do about it."""

import pytest
from django.utils import timezone

from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import StoreFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_from_the_place_to_the_customers_who_would_improve_it(browse, clerk, sound):
    RulebookFactory(person_minute_limit=None)
    for count in range(1, 6):
        store = clerk.store if count == 3 else StoreFactory()
        for _ in range(count):
            registered(store, staff=clerk.user, at=timezone.now())
    page = browse(clerk, width=390, theme="dark")
    page.goto(f"/ranking/{timezone.localdate():%Y-%m}/registrations/")
    sound(page)

    assert page.locator(".rank .pos").inner_text() == "3 / 5"
    page.locator(".goal a").click()
    page.wait_for_url("**/customers/?view=followup")


def test_the_pages_of_a_first_day_are_sound(browse, clerk, region_manager, sound):
    for who in (clerk, region_manager):
        page = browse(who)
        for path in ("/ranking/", "/ranking/rules/"):
            page.goto(path)
            sound(page)

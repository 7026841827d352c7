"""The first page of the day, on a phone."""

import pytest
from django.utils import timezone

from tests.factories.customers import RulebookFactory, registered

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_associate_gets_from_the_first_page_to_a_customer(browse, clerk, sound):
    RulebookFactory()
    registered(clerk.store, staff=clerk.user, at=timezone.now(), name="陈女士")
    page = browse(clerk, width=390)
    page.goto("/")
    sound(page)

    page.get_by_role("link", name="陈女士").first.click()
    page.wait_for_url("**/customers/*-*/")


def test_the_first_pages_of_a_first_day_are_sound(browse, clerk, manager, owner, sound):
    for who in (clerk, manager, owner):
        page = browse(who, theme="dark")
        page.goto("/")
        sound(page)

"""Choosing in which post one acts."""

import re

import pytest
from playwright.sync_api import expect

from tests.factories.dealers import RegionalManagerFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("width", [390, 1280])
def test_headquarters_is_chosen_like_a_post(browse, hq, sound, width):
    post = RegionalManagerFactory(user=hq)
    page = browse(hq, width=width, language="en")
    page.goto("/me/")
    sound(page)
    page.locator("details.posts summary").click()
    page.get_by_role("button", name="Headquarters").first.click()
    expect(page).to_have_url(re.compile("/admin/$"))
    page.goto("/imports/")
    sound(page)
    page.goto("/me/")
    page.goto("/admin/")
    page.get_by_role("button", name=post.region.name).click()
    expect(page).to_have_url(re.compile("/region/$"))

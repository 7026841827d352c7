"""A customer on a phone or a computer: registers, sees, corrects, takes back and deletes."""

import re

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from customers.models import Customer, Erasure, Registration
from customers.rights import pages
from tests.browser.hands import picture
from tests.factories.customers import RulebookFactory, card_of

pytestmark = pytest.mark.django_db(transaction=True)

# Width, whether scripts run, and the language that was chosen.
SCREENS = {
    "a phone": (390, True, "zh-hans"),
    "a phone without scripts": (390, False, "zh-hans"),
    "a computer in English": (1280, True, "en"),
}


@pytest.fixture(params=SCREENS.values(), ids=SCREENS)
def screen(request, live_server, new_context):
    """What a customer has at hand: mostly a phone, and on some no scripts run."""
    width, scripts, language = request.param
    context = new_context(
        base_url=live_server.url, viewport={"width": width, "height": 844}, has_touch=width < 500,
        java_script_enabled=scripts,
    )  # fmt: skip
    context.add_cookies(
        [{"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": live_server.url}]
    )
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.scripts, page.problems, page.language = scripts, [], language
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    yield page
    page.context.close()


def kept(page, name):
    if page.scripts:
        picture(page, f"{name}-{page.language}")


def code_comes(page, caplog, press):
    with caplog.at_level("INFO", "dealers.sms"):
        press()
        expect(page.locator("input[name=code]")).to_be_visible()
    [said] = [each for each in caplog.messages if "SMS" in each][-1:]
    page.locator("input[name=code]").fill(re.search(r"(\d{6})", said.split(":", 1)[1])[1])


def test_a_customer_decides_about_their_data(store, screen, sound, caplog):
    RulebookFactory()
    page = screen

    def look(page):
        if page.scripts:  # what looks is one
            sound(page)

    key = pages.link(store, at=timezone.now()).key
    page.goto(reverse("customers:page", args=[store.code, key]))
    expect(page.locator("html")).to_have_attribute("lang", re.compile(page.language, re.IGNORECASE))
    look(page)
    kept(page, "register")
    page.locator("input[name=phone]").fill("139 1287 3465")
    page.locator("input[name=name]").fill("欧阳诗涵")
    page.locator("input[name=service]").check()
    page.locator("input[name=offers]").check()
    code_comes(page, caplog, page.locator("form .btn.primary").click)
    look(page)
    kept(page, "code")
    page.locator("form .btn.primary").click()
    page.wait_for_url("**/done/")
    look(page)
    kept(page, "done")
    assert Registration.objects.get().store == store

    page.locator(".result a.btn").click()
    expect(page.get_by_text("欧阳诗涵")).to_be_visible()
    look(page)
    kept(page, "own")
    page.locator(".card header a").click()
    page.locator("input[name=name]").fill("欧阳诗韵")
    look(page)
    kept(page, "correct")
    page.locator("form .btn.primary").click()
    expect(page.get_by_text("欧阳诗韵")).to_be_visible()
    assert card_of(Customer.objects.get()).name == "欧阳诗韵"
    page.locator("form[action$='/offers/'] button").click()
    expect(page.locator("form[action$='/offers/'] input[value=yes]")).to_have_count(1)
    kept(page, "taken-back")
    page.locator("a[href$='/p/delete/']").click()
    look(page)
    kept(page, "delete")
    page.locator("form .btn.danger").click()
    expect(page.locator("input[name=phone]")).to_be_visible()
    look(page)
    kept(page, "deleted")
    assert Erasure.objects.exists()

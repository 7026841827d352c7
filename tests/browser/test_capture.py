"""A clerk registers on a phone: the five results, by hand and by keyboard."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.utils import timezone
from playwright.sync_api import expect

from customers.models import Registration, Rulebook
from dealers.demo_logins import PASSWORD
from dealers.triggers import lifted
from tests.factories import customers as factories
from tests.factories.customers import RulebookFactory, phone_number, registered
from tests.factories.dealers import StoreFactory

pytestmark = pytest.mark.django_db(transaction=True)
PHONE = 390


@pytest.fixture(autouse=True)
def rulebook(db):
    return RulebookFactory(person_minute_limit=None)


def number_of(registration):
    return factories.number_of(registration.customer)


def register(page, phone):
    page.goto("/capture/")
    page.locator("#id_phone").fill(phone)
    page.locator("#id_consent").check()
    page.locator(".sticky-act button").click()
    page.wait_for_url("**/capture/r/**")
    return page.locator("h1")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_four_answers_are_told_apart_and_heard_first(browse, clerk, sound, theme):
    mine = registered(clerk.store, staff=clerk.user, at=timezone.now())
    taken = registered(StoreFactory(), at=timezone.now())
    page = browse(clerk, width=PHONE, theme=theme, language="en")
    expected = [
        (phone_number(), "ok", "Registered. This customer is yours"),
        (number_of(mine), "ok", "Your store already has this customer"),
        (number_of(taken), "hold", "This customer already has a store"),
    ]

    for phone, kind, words in expected:
        heading = register(page, phone)
        assert heading.inner_text() == words
        expect(page.locator("#result")).to_be_focused()
        assert page.locator(f".result.{kind}").count() == 1
        sound(page)

    with lifted(Rulebook):  # in force from now on, not from tomorrow
        RulebookFactory(starts_on="2020-01-01", person_minute_limit=None, store_cap=1)
    assert register(page, phone_number()).inner_text() == "Recorded, and waiting"
    assert page.locator(".result.wait").count() == 1
    sound(page)


def test_what_is_missing_is_said_at_the_field_and_first_of_all(browse, clerk, sound):
    page = browse(clerk, width=PHONE)
    page.goto("/capture/")
    expect(page.locator("#id_phone")).to_be_focused()
    sound(page)
    # With the focus still in the field, so the bar below comes back while the button is pressed.
    page.locator(".sticky-act button").click()
    page.locator(".errsum").wait_for()

    expect(page.locator(".errsum")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#id_phone")).to_be_focused()
    sound(page)


def test_numbers_are_grouped_while_typing_and_pasted_ones_understood(browse, clerk):
    page = browse(clerk, width=PHONE, language="en")
    page.goto("/capture/")
    asked = []
    # The browser fetches the icon of the page when it likes to.
    page.on(
        "request",
        lambda request: asked.append(request.url) if "favicon" not in request.url else None,
    )
    phone, verdict = page.locator("#id_phone"), page.locator("#id_phone_error")

    expect(phone).to_be_focused()
    page.keyboard.type("1380013800")
    assert (phone.input_value(), verdict.inner_text()) == ("138 0013 800", "")
    page.keyboard.type("0")
    assert (phone.input_value(), verdict.inner_text()) == ("138 0013 8000", "Number looks right")
    page.keyboard.type("0")
    assert verdict.inner_text() == "Digits too many: 1"
    for pasted, shown, country in [
        ("+86 138-0013-8000", "138 0013 8000", "86"),
        ("008613800138000", "138 0013 8000", "86"),
        ("１３８００１３８０００", "138 0013 8000", "86"),
        ("+852 51234567", "5123 4567", "852"),
    ]:
        phone.fill(pasted)
        assert (phone.input_value(), page.locator("#id_country").input_value()) == (shown, country)
    page.locator("#id_country").select_option("86")
    phone.fill("1380")
    page.locator("#id_name").focus()
    assert verdict.inner_text() == "Digits still missing: 7"
    assert asked == []


def test_the_whole_registration_needs_no_mouse_and_the_next_starts_empty(browse, clerk):
    page = browse(clerk, width=PHONE)
    page.goto("/capture/")
    # The browser moves the focus with its next frame, which may come after the page.
    expect(page.locator("#id_phone")).to_be_focused()
    page.keyboard.type("51234567")
    page.locator("#id_country").select_option("852")
    page.locator("#id_name").focus()
    page.keyboard.type("Chen")
    page.locator("#id_consent").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url("**/capture/r/**")
    page.get_by_role("link", name=re.compile("登记下一位|Register next")).click()
    page.wait_for_url("**/capture/?country=852")

    assert page.locator("#id_phone").input_value() == ""
    assert page.locator("#id_country").input_value() == "852"
    assert not page.locator("#id_consent").is_checked()
    made = Registration.objects.get()
    assert made.phone_clock is not None
    assert page.problems == []


def fill(page, phone, name):
    page.locator("#id_phone").fill(phone)
    page.locator("#id_name").fill(name)
    page.locator("#id_consent").check()


def test_back_and_reload_show_pages_and_never_a_ticked_consent(browse, clerk):
    page = browse(clerk, width=PHONE)
    page.goto("/capture/")
    fill(page, "1380013", "陈敏")
    page.locator(".sticky-act button").click()
    page.locator(".errsum").wait_for()
    assert not page.locator("#id_consent").is_checked()
    page.reload()
    assert page.locator("#id_name").input_value() == "陈敏"
    page.locator("#id_phone").fill(phone_number())
    page.locator("#id_consent").check()
    page.locator(".sticky-act button").click()
    page.wait_for_url("**/capture/r/**")

    page.go_back()
    expect(page.locator("#id_phone")).to_be_visible()
    assert page.locator("#id_name").input_value() == ""
    assert not page.locator("#id_consent").is_checked()
    page.go_back()
    assert not page.locator("#id_consent").is_checked()


def test_digits_of_another_script_are_left_to_the_server(browse, clerk):
    page, number = browse(clerk, width=PHONE), phone_number()
    register(page, "".join(chr(0x660 + int(digit)) for digit in number))
    assert number_of(Registration.objects.get()) == f"+86{number}"


def test_without_network_the_form_stays_and_says_so(browse, clerk):
    page = browse(clerk, width=PHONE)
    page.goto("/capture/")
    fill(page, phone_number(), "陈敏")
    page.context.set_offline(True)
    page.locator(".sticky-act button").click()
    page.get_by_text("没有网络").wait_for()
    assert page.locator("#id_name").input_value() == "陈敏"
    assert page.locator("#id_consent").is_checked()

    page.context.set_offline(False)
    page.locator(".sticky-act button").click()
    page.wait_for_url("**/capture/r/**")
    assert Registration.objects.count() == 1


def test_a_session_that_ended_takes_nothing_with_it(browse, clerk):
    clerk.user.set_password(PASSWORD)
    clerk.user.save()
    email = clerk.user.email
    EmailAddress.objects.create(user=clerk.user, email=email, verified=True, primary=True)
    page = browse(clerk, width=PHONE)
    page.goto("/capture/")
    fill(page, "13800138765", "陈敏")
    page.context.clear_cookies(name="sessionid")
    page.locator(".sticky-act button").click()
    page.get_by_text("登录已过期").wait_for()
    page.locator("input[name=login]:not([type=hidden])").fill(clerk.user.email)
    page.locator("input[name=password]:not([type=hidden])").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/capture/**")

    assert page.locator("#id_phone").input_value() == "138 0013 8765"
    assert page.locator("#id_name").input_value() == "陈敏"
    assert not page.locator("#id_consent").is_checked()
    assert not Registration.objects.exists()


def test_it_works_without_scripts(browse, clerk, new_context, live_server):
    page = browse(clerk)
    bare = new_context(base_url=live_server.url, java_script_enabled=False)
    bare.add_cookies(page.context.cookies())
    page = bare.new_page()
    phone = phone_number()
    page.goto("/capture/")
    page.locator("#id_phone").fill(phone)
    page.locator("#id_consent").check()
    page.locator(".sticky-act button").click()
    page.wait_for_url("**/capture/r/**")

    assert Registration.objects.count() == 1
    assert page.locator(".result.ok").count() == 1


def test_a_mistyped_number_is_put_right_at_once(browse, clerk, sound):
    page = browse(clerk, width=PHONE, language="en")
    register(page, phone_number())
    mistyped = Registration.objects.get()

    page.get_by_role("button", name="Undo this registration").click()
    page.wait_for_url("**/capture/?corrects=**")
    sound(page)
    page.locator("#id_phone").fill(phone_number())
    page.locator("#id_consent").check()
    page.locator(".sticky-act button").click()

    expect(page.locator("h1")).to_have_text("Registered. This customer is yours")
    page.get_by_role("link", name=mistyped.receipt).click()
    expect(page.locator("h1")).to_have_text("This registration is void")
    sound(page)

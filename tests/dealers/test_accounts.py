"""Signing in, in every way there is."""

from datetime import UTC, datetime

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core.management import call_command
from django.urls import reverse

from dealers.actor import Actor, acting
from dealers.demo_logins import LOGINS, PASSWORD
from dealers.models import ContactChange, User
from dealers.signin import credentials
from tests.dealers.sent import code_in

pytestmark = pytest.mark.django_db

LOGIN, CODE = "/accounts/login/", "/accounts/login/code/"
CONFIRM = f"{CODE}confirm/"
ENGLISH = {"accept-language": "en"}


@pytest.fixture
def person(clerk):
    """An associate with a confirmed e-mail and mobile number."""
    clerk.user.phone, clerk.user.phone_verified = "+8613800138000", True
    clerk.user.save()
    EmailAddress.objects.create(
        user=clerk.user, email=clerk.user.email, verified=True, primary=True
    )
    return clerk.user


def is_signed_in(client):
    return client.get("/me/").status_code == 200


@pytest.mark.parametrize("login", ["email", "138 0013 8000", "+86 13800138000"])
def test_a_password_opens_by_email_or_number(client, person, login):
    login = person.email if login == "email" else login
    answer = client.post(LOGIN, {"login": login, "password": "portal"})
    assert answer.url == "/"
    assert is_signed_in(client)


def test_a_wrong_password_does_not(client, person):
    answer = client.post(LOGIN, {"login": person.email, "password": "wrong"})
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert not is_signed_in(client)


@pytest.mark.parametrize("login", ["１３８００１３８０００", "138 0013 8000", "+86-138-0013-8000"])
def test_the_number_opens_in_every_spelling_that_a_customer_s_may_have(client, person, login):
    client.post(LOGIN, {"login": login, "password": "portal"})
    assert is_signed_in(client)


@pytest.mark.parametrize("login", ["1D800138000", "13T0013T000"])
def test_letters_of_the_keypad_are_no_digits(client, person, login):
    client.post(LOGIN, {"login": login, "password": "portal"})
    assert not is_signed_in(client)


def test_a_code_by_mail_opens(client, person, mailoutbox, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(CODE, {"login": person.email.upper()}).status_code == 302
    client.post(CONFIRM, {"code": code_in(mailoutbox[0].body)})
    assert is_signed_in(client)


def test_a_code_by_short_message_opens(client, person, caplog, django_capture_on_commit_callbacks):
    with caplog.at_level("INFO", "dealers.sms"), django_capture_on_commit_callbacks(execute=True):
        assert client.post(CODE, {"login": "138-0013-8000"}).status_code == 302
    [said] = [message for message in caplog.messages if "SMS" in message]
    client.post(CONFIRM, {"code": code_in(said)})
    assert is_signed_in(client)


def test_a_number_that_was_only_typed_opens_nothing(
    client, person, caplog, django_capture_on_commit_callbacks
):
    User.objects.update(phone_verified=False)
    with caplog.at_level("INFO", "dealers.sms"), django_capture_on_commit_callbacks(execute=True):
        client.post(CODE, {"login": person.phone})
    client.post(LOGIN, {"login": person.phone, "password": "portal"})
    assert not [message for message in caplog.messages if "SMS" in message]
    assert not is_signed_in(client)


def test_a_code_sent_before_the_number_was_dropped_opens_nothing(
    client, person, caplog, django_capture_on_commit_callbacks
):
    with caplog.at_level("INFO", "dealers.sms"), django_capture_on_commit_callbacks(execute=True):
        client.post(CODE, {"login": person.phone})
    [said] = [message for message in caplog.messages if "SMS" in message]
    credentials.start_anew(person, at=datetime.now(UTC))
    assert client.post(CONFIRM, {"code": code_in(said)}).url == LOGIN
    assert not is_signed_in(client)
    person.refresh_from_db()
    assert not person.phone_verified


def test_a_code_sent_before_the_address_was_dropped_opens_nothing(
    client, person, mailoutbox, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        client.post(CODE, {"login": person.email})
    credentials.start_anew(person, at=datetime.now(UTC), number=person.phone)
    assert client.post(CONFIRM, {"code": code_in(mailoutbox[0].body)}).url == LOGIN
    assert not is_signed_in(client)


@pytest.fixture
def reset_code(client, person, mailoutbox, caplog, django_capture_on_commit_callbacks):
    """The code to set a new password, sent to the address or the number."""

    def asked(way):
        with (
            caplog.at_level("INFO", "dealers.sms"),
            django_capture_on_commit_callbacks(execute=True),
        ):
            client.post(reverse("account_reset_password"), {"email": getattr(person, way)})
        return code_in(mailoutbox[0].body if way == "email" else caplog.text)

    return asked


@pytest.mark.parametrize("way", ["email", "phone"])
def test_no_password_is_set_by_what_was_dropped_since_the_code_was_confirmed(
    client, person, reset_code, way
):
    client.post(reverse("account_confirm_password_reset_code"), {"code": reset_code(way)})
    number = person.phone if way == "email" else ""
    credentials.start_anew(person, at=datetime.now(UTC), number=number)
    secret = {"password1": "jia-ju-9921", "password2": "jia-ju-9921"}
    answer = client.post(reverse("account_complete_password_reset"), secret)
    assert answer.url == reverse("account_reset_password")
    person.refresh_from_db()
    assert person.check_password("portal")


def test_who_is_signed_in_sets_a_new_password_and_signs_in_by_it(client, person, reset_code):
    """As the page of an invitation asks of who came in by a code."""
    client.post(LOGIN, {"login": person.email, "password": "portal"})
    assert is_signed_in(client)
    client.post(reverse("account_confirm_password_reset_code"), {"code": reset_code("email")})
    secret = {"password1": "jia-ju-9921", "password2": "jia-ju-9921"}
    answer = client.post(reverse("account_complete_password_reset"), secret)
    assert (answer.status_code, is_signed_in(client)) == (302, False)
    client.post(LOGIN, {"login": person.email, "password": "jia-ju-9921"})
    assert is_signed_in(client)


@pytest.mark.parametrize("dropped", ["phone", "email"])
def test_who_starts_anew_does_so_where_somebody_else_is_signed_in(person, owner, dropped):
    """As on a store's tablet: what stands there is not the other one's to read or to drop."""
    Authenticator.objects.create(user=person, type="webauthn", data={})
    with acting(Actor.of(owner)):
        number = person.phone if dropped == "email" else ""
        said = credentials.start_anew(person, at=datetime.now(UTC), number=number)
    assert len(said) == 3
    assert not Authenticator.objects.exists()
    assert ContactChange.objects.get(user=person).kind == dropped


def test_a_wrong_code_does_not_open(client, person):
    client.post(CODE, {"login": person.email})
    client.post("/accounts/login/code/confirm/", {"code": "000000x"})
    assert not is_signed_in(client)


@pytest.mark.parametrize(
    "login",
    ["", "   ", "nobody", "12", "a@", "@", "x" * 300, "1380013TOYS", "138-0013-8000x",
     "138-0013-800O", "010 6552 9988"],
)  # fmt: skip
def test_what_is_neither_email_nor_number_is_refused_on_the_form(client, login):
    answer = client.post(CODE, {"login": login})
    assert answer.status_code == 200
    assert answer.context["form"].errors["login"]


@pytest.mark.parametrize("login", ["stranger@example.com", "13900139000"])
def test_strangers_learn_nothing(client, login, caplog, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(CODE, {"login": login}).url == CONFIRM
    assert not [message for message in caplog.messages if "SMS" in message]


def test_without_a_gateway_codes_go_by_mail_only(client, person, settings):
    settings.PORTAL_SMS = ""
    answer = client.post(CODE, {"login": person.phone}, headers=ENGLISH)
    assert "Use your e-mail address" in answer.content.decode()


def test_a_closed_account_stays_out(client, person):
    person.is_active = False
    person.save()
    client.post(LOGIN, {"login": person.email, "password": "portal"})
    assert not is_signed_in(client)


def test_nobody_signs_up_alone(client):
    page = client.get("/accounts/signup/", headers=ENGLISH).content.decode()
    assert "by invitation" in page
    fields = {"email": "x@example.com", "password1": "jia-ju-9920", "password2": "jia-ju-9920"}
    client.post("/accounts/signup/", fields)
    assert not EmailAddress.objects.filter(email="x@example.com").exists()


def test_the_account_pages_wear_the_portals_dress(client, login, clerk, person):
    signed_in = login(clerk)
    for name in (
        "account_email",
        "account_change_phone",
        "account_change_password",
        "account_logout",
        "mfa_index",
        "mfa_list_webauthn",
        "usersessions_list",
        "account_reauthenticate",
    ):
        page = signed_in.get(reverse(name)).content.decode()
        assert 'class="topbar"' in page, name
        assert "<h1" in page, name
        assert "style=" not in page, name
    for name in ("account_login", "account_request_login_code", "account_reset_password"):
        page = client.get(reverse(name)).content.decode()
        assert 'class="topbar"' in page, name
        assert "style=" not in page, name


def test_other_devices_are_signed_out(client, person):
    from django.test import Client

    other = Client()
    for one in (client, other):
        one.post(LOGIN, {"login": person.email, "password": "portal"})
    assert is_signed_in(other)
    client.post("/accounts/sessions/")
    assert is_signed_in(client)
    assert not is_signed_in(other)


def test_demo_mode_lists_one_login_a_role(client, settings, capsys):
    page = client.get(LOGIN).content.decode()
    assert all(login.email in page for login in LOGINS)
    call_command("demo_logins")
    printed = capsys.readouterr().out
    assert printed.count(PASSWORD) == len(LOGINS)
    settings.PORTAL_DEMO = False
    page = client.get(LOGIN).content.decode()
    assert PASSWORD not in page


def test_while_a_code_is_pending_one_may_sign_in_another_way(client, person):
    client.post(CODE, {"login": person.email})
    assert "Sign in another way" in client.get(CONFIRM, headers=ENGLISH).text
    client.post("/accounts/logout/", {"next": LOGIN})
    assert client.get(LOGIN).status_code == 200


def test_a_wrong_password_is_told_in_words_that_fit_either_way_in(client, person):
    for login in (person.email, person.phone):
        text = client.post(LOGIN, {"login": login, "password": "wrong"}).text
        assert "邮箱、手机号或密码不正确。" in text

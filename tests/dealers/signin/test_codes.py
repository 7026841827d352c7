"""Codes that are stored nowhere."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.core.mail import EmailMessage

from dealers.keys.masters import VaultError
from dealers.models import OutboxTask
from dealers.sending import messages
from dealers.signin import codes


@pytest.mark.django_db
def test_a_code_is_eight_letters_and_its_number_tells_nothing_about_it():
    numbers = [codes.draw() for _ in range(200)]
    made = {codes.code(number) for number in numbers}
    assert len(made) == 200
    assert all(len(each.replace("-", "")) == 8 for each in made)
    assert set("".join(made)) - {"-"} == set(codes.LETTERS)
    assert codes.code(numbers[0]) == codes.code(numbers[0])
    assert codes.code("") == ""


@pytest.mark.django_db
def test_another_server_s_key_makes_no_code(settings):
    number = codes.draw()
    assert codes.code(number)
    settings.PORTAL_MASTER_KEY = "A" * 43 + "="
    with pytest.raises(VaultError):
        codes.code(number)


@pytest.fixture
def person(clerk):
    user = clerk.user
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@pytest.mark.parametrize("page", ["/accounts/login/code/", "/accounts/password/reset/"])
def test_neither_session_nor_queue_hold_the_code(
    page, client, person, mailoutbox, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks() as later:
        client.post(page, {"login": person.email, "email": person.email})
    queued = OutboxTask.objects.get().args
    for work in later:
        work()
    [mail] = mailoutbox
    [code] = [line for line in mail.body.splitlines() if len(line) == 9 and line[4:5] == "-"]

    [session] = Session.objects.all()
    kept = json.dumps(session.get_decoded()) + json.dumps(queued)
    assert code not in kept
    assert code.replace("-", "") not in kept
    assert person.email not in queued[0]
    assert OutboxTask.objects.get().args == []


@pytest.mark.django_db
@pytest.mark.parametrize("made", [codes.code, codes.digits])
def test_a_code_is_right_however_it_is_typed(made):
    right = made(codes.draw())
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in right.lower() if sign != "-")
    assert codes.is_right(f" {right[:3]} {right[3:]}", right)
    assert codes.is_right(wide, right)
    assert not codes.is_right(right[:-1], right)
    assert not codes.is_right("", right)


def test_a_code_may_be_typed_as_chinese_keyboards_write_it(
    client, person, mailoutbox, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/accounts/login/code/", {"login": person.email})
    [code] = [line for line in mailoutbox[0].body.splitlines() if len(line) == 9 and line[4] == "-"]
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in code.replace("-", "").lower())
    client.post("/accounts/login/code/confirm/", {"code": f" {wide}"})
    assert client.get("/me/").status_code == 200


def test_the_mail_of_a_new_password_holds_a_code_that_sets_one(
    client, person, mailoutbox, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/accounts/password/reset/", {"email": person.email})
    [code] = [line for line in mailoutbox[0].body.splitlines() if len(line) == 9 and line[4] == "-"]
    wrong = client.post("/accounts/password/reset/confirm/", {"code": "BBBB-BBBB"})
    assert wrong.context["verify_form"].errors
    right = client.post("/accounts/password/reset/confirm/", {"code": code})
    assert right.url == "/accounts/password/reset/complete/"


def test_a_message_that_came_too_late_is_not_sent(db, mailoutbox):
    now = datetime(2026, 11, 28, 9, tzinfo=UTC)
    soon = now + timedelta(minutes=5)
    messages.mail(EmailMessage("s", "b", None, ["a@example.com"]), at=now, until=soon)
    [envelope] = OutboxTask.objects.get().args
    messages.deliver(envelope, soon + timedelta(seconds=1))
    assert not mailoutbox
    messages.deliver(envelope, soon)
    assert mailoutbox[0].to == ["a@example.com"]


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("page", ["/accounts/login/code/", "/accounts/password/reset/"])
def test_no_page_waits_for_the_mail_server(page, known, client, person, monkeypatch):
    def stalled(self, *args, **kwargs):
        raise AssertionError("sent while somebody waits for the page")

    monkeypatch.setattr("django.core.mail.EmailMessage.send", stalled)
    address = person.email if known else "stranger@example.com"
    assert client.post(page, {"login": address, "email": address}).status_code == 302
    assert OutboxTask.objects.get().task == "dealers.tasks.deliver"


@pytest.mark.parametrize("phone", ["+8613800138000", "+8613900139000"])
def test_no_page_waits_for_the_gateway_of_short_messages(phone, client, person, monkeypatch):
    def stalled(*_args):
        raise AssertionError("sent while somebody waits for the page")

    monkeypatch.setattr("dealers.sms.send", stalled)
    person.phone, person.phone_verified = "+8613800138000", True
    person.save()
    assert client.post("/accounts/login/code/", {"login": phone}).status_code == 302
    assert OutboxTask.objects.get().task == "dealers.tasks.deliver"

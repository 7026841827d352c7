"""Another e-mail address or number: the secret first, a notice to the old one, a way back."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.test import Client

from dealers import contacts
from dealers.actor import Actor
from dealers.contacts import ContactRefused
from dealers.models import ContactChange, ContactKind, User
from dealers.words import mask_phone
from tests.dealers.sent import code_in
from tests.factories.dealers import UserFactory

pytestmark = pytest.mark.django_db

SITE = "http://testserver"
ENGLISH = {"accept-language": "en"}
EMAIL, PHONE, AGAIN = "/accounts/email/", "/accounts/phone/change/", "/accounts/reauthenticate/"
NUMBER = "+8613800138000"


@pytest.fixture
def person(clerk):
    """An associate with a confirmed e-mail and mobile number, who reads English."""
    user = clerk.user
    user.email, user.language = "me@example.com", "en"
    user.phone, user.phone_verified = NUMBER, True
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@pytest.fixture
def signed_in(client, person):
    client.post("/accounts/login/", {"login": person.email, "password": "portal"})
    assert client.get("/me/").status_code == 200
    return client


def texted(caplog):
    """Number and words of the newest short message."""
    return [each.args for each in caplog.records if each.name == "dealers.sms"][-1]


@pytest.fixture
def move(signed_in, post, mailoutbox):
    """Give the account another address, as whoever knows the password."""

    def moved(email):
        signed_in.post(AGAIN, {"password": "portal"})
        post(signed_in, EMAIL, {"email": email, "action_add": ""})
        post(signed_in, "/accounts/confirm-email/", {"code": code_in(mailoutbox[-1].body)})

    return moved


def test_the_address_in_use_is_not_taken_away(signed_in, person, post):
    signed_in.post(AGAIN, {"password": "portal"})
    post(signed_in, EMAIL, {"email": person.email, "action_remove": ""})
    person.refresh_from_db()
    assert person.email == "me@example.com"
    assert EmailAddress.objects.get(user=person).verified


def undo_link(text):
    return re.search(r"http://testserver(/me/undo/\S+)", text)[1]


@pytest.mark.parametrize(
    "change",
    [(EMAIL, {"email": "thief@example.com", "action_add": ""}), (PHONE, {"phone": "13911112222"})],
)
def test_a_change_takes_the_password_at_a_device_that_is_signed_in(
    signed_in, post, mailoutbox, caplog, change
):
    with caplog.at_level("INFO", "dealers.sms"):
        answer = post(signed_in, *change)
    assert answer.url.startswith(AGAIN)
    assert not mailoutbox
    assert not [message for message in caplog.messages if "SMS" in message]


def test_the_old_address_is_told_and_undoes_it(signed_in, person, move, post, mailoutbox):
    move("thief@example.com")
    person.refresh_from_db()
    assert person.email == "thief@example.com"
    notice = mailoutbox[-1]
    assert notice.to == ["me@example.com"]
    assert "became thief@example.com" in notice.body

    visitor = Client()
    link = undo_link(notice.body)
    assert "thief@example.com" in visitor.get(link, headers=ENGLISH).text
    assert "is undone" in visitor.post(link, headers=ENGLISH).text
    person.refresh_from_db()
    assert person.email == "me@example.com"
    assert signed_in.get("/me/").status_code == 302
    for address in ("me@example.com", "thief@example.com"):
        visitor.post("/accounts/login/", {"login": address, "password": "portal"})
        assert visitor.get("/me/").status_code == 302
    assert "undone already" in visitor.post(link, headers=ENGLISH).text

    post(visitor, "/accounts/password/reset/", {"email": "me@example.com"})
    code = code_in(mailoutbox[-1].body)
    visitor.post("/accounts/password/reset/confirm/", {"code": code})
    secret = {"password1": "jia-ju-9921", "password2": "jia-ju-9921"}
    visitor.post("/accounts/password/reset/complete/", secret)
    visitor.post("/accounts/login/", {"login": "me@example.com", "password": "jia-ju-9921"})
    assert visitor.get("/me/").status_code == 200


@pytest.fixture
def by_number(client, person):
    """The same person without an e-mail address, signed in by the number."""
    EmailAddress.objects.filter(user=person).delete()
    User.objects.filter(pk=person.pk).update(email=None)
    client.post("/accounts/login/", {"login": NUMBER, "password": "portal"})
    assert client.get("/me/").status_code == 200
    person.refresh_from_db()
    return client


def add_address(client, post, mailoutbox, email):
    client.post(AGAIN, {"password": "portal"})
    post(client, EMAIL, {"email": email, "action_add": ""})
    post(client, "/accounts/confirm-email/", {"code": code_in(mailoutbox[-1].body)})


def test_a_first_address_is_told_to_the_number_and_undone_from_there(
    by_number, person, post, mailoutbox, caplog
):
    with caplog.at_level("INFO", "dealers.sms"):
        add_address(by_number, post, mailoutbox, "thief@example.com")
    change = ContactChange.objects.get()
    assert (change.kind, change.old, change.new) == ("email", "", "thief@example.com")
    assert [mail.to for mail in mailoutbox] == [["thief@example.com"]]  # the code, and no link
    number, text = texted(caplog)
    assert number == mask_phone(NUMBER)
    assert "An e-mail address was added" in text

    visitor = Client()
    link = undo_link(text)
    assert "thief@example.com" in visitor.get(link, headers=ENGLISH).text
    assert "is undone" in visitor.post(link, headers=ENGLISH).text
    person.refresh_from_db()
    assert (person.email, person.phone, person.phone_verified) == (None, NUMBER, True)
    assert not EmailAddress.objects.exists()
    assert by_number.get("/me/").status_code == 302
    post(visitor, "/accounts/password/reset/", {"email": "thief@example.com"})
    assert mailoutbox[-1].to == ["thief@example.com"]
    assert not re.search(r"[A-Z]{4}-[A-Z]{4}", mailoutbox[-1].body)
    post(visitor, "/accounts/login/code/", {"login": "thief@example.com"})
    assert not re.search(r"[A-Z]{4}-[A-Z]{4}", mailoutbox[-1].body)


def test_who_changes_the_number_after_a_first_address_is_not_told_of_it(
    by_number, person, clerk, caplog, django_capture_on_commit_callbacks
):
    by, at = Actor.of(clerk), datetime.now(UTC)
    contacts.changed(person, ContactKind.EMAIL, "", "thief@example.com", by=by, at=at, site=SITE)
    first = ContactChange.objects.get()
    User.objects.filter(pk=person.pk).update(email="thief@example.com")
    later = at + timedelta(minutes=1)
    contacts.change_phone(person, "+8613911112222", by=by, at=later, site=SITE)
    with (
        caplog.at_level("INFO", "dealers.sms"),
        django_capture_on_commit_callbacks(execute=True),
    ):
        contacts.tell(first.pk, SITE, "en", later)
    number, _text = texted(caplog)
    assert number == mask_phone(NUMBER)


def test_confirming_the_address_that_headquarters_wrote_is_no_change(
    client, person, post, mailoutbox
):
    EmailAddress.objects.filter(user=person).delete()
    post(client, "/accounts/login/", {"login": person.email, "password": "portal"})
    post(client, "/accounts/confirm-email/", {"code": code_in(mailoutbox[-1].body)})
    assert client.get("/me/").status_code == 200
    assert EmailAddress.objects.get(user=person).verified
    assert not ContactChange.objects.exists()


def test_an_address_that_was_never_confirmed_is_told_of_the_next_one(
    client, person, post, mailoutbox
):
    EmailAddress.objects.filter(user=person).delete()
    client.force_login(person)
    add_address(client, post, mailoutbox, "next@example.com")
    change = ContactChange.objects.get()
    assert (change.old, change.new) == ("me@example.com", "next@example.com")
    assert mailoutbox[-1].to == ["me@example.com"]


def test_another_number_is_told_by_mail_and_to_the_old_one(
    signed_in, person, post, mailoutbox, caplog
):
    signed_in.post(AGAIN, {"password": "portal"})
    with caplog.at_level("INFO", "dealers.sms"):
        post(signed_in, PHONE, {"phone": "139 1111 2222"})
        _number, text = texted(caplog)
        post(signed_in, "/accounts/phone/verify/", {"code": code_in(text)})
    number, text = texted(caplog)
    assert number == mask_phone(NUMBER)
    assert undo_link(text) == undo_link(mailoutbox[-1].body)
    assert "139****2222" in mailoutbox[-1].body
    Client().post(undo_link(text))
    person.refresh_from_db()
    assert (person.phone, person.phone_verified) == (NUMBER, True)


def test_the_link_works_where_somebody_of_another_dealer_is_signed_in(
    person, move, login, rival, mailoutbox
):
    move("thief@example.com")
    link = undo_link(mailoutbox[-1].body)
    assert "is undone" in login(rival).post(link, headers=ENGLISH).text
    person.refresh_from_db()
    assert person.email == "me@example.com"


def test_undoing_takes_back_all_that_came_after_it(person, clerk):
    by, at = Actor.of(clerk), datetime.now(UTC)
    Authenticator.objects.create(user=person, type="recovery_codes", data={})
    Authenticator.objects.update(created_at=at - timedelta(days=1))
    contacts.change_phone(person, "+8613911112222", by=by, at=at, site=SITE)
    first = ContactChange.objects.get()
    User.objects.update(email="thief@example.com")
    contacts.changed(
        person, ContactKind.EMAIL, "me@example.com", "thief@example.com", by=by, at=at, site=SITE
    )
    Authenticator.objects.create(user=person, type="webauthn", data={})
    contacts.undo(first, by=Actor.visitor(), at=at + timedelta(days=6))
    person.refresh_from_db()
    assert (person.email, person.phone) == ("me@example.com", NUMBER)
    assert not person.has_usable_password()
    assert Authenticator.objects.get().type == "recovery_codes"
    assert not ContactChange.objects.undoable(at).exists()


def test_the_notice_of_a_number_goes_to_the_address_of_that_moment(
    person, clerk, mailoutbox, django_capture_on_commit_callbacks
):
    by, at = Actor.of(clerk), datetime.now(UTC)
    contacts.change_phone(person, "+8613911112222", by=by, at=at, site=SITE)
    User.objects.update(email="thief@example.com")
    contacts.changed(
        person, ContactKind.EMAIL, "me@example.com", "thief@example.com",
        by=by, at=at + timedelta(minutes=1), site=SITE,
    )  # fmt: skip
    with django_capture_on_commit_callbacks(execute=True):
        for change in ContactChange.objects.all():
            contacts.tell(change.pk, SITE, "en", at)
    assert [mail.to for mail in mailoutbox] == [["me@example.com"]] * 2


@pytest.mark.usefixtures("english")
def test_after_seven_days_a_change_stays(person, clerk):
    at = datetime.now(UTC)
    contacts.change_phone(person, "+8613911112222", by=Actor.of(clerk), at=at, site=SITE)
    change = ContactChange.objects.get()
    with pytest.raises(ContactRefused, match="7 days"):
        contacts.undo(change, by=Actor.visitor(), at=at + timedelta(days=7))


@pytest.mark.usefixtures("english")
def test_an_address_that_is_somebody_elses_by_now_stays_theirs(person, clerk):
    by, at = Actor.of(clerk), datetime.now(UTC)
    User.objects.update(email="new@example.com")
    contacts.changed(
        person, ContactKind.EMAIL, "me@example.com", "new@example.com", by=by, at=at, site=SITE
    )
    UserFactory(email="Me@example.com")
    with pytest.raises(ContactRefused, match="Another account"):
        contacts.undo(ContactChange.objects.get(), by=Actor.visitor(), at=at)


def test_an_invented_link_is_not_found(person, clerk, client):
    at = datetime.now(UTC)
    contacts.change_phone(person, "+8613911112222", by=Actor.of(clerk), at=at, site=SITE)
    change = ContactChange.objects.get()
    for key in (str(change.pk), f"{change.pk}:invented", "x"):
        assert client.get(f"/me/undo/{key}/").status_code == 404
    assert client.get(contacts.link(change)).status_code == 200


def test_a_number_that_somebody_else_confirmed_meanwhile_is_refused_with_a_sentence(person, clerk):
    UserFactory(phone="+8613911112222", phone_verified=True)
    by, at = Actor.of(clerk), datetime.now(UTC)
    with pytest.raises(contacts.ContactRefused):
        contacts.change_phone(person, "+8613911112222", by=by, at=at, site=SITE)
    assert not ContactChange.objects.filter(new="+8613911112222").exists()

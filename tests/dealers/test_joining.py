"""Joining by the mailed link, and what the others are worth."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from dealers import invitations
from dealers.actor import Actor
from dealers.models import Invitation, Membership, Role, User
from tests.dealers.sent import code_in
from tests.factories.dealers import MembershipFactory, OwnerFactory, StoreFactory, UserFactory

pytestmark = pytest.mark.django_db

SITE = "http://testserver"
ENGLISH = {"accept-language": "en"}


def invite(by, store, email="new@example.com", at=None):
    return invitations.invite(
        email=email, name="李敏", role=Role.ASSOCIATE, scope=store, by=Actor.of(by),
        at=at or datetime.now(UTC), site=SITE,
    )  # fmt: skip


JOINING = {"name": "李敏", "phone": "138 0013 8000", "password": "jia-ju-9920", "language": "en"}


def mailed(invitation):
    """The path of the link in the mail."""
    return invitations.mailed_link(invitation, "")


def test_a_new_person_joins_and_is_asked_to_confirm_the_number(owner, store, client, post, caplog):
    path = mailed(invite(owner, store))
    assert client.get(path).status_code == 200
    answer = client.post(path, JOINING)
    assert answer.url == reverse("account_change_phone")
    user = User.objects.get(email="new@example.com")
    assert (user.phone, user.phone_verified) == ("+8613800138000", False)
    page = client.get("/")
    assert page.wsgi_request.membership.store == store
    assert page.wsgi_request.user == user
    assert '<html lang="en"' in page.content.decode()

    with caplog.at_level("INFO", "dealers.sms"):
        post(client, answer.url, {"action": "verify"})
    [said] = [message for message in caplog.messages if "SMS" in message]
    client.post(reverse("account_verify_phone"), {"code": code_in(said)})
    user.refresh_from_db()
    assert user.phone_verified
    client.logout()
    assert client.get(path).status_code == 410


def test_without_a_gateway_nobody_is_asked_for_a_number(owner, store, client, settings):
    settings.PORTAL_SMS = ""
    path = mailed(invite(owner, store))
    assert "phone" not in client.get(path).context["form"].fields
    assert client.post(path, JOINING).url == "/"
    assert User.objects.get(email="new@example.com").phone is None


def test_the_sender_cannot_join_in_the_place_of_the_invited(owner, store, client, post, mailoutbox):
    invitation = invite(owner, store)
    link = invitations.link(invitation, "")
    for tried in (link, f"{link}invented/"):
        page = client.post(tried, JOINING, headers=ENGLISH, follow=True)
        assert "Open the link in your mail" in page.text
    assert not User.objects.filter(email=invitation.email).exists()
    Invitation.objects.update(mailed_at=datetime.now(UTC) - timedelta(hours=1))
    post(client, link)
    assert mailed(invitation) in mailoutbox[-1].body


def test_the_link_does_not_tell_whether_there_is_an_account(owner, store, client, rival):
    pages = [
        client.get(invitations.link(invite(owner, store, email=email), ""))
        for email in (rival.user.email, "new@example.com")
    ]
    assert [page.templates[0].name for page in pages] == ["dealers/join_mail.html"] * 2


def test_a_weak_password_is_refused_with_its_reason(owner, store, client):
    fields = {"name": "李敏", "phone": "12", "password": "12345678", "language": "en"}
    answer = client.post(mailed(invite(owner, store)), fields, headers=ENGLISH)
    assert set(answer.context["form"].errors) == {"password", "phone"}
    assert re.search(r"<title>\s*Error:", answer.content.decode())
    assert not User.objects.filter(email="new@example.com").exists()


def test_who_has_an_account_signs_in_and_accepts(owner, store, client, rival):
    EmailAddress.objects.create(
        user=rival.user, email=rival.user.email, verified=True, primary=True
    )
    other = Client()
    for device in (client, other):
        device.post("/accounts/login/", {"login": rival.user.email, "password": "portal"})
    path = mailed(invite(owner, store, email=rival.user.email))
    page = Client().get(path).content.decode()
    assert f"{reverse('account_login')}?next={path}" in page
    assert client.get(path).status_code == 200
    assert client.post(path, headers=ENGLISH).url == "/"
    page = client.get("/")
    assert page.wsgi_request.membership.store == store
    assert "1 device was signed out" in page.text
    assert Membership.objects.filter(user=rival.user).count() == 2
    assert other.get("/me/").status_code == 302


def test_who_only_showed_a_code_shows_the_password_before_a_post_elsewhere(
    owner, client, post, rival, mailoutbox
):
    EmailAddress.objects.create(
        user=rival.user, email=rival.user.email, verified=True, primary=True
    )
    post(client, "/accounts/login/code/", {"login": rival.user.email})
    code = code_in(mailoutbox[0].body)
    client.post("/accounts/login/code/confirm/", {"code": code})
    assert client.get("/me/").status_code == 200
    path = mailed(invite(owner, StoreFactory(dealer=owner.dealer), email=rival.user.email))
    for answer in (client.get(path, headers=ENGLISH), client.post(path, headers=ENGLISH)):
        assert "Show first that the account is yours alone" in answer.text
    assert rival.user.memberships.count() == 1

    again = f"{reverse('account_reauthenticate')}?next={path}"
    assert client.post(again, {"password": "portal"}).url == path
    assert client.post(path).url == "/"


def test_a_forged_account_is_of_no_use_to_who_made_it(store, client, post, mailoutbox, caplog):
    """An owner makes an account for somebody whom another dealer invites later."""
    victim = UserFactory(phone="+8613911112222")
    MembershipFactory(user=victim, store=store)
    EmailAddress.objects.create(user=victim, email=victim.email, verified=True, primary=True)
    forger = Client()
    forger.post("/accounts/login/", {"login": victim.email, "password": "portal"})
    Authenticator.objects.create(user=victim, type="webauthn", data={})

    post(client, "/accounts/password/reset/", {"email": victim.email})
    code = code_in(mailoutbox[-1].body)
    client.post("/accounts/password/reset/confirm/", {"code": code})
    secret = {"password1": "jia-ju-9921", "password2": "jia-ju-9921"}
    page = client.post("/accounts/password/reset/complete/", secret, headers=ENGLISH, follow=True)
    assert "was never confirmed and is gone" in page.text
    assert forger.get("/me/").status_code == 302
    client.post("/accounts/login/", {"login": victim.email, "password": "jia-ju-9921"})
    elsewhere = OwnerFactory()
    invitation = invitations.invite(
        email=victim.email, name="林", role=Role.ASSOCIATE,
        scope=StoreFactory(dealer=elsewhere.dealer), by=Actor.of(elsewhere),
        at=datetime.now(UTC), site=SITE,
    )  # fmt: skip
    assert client.post(mailed(invitation)).url == "/"

    with caplog.at_level("INFO", "dealers.sms"):
        post(forger, "/accounts/login/code/", {"login": "13911112222"})
    assert not [message for message in caplog.messages if "SMS" in message]
    assert not Authenticator.objects.filter(user=victim).exists()


def test_a_link_opened_by_somebody_else_changes_nothing(owner, store, login, rival):
    invitation = invite(owner, store)
    client = login(rival)
    assert client.get(f"/join/{invitation.token}/").status_code == 200
    assert client.post(f"/join/{invitation.token}/").status_code == 200
    invitation.refresh_from_db()
    assert invitation.accepted_at is None


def test_a_link_that_ran_out_says_so(owner, store, client):
    invitation = invite(owner, store, at=datetime.now(UTC) - timedelta(days=8))
    answer = client.get(f"/join/{invitation.token}/", headers=ENGLISH)
    assert answer.status_code == 410
    assert "run out" in answer.content.decode()


def test_an_invented_link_is_not_found(client):
    assert client.get("/join/00000000-0000-4000-8000-000000000000/").status_code == 404

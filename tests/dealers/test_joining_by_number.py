"""Joining by a mobile number: the link that was sent there, or a code after a QR code."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from dealers import contacts, invitations
from dealers.actor import Actor
from dealers.invitations import InvitationRefused
from dealers.models import Invitation, Membership, Role, User
from dealers.signin import credentials
from tests.dealers.sent import code_in
from tests.factories.dealers import MembershipFactory, StoreFactory

pytestmark = pytest.mark.django_db

SITE = "http://testserver"
ENGLISH = {"accept-language": "en"}
NUMBER = "+8613800138000"
JOINING = {"name": "李敏", "password": "jia-ju-9920", "language": "en"}


@pytest.fixture
def texts(caplog, django_capture_on_commit_callbacks):
    """Post to a page; gives the short messages that the worker then sends."""

    def posted(client, path, data=None, **kwargs):
        caplog.clear()
        with (
            caplog.at_level("INFO", "dealers.sms"),
            django_capture_on_commit_callbacks(execute=True),
        ):
            answer = client.post(path, data or {}, **kwargs)
        return answer, [message for message in caplog.messages if "SMS" in message]

    return posted


def invite(by, store, phone="", name="李敏"):
    return invitations.invite(
        phone=phone, name=name, role=Role.ASSOCIATE, scope=store, by=Actor.of(by),
        at=datetime.now(UTC), site=SITE,
    )  # fmt: skip


def test_the_link_comes_by_short_message_and_opens_the_account(login, owner, store, client, texts):
    fields = {"name": "李敏", "address": "138 0013 8000", "role": "associate", "store": store.pk}
    answer, [said] = texts(login(owner), "/staff/invite/", fields)
    invitation = Invitation.objects.get()
    assert answer.url == reverse("dealers:invitation", args=[invitation.pk])
    assert (invitation.phone, invitation.email) == (NUMBER, "")
    path = invitations.mailed_link(invitation, "")
    assert "138****8000" in said  # the terminal keeps it whole for nobody
    assert SITE + path in said
    assert "phone" not in client.get(path).context["form"].fields
    assert client.post(path, JOINING).url == "/"
    user = User.objects.get(phone=NUMBER)
    assert (user.email, user.phone_verified) == (None, True)
    assert client.get("/").wsgi_request.membership.store == store
    assert client.get("/me/").status_code == 200
    client.logout()
    client.post("/accounts/login/", {"login": "13800138000", "password": JOINING["password"]})
    assert client.get("/me/").status_code == 200


def test_who_scans_the_link_proves_the_number_by_a_code(owner, store, client, texts):
    invitation = invite(owner, store, NUMBER)
    link = invitations.link(invitation, "")
    page = client.get(link)
    assert page.templates[0].name == "dealers/join_number.html"
    assert "13800138000" not in page.text
    answer, [said] = texts(client, link, {"phone": "139 1111 2222"})  # only the invited number
    assert answer.url == link
    assert "138****8000" in said
    assert not User.objects.filter(phone=NUMBER).exists()
    wrong = client.post(link, {"code": "BBBB-BBBB"}, headers=ENGLISH)
    assert "This code is not right" in wrong.text
    answer = client.post(link, {"code": code_in(said).lower()})
    assert answer.url == invitations.mailed_link(invitation, "")
    assert client.post(answer.url, JOINING).url == "/"
    assert Membership.objects.filter(user__phone=NUMBER, store=store).exists()


def test_an_invitation_on_the_screen_becomes_theirs_who_confirm_a_number(
    login, owner, store, client, texts
):
    fields = {"name": "李敏", "address": "", "role": "associate", "store": store.pk}
    answer, sent = texts(login(owner), "/staff/invite/", fields)
    assert sent == []
    invitation = Invitation.objects.get()
    assert invitation.expires_at < datetime.now(UTC) + timedelta(minutes=16)
    assert "<svg" in login(owner).get(answer.url).text
    link = invitations.link(invitation, "")
    assert "phone" in client.get(link).context["number_form"].fields
    _answer, [said] = texts(client, link, {"phone": "138 0013 8000"})
    answer = client.post(link, {"code": code_in(said)})
    invitation.refresh_from_db()
    assert invitation.phone == NUMBER
    assert client.post(answer.url, JOINING).url == "/"
    assert User.objects.get(phone=NUMBER).phone_verified


def test_an_invitation_that_has_its_number_is_nobody_else_s(owner, store):
    invitation = invite(owner, store)
    assert not invitations.proves(invitation, invitations.proof(invitation))
    invitations.claim(invitation.token, NUMBER, at=datetime.now(UTC))
    with pytest.raises(InvitationRefused):
        invitations.claim(invitation.token, "+8613911112222", at=datetime.now(UTC))
    with pytest.raises(DatabaseError), transaction.atomic():
        Invitation.objects.update(phone="+8613911112222")


def test_who_has_an_account_by_number_signs_in_and_accepts(store, client, owner, rival, texts):
    rival.user.email, rival.user.phone, rival.user.phone_verified = None, NUMBER, True
    rival.user.save()
    invitation = invite(owner, store, NUMBER)
    path = invitations.mailed_link(invitation, "")
    assert "You already have an account" in client.get(path, headers=ENGLISH).text
    client.post("/accounts/login/", {"login": NUMBER, "password": "portal"})
    assert client.post(path).url == "/"
    assert client.get("/").wsgi_request.membership.store == store
    rival.user.refresh_from_db()
    assert rival.user.phone_verified  # the one thing that opens the account


def test_somebody_else_who_is_signed_in_is_told_so(login, owner, store, rival):
    path = invitations.mailed_link(invite(owner, store, NUMBER), "")
    page = login(rival).get(path, headers=ENGLISH).text
    assert "138****8000" in page
    assert login(rival).post(path).status_code == 200
    assert not Membership.objects.filter(user=rival.user, store=store).exists()


def test_the_same_number_is_invited_once(owner, store, clerk):
    invite(owner, store, NUMBER)
    invite(owner, store, "+8613911112222")
    with pytest.raises(InvitationRefused):
        invite(owner, store, NUMBER)
    invite(owner, store, name="王浩")
    invite(owner, store, name="林静")
    with pytest.raises(InvitationRefused):
        invite(owner, store, name="林静")
    clerk.user.phone, clerk.user.phone_verified = "+8613711112222", True
    clerk.user.save()
    with pytest.raises(InvitationRefused):
        invite(owner, clerk.store, "+8613711112222")


@pytest.mark.parametrize("address", ["138", "x", "@", "not@", "+1 234"])
def test_what_is_neither_an_address_nor_a_number_is_refused(login, owner, store, address):
    fields = {"name": "李敏", "address": address, "role": "associate", "store": store.pk}
    page = login(owner).post("/staff/invite/", fields)
    assert page.context["form"].errors["address"]
    assert not Invitation.objects.exists()


def test_without_a_gateway_people_are_invited_by_mail_only(login, owner, store, settings):
    settings.PORTAL_SMS = ""
    fields = {"name": "李敏", "role": "associate", "store": store.pk}
    for address in ("", "13800138000"):
        page = login(owner).post("/staff/invite/", fields | {"address": address})
        assert page.context["form"].errors["address"]
    assert login(owner).post("/staff/invite/", fields | {"address": "a@b.cn"}).status_code == 302


def test_codes_are_not_sent_without_end(owner, store, client, texts):
    link = invitations.link(invite(owner, store, NUMBER), "")
    for _each in range(2):
        assert texts(client, link)[1]
    answer, sent = texts(client, link, headers=ENGLISH)
    assert sent == []
    assert "No more codes for now" in answer.text


def test_an_account_has_an_address_or_a_number():
    with pytest.raises(DatabaseError), transaction.atomic():
        User.objects.create_user(None, "secret", name="谁")
    assert User.objects.create_user(None, "secret", name="", phone=NUMBER).address == NUMBER
    assert str(User.objects.get(phone=NUMBER)) == NUMBER


def test_staff_without_an_address_are_listed(login, owner, store):
    member = MembershipFactory(store=store, user__phone=NUMBER, user__phone_verified=True)
    User.objects.filter(pk=member.user_id).update(email=None)
    page = login(owner).get("/staff/").text
    assert "138****8000" in page
    assert "None" not in page
    assert "None" not in login(owner).get("/staff/", {"export": "csv"}).text


def test_a_forgotten_password_is_set_anew_by_number(client, texts, rival):
    rival.user.email, rival.user.phone, rival.user.phone_verified = None, NUMBER, True
    rival.user.save()
    reset = reverse("account_reset_password")
    assert texts(client, reset, {"email": "13911112222"})[1] == []  # nobody's, and looks the same
    answer, [said] = texts(client, reset, {"email": "138 0013 8000"})
    confirm = reverse("account_confirm_password_reset_code")
    assert answer.url == confirm
    client.post(confirm, {"code": code_in(said)})
    secret = {"password1": "jia-ju-9921", "password2": "jia-ju-9921"}
    client.post(reverse("account_complete_password_reset"), secret)
    rival.user.refresh_from_db()
    assert rival.user.check_password("jia-ju-9921")
    assert rival.user.phone_verified
    client.post("/accounts/login/", {"login": NUMBER, "password": "jia-ju-9921"})
    assert client.get("/me/").status_code == 200


def reset_by_number(client, texts):
    """A password set anew by a code to the number; what the pages say of it, and where it goes."""
    _answer, [said] = texts(client, reverse("account_reset_password"), {"email": NUMBER})
    client.post(reverse("account_confirm_password_reset_code"), {"code": code_in(said)})
    secret = {"password1": "jia-ju-9921", "password2": "jia-ju-9921"}
    path = reverse("account_complete_password_reset")
    return texts(client, path, secret, follow=True, headers=ENGLISH)


def test_an_address_of_the_former_dealer_opens_nothing_once_the_number_is_proved(
    client, texts, rival, mailoutbox
):
    user = rival.user
    User.objects.filter(pk=user.pk).update(
        email="former@example.com", phone=NUMBER, phone_verified=True, language="en"
    )
    EmailAddress.objects.create(user=user, email="former@example.com", verified=True, primary=True)
    page, _texts = reset_by_number(client, texts)
    assert "The e-mail address former@example.com is gone" in page.text
    assert "Left are your mobile number 138****8000 and your password." in page.text
    user.refresh_from_db()
    assert (user.email, user.phone, user.phone_verified) == (None, NUMBER, True)
    assert not EmailAddress.objects.exists()
    [told] = mailoutbox
    assert told.to == ["former@example.com"]
    assert "no longer opens it" in told.body
    assert "/me/undo/" not in told.body

    thief = Client()
    for path in ("/accounts/password/reset/", "/accounts/login/code/"):
        texts(thief, path, {"email": "former@example.com", "login": "former@example.com"})
        assert not re.search(r"[A-Z]{4}-[A-Z]{4}", mailoutbox[-1].body)
    thief.post("/accounts/login/", {"login": "former@example.com", "password": "jia-ju-9921"})
    assert thief.get("/me/").status_code == 302
    client.post("/accounts/login/", {"login": NUMBER, "password": "jia-ju-9921"})
    assert client.get("/me/").status_code == 200


@pytest.mark.usefixtures("english")
def test_a_post_elsewhere_taken_by_number_drops_the_address(owner, store, rival):
    user = rival.user
    user.email, user.phone, user.phone_verified = "former@example.com", NUMBER, True
    user.save()
    invitation = invite(owner, store, NUMBER)
    _post, said = invitations.accept(
        invitation.token, invitations.proof(invitation),
        by=Actor.of(rival), at=datetime.now(UTC),
    )  # fmt: skip
    assert said == [
        "The e-mail address former@example.com is gone. Add it again if it is yours.",
        "Left are your mobile number 138****8000 and your password.",
    ]
    user.refresh_from_db()
    assert (user.email, user.phone_verified) == (None, True)


def test_who_added_a_number_by_a_stolen_password_does_not_drop_the_address_for_good(
    client, texts, clerk, mailoutbox
):
    user, at = clerk.user, datetime.now(UTC)
    user.email, user.language = "me@example.com", "en"
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    contacts.change_phone(user, NUMBER, by=Actor.of(clerk), at=at, site=SITE)
    change = user.contact_changes.get()
    reset_by_number(client, texts)
    user.refresh_from_db()
    assert user.email is None

    contacts.undo(change, by=Actor.visitor(), at=at + timedelta(days=1))
    user.refresh_from_db()
    assert (user.email, user.phone) == ("me@example.com", None)
    assert not user.has_usable_password()
    assert EmailAddress.objects.get(user=user).verified


def test_headquarters_keeps_its_second_factor_and_is_told_so(hq, english):
    hq.phone, hq.phone_verified = NUMBER, True
    hq.save()
    Authenticator.objects.create(user=hq, type="totp", data={})
    said = credentials.start_anew(hq, at=datetime.now(UTC), number=NUMBER)
    assert said[-1] == (
        "Left are your mobile number 138****8000, your password and your second factor."
    )


def test_a_number_that_nobody_confirmed_resets_nothing(client, texts, rival):
    rival.user.phone = NUMBER
    rival.user.save()
    assert texts(client, reverse("account_reset_password"), {"email": NUMBER})[1] == []


def test_an_associate_moves_with_their_number(owner, client):
    other = StoreFactory(dealer=owner.dealer)
    member = MembershipFactory(store=other, user__phone=NUMBER, user__phone_verified=True)
    User.objects.filter(pk=member.user_id).update(email=None)
    invitation = invite(owner, StoreFactory(dealer=owner.dealer), NUMBER)
    client.force_login(User.objects.get(pk=member.user_id))
    assert client.post(invitations.link(invitation, "")).url == "/"
    assert Membership.objects.filter(user=member.user).count() == 2

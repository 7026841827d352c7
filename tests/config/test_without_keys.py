"""A portal that was restored without the keys of its data says so, and shows what needs none."""

import base64
import logging

import pytest
from allauth.account.models import EmailAddress
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from config import secrets, start
from customers.look_ups import look_up
from customers.models import Registration
from dealers import vault
from dealers.actor import Actor
from dealers.keys import held
from dealers.keys.held import WrongKeys
from dealers.models import DealerKey
from tests.factories.customers import RulebookFactory, card_of, phone_number, registered
from tests.factories.dealers import DealerFactory, UserFactory, keys_are_committed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

SAYS = "This portal runs without its keys"


@pytest.fixture
def card(store, clerk):
    RulebookFactory()
    held.check()
    made = registered(store, staff=clerk.user, at=timezone.now(), name="陈敏").customer
    keys_are_committed()
    return made


@pytest.fixture
def without(card, settings):
    """The keys are not there, and somebody said to go on nevertheless; the keys that are gone."""
    gone = {name: getattr(settings, name) for name in held.NAMES}
    for name in gone:
        setattr(settings, name, secrets.in_place_of(name, settings.SECRET_KEY))
    settings.PORTAL_WITHOUT_KEYS = True
    vault._committed.clear()
    return gone


def test_without_being_told_to_it_does_not_start(card, settings):
    settings.PORTAL_MASTER_KEY = base64.b64encode(bytes(32)).decode()

    with pytest.raises(ImproperlyConfigured, match="PORTAL_WITHOUT_KEYS=1 shows what needs no"):
        start.check()


def test_it_starts_and_says_what_is_missing(without, client, caplog):
    with caplog.at_level(logging.WARNING):
        start.check()

    assert SAYS in caplog.text
    health = client.get("/healthz")
    assert health.status_code == 200
    assert "degraded: PORTAL_MASTER_KEY, PORTAL_FINGERPRINT_KEY missing" in health.text


@pytest.mark.usefixtures("without")
def test_every_page_says_so_and_none_fails(card, clerk, manager, owner, login):
    assert SAYS in Client().get("/accounts/login/").text
    posts = (
        "/", "/customers/", card.get_absolute_url(), "/ranking/", "/training/", "/me/",
        Registration.objects.get().get_absolute_url(),
    )  # fmt: skip
    for post, addresses in (
        (clerk, (*posts, "/capture/")), (manager, posts), (owner, (*posts, "/earnings/")),
    ):  # fmt: skip
        for address in addresses:
            answer = login(post).get(address, follow=True)
            assert (answer.status_code, SAYS in answer.text) == (200, True), address
            assert "陈敏" not in answer.text


def test_the_admin_says_so_too(without, client):
    client.force_login(UserFactory(is_staff=True, is_superuser=True))

    for address in ("/admin/", "/admin/dealers/dealer/", "/admin/customers/registration/"):
        answer = client.get(address)
        assert (answer.status_code, SAYS in answer.text) == (200, True), address


def test_somebody_signs_in_by_their_password(without, clerk, client):
    email = clerk.user.email
    EmailAddress.objects.create(user=clerk.user, email=email, verified=True, primary=True)
    login = {"login": email, "password": "portal"}

    assert client.post("/accounts/login/", login).status_code == 302
    assert SAYS in client.get("/").text


def test_nothing_is_recorded_and_no_key_made(without, card, store, clerk, login):
    with pytest.raises(WrongKeys):
        registered(store)
    with pytest.raises(WrongKeys):
        look_up(f"+86{phone_number()}", by=Actor.of(clerk), at=timezone.now())
    with pytest.raises(CommandError, match="PORTAL_MASTER_KEY"):
        call_command("rotate_keys", master=True)
    with pytest.raises(vault.VaultError):
        vault.seal(vault.Row(DealerFactory().pk, "t", 1), "name", "x")
    assert DealerKey.objects.count() == 1
    assert Registration.objects.count() == 1

    browser = login(clerk)
    browser.raise_request_exception = False
    answer = browser.post("/customers/search/", {"q": phone_number()})
    assert answer.status_code == 503
    assert "a key is missing" in answer.text


def test_with_the_keys_everything_is_there_again(without, card, settings):
    assert card_of(card).name == vault.CLOSED
    for name, value in without.items():
        setattr(settings, name, value)
    settings.PORTAL_WITHOUT_KEYS = False
    vault._committed.clear()

    assert card_of(card).name == "陈敏"


def test_a_card_that_does_not_open_is_a_sentence_and_no_crash(card, clerk, login, settings):
    settings.PORTAL_MASTER_KEY = base64.b64encode(bytes(32)).decode()
    vault._committed.clear()
    browser = login(clerk)
    browser.raise_request_exception = False

    answer = browser.get(card.get_absolute_url())

    assert answer.status_code == 503
    assert "a key is missing" in answer.text

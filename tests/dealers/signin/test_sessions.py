"""What a copy of the session table shows."""

import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.conf import settings as portal
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.contrib.sessions.serializers import JSONSerializer
from django.core import signing
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from dealers.signin import sessions
from dealers.signin.sessions import SealedSerializer
from dealers.tasks import clear_sessions
from tests.customers.bulk.test_under_way import somebody_waits


def stored(session):
    """The bytes that anybody reads who has the row."""
    packed, compressed = session.session_data, session.session_data.startswith(".")
    body = signing.b64_decode(packed.lstrip(".").partition(":")[0].encode())
    return zlib.decompress(body) if compressed else body


def test_a_second_factor_that_is_being_set_up_lies_sealed(clerk, client):
    client.force_login(clerk.user)
    session = client.session
    session["mfa.totp.secret"] = "2XPGABCD"
    session.save()
    row = Session.objects.get(pk=session.session_key)
    assert row.get_decoded()["mfa.totp.secret"] == "2XPGABCD"
    assert b"2XPG" not in stored(row)
    assert client.session["mfa.totp.secret"] == "2XPGABCD"


def test_who_reads_the_key_of_a_session_does_not_go_on_with_it(
    clerk, client, settings, another_secret_key
):
    settings.SESSION_COOKIE_SIGNED = True
    EmailAddress.objects.create(
        user=clerk.user, email=clerk.user.email, verified=True, primary=True
    )
    client.post("/accounts/login/", {"login": clerk.user.email, "password": "portal"})
    assert client.get("/").status_code == 200
    key, cookie = UserSession.objects.get().session_key, client.cookies["sessionid"].value
    assert cookie != key

    for copied in (key, f"{key}:{'A' * 43}", cookie.swapcase()):
        thief = Client()
        thief.cookies["sessionid"] = copied
        assert thief.get("/").url.startswith("/accounts/login/")

    another_secret_key()
    assert client.get("/").status_code == 200
    settings.SECRET_KEY_FALLBACKS = []
    assert client.get("/").status_code == 200


def test_sessions_from_before_are_read_and_what_does_not_open_is_no_session(settings, caplog):
    before = {"membership": 7, "name": "李"}
    assert SealedSerializer().loads(JSONSerializer().dumps(before)) == before
    store = SessionStore()
    sealed = store.encode(before)
    assert store.decode(sealed) == before
    settings.PORTAL_MASTER_KEY = "A" * 43 + "="
    assert store.decode(sealed) == {}


def test_sessions_that_ran_out_are_forgotten_each_night(clerk, client):
    client.force_login(clerk.user)
    kept = client.session.session_key
    Session.objects.create(
        session_key="x" * 32, session_data="", expire_date=timezone.now() - timedelta(seconds=1)
    )

    clear_sessions()

    assert list(Session.objects.values_list("pk", flat=True)) == [kept]
    assert clear_sessions.name in portal.CELERY_BEAT_SCHEDULE


@pytest.mark.django_db(transaction=True)
def test_two_pages_that_change_the_key_of_a_session_at_once_are_both_listed(clerk, client):
    """As on the first pages after the secret key was changed."""
    client.force_login(clerk.user)
    key = client.session.session_key
    UserSession.objects.create(user=clerk.user, ip="10.0.0.1", session_key=key, user_agent="x")
    one, other = sessions.SessionStore(key), sessions.SessionStore(key)
    assert SESSION_KEY in one
    assert SESSION_KEY in other

    def change():
        try:
            with transaction.atomic():
                other.cycle_key()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            one.cycle_key()
            changing = pool.submit(change)
            while not (somebody_waits() or changing.done()):
                time.sleep(0.01)
        changing.result(timeout=30)

    keys = {one.session_key, other.session_key}
    assert set(UserSession.objects.values_list("session_key", flat=True)) == keys
    assert set(Session.objects.values_list("pk", flat=True)) == keys


def test_no_script_reads_the_cookies_of_a_page(client, db):
    cookies = client.get("/accounts/login/").cookies
    assert cookies[portal.CSRF_COOKIE_NAME]["httponly"]
    assert portal.SESSION_COOKIE_HTTPONLY

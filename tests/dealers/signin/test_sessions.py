"""What a copy of the session table shows."""

import zlib

from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.contrib.sessions.serializers import JSONSerializer
from django.core import signing

from dealers.signin.sessions import SealedSerializer


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


def test_sessions_from_before_are_read_and_what_does_not_open_is_no_session(settings, caplog):
    before = {"membership": 7, "name": "李"}
    assert SealedSerializer().loads(JSONSerializer().dumps(before)) == before
    store = SessionStore()
    sealed = store.encode(before)
    assert store.decode(sealed) == before
    settings.PORTAL_MASTER_KEY = "A" * 43 + "="
    assert store.decode(sealed) == {}

"""One key for a person, and no way back from it."""

import hmac

from django.conf import settings as portal

from customers.identity import content_hash, fingerprint, first_content_hash
from dealers.keys.masters import decode_keys


def test_the_fingerprint_is_keyed_and_of_full_length(settings):
    first = fingerprint("+8613800138000")
    settings.PORTAL_FINGERPRINT_KEY = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY="

    assert len(first) == 32
    assert fingerprint("+8613800138000") != first


def test_contents_have_a_key_of_their_own(settings):
    key = decode_keys(portal.PORTAL_FINGERPRINT_KEY, "PORTAL_FINGERPRINT_KEY")[0]
    first = hmac.digest(key, b"content\x1fa\x1f\x1f1", "sha256")

    assert first_content_hash("a", None, 1) == first
    assert content_hash("a", None, 1) not in (first, hmac.digest(key, b"a\x1f\x1f1", "sha256"))
    assert content_hash("a", None, 1) != content_hash("a", 1, None)

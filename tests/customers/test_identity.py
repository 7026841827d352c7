"""One key for a person, and no way back from it."""

from customers.identity import fingerprint


def test_the_fingerprint_is_keyed_and_of_full_length(settings):
    first = fingerprint("+8613800138000")
    settings.PORTAL_FINGERPRINT_KEY = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY="

    assert len(first) == 32
    assert fingerprint("+8613800138000") != first

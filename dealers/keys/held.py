"""Whether the keys of this installation are those that its data was made with.

A master key is known again by its id, which stands beside what it wraps; a fingerprint key by what
it makes of a constant, on file since its first use. With another master key no card opens; with
another fingerprint key everybody would be somebody new.
"""

import hmac

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from dealers.actor import Actor, acting
from dealers.keys import envelopes, masters
from dealers.keys.masters import decode_keys
from dealers.models import KeyCheck

MASTER, FINGERPRINT = NAMES = ("PORTAL_MASTER_KEY", "PORTAL_FINGERPRINT_KEY")
# The master keys that something on file cannot be opened without.
NEEDED = """
SELECT master_key_id FROM dealers_dealerkey WHERE destroyed_at IS NULL
UNION SELECT master_key_id FROM dealers_portalkey
"""

READER = Actor.worker("keys")


class WrongKeys(Exception):
    """Nothing may be recorded or opened; the message is for who installed the portal."""


def wrong() -> list[str]:
    """The names of the keys that are not those of the data."""
    with acting(READER):  # whoever asks: it is about the keys of all dealers
        found = {MASTER: bool(missing_masters()), FINGERPRINT: _no_chain()}
    return [name for name, is_wrong in found.items() if is_wrong]


def check() -> None:
    """Put down what the keys are known by, if they are used for the first time.

    Raises WrongKeys, with the remedy.
    """
    with acting(READER):
        if not KeyCheck.objects.filter(name=FINGERPRINT).exists():
            first = [_numbered(number, value) for number, value in enumerate(_chain(), 1)]
            KeyCheck.objects.bulk_create(first, ignore_conflicts=True)
        if names := wrong():
            raise WrongKeys(says(names))
        if not settings.PORTAL_WITHOUT_KEYS:
            for purpose in envelopes.LASTING:
                envelopes.put_down(purpose)


def says(names: list[str]) -> str:
    """What is wrong about these keys, and the remedy."""
    return _(
        "%(names)s: this is not the key that the data of this database was made with."
        " Bring back the key that was kept with the backup; nothing was changed. Without it,"
        " PORTAL_WITHOUT_KEYS=1 shows what needs no key."
    ) % {"names": ", ".join(names)}


def missing() -> str:
    """What a portal that was started without its keys says on every page; else nothing."""
    if not settings.PORTAL_WITHOUT_KEYS or not (names := wrong()):
        return ""
    return _(
        "This portal runs without its keys (%(names)s). Names and numbers of customers cannot be"
        " read, and nothing is recorded; statements, rankings and training work. Bring back the"
        " keys that were kept with the backup, take PORTAL_WITHOUT_KEYS away and start again."
    ) % {"names": ", ".join(names)}


_right: set[tuple[str, ...]] = set()


def ensure() -> None:
    """``check``, once for these keys in a process. Raises WrongKeys."""
    keys = tuple(getattr(settings, name) for name in NAMES)
    if keys not in _right:
        check()
        _right.add(keys)


def fingerprint_keys_on_file() -> int:
    """By how many fingerprint keys new people are known: a second one once its use has begun."""
    return KeyCheck.objects.filter(name__startswith=FINGERPRINT).count()


def take_in_fingerprint_key() -> None:
    """Begin to use the next fingerprint key. Whoever does not know it records nothing."""
    number = fingerprint_keys_on_file()
    KeyCheck.objects.create(**_fields(number + 1, _chain()[number]))


def missing_masters() -> set[str]:
    """The ids of the master keys that something on file needs and nobody knows."""
    with connection.cursor() as cursor:
        cursor.execute(NEEDED)
        return {row[0] for row in cursor.fetchall()} - masters.provider().known()


def _no_chain() -> bool:
    on_file = KeyCheck.objects.filter(name__startswith=FINGERPRINT)
    named = {it.name: bytes(it.value) for it in on_file}
    known = {_numbered(number, value).name: value for number, value in enumerate(_chain(), 1)}
    return any(known.get(name) != value for name, value in named.items())


def _numbered(number: int, value: bytes) -> KeyCheck:
    return KeyCheck(**_fields(number, value))


def _fields(number: int, value: bytes) -> dict:
    return {"name": FINGERPRINT if number == 1 else f"{FINGERPRINT} {number}", "value": value}


def _chain() -> list[bytes]:
    return [_value(key) for key in decode_keys(settings.PORTAL_FINGERPRINT_KEY, FINGERPRINT)]


def _value(key: bytes) -> bytes:
    return hmac.digest(key, b"key check value", "sha256")

"""Whether the keys of this installation are those that its data was made with.

A key is known again by what it makes of a constant, which is on file since its first use. With
another master key no card opens; with another fingerprint key everybody would be somebody new.
"""

import hmac

from django.conf import settings
from django.utils.translation import gettext as _

from dealers.models import KeyCheck
from dealers.vault import decode_key

NAMES = ("PORTAL_MASTER_KEY", "PORTAL_FINGERPRINT_KEY")


class WrongKeys(Exception):
    """Nothing may be recorded or opened; the message is for who installed the portal."""


def wrong() -> list[str]:
    """The names of the keys that are not those of the data."""
    on_file = {it.name: bytes(it.value) for it in KeyCheck.objects.all()}
    return [name for name in NAMES if on_file.get(name, _value(name)) != _value(name)]


def check() -> None:
    """Put down what the keys are known by, if they are used for the first time.

    Raises WrongKeys, with the remedy.
    """
    first = [KeyCheck(name=name, value=_value(name)) for name in NAMES]
    KeyCheck.objects.bulk_create(first, ignore_conflicts=True)
    if names := wrong():
        raise WrongKeys(
            _(
                "%(names)s: this is not the key that the data of this database was made with."
                " Bring back the key that was kept with the backup; nothing was changed."
            )
            % {"names": ", ".join(names)}
        )


_right: set[tuple[str, ...]] = set()


def ensure() -> None:
    """``check``, once for these keys in a process. Raises WrongKeys."""
    keys = tuple(getattr(settings, name) for name in NAMES)
    if keys not in _right:
        check()
        _right.add(keys)


def _value(name: str) -> bytes:
    return hmac.digest(decode_key(getattr(settings, name), name), b"key check value", "sha256")

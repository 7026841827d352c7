"""Codes of regions, dealers and stores, which stand in addresses, in file names and in files.

And the numbers of what the portal itself numbers, to be read from paper and typed.
"""

import secrets
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

ONLINE = "ONLINE"  # instead of a store's code in files: bought online
UNSAFE = r'/\?#%"'  # in an address or the name of a file they mean something else
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # no 0 and O, no 1 and I


def numbered(kind: str) -> str:
    """A number that tells neither how many of its kind there are nor what the next will be."""
    return f"{kind}-" + "".join(secrets.choice(ALPHABET) for _place in range(7))


def validate_code(code: str) -> None:
    """Raise ValidationError for a code that an address or a file's name cannot hold."""
    unsafe = next((sign for sign in code if sign in UNSAFE), None)
    if unsafe:
        raise ValidationError(
            _("Leave out %(sign)s in a code; letters, digits, - and _ are safe."),
            params={"sign": unsafe},
        )
    if code != code.strip() or any(unicodedata.category(sign) in ("Cc", "Cf") for sign in code):
        raise ValidationError(_("Leave out invisible characters and spaces at the ends."))
    if not code.strip("."):
        raise ValidationError(_("A code does not consist of dots."))


def validate_store_code(code: str) -> None:
    """Raise ValidationError as ``validate_code`` does, and for what files use for no store."""
    validate_code(code)
    if code.upper() == ONLINE:
        raise ValidationError(_("ONLINE is no store: files write it for what was bought online."))

"""From what somebody typed to the one key by which the network knows a person."""

import hmac
import re
import unicodedata
from functools import cache, lru_cache
from typing import Any

import phonenumbers
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from phonenumbers import NumberParseException, PhoneMetadata, PhoneNumberType

from dealers.vault import decode_key

MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
LENGTH_CN = 11
# Spaces, dashes, dots and brackets, and the invisible marks that come along when one copies.
SEPARATORS = str.maketrans(
    "",
    "",
    " \t\u00a0.()/-\u2010\u2011\u2012\u2013\u2014\u2212"
    "\u200b\u2060\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
)


class PhoneNotValid(Exception):
    """Not a mobile number; the message tells the person who typed it what would be right."""


@cache
def _chinese_mobile() -> re.Pattern[str]:
    """Spellings of a mobile number of mainland China, by the library's own table of ranges."""
    table: Any = PhoneMetadata.metadata_for_region("CN")
    ranges = table.mobile.national_number_pattern
    return re.compile(rf"(?:(?:\+|00)?86)?0?({ranges})")


@lru_cache(maxsize=20_000)
def normalise(text: str, region: str = "CN") -> str:
    """The E.164 form of a mobile number, e.g. ``+8613800138000``. Raises PhoneNotValid."""
    if region == "CN":
        # The usual case, forty times as fast as the library and from the same table.
        usual = _chinese_mobile().fullmatch(text.translate(SEPARATORS))
        if usual:
            return f"+86{usual[1]}"
    digits = unicodedata.normalize("NFKC", text).translate(SEPARATORS)
    if not digits:
        raise PhoneNotValid(_("Enter the mobile number."))
    if not re.fullmatch(r"\+?[0-9]+", digits, re.ASCII):
        raise PhoneNotValid(_("A mobile number has only digits, with a + before the country code."))
    try:
        number = phonenumbers.parse(digits, region)
    except NumberParseException as problem:
        if problem.error_type == NumberParseException.INVALID_COUNTRY_CODE:
            raise PhoneNotValid(_("This country code does not exist; +86 is China.")) from None
        raise _length_problem(digits, None) from None
    if not phonenumbers.is_valid_number(number):
        raise _length_problem(digits, number)
    if phonenumbers.number_type(number) not in MOBILE:
        raise PhoneNotValid(_("This is a landline; enter a mobile number."))
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _length_problem(digits: str, number: phonenumbers.PhoneNumber | None) -> PhoneNotValid:
    """What to do about a number that the numbering plan does not know."""
    if number is None or number.country_code == 86:
        national = str(number.national_number) if number else digits.lstrip("+")
        missing = LENGTH_CN - len(national)
        if missing > 0:
            return PhoneNotValid(
                ngettext(
                    "The mobile number is %(count)d digit short; it has 11.",
                    "The mobile number is %(count)d digits short; it has 11.",
                    missing,
                )
                % {"count": missing}
            )
        if missing < 0:
            return PhoneNotValid(
                ngettext(
                    "The mobile number has %(count)d digit too many; it has 11.",
                    "The mobile number has %(count)d digits too many; it has 11.",
                    -missing,
                )
                % {"count": -missing}
            )
    return PhoneNotValid(_("No mobile number begins like this; check the digits."))


def fingerprint(e164: str) -> bytes:
    """The keyed fingerprint, 32 bytes: the same number, the same person, and no way back."""
    return hmac.digest(_fingerprint_key(settings.PORTAL_FINGERPRINT_KEY), e164.encode(), "sha256")


def content_hash(*parts: object) -> bytes:
    """A keyed hash of what was sent, to tell a repeat from a different content. 32 bytes."""
    # Keyed, because names and numbers are few enough to try them all against a plain hash.
    text = "\x1f".join("" if part is None else str(part) for part in parts)
    key = _fingerprint_key(settings.PORTAL_FINGERPRINT_KEY)
    return hmac.digest(key, b"content\x1f" + text.encode(), "sha256")


@cache
def _fingerprint_key(encoded: str) -> bytes:
    return decode_key(encoded, "PORTAL_FINGERPRINT_KEY")

"""Mobile numbers: what people type, and the one way we keep them."""

import re
import unicodedata
from functools import cache, lru_cache
from typing import Any

import phonenumbers
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from phonenumbers import NumberParseException, PhoneMetadata, PhoneNumberType

HOME = "CN"  # of numbers typed without a country code
MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
LENGTH_CN = 11
SEPARATORS = str.maketrans("", "", " \t\r\n.()/-")
# Dashes, spaces and the invisible marks that come along when one copies.
DROPPED = frozenset({"Pd", "Zs", "Zl", "Zp", "Cf"})
MINUS_SIGN = "\u2212"
DIGITS = re.compile(r"\+?[0-9]+", re.ASCII)


class PhoneNotValid(Exception):
    """Not a mobile number; the message tells the person who typed it what would be right."""


@lru_cache(maxsize=20_000)
def normalise(text: str, region: str = HOME) -> str:
    """The E.164 form of a mobile number, e.g. ``+8613800138000``. Raises PhoneNotValid.

    A digit of any script is that digit. Letters, extensions and landlines are refused.
    """
    digits = plain_digits(text)
    if region == HOME:
        # The usual case, forty times as fast as the library and from the same table.
        usual = _chinese_mobile().fullmatch(digits)
        if usual:
            return f"+86{usual[1]}"
    if not digits:
        raise PhoneNotValid(_("Enter the mobile number."))
    if not DIGITS.fullmatch(digits):
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


def any_phone(text: str) -> str:
    """The E.164 form of any number that can be called, landlines too. Raises PhoneNotValid.

    The library would take a letter for the key that bears it, and read an extension.
    """
    digits = plain_digits(text)
    try:
        number = phonenumbers.parse(digits, HOME)
    except NumberParseException:
        raise PhoneNotValid(_("Enter a phone number with its area code.")) from None
    if not DIGITS.fullmatch(digits) or not phonenumbers.is_valid_number(number):
        raise PhoneNotValid(_("Enter a phone number with its area code."))
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def dialled(text: str) -> str:
    """What a link to call a number holds: its E.164 form, or its digits where it has none."""
    try:
        return any_phone(text)
    except PhoneNotValid:
        return plain_digits(text)


def grouped(number: str) -> str:
    """A number as people read it: 138 0013 8000, abroad with its country code."""
    try:
        parsed = phonenumbers.parse(number, HOME)
    except NumberParseException:
        return number
    home = parsed.country_code == phonenumbers.country_code_for_region(HOME)
    style = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(parsed, style.NATIONAL if home else style.INTERNATIONAL)


def plain_digits(text: str) -> str:
    """The text without separators, its digits those of ASCII; what else stands in it stays."""
    if not text.isascii():
        wide = unicodedata.normalize("NFKC", text)
        text = "".join(
            str(unicodedata.decimal(sign, sign))
            for sign in wide
            if unicodedata.category(sign) not in DROPPED and sign != MINUS_SIGN
        )
    return text.translate(SEPARATORS)


@cache
def _chinese_mobile() -> re.Pattern[str]:
    """Spellings of a mobile number of mainland China, by the library's own table of ranges."""
    table: Any = PhoneMetadata.metadata_for_region("CN")
    ranges = table.mobile.national_number_pattern
    # The library's \d would take the digits of every script.
    return re.compile(rf"(?:(?:\+|00)?86)?0?({ranges})", re.ASCII)


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

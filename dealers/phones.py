"""Mobile numbers: what people type, and the one way we keep them."""

import phonenumbers
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

HOME_COUNTRY = "CN"  # of numbers typed without a country code


def to_e164(text: str) -> str:
    """The number in E.164, for example +8613800138000; raises ValidationError if it is none."""
    try:
        number = phonenumbers.parse(text, HOME_COUNTRY)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number):
        raise ValidationError(
            _("This is not a mobile number. Enter all its digits, for example 138 0013 8000."),
            code="invalid",
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

"""One key for a person, however the number was typed."""

import pytest

from customers.identity import PhoneNotValid, fingerprint, normalise


@pytest.mark.parametrize(
    "typed",
    [
        "13800138000",
        "138 0013 8000",
        "138-0013-8000",
        "138.0013.8000",
        "(138) 0013 8000",
        "１３８００１３８０００",
        "+8613800138000",
        "+86 138 0013 8000",
        "＋86 13800138000",
        "008613800138000",
        "00 86 138 0013 8000",
        "8613800138000",
        "013800138000",
        " 13800138000\t",
        "138\u00a00013\u00a08000",
        "\u202d13800138000\u202c",
    ],
)
def test_every_spelling_is_the_same_person(typed):
    assert normalise(typed) == "+8613800138000"


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("+852 9123 4567", "+85291234567"),
        ("00852 91234567", "+85291234567"),
        ("+853 6612 3456", "+85366123456"),
        ("+886 912 345 678", "+886912345678"),
        ("+1 212 555 0123", "+12125550123"),
    ],
)
def test_numbers_from_abroad_name_their_country(typed, number):
    assert normalise(typed) == number


def test_a_region_reads_its_own_short_form():
    assert normalise("9123 4567", region="HK") == "+85291234567"


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "Enter the mobile number"),
        ("  ", "Enter the mobile number"),
        ("1380013800", "1 digit short"),
        ("138", "8 digits short"),
        ("138001380001", "1 digit too many"),
        ("1380013800O", "only digits"),
        ("12345678901", "begins like this"),
        ("010-12345678", "landline"),
        ("+999 1234567", "country code"),
        ("abc", "only digits"),
        ("+", "only digits"),
        ("1" * 300, "too many"),
        ("138\x0000138000", "only digits"),
    ],
)
def test_a_wrong_number_is_told_what_is_right(typed, says, settings):
    from django.utils import translation

    with translation.override("en"), pytest.raises(PhoneNotValid, match=says):
        normalise(typed)


def test_the_fingerprint_is_keyed_and_of_full_length(settings):
    first = fingerprint("+8613800138000")
    settings.PORTAL_FINGERPRINT_KEY = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY="

    assert len(first) == 32
    assert fingerprint("+8613800138000") != first

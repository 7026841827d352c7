"""One number, however it was typed: at login, at the counter and in files."""

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from dealers.accounts import PhoneField
from dealers.phones import PhoneNotValid, any_phone, dialled, grouped, normalise


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
        "\ufeff138\u200b0013\u00ad8000\r\n",
        "138（0013）8000",
        "138—0013−8000",
        "138０0138000",
        "138٠0138000",
        "१३८००१३८०००",
        "𝟏𝟑𝟖𝟎𝟎𝟏𝟑𝟖𝟎𝟎𝟎",
        "①③⑧00138000",
        "+86 138 ۰۰۱۳ 8000",
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
        ("138-0013-8000x", "only digits"),
        ("138-0013-8000 ext. 5", "only digits"),
        ("13800138000#12", "only digits"),
        ("1380013TEST", "only digits"),
        ("1-800-FLOWERS", "only digits"),
        ("一三八00138000", "only digits"),
        ("010 6552 9988", "landline"),
        ("+852 2345 6789", "landline"),
    ],
)
def test_a_wrong_number_is_told_what_is_right(typed, says):
    with translation.override("en"), pytest.raises(PhoneNotValid, match=says):
        normalise(typed)


@pytest.mark.parametrize("typed", ["010 6552 9988", "+852 2345 6789", "138-0013-8000x", "138"])
def test_login_refuses_with_the_same_sentence_as_the_counter(typed):
    with translation.override("en"):
        with pytest.raises(PhoneNotValid) as at_the_counter:
            normalise(typed)
        with pytest.raises(ValidationError) as at_login:
            PhoneField().clean(typed)
    assert at_login.value.messages == [str(at_the_counter.value)]


@pytest.mark.parametrize(
    ("typed", "number", "read"),
    [
        ("0571-8765 4321", "+8657187654321", "0571 8765 4321"),
        ("138 0013 8000", "+8613800138000", "138 0013 8000"),
        ("+852 2123 4567", "+85221234567", "+852 2123 4567"),
    ],
)
def test_a_business_may_have_a_landline(typed, number, read):
    assert any_phone(typed) == dialled(typed) == number
    assert grouped(number) == read


@pytest.mark.parametrize(
    "typed",
    ["8765 4321", "12", "no number", "0571-8765 4321 x5", "400-820-CALL", "400-8ＦＬＯＷＥＲ"],
)
def test_what_nobody_can_dial_is_no_number(typed):
    with pytest.raises(PhoneNotValid):
        any_phone(typed)
    assert dialled(typed)

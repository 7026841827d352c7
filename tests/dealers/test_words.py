from decimal import Decimal

import pytest
from django.utils import translation

from dealers import words


@pytest.mark.parametrize(
    ("amount", "chinese", "english"),
    [
        (Decimal("12174.4"), "¥12,174.40", "CNY\u00a012,174.40"),
        (Decimal("-406"), "−¥406.00", "−CNY\u00a0406.00"),
        (Decimal("0.005"), "¥0.01", "CNY\u00a00.01"),
        (Decimal("-0.004"), "¥0.00", "CNY\u00a00.00"),
        (0, "¥0.00", "CNY\u00a00.00"),
        (None, "–", "–"),
        ("", "–", "–"),
    ],
)
def test_money(amount, chinese, english):
    with translation.override("zh-hans"):
        assert words.money(amount) == chinese
    with translation.override("en"):
        assert words.money(amount) == english


@pytest.mark.parametrize(
    ("currency", "shown", "exact"),
    [
        ("USD", "USD\u00a05.13", "USD\u00a05.125"),
        ("JPY", "JPY\u00a05", "JPY\u00a05.125"),
        ("KRW", "KRW\u00a05", "KRW\u00a05.125"),
        ("KWD", "KWD\u00a05.125", "KWD\u00a05.125"),
        ("CNY", "¥5.13", "¥5.125"),
    ],
)
def test_an_amount_has_the_decimals_of_its_currency(currency, shown, exact):
    with translation.override("zh-hans"):
        assert words.money(Decimal("5.125"), currency) == shown
        assert words.exact_money(Decimal("5.125000"), currency) == exact


def test_exact_money_has_no_fewer_decimals_than_its_currency():
    with translation.override("zh-hans"):
        assert words.exact_money(Decimal("-12174.400000"), "CNY") == "−¥12,174.40"
        assert words.exact_money(Decimal("100000"), "JPY") == "JPY\u00a0100,000"
        assert words.exact_money(Decimal("7"), "KWD") == "KWD\u00a07.000"


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (Decimal("0.06"), "6%"),
        (Decimal("0.065000"), "6.5%"),
        (Decimal("1"), "100%"),
        (Decimal("0.123456"), "12.35%"),
        (Decimal("-0.1"), "−10%"),
        (Decimal("-0.00001"), "0%"),
        (None, "–"),
    ],
)
def test_percent(share, text):
    assert words.percent(share) == text


@pytest.mark.parametrize(
    ("language", "remark", "said"),
    [("zh-hans", "−46.8%", "（−46.8%）"), ("en", "−46.8%", " (−46.8%)"), ("en", "", "")],
)
def test_a_remark_stands_in_the_brackets_of_the_language(language, remark, said):
    with translation.override(language):
        assert words.aside(remark) == said


@pytest.mark.parametrize(("language", "said"), [("zh-hans", "一。二。"), ("en", "一。 二。")])
def test_sentences_follow_each_other_as_the_language_has_it(language, said):
    with translation.override(language):
        assert words.sentences("一。", "", "二。") == said


def test_a_rate_shows_all_its_decimals():
    assert words.exact_percent(Decimal("0.123456")) == "12.3456%"


@pytest.mark.parametrize(
    ("number", "text"), [(Decimal("40.000000"), "40"), (1200, "1,200"), (Decimal("-2.50"), "−2.5")]
)
def test_a_count_has_no_needless_zeros(number, text):
    assert words.count(number) == text


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("+8613800138000", "138****8000"),
        ("+12025550123", "+1 ****0123"),
        ("+85251234567", "+852 ****4567"),
        ("12", "****12"),
        ("", "–"),
        (None, "–"),
    ],
)
def test_a_number_never_shows_its_middle(number, masked):
    assert words.mask_phone(number) == masked


@pytest.mark.parametrize(
    ("name", "masked"),
    [("李敏", "李*"), ("欧阳娜娜", "欧***"), ("Anna Smith", "A*** S****"), ("李", "李*"), ("", "")],
)
def test_outsiders_see_the_first_letter_of_a_name(name, masked):
    assert words.mask_name(name) == masked


@pytest.mark.parametrize(("language", "said"), [("zh-hans", "甲、乙"), ("en", "甲, 乙")])
def test_names_are_listed_as_the_language_has_it(language, said):
    with translation.override(language):
        assert words.listed(["甲", "乙"]) == said

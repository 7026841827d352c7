import random
import time

from django.template.loader import render_to_string
from django.utils import translation

from dealers.agreements.differences import Changed, between, words
from dealers.models import AgreementVersion
from tests.factories.agreements import WORDS


def test_what_changes_is_shown_word_by_word():
    pieces = [(it.words, it.gone, it.new) for it in words("Paid on the 15th.", "Paid on the 13th.")]
    assert pieces == [
        ("Paid on the ", False, False),
        ("15th", True, False),
        ("13th", False, True),
        (".", False, False),
    ]


def test_the_blank_between_two_changed_words_stays():
    changed = Changed("Title", tuple(words("Pay within", "Settle inside")))
    page = render_to_string("dealers/agreement/agreement.html#changed", {"found": [changed]})
    assert "<del>Pay</del><ins>Settle</ins><span> </span><del>within</del>" in page


def test_chinese_is_compared_sign_by_sign():
    pieces = [it.words for it in words("延长申请一次。", "延长申请两次。") if it.gone or it.new]
    assert pieces == ["一", "两"]


def test_paragraphs_and_duties_that_stay_are_left_out_in_the_readers_language():
    before = AgreementVersion(**WORDS)
    after = AgreementVersion(
        **WORDS
        | {
            "text": WORDS["text"].replace("90 天。\n\n## 二", "120 天。\n\n## 二"),
            "text_en": WORDS["text_en"].replace("Protected for 90", "Protected for 120"),
            "dealer_duties_en": "Ask the customer first.",
        }
    )
    with translation.override("en"):
        found = between(before, after)
    told = [
        (
            "".join(it.words for it in each.pieces if it.gone),
            "".join(it.words for it in each.pieces if it.new),
        )
        for each in found
    ]
    assert told == [("Contact the customer within 48 hours.", ""), ("90", "120")]
    with translation.override("zh-hans"):
        (only,) = between(before, after)
    assert [it.words for it in only.pieces if it.new] == ["120"]


def test_the_same_says_nothing():
    assert between(AgreementVersion(**WORDS), AgreementVersion(**WORDS)) == []


def test_a_huge_paragraph_is_shown_as_a_whole_at_once():
    before = AgreementVersion(**WORDS | {"text": "甲" * 50_000})
    after = AgreementVersion(**WORDS | {"text": "甲" * 49_999 + "乙"})
    with translation.override("zh-hans"):
        found = between(before, after)
    assert [len(each.pieces) for each in found] == [1, 1]


def test_a_text_that_was_written_anew_is_compared_while_somebody_waits():
    dice = random.Random(1)
    signs = [chr(0x4E00 + nth) for nth in range(600)]
    often = [1 / (nth + 1) for nth in range(600)]
    old, new = (
        "\n\n".join("".join(dice.choices(signs, often, k=600)) for _paragraph in range(40))
        for _version in range(2)
    )
    before, after = AgreementVersion(**WORDS), AgreementVersion(**WORDS)
    before.text, after.text = old, new
    began = time.process_time()
    with translation.override("zh-hans"):
        found = between(before, after)
    assert time.process_time() - began < 10  # an order of all pairs took minutes
    assert len(found) == 80

"""Sentences that are kept for readers of any language."""

import pytest
from django.utils import translation

from dealers import sayings

SENTENCE = "Your story is on the pages now: %(title)s"


@pytest.mark.parametrize(
    ("title", "chinese", "english"),
    [
        (("回访三步", "Three steps"), "回访三步", "Three steps"),
        (("回访三步", ""), "回访三步", "回访三步"),
        ("回访三步", "回访三步", "回访三步"),  # as it was kept before
    ],
)
def test_a_title_is_read_in_the_language_of_whoever_reads(title, chinese, english):
    kept = sayings.kept(SENTENCE, title=[title])

    for language, expected in (("zh-hans", chinese), ("en", english)):
        with translation.override(language):
            assert sayings.read(kept).endswith(expected)
            assert "[" not in sayings.read(kept)


def test_a_title_of_two_languages_is_cut_in_both():
    kept = sayings.kept(SENTENCE, title=[("长" * 99, "long" * 99)])

    with translation.override("en"):
        assert sayings.read(kept) == SENTENCE % {"title": ("long" * 99)[:40]}
    with translation.override("zh-hans"):
        assert sayings.read(kept).count("长") == 40

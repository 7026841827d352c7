"""The catalogue that the interface speaks Chinese with."""

from pathlib import Path

import polib
import pytest
from django.utils.translation import gettext, override

CATALOGUES = sorted((Path(__file__).parents[2] / "locale").glob("*/LC_MESSAGES/django.po"))


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_every_text_is_translated(path):
    catalogue = polib.pofile(path)

    assert len(catalogue) > 1000
    assert [entry.msgid for entry in catalogue.untranslated_entries()] == []
    assert [entry.msgid for entry in catalogue.fuzzy_entries()] == []


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_every_translation_fills_in_the_same_values(path):
    def values(text: str) -> set[str]:
        return {word.split(")")[0] for word in text.split("%(")[1:]}

    wrong = [
        entry.msgid
        for entry in polib.pofile(path)
        if not entry.msgid_plural and values(entry.msgid) != values(entry.msgstr)
    ]

    assert wrong == []


def test_libraries_speak_with_our_words():
    stock = polib.pofile(CATALOGUES[0].parents[2] / "stock/zh_Hans/LC_MESSAGES/django.po")
    assert len(stock) > 100
    with override("zh-hans"):
        shown = {entry.msgid: gettext(entry.msgid) for entry in stock if not entry.msgctxt}
    for text in shown.values():
        assert "您" not in text
        assert "电子邮件" not in text


def test_there_is_a_catalogue():
    assert [path.parts[-3] for path in CATALOGUES] == ["zh_Hans"]

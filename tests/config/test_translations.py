"""The catalogue that the interface speaks Chinese with."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest
from django.utils.translation import gettext, override, pgettext

ROOT = Path(__file__).parents[2]
CATALOGUES = sorted((ROOT / "locale").glob("*/LC_MESSAGES/django.po"))
APPS = ("config", "dealers", "customers", "training", "incentives")
CALLS = re.compile(r"^n?p?gettext(_lazy|_noop)?$|^_$")
TAGS = re.compile(
    r"""{%\s*translate\s+(?:"([^"]*)"|'([^']*)')(.*?)%}"""
    r"""|{%\s*blocktranslate(.*?)%}(.*?){%\s*(?:plural|endb)""",
    re.DOTALL,
)
CONTEXT = re.compile(r"""context\s+["']([^"']*)""")
# The second word for an idea that has one already: owner, regional manager, customer, statement,
# portal, planted number, closing a month, handing over, and an advance that may be claimed back.
SECOND_WORDS = re.compile(
    "店主|大区经理|客户|结算单|经销商门户|诱饵|关账|移交|(?<![固一])定金|(?<!银行)回执(?!读取)"
)
PUNCTUATED = re.compile(r"(?:}}|%}|</\w+>)[,;:](?=\s|{%|$)", re.MULTILINE)
# A sign of percent that no value follows: where values are filled in, it is written twice.
PERCENT = re.compile(r"%(?!(\(\w+\))?[-+0]*\d*(\.\d+)?[sdf])")
ARGUMENTS = re.compile(r"""\b_\((?:"([^"]*)"|'([^']*)')\)""")


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_every_text_is_translated(path):
    catalogue = polib.pofile(path)

    assert len(catalogue) > 1000
    assert [entry.msgid for entry in catalogue.untranslated_entries()] == []
    assert [entry.msgid for entry in catalogue.fuzzy_entries()] == []


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_no_text_is_translated_twice(path):
    """Which of the two is read nobody knows."""
    times = Counter((entry.msgctxt, entry.msgid) for entry in polib.pofile(path))

    assert [text for text, count in times.items() if count > 1] == []


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


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_every_translation_can_be_filled_in(path):
    broken = [
        text
        for entry in polib.pofile(path)
        if "python-format" in entry.flags or "%(" in entry.msgid
        for text in (entry.msgstr, *entry.msgstr_plural.values())
        if PERCENT.search(text.replace("%%", ""))
    ]

    assert broken == []


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


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_every_text_of_code_and_pages_is_in_the_catalogue(path):
    known = {(entry.msgctxt, entry.msgid) for entry in polib.pofile(path)}

    texts = [
        (text, page.name) for page in (ROOT / "templates").rglob("*.*") for text in _shown(page)
    ]
    for app in APPS:
        modules = [each for each in (ROOT / app).rglob("*.py") if "migrations" not in each.parts]
        texts += [(text, str(module)) for module in modules for text in _said(module)]

    assert len(texts) > 1000
    # Django and its like bring what they say themselves.
    assert [each for each in texts if each[0] not in known and not _brought(*each[0])] == []


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_one_idea_has_one_word(path):
    said = [
        (each.msgid, [each.msgstr, *each.msgstr_plural.values()]) for each in polib.pofile(path)
    ]

    assert len(said) > 1000
    assert [msgid for msgid, texts in said if SECOND_WORDS.search(" ".join(texts))] == []


@pytest.mark.parametrize(
    ("text", "claim"),
    [("Held", "入账"), ("Nothing to decide", "申请"), ("all lessons read", "课程")],
)
def test_a_translation_claims_no_more_than_its_text(text, claim):
    assert claim not in polib.pofile(CATALOGUES[0]).find(text).msgstr


def test_signs_between_two_values_are_those_of_the_language():
    blocks = re.compile(r"{%\s*blocktranslate.*?{%\s*endblocktranslate\s*%}", re.DOTALL)
    pages = {page: page.read_text() for page in (ROOT / "templates").rglob("*.html")}

    assert len(pages) > 100
    found = {page.name for page, text in pages.items() if PUNCTUATED.search(blocks.sub("", text))}
    assert found == set()


def _said(module: Path) -> Iterator[tuple[str | None, str]]:
    """The texts that a module has translated, each with its context."""
    for node in ast.walk(ast.parse(module.read_text())):
        name = getattr(getattr(node, "func", None), "id", "")
        if CALLS.match(name):
            in_context = "p" in name.partition("gettext")[0]
            text = node.args[in_context]
            if isinstance(text, ast.Constant):
                yield (node.args[0].value if in_context else None), text.value


def _shown(page: Path) -> Iterator[tuple[str | None, str]]:
    """The texts that a template has translated, each with its context."""
    for one, other, after, how, block in TAGS.findall(page.read_text()):
        lines = (line.strip() for line in block.strip().splitlines())
        said = " ".join(filter(None, lines)) if "trimmed" in how else block
        text = (one or other or said).replace("%", "%%")
        context = CONTEXT.search(after or how)
        yield context and context[1], re.sub(r"{{\s*(\w+)[^}]*}}", r"%(\1)s", text)
    for one, other in ARGUMENTS.findall(page.read_text()):
        yield None, one or other


def _brought(context: str | None, text: str) -> bool:
    with override("zh-hans"):
        return (pgettext(context, text) if context else gettext(text)) != text

"""The catalogue that the interface speaks Chinese with."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest
from django.utils.translation import gettext, override

ROOT = Path(__file__).parents[2]
CATALOGUES = sorted((ROOT / "locale").glob("*/LC_MESSAGES/django.po"))
APPS = ("config", "dealers", "customers", "training", "incentives")
CALLS = re.compile(r"^n?p?gettext(_lazy|_noop)?$|^_$")
TAGS = re.compile(
    r"""{%\s*translate\s+(?:"([^"]*)"|'([^']*)')|{%\s*blocktranslate(.*?)%}(.*?){%\s*(?:plural|endb)""",
    re.DOTALL,
)
ARGUMENTS = re.compile(r"""\b_\((?:"([^"]*)"|'([^']*)')\)""")


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


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_every_text_of_code_and_pages_is_in_the_catalogue(path):
    known = {entry.msgid for entry in polib.pofile(path)}

    texts = [
        (text, page.name) for page in (ROOT / "templates").rglob("*.*") for text in _shown(page)
    ]
    for app in APPS:
        modules = [each for each in (ROOT / app).rglob("*.py") if "migrations" not in each.parts]
        texts += [(text, str(module)) for module in modules for text in _said(module)]

    assert len(texts) > 1000
    # Django and its like bring what they say themselves.
    assert [each for each in texts if each[0] not in known and not _brought(each[0])] == []


def _said(module: Path) -> Iterator[str]:
    """The texts that a module has translated."""
    for node in ast.walk(ast.parse(module.read_text())):
        name = getattr(getattr(node, "func", None), "id", "")
        if CALLS.match(name):
            text = node.args["p" in name.partition("gettext")[0]]
            if isinstance(text, ast.Constant):
                yield text.value


def _shown(page: Path) -> Iterator[str]:
    """The texts that a template has translated."""
    for one, other, how, block in TAGS.findall(page.read_text()):
        lines = (line.strip() for line in block.strip().splitlines())
        said = " ".join(filter(None, lines)) if "trimmed" in how else block
        text = (one or other or said).replace("%", "%%")
        yield re.sub(r"{{\s*(\w+)[^}]*}}", r"%(\1)s", text)
    for one, other in ARGUMENTS.findall(page.read_text()):
        yield one or other


def _brought(text: str) -> bool:
    with override("zh-hans"):
        return gettext(text.replace("%%", "%")) != text

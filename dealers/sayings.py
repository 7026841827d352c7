"""Sentences that are kept for readers of any language: the source's text and what goes into it."""

import json
from collections.abc import Callable, Sequence

from django.utils.translation import get_language, gettext, override

BETWEEN = ", "
# A text of ours, or what somebody wrote, in Chinese and in English.
type Part = str | tuple[str, str]


def in_language(chinese: str, english: str) -> str:
    """The text in the reader's language; what HQ left untranslated falls back to Chinese."""
    return english if english and (get_language() or "").startswith("en") else chinese


def untranslated[Text](make: Callable[[], Text]) -> Text:
    """What ``make`` gives in the language of the sources."""
    with override(None):
        return make()


def kept(sentence: str, **parts: Sequence[Part]) -> str:
    """A sentence as it is kept; each part is a list of texts that are translated one by one.

    Of what was written in two languages, a title, both are kept.
    """
    short = {name: [_short(text) for text in texts[:8]] for name, texts in parts.items()}
    return json.dumps([sentence, short], ensure_ascii=False)


def _short(text: Part) -> str | list[str]:
    return text[:40] if isinstance(text, str) else [each[:40] for each in text]


def read(text: str) -> str:
    """What was kept, in the reader's language; an older text that was kept as it was written."""
    if not text.startswith('["'):
        return gettext(text) if text else ""
    try:
        sentence, parts = json.loads(text)
        return gettext(sentence) % {
            name: BETWEEN.join(map(_read, values)) for name, values in parts.items()
        }
    except (ValueError, KeyError, TypeError, AttributeError):
        return text


def _read(part: str | list[str]) -> str:
    if isinstance(part, list):
        return in_language(*part)
    return gettext(part) if part else ""

"""Sentences that are kept for readers of any language: the source's text and what goes into it."""

import json
from collections.abc import Callable

from django.utils.translation import gettext, override

BETWEEN = ", "


def untranslated[Text](make: Callable[[], Text]) -> Text:
    """What ``make`` gives in the language of the sources."""
    with override(None):
        return make()


def kept(sentence: str, **parts: list[str]) -> str:
    """A sentence as it is kept; each part is a list of texts that are translated one by one."""
    short = {name: [text[:40] for text in texts[:8]] for name, texts in parts.items()}
    return json.dumps([sentence, short], ensure_ascii=False)


def read(text: str) -> str:
    """What was kept, in the reader's language; an older text that was kept as it was written."""
    if not text.startswith('["'):
        return gettext(text) if text else ""
    try:
        sentence, parts = json.loads(text)
        return gettext(sentence) % {
            name: BETWEEN.join(gettext(part) if part else "" for part in values)
            for name, values in parts.items()
        }
    except (ValueError, KeyError, TypeError, AttributeError):
        return text

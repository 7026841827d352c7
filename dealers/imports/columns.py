"""The columns that importers read: their heads in people's words, and the templates of files."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import override

Row = dict[str, str]  # the values of a line by the names of their columns


@dataclass(frozen=True, slots=True)
class Column:
    """A column that an importer reads: its name in files, its head for people, an example."""

    name: str
    label: str | Promise
    example: str | Promise = ""
    also: tuple[str, ...] = ()  # how people head it too
    needed: bool = True
    offered: bool = True  # stands in templates
    # Whether its values tell who somebody is, where they are, or what they wrote.
    of_a_person: bool = False

    def heads(self) -> frozenset[str]:
        """Every head that means this column."""
        return frozenset(self.ranks())

    def ranks(self) -> dict[str, int]:
        """Its heads, and how sure each is: 0 is the name of the column itself."""
        found: dict[str, int] = {}
        for rank, word in enumerate((self.name, self.label, *self.also)):
            for head in heads_of(word):
                found.setdefault(head, rank)
        return found


def template(columns: Sequence[Column]) -> list[list[str]]:
    """Head and example of each column, in the reader's language."""
    optional = _("%(head)s (optional)")  # what is in brackets is not read
    offered = [column for column in columns if column.offered]
    return [
        [
            str(column.label) if column.needed else optional % {"head": column.label}
            for column in offered
        ],
        [str(column.example) for column in offered],
    ]


def example_of(columns: Sequence[Column], language: str) -> Row:
    """What a template's example says in each column, in this language."""
    with override(language):
        return {column.name: str(column.example) for column in columns}


def heads_of(*words: str | Promise) -> frozenset[str]:
    """Words as heads may say them; a translated one in every language of the portal."""
    found = set()
    for code, _name in settings.LANGUAGES:
        with override(code):
            found |= {folded(str(word)) for word in words}
    return frozenset(found)


def folded(head: str) -> str:
    """A head without what people put around it: case, blanks, stars, brackets."""
    text = unicodedata.normalize("NFKC", head).casefold()
    return re.sub(r"\(.*?\)|[\s_*:：\-.]", "", text)

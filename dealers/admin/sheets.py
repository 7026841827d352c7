"""Lists of the admin as files: what is listed, in the words of the reader's language."""

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import batched
from typing import Any

from django.contrib.admin.utils import label_for_field, lookup_field
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from dealers.spreadsheets import Percentage

AT_ONCE = 5000  # rows in memory, and of one note in an access log
SHARES = frozenset({"share"})  # fields that are read in percent


@dataclass(frozen=True)
class Listed:
    """The rows of a list with the columns of its page, their heads first, however many they are."""

    site: Any
    request: HttpRequest
    names: Sequence[str]
    found: QuerySet

    def __iter__(self) -> Iterator[list[Any]]:
        columns = [name for name in self.names if name != "action_checkbox"]
        yield [_head(self.site, name) for name in columns]
        for some in batched(self.found.iterator(chunk_size=AT_ONCE), AT_ONCE, strict=False):
            self.site.taken(self.request, some)
            for row in some:
                yield [_cell(self.site, row, name) for name in columns]


def _head(site: Any, name: str) -> str:
    head = str(label_for_field(name, site.model, site))
    return head[:1].upper() + head[1:]


def _cell(site: Any, row: Any, name: str) -> Any:
    try:
        field, _attribute, value = lookup_field(name, row, site)
    except ObjectDoesNotExist:
        return None
    if field is not None and field.flatchoices:
        return str(dict(field.flatchoices).get(value, value))
    return _plain(field, value)


def _plain(field: Any, value: Any) -> Any:
    """A value as a cell: numbers and days as they are, everything else in words."""
    match value:
        case bool():
            return _("yes") if value else _("no")
        case Percentage() | int() | float() | None:
            return value
        case Decimal():
            return Percentage(value) if getattr(field, "name", "") in SHARES else value
        case _ if hasattr(value, "utcoffset"):
            return timezone.localtime(value) if timezone.is_aware(value) else value
        case _ if hasattr(value, "isoformat"):
            return value
    text = str(value)
    # What somebody wrote may have the signs of a tag, and is no HTML.
    return html.unescape(strip_tags(text)) if isinstance(text, SafeString) else text

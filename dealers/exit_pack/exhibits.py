"""What people of the dealer said and showed, as rows and as files."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from dealers import exhibits
from dealers.exit_pack.network import names
from dealers.exit_pack.parts import CHUNK, Row, Rows

AT_ONCE = 10  # files that are read from the database
AS_KEPT = _("As the portal kept them: pictures made anew, papers without what is hidden in them.")


def rows(found: QuerySet, about: Callable[[Any], Row], name_of: Callable[[Any], str]) -> Rows:
    """What each is ``about``, then its number, kind, text, the name of its file, who and when."""
    called = names()
    # A file may have ten megabytes: those are written one by one, see ``files``.
    for each in found.defer("file_sealed").order_by("at", "pk").iterator(CHUNK):
        yield (
            *about(each), each.number, each.kind, exhibits.text_of(each),
            name_of(each) if each.size else "", called.get(each.by_id, ""), each.at,
        )  # fmt: skip


def files(found: QuerySet, name_of: Callable[[Any], str]) -> Iterator[tuple[str, Iterable[bytes]]]:
    """The files that are there still: of who was erased none is."""
    for each in found.filter(size__gt=0).order_by("at", "pk").iterator(AT_ONCE):
        if content := exhibits.file_of(each):
            yield name_of(each), [content]

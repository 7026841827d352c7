"""The two texts that come with a pack: what each file is and what each column holds."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from dealers.exit_pack import parts
from dealers.exit_pack.parts import Column, Documents, Table
from dealers.models import Dealer
from dealers.spreadsheets import BOM

LANGUAGES = {"README.zh.txt": "zh-hans", "README.en.txt": "en"}


def files(dealer: Dealer, rows: Mapping[str, int], at: datetime) -> Iterator[tuple[str, str]]:
    """The texts by their names; ``rows``: how many each table has."""
    for name, language in LANGUAGES.items():
        with translation.override(language):
            # Windows shows a text as it is meant with this mark and these ends of lines.
            yield name, BOM + "\r\n".join(_lines(dealer, rows, at)) + "\r\n"


def _lines(dealer: Dealer, rows: Mapping[str, int], at: datetime) -> Iterator[str]:
    made = timezone.localtime(at).isoformat(" ", "minutes")
    yield _("Everything of %(dealer)s (%(code)s)") % {"dealer": dealer.name, "code": dealer.code}
    yield _("Made at %(at)s") % {"at": made}
    yield ""
    yield from _general()
    for table in parts.tables():
        yield from ["", "-" * 60]
        yield from _of_table(table, rows.get(table.name, 0))
    for part in parts.documents():
        yield from ["", "-" * 60]
        yield from _of_documents(part)


def _general() -> Iterator[str]:
    yield _(
        "These files are yours: keep them where only you reach them. Names and numbers of your"
        " customers stand in them in the clear."
    )
    yield _(
        "Each table comes twice with the same content: as CSV for spreadsheets, and as JSON for"
        " programs. Both are UTF-8."
    )
    yield _(
        "Moments bear their distance to world time, amounts are exact, and what is true or not"
        " stands as yes or no in CSV."
    )
    yield _(
        "Of orders and their lines, the amounts and numbers of pieces of a return are negative:"
        " their sums are what is left after returns, and those of the lines are the order's."
    )
    yield _(
        "In CSV a text that a spreadsheet would run as a formula, such as a number that begins"
        " with +, has an apostrophe before it; in JSON it has none."
    )
    yield _(
        "manifest.json names every file with its size and SHA-256. The SHA-256 of the manifest"
        " itself stands in your access log with each download, and so in your chain."
    )


def _of_table(table: Table, count: int) -> Iterator[str]:
    yield f"data/{table.name}.csv  ·  data/{table.name}.json"
    yield _("%(title)s: %(count)s rows") % {"title": table.title, "count": count}
    for column in table.columns:
        yield f"  {column.name}: {column.says}"
        yield from _codes(column)


def _codes(column: Column) -> Iterator[str]:
    for code, says in column.codes.choices if column.codes else ():
        yield f"      {code} = {says}"


def _of_documents(part: Documents) -> Iterator[str]:
    yield f"{part.name}/"
    yield str(part.title)
    yield str(part.says)

"""Sheets as people make them, turned into the files that the importers read.

The header may stand below a title, in the words of either language, and columns may come in any
order or be left out where something fits without them. What is not understood stays as it is, so
that the importer says what would be right.
"""

import csv
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from functools import cached_property
from hashlib import sha256
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from dealers.imports.csv import PROBLEM, Lines, loosely
from dealers.imports.problems import WrongUse
from dealers.imports.progress import Progress
from dealers.imports.values import cleaned
from dealers.models import Dealer, Store
from dealers.spreadsheets import DigitsLost, identifier, not_inert

PROBLEM_HEAD = gettext_lazy("Problem")  # over the last column of a file of rejected rows
LOOKED_AT = 10  # lines in which a header may stand
COUNTED = 6  # digits of a number that only counts rows; a longer one names something
MARKS = (",", ";", "\t")  # between the values of a line
ANSWERS = {
    **dict.fromkeys(("yes", "y", "true", "1", "是", "有", "同意", "已同意", "√", "✓", "✔"), "yes"),
    **dict.fromkeys(("no", "n", "false", "0", "否", "无", "不同意", "未同意", "×", "✗", "x"), "no"),
}

PUSHED_OUT = "…"  # in place of an empty value behind the last column

TOTALS = frozenset(("合计", "总计", "小计", "共计", "total", "subtotal", "sum"))

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
            for head in _heads(word):
                found.setdefault(head, rank)
        return found


@dataclass
class Reading:
    """For whom a sheet is read, and what was read so far."""

    dealer: Dealer | None
    usual: Store | None = None  # of rows that name none
    lines: dict[tuple[str, str, str], int] = field(default_factory=dict)  # of orders: lines so far

    @cached_property
    def stores(self) -> dict[str, Store]:
        """The stores that a row may name, by code and by a name that only one has."""
        found = Store.objects.all()
        if self.dealer is not None:
            found = found.filter(dealer=self.dealer)
        stores = list(found)
        names = [store.name for store in stores]
        named = {store.name: store for store in stores if names.count(store.name) == 1}
        return named | {store.code: store for store in stores}

    def store(self, text: str) -> str:
        """The code of the store that is meant: by code, by name, the usual one, or the only one."""
        found = self.stores.get(text.strip()) or self.stores.get(cleaned(text))
        if found is None and not text.strip():
            only = set(self.stores.values())
            found = self.usual or (only.pop() if len(only) == 1 else None)
        return found.code if found else text

    def zone(self, store: str) -> ZoneInfo:
        """The time zone of a store, else that of headquarters."""
        found = self.stores.get(store)
        return found.tz if found else ZoneInfo(settings.TIME_ZONE)

    def own(self, text: str, longest: int | None = None) -> str:
        """A number that a dealer gave something, apart from those that others give.

        Where the dealer's code leaves no room in ``longest`` characters, a mark of it stands there.
        One whose digits are lost stays as it is.
        """
        text = " ".join(text.splitlines()).strip()
        if self.dealer is None or not text:
            return text
        code, mark = prefixes(self.dealer)
        if text.startswith((code, mark)):
            return text
        try:
            identifier(text)
        except DigitsLost:
            return text
        whole = f"{code}{text}"
        return whole if longest is None or len(whole) <= longest else f"{mark}{text}"


def counts_rows(number: str) -> bool:
    """Whether a number of a row only counts the rows of its list: 1, 2, 3 or 001."""
    return len(number) <= COUNTED and number.isdecimal()


def prefixes(dealer: Dealer) -> list[str]:
    """What stands before the numbers that a dealer gave: its code, or a mark of it."""
    return [f"{dealer.code}/", f"{sha256(dealer.code.encode()).hexdigest()[:12]}/"]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet whose columns are known."""

    path: Path
    encoding: str
    mark: str  # between values
    line: int  # of the header
    width: int  # values of the header
    places: dict[str, int]  # where each column stands
    unread: tuple[str, ...]  # heads that nobody knows, and those of columns that another one says
    ours: bool  # whether it is a file of rejected rows that came back


def look_for(path: Path, encoding: str, columns: Sequence[Column]) -> Sheet:
    """Find the header of these columns among a file's first lines: the one that has most of them.

    Columns that are needed may be missing; ``missing`` tells which. Of several that mean the
    same, the one whose head says it best is read.
    """
    known = {
        head: (column.name, rank) for column in columns for head, rank in column.ranks().items()
    }
    problem = _heads(PROBLEM, PROBLEM_HEAD)
    best = Sheet(path, encoding, ",", 1, 0, {}, (), ours=False)
    for mark in MARKS:
        for line, cells, _broken in islice(rows_of(path, encoding, mark), LOOKED_AT):
            heads = [folded(cell) for cell in cells]
            found: dict[str, tuple[int, int]] = {}  # rank and place of each column
            for place, head in enumerate(heads):
                if head in known:
                    name, rank = known[head]
                    found[name] = min(found.get(name, (rank, place)), (rank, place))
            places = {name: place for name, (_rank, place) in found.items()}
            if len(places) <= len(best.places):
                continue
            read = set(places.values())
            unread = tuple(
                cell.strip()[:40]
                for place, (cell, head) in enumerate(zip(cells, heads, strict=True))
                if head and place not in read and head not in problem
            )
            ours = not problem.isdisjoint(heads)
            best = Sheet(path, encoding, mark, line, len(cells), places, unread, ours)
    return best


def missing(sheet: Sheet, columns: Sequence[Column]) -> list[str]:
    """The heads of needed columns that a sheet lacks."""
    return [str(each.label) for each in columns if each.needed and each.name not in sheet.places]


def turn(
    sheet: Sheet,
    target: Path,
    columns: Sequence[Column],
    tidy: Callable[[Row, Reading], None],
    *,
    reading: Reading,
    most: int | None = None,
    progress: Progress | None = None,
) -> None:
    """Write the file that the importer reads; its rows keep their lines.

    ``tidy`` puts a row's values into the importer's words. A template's example is no row, nor is
    the total below. A row that cannot be read, or that is longer than the header, is written with
    more values than columns, so that the importer rejects it: also where the last ones are empty,
    as a comma inside a value may have pushed out the last column, whose cell is empty in that row.
    Raises WrongUse above ``most`` rows.
    """
    names = [column.name for column in columns]
    examples = [_example(columns, code) for code, _name in settings.LANGUAGES]
    with target.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        written, rows = 0, 0
        for line, cells, broken in rows_of(sheet.path, sheet.encoding, sheet.mark, progress):
            if line < sheet.line:
                continue
            while written < line - 1:
                out.write("\n")
                written += 1
            if line == sheet.line:
                writer.writerow(names)
            else:
                beyond = cells if broken else cells[sheet.width :]
                found = loosely(cells[0], sheet.mark) if broken else cells
                row = _picked(sheet, [not_inert(cell) if sheet.ours else cell for cell in found])
                nothing = not any(cell.strip() for cell in (*beyond, *row.values()))
                if beyond and not any(cell.strip() for cell in beyond):
                    beyond[-1] = PUSHED_OUT
                if nothing or _is_example(row, examples) or _is_total(cells):
                    continue
                rows += 1
                if most is not None and rows > most:
                    raise WrongUse(
                        _("At most %(most)d rows fit into one file. Divide it.") % {"most": most}
                    )
                tidy(row, reading)
                told = [*(row.get(name, "") for name in names), *beyond]
                writer.writerow(" ".join(each.splitlines()) for each in told)
            written += 1


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


def rows_of(
    path: Path, encoding: str, mark: str, progress: Progress | None = None
) -> Iterator[tuple[int, list[str], bool]]:
    """Line and cells of each row that is not empty, and whether it cannot be read.

    One that cannot is a single cell.
    """
    with path.open(encoding=encoding, newline="") as file:
        lines = Lines(file)
        reader = csv.reader(lines, strict=True, delimiter=mark)
        while True:
            lines.mark()
            first = lines.number + 1
            if progress is not None and not first & 4095:
                progress.show(file.buffer.tell())  # type: ignore[attr-defined]
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error:
                yield first, [lines.line_of_mark()], True
                lines.back_to_mark()
                reader = csv.reader(lines, strict=True, delimiter=mark)
            else:
                if any(cell.strip() for cell in row):
                    yield first, row, False


def _picked(sheet: Sheet, cells: list[str]) -> Row:
    return {
        name: cells[place] if place < len(cells) else "" for name, place in sheet.places.items()
    }


def _is_example(row: Row, examples: Sequence[Row]) -> bool:
    """Whether a row is the template's, though columns were taken out of it since."""
    return any(
        all(_is_rewritten(cell, example[name]) for name, cell in row.items())
        for example in examples
    )


def _is_rewritten(cell: str, example: str) -> bool:
    """Whether a value is the example's, as it is or as spreadsheets write it anew.

    They write 400 of 400.00, and the parts of a moment in the order of their country.
    """
    cell = cell.strip()
    if cell == example:
        return True
    if _DAY.fullmatch(example):
        return _parts(cell) == _parts(example)
    try:
        return bool(_AMOUNT.fullmatch(example)) and Decimal(cell) == Decimal(example)
    except InvalidOperation:
        return False


def _parts(moment: str) -> list[int]:
    return sorted(int(part) for part in re.findall(r"[0-9]+", moment) if int(part))


def _is_total(cells: list[str]) -> bool:
    """Whether a line adds up those above it."""
    first = next((cell for cell in cells if cell.strip()), "")
    return folded(first) in TOTALS


def _example(columns: Sequence[Column], language: str) -> Row:
    with override(language):
        return {column.name: str(column.example) for column in columns}


def _heads(*words: str | Promise) -> frozenset[str]:
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


# Values, into the words of the importers; what is not understood stays as it is.


def answer(text: str) -> str:
    """Yes or no."""
    return ANSWERS.get(unicodedata.normalize("NFKC", text).strip().casefold(), text)


def day(text: str) -> str:
    """A day as 2026-03-01, of 2026/3/1, 2026年3月1日 or 2026-03-01 00:00:00."""
    found = _DAY.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if not found:
        return text
    try:
        return date(*(int(part) for part in found.group(1, 2, 3))).isoformat()
    except ValueError:
        return text


def moment(text: str, zone: ZoneInfo) -> str:
    """A time with its offset; without one it is the clock of ``zone``, and a day is its noon."""
    plain = unicodedata.normalize("NFKC", text).strip()
    found = _DAY.fullmatch(plain)
    if not found:
        return plain or text
    try:
        on = date(*(int(part) for part in found.group(1, 2, 3)))
        hour, minute, second = (int(part or 0) for part in found.group(4, 5, 6))
        fraction = int((found[7] or "")[:6].ljust(6, "0"))
        at = time(hour, minute, second, fraction) if found[4] else time(12)
        return datetime.combine(on, at, zone).isoformat()
    except (ValueError, OverflowError):
        return text


_DAY = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?"
    r"(?:[T\s]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?)?",
    re.ASCII,
)


def amount(text: str) -> str:
    """An amount as 1234.50, of ¥1,234.5."""
    plain = unicodedata.normalize("NFKC", text).strip().removeprefix("¥").removesuffix("元")
    return plain.replace(",", "").strip() if _AMOUNT.fullmatch(plain.strip()) else text


def whole(text: str) -> str:
    """A whole number without the decimals that tills give it: 2 of 2.000."""
    found = re.fullmatch(r"([0-9]+)\.0+", unicodedata.normalize("NFKC", text).strip())
    return found[1] if found else text


_AMOUNT = re.compile(r"-?\d{1,3}(?:,\d{3})*(?:\.\d+)?|-?\d+(?:\.\d+)?", re.ASCII)


def added(*texts: str) -> str:
    """The sum of amounts; empty where one of them is none."""
    try:
        return str(sum((Decimal(text) for text in texts), Decimal("0.00")))
    except InvalidOperation:
        return ""

"""The columns of the file for the bank: as headquarters set them, and as a batch was approved."""

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from dealers.words import sentences
from incentives.models import BankFileColumn, Cell, PayoutBatch

# What banks ask for, until headquarters says otherwise.
USUAL = (
    Cell.REFERENCE, Cell.HOLDER, Cell.BANK, Cell.NUMBER, Cell.AMOUNT, Cell.CURRENCY,
    Cell.STATEMENT,
)  # fmt: skip
# Without them a bank pays nobody, or something else than was approved.
NEEDED = (Cell.NUMBER, Cell.AMOUNT)


def current() -> list[BankFileColumn]:
    """The columns in their order; the usual ones while headquarters has set none."""
    chosen = list(BankFileColumn.objects.all())
    return chosen or [
        BankFileColumn(position=place, heading=cell.value, cell=cell)
        for place, cell in enumerate(USUAL, start=1)
    ]


def kept(shown: Iterable[BankFileColumn]) -> list[list[str]]:
    """Columns as a batch keeps them: what each holds, its heading and its text."""
    return [[str(column.cell), column.heading, column.text] for column in shown]


def of(batch: PayoutBatch) -> list[BankFileColumn]:
    """The columns that a batch was made with, and is approved with."""
    return [
        BankFileColumn(position=place, cell=cell, heading=heading, text=text)
        for place, (cell, heading, text) in enumerate(batch.columns, start=1)
    ]


def changed_since(batch: PayoutBatch) -> bool:
    """Whether headquarters has set other columns since a batch was made."""
    return batch.columns != kept(current())


def in_words(shown: Sequence[BankFileColumn]) -> str:
    """What the file will hold, for the two people who make and approve a batch."""
    return sentences(
        _("Columns of the file for the bank: %(columns)s.")
        % {"columns": _(", ").join(map(_named, shown))},
        *(
            _("No column holds “%(cell)s”.") % {"cell": cell.label}
            for cell in NEEDED
            if cell not in {column.cell for column in shown}
        ),
    )


def _named(column: BankFileColumn) -> str:
    if column.cell == Cell.TEXT:
        said = _("always “%(text)s”") % {"text": column.text}
    else:
        said = str(Cell(column.cell).label)
    return _("“%(heading)s” (%(what)s)") % {"heading": column.heading, "what": said}

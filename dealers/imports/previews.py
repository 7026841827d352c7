"""The first rows of a brought file, as it is read: what its page shows before somebody says yes."""

import csv
import json
from datetime import datetime
from itertools import islice
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext_lazy

from dealers.imports import keeping
from dealers.imports.recognising import Read
from dealers.keys import envelopes
from dealers.models import UploadedFile

PREVIEWED = 8  # rows
STORES = {"store_code", "place"}  # columns that are shown though a file has none: one may be chosen
ANSWERED = {"yes": gettext_lazy("yes"), "no": gettext_lazy("no")}


def preview(part: UploadedFile) -> dict[str, Any]:
    """Columns and first rows of a file as they are read; nothing where none are kept."""
    if not part.preview:
        return {}
    return json.loads(envelopes.unseal(keeping.PURPOSE, part.preview))


def first_rows(read: Read, heads: dict[str, str]) -> dict[str, Any]:
    """Columns and first rows of a file that was read, as ``preview`` gives them back."""
    with read.path.open(encoding="utf-8", newline="") as file:
        rows = (row for row in csv.reader(file) if any(row))
        header = next(rows, [])
        brought = set(read.sheet.places if read.sheet else header) | STORES
        shown = [place for place, name in enumerate(header) if name in brought]
        return {
            "heads": [heads.get(header[place], header[place]) for place in shown],
            "rows": [[_in_words(row[place]) for place in shown] for row in islice(rows, PREVIEWED)],
        }


def _in_words(cell: str) -> str:
    """A value of a row as people say it: moments and answers stand there as importers read them."""
    if cell in ANSWERED:
        return str(ANSWERED[cell])
    try:
        moment = datetime.fromisoformat(cell) if "T" in cell else None
    except ValueError:
        moment = None
    return date_format(moment, "SHORT_DATETIME_FORMAT") if moment else cell

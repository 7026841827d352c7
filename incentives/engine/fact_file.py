"""A file of events (the columns stand in ``engine.program``): each return beside its sale."""

from collections import Counter
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from dealers.imports.csv import CsvFile
from dealers.imports.problems import RowProblem
from incentives.engine.categories import of_categories
from incentives.engine.facts import Fact
from incentives.engine.registry import RETURN, SALE

NEEDED = ("kind", "external_id", "at")
KNOWN = (
    *NEEDED, "dealer", "store", "staff", "region", "level", "sold_by", "category", "quantity",
    "net", "margin", "owner_share", "owned_since", "returns", "recorded_at",
    "seller", "customer", "source", "agreement_signed", "data_complete", "agreement_from",
)  # fmt: skip


def read(path: Path, timezone: str) -> tuple[list[Fact], CsvFile]:
    """The events of a file, and the file with what was wrong with its rows. Raises WrongUse.

    The same row twice counts once. A return waits for the sale that it names: it is booked when
    both are known.
    """
    file = CsvFile.open(path, NEEDED, KNOWN)
    file.columns = [name for name in KNOWN if name in file.header]
    tz = ZoneInfo(timezone)
    found: list[Fact] = []
    heads: dict[tuple[str, str], Fact] = {}
    seen: set[tuple[Any, ...]] = set()
    for line, row in file.rows():
        try:
            fact = Fact.of(line, dict(zip(file.columns, row, strict=True)), tz)
            first = heads.setdefault((fact.kind, fact.external_id), fact)
            if first.head != fact.head:
                raise RowProblem(
                    "external_id", fact.external_id,
                    _("Line %(line)d has the same external_id with another time, place or person.")
                    % {"line": first.line},
                )  # fmt: skip
            same = fact.values[1:]
            if fact.kind not in {SALE, RETURN} and first.values[1:] != same:
                raise RowProblem(
                    "external_id", fact.external_id,
                    _("Line %(line)d has the same event with other values. Only a sale or a return"
                      " has several rows.") % {"line": first.line},
                )  # fmt: skip
            if same in seen:
                file.repeated += 1
                continue
            seen.add(same)
            found.append(fact)
        except RowProblem as problem:
            file.reject_for(line, problem)
    return _matched(found, heads, file), file


def _matched(found: list[Fact], heads: dict[tuple[str, str], Fact], file: CsvFile) -> list[Fact]:
    """The facts without returns of what was never sold; other returns not before their sale."""
    categories: dict[str, set[str | None]] = {}
    for fact in found:
        if fact.kind == SALE:
            categories.setdefault(fact.external_id, set()).add(fact.category)
    kept = []
    for fact in found:
        try:
            if fact.kind == RETURN:
                _match(fact, heads.get((SALE, fact.returns or "")), categories)
        except RowProblem as problem:
            file.reject_for(fact.line, problem)
        else:
            kept.append(fact)
    kept = of_categories(kept)
    lines = Counter((fact.kind, fact.external_id) for fact in kept)
    for number, fact in enumerate(kept, 1):
        fact.line, fact.lines = number, lines[fact.kind, fact.external_id]
    return kept


def _match(back: Fact, sold: Fact | None, categories: dict[str, set[str | None]]) -> None:
    """Put a return beside its sale, of which ``categories`` has the rows. Raises RowProblem."""
    sale = back.returns or ""
    if sold is None:
        raise RowProblem("returns", sale, _("No sale of the file has this external_id."))
    if back.at < sold.at:
        raise RowProblem("at", back.at.isoformat(), _("The sale is of a later moment."))
    if len(categories[sale]) == 1 and None in {back.category, *categories[sale]}:
        (back.category,) = categories[sale]
    if back.category and back.category not in categories[sale]:
        remedy = _("The sale has no row of this category.")
        raise RowProblem("category", back.category, remedy)
    back.closing = max(back.closing, sold.closing)

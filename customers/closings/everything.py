"""What a dealer that closes has on file, as workbooks of its own to keep.

The tables are those of the pack with everything; here a few of them as one file each.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from customers.exit_pack import TABLES
from customers.models import Closing, ClosingKind, StepKind
from dealers import exports, sayings
from dealers.actor import Actor
from dealers.exit_pack.parts import Rows, Table
from dealers.models import Export

TASK = "customers.tasks.write_everything"

_BY_NAME = {table.name: table for table in TABLES}
# By their addresses.
FILES: Mapping[str, Table] = {
    "customers": _BY_NAME["customers"],
    "registrations": _BY_NAME["registrations"],
    "follow-ups": _BY_NAME["follow_ups"],
    "protections": _BY_NAME["protections"],
    "orders": _BY_NAME["orders"],
}
TITLES = {
    "customers": gettext_noop("Everything of the dealer: customers"),
    "registrations": gettext_noop("Everything of the dealer: registrations"),
    "follow-ups": gettext_noop("Everything of the dealer: follow-ups"),
    "protections": gettext_noop("Everything of the dealer: protections"),
    "orders": gettext_noop("Everything of the dealer: orders"),
}


class NotYours(Exception):
    """Only the owner of a dealer that closes takes everything."""


def ask(closing: Closing, what: str, *, by: Actor, at: datetime) -> Export:
    """Have the worker make one of the files, as a workbook. Raises NotYours, and KeyError."""
    if not by.owns_dealer(closing.dealer_id):
        raise NotYours
    file = FILES[what]
    return exports.ask(
        TASK,
        {"closing": str(closing.pk), "what": what},
        title=sayings.kept(TITLES[what]),
        name=f"{what}.xlsx",
        rows=file.count(closing.dealer_id),
        fields=file.fields,
        by=by,
        at=at,
    )


def may_take(closing: Closing) -> bool:
    """Whether everything of the dealer is to be had: from the day on which its end is told."""
    return closing.kind == ClosingKind.DEALER and closing.cancelled_at is None


def taken(closing: Closing, *, by: Actor, at: datetime) -> None:
    """The owner has what is the dealer's; said twice it is said once. Raises NotYours."""
    if not by.owns_dealer(closing.dealer_id):
        raise NotYours
    step = closing.steps.get(kind=StepKind.TAKEN)
    since = max(at, step.due_at)
    closing.steps.filter(pk=step.pk, done_at=None).update(started_at=since, done_at=since, done=1)


def rows(export: Export) -> Rows:
    """The rows of a file that was asked for, its header before them."""
    file = FILES[export.arguments["what"]]
    yield [str(column.says) for column in file.columns]
    for row in file.rows(cast("int", export.dealer_id), Actor.of(export.post)):
        yield [
            column.codes(cell).label if column.codes and cell else _on_paper(cell)
            for column, cell in zip(file.columns, row, strict=True)
        ]


def _on_paper(cell: Any) -> Any:
    """A cell as people read it."""
    if isinstance(cell, bool):
        return _("yes") if cell else _("no")
    # A workbook shows the clock alone. That of a store stays, in London in winter as well.
    if isinstance(cell, datetime) and cell.tzinfo == UTC:
        return timezone.localtime(cell)
    return cell

"""The file for the bank: the columns that its batch was approved with, a row for each payment."""

from collections.abc import Callable, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from dealers import access, sayings, vault
from dealers.actor import Actor, acting
from dealers.currencies import minor_unit
from dealers.spreadsheets import as_csv
from incentives.models import BankFileColumn, Cell, Payout, PayoutBatch, PayoutState
from incentives.payouts import accounts, columns
from incentives.payouts.accounts import Details
from incentives.payouts.batches import BatchRefused

FIELDS = "bank account"  # what the access log says was read
PURPOSE = gettext_noop("File for the bank, batch %(number)s")


def name_of(batch: PayoutBatch) -> str:
    """What the file is called."""
    return f"{batch.number}.csv"


def written(batch: PayoutBatch, *, by: Actor) -> bytes:
    """The file, after each dealer's access log says who takes it.

    Only what the bank has not answered yet is in it: the same bytes until it answers,
    whatever columns later batches have. Raises BatchRefused for a batch that nobody approved, and
    for one that is answered whole.
    """
    if batch.approved_at is None:
        raise BatchRefused(_("A second person has to approve this batch first."))
    shown = columns.of(batch)
    # Headquarters reads no sealed column; for this file the portal itself does.
    with acting(Actor.worker("bank file", by.user)):
        payouts = list(
            batch.payouts.filter(state=PayoutState.WAITING)
            .select_related("statement", "dealer", "bank_account", "batch")
            .order_by("reference")
        )
        if not payouts:
            raise BatchRefused(_("The bank has answered every payment of this batch."))
        purpose = sayings.kept(PURPOSE, number=[batch.number])
        counts = dict.fromkeys((payout.dealer_id for payout in payouts), 1)
        rows = [_row(payout, shown) for payout in payouts]
        access.note_lists(counts, by=by, fields=FIELDS, purpose=purpose)
    return as_csv([[column.heading for column in shown], *rows]).encode()


def _row(payout: Payout, shown: Sequence[BankFileColumn]) -> list[str]:
    details = accounts.opened(payout.bank_account)
    if details.number in {"", vault.CLOSED}:
        raise BatchRefused(
            _(
                "The account of %(reference)s can no longer be opened: read “failed” for it as the"
                " bank's answer first."
            )
            % {"reference": payout.reference}
        )
    return [_CELLS[Cell(column.cell)](payout, details, column) for column in shown]


_CELLS: dict[Cell, Callable[[Payout, Details, BankFileColumn], str]] = {
    Cell.REFERENCE: lambda payout, _details, _column: payout.reference,
    Cell.HOLDER: lambda _payout, details, _column: details.holder,
    Cell.BANK: lambda _payout, details, _column: details.bank,
    Cell.NUMBER: lambda _payout, details, _column: details.number,
    Cell.AMOUNT: lambda payout, _details, _column: str(
        payout.amount.quantize(minor_unit(payout.batch.currency))
    ),
    Cell.CURRENCY: lambda payout, _details, _column: payout.batch.currency,
    Cell.STATEMENT: lambda payout, _details, _column: payout.statement.number,
    Cell.DEALER: lambda payout, _details, _column: payout.dealer.code,
    Cell.TEXT: lambda _payout, _details, column: column.text,
}

"""What proves the rest: the chain, receipts, roots, the public key, and what checks all of it."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from dealers.actor import Actor
from dealers.exit_pack import agreements
from dealers.exit_pack.parts import Documents
from dealers.models import StampAttempt
from dealers.receipts import chain, holding, verify_receipt, verifying
from dealers.spreadsheets import csv_pieces

FOLDER = "proof"
VERIFIER = "verify_receipt.py"

Lines = Callable[[int], Iterable[str]]

# What other apps add: the name of a file of lines, and its lines for a dealer.
LINES: dict[str, Lines] = {}
_OWN: dict[str, Lines] = {
    "agreement.txt": agreements.lines,
    "receipts.txt": holding.receipt_lines,
    "roots.txt": holding.root_lines,
}


def _files(dealer_id: int, _by: Actor) -> Iterator[tuple[str, Iterable[bytes]]]:
    yield "chain.csv", csv_pieces(chain.written(dealer_id))
    # After the chain: what was signed meanwhile proves all of it.
    for name, lines in {**_OWN, **LINES}.items():
        yield name, (f"{line}\n".encode() for line in lines(dealer_id))
    for stamp in StampAttempt.objects.one_a_root().select_related("root").iterator(chunk_size=100):
        yield stamp.file_name, [stamp.content]
    yield VERIFIER, [Path(verify_receipt.__file__).read_bytes()]
    yield verifying.NAME, [verifying.page().encode()]


PART = Documents(
    FOLDER,
    _("The proof"),
    _(
        "The chain of your records, its signed receipts, the daily roots with your place in them"
        " and their time stamps, the public key, rulebooks and plans word for word, and what checks"
        " all of it, without network: open verify.html in a browser and drop the other files of"
        " this folder into it, or run python3 verify_receipt.py here. What is newer than the last"
        " receipt it counts apart."
    ),
    _files,
)

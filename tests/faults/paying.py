"""What two people and a bank do to closed months, each step in a process that may be killed."""

import csv
import io
import os
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal

from django.conf import settings
from django.db import Error
from django.utils import timezone

from config.servers import embedded
from dealers.actor import Actor
from dealers.models import User
from incentives.models import Cell, Payout, PayoutBatch, PayoutState, Run
from incentives.payouts import answers, bank_file, batches, columns
from incentives.payouts.batches import BatchRefused
from incentives.statements import release

PEOPLE = ("first", "second")


def address(name: str) -> str:
    return f"{name}@faults.example"


def person(name: str) -> User:
    return User.objects.get(email=address(name))


def _actor(name: str) -> Actor:
    return Actor.hq(person(name))


class Step:
    """What somebody of headquarters does to a month, once; pressed again it changes nothing."""

    def __init__(self, name: str, act: Callable[[], None], is_done: Callable[[], bool]) -> None:
        self.name, self.act, self.is_done = name, act, is_done

    def __call__(self) -> None:
        """Take it, as a process that ends with it; what the database says is who was killed."""
        with suppress(Error, embedded.EmbeddedServerFailed, BatchRefused):
            self.act()


def _release() -> None:
    for run in Run.objects.filter(release__isnull=True):
        release.release(run, by=_actor("second"), at=timezone.now())


def _is_released() -> bool:
    return not Run.objects.filter(release__isnull=True).exists()


def _make() -> None:
    batches.make(by=_actor("first"), at=timezone.now())


def _is_made() -> bool:
    return not batches.due(timezone.now()).payable


def _approve() -> None:
    for batch in PayoutBatch.objects.filter(approved_at=None):
        batches.approve(batch, by=_actor("second"), at=timezone.now())


def _is_approved() -> bool:
    return not PayoutBatch.objects.filter(approved_at=None).exists()


def bank_pays() -> dict[str, Decimal | None]:
    """What the bank does with the files of all batches that wait: by reference what it paid.

    None where it sends the money back, as of every tenth.
    """
    found: dict[str, Decimal | None] = {}
    for batch in PayoutBatch.objects.filter(payouts__state=PayoutState.WAITING).distinct():
        text = bank_file.written(batch, by=_actor("second")).decode("utf-8-sig")
        reference, amount = _columns(batch)
        for row in list(csv.reader(io.StringIO(text)))[1:]:
            sent_back = row[reference].endswith(("3", "8")) and row[reference][-2] in "0246"
            found[row[reference]] = None if sent_back else Decimal(row[amount])
    return found


def _columns(batch: PayoutBatch) -> tuple[int, int]:
    cells = [column.cell for column in columns.of(batch)]
    return cells.index(Cell.REFERENCE), cells.index(Cell.AMOUNT)


def _answer() -> None:
    day = timezone.localdate().isoformat()
    rows = [
        f"{reference},failed,{day},账号与户名不符" if paid is None else f"{reference},paid,{day},"
        for reference, paid in bank_pays().items()
    ]
    path = settings.PORTAL_DATA / "files" / f"answer-{os.getpid()}.csv"
    path.write_text("\n".join(["reference,state,date,reason", *rows, ""]), encoding="utf-8")
    for _again in range(2):  # the same file twice changes nothing
        answers.read_file(path, by=_actor("second"), at=timezone.now())


def _is_answered() -> bool:
    return not Payout.objects.filter(state=PayoutState.WAITING).exists()


released = Step("released", _release, _is_released)
made = Step("made", _make, _is_made)
approved = Step("approved", _approve, _is_approved)
answered = Step("answered", _answer, _is_answered)

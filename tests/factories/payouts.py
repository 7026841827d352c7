"""Bank accounts, and months that two people approved and paid."""

from pathlib import Path

from django.utils import timezone

from dealers.actor import Actor
from dealers.models import Membership
from incentives.models import BankAccount, PayoutBatch, Run
from incentives.payouts import accounts, answers, batches
from incentives.payouts.accounts import Details
from incentives.payouts.answers import Read
from incentives.statements import release

ACCOUNT = Details("永康市恒益家居有限公司", "中国工商银行永康支行", "6222020200112233445")


def give_account(owner: Membership, details: Details = ACCOUNT) -> BankAccount:
    """The account that this owner's dealer is paid to from now on."""
    return accounts.enter(owner.dealer, details, by=Actor.of(owner), at=timezone.now())


def approved(run: Run, first: Actor, second: Actor) -> PayoutBatch:
    """A batch of the first person with a month's statements, all approved by the second."""
    release.release(run, by=second, at=timezone.now())
    batch = batches.make(by=first, at=timezone.now())
    return batches.approve(batch, by=second, at=timezone.now())


def answered(folder: Path, by: Actor, *rows: str) -> Read:
    """Read an answer of the bank with these rows."""
    file = folder / "answer.csv"
    file.write_text("\n".join(["reference,state,date,reason", *rows]) + "\n", encoding="utf-8")
    return answers.read_file(file, by=by, at=timezone.now())


def today() -> str:
    """The day as the bank writes it."""
    return timezone.localdate().isoformat()

"""What the demo was paid: accounts of its dealers, and closed months paid by two people."""

from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from dealers.actor import Actor
from dealers.models import Dealer, Membership, Role, User
from dealers.months import hq_day
from incentives.models import PayoutBatch, Run
from incentives.payouts import accounts, answers, batches
from incentives.payouts.accounts import Details
from incentives.statements import release

BANKS = ("中国工商银行", "中国建设银行", "招商银行", "中国农业银行")
WITHOUT = 3  # dealers whose owners have not said yet where they are paid
SENT_BACK = "账号与户名不符"


def give_accounts(at: datetime) -> None:
    """Let all owners but the last few say where their dealer is paid."""
    owners = {post.dealer_id: post for post in Membership.objects.filter(role=Role.OWNER)}
    dealers = list(Dealer.objects.order_by("code"))
    for n, dealer in enumerate(dealers[:-WITHOUT]):
        # Of no bank: the first digits are given to none.
        details = Details(dealer.name, BANKS[n % len(BANKS)], f"990000{n:010d}")
        accounts.enter(dealer, details, by=Actor.of(owners[dealer.pk]), at=at)


def pay(run: Run, first: User, second: User, now: datetime, *, last: bool, fails: bool) -> None:
    """Approve the statements of a month and of those before, and pay them, if by ``now`` they were.

    The second person approves what the first one closed and put into a batch. Of the ``last`` month
    the batch is the second one's, and still waits for the first. With ``fails`` the bank sent one
    payment back.
    """
    released, made, approved, answered = (
        run.closed_at + timedelta(hours=hours) for hours in (8, 30, 34, 58)
    )
    if released > now:
        return
    for each in Run.objects.filter(release__isnull=True).order_by("month"):
        release.release(each, by=Actor.hq(second), at=released)
    if made > now:
        return
    batch = batches.make(by=Actor.hq(second if last else first), at=made)
    if not last:
        batches.approve(batch, by=Actor.hq(second), at=approved)
        _answer(batch, first, answered, fails=fails)


def _answer(batch: PayoutBatch, by: User, at: datetime, *, fails: bool) -> None:
    day = hq_day(at).isoformat()
    rows = [
        f"{payout.reference},failed,{day},{SENT_BACK}"
        if fails and n == 1
        else f"{payout.reference},paid,{day},"
        for n, payout in enumerate(batch.payouts.order_by("reference"))
    ]
    with TemporaryDirectory(prefix="demo-") as folder:
        file = Path(folder) / "answer.csv"
        file.write_text("\n".join(["reference,state,date,reason", *rows, ""]), encoding="utf-8")
        answers.read_file(file, by=Actor.hq(by), at=at)

"""The bank's answer: what it paid, what came back and why. The same answer twice is one."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import cast

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from dealers import months, notices, sayings
from dealers.actor import Actor
from dealers.bounds import readable
from dealers.imports.csv import CsvFile
from dealers.imports.problems import Problem, RowProblem
from dealers.models import Membership, NoticeKind, NoticeLevel, Role, User
from dealers.months import hq_day
from dealers.notices import Telling
from dealers.spreadsheets import DigitsLost, identifier
from incentives.books import ledger
from incentives.books.ledger import Booking
from incentives.models import Holder, Journal, Payout, PayoutState, Source
from incentives.payouts.batches import key_of

COLUMNS = ("reference", "state", "date", "reason")
WORDS = {
    "paid": PayoutState.PAID,
    "success": PayoutState.PAID,
    "成功": PayoutState.PAID,
    "已付": PayoutState.PAID,
    "已付款": PayoutState.PAID,
    "已打款": PayoutState.PAID,
    "failed": PayoutState.FAILED,
    "returned": PayoutState.FAILED,
    "失败": PayoutState.FAILED,
    "退回": PayoutState.FAILED,
    "退票": PayoutState.FAILED,
}
PAID = gettext_noop("The statement of %(month)s was paid. Payment reference: %(reference)s.")
PART = gettext_noop(
    "Part of the statement of %(month)s was paid. Payment reference: %(reference)s."
)
FAILED = gettext_noop(
    "The bank sent back the payment of %(month)s. Check the bank account; it is paid with the next"
    " batch."
)
LONGEST = 200  # characters of a reason


@dataclass
class Read:
    """How a file went: how many were paid, came back, or were known; and the rows left out."""

    paid: int = 0
    failed: int = 0
    known: int = 0
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class BankAnswer:
    """A row of the bank's file."""

    reference: str
    state: PayoutState
    on: date
    reason: str


@transaction.atomic
def read_file(path: Path, *, by: Actor, at: datetime) -> Read:
    """Take the bank's answers from a CSV file; what is wrong with a row leaves that row out.

    An answer that is known changes nothing; another one than was read before is refused, and so is
    one about a payment that nobody made or approved. Raises WrongUse for a file that is none.
    """
    file = CsvFile.open(path, COLUMNS)
    answers: list[tuple[int, BankAnswer]] = []
    for line, cells in file.rows():
        try:
            answers.append((line, _answer(cells, at)))
        except RowProblem as problem:
            file.reject_for(line, problem)
    payouts = {
        payout.reference: payout
        for payout in Payout.objects.select_for_update(no_key=True, of=["self"])
        .filter(reference__in={answer.reference for _line, answer in answers})
        .select_related("batch", "statement__run")
        .order_by("pk")
    }
    taken: list[Payout] = []
    read = Read()
    for line, answer in answers:
        try:
            payout = _answered(payouts.get(answer.reference), answer)
        except RowProblem as problem:
            file.reject_for(line, problem)
            continue
        if payout.state != PayoutState.WAITING:
            read.known += 1
            continue
        payout.state, payout.bank_on, payout.reason = answer.state, answer.on, answer.reason
        payout.answered_by, payout.answered_at = by.person, at
        taken.append(payout)
    Payout.objects.bulk_update(taken, ["state", "bank_on", "reason", "answered_by", "answered_at"])
    _book(taken, by=by, at=at)
    _tell(taken, at)
    read.paid = sum(payout.state == PayoutState.PAID for payout in taken)
    read.failed = len(taken) - read.paid
    read.problems = list(file.problems)
    return read


def _answer(cells: tuple[str, ...], at: datetime) -> BankAnswer:
    reference, state, on, reason = cells
    try:
        reference = identifier(reference)
    except DigitsLost as lost:
        raise RowProblem("reference", reference, str(lost)) from None
    if "\0" in reference:
        raise RowProblem("reference", reference, _("Remove the NUL character."))
    found = WORDS.get(state.strip().lower())
    if found is None:
        raise RowProblem("state", state, _("Write paid or failed."))
    try:
        day = date.fromisoformat(on.strip().replace("/", "-"))
    except ValueError:
        raise RowProblem("date", on, _("Write the day like 2026-11-05.")) from None
    if day > hq_day(at):
        raise RowProblem("date", on, _("This day has not come yet."))
    reason = readable(reason.replace("\0", "").strip())[:LONGEST]
    if found == PayoutState.FAILED and not reason:
        raise RowProblem("reason", reason, _("Say why it failed: the dealer reads it."))
    return BankAnswer(reference, found, day, reason)


def _answered(payout: Payout | None, answer: BankAnswer) -> Payout:
    """The payment that is answered: it waits, or the bank answered the same before.

    Raises RowProblem.
    """
    if payout is None or payout.state == PayoutState.WITHDRAWN:
        raise RowProblem("reference", answer.reference, _("No payment has this reference."))
    if payout.batch.approved_at is None:
        raise RowProblem(
            "reference", answer.reference, _("Nobody has approved the batch of this payment.")
        )
    if payout.state == PayoutState.WAITING:
        if answer.on < hq_day(payout.batch.approved_at):
            raise RowProblem(
                "date", answer.on.isoformat(), _("The batch was approved later than this day.")
            )
        return payout
    known = (payout.state, payout.bank_on, payout.reason)
    if known != (answer.state, answer.on, answer.reason):
        raise RowProblem(
            "state",
            answer.state.value,
            _("The bank answered otherwise before: %(state)s on %(day)s.")
            % {"state": payout.get_state_display(), "day": payout.bank_on},
        )
    return payout


def _book(payouts: list[Payout], *, by: Actor, at: datetime) -> None:
    """What was paid leaves the bank; what came back is owed again."""
    sent = {
        journal.key: journal
        for journal in Journal.objects.filter(key__in=[key_of(payout) for payout in payouts])
    }
    currencies = {payout.batch.currency for payout in payouts}
    clearing, bank = (
        {currency: ledger.own(holder, currency) for currency in currencies}
        for holder in (Holder.CLEARING, Holder.BANK)
    )
    back: dict[str, set[int]] = defaultdict(set)
    for payout in payouts:
        if payout.state == PayoutState.FAILED:
            back[payout.batch.currency].add(payout.dealer_id)
    owed = {currency: ledger.owed_to_each(ids, currency) for currency, ids in back.items()}
    bookings = []
    for payout in payouts:
        currency, paid = payout.batch.currency, payout.state == PayoutState.PAID
        there = bank[currency] if paid else owed[currency][payout.dealer_id]
        bookings.append(
            Booking(
                key_of(payout, payout.state),
                [(clearing[currency], -payout.amount), (there, payout.amount)],
                Source.PAYOUT,
                payout.reference,
                effective_at=months.hq_midnight(cast(date, payout.bank_on)),
                reverses=None if paid else sent[key_of(payout)],
            )
        )
    ledger.post_all(bookings, by=by, at=at)


def _tell(payouts: list[Payout], at: datetime) -> None:
    """Tell the owners what was paid, and what came back."""
    posts = Membership.objects.current(at).filter(
        role=Role.OWNER, dealer__in={payout.dealer_id for payout in payouts}
    )
    owners: dict[int | None, list[User]] = {}
    for post in posts.select_related("user"):
        owners.setdefault(post.dealer_id, []).append(post.user)
    told = []
    for payout in payouts:
        paid, month = payout.state == PayoutState.PAID, payout.statement.run.month
        parts = {"month": [months.key(month)]}
        said = FAILED
        if paid:
            parts["reference"] = [payout.reference]
            said = PAID if payout.amount == payout.statement.payable else PART
        told.append(
            Telling(
                owners.get(payout.dealer_id, []),
                sayings.kept(said, **parts),
                reverse("incentives:statement", args=[month])
                if paid
                else reverse("incentives:bank-account"),
                payout.reference,
            )
        )
    notices.tell_all(told, NoticeKind.STATEMENT, level=NoticeLevel.TODAY, at=at)

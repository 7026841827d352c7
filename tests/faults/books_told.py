"""What became of the books: held against the trade's files, the papers, and the bank's own list."""

import hashlib
import io
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import pypdf
from django.db.models import Sum

from customers import verification as customers
from customers.bulk.registrations import KEY_PREFIX
from dealers.models import Notice, NoticeKind
from incentives import verification
from incentives.books import recompute
from incentives.models import (
    Entry,
    Holder,
    Line,
    Payout,
    PayoutState,
    Run,
    Statement,
    StatementDocument,
)
from tests.faults.trade import Key, Shape, earned

SHOWN = 10
Earned = dict[tuple[str, str], dict[Key, Decimal]]


def told(shape: Shape, months: list[date], bank: dict[str, Decimal | None], waiting: int) -> int:
    """Print what is off; 1 if anything is, or if a task of the outbox was not done."""
    expected = earned(shape, [f"{month:%Y-%m}" for month in months])
    found = {
        "lines": list(lines(expected)),
        "statements": list(statements(expected)),
        "papers": list(papers()),
        "payments": list(payments(expected, bank)),
        "recomputed": list(recomputed()),
        "verified": list(verified()),
        "told twice": list(told_twice()),
    }
    count = sum(len(each) for each in expected.values())
    paid = [amount for amount in bank.values() if amount is not None]
    print(
        f"{count} events of the files, {Line.objects.count()} lines,"
        f" {Statement.objects.count()} statements, {StatementDocument.objects.count()} papers;"
        f" the bank paid {len(paid)} times, {sum(paid)} in all, and sent {len(bank) - len(paid)}"
        f" back; tasks not done {waiting}"
    )
    for name, wrong in found.items():
        print(f"{name}: {len(wrong)} off")
        for each in wrong[:SHOWN]:
            print(f"  {each}")
    return 1 if waiting or any(found.values()) else 0


def lines(expected: Earned) -> Iterable[str]:
    """Every line that is not what the files give, is missing, or is there twice."""
    booked: dict[tuple[str, str], dict[Key, list[Decimal | None]]] = defaultdict(dict)
    rows = Line.objects.values_list(
        "result__dealer__code", "result__run__month", "order__kind", "order__external_id",
        "registration__key", "amount",
    )  # fmt: skip
    for dealer, month, kind, order, registration, amount in rows:
        event = (kind, order) if order else ("registration", registration[len(KEY_PREFIX) :])
        booked[dealer, f"{month:%Y-%m}"].setdefault(event, []).append(amount)
    for where in sorted(expected.keys() | booked.keys()):
        ours, theirs = expected.get(where, {}), booked.get(where, {})
        for event in sorted(ours.keys() | theirs.keys()):
            if [ours.get(event)] != theirs.get(event):
                yield f"{where} {event}: {ours.get(event)}, booked {theirs.get(event)}"


def statements(expected: Earned) -> Iterable[str]:
    """Statements whose total is another, or that do not carry on what was left before."""
    carried: dict[str, Decimal] = defaultdict(Decimal)
    seen = set()
    for each in Statement.objects.select_related("dealer", "run").order_by("run__month"):
        dealer = each.dealer.code
        seen.add((dealer, f"{each.run.month:%Y-%m}"))
        total = sum(expected.get((dealer, f"{each.run.month:%Y-%m}"), {}).values(), Decimal(0))
        if each.total != total:
            yield f"{each}: {each.total}, by the files {total}"
        if each.opening != carried[dealer]:
            yield f"{each}: opens with {each.opening}, {carried[dealer]} were carried"
        if each.payable + each.closing != each.opening + total or each.payable < 0:
            yield f"{each}: pays {each.payable} and carries {each.closing}"
        carried[dealer] = each.closing
    for missing in sorted(expected.keys() - seen):
        yield f"{missing}: no statement"


def papers() -> Iterable[str]:
    """Statements without their one paper, or whose paper does not say what they pay."""
    for each in Statement.objects.prefetch_related("documents"):
        kept = list(each.documents.all())
        if len(kept) != 1:
            yield f"{each}: {len(kept)} papers"
            continue
        pdf = bytes(kept[0].pdf)
        pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
        text = "\n".join(page.extract_text() for page in pages)
        if hashlib.sha256(pdf).hexdigest() != kept[0].sha256 or len(pages) != kept[0].pages:
            yield f"{each}: the paper is not whole"
        if f"{each.payable:,.2f}" not in text or each.number not in text:
            yield f"{each}: the paper does not say {each.payable}"


def payments(expected: Earned, bank: dict[str, Decimal | None]) -> Iterable[str]:
    """What the bank paid that the portal does not know of, or otherwise, or twice; what is left."""
    known = {each.reference: each for each in Payout.objects.select_related("statement__dealer")}
    times: Counter[int] = Counter()
    paid: dict[str, Decimal] = defaultdict(Decimal)
    for reference in sorted(bank.keys() | known.keys()):
        payout = known.get(reference)
        if payout is None or payout.state not in (PayoutState.PAID, PayoutState.FAILED):
            yield f"{reference}: {payout and payout.state}, the bank {bank.get(reference)}"
            continue
        amount = payout.amount if payout.state == PayoutState.PAID else None
        if reference not in bank or bank[reference] != amount:
            yield f"{reference}: {amount}, the bank {bank.get(reference)}"
        if amount is not None:
            times[payout.statement_id] += 1
            paid[payout.statement.dealer.code] += amount
            if amount != payout.statement.payable:
                yield f"{reference}: {amount} of {payout.statement.payable}"
    for statement, count in times.items():
        if count > 1:
            yield f"statement {statement}: paid {count} times"
    gave: dict[str, Decimal] = defaultdict(Decimal)
    for (dealer, _month), amounts in expected.items():
        gave[dealer] += sum(amounts.values(), Decimal(0))
    by_dealer = Entry.objects.filter(account__holder=Holder.DEALER)
    sums = by_dealer.values_list("account__dealer__code").annotate(sum=Sum("amount"))
    owed = dict(sums)
    for dealer in sorted(gave.keys() | owed.keys()):
        if owed.get(dealer, Decimal(0)) != gave[dealer] - paid[dealer]:
            yield f"{dealer}: owed {owed.get(dealer)}, earned {gave[dealer]}, paid {paid[dealer]}"
    for holder, amount in ((Holder.BANK, sum(paid.values(), Decimal(0))), (Holder.CLEARING, 0)):
        there = Entry.objects.filter(account__holder=holder).aggregate(sum=Sum("amount"))["sum"]
        if (there or 0) != amount:
            yield f"{holder}: {there} instead of {amount}"


def recomputed() -> Iterable[str]:
    """What each closed month gives when it is computed anew from what was stored."""
    for run in Run.objects.order_by("month"):
        yield from recompute.check(run).differences


def verified() -> Iterable[str]:
    """Rules that ``verify`` finds broken."""
    for name, holds, detail in (*customers.checks(), *verification.checks()):
        if not holds:
            yield f"{name}: {detail}"


def told_twice() -> Iterable[str]:
    """Owners who were told more than once that the same statement is there, or was paid."""
    about = Notice.objects.filter(kind=NoticeKind.STATEMENT).values_list("user", "about")
    for (user, what), count in Counter(about).items():
        if count > 1:
            yield f"{user} was told {count} times of {what}"

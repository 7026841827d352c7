"""The journals of a month for the brand's own books: as CSV, and in the format of beancount."""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dealers.currencies import minor_unit
from dealers.months import hq_day
from dealers.months import key as month_key
from dealers.spreadsheets import as_csv
from incentives.models import Account, AccountCode, AccountKind, Entry, Holder, Program

# By kind and holder, as enterprises in China number them; headquarters may say otherwise.
USUAL: dict[tuple[str, str], tuple[str, str | Promise]] = {
    (AccountKind.PAYABLE, Holder.DEALER): ("2241", _("Other payables")),
    (AccountKind.PAYABLE, Holder.PERSON): ("2211", _("Employee benefits payable")),
    (AccountKind.EXPENSE, Holder.PLAN): ("6601", _("Selling expenses")),
    (AccountKind.EXPENSE, Holder.REWARDS): ("6601", _("Selling expenses")),
    (AccountKind.INCOME, Holder.PLAN): ("6051", _("Other operating income")),
    (AccountKind.OWN, Holder.BANK): ("1002", _("Bank deposits")),
    (AccountKind.OWN, Holder.CLEARING): ("1012", _("Other monetary funds")),
    (AccountKind.OWN, Holder.WITHHELD): ("2221", _("Taxes payable")),
}
_ROOTS: dict[str, str] = {
    AccountKind.PAYABLE: "Liabilities",
    AccountKind.EXPENSE: "Expenses",
    AccountKind.INCOME: "Income",
    AccountKind.OWN: "Assets",
}
COLUMNS = (
    "journal", "period", "effective_on", "recorded_at", "source", "number", "reverses",
    "account_code", "account_name", "dealer_code", "person", "plan", "debit", "credit", "currency",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Named:
    """An account as the brand's own books call it."""

    code: str
    name: str


def codes() -> Callable[[Account], Named]:
    """What gives an account its code: that of its plan, of its kind and holder, or the usual."""
    chosen = {(it.kind, it.holder, it.plan_id): it for it in AccountCode.objects.all()}

    def named(account: Account) -> Named:
        for plan in (account.plan_id, None):
            found = chosen.get((account.kind, account.holder, plan))
            if found:
                return Named(found.code, found.name)
        code, name = USUAL[account.kind, account.holder]
        return Named(code, str(name))

    return named


def entries(month: date) -> Iterator[Entry]:
    """What was booked in a month's period, journal by journal in the order it was recorded."""
    found = Entry.objects.filter(journal__period=month).select_related(
        "journal__reverses", "account__dealer", "account__person", "account__plan"
    )
    return found.order_by("journal__recorded_at", "journal_id", "pk").iterator(chunk_size=2000)


def csv_of(month: date) -> str:
    """A month's journals as CSV, a row for each entry; debit and credit add up to the same."""
    return as_csv(csv_rows(entries(month)))


def csv_rows(found: Iterable[Entry]) -> Iterator[tuple[Any, ...]]:
    """The rows of ``csv_of``, the header first."""
    named = codes()
    yield COLUMNS
    for entry in found:
        journal, account = entry.journal, entry.account
        amount = entry.amount.quantize(minor_unit(account.currency))
        called = named(account)
        yield (
            *(journal.key, month_key(journal.period_id), hq_day(journal.effective_at)),
            *(journal.recorded_at.isoformat(), journal.source, journal.source_key),
            journal.reverses.key if journal.reverses else "",
            *(called.code, called.name),
            account.dealer.code if account.dealer else "",
            account.person_id or "",
            account.plan.code if account.plan else "",
            # Credits are positive in the books.
            *((-amount, "") if amount < 0 else ("", amount)),
            account.currency,
        )


def beancount_of(month: date) -> str:
    """A month's journals as text that beancount reads: accounts opened, and a transaction each."""
    named = codes()
    opened: dict[str, str] = {}
    transactions: list[str] = []
    last = None
    for entry in entries(month):
        journal, account = entry.journal, entry.account
        if journal.pk != last:
            last = journal.pk
            transactions += ["", *_head(journal)]
        path = _path(account, named(account))
        opened[path] = account.currency
        amount = -entry.amount.quantize(minor_unit(account.currency))
        transactions.append(f"  {path}  {amount:f} {account.currency}")
    lines = [
        f'option "title" "{month_key(month)}"',
        f'option "operating_currency" "{Program.current().currency}"',
        "",
        *(f"1990-01-01 open {path} {currency}" for path, currency in sorted(opened.items())),
        *transactions,
    ]
    return "\n".join(lines) + "\n"


FORMATS: dict[str, Callable[[date], str]] = {"csv": csv_of, "beancount": beancount_of}


def _head(journal: Any) -> list[str]:
    day = hq_day(journal.effective_at)
    lines = [
        f'{day:%Y-%m-%d} * "{_quoted(journal.key)}"',
        f'  source: "{journal.source}"',
        f'  number: "{_quoted(journal.source_key)}"',
        f'  recorded: "{journal.recorded_at.isoformat()}"',
    ]
    if journal.reverses:
        lines.append(f'  reverses: "{_quoted(journal.reverses.key)}"')
    return lines


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _path(account: Account, called: Named) -> str:
    """The name of an account in beancount: its root, its code, and whose it is."""
    whose = ""
    if account.dealer:
        whose = account.dealer.code
    elif account.plan:
        whose = account.plan.code
    elif account.person_id:
        whose = f"P{account.person_id}"
    root = "Liabilities" if account.holder == Holder.WITHHELD else _ROOTS[account.kind]
    return ":".join([root, part(called.code), *([part(whose)] if whose else [])])


def part(code: str) -> str:
    """A code as a part of an account's name: a capital or digit first, then letters, digits, -.

    What had to change has a few signs of its hash behind it, so that two codes stay two.
    """
    plain = re.sub(r"[^A-Za-z0-9-]+", "-", code)
    plain = plain if re.match(r"[A-Z0-9]", plain) else f"X{plain}"
    if plain == code:
        return code
    return f"{plain}-{hashlib.sha256(code.encode()).hexdigest()[:6]}"

"""Where a dealer is paid: sealed with its key, shown by its end, told to all its owners."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_noop

from dealers import notices, sayings, vault
from dealers.actor import Actor
from dealers.models import Dealer, NoticeKind, NoticeLevel, User
from dealers.vault import Row
from incentives.models import BankAccount

CHANGED = gettext_noop("The bank account that this dealer is paid to was changed by %(who)s.")
SHOWN = 4  # the last digits of a number that its owner is shown


@dataclass(frozen=True, slots=True)
class Details:
    """A bank account in the clear."""

    holder: str
    bank: str
    number: str


@dataclass(frozen=True, slots=True)
class Masked:
    """A bank account as its own dealer is shown it."""

    holder: str
    bank: str
    end: str
    entered_by: User
    entered_at: datetime


def is_given(dealer_id: int) -> bool:
    """Whether a dealer's owner has said where it is paid."""
    return BankAccount.objects.filter(dealer=dealer_id).exists()


def _newest(dealer_id: int) -> QuerySet[BankAccount]:
    return BankAccount.objects.filter(dealer=dealer_id).select_related("entered_by")


def current_ids(dealers: Iterable[int]) -> dict[int, uuid.UUID]:
    """The id of the account of each of these dealers that has one."""
    newest = BankAccount.objects.filter(dealer__in=dealers).order_by("dealer", "-entered_at", "-id")
    return dict(newest.distinct("dealer").values_list("dealer", "pk"))


def enter(dealer: Dealer, details: Details, *, by: Actor, at: datetime) -> BankAccount:
    """Put down where a dealer is paid from now on, and tell all its owners.

    Payments that are on their way, or in a batch already, keep the account they were made for.
    """
    account = BankAccount(dealer=dealer, entered_by=by.person, entered_at=at)
    row = Row.of(account)
    for field in BankAccount.SEALED:
        setattr(account, f"{field}_sealed", vault.seal(row, field, getattr(details, field)))
    account.save(force_insert=True)
    notices.tell(
        notices.owners(dealer.pk, at),
        NoticeKind.STATEMENT,
        sayings.kept(CHANGED, who=[by.person.name]),
        to=reverse("incentives:bank-account"),
        about=f"bank account {account.pk}",
        level=NoticeLevel.NOW,
        at=at,
    )
    return account


def opened(account: BankAccount) -> Details:
    """An account in the clear, for its own dealer's pages and the file for the bank."""
    row = Row.of(account)
    return Details(
        **{
            field: vault.unseal(row, field, getattr(account, f"{field}_sealed"))
            for field in BankAccount.SEALED
        }
    )


def shown(dealer_id: int, *, by: Actor) -> Masked | None:
    """The account as its own dealer's pages show it: of the number no more than the end.

    Headquarters, which looks at those pages, is shown since when there is one. None without one.
    """
    if by.at_hq:
        stored = _newest(dealer_id).defer(*(f"{field}_sealed" for field in BankAccount.SEALED))
        account = stored.first()
        return Masked("", "", "", account.entered_by, account.entered_at) if account else None
    account = _newest(dealer_id).first()
    if account is None:
        return None
    details = opened(account)
    end = details.number[-SHOWN:]
    return Masked(details.holder, details.bank, end, account.entered_by, account.entered_at)

"""What an owner does first: at most three things, the most pressing on top."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dealers import months
from dealers.words import money
from incentives.desk.today import Colleague, Protected
from incentives.models import Statement
from incentives.payouts.batches import Part

SHOWN = 3


@dataclass(frozen=True, slots=True)
class Task:
    """Something to do, why, and the page where it is done."""

    icon: str
    kind: str  # of the disc: bad, warn or info
    title: str
    detail: str
    url: str


def first_three(
    protected: Protected,
    colleagues: Iterable[Colleague],
    statement: Statement | None,
    without_account: Sequence[Part] = (),
) -> list[Task]:
    """The tasks of a dealer's day: money that cannot be paid, customers, statements, people."""
    found = [
        *_account(without_account),
        *_customers(protected),
        *_statement(statement),
        *_people(colleagues),
    ]
    return found[:SHOWN]


def _account(waiting: Sequence[Part]) -> Iterator[Task]:
    """Statements that would be paid, if anybody knew to where."""
    if waiting:
        amount = sum((each.amount for each in waiting), Decimal(0))
        yield Task(
            "wallet", "bad", _("Say where you are paid"),
            _("%(amount)s is approved and waits for a bank account")
            % {"amount": money(amount, waiting[0].statement.currency)},
            reverse("incentives:bank-account"),
        )  # fmt: skip


def _customers(of: Protected) -> Iterator[Task]:
    listed = reverse("customers:list")
    if of.contacts_late:
        title = ngettext(
            "%(count)d first contact is overdue",
            "%(count)d first contacts are overdue",
            of.contacts_late,
        )
        yield Task(
            "clock", "bad", title % {"count": of.contacts_late},
            _("The oldest since %(day)s") % {"day": _day(of.contacts_late_since)},
            f"{listed}?view=followup",
        )  # fmt: skip
    if of.expiring:
        title = ngettext(
            "%(count)d customer ends within 7 days",
            "%(count)d customers end within 7 days",
            of.expiring,
        )
        yield Task(
            "shield", "warn", title % {"count": of.expiring},
            _("The first on %(day)s; %(count)d of them never contacted")
            % {"day": _last_day(of.first_end), "count": of.uncontacted},
            f"{listed}?view=expiring",
        )  # fmt: skip
    if of.agreed_late:
        title = ngettext(
            "%(count)d agreed follow-up is overdue",
            "%(count)d agreed follow-ups are overdue",
            of.agreed_late,
        )
        yield Task(
            "phone", "warn", title % {"count": of.agreed_late},
            _("These customers were told a day"), f"{listed}?view=followup",
        )  # fmt: skip
    if of.unassigned:
        title = ngettext(
            "Nobody follows up %(count)d customer",
            "Nobody follows up %(count)d customers",
            of.unassigned,
        )
        yield Task(
            "customers", "warn", title % {"count": of.unassigned},
            _("Give them to somebody of the store"), f"{listed}?view=all&staff=0",
        )  # fmt: skip


def _statement(newest: Statement | None) -> Iterator[Task]:
    if newest is not None:
        month = newest.run.month
        yield Task(
            "document", "info",
            _("The statement of %(month)s is there") % {"month": months.name(month)},
            _("To be paid: %(amount)s") % {"amount": money(newest.payable, newest.currency)},
            reverse("incentives:statement", kwargs={"month": month}),
        )  # fmt: skip


def _people(colleagues: Iterable[Colleague]) -> Iterator[Task]:
    untrained = len({each.membership.user_id for each in colleagues if not each.trained})
    if untrained:
        title = ngettext(
            "%(count)d of the staff lacks a required course",
            "%(count)d of the staff lack a required course",
            untrained,
        )
        yield Task(
            "book", "info", title % {"count": untrained},
            _("Customers notice who knows the products"), reverse("training:home"),
        )  # fmt: skip


def _last_day(end: datetime | None) -> str:
    """The last day of a protection, which ends as the next one begins."""
    return _day(end - datetime.resolution) if end else ""


def _day(moment: datetime | None) -> str:
    return formats.date_format(timezone.localtime(moment), "MONTH_DAY_FORMAT") if moment else ""

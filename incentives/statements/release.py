"""A month's statements approved for payment by a second person, and seen by their owners."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _

from dealers import months
from dealers.actor import Actor
from incentives.models import Acknowledgement, Run, Statement, StatementRelease


class ReleaseRefused(Exception):
    """The message is written for the person who approves statements."""


@dataclass(frozen=True, slots=True)
class Totals:
    """What somebody approves: how many statements, what they pay and what they carry forward."""

    statements: int
    to_pay: int  # of them, those with something to be paid
    payable: Decimal
    carried: Decimal


def totals(run: Run) -> Totals:
    """The figures of a closed month's statements."""
    found = run.statements.aggregate(
        statements=Count("pk"),
        to_pay=Count("pk", filter=Q(payable__gt=0)),
        payable=Sum("payable", default=Decimal(0)),
        carried=Sum("closing", default=Decimal(0)),
    )
    return Totals(**found)


def release(run: Run, *, by: Actor, at: datetime) -> StatementRelease:
    """Approve the statements of a closed month for payment; what is approved stays as it is.

    Raises ReleaseRefused for whoever closed the month: a second person approves (rulebook 7).
    """
    known = StatementRelease.objects.filter(run=run).first()
    if known is not None:
        return known
    if run.closed_by_id is not None and run.closed_by_id == by.user_id:
        raise ReleaseRefused(
            _("You closed %(month)s yourself. Somebody else has to approve its statements.")
            % {"month": months.name(run.month)}
        )
    # Of two at once the first one's counts.
    return StatementRelease.objects.get_or_create(
        run=run, defaults={"released_by": by.person, "released_at": at}
    )[0]


def acknowledge(statement: Statement, *, by: Actor, at: datetime) -> Acknowledgement:
    """Put down that an owner has seen a statement; the first time counts."""
    return Acknowledgement.objects.get_or_create(
        statement=statement, defaults={"by": by.person, "at": at}
    )[0]

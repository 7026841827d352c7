"""In which state a line of a dealer's earnings is, since when, and why.

Estimated, accrued, eligible, on the statement, approved, paid; or held, reversed or forfeited. A
sale on file is paid for, so that it is accrued at once. A line is approved and paid with its
statement. Forfeited is from the beginning what came while a gate was closed.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from dealers import months
from incentives.disputes.holding import Disputed, LineKey
from incentives.earnings.held import Held
from incentives.earnings.lines import EarningLine
from incentives.estimates import Estimate
from incentives.explanation import gates
from incentives.models import Direction, Run
from incentives.payouts.progress import Progress
from incentives.return_window import window_ends_on


class State(StrEnum):
    """What a line has come to."""

    ESTIMATED = "estimated"
    ACCRUED = "accrued"
    ELIGIBLE = "eligible"
    ON_STATEMENT = "on_statement"
    APPROVED = "approved"
    PAID = "paid"
    HELD = "held"
    REVERSED = "reversed"
    FORFEITED = "forfeited"

    @property
    def label(self) -> str:
        return str(_LABELS[self])


_LABELS = {
    State.ESTIMATED: gettext_lazy("Estimated"),
    State.ACCRUED: gettext_lazy("To be confirmed"),
    State.ELIGIBLE: gettext_lazy("Confirmed"),
    State.ON_STATEMENT: gettext_lazy("On the statement"),
    State.APPROVED: pgettext_lazy("of a statement", "Approved"),
    State.PAID: pgettext_lazy("payment", "Paid"),
    State.HELD: gettext_lazy("Held"),
    State.REVERSED: gettext_lazy("Taken back in full"),
    State.FORFEITED: gettext_lazy("Not paid"),
}


@dataclass(frozen=True, slots=True)
class LineState:
    """A state with the moment, or the day at the store, that it began, and its cause in words."""

    state: State
    since: datetime | date
    why: str


def key_of(line: EarningLine) -> LineKey:
    """What a line of a statement is told apart by: its component and its event."""
    return line.component.pk, line.order_id or line.registration_id or 0


def state_of(
    line: EarningLine,
    source: Run | Estimate,
    held: Held | None = None,
    progress: Progress | None = None,
) -> LineState:
    """The state of a line, as it was when its events were read, of a month read from ``source``.

    ``held`` is what keeps a held line from being booked; ``progress`` is how far the statement of
    a closed month is, and what of it is or was in dispute.
    """
    key = key_of(line)
    disputed = progress.disputed(key) if progress else None
    if (waits := _held(held, disputed)) is not None:
        return waits
    if (lost := _lost(line)) is not None:
        return lost
    payment = progress.payment_of(key) if progress else None
    if isinstance(source, Run) and payment and payment.bank_on:
        why = _("Paid with the statement. Payment reference: %(reference)s.") % {
            "reference": payment.reference
        }
        return LineState(State.PAID, payment.bank_on, why)
    if isinstance(source, Run) and progress and progress.approved_at:
        why = _("A second person at headquarters approved the statement.")
        return LineState(State.APPROVED, progress.approved_at, why)
    if isinstance(source, Run):
        why = _("Closed and booked with %(month)s.") % {"month": months.name(source.month)}
        return LineState(State.ON_STATEMENT, source.closed_at, why)
    return _open(line)


def _held(held: Held | None, disputed: Disputed | None) -> LineState | None:
    if disputed is not None and disputed.held:
        why = _("Dispute %(code)s is not decided yet. The rest of the statement is not held.") % {
            "code": disputed.dispute.code
        }
        since = disputed.course.reopened_at or disputed.course.opened_at
        return LineState(State.HELD, since, why)
    if disputed is not None and disputed.never_paid:
        why = _("Dispute %(code)s was decided so. It was not paid, and no statement takes it off.")
        course = disputed.course
        since = course.ruled_again_at or course.ruled_at or course.opened_at
        return LineState(State.REVERSED, since, why % {"code": disputed.dispute.code})
    if held is not None:
        why = _("Case %(code)s is about this customer.") % {"code": held.code}
        return LineState(State.HELD, held.since, why)
    return None


def _open(line: EarningLine) -> LineState:
    if line.amount is None:
        why = _("It counts towards what is paid for the month as a whole.")
        return LineState(State.ESTIMATED, line.at, why)
    ends_on = window_ends_on(line.order, line.component)
    if not line.confirmed and ends_on is not None:
        why = _("What is returned until %(day)s is not paid.") % {
            "day": formats.date_format(ends_on, "DATE_FORMAT")
        }
        return LineState(State.ACCRUED, line.at, why)
    if ends_on is not None and line.component.return_window_days:
        why = _("The return window is over.")
        return LineState(State.ELIGIBLE, ends_on + timedelta(days=1), why)
    return LineState(State.ELIGIBLE, line.at, _("It has no return window."))


def _lost(line: EarningLine) -> LineState | None:
    # What is not charged is nothing that the dealer has lost.
    if line.closed_gate and line.component.version.plan.direction == Direction.BRAND_PAYS:
        why = gates.why(line.closed_gate, line.component)
        return LineState(State.FORFEITED, line.at, why)
    if line.reversed_at is not None:
        return LineState(State.REVERSED, line.reversed_at, _gone(line))
    return None


def _gone(line: EarningLine) -> str:
    if line.order is None:
        return _("The registration was voided; what it brought is taken back by a line of its own.")
    return _("All of it was returned; each return takes its part back by a line of its own.")

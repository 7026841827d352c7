"""What becomes of a dispute: looked at, decided, opened once more; and escalated by silence.

Nobody's silence pays or refuses anything: what is late is told to the dealer and, each working day,
to headquarters, until a person decides. ``settle_all`` may run late, twice or not at all: in which
stage a dispute is follows from its deadlines.
"""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Exists, OuterRef, Sum
from django.utils.translation import gettext as _

from customers.cutoff import busy_as, one_by_one
from dealers import forbidden, sayings
from dealers.actor import Actor, acting
from dealers.exhibits import ExhibitRefused, check_reason
from dealers.models import CalendarDay, ForbiddenAct
from dealers.months import hq_day
from incentives.books import adjustments
from incentives.books.adjustments import AdjustmentRefused, Wanted
from incentives.disputes import deadlines, showing, telling
from incentives.disputes.deadlines import DisputeRefused
from incentives.disputes.stages import Course, Stage
from incentives.models import (
    Adjustment,
    Dispute,
    DisputeEvent,
    DisputeExhibitKind,
    DisputeKind,
    DisputeOutcome,
    DisputeRuling,
    DisputeStep,
)
from incentives.payouts import left

WORKER = Actor.worker("dispute")


@dataclass(frozen=True)
class Decision:
    """What somebody decides: ``amount`` is what the line gets more, or less if it is negative."""

    outcome: str
    reason: str
    amount: Decimal | None = None


def acknowledge(dispute: Dispute, *, by: Actor, at: datetime) -> None:
    """Somebody at headquarters begins to check, and the dealer is told. Again: nothing.

    Raises DisputeRefused.
    """
    with busy_as(DisputeRefused), transaction.atomic(), _worker(by):
        dispute, course = _locked(dispute.pk, at)
        _from_headquarters(by)
        if not course.may_acknowledge:
            return
        DisputeEvent.objects.create(
            dispute=dispute, step=DisputeStep.ACKNOWLEDGED, at=at, by=by.person
        )
        telling.owners(dispute, telling.ACKNOWLEDGED, at)


def whole(dispute: Dispute) -> Decimal | None:
    """What the line still gets if the dealer is right in all; None where it did not say how much.

    What is not the dealer's comes to nothing. What a decision gave before is given, unless it was
    taken back since.
    """
    expected = dispute.expected
    if expected is None and dispute.kind == DisputeKind.NOT_MINE:
        expected = Decimal(0)
    if expected is None or dispute.line.amount is None:
        return None
    return expected - dispute.line.amount - given(dispute)


def given(dispute: Dispute) -> Decimal:
    """What decisions in effect gave a line, or took off it."""
    back = Adjustment.objects.booked().filter(reverses=OuterRef("adjustment"))
    rulings = DisputeRuling.objects.in_effect().filter(~Exists(back), dispute=dispute)
    return rulings.aggregate(sum=Sum("adjustment__amount", default=Decimal(0)))["sum"]


def decide(dispute: Dispute, decision: Decision, *, by: Actor, at: datetime) -> DisputeRuling:
    """Decide about a dispute that waits for it. Raises DisputeRefused.

    What the line gets is an adjustment in the open month; above the limit it takes effect, and the
    dealer is told, when a second person has approved it.
    """
    with (
        forbidden.noted(), busy_as(DisputeRefused), transaction.atomic(), _worker(by),
    ):  # fmt: skip
        at = left.share_turn(at)
        dispute, course = _locked(dispute.pk, at)
        _from_headquarters(by)
        if not course.waits:
            _note_again(dispute, by, at)
        _check_turn(dispute, course, by)
        _check(dispute, decision)
        number = dispute.rulings.count() + 1
        adjustment = None
        if decision.amount is not None:
            adjustment = _proposed(dispute, decision, number, by, at)
        ruling = DisputeRuling.objects.create(
            dispute=dispute,
            instance=course.instance,
            number=number,
            outcome=decision.outcome,
            reason=decision.reason.strip(),
            adjustment=adjustment,
            withheld=_withheld(dispute, decision, at),
            by=by.person,
            at=at,
        )
        if adjustment is None or adjustments.is_booked(adjustment):
            _tell_decided(ruling, at)
        else:
            telling.headquarters(dispute, telling.TO_APPROVE, at, key=str(number))
        return ruling


def approve(adjustment: Adjustment, *, by: Actor, at: datetime) -> None:
    """Approve an adjustment; the decision that it is of takes effect. Raises AdjustmentRefused."""
    with transaction.atomic(), _worker(by):
        at = left.share_turn(at)
        already = adjustments.is_booked(adjustment)
        adjustments.approve(adjustment, by=by, at=at)
        ruling = DisputeRuling.objects.filter(adjustment=adjustment).first()
        if ruling is not None and not already:
            _tell_decided(ruling, at)


def decline(adjustment: Adjustment, *, reason: str, by: Actor, at: datetime) -> None:
    """Decline an adjustment; the dispute that it is of waits again. Raises AdjustmentRefused."""
    with transaction.atomic(), _worker(by):
        adjustments.decline(adjustment, reason=reason, by=by, at=at)
        ruling = DisputeRuling.objects.filter(adjustment=adjustment).first()
        if ruling is not None:
            telling.headquarters(ruling.dispute, telling.DECLINED, at, key=str(ruling.number))


def reopen(
    dispute: Dispute, text: str, files: Iterable[UploadedFile], *, by: Actor, at: datetime
) -> None:
    """The dealer says why a decision is wrong; another person decides. Raises DisputeRefused."""
    showing.check_said(text, dispute.line)
    made_anew = showing.prepared(files)
    with busy_as(DisputeRefused), transaction.atomic(), _worker(by):
        at = left.share_turn(at)
        dispute, course = _locked(dispute.pk, at)
        if by.dealer_id != dispute.dealer_id or by.at_hq:
            raise DisputeRefused(_("Only the dealer that opened it opens it once more."))
        if not course.may_reopen(at):
            raise DisputeRefused(
                _("A decision can be opened once more, within 7 days. This one cannot any more.")
            )
        DisputeEvent.objects.create(
            dispute=dispute,
            step=DisputeStep.REOPENED,
            instance=2,
            at=at,
            decide_by=deadlines.decide_by(at),
            by=by.person,
        )
        showing.keep(dispute, text, made_anew, by=by, at=at, kind=DisputeExhibitKind.AGAIN)
        telling.headquarters(dispute, telling.AGAIN, at)


def settle_all(at: datetime) -> int:
    """Tell what is late of every open dispute; of how many that was. For the worker."""
    with acting(WORKER):
        due = list(Dispute.objects.open_at(at).order_by("pk").values_list("pk", flat=True))
    return sum(one_by_one("dispute", due, lambda pk: settle(pk, at)))


def settle(pk: UUID, at: datetime) -> bool:
    """Tell what is late of a dispute at ``at``, each thing once; whether anything is."""
    with transaction.atomic(), acting(WORKER):
        dispute, course = _locked(pk, at)
        late = course.stage(at) == Stage.ESCALATED
        if course.waits and course.is_unnoticed(at) and not late:
            telling.headquarters(dispute, telling.UNNOTICED, at)
        if late:
            _escalate(dispute, course, at)
        return late


def _escalate(dispute: Dispute, course: Course, at: datetime) -> None:
    # As of when it was due, however late the job comes.
    _event, made = DisputeEvent.objects.get_or_create(
        dispute=dispute,
        step=DisputeStep.ESCALATED,
        instance=course.instance,
        defaults={"at": course.due_at},
    )
    if made:
        telling.owners(dispute, telling.LATE, at, key=str(course.instance))
    day = hq_day(at)
    if made or CalendarDay.objects.of_region(None).works(day):
        telling.headquarters(
            dispute,
            telling.ESCALATED,
            at,
            permission=telling.READS,
            key=day.isoformat(),
            pressing=True,
        )


def _worker(by: Actor) -> AbstractContextManager[Actor]:
    # Both sides write to it, and neither sees what is the other's; who it was stands in the rows.
    return acting(Actor.worker("dispute", by.user))


def _locked(pk: UUID, at: datetime) -> tuple[Dispute, Course]:
    """The dispute for whoever changes something about it, one after the other, and its course."""
    Dispute.objects.select_for_update(no_key=True).get(pk=pk)
    dispute: Any = Dispute.objects.with_moments().select_related("statement", "line").get(pk=pk)
    # Who waited here may have asked before what is on file by now: that counts.
    known = (
        dispute.acknowledged_at,
        dispute.ruled_at,
        dispute.reopened_at,
        dispute.ruled_again_at,
    )
    return dispute, Course.of(dispute, max([at, *filter(None, known)]))


def _from_headquarters(by: Actor) -> None:
    if not by.at_hq:
        raise DisputeRefused(_("Headquarters decides about disputes."))


def _check(dispute: Dispute, decision: Decision) -> None:
    if decision.outcome not in DisputeOutcome.values:
        raise DisputeRefused(_("Choose a decision."))
    try:
        check_reason(decision.reason.strip(), _("Write the reason: the dealer reads it."))
    except ExhibitRefused as refused:
        raise DisputeRefused(str(refused)) from None
    if (decision.outcome == DisputeOutcome.REFUSED) != (decision.amount is None):
        raise DisputeRefused(_("Say the amount where the dealer is right, and only there."))
    if decision.amount is not None:
        _check_amount(dispute, decision.outcome, decision.amount)


def _check_amount(dispute: Dispute, outcome: str, amount: Decimal) -> None:
    """Hold what a line gets more, or less, to what the dealer asks for."""
    if not amount.is_finite() or not amount:
        raise DisputeRefused(_("Enter an amount other than zero."))
    all_of_it = whole(dispute)
    if all_of_it is None:
        if amount < 0 and dispute.kind != DisputeKind.NOT_MINE:
            raise DisputeRefused(
                _("A dispute takes nothing off a line, unless the dealer says that it is too much.")
            )
        return
    if not all_of_it:
        raise DisputeRefused(
            _("The first decision gave all that the dealer asks for. The line stays as it is.")
        )
    if outcome == DisputeOutcome.UPHELD and amount != all_of_it:
        raise DisputeRefused(
            _("The dealer asks for %(amount)s: less than that is right in part.")
            % {"amount": all_of_it}
        )
    within = 0 < amount < all_of_it if all_of_it > 0 else all_of_it < amount < 0
    if outcome == DisputeOutcome.PARTIAL and not within:
        raise DisputeRefused(
            _("Right in part is between nothing and the %(amount)s that the dealer asks for.")
            % {"amount": all_of_it}
        )


def _withheld(dispute: Dispute, decision: Decision, at: datetime) -> Decimal:
    """What waits of the line and is never paid: a decision that takes something off takes that."""
    if decision.amount is None or decision.amount > 0:
        return Decimal(0)
    statement = left.of_one(dispute.statement, at)
    found = statement.of_dispute(dispute.pk)
    if found is None:
        return Decimal(0)
    # What other decisions take off of the same rest, once a second person has approved them.
    asked = DisputeRuling.objects.waiting().filter(dispute__statement=dispute.statement)
    others = asked.aggregate(sum=Sum("withheld", default=Decimal(0)))["sum"]
    rest = statement.payable - statement.taken - statement.never - others
    return max(min(-decision.amount, found.held, rest), Decimal(0))


def _check_turn(dispute: Dispute, course: Course, by: Actor) -> None:
    if not course.waits:
        raise DisputeRefused(_("It is decided already."))
    if DisputeRuling.objects.filter(dispute=dispute).waiting().exists():
        raise DisputeRefused(_("It is decided, and its amount waits for a second person."))
    before = DisputeRuling.objects.in_effect().filter(dispute=dispute, by=by.person)
    if before.exists():
        raise DisputeRefused(_("You decided the first time. Now it is another person's turn."))


def _note_again(dispute: Dispute, by: Actor, at: datetime) -> None:
    """The dealer reads that somebody would have decided once more."""
    said = sayings.kept(forbidden.DECIDED, code=[dispute.code])
    forbidden.note(ForbiddenAct.TWICE, said, by=by, dealer_id=dispute.dealer_id, at=at)


def _proposed(
    dispute: Dispute, decision: Decision, number: int, by: Actor, at: datetime
) -> Adjustment:
    plan = dispute.line.result.component.version.plan
    amount = decision.amount or Decimal(0)
    wanted = Wanted(dispute.dealer, plan, amount, decision.reason)
    try:
        return adjustments.propose(wanted, key=f"{dispute.code}:{number}", by=by, at=at)
    except AdjustmentRefused as refused:
        raise DisputeRefused(str(refused)) from None


def _tell_decided(ruling: DisputeRuling, at: datetime) -> None:
    sentence = telling.DECIDED if ruling.instance == 1 else telling.DECIDED_AGAIN
    telling.owners(ruling.dispute, sentence, at)

"""Opening a dispute: about one line of a statement, within fifteen days, once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from customers.cutoff import busy_as
from dealers.actor import Actor, acting
from dealers.currencies import minor_unit
from dealers.database import broken_constraint
from dealers.keys import held
from dealers.models import Dealer
from incentives.disputes import deadlines, holding, showing, telling
from incentives.disputes.deadlines import DisputeRefused
from incentives.earnings.lines import EarningLine
from incentives.models import Dispute, DisputeKind, Line, Run, Statement
from incentives.models.amounts import LARGEST_GIVEN
from incentives.payouts import left

ONCE = "incentives_dispute_line_id_key"


@dataclass(frozen=True)
class Said:
    """What a dealer says of a line; ``expected`` is what it should come to."""

    kind: str
    text: str
    expected: Decimal | None = None


def booked_line(dealer: Dealer, shown: EarningLine, run: Run) -> Line | None:
    """The line of a closed month that a page shows; None for one that is held, or not there."""
    if shown.held:
        return None
    about: dict[str, Any] = {
        "order_id": shown.order_id,
        "registration_id": shown.registration_id,
    }
    return Line.objects.filter(
        result__run=run,
        result__dealer=dealer,
        result__component=shown.component,
        result__for_month=shown.for_month,
        result__adjustment=shown.adjustment,
        base=shown.base,
        **about,
    ).first()


def statement_of(line: Line) -> Statement | None:
    """The statement that a line stands on."""
    return (
        Statement.objects.filter(run=line.result.run_id, dealer=line.result.dealer_id)
        .select_related("run__release", "dealer")
        .first()
    )


def would_hold(line: Line, statement: Statement, at: datetime) -> Decimal:
    """What would wait if a line came into dispute: what of it was not paid, and is not held yet."""
    if holding.is_brought(statement):
        return Decimal(0)
    return min(max(line.amount or Decimal(0), Decimal(0)), left.of_one(statement, at).due)


def obstacle(line: Line, statement: Statement | None, at: datetime) -> str:
    """The sentence that says why a line cannot be disputed at ``at``; empty if it can."""
    if statement is None:
        return _("A line can be disputed once its month is closed and its statement issued.")
    until = deadlines.open_until(statement)
    if until is not None and at >= until:
        return _(
            "A line can be disputed for 15 days after its statement was approved: that was until"
            " %(day)s."
        ) % {"day": date_format(deadlines.last_day(until), "DATE_FORMAT")}
    if Dispute.objects.filter(line=line).exists():
        return _("This line was disputed already. The dispute can be opened once more, if at all.")
    return ""


def open_dispute(
    line: Line, said: Said, files: Iterable[UploadedFile], *, by: Actor, at: datetime
) -> Dispute:
    """Say that a line is wrong; what is still to be paid for it waits. Raises DisputeRefused."""
    if said.kind not in DisputeKind.values:
        raise DisputeRefused(_("Say what is wrong."))
    showing.check_said(said.text, line)
    statement = statement_of(line)
    refused = obstacle(line, statement, at)
    if refused or statement is None:
        raise DisputeRefused(refused)
    if by.dealer_id != statement.dealer_id or by.at_hq:
        raise DisputeRefused(_("Only the dealer that the line belongs to disputes it."))
    check_expected(line, said.expected, statement.currency)
    made_anew = showing.prepared(files)
    held.ensure()
    with (
        busy_as(DisputeRefused),
        transaction.atomic(),
        acting(Actor.worker("dispute", by.user)),
    ):
        at = left.share_turn(at)
        dispute = Dispute(
            dealer=statement.dealer,
            statement=statement,
            line=line,
            kind=said.kind,
            expected=said.expected,
            opened_at=at,
            by=by.person,
            acknowledge_by=deadlines.acknowledge_by(at),
            decide_by=deadlines.decide_by(at),
        )
        try:
            with transaction.atomic():
                dispute.save(force_insert=True)
        except IntegrityError as problem:
            if broken_constraint(problem) != ONCE:
                raise
            raise DisputeRefused(_("This line was disputed already.")) from None
        showing.keep(dispute, said.text, made_anew, by=by, at=at)
        telling.headquarters(dispute, telling.NEW, at)
        return dispute


def check_expected(line: Line, expected: Decimal | None, currency: str) -> None:
    """Raise DisputeRefused for what a line cannot come to, or comes to already."""
    if expected is None:
        return
    if not expected.is_finite() or abs(expected) > LARGEST_GIVEN:
        raise DisputeRefused(_("This amount is too large."))
    if expected != expected.quantize(minor_unit(currency)):
        raise DisputeRefused(_("The currency has no unit as small as this amount."))
    if line.amount is not None and expected == line.amount:
        raise DisputeRefused(_("That is what the line comes to already."))

"""What becomes of a case: proposed, decided, appealed against, closed, each by its deadline.

``settle`` does what is due as of when it was due, so that it may be called late or twice, by the
job or by whoever looks at the case. Silence means the proposal.
"""

from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from customers import erased
from customers.cases import effects, evidence, facts, precedents, reviewers, telling
from customers.cases.proposal import propose
from customers.cases.terms import TERMS, CaseRefused, days_after, working_days_after
from customers.cutoff import ORDERS, busy_as, hold_open, one_by_one, take_turn
from customers.dispatch import junk
from customers.models import (
    Case,
    CaseEvidence,
    CaseOutcome,
    CaseProposal,
    CaseReview,
    CaseRuling,
    CaseSource,
    CaseStage,
    EvidenceKind,
)
from dealers import forbidden, sayings
from dealers.actor import Actor, acting
from dealers.models import ForbiddenAct

WORKER = Actor.worker("case")
DEADLINES = (
    "stage", "reviewer", "decide_by", "appeal_until", "final_by", "closed_at",
    "closing_recorded_at", "left_paid",
)  # fmt: skip


class Said(NamedTuple):
    """What is decided: ``share`` is A's part of the money, where that is split."""

    outcome: str
    share: Decimal | None
    reason: str = ""


def settle_all(at: datetime) -> int:
    """Do what is due of every case; of how many that was. For the worker.

    Where who was asked has left, or has a part in it by now, somebody else is asked.
    """
    due = Case.objects.due(at).order_by("pk").values_list("pk", flat=True)
    settled = len(one_by_one("case", due, lambda pk: settle(pk, at)))
    asked = Case.objects.running().exclude(reviewer=None)
    waiting = asked.order_by("pk").values_list("pk", flat=True)
    one_by_one("case that waits", waiting, lambda pk: _see_who_decides(pk, at))
    return settled


def _see_who_decides(pk: UUID, at: datetime) -> None:
    with acting(WORKER):
        case = _locked(pk)
        if case.reviewer is not None and not reviewers.has_no_part(case, case.reviewer, at):
            _ask_somebody_else(case, at)


def settle(pk: UUID, at: datetime) -> None:
    """Do what is due of a case at ``at``; again: nothing."""
    with transaction.atomic(), acting(WORKER):
        _settle(_locked(pk), at)


def settle_if_free(pk: UUID, at: datetime) -> None:
    """``settle`` before somebody looks; while the person's turn is another's, the job does it."""
    with suppress(CaseRefused), busy_as(CaseRefused):
        settle(pk, at)


def _settle(case: Case, at: datetime) -> None:
    while case.due_at is not None and case.due_at <= at:
        if case.stage == CaseStage.EVIDENCE:
            _propose(case, case.evidence_until)
        elif case.stage in {CaseStage.REVIEW, CaseStage.APPEAL}:
            proposal = case.proposal
            _rule(case, Said(proposal.outcome, proposal.share), None, case.due_at)
        else:
            _close(case, case.due_at)


def decide(
    case: Case, *, outcome: str, share: Decimal | None, reason: str, by: Actor, at: datetime
) -> CaseRuling:
    """Decide about a case that waits for ``by``. Raises CaseRefused.

    ``share``: A's part of the money, if that is split; ``reason``: for both sides to read.
    """
    if outcome not in CaseOutcome.values:
        raise CaseRefused(_("Choose a decision."))
    if (outcome == CaseOutcome.SPLIT) != (share is not None):
        raise CaseRefused(_("Say A's part of the money where it is shared, and only there."))
    if not reason.strip():
        raise CaseRefused(_("Write the reason: both sides read it."))
    with (
        forbidden.noted(), busy_as(CaseRefused), transaction.atomic(),
        acting(Actor.worker("case", by.user)),
    ):  # fmt: skip
        case = _locked(case.pk)
        _settle(case, at)
        if not _waits_for(case, by):
            _note_again(case, by, at)
        _check_turn(case, by)
        if not reviewers.has_no_part(case, by.person, at):
            raise CaseRefused(_("By now you have a part in it: step aside, somebody else decides."))
        if case.source == CaseSource.SENSOR and outcome in {CaseOutcome.MOVE, CaseOutcome.VOID}:
            raise CaseRefused(_("Headquarters wins no customer: leave them there, or share."))
        return _rule(case, Said(outcome, share, reason.strip()[:1000]), by, at)


def came_too_late(pk: UUID, *, by: Actor, at: datetime) -> None:
    """Do what is due of a case; both sides read that ``by`` sent a decision after the time.

    Raises CaseRefused while somebody else records something of the person.
    """
    with busy_as(CaseRefused):
        settle(pk, at)
    with forbidden.noted(), transaction.atomic(), acting(Actor.worker("case", by.user)):
        _note_again(Case.objects.get(pk=pk), by, at)


def step_aside(case: Case, *, by: Actor, at: datetime) -> None:
    """Whoever was asked has a part in it after all: somebody else is asked. Raises CaseRefused."""
    with busy_as(CaseRefused), transaction.atomic(), acting(Actor.worker("case", by.user)):
        case = _locked(case.pk)
        _settle(case, at)
        _check_turn(case, by)
        _ask_somebody_else(case, at)


def _ask_somebody_else(case: Case, at: datetime) -> None:
    """Whoever was asked decides no more; the caller holds the case. As the worker."""
    asked = CaseReview.objects.filter(case=case, user=case.reviewer, left_at=None)
    asked.update(left_at=at)
    reviewers.assign(case, 1 if case.stage == CaseStage.REVIEW else 2, at)
    case.save(update_fields=DEADLINES)


def appeal(case: Case, text: str, *, by: Actor, at: datetime) -> CaseEvidence:
    """A side says why the decision is wrong; somebody else decides anew. Raises CaseRefused.

    About a person who was erased it says nothing, and is decided by what is on file.
    """
    if text.strip() or not erased.was(case.identity_id):
        evidence.check_text(text)
    with busy_as(CaseRefused), transaction.atomic(), acting(Actor.worker("case", by.user)):
        case = _locked(case.pk)
        _settle(case, at)
        side = case.sides.filter(dealer=by.dealer_id).first() if by.dealer_id else None
        if side is None or by.at_hq:
            raise CaseRefused(_("Only the two sides appeal."))
        if case.stage != CaseStage.DECIDED:
            raise CaseRefused(_("There is one appeal, in the seven days after the decision."))
        case.stage = CaseStage.APPEAL
        case.final_by = working_days_after(at, TERMS.final_within)
        reviewers.assign(case, 2, at)
        case.save(update_fields=DEADLINES)
        telling.sides(case, telling.APPEALED, at)
        kind = EvidenceKind.APPEAL
        return evidence.write(case, side.side, text, by=by, at=at, kind=kind)


def _locked(pk: UUID) -> Case:
    return Case.objects.select_for_update(no_key=True).get(pk=pk)


def _waits_for(case: Case, by: Actor) -> bool:
    return case.stage in {CaseStage.REVIEW, CaseStage.APPEAL} and case.reviewer_id == by.user_id


def _check_turn(case: Case, by: Actor) -> None:
    if not _waits_for(case, by):
        raise CaseRefused(_("This case does not wait for you any more."))


def _note_again(case: Case, by: Actor, at: datetime) -> None:
    """Both sides read that somebody would have decided once more, or after the time was over."""
    last = case.rulings.order_by("-instance").first()
    if last is None or case.stage not in {CaseStage.DECIDED, CaseStage.CLOSED}:
        return
    late = last.by_id is None
    act = ForbiddenAct.LATE if late else ForbiddenAct.TWICE
    said = sayings.kept(forbidden.OVERDUE if late else forbidden.DECIDED, code=[case.code])
    for dealer_id in case.sides.exclude(dealer=None).values_list("dealer", flat=True).distinct():
        forbidden.note(act, said, by=by, dealer_id=dealer_id, at=at)


def _propose(case: Case, at: datetime) -> None:
    known = facts.of(case)
    proposed = propose(known)
    turn = proposed.turn
    CaseProposal.objects.create(
        case=case,
        outcome=proposed.outcome,
        share=proposed.share,
        facts=known.kept(),
        rules=list(proposed.rules),
        turns=[
            turn.side,
            int(turn.strength),
            turn.after and turn.after.isoformat(),
            turn.before.isoformat(),
        ],
        precedents=precedents.similar(known, proposed),
        at=at,
    )
    case.stage = CaseStage.REVIEW
    case.decide_by = working_days_after(at, TERMS.decided_within)
    reviewers.assign(case, 1, at)
    case.save(update_fields=DEADLINES)
    telling.sides(case, telling.PROPOSED, at)


def _rule(case: Case, said: Said, by: Actor | None, at: datetime) -> CaseRuling:
    final = case.stage == CaseStage.APPEAL
    made = CaseRuling.objects.create(
        case=case,
        instance=2 if final else 1,
        **said._asdict(),
        by=by.user if by else None,
        at=at,
    )
    case.reviewer = None
    if final:
        _close(case, at)
        return made
    case.stage, case.appeal_until = CaseStage.DECIDED, days_after(at, TERMS.appeal_days)
    case.save(update_fields=DEADLINES)
    telling.sides(case, telling.DECIDED, at)
    return made


def _close(case: Case, at: datetime) -> None:
    """What was decided takes effect."""
    ruling = case.rulings.latest("instance")
    junk.hold_returned(case.identity_id)
    hold_open()
    case.closing_recorded_at = take_turn(bytes(case.identity.fingerprint), ORDERS).at
    case.left_paid = effects.carry_out(case, ruling, case.closing_recorded_at, at)
    case.stage, case.closed_at = CaseStage.CLOSED, at
    case.save(update_fields=DEADLINES)
    junk.answer_after_case(case)
    precedents.keep(case, case.proposal, ruling, at)
    telling.sides(case, telling.CLOSED, at)

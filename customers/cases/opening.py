"""Opening a case: by a dealer that was told "protected elsewhere", or by headquarters for it."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from customers import erased
from customers.cases import evidence, telling
from customers.cases.terms import TERMS, CaseRefused, days_after
from customers.cutoff import REGISTRATIONS, busy_as, take_turn, wait_no_longer
from customers.dispatch import junk
from customers.models import (
    Answer,
    Case,
    CaseSide,
    CaseSource,
    Ownership,
    Registration,
    Side,
)
from customers.ownership import passing
from dealers.actor import Actor, acting
from dealers.database import broken_constraint
from dealers.keys import held
from dealers.models import Dealer

ONE_AT_A_TIME = "case_one_running_for_a_person"


def may_open(registration: Registration, by: Actor) -> bool:
    """Whether ``by`` may open a case about this registration of theirs."""
    return (
        registration.answer == Answer.PROTECTED
        and not hasattr(registration, "void")
        and by.dealer_id == registration.dealer_id
        and not by.at_hq
    )


def claim(registration: Registration, *, story: str, by: Actor, at: datetime) -> Case:
    """Say that the customer of a registration, protected elsewhere, is rather one's own.

    ``story``: what happened, which only whoever decides reads. Raises CaseRefused.
    """
    if not may_open(registration, by):
        raise CaseRefused(
            _("A case is opened about a registration that was answered: protected elsewhere.")
        )
    if erased.was(registration.identity_id):
        raise CaseRefused(
            _(
                "What was known of this customer was erased, so nothing more is written down about"
                " them and no case can be opened. A line of your statement can be disputed all the"
                " same."
            )
        )
    evidence.check_text(story)
    held.ensure()
    source = CaseSource.DEALER
    with busy_as(CaseRefused), transaction.atomic(), acting(Actor.worker("case", by.user)):
        _not_too_many(registration, at)
        case = _open(registration, source, by, at)
        evidence.write(case, Side.B, story, by=by, at=at)
        return case


def open_for(registration: Registration, *, by: Actor, at: datetime) -> Case:
    """Headquarters opens a case for the store of a registration. Raises CaseRefused."""
    if registration.answer != Answer.PROTECTED or hasattr(registration, "void"):
        raise CaseRefused(
            _("A case is opened about a registration that was answered: protected elsewhere.")
        )
    with busy_as(CaseRefused), transaction.atomic(), acting(Actor.worker("case", by.user)):
        case = _open(registration, CaseSource.HQ, by, at)
        telling.sides(case, telling.OPENED_FOR, at, only=[Side.B])
        return case


def _open(registration: Registration, source: CaseSource, by: Actor, at: datetime) -> Case:
    junk.hold_returned(registration.identity_id)
    # Nobody moves while it is put on file, and whoever let the customer go before has done so.
    turn = take_turn(bytes(registration.identity.fingerprint), REGISTRATIONS)
    passing.standings_at(registration.identity_id, turn.at, at)
    owned = Ownership.objects.running(at).filter(identity=registration.identity_id).first()
    if owned is None:
        raise CaseRefused(_("Nobody's protection runs any more: register the customer anew."))
    if owned.dealer_id == registration.dealer_id:
        raise CaseRefused(_("This customer is your dealer's by now."))
    case = Case(
        source=source,
        identity_id=registration.identity_id,
        since=registration.received_at,
        opened_at=at,
        by=by.user,
        evidence_until=days_after(at, TERMS.evidence_days),
    )
    start(case, owned)
    CaseSide.objects.create(
        case=case,
        side=Side.B,
        dealer_id=registration.dealer_id,
        store_id=registration.store_id,
        registration=registration,
    )
    telling.sides(case, telling.OPENED, at, only=[Side.A])
    return case


def start(case: Case, owned: Ownership) -> None:
    """Put a case on file with its owner's side. Raises CaseRefused where one runs already."""
    try:
        with transaction.atomic():
            case.save(force_insert=True)
    except IntegrityError as problem:
        if broken_constraint(problem) != ONE_AT_A_TIME:
            raise
        raise CaseRefused(
            _("A case about this customer runs already. Your receipt keeps its time.")
        ) from None
    CaseSide.objects.create(
        case=case,
        side=Side.A,
        dealer_id=owned.dealer_id,
        store_id=owned.store_id,
        ownership=owned,
    )
    junk.answer_after_case(case)


def _not_too_many(registration: Registration, at: datetime) -> None:
    # The dealer is the queue for its claims: two that count at once would make one too many.
    wait_no_longer()
    Dealer.objects.select_for_update(no_key=True).get(pk=registration.dealer_id)
    since = at - timedelta(days=TERMS.most_within_days)
    opened = Case.objects.filter(
        source=CaseSource.DEALER,
        opened_at__gt=since,
        sides__side=Side.B,
        sides__dealer=registration.dealer_id,
    )
    if opened.count() >= TERMS.most_of_a_dealer:
        raise CaseRefused(
            _("Your dealer has opened %(count)d cases in %(days)d days. Please ask headquarters.")
            % {"count": TERMS.most_of_a_dealer, "days": TERMS.most_within_days}
        )

"""Leads that turn out to be none: returned by the store, without anybody looking up to a share.

Above that headquarters looks at it, for two working days. Meanwhile nobody has to call: the clock
of the contact stands, and the customer stays the store's. Then the lead ends, also by silence,
without counting against the store; or it stays, with what was left of the time to call. While a
case is about the customer nobody takes them from whom it is about: the two days begin when it is
closed, and until then are counted from when it is closed at the latest. Where it takes the
customer from the store, the lead ends with it.
"""

from datetime import datetime
from typing import cast
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from customers.cases.terms import closed_at_the_latest
from customers.cutoff import (
    ORDERS,
    busy_as,
    hold_open,
    one_by_one,
    take_turn,
    wait_no_longer,
)
from customers.dispatch import calls, telling
from customers.dispatch.leads import OFFER
from customers.dispatch.offers import DispatchRefused
from customers.dispatch.terms import HOUR, in_force
from customers.models import (
    Answer,
    Case,
    CaseOutcome,
    CaseQuerySet,
    JunkReason,
    JunkState,
    Lead,
    Offer,
    OfferAnswer,
    Ownership,
    OwnershipQuerySet,
    Registration,
    Side,
    StaysReason,
    VoidReason,
)
from customers.ownership import duties, passing, voids
from customers.ownership.rulebook import local_day
from dealers import outbox
from dealers.actor import HQ, Actor, acting
from dealers.models import CalendarDay

# Another store may still have use for it.
FOR_OTHERS = frozenset({JunkReason.OUTSIDE})
TAKES = frozenset({CaseOutcome.MOVE, CaseOutcome.VOID})
LOOKS = Actor.worker("returned leads")  # whose clocks are every dealer's


def may_return(made: Offer, at: datetime) -> bool:
    """Whether a lead can be returned at ``at``: within some hours of accepting it, once."""
    return (
        made.answer == OfferAnswer.ACCEPTED
        and made.passed_on_at is None
        and made.junk_state == ""
        and made.answered_at is not None
        and at < made.answered_at + in_force(made.offered_at).junk_within
    )


def call_until(due: datetime, returned: datetime, answered: datetime, least: datetime) -> datetime:
    """Until when a lead is called that was returned, and stays: the time that was left goes on.

    It goes on from the answer, and lasts until ``least`` at least, as long as a store has to answer
    an offer: who is told at night can still call in the morning. Pure.
    """
    return max(answered + (due - returned), least)


def give_back(made: Offer, reason: str, *, by: Actor, at: datetime) -> JunkState:
    """Return a lead that is none; up to a share of a store's leads it is taken back at once.

    Above that headquarters looks at it first. Raises DispatchRefused.
    """
    if reason not in JunkReason.values:
        raise DispatchRefused(_("Choose what is wrong with it."))
    with busy_as(DispatchRefused), transaction.atomic():
        offers = Offer.objects.visible_to(by.post).select_for_update(of=("self",))
        made = offers.get(pk=made.pk)
        if made.junk_state:
            return JunkState(made.junk_state)
        if not may_return(made, at):
            hours = in_force(made.offered_at).junk_within // HOUR
            raise DispatchRefused(
                _("A lead can be returned within %(hours)d hours after it was accepted.")
                % {"hours": hours}
            )
        registration = cast(Registration, made.registration)  # it was accepted
        hold_open()
        # One after the other in a store: a share that two count at once is no share.
        take_turn(bytes(registration.identity.fingerprint), ORDERS, store=made.store_id)
        # However late the job comes that passes it on.
        if calls.missed(Offer.objects.filter(pk=made.pk), at).exists():
            raise DispatchRefused(_("Nobody called in time, so the lead goes to the next store."))
        if _bought(made):
            raise DispatchRefused(_("The customer has bought: this lead is one."))
        made.junk_reason, made.returned_at, made.returned_by = reason, at, by.user
        # While a case is about the customer nobody loses them by themselves.
        if _within_share(made, at) and not _disputed(made):
            made.junk_state = JunkState.TAKEN
            _take_back(made, by, at)
        else:
            _have_looked_at(made, at)
        _save(made)
        return JunkState(made.junk_state)


def review(made: Offer, state: JunkState, *, because: str = "", by: Actor, at: datetime) -> None:
    """Headquarters says whether a returned lead is taken back; the store is told.

    ``because``: of ``StaysReason``, why it stays with the store. Raises DispatchRefused, also where
    silence has answered by ``at``, whether the job came or not.
    """
    with busy_as(DispatchRefused), transaction.atomic():
        wait_no_longer()
        made = _held(made.pk)
        if not made.is_looked_at:
            raise DispatchRefused(_("Nobody asks for this any more."))
        if at >= cast(datetime, made.return_due_at):
            raise DispatchRefused(
                _("The time to answer is over: without an answer the store was right.")
            )
        if state == JunkState.REFUSED and because not in StaysReason.values:
            raise DispatchRefused(_("Choose why it stays with the store."))
        if state == JunkState.TAKEN and _disputed(made):
            raise DispatchRefused(
                _("A case about this customer runs. Take the lead back once it is closed.")
            )
        if state == JunkState.TAKEN and _bought(made):
            raise DispatchRefused(_("The customer has bought: leave the lead with the store."))
        _answer(made, state, because, by, at, silent=False)
        _tell(made, at, silent=False)


def let_silence_answer(at: datetime) -> int:
    """Take back what headquarters has not answered in time, as of then; how many leads.

    For the worker, as often and as late as it likes: whom a lead had won is free since then
    already. Who has bought meanwhile was no junk, and stays.
    """
    due = Offer.objects.looked_at().filter(return_due_at__lte=at).values_list("pk", flat=True)
    return sum(one_by_one("returned lead", due, lambda pk: _silence(pk, at)))


def _silence(pk: UUID, at: datetime) -> bool:
    made = _held(pk)
    if not made.is_looked_at:
        return False
    turn = take_turn(bytes(made.lead.identity.fingerprint), ORDERS)
    passing.settle(made.lead.identity_id, at, turn.at)
    if _disputed(made):  # the customer stays where they are until it is closed
        return False
    # Silence speaks for headquarters, for what this person has asked.
    by = Actor(made.returned_by or made.answered_by, role=HQ)
    state = JunkState.REFUSED if _bought(made) else JunkState.TAKEN
    because = StaysReason.BOUGHT if state == JunkState.REFUSED else ""
    _answer(made, state, because, by, cast(datetime, made.return_due_at), silent=True)
    _tell(made, at, silent=True)
    return True


def waits_for_case(made: Offer) -> bool:
    """Whether a case runs about the customer of a lead that headquarters looks at.

    Of a case that the reader may not see nothing is said.
    """
    return made.is_looked_at and _cases(made).exists()


def hold_returned(identity: int) -> list[Offer]:
    """The leads of a person that headquarters looks at, held until the transaction ends.

    To be called before the person's turn is taken as well: who returns a lead, or answers about it,
    holds it before.
    """
    accepted = Offer.objects.filter(lead__identity=identity, answer=OfferAnswer.ACCEPTED)
    held = accepted.select_related("store__dealer", "lead", "registration")
    found = held.select_for_update(of=("self",)).order_by("pk")
    return [made for made in found if made.is_looked_at]


def answer_after_case(case: Case) -> None:
    """Have headquarters' days to answer begin when a case is closed, that is opened or closed now.

    Where it has taken from the store what accepting won, nobody has to answer any more: the lead
    ends with it. As the worker, in the person's turn.
    """
    for made in hold_returned(case.identity_id):
        if cast(datetime, made.return_due_at) <= case.opened_at:  # silence had answered by then
            continue
        if case.closed_at is not None and _is_lost(made, case, case.closed_at):
            _end_with_case(made, case.closed_at)
            continue
        made.return_due_at = _answer_until(made, closed_at_the_latest(case))
        _set_clock(made, made.return_due_at)
        _save(made)


def _is_lost(made: Offer, case: Case, at: datetime) -> bool:
    """Whether a case, closed at ``at``, has taken the customer of a lead from its store.

    Who had bought was served all the same, which silence says.
    """
    takes = case.rulings.latest("instance").outcome in TAKES
    its_own = case.sides.filter(side=Side.A, dealer=made.dealer_id)
    had = cast(Ownership, cast(Registration, made.registration).ownership)
    runs = Ownership.objects.one_protection(had).running(at)
    return takes and its_own.exists() and not runs.exists() and not _bought(made)


def _end_with_case(made: Offer, at: datetime) -> None:
    """Take a lead back as of when a case is closed that has taken its customer from the store.

    What becomes of what accepting won is the case's to say: nothing of it is void besides.
    """
    made.junk_state, made.reviewed_at = JunkState.TAKEN, at
    owned = Ownership.objects.running(at).filter(identity=made.lead.identity_id)
    _end_lead(made, at, is_free=not owned.exists())
    _save(made)
    telling.ended_with_case(made, at)


def _held(pk: UUID) -> Offer:
    offers = Offer.objects.select_related("lead__identity", "store__dealer", "registration")
    return offers.select_for_update(of=("self",)).get(pk=pk)


def _answer(
    made: Offer, state: JunkState, because: str, by: Actor, at: datetime, *, silent: bool
) -> None:
    """What headquarters, or its silence, has said at ``at``."""
    made.junk_state, made.reviewed_at = state, at
    made.stays_because = because if state == JunkState.REFUSED else ""
    if state == JunkState.TAKEN:
        _take_back(made, by, at, silent=silent)
    else:
        _stays(made, by, at)
    _save(made)


def _tell(made: Offer, at: datetime, *, silent: bool) -> None:
    with acting(LOOKS):
        telling.reviewed(made, at, silent=silent)


def _have_looked_at(made: Offer, at: datetime) -> None:
    """Ask headquarters; until it answers nobody has to call, and nobody loses the customer."""
    made.junk_state = JunkState.ASKED
    with acting(LOOKS):
        case = _cases(made).first()
        asked_at = at if case is None else closed_at_the_latest(case)
        made.return_due_at = _answer_until(made, asked_at)
        _set_clock(made, made.return_due_at)


def _answer_until(made: Offer, at: datetime) -> datetime:
    """Until when headquarters answers that can do so from ``at`` on. As the worker."""
    calendar = CalendarDay.objects.of_region(made.store.dealer.region_id)
    return calendar.end_of_day_after(at, duties.ANSWERED_WITHIN, made.store.tz)


def _stays(made: Offer, by: Actor, at: datetime) -> None:
    """The store calls after all, in the time that was left."""
    due, returned = cast(datetime, made.contact_due_at), cast(datetime, made.returned_at)
    if due <= returned:  # it had called in time
        return
    with acting(LOOKS):
        passing.hold([made.lead.identity_id], at, by.user)
        calendar = CalendarDay.objects.of_region(made.store.dealer.region_id)
        hours = in_force(made.offered_at).answer_hours
        least = calendar.hours_after(at, hours, made.store.tz)
        made.contact_due_at = call_until(due, returned, at, least)
        _set_clock(made, made.contact_due_at)


def _set_clock(made: Offer, due: datetime) -> None:
    """Have the customer whom accepting won contacted by ``due``, or lost then. As the worker."""
    won = _won(made).filter(contacted_at=None, release_at__isnull=False)
    for owned in won.select_related("store"):
        tz, before = owned.store.tz, cast(datetime, owned.contact_due_at)
        if owned.follow_up_on == local_day(before, tz):
            owned.follow_up_on = local_day(due, tz)
        owned.contact_due_at = owned.release_at = due
        owned.save(update_fields=["contact_due_at", "release_at", "follow_up_on"])


def _disputed(made: Offer) -> bool:
    """Whether a case about the customer runs, which nobody takes from whom it is about."""
    with acting(LOOKS):
        return _cases(made).exists()


def _cases(made: Offer) -> CaseQuerySet:
    """The case about the customer that runs, if any: not one opened once silence had answered."""
    running = Case.objects.running().filter(identity=made.lead.identity_id)
    if made.return_due_at is None:
        return running
    return running.filter(opened_at__lt=made.return_due_at)


def _bought(made: Offer) -> bool:
    """Whether the customer has bought since it was accepted: who was served is no junk."""
    return Offer.objects.filter(pk=made.pk).with_bought().filter(bought=True).exists()


def _won(made: Offer) -> OwnershipQuerySet:
    """The protection that accepting won, at each store that it went on at; none without one."""
    registration = cast(Registration, made.registration)
    if registration.answer != Answer.YOURS or registration.ownership is None:
        return Ownership.objects.none()
    return Ownership.objects.one_protection(registration.ownership)


def _within_share(made: Offer, at: datetime) -> bool:
    """Whether this one leaves the store at or below the share that needs no look."""
    terms = in_force(made.offered_at)
    lately = Offer.objects.filter(
        store=made.store_id,
        answer=OfferAnswer.ACCEPTED,
        answered_at__gt=at - terms.counted,
        answered_at__lte=at,
    )
    returned = lately.exclude(junk_state__in=["", JunkState.REFUSED]).count() + 1
    return returned * 100 <= lately.count() * terms.junk_percent


def _take_back(made: Offer, by: Actor, at: datetime, *, silent: bool = False) -> None:
    registration = made.registration
    if registration is not None and registration.answer == Answer.YOURS:
        # What accepting won goes with it, or the lead could be offered to nobody else.
        try:
            voids.void(registration, reason=VoidReason.RETURNED, by=by, at=at)
        except voids.VoidRefused as refused:
            # Nobody reads why silence is refused, and time has let the customer go: what counts in
            # a closed month stays, and the lead ends all the same.
            if not (silent and isinstance(refused, voids.MonthClosed)):
                raise DispatchRefused(str(refused)) from refused
    _end_lead(made, at)


def _end_lead(made: Offer, at: datetime, *, is_free: bool = True) -> None:
    """Offer a lead that was taken back to another store that may have use for it, or close it."""
    if is_free and made.junk_reason in FOR_OTHERS:
        outbox.add(OFFER, str(made.lead_id), at=at)
    else:
        Lead.objects.filter(pk=made.lead_id, closed_at=None).update(closed_at=at)


def _save(made: Offer) -> None:
    made.save(
        update_fields=[
            "junk_reason", "junk_state", "returned_at", "returned_by", "return_due_at",
            "reviewed_at", "stays_because", "contact_due_at",
        ]
    )  # fmt: skip

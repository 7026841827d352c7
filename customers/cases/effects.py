"""What a decision does once it is final: to the customer by an act, to money by attributions.

Nothing on file is changed: an ownership ends and another begins, and a later decision about an
order stands over the one before. What was in dispute is in no books yet. What a month paid that was
closed before the case was opened stays paid; headquarters adjusts that.
"""

from collections.abc import Mapping
from copy import replace
from datetime import datetime
from typing import cast

from django.db import IntegrityError, transaction

from customers.models import (
    Act,
    ActKind,
    Attribution,
    AttributionCause,
    Case,
    CaseOutcome,
    CaseRuling,
    CaseSide,
    EventKind,
    Holder,
    Ownership,
    OwnershipEvent,
    Registration,
    Side,
    SoldBy,
    VoidReason,
)
from customers.orders import attribution
from customers.orders.attribution import NOTHING, WHOLE, Decision, Share
from customers.ownership import changes, line, passing, voids
from customers.ownership.changes import Cause
from customers.ownership.levels import OnFile
from customers.ownership.rulebook import Claim, Standing
from customers.ownership.settings import Rulebooks
from customers.ownership.track import Track
from customers.ownership.writing import withdraw_requests
from dealers.actor import Actor
from dealers.database import broken_constraint, next_ids, save_together

CLOSED_MONTH = "attribution_voided_in_an_open_month"


def carry_out(case: Case, ruling: CaseRuling, recorded_at: datetime, at: datetime) -> int:
    """Have a final decision take effect; how many orders of closed months stay as they are.

    To be called as the worker, with the case locked, in the person's turn.
    """
    if ruling.outcome == CaseOutcome.KEEP:
        return 0
    sides = {each.side: each for each in case.sides.select_related("store", "registration")}
    if ruling.outcome == CaseOutcome.VOID:
        return _void(case, ruling, sides[Side.A], at, recorded_at)
    moved = None
    if ruling.outcome == CaseOutcome.MOVE:
        moved = _move(case, ruling, sides, at, recorded_at)
    left = 0
    for sale in _disputed(case, sides[Side.A]):
        decision = _of_b(sale, moved) if moved else _shared(sale, sides.get(Side.B), ruling)
        if decision is not None and not _count_anew(sale, decision, ruling, recorded_at):
            left += 1
    return left


def _disputed(case: Case, a: CaseSide) -> list[Attribution]:
    """What is decided now about the sales in dispute, whichever store of A's they count for."""
    counting = (
        Attribution.objects.owners()
        .current()
        .filter(dealer=a.dealer_id, ownership__identity=case.identity_id)
        .filter(sale=None, ordered_at__gte=case.since)
    )
    if case.order_id is not None:
        counting = counting.filter(order=case.order_id)
    return list(counting.select_related("order__store", "store").order_by("ordered_at", "pk"))


def _move(
    case: Case, ruling: CaseRuling, sides: Mapping[str, CaseSide], at: datetime, known: datetime
) -> Standing | None:
    """The customer goes from A to B at ``at``; None where somebody else has them by then.

    None also where B has closed, and no sister store goes on. Of a dealer that has closed nobody
    moves until their time is over: B stands in line for that.
    """
    a, b = sides[Side.A], sides[Side.B]
    claim = b.registration
    standings = passing.standings_at(case.identity_id, known, at)
    levels = OnFile(case.identity_id)
    track = Track(Rulebooks.on_file(), standings, iter(next_ids(Ownership)), levels=levels)
    owner = track.running(at)
    later = any(each.start > at for each in track.standings)
    if claim is None or later or (owner is not None and owner.dealer != a.dealer_id):
        return None
    if owner is not None and owner.frozen:
        line.put(claim, at)
        return None
    won = Claim(b.dealer_id, b.store_id, b.store.tz, claim.channel, claim.staff_id)
    if (to := passing.at_an_open_store(won, at)) is None:
        return None
    given = track.give(passing.still_there(to, at), at)
    for change in given.changes:
        act = _act(ruling, change.after, at, known)
        card = None if change.before is not None else claim.customer
        save_together(changes.rows([change], Cause(act=act), known, card))
    passing.owned(case.identity_id, b.dealer_id, at)
    withdraw_requests([case.identity_id], None, at)
    return given.after


def _act(ruling: CaseRuling, whose: Standing, at: datetime, known: datetime) -> Act:
    """What the dealer reads of it: the case, and not who decided, which the ruling keeps."""
    case = ruling.case
    return Act.objects.create(
        kind=ActKind.RULED,
        reason=case.code,
        identity_id=case.identity_id,
        dealer_id=whose.dealer,
        store_id=whose.store,
        at=at,
        recorded_at=known,
    )


def _of_b(sale: Attribution, b: Standing) -> Decision:
    """For whom a sale counts where the customer was B's all along, whose duty nobody asks."""
    order, settings = sale.order, Rulebooks.on_file().on(sale.ordered_at, b.tz)
    dealer = order.store.dealer_id if order.store else None
    owner = replace(b, contact_due_at=None)
    return attribution.attribute(owner, settings, order.store_id, dealer, order.ordered_at)


def _shared(sale: Attribution, b: CaseSide | None, ruling: CaseRuling) -> Decision | None:
    """A sale shared between A and B, or whoever sold it; None where nobody else has any of it."""
    seller = Attribution.objects.filter(
        order=sale.order_id, version=sale.version, holder=Holder.SELLER
    ).first()
    other = b or seller
    if other is None:
        return None
    share = NOTHING if ruling.share is None else ruling.share
    mine = Share(Holder.OWNER, sale.dealer_id, sale.store_id, sale.ownership_id, share)
    rest = Share(Holder.SELLER, other.dealer_id, other.store_id, None, WHOLE - share)
    return Decision(SoldBy.OTHER, sale.counts_on, sale.store.tz, sale.rulebook_id, (mine, rest))


def _count_anew(
    sale: Attribution, decision: Decision | None, ruling: CaseRuling, recorded_at: datetime
) -> bool:
    """Decide about a sale and what came back of it; False where a closed month has booked it.

    Without a ``decision`` it is nobody's.
    """
    back = Attribution.objects.owners().current().filter(sale=sale.order_id)
    try:
        with transaction.atomic():
            for each in [sale, *back.select_related("order")]:
                whose = decision
                if decision is not None and each is not sale:
                    whose = decision.returned(each.ordered_at)
                Attribution.objects.bulk_create(
                    attribution.rows_anew(each, whose, AttributionCause.RULING, recorded_at, ruling)
                )
    except IntegrityError as problem:
        if broken_constraint(problem) != CLOSED_MONTH:
            raise
        return False
    return True


def _void(case: Case, ruling: CaseRuling, a: CaseSide, at: datetime, known: datetime) -> int:
    """What A's registration won ends as if never given; how many orders stay as they are.

    Where a closed month rests on it, it ends now, and what is in dispute is nobody's.
    """
    won = Ownership.objects.one_protection(cast("Ownership", a.ownership))
    started = OwnershipEvent.objects.filter(ownership__in=won, kind=EventKind.STARTED)
    claim = Registration.objects.filter(events__in=started).first()
    if claim is not None and ruling.by is not None:
        try:
            with transaction.atomic():
                voids.void(claim, reason=VoidReason.FRAUD, by=Actor.hq(ruling.by), at=at)
            return 0
        except voids.VoidRefused:
            pass  # a closed month rests on it
    standings = passing.standings_at(case.identity_id, known, at)
    track = Track(Rulebooks.on_file(), standings)
    owner = track.running(at)
    if owner is not None and owner.dealer == a.dealer_id:
        ended = track.end(at)
        if ended is not None:
            cause = Cause(act=_act(ruling, owner, at, known))
            save_together(changes.rows([ended], cause, known))
            withdraw_requests([case.identity_id], None, at)
    sales = _disputed(case, a)
    return len([sale for sale in sales if not _count_anew(sale, None, ruling, known)])

"""Taking back a registration that was a mistake.

What it won ends as if never given: its reward, its place under a cap and on a board, and what was
bought while the ownership ran counts for nobody. An import that it had replaced goes on, with what
was bought meanwhile. What others were told meanwhile stays told: a store that was answered
"protected elsewhere" registers again, and the person is free. Follow-ups stay in the record. What a
case is about, or has shared, nobody takes out of it so.
"""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from customers.cases import holds
from customers.cutoff import ORDERS, busy_as, hold_open, take_turn
from customers.models import (
    Act,
    ActKind,
    Answer,
    Attribution,
    AttributionCause,
    Channel,
    EventKind,
    Ownership,
    OwnershipEvent,
    Registration,
    Rulebook,
    Void,
    VoidReason,
    WaitEnd,
    Waiting,
)
from customers.orders import attribution
from customers.ownership import changes, possible, retrace, writing
from customers.ownership.changes import Cause
from customers.ownership.rulebook import Standing, limited
from customers.ownership.settings import Rulebooks, Settings
from customers.ownership.track import Bought, Track
from dealers import forbidden, notices, sayings
from dealers.actor import Actor, acting
from dealers.database import broken_constraint, save_together
from dealers.models import ForbiddenAct, Membership, NoticeKind, Role

TAKEN_BACK = gettext_noop("A registration was taken back: receipt %(receipt)s")
UNDO = timedelta(minutes=10)  # after its receipt, for whoever registered
# What headquarters decides about a registration that others asked it to look at.
DECIDED = {VoidReason.FRAUD, VoidReason.RETURNED}
CLOSED = {
    "void_by_a_dealer_in_an_open_month": gettext_lazy(
        "The month of this registration is closed. Headquarters can void it once it protects"
        " nobody: let the customer go first."
    ),
    "attribution_voided_in_an_open_month": gettext_lazy(
        "Something that the customer bought counts by this registration in a closed month, so it"
        " stays. Headquarters can correct the amount in the open month."
    ),
}


class VoidRefused(Exception):
    """Not voided; the message is written for the person who asked."""


class MonthClosed(VoidRefused):
    """Something that the registration brought counts in a closed month."""


def may_undo(registration: Registration, by: Actor, at: datetime) -> bool:
    """Whether ``by`` made this registration, less than ten minutes ago."""
    return (
        _won_nothing_else(registration)
        and registration.channel == Channel.CAPTURE
        and by.dealer_id == registration.dealer_id
        and by.user_id == registration.staff_id
        and at < registration.received_at + UNDO
    )


def may_void(registration: Registration, by: Actor, reason: str = "") -> bool:
    """Whether ``by`` answers for the store: its manager, the dealer's owner, or headquarters.

    Headquarters takes no protection away that runs, see ``void``.
    """
    if not _won_nothing_else(registration):
        return False
    if by.at_hq:
        return True
    if by.dealer_id != registration.dealer_id:
        return False
    if registration.channel == Channel.DISPATCH:
        return reason == VoidReason.RETURNED  # by whoever answers the store's leads, in their time
    manages = by.role == Role.STORE_MANAGER and by.store_id == registration.store_id
    return manages or by.role == Role.OWNER


def _won_nothing_else(registration: Registration) -> bool:
    """A visit of an own customer won nothing that could be taken back."""
    return registration.answer != Answer.YOURS_ALREADY


def void(registration: Registration, *, reason: str, by: Actor, at: datetime) -> Void:
    """Let a registration count for nothing from ``at`` on; once more gives the first void again.

    Whoever registered may say ``VoidReason.UNDONE`` for ten minutes. Headquarters, of itself, voids
    what protects nobody: by a case, or as a lead that the store returns, more. Raises VoidRefused
    for others than those who may, a visit, and what a case decides; MonthClosed for what a closed
    month rests on.
    """
    if reason not in VoidReason.values:
        raise VoidRefused(_("Choose why it was a mistake."))
    if not _won_nothing_else(registration):
        raise VoidRefused(_("A visit won nothing that could be taken back."))
    if reason == VoidReason.UNDONE and not may_undo(registration, by, at):
        raise VoidRefused(
            _("The ten minutes are over. The store's manager or the owner can void it.")
        )
    if reason != VoidReason.UNDONE and not may_void(registration, by, reason):
        if registration.channel == Channel.DISPATCH:
            raise VoidRefused(_("A lead brought it, which the store can return."))
        raise VoidRefused(_("The store's manager or the owner can void it."))
    if by.at_hq and reason not in DECIDED and _protects(registration, at):
        said = sayings.kept(forbidden.SHORTENED)
        dealer, card = registration.dealer_id, registration.customer_id
        forbidden.note(ForbiddenAct.PROTECTION, said, by=by, at=at, dealer_id=dealer, customer=card)
        raise VoidRefused(
            _(
                "It protects a customer, whom headquarters takes from nobody: the store's manager"
                " or the owner voids it or lets the customer go, or a case decides."
            )
        )
    try:
        # What a void takes and gives back is not only the dealer's.
        with (
            busy_as(VoidRefused),
            transaction.atomic(),
            acting(Actor.worker("void", by.user)),
        ):
            return _void(registration, reason, by, at)
    except IntegrityError as problem:
        sentence = CLOSED.get(broken_constraint(problem) or "")
        if sentence is None:
            raise
        raise MonthClosed(str(sentence)) from None


def _void(registration: Registration, reason: str, by: Actor, at: datetime) -> Void:
    hold_open()
    recorded_at = take_turn(bytes(registration.identity.fingerprint), ORDERS).at
    if (known := Void.objects.filter(registration=registration).first()) is not None:
        return known
    won = _won(registration)
    if won and reason not in DECIDED:
        _leave_to_cases(registration, won)
    made = Void.objects.create(
        registration=registration,
        reason=reason,
        voided_by=by.person,
        role=by.role,
        at=at,
        recorded_at=recorded_at,
    )
    Waiting.objects.filter(registration=registration).end(at, WaitEnd.LEFT)
    for opened in Act.objects.in_review().filter(reason=registration.receipt):
        possible.answered(opened, ActKind.MATCHED, by.user_id, at, recorded_at)
    if won:
        _take_back(registration, won, recorded_at)
        writing.withdraw(Act.objects.open().filter(ownership__in=won), by.user_id, at)
    if registration.staff_id != by.user_id:
        _tell(registration, by, at)
    return made


def _leave_to_cases(registration: Registration, won: Collection[Ownership]) -> None:
    """Raise VoidRefused where the other side of a case would lose what that gives it.

    Its dealer alone is refused, who knows of the case: to others nothing is said.
    """
    runs = holds.dispute(registration.identity_id)
    if runs is not None and runs.dealer == registration.dealer_id:
        raise VoidRefused(
            _(
                "A case about this customer runs and decides whose they are. What it is about is"
                " not voided until it is closed."
            )
        )
    if any(each.cause == AttributionCause.RULING for each in _sales(won)):
        raise VoidRefused(
            _(
                "A case has decided about something that the customer bought by this registration,"
                " so it stays."
            )
        )


def _tell(registration: Registration, by: Actor, at: datetime) -> None:
    """Tell who had registered, and, of what headquarters took back, who answers for the store."""
    told = [registration.staff]
    if by.at_hq and registration.store is not None:
        posts = Membership.objects.current(at).answering_for(registration.store)
        told += [post.user for post in posts.select_related("user")]
    notices.tell(
        [user for user in told if user is not None],
        NoticeKind.VOID,
        sayings.kept(TAKEN_BACK, receipt=[registration.receipt]),
        to=reverse("customers:receipt", args=[registration.receipt]),
        about=str(registration.pk),
        at=at,
    )


def _protects(registration: Registration, at: datetime) -> bool:
    """Whether a protection that it won runs at ``at``, at whichever store it goes on."""
    return any(each.period.lower <= at < each.period.upper for each in _won(registration))


def _won(registration: Registration) -> list[Ownership]:
    """What the registration won, at once or in its turn in line, at whichever store it goes on."""
    started = OwnershipEvent.objects.filter(kind=EventKind.STARTED, registration=registration)
    first = Ownership.objects.given().filter(pk__in=started.values("ownership")).first()
    return [] if first is None else list(Ownership.objects.given().one_protection(first))


def _take_back(
    registration: Registration, won: Collection[Ownership], recorded_at: datetime
) -> None:
    """End what the registration won at its start, and give what it took from others back."""
    ids = {it.pk for it in won}
    standings = changes.standings_of(registration.identity_id)
    others = [it for it in standings if it.id not in ids]
    rulebook = registration.rulebook_id
    done = [changes.void(it, rulebook) for it in standings if it.id in ids]
    for ended in _replaced(registration):
        restored = _restored(ended, registration, others)
        done.append(changes.restore(changes.standing_of(ended), restored, rulebook))
        others = [restored if it.id == restored.id else it for it in others]
    save_together(changes.rows(done, Cause(registration=registration), recorded_at))
    track = Track(Rulebooks.on_file(), others)
    for sale in list(_sales(won)):
        _count_again(sale, track, recorded_at)


def _replaced(registration: Registration) -> list[Ownership]:
    """The imported ownership that this registration ended, unless that is void itself."""
    events = OwnershipEvent.objects.filter(
        kind=EventKind.ENDED, registration=registration, ownership__in=Ownership.objects.given()
    )
    return [it.ownership for it in events.select_related("ownership__store")]


def _restored(ended: Ownership, registration: Registration, others: list[Standing]) -> Standing:
    """How far the protection would run if this registration had not ended it."""
    standing = changes.standing_of(ended)
    following = min((it.start for it in others if it.start > standing.start), default=None)
    kept = [it for it in retrace.steps_of(ended) if it.registration != registration.pk]
    settings = {it.pk: Settings.of(it) for it in Rulebook.objects.all()}
    without = retrace.led_to(standing, following, kept, settings)
    if without is None:
        raise VoidRefused(_("What happened before cannot be retraced. Please ask headquarters."))
    return limited(without, following)


def _sales(won: Collection[Ownership]) -> Iterator[Attribution]:
    """The decisions about sales that count by these ownerships, in order of time."""
    counting = Attribution.objects.owners().current().filter(ownership__in=won, sale=None)
    yield from counting.select_related("order__store").order_by("ordered_at", "pk")


def _count_again(owned: Attribution, track: Track, recorded_at: datetime) -> None:
    """Decide about a sale, and what came back of it, as if its owner had never been."""
    sale = owned.order
    dealer = sale.store.dealer_id if sale.store else None
    sold = track.apply(Bought(sale.store_id, dealer, sale.ordered_at, sale.net > 0))
    back = Attribution.objects.owners().current().filter(sale=sale).select_related("order")
    if sold is None:
        for each in [owned, *back]:
            Attribution.objects.bulk_create(
                attribution.rows_anew(each, None, AttributionCause.VOID, recorded_at)
            )
        return
    decision = attribution.attribute(
        sold.before, sold.settings, sale.store_id, dealer, sale.ordered_at
    )
    for each, whose in [
        (owned, decision),
        *((it, decision.returned(it.ordered_at)) for it in back),
    ]:
        Attribution.objects.bulk_create(
            attribution.rows_anew(each, whose, AttributionCause.VOID, recorded_at)
        )
    save_together(changes.rows(sold.changes, Cause(order=sale), recorded_at))

"""Having a store or a dealer close, and taking it back before it takes effect."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from customers.choices.asking import ASKED_FOR
from customers.closings import offering
from customers.closings.offering import ClosingRefused
from customers.models import Closing, ClosingKind, ClosingStep, Ownership, StepKind
from customers.ownership.duties import FROZEN_FOR
from customers.ownership.rulebook import day_start, local_day, protection_end
from dealers import departures, notices, outbox, sayings
from dealers.actor import Actor, acting
from dealers.database import broken_constraint
from dealers.models import Dealer, Membership, NoticeKind, Role, Store

TASK = "customers.tasks.go_on_closing"
TOLD_BEFORE = {ClosingKind.STORE: 1, ClosingKind.DEALER: 14}  # days, at least
LATEST = 366  # days ahead

SHUTS = gettext_noop("%(what)s closes on %(day)s.")
STAYS = gettext_noop("%(what)s does not close: it was taken back.")

S = StepKind
STEPS = {
    ClosingKind.STORE: (S.TOLD, S.SHUT, S.POSTS, S.MOVED, S.LEADS, S.CHECKED),
    ClosingKind.DEALER: (
        S.TOLD, S.SHUT, S.LEADS, S.FROZEN, S.TAKEN, S.SETTLED, S.ASKED, S.OFFERED, S.ENDED,
        S.KEYS, S.CHECKED,
    ),
}  # fmt: skip
ONCE = {
    "closing_once_a_store": gettext_lazy("This store closes already."),
    "closing_once_a_dealer": gettext_lazy("This dealer closes already."),
}


def close_store(
    store: Store, *, to: Store, on: date, reason: str, by: Actor, at: datetime
) -> Closing:
    """Have a store close when the day ``on`` begins there; ``to`` goes on with its customers.

    By the dealer's owner. Raises ClosingRefused for another dealer's store, a day that is not at
    least a day ahead, and a sister store that closes as well.
    """
    _by_owner(by, store)
    if to.pk == store.pk or to.dealer_id != store.dealer_id:
        raise ClosingRefused(_("Choose another store of yours, which goes on with the customers."))
    due = _moment(ClosingKind.STORE, on, [store], at)
    with _once(), transaction.atomic(), acting(Actor.worker("close_store", by.user)):
        # In order of id, so that two closings wait for each other.
        locked = Store.objects.select_for_update(no_key=True).filter(pk__in=[store.pk, to.pk])
        stores = {each.pk: each for each in locked.order_by("pk")}
        if stores[to.pk].closed_at is not None:
            raise ClosingRefused(_("%(store)s closes as well: choose another one.") % {"store": to})
        if Closing.objects.under_way().filter(to=store).exists():
            raise ClosingRefused(
                _("%(store)s is to go on with the customers of a store that closes.")
                % {"store": store}
            )
        if not departures.close_from([store.pk], due):
            raise ClosingRefused(str(ONCE["closing_once_a_store"]))
        made = Closing(
            kind=ClosingKind.STORE, dealer_id=store.dealer_id, store=store, to=to, reason=reason,
            by=by.person, begun_at=at, due_at=due,
        )  # fmt: skip
        return _begin(made, {}, at)


def close_dealer(dealer: Dealer, *, on: date, reason: str, by: Actor, at: datetime) -> Closing:
    """Have all stores of a dealer close when the day ``on`` begins in the last of them.

    By headquarters. Raises ClosingRefused for a day that is not at least 14 days ahead, while a
    store of the dealer is being closed, and until everything of the dealer was ready for its owner.
    """
    if not by.at_hq:
        raise ClosingRefused(_("Only headquarters does this."))
    with _once(), transaction.atomic(), acting(Actor.worker("close_dealer", by.user)):
        stores = list(
            Store.objects.select_for_update(no_key=True).filter(dealer=dealer).order_by("pk")
        )
        due = _check_dealer(dealer, on, stores, at)
        departures.close_from([each.pk for each in stores], due)
        settled = max(protection_end(due, FROZEN_FOR, each.tz) for each in stores)
        offered = settled + ASKED_FOR
        later = dict.fromkeys((S.SETTLED, S.ASKED), settled) | dict.fromkeys(
            (S.OFFERED, S.ENDED, S.KEYS, S.CHECKED), offered
        )
        made = Closing(
            kind=ClosingKind.DEALER, dealer=dealer, reason=reason, by=by.person, begun_at=at,
            due_at=due, pack=offering.needed(dealer, by=by, at=at),
        )  # fmt: skip
        return _begin(made, later, at)


def _check_dealer(dealer: Dealer, on: date, stores: list[Store], at: datetime) -> datetime:
    """When a dealer with these stores would close. Raises ClosingRefused where it cannot."""
    if not stores:
        raise ClosingRefused(_("This dealer has no store."))
    standing = Closing.objects.standing().filter(dealer=dealer)
    if standing.filter(kind=ClosingKind.DEALER).exists():
        raise ClosingRefused(str(ONCE["closing_once_a_dealer"]))
    if standing.filter(kind=ClosingKind.STORE, finished_at=None).exists():
        raise ClosingRefused(_("A store of this dealer is being closed: wait until it is."))
    return _moment(ClosingKind.DEALER, on, stores, at)


def take_back(closing: Closing, *, by: Actor, at: datetime) -> None:
    """Have a store or dealer stay open after all, as long as its closing has not taken effect.

    By the owner of the store, or headquarters for a dealer. Raises ClosingRefused.
    """
    if closing.kind == ClosingKind.DEALER and not by.at_hq:
        raise ClosingRefused(_("Only headquarters does this."))
    if closing.store is not None:
        _by_owner(by, closing.store)
    with transaction.atomic(), acting(Actor.worker("stay_open", by.user)):
        closing = Closing.objects.select_for_update(no_key=True, of=("self",)).get(pk=closing.pk)
        if closing.cancelled_at is not None:
            return
        if at >= closing.due_at:
            raise ClosingRefused(_("It has taken effect already, and can no longer be taken back."))
        closing.cancelled_at, closing.cancelled_by = at, by.person
        closing.save(update_fields=["cancelled_at", "cancelled_by"])
        departures.stay_open(stores_of(closing), closing.due_at)
        tell(closing, sayings.kept(STAYS, what=[str(closing)]), "stays", at)


def stores_of(closing: Closing) -> list[int]:
    """The stores that close."""
    if closing.store_id is not None:
        return [closing.store_id]
    return list(Store.objects.filter(dealer=closing.dealer_id).values_list("pk", flat=True))


def owned_by(closing: Closing, at: datetime) -> int:
    """How many customers are concerned at ``at``."""
    return Ownership.objects.running(at).filter(store__in=stores_of(closing)).count()


def tell(closing: Closing, said: str, what: str, at: datetime) -> int:
    """Tell the dealer's owners, and whoever works at what closes, of its closing."""
    posts = Membership.objects.current(at).filter(dealer=closing.dealer_id)
    found = posts.select_related("user").order_by("pk")
    owners = [post.user for post in found if post.role == Role.OWNER]
    stores = set(stores_of(closing))
    people = [post.user for post in found if post.store_id in stores]
    people = [each for each in people if each not in owners]
    about = f"{what}:{closing.pk}"
    page = closing.get_absolute_url()
    kind = NoticeKind.CLOSES
    told = notices.tell(owners, kind, said, to=page, about=about, at=at)
    return told + notices.tell(people, kind, said, to=reverse("dealers:me"), about=about, at=at)


def place_of(closing: Closing) -> Store:
    """By whose clock the moments of a closing are said: its store's, or the dealer's first."""
    return closing.store or Store.objects.filter(dealer=closing.dealer_id).order_by("pk")[0]


def said_of(closing: Closing) -> str:
    """What is told when it is decided that something closes."""
    day = local_day(closing.due_at, place_of(closing).tz)
    return sayings.kept(SHUTS, what=[str(closing)], day=[f"{day:%Y-%m-%d}"])


def _begin(made: Closing, later: Mapping[StepKind, datetime], at: datetime) -> Closing:
    """Store what was decided and tell it, in one transaction: no lost task surprises anybody."""
    made.save(force_insert=True)
    due = {S.TOLD: at, **later}
    ClosingStep.objects.bulk_create(
        ClosingStep(closing=made, number=number, kind=kind, due_at=due.get(kind, made.due_at))
        for number, kind in enumerate(STEPS[ClosingKind(made.kind)], 1)
    )
    told = tell(made, said_of(made), "closes", at)
    made.steps.filter(kind=S.TOLD).update(started_at=at, done_at=at, done=told)
    moments = sorted({each.due_at for each in made.steps.exclude(kind=S.TOLD)})
    puts = [outbox.Put(TASK, (str(made.pk),), f"closing:{made.pk}:{m}", m) for m in moments]
    outbox.add_all(puts, at=at)
    return made


def _moment(kind: ClosingKind, on: date, stores: list[Store], at: datetime) -> datetime:
    """When the day ``on`` has begun at all these stores. Raises ClosingRefused."""
    due = max(day_start(on, each.tz) for each in stores)
    first = max(local_day(at, each.tz) for each in stores) + timedelta(days=TOLD_BEFORE[kind])
    if not first <= on <= first + timedelta(days=LATEST):
        raise ClosingRefused(
            _("Choose a day from %(day)s on: everybody concerned is told before.")
            % {"day": formats.date_format(first, "DATE_FORMAT")}
        )
    return due


def _by_owner(by: Actor, store: Store) -> None:
    if not by.owns_dealer(store.dealer_id):
        raise ClosingRefused(_("Only the dealer's owner does this."))


@contextmanager
def _once() -> Iterator[None]:
    """Say it in a sentence where something closes already."""
    try:
        yield
    except IntegrityError as problem:
        if (said := ONCE.get(broken_constraint(problem) or "")) is None:
            raise
        raise ClosingRefused(str(said)) from None

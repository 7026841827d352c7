"""Who follows up whom: handed over inside a store by who leads it, and taken back the same day."""

import uuid
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from customers.cutoff import busy_as, wait_no_longer
from customers.models import (
    Act,
    ActKind,
    EventKind,
    Handover,
    Ownership,
    OwnershipQuerySet,
    Waiting,
)
from customers.ownership import changes, duties, passing, writing
from customers.ownership.rulebook import Standing
from customers.ownership.settings import Rulebooks
from customers.ownership.track import Track
from customers.ownership.writing import Written
from dealers import invitations, notices, people, sayings
from dealers.actor import Actor
from dealers.models import Membership, NoticeKind, Store, User

UNDONE_WITHIN = timedelta(days=1)
AT_ONCE = 200  # customers
GIVEN = gettext_noop("%(name)s gave you customers to follow up: %(count)s")
WITHOUT = gettext_noop("Customers that nobody follows up since %(name)s left: %(count)s")


class HandoverRefused(Exception):
    """The message is written for the person who asked."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What was handed over together, as far as its reader may see it."""

    id: uuid.UUID
    rows: list[Handover]
    undone: bool

    @property
    def first(self) -> Handover:
        return self.rows[0]

    def undoable(self, by: Actor, at: datetime) -> bool:
        """Whether ``by`` may take it back: who handed it over, within a day, once."""
        first = self.first
        fresh = at < first.at + UNDONE_WITHIN
        return fresh and not self.undone and first.undoes is None and first.by_id == by.user_id


def followers(by: Actor, at: datetime) -> QuerySet[Membership]:
    """The posts that customers can be handed to: those of the store or dealer that ``by`` leads."""
    posts = Membership.objects.current(at).staff_of(by.post).with_scope().select_related("user")
    return posts.order_by("store__code", "user__name", "pk")


def followed_by(user: User, store: Store | None, by: Actor, at: datetime) -> OwnershipQuerySet:
    """The customers in force that ``user`` follows up, at ``store`` if that is one."""
    rows = Ownership.objects.visible_to(by.post).running(at).filter(staff=user)
    return rows if store is None else rows.filter(store=store)


@busy_as(HandoverRefused)
@transaction.atomic
def hand_over(
    customers: Collection[int], to: Membership | None, *, by: Actor, at: datetime
) -> uuid.UUID:
    """Have the holder of the post ``to`` follow up these ownerships, or nobody; gives the batch.

    Only inside a store, and by who leads it: its manager, or the dealer's owner. Those that ``by``
    cannot see are none. Raises HandoverRefused.
    """
    if not invitations.roles_for(by):
        raise HandoverRefused(_("Ask the store's manager or the owner to hand over customers."))
    if to is not None and not followers(by, at).filter(pk=to.pk).exists():
        raise HandoverRefused(_("This person does not work here."))
    rows = Ownership.objects.visible_to(by.post).running(at).filter(pk__in=customers)
    wait_no_longer()
    owned, recorded_at = _held(rows, by, at)
    if to is not None and to.store_id is not None:
        elsewhere = sum(each.store_id != to.store_id for each in owned)
        if elsewhere:
            raise HandoverRefused(
                _("%(name)s works at %(store)s, and %(count)d of these customers are another"
                  " store's: they stay there. Choose those of one store.")
                % {"name": to.user, "store": to.store, "count": elsewhere}
            )  # fmt: skip
    batch = _save([(each, to.user_id if to else None) for each in owned], by=by, at=at)
    if to is not None:
        _go_on(owned, to.user_id, recorded_at, by, at)
    return batch


def batch_of(batch: uuid.UUID, by: Actor) -> Batch | None:
    """A batch as ``by`` may see it; None if there is nothing of it."""
    rows = Handover.objects.filter(
        batch=batch, ownership__in=Ownership.objects.visible_to(by.post)
    ).select_related("ownership__customer", "ownership__store", "before", "after", "by")
    found = list(rows.order_by("pk"))
    undone = Handover.objects.filter(undoes=batch).exists()
    return Batch(batch, found, undone) if found else None


@busy_as(HandoverRefused)
@transaction.atomic
def undo(batch: uuid.UUID, *, by: Actor, at: datetime) -> uuid.UUID:
    """Take a batch back; who was handed on since, or ended, stays.

    Who followed a customer up before and works there no longer does not again: then nobody does,
    and the protection pauses as if they left now. Where somebody does again, it goes on. Raises
    HandoverRefused.
    """
    # Two clicks queue on the first row's person, so that the second sees what the first did.
    given = batch_of(batch, by)
    if given is None:
        raise HandoverRefused(_("There is nothing to take back."))
    running = Ownership.objects.running(at)
    rows = running.filter(pk__in=[row.ownership_id for row in given.rows])
    wait_no_longer()
    held, recorded_at = _held(rows, by, at)
    owned = {each.pk: each for each in held}
    given = batch_of(batch, by)
    if given is None or not given.undoable(by, at):
        raise HandoverRefused(_("A handover can be taken back once, within a day, by who made it."))
    posts = Membership.objects.current(at).filter(dealer=by.dealer_id)
    works = set(posts.values_list("user", "store"))
    back: list[tuple[Ownership, int | None]] = []
    left = []  # who followed these up, works there no longer
    for row in given.rows:
        each = owned.get(row.ownership_id)
        if each is not None and each.staff_id == row.after_id:
            here = {(row.before_id, each.store_id), (row.before_id, None)} & works
            back.append((each, row.before_id if here else None))
            if row.before_id is not None and not here:
                left.append(each)
    undone = _save(back, by=by, at=at, undoes=batch)
    _pause(left, recorded_at, by, at)
    for staff in {staff for _each, staff in back if staff is not None}:
        theirs = [each for each, before in back if before == staff]
        _go_on(theirs, staff, recorded_at, by, at)
    return undone


@busy_as(HandoverRefused)
@transaction.atomic
def leave(membership: Membership, to: Membership | None, *, by: Actor, at: datetime) -> int:
    """End a post and hand its customers to ``to``, or to nobody; how many those were.

    To nobody, their protections pause until somebody follows them up, for 7 days at most.

    Raises HandoverRefused and people.PeopleRefused.
    """
    count = _pass_on(membership, to, by=by, at=at)
    people.end_membership(membership, by=by, at=at)
    return count


@busy_as(HandoverRefused)
@transaction.atomic
def change_post(
    membership: Membership,
    *,
    role: str,
    store: Store,
    on: date,
    to: Membership | None,
    by: Actor,
    at: datetime,
) -> Membership:
    """Another role or store from the day ``on``. In another store the customers are handed over.

    They are so at once: they stay with their store, where ``to`` follows them up, or nobody yet,
    while their protections pause as if the person had left.
    Raises HandoverRefused and people.PeopleRefused.
    """
    if store.pk != membership.store_id:
        _pass_on(membership, to, by=by, at=at)
    return people.change_post(membership, role=role, store=store, on=on, by=by, at=at)


def _pass_on(membership: Membership, to: Membership | None, *, by: Actor, at: datetime) -> int:
    # Held first: what somebody is given meanwhile is theirs.
    wait_no_longer()
    rows = followed_by(membership.user, membership.store, by, at)
    owned, recorded_at = _held(rows, by, at, who_left=membership.user)
    if owned:
        hand_over([each.pk for each in owned], to, by=by, at=at)
    if to is None:
        _pause(owned, recorded_at, by, at)
    return len(owned)


@busy_as(people.PeopleRefused)
@transaction.atomic
def let_go(membership: Membership, by: Actor, at: datetime) -> None:
    """Have nobody follow up whom the holder of a post that is over still did there.

    Whoever ended it in the shop has handed them on before; headquarters has not. Those who answer
    for the store are told how many wait for somebody. Raises people.PeopleRefused.
    """
    if membership.dealer_id is None:
        return
    wait_no_longer()
    here = Ownership.objects.running(at).filter(
        staff=membership.user_id, store__dealer=membership.dealer_id
    )
    if membership.store_id is not None:
        here = here.filter(store=membership.store_id)
    owned, recorded_at = _held(here, by, at, who_left=membership.user)
    if not owned:
        return
    _save([(each, None) for each in owned], by=by, at=at)
    _pause(owned, recorded_at, by, at)
    posts = Membership.objects.current(at).over(membership).select_related("user")
    notices.tell(
        [post.user for post in posts if post.user_id != by.user_id],
        NoticeKind.HANDOVER,
        sayings.kept(WITHOUT, count=[str(len(owned))], name=[membership.user.name]),
        to=reverse("customers:list"),
        about=f"let-go:{membership.pk}",
        at=at,
    )


def _held(
    rows: OwnershipQuerySet, by: Actor, at: datetime, who_left: User | None = None
) -> tuple[list[Ownership], datetime]:
    """The ownerships, of whose people nobody else records anything meanwhile; and the clock.

    Also those that came to ``who_left`` out of the line before ``at``, or that silence has extended
    by then, of which no row tells yet.
    """
    people = set(rows.values_list("identity", flat=True))
    if who_left is not None:
        places = Waiting.objects.open().filter(registration__staff=who_left)
        late = Act.objects.open().filter(due_at__lte=at, ownership__staff=who_left)
        for found in (places, late):
            people.update(found.values_list("identity", flat=True))
    recorded_at = passing.hold(people, at, by.user)
    return _locked(rows.select_related("store")), recorded_at


def _pause(owned: list[Ownership], recorded_at: datetime, by: Actor, at: datetime) -> None:
    """Nobody follows them up since somebody left: their protections wait, 7 days at most."""
    done = [(each, duties.paused(changes.standing_of(each), at)) for each in owned]
    _write(ActKind.LEFT, EventKind.PAUSED, done, recorded_at=recorded_at, by=by, at=at)


def _go_on(
    owned: list[Ownership], staff: int, recorded_at: datetime, by: Actor, at: datetime
) -> None:
    """Somebody follows them up: they have waited for as long as it took, and no longer."""
    books = Rulebooks.on_file()
    done = [(each, duties.resumed(changes.standing_of(each), staff, at, books)) for each in owned]
    _write(ActKind.ASSIGNED, EventKind.RESUMED, done, recorded_at=recorded_at, by=by, at=at)


def _write(
    kind: ActKind,
    event: EventKind,
    done: list[tuple[Ownership, Standing]],
    *,
    recorded_at: datetime,
    by: Actor,
    at: datetime,
) -> None:
    """What has begun or ended a pause; the others stay as they are."""
    rulebooks, written = Rulebooks.on_file(), []
    for each, after in done:
        before = changes.standing_of(each)
        if after.pause == before.pause:
            continue
        act = Act.about(each, kind, by_id=by.user_id, at=at)
        change = Track(rulebooks, [before]).change(event, before, after, at)
        written.append(Written(act, [change]))
    writing.write(written, recorded_at)


def _locked(rows: OwnershipQuerySet) -> list[Ownership]:
    return list(rows.select_for_update(no_key=True, of=("self",)).order_by("pk"))


def _save(
    moves: list[tuple[Ownership, int | None]],
    *,
    by: Actor,
    at: datetime,
    undoes: uuid.UUID | None = None,
) -> uuid.UUID:
    batch = uuid.uuid4()
    rows = [
        Handover(
            batch=batch, ownership=each, before_id=each.staff_id, after_id=after, by=by.person,
            at=at, undoes=undoes,
        )
        for each, after in moves
        if each.staff_id != after
    ]  # fmt: skip
    if not rows:
        raise HandoverRefused(_("Nothing to hand over: choose a customer and another person."))
    Handover.objects.bulk_create(rows)
    for after in {row.after_id for row in rows}:
        moved = [row.ownership_id for row in rows if row.after_id == after]
        Ownership.objects.filter(pk__in=moved).update(staff=after)
    _tell(rows, by, at)
    return batch


def _tell(rows: list[Handover], by: Actor, at: datetime) -> None:
    """Tell each whom they follow up from now on; what they were told of it leads to their list."""
    count = Counter(row.after_id for row in rows if row.after_id not in {None, by.user_id})
    for user in User.objects.filter(pk__in=count).order_by("pk"):
        notices.tell(
            [user],
            NoticeKind.HANDOVER,
            sayings.kept(GIVEN, count=[str(count[user.pk])], name=[by.person.name]),
            to=reverse("customers:list"),
            about=str(rows[0].batch),
            at=at,
        )

"""Letting a customer go: said with a reason, taken back for a day, and then done."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from customers.cases import holds
from customers.cutoff import one_by_one
from customers.models import Act, ActKind, Customer, Ownership, Release, ReleaseReason
from customers.ownership import changes, passing, writing
from customers.ownership.settings import Rulebooks
from customers.ownership.track import Track
from customers.ownership.writing import Written
from dealers import invitations, notices, sayings
from dealers.actor import Actor
from dealers.database import broken_constraint
from dealers.models import Membership, NoticeKind, User

TOLD_BEFORE = timedelta(hours=24)
RELEASES = gettext_noop("%(name)s lets a customer go. It takes effect on %(day)s.")
KEEPS = gettext_noop("%(name)s has taken it back: the customer stays.")


class ReleaseRefused(Exception):
    """The message is written for the person who asked."""


def may_release(owned: Ownership, by: Actor) -> bool:
    """Whether ``by`` answers for the store that has the customer: its manager, or the owner."""
    mine = Ownership.objects.visible_to(by.membership).filter(pk=owned.pk)
    return bool(invitations.roles_for(by)) and by.dealer_id == owned.dealer_id and mine.exists()


def open_of(owned: Ownership) -> Release | None:
    """The release of an ownership that has not taken effect."""
    return Release.objects.open().filter(ownership=owned).select_related("by").first()


def release(customer: Customer, reason: str, *, by: Actor, at: datetime) -> Release:
    """Let a customer go a day from ``at``; once more gives the first release again.

    The dealer's owners and who follows the customer up are told now. Raises ReleaseRefused.
    """
    if reason not in ReleaseReason.values:
        raise ReleaseRefused(_("Choose why you let the customer go."))
    with transaction.atomic():
        owned = _running(customer, at)
        if owned is None or not may_release(owned, by):
            raise ReleaseRefused(_("The store's manager or the owner lets customers go."))
        if owned.frozen or holds.frozen(owned.identity_id):
            raise ReleaseRefused(_("Nothing moves while a closing or a case is under way."))
        if (known := open_of(owned)) is not None:
            return known
        made = Release(
            ownership=owned, dealer_id=owned.dealer_id, reason=reason, by=by.person, at=at,
            effective_at=at + TOLD_BEFORE,
        )  # fmt: skip
        try:
            with transaction.atomic():
                made.save(force_insert=True)
        except IntegrityError as problem:
            if broken_constraint(problem) != "release_once_at_a_time":
                raise
            return Release.objects.open().get(ownership=owned)
        _tell(made, owned, RELEASES, by, at)
        return made


def take_back(made: Release, *, by: Actor, at: datetime) -> None:
    """Keep the customer after all, until it takes effect; twice is once. Raises ReleaseRefused."""
    with transaction.atomic():
        made = Release.objects.select_for_update(no_key=True).get(pk=made.pk)
        if not may_release(made.ownership, by):
            raise ReleaseRefused(_("The store's manager or the owner lets customers go."))
        if made.cancelled_at is not None:
            return
        if made.done_at is not None or at >= made.effective_at:
            raise ReleaseRefused(_("It has taken effect already, and can no longer be taken back."))
        made.cancelled_at, made.cancelled_by = at, by.person
        made.save(update_fields=["cancelled_at", "cancelled_by"])
        _tell(made, made.ownership, KEEPS, by, at)


def sweep(at: datetime) -> int:
    """Let go whom it is time for, however late; how many. For the worker."""
    due = Release.objects.open().filter(effective_at__lte=at).values_list("pk", flat=True)
    return sum(one_by_one("release", due, lambda pk: _let_go(pk, at)))


def _let_go(pk: int, at: datetime) -> int:
    identity = Ownership.objects.get(releases=pk).identity_id
    recorded_at = writing.hold([identity])
    made = Release.objects.select_for_update(no_key=True, of=("self",)).get(pk=pk)
    if made.done_at is not None or made.cancelled_at is not None:
        return 0
    passing.settle(identity, at, recorded_at)
    owned = Ownership.objects.select_related("store", "customer").get(pk=made.ownership_id)
    running = changes.standing_of(owned)
    if running.frozen or holds.frozen(identity):
        return 0
    track = Track(Rulebooks.on_file(), [running])
    ended = track.end(at)
    if ended is not None:  # else it was over before
        act = Act.about(owned, ActKind.RELEASED, reason=made.reason, by_id=made.by_id, at=at)
        writing.write([Written(act, [ended], owned.customer)], recorded_at)
        writing.withdraw_requests([identity], made.by_id, at)
        passing.settle(identity, at, recorded_at)  # whose turn it is now
    made.done_at = at
    made.save(update_fields=["done_at"])
    return int(ended is not None)


def _running(customer: Customer, at: datetime) -> Ownership | None:
    running = Ownership.objects.running(at).filter(customer=customer)
    return running.select_related("store").select_for_update(no_key=True, of=("self",)).first()


def _tell(made: Release, owned: Ownership, said: str, by: Actor, at: datetime) -> None:
    posts = Membership.objects.current(at).answering_for(owned.store).select_related("user")
    people = {post.user_id: post.user for post in posts}
    if owned.staff_id is not None:
        people |= {each.pk: each for each in User.objects.filter(pk=owned.staff_id)}
    people = {pk: user for pk, user in people.items() if pk != by.user_id}
    day = f"{made.effective_at.astimezone(owned.store.tz):%Y-%m-%d %H:%M}"
    notices.tell(
        people.values(),
        NoticeKind.LEAVES,
        sayings.kept(said, name=[by.person.name], day=[day]),
        to=reverse("customers:detail", args=[owned.customer_id]),
        about=f"release:{made.pk}:{said[:8]}",
        at=at,
    )

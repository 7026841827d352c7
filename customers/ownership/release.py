"""Letting a customer go: said with a reason, taken back for a day, and then done by time."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from customers.cases import holds
from customers.models import Customer, Ownership, Release, ReleaseReason
from customers.ownership import reminders
from dealers import invitations, notices, sayings
from dealers.actor import Actor
from dealers.database import broken_constraint
from dealers.models import NoticeKind

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
    """The release that has not taken effect, also where the store has closed since.

    But none of a protection of before, which was over sooner.
    """
    mine = Ownership.objects.one_protection(owned)
    return Release.objects.open().filter(ownership__in=mine).select_related("by").first()


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
    """Keep the customer after all, until it takes effect; twice is once. Raises ReleaseRefused.

    While a case is under way it takes no effect.
    """
    with transaction.atomic():
        made = Release.objects.select_for_update(no_key=True).get(pk=made.pk)
        if not may_release(made.ownership, by):
            raise ReleaseRefused(_("The store's manager or the owner lets customers go."))
        if made.cancelled_at is not None:
            return
        waits = at < made.effective_at or holds.frozen(made.ownership.identity_id)
        if made.done_at is not None or not waits:
            raise ReleaseRefused(_("It has taken effect already, and can no longer be taken back."))
        made.cancelled_at, made.cancelled_by = at, by.person
        made.save(update_fields=["cancelled_at", "cancelled_by"])
        _tell(made, made.ownership, KEEPS, by, at)


def _running(customer: Customer, at: datetime) -> Ownership | None:
    running = Ownership.objects.running(at).filter(customer=customer)
    return running.select_related("store").select_for_update(no_key=True, of=("self",)).first()


def _tell(made: Release, owned: Ownership, said: str, by: Actor, at: datetime) -> None:
    people = [user for user in reminders.concerned(owned, at) if user.pk != by.user_id]
    day = f"{made.effective_at.astimezone(owned.store.tz):%Y-%m-%d %H:%M}"
    notices.tell(
        people,
        NoticeKind.LEAVES,
        sayings.kept(said, name=[by.person.name], day=[day]),
        to=reverse("customers:detail", args=[owned.customer_id]),
        about=f"release:{made.pk}:{'kept' if made.cancelled_at else 'goes'}",
        at=at,
    )

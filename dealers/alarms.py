"""What a dealer's owner is told about looks at its customers: test customers, and far too many.

The database finds them as an entry of the access log is written, so nobody who looks learns which
customer is a test, and nothing is missed that any way of looking leaves there.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from dealers import notices, sayings
from dealers.actor import Actor
from dealers.models import AccessAlarm, AlarmKind, Canary, NoticeKind, Role

AT_ONCE = 100
SAID: dict[str, str] = {
    AlarmKind.CANARY: gettext_noop("%(name)s had a test customer of yours open."),
    AlarmKind.BULK: gettext_noop("%(name)s looked at far more than usual."),
}


class CanaryRefused(Exception):
    """The message is written for the person who asked."""


def plant(customer: UUID, *, by: Actor, at: datetime) -> Canary:
    """Make a card of the owner's dealer a test customer. Raises CanaryRefused."""
    dealer_id = _owners(by)
    planted, made = Canary.objects.get_or_create(
        customer=customer,
        ended_at=None,
        defaults={"dealer_id": dealer_id, "planted_by": by.person, "planted_at": at},
    )
    if not made:
        raise CanaryRefused(_("This is a test customer already."))
    return planted


def uproot(canary_id: int, *, by: Actor, at: datetime) -> None:
    """Let a test customer be one like all others again. Raises CanaryRefused."""
    planted = Canary.objects.filter(pk=canary_id, dealer=_owners(by), ended_at=None)
    if not planted.update(ended_at=at):
        raise CanaryRefused(_("This is no test customer any more."))


def _owners(by: Actor) -> int:
    if by.role != Role.OWNER or by.dealer_id is None:
        raise CanaryRefused(_("Only an owner chooses test customers."))
    return by.dealer_id


def tell(at: datetime) -> int:
    """Tell owners of what they were not told yet; how many alarms."""
    with transaction.atomic():
        untold = AccessAlarm.objects.filter(told_at=None).order_by("pk")
        # Another worker that does the same meanwhile takes the others.
        untold = untold.select_for_update(skip_locked=True, of=("self",))
        alarms = list(untold.select_related("entry")[:AT_ONCE])
        for alarm in alarms:
            _tell(alarm, at)
        AccessAlarm.objects.filter(pk__in=[alarm.pk for alarm in alarms]).update(told_at=at)
    return len(alarms)


def _tell(alarm: AccessAlarm, at: datetime) -> None:
    entry = alarm.entry
    notices.tell(
        notices.owners_or_last(alarm.dealer_id, at),
        NoticeKind(alarm.kind),
        sayings.kept(SAID[alarm.kind], name=[entry.name or entry.agent]),
        to=reverse("customers:access-log"),
        about=f"alarm:{alarm.pk}",
        at=at,
    )

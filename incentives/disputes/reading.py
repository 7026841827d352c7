"""A dispute as whoever decides reads it; the dealer's access log says that they did."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_noop

from dealers import access, exhibits, sayings
from dealers.actor import Actor, acting
from dealers.models import AccessAction
from incentives.disputes import showing
from incentives.models import Dispute, DisputeExhibit

WHY = gettext_noop("Decides dispute %(code)s")


@dataclass(frozen=True, slots=True)
class Shown:
    """What the dealer said, or the name of a file that it showed."""

    exhibit: DisputeExhibit
    text: str
    name: str


def shown(dispute: Dispute, *, by: Actor, at: datetime) -> list[Shown]:
    """All that a dealer said and showed, in its order."""
    with acting(Actor.worker("dispute", by.user)):
        found = [
            Shown(
                each,
                "" if each.size else exhibits.text_of(each),
                showing.name_of(each, dispute) if each.size else "",
            )
            for each in dispute.exhibits.select_related("by").order_by("number")
        ]
        _note(dispute, by, at, len(found))
        return found


def file(
    dispute: Dispute, number: int, *, by: Actor, at: datetime
) -> tuple[str, str, bytes] | None:
    """The name, kind and content of a file; None where there is none of this number."""
    with acting(Actor.worker("dispute", by.user)):
        found = dispute.exhibits.filter(number=number, size__gt=0).first()
        if found is None:
            return None
        _note(dispute, by, at, 1)
        return showing.name_of(found, dispute), found.kind, exhibits.file_of(found)


def _note(dispute: Dispute, by: Actor, at: datetime, count: int) -> None:
    access.note(
        AccessAction.VIEW,
        by=by,
        dealer_id=dispute.dealer_id,
        fields="evidence",
        purpose=sayings.kept(WHY, code=[dispute.code]),
        count=count,
        at=at,
    )

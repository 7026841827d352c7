"""What waits for a regional manager's decision: one queue of what several pages ask for."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.translation import gettext as _

from customers.models import Act, ActKind, Case, Lead
from dealers.models import Membership
from incentives.desk import coaching
from incentives.models import CoachingNote

SOON = timedelta(days=7)  # until a note that is to be looked at counts
MOST = 100  # of each kind


class Kind(StrEnum):
    """What is to be decided."""

    CASE = "case"
    EXTENSION = "extension"
    LEAD = "lead"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Decision:
    """Something to decide, by ``due_at``; a lead has waited ``since``, and has no such moment."""

    kind: Kind
    title: str
    detail: str
    path: str
    due_at: datetime | None = None
    since: datetime | None = None

    def late(self, at: datetime) -> bool:
        """Whether it should be decided already."""
        return self.due_at is not None and self.due_at <= at


def waiting(post: Membership, at: datetime) -> list[Decision]:
    """What waits for who manages a region: the nearest deadline first, then what waits longest.

    Cases of other regions are a person's own to decide; the rest is the region's. To be read by the
    holder of ``post``.
    """
    found = [*_cases(post), *_extensions(post), *_notes(post, at), *_leads(post)]
    return sorted(found, key=lambda each: (each.due_at is None, each.due_at or each.since or at))


def _cases(post: Membership) -> Iterator[Decision]:
    cases = Case.objects.to_review_by(post.user)
    for case in sorted(cases, key=lambda each: (each.due_at or each.opened_at, each.code))[:MOST]:
        yield Decision(
            Kind.CASE,
            _("Case %(code)s") % {"code": case.code},
            f"{case.get_stage_display()} · {case.get_source_display()}",
            reverse("customers:review-case", args=[case.pk]),
            due_at=case.due_at,
        )


def _extensions(post: Membership) -> Iterator[Decision]:
    asked = Act.objects.open().filter(kind=ActKind.ASKED, dealer__region=post.region_id)
    for act in asked.select_related("store").order_by("due_at", "pk")[:MOST]:
        yield Decision(
            Kind.EXTENSION,
            _("%(store)s asks for more time") % {"store": act.store.name},
            _("Without an answer silence decides"),
            f"{reverse('customers:extensions')}#asked-{act.pk}",
            due_at=act.due_at,
        )


def _leads(post: Membership) -> Iterator[Decision]:
    for lead in Lead.objects.visible_to(post).queued().order_by("queued_at", "pk")[:MOST]:
        yield Decision(
            Kind.LEAD,
            _("A lead that no store took: %(wish)s") % {"wish": lead.wish},
            _("Choose a store"),
            reverse("customers:lead-queue"),
            since=lead.queued_at,
        )


def _notes(post: Membership, at: datetime) -> Iterator[Decision]:
    soon = at + SOON
    due = CoachingNote.objects.due((soon + coaching.EASTERNMOST).date())
    notes = coaching.notes_of(post).filter(pk__in=due).order_by("check_on", "pk")
    near = [note for note in notes if note.check_on <= coaching.local_day(note.store, soon)]
    for note in near[:MOST]:
        yield Decision(
            Kind.NOTE,
            _("What came of the note for %(store)s") % {"store": note.store.name},
            note.to_do,
            reverse("incentives:coaching-note", args=[note.pk]),
            due_at=_last_minute(note.check_on, note.store.tz),
        )


def _last_minute(day: date, zone: ZoneInfo) -> datetime:
    """Of a day: midnight would be read as the next."""
    return datetime.combine(day, time(23, 59), zone)

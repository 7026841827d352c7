"""What waits for a regional manager's decision: one queue of what several pages ask for."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

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


# Each kind with the page that has all of it.
PAGES = {
    Kind.CASE: (gettext_lazy("Cases to decide"), "customers:reviews"),
    Kind.EXTENSION: (gettext_lazy("Requests for more time"), "customers:extensions"),
    Kind.LEAD: (gettext_lazy("Leads that no store took"), "customers:lead-queue"),
    Kind.NOTE: (gettext_lazy("Coaching notes"), "incentives:coaching"),
}


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


@dataclass(frozen=True, slots=True)
class LeftOut:
    """How many of a kind there are in all, where not all have room, and the page that has them."""

    kind: Kind
    count: int

    @property
    def name(self) -> str:
        return str(PAGES[self.kind][0])

    @property
    def path(self) -> str:
        return reverse(PAGES[self.kind][1])


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits, the most urgent first, and the kinds of which not all have room."""

    decisions: list[Decision]
    left_out: list[LeftOut]

    @property
    def count(self) -> int:
        """All that waits, with what has no room."""
        return len(self.decisions) + sum(each.count - MOST for each in self.left_out)


def queue(post: Membership, at: datetime) -> Queue:
    """What waits for who manages a region: the nearest deadline first, then what waits longest.

    Cases of other regions are a person's own to decide; the rest is the region's. To be read by the
    holder of ``post``.
    """
    found: list[Decision] = []
    left_out = []
    for kind, (count, listed) in {
        Kind.CASE: _cases(post),
        Kind.EXTENSION: _extensions(post),
        Kind.LEAD: _leads(post),
        Kind.NOTE: _notes(post, at),
    }.items():
        decisions = list(listed)
        found += decisions
        if len(decisions) == MOST and (whole := count()) > MOST:
            left_out.append(LeftOut(kind, whole))
    found.sort(key=lambda each: (each.due_at is None, each.due_at or each.since or at))
    return Queue(found, left_out)


# How many of a kind there are, and the first of them.
type _Some = tuple[Callable[[], int], Iterator[Decision]]


def _cases(post: Membership) -> _Some:
    cases = list(Case.objects.to_review_by(post.user))
    cases.sort(key=lambda each: (each.due_at or each.opened_at, each.code))
    return cases.__len__, _of_cases(cases[:MOST])


def _of_cases(cases: Iterable[Case]) -> Iterator[Decision]:
    for case in cases:
        yield Decision(
            Kind.CASE,
            _("Case %(code)s") % {"code": case.code},
            f"{case.get_stage_display()} · {case.get_source_display()}",
            reverse("customers:review-case", args=[case.pk]),
            due_at=case.due_at,
        )


def _extensions(post: Membership) -> _Some:
    asked = Act.objects.open().filter(kind=ActKind.ASKED, dealer__region=post.region_id)
    return asked.count, _of_extensions(
        asked.select_related("store").order_by("due_at", "pk")[:MOST]
    )


def _of_extensions(asked: Iterable[Act]) -> Iterator[Decision]:
    for act in asked:
        yield Decision(
            Kind.EXTENSION,
            _("%(store)s asks for more time") % {"store": act.store.name},
            _("Without an answer silence decides"),
            f"{reverse('customers:extensions')}#asked-{act.pk}",
            due_at=act.due_at,
        )


def _leads(post: Membership) -> _Some:
    queued = Lead.objects.visible_to(post).queued()
    return queued.count, _of_leads(queued.order_by("queued_at", "pk")[:MOST])


def _of_leads(leads: Iterable[Lead]) -> Iterator[Decision]:
    for lead in leads:
        yield Decision(
            Kind.LEAD,
            _("A lead that no store took: %(wish)s") % {"wish": lead.wish},
            _("Choose a store"),
            reverse("customers:lead-queue"),
            since=lead.queued_at,
        )


def _notes(post: Membership, at: datetime) -> _Some:
    soon = at + SOON
    due = CoachingNote.objects.due((soon + coaching.EASTERNMOST).astimezone(UTC).date())
    notes = coaching.notes_of(post).filter(pk__in=due).order_by("check_on", "pk")
    near = [note for note in notes if note.check_on <= coaching.local_day(note.store, soon)]
    return near.__len__, _of_notes(near[:MOST])


def _of_notes(notes: Iterable[CoachingNote]) -> Iterator[Decision]:
    for note in notes:
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

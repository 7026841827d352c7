"""Who in a region has passed the required courses, by dealer and store; reminding the others."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import batched
from typing import cast

from django.db import connection, transaction
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from dealers import notices, outbox, sayings
from dealers.actor import Actor
from dealers.models import Dealer, Membership, NoticeKind, Region, Role, Store
from dealers.months import hq_day
from training.assigned import by_course, last_day
from training.models import Assignment, Certificate, Course, Reminder
from training.readiness import readiness, regions_of
from training.standings import newest_certificates

PAUSE = timedelta(days=7)  # between two reminders of one person
NEAR = timedelta(days=3)  # so long before its last day a course is reminded of
BATCH = 2000  # posts looked at together
TASK = "training.tasks.remind"
# One reminding at a time, in the whole installation.
_LOCK = 0x72656D69
COURSES = gettext_noop("Courses that wait for you: %(courses)s")


class ReminderRefused(Exception):
    """The message is written for the person who asked."""


@dataclass(slots=True)
class PlaceCompletion:
    """How many people of a dealer or store must take courses, and have passed all of them."""

    place: Dealer | Store
    passed: dict[int, bool] = field(default_factory=dict)  # by person, in all their posts there
    stores: list["PlaceCompletion"] = field(default_factory=list)

    @property
    def people(self) -> int:
        return len(self.passed)

    @property
    def complete(self) -> int:
        return sum(self.passed.values())

    @property
    def behind(self) -> int:
        return self.people - self.complete

    @property
    def percent(self) -> int:
        """In percent, rounded down, so that 100 is everybody; nobody is all."""
        return 100 * self.complete // self.people if self.people else 100

    def add(self, person: int, complete: bool) -> None:
        self.passed[person] = complete and self.passed.get(person, True)


def may_look(by: Actor, region: Region) -> bool:
    """Whether ``by`` looks after the learning of a region: its manager, or headquarters."""
    if by.at_hq:
        return by.person.has_perm("training.view_enrollment")
    return by.role == Role.REGIONAL_MANAGER and by.region_id == region.pk


def may_remind(by: Actor, region: Region) -> bool:
    """Whether ``by`` reminds the people of a region: its manager, or who assigns courses."""
    if by.at_hq:
        return by.person.has_perm("training.change_assignment")
    return may_look(by, region)


def lines(region: Region, *, at: datetime) -> list[PlaceCompletion]:
    """The dealers of a region with their stores, those with most to learn first.

    People without a required course are left out; an owner counts at the dealer only.
    """
    dealers: dict[Dealer, PlaceCompletion] = {}
    stores: dict[Store, PlaceCompletion] = {}
    for post, complete in _standing(_posts(region, at), at=at):
        place = _dealer(post)
        dealer = dealers.setdefault(place, PlaceCompletion(place))
        dealer.add(post.user_id, complete)
        if post.store is not None:
            if post.store not in stores:
                stores[post.store] = PlaceCompletion(post.store)
                dealer.stores.append(stores[post.store])
            stores[post.store].add(post.user_id, complete)
    for dealer in dealers.values():
        dealer.stores.sort(key=_turn)
    return sorted(dealers.values(), key=_turn)


def _turn(line: PlaceCompletion) -> tuple[int, int, str]:
    return line.percent, -line.behind, line.place.code


def _dealer(post: Membership) -> Dealer:
    return cast("Dealer", post.dealer)  # the posts of a region's dealers have one


def _posts(region: Region, at: datetime) -> list[Membership]:
    current = Membership.objects.current(at).filter(dealer__region=region)
    return list(current.select_related("user", "dealer", "store").order_by("pk"))


def _standing(posts: list[Membership], *, at: datetime) -> Iterable[tuple[Membership, bool]]:
    ready = readiness(posts, at=at)
    return [(post, ready[post.pk].complete) for post in posts if ready[post.pk].required]


@transaction.atomic
def remind(
    region: Region, *, dealer: str = "", store: str = "", by: Actor, at: datetime
) -> tuple[int, int]:
    """Remind who has not passed all: of the region, or of the dealer or store with that code.

    Nobody twice within a week. Gives how many are reminded, and how many were so lately. Raises
    ReminderRefused for who does not look after the region.
    """
    if not may_remind(by, region):
        raise ReminderRefused(
            _("Only the regional manager and who assigns courses at headquarters remind people.")
        )
    behind = {
        post.user_id
        for post, complete in _standing(_posts(region, at), at=at)
        if not complete
        and (not dealer or _dealer(post).code == dealer)
        and (not store or (post.store is not None and post.store.code == store))
    }
    return _remind(behind, by=by, at=at)


def _remind(users: set[int], *, by: Actor | None, at: datetime) -> tuple[int, int]:
    # Clicks in any region and the daily task queue here, so that each finds whom the one before has
    # reminded: who has posts in two regions is one person.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    lately = Reminder.objects.filter(at__gt=at - PAUSE).values_list("user", flat=True)
    left = users - set(lately)
    made = Reminder.objects.bulk_create(
        Reminder(user_id=user, by=by.person if by else None, at=at) for user in sorted(left)
    )
    for reminder in made:
        outbox.add(TASK, reminder.pk, at=at)
    return len(made), len(users) - len(left)


@transaction.atomic
def send(reminder_id: int, *, at: datetime) -> None:
    """Tell a person which required courses are not passed, in their language; once is enough."""
    # A task that comes twice at once waits here, and then finds that the reminder was sent.
    rows = Reminder.objects.select_for_update(no_key=True, of=("self",)).select_related("user")
    reminder = rows.get(pk=reminder_id)
    if reminder.sent_at is not None:
        return
    with override(reminder.user.language or None):
        if missing := _missing(reminder, at):
            notices.tell(
                [reminder.user],
                NoticeKind.TRAINING,
                sayings.kept(COURSES, courses=missing),
                to=reverse("training:home"),
                about=f"reminder:{reminder.pk}",
                at=at,
            )
    reminder.sent_at = at
    reminder.save(update_fields=["sent_at"])


def _missing(reminder: Reminder, at: datetime) -> list[str]:
    """The required courses that the person has not passed, each with its last day."""
    due: dict[Course, list[date | None]] = defaultdict(list)
    posts = Membership.objects.current(at).filter(user=reminder.user)
    for post in posts:
        ready = readiness([post], at=at + NEAR)[post.pk]  # or ends within days
        courses = Course.objects.in_bulk(ready.required - ready.passed)
        held = newest_certificates(reminder.user, list(courses.values()))
        for pk, assignment in by_course(post, list(courses.values())).items():
            due[courses[pk]].append(last_day(assignment, post, held.get(pk), at=at))
    return [_until(course, days) for course, days in due.items()]


def _until(course: Course, days: list[date | None]) -> str:
    first = min(filter(None, days), default=None)
    if first is None:
        return str(course)
    day = date_format(first, "DATE_FORMAT")
    return _("%(course)s, until %(day)s") % {"course": course, "day": day}


@transaction.atomic
def remind_who_is_due(*, at: datetime) -> int:
    """Remind everybody whose last day for a course is near or over; how many.

    Without a last day, who has had a certificate that ends or has ended. Nobody twice within a
    week, whoever asked for the reminder before. Once a day is enough.
    """
    today = hq_day(at)
    late: set[int] = set()
    assigned = list(Assignment.objects.filter(required=True))
    posts = Membership.objects.current(at).filter(role__in={each.role for each in assigned})
    found = posts.order_by("pk").iterator(chunk_size=BATCH)
    for batch in batched(found, BATCH, strict=False):
        late |= _late(batch, assigned, today, at)
    sent, _lately = _remind(late, by=None, at=at)
    return sent


def _late(
    posts: Sequence[Membership], assigned: list[Assignment], today: date, at: datetime
) -> set[int]:
    """Whose holders have a required course open whose last day is near or over."""
    ready = readiness(posts, at=at + NEAR)  # a certificate may end by then
    places = regions_of(posts)
    held = _held(posts, assigned)

    def is_due(each: Assignment, post: Membership) -> bool:
        day = each.due_on(post)
        if day is None:  # what is open ends, or has ended
            return (post.user_id, each.course_id) in held
        return day - NEAR <= today

    return {
        post.user_id
        for post in posts
        for each in assigned
        if each.is_for(post, post.region_id or places.get(post.dealer_id))
        and each.course_id in ready[post.pk].required - ready[post.pk].passed
        and is_due(each, post)
    }


def _held(posts: Sequence[Membership], assigned: list[Assignment]) -> set[tuple[int, int]]:
    """Who has ever had a certificate of a course that is to be passed by no day: person, course."""
    courses = {each.course_id for each in assigned if each.due_days is None}
    if not courses:
        return set()
    issued = Certificate.objects.filter(
        enrollment__user__in={post.user_id for post in posts},
        enrollment__version__course__in=courses,
    )
    return set(issued.values_list("enrollment__user", "enrollment__version__course"))

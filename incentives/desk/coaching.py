"""Coaching: a regional manager notes the one thing to do, and looks on the day what came of it.

A note is written for the store as well: its manager and its owner read the same words, see the same
figure before and after, and nothing of any other store.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from dealers import notices, sayings
from dealers.actor import Actor
from dealers.models import Membership, Notice, NoticeKind, Role, Store, User
from dealers.months import Span
from dealers.notices import Telling
from incentives.desk import region
from incentives.desk.region import StoreFigures
from incentives.models import Aim, Came, CoachingCheck, CoachingNote

WEEKS = timedelta(days=28)  # whole weeks, so that each has as many Saturdays as the other
EASTERNMOST = timedelta(hours=14)  # so far a store's clock is ahead of ours at most
CATCH_UP = timedelta(days=7)  # in which an author is still told, where no worker ran on the day
LATER = 14  # days after which a note is usually checked
SHORTEST, LONGEST = 1, 180  # days until a note may be checked

WRITTEN = gettext_noop("A note of your regional manager for %(store)s: %(to_do)s")
CHECKED = gettext_noop("Your regional manager looked at what came of it, %(store)s: %(came)s")
DUE = gettext_noop("Today you look at what came of your note for %(store)s: %(to_do)s")
# To whoever manages the region after the author has left it.
TAKEN_OVER = gettext_noop(
    "Today you look at what came of the note of %(author)s for %(store)s: %(to_do)s"
)
LEFT_BEHIND = gettext_noop(
    "Notes of %(author)s whose day is past and that nobody has looked at: %(count)s. They are yours"
    " now."
)


class CoachingRefused(Exception):
    """It cannot be noted; the text says why, in the reader's language."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a note says, and when it is looked at again."""

    saw: str
    why: str
    to_do: str
    aim: Aim
    check_on: date


def write(store: Store, words: Words, *, by: Actor, at: datetime) -> CoachingNote:
    """Keep a note of a store and tell its manager and its owner.

    Raises CoachingRefused where the day of checking is not ahead of the store's, or out of sight.
    """
    away = (words.check_on - local_day(store, at)).days
    if not SHORTEST <= away <= LONGEST:
        raise CoachingRefused(
            _("Choose a day from tomorrow on, within %(days)d days.") % {"days": LONGEST}
        )
    with transaction.atomic():
        note = CoachingNote.objects.create(
            store=store,
            dealer_id=store.dealer_id,
            by=by.person,
            at=at,
            saw=words.saw,
            why=words.why,
            to_do=words.to_do,
            aim=words.aim,
            before=figure(store, words.aim, at),
            check_on=words.check_on,
        )
        _tell_the_store(note, WRITTEN, "written", at, to_do=[note.to_do])
    return note


def check(note: CoachingNote, came: Came, said: str, *, by: Actor, at: datetime) -> CoachingCheck:
    """Note what came of a note, with the figure as it is now; the store is told.

    Raises CoachingRefused where somebody has said so already.
    """
    try:
        with transaction.atomic():
            made = CoachingCheck.objects.create(
                note=note,
                by=by.person,
                at=at,
                came=came,
                said=said,
                after=figure(note.store, Aim(note.aim), at),
            )
            came_of_it = sayings.untranslated(lambda: str(came.label))
            _tell_the_store(note, CHECKED, "checked", at, came=[came_of_it])
    except IntegrityError as error:
        raise CoachingRefused(_("Somebody has noted already what came of it.")) from error
    return made


def local_day(store: Store, at: datetime) -> date:
    """The day that it is at a store."""
    return at.astimezone(store.tz).date()


def figure(store: Store, aim: Aim, at: datetime) -> Decimal | None:
    """One of a store's ``figures``."""
    return figures(store, at)[aim]


def figures(store: Store, at: datetime) -> dict[Aim, Decimal | None]:
    """A store's figures of the four weeks up to its day: counts, shares and a sum of money.

    Conversion looks at the registrations that are old enough on that day. None where there was
    nothing to count.
    """
    span = Span.of(local_day(store, at) + timedelta(days=1) - WEEKS, WEEKS)
    (row,) = region.figures(Store.objects.filter(pk=store.pk), span, at)
    return {aim: value(row) for aim, value in _VALUES.items()}


_VALUES = {
    Aim.REGISTRATIONS: lambda row: Decimal(row.registrations),
    Aim.CONTACT: lambda row: row.contact_rate,
    Aim.CONVERSION: lambda row: row.conversion,
    Aim.NET_SALES: lambda row: row.net_sales,
}
# How each is written, as boards write their figures.
KINDS = {
    Aim.REGISTRATIONS: "count",
    Aim.CONTACT: "share",
    Aim.CONVERSION: "share",
    Aim.NET_SALES: "money",
}


def notes_of(membership: Membership) -> QuerySet[CoachingNote]:
    """The notes that somebody may read: of a region, of a store or of all of a dealer's stores."""
    notes = CoachingNote.objects.select_related("store__dealer", "by", "outcome__by")
    visible = region.visible_stores(membership)
    if membership.dealer_id is not None:
        visible = Store.objects.of_post(membership.dealer_id, membership.store_id)
    return notes.filter(store__in=visible)


@dataclass(frozen=True, slots=True)
class Shown:
    """A note as pages show it: with its figure's kind, and how near its day is."""

    note: CoachingNote
    outcome: CoachingCheck | None
    kind: str
    due: bool
    overdue: bool


def shown(notes: Iterable[CoachingNote], at: datetime) -> list[Shown]:
    """Notes for a page, each by its store's day."""
    return [
        Shown(
            note=note,
            outcome=getattr(note, "outcome", None),
            kind=KINDS[Aim(note.aim)],
            due=note.check_on <= local_day(note.store, at),
            overdue=note.check_on < local_day(note.store, at),
        )
        for note in notes
    ]


def suggested(row: StoreFigures, today: date) -> Aim:
    """The figure that a note about such a store is probably about."""
    if row.silent(today) or row.declining:
        return Aim.REGISTRATIONS
    return Aim.CONTACT if row.late else Aim.CONVERSION if row.mature else Aim.REGISTRATIONS


def remind(at: datetime) -> int:
    """Tell who wrote a note that it is to be looked at today, once; how many are told something.

    Where no worker ran on that day, as soon as one does, within ``CATCH_UP``. Who manages the
    region after the author left it is told instead on that day; and once of all together that were
    due before, but for those that they were told of on their day.
    """
    posts: dict[int | None, list[Membership]] = defaultdict(list)
    managing = Membership.objects.current(at).filter(role=Role.REGIONAL_MANAGER)
    for post in managing.select_related("user"):
        posts[post.region_id].append(post)
    told: list[Telling] = []
    left: Counter[tuple[Membership, User]] = Counter()
    somewhere = (at + EASTERNMOST).astimezone(UTC).date()
    notes = list(CoachingNote.objects.due(somewhere).select_related("store__dealer", "by"))
    known = set(
        Notice.objects.filter(
            kind=NoticeKind.COACHING, about__in=[_about(note) for note in notes]
        ).values_list("user", "about")
    )
    for note in notes:
        today = local_day(note.store, at)
        here = posts[note.store.dealer.region_id]
        own = [post for post in here if post.user_id == note.by_id]
        if note.check_on == today or (own and today - CATCH_UP <= note.check_on < today):
            told.append(_due(note, [post.user for post in own or here], own=bool(own)))
        elif note.check_on < today and not own:
            left.update(
                (post, note.by) for post in here if (post.user_id, _about(note)) not in known
            )
    told += [_left_behind(post, author, count) for (post, author), count in left.items()]
    return notices.tell_all(told, NoticeKind.COACHING, at=at)


def _due(note: CoachingNote, people: list[User], *, own: bool) -> Telling:
    parts = {"store": [note.store.name], "to_do": [note.to_do]}
    if not own:
        parts["author"] = [str(note.by)]
    return Telling(
        people,
        sayings.kept(DUE if own else TAKEN_OVER, **parts),
        reverse("incentives:coaching-note", args=[note.pk]),
        _about(note),
    )


def _about(note: CoachingNote) -> str:
    return f"{note.pk}:due"


def _left_behind(post: Membership, author: User, count: int) -> Telling:
    return Telling(
        [post.user],
        sayings.kept(LEFT_BEHIND, count=[str(count)], author=[str(author)]),
        reverse("incentives:coaching"),
        f"{post.pk}:left-by:{author.pk}",
    )


def _tell_the_store(
    note: CoachingNote, sentence: str, what: str, at: datetime, **parts: list[str]
) -> None:
    posts = Membership.objects.current(at).answering_for(note.store).select_related("user")
    notices.tell(
        [post.user for post in posts],
        NoticeKind.COACHING,
        sayings.kept(sentence, store=[note.store.name], **parts),
        to=f"{reverse('incentives:coached')}#note-{note.pk}",
        about=f"{note.pk}:{what}",
        at=at,
    )

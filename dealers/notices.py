"""Telling people something: on their page in the portal, which is the truth, and by copies of it.

Whoever has something to say calls ``tell``, in the transaction of what happened. A copy, by mail,
short message or to a group's robot, says no more than the kind of what is told: no name, no number,
no sum. It waits for the morning where it would come at night, unless it is about a lead and whoever
is told has agreed to that; a digest waits for Monday. Some kinds have a mail of their own instead,
which who tells of them puts down.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import Permission
from django.db.models import IntegerField, Max, Q
from django.db.models.expressions import RawSQL

from dealers import outbox
from dealers.actor import Actor, acting
from dealers.database import add_rows, among
from dealers.models import (
    Membership,
    Notice,
    NoticeChoice,
    NoticeCopy,
    NoticeKind,
    NoticeLevel,
    Role,
    Store,
    User,
)
from dealers.sending import robots
from dealers.sending.copies import TASK, copy_moment

KEPT = timedelta(days=180)
MANY = 100  # unread: from so many on nobody counts


@dataclass(frozen=True)
class Way:
    """How people are told of one kind, unless they have chosen otherwise."""

    level: NoticeLevel
    icon: str
    tone: str = ""  # of the icon, while the notice is new
    copy: NoticeCopy = NoticeCopy.MAIL
    for_owners: bool = False  # nobody else is told of it
    for_headquarters: bool = False
    by_mail: bool = False  # a mail of its own, and no short message


NOW, TODAY, DIGEST = NoticeLevel.NOW, NoticeLevel.TODAY, NoticeLevel.DIGEST
WAYS: Mapping[NoticeKind, Way] = {
    NoticeKind.CANARY: Way(NOW, "alert", "bad", for_owners=True),
    NoticeKind.BULK: Way(NOW, "alert", "bad", for_owners=True),
    NoticeKind.LOOK: Way(TODAY, "eye", "warn", for_owners=True),
    NoticeKind.LEAVER: Way(TODAY, "eye", "warn", for_owners=True),
    NoticeKind.POST: Way(TODAY, "user", "info"),
    NoticeKind.OWNER: Way(NOW, "user", "warn", for_owners=True),
    NoticeKind.CLOSES: Way(NOW, "alert", "warn"),
    NoticeKind.LEAVES: Way(NOW, "user", "warn"),
    NoticeKind.HANDOVER: Way(TODAY, "customers", "info"),
    NoticeKind.VOID: Way(TODAY, "receipt", "warn"),
    NoticeKind.DISPATCH: Way(NOW, "bell", "warn"),
    NoticeKind.PAGE: Way(NOW, "customers", "info"),
    NoticeKind.RIGHTS: Way(TODAY, "shield", "warn"),
    NoticeKind.CASE: Way(NOW, "shield", "warn"),
    NoticeKind.DISPUTE: Way(TODAY, "wallet", "warn"),
    NoticeKind.FOLLOW_UP: Way(TODAY, "clock", "warn", NoticeCopy.NONE),
    NoticeKind.PROTECTION: Way(TODAY, "clock", "warn"),
    NoticeKind.TRAINING: Way(TODAY, "book", "info"),
    NoticeKind.SHARING: Way(TODAY, "share", "info"),
    NoticeKind.COACHING: Way(TODAY, "target", "info"),
    NoticeKind.STATEMENT: Way(DIGEST, "wallet", for_owners=True),
    NoticeKind.AGREEMENT: Way(TODAY, "receipt", "info", for_owners=True),
    NoticeKind.ROOT: Way(TODAY, "lock", for_owners=True, by_mail=True),
    NoticeKind.REWARD: Way(DIGEST, "chart"),
    NoticeKind.WEEK: Way(DIGEST, "chart", by_mail=True),
    NoticeKind.IMPORT: Way(TODAY, "upload", "info", NoticeCopy.NONE),
    NoticeKind.EXPORT: Way(TODAY, "download", "info", NoticeCopy.NONE),
    NoticeKind.ALARM: Way(NOW, "alert", "bad", for_headquarters=True),
    NoticeKind.CLOSING: Way(TODAY, "calendar", "info", for_headquarters=True),
}


class Reader(Protocol):
    """Who is told something: a person, or as much of one."""

    @property
    def pk(self) -> int: ...
    @property
    def is_active(self) -> bool: ...


class Telling(NamedTuple):
    """What some people are told: a sentence as ``sayings.kept`` keeps it, and where it leads."""

    people: Iterable[Reader]
    said: str
    to: str
    about: str


def tell(
    people: Iterable[Reader],
    kind: NoticeKind,
    said: str,
    *,
    to: str,
    at: datetime,
    detail: str = "",
    about: str = "",
    level: NoticeLevel | None = None,
) -> int:
    """Tell each of ``people`` something, and have the copies sent that they want.

    ``said``, and ``detail`` below it, are sentences as ``sayings.kept`` keeps them; ``to`` is the
    path of the very page that it is about. With ``about`` nobody is told the same twice: another
    notice of that kind with that key is not made. ``level`` is the kind's own unless it is given.
    Returns how many are told. Who has left, or whose account is closed, is not.
    """
    told = [Telling(people, said, to, about)]
    return tell_all(told, kind, at=at, detail=detail, level=level)


@acting(Actor.worker("tell"))  # a person's notices are shown to nobody else
def tell_all(
    told: Iterable[Telling],
    kind: NoticeKind,
    *,
    at: datetime,
    detail: str = "",
    level: NoticeLevel | None = None,
) -> int:
    """Tell many people something, each their own: ``tell``, in a few statements for all of it."""
    # In one order, so that two who tell the same people do not lock up.
    each_told = sorted(
        {(user.pk, it.about, it.said, it.to) for it in told for user in it.people if user.is_active}
    )
    persons = {person for person, *_said in each_told}
    if not persons:
        return 0
    way = WAYS[kind]
    level = level or way.level
    chosen = _chosen(persons, kind)
    moments = _copied(persons, level, at)
    if level == NOW:
        moments |= {person: at for person, choice in chosen.items() if choice.at_night}
    rows, copies = [], {}
    for pk, about, said, to in each_told:
        when = moments[pk]
        rows.append((pk, said, to, about, when))
        copy = chosen[pk].copy
        if copy != NoticeCopy.NONE and not way.by_mail:
            key = f"copy:{copy}:{pk}:{when.isoformat()}"
            copies[key] = outbox.Put(TASK, (copy, pk, when.isoformat()), key, when)
    puts = list(copies.values())
    if way.for_headquarters:
        for about in {about for _pk, about, *_said in each_told}:
            puts += robots.copies(kind, about, at)
    add_rows(
        Notice, ["user", "said", "to", "about", "copy_at"], rows, once=True,
        kind=kind, level=level, detail=detail, at=at,
    )  # fmt: skip
    outbox.add_all(puts, at=at)
    return len(rows)


def headquarters(permission: str) -> list[User]:
    """The people of headquarters who may do something, named like ``dealers.change_user``."""
    app, _dot, codename = permission.partition(".")
    named = {"content_type__app_label": app, "codename": codename}
    given = Permission.objects.filter(**named)
    may = Q(is_superuser=True) | Q(groups__permissions__in=given) | Q(user_permissions__in=given)
    return list(User.objects.filter(may, is_staff=True, is_active=True).distinct().order_by("pk"))


def owners(dealer_id: int, at: datetime) -> list[User]:
    """The present owners of a dealer, for what only they are told."""
    posts = Membership.objects.current(at).filter(role=Role.OWNER, dealer=dealer_id)
    return [post.user for post in posts.select_related("user").order_by("pk")]


def owners_or_last(dealer_id: int, at: datetime) -> list[User]:
    """The owners of a dealer; of one that has closed and has none, who were the last ones."""
    present = owners(dealer_id, at)
    if present or Store.objects.open(at).filter(dealer=dealer_id).exists():
        return present
    posts = Membership.objects.filter(role=Role.OWNER, dealer=dealer_id).order_by("pk")
    last = posts.aggregate(last=Max("ends_at"))["last"]
    return [post.user for post in posts.filter(ends_at=last).select_related("user")]


def unread_by(user_id: int) -> RawSQL:
    """How many notices somebody has not read, counted up to 100, as part of another statement."""
    return RawSQL(_UNREAD, [user_id, MANY], IntegerField())  # noqa: S611 -- our own text


_UNREAD = """SELECT count(*) FROM (
    SELECT FROM dealers_notice WHERE user_id = %s AND read_at IS NULL LIMIT %s) AS newest"""


def unread(user: User) -> int:
    """How many notices somebody has not read, counted up to 100; one statement."""
    newest = Notice.objects.of(user).unread().order_by()
    return newest[:MANY].count()


def read(only: Notice | None = None, *, by: Actor, at: datetime) -> int:
    """Note that somebody has read one notice of theirs, or all; how many had not been."""
    theirs = Notice.objects.of(by.person).unread()
    if only is not None:
        theirs = theirs.filter(pk=only.pk)
    return theirs.update(read_at=at)


def sweep(at: datetime) -> int:
    """Forget what was told half a year ago; how much that was."""
    return Notice.objects.filter(at__lt=at - KEPT).delete()[0]


def choices(user: User, at: datetime) -> dict[NoticeKind, NoticeCopy]:
    """How somebody is told of each kind that may concern them at ``at``."""
    owns = user.memberships.current(at).filter(role=Role.OWNER).exists()
    chosen = dict(NoticeChoice.objects.filter(user=user).values_list("kind", "copy"))
    return {
        kind: NoticeCopy(chosen.get(kind, way.copy))
        for kind, way in WAYS.items()
        if (owns or not way.for_owners) and (user.is_staff or not way.for_headquarters)
    }


def copied(user_id: int, way: str) -> list[NoticeKind]:
    """The kinds of which somebody gets copies this ``way``, by their choice or the portal's own."""
    chosen = dict(NoticeChoice.objects.filter(user=user_id).values_list("kind", "copy"))
    return [kind for kind, its in WAYS.items() if chosen.get(kind, its.copy) == way]


def bundled(user_id: int, way: str) -> list[NoticeKind]:
    """The kinds that are told of together: ``copied`` without those that have their own mail."""
    return [kind for kind in copied(user_id, way) if not WAYS[kind].by_mail]


def mailed(
    persons: Collection[int], kind: NoticeKind, at: datetime, level: NoticeLevel | None = None
) -> dict[int, datetime]:
    """Who of these gets mail of a kind, and when: the morning of each, for what comes at night.

    ``level`` is the kind's own unless it is given.
    """
    chosen = _chosen(persons, kind)
    moments = _copied(persons, level or WAYS[kind].level, at)
    return {
        person: moment
        for person, moment in moments.items()
        if chosen[person].copy == NoticeCopy.MAIL
    }


class Choice(NamedTuple):
    """How somebody wants to be told of a kind."""

    copy: str
    at_night: bool


def _chosen(persons: Collection[int], kind: NoticeKind) -> dict[int, Choice]:
    """How each of these people wants to be told of a kind: without a choice the portal's way."""
    made = NoticeChoice.objects.filter(user__in=among(persons), kind=kind)
    rows = made.values_list("user", "copy", "at_night")
    usual = dict.fromkeys(persons, Choice(WAYS[kind].copy, at_night=False))
    return usual | {user: Choice(copy, at_night) for user, copy, at_night in rows}


def wakes(user: User) -> bool:
    """Whether somebody has agreed to be told of leads at night as well."""
    return NoticeChoice.objects.filter(user=user, at_night=True).exists()


def choose(
    copies: Mapping[NoticeKind, NoticeCopy], *, leads_at_night: bool = False, by: Actor
) -> None:
    """Keep how somebody wants to be told of each of these kinds."""
    NoticeChoice.objects.bulk_create(
        [
            NoticeChoice(
                user=by.person, kind=kind, copy=copy,
                at_night=leads_at_night and kind == NoticeKind.DISPATCH,
            )
            for kind, copy in copies.items()
        ],
        update_conflicts=True,
        unique_fields=["user", "kind"],
        update_fields=["copy", "at_night"],
    )  # fmt: skip


def _copied(persons: Iterable[int], level: str, at: datetime) -> dict[int, datetime]:
    """When each person gets copies, by the clock on the wall of those who work in a store."""
    posts = Membership.objects.current(at).filter(user__in=among(persons), store__isnull=False)
    zones = dict(posts.order_by("-starts_at").values_list("user", "store__timezone"))
    moments = {
        zone: copy_moment(level, at, ZoneInfo(zone))
        for zone in {settings.TIME_ZONE, *zones.values()}
    }
    return {person: moments[zones.get(person, settings.TIME_ZONE)] for person in persons}

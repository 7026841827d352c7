"""The weekly mail: on Monday morning everybody's own week in figures, and one thing to do.

That there is one is a notice, told once a week; its mail is written when it goes out, by what is
known then, for the posts that are held then. It has counts and shares of one's own, no customer and
no sum of money. Drawings are no use in mail: bars are letters.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Count, Exists, Max, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override, pgettext

from dealers import notices, outbox, sayings
from dealers.actor import Actor, acting
from dealers.database import among
from dealers.models import Membership, Notice, NoticeCopy, NoticeKind, NoticeLevel, Store, User
from dealers.months import midnight
from dealers.notices import Telling
from dealers.sending import messages
from dealers.sending.copies import DIGEST_AT
from dealers.words import count, percent, points, signed, zone
from incentives.boards import times
from incentives.desk import week
from incentives.desk.cards import Card
from incentives.desk.week import Week
from incentives.models import Length

TASK = "incentives.tasks.mail_week"
LATEST = 1  # days after Monday, where no worker ran on it
BAR = 20  # letters of the longest bar
TOLD = gettext_noop("Your week %(week)s in figures, and one thing to do")


def tell(at: datetime) -> int:
    """Tell everybody where it is Monday that their last week is there, once; how many are told.

    Before nine o'clock its mail waits until then; later it goes at once.
    """
    told = 0
    zones = {settings.TIME_ZONE, *Store.objects.values_list("timezone", flat=True).distinct()}
    for name in sorted(zones):
        local = at.astimezone(ZoneInfo(name))
        if local.weekday() > LATEST:
            continue
        starts_on = times.monday(local.date()) - week.WEEK
        early = local.weekday() == 0 and local.time() < DIGEST_AT
        told += _tell(name, starts_on, at, NoticeLevel.DIGEST if early else NoticeLevel.TODAY)
    return told


@transaction.atomic  # nobody is told twice: a notice without its mail would never get one
def _tell(clock: str, starts_on: date, at: datetime, level: NoticeLevel) -> int:
    key = times.key(Length.WEEK, starts_on)
    known = Notice.objects.filter(user=OuterRef("user"), kind=NoticeKind.WEEK, about=key)
    here = Q(store__timezone=clock)
    if clock == settings.TIME_ZONE:
        here |= Q(store=None)  # an owner's and a region's clock is the portal's, as for all notices
    posts = Membership.objects.current(at).filter(here, ~Exists(known))
    there = were_there(posts.select_related("user", "store"), starts_on)
    people = {post.user_id: post.user for post in there}
    page = reverse("incentives:week", kwargs={"monday": (Length.WEEK, starts_on)})
    telling = [Telling(people.values(), sayings.kept(TOLD, week=[key]), page, key)]
    told = notices.tell_all(telling, NoticeKind.WEEK, at=at, level=level)
    moments = notices.mailed(people.keys(), NoticeKind.WEEK, at, level) if people else {}
    puts = [
        outbox.Put(TASK, (key, pk), f"week:{key}:{pk}", moment) for pk, moment in moments.items()
    ]
    outbox.add_all(puts, at=at)
    return told


def mail(key: str, pk: int, now: datetime) -> None:
    """Mail the person ``pk`` the week that ``key`` names, for a task of its own.

    Nothing goes to who has read it in the portal, wants no mail of it, or holds no post any more.
    """
    unread = Notice.objects.filter(user=pk, kind=NoticeKind.WEEK, about=key).unread()
    wanted = NoticeKind.WEEK in notices.copied(pk, NoticeCopy.MAIL)
    user = User.objects.filter(pk=pk, is_active=True).first()
    if user is None or not user.email or not wanted or not unread.exists():
        return
    _length, starts_on = times.parse(key)
    posts = Membership.objects.current(now).filter(user=user)
    held = posts.select_related("user", "store", "dealer", "region").order_by("starts_at", "pk")
    with override(user.language or settings.LANGUAGE_CODE):
        weeks = []
        for post in were_there(held, starts_on):
            # Behind the walls of the post and by the clock on its wall, as its pages.
            on_the_wall = timezone.override(zone(post.store or settings.TIME_ZONE))
            with acting(Actor.of(post)), on_the_wall:
                weeks.append(week.read(post, starts_on, now))
        if weeks:
            subject, body = written(weeks)
            headers = messages.same_id("week", key, pk)
            EmailMessage(subject, body, to=[user.email], headers=headers).send()


def were_there(posts: Iterable[Membership], starts_on: date) -> list[Membership]:
    """The posts whose holders had a post at the same place in the week: it was a week of theirs.

    Whoever only begins after it, or comes back, would read of nothing; and so would the owner of a
    dealer whose last store had closed before it.
    """
    posts = list(posts)
    closed = _closed({post.dealer_id for post in posts if post.dealer_id is not None})
    held: dict[tuple[int | None, ...], list[Membership]] = defaultdict(list)
    for each in Membership.objects.filter(user__in=among({post.user_id for post in posts})):
        held[_place(each)].append(each)

    def was_there(post: Membership) -> bool:
        clock = zone(post.store or settings.TIME_ZONE)
        begins, over = midnight(starts_on, clock), midnight(starts_on + week.WEEK, clock)
        if closed.get(post.dealer_id, over) <= begins:
            return False
        return any(
            each.starts_at < over and (each.ends_at is None or each.ends_at > begins)
            for each in held[_place(post)]
        )

    return [post for post in posts if was_there(post)]


def _closed(dealers: Collection[int]) -> dict[int | None, datetime]:
    """When the last store of each of these dealers closed that has none open any more."""
    stores = Store.objects.filter(dealer__in=among(dealers)).order_by()
    counted = stores.values("dealer").annotate(
        last=Max("closed_at"), open=Count("pk", filter=Q(closed_at=None))
    )
    return dict(counted.filter(open=0).values_list("dealer", "last"))


def _place(post: Membership) -> tuple[int | None, ...]:
    return post.user_id, post.dealer_id, post.store_id, post.region_id


def written(weeks: list[Week]) -> tuple[str, str]:
    """Subject and text of the mail, in the current language."""
    starts_on = weeks[0].starts_on
    name = times.name(Length.WEEK, starts_on)
    page = reverse("incentives:week", kwargs={"monday": (Length.WEEK, starts_on)})
    lines = [name, ""]
    for each in weeks:
        lines += [*_section(each), ""]
    lines += [
        _("The same in the portal:"),
        settings.PORTAL_ADDRESS + page,
        "",
        _("Figures of your own only: no customer and no sum of money is in this mail."),
        _("You can switch it off where you choose how you are told:"),
        settings.PORTAL_ADDRESS + reverse("dealers:notice-ways"),
    ]
    return _("Your week in figures") + pgettext("list", ": ") + name, "\n".join(lines)


def _section(each: Week) -> list[str]:
    role = each.post.get_role_display()
    return [
        f"{each.whose} · {role}",
        *map(_line, each.cards),
        "",
        _("Valid registrations of the last weeks"),
        *bars(each.weeks),
        "",
        _("One thing to do:"),
        each.to_do.text,
        settings.PORTAL_ADDRESS + each.to_do.path,
    ]


def _line(card: Card) -> str:
    """A figure with its change in words: First contact in time: 80% (+5.0 pts)."""
    value = percent(card.value, 1) if card.kind == "share" else count(card.value or 0)
    if card.kind == "share":
        change = points(None if card.change is None else Decimal(card.change))
    else:
        change = signed(card.change)
    line = f"{card.name}{pgettext('list', ': ')}{value}"
    if card.change is None:
        return line
    return _("%(figure)s (%(change)s against the week before)") % {"figure": line, "change": change}


def bars(weeks: Iterable[tuple[str, int]]) -> list[str]:
    """Counts as bars of letters with the figure beside them, which says the same."""
    weeks = list(weeks)
    most = max((number for _name, number in weeks), default=0)
    return [
        f"{name} {'█' * -(-BAR * number // most) if number else ''} {number}".replace("  ", " ")
        for name, number in weeks
    ]

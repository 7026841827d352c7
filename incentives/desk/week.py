"""A week of a person, a store, a dealer or a region in figures, with the one thing to do next.

What stands in it is what the pages show: counts and shares of one's own, no customer, no money.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import cast

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncWeek
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.models import RegistrationQuerySet
from dealers.models import Dealer, Membership, Role, Store
from dealers.months import Span, previous_month, readers_day
from incentives.boards import goals, times
from incentives.boards.metrics import FIGURES
from incentives.desk import cards, lately, reasons, region, today
from incentives.desk.cards import Card
from incentives.desk.region import MonthFigures
from incentives.figures import IN_TIME, judged, won
from incentives.models import Length, Metric
from training.readiness import readiness

WEEK = timedelta(days=7)
SHOWN = 6  # weeks


@dataclass(frozen=True, slots=True)
class ToDo:
    """One thing to do, and the page where it is done."""

    text: str
    path: str


@dataclass(frozen=True)
class Week:
    """The week from ``starts_on`` on, for the holder of a post."""

    post: Membership
    starts_on: date
    whose: str
    cards: list[Card]
    weeks: list[tuple[str, int]]  # valid registrations, oldest first, this one last
    to_do: ToDo


def read(post: Membership, starts_on: date, now: datetime) -> Week:
    """The week of a post that starts on a Monday, as it is known at ``now``.

    To be read by the holder, or by who acts for them: walls leave out what they may not see.
    """
    span = Span.of(starts_on, WEEK)
    if post.role == Role.ASSOCIATE:
        own = won().filter(staff=post.user_id, store=post.store_id)
        counts, before = _of_one(own, span, now)
        latest = times.monday(readers_day(now)) - WEEK
        # Also beside an older week: what is to be done is of now.
        lately_won = (
            (counts, before) if starts_on == latest else _of_one(own, Span.of(latest, WEEK), now)
        )
        to_do = _for_associate(post, *lately_won, now)
    else:
        over = post.role == Role.REGIONAL_MANAGER
        stores = (
            region.visible_stores(post)
            if over
            else Store.objects.of_post(post.dealer_id, post.store_id)
        )
        own = won().filter(store__in=stores)
        counts, before = _of_stores(stores, span, now)
        to_do = _for_region(post, now) if over else _for_leader(post, now)
    return Week(
        post=post,
        starts_on=starts_on,
        whose=str(post.store or post.dealer or post.region),
        cards=_cards(counts, before),
        weeks=_weeks(own, span),
        to_do=to_do,
    )


def _of_one(
    own: RegistrationQuerySet, span: Span, now: datetime
) -> tuple[MonthFigures, MonthFigures]:
    """What somebody won in the week and in the one before."""

    def counts(start: date, end: date) -> MonthFigures:
        counted = own.filter(received_on__gte=start, received_on__lt=end).aggregate(
            registrations=Count("pk"),
            judged=Count("pk", filter=judged(now)),
            contacted=Count("pk", filter=IN_TIME),
        )
        return MonthFigures(start, **counted)

    return counts(span.start, span.end), counts(span.before_start, span.before_end)


def _of_stores(of: QuerySet[Store], span: Span, now: datetime) -> tuple[MonthFigures, MonthFigures]:
    """What stores won in the week and in the one before."""
    rows = region.figures(of, span, now)
    counts = MonthFigures(
        span.start,
        registrations=sum(row.registrations for row in rows),
        judged=sum(row.judged for row in rows),
        contacted=sum(row.contacted for row in rows),
        mature=sum(row.mature for row in rows),
        sold=sum(row.sold for row in rows),
    )
    return counts, region.before(rows, span)


def _cards(now: MonthFigures, before: MonthFigures) -> list[Card]:
    """Registrations with their difference, and the shares of which there is something to tell."""
    registrations = Card(
        name=_("Valid registrations"),
        kind="of",
        value=now.registrations,
        change=now.registrations - before.registrations,
        values=[before.registrations, now.registrations],
    )
    shares = [
        (_("First contact in time"), before.contact_rate, now.contact_rate),
        (str(Metric.CONVERSION.label), before.conversion, now.conversion),
    ]
    told = [
        cards.rate(name, value, was, [was, value])
        for name, was, value in shares
        if value is not None
    ]
    return [registrations, *told]


def _weeks(of: RegistrationQuerySet, span: Span) -> list[tuple[str, int]]:
    """The registrations of the last weeks, with what each week is called under a chart."""
    starts = times.last(Length.WEEK, span.start, SHOWN)
    counted = dict(
        of.filter(received_on__gte=starts[0], received_on__lt=span.end)
        .order_by()
        .annotate(week=TruncWeek("received_on"))
        .values_list("week")
        .annotate(Count("pk"))
    )
    return [(times.short_name(Length.WEEK, each), counted.get(each, 0)) for each in starts]


def _overdue(late: int) -> ToDo:
    text = ngettext(
        "%(count)d call is overdue: make it first.",
        "%(count)d calls are overdue: make them first.",
        late,
    )
    return ToDo(text % {"count": late}, f"{reverse('customers:list')}?view=followup")


def _for_associate(
    post: Membership, counts: MonthFigures, before: MonthFigures, now: datetime
) -> ToDo:
    """Calls first, then what has to be learnt, then the own pace."""
    calls = today.calls(post, now, readers_day(now), limit=0)
    if calls.late:
        return _overdue(calls.late)
    if calls.waiting:
        text = ngettext(
            "%(count)d customer waits for your call.",
            "%(count)d customers wait for your call.",
            calls.waiting,
        )
        page = f"{reverse('customers:list')}?view=followup"
        return ToDo(text % {"count": calls.waiting}, page)
    if not readiness([post], at=now)[post.pk].complete:
        return ToDo(_("A required course is not passed yet: take it."), reverse("training:home"))
    more = max(counts.registrations, before.registrations) + 1
    text = ngettext(
        "%(count)d registration would be more than in either of the last two weeks.",
        "%(count)d registrations would be more than in either of the last two weeks.",
        more,
    )
    return ToDo(text % {"count": more}, reverse("customers:capture"))


def _for_leader(post: Membership, now: datetime) -> ToDo:
    """Calls first, then the widest gap to the top quarter, then the report for the wall."""
    held, day = today.protected(post, now), readers_day(now)
    if late := held.contacts_late + held.agreed_late:
        return _overdue(late)
    if held.uncontacted:
        text = ngettext(
            "%(count)d protection ends without any contact: call before it does.",
            "%(count)d protections end without any contact: call before they do.",
            held.uncontacted,
        )
        page = f"{reverse('customers:list')}?view=expiring"
        return ToDo(text % {"count": held.uncontacted}, page)
    # What was done in a month that is over can be taken as a measure.
    month = previous_month(day)
    board = {"time": (Length.MONTH, month), "metric": next(iter(FIGURES))}
    page = reverse("incentives:ranking-board", kwargs=board)
    member = cast("Store | Dealer", post.store or post.dealer)
    for gap in goals.gaps(member, month, day)[:1]:
        if gap.metric not in goals.set_for(member, day):
            text = _(
                "“%(figure)s” is your widest gap to the top quarter: set it as this month's goal."
            )
            return ToDo(text % {"figure": gap.metric.label}, f"{page}#behaviour")
    return ToDo(_("Print the report on one page for the next talk with the team."), page)


def _for_region(post: Membership, now: datetime) -> ToDo:
    """The store to look at first, as the desk has it."""
    day = readers_day(now)
    counted = lately.figures(post, Span.until(day), now).figures
    conversion = lately.conversion(post, day, now)
    for reason in reasons.attention(counted, conversion, day, limit=1):
        said = {"store": reason.row.name, "reason": reason.text}
        page = reverse("incentives:region-store", args=[reason.row.code])
        return ToDo(_("Look at %(store)s first: %(reason)s.") % said, f"{page}#{reason.part}")
    text = _("No store calls for you today: thank one that does well.")
    return ToDo(text, reverse("incentives:region-stores"))

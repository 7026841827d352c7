"""The admin's first page beside what waits: shortcuts, deadlines, and the network's funnel."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter

from django.urls import reverse
from django.utils.translation import gettext as _

from config.home.known import AHEAD, Known
from dealers import months
from dealers import scorecard as scores
from dealers.models import ScoreFigure, ScoreLength, User
from dealers.months import hq_day
from incentives.desk import lately
from incentives.desk.lately import Counted
from incentives.desk.region import Funnel


@dataclass(frozen=True, slots=True)
class Shortcut:
    label: str
    url: str


def shortcuts(user: User) -> list[Shortcut]:
    """What this person does most, as far as their groups let them."""
    offered = (
        ("dealers.add_invitation", _("Invite an owner"), "dealers_invitation_add"),
        ("dealers.add_store", _("Open a store"), "dealers_store_add"),
        ("incentives.view_plan", _("A new plan version"), "incentives_plan_changelist"),
        ("customers.add_rulebook", _("A new rulebook"), "customers_rulebook_add"),
        ("training.view_course", _("A new course version"), "training_course_changelist"),
        ("incentives.view_run", _("Close a month"), "incentives_run_changelist"),
        ("incentives.change_payoutbatch", _("Pay statements"), "incentives_payoutbatch_changelist"),
    )
    return [
        Shortcut(label, reverse(f"admin:{name}"))
        for permission, label, name in offered
        if user.has_perm(permission)
    ]


@dataclass(frozen=True, slots=True)
class Deadline:
    """A day by which something has to be done, or from which on it can be."""

    day: date
    title: str
    url: str
    over: bool = False


def deadlines(user: User, known: Known) -> list[Deadline]:
    """The next two months' deadlines, what is over first."""
    found = [
        each
        for permission, look in LOOKS
        if user.has_perm(permission)
        for each in look(known)
        if each.day <= known.today + AHEAD
    ]
    return sorted(found, key=lambda each: (each.day, each.title))


def _months(known: Known) -> Iterator[Deadline]:
    if known.to_close is not None:
        day = months.next_month(known.to_close)
        yield Deadline(
            day,
            _("%(month)s can be closed") % {"month": months.name(known.to_close)},
            reverse("admin:incentives_run_changelist"),
            over=day < known.today,
        )


def _plans(known: Known) -> Iterator[Deadline]:
    today, found = known.today, known.versions[:50]
    followed = {each.plan_id for each in found if each.is_published and each.starts_on > today}
    for version in found:
        url = reverse("admin:incentives_planversion_change", args=[version.pk])
        if not version.is_published:
            title = _("%(plan)s is to apply and is not published")
            day = version.starts_on
        elif version.ends_on and version.ends_on > today and version.plan_id not in followed:
            title, day = _("%(plan)s ends and nothing follows"), version.ends_on
        else:
            continue
        yield Deadline(day, title % {"plan": version}, url, over=day <= today)


def _rulebooks(known: Known) -> Iterator[Deadline]:
    drafts = [each for each in known.rulebooks if each.published_at is None]
    for draft in sorted(drafts, key=attrgetter("starts_on"))[:20]:
        yield Deadline(
            draft.starts_on,
            _("%(rulebook)s is to apply and is not published") % {"rulebook": draft},
            reverse("admin:customers_rulebook_change", args=[draft.pk]),
            over=draft.starts_on <= known.today,
        )


def _invitations(known: Known) -> Iterator[Deadline]:
    for invitation in known.consents[:20]:
        yield Deadline(
            hq_day(invitation.expires_at),
            _("The invitation of %(name)s ends without consent") % {"name": invitation.name},
            reverse("admin:dealers_invitation_change", args=[invitation.pk]),
        )


LOOKS = (
    ("incentives.view_run", _months),
    ("incentives.view_planversion", _plans),
    ("customers.view_rulebook", _rulebooks),
    ("dealers.change_invitation", _invitations),
)


def funnel(user: User, at: datetime) -> Counted[Funnel] | None:
    """How far the network's registrations got, for those who may see registrations."""
    if not user.has_perm("customers.view_registration"):
        return None
    return lately.network(hq_day(at), at)


def trust() -> list[tuple[scores.Row, ScoreFigure]]:
    """The figures of the public scorecard with their newest month, as everybody reads them."""
    return [(row, row.months[0]) for row in scores.page(ScoreLength.MONTH) if row.months]

"""Plans and their versions: what makes one publishable, publishing, and the next draft.

A published version never changes. Its successor ends it on the day that the successor starts, so
that exactly one version answers at any moment.

Until a month is closed nobody was paid by a plan and there is none to replay: whoever sets the
portal up publishes alone, for any day, which is how the past of a network is loaded with its
program. From the first closed month on a draft is simulated by one person over closed months and
approved by another, and published so many days ahead as the version in force promises, never into
the past.
"""

from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from dealers import publication
from dealers.actor import Actor
from dealers.months import first_day, hq_day, next_month
from dealers.months import key as month_key
from incentives.models import TIERED, Component, Plan, PlanVersion, Program, RateRow, Run
from incentives.plans import simulations, terms


class PlanRefused(Exception):
    """The message is written for the person who edits plans."""


@transaction.atomic
def create_plan(data: dict[str, Any], *, by: Actor, at: datetime) -> PlanVersion:
    """Store a plan with a draft version; a plan on file gets the draft as its next version.

    ``data`` has the plan's fields, ``starts_on``, optionally ``ends_on`` and ``notice_days``, and
    ``components``: the fields of each with its ``rows`` of ``(starts_at, rate)``. Raises
    PlanRefused.
    """
    fields: dict[str, Any] = {
        name: data[name]
        for name in ("name", "name_en", "direction", "text", "text_en", "budget")
        if name in data
    }
    plan, created = Plan.objects.select_for_update().get_or_create(
        code=data["code"], defaults=fields
    )
    if not created and "direction" in data and plan.direction != data["direction"]:
        raise PlanRefused(
            _("Plan %(code)s exists with another direction; give the new one another code.")
            % {"code": plan.code}
        )
    version = PlanVersion(
        plan=plan,
        number=next_number(plan),
        starts_on=data["starts_on"],
        ends_on=data.get("ends_on"),
        **({"notice_days": data["notice_days"]} if "notice_days" in data else {}),
    )
    publication.begun(version, by=by, at=at).save()
    for position, component in enumerate(data["components"], 1):
        rows = component["rows"]
        values = {name: value for name, value in component.items() if name != "rows"}
        saved = Component.objects.create(version=version, position=position, **values)
        RateRow.objects.bulk_create(
            [RateRow(component=saved, starts_at=start, rate=rate) for start, rate in rows]
        )
    return version


def next_number(plan: Plan) -> int:
    """The number of a plan's next version; lock the plan's row first."""
    last = plan.versions.order_by("-number").first()
    return last.number + 1 if last else 1


def problems(version: PlanVersion, at: datetime) -> list[str]:
    """What stands against publishing a version at ``at``, in sentences; steps apart."""
    return problems_of_draft(version) + notice(version, at)


def problems_of_draft(version: PlanVersion) -> list[str]:
    """What stands against a version itself, whenever it is published, in sentences."""
    found: list[str] = []
    components = list(version.components.prefetch_related("rows"))
    if not components:
        found.append(_("The version has no component."))
    currency = Program.current().currency
    for component in components:
        rows = [(row.starts_at, row.rate) for row in component.rows.all()]
        found += [
            f"{component.code}: {problem}"
            for problem in terms.check(
                component,
                rows,
                starts_on=version.starts_on,
                ends_on=version.ends_on,
                currency=currency,
            )
        ]
    return found + check_time(version)


def missing(version: PlanVersion) -> list[str]:
    """The steps that nobody took and that publishing needs, in sentences."""
    if not relied_on():
        return []
    if version.tested_at is None:
        return [_("It is not simulated yet: replay closed months by it first.")]
    if simulations.of(version) is None:
        return [_("What it would have changed is still being worked out.")]
    return publication.missing_steps(version)


def relied_on() -> bool:
    """Whether a month was closed: two people publish from then on, and ahead."""
    return Run.objects.exists()


def check_time(version: PlanVersion) -> list[str]:
    """What stands against a version's time, in sentences: a closed month, a published version."""
    problems = []
    closed = Run.objects.last_month()
    if closed and version.starts_on < next_month(closed):
        problems.append(
            _("%(month)s is closed; the version can start on %(day)s at the earliest.")
            % {"month": month_key(closed), "day": next_month(closed).isoformat()}
        )
    return problems + _overlaps(version) + _cuts_a_month(version)


def notice(version: PlanVersion, at: datetime) -> list[str]:
    """What stands against publishing a version for its first day at ``at``: the past, and notice
    that dealers were promised.
    """
    if not relied_on():
        return []
    today = hq_day(at)
    if version.starts_on < today:
        return [
            _("%(day)s is past: a version starts on %(today)s at the earliest.")
            % {"day": version.starts_on.isoformat(), "today": today.isoformat()}
        ]
    return publication.too_soon(version.starts_on, today, notice_days(version.plan, today))


def notice_days(plan: Plan, today: date) -> int:
    """How many days ahead the version in force has the next one published; 0 where none is."""
    current = in_force(plan, today)
    return current.notice_days if current else 0


def in_force(plan: Plan, day: date) -> PlanVersion | None:
    """The published version of a plan that applies on a day."""
    found = plan.versions.published().filter(starts_on__lte=day)
    return found.filter(Q(ends_on__isnull=True) | Q(ends_on__gt=day)).first()


def _cuts_a_month(version: PlanVersion) -> list[str]:
    """A published version that pays by month, which would end early."""
    if version.starts_on == first_day(version.starts_on):
        return []
    cut = version.plan.versions.published().filter(
        ends_on__isnull=True, starts_on__lt=version.starts_on, components__kind__in=TIERED
    )
    if not cut.exists():
        return []
    return [_("The version before pays by month: start on the first of a month.")]


def predecessor(version: PlanVersion) -> PlanVersion | None:
    """The published version of the plan that applies until this one starts, or applied last."""
    before = version.plan.versions.published().filter(starts_on__lt=version.starts_on)
    return before.exclude(pk=version.pk).order_by("-starts_on").first()


def _overlaps(version: PlanVersion) -> list[str]:
    """A published version in the way: one that starts later, or ends on purpose later."""
    others = version.plan.versions.published().exclude(pk=version.pk)
    ahead = others.filter(starts_on__gte=version.starts_on)
    if version.ends_on:
        ahead = ahead.filter(starts_on__lt=version.ends_on)
    limited = others.filter(starts_on__lt=version.starts_on, ends_on__gt=version.starts_on)
    return [
        _("Version %(number)d is published for the same time.") % {"number": other.number}
        for other in (ahead | limited).order_by("number")
    ]


def simulate(
    version: PlanVersion, months: Sequence[date], *, by: Actor, at: datetime
) -> PlanVersion:
    """Have a draft replayed over closed months; who does it anew has it approved anew.

    Raises PublicationRefused with whatever stands against the draft itself; whether it keeps the
    notice is asked when it is approved.
    """
    with transaction.atomic():
        _queue(version)
        tested = publication.take_step(version, "tested", by=by, at=at, problems=problems_of_draft)
        simulations.ask(tested, months, by=by, at=at)
        return tested


def approve(version: PlanVersion, *, by: Actor, at: datetime) -> PlanVersion:
    """Somebody else agrees to a draft that was simulated. Raises PublicationRefused."""

    def found(draft: PlanVersion) -> list[str]:
        return problems(draft, at) + not_approvable(draft, by.user_id)

    return publication.take_step(version, "approved", by=by, at=at, problems=found)


def not_approvable(draft: PlanVersion, user: int | None) -> list[str]:
    """What stands against somebody's approving a draft, in sentences."""
    return publication.not_approvable(draft, user, found=simulations.of(draft) is not None)


@transaction.atomic
def publish(version: PlanVersion, *, by: Actor, at: datetime) -> PlanVersion:
    """Publish a draft; an open predecessor ends where it starts. Raises PublicationRefused.

    Where it starts later, each dealer is shown what it would have got by it in the last months.
    """
    _queue(version)
    published = publication.publish(version, by=by, at=at, problems=partial(_take_over, at=at))
    if published.starts_on > hq_day(at):
        simulations.announce(published, at)
    return published


def _queue(version: PlanVersion) -> None:
    """The plan's row is the queue for its versions."""
    Plan.objects.select_for_update(no_key=True).get(pk=version.plan_id)


def _take_over(version: PlanVersion, at: datetime) -> list[str]:
    """What stands against it; if nothing does, an open predecessor ends where it starts."""
    found = problems(version, at) + missing(version)
    if not found:
        version.plan.versions.published().filter(
            Q(ends_on__isnull=True), starts_on__lt=version.starts_on
        ).update(ends_on=version.starts_on)
    return found


@transaction.atomic
def new_version(
    version: PlanVersion, starts_on: date | None = None, *, by: Actor, at: datetime
) -> PlanVersion:
    """A draft with the same components, to be changed; it starts next month unless told."""
    plan = Plan.objects.select_for_update(no_key=True).get(pk=version.plan_id)
    draft = PlanVersion(
        plan=plan,
        number=next_number(plan),
        starts_on=starts_on or next_month(version.starts_on),
        notice_days=version.notice_days,
    )
    publication.begun(draft, by=by, at=at).save()
    for component in version.components.prefetch_related("rows"):
        rows = list(component.rows.all())
        component.pk, component.version = None, draft
        component._state.adding = True  # noqa: SLF001 -- Django's documented way to copy a row
        component.save()
        RateRow.objects.bulk_create(
            [RateRow(component=component, starts_at=r.starts_at, rate=r.rate) for r in rows]
        )
    return draft

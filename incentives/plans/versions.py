"""Plans and their versions: what makes one publishable, publishing, and the next draft.

A published version never changes. Its successor ends it on the day that the successor starts, so
that exactly one version answers at any moment.
"""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from dealers import publication
from dealers.actor import Actor
from dealers.months import first_day, next_month
from incentives.models import TIERED, Component, Plan, PlanVersion, Program, RateRow, Run
from incentives.plans import terms


class PlanRefused(Exception):
    """The message is written for the person who edits plans."""


@transaction.atomic
def create_plan(data: dict[str, Any]) -> PlanVersion:
    """Store a plan with a draft version; a plan on file gets the draft as its next version.

    ``data`` has the plan's fields, ``starts_on``, optionally ``ends_on``, and ``components``: the
    fields of each with its ``rows`` of ``(starts_at, rate)``. Raises PlanRefused.
    """
    fields: dict[str, Any] = {
        name: data[name]
        for name in ("name", "name_en", "direction", "text", "text_en")
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
    version = PlanVersion.objects.create(
        plan=plan,
        number=next_number(plan),
        starts_on=data["starts_on"],
        ends_on=data.get("ends_on"),
    )
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


def problems(version: PlanVersion) -> list[str]:
    """What stands against publishing a version, in sentences."""
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


def check_time(version: PlanVersion) -> list[str]:
    """What stands against a version's time, in sentences: a closed month, a published version."""
    problems = []
    closed = Run.objects.order_by("-month").first()
    if closed and version.starts_on < next_month(closed.month):
        problems.append(
            _("%(month)s is closed; the version can start on %(day)s at the earliest.")
            % {"month": f"{closed.month:%Y-%m}", "day": next_month(closed.month).isoformat()}
        )
    return problems + _overlaps(version) + _cuts_a_month(version)


def _cuts_a_month(version: PlanVersion) -> list[str]:
    """A published version with tiers, whose month would end early."""
    if version.starts_on == first_day(version.starts_on):
        return []
    cut = version.plan.versions.published().filter(
        ends_on__isnull=True, starts_on__lt=version.starts_on, components__kind__in=TIERED
    )
    if not cut.exists():
        return []
    return [_("The version before has tiers: start on the first of a month.")]


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


@transaction.atomic
def publish(version: PlanVersion, *, by: Actor, at: datetime) -> PlanVersion:
    """Publish a draft; an open predecessor ends where it starts. Raises PublicationRefused."""
    # The plan's row is the queue for its versions.
    Plan.objects.select_for_update(no_key=True).get(pk=version.plan_id)
    return publication.publish(version, by=by, at=at, problems=_take_over)


def _take_over(version: PlanVersion) -> list[str]:
    """What stands against it; if nothing does, an open predecessor ends where it starts."""
    found = problems(version)
    if not found:
        version.plan.versions.published().filter(
            Q(ends_on__isnull=True), starts_on__lt=version.starts_on
        ).update(ends_on=version.starts_on)
    return found


@transaction.atomic
def new_version(version: PlanVersion, starts_on: date | None = None) -> PlanVersion:
    """A draft with the same components, to be changed; it starts next month unless told."""
    plan = Plan.objects.select_for_update(no_key=True).get(pk=version.plan_id)
    draft = PlanVersion.objects.create(
        plan=plan,
        number=next_number(plan),
        starts_on=starts_on or next_month(version.starts_on),
    )
    for component in version.components.prefetch_related("rows"):
        rows = list(component.rows.all())
        component.pk, component.version = None, draft
        component._state.adding = True  # noqa: SLF001 -- Django's documented way to copy a row
        component.save()
        RateRow.objects.bulk_create(
            [RateRow(component=component, starts_at=r.starts_at, rate=r.rate) for r in rows]
        )
    return draft

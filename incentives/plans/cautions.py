"""What does not stop a version, and should be known before it is published, in sentences."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dealers.models import AgreementVersion
from dealers.words import exact_money, exact_percent
from incentives.models import Component, Event, Gate, Kind, PlanVersion, Program
from training.models import CourseVersion


def cautions(version: PlanVersion) -> list[str]:
    """Cliffs, what other plans pay for as well, and texts that are missing."""
    currency = Program.current().currency
    components = list(version.components.prefetch_related("rows"))
    found = [
        sentence
        for component in components
        for sentence in cliffs(
            component, [(row.starts_at, row.rate) for row in component.rows.all()], currency
        )
    ]
    found += out_of_reach(components)
    return [*found, *overlaps(version, components), *untranslated(version, components)]


def out_of_reach(components: Sequence[Component]) -> Iterator[str]:
    """Gates that nobody can open as things are, so that a component pays nothing."""
    asked = {gate for component in components for gate in component.gates}
    if Gate.AGREEMENT_SIGNED in asked and not AgreementVersion.objects.published().exists():
        yield _("No agreement is published that anybody could sign.")
    else:
        yield from _unsigned(components)
    if Gate.CERTIFIED in asked and not CourseVersion.objects.in_force().exists():
        yield _("No course is published in which anybody could earn a certificate.")
    for component in components:
        if Gate.DATA_COMPLETE in component.gates and not component.of_registrations:
            yield _(
                "%(component)s asks for a product on each line. Files of orders name it in a column"
                " product; for orders without it nothing is paid."
            ) % {"component": component.local_name}


def _unsigned(components: Sequence[Component]) -> Iterator[str]:
    """Versions of the agreement that are asked for, and of which none is published yet."""
    asked = {each.agreement_from for each in components if each.agreement_from}
    published = AgreementVersion.objects.published()
    for day in sorted(asked):
        if not published.filter(starts_on__gte=day).exists():
            yield _(
                "No version of the agreement is published that applies from %(day)s or later:"
                " nobody could sign it."
            ) % {"day": date_format(day, "DATE_FORMAT")}


def cliffs(
    component: Component, rows: Sequence[tuple[Decimal, Decimal]], currency: str
) -> Iterator[str]:
    """Where a little more sold changes a whole month at once, or brings less than before.

    ``rows`` are ``(from, rate)``. Reads nothing from the database.
    """
    if not component.tiered:
        return
    bonus = component.kind == Kind.THRESHOLD_BONUS
    whole = bonus or component.kind == Kind.TIERS_WHOLE
    for (_start, below), (start, above) in pairwise(sorted(rows)):
        times = Decimal(1) if bonus else start
        words = {
            "component": component.local_name,
            "start": exact_money(start, currency),
            "below": exact_percent(below),
            "above": exact_percent(above),
            "before": exact_money((times * below).normalize(), currency),
            "after": exact_money((times * above).normalize(), currency),
        }
        if whole and above > below:
            yield (
                _(
                    "%(component)s has a cliff: at %(start)s a month is worth %(after)s, just below"
                    " it %(before)s."
                )
                % words
            )
        elif whole and above < below:
            yield (
                _(
                    "%(component)s punishes growth: at %(start)s a month is worth %(after)s, just"
                    " below it %(before)s."
                )
                % words
            )
        elif above < below:
            yield (
                _(
                    "%(component)s gives less for more: above %(start)s %(above)s, below it"
                    " %(below)s."
                )
                % words
            )


def overlaps(version: PlanVersion, components: Sequence[Component]) -> Iterator[str]:
    """Components of other plans that are paid for the same events to the same side at that time."""
    others = Component.objects.filter(
        Q(version__ends_on__isnull=True) | Q(version__ends_on__gt=version.starts_on),
        version__published_at__isnull=False,
        version__plan__direction=version.plan.direction,
    ).exclude(version__plan=version.plan_id)
    if version.ends_on:
        others = others.filter(version__starts_on__lt=version.ends_on)
    found = list(others.select_related("version__plan").order_by("version__plan__code", "position"))
    for component in components:
        for other in found:
            if _same_events(component, other):
                yield (
                    _("%(component)s is paid on top of “%(other)s” of the plan “%(plan)s”.")
                    % {
                        "component": component.local_name,
                        "other": other.local_name,
                        "plan": other.version.plan.local_name,
                    }
                )


def _same_events(one: Component, other: Component) -> bool:
    came = (Event.REGISTRATION, Event.DISPATCH)
    if one.event in came and other.event in came:
        return True  # an accepted lead is a registration, too
    if (one.event, one.to) != (other.event, other.to):
        return False
    return not (one.places and other.places) or bool({*one.places} & {*other.places})


def untranslated(version: PlanVersion, components: Sequence[Component]) -> Iterator[str]:
    """Texts that are missing in a language; readers get the other one, or a code, there."""
    plan = version.plan
    if not plan.name_en:
        yield _("The plan has no English name.")
    if plan.text and not plan.text_en:
        yield _("The text for dealers is not translated into English.")
    if plan.text_en and not plan.text:
        yield _("The text for dealers has no Chinese.")
    for component in components:
        words = {"component": component.name or component.code}
        if not component.name_en:
            yield _("%(component)s has no English name.") % words
        if not component.name:
            yield _("%(component)s has no Chinese name: dealers read its code.") % words

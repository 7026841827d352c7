"""A version read back in sentences: each component by its code, and what one version changes."""

from incentives.models import Component, Plan, PlanVersion, Program, RateRow
from incentives.plans.readback import read_back


def ordered(component: Component) -> list[RateRow]:
    """Its rate rows by where they start."""
    return sorted(component.rows.all(), key=lambda row: row.starts_at)


def sentence_of(component: Component, plan: Plan, currency: str) -> str:
    """What a component does, in the reader's language."""
    rates = [(row.starts_at, row.rate) for row in ordered(component)]
    return read_back(component, rates, plan.direction, currency)


def parts_of(version: PlanVersion) -> dict[str, tuple[str, str]]:
    """The name and the sentence of each component of a version, by its code."""
    currency = Program.current().currency
    return {
        component.code: (
            component.local_name,
            sentence_of(component, version.plan, currency),
        )
        for component in version.components.prefetch_related("rows")
    }

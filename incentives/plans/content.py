"""A version as a program file says it, and the hash by which its terms are told from others."""

import hashlib
import json
from datetime import date
from decimal import Decimal
from typing import Any

from customers.models import SoldBy
from incentives.engine.registry import LEAD
from incentives.models import TIERED, Beneficiary, Component, PlanVersion

_PLACES = {frozenset({SoldBy.OWN, SoldBy.SISTER}): "own_or_sister"}


def plan_of(version: PlanVersion) -> dict[str, Any]:
    """A version as an entry of ``plans`` in a program file; what has its usual value is left out.

    The end that its successor has set is that one's ``from``, and is not said.
    """
    plan = version.plan
    found: dict[str, Any] = {"code": plan.code, "name": plan.name}
    for key in ("name_en", "text", "text_en"):
        if value := getattr(plan, key):
            found[key] = value
    if plan.budget is not None:
        found["budget"] = written(plan.budget)
    found |= {
        "audience": "dealer",
        "direction": plan.direction,
        "from": version.starts_on.isoformat(),
        "notice_days": version.notice_days,
    }
    if version.ends_on is not None and not succeeded(version, version.ends_on):
        found["until"] = version.ends_on.isoformat()
    found["components"] = [component_of(each) for each in _components(version)]
    return found


def component_of(component: Component) -> dict[str, Any]:
    """A component as an entry of ``components``; what has its usual value is left out."""
    rows = sorted(component.rows.all(), key=lambda row: row.starts_at)
    found: dict[str, Any] = {"code": component.code}
    for key in ("name", "name_en", "rate_above_one"):
        if value := getattr(component, key):
            found[key] = value
    found |= {"event": component.event, "kind": component.kind, "base": component.base}
    found |= _only_where(component)
    if component.to != Beneficiary.OWNER:
        found["to"] = component.to
    for key in ("by_share", "pays_zero"):
        if getattr(component, key):
            found[key] = True
    if component.kind in TIERED:
        found |= {"window": "month", "per": "dealer"}
    found["rows"] = [{"from": written(row.starts_at), "rate": written(row.rate)} for row in rows]
    if component.period_cap is not None:
        found["period_cap"] = written(component.period_cap)
    if not component.of_registrations:
        found["clawback"] = component.clawback
    usual = Component()
    for key in ("clawback_days", "return_window_days"):
        if getattr(component, key) != getattr(usual, key):
            found[key] = getattr(component, key)
    return found


def _only_where(component: Component) -> dict[str, Any]:
    """What a sale or registration has to be so that a component counts or pays it."""
    found: dict[str, Any] = {}
    if component.places:
        places = frozenset(map(SoldBy, component.places))
        found["place"] = _PLACES.get(places) or [str(place) for place in component.places]
    if component.of_leads:
        found["filter"] = {"source": [LEAD]}
    if component.gates:
        found["gate"] = [str(gate) for gate in component.gates]
    if component.agreement_from:
        found["agreement_from"] = component.agreement_from.isoformat()
    return found


def content_hash(version: PlanVersion) -> str:
    """SHA-256 of what a version pays: its direction and components, not its names or time."""
    said = {
        "direction": version.plan.direction,
        "components": [component_of(each) for each in _components(version)],
    }
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def written(amount: Decimal) -> str:
    """A number as a file writes it: without zeros that say nothing, never with an exponent."""
    return f"{amount.normalize():f}"


def _components(version: PlanVersion) -> list[Component]:
    found = version.components.prefetch_related("rows")
    return list(found.order_by("position", "code"))


def succeeded(version: PlanVersion, day: date) -> bool:
    """Whether another version takes over on that day."""
    later = version.plan.versions.published().filter(starts_on=day)
    return later.exclude(pk=version.pk).exists()


def has_terms(version: PlanVersion, terms: dict[str, Any]) -> bool:
    """Whether a version on file has these terms.

    An end that its successor set does not count, nor does the order in which places are named.
    """
    plan = version.plan
    if plan.direction != terms["direction"] or version.notice_days != terms["notice_days"]:
        return False
    if terms["ends_on"] != version.ends_on and not (
        terms["ends_on"] is None and version.ends_on and succeeded(version, version.ends_on)
    ):
        return False
    on_file = {c.code: c for c in version.components.prefetch_related("rows")}
    if list(on_file) != [c["code"] for c in terms["components"]]:
        return False
    for wanted in terms["components"]:
        component = on_file[wanted["code"]]
        rows = [(row.starts_at, row.rate) for row in component.rows.all()]
        if rows != wanted["rows"] or {*component.places} != {*wanted["places"]}:
            return False
        fields = {name: it for name, it in wanted.items() if name not in {"rows", "places"}}
        if any(getattr(component, name) != value for name, value in fields.items()):
            return False
    return True

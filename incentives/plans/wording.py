"""What a plan is called, says to dealers and should cost: no terms of it, so they may change."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.utils.translation import gettext as _

from dealers import sayings
from dealers.actor import Actor
from dealers.models import User
from incentives.models import Plan
from incentives.plans.reader import Reader
from incentives.plans.versions import PlanRefused


def read(reader: Reader, path: str, data: dict[str, Any]) -> dict[str, Any]:
    """The words and the budget that an entry of a program file says; empty where it says none."""
    return {
        "name": reader.text(path, data, "name", Plan, required=True),
        "name_en": reader.text(path, data, "name_en", Plan),
        "text": reader.text(path, data, "text", Plan),
        "text_en": reader.text(path, data, "text_en", Plan),
        "budget": reader.number(path, data, "budget", None, optional=True),
    }


def take(path: str, data: dict[str, Any], *, by: Actor, at: datetime) -> list[str]:
    """Give a plan on file what an entry of a program file says; what that leaves out stays.

    Gives a sentence if something changed. Raises PlanRefused.
    """
    reader = Reader([])
    said = {name: it for name, it in read(reader, path, data).items() if name in data}
    code = reader.code(path, data, Plan)
    plan = Plan.objects.select_for_update(no_key=True).filter(code=code).first()
    if plan is None or reader.problems:  # which were told with its terms
        return []
    if not (changed := change(plan, said, by=by, at=at)):
        return []
    names = {"code": plan.code, "names": ", ".join(changed)}
    return [_("Plan %(code)s, changed: %(names)s") % names]


def change(plan: Plan, said: Mapping[str, Any], *, by: Actor, at: datetime) -> list[str]:
    """Give a plan these words, and put the change into its history; the fields that changed.

    Lock the plan's row first. Raises PlanRefused for a person who may not change plans.
    """
    changed = [name for name, value in said.items() if getattr(plan, name) != value]
    if not changed:
        return []
    if by.user is not None and not by.user.has_perm("incentives.change_plan"):
        raise PlanRefused(
            _("%(code)s is on file with another %(names)s, and you may not change it.")
            % {"code": plan.code, "names": ", ".join(changed)}
        )
    for name in changed:
        setattr(plan, name, said[name])
    plan.save(update_fields=changed)
    if by.user is not None:
        _log(plan, changed, by.user, at)
    return changed


def _log(plan: Plan, fields: list[str], user: User, at: datetime) -> None:
    """Where the admin shows who changed a plan."""
    labels = sayings.untranslated(
        lambda: [str(each.verbose_name) for each in Plan._meta.fields if each.name in fields]
    )
    LogEntry.objects.create(
        action_time=at,
        user=user,
        content_type=ContentType.objects.get_for_model(Plan),
        object_id=str(plan.pk),
        object_repr=str(plan)[:200],
        action_flag=CHANGE,
        change_message=json.dumps([{"changed": {"fields": labels}}]),
    )

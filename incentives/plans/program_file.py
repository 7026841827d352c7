"""Reading a program file: the currency, the rulebook, the plans and the cohorts.

The same file again changes nothing. What is published is never changed: terms that differ from
what is on file need a later start. What a plan is called, says and should cost are no terms.
Problems name the place in the file and what would be right.
"""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from customers.ownership import editor
from customers.ownership.rulebook_file import RulebookNotValid
from dealers import forbidden, sayings
from dealers.actor import Actor
from dealers.bounds import readable
from dealers.models import (
    FileImport,
    ForbiddenAct,
    ImportKind,
    ImportState,
    Region,
    SizeClass,
    User,
)
from dealers.publication import PublicationRefused
from incentives.models import (
    TIERED,
    Base,
    Beneficiary,
    Clawback,
    Cohort,
    Component,
    Direction,
    Kind,
    Plan,
    PlanVersion,
    Program,
    Run,
    Unit,
)
from incentives.models.plans import LONGEST_NOTICE
from incentives.plans import versions, wording
from incentives.plans.content import has_terms
from incentives.plans.reader import Reader, decimal
from incentives.plans.terms import base_of, check, from_zero

# Half a character, which JSON can write and no text can hold.
_HALF = re.compile("[\\ud800-\\udfff]")
_TOP = {"currency", "rulebook", "plans", "cohorts"}
_PLAN = {
    "code", "name", "name_en", "text", "text_en", "audience", "direction", "from", "until",
    "notice_days", "budget", "components",
}  # fmt: skip
_COMPONENT = {
    "code", "name", "name_en", "event", "place", "to", "kind", "base", "by_share", "window", "per",
    "rows", "rate_above_one", "pays_zero", "period_cap", "clawback", "clawback_days",
    "return_window_days", "gate", "agreement_from", "filter",
}  # fmt: skip
_COHORT = {
    "code", "name", "name_en", "unit", "size_classes", "regions", "opened_from", "opened_until",
}  # fmt: skip


class ProgramNotValid(Exception):
    """What is wrong with a program file: place, and what would be right, one problem per line."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass
class Outcome:
    """What an import did, in words for the person who started it."""

    changes: list[str] = field(default_factory=list)
    same: int = 0


def read(path: Path) -> dict[str, Any]:
    """The content of a program file, numbers as decimals. Raises ProgramNotValid."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ProgramNotValid([_("The file is not UTF-8 text; save it as UTF-8.")]) from None
    try:
        data = json.loads(
            text,
            parse_float=decimal,
            parse_constant=decimal,
            parse_int=_whole,
            object_pairs_hook=_object,
        )
    except RecursionError:
        right = _("the brackets are nested too deeply")
        problem = _("%(place)s: %(right)s.") % {"place": "$", "right": right}
        raise ProgramNotValid([problem]) from None
    except json.JSONDecodeError as error:
        raise ProgramNotValid(
            [
                _("line %(line)d, column %(column)d: this is not JSON: %(problem)s.")
                % {"line": error.lineno, "column": error.colno, "problem": error.msg}
            ]
        ) from None
    if not isinstance(data, dict):
        raise ProgramNotValid([_("$: write an object with rulebook and plans.")])
    whole = json.dumps(data, ensure_ascii=False, default=str)
    if _HALF.search(whole) or "\\u0000" in whole:
        raise ProgramNotValid([_("Take out \\u0000 and \\ud800 to \\udfff; no text holds them.")])
    return data


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of the file. Raises ProgramNotValid where one key stands in it twice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _value in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        problem = _("%(key)s stands twice in one object; keep one of them.") % {"key": twice}
        raise ProgramNotValid([problem])
    return found


def _whole(digits: str) -> int | str:
    """A whole number; one with more digits than anything here has stays text."""
    return int(digits) if len(digits) < 20 else digits


def load(path: Path, *, publish: bool, by: Actor, at: datetime) -> Outcome:
    """Import a program file and record the import. Raises ProgramNotValid, then nothing is kept."""
    try:
        outcome = store(read(path), publish=publish, by=by, at=at)
    except ProgramNotValid as refused:
        FileImport.objects.create(
            state=ImportState.FAILED, problems=str(refused), **_record(path, at, by.user)
        )
        raise
    note(path, outcome, at=at, by=by.user)
    return outcome


def note(path: Path, outcome: Outcome, *, at: datetime, by: User | None) -> FileImport:
    """Put an import on record that was begun at ``at``."""
    return FileImport.objects.create(
        state=ImportState.DONE,
        rows=len(outcome.changes) + outcome.same,
        accepted=len(outcome.changes),
        repeated=outcome.same,
        **_record(path, at, by),
    )


def _record(path: Path, at: datetime, by: User | None) -> dict[str, Any]:
    return {
        "kind": ImportKind.PROGRAM,
        "name": readable(path.name)[:255],
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "started_at": at,
        "by": by,
    }


@transaction.atomic
def store(data: dict[str, Any], *, publish: bool, by: Actor, at: datetime) -> Outcome:
    """Store a program; with ``publish`` its rulebook and plan versions too.

    Raises ProgramNotValid with every problem found; then nothing is kept.
    """
    outcome = Outcome()
    problems: list[str] = []
    reader = Reader(problems)
    reader.known_keys("$", data, _TOP)
    _store_currency(reader, data, outcome, by)
    if problems:
        raise ProgramNotValid(problems)
    steps: list[Callable[[], None]] = []
    if "rulebook" in data:
        steps.append(
            partial(_store_rulebook, data["rulebook"], outcome, publish=publish, by=by, at=at)
        )
    plans = list(reader.objects("plans", data.get("plans", [])))
    # Of several versions of a plan, the newest one says how it is called.
    newest = {
        str(plan.get("code")): path
        for path, plan in sorted(plans, key=lambda it: str(it[1].get("from")))
    }
    for path, plan in plans:
        steps.append(partial(_store_plan, path, plan, outcome, publish=publish, by=by, at=at))
        if newest[str(plan.get("code"))] == path:
            steps.append(partial(_store_words, path, plan, outcome, by=by, at=at))
    cohorts = reader.objects("cohorts", data.get("cohorts", []))
    reader.once(cohorts)
    for n, (path, cohort) in enumerate(cohorts, 1):
        steps.append(partial(_store_cohort, path, cohort, n, outcome, by=by))
    for step in steps:
        try:
            with transaction.atomic():
                step()
        except ProgramNotValid as refused:
            problems += refused.problems
    if problems:
        raise ProgramNotValid(problems)
    return outcome


def _may(by: Actor, permission: str) -> bool:
    """Whether who brings a file may do so; a command for nobody may all."""
    return by.user is None or by.user.has_perm(permission)


def _store_currency(reader: Reader, data: dict[str, Any], outcome: Outcome, by: Actor) -> None:
    currency = data.get("currency")
    if currency is None:
        return
    if not (isinstance(currency, str) and len(currency) == 3 and currency.isascii()
            and currency.isalpha() and currency.isupper()):  # fmt: skip
        reader.problem("currency", currency, _("write three capital letters, such as CNY"))
        return
    if currency == Program.current().currency and Program.objects.exists():
        outcome.same += 1
        return
    if currency != Program.current().currency and Run.objects.exists():
        reader.problem(
            "currency",
            currency,
            _("months are closed in %(currency)s already; it cannot change any more")
            % {"currency": Program.current().currency},
        )
        return
    if currency != Program.current().currency and not _may(by, "incentives.change_program"):
        reader.problem("currency", currency, _("you may not change it"))
        return
    Program.objects.update_or_create(pk=1, defaults={"currency": currency})
    outcome.changes.append(_("Currency: %(currency)s") % {"currency": currency})


def _store_rulebook(data: Any, outcome: Outcome, *, publish: bool, by: Actor, at: datetime) -> None:
    try:
        rulebook = editor.create_rulebook(data, by=by, at=at)
        fresh = rulebook.published_at is None
        if publish and fresh:
            editor.publish_rulebook(rulebook, by=by, at=at)
    except RulebookNotValid as refused:
        raise ProgramNotValid([str(refused)]) from None
    except PublicationRefused as refused:
        raise ProgramNotValid(
            [f"rulebook.from: {problem}" for problem in refused.sentences]
        ) from None
    if fresh:
        outcome.changes.append(_("Rulebook: %(name)s") % {"name": rulebook.name})
    else:
        outcome.same += 1


def _store_plan(
    path: str, data: dict[str, Any], outcome: Outcome, *, publish: bool, by: Actor, at: datetime
) -> None:
    terms = _plan(path, data)
    on_file = PlanVersion.objects.filter(
        plan__code=terms["code"], starts_on=terms["starts_on"]
    ).select_related("plan")
    # A draft for a day from which one is published already is not what the file is about.
    version = on_file.order_by(F("published_at").asc(nulls_last=True), "-number").first()
    if version and not has_terms(version, terms):
        _check_replaceable(path, version, by, at)
        version.delete()
        version = None
    known = version is not None
    if version is None:
        try:
            version = versions.create_plan(terms, by=by, at=at)
        except versions.PlanRefused as refused:
            raise ProgramNotValid([f"{path}: {refused}"]) from None
    if publish and version.published_at is None:
        try:
            versions.publish(version, by=by, at=at)
        except PublicationRefused as refused:
            raise ProgramNotValid([f"{path}: {problem}" for problem in refused.sentences]) from None
        known = False
    if known:
        outcome.same += 1
    else:
        outcome.changes.append(_("Plan: %(version)s") % {"version": version})


def _check_replaceable(path: str, version: PlanVersion, by: Actor, at: datetime) -> None:
    """Raise ProgramNotValid where other terms may not take the place of a version's."""
    if version.published_at:
        forbidden.note(ForbiddenAct.SHARE, sayings.kept(forbidden.CHANGED), by=by, at=at)
        said = _(
            "%(path)s: version %(number)d of %(code)s starts on %(day)s already with"
            " other terms, and what is published never changes; choose a later from."
        )
    elif not _may(by, "incentives.change_planversion"):
        said = _(
            "%(path)s: version %(number)d of %(code)s is a draft for %(day)s with other"
            " terms, and you may not change it."
        )
    else:
        return
    words = {
        "path": path,
        "number": version.number,
        "code": version.plan.code,
        "day": version.starts_on.isoformat(),
    }
    raise ProgramNotValid([said % words])


def _store_words(
    path: str, data: dict[str, Any], outcome: Outcome, *, by: Actor, at: datetime
) -> None:
    try:
        outcome.changes += wording.take(path, data, by=by, at=at)
    except versions.PlanRefused as refused:
        raise ProgramNotValid([f"{path}: {refused}"]) from None


def _plan(path: str, data: dict[str, Any]) -> dict[str, Any]:
    problems: list[str] = []
    reader = Reader(problems)
    reader.known_keys(path, data, _PLAN)
    reader.only(path, data, "audience", "dealer")
    starts_on = reader.day(path, data, "from", required=True)
    terms = {
        "code": reader.code(path, data, Plan),
        **wording.read(reader, path, data),
        "direction": reader.choice(path, data, "direction", Direction, Direction.BRAND_PAYS),
        "starts_on": starts_on,
        "ends_on": reader.day(path, data, "until"),
        "notice_days": reader.days(path, data, "notice_days", 14),
        "components": [],
    }
    given = data.get("components")
    components = reader.objects(f"{path}.components", given or [])
    reader.once(components)
    for place, component in components:
        terms["components"].append(_component(reader, place, component, terms))
    if not given:
        reader.problem(f"{path}.components", given, _("write at least one component"))
    if terms["notice_days"] > LONGEST_NOTICE:
        reader.problem(
            f"{path}.notice_days", terms["notice_days"],
            _("write at most %(days)d days") % {"days": LONGEST_NOTICE},
        )  # fmt: skip
    if terms["budget"] is not None and not terms["budget"]:
        reader.problem(f"{path}.budget", data["budget"], _("write an amount above zero, or none"))
    if terms["ends_on"] and starts_on and terms["ends_on"] <= starts_on:
        reader.problem(f"{path}.until", data["until"], _("write a day after from"))
    if problems:
        raise ProgramNotValid(problems)
    return terms


def _component(
    reader: Reader, path: str, data: dict[str, Any], plan: dict[str, Any]
) -> dict[str, Any]:
    reader.known_keys(path, data, _COMPONENT)
    reader.only(path, data, "window", "month")
    reader.only(path, data, "per", "dealer")
    kind = reader.choice(path, data, "kind", Kind, None)
    event, places = reader.event_and_places(path, data)
    tiered = kind in TIERED
    rows = []
    for place, row in reader.objects(f"{path}.rows", data.get("rows", [])):
        reader.known_keys(place, row, {"from", "rate"})
        rows.append(
            (
                reader.number(place, row, "from", Decimal(0)) or Decimal(0),
                reader.number(place, row, "rate", None, places=6) or Decimal(0),
            )
        )
    values: dict[str, Any] = {
        "code": reader.code(path, data, Component),
        "name": reader.text(path, data, "name", Component),
        "name_en": reader.text(path, data, "name_en", Component),
        "event": event,
        "places": places,
        "to": reader.choice(path, data, "to", Beneficiary, Beneficiary.OWNER),
        "kind": kind,
        "base": reader.choice(path, data, "base", Base, base_of(kind) if kind else Base.NET),
        "by_share": reader.yes_or_no(path, data, "by_share"),
        "rate_above_one": reader.text(path, data, "rate_above_one", Component),
        "pays_zero": reader.yes_or_no(path, data, "pays_zero"),
        "gates": reader.gates(path, data),
        "agreement_from": reader.day(path, data, "agreement_from"),
        "of_leads": reader.of_leads(path, data),
        "period_cap": reader.number(path, data, "period_cap", None, optional=True),
        "clawback": reader.choice(
            path, data, "clawback", Clawback,
            Clawback.RECOMPUTE if tiered else Clawback.ORIGINAL_RATE,
        ),
        "clawback_days": reader.days(path, data, "clawback_days", 180),
        "return_window_days": reader.days(path, data, "return_window_days", 15),
        "rows": from_zero(kind, rows),
    }  # fmt: skip
    if kind and event and plan["starts_on"] and not reader.problems:
        named = {name: value for name, value in values.items() if name != "rows"}
        for problem in check(
            Component(**named),
            values["rows"],
            starts_on=plan["starts_on"],
            ends_on=plan["ends_on"],
            currency=Program.current().currency,
        ):
            reader.problems.append(f"{path}: {problem}")
    return values


def _store_cohort(
    path: str, data: dict[str, Any], position: int, outcome: Outcome, *, by: Actor
) -> None:
    problems: list[str] = []
    reader = Reader(problems)
    reader.known_keys(path, data, _COHORT)
    code = reader.code(path, data, Cohort)
    values: dict[str, Any] = {
        "name": reader.text(path, data, "name", Cohort, required=True),
        "name_en": reader.text(path, data, "name_en", Cohort),
        "unit": reader.choice(path, data, "unit", Unit, Unit.STORE),
        "size_classes": reader.list_of(path, data, "size_classes", set(SizeClass.values)),
        "opened_from": reader.day(path, data, "opened_from"),
        "opened_until": reader.day(path, data, "opened_until"),
        "position": position,
    }
    known = dict(Region.objects.values_list("code", "pk"))
    regions = [
        known[region] for region in reader.list_of(path, data, "regions", set(known))
        if region in known
    ]  # fmt: skip
    try:
        Cohort(**values, code=code).validate_constraints(exclude={"code", "name", "name_en"})
    except ValidationError as refused:
        problems += [f"{path}: {problem}" for problem in refused.messages]
    if problems:
        raise ProgramNotValid(problems)
    cohort = Cohort.objects.filter(code=code).first()
    if (
        cohort
        and all(getattr(cohort, name) == value for name, value in values.items())
        and set(cohort.regions.values_list("pk", flat=True)) == set(regions)
    ):
        outcome.same += 1
        return
    if cohort and not _may(by, "incentives.change_cohort"):
        said = _("%(path)s: %(code)s is on file with other content, and you may not change it.")
        raise ProgramNotValid([said % {"path": path, "code": code}])
    cohort, _created = Cohort.objects.update_or_create(code=code, defaults=values)
    cohort.regions.set(regions)
    outcome.changes.append(_("Cohort: %(name)s") % {"name": cohort})

"""What headquarters publishes: drafted, tested, approved, published, and then never changed.

A rulebook, a version of a plan and a version of a course are published in the same way. Each app
says what stands against a draft, also whether it would reach into the past; the database keeps what
is published, with its parts, as it is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import IntegrityError, transaction
from django.db.models import UniqueConstraint
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dealers.actor import Actor
from dealers.database import broken_constraint
from dealers.models.publishing import (
    AT_HEADQUARTERS,
    MOMENTS,
    STEPS,
    WRITING,
    Publication,
    PublicationQuerySet,
    approved_by_somebody_else,
    part_forgets_steps,
    part_of_published,
    published_ahead,
    published_never_changes,
    steps_in_order,
    tested_as_it_is,
)

__all__ = [
    "AT_HEADQUARTERS",
    "MOMENTS",
    "PUT_FORWARD",
    "STEPS",
    "TESTING",
    "WRITING",
    "Change",
    "FirstStep",
    "Publication",
    "PublicationQuerySet",
    "PublicationRefused",
    "TwoPeople",
    "approved_by_somebody_else",
    "begun",
    "changes",
    "forget_steps",
    "missing_steps",
    "not_approvable",
    "part_forgets_steps",
    "part_of_published",
    "publish",
    "published_ahead",
    "published_never_changes",
    "steps_in_order",
    "take_step",
    "tested_as_it_is",
    "too_soon",
    "written",
]


class PublicationRefused(Exception):
    """The draft is not ready; ``sentences`` say what stands against it, for its author."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = sentences


@dataclass(frozen=True, slots=True)
class Change:
    """What a draft changes in one respect: the sentences before and after, empty for nothing."""

    name: str
    before: str
    after: str


def changes(
    before: Mapping[str, tuple[str, str]], after: Mapping[str, tuple[str, str]]
) -> list[Change]:
    """Where two readings differ; each has the names and sentences of its parts by their keys."""
    return [
        Change(
            (after.get(key) or before[key])[0],
            before.get(key, ("", ""))[1],
            after.get(key, ("", ""))[1],
        )
        for key in [*after, *(key for key in before if key not in after)]
        if before.get(key, ("", ""))[1] != after.get(key, ("", ""))[1]
    ]


def written(draft: Publication, *, by: Actor, at: datetime) -> list[str]:
    """Name who writes a draft at ``at``, for the first time or anew; the fields. Not saved.

    To be called before it is saved, also where it is a part of it that changes.
    """
    fields = []
    for what in WRITING if draft.pk is None else WRITING[1:]:
        setattr(draft, f"{what}_at", at)
        setattr(draft, f"{what}_by", by.user)
        fields += [f"{what}_at", f"{what}_by"]
    return fields


def begun[P: Publication](draft: P, *, by: Actor, at: datetime) -> P:
    """A draft that is not saved yet, with the name of who writes it."""
    written(draft, by=by, at=at)
    return draft


@transaction.atomic
def publish[P: Publication](
    draft: P, *, by: Actor, at: datetime, problems: Callable[[P], list[str]]
) -> P:
    """Publish ``draft`` at ``at``; steps that nobody took before are taken by ``by`` as well.

    ``problems`` says what stands against it, a sentence each, when nobody else can change it any
    more. Raises PublicationRefused with all of them, and for what is published already.
    """
    _lock(draft, problems)
    fields = []
    for step in STEPS:
        if getattr(draft, f"{step}_at") is None:
            setattr(draft, f"{step}_at", at)
            setattr(draft, f"{step}_by", by.user)
            fields += [f"{step}_at", f"{step}_by"]
    try:
        with transaction.atomic():
            draft.save(update_fields=fields)
    except IntegrityError as error:
        name = broken_constraint(error)
        if name not in {each.name for each in draft._meta.triggers}:  # type: ignore[attr-defined]
            raise PublicationRefused([_overtaken(draft, name, error)]) from error
        # A rule of the database that ``problems`` says as well, once it sees the other one.
        draft.refresh_from_db()
        stands_against = problems(draft) or [
            _("What is published already stands against it. Read it again, or choose a later day.")
        ]
        raise PublicationRefused(stands_against) from error
    return draft


def _overtaken(draft: Publication, name: str | None, error: IntegrityError) -> str:
    """Why another one that was published at the same moment leaves no room for ``draft``.

    Raises ``error`` where that is not the reason.
    """
    for rule in draft._meta.constraints:
        if rule.name == name and isinstance(rule, UniqueConstraint | ExclusionConstraint):
            text = rule.violation_error_message
            usual = rule.default_violation_error_message
            return str(text if text != usual else _("Another one was published at this moment."))
    raise error


@transaction.atomic
def take_step[P: Publication](
    draft: P, step: str, *, by: Actor, at: datetime, problems: Callable[[P], list[str]]
) -> P:
    """Have ``by`` take a step before publishing; who tests anew has it approved anew.

    ``problems`` as for ``publish``. Raises PublicationRefused, also for what is published already.
    """
    _lock(draft, problems)
    fields = forget_steps(draft) if step == STEPS[0] else []
    setattr(draft, f"{step}_at", at)
    setattr(draft, f"{step}_by", by.person)
    draft.save(update_fields={*fields, f"{step}_at", f"{step}_by"})
    return draft


def _lock[P: Publication](draft: P, problems: Callable[[P], list[str]]) -> None:
    """Read a draft anew that nobody else changes now. Raises PublicationRefused.

    Whoever adds a part at this moment comes before or after, see ``part_of_published``.
    """
    draft.refresh_from_db(
        from_queryset=PublicationQuerySet(type(draft)).select_for_update(no_key=True)
    )
    if draft.is_published:
        raise PublicationRefused([_("It is published already.")])
    if found := problems(draft):
        raise PublicationRefused(found)


class FirstStep(NamedTuple):
    """What is said where nobody took the first step, or who took it would be the second person."""

    missing: Any
    yours: Any
    same: Any


TESTING = FirstStep(
    missing=gettext_lazy("It is not tested yet."),
    yours=gettext_lazy("You tested it yourself: somebody else approves it."),
    same=gettext_lazy("Somebody else than who tested it approves it."),
)
PUT_FORWARD = FirstStep(
    missing=gettext_lazy("Nobody has put it forward yet."),
    yours=gettext_lazy("You put it forward yourself: somebody else approves it."),
    same=gettext_lazy("Somebody else than who put it forward approves it."),
)


def missing_steps(draft: Publication, first: FirstStep = TESTING) -> list[str]:
    """The steps that nobody took and that publishing needs, where two people have to."""
    found = [] if draft.tested_at else [str(first.missing)]
    if draft.approved_at is None:
        found.append(_("Nobody has approved it yet."))
    elif draft.approved_by_id in {None, draft.tested_by_id}:
        found.append(str(first.same))
    return found


def not_approvable(
    draft: Publication, user: int | None, first: FirstStep = TESTING, *, found: bool = True
) -> list[str]:
    """What stands against somebody's approving a draft that one person tests and another approves.

    ``found``: whether what it would have changed was worked out, where that is needed.
    """
    if draft.tested_at is None:
        return [str(first.missing)]
    if draft.tested_by_id == user:
        return [str(first.yours)]
    if not found:
        return [_("What it would have changed is still being worked out.")]
    return []


@dataclass(frozen=True, slots=True)
class TwoPeople[P: Publication]:
    """How a draft is put forward by one person, approved by another and published.

    ``problems`` says what stands against a draft at a moment, its steps apart, and ``needed``
    whether it takes two people by now: until then whoever publishes does all of it.
    """

    problems: Callable[[P, datetime], list[str]]
    needed: Callable[[], bool] = lambda: True

    def put_forward(self, draft: P, *, by: Actor, at: datetime) -> P:
        """Have a draft stay as it is until somebody else approves it. Raises PublicationRefused."""
        return take_step(
            draft, "tested", by=by, at=at, problems=lambda found: self.problems(found, at)
        )

    def approve(self, draft: P, *, by: Actor, at: datetime) -> P:
        """Somebody else agrees to a draft that was put forward. Raises PublicationRefused."""

        def found(draft: P) -> list[str]:
            return self.problems(draft, at) + self.not_approvable(draft, by.user_id)

        return take_step(draft, "approved", by=by, at=at, problems=found)

    def publish(self, draft: P, *, by: Actor, at: datetime) -> P:
        """Publish a draft that went both steps. Raises PublicationRefused."""
        return publish(draft, by=by, at=at, problems=lambda found: self.all_problems(found, at))

    def all_problems(self, draft: P, at: datetime) -> list[str]:
        """What stands against publishing a draft at ``at``, with the steps that are missing."""
        return self.problems(draft, at) + self.missing(draft)

    def missing(self, draft: P) -> list[str]:
        """The steps that nobody took and that publishing needs, in sentences."""
        return missing_steps(draft, PUT_FORWARD) if self.needed() else []

    def not_approvable(self, draft: P, user: int | None) -> list[str]:
        """What stands against somebody's approving a draft, in sentences."""
        return not_approvable(draft, user, PUT_FORWARD)


def too_soon(starts_on: date, today: date, notice: int) -> list[str]:
    """A start less than ``notice`` days ahead of ``today``, of what dealers were promised."""
    ahead = today + timedelta(days=notice)
    if not today <= starts_on < ahead:
        return []
    return [
        _(
            "Dealers were promised %(days)d days of notice: published today it can start on"
            " %(day)s at the earliest."
        )
        % {"days": notice, "day": ahead.isoformat()}
    ]


def forget_steps(draft: Publication) -> list[str]:
    """A draft that becomes another is neither tested nor approved; the fields. Not saved."""
    fields = [f"{step}_{what}" for step in STEPS for what in ("at", "by")]
    for field in fields:
        setattr(draft, field, None)
    return fields

"""What headquarters publishes: drafted, tested, approved, published, and then never changed.

A rulebook, a version of a plan and a version of a course are published in the same way. Each app
says what stands against a draft, also whether it would reach into the past; the database keeps what
is published, with its parts, as it is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, Self

import pgtrigger
from django.db import models, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dealers.actor import Actor
from dealers.bounds import MomentField
from dealers.models import User
from dealers.triggers import refuses

WRITING = ("drafted", "edited")  # first, and last
STEPS = ("tested", "approved", "published")
MOMENTS = tuple(f"{each}_at" for each in (*WRITING, *STEPS))


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


class PublicationQuerySet[M: models.Model](models.QuerySet[M]):
    def published(self) -> Self:
        return self.filter(published_at__isnull=False)

    def drafts(self) -> Self:
        return self.filter(published_at__isnull=True)


def _at(label: Any) -> models.DateTimeField:
    return MomentField(label, null=True, blank=True, editable=False)


def _by(label: Any) -> models.ForeignKey:
    return models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, editable=False, related_name="+",
        verbose_name=label,
    )  # fmt: skip


class Publication(models.Model):
    """Something that is a draft until it is published, and from then on never changes.

    Each moment stands beside who did it: nobody, where a command did it for nobody.
    """

    drafted_at = _at(gettext_lazy("drafted at"))
    drafted_by = _by(gettext_lazy("drafted by"))
    edited_at = _at(gettext_lazy("last edited at"))
    edited_by = _by(gettext_lazy("last edited by"))
    tested_at = _at(gettext_lazy("tested at"))
    tested_by = _by(gettext_lazy("tested by"))
    approved_at = _at(gettext_lazy("approved at"))
    approved_by = _by(gettext_lazy("approved by"))
    published_at = _at(gettext_lazy("published at"))
    published_by = _by(gettext_lazy("published by"))

    class Meta:
        abstract = True

    @property
    def is_published(self) -> bool:
        return self.published_at is not None


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
    draft.save(update_fields=fields)
    return draft


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


def tested_as_it_is(name: str) -> pgtrigger.Trigger:
    """A trigger by which a draft that was tested stays what it was, or is tested anew.

    Who edited a part of it is named after the part forgot the steps.
    """
    steps = ", ".join(f"'{each}_at', '{each}_by_id'" for each in (*WRITING, *STEPS))
    return refuses(
        name,
        f"""OLD.published_at IS NULL AND OLD.tested_at IS NOT NULL
        AND NEW.tested_at IS NOT DISTINCT FROM OLD.tested_at
        AND to_jsonb(NEW) - ARRAY[{steps}] <> to_jsonb(OLD) - ARRAY[{steps}]""",
        "What was tested is tested anew once it changes.",
        operation=pgtrigger.Update,
        rows=True,
    )


_NEWLY = "NEW.published_at IS NOT NULL AND OLD.published_at IS NULL"


def approved_by_somebody_else(name: str, needed: str) -> pgtrigger.Trigger:
    """A trigger by which two people publish, where ``needed``, an SQL condition, is true."""
    return refuses(
        name,
        f"""{_NEWLY} AND {needed} AND (NEW.tested_by_id IS NULL
                OR NEW.approved_by_id IS NULL OR NEW.approved_by_id = NEW.tested_by_id)""",
        "Somebody else than who tested it approves.",
        operation=pgtrigger.Insert | pgtrigger.Update,
        rows=True,
    )


def published_ahead(
    name: str, table: str, message: str, *, needed: str, of_same: str = ""
) -> pgtrigger.Trigger:
    """A trigger by which what is published starts so many days later as what is in force promised.

    ``table`` is its own, ``of_same`` an SQL condition on the row ``r`` that is in force. To the day
    wherever headquarters is; the page says it by its own days.
    """
    same = f" AND {of_same}" if of_same else ""
    return refuses(
        name,
        f"""{_NEWLY} AND {needed}
                AND NEW.starts_on < (NEW.published_at AT TIME ZONE 'UTC')::date - 1 + coalesce((
                    SELECT r.notice_days FROM {table} AS r
                    WHERE r.published_at IS NOT NULL AND r.id <> NEW.id{same}
                        AND r.starts_on <= (NEW.published_at AT TIME ZONE 'UTC')::date
                    ORDER BY r.starts_on DESC LIMIT 1), 0)""",  # noqa: S608 -- our words
        message,
        operation=pgtrigger.Insert | pgtrigger.Update,
        rows=True,
    )


def part_forgets_steps(
    name: str, publication: str, *, key: str, through: tuple[str, str] | None = None
) -> pgtrigger.Trigger:
    """A trigger by which a draft whose part changes is neither tested nor approved any more.

    The arguments are those of ``part_of_published``.
    """
    if through:
        between, column = through
        rows = f"SELECT {key} FROM {between} WHERE id IN (OLD.{column}, NEW.{column})"  # noqa: S608
    else:
        rows = f"OLD.{key}, NEW.{key}"
    forgotten = ", ".join(f"{step}_at = NULL, {step}_by_id = NULL" for step in STEPS[:2])
    return pgtrigger.Trigger(
        name=name,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        when=pgtrigger.After,
        func=f"""
            UPDATE {publication} SET {forgotten}
            WHERE id IN ({rows}) AND published_at IS NULL AND tested_at IS NOT NULL;
            RETURN NULL;
        """,  # noqa: S608 -- put together from our own words
    )


def steps_in_order(name: str) -> models.CheckConstraint:
    """Nothing is approved before it is tested, or published before it is approved."""
    return models.CheckConstraint(
        name=name,
        condition=(
            Q(approved_at__isnull=True)
            | Q(tested_at__isnull=False, tested_at__lte=F("approved_at"))
        )
        & (
            Q(published_at__isnull=True)
            | Q(approved_at__isnull=False, approved_at__lte=F("published_at"))
        ),
    )


def published_never_changes(name: str, *, set_once: str = "") -> list[pgtrigger.Trigger]:
    """Triggers that keep a published row as it is; its column ``set_once`` may still be filled."""
    published = pgtrigger.Q(old__published_at__isnull=False)
    if set_once:
        unchanged = pgtrigger.Trigger(
            name=f"{name}_never_changes",
            operation=pgtrigger.Update,
            when=pgtrigger.Before,
            condition=published,
            func=f"""
                IF to_jsonb(NEW) - '{set_once}' <> to_jsonb(OLD) - '{set_once}' OR
                    OLD.{set_once} IS NOT NULL AND NEW.{set_once} IS DISTINCT FROM OLD.{set_once}
                THEN
                    RAISE EXCEPTION 'What is published never changes: %', TG_NAME;
                END IF;
                RETURN NEW;
            """,
        )
    else:
        unchanged = pgtrigger.Protect(
            name=f"{name}_never_changes", operation=pgtrigger.Update, condition=published
        )
    deleted = pgtrigger.Protect(
        name=f"{name}_never_deleted", operation=pgtrigger.Delete, condition=published
    )
    return [deleted, unchanged]


def part_of_published(
    name: str, publication: str, *, key: str, through: tuple[str, str] | None = None
) -> pgtrigger.Trigger:
    """A trigger that refuses to add, change or remove a part of something published.

    ``publication`` is the table of what is published and ``key`` the column that names its row:
    the part's own, or with ``through`` (a table, and the part's column that names its row) that of
    the row between. The published row is locked for share: a publication that runs at the same
    moment comes before or after the part, never beside it.
    """
    if through:
        between, column = through
        rows = f"SELECT {key} FROM {between} WHERE id IN (OLD.{column}, NEW.{column})"  # noqa: S608
    else:
        rows = f"OLD.{key}, NEW.{key}"
    return pgtrigger.Trigger(
        name=name,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        when=pgtrigger.Before,
        func=f"""
            PERFORM 1 FROM {publication} WHERE id IN ({rows}) FOR SHARE;
            IF EXISTS (
                SELECT 1 FROM {publication} WHERE id IN ({rows}) AND published_at IS NOT NULL
            ) THEN
                RAISE EXCEPTION 'A part of what is published never changes: %', TG_NAME;
            END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        """,  # noqa: S608 -- put together from our own words
    )

"""What every publication is to the database: its moments, its people, and that it never changes."""

from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy

from dealers.bounds import MomentField
from dealers.models.people import User
from dealers.triggers import refuses

WRITING = ("drafted", "edited")  # first, and last
STEPS = ("tested", "approved", "published")
MOMENTS = tuple(f"{each}_at" for each in (*WRITING, *STEPS))


class PublicationQuerySet[M: models.Model](models.QuerySet[M]):
    def published(self) -> Self:
        return self.filter(published_at__isnull=False)

    def drafts(self) -> Self:
        return self.filter(published_at__isnull=True)

    def to_approve(self) -> Self:
        """Drafts that somebody tested or put forward and nobody approved, the first one first."""
        found = self.drafts().filter(tested_at__isnull=False, approved_at=None)
        return found.select_related("tested_by").order_by("tested_at")


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


NEWLY = "NEW.published_at IS NOT NULL AND OLD.published_at IS NULL"


def approved_by_somebody_else(name: str, needed: str) -> pgtrigger.Trigger:
    """A trigger by which two people publish, where ``needed``, an SQL condition, is true."""
    return refuses(
        name,
        f"""{NEWLY} AND {needed} AND (NEW.tested_by_id IS NULL
                OR NEW.approved_by_id IS NULL OR NEW.approved_by_id = NEW.tested_by_id)""",
        "Somebody else than who tested it approves.",
        operation=pgtrigger.Insert | pgtrigger.Update,
        rows=True,
    )


# The day of publishing in SQL, at headquarters.
AT_HEADQUARTERS = f"(NEW.published_at AT TIME ZONE '{settings.TIME_ZONE}')::date"


def published_ahead(
    name: str,
    table: str,
    message: str,
    *,
    needed: str,
    of_same: str = "",
) -> pgtrigger.Trigger:
    """A trigger by which what is published starts so many days later as what is in force promised.

    ``table`` is its own, ``of_same`` an SQL condition on the row ``r`` that is in force.
    """
    same = f" AND {of_same}" if of_same else ""
    return refuses(
        name,
        f"""{NEWLY} AND {needed}
                AND NEW.starts_on < {AT_HEADQUARTERS} + coalesce((
                    SELECT r.notice_days FROM {table} AS r
                    WHERE r.published_at IS NOT NULL AND r.id <> NEW.id{same}
                        AND r.starts_on <= {AT_HEADQUARTERS}
                    ORDER BY r.starts_on DESC LIMIT 1), 0)""",  # noqa: S608 -- our words
        message,
        operation=pgtrigger.Insert | pgtrigger.Update,
        rows=True,
    )


def _rows_of_part(key: str, through: tuple[str, str] | None) -> str:
    """In SQL the ids of what a part belongs to, before it changes and after."""
    if through is None:
        return f"OLD.{key}, NEW.{key}"
    between, column = through
    return f"SELECT {key} FROM {between} WHERE id IN (OLD.{column}, NEW.{column})"  # noqa: S608


def part_forgets_steps(
    name: str, publication: str, *, key: str, through: tuple[str, str] | None = None
) -> pgtrigger.Trigger:
    """A trigger by which a draft whose part changes is neither tested nor approved any more.

    The arguments are those of ``part_of_published``.
    """
    rows = _rows_of_part(key, through)
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
    rows = _rows_of_part(key, through)
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

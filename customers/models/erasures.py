"""Persons who are nobody's customers any more, because what was known of them was destroyed."""

from typing import Any, ClassVar

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from dealers.bounds import MomentField, within
from dealers.models import User
from dealers.triggers import append_only, no_truncate, refuses, resealed

_BY_CARD = "(SELECT identity_id FROM customers_customer WHERE id = NEW.customer_id)"


def erased(identity: str = "NEW.identity_id") -> str:
    """The SQL condition that a person was erased."""
    return f"EXISTS (SELECT FROM customers_erasure AS e WHERE e.identity_id = {identity})"


def only_by_erasure(name: str, column: str, **options: Any) -> pgtrigger.Trigger:
    """A trigger that lets a column change when its person is erased, and never else."""
    return refuses(
        name,
        f"NOT {erased()}",
        "This changes when the person is erased, and never else.",
        operation=pgtrigger.Update,
        condition=pgtrigger.Condition(f"OLD.{column} IS DISTINCT FROM NEW.{column}"),
        rows=True,
        **options,
    )


def only_resealed_or_erased(
    name: str, column: str, message: str, *, gone: str
) -> pgtrigger.Trigger:
    """A trigger that lets a sealed column get another key, or go where ``gone``, and never else."""
    return refuses(
        name,
        # Spaces and all as the migrations have it: they compare a hash of the text.
        f"""((NEW.{column} IS NULL AND {gone})
                        OR ({resealed(column)})) IS NOT TRUE""",
        message,
        operation=pgtrigger.Update,
        condition=pgtrigger.Condition(f"OLD.{column} IS DISTINCT FROM NEW.{column}"),
        rows=True,
    )


def nothing_more_said(name: str, said: str, *, gone: str) -> pgtrigger.Trigger:
    """A trigger that refuses new rows that say something (``said``, of NEW), where ``gone``."""
    return refuses(
        name,
        gone,
        "Nothing more is written down about who was erased.",
        condition=pgtrigger.Condition(said),
        rows=True,
    )


def of_the_card() -> str:
    """The SQL condition that the person of a row's card was erased."""
    return erased(_BY_CARD)


class Erasure(models.Model):
    """A person whose sealed values and fingerprint were destroyed. What was earned stays."""

    identity = models.OneToOneField(
        "Identity", models.PROTECT, related_name="erasure", verbose_name=_("identity")
    )
    erased_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, db_index=False, related_name="+",
        verbose_name=_("erased by"),
    )  # fmt: skip
    reason = models.CharField(_("reason"), max_length=200)
    at = MomentField(_("at"))

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        ordering = ("-at", "-id")
        constraints: ClassVar = [within("erasure_between_1990_and_2200", moments=["at"])]
        triggers: ClassVar = [
            append_only("erasure_only_added"),
            no_truncate("erasure_never_emptied"),
        ]

    def __str__(self) -> str:
        return f"{self.identity} {self.at:%Y-%m-%d}"

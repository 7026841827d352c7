"""Seasons: spans of whole months that headquarters names, over which boards count."""

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from dealers.bounds import DayField, MomentField, NameField, legible, within
from dealers.models import User
from dealers.sayings import in_language
from dealers.triggers import Kept, no_truncate, refuses


class Season(models.Model):
    """Whole months, ``[starts_on, ends_on)``, under a name. It never changes.

    One that has not begun may be deleted; of one that has, people know how they stand.
    """

    name = NameField(_("name (Chinese)"), max_length=60)
    name_en = NameField(_("name (English)"), max_length=60, blank=True)
    starts_on = DayField(_("from"))
    ends_on = DayField(_("until, not included"))
    set_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("set by"))
    set_at = MomentField(_("set at"))

    class Meta:
        verbose_name = _("season")
        verbose_name_plural = _("seasons")
        ordering = ("-starts_on",)
        default_permissions = ("add", "delete", "view")
        constraints: ClassVar = [
            within(
                "season_between_1990_and_2200",
                moments=["set_at"],
                days=["starts_on", "ends_on"],
            ),
            legible("season_name_is_legible", "name", "name_en"),
            models.CheckConstraint(
                name="season_is_of_whole_months",
                condition=Q(starts_on__day=1, ends_on__day=1, ends_on__gt=F("starts_on")),
            ),
            ExclusionConstraint(
                name="season_one_at_a_time",
                expressions=[
                    (
                        Func(F("starts_on"), F("ends_on"), function="daterange"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]
        triggers: ClassVar = [
            Kept(name="season_stays"),
            # Boards know it by its first day, and its last ones by it.
            refuses(
                "season_of_boards_is_kept",
                """EXISTS (SELECT FROM incentives_board AS b
                    WHERE b.length = 'season' AND b.starts_on = OLD.starts_on)""",
                "It has boards.",
                operation=pgtrigger.Delete,
                rows=True,
            ),
            refuses(
                "season_that_has_begun_is_kept",
                f"OLD.starts_on <= (now() AT TIME ZONE '{settings.TIME_ZONE}')::date",
                "It has begun.",
                operation=pgtrigger.Delete,
                rows=True,
            ),
            no_truncate("season_never_emptied"),
        ]

    def __str__(self) -> str:
        return in_language(self.name, self.name_en)

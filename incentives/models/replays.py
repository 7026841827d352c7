"""What a version of a plan would have given in closed months: asked, computed, kept."""

from typing import ClassVar

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dealers.bounds import DayField, MomentField, within
from dealers.models import Dealer, User
from dealers.triggers import fixed, no_truncate, refuses
from incentives.models.amounts import MONEY
from incentives.models.plans import PlanVersion

_OF_PUBLISHED = """EXISTS (SELECT FROM incentives_planversion
    WHERE id = OLD.version_id AND published_at IS NOT NULL)"""


class Replay(models.Model):
    """Closed months by the terms of a version, as it was when somebody asked.

    A draft's is its simulation and kept with its approval. One that is made when the version is
    announced is what each dealer sees of its own before it starts; it says nothing of all together.
    """

    version = models.ForeignKey(
        PlanVersion, models.CASCADE, related_name="replays", verbose_name=_("plan version")
    )
    asked_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, db_index=False, related_name="+",
        verbose_name=_("asked by"),
    )  # fmt: skip
    asked_at = MomentField(_("asked at"))
    months = ArrayField(DayField(), verbose_name=_("months"))
    # SHA-256 of the terms that were replayed.
    content = models.CharField(_("hash of the terms"), max_length=64)
    announced = models.BooleanField(_("shown to dealers"), default=False)
    finished_at = MomentField(_("finished at"), null=True, blank=True)
    before = models.DecimalField(_("booked"), null=True, blank=True, **MONEY)
    after = models.DecimalField(_("by the version"), null=True, blank=True, **MONEY)
    # Sums by month, dealers by the sign of their difference, and what should be known of it.
    found = models.JSONField(_("found"), default=dict, blank=True)

    class Meta:
        verbose_name = _("simulation of a plan")
        verbose_name_plural = _("simulations of plans")
        ordering = ("-asked_at", "-id")
        constraints: ClassVar = [
            within("replay_between_1990_and_2200", moments=["asked_at", "finished_at"]),
            models.CheckConstraint(
                name="replay_has_months", condition=Q(months__len__gte=1, months__len__lte=12)
            ),
            models.CheckConstraint(
                name="replay_finished_has_amounts",
                condition=Q(finished_at__isnull=True)
                | Q(announced=True, before__isnull=True, after__isnull=True)
                | Q(announced=False, before__isnull=False, after__isnull=False),
            ),
        ]
        triggers: ClassVar = [
            fixed(
                "replay_stays_asked", "version", "asked_by", "asked_at", "months", "content",
                "announced",
            ),
            refuses(
                "replay_stays_found",
                "OLD.finished_at IS NOT NULL",
                "What a simulation has found stays.",
                operation=pgtrigger.Update,
                rows=True,
            ),
            refuses(
                "replay_of_published_stays",
                _OF_PUBLISHED,
                "What was published is kept with its simulation.",
                operation=pgtrigger.Delete,
                rows=True,
            ),
            no_truncate("replay_never_emptied"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.version} · {self.asked_at:%Y-%m-%d}"


class ReplayedAmount(models.Model):
    """What a component gave a dealer in a closed month, and would have given by the version."""

    replay = models.ForeignKey(
        Replay, models.CASCADE, db_index=False, related_name="amounts",
        verbose_name=_("simulation of a plan"),
    )  # fmt: skip
    dealer = models.ForeignKey(
        Dealer, models.PROTECT, related_name="+", verbose_name=_("dealer")
    )  # fmt: skip
    # Whether the dealer may see it, as its replay says.
    announced = models.BooleanField(_("shown to dealers"), default=False)
    month = DayField(_("month"))
    code = models.SlugField(_("component"), max_length=40, db_index=False)
    before = models.DecimalField(_("booked"), **MONEY)
    after = models.DecimalField(_("by the version"), **MONEY)

    class Meta:
        verbose_name = _("simulated amount")
        verbose_name_plural = _("simulated amounts")
        ordering = ("replay_id", "dealer_id", "month", "code")
        constraints: ClassVar = [
            within("replayed_amount_between_1990_and_2200", days=["month"]),
            models.UniqueConstraint(
                name="replayed_amount_once", fields=["replay", "dealer", "month", "code"]
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(name="replayed_amount_stays", operation=pgtrigger.Update),
            refuses(
                "replayed_amount_before_the_end",
                "EXISTS (SELECT FROM added JOIN incentives_replay r ON r.id = added.replay_id"
                " WHERE r.finished_at IS NOT NULL)",
                "What a simulation has found stays.",
            ),
            refuses(
                "replayed_amount_announced_as_its_replay",
                "EXISTS (SELECT FROM added JOIN incentives_replay r ON r.id = added.replay_id"
                " WHERE r.announced <> added.announced)",
                "Only what is announced is shown to dealers.",
            ),
            refuses(
                "replayed_amount_of_published_stays",
                """EXISTS (SELECT FROM incentives_replay r
                    JOIN incentives_planversion v ON v.id = r.version_id
                    WHERE r.id = OLD.replay_id AND v.published_at IS NOT NULL)""",
                "What was published is kept with its simulation.",
                operation=pgtrigger.Delete,
                rows=True,
            ),
            no_truncate("replayed_amount_never_emptied"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.month:%Y-%m}"

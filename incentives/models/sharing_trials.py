"""What a dealer's last months would have been at each level of sharing: asked, told anew, kept."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dealers.bounds import MomentField, within
from dealers.models import Dealer, User
from dealers.triggers import fixed, no_truncate, refuses


class SharingTrial(models.Model):
    """A dealer's months once more at each level, as they were when an owner asked.

    The owner's alone: neither headquarters nor the region reads it. The newest one of a dealer is
    kept. ``found`` and ``lines`` are as ``incentives.if_shared.asking`` writes them.
    """

    dealer = models.ForeignKey(
        Dealer, models.PROTECT, db_index=False, related_name="+", verbose_name=_("dealer")
    )
    asked_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, db_index=False, related_name="+",
        verbose_name=_("asked by"),
    )  # fmt: skip
    asked_at = MomentField(_("asked at"))
    since = MomentField(_("since"))
    done = models.PositiveIntegerField(_("done"), default=0)
    total = models.PositiveIntegerField(_("of"), default=0)
    finished_at = MomentField(_("finished at"), null=True, blank=True)
    found = models.JSONField(_("found"), default=dict, blank=True)
    lines = models.JSONField(_("lines"), default=list, blank=True)

    class Meta:
        verbose_name = _("trial of sharing")
        verbose_name_plural = _("trials of sharing")
        ordering = ("-asked_at", "-id")
        constraints: ClassVar = [
            within(
                "sharing_trial_between_1990_and_2200",
                moments=["asked_at", "since", "finished_at"],
            ),
            models.CheckConstraint(
                name="sharing_trial_is_of_the_past", condition=Q(since__lt=F("asked_at"))
            ),
            models.UniqueConstraint(name="sharing_trial_once", fields=["dealer", "asked_at"]),
        ]
        triggers: ClassVar = [
            fixed("sharing_trial_stays_asked", "dealer", "asked_by", "asked_at", "since"),
            refuses(
                "sharing_trial_stays_found",
                "OLD.finished_at IS NOT NULL",
                "What a trial has found stays.",
                operation=pgtrigger.Update,
                rows=True,
            ),
            no_truncate("sharing_trial_never_emptied"),
        ]

    def __str__(self) -> str:
        return f"{self.dealer} · {self.asked_at:%Y-%m-%d}"

"""When dealers were certified, as closings went by it."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dealers.bounds import MomentField, within
from dealers.models import Dealer
from dealers.models.receipts import kept_by_the_worker
from incentives.models.periods import Run, in_an_open_run


class Certified(models.Model):
    """A time in which somebody who worked for a dealer held a valid certificate: ``[from, to)``.

    A closing writes down what it went by, from where the closing before it stopped up to its own
    cut-off. Posts that are told otherwise later, and courses that are withdrawn, change nothing of
    it: a month that is closed computes to the same again. Only ever added.
    """

    run = models.ForeignKey(
        Run, models.PROTECT, related_name="certified", verbose_name=_("closed month")
    )
    dealer = models.ForeignKey(
        Dealer, models.PROTECT, related_name="certified", verbose_name=_("dealer")
    )
    starts_at = MomentField(_("from"))
    ends_at = MomentField(_("until, not included"))

    class Meta:
        verbose_name = _("time with a certificate")
        verbose_name_plural = _("times with a certificate")
        ordering = ("run", "dealer", "starts_at")
        constraints: ClassVar = [
            within("certified_between_1990_and_2200", moments=["starts_at", "ends_at"]),
            models.CheckConstraint(
                name="certified_ends_after_it_starts", condition=Q(ends_at__gt=F("starts_at"))
            ),
            models.UniqueConstraint(
                name="certified_starts_once_a_run_and_dealer",
                fields=["run", "dealer", "starts_at"],
            ),
        ]
        triggers: ClassVar = [
            *kept_by_the_worker("certified"),
            in_an_open_run("certified_in_an_open_run", "SELECT run_id FROM added"),
        ]

    def __str__(self) -> str:
        return f"{self.dealer} {self.starts_at:%Y-%m-%d}"

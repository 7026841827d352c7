"""That a backup was restored for trial, and whether it went well."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from dealers.bounds import MomentField, within
from dealers.models.receipts import FactKind, chained, kept_by_the_worker, told_to_all


class RestoreDrill(models.Model):
    """A backup was restored beside the database and verified there. Only ever added."""

    at = MomentField(_("at"))
    passed = models.BooleanField(_("restored, and whole"))

    class Meta:
        verbose_name = _("drill of restoring")
        verbose_name_plural = _("drills of restoring")
        ordering = ("-at", "-id")
        constraints: ClassVar = [within("restore_drill_between_1990_and_2200", moments=["at"])]
        triggers: ClassVar = [
            *kept_by_the_worker("restore_drill"),
            chained(
                "restore_drill_is_chained",
                FactKind.NETWORK,
                told_to_all("drill", "'at', r.at, 'passed', r.passed"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d}"

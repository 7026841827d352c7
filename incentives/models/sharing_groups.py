"""What dealers of each level of sharing received, without any of them in it."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dealers.models import Level
from dealers.models.receipts import kept_by_the_worker
from incentives.models.amounts import MONEY
from incentives.models.periods import Run

FEWEST = 5  # dealers of which anything is told


class SharingGroup(models.Model):
    """The middle of what the dealers of one level received in a closed month. Only ever added.

    By the level that each had chosen for all its customers when the month ended. A group of fewer
    than five has no figures; neither has it one of how many they are.
    """

    run = models.ForeignKey(
        Run, models.PROTECT, related_name="sharing_groups", verbose_name=_("closed month")
    )
    level = models.PositiveSmallIntegerField(_("level"), choices=Level)
    dealers = models.PositiveIntegerField(_("dealers"), null=True, blank=True)
    # Medians, in whole units of the currency: nobody's own amount can be read from them.
    received = models.DecimalField(_("total of the statement"), null=True, blank=True, **MONEY)
    per_hundred = models.DecimalField(
        _("of it for 100 protected customers"), null=True, blank=True, **MONEY
    )

    class Meta:
        verbose_name = _("month of a level of sharing")
        verbose_name_plural = _("months of levels of sharing")
        ordering = ("-run__month", "level")
        constraints: ClassVar = [
            models.UniqueConstraint(name="sharing_group_once_a_month", fields=["run", "level"]),
            models.CheckConstraint(
                name="sharing_group_of_five_or_more",
                condition=Q(dealers__gte=FEWEST, received__isnull=False)
                | Q(dealers=None, received=None, per_hundred=None),
            ),
        ]
        triggers: ClassVar = kept_by_the_worker("sharing_group")

    def __str__(self) -> str:
        return f"{self.run} L{self.level}"

"""Who follows up a customer after somebody else did, inside one store."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models.ownership import Ownership
from dealers.bounds import MomentField, within
from dealers.models import User
from dealers.triggers import append_only, no_truncate


class Handover(models.Model):
    """Another person follows up a customer. Only ever added; an undo is the way back.

    What was handed over, or back, together is one batch.
    """

    batch = models.UUIDField(_("handed over together"), default=uuid.uuid4, db_index=True)
    ownership = models.ForeignKey(
        Ownership, models.PROTECT, related_name="handovers", verbose_name=_("ownership")
    )
    before = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("before")
    )
    after = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("after")
    )
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("handed over by"))
    at = MomentField(_("at"))
    undoes = models.UUIDField(_("takes back"), null=True, blank=True, db_index=True)

    class Meta:
        verbose_name = _("handover")
        verbose_name_plural = _("handovers")
        ordering = ("-at", "-id")
        constraints: ClassVar = [
            within("handover_between_1990_and_2200", moments=["at"]),
            models.UniqueConstraint(
                name="handover_once_a_batch_and_customer", fields=["batch", "ownership"]
            ),
            models.CheckConstraint(
                name="handover_is_to_somebody_else",
                condition=Q(before__isnull=True, after__isnull=False)
                | Q(before__isnull=False, after__isnull=True)
                | ~Q(before=F("after")),
            ),
        ]
        triggers: ClassVar = [
            append_only("handover_only_added"),
            no_truncate("handover_never_emptied"),
        ]

    def __str__(self) -> str:
        return f"{self.before or '–'} → {self.after or '–'}"

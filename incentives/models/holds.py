"""What a closing left out of the books because it was in dispute."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models import Case, Order
from dealers.models import Dealer
from dealers.models.scopes import SeenByOwners
from dealers.triggers import append_only, no_truncate
from incentives.models.periods import Run, in_an_open_run


class HoldQuerySet(SeenByOwners["Hold"]):
    """What closed months left out."""


class Hold(models.Model):
    """An order that a closed month left out while a case ran. Only ever added.

    One row per dealer with a part in it. Each closing names all that it leaves out, also what the
    one before it did: what the last one names is not booked yet, and nothing else is left out.
    """

    run = models.ForeignKey(
        Run, models.PROTECT, related_name="holds", verbose_name=_("closed month")
    )
    order = models.ForeignKey(
        Order, models.PROTECT, db_index=False, related_name="holds", verbose_name=_("order")
    )
    dealer = models.ForeignKey(
        Dealer, models.PROTECT, related_name="holds", verbose_name=_("dealer")
    )
    # By its number, which a dealer may read that is no side of it.
    case = models.ForeignKey(
        Case, models.PROTECT, to_field="code", db_column="case_code", db_index=False,
        related_name="holds", verbose_name=_("case"),
    )  # fmt: skip
    # What it would have given in this month: ``books.holds.Line`` each.
    lines = models.JSONField(_("lines"), default=list)

    objects = HoldQuerySet.as_manager()

    class Meta:
        verbose_name = _("held order")
        verbose_name_plural = _("held orders")
        ordering = ("id",)
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="hold_once_a_run_order_and_dealer", fields=["run", "order", "dealer"]
            ),
        ]
        triggers: ClassVar = [
            append_only("hold_only_added"),
            no_truncate("hold_never_emptied"),
            in_an_open_run("hold_in_an_open_run", "SELECT run_id FROM added"),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.case_id}"

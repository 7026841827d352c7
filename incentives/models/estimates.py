"""What months that still run would give each dealer, as it stood at a moment.

These rows are computed from the facts and may be deleted at any time: the next reader has them made
again. A closed month has none.
"""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import Order, Registration
from dealers.bounds import DayField, MomentField, within
from dealers.models import Dealer
from incentives.models.amounts import MONEY, RATE
from incentives.models.components import Component, Gate


class OpenMonth(models.Model):
    """One computation of a dealer's open month; a later one takes its place.

    The one before is kept for a minute at least, for the pages that are reading it.
    """

    dealer = models.ForeignKey(
        Dealer, models.CASCADE, db_index=False, related_name="open_months", verbose_name=_("dealer")
    )
    month = DayField(_("month"))
    # What the dealer's facts, the terms and the closed months were: other ones make it outdated.
    mark = models.CharField(_("state of the facts"), max_length=200)
    computed_at = MomentField(_("computed at"))
    # What is left out because it is in dispute: ``books.holds.HeldLine`` each.
    held = models.JSONField(_("held"), default=list)
    line_count = models.PositiveIntegerField(_("lines"), default=0)

    class Meta:
        verbose_name = _("open month")
        verbose_name_plural = _("open months")
        constraints: ClassVar = [
            within("open_month_between_1990_and_2200", moments=["computed_at"], days=["month"]),
            models.CheckConstraint(
                name="open_month_is_a_first_day", condition=Q(month__day=1)
            ),
        ]  # fmt: skip
        indexes: ClassVar = [
            # The newest one of a dealer and month.
            models.Index(fields=["dealer", "month", "-id"], name="open_month_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.dealer} {self.month:%Y-%m}"


class OpenResult(models.Model):
    """What one component would give: a ``Result`` that has not been booked."""

    open_month = models.ForeignKey(
        OpenMonth, models.CASCADE, related_name="results", verbose_name=_("open month")
    )
    component = models.ForeignKey(
        Component, models.CASCADE, db_index=False, related_name="+", verbose_name=_("component")
    )
    for_month = DayField(_("for month"))
    adjustment = models.BooleanField(_("adjustment"), default=False)
    count = models.PositiveIntegerField(_("lines"))
    base = models.DecimalField(_("base"), **MONEY)
    returned = models.DecimalField(_("returned"), default=0, **MONEY)
    uncapped = models.DecimalField(_("before the cap"), **MONEY)
    amount = models.DecimalField(_("amount"), **MONEY)
    explanation = models.JSONField(_("explanation"), default=dict)

    class Meta:
        verbose_name = _("result of an open month")
        verbose_name_plural = _("results of open months")
        constraints: ClassVar = [
            within("open_result_between_1990_and_2200", days=["for_month"]),
            models.UniqueConstraint(
                name="open_result_once_per_component_and_month",
                fields=["open_month", "component", "for_month", "adjustment"],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.component} {self.for_month:%Y-%m}"


class OpenLine(models.Model):
    """One event's part in an open month: a ``Line`` that has not been booked."""

    # Foreign keys are not checked by the database: a dealer's lines are written thousands at once.
    open_month = models.ForeignKey(
        OpenMonth, models.CASCADE, db_constraint=False, db_index=False, related_name="lines",
        verbose_name=_("open month"),
    )  # fmt: skip
    result = models.ForeignKey(
        OpenResult, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="lines",
        verbose_name=_("result"),
    )  # fmt: skip
    order = models.ForeignKey(
        Order, models.DO_NOTHING, null=True, db_constraint=False, db_index=False,
        related_name="+", verbose_name=_("order"),
    )  # fmt: skip
    registration = models.ForeignKey(
        Registration, models.DO_NOTHING, null=True, db_constraint=False, db_index=False,
        related_name="+", verbose_name=_("registration"),
    )  # fmt: skip
    at = MomentField(_("at"))
    back = models.BooleanField(_("taken back"))
    base = models.DecimalField(_("base"), **MONEY)
    rate = models.DecimalField(_("rate"), null=True, **RATE)
    share = models.DecimalField(_("share"), max_digits=9, decimal_places=6, null=True)
    uncapped = models.DecimalField(_("before the cap"), null=True, **MONEY)
    amount = models.DecimalField(_("amount"), null=True, **MONEY)
    closed_gate = models.CharField(
        _("closed gate"), max_length=20, choices=Gate, blank=True, db_default=""
    )
    # When no return takes the amount back unpaid any more; none: at once.
    certain_at = MomentField(_("certain at"), null=True)

    class Meta:
        verbose_name = _("line of an open month")
        verbose_name_plural = _("lines of open months")
        constraints: ClassVar = [
            within("open_line_between_1990_and_2200", moments=["at", "certain_at"]),
            models.CheckConstraint(
                name="open_line_is_about_one_event",
                condition=Q(order__isnull=False, registration__isnull=True)
                | Q(order__isnull=True, registration__isnull=False),
            ),
        ]
        indexes: ClassVar = [
            # A page of an open month: newest first.
            models.Index(fields=["open_month", "-at"], name="open_line_newest"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

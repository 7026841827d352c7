"""Who agreed to be named among the first of a board, and what stores set out to reach."""

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dealers.bounds import DayField, MomentField, within
from dealers.constraints import TogetherForeignKey
from dealers.models import Dealer, Store, User
from dealers.triggers import append_only, chosen_by_the_owner, no_truncate, refuses
from incentives.models.boards import Metric


class NamingQuerySet(models.QuerySet["Naming"]):
    def newest_first(self) -> Self:
        return self.order_by("-at", "-id")

    def about(self, dealer: int, store: int | None) -> Self:
        """What was said of a store, or of a dealer itself, the newest first."""
        return self.filter(dealer=dealer, store=store).newest_first()


class Naming(models.Model):
    """An owner agreed that a store, or the dealer itself, is named as a benchmark, or took it back.

    What was said last holds. Only ever added.
    """

    dealer = models.ForeignKey(
        Dealer, models.PROTECT, db_index=False, related_name="+", verbose_name=_("dealer")
    )
    store = models.ForeignKey(
        Store, models.PROTECT, db_index=False, null=True, blank=True, related_name="+",
        verbose_name=_("store"), help_text=_("Empty: the dealer itself."),
    )  # fmt: skip
    agreed = models.BooleanField(_("agreed to be named"))
    at = MomentField(_("at"))
    by = models.ForeignKey(
        User, models.PROTECT, db_index=False, related_name="+", verbose_name=_("person")
    )

    objects = NamingQuerySet.as_manager()

    class Meta:
        verbose_name = _("consent to be named")
        verbose_name_plural = _("consents to be named")
        ordering = ("-at", "-id")
        constraints: ClassVar = [
            within("naming_between_1990_and_2200", moments=["at"]),
            TogetherForeignKey(
                name="naming_store_of_its_dealer",
                fields=["store", "dealer"],
                to="dealers.Store",
                to_fields=["id", "dealer"],
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["dealer", "store", "-at", "-id"], name="naming_latest"),
        ]
        triggers: ClassVar = [
            append_only("naming_only_added"),
            no_truncate("namings_never_emptied"),
            chosen_by_the_owner("naming_said_by_its_owner"),
            refuses(
                "naming_is_not_dated_back",
                """EXISTS (SELECT FROM incentives_naming AS before
                    WHERE before.dealer_id = NEW.dealer_id
                        AND before.store_id IS NOT DISTINCT FROM NEW.store_id
                        AND before.at > NEW.at)""",
                "A consent comes after those that were said before.",
                rows=True,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d}"

    def holds_for(self, frozen_at: datetime | None) -> bool:
        """Whether a board may name it: a frozen one only by what was said before it was frozen."""
        return self.agreed and (frozen_at is None or self.at <= frozen_at)


class Goal(models.Model):
    """A figure that a store or dealer sets out to reach in a month. Only ever added."""

    dealer = models.ForeignKey(
        Dealer, models.PROTECT, db_index=False, related_name="+", verbose_name=_("dealer")
    )
    store = models.ForeignKey(
        Store, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("store"), help_text=_("Empty: the dealer itself."),
    )  # fmt: skip
    metric = models.CharField(_("metric"), max_length=20, choices=Metric)
    month = DayField(_("month"))
    # The figure when it was set, and the one to reach.
    start = models.DecimalField(_("figure before"), max_digits=30, decimal_places=6)
    target = models.DecimalField(_("figure to reach"), max_digits=30, decimal_places=6)
    at = MomentField(_("at"))
    by = models.ForeignKey(
        User, models.PROTECT, db_index=False, related_name="+", verbose_name=_("person")
    )

    class Meta:
        verbose_name = _("goal")
        verbose_name_plural = _("goals")
        ordering = ("-month", "-at", "-id")
        constraints: ClassVar = [
            within("goal_between_1990_and_2200", moments=["at"], days=["month"]),
            models.CheckConstraint(name="goal_month_is_a_first_day", condition=Q(month__day=1)),
            models.CheckConstraint(
                name="goal_is_above_where_it_starts", condition=Q(target__gt=F("start"))
            ),
            models.UniqueConstraint(
                name="goal_once_a_month_and_figure",
                fields=["dealer", "store", "metric", "month"],
                nulls_distinct=False,
            ),
            TogetherForeignKey(
                name="goal_store_of_its_dealer",
                fields=["store", "dealer"],
                to="dealers.Store",
                to_fields=["id", "dealer"],
            ),
        ]
        triggers: ClassVar = [
            append_only("goal_only_added"),
            no_truncate("goals_never_emptied"),
        ]

    def __str__(self) -> str:
        return f"{self.get_metric_display()} {self.month:%Y-%m}"

"""Who is compared with whom, and the boards of closed months."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dealers.models import Dealer, Region, SizeClass, Store, in_language
from dealers.triggers import append_only, no_truncate
from incentives.models.amounts import MONEY
from incentives.models.books import Run


class Unit(models.TextChoices):
    STORE = "store", _("Stores")
    DEALER = "dealer", _("Dealers")


class Metric(models.TextChoices):
    NET_SALES = "net_sales", _("Net sales")
    OWNED_SALES = "owned_sales", _("Sales to own customers")
    REGISTRATIONS = "registrations", _("Valid registrations")
    CONVERSION = "conversion", _("Conversion")


class Cohort(models.Model):
    """Units that are alike enough to be compared. Empty conditions match everything."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name (Chinese)"), max_length=120)
    name_en = models.CharField(_("name (English)"), max_length=120, blank=True)
    unit = models.CharField(_("unit"), max_length=10, choices=Unit)
    regions = models.ManyToManyField(Region, blank=True, verbose_name=_("regions"))
    size_classes = ArrayField(
        models.CharField(max_length=1, choices=SizeClass),
        verbose_name=_("sizes"),
        default=list,
        blank=True,
    )
    position = models.PositiveSmallIntegerField(
        _("position"),
        default=1,
        help_text=_("The first cohort that matches takes the unit."),
    )

    class Meta:
        verbose_name = _("cohort")
        verbose_name_plural = _("cohorts")
        ordering = ("unit", "position", "code")

    def __str__(self) -> str:
        return in_language(self.name, self.name_en)


class Ranking(models.Model):
    """A unit's place on the frozen board of a closed month. Only ever added."""

    run = models.ForeignKey(
        Run, models.PROTECT, related_name="rankings", verbose_name=_("closed month")
    )
    metric = models.CharField(_("metric"), max_length=20, choices=Metric)
    unit = models.CharField(_("unit"), max_length=10, choices=Unit)
    # The cohort's code as it was then: a cohort that HQ changes later does not rewrite a board.
    cohort = models.CharField(_("cohort"), max_length=40)
    store = models.ForeignKey(
        Store, models.PROTECT, null=True, blank=True, related_name="rankings",
        verbose_name=_("store"),
    )  # fmt: skip
    dealer = models.ForeignKey(
        Dealer, models.PROTECT, related_name="rankings", verbose_name=_("dealer")
    )
    value = models.DecimalField(_("value"), max_digits=30, decimal_places=6)
    numerator = models.DecimalField(_("numerator"), null=True, blank=True, **MONEY)
    denominator = models.DecimalField(_("denominator"), null=True, blank=True, **MONEY)
    # Empty where the sample is too small for a place.
    rank = models.PositiveIntegerField(_("place"), null=True, blank=True)
    of = models.PositiveIntegerField(_("of"))
    percentile = models.DecimalField(
        _("percentile"), max_digits=5, decimal_places=2, null=True, blank=True
    )

    class Meta:
        verbose_name = _("ranking")
        verbose_name_plural = _("rankings")
        ordering = ("run", "metric", "unit", "cohort", "rank")
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="ranking_one_place_a_board",
                fields=["run", "metric", "unit", "dealer", "store"],
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="ranking_store_board_names_the_store",
                condition=Q(unit=Unit.STORE, store__isnull=False)
                | Q(unit=Unit.DEALER, store__isnull=True),
            ),
        ]
        indexes: ClassVar = [
            # A unit's places over the months.
            models.Index(fields=["store", "metric", "run"], name="ranking_store_history"),
            models.Index(fields=["dealer", "metric", "run"], name="ranking_dealer_history"),
            # The units of a cohort in their order.
            models.Index(
                fields=["run", "metric", "unit", "cohort", "rank"], name="ranking_cohort_order"
            ),
        ]
        triggers: ClassVar = [
            append_only("ranking_only_added"),
            no_truncate("ranking_never_emptied"),
        ]

    def __str__(self) -> str:
        return f"{self.get_metric_display()} {self.rank}/{self.of}"

"""Boards that headquarters makes of several figures, each with its weight."""

from datetime import date
from typing import ClassVar, Self

import pgtrigger
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dealers.bounds import DayField, MomentField, NameField, legible, within
from dealers.models import User
from dealers.sayings import in_language
from dealers.triggers import Kept, no_truncate, refuses
from incentives.models.boards import Metric, Unit

WHOLE = 100  # percent, which the weights of a board add up to
# What may have a weight. Nothing that is the owner's alone: others would read of it.
WEIGHTED = (
    *(Metric.REGISTRATIONS, Metric.CONVERSION, Metric.CONTACT, Metric.DISPATCH),
    *(Metric.TRAINING, Metric.NET_SALES, Metric.OWNED_SALES),
)


def _weight(metric: Metric) -> models.PositiveSmallIntegerField:
    return models.PositiveSmallIntegerField(
        metric.label, default=0, validators=[MaxValueValidator(WHOLE)]
    )


class CombinedBoardQuerySet(models.QuerySet["CombinedBoard"]):
    def beginning_in(self, day: date) -> Self:
        """Those that stand for a week, month, quarter or season that begins on ``day``."""
        return self.not_over(day).filter(starts_on__lte=day)

    def not_over(self, day: date) -> Self:
        """Those that still stand on ``day``, or stand later."""
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gt=day))


class CombinedBoard(models.Model):
    """Several figures of a unit as one, by weights in percent. It never changes, but may end.

    It stands for the weeks, months, quarters and seasons that begin in ``[starts_on, ends_on)``.
    """

    code = models.SlugField(_("code"), max_length=40, db_index=False)
    name = NameField(_("name (Chinese)"), max_length=60)
    name_en = NameField(_("name (English)"), max_length=60, blank=True)
    unit = models.CharField(_("unit"), max_length=10, choices=Unit)
    # A column for each figure, called as the figure is.
    registrations = _weight(Metric.REGISTRATIONS)
    conversion = _weight(Metric.CONVERSION)
    contact = _weight(Metric.CONTACT)
    dispatch = _weight(Metric.DISPATCH)
    training = _weight(Metric.TRAINING)
    net_sales = _weight(Metric.NET_SALES)
    owned_sales = _weight(Metric.OWNED_SALES)
    starts_on = DayField(_("from"))
    ends_on = DayField(_("until, not included"), null=True, blank=True)
    set_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("set by"))
    set_at = MomentField(_("set at"))

    objects = CombinedBoardQuerySet.as_manager()

    class Meta:
        verbose_name = _("combined board")
        verbose_name_plural = _("combined boards")
        ordering = ("-starts_on", "code")
        default_permissions = ("add", "change", "delete", "view")
        constraints: ClassVar = [
            within(
                "combined_board_between_1990_and_2200",
                moments=["set_at"],
                days=["starts_on", "ends_on"],
            ),
            legible("combined_board_name_is_legible", "name", "name_en"),
            models.UniqueConstraint(name="combined_board_code_used_once", fields=["code"]),
            models.CheckConstraint(
                name="combined_board_unit_is_known", condition=Q(unit__in=Unit.values)
            ),
            models.CheckConstraint(
                name="combined_board_weights_are_a_whole",
                condition=Q(
                    registrations=WHOLE
                    - F("conversion")
                    - F("contact")
                    - F("dispatch")
                    - F("training")
                    - F("net_sales")
                    - F("owned_sales")
                ),
            ),
            # One figure alone has its own board.
            models.CheckConstraint(
                name="combined_board_is_of_several_figures",
                condition=Q(**{f"{metric.value}__lt": WHOLE for metric in WEIGHTED}),
            ),
            # What people do not have boards of, has no weight for them.
            models.CheckConstraint(
                name="combined_board_of_people_is_of_theirs",
                condition=~Q(unit=Unit.STAFF) | Q(dispatch=0, net_sales=0),
            ),
            models.CheckConstraint(
                name="combined_board_is_of_whole_months",
                condition=Q(starts_on__day=1)
                & (Q(ends_on__isnull=True) | Q(ends_on__day=1, ends_on__gt=F("starts_on"))),
            ),
        ]
        triggers: ClassVar = [
            Kept(name="combined_board_stays", exclude=["ends_on"]),
            refuses(
                "combined_board_ends_once",
                "OLD.ends_on IS NOT NULL AND NEW.ends_on IS DISTINCT FROM OLD.ends_on",
                "Its end is set.",
                operation=pgtrigger.Update,
                rows=True,
            ),
            no_truncate("combined_board_never_emptied"),
        ]

    def __str__(self) -> str:
        return in_language(self.name, self.name_en)

    @property
    def weights(self) -> dict[Metric, int]:
        """The figures that count, in the order of the pages, each with its percent of the whole."""
        found = {metric: int(getattr(self, metric.value)) for metric in WEIGHTED}
        return {metric: weight for metric, weight in found.items() if weight}

    def stands_for(self, starts_on: date) -> bool:
        """Whether there is such a board of a week, month, quarter or season; as the query says."""
        return self.starts_on <= starts_on and (self.ends_on is None or starts_on < self.ends_on)

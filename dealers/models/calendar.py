"""What headquarters says of a day otherwise than the public calendar."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dealers.bounds import DayField, NameField, legible, within
from dealers.calendar import Calendar
from dealers.models.network import Region


class CalendarDayQuerySet(models.QuerySet["CalendarDay"]):
    def of_region(self, region_id: int | None) -> Calendar:
        """The calendar of a region: what is said of a day for it goes before what is for all."""
        days = self.filter(Q(region=None) | Q(region=region_id))
        rows = list(days.values_list("region_id", "day", "works"))
        said = {day: works for region, day, works in rows if region is None}
        said |= {day: works for region, day, works in rows if region is not None}
        worked = {day for day, works in said.items() if works}
        return Calendar(said.keys() - worked, worked, settings.PORTAL_COUNTRY)


class CalendarDay(models.Model):
    """A day on which people work, or do not, whatever the public calendar says."""

    day = DayField(_("day"))
    region = models.ForeignKey(
        Region, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("region"),
        help_text=_("Empty: in all regions."),
    )  # fmt: skip
    works = models.BooleanField(_("is a working day"))
    why = NameField(_("why"), max_length=120, blank=True)

    objects = CalendarDayQuerySet.as_manager()

    class Meta:
        verbose_name = _("correction of the calendar")
        verbose_name_plural = _("corrections of the calendar")
        ordering = ("-day", "region")
        constraints: ClassVar = [
            within("calendar_day_between_1990_and_2200", days=["day"]),
            legible("calendar_day_is_legible", "why"),
            models.UniqueConstraint(
                name="calendar_day_corrected_once",
                fields=["day", "region"],
                nulls_distinct=False,
                violation_error_message=_("This day is corrected already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.region or ''}".strip()

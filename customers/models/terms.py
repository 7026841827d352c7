"""The dated terms of dispatch."""

from typing import Any, ClassVar

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.models.rulebooks import ITEM
from dealers.bounds import DayField, NameField, legible, within
from dealers.models import Region
from dealers.publication import (
    AT_HEADQUARTERS,
    MOMENTS,
    Publication,
    PublicationQuerySet,
    approved_by_somebody_else,
    published_never_changes,
    steps_in_order,
    tested_as_it_is,
)
from dealers.triggers import refuses

LONGEST = 3660  # days
# A store was offered a lead: from then on what is published needs a second person.
OFFERED = "EXISTS (SELECT FROM customers_offer)"


def usual_metres() -> list[int]:
    return [3_000, 10_000, 30_000]


def usual_percents() -> list[int]:
    return [30, 15]


def _number(name: Any, usual: int, most: int, least: int = 1) -> models.PositiveIntegerField:
    return models.PositiveIntegerField(
        name, default=usual, validators=[MinValueValidator(least), MaxValueValidator(most)]
    )


class DispatchTerms(Publication):
    """By what leads are offered, answered and returned. Published they never change."""

    name = NameField(pgettext_lazy("of a thing", "name"), max_length=120)
    starts_on = DayField(_("applies from"))

    answer_hours = _number(_("answered within, working hours"), 2, 9)
    contact_hours = _number(_("customer called within, hours"), 24, 720)
    hops = _number(_("stores asked, then the region"), 3, 20)
    bands = ArrayField(
        models.PositiveIntegerField(validators=[MinValueValidator(1)]),
        default=usual_metres, size=9, error_messages={"item_invalid": ITEM},
        verbose_name=_("distance bands end at, metres"),
        help_text=_("Rising, with commas between them."),
    )  # fmt: skip
    conversion_bands = ArrayField(
        models.PositiveSmallIntegerField(validators=[MaxValueValidator(100)]),
        default=usual_percents, size=9, error_messages={"item_invalid": ITEM},
        verbose_name=_("conversion bands begin at, percent"),
        help_text=_("Falling, with commas between them."),
    )  # fmt: skip
    mature_least = _number(_("conversion counts from, customers"), 30, 10_000)
    certified_only = models.BooleanField(
        _("only dealers with certified people"), default=False,
        help_text=_(
            "At whose dealer nobody holds a valid certificate is offered no lead, but for its own"
            " customers."
        ),
    )  # fmt: skip
    counted_days = _number(_("a lead counts as received for, days"), 90, LONGEST)
    mature_after_days = _number(_("a customer had time to buy after, days"), 90, LONGEST)
    mature_until_days = _number(_("and counts for conversion until, days"), 270, LONGEST)
    junk_hours = _number(_("a lead is returned within, hours"), 72, 720)
    junk_percent = _number(_("taken back at once up to, percent of a store's leads"), 15, 100, 0)
    online_region = models.ForeignKey(
        Region, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("region of online orders"),
        help_text=_(
            "Takes those of customers whom no store ever had; empty: these become no leads."
        ),
    )  # fmt: skip

    objects = PublicationQuerySet["DispatchTerms"].as_manager()

    class Meta:
        verbose_name = _("terms of dispatch")
        verbose_name_plural = _("terms of dispatch")
        ordering = ("-starts_on", "-id")
        constraints: ClassVar = [
            within("dispatch_terms_between_1990_and_2200", moments=MOMENTS, days=["starts_on"]),
            legible("dispatch_terms_name_is_legible", "name"),
            models.UniqueConstraint(
                name="dispatch_terms_one_published_a_start_day",
                fields=["starts_on"],
                condition=Q(published_at__isnull=False),
                violation_error_message=_("Published terms already start on that day."),
            ),
            steps_in_order("dispatch_terms_steps_in_order"),
            models.CheckConstraint(
                name="dispatch_terms_are_more_than_nothing",
                condition=Q(
                    answer_hours__gte=1,
                    contact_hours__gte=1,
                    hops__gte=1,
                    mature_least__gte=1,
                    counted_days__gte=1,
                    junk_hours__gte=1,
                    junk_percent__lte=100,
                ),
            ),
            models.CheckConstraint(
                name="dispatch_terms_mature_before_it_is_over",
                condition=Q(mature_after_days__lt=F("mature_until_days")),
                violation_error_message=_("A customer counts for longer than until it had time."),
            ),
        ]
        triggers: ClassVar = [
            *published_never_changes("dispatch_terms_published"),
            tested_as_it_is("dispatch_terms_tested_as_they_are"),
            approved_by_somebody_else("dispatch_terms_approved_by_somebody_else", OFFERED),
            refuses(
                "dispatch_terms_published_before_they_apply",
                f"""NEW.published_at IS NOT NULL AND OLD.published_at IS NULL
                AND NEW.starts_on < {AT_HEADQUARTERS}""",
                "What was offered keeps its terms.",
                operation=pgtrigger.Update,
                rows=True,
            ),
        ]

    def __str__(self) -> str:
        return self.name

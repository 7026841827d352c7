"""What headquarters promises for places on boards, as it is published and from then on kept."""

from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dealers.bounds import DayField, NameField, legible, within
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
from dealers.sayings import in_language
from dealers.triggers import refuses
from incentives.models.amounts import LARGEST_GIVEN, MONEY
from incentives.models.boards import REPEATED, Length, Metric, Unit, after

MOST_PLACES = 20
MOST_PERIODS = 53
USUAL_NOTICE = 7  # days
USUAL_LEAST = 30  # events, as rates on boards need them
GROWING = (Metric.REGISTRATIONS, Metric.NET_SALES, Metric.OWNED_SALES)  # what is reached one by one


class RewardKind(models.TextChoices):
    """Whom of a board a reward is for."""

    TOP = "top", _("The first places")
    THRESHOLD = "threshold", _("Everybody who reaches a figure")
    IMPROVED = "improved", _("Most improved")
    FIRST = "first", _("The first to reach a figure")
    LIFT = "lift", _("Regions that grew more than the others")


BY_PLACE = (RewardKind.TOP, RewardKind.IMPROVED, RewardKind.FIRST)
BY_GOAL = (RewardKind.THRESHOLD, RewardKind.FIRST, RewardKind.LIFT)
COMPARED = (RewardKind.IMPROVED, RewardKind.LIFT)  # with the time before


def _count(name: Any, most: int, **options: Any) -> models.PositiveSmallIntegerField:
    within_bounds = [MinValueValidator(1), MaxValueValidator(most)]
    return models.PositiveSmallIntegerField(name, validators=within_bounds, **options)


class RewardProgram(Publication):
    """A promise over the boards of some weeks, months or quarters: for whom, how much, up to what.

    It is about the boards of one figure, unit and length, from the one that starts on ``starts_on``
    on. ``budget`` is for each of them.
    """

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = NameField(_("name (Chinese)"), max_length=120)
    name_en = NameField(_("name (English)"), max_length=120, blank=True)
    kind = models.CharField(_("kind"), max_length=10, choices=RewardKind)
    metric = models.CharField(
        _("metric"), max_length=20,
        choices=[choice for choice in Metric.choices if choice[0] != Metric.EARNED],
    )  # fmt: skip
    unit = models.CharField(
        _("for"), max_length=10, choices=Unit,
        help_text=_("Regions: their managers get it, for what the region grew more than others."),
    )  # fmt: skip
    length = models.CharField(_("length"), max_length=10, choices=REPEATED, default=Length.MONTH)
    cohort = models.SlugField(
        _("cohort"), max_length=40, blank=True,
        help_text=_("Its code. Empty: each cohort has places of its own."),
    )  # fmt: skip
    starts_on = DayField(
        _("starts on"), help_text=_("The first day of the first week, month or quarter.")
    )
    periods = _count(_("how many weeks, months or quarters"), MOST_PERIODS, default=1)
    places = _count(
        _("places"), MOST_PLACES, null=True, blank=True,
        help_text=_("How many are rewarded, where places are: the first three are 3."),
    )  # fmt: skip
    goal = models.DecimalField(
        _("figure to reach"), null=True, blank=True, max_digits=30, decimal_places=6,
        validators=[MinValueValidator(0), MaxValueValidator(LARGEST_GIVEN)],
        help_text=_("Shares in percent; of regions the points by which they grew more."),
    )  # fmt: skip
    least = _count(
        _("events needed"), 10_000, default=USUAL_LEAST,
        help_text=_("Where the time before counts: so many in both, else the change says little."),
    )  # fmt: skip
    amounts = ArrayField(
        models.DecimalField(
            validators=[MinValueValidator(0), MaxValueValidator(LARGEST_GIVEN)], **MONEY
        ),
        verbose_name=_("amounts"), default=list, blank=True, size=MOST_PLACES,
        help_text=_(
            "By place, with commas between them, such as 3000, 2000, 1000; one where there are no"
            " places. Empty: a badge alone."
        ),
    )  # fmt: skip
    budget = models.DecimalField(
        _("budget"), default=Decimal(0),
        validators=[MinValueValidator(0), MaxValueValidator(LARGEST_GIVEN)],
        help_text=_("For each week, month or quarter. What would be more is shared within it."),
        **MONEY,
    )  # fmt: skip
    badge = NameField(_("badge (Chinese)"), max_length=40, blank=True)
    badge_en = NameField(_("badge (English)"), max_length=40, blank=True)
    notice_days = models.PositiveSmallIntegerField(
        _("notice, days"), default=USUAL_NOTICE, validators=[MaxValueValidator(365)],
        help_text=_("So many days before it starts it is published at the latest."),
    )  # fmt: skip

    objects = PublicationQuerySet["RewardProgram"].as_manager()

    class Meta:
        verbose_name = _("reward program")
        verbose_name_plural = _("reward programs")
        ordering = ("-starts_on", "-id")
        constraints: ClassVar = [
            within("reward_program_between_1990_and_2200", moments=MOMENTS, days=["starts_on"]),
            legible("reward_program_is_legible", "name", "name_en", "badge", "badge_en"),
            steps_in_order("reward_program_steps_in_order"),
            models.CheckConstraint(
                name="reward_program_starts_with_its_week_month_or_quarter",
                condition=Q(length=Length.WEEK, starts_on__iso_week_day=1)
                | Q(length=Length.MONTH, starts_on__day=1)
                | Q(length=Length.QUARTER, starts_on__day=1, starts_on__month__in=[1, 4, 7, 10]),
                violation_error_message=_(
                    "A week starts on a Monday, a month on the 1st, a quarter on the 1st of"
                    " January, April, July or October."
                ),
            ),
            models.CheckConstraint(
                name="reward_program_of_regions_is_by_growth",
                condition=Q(unit=Unit.REGION, kind=RewardKind.LIFT)
                | ~Q(unit=Unit.REGION) & ~Q(kind=RewardKind.LIFT),
                violation_error_message=_(
                    "Regions are rewarded for what they grew more than others, and nobody else is."
                ),
            ),
            models.CheckConstraint(
                name="reward_program_first_to_reach_are_dealers",
                condition=~Q(kind=RewardKind.FIRST) | Q(unit=Unit.DEALER, metric__in=GROWING),
                violation_error_message=_(
                    "The first to reach a figure are dealers, and the figure is registrations or"
                    " sales."
                ),
            ),
            models.CheckConstraint(
                name="reward_program_has_places_where_it_ranks",
                condition=Q(kind__in=BY_PLACE, places__isnull=False)
                & Q(places__gte=1, places__lte=MOST_PLACES)
                | ~Q(kind__in=BY_PLACE) & Q(places__isnull=True),
                violation_error_message=_(
                    "Say how many places there are, or leave it empty where there are none."
                ),
            ),
            models.CheckConstraint(
                name="reward_program_has_a_goal_where_one_is_reached",
                condition=Q(kind__in=BY_GOAL, goal__isnull=False, goal__gte=0)
                | ~Q(kind__in=BY_GOAL) & Q(goal__isnull=True),
                violation_error_message=_(
                    "Say which figure is to be reached, or leave it empty where none is."
                ),
            ),
            models.CheckConstraint(
                name="reward_program_gives_something",
                condition=Q(budget__gt=0, amounts__len__gt=0)
                | Q(budget=0, amounts__len=0) & ~Q(badge=""),
                violation_error_message=_(
                    "It gives amounts up to a budget, or a badge alone and then has no budget."
                ),
            ),
            models.CheckConstraint(
                name="reward_program_is_not_about_what_is_earned",
                condition=~Q(metric=Metric.EARNED),
            ),
            models.CheckConstraint(
                name="reward_program_lasts_some_time",
                condition=Q(periods__gte=1, periods__lte=MOST_PERIODS, least__gte=1),
            ),
        ]
        triggers: ClassVar = [
            *published_never_changes("reward_program_published"),
            tested_as_it_is("reward_program_approved_as_it_is"),
            approved_by_somebody_else("reward_program_approved_by_somebody_else", "true"),
            refuses(
                "reward_program_amounts_are_not_negative",
                "0 > ANY (NEW.amounts) OR NEW.budget < 0",
                "A reward takes nothing away.",
                operation=pgtrigger.Insert | pgtrigger.Update,
                rows=True,
            ),
            refuses(
                "reward_program_published_with_notice",
                f"""NEW.published_at IS NOT NULL
                AND NEW.starts_on < {AT_HEADQUARTERS} + NEW.notice_days""",
                "Those whom it is for know it before it starts.",
                operation=pgtrigger.Insert | pgtrigger.Update,
                rows=True,
            ),
        ]

    def __str__(self) -> str:
        return in_language(self.name, self.name_en)

    @property
    def badge_name(self) -> str:
        """What the badge is called, in the reader's language; empty for none."""
        return in_language(self.badge, self.badge_en)

    @property
    def starts(self) -> list[date]:
        """The first days of the weeks, months or quarters that it is about, in their order."""
        found = [self.starts_on]
        while len(found) < self.periods:
            found.append(after(self.length, found[-1]))
        return found

    @property
    def ends_on(self) -> date:
        """The day after its last one."""
        return after(self.length, self.starts[-1])

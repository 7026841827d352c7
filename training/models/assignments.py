"""Who takes which course: one by one, or in the order of a track."""

from datetime import date, timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dealers.bounds import MomentField, NameField, legible, within
from dealers.models import Dealer, Membership, Region, Role, Store
from dealers.months import hq_day
from training.models.courses import Course
from training.models.titles import Titled


class Track(Titled):
    """The way of a role: courses that its people take one after the other."""

    title = NameField(_("title (Chinese)"), max_length=120)
    title_en = NameField(_("title (English)"), max_length=120, blank=True)
    role = models.CharField(_("role"), max_length=20, choices=Role)
    onboarding = models.BooleanField(
        _("begins by itself"),
        default=False,
        help_text=_("With the first sign-in of everybody who is new in this role."),
    )

    class Meta:
        verbose_name = _("track")
        verbose_name_plural = _("tracks")
        ordering = ("role", "title")
        constraints: ClassVar = [
            legible("track_title_is_legible", "title", "title_en"),
            models.CheckConstraint(name="track_role_is_known", condition=Q(role__in=Role.values)),
            models.UniqueConstraint(
                name="track_one_begins_by_itself",
                fields=["role"],
                condition=Q(onboarding=True),
                violation_error_message=_("Another track of this role begins by itself."),
            ),
        ]


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def of_post(self, post: Membership) -> Self:
        """Those that are for the holder of ``post``; the same as ``Assignment.is_for``."""
        begun = hq_day(post.starts_at)
        region = Dealer.objects.filter(pk__in=[post.dealer_id]).values("region")
        return self.filter(
            Q(region__isnull=True) | Q(region=post.region_id) | Q(region__in=region),
            Q(store__isnull=True) | Q(store=post.store_id),
            Q(joined_from__isnull=True) | Q(joined_from__lte=begun),
            Q(joined_until__isnull=True) | Q(joined_until__gte=begun),
            role=post.role,
        )


class Assignment(models.Model):
    """A course for people with a role, by when after they started; ``track`` makes it a step."""

    course = models.ForeignKey(
        Course, models.CASCADE, related_name="assignments", verbose_name=_("course")
    )
    role = models.CharField(_("role"), max_length=20, choices=Role)
    region = models.ForeignKey(
        Region, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("region"),
        help_text=_("Empty: all of them."),
    )  # fmt: skip
    store = models.ForeignKey(
        Store, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("store"),
        help_text=_("Empty: all of them."),
    )  # fmt: skip
    joined_from = models.DateField(
        _("in the post since, at the earliest"),
        null=True,
        blank=True,
        help_text=_("Empty: always."),
    )
    joined_until = models.DateField(
        _("in the post since, at the latest"), null=True, blank=True, help_text=_("Empty: always.")
    )
    required = models.BooleanField(_("required"), default=True)
    due_days = models.PositiveSmallIntegerField(
        _("due after, days"),
        null=True,
        blank=True,
        default=30,
        help_text=_("Empty: no last day. 0: on the first day."),
    )
    # The days count from here for people who were there before the course was assigned.
    assigned_at = MomentField(_("assigned at"), default=timezone.now)
    track = models.ForeignKey(
        Track, models.CASCADE, null=True, blank=True, editable=False, related_name="steps",
        verbose_name=_("track"),
    )  # fmt: skip
    position = models.PositiveSmallIntegerField(
        _("step"), null=True, blank=True,
        help_text=_("Steps with the same number may be taken in any order."),
    )  # fmt: skip

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        ordering = ("course", "role", "pk")
        constraints: ClassVar = [
            within(
                "assignment_between_1990_and_2200",
                moments=["assigned_at"],
                days=["joined_from", "joined_until"],
            ),
            models.UniqueConstraint(
                name="assignment_once_a_course_and_people",
                fields=[
                    *("course", "role", "region", "store"),
                    *("joined_from", "joined_until", "track"),
                ],
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="assignment_role_is_known", condition=Q(role__in=Role.values)
            ),
            models.CheckConstraint(
                name="assignment_of_a_track_is_its_step",
                condition=Q(track__isnull=True) | Q(position__isnull=False),
            ),
            models.CheckConstraint(
                name="assignment_joined_in_order",
                condition=Q(joined_from__isnull=True)
                | Q(joined_until__isnull=True)
                | Q(joined_from__lte=models.F("joined_until")),
                violation_error_message=_("The latest day comes before the earliest."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.course} · {self.get_role_display()}"

    def is_for(self, post: Membership, region_id: int | None) -> bool:
        """Whether the holder of ``post``, at a place in the region, has it."""
        begun = hq_day(post.starts_at)
        return (
            self.role == post.role
            and self.region_id in {None, region_id}
            and self.store_id in {None, post.store_id}
            and (self.joined_from is None or self.joined_from <= begun)
            and (self.joined_until is None or self.joined_until >= begun)
        )

    def due_on(self, post: Membership) -> date | None:
        """The last day: so many after the person, or the assignment, began."""
        if self.due_days is None:
            return None
        begun = max(self.assigned_at, post.starts_at)
        return hq_day(begun) + timedelta(days=self.due_days)

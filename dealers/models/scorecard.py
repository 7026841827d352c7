"""How headquarters keeps what it promises, in figures that everybody reads."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from dealers.bounds import DayField, MomentField, within
from dealers.models.receipts import kept_by_the_worker

FEWEST = 5  # dealers, and things counted, below which nothing is told


class ScoreLength(models.TextChoices):
    MONTH = "month", _("Month")
    QUARTER = "quarter", _("Quarter")


class Score(models.TextChoices):
    """The figures, in the order of the page."""

    CASE_DAYS = "case_days", _("Cases: days until they were decided")
    CASES_LATE = "cases_late", _("Cases: nobody decided in time")
    CASES_OVERTURNED = "cases_overturned", _("Cases: overturned on appeal")
    DISPUTE_DAYS = "dispute_days", _("Disputes: days until they were decided")
    DISPUTES_LATE = "disputes_late", _("Disputes: decided late")
    DISPUTES_OVERTURNED = "disputes_overturned", _("Disputes: decided otherwise the second time")
    PAID_LATE = "paid_late", _("Payments: arrived late")
    LEADS_JUNK = "leads_junk", _("Leads: taken back as junk")
    NUMBERS = "numbers", _("Numbers shown to headquarters")
    NUMBERS_REFUSED = "numbers_refused", _("Numbers asked for, and refused")
    BROKEN_GLASS = "broken_glass", _("Emergencies granted")
    REFUSED = "refused", _("Forbidden acts tried, and refused")
    VOIDED = "voided", _("Registrations voided by headquarters")
    ROOTS = "roots", _("Days without a signed root")
    DRILLS = "drills", _("Drills of restoring that failed")


class ScoreFigure(models.Model):
    """A figure of a month or quarter as it was known after a day. Only ever added.

    While a month runs it has one for each day. ``count`` of ``of``, or ``value``, which is a median
    in days; ``of`` alone says of how many. Without any of them too few were concerned to tell.
    """

    length = models.CharField(_("length"), max_length=8, choices=ScoreLength)
    start = DayField(_("first day"))
    until = DayField(_("last day that counts"))
    score = models.CharField(_("figure"), max_length=20, choices=Score)
    count = models.PositiveBigIntegerField(_("count"), null=True, blank=True)
    of = models.PositiveBigIntegerField(_("of"), null=True, blank=True)
    value = models.DecimalField(
        _("median, days"), max_digits=9, decimal_places=2, null=True, blank=True
    )
    at = MomentField(_("computed at"), db_default=Now())
    # Of how many it was told on an earlier night, where that were more; ``scorecard.page`` says so.
    earlier_of: int | None = None

    class Meta:
        verbose_name = _("figure of the scorecard")
        verbose_name_plural = _("figures of the scorecard")
        ordering = ("-start", "length", "score", "-until")
        constraints: ClassVar = [
            within("score_figure_between_1990_and_2200", moments=["at"], days=["start", "until"]),
            models.UniqueConstraint(
                name="score_figure_once_a_day", fields=["length", "start", "score", "until"]
            ),
            models.CheckConstraint(
                name="score_figure_ends_after_it_starts",
                condition=Q(until__gte=F("start")) & Q(start__day=1),
            ),
            models.CheckConstraint(
                name="score_figure_is_known",
                condition=Q(score__in=Score.values) & Q(length__in=ScoreLength.values),
            ),
            models.CheckConstraint(
                name="score_figure_tells_a_share_or_a_median",
                condition=Q(count=None, value=None) | Q(of__isnull=False),
            ),
        ]
        triggers: ClassVar = kept_by_the_worker("score_figure")

    def __str__(self) -> str:
        return f"{self.start:%Y-%m} {self.score}"

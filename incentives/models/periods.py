"""The months of the books, and the runs that computed and closed them."""

from datetime import date
from typing import ClassVar, Self

import pgtrigger
from django.db import models
from django.db.models import Count, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dealers.bounds import DayField, MomentField, within
from dealers.models import User
from dealers.months import key as month_key
from dealers.triggers import append_only, no_truncate, refuses

# 1: a cap that was used stayed used, and the hash left out quantities, shares and places.
# 2: a return gives its cap back, and the hash takes in every fact that an amount depends on.
# 3: a return takes with it its part of what disputes gave the line of its sale, or took off it.
# 4: what a return takes of what is paid by count is kept as the part that it is, not as money; a
#    period that sold for nothing is not said to have no rate.
# 5: what comes back of a sale that is split is rounded once, and then split as the sale was.
FIRST_ENGINE, FOURTH_ENGINE, FIFTH_ENGINE, ENGINE = 1, 4, 5, 5


class RunQuerySet(models.QuerySet["Run"]):
    def last_closed(self) -> "Run | None":
        """The run of the last closed month."""
        return self.order_by("-month").first()

    def with_sums(self) -> Self:
        """Each with its statements: how ``many``, their ``total``, and what is ``payable``."""
        return self.annotate(
            many=Count("statements"),
            total=Sum("statements__total"),
            payable=Sum("statements__payable"),
        )

    def last_month(self) -> date | None:
        """The last closed month."""
        return self.order_by("-month").values_list("month", flat=True).first()

    def first_month(self) -> date | None:
        """The first month that was ever closed."""
        return self.order_by("month").values_list("month", flat=True).first()


class Run(models.Model):
    """A closed month: what was known until when, and a hash of what went in. Only ever added."""

    month = DayField(_("month"), unique=True)
    # Facts recorded until this moment are in; later ones are late and fall into the next month.
    known_until = MomentField(_("known until"))
    closed_at = MomentField(_("closed at"), default=timezone.now)
    closed_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("closed by"),
    )
    inputs_hash = models.CharField(_("hash of the inputs"), max_length=64)
    # From when on it keeps when dealers were certified, up to its own cut-off: where the closing
    # before it stopped. None: of before there was anything to keep.
    certified_since = MomentField(_("certified since"), null=True, editable=False)
    # Which form of the engine computed it: what an earlier one booked is checked by its rules.
    # Whoever adds a run says which: none is taken for granted.
    engine = models.PositiveSmallIntegerField(_("engine"), editable=False)

    objects = RunQuerySet.as_manager()

    class Meta:
        verbose_name = _("closed month")
        verbose_name_plural = _("closed months")
        ordering = ("-month",)
        constraints: ClassVar = [
            within(
                "run_between_1990_and_2200",
                moments=["known_until", "closed_at", "certified_since"],
                days=["month"],
            ),
            models.CheckConstraint(
                name="run_month_is_a_first_day", condition=Q(month__day=1)
            ),
        ]  # fmt: skip
        triggers: ClassVar = [
            append_only("run_only_added"),
            no_truncate("run_never_emptied"),
            refuses(
                "run_follows_the_month_before",
                "NEW.month <> (SELECT max(month) + interval '1 month' FROM incentives_run)",
                "Months are closed one after the other.",
                rows=True,
            ),
            # Fourteen hours earlier than elsewhere the month is over where the day begins.
            refuses(
                "run_after_its_month_has_ended",
                """NEW.closed_at < (NEW.month + interval '1 month') AT TIME ZONE 'UTC'
                    - interval '14 hours'
                OR greatest(NEW.closed_at, NEW.known_until)
                    > clock_timestamp() + interval '5 minutes'""",
                "The month has not ended.",
                rows=True,
            ),
            pgtrigger.Trigger(
                name="run_closes_its_period",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                func=(
                    "IF NOT EXISTS (SELECT FROM incentives_period"
                    " WHERE closed_run_id = NEW.id) THEN"
                    " RAISE EXCEPTION 'A run closes its period: %', TG_NAME; END IF;"
                    " RETURN NULL;"
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The month as keys, numbers and files name it: 2026-10."""
        return month_key(self.month)


class Period(models.Model):
    """A month of the books: open until the run that computed it closes it, then for ever closed.

    What is paid, adjusted or disputed after a month is closed is booked in one that is open.
    """

    month = DayField(_("month"), primary_key=True)
    closed_run = models.OneToOneField(
        Run, models.PROTECT, null=True, blank=True, related_name="period",
        verbose_name=_("closed by"),
    )  # fmt: skip

    class Meta:
        verbose_name = _("period")
        verbose_name_plural = _("periods")
        ordering = ("-month",)
        constraints: ClassVar = [
            within("period_between_1990_and_2200", days=["month"]),
            models.CheckConstraint(
                name="period_month_is_a_first_day", condition=Q(month__day=1)
            ),
        ]  # fmt: skip
        triggers: ClassVar = [
            pgtrigger.Protect(name="period_never_deleted", operation=pgtrigger.Delete),
            no_truncate("period_never_emptied"),
            pgtrigger.Trigger(
                name="period_opens_after_the_closed_ones",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=(
                    "IF EXISTS (SELECT 1 FROM incentives_period"
                    " WHERE month > NEW.month AND closed_run_id IS NOT NULL) THEN"
                    " RAISE EXCEPTION 'A later period is closed already: %', TG_NAME; END IF;"
                    " RETURN NEW;"
                ),
            ),
            pgtrigger.Trigger(
                name="period_is_closed_once_by_its_run",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=(
                    "IF OLD.closed_run_id IS NOT NULL OR NEW.month <> OLD.month"
                    " OR NOT EXISTS (SELECT 1 FROM incentives_run"
                    " WHERE id = NEW.closed_run_id AND month = NEW.month) THEN"
                    " RAISE EXCEPTION 'A period is closed once, by its run: %', TG_NAME; END IF;"
                    " RETURN NEW;"
                ),
            ),
        ]

    def __str__(self) -> str:
        return month_key(self.month)


class WhyNotClosed(models.TextChoices):
    """Why a month that was due was not closed; said when it is read, in the reader's language."""

    NOT_DUE = "not_due", _("It was not due, or closed already.")
    BUSY = (
        "busy",
        _(
            "Others kept recording, or a file was being stored. Nothing was changed: close it again"
            " once that is done."
        ),
    )
    MISMATCH = (
        "mismatch",
        _(
            "Statements, results and books did not agree, so nothing was closed. Tell whoever looks"
            " after the portal."
        ),
    )
    BROKEN = (
        "broken",
        _(
            "Something unexpected stopped it, and nothing was closed. The log of the worker says"
            " what."
        ),
    )


class FailedClosing(models.Model):
    """A month that was to be closed and was not. Only ever added."""

    month = DayField(_("month"))
    failed_at = MomentField(_("failed at"))
    by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by")
    )
    why = models.CharField(_("why"), max_length=10, choices=WhyNotClosed)

    class Meta:
        verbose_name = _("failed closing")
        verbose_name_plural = _("failed closings")
        ordering = ("-failed_at", "-id")
        constraints: ClassVar = [
            within(
                "failed_closing_between_1990_and_2200", moments=["failed_at"], days=["month"]
            ),
            models.CheckConstraint(
                name="failed_closing_month_is_a_first_day", condition=Q(month__day=1)
            ),
            models.CheckConstraint(
                name="failed_closing_says_why", condition=Q(why__in=WhyNotClosed.values)
            ),
        ]  # fmt: skip
        triggers: ClassVar = [
            append_only("failed_closing_only_added"),
            no_truncate("failed_closing_never_emptied"),
        ]

    def __str__(self) -> str:
        return month_key(self.month)


def in_an_open_run(name: str, runs: str) -> pgtrigger.Trigger:
    """A trigger that refuses to add to a closed month; ``runs``: those of the rows ``added``."""
    return refuses(
        name,
        f"EXISTS (SELECT FROM incentives_period WHERE closed_run_id IN ({runs}))",
        "A closed month takes nothing more.",
    )

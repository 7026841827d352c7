"""Amounts that people add to what months gave, or take from it: by whom, why, and who agreed."""

from collections.abc import Iterable
from datetime import date
from typing import ClassVar, Self
from uuid import UUID

from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models import Case
from dealers import sayings
from dealers.bounds import MomentField, within
from dealers.codes import numbered
from dealers.models import Dealer, User
from dealers.triggers import append_only, no_truncate, refuses
from incentives.models.amounts import MONEY
from incentives.models.books import Journal, Source
from incentives.models.plans import Plan
from incentives.models.results import Line

KEY = "adjust:"  # before the number, as the key of the journal


def new_adjustment_code() -> str:
    return numbered("A")


class AdjustmentQuerySet(models.QuerySet["Adjustment"]):
    def with_booking(self) -> Self:
        """With ``month``, of which month's books it is, and ``booked_at``; None until it is."""
        journals = Journal.objects.filter(source=Source.ADJUSTMENT, source_key=OuterRef("code"))
        return self.annotate(
            month=Subquery(journals.values("period_id")[:1]),
            booked_at=Subquery(journals.values("effective_at")[:1]),
        )

    def booked(self) -> Self:
        return self.with_booking().filter(month__isnull=False)

    def booked_in(self, months: list[date]) -> Self:
        """Those that are in the books of these months, in the order in which they came there."""
        return self.with_booking().filter(month__in=months).order_by("booked_at", "pk")

    def waiting(self) -> Self:
        """Those that a second person has not looked at yet."""
        return self.with_booking().filter(month__isnull=True, decision__isnull=True)

    def not_declined(self) -> Self:
        """Those that are booked, or that a second person may still approve."""
        return self.exclude(decision__approved=False)

    def following(self, disputes: Iterable[UUID]) -> Self:
        """What returns took with them of what these disputes gave their lines, or took off them."""
        ids = list(disputes)
        back = Q(follows__reverses__ruling__dispute__in=ids)
        return self.filter(Q(follows__ruling__dispute__in=ids) | back)


class Adjustment(models.Model):
    """An amount for a dealer beside what the plans gave, or against it. Only ever added.

    It counts once its journal is booked: at once, or if it is above the limit after a second
    person has approved it. One that ``follows`` another is booked by a closing: the part of that
    one that goes with ``line``, which takes back what both are about.
    """

    code = models.CharField(
        _("number"), max_length=12, unique=True, default=new_adjustment_code, editable=False
    )
    # Who sends the same twice gets the first one; ``content`` tells whether it is the same.
    key = models.CharField(_("key"), max_length=120, unique=True)
    content = models.BinaryField(_("content hash"))
    dealer = models.ForeignKey(
        Dealer, models.PROTECT, related_name="adjustments", verbose_name=_("dealer")
    )
    plan = models.ForeignKey(
        Plan, models.PROTECT, related_name="adjustments", verbose_name=_("plan")
    )
    amount = models.DecimalField(_("amount"), **MONEY)
    currency = models.CharField(_("currency"), max_length=3)
    # Above it two people are needed: as it stood when this was proposed.
    alone_up_to = models.DecimalField(_("limit for one person"), **MONEY)
    reason = models.CharField(_("reason"), max_length=1000)
    # Once, but for those that a second person declined.
    reverses = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="reversals",
        verbose_name=_("takes back"),
    )  # fmt: skip
    follows = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="followed_by",
        verbose_name=_("takes its part of"),
    )  # fmt: skip
    line = models.ForeignKey(
        Line, models.PROTECT, null=True, blank=True, related_name="takes_with_it",
        verbose_name=_("because of the line"),
    )  # fmt: skip
    case = models.ForeignKey(
        Case, models.PROTECT, to_field="code", db_column="case_code", null=True, blank=True,
        related_name="adjustments", verbose_name=_("case"),
    )  # fmt: skip
    # Nobody: the closing, where it follows another one.
    proposed_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("proposed by")
    )
    proposed_at = MomentField(_("proposed at"))
    recorded_at = MomentField(_("recorded at"), default=timezone.now)

    objects = AdjustmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("adjustment")
        verbose_name_plural = _("adjustments")
        ordering = ("-proposed_at", "-pk")
        constraints: ClassVar = [
            within("adjustment_between_1990_and_2200", moments=["proposed_at", "recorded_at"]),
            models.CheckConstraint(name="adjustment_is_an_amount", condition=~Q(amount=0)),
            models.CheckConstraint(
                name="adjustment_limit_is_not_negative", condition=Q(alone_up_to__gte=0)
            ),
            models.CheckConstraint(name="adjustment_has_a_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="adjustment_is_proposed_or_follows_another",
                condition=Q(proposed_by__isnull=False, follows__isnull=True, line__isnull=True)
                | Q(
                    proposed_by__isnull=True,
                    follows__isnull=False,
                    line__isnull=False,
                    reverses__isnull=True,
                    case__isnull=True,
                ),
            ),
            models.UniqueConstraint(
                name="adjustment_follows_once_a_line", fields=["follows", "line"]
            ),
        ]
        triggers: ClassVar = [
            append_only("adjustment_only_added"),
            no_truncate("adjustment_never_emptied"),
            refuses(
                "adjustment_takes_the_programs_limit",
                """EXISTS (SELECT FROM incentives_program AS p
                    WHERE (p.currency, p.adjustment_limit) <> (NEW.currency, NEW.alone_up_to))
                OR NEW.alone_up_to > 5000 AND NOT EXISTS (SELECT FROM incentives_program)""",
                "An adjustment has the currency and the limit of the program.",
                rows=True,
            ),
            refuses(
                "adjustment_takes_back_what_was_booked",
                """NEW.reverses_id IS NOT NULL AND NOT EXISTS (
                    SELECT FROM incentives_adjustment AS a
                    JOIN incentives_journal AS j ON j.key = 'adjust:' || a.code
                    WHERE a.id = NEW.reverses_id AND a.amount = -NEW.amount
                    AND a.follows_id IS NULL
                    AND (a.dealer_id, a.plan_id) = (NEW.dealer_id, NEW.plan_id))""",
                "What takes an adjustment back is the same amount the other way round.",
                rows=True,
            ),
            refuses(
                "adjustment_taken_back_once",
                """NEW.reverses_id IS NOT NULL AND EXISTS (
                    SELECT FROM incentives_adjustment AS a
                    LEFT JOIN incentives_adjustmentdecision AS d ON d.adjustment_id = a.id
                    WHERE a.reverses_id = NEW.reverses_id AND d.approved IS NOT FALSE)""",
                "An adjustment is taken back once.",
                rows=True,
            ),
            refuses(
                "adjustment_follows_what_its_line_takes_back",
                """NEW.follows_id IS NOT NULL AND NOT EXISTS (
                    SELECT FROM incentives_adjustment AS a
                    JOIN incentives_journal AS j ON j.key = 'adjust:' || a.code
                    JOIN incentives_disputeruling AS said
                        ON said.adjustment_id IN (a.id, a.reverses_id)
                    JOIN incentives_dispute AS d ON d.id = said.dispute_id
                    JOIN incentives_line AS l ON l.id = d.line_id
                    JOIN incentives_result AS r ON r.id = l.result_id
                    JOIN incentives_line AS back ON back.id = NEW.line_id
                    JOIN incentives_result AS t ON t.id = back.result_id
                    LEFT JOIN customers_order AS o ON o.id = back.order_id
                    WHERE a.id = NEW.follows_id
                    AND (a.dealer_id, a.plan_id, a.currency)
                        = (NEW.dealer_id, NEW.plan_id, NEW.currency)
                    AND (r.component_id, r.dealer_id) = (t.component_id, t.dealer_id)
                    AND l.base >= 0
                    AND (o.sale_id = l.order_id
                        OR back.registration_id = l.registration_id AND back.id <> l.id)
                    AND NEW.amount + (SELECT coalesce(sum(amount), 0) FROM incentives_adjustment
                            WHERE follows_id = a.id)
                        BETWEEN least(-a.amount, 0) AND greatest(-a.amount, 0))""",
                "What goes with a return is its part of an adjustment of the same line.",
                rows=True,
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.code

    @property
    def why(self) -> str:
        """The reason as it is read: a person's words, or those of the closing in any language."""
        return self.reason if self.follows_id is None else sayings.read(self.reason)

    @property
    def needs_two(self) -> bool:
        """Whether one person is not enough."""
        return abs(self.amount) > self.alone_up_to


class AdjustmentDecision(models.Model):
    """What a second person said of an adjustment. Only ever added."""

    adjustment = models.OneToOneField(
        Adjustment, models.PROTECT, related_name="decision", verbose_name=_("adjustment")
    )
    approved = models.BooleanField(_("approved"))
    reason = models.CharField(_("reason"), max_length=1000, blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = MomentField(_("at"))

    class Meta:
        verbose_name = _("decision about an adjustment")
        verbose_name_plural = _("decisions about adjustments")
        ordering = ("-at", "-pk")
        constraints: ClassVar = [
            within("adjustment_decision_between_1990_and_2200", moments=["at"]),
            models.CheckConstraint(
                name="adjustment_declined_with_a_reason", condition=Q(approved=True) | ~Q(reason="")
            ),
        ]
        triggers: ClassVar = [
            append_only("adjustment_decision_only_added"),
            no_truncate("adjustment_decision_never_emptied"),
            refuses(
                "adjustment_decided_by_another_person",
                """NEW.by_id = (SELECT proposed_by_id FROM incentives_adjustment
                    WHERE id = NEW.adjustment_id)""",
                "Whoever proposes an adjustment does not approve it.",
                rows=True,
            ),
        ]

    def __str__(self) -> str:
        return str(self.adjustment)

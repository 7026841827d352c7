"""Disputes about lines: what a dealer says is wrong, and what was decided.

Nothing here is ever changed. In which stage a dispute is follows from its rows and from the moment
that is asked about (``incentives.disputes.stages``).
"""

import uuid
from datetime import datetime
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dealers.bounds import MomentField, within
from dealers.codes import numbered
from dealers.models import Dealer, FactKind, User, chained
from dealers.models.scopes import SeenByOwners
from dealers.triggers import append_only, no_truncate, refuses
from incentives.models.adjustments import Adjustment
from incentives.models.amounts import MONEY
from incentives.models.books import Journal
from incentives.models.payable import TAKEN
from incentives.models.results import Line
from incentives.models.statements import Statement


class DisputeKind(models.TextChoices):
    """What is wrong with a line."""

    NOT_MINE = "not_mine", _("It is not ours")
    BASE = "base", _("The base is wrong")
    RATE = "rate", _("The rate is wrong")
    MISSING = "missing", _("Something is missing in it")
    OTHER = "other", _("Something else is wrong")


class DisputeStep(models.TextChoices):
    """What happened to a dispute between its opening and its decision."""

    ACKNOWLEDGED = "acknowledged", _("Somebody checks it")
    ESCALATED = "escalated", _("Nobody had decided in time")
    REOPENED = "reopened", _("Opened once more")


class DisputeOutcome(models.TextChoices):
    UPHELD = "upheld", _("The dealer is right")
    PARTIAL = "partial", _("The dealer is right in part")
    REFUSED = "refused", _("The line stays as it is")


def new_dispute_code() -> str:
    return numbered("D")


class DisputeQuerySet(SeenByOwners["Dispute"]):
    def with_moments(self) -> Self:
        """With the moments that its stage follows from; None for what has not happened."""
        events = DisputeEvent.objects.filter(dispute=OuterRef("pk"))
        rulings = DisputeRuling.objects.in_effect().filter(dispute=OuterRef("pk"))

        def step(name: str, instance: int, column: str = "at") -> Subquery:
            return Subquery(events.filter(step=name, instance=instance).values(column)[:1])

        def ruled(instance: int) -> Subquery:
            of: Any = rulings.filter(instance=instance)  # with the moment, which is annotated
            return Subquery(of.values("in_effect_at")[:1])

        return self.annotate(
            acknowledged_at=step(DisputeStep.ACKNOWLEDGED, 1),
            ruled_at=ruled(1),
            reopened_at=step(DisputeStep.REOPENED, 2),
            decide_again_by=step(DisputeStep.REOPENED, 2, "decide_by"),
            ruled_again_at=ruled(2),
        )

    def open_at(self, moment: datetime) -> Self:
        """Those that waited for a decision at a moment, each with its moments."""
        undecided = Q(ruled_at__isnull=True) | Q(ruled_at__gt=moment)
        again = Q(ruled_again_at__isnull=True) | Q(ruled_again_at__gt=moment)
        return self.with_moments().filter(
            undecided | Q(reopened_at__lte=moment) & again, opened_at__lte=moment
        )


class Dispute(models.Model):
    """What a dealer says is wrong with a line of a statement. Only ever added, once per line."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.CharField(_("number"), max_length=12, unique=True, default=new_dispute_code)
    dealer = models.ForeignKey(
        Dealer, models.PROTECT, related_name="disputes", verbose_name=_("dealer")
    )
    statement = models.ForeignKey(
        Statement, models.PROTECT, related_name="disputes", verbose_name=_("statement")
    )
    line = models.OneToOneField(
        Line, models.PROTECT, related_name="dispute", verbose_name=_("line")
    )
    kind = models.CharField(_("what is wrong"), max_length=10, choices=DisputeKind)
    # What the line should have come to, where the dealer says so.
    expected = models.DecimalField(_("should be"), null=True, blank=True, **MONEY)
    opened_at = MomentField(_("opened at"))
    by = models.ForeignKey(
        User, models.PROTECT, db_index=False, related_name="+", verbose_name=_("opened by")
    )
    acknowledge_by = MomentField(_("to be looked at by"))
    decide_by = MomentField(_("to be decided by"))
    recorded_at = MomentField(_("recorded at"), default=timezone.now)

    objects = DisputeQuerySet.as_manager()

    class Meta:
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        ordering = ("-opened_at", "-id")
        constraints: ClassVar = [
            within(
                "dispute_between_1990_and_2200",
                moments=["opened_at", "acknowledge_by", "decide_by", "recorded_at"],
            ),
            models.CheckConstraint(
                name="dispute_kind_is_known", condition=Q(kind__in=DisputeKind.values)
            ),
            models.CheckConstraint(
                name="dispute_is_looked_at_before_it_is_decided",
                condition=Q(acknowledge_by__gt=F("opened_at"), decide_by__gte=F("acknowledge_by")),
            ),
        ]
        triggers: ClassVar = [
            append_only("dispute_only_added"),
            no_truncate("dispute_never_emptied"),
            chained(
                "dispute_is_chained",
                FactKind.DISPUTE,
                """
                SELECT d.dealer_id AS dealer, d.statement_id AS id, json_build_object(
                    'event', 'opened', 'dispute', d.code, 'statement', s.number, 'kind', d.kind,
                    'at', d.opened_at, 'decide_by', d.decide_by, 'recorded', d.recorded_at) AS said
                FROM added AS d JOIN incentives_statement AS s ON s.id = d.statement_id""",
            ),
            refuses(
                "dispute_of_a_line_of_its_statement",
                """NOT EXISTS (
                    SELECT FROM incentives_line AS l
                    JOIN incentives_result AS r ON r.id = l.result_id
                    JOIN incentives_statement AS s
                        ON (s.run_id, s.dealer_id) = (r.run_id, r.dealer_id)
                    WHERE (l.id, s.id, s.dealer_id)
                        = (NEW.line_id, NEW.statement_id, NEW.dealer_id)
                    AND NEW.opened_at >= s.issued_at)""",
                "A dispute is about a line of a statement of its dealer.",
                rows=True,
            ),
        ]

    def __str__(self) -> str:
        return self.code

    def get_absolute_url(self) -> str:
        return reverse("incentives:dispute", args=[self.pk])


class DisputeEvent(models.Model):
    """A step of a dispute; its moment is when it was due, where nobody took it. Only added."""

    dispute = models.ForeignKey(
        Dispute, models.PROTECT, related_name="events", verbose_name=_("dispute")
    )
    step = models.CharField(_("step"), max_length=12, choices=DisputeStep)
    # The first decision, or the second one after it was opened once more.
    instance = models.PositiveSmallIntegerField(_("instance"), default=1)
    at = MomentField(_("at"))
    decide_by = MomentField(_("to be decided by"), null=True, blank=True)
    by = models.ForeignKey(
        User, models.PROTECT, db_index=False, null=True, blank=True, related_name="+",
        verbose_name=_("by"),
    )  # fmt: skip
    recorded_at = MomentField(_("recorded at"), default=timezone.now)

    class Meta:
        verbose_name = _("step of a dispute")
        verbose_name_plural = _("steps of disputes")
        ordering = ("dispute_id", "at", "pk")
        constraints: ClassVar = [
            within(
                "dispute_event_between_1990_and_2200", moments=["at", "decide_by", "recorded_at"]
            ),
            models.UniqueConstraint(
                name="dispute_step_once_an_instance", fields=["dispute", "step", "instance"]
            ),
            models.CheckConstraint(
                name="dispute_step_with_what_belongs_to_it",
                condition=Q(
                    step=DisputeStep.REOPENED, instance=2, decide_by__isnull=False,
                    by__isnull=False,
                )
                | Q(
                    step=DisputeStep.ACKNOWLEDGED, instance=1, decide_by__isnull=True,
                    by__isnull=False,
                )
                | Q(
                    step=DisputeStep.ESCALATED, instance__in=[1, 2], decide_by__isnull=True,
                    by__isnull=True,
                ),
            ),
        ]  # fmt: skip
        triggers: ClassVar = [
            append_only("dispute_event_only_added"),
            no_truncate("dispute_event_never_emptied"),
            refuses(
                "dispute_opened_once_more_after_its_decision",
                """NEW.step = 'reopened' AND NOT EXISTS (
                    SELECT FROM incentives_disputeruling AS r
                    LEFT JOIN incentives_adjustment AS a ON a.id = r.adjustment_id
                    WHERE r.dispute_id = NEW.dispute_id AND (a.id IS NULL OR EXISTS (
                        SELECT FROM incentives_journal AS j WHERE j.key = 'adjust:' || a.code)))""",
                "What is not decided is not opened once more.",
                rows=True,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dispute_id} {self.step}"


class DisputeRulingQuerySet(models.QuerySet["DisputeRuling"]):
    def in_effect(self) -> Self:
        """Those that count, with the moment from which on: a second person may have to approve."""
        journals = Journal.objects.filter(
            source="adjustment", source_key=OuterRef("adjustment__code")
        )
        booked = Subquery(journals.values("effective_at")[:1])
        found = self.annotate(booked_at=booked)
        return found.filter(Q(adjustment__isnull=True) | Q(booked_at__isnull=False)).annotate(
            in_effect_at=Coalesce("booked_at", "at")
        )

    def waiting(self) -> Self:
        """Those whose amount a second person has not looked at yet."""
        return self.filter(adjustment__isnull=False, adjustment__decision__isnull=True).exclude(
            pk__in=DisputeRuling.objects.in_effect().values("pk")
        )


class DisputeRuling(models.Model):
    """A decision about a dispute with its reason, and the amount that it adds. Only ever added.

    It takes effect with its adjustment: above the limit once a second person has approved that.
    """

    dispute = models.ForeignKey(
        Dispute, models.PROTECT, related_name="rulings", verbose_name=_("dispute")
    )
    instance = models.PositiveSmallIntegerField(_("instance"), default=1)
    # Another one only where the second person declined the amount of the one before.
    number = models.PositiveSmallIntegerField(_("number"), default=1)
    outcome = models.CharField(_("decision"), max_length=8, choices=DisputeOutcome)
    reason = models.CharField(_("reason"), max_length=1000)
    adjustment = models.OneToOneField(
        Adjustment, models.PROTECT, null=True, blank=True, related_name="ruling",
        verbose_name=_("adjustment"),
    )  # fmt: skip
    # What of the line waited and is never paid, because the adjustment takes it off.
    withheld = models.DecimalField(_("never paid"), db_default=0, **MONEY)
    by = models.ForeignKey(
        User, models.PROTECT, db_index=False, related_name="+", verbose_name=_("decided by")
    )
    at = MomentField(_("at"))
    recorded_at = MomentField(_("recorded at"), default=timezone.now)

    objects = DisputeRulingQuerySet.as_manager()

    class Meta:
        verbose_name = _("decision about a dispute")
        verbose_name_plural = _("decisions about disputes")
        ordering = ("dispute_id", "number")
        constraints: ClassVar = [
            within("dispute_ruling_between_1990_and_2200", moments=["at", "recorded_at"]),
            models.UniqueConstraint(
                name="dispute_ruling_numbered_once", fields=["dispute", "number"]
            ),
            models.CheckConstraint(
                name="dispute_ruling_has_an_amount_unless_refused",
                condition=Q(outcome=DisputeOutcome.REFUSED, adjustment__isnull=True)
                | Q(
                    outcome__in=[DisputeOutcome.UPHELD, DisputeOutcome.PARTIAL],
                    adjustment__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="dispute_ruling_has_a_reason", condition=~Q(reason="") & Q(instance__in=[1, 2])
            ),
            models.CheckConstraint(
                name="dispute_ruling_withholds_of_what_it_takes_off",
                condition=Q(withheld=0) | Q(withheld__gt=0, adjustment__isnull=False),
            ),
        ]
        triggers: ClassVar = [
            append_only("dispute_ruling_only_added"),
            no_truncate("dispute_ruling_never_emptied"),
            # One with an amount takes effect with the booking of that adjustment.
            chained(
                "dispute_ruling_is_chained",
                FactKind.DISPUTE,
                """
                SELECT d.dealer_id AS dealer, r.id, json_build_object(
                    'event', 'decided', 'dispute', d.code, 'instance', r.instance,
                    'number', r.number, 'outcome', r.outcome, 'adjustment', a.code, 'at', r.at,
                    'recorded', r.recorded_at,
                    'reason', encode(sha256(convert_to(r.reason, 'UTF8')), 'hex')) AS said
                FROM added AS r JOIN incentives_dispute AS d ON d.id = r.dispute_id
                LEFT JOIN incentives_adjustment AS a ON a.id = r.adjustment_id""",
            ),
            # Those before it were declined, or decided the first time and somebody else did.
            refuses(
                "dispute_ruling_follows_the_one_before",
                """NEW.number <> 1 + (SELECT count(*) FROM incentives_disputeruling
                    WHERE dispute_id = NEW.dispute_id)
                OR NEW.instance = 2 AND NOT EXISTS (SELECT FROM incentives_disputeevent
                    WHERE dispute_id = NEW.dispute_id AND step = 'reopened')
                OR EXISTS (SELECT FROM incentives_disputeruling AS r
                    LEFT JOIN incentives_adjustmentdecision AS d
                        ON d.adjustment_id = r.adjustment_id
                    WHERE r.dispute_id = NEW.dispute_id AND d.approved IS NOT FALSE
                    AND (r.instance = NEW.instance OR r.by_id = NEW.by_id))
                OR NEW.adjustment_id IS NOT NULL AND NOT EXISTS (
                    SELECT FROM incentives_adjustment AS a JOIN incentives_dispute AS d
                        ON d.dealer_id = a.dealer_id
                    WHERE (a.id, d.id) = (NEW.adjustment_id, NEW.dispute_id))""",
                "A dispute is decided once, and once more by somebody else.",
                rows=True,
            ),
            refuses(
                "dispute_ruling_withholds_what_can_be",
                f"""NEW.withheld > 0 AND EXISTS (
                    SELECT FROM incentives_dispute AS d
                    JOIN incentives_statement AS s ON s.id = d.statement_id
                    JOIN incentives_line AS l ON l.id = d.line_id
                    JOIN incentives_adjustment AS a ON a.id = NEW.adjustment_id
                    WHERE d.id = NEW.dispute_id
                    AND NEW.withheld > least(-a.amount, l.amount, s.payable - {TAKEN}))""",
                "What is never paid is taken off, and was not paid.",
                rows=True,
            ),
            # What was decided before and taken back since, or declined, gave nothing.
            refuses(
                "dispute_gives_no_more_than_is_asked_for",
                """EXISTS (
                    SELECT FROM (
                        SELECT coalesce(d.expected, CASE d.kind WHEN 'not_mine' THEN 0 END)
                            - l.amount AS asked, (
                            SELECT coalesce(sum(a.amount), 0) FROM incentives_adjustment AS a
                            LEFT JOIN incentives_adjustmentdecision AS said
                                ON said.adjustment_id = a.id
                            WHERE said.approved IS NOT FALSE AND (a.id = NEW.adjustment_id
                                OR a.id IN (SELECT adjustment_id FROM incentives_disputeruling
                                    WHERE dispute_id = d.id))
                            AND NOT EXISTS (SELECT FROM incentives_adjustment AS back
                                JOIN incentives_journal AS j ON j.key = 'adjust:' || back.code
                                WHERE back.reverses_id = a.id)) AS given
                        FROM incentives_dispute AS d
                        JOIN incentives_line AS l ON l.id = d.line_id
                        WHERE d.id = NEW.dispute_id) AS told
                    WHERE asked IS NOT NULL
                    AND given NOT BETWEEN least(asked, 0) AND greatest(asked, 0))""",
                "All decisions about a line give what the dealer asks for, or less.",
                rows=True,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dispute_id} {self.number}"

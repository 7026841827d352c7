"""Conflicts about whose customer somebody is: who says what, what the rules propose, who decided.

A case names nobody: the two sides stand beside it, each with its own dealer, and neither sees the
other's. Whoever decides sees A and B.
"""

import uuid
from datetime import datetime
from typing import ClassVar, Self

import pgtrigger
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models.erasures import erased, nothing_more_said, only_resealed_or_erased
from customers.models.orders import Order
from customers.models.ownership import Ownership
from customers.models.people import Identity
from customers.models.registrations import Registration
from dealers.bounds import MomentField, within
from dealers.codes import numbered
from dealers.models import Dealer, Membership, Store, User, store_of_dealer
from dealers.models.scopes import SeenByPosts
from dealers.sealed import SealedField
from dealers.triggers import (
    Kept,
    append_only,
    fixed,
    never_deleted,
    no_truncate,
)


def new_code() -> str:
    return numbered("C")


class CaseSource(models.TextChoices):
    DEALER = "dealer", _("Opened by a dealer")
    HQ = "hq", _("Opened by headquarters")
    SENSOR = "sensor", _("Headquarters touched a protected customer")


class CaseStage(models.TextChoices):
    EVIDENCE = "evidence", _("Both sides bring evidence")
    REVIEW = "review", _("Somebody uninvolved decides")
    DECIDED = "decided", _("Decided, an appeal is possible")
    APPEAL = "appeal", _("Decided anew after an appeal")
    CLOSED = "closed", _("Closed")


class Side(models.TextChoices):
    """A is whoever owns the customer, B whoever says otherwise."""

    A = "A", "A"
    B = "B", "B"


class CaseQuerySet(models.QuerySet["Case"]):
    def visible_to(self, membership: Membership | None) -> Self:
        """Those of the dealer; for a store post those of its store."""
        if membership is None or not membership.at_dealer:
            return self.none()
        mine = CaseSide.objects.visible_to(membership)
        return self.filter(pk__in=mine.values("case"))

    def to_review_by(self, user: User) -> Self:
        """Those that wait for this person's decision."""
        return self.filter(reviewer=user, stage__in=[CaseStage.REVIEW, CaseStage.APPEAL])

    def running(self) -> Self:
        return self.exclude(stage=CaseStage.CLOSED)

    def due(self, at: datetime) -> Self:
        """Those whose present step is over at ``at``."""
        return self.filter(
            Q(stage=CaseStage.EVIDENCE, evidence_until__lte=at)
            | Q(stage=CaseStage.REVIEW, decide_by__lte=at)
            | Q(stage=CaseStage.DECIDED, appeal_until__lte=at)
            | Q(stage=CaseStage.APPEAL, final_by__lte=at)
        )


class Case(models.Model):
    """Whose customer somebody is, in dispute between A and B."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.CharField(_("number"), max_length=12, unique=True, default=new_code)
    source = models.CharField(_("opened"), max_length=8, choices=CaseSource)
    identity = models.ForeignKey(
        Identity, models.PROTECT, related_name="cases", verbose_name=_("identity")
    )
    # From when on the customer's orders are in dispute; of a touched customer this order alone.
    since = MomentField(_("in dispute since"))
    order = models.ForeignKey(
        Order, models.PROTECT, null=True, blank=True, db_constraint=False, db_index=False,
        related_name="+", verbose_name=_("order"),
    )  # fmt: skip
    opened_at = MomentField(_("opened at"))
    recorded_at = MomentField(_("recorded at"), default=timezone.now)
    by = models.ForeignKey(
        User, models.PROTECT, db_index=False, null=True, blank=True, related_name="+",
        verbose_name=_("opened by"),
    )  # fmt: skip
    stage = models.CharField(
        _("stage"), max_length=8, choices=CaseStage, default=CaseStage.EVIDENCE
    )
    reviewer = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decides")
    )
    evidence_until = MomentField(_("evidence until"))
    decide_by = MomentField(_("decision by"), null=True, blank=True)
    appeal_until = MomentField(_("appeal until"), null=True, blank=True)
    final_by = MomentField(_("final decision by"), null=True, blank=True)
    closed_at = MomentField(_("closed at"), null=True, blank=True)
    # The clock then: until it, nobody but A was answered that the customer is theirs.
    closing_recorded_at = MomentField(_("closing recorded at"), null=True, blank=True)
    # Orders of months that were closed by then: they stay as paid, and headquarters adjusts.
    left_paid = models.PositiveIntegerField(_("orders of closed months"), default=0)

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        ordering = ("-opened_at", "-id")
        constraints: ClassVar = [
            within(
                "case_between_1990_and_2200",
                moments=[
                    "since", "opened_at", "recorded_at", "evidence_until", "decide_by",
                    "appeal_until", "final_by", "closed_at", "closing_recorded_at",
                ],
            ),
            models.CheckConstraint(
                name="case_source_is_known", condition=Q(source__in=CaseSource.values)
            ),
            models.CheckConstraint(
                name="case_stage_has_its_deadline",
                condition=Q(stage=CaseStage.EVIDENCE, decide_by__isnull=True)
                | Q(stage=CaseStage.REVIEW, decide_by__isnull=False, appeal_until__isnull=True)
                | Q(stage=CaseStage.DECIDED, appeal_until__isnull=False, final_by__isnull=True)
                | Q(stage=CaseStage.APPEAL, final_by__isnull=False)
                | Q(stage=CaseStage.CLOSED, appeal_until__isnull=False, closed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="case_is_closed_at_a_moment",
                condition=Q(stage=CaseStage.CLOSED, closed_at__isnull=False)
                | ~Q(stage=CaseStage.CLOSED) & Q(closed_at__isnull=True),
            ),
            models.UniqueConstraint(
                name="case_one_running_for_a_person",
                fields=["identity"],
                condition=~Q(stage=CaseStage.CLOSED),
            ),
        ]  # fmt: skip
        indexes: ClassVar = [
            # Those that something is due of.
            models.Index(
                fields=["evidence_until"], name="case_running",
                condition=~Q(stage=CaseStage.CLOSED),
            ),
        ]  # fmt: skip
        triggers: ClassVar = [
            fixed(
                "case_stays_as_opened", "code", "source", "identity", "since", "order",
                "opened_at", "recorded_at", "by", "evidence_until",
            ),
            never_deleted("case_never_deleted"),
            no_truncate("case_never_emptied"),
            pgtrigger.Protect(
                name="case_closed_stays_closed",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__stage=CaseStage.CLOSED),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.code

    def get_absolute_url(self) -> str:
        return reverse("customers:case", args=[self.pk])

    def opened_by(self, side: "CaseSide") -> bool:
        """Whether it was this side's dealer that opened it."""
        return self.source == CaseSource.DEALER and side.side == Side.B

    @property
    def due_at(self) -> datetime | None:
        """When the present step is over."""
        return {
            CaseStage.EVIDENCE: self.evidence_until,
            CaseStage.REVIEW: self.decide_by,
            CaseStage.DECIDED: self.appeal_until,
            CaseStage.APPEAL: self.final_by,
        }.get(CaseStage(self.stage))


class CaseSideQuerySet(SeenByPosts["CaseSide"]):
    """Sides of cases, each its own dealer's alone."""


class CaseSide(models.Model):
    """One of the two: only its own dealer sees which. The brand, as B, has none."""

    case = models.ForeignKey(
        Case, models.PROTECT, db_index=False, related_name="sides", verbose_name=_("case")
    )
    side = models.CharField(_("side"), max_length=1, choices=Side)
    dealer = models.ForeignKey(
        Dealer, models.PROTECT, db_constraint=False, related_name="+", verbose_name=_("dealer")
    )
    store = models.ForeignKey(
        Store, models.PROTECT, db_constraint=False, db_index=False, related_name="+",
        verbose_name=_("store"),
    )  # fmt: skip
    # What A has, and what B rests its claim on.
    ownership = models.ForeignKey(
        Ownership, models.PROTECT, null=True, blank=True, db_index=False, related_name="+",
        verbose_name=_("ownership"),
    )  # fmt: skip
    registration = models.ForeignKey(
        Registration, models.PROTECT, null=True, blank=True, db_index=False, related_name="+",
        verbose_name=_("registration"),
    )  # fmt: skip

    objects = CaseSideQuerySet.as_manager()

    class Meta:
        verbose_name = _("side of a case")
        verbose_name_plural = _("sides of cases")
        ordering = ("case_id", "side")
        constraints: ClassVar = [
            models.UniqueConstraint(name="case_side_once", fields=["case", "side"]),
            models.UniqueConstraint(name="case_between_two_dealers", fields=["case", "dealer"]),
            models.CheckConstraint(
                name="case_side_a_owns",
                condition=Q(side=Side.A, ownership__isnull=False)
                | Q(side=Side.B, ownership__isnull=True),
            ),
            store_of_dealer("case_side_store_is_the_dealers"),
        ]
        triggers: ClassVar = [
            append_only("case_side_only_added"),
            no_truncate("case_side_never_emptied"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.side}"

    @property
    def card_id(self) -> uuid.UUID | None:
        """The side's own card of the person; None where it rests its claim on no row."""
        rests_on = self.ownership or self.registration
        return rests_on.customer_id if rests_on is not None else None


class EvidenceKind(models.TextChoices):
    STATEMENT = "statement", _("What happened")
    IMAGE = "image", _("Picture")
    PDF = "pdf", _("PDF")
    APPEAL = "appeal", _("Why the decision is wrong")


class CaseEvidence(models.Model):
    """What a side says or shows, sealed with its dealer's key. Only ever added."""

    case = models.ForeignKey(
        Case, models.PROTECT, db_index=False, related_name="evidence", verbose_name=_("case")
    )
    side = models.CharField(_("side"), max_length=1, choices=Side)
    number = models.PositiveSmallIntegerField(_("number"))
    dealer = models.ForeignKey(
        Dealer, models.PROTECT, db_constraint=False, related_name="+", verbose_name=_("dealer")
    )
    identity = models.ForeignKey(
        Identity, models.PROTECT, db_constraint=False, related_name="+",
        verbose_name=_("identity"),
    )  # fmt: skip
    kind = models.CharField(_("kind"), max_length=10, choices=EvidenceKind)
    text_sealed = SealedField(_("text, encrypted"), null=True, blank=True)
    file_sealed = SealedField(_("file, encrypted"), null=True, blank=True)
    size = models.PositiveIntegerField(_("bytes"), default=0)
    by = models.ForeignKey(
        User, models.PROTECT, db_index=False, related_name="+", verbose_name=_("by")
    )
    at = MomentField(_("at"))

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        ordering = ("case_id", "side", "number")
        constraints: ClassVar = [
            within("case_evidence_between_1990_and_2200", moments=["at"]),
            models.UniqueConstraint(
                name="case_evidence_numbered_once", fields=["case", "side", "number"]
            ),
            models.UniqueConstraint(
                name="case_appealed_once",
                fields=["case"],
                condition=Q(kind=EvidenceKind.APPEAL),
            ),
            models.CheckConstraint(
                name="case_evidence_kind_is_known", condition=Q(kind__in=EvidenceKind.values)
            ),
            models.CheckConstraint(
                name="case_evidence_is_a_text_or_a_file",
                condition=Q(
                    kind__in=[EvidenceKind.STATEMENT, EvidenceKind.APPEAL], size=0
                ) | Q(kind__in=[EvidenceKind.IMAGE, EvidenceKind.PDF], size__gt=0),
            ),
        ]  # fmt: skip
        triggers: ClassVar = [
            Kept(name="case_evidence_only_added", exclude=["text_sealed", "file_sealed"]),
            nothing_more_said(
                "case_evidence_about_nobody_erased",
                "NEW.text_sealed IS NOT NULL OR NEW.file_sealed IS NOT NULL",
                gone=erased(),
            ),
            never_deleted("case_evidence_never_deleted"),
            no_truncate("case_evidence_never_emptied"),
            *(
                only_resealed_or_erased(
                    f"case_{column}_only_resealed_or_erased",
                    f"{column}_sealed",
                    "Evidence is sealed with another key, or erased, and never changes else.",
                    gone=erased(),
                )
                for column in ("text", "file")
            ),
        ]

    def __str__(self) -> str:
        # Never what a file was called: this text reaches pages that show no names.
        return f"{self.side}-{self.number}"

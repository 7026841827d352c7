"""What is decided about a case, by rules, people or silence; and what others learn of it."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models.cases import Case, CaseSource
from dealers.bounds import DayField, MomentField, within
from dealers.models import FactKind, User, chained
from dealers.models.receipts import kept_by_the_worker
from dealers.triggers import append_only, fixed, never_deleted, no_truncate


class CaseOutcome(models.TextChoices):
    KEEP = "keep", _("The customer stays with A")
    MOVE = "move", _("The customer goes to B")
    SPLIT = "split", _("The money is shared, the customer stays with A")
    VOID = "void", _("A's registration is void for fraud")


def _share_of_a_split(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        name=name,
        condition=Q(
            outcome=CaseOutcome.SPLIT, share__isnull=False, share__gte=0, share__lte=1
        ) | ~Q(outcome=CaseOutcome.SPLIT) & Q(share__isnull=True),
    )  # fmt: skip


class CaseProposal(models.Model):
    """What the rules say about the facts of a case, which are kept with it. Only ever added."""

    case = models.OneToOneField(
        Case, models.PROTECT, related_name="proposal", verbose_name=_("case")
    )
    outcome = models.CharField(_("outcome"), max_length=5, choices=CaseOutcome)
    share = models.DecimalField(
        _("share of A"), max_digits=7, decimal_places=6, null=True, blank=True
    )
    facts = models.JSONField(_("facts"))
    rules = models.JSONField(_("rules"))
    turns = models.JSONField(_("what would turn it"), null=True, blank=True)
    precedents = models.JSONField(_("similar cases"), default=list)
    at = MomentField(_("at"))

    class Meta:
        verbose_name = _("proposal")
        verbose_name_plural = _("proposals")
        ordering = ("-at", "-id")
        constraints: ClassVar = [
            within("case_proposal_between_1990_and_2200", moments=["at"]),
            models.CheckConstraint(
                name="case_proposal_outcome_is_known",
                condition=Q(outcome__in=CaseOutcome.values),
            ),
            _share_of_a_split("case_proposal_shares_a_split"),
        ]
        triggers: ClassVar = [
            append_only("case_proposal_only_added"),
            no_truncate("case_proposal_never_emptied"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.outcome}"


class CaseRuling(models.Model):
    """A decision about a case, by a person or by silence. Only ever added."""

    case = models.ForeignKey(
        Case, models.PROTECT, db_index=False, related_name="rulings", verbose_name=_("case")
    )
    instance = models.PositiveSmallIntegerField(_("instance"))  # 2: after the appeal
    outcome = models.CharField(_("outcome"), max_length=5, choices=CaseOutcome)
    share = models.DecimalField(
        _("share of A"), max_digits=7, decimal_places=6, null=True, blank=True
    )
    reason = models.CharField(_("reason"), max_length=1000, blank=True)
    # Empty: nobody decided in time, so the proposal takes effect.
    by = models.ForeignKey(
        User, models.PROTECT, db_index=False, null=True, blank=True, related_name="+",
        verbose_name=_("decided by"),
    )  # fmt: skip
    at = MomentField(_("at"))
    recorded_at = MomentField(_("recorded at"), default=timezone.now)

    class Meta:
        verbose_name = _("ruling")
        verbose_name_plural = _("rulings")
        ordering = ("case_id", "instance")
        constraints: ClassVar = [
            within("case_ruling_between_1990_and_2200", moments=["at", "recorded_at"]),
            models.UniqueConstraint(
                name="case_ruled_once_an_instance", fields=["case", "instance"]
            ),
            models.CheckConstraint(
                name="case_ruling_is_of_an_instance", condition=Q(instance__in=[1, 2])
            ),
            models.CheckConstraint(
                name="case_ruling_outcome_is_known", condition=Q(outcome__in=CaseOutcome.values)
            ),
            models.CheckConstraint(
                name="case_ruling_by_a_person_has_a_reason",
                condition=Q(by__isnull=True) | ~Q(reason=""),
            ),
            _share_of_a_split("case_ruling_shares_a_split"),
        ]
        triggers: ClassVar = [
            # Whoever decides does so by the worker, who asks whether it is their turn, and in time.
            *kept_by_the_worker("case_ruling"),
            # For both sides; who decided nobody learns, and the reason is known by its hash.
            chained(
                "case_ruling_is_chained",
                FactKind.RULING,
                """
                SELECT s.dealer_id AS dealer, r.id, json_build_object(
                    'case', c.code, 'side', s.side, 'instance', r.instance, 'outcome', r.outcome,
                    'share', r.share, 'silence', r.by_id IS NULL, 'opened', c.opened_at, 'at', r.at,
                    'recorded', r.recorded_at,
                    'reason', encode(sha256(convert_to(r.reason, 'UTF8')), 'hex')) AS said
                FROM added AS r JOIN customers_case AS c ON c.id = r.case_id
                JOIN customers_caseside AS s ON s.case_id = r.case_id""",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.instance} {self.outcome}"


class CaseReview(models.Model):
    """Who was asked to decide, and whether that person stepped aside."""

    case = models.ForeignKey(
        Case, models.PROTECT, db_index=False, related_name="reviews", verbose_name=_("case")
    )
    user = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("person"))
    instance = models.PositiveSmallIntegerField(_("instance"))
    at = MomentField(_("asked at"))
    left_at = MomentField(_("stepped aside at"), null=True, blank=True)

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        ordering = ("case_id", "at", "id")
        constraints: ClassVar = [
            within("case_review_between_1990_and_2200", moments=["at", "left_at"]),
            models.UniqueConstraint(name="case_reviewer_asked_once", fields=["case", "user"]),
        ]
        triggers: ClassVar = [
            fixed("case_review_stays_as_asked", "case", "user", "instance", "at"),
            never_deleted("case_review_never_deleted"),
            no_truncate("case_review_never_emptied"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.instance}"


class Precedent(models.Model):
    """A closed case without anybody in it, for everybody to find. Only ever added."""

    code = models.CharField(_("number"), max_length=12, unique=True)
    month = DayField(_("closed in"))
    source = models.CharField(_("opened"), max_length=8, choices=CaseSource)
    outcome = models.CharField(_("outcome"), max_length=5, choices=CaseOutcome)
    share = models.DecimalField(
        _("share of A"), max_digits=7, decimal_places=6, null=True, blank=True
    )
    rules = models.JSONField(_("rules"))
    # The strongest that each side had, by its place in the order of evidence.
    evidence_a = models.PositiveSmallIntegerField(_("evidence of A"), null=True, blank=True)
    evidence_b = models.PositiveSmallIntegerField(_("evidence of B"), null=True, blank=True)
    as_proposed = models.BooleanField(_("as the rules proposed"))
    by_silence = models.BooleanField(_("by silence"))
    appealed = models.BooleanField(_("after an appeal"))

    class Meta:
        verbose_name = _("precedent")
        verbose_name_plural = _("precedents")
        ordering = (F("month").desc(), "code")
        constraints: ClassVar = [
            within("precedent_between_1990_and_2200", days=["month"]),
            models.CheckConstraint(
                name="precedent_month_is_a_first_day", condition=Q(month__day=1)
            ),
            _share_of_a_split("precedent_shares_a_split"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["outcome", "-month"], name="precedent_outcome"),
        ]
        triggers: ClassVar = [
            append_only("precedent_only_added"),
            no_truncate("precedent_never_emptied"),
        ]

    def __str__(self) -> str:
        return self.code

"""Paying what statements say: where to, in which batch, and what the bank answered."""

import uuid
from typing import ClassVar, Self

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dealers.bounds import DayField, MomentField, NameField, legible, within
from dealers.models import Dealer, FactKind, User, chained
from dealers.models.scopes import SeenByOwners
from dealers.sealed import SealedField
from dealers.triggers import Kept, never_deleted, no_truncate, refuses, resealed
from incentives.models.amounts import MONEY
from incentives.models.payable import overpaid
from incentives.models.statements import Statement


class BankAccount(models.Model):
    """Where a dealer wants to be paid, as its owner gave it; the newest one counts. Only added.

    Sealed with the dealer's key: the owner sees the end of the number, and headquarters nothing
    but in the file for the bank.
    """

    SEALED = ("holder", "bank", "number")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    dealer = models.ForeignKey(
        Dealer, models.PROTECT, related_name="bank_accounts", verbose_name=_("dealer")
    )
    holder_sealed = SealedField(_("account holder"))
    bank_sealed = SealedField(_("bank and branch"))
    number_sealed = SealedField(_("account number"))
    entered_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("entered by")
    )
    entered_at = MomentField(_("entered at"))

    class Meta:
        verbose_name = _("bank account")
        verbose_name_plural = _("bank accounts")
        ordering = ("-entered_at", "-id")
        default_permissions = ("view",)
        constraints: ClassVar = [
            within("bank_account_between_1990_and_2200", moments=["entered_at"]),
        ]
        indexes: ClassVar = [
            models.Index(fields=["dealer", "-entered_at"], name="bank_account_newest"),
        ]
        triggers: ClassVar = [
            Kept(
                name="bank_account_only_added",
                exclude=["holder_sealed", "bank_sealed", "number_sealed"],
            ),
            never_deleted("bank_account_never_deleted"),
            no_truncate("bank_account_never_emptied"),
            *(
                refuses(
                    f"bank_account_{column}_only_resealed",
                    f"({resealed(f'{column}_sealed')}) IS NOT TRUE",
                    "Bank details are sealed with another key, and never change else.",
                    operation=pgtrigger.Update,
                    condition=pgtrigger.Condition(
                        f"OLD.{column}_sealed IS DISTINCT FROM NEW.{column}_sealed"
                    ),
                    rows=True,
                )
                for column in ("holder", "bank", "number")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dealer_id} {self.entered_at:%Y-%m-%d}"


class PayoutBatch(models.Model):
    """Payments that go to the bank together, once a second person approved them."""

    number = models.CharField(_("number"), max_length=30, unique=True)
    month = DayField(_("month"))  # the newest one that is paid in it
    currency = models.CharField(_("currency"), max_length=3)
    # Of the file for the bank, each: what it holds, its heading and its text.
    columns = models.JSONField(_("columns of the bank file"))
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("made by"))
    made_at = MomentField(_("made at"))
    approved_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("approved by"),
    )  # fmt: skip
    approved_at = MomentField(_("approved at"), null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("withdrawn by"),
    )  # fmt: skip
    withdrawn_at = MomentField(_("withdrawn at"), null=True, blank=True)

    class Meta:
        verbose_name = _("payout batch")
        verbose_name_plural = _("payout batches")
        ordering = ("-made_at", "-id")
        default_permissions = ("add", "change", "view")
        constraints: ClassVar = [
            within(
                "payout_batch_between_1990_and_2200",
                moments=["made_at", "approved_at", "withdrawn_at"],
                days=["month"],
            ),
            models.CheckConstraint(
                name="payout_batch_keeps_its_columns", condition=~Q(columns=[])
            ),
            models.CheckConstraint(
                name="payout_batch_approved_by_another",
                condition=Q(approved_by__isnull=True, approved_at__isnull=True)
                | Q(approved_by__isnull=False, approved_at__isnull=False)
                & ~Q(approved_by=F("made_by")),
            ),
            models.CheckConstraint(
                name="payout_batch_withdrawn_before_approval",
                condition=Q(withdrawn_by__isnull=True, withdrawn_at__isnull=True)
                | Q(
                    withdrawn_by__isnull=False, withdrawn_at__isnull=False,
                    approved_at__isnull=True,
                ),
            ),
        ]  # fmt: skip
        triggers: ClassVar = [
            Kept(
                name="payout_batch_stays",
                exclude=["approved_by", "approved_at", "withdrawn_by", "withdrawn_at"],
            ),
            pgtrigger.Protect(
                name="payout_batch_decided_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "coalesce(OLD.approved_at, OLD.withdrawn_at) IS NOT NULL"
                    " AND to_jsonb(OLD) <> to_jsonb(NEW)"
                ),
            ),
            # A line may have come into dispute since it was made.
            refuses(
                "payout_batch_approved_without_what_is_held",
                overpaid("SELECT statement_id FROM incentives_payout WHERE batch_id = NEW.id"),
                "What is in dispute is not paid.",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.approved_at IS NULL AND NEW.approved_at IS NOT NULL"
                ),
                rows=True,
            ),
            never_deleted("payout_batch_never_deleted"),
            no_truncate("payout_batch_never_emptied"),
        ]

    def __str__(self) -> str:
        return self.number


class PayoutState(models.TextChoices):
    """What became of a payment."""

    WAITING = "waiting", pgettext_lazy("payment", "Waiting")
    PAID = "paid", pgettext_lazy("payment", "Paid")
    FAILED = "failed", pgettext_lazy("payment", "Failed")
    WITHDRAWN = "withdrawn", pgettext_lazy("payment", "Withdrawn")


class PayoutQuerySet(SeenByOwners["Payout"]):
    def on_the_way(self) -> Self:
        """What was approved, and the bank has not answered."""
        return self.filter(state=PayoutState.WAITING, batch__approved_at__isnull=False)


class Payout(models.Model):
    """One try to pay a statement, or the part of it that can be paid.

    One that failed stays, and what it was to pay comes with the next batch; so does what waited for
    the decision of a dispute.
    """

    reference = models.CharField(_("payment reference"), max_length=40, unique=True)
    batch = models.ForeignKey(
        PayoutBatch, models.PROTECT, related_name="payouts", verbose_name=_("payout batch")
    )
    statement = models.ForeignKey(
        Statement, models.PROTECT, related_name="payouts", verbose_name=_("statement")
    )
    dealer = models.ForeignKey(
        Dealer, models.PROTECT, related_name="payouts", verbose_name=_("dealer")
    )
    bank_account = models.ForeignKey(
        BankAccount, models.PROTECT, related_name="payouts", verbose_name=_("bank account")
    )
    amount = models.DecimalField(_("amount"), **MONEY)
    state = models.CharField(
        _("state"), max_length=10, choices=PayoutState, default=PayoutState.WAITING
    )
    # As the bank says; the reason may be empty for what it paid.
    bank_on = DayField(_("on"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    answered_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("answer read by"),
    )  # fmt: skip
    answered_at = MomentField(_("answer read at"), null=True, blank=True)

    objects = PayoutQuerySet.as_manager()

    class Meta:
        verbose_name = _("payout")
        verbose_name_plural = _("payouts")
        ordering = ("reference",)
        default_permissions = ("view",)
        constraints: ClassVar = [
            within(
                "payout_between_1990_and_2200", moments=["answered_at"], days=["bank_on"]
            ),
            models.CheckConstraint(name="payout_pays_something", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="payout_answered_as_its_state_says",
                condition=Q(
                    state__in=[PayoutState.WAITING, PayoutState.WITHDRAWN], reason="",
                    bank_on__isnull=True, answered_by__isnull=True, answered_at__isnull=True,
                )
                | Q(
                    state__in=[PayoutState.PAID, PayoutState.FAILED], bank_on__isnull=False,
                    answered_by__isnull=False, answered_at__isnull=False,
                ),
            ),
        ]  # fmt: skip
        triggers: ClassVar = [
            Kept(
                name="payout_stays",
                exclude=["state", "bank_on", "reason", "answered_by", "answered_at"],
            ),
            pgtrigger.Protect(
                name="payout_answered_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.state <> 'waiting' AND to_jsonb(OLD) <> to_jsonb(NEW)"
                ),
            ),
            never_deleted("payout_never_deleted"),
            no_truncate("payout_never_emptied"),
            # With what its days are counted from: approval, and when there was an account.
            chained(
                "payout_answer_is_chained",
                FactKind.PAYMENT,
                """
                SELECT p.dealer_id AS dealer, p.id, json_build_object(
                    'payment', p.reference, 'statement', s.number, 'state', p.state,
                    'amount', p.amount::text, 'on', p.bank_on, 'at', p.answered_at,
                    'approved', e.released_at, 'account', (
                        SELECT min(a.entered_at) FROM incentives_bankaccount AS a
                        WHERE a.dealer_id = p.dealer_id)) AS said
                FROM added AS p JOIN before AS was ON was.id = p.id
                JOIN incentives_statement AS s ON s.id = p.statement_id
                LEFT JOIN incentives_statementrelease AS e ON e.run_id = s.run_id
                WHERE p.state IN ('paid', 'failed') AND was.state = 'waiting'""",
                when_changed=True,
            ),
            refuses(
                "payout_is_what_its_approved_statement_says",
                f"""EXISTS (
                    SELECT FROM added AS p
                    JOIN incentives_statement AS s ON s.id = p.statement_id
                    JOIN incentives_payoutbatch AS b ON b.id = p.batch_id
                    JOIN incentives_bankaccount AS a ON a.id = p.bank_account_id
                    LEFT JOIN incentives_statementrelease AS r ON r.run_id = s.run_id
                    WHERE r.id IS NULL OR b.approved_at IS NOT NULL OR b.withdrawn_at IS NOT NULL
                    OR (p.dealer_id, p.dealer_id, b.currency)
                        <> (s.dealer_id, a.dealer_id, s.currency))
                OR {overpaid("SELECT statement_id FROM added")}""",  # noqa: S608 -- our own
                "Payments are what their approved statement says, to the dealer of it.",
            ),
            refuses(
                "payout_answered_after_approval",
                """EXISTS (SELECT FROM incentives_payoutbatch AS b WHERE b.id = NEW.batch_id
                    AND (b.approved_at IS NULL) = (NEW.state IN ('paid', 'failed')))""",
                "The bank answers what was approved, and only that.",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("NEW.state <> OLD.state"),
                rows=True,
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class Cell(models.TextChoices):
    """What a column of the file for the bank holds."""

    REFERENCE = "reference", _("Payment reference")
    HOLDER = "holder", _("Account holder")
    BANK = "bank", _("Bank and branch")
    NUMBER = "number", _("Account number")
    AMOUNT = "amount", _("Amount")
    CURRENCY = "currency", _("Currency")
    STATEMENT = "statement", _("Statement number")
    DEALER = "dealer", _("Dealer code")
    TEXT = "text", _("Always the same text")


class BankFileColumn(models.Model):
    """A column of the file for the bank, in the order and with the heading that the bank wants."""

    position = models.PositiveSmallIntegerField(_("position"), unique=True)
    heading = NameField(_("heading"), max_length=60)
    cell = models.CharField(_("what it holds"), max_length=10, choices=Cell)
    text = NameField(
        _("text"), max_length=100, blank=True, help_text=_("Only for “Always the same text”.")
    )

    class Meta:
        verbose_name = _("column of the bank file")
        verbose_name_plural = _("columns of the bank file")
        ordering = ("position",)
        constraints: ClassVar = [
            legible("bank_file_column_is_legible", "heading", "text"),
            models.CheckConstraint(
                name="bank_file_column_cell_is_known", condition=Q(cell__in=Cell.values)
            ),
            models.CheckConstraint(
                name="bank_file_column_text_where_it_is_one",
                condition=Q(cell=Cell.TEXT) | Q(text=""),
                violation_error_message=_("A text goes with “Always the same text” only."),
            ),
        ]

    def __str__(self) -> str:
        return self.heading

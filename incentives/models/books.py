"""The double-entry books: accounts, and journals whose entries balance."""

from typing import ClassVar, Self

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dealers.bounds import MomentField, within
from dealers.models import Dealer, FactKind, User, chained
from dealers.triggers import append_only, found, knows_its_transaction, no_truncate, refuses
from incentives.models.amounts import MONEY
from incentives.models.bookings import ADJUSTED_OTHERWISE, REWARDED_OTHERWISE
from incentives.models.periods import Period, Run
from incentives.models.plans import Plan


class AccountKind(models.TextChoices):
    PAYABLE = "payable", _("Owed")
    EXPENSE = "expense", _("Incentives paid")
    INCOME = "income", _("Fees charged")
    OWN = "own", _("The brand's own money")


class Holder(models.TextChoices):
    """Whose account it is. Bank, clearing, withheld and rewards are the brand's, one of each."""

    DEALER = "dealer", _("Dealer")
    PERSON = "person", _("Person")
    PLAN = "plan", _("Plan")
    BANK = "bank", _("Bank")
    CLEARING = "clearing", _("Clearing")
    WITHHELD = "withheld", _("Withheld")
    REWARDS = "rewards", _("Rewards of boards")


class Account(models.Model):
    """One side of the books: what somebody is owed, what a plan costs or brings, own money."""

    kind = models.CharField(_("kind"), max_length=10, choices=AccountKind)
    holder = models.CharField(_("holder"), max_length=10, choices=Holder)
    dealer = models.ForeignKey(
        Dealer, models.PROTECT, null=True, blank=True, related_name="accounts",
        verbose_name=_("dealer"),
    )  # fmt: skip
    person = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="accounts",
        verbose_name=_("person"),
    )  # fmt: skip
    plan = models.ForeignKey(
        Plan, models.PROTECT, null=True, blank=True, related_name="accounts",
        verbose_name=_("plan"),
    )  # fmt: skip
    currency = models.CharField(_("currency"), max_length=3)

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="account_names_its_holder",
                condition=Q(
                    holder=Holder.DEALER, kind=AccountKind.PAYABLE, dealer__isnull=False,
                    person__isnull=True, plan__isnull=True,
                )
                | Q(
                    holder=Holder.PERSON, kind=AccountKind.PAYABLE, dealer__isnull=True,
                    person__isnull=False, plan__isnull=True,
                )
                | Q(
                    holder=Holder.PLAN, kind__in=[AccountKind.EXPENSE, AccountKind.INCOME],
                    dealer__isnull=True, person__isnull=True, plan__isnull=False,
                )
                | Q(
                    holder__in=[Holder.BANK, Holder.CLEARING, Holder.WITHHELD],
                    kind=AccountKind.OWN, dealer__isnull=True, person__isnull=True,
                    plan__isnull=True,
                )
                | Q(
                    holder=Holder.REWARDS, kind=AccountKind.EXPENSE, dealer__isnull=True,
                    person__isnull=True, plan__isnull=True,
                ),
            ),
            models.UniqueConstraint(
                name="account_once_a_kind_holder_and_currency",
                fields=["kind", "holder", "dealer", "person", "plan", "currency"],
                nulls_distinct=False,
            ),
        ]  # fmt: skip
        triggers: ClassVar = [
            append_only("account_only_added"),
            no_truncate("account_never_emptied"),
        ]

    def __str__(self) -> str:
        whose = self.dealer or self.person or self.plan or self.get_holder_display()
        return f"{self.get_kind_display()} · {whose}"


class Source(models.TextChoices):
    """What a journal books."""

    RUN = "run", _("Closed month")
    PAYOUT = "payout", _("Payout")
    ADJUSTMENT = "adjustment", _("Adjustment")
    DISPUTE = "dispute", _("Dispute")
    REWARD = "reward", pgettext_lazy("what a board gave", "Reward")


class JournalQuerySet(models.QuerySet["Journal"]):
    def of_run(self, run: Run) -> Self:
        """What the closing of a month booked."""
        return self.filter(source=Source.RUN, source_key=run.name)


# The entries of one statement are looked at together: a closing books them by the thousand.
_OPEN_PERIOD = (
    " PERFORM 1 FROM incentives_period WHERE month IN ({months}) FOR SHARE;"
    " IF EXISTS (SELECT 1 FROM incentives_period"
    " WHERE month IN ({months}) AND closed_run_id IS NOT NULL) THEN"
    " RAISE EXCEPTION 'A closed period takes no more entries: %', TG_NAME; END IF;"
    " RETURN NULL;"
)


def _only_in_an_open_period(name: str, months: str) -> pgtrigger.Trigger:
    """A trigger that refuses what is booked in a closed period, or while it is being closed."""
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        referencing=pgtrigger.Referencing(new="added"),
        func=_OPEN_PERIOD.format(months=months),
    )


class Journal(models.Model):
    """A booking: entries of one currency that add up to zero. Only ever added."""

    key = models.CharField(_("key"), max_length=120)
    content = models.BinaryField(_("content hash"))
    period = models.ForeignKey(
        Period, models.PROTECT, db_column="month", db_index=False, related_name="journals",
        verbose_name=_("booked in"),
    )  # fmt: skip
    # What was booked: a run's month, later the number of a payout, adjustment or dispute.
    source = models.CharField(_("source"), max_length=10, choices=Source)
    source_key = models.CharField(_("number of the source"), max_length=60)
    currency = models.CharField(_("currency"), max_length=3)
    effective_at = MomentField(_("effective at"))
    recorded_at = MomentField(_("recorded at"), default=timezone.now)
    # The one that this takes back whole; what is right is booked anew beside it.
    reverses = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="reversed_by",
        verbose_name=_("takes back"),
    )  # fmt: skip
    # Nobody: the worker. Where two people are asked for, the second one is named.
    made_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, db_index=False, related_name="+",
        verbose_name=_("made by"),
    )  # fmt: skip
    approved_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, db_index=False, related_name="+",
        verbose_name=_("approved by"),
    )  # fmt: skip
    # Number of the transaction that booked it, which alone adds entries to it.
    written_in = models.BigIntegerField(db_default=0, editable=False)

    objects = JournalQuerySet.as_manager()

    class Meta:
        verbose_name = _("journal")
        verbose_name_plural = _("journals")
        ordering = ("-recorded_at", "-id")
        constraints: ClassVar = [
            within("journal_between_1990_and_2200", moments=["effective_at", "recorded_at"]),
            models.UniqueConstraint(name="journal_key_used_once", fields=["key"]),
            models.CheckConstraint(
                name="journal_approved_by_another",
                condition=Q(approved_by__isnull=True)
                | Q(made_by__isnull=False) & ~Q(approved_by=F("made_by")),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["source", "source_key"], name="journal_source"),
        ]
        triggers: ClassVar = [
            append_only("journal_only_added"),
            no_truncate("journal_never_emptied"),
            knows_its_transaction("journal_knows_its_transaction", "written_in"),
            _only_in_an_open_period("journal_in_an_open_period", "SELECT month FROM added"),
            pgtrigger.Trigger(
                name="journal_has_entries_that_balance",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                func=(
                    "IF (SELECT count(*) < 2 OR sum(amount) <> 0 FROM incentives_entry"
                    " WHERE journal_id = NEW.id) THEN"
                    " RAISE EXCEPTION 'Journal % does not balance: %', NEW.key, TG_NAME; END IF;"
                    " RETURN NULL;"
                ),
            ),
            pgtrigger.Trigger(
                name="journal_takes_back_the_whole",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                condition=pgtrigger.Q(new__reverses__isnull=False),
                func=(
                    "IF EXISTS (SELECT FROM incentives_entry"
                    " WHERE journal_id IN (NEW.id, NEW.reverses_id)"
                    " GROUP BY account_id HAVING sum(amount) <> 0) THEN"
                    " RAISE EXCEPTION 'Journal % takes back another amount: %',"
                    " NEW.key, TG_NAME; END IF;"
                    " RETURN NULL;"
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.key


class Entry(models.Model):
    """One amount on one account; credits are positive on what is owed to a dealer.

    No foreign keys in the database: journals and accounts are never deleted, and the trigger that
    compares their currencies misses what is not there.
    """

    journal = models.ForeignKey(
        Journal, models.PROTECT, db_constraint=False, related_name="entries",
        verbose_name=_("journal"),
    )  # fmt: skip
    account = models.ForeignKey(
        Account, models.PROTECT, db_constraint=False, related_name="entries",
        verbose_name=_("account"),
    )  # fmt: skip
    amount = models.DecimalField(_("amount"), **MONEY)

    class Meta:
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        constraints: ClassVar = [
            models.CheckConstraint(name="entry_amount_is_not_zero", condition=~Q(amount=0)),
        ]
        triggers: ClassVar = [
            append_only("entry_only_added"),
            no_truncate("entry_never_emptied"),
            # What a journal books for a dealer, as the sum of its accounts.
            chained(
                "entry_is_chained",
                FactKind.BOOKING,
                """
                SELECT a.dealer_id AS dealer, j.id, json_build_object(
                    'journal', j.id, 'source', j.source, 'month', j.month,
                    'key', j.key, 'currency', j.currency, 'amount', sum(e.amount)::text,
                    'effective', j.effective_at, 'recorded', j.recorded_at,
                    'reverses', j.reverses_id) AS said
                FROM added AS e JOIN incentives_account AS a ON a.id = e.account_id
                JOIN incentives_journal AS j ON j.id = e.journal_id
                WHERE a.dealer_id IS NOT NULL
                GROUP BY a.dealer_id, j.id""",
            ),
            _only_in_an_open_period(
                "entry_in_an_open_period",
                "SELECT j.month FROM added JOIN incentives_journal j ON j.id = added.journal_id",
            ),
            refuses(
                "entry_of_an_adjustment_as_decided",
                found(ADJUSTED_OTHERWISE),
                "An adjustment is booked as it was proposed and, above the limit, approved.",
            ),
            refuses(
                "entry_of_a_reward_as_settled",
                found(REWARDED_OTHERWISE),
                "A reward is booked as it was settled and, if it was held, released.",
            ),
            # So that the journal alone, and not each of its entries, is added up in the end.
            refuses(
                "entry_booked_with_its_journal",
                found("""
                    SELECT FROM added AS e JOIN incentives_journal AS j ON j.id = e.journal_id
                    WHERE j.written_in <> pg_current_xact_id()::text::bigint
                    UNION ALL
                    SELECT FROM (
                        SELECT FROM incentives_entry AS e
                        WHERE e.journal_id IN (SELECT journal_id FROM added)
                            AND e.id NOT IN (SELECT id FROM added)
                        GROUP BY e.journal_id HAVING sum(e.amount) = 0) AS whole"""),
                "A journal that is booked takes no more entries.",
            ),
            refuses(
                "entry_in_the_currency_of_its_journal",
                found("""
                    SELECT FROM added AS e LEFT JOIN incentives_account AS a ON a.id = e.account_id
                    LEFT JOIN incentives_journal AS j ON j.id = e.journal_id
                    WHERE j.id IS NULL OR a.currency IS DISTINCT FROM j.currency"""),
                "An entry is of a journal and an account on file; a journal has one currency.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.amount}"

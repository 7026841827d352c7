"""What a dealer is told of a closed month, and the documents of it."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dealers.bounds import MomentField, within
from dealers.models import Dealer, FactKind, User, chained
from dealers.models.receipts import hash_of_words
from dealers.models.scopes import SeenByOwners
from dealers.months import key as month_key
from dealers.triggers import append_only, no_truncate, refuses
from incentives.models.amounts import MONEY
from incentives.models.bookings import GIVEN
from incentives.models.books import Journal
from incentives.models.components import plan_words_sql
from incentives.models.periods import Run, in_an_open_run

# All that a statement says and what its total rests on: results, each with the hash of its version
# as it is at that moment, so that whoever edits a plan shows, what people adjusted, and rewards.
_TOLD = f"""
    WITH plan AS MATERIALIZED (
        SELECT v.id, {hash_of_words(plan_words_sql("v"))} AS rules
        FROM incentives_planversion AS v)
    SELECT s.dealer_id AS dealer, s.id, json_build_object(
        'number', s.number, 'month', r.month, 'journal', s.journal_id,
        'currency', s.currency, 'opening', s.opening::text, 'total', s.total::text,
        'adjusted', s.adjusted::text, 'set_off', s.set_off::text,
        'payable', s.payable::text, 'closing', s.closing::text,
        'clawback', s.clawback::text, 'opening_back', s.opening_back::text,
        'closing_back', s.closing_back::text, 'code', s.code, 'issued', s.issued_at,
        'adjustments', (
            SELECT json_agg(json_build_object('number', given.code, 'amount', (
                SELECT sum(e.amount)::text FROM incentives_entry AS e
                JOIN incentives_account AS a ON a.id = e.account_id
                WHERE e.journal_id = booked.id AND a.dealer_id = s.dealer_id))
                ORDER BY booked.id)
            FROM {GIVEN} AS given
            JOIN incentives_journal AS booked ON booked.key = given.key
            WHERE given.dealer_id = s.dealer_id AND booked.month = r.month),
        'results', (
            SELECT json_agg(json_build_object(
                'plan', c.version_id, 'rules', plan.rules, 'component', c.code,
                'month', given.for_month, 'adjustment', given.adjustment, 'lines', given.count,
                'base', given.base::text, 'amount', given.amount::text)
                ORDER BY c.version_id, c.id, given.for_month, given.adjustment)
            FROM incentives_result AS given JOIN incentives_component AS c
                ON c.id = given.component_id
            LEFT JOIN plan ON plan.id = c.version_id
            WHERE given.run_id = s.run_id AND given.dealer_id = s.dealer_id)) AS said
    FROM added AS s JOIN incentives_run AS r ON r.id = s.run_id"""  # noqa: S608 -- our own text


class StatementQuerySet(SeenByOwners["Statement"]):
    def without_document(self) -> Self:
        """Statements whose PDF the worker has not made yet."""
        return self.filter(documents__isnull=True)


class Statement(models.Model):
    """What a dealer earned in a closed month; its lines are the run's results of that dealer."""

    number = models.CharField(_("number"), max_length=60, unique=True)
    run = models.ForeignKey(
        Run, models.PROTECT, related_name="statements", verbose_name=_("closed month")
    )
    dealer = models.ForeignKey(
        Dealer, models.PROTECT, related_name="statements", verbose_name=_("dealer")
    )
    journal = models.OneToOneField(
        Journal, models.PROTECT, null=True, blank=True, related_name="statement",
        verbose_name=_("journal"),
    )  # fmt: skip
    currency = models.CharField(_("currency"), max_length=3)
    # Carried over from the month before (never positive), this month's total, what of it people
    # added or took off by adjustments or boards gave as rewards, and what is left.
    opening = models.DecimalField(_("carried over"), **MONEY)
    total = models.DecimalField(_("total of the month"), **MONEY)
    adjusted = models.DecimalField(_("adjustments in it"), default=0, **MONEY)
    # What of earlier statements is never paid, as a dispute was decided: the adjustment that takes
    # it off is in the total, and this makes up for it.
    set_off = models.DecimalField(_("never paid, so not taken off"), db_default=0, **MONEY)
    payable = models.DecimalField(_("to be paid"), **MONEY)
    closing = models.DecimalField(_("carried forward"), **MONEY)
    # What takes back from what was paid out already: in this month's total, and in what was carried
    # over and is carried forward. Of a statement it takes half at most.
    clawback = models.DecimalField(_("taken back of what was paid"), db_default=0, **MONEY)
    opening_back = models.DecimalField(_("carried over of what was paid"), db_default=0, **MONEY)
    closing_back = models.DecimalField(_("carried forward of what was paid"), db_default=0, **MONEY)
    code = models.CharField(_("verification code"), max_length=20, unique=True)
    issued_at = MomentField(pgettext_lazy("of a statement", "issued at"), default=timezone.now)

    objects = StatementQuerySet.as_manager()

    class Meta:
        verbose_name = _("statement")
        verbose_name_plural = _("statements")
        ordering = ("-issued_at", "number")
        constraints: ClassVar = [
            within("statement_between_1990_and_2200", moments=["issued_at"]),
            models.UniqueConstraint(
                name="statement_one_a_dealer_and_month", fields=["run", "dealer"]
            ),
            models.CheckConstraint(
                name="statement_adds_up",
                condition=Q(opening__lte=0, payable__gte=0, closing__lte=0, set_off__gte=0)
                & Q(payable=F("opening") + F("total") + F("set_off") - F("closing")),
            ),
            models.CheckConstraint(
                name="statement_carries_part_of_what_it_carries",
                condition=Q(clawback__lte=0, opening_back__lte=0, closing_back__lte=0)
                & Q(opening_back__gte=F("opening"), closing_back__gte=F("closing")),
            ),
            # What is taken is what was to be taken less what is carried forward.
            models.CheckConstraint(
                name="statement_takes_back_half_at_most",
                condition=Q(payable=0)
                | Q(
                    closing=F("closing_back"),
                    closing_back__gte=F("opening_back") + F("clawback"),
                    closing_back__lte=F("opening_back") + F("clawback") + F("payable"),
                ),
            ),
        ]
        triggers: ClassVar = [
            append_only("statement_only_added"),
            no_truncate("statement_never_emptied"),
            chained(
                "statement_is_chained",
                FactKind.STATEMENT,
                _TOLD,
            ),
            in_an_open_run("statement_in_an_open_run", "SELECT run_id FROM added"),
            refuses(
                "statement_total_is_its_results_and_journal",
                f"""EXISTS (
                    SELECT FROM added AS s JOIN incentives_run AS r ON r.id = s.run_id
                    LEFT JOIN incentives_journal AS j ON j.id = s.journal_id
                    WHERE s.total - s.adjusted <> (
                        SELECT coalesce(sum(amount), 0) FROM incentives_result
                        WHERE run_id = s.run_id AND dealer_id = s.dealer_id)
                    OR s.total - s.adjusted <> (
                        SELECT coalesce(sum(e.amount), 0) FROM incentives_entry AS e
                        JOIN incentives_account AS a ON a.id = e.account_id
                        WHERE e.journal_id = s.journal_id AND a.dealer_id = s.dealer_id)
                    OR s.adjusted <> (
                        SELECT coalesce(sum(e.amount), 0) FROM {GIVEN} AS given
                        JOIN incentives_journal AS booked ON booked.key = given.key
                        JOIN incentives_entry AS e ON e.journal_id = booked.id
                        JOIN incentives_account AS a ON a.id = e.account_id
                        WHERE given.dealer_id = s.dealer_id AND a.dealer_id = s.dealer_id
                        AND booked.month = r.month)
                    OR s.set_off <> (
                        SELECT coalesce(sum(said.withheld), 0) FROM incentives_disputeruling AS said
                        JOIN incentives_adjustment AS off ON off.id = said.adjustment_id
                        JOIN incentives_journal AS booked ON booked.key = 'adjust:' || off.code
                        WHERE off.dealer_id = s.dealer_id AND booked.month = r.month)
                    OR (j.currency, j.source, j.month) <> (s.currency, 'run', r.month))""",  # noqa: S608
                "A statement is what its month gave, as it is booked.",
            ),
            refuses(
                "statement_carries_what_was_left",
                """EXISTS (
                    SELECT FROM added AS s JOIN incentives_run AS r ON r.id = s.run_id
                    LEFT JOIN LATERAL (
                        SELECT before.closing, before.closing_back
                        FROM incentives_statement AS before
                        JOIN incentives_run AS earlier ON earlier.id = before.run_id
                        WHERE before.dealer_id = s.dealer_id AND earlier.month < r.month
                        ORDER BY earlier.month DESC LIMIT 1) AS left_over ON true
                    WHERE (s.opening, s.opening_back) IS DISTINCT FROM
                        (coalesce(left_over.closing, 0), coalesce(left_over.closing_back, 0)))""",
                "A statement begins with what the one before left.",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("incentives:statement", args=[month_key(self.run.month)])


class StatementRelease(models.Model):
    """A closed month's statements approved for payment by a second person. Only ever added."""

    run = models.OneToOneField(
        Run, models.PROTECT, related_name="release", verbose_name=_("closed month")
    )
    released_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("approved by")
    )
    released_at = MomentField(_("approved at"))

    class Meta:
        verbose_name = _("approval of statements")
        verbose_name_plural = _("approvals of statements")
        ordering = ("-released_at",)
        constraints: ClassVar = [
            within("statement_release_between_1990_and_2200", moments=["released_at"]),
        ]
        triggers: ClassVar = [
            append_only("statement_release_only_added"),
            no_truncate("statement_release_never_emptied"),
            refuses(
                "statement_release_by_another_after_closing",
                """EXISTS (
                    SELECT FROM added AS a JOIN incentives_run AS r ON r.id = a.run_id
                    WHERE a.released_by_id = r.closed_by_id OR a.released_at < r.closed_at)""",
                "Somebody else than who closed the month approves its statements.",
            ),
        ]

    def __str__(self) -> str:
        return self.run.name


class Acknowledgement(models.Model):
    """An owner saw a statement and says so. Only ever added."""

    statement = models.OneToOneField(
        Statement, models.PROTECT, related_name="acknowledgement", verbose_name=_("statement")
    )
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = MomentField(_("at"))

    class Meta:
        verbose_name = _("acknowledgement")
        verbose_name_plural = _("acknowledgements")
        ordering = ("-at",)
        constraints: ClassVar = [
            within("acknowledgement_between_1990_and_2200", moments=["at"]),
        ]
        triggers: ClassVar = [
            append_only("acknowledgement_only_added"),
            no_truncate("acknowledgement_never_emptied"),
        ]

    def __str__(self) -> str:
        return str(self.statement)


class StatementDocument(models.Model):
    """The PDF of a statement in one language, made once by the worker. Only ever added."""

    statement = models.ForeignKey(
        Statement, models.PROTECT, related_name="documents", verbose_name=_("statement")
    )
    language = models.CharField(_("language"), max_length=10)
    pdf = models.BinaryField(_("PDF"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    pages = models.PositiveSmallIntegerField(_("pages"))
    # Of the statement's file of lines, as it stands on the paper; earlier ones have none here.
    lines_sha256 = models.CharField(
        _("SHA-256 of the lines"), max_length=64, blank=True, default=""
    )
    made_at = MomentField(_("made at"), default=timezone.now)

    class Meta:
        verbose_name = _("statement document")
        verbose_name_plural = _("statement documents")
        constraints: ClassVar = [
            within("statement_document_between_1990_and_2200", moments=["made_at"]),
            models.UniqueConstraint(
                name="statement_document_one_a_language",
                fields=["statement", "language"],
            ),
        ]
        triggers: ClassVar = [
            append_only("statement_document_only_added"),
            no_truncate("statement_document_never_emptied"),
            chained(
                "statement_document_is_chained",
                FactKind.DOCUMENT,
                """
                SELECT s.dealer_id AS dealer, d.id, json_build_object(
                    'number', s.number, 'language', d.language, 'sha256', d.sha256,
                    'lines', json_build_object('sha256', nullif(d.lines_sha256, '')),
                    'pages', d.pages, 'made', d.made_at) AS said
                FROM added AS d JOIN incentives_statement AS s ON s.id = d.statement_id""",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.statement} {self.language}"

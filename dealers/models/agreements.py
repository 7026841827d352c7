"""The agreement between the brand and each dealer: its versions, and what owners answered to them.

A version is a draft until it is published, and from then on never changes. Its words, in both
languages and with everything that it says, are put together by the database: by their hash, which
stands in the dealer's chain, the owner proves what was signed.
"""

from typing import ClassVar, Self

import pgtrigger
from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Count, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dealers.bounds import DayField, MomentField, NameField, at_most, legible, within
from dealers.models.network import Dealer
from dealers.models.people import User
from dealers.models.publishing import (
    AT_HEADQUARTERS,
    MOMENTS,
    NEWLY,
    Publication,
    PublicationQuerySet,
    approved_by_somebody_else,
    published_never_changes,
    steps_in_order,
    tested_as_it_is,
)
from dealers.models.receipts import FactKind, chained, hash_of_words
from dealers.sayings import in_language
from dealers.triggers import append_only, chosen_by_the_owner, no_truncate, refuses

LONGEST = 60_000  # letters of the full text in one language
USUAL_NOTICE, LONGEST_NOTICE = 14, 365  # days
FORMAT = "portal-agreement/1"

_LINES = _("One in each line.")
_NOT_NOW = "NEW.at < clock_timestamp() - interval '1 hour'"


class AgreementVersionQuerySet(PublicationQuerySet["AgreementVersion"]):
    def with_signatures(self) -> Self:
        """For each version how many dealers have signed it, of how many."""
        given = AgreementAnswer.objects.signed().filter(version=OuterRef("pk"))
        return self.annotate(
            signatures=_counted(given.order_by().values("version")),
            dealers=_counted(Dealer.objects.order_by().annotate(one=Value(1)).values("one")),
        )


def _counted(rows: models.QuerySet) -> Coalesce:
    return Coalesce(Subquery(rows.annotate(number=Count("pk")).values("number")), 0)


class AgreementVersion(Publication):
    """The agreement as it is offered to every dealer from a day on. Published it never changes."""

    name = NameField(pgettext_lazy("of an agreement", "version"), max_length=40)
    title = NameField(_("title"), max_length=120)
    title_en = NameField(_("title in English"), max_length=120)
    starts_on = DayField(_("applies from"))
    required = models.BooleanField(
        _("registering waits for a signature"),
        default=True,
        help_text=_(
            "A dealer whose owner has signed no version at all registers nobody from that day on."
            " Who has signed an earlier one goes on under it."
        ),
    )
    notice_days = models.PositiveSmallIntegerField(
        _("notice, days"),
        default=USUAL_NOTICE,
        validators=[MaxValueValidator(LONGEST_NOTICE)],
        help_text=_(
            "Where registering waits: owners can read and sign it so many days before that day at"
            " the latest. No later version gives fewer."
        ),
    )
    hq_duties = models.TextField(_("what the brand does"), max_length=4000, help_text=_LINES)
    hq_duties_en = models.TextField(_("what the brand does, in English"), max_length=4000)
    dealer_duties = models.TextField(_("what the dealer does"), max_length=4000, help_text=_LINES)
    dealer_duties_en = models.TextField(_("what the dealer does, in English"), max_length=4000)
    text = models.TextField(_("full text"), max_length=LONGEST)
    text_en = models.TextField(_("full text in English"), max_length=LONGEST)
    words = models.TextField(_("words that are signed"), editable=False, default="")

    objects = AgreementVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version of the agreement")
        verbose_name_plural = _("versions of the agreement")
        ordering = ("-starts_on", "-id")
        constraints: ClassVar = [
            within("agreement_between_1990_and_2200", moments=MOMENTS, days=["starts_on"]),
            legible("agreement_names_are_legible", "name", "title", "title_en"),
            at_most("agreement_notice_is_at_most_a_year", notice_days=LONGEST_NOTICE),
            models.UniqueConstraint(
                name="agreement_one_published_a_start_day",
                fields=["starts_on"],
                condition=Q(published_at__isnull=False),
                violation_error_message=_("A published version starts on that day already."),
            ),
            models.UniqueConstraint(
                name="agreement_one_published_a_name",
                fields=["name"],
                condition=Q(published_at__isnull=False),
                violation_error_message=_("A published version has that name already."),
            ),
            steps_in_order("agreement_steps_in_order"),
        ]
        triggers: ClassVar = [
            *published_never_changes("agreement_published"),
            tested_as_it_is("agreement_tested_as_it_is"),
            approved_by_somebody_else("agreement_approved_by_somebody_else", "true"),
            refuses(
                "agreement_published_before_it_applies",
                f"{NEWLY} AND NEW.starts_on < {AT_HEADQUARTERS}",
                "Nobody agrees to what applied before it was published.",
                operation=pgtrigger.Insert | pgtrigger.Update,
                rows=True,
            ),
            refuses(
                "agreement_asked_for_with_notice",
                f"""{NEWLY} AND NEW.required
                AND NEW.starts_on < {AT_HEADQUARTERS} + NEW.notice_days""",
                "Owners can read it before their stores wait for a signature.",
                operation=pgtrigger.Insert | pgtrigger.Update,
                rows=True,
            ),
            refuses(
                "agreement_notice_never_gets_shorter",
                f"""{NEWLY} AND NEW.notice_days < (
                    SELECT max(r.notice_days) FROM dealers_agreementversion AS r
                    WHERE r.published_at IS NOT NULL AND r.id <> NEW.id)""",  # noqa: S608 -- ours
                "A version that was published promised more days of notice.",
                operation=pgtrigger.Insert | pgtrigger.Update,
                rows=True,
            ),
            pgtrigger.Trigger(
                name="agreement_has_its_words",
                operation=pgtrigger.Insert | pgtrigger.Update,
                when=pgtrigger.Before,
                func="""
                NEW.words := json_build_object(
                    'version', NEW.name, 'applies_from', NEW.starts_on,
                    'title', NEW.title, 'title_en', NEW.title_en,
                    'brand', NEW.hq_duties, 'brand_en', NEW.hq_duties_en,
                    'dealer', NEW.dealer_duties, 'dealer_en', NEW.dealer_duties_en,
                    'text', NEW.text, 'text_en', NEW.text_en);
                RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.local_title} {self.name}"

    @property
    def local_title(self) -> str:
        return in_language(self.title, self.title_en)

    @property
    def local_text(self) -> str:
        return in_language(self.text, self.text_en)

    @property
    def brand_does(self) -> list[str]:
        return _each(in_language(self.hq_duties, self.hq_duties_en))

    @property
    def dealer_does(self) -> list[str]:
        return _each(in_language(self.dealer_duties, self.dealer_duties_en))

    @property
    def line(self) -> str:
        """The words that are signed, as a file that proves them has them."""
        return f"{FORMAT} {self.pk} {self.words}"


def _each(lines: str) -> list[str]:
    return [line.strip() for line in lines.splitlines() if line.strip()]


class AgreementAnswerQuerySet(models.QuerySet["AgreementAnswer"]):
    def signed(self) -> Self:
        return self.filter(signed=True)

    def of(self, dealer_id: int) -> Self:
        """What a dealer's owners answered, the newest first, each with its version."""
        return self.filter(dealer=dealer_id).select_related("version", "by")


class AgreementAnswer(models.Model):
    """A dealer's owner signed a version, or said no to it. Only ever added."""

    dealer = models.ForeignKey(
        Dealer, models.PROTECT, db_index=False, related_name="+", verbose_name=_("dealer")
    )
    version = models.ForeignKey(
        AgreementVersion, models.PROTECT, related_name="answers", verbose_name=_("version")
    )
    by = models.ForeignKey(
        User, models.PROTECT, db_index=False, related_name="+", verbose_name=_("person")
    )
    at = MomentField(_("at"), default=timezone.now)
    signed = models.BooleanField(_("signed"))
    name = NameField(_("signed as"), max_length=80, blank=True)
    language = models.CharField(_("language"), max_length=10)
    second_factor = models.BooleanField(
        _("second factor shown"), help_text=_("Not where the portal asks nobody for one.")
    )
    sha256 = models.CharField(_("SHA-256"), max_length=64, editable=False, default="")

    objects = AgreementAnswerQuerySet.as_manager()

    class Meta:
        verbose_name = _("answer to the agreement")
        verbose_name_plural = _("answers to the agreement")
        ordering = ("-at", "-id")
        constraints: ClassVar = [
            within("agreement_answer_between_1990_and_2200", moments=["at"]),
            legible("agreement_answer_name_is_legible", "name"),
            models.UniqueConstraint(
                name="agreement_answered_once_each_way", fields=["dealer", "version", "signed"]
            ),
            models.CheckConstraint(
                name="agreement_signed_with_a_name",
                condition=Q(signed=True) & ~Q(name="") | Q(signed=False, name=""),
            ),
        ]
        indexes: ClassVar = [
            # What the engine and the counter ask: whether a dealer had signed by then.
            models.Index(fields=["dealer", "at"], name="agreement_signed", condition=Q(signed=True))
        ]
        triggers: ClassVar = [
            append_only("agreement_answer_only_added"),
            no_truncate("agreement_answer_never_emptied"),
            chosen_by_the_owner("agreement_answered_by_its_owner"),
            # Before those that compare: in the order of their names.
            pgtrigger.Trigger(
                name="agreement_answer_has_its_hash",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func=f"""
                SELECT {hash_of_words("words")} INTO NEW.sha256
                FROM dealers_agreementversion WHERE id = NEW.version_id;
                RETURN NEW;
                """,  # noqa: S608 -- our own text
            ),
            refuses(
                "agreement_answer_to_what_is_published",
                """NOT EXISTS (SELECT FROM dealers_agreementversion
                    WHERE id = NEW.version_id AND published_at <= NEW.at)""",
                "Only what is published is signed.",
                rows=True,
            ),
            refuses(
                "agreement_answer_of_an_owner",
                """NOT EXISTS (SELECT FROM dealers_membership
                    WHERE user_id = NEW.by_id AND dealer_id = NEW.dealer_id AND role = 'owner'
                        AND starts_at <= NEW.at AND (ends_at IS NULL OR ends_at > NEW.at))""",
                "An owner of the dealer signs, and nobody else.",
                rows=True,
            ),
            # Months that are closed were computed by what was signed then.
            refuses(
                "agreement_answer_is_not_dated_back",
                _NOT_NOW,
                "An agreement is signed now.",
                rows=True,
            ),
            chained(
                "agreement_answer_is_chained",
                FactKind.AGREEMENT,
                """
                SELECT a.dealer_id AS dealer, a.id, json_build_object(
                    'number', v.name || '/' || d.code,
                    'event', CASE WHEN a.signed THEN 'signed' ELSE 'refused' END,
                    'agreement', a.version_id, 'rules', a.sha256, 'version', v.name, 'by', a.by_id,
                    'at', a.at, 'language', a.language, 'second_factor', a.second_factor) AS said
                FROM added AS a JOIN dealers_agreementversion AS v ON v.id = a.version_id
                JOIN dealers_dealer AS d ON d.id = a.dealer_id""",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version} · {self.dealer}"

    @property
    def number(self) -> str:
        """By which the paper and the chain name it."""
        return f"{self.version.name}/{self.dealer.code}"


class AgreementPaper(models.Model):
    """The PDF of what an owner signed, made once by the worker. Only ever added."""

    answer = models.OneToOneField(
        AgreementAnswer, models.PROTECT, related_name="paper", verbose_name=_("answer")
    )
    pdf = models.BinaryField(_("PDF"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    pages = models.PositiveSmallIntegerField(_("pages"))
    made_at = MomentField(_("made at"), default=timezone.now)

    class Meta:
        verbose_name = _("signed agreement")
        verbose_name_plural = _("signed agreements")
        constraints: ClassVar = [
            within("agreement_paper_between_1990_and_2200", moments=["made_at"]),
        ]
        triggers: ClassVar = [
            append_only("agreement_paper_only_added"),
            no_truncate("agreement_paper_never_emptied"),
            chained(
                "agreement_paper_is_chained",
                FactKind.DOCUMENT,
                """
                SELECT a.dealer_id AS dealer, p.id, json_build_object(
                    'number', v.name || '/' || d.code, 'language', a.language,
                    'sha256', p.sha256, 'pages', p.pages, 'made', p.made_at) AS said
                FROM added AS p JOIN dealers_agreementanswer AS a ON a.id = p.answer_id
                JOIN dealers_agreementversion AS v ON v.id = a.version_id
                JOIN dealers_dealer AS d ON d.id = a.dealer_id""",
            ),
        ]

    def __str__(self) -> str:
        return str(self.answer)


def signatures(dealer: str) -> AgreementAnswerQuerySet:
    """What owners of the dealer in the column ``dealer`` of another query have signed."""
    return AgreementAnswer.objects.signed().filter(dealer=OuterRef(dealer))


def signed_sql(dealer: str, at: str, day: str) -> str:
    """The SQL condition that a version in force on ``day`` was signed for a dealer by ``at``."""
    return f"EXISTS (SELECT {_signed(dealer, at, day)})"


def signed_from_sql(dealer: str, at: str, day: str) -> str:
    """SQL for the day from which the newest version applies that was so signed; none: NULL."""
    return f"(SELECT max(agreed.starts_on) {_signed(dealer, at, day)})"


def _signed(dealer: str, at: str, day: str) -> str:
    return (
        "FROM dealers_agreementanswer AS signed"
        " JOIN dealers_agreementversion AS agreed ON agreed.id = signed.version_id"
        f" WHERE signed.dealer_id = {dealer} AND signed.signed AND signed.at <= {at}"
        f" AND agreed.starts_on <= {day}"
    )


def needed_sql(dealer: str, at: str) -> str:
    """The SQL condition that a dealer registers nobody at a moment until an owner has signed.

    Only where the version in force says so, and of whoever has signed no version at all.
    """
    return f"""(coalesce((
        SELECT required FROM dealers_agreementversion
        WHERE published_at IS NOT NULL
            AND starts_on <= ({at} AT TIME ZONE '{settings.TIME_ZONE}')::date
        ORDER BY starts_on DESC LIMIT 1), false)
    AND NOT EXISTS (
        SELECT FROM dealers_agreementanswer WHERE dealer_id = {dealer} AND signed))"""  # noqa: S608 -- our own text

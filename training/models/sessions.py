"""Sharing sessions: benchmark stores show how they did it, and others come, ask and thank."""

import uuid
from datetime import datetime
from typing import ClassVar, Self
from zoneinfo import ZoneInfo

import pgtrigger
from django.core.validators import FileExtensionValidator, MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dealers.bounds import MomentField, NameField, legible, within
from dealers.constraints import TogetherForeignKey
from dealers.models import Dealer, Language, Store, User
from dealers.models.network import validate_timezone
from dealers.sayings import in_language
from dealers.triggers import fixed, never_deleted, no_truncate, refuses
from training.kept import recording_path
from training.models.lessons import validate_size
from training.models.stories import Story
from training.models.titles import Titled

MOST_SEATS = 5000
LONGEST = 400  # letters of a question
LONGEST_ANSWER = 2000


def _https(field: str) -> Q:
    """A link is empty, or leads over https to another site."""
    return Q(**{field: ""}) | Q(**{f"{field}__regex": r"^https://[^/\s@]+(/\S*)?$"})


class SharingSessionQuerySet(models.QuerySet["SharingSession"]):
    def coming(self, at: datetime) -> Self:
        """Those that are not over at ``at``, the next first."""
        return self.filter(ends_at__gte=at).order_by("starts_at", "pk")

    def past(self, at: datetime) -> Self:
        """Those that took place before ``at``, the newest first."""
        over = self.filter(ends_at__lt=at, cancelled_at__isnull=True)
        return over.order_by("-starts_at", "-pk")


class SharingSession(Titled):
    """An hour in which a benchmark store tells and answers, at a place or by a link."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    title = NameField(_("title (Chinese)"), max_length=120)
    title_en = NameField(_("title (English)"), max_length=120, blank=True)
    about = models.TextField(_("text (Chinese)"), blank=True, help_text=_("Markdown."))
    about_en = models.TextField(_("text (English)"), blank=True, help_text=_("Markdown."))
    language = models.CharField(
        _("language"), max_length=10, choices=Language, default=Language.CHINESE
    )
    starts_at = MomentField(_("starts at"))
    ends_at = MomentField(_("ends at"))
    timezone = models.CharField(
        _("time zone"), max_length=50, default="Asia/Shanghai", validators=[validate_timezone]
    )
    place = NameField(pgettext_lazy("sharing session", "place"), max_length=200, blank=True)
    link = models.CharField(
        _("link"), max_length=500, blank=True,
        help_text=_("Begins with https://. Only who has a place reads it."),
    )  # fmt: skip
    capacity = models.PositiveSmallIntegerField(
        pgettext_lazy("sharing session", "places"),
        default=50,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_SEATS)],
    )
    host = models.ForeignKey(
        User, models.PROTECT, related_name="hosted_sessions", verbose_name=_("host"),
        help_text=_("Shows the code, answers questions, and sees who has a place."),
    )  # fmt: skip
    dealer = models.ForeignKey(
        Dealer, models.PROTECT, null=True, blank=True, related_name="sharing_sessions",
        verbose_name=_("dealer that tells"),
    )  # fmt: skip
    store = models.ForeignKey(
        Store, models.PROTECT, null=True, blank=True, related_name="sharing_sessions",
        verbose_name=_("store that tells"),
    )  # fmt: skip
    named_at = MomentField(_("named since"), null=True, blank=True, editable=False)
    named_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, editable=False, related_name="+",
        verbose_name=_("agreed to be named by"),
    )  # fmt: skip
    story = models.ForeignKey(
        Story, models.PROTECT, null=True, blank=True, related_name="sessions",
        verbose_name=_("story told there"),
    )  # fmt: skip
    recording = models.FileField(
        _("recording"), upload_to=recording_path, blank=True,
        validators=[FileExtensionValidator(["mp4", "webm"]), validate_size],
    )  # fmt: skip
    recording_link = models.CharField(
        _("link to the recording"), max_length=500, blank=True,
        help_text=_("Begins with https://."),
    )  # fmt: skip
    # Counts changes of time, place and state: calendars take the highest.
    sequence = models.PositiveIntegerField(default=0, editable=False)
    changed_at = MomentField(_("changed at"), editable=False)
    cancelled_at = MomentField(_("cancelled at"), null=True, blank=True, editable=False)
    cancelled_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, editable=False, related_name="+",
        verbose_name=_("cancelled by"),
    )  # fmt: skip

    objects = SharingSessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("sharing session")
        verbose_name_plural = _("sharing sessions")
        ordering = ("-starts_at", "-id")
        constraints: ClassVar = [
            within(
                "sharing_session_between_1990_and_2200",
                moments=["starts_at", "ends_at", "named_at", "changed_at", "cancelled_at"],
            ),
            legible("sharing_session_is_legible", "title", "title_en", "place"),
            models.CheckConstraint(
                name="sharing_session_ends_after_it_starts",
                condition=Q(ends_at__gt=F("starts_at")),
                violation_error_message=_("A session ends after it starts."),
            ),
            models.CheckConstraint(
                name="sharing_session_is_somewhere",
                condition=~Q(place="") | ~Q(link=""),
                violation_error_message=_("Name a place or a link."),
            ),
            models.CheckConstraint(
                name="sharing_session_links_are_safe",
                condition=_https("link") & _https("recording_link"),
                violation_error_message=_("A link begins with https://."),
            ),
            models.CheckConstraint(
                name="sharing_session_has_places",
                condition=Q(capacity__gte=1, capacity__lte=MOST_SEATS),
            ),
            models.CheckConstraint(
                name="sharing_session_store_with_its_dealer",
                condition=Q(store__isnull=True) | Q(dealer__isnull=False),
            ),
            TogetherForeignKey(
                name="sharing_session_store_of_its_dealer",
                fields=["store", "dealer"],
                to="dealers.Store",
                to_fields=["id", "dealer"],
            ),
        ]
        triggers: ClassVar = [
            fixed("sharing_session_keeps_its_uid", "uid"),
            pgtrigger.Protect(
                name="sharing_session_cancelled_for_good",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(
                    old__cancelled_at__isnull=False, new__cancelled_at__isnull=True
                ),
            ),
            never_deleted("sharing_session_never_deleted"),
            no_truncate("sharing_sessions_never_emptied"),
        ]

    @property
    def local_about(self) -> str:
        return in_language(self.about, self.about_en)

    @property
    def teller(self) -> Store | Dealer | None:
        """Who tells there: a store, a dealer itself, or nobody in particular."""
        return self.store or self.dealer

    @property
    def tz(self) -> ZoneInfo:
        """The clock on the wall where it takes place."""
        return ZoneInfo(self.timezone)

    @property
    def is_cancelled(self) -> bool:
        return self.cancelled_at is not None


class SessionQuestion(models.Model):
    """What somebody asks at a session, or before it; without a person it is anonymous for good."""

    session = models.ForeignKey(
        SharingSession, models.PROTECT, related_name="questions", verbose_name=_("sharing session")
    )
    user = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("person"),
        help_text=_("Empty: asked without a name."),
    )  # fmt: skip
    text = models.CharField(pgettext_lazy("sharing session", "question"), max_length=LONGEST)
    at = MomentField(_("at"))
    answer = models.CharField(
        pgettext_lazy("sharing session", "answer"), max_length=LONGEST_ANSWER, blank=True
    )
    answered_at = MomentField(
        pgettext_lazy("sharing session", "answered at"), null=True, blank=True
    )

    class Meta:
        verbose_name = _("question at a session")
        verbose_name_plural = _("questions at sessions")
        ordering = ("session", "at", "id")
        constraints: ClassVar = [
            within("session_question_between_1990_and_2200", moments=["at", "answered_at"]),
            legible("session_question_is_legible", "text"),
            models.CheckConstraint(name="session_question_asks", condition=~Q(text="")),
            models.CheckConstraint(
                name="session_question_answered_with_words",
                condition=Q(answered_at__isnull=True, answer="")
                | Q(answered_at__isnull=False) & ~Q(answer=""),
            ),
        ]
        triggers: ClassVar = [
            fixed("session_question_stays_as_asked", "session", "user", "text", "at"),
            refuses(
                "session_answer_stays",
                "OLD.answered_at IS NOT NULL",
                "An answer stays as it was given.",
                operation=pgtrigger.Update,
                rows=True,
            ),
            never_deleted("session_question_never_deleted"),
            no_truncate("session_questions_never_emptied"),
        ]

    def __str__(self) -> str:
        return self.text


class Kudos(models.Model):
    """Somebody's thanks for a story or a session: one each, which they may take back."""

    user = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("person"))
    story = models.ForeignKey(
        Story, models.PROTECT, null=True, blank=True, related_name="kudos",
        verbose_name=pgettext_lazy("of a benchmark", "story"),
    )  # fmt: skip
    session = models.ForeignKey(
        SharingSession, models.PROTECT, null=True, blank=True, related_name="kudos",
        verbose_name=_("sharing session"),
    )  # fmt: skip
    at = MomentField(_("at"))

    class Meta:
        verbose_name = _("thanks")
        verbose_name_plural = _("thanks")
        ordering = ("-at", "-id")
        constraints: ClassVar = [
            within("kudos_between_1990_and_2200", moments=["at"]),
            models.UniqueConstraint(
                name="kudos_once_a_person", fields=["user", "story", "session"],
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="kudos_for_one_thing",
                condition=Q(story__isnull=True, session__isnull=False)
                | Q(story__isnull=False, session__isnull=True),
            ),
        ]  # fmt: skip
        triggers: ClassVar = [
            fixed("kudos_stay_as_given", "user", "story", "session", "at"),
            no_truncate("kudos_never_emptied"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d}"

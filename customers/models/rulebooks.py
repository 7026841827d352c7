"""The dated rules of ownership."""

from typing import Any, ClassVar

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dealers.bounds import DayField, MomentField, NameField, at_most, legible, within
from dealers.models import User
from dealers.publication import (
    MOMENTS,
    Publication,
    PublicationQuerySet,
    approved_by_somebody_else,
    published_ahead,
    published_never_changes,
    steps_in_order,
    tested_as_it_is,
)
from dealers.triggers import fixed, refuses

LONGEST_GRACE = 366  # days
LONGEST_NOTICE = 366  # days
LONGEST_BENEFIT = 366  # days
SHARING_LEVELS = 4
ITEM = _("Number %(nth)s:")  # which of several is wrong
WHOLE_SHARE = _("A share lies between 0%% and 100%%.")
# Somebody was answered: from then on what is published needs a second person, and notice.
DECIDED = "EXISTS (SELECT FROM customers_registration)"


# The settings that a rulebook's words say. One that comes later says itself only where it is not
# its usual value: what was published before keeps its words, and with them its hash.
SETTINGS = (
    "name", "starts_on", "protection_days", "activity_renews_days", "visit_qualifies",
    "sale_renews_days", "max_days_without_sale", "grace_days", "first_contact_hours",
    "release_after_days", "warning_days", "sharing_days", "extension_days", "extensions",
    "pool_claims_per_day", "pool_cooldown_days", "person_cap", "store_cap", "person_daily_limit",
    "person_minute_limit", "store_daily_limit", "conflict_percent", "owner_share", "notice_days",
    "answer_mode", "confirmation_hours",
)  # fmt: skip


def rulebook_words_sql(row: str) -> str:
    """The words of a rulebook, by which dealers hold it against their chains, as an SQL expression.

    ``jsonb`` writes the same for the same settings, whatever a session asks for.
    """
    said = ", ".join(
        f"'{name}', trim_scale({row}.{name})::text"
        if name == "owner_share"
        else f"'{name}', {row}.{name}"
        for name in SETTINGS
    )
    return f"jsonb_build_object({said})::text"


class AnswerMode(models.TextChoices):
    INSTANT = "instant", _("At once")
    AFTER_CONFIRMATION = "after_confirmation", _("After the customer confirmed")


class RulebookQuerySet(PublicationQuerySet["Rulebook"]):
    """Drafts and what is published."""


class HeldByTheDatabase(models.CheckConstraint):
    """A constraint on elements of an array, which Django cannot hold a row at hand to.

    Asked for it, the database refuses the question, which stands in the log, and the row passes:
    ``clean`` says in words what is wrong.
    """

    def validate(self, *_args: Any, **_kwargs: Any) -> None:
        pass

    def deconstruct(self) -> Any:
        _path, args, kwargs = super().deconstruct()
        return "django.db.models.CheckConstraint", args, kwargs


class Rulebook(Publication):
    """The dated ownership rules. Published it never changes; an empty setting is switched off."""

    name = NameField(pgettext_lazy("of a thing", "name"), max_length=120)
    starts_on = DayField(_("applies from"))

    protection_days = models.PositiveSmallIntegerField(
        _("first protection, days"), default=90, validators=[MinValueValidator(1)]
    )
    activity_renews_days = models.PositiveSmallIntegerField(
        _("a qualifying activity renews for, days"), null=True, blank=True, default=90
    )
    visit_qualifies = models.BooleanField(_("a visit qualifies"), default=True)
    sale_renews_days = models.PositiveSmallIntegerField(
        _("a sale renews for, days"), null=True, blank=True, default=365
    )
    max_days_without_sale = models.PositiveSmallIntegerField(
        _("longest protection without a sale, days"), null=True, blank=True, default=365
    )
    grace_days = models.PositiveSmallIntegerField(
        _("grace after the end, days"), default=3, validators=[MaxValueValidator(LONGEST_GRACE)]
    )
    first_contact_hours = models.PositiveSmallIntegerField(
        _("first contact due within, hours"), null=True, blank=True, default=48
    )
    release_after_days = models.PositiveSmallIntegerField(
        _("released without contact after, days"), null=True, blank=True, default=7
    )
    warning_days = ArrayField(
        models.PositiveSmallIntegerField(),
        verbose_name=_("warnings before the end, days"),
        default=list,
        blank=True,
        error_messages={"item_invalid": ITEM},
    )
    sharing_days = ArrayField(
        models.PositiveSmallIntegerField(validators=[MaxValueValidator(LONGEST_BENEFIT)]),
        verbose_name=_("longer first protection for sharing, days"),
        default=list,
        blank=True,
        error_messages={"item_invalid": ITEM},
        help_text=_("For each level from L0 to L3, as in 0, 15, 30, 30. Empty: for none."),
    )
    extension_days = models.PositiveSmallIntegerField(_("one extension, days"), default=30)
    extensions = models.PositiveSmallIntegerField(_("extensions on request"), default=2)
    pool_claims_per_day = models.PositiveSmallIntegerField(
        _("pool claims a person and day"), null=True, blank=True, default=20
    )
    pool_cooldown_days = models.PositiveSmallIntegerField(
        _("former owner waits in the pool, days"), null=True, blank=True, default=7
    )
    person_cap = models.PositiveIntegerField(
        _("open protected customers a person"), null=True, blank=True, default=200
    )
    store_cap = models.PositiveIntegerField(
        _("open protected customers a store"), null=True, blank=True, default=1000
    )
    person_daily_limit = models.PositiveIntegerField(
        _("registrations a person and day"), null=True, blank=True, default=60
    )
    person_minute_limit = models.PositiveIntegerField(
        _("registrations a person and minute"), null=True, blank=True, default=10
    )
    store_daily_limit = models.PositiveIntegerField(
        _("registrations a store and day"), null=True, blank=True, default=300
    )
    conflict_percent = models.PositiveSmallIntegerField(
        _("pause above this share protected elsewhere, percent of the last 50"),
        null=True,
        blank=True,
        default=20,
    )
    owner_share = models.DecimalField(
        _("owner's share when another dealer sells"),
        max_digits=9,
        decimal_places=6,
        default="0.300000",
        validators=[MinValueValidator(0, WHOLE_SHARE), MaxValueValidator(1, WHOLE_SHARE)],
    )
    notice_days = models.PositiveSmallIntegerField(
        _("another rulebook is published ahead, days"),
        default=14,
        validators=[MaxValueValidator(LONGEST_NOTICE)],
        help_text=_("So long before its first day dealers can read the next one."),
    )
    answer_mode = models.CharField(
        _("answer"), max_length=20, choices=AnswerMode, default=AnswerMode.INSTANT
    )
    confirmation_hours = models.PositiveSmallIntegerField(
        _("waits for the customer, hours"),
        default=72,
        validators=[MinValueValidator(1)],
        help_text=_("Only where the answer comes after the customer confirmed."),
    )

    objects = RulebookQuerySet.as_manager()

    class Meta:
        verbose_name = _("rulebook")
        verbose_name_plural = _("rulebooks")
        ordering = ("-starts_on", "-id")
        constraints: ClassVar = [
            within("rulebook_between_1990_and_2200", moments=MOMENTS, days=["starts_on"]),
            legible("rulebook_name_is_legible", "name"),
            at_most("rulebook_grace_is_at_most_a_year", grace_days=LONGEST_GRACE),
            at_most("rulebook_notice_is_at_most_a_year", notice_days=LONGEST_NOTICE),
            models.UniqueConstraint(
                name="rulebook_one_published_a_start_day",
                fields=["starts_on"],
                condition=Q(published_at__isnull=False),
                violation_error_message=_("A published rulebook already starts on that day."),
            ),
            steps_in_order("rulebook_steps_in_order"),
            models.CheckConstraint(
                name="rulebook_first_protection_is_positive",
                condition=Q(protection_days__gte=1),
            ),
            HeldByTheDatabase(
                name="rulebook_shares_name_each_level",
                condition=Q(sharing_days=[])
                | Q(
                    sharing_days__len=SHARING_LEVELS,
                    sharing_days__1__gte=F("sharing_days__0"),
                    sharing_days__2__gte=F("sharing_days__1"),
                    sharing_days__3__gte=F("sharing_days__2"),
                    sharing_days__3__lte=LONGEST_BENEFIT,
                ),
                violation_error_message=_(
                    "Write four numbers of days, for L0 to L3; a higher level gives no less."
                ),
            ),
            models.CheckConstraint(
                name="rulebook_waits_for_customers_a_while",
                condition=Q(confirmation_hours__gte=1),
            ),
            models.CheckConstraint(
                name="rulebook_owner_share_is_a_share",
                condition=Q(owner_share__gte=0, owner_share__lte=1),
                violation_error_message=_("A share lies between 0 and 1."),
            ),
        ]
        triggers: ClassVar = [
            *published_never_changes("rulebook_published"),
            tested_as_it_is("rulebook_tested_as_it_is"),
            approved_by_somebody_else("rulebook_approved_by_somebody_else", DECIDED),
            published_ahead(
                "rulebook_published_ahead",
                "customers_rulebook",
                "A rulebook is published so many days ahead as the one in force says.",
                needed=DECIDED,
            ),
            # Whatever is decided on a day is decided by the rules of that day.
            refuses(
                "rulebook_published_after_the_last_decision",
                """NEW.published_at IS NOT NULL AND OLD.published_at IS NULL
                AND (EXISTS (SELECT FROM customers_registration WHERE received_on >= NEW.starts_on)
                OR EXISTS (SELECT FROM customers_attribution
                    WHERE holder = 'owner' AND counts_on >= NEW.starts_on))""",
                "Customers were decided about by other rules already.",
                operation=pgtrigger.Insert | pgtrigger.Update,
                rows=True,
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        days = self.sharing_days
        if days and (len(days) != SHARING_LEVELS or list(days) != sorted(days)):
            raise ValidationError(
                {
                    "sharing_days": _(
                        "Write four numbers of days, for L0 to L3; a higher level gives no less."
                    )
                }
            )


class RulebookTrial(models.Model):
    """What a draft would have answered in the last days, as it was when somebody tested it."""

    rulebook = models.ForeignKey(
        Rulebook, models.CASCADE, related_name="trials", verbose_name=_("rulebook")
    )
    asked_by = models.ForeignKey(
        User, models.PROTECT, db_index=False, related_name="+", verbose_name=_("tested by")
    )
    asked_at = MomentField(_("tested at"))
    since = MomentField(_("since"))
    done = models.PositiveIntegerField(_("done"), default=0)
    total = models.PositiveIntegerField(_("of"), default=0)
    finished_at = MomentField(_("finished at"), null=True, blank=True)
    compared = models.PositiveIntegerField(_("registrations compared"), default=0)
    left_out = models.PositiveIntegerField(_("registrations left out"), default=0)
    changed = models.PositiveIntegerField(_("answers that change"), default=0)
    # For each dealer: better and worse where it registers, better and worse where it owns.
    dealers = models.JSONField(_("dealers"), default=list, blank=True)
    lines = models.JSONField(_("lines"), default=list, blank=True)  # the first of them

    class Meta:
        verbose_name = _("trial of a rulebook")
        verbose_name_plural = _("trials of rulebooks")
        ordering = ("-asked_at", "-id")
        constraints: ClassVar = [
            within(
                "rulebook_trial_between_1990_and_2200",
                moments=["asked_at", "since", "finished_at"],
            ),
        ]
        triggers: ClassVar = [
            fixed("rulebook_trial_stays_asked", "rulebook", "asked_by", "asked_at", "since"),
            refuses(
                "rulebook_trial_stays_found",
                "OLD.finished_at IS NOT NULL",
                "What a trial has found stays.",
                operation=pgtrigger.Update,
                rows=True,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rulebook} · {self.asked_at:%Y-%m-%d}"


class Story(models.Model):
    """What a rulebook has to answer to what happens, before it can be published."""

    name = NameField(pgettext_lazy("of a thing", "name"), max_length=120, unique=True)
    story = models.JSONField(
        _("story"),
        help_text=_(
            "Stores and events as in a file of try_rulebook; expect names what must be in the"
            " answer to an event."
        ),
    )
    in_use = models.BooleanField(
        _("in use"), default=True, help_text=_("No rulebook is published against it.")
    )

    class Meta:
        verbose_name = _("story of the test bench")
        verbose_name_plural = _("stories of the test bench")
        ordering = ("name",)
        constraints: ClassVar = [legible("story_name_is_legible", "name")]

    def __str__(self) -> str:
        return self.name

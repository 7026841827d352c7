"""Follow-ups: what a dealer's staff does with a customer."""

from typing import ClassVar, Self

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models.erasures import nothing_more_said, of_the_card
from customers.models.registrations import Registration
from dealers.bounds import DayField, MomentField, within
from dealers.models import Dealer, Store, User, store_of_dealer
from dealers.sealed import SealedField
from dealers.triggers import Kept, never_deleted, no_truncate, refuses, resealed


class ActivityKind(models.TextChoices):
    VISIT = "visit", _("Visit")
    CALL = "call", _("Call")
    QUOTE = "quote", _("Quote")
    DEPOSIT = "deposit", _("Deposit")
    SERVICE = "service", _("Service")
    NOTE = "note", _("Note")
    MESSAGE = "message", _("Message")


class Outcome(models.TextChoices):
    REACHED = "reached", _("Reached")
    APPOINTMENT = "appointment", _("Appointment made")
    NO_ANSWER = "no_answer", _("No answer")
    WRONG_NUMBER = "wrong_number", _("Wrong number")
    NOT_INTERESTED = "not_interested", _("Not interested")


class ActivityQuerySet(models.QuerySet["Activity"]):
    def current(self) -> Self:
        """The version of each follow-up that counts: the last one."""
        return self.filter(corrections__isnull=True)


class Activity(models.Model):
    """A follow-up of a dealer's staff with a customer. Only ever added: a correction is a row."""

    customer = models.ForeignKey(
        "Customer", models.PROTECT, related_name="activities", verbose_name=_("customer")
    )
    dealer = models.ForeignKey(
        Dealer, models.PROTECT, db_constraint=False, related_name="activities",
        verbose_name=_("dealer"),
    )  # fmt: skip
    store = models.ForeignKey(
        Store, models.PROTECT, db_constraint=False, db_index=False, related_name="activities",
        verbose_name=_("store"),
    )  # fmt: skip
    staff = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="activities",
        verbose_name=_("staff"),
    )  # fmt: skip
    kind = models.CharField(_("kind"), max_length=10, choices=ActivityKind)
    outcome = models.CharField(_("outcome"), max_length=20, choices=Outcome, blank=True)
    at = MomentField(_("at"))
    recorded_at = MomentField(_("recorded at"), default=timezone.now)
    note_sealed = SealedField(_("note, encrypted"), null=True, blank=True)
    follow_up_on = DayField(_("follow up on"), null=True, blank=True)
    # A visit that a registration of an own customer stands for.
    registration = models.OneToOneField(
        Registration, models.PROTECT, null=True, blank=True, related_name="visit",
        verbose_name=_("registration"),
    )  # fmt: skip
    # The version before, which stays.
    corrects = models.ForeignKey(
        "self", models.PROTECT, db_index=False, null=True, blank=True, related_name="corrections",
        verbose_name=_("corrects"),
    )  # fmt: skip

    objects = ActivityQuerySet.as_manager()

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        ordering = ("-at", "-id")
        constraints: ClassVar = [
            within(
                "activity_between_1990_and_2200",
                moments=["at", "recorded_at"],
                days=["follow_up_on"],
            ),
            models.CheckConstraint(
                name="activity_kind_is_known", condition=Q(kind__in=ActivityKind.values)
            ),
            models.CheckConstraint(
                name="activity_call_has_outcome",
                condition=~Q(kind=ActivityKind.CALL) | Q(outcome__in=Outcome.values),
            ),
            models.UniqueConstraint(
                name="activity_version_corrected_once",
                fields=["corrects"],
                condition=Q(corrects__isnull=False),
            ),
            store_of_dealer("activity_store_is_the_dealers"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["store", "-at"], name="activity_store_newest"),
        ]
        triggers: ClassVar = [
            Kept(name="activity_only_added", exclude=["note_sealed"]),
            nothing_more_said(
                "activity_about_nobody_erased", "NEW.note_sealed IS NOT NULL", gone=of_the_card()
            ),
            never_deleted("activity_never_deleted"),
            no_truncate("activity_never_emptied"),
            refuses(
                "activity_note_only_resealed_or_erased",
                f"""((NEW.note_sealed IS NULL AND {of_the_card()})
                    OR ({resealed("note_sealed")})) IS NOT TRUE""",
                "A note is sealed with another key, or erased, and never changes else.",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.note_sealed IS DISTINCT FROM NEW.note_sealed"),
                rows=True,
            ),
            refuses(
                "activity_card_is_the_dealers",
                """EXISTS (
                    SELECT FROM added JOIN customers_customer AS c ON c.id = added.customer_id
                    WHERE c.dealer_id <> added.dealer_id)""",
                "An activity is with a customer of its own dealer.",
            ),
            refuses(
                "activity_corrects_the_same_moment",
                """NOT EXISTS (
                    SELECT FROM customers_activity AS v WHERE v.id = NEW.corrects_id
                    AND (v.customer_id, v.store_id, v.staff_id, v.at)
                        = (NEW.customer_id, NEW.store_id, NEW.staff_id, NEW.at))""",
                "A correction is about the same customer, store, person and moment.",
                rows=True,
                condition=pgtrigger.Q(new__corrects__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%Y-%m-%d}"

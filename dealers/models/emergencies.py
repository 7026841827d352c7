"""Emergencies: headquarters sees a number beyond the level of sharing; the network counts them."""

from datetime import timedelta
from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dealers.bounds import MomentField, within
from dealers.models.network import Dealer
from dealers.models.people import User
from dealers.models.receipts import FactKind, chained, told_to_all
from dealers.triggers import append_only, fixed, never_deleted, no_truncate, refuses

OPEN_FOR = timedelta(minutes=30)  # in which a number that was granted is shown
ASKED_FOR = timedelta(hours=24)  # in which somebody may say yes

# As which the database knows whoever is neither headquarters nor a task.
_NOT_THEIRS = (
    "current_user IN ('portal_door', 'portal_dealer', 'portal_looker', 'portal_region',"
    " 'portal_public')"
)


class Emergency(models.Model):
    """One person of headquarters asks for a customer's number, and another says yes or no."""

    dealer = models.ForeignKey(Dealer, models.PROTECT, related_name="+", verbose_name=_("dealer"))
    # No foreign key: cards live in a higher app.
    customer = models.UUIDField(_("customer card"))
    reason = models.CharField(
        _("reason"),
        max_length=300,
        help_text=_("The dealer's owner reads it. Write no name and no number."),
    )
    asked_by = models.ForeignKey(
        User, models.PROTECT, db_index=False, related_name="+", verbose_name=_("asked by")
    )
    asked_at = MomentField(_("asked at"), default=timezone.now)
    answered_by = models.ForeignKey(
        User, models.PROTECT, db_index=False, null=True, blank=True, related_name="+",
        verbose_name=_("answered by"),
    )  # fmt: skip
    answered_at = MomentField(_("answered at"), null=True, blank=True)
    granted = models.BooleanField(_("granted"), null=True, blank=True)

    class Meta:
        verbose_name = _("emergency")
        verbose_name_plural = _("emergencies")
        ordering = ("-asked_at", "-id")
        constraints: ClassVar = [
            within("emergency_between_1990_and_2200", moments=["asked_at", "answered_at"]),
            models.CheckConstraint(name="emergency_says_why", condition=~Q(reason="")),
            models.CheckConstraint(
                name="emergency_answered_as_a_whole",
                condition=Q(answered_by=None, answered_at=None, granted=None)
                | Q(answered_by__isnull=False, answered_at__isnull=False, granted__isnull=False),
            ),
            models.CheckConstraint(
                name="emergency_answered_by_somebody_else",
                condition=Q(answered_by=None) | ~Q(answered_by=F("asked_by")),
            ),
            models.CheckConstraint(
                name="emergency_answered_within_a_day",
                condition=Q(answered_at=None)
                | Q(answered_at__gte=F("asked_at"), answered_at__lte=F("asked_at") + ASKED_FOR),
            ),
        ]
        triggers: ClassVar = [
            fixed("emergency_stays_asked", "dealer", "customer", "reason", "asked_by", "asked_at"),
            never_deleted("emergency_never_deleted"),
            no_truncate("emergency_never_emptied"),
            pgtrigger.Protect(
                name="emergency_is_of_headquarters",
                operation=pgtrigger.Insert | pgtrigger.Update,
                condition=pgtrigger.Condition(_NOT_THEIRS),
            ),
            pgtrigger.Protect(
                name="emergency_answered_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.answered_at IS NOT NULL"),
            ),
            refuses(
                "emergency_is_asked_open",
                "true",
                "An emergency is asked for first, and answered by somebody else.",
                condition=pgtrigger.Condition("NEW.answered_at IS NOT NULL"),
                rows=True,
            ),
            # Whoever grants one publishes it; nobody can do one without the other.
            pgtrigger.Trigger(
                name="emergency_is_counted",
                operation=pgtrigger.Update,
                when=pgtrigger.After,
                condition=pgtrigger.Condition("NEW.granted AND OLD.granted IS NULL"),
                func="INSERT INTO dealers_brokenglass (at) VALUES (NEW.answered_at); RETURN NULL;",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class BrokenGlass(models.Model):
    """An emergency was granted somewhere in the network: when, and nothing of whom."""

    at = MomentField(_("at"))

    class Meta:
        verbose_name = _("emergency of the network")
        verbose_name_plural = _("emergencies of the network")
        ordering = ("-at", "-id")
        constraints: ClassVar = [within("broken_glass_between_1990_and_2200", moments=["at"])]
        triggers: ClassVar = [
            append_only("broken_glass_only_added"),
            no_truncate("broken_glass_never_emptied"),
            chained(
                "broken_glass_is_chained", FactKind.NETWORK, told_to_all("emergency", "'at', r.at")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d}"

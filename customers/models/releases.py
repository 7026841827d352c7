"""An owner lets a customer go, a day before it takes effect."""

from datetime import datetime
from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models.ownership import Ownership
from dealers.bounds import MomentField, within
from dealers.models import Dealer, User
from dealers.triggers import fixed, never_deleted, no_truncate, refuses


class ReleaseReason(models.TextChoices):
    MOVED_AWAY = "moved_away", _("Moved away")
    NOT_INTERESTED = "uninterested", _("Does not want anything from us")
    ELSEWHERE = "elsewhere", _("Would rather go to another store")
    NO_TIME = "no_time", _("We cannot look after them")


class ReleaseQuerySet(models.QuerySet["Release"]):
    def open(self) -> "ReleaseQuerySet":
        """Those that have not taken effect, and were not taken back."""
        return self.filter(done_at__isnull=True, cancelled_at__isnull=True)

    def due(self, at: datetime) -> "ReleaseQuerySet":
        """Those that are to have taken effect at ``at``."""
        return self.open().filter(effective_at__lte=at)

    def of_person(self, identity: int) -> "ReleaseQuerySet":
        """The open ones about a person, held, so that nobody takes them back meanwhile."""
        found = self.open().filter(ownership__identity=identity).order_by("pk")
        return found.select_for_update(no_key=True, of=("self",))


def of_its_ownership(name: str) -> pgtrigger.Trigger:
    """A trigger that lets a row name no other dealer than its ownership's, which stays the same."""
    return refuses(
        name,
        """EXISTS (
            SELECT FROM added JOIN customers_ownership AS o ON o.id = added.ownership_id
            WHERE o.dealer_id <> added.dealer_id)""",
        "What becomes of an ownership is told to its own dealer.",
    )


class Release(models.Model):
    """A store lets a customer go: said before, so that the dealer can still take it back."""

    ownership = models.ForeignKey(
        Ownership, models.PROTECT, related_name="releases", verbose_name=_("ownership")
    )
    dealer = models.ForeignKey(Dealer, models.PROTECT, related_name="+", verbose_name=_("dealer"))
    reason = models.CharField(_("reason"), max_length=12, choices=ReleaseReason)
    by = models.ForeignKey(
        User, models.PROTECT, db_index=False, related_name="+", verbose_name=_("released by")
    )
    at = MomentField(_("at"))
    effective_at = MomentField(_("takes effect at"))
    cancelled_at = MomentField(_("taken back at"), null=True, blank=True)
    cancelled_by = models.ForeignKey(
        User, models.PROTECT, db_index=False, null=True, blank=True, related_name="+",
        verbose_name=_("taken back by"),
    )  # fmt: skip
    done_at = MomentField(_("done at"), null=True, blank=True)

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("release")
        verbose_name_plural = _("releases")
        ordering = ("-at", "-id")
        constraints: ClassVar = [
            within(
                "release_between_1990_and_2200",
                moments=["at", "effective_at", "cancelled_at", "done_at"],
            ),
            models.CheckConstraint(
                name="release_reason_is_known", condition=Q(reason__in=ReleaseReason.values)
            ),
            models.CheckConstraint(
                name="release_is_told_before", condition=Q(effective_at__gt=F("at"))
            ),
            models.CheckConstraint(
                name="release_taken_back_or_done",
                condition=Q(cancelled_at__isnull=True, cancelled_by__isnull=True)
                | Q(cancelled_at__isnull=False, cancelled_by__isnull=False, done_at__isnull=True),
            ),
            models.UniqueConstraint(
                name="release_once_at_a_time",
                fields=["ownership"],
                condition=Q(done_at__isnull=True, cancelled_at__isnull=True),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["effective_at"],
                name="release_due",
                condition=Q(done_at__isnull=True, cancelled_at__isnull=True),
            ),
        ]
        triggers: ClassVar = [
            fixed(
                "release_stays_what_was_said", "ownership", "dealer", "reason", "by", "at",
                "effective_at",
            ),
            of_its_ownership("release_is_of_its_ownership"),
            never_deleted("release_never_deleted"),
            no_truncate("releases_never_emptied"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.get_reason_display()} · {self.at:%Y-%m-%d}"

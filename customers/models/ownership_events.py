"""What happened to an ownership: what began it, renewed it, moved it or ended it."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models.ownership import Ownership, told_sql
from customers.models.registrations import Registration
from customers.models.rulebooks import Rulebook
from dealers.bounds import MomentField, within
from dealers.models import FactKind, chained
from dealers.triggers import append_only, no_truncate, part_of_own


class EventKind(models.TextChoices):
    STARTED = "started", _("Protection started")
    RENEWED = "renewed", _("Renewed by an activity")
    SOLD = "sold", _("Renewed by a sale")
    ENDED = "ended", _("Ended early")
    VOIDED = "voided", _("Taken back, as if never given")
    RESTORED = "restored", _("Goes on: what had ended it was voided")
    # By an act alone.
    MOVED = "moved", _("Goes on at another store of the dealer")
    ASKED = "asked", _("Runs until the request is answered")
    EXTENDED = "extended", _("Extended on request")
    DECLINED = "declined", _("Not extended")
    PAUSED = "paused", _("Waits for somebody to follow up")
    RESUMED = "resumed", _("Somebody follows up again")
    FROZEN = "frozen", _("Frozen: the dealer closed")


# What happens to an ownership by an act, and by nothing else.
BY_ACT = (
    EventKind.MOVED, EventKind.ASKED, EventKind.EXTENDED, EventKind.DECLINED, EventKind.PAUSED,
    EventKind.RESUMED, EventKind.FROZEN,
)  # fmt: skip


class OwnershipEvent(models.Model):
    """What happened to an ownership, when, and because of what. Only ever added."""

    ownership = models.ForeignKey(
        Ownership, models.PROTECT, related_name="events", verbose_name=_("ownership")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=EventKind)
    at = MomentField(_("at"))
    recorded_at = MomentField(_("recorded at"), default=timezone.now)
    protected_until = MomentField(_("protected until"))
    rulebook = models.ForeignKey(
        Rulebook, models.PROTECT, db_index=False, related_name="+", verbose_name=_("rulebook")
    )
    registration = models.ForeignKey(
        Registration, models.PROTECT, null=True, blank=True, related_name="events",
        verbose_name=_("registration"),
    )  # fmt: skip
    activity = models.ForeignKey(
        "Activity", models.PROTECT, null=True, blank=True, related_name="events",
        verbose_name=_("activity"),
    )  # fmt: skip
    order = models.ForeignKey(
        "Order", models.PROTECT, null=True, blank=True, related_name="events",
        verbose_name=_("order"),
    )  # fmt: skip
    act = models.ForeignKey(
        "Act", models.PROTECT, null=True, blank=True, db_index=False, related_name="events",
        verbose_name=_("act"),
    )  # fmt: skip
    # Of an act: the end of the ownership after it, grace included.
    ends_at = MomentField(_("end, grace included"), null=True, blank=True)

    class Meta:
        verbose_name = _("ownership event")
        verbose_name_plural = _("ownership events")
        ordering = ("at", "id")
        constraints: ClassVar = [
            within(
                "ownership_event_between_1990_and_2200",
                moments=["at", "recorded_at", "protected_until", "ends_at"],
            ),
            models.CheckConstraint(
                name="ownership_event_kind_is_known",
                condition=Q(kind__in=EventKind.values),
            ),
            models.CheckConstraint(
                name="ownership_event_names_its_cause",
                condition=Q(kind=EventKind.STARTED, registration__isnull=False)
                | Q(kind=EventKind.RENEWED, activity__isnull=False)
                | Q(kind=EventKind.SOLD, order__isnull=False)
                | Q(
                    kind__in=[EventKind.ENDED, EventKind.VOIDED, EventKind.RESTORED],
                    registration__isnull=False,
                )
                | Q(
                    kind__in=[EventKind.STARTED, EventKind.ENDED, EventKind.VOIDED, *BY_ACT],
                    act__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="ownership_event_of_an_act_says_the_end",
                condition=Q(act__isnull=True, ends_at__isnull=True)
                | Q(act__isnull=False, ends_at__isnull=False),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["act"],
                name="ownership_event_of_an_act",
                condition=Q(act__isnull=False),
            ),
            # Which registrations were replaced: few, so that looking is cheap.
            models.Index(
                fields=["ownership"],
                name="ownership_event_ended",
                condition=Q(kind=EventKind.ENDED),
            ),
        ]
        triggers: ClassVar = [
            append_only("ownership_event_only_added"),
            no_truncate("ownership_event_never_emptied"),
            part_of_own("ownership_event_of_ones_own", "ownership_id", "customers_ownership"),
            chained(
                "ownership_event_is_chained",
                FactKind.OWNERSHIP,
                told_sql("added AS e JOIN customers_ownership AS o ON o.id = e.ownership_id"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%Y-%m-%d}"

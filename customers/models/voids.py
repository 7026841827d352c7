"""Registrations that were a mistake."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models.ownership import given_sql, one_protection_sql
from customers.models.registrations import Registration
from dealers.actor import HQ
from dealers.bounds import MomentField, within
from dealers.models import FactKind, User, chained
from dealers.triggers import append_only, no_truncate, refuses


class VoidReason(models.TextChoices):
    UNDONE = "undone", _("Undone at once by whoever registered")
    WRONG_NUMBER = "wrong_number", _("The number was mistyped")
    NOT_ASKED = "not_asked", _("The customer had not agreed")
    RETURNED = "returned", _("The lead was none and was returned")
    TRIED = "tried", _("It was only tried out, there was no customer")
    FRAUD = "fraud", _("A case was decided: it was a fraud")


class Void(models.Model):
    """A registration counts for nothing: who said so, when and why. Only ever added.

    The registration stays as it was, with its answer; what it won ends as if never given.
    """

    registration = models.OneToOneField(
        Registration, models.PROTECT, related_name="void", verbose_name=_("registration")
    )
    reason = models.CharField(_("reason"), max_length=12, choices=VoidReason)
    voided_by = models.ForeignKey(
        User, models.PROTECT, db_index=False, related_name="+", verbose_name=_("voided by")
    )
    # In which the person acted: of a post at the dealer, or of headquarters.
    role = models.CharField(_("role"), max_length=40)
    at = MomentField(_("at"))
    recorded_at = MomentField(_("recorded at"), default=timezone.now)

    class Meta:
        verbose_name = _("voided registration")
        verbose_name_plural = _("voided registrations")
        ordering = ("-at", "-id")
        constraints: ClassVar = [
            within("void_between_1990_and_2200", moments=["at", "recorded_at"]),
            models.CheckConstraint(
                name="void_reason_is_known", condition=Q(reason__in=VoidReason.values)
            ),
        ]
        indexes: ClassVar = [
            # Closing a month: what counted at the last cut-off and no longer does.
            models.Index(fields=["recorded_at"], name="void_recorded"),
        ]
        triggers: ClassVar = [
            append_only("void_only_added"),
            no_truncate("void_never_emptied"),
            # Of a case nobody learns who decided.
            chained(
                "void_is_chained",
                FactKind.VOID,
                """
                SELECT r.dealer_id AS dealer, v.id, json_build_object(
                    'receipt', r.receipt, 'reason', v.reason, 'role', v.role, 'at', v.at,
                    'recorded', v.recorded_at,
                    'person', CASE WHEN v.reason <> 'fraud' THEN v.voided_by_id END) AS said
                FROM added AS v JOIN customers_registration AS r ON r.id = v.registration_id""",
            ),
            refuses(
                "void_is_of_no_visit",
                """EXISTS (
                    SELECT FROM added JOIN customers_registration AS r
                        ON r.id = added.registration_id
                    WHERE r.answer = 'yours_already')""",
                "A visit won nothing that could be taken back.",
            ),
            refuses(
                "void_by_headquarters_of_no_protection",
                f"""EXISTS (
                    SELECT FROM added
                    JOIN customers_ownershipevent AS event
                        ON event.registration_id = added.registration_id
                        AND event.kind = 'started'
                    JOIN customers_ownership AS won ON won.id = event.ownership_id
                    JOIN customers_ownership AS runs ON {one_protection_sql("won", "runs")}
                    WHERE added.role = '{HQ}' AND added.reason NOT IN ('fraud', 'returned')
                        AND {given_sql("runs")} AND runs.period @> added.at)""",
                "Headquarters takes no protection away that runs.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.registration} · {self.get_reason_display()}"

    @property
    def who(self) -> str:
        """Who voided it, for the dealer to read; of a case nobody learns who decided."""
        return "" if self.reason == VoidReason.FRAUD else str(self.voided_by)

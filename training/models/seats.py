"""Who has a place at a sharing session, and who was there."""

from typing import ClassVar, Self

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dealers.bounds import MomentField, within
from dealers.models import User
from dealers.triggers import append_only, fixed, never_deleted, no_truncate
from training.models.sessions import SharingSession


class SeatQuerySet(models.QuerySet["Seat"]):
    def taken(self) -> Self:
        """Places that somebody has."""
        return self.filter(placed_at__isnull=False, left_at__isnull=True)

    def waiting(self) -> Self:
        """Who waits for a place, the first first."""
        waiting = self.filter(placed_at__isnull=True, left_at__isnull=True)
        return waiting.order_by("joined_at", "pk")

    def kept(self) -> Self:
        """Of who has a place or waits for one."""
        return self.filter(left_at__isnull=True)


class Seat(models.Model):
    """Somebody has a place at a session, waits for one, or gave it up."""

    session = models.ForeignKey(
        SharingSession, models.PROTECT, related_name="seats", verbose_name=_("sharing session")
    )
    user = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("person"))
    joined_at = MomentField(_("registered at"))
    placed_at = MomentField(_("has a place since"), null=True, blank=True)
    left_at = MomentField(_("gave it up at"), null=True, blank=True)
    attended_at = MomentField(_("was there at"), null=True, blank=True)
    walk_in = models.BooleanField(_("came without registering"), default=False)

    objects = SeatQuerySet.as_manager()

    class Meta:
        verbose_name = _("place at a session")
        verbose_name_plural = _("places at sessions")
        ordering = ("session", "joined_at", "id")
        constraints: ClassVar = [
            within(
                "seat_between_1990_and_2200",
                moments=["joined_at", "placed_at", "left_at", "attended_at"],
            ),
            models.UniqueConstraint(
                name="seat_once_a_person_and_session",
                fields=["session", "user"],
                condition=Q(left_at__isnull=True),
            ),
            models.CheckConstraint(
                name="seat_attended_by_who_had_a_place",
                condition=Q(attended_at__isnull=True)
                | Q(placed_at__isnull=False, left_at__isnull=True),
            ),
        ]
        triggers: ClassVar = [
            fixed("seat_stays_whose_it_is", "session", "user", "joined_at"),
            never_deleted("seat_never_deleted"),
            no_truncate("seats_never_emptied"),
            pgtrigger.Trigger(
                name="seat_within_capacity",
                operation=pgtrigger.Insert | pgtrigger.Update,
                when=pgtrigger.Before,
                condition=pgtrigger.Q(new__placed_at__isnull=False, new__left_at__isnull=True),
                func="""
                    PERFORM FROM training_sharingsession
                        WHERE id = NEW.session_id FOR NO KEY UPDATE;
                    IF (SELECT count(*) FROM training_seat WHERE session_id = NEW.session_id
                            AND placed_at IS NOT NULL AND left_at IS NULL AND id <> NEW.id)
                        >= (SELECT capacity FROM training_sharingsession WHERE id = NEW.session_id)
                    THEN
                        RAISE check_violation
                        USING CONSTRAINT = TG_NAME, MESSAGE = 'All places are taken.';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.joined_at:%Y-%m-%d}"


class AttendanceCode(models.Model):
    """The code that a host shows at a session for some minutes. Only ever added."""

    session = models.ForeignKey(
        SharingSession, models.PROTECT, related_name="codes", verbose_name=_("sharing session")
    )
    code = models.CharField(_("code"), max_length=6)
    at = MomentField(_("at"))
    until = MomentField(_("until"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("shown by"))

    class Meta:
        verbose_name = _("code of a session")
        verbose_name_plural = _("codes of sessions")
        ordering = ("-at", "-id")
        constraints: ClassVar = [
            within("attendance_code_between_1990_and_2200", moments=["at", "until"]),
            models.CheckConstraint(
                name="attendance_code_is_six_digits", condition=Q(code__regex=r"^[0-9]{6}$")
            ),
        ]
        triggers: ClassVar = [
            append_only("attendance_code_only_added"),
            no_truncate("attendance_codes_never_emptied"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"


class CodeTry(models.Model):
    """Somebody typed a code that was not the one of the session. Only ever added."""

    session = models.ForeignKey(
        SharingSession, models.PROTECT, related_name="+", verbose_name=_("sharing session")
    )
    user = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("person"))
    at = MomentField(_("at"))

    class Meta:
        verbose_name = _("wrong code")
        verbose_name_plural = _("wrong codes")
        ordering = ("-at", "-id")
        constraints: ClassVar = [within("code_try_between_1990_and_2200", moments=["at"])]
        indexes: ClassVar = [
            models.Index(fields=["session", "user", "-at"], name="code_tries_of_a_person")
        ]
        triggers: ClassVar = [
            append_only("code_try_only_added"),
            no_truncate("code_tries_never_emptied"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"

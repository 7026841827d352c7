"""Reminders of courses that are still to be passed."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from dealers.bounds import MomentField, within
from dealers.models import User
from dealers.triggers import fixed, never_deleted, no_truncate


class Reminder(models.Model):
    """A message to a person about the required courses that they have not passed."""

    user = models.ForeignKey(
        User, models.PROTECT, related_name="course_reminders", verbose_name=_("person")
    )
    by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("asked for by"), help_text=_("Empty: by itself, as the last day came near."),
    )  # fmt: skip
    at = MomentField(_("at"))
    sent_at = MomentField(_("sent at"), null=True, blank=True)

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        ordering = ("-at", "-id")
        constraints: ClassVar = [
            within("reminder_between_1990_and_2200", moments=["at", "sent_at"]),
        ]
        triggers: ClassVar = [
            fixed("reminder_stays_as_asked_for", "user", "by", "at"),
            never_deleted("reminder_never_deleted"),
            no_truncate("reminder_never_emptied"),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.at:%Y-%m-%d}"

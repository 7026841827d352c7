"""How people were reached before."""

from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dealers.bounds import MomentField, within
from dealers.models.people import User

UNDONE_WITHIN = timedelta(days=7)


class ContactKind(models.TextChoices):
    EMAIL = "email", _("E-mail address")
    PHONE = "phone", _("Mobile number")


class ContactChangeQuerySet(models.QuerySet["ContactChange"]):
    def undoable(self, at: datetime) -> Self:
        return self.filter(undone_at__isnull=True, changed_at__gt=at - UNDONE_WITHIN)


class ContactChange(models.Model):
    """Another e-mail address or mobile number of a person; for 7 days a link undoes it."""

    user = models.ForeignKey(
        User, models.PROTECT, related_name="contact_changes", verbose_name=_("person")
    )
    kind = models.CharField(_("what"), max_length=10, choices=ContactKind)
    old = models.CharField(_("before"), max_length=254, blank=True)
    new = models.CharField(_("after"), max_length=254)
    changed_at = MomentField(_("changed at"))
    undone_at = MomentField(_("undone at"), null=True, blank=True)

    objects = ContactChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of address")
        verbose_name_plural = _("changes of address")
        ordering = ("-changed_at", "-id")
        constraints: ClassVar = [
            within("contact_change_between_1990_and_2200", moments=["changed_at", "undone_at"]),
            models.CheckConstraint(
                name="contact_change_kind_is_known", condition=Q(kind__in=ContactKind.values)
            ),
            models.CheckConstraint(
                name="contact_change_changes_something", condition=~Q(old=F("new"))
            ),
            models.CheckConstraint(
                name="contact_change_undone_afterwards",
                condition=Q(undone_at__isnull=True) | Q(undone_at__gte=F("changed_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_kind_display()}"

    @property
    def undone_until(self) -> datetime:
        """The moment until which the link in the notice works."""
        return self.changed_at + UNDONE_WITHIN

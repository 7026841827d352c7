"""Files that were read."""

from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dealers.bounds import MomentField, legible, within
from dealers.models.people import User
from dealers.triggers import append_only, no_truncate


class ImportKind(models.TextChoices):
    NETWORK = "network", _("Network")
    REGISTRATIONS = "registrations", _("Registrations")
    ORDERS = "orders", _("Orders and returns")
    HISTORY = "history", _("History")
    PROGRAM = "program", _("Program")
    PEOPLE = "people", _("People")
    PRODUCTS = "products", _("Products")
    LEADS = "leads", _("Leads")


class ImportState(models.TextChoices):
    DONE = "done", _("Done")
    REJECTED = "rejected", _("Done, with rejected rows")
    FAILED = "failed", _("Not imported")


class FileImportQuerySet(models.QuerySet["FileImport"]):
    def with_recent_problems(self, at: datetime) -> Self:
        """Files of the last 14 days that were not taken, or not all of their rows."""
        return self.filter(
            state__in=[ImportState.REJECTED, ImportState.FAILED],
            started_at__gte=at - timedelta(days=14),
        )


class FileImport(models.Model):
    """A file that was read: what went in, what did not and why."""

    kind = models.CharField(_("kind"), max_length=20, choices=ImportKind)
    name = models.CharField(_("file"), max_length=255)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    state = models.CharField(_("state"), max_length=10, choices=ImportState)
    rows = models.PositiveIntegerField(_("rows"), default=0)
    accepted = models.PositiveIntegerField(_("accepted"), default=0)
    repeated = models.PositiveIntegerField(_("already there"), default=0)
    rejected = models.PositiveIntegerField(_("rejected"), default=0)
    # The first problems as text, for the admin; the whole list is the CSV of rejected rows.
    problems = models.TextField(_("problems"), blank=True)
    started_at = MomentField(_("started at"))
    finished_at = MomentField(_("finished at"), default=timezone.now)
    by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )

    objects = FileImportQuerySet.as_manager()

    class Meta:
        verbose_name = _("file import")
        verbose_name_plural = _("file imports")
        ordering = ("-started_at", "-id")
        indexes: ClassVar = [
            models.Index(fields=["-started_at", "-id"], name="file_import_newest"),
        ]
        constraints: ClassVar = [
            within("file_import_between_1990_and_2200", moments=["started_at", "finished_at"]),
            legible("file_import_name_is_legible", "name"),
            models.CheckConstraint(
                name="file_import_rows_add_up",
                condition=Q(state=ImportState.FAILED)
                | Q(rows=F("accepted") + F("repeated") + F("rejected")),
            ),
        ]
        triggers: ClassVar = [
            append_only("file_import_only_added"),
            no_truncate("file_import_never_emptied"),
        ]

    def __str__(self) -> str:
        return self.name

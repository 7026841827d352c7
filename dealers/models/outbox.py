"""Tasks that wait to be handed to the worker."""

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dealers.bounds import MomentField, within


class OutboxTaskQuerySet(models.QuerySet["OutboxTask"]):
    def waiting(self, since: datetime) -> Self:
        """Tasks put down at ``since`` or before that nobody has handed over."""
        return self.filter(sent_at__isnull=True, at__lte=since)


class OutboxTask(models.Model):
    """A task for the worker, put down in the transaction that made it necessary."""

    task = models.CharField(_("task"), max_length=120)
    args = models.JSONField(_("arguments"), default=list, blank=True)
    at = MomentField(_("at"))
    sent_at = MomentField(_("handed over at"), null=True, blank=True)

    objects = OutboxTaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("task for the worker")
        verbose_name_plural = _("tasks for the worker")
        ordering = ("-at", "-id")
        constraints: ClassVar = [
            within("outbox_task_between_1990_and_2200", moments=["at", "sent_at"]),
        ]
        indexes: ClassVar = [
            models.Index(fields=["at"], name="outbox_waiting", condition=Q(sent_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.task

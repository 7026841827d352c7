"""Tasks that wait to be done by the worker."""

from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dealers.bounds import MomentField, within


class OutboxTaskQuerySet(models.QuerySet["OutboxTask"]):
    def to_do(self) -> Self:
        """Tasks that are neither done nor given up."""
        return self.filter(done_at__isnull=True, given_up_at__isnull=True)

    def given_up(self) -> Self:
        """Tasks that failed too often, and wait for somebody who sees why."""
        return self.filter(given_up_at__isnull=False)

    def waiting(self, at: datetime) -> Self:
        """Tasks that are to be handed over, for the first time or again, at ``at``."""
        return self.to_do().filter(due_at__lte=at)

    def late(self, at: datetime, patience: timedelta) -> Self:
        """Tasks that should have been handed over so long ago."""
        return self.waiting(at - patience)


class OutboxTask(models.Model):
    """A task for the worker, put down in the transaction that made it necessary.

    Done when the transaction of its effect says so, not when the broker has it. A message to one
    person is one row, so that none is sent twice because another failed.
    """

    task = models.CharField(_("task"), max_length=120)
    args = models.JSONField(_("arguments"), default=list, blank=True)
    key = models.CharField(
        _("key"), max_length=120, blank=True, help_text=_("Put down once only, however often.")
    )
    at = MomentField(_("at"))
    due_at = MomentField(_("handed over next at"))
    sent_at = MomentField(_("handed over at"), null=True, blank=True)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    problem = models.CharField(_("what went wrong"), max_length=500, blank=True)
    done_at = MomentField(_("done at"), null=True, blank=True)
    given_up_at = MomentField(_("given up at"), null=True, blank=True)

    objects = OutboxTaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("task for the worker")
        verbose_name_plural = _("tasks for the worker")
        ordering = ("-at", "-id")
        constraints: ClassVar = [
            within(
                "outbox_task_between_1990_and_2200",
                moments=["at", "due_at", "sent_at", "done_at", "given_up_at"],
            ),
            models.CheckConstraint(
                name="outbox_task_done_or_given_up",
                condition=Q(done_at__isnull=True) | Q(given_up_at__isnull=True),
            ),
            models.UniqueConstraint(
                name="outbox_task_once_by_its_key", fields=["key"], condition=~Q(key="")
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["due_at"],
                name="outbox_to_do",
                condition=Q(done_at__isnull=True, given_up_at__isnull=True),
            ),
            models.Index(
                fields=["given_up_at"],
                name="outbox_given_up",
                condition=Q(given_up_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.task

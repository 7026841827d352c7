"""Files that the worker makes because they are too long to wait for."""

import uuid
from collections.abc import Iterable
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from dealers import sayings
from dealers.bounds import MomentField, within
from dealers.models.network import Dealer
from dealers.models.people import Membership, User


class ExportState(models.TextChoices):
    WAITING = "waiting", _("Being made")
    DONE = "done", _("Ready")
    FAILED = "failed", _("Failed")


class ExportQuerySet(models.QuerySet["Export"]):
    def visible_to(self, memberships: Iterable[Membership]) -> Self:
        """What a person asked for in one of these posts."""
        return self.filter(membership__in=[membership.pk for membership in memberships])

    def at_headquarters(self, user: User) -> Self:
        """What this person at headquarters has asked for."""
        return self.filter(membership=None, by=user)


class Export(models.Model):
    """A file that somebody asked for in their post; it is deleted a day later."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # Nothing: of headquarters, and then ``by`` says who asked.
    dealer = models.ForeignKey(
        Dealer,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="exports",
        verbose_name=_("dealer"),
    )
    membership = models.ForeignKey(
        Membership,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="exports",
        verbose_name=_("asked by"),
    )
    by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    title = models.CharField(_("what"), max_length=500)  # as ``sayings`` keeps it
    name = models.CharField(_("file"), max_length=120)
    # What the task is told about the rows that are wanted.
    arguments = models.JSONField(_("arguments"), default=dict)
    language = models.CharField(_("language"), max_length=10)
    # The personal data in it, which the access log names with each download; else empty.
    fields = models.CharField(_("fields"), max_length=200, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=ExportState, default=ExportState.WAITING
    )
    rows = models.PositiveIntegerField(_("rows"))
    written = models.PositiveIntegerField(_("rows written"), default=0)
    # Encrypted with the dealer's key, or with the portal's.
    file = models.FileField(_("encrypted file"), upload_to="exports", blank=True)
    asked_at = MomentField(_("asked at"))

    objects = ExportQuerySet.as_manager()

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        ordering = ("-asked_at", "id")
        constraints: ClassVar = [
            within("export_between_1990_and_2200", moments=["asked_at"]),
            models.CheckConstraint(
                name="export_state_is_known", condition=Q(state__in=ExportState.values)
            ),
            models.CheckConstraint(
                name="export_is_done_with_its_file",
                condition=~Q(state=ExportState.DONE) | ~Q(file=""),
            ),
            models.CheckConstraint(
                name="export_is_of_a_post_or_of_somebody_at_headquarters",
                condition=Q(dealer__isnull=False, membership__isnull=False, by__isnull=True)
                | Q(dealer__isnull=True, membership__isnull=True, by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return sayings.read(self.title)

    def get_absolute_url(self) -> str:
        return reverse("dealers:export", args=[self.pk])

    @property
    def post(self) -> Membership:
        """The post that it was asked for in. Raises ValueError for one of headquarters."""
        if self.membership is None:
            raise ValueError("Headquarters holds no post.")
        return self.membership

    @property
    def person(self) -> User:
        """Who asked for it."""
        return self.by or self.post.user

    @property
    def kind(self) -> str:
        """What the file is, by the end of its name."""
        return self.name.rpartition(".")[2]

    @property
    def is_binary(self) -> bool:
        return self.kind != "csv"

    @property
    def waiting(self) -> bool:
        return self.state == ExportState.WAITING

    @property
    def failed(self) -> bool:
        return self.state == ExportState.FAILED

    @property
    def percent(self) -> int:
        """How much of it is written, 0 to 100."""
        return min(100, self.written * 100 // self.rows) if self.rows else 100

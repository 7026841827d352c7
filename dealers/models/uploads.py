"""Files that people bring in the browser: checked, confirmed, then imported by the worker."""

import uuid
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from dealers.bounds import MomentField, legible, within
from dealers.models.imports import FileImport, ImportKind
from dealers.models.network import Dealer, Store
from dealers.models.people import Membership, User


class UploadState(models.TextChoices):
    CHECKING = "checking", _("Being checked")
    CHECKED = "checked", _("Waits for your word")
    CONFIRMED = "confirmed", _("Being imported")
    DONE = "done", _("Imported")
    REFUSED = "refused", _("Cannot be read")
    CANCELLED = "cancelled", _("Cancelled")


UNDER_WAY = (UploadState.CHECKING, UploadState.CONFIRMED)


class UploadQuerySet(models.QuerySet["Upload"]):
    def visible_to(self, membership: Membership) -> Self:
        """What the owners of the post's dealer have brought."""
        return self.filter(dealer=membership.dealer_id)

    def at_headquarters(self, user: User) -> Self:
        """What this person at headquarters has brought: nobody else there sees whom it names."""
        return self.filter(dealer=None, by=user)

    def under_way(self) -> Self:
        """What the worker has still to do."""
        return self.filter(state__in=UNDER_WAY)


class Upload(models.Model):
    """One file, or the two of a history, that somebody brought to be imported."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # Nothing: of headquarters.
    dealer = models.ForeignKey(
        Dealer,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="uploads",
        verbose_name=_("dealer"),
    )
    membership = models.ForeignKey(
        Membership, models.PROTECT, null=True, blank=True, related_name="+"
    )
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("by"))
    # What is in it: empty until it is recognised.
    kind = models.CharField(_("kind"), max_length=20, choices=ImportKind, blank=True)
    # Of rows that name none.
    store = models.ForeignKey(
        Store, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("store")
    )
    historical = models.BooleanField(_("first load of the past"), default=False)
    publish = models.BooleanField(_("put everything in force"), default=False)
    language = models.CharField(_("language"), max_length=10)
    site = models.CharField(_("address"), max_length=200)  # where this person reached the portal
    state = models.CharField(
        _("state"), max_length=10, choices=UploadState, default=UploadState.CHECKING
    )
    problem = models.TextField(_("problem"), blank=True)
    # What it does beside its counts, in sentences.
    effects = models.JSONField(_("effects"), default=list)
    brought_at = MomentField(_("brought at"))
    confirmed_at = MomentField(_("confirmed at"), null=True, blank=True)
    finished_at = MomentField(_("finished at"), null=True, blank=True)

    objects = UploadQuerySet.as_manager()

    class Meta:
        verbose_name = _("upload")
        verbose_name_plural = _("uploads")
        ordering = ("-brought_at", "id")
        indexes: ClassVar = [
            models.Index(fields=["dealer", "by", "-brought_at"], name="upload_newest"),
        ]
        constraints: ClassVar = [
            within(
                "upload_between_1990_and_2200",
                moments=["brought_at", "confirmed_at", "finished_at"],
            ),
            models.CheckConstraint(
                name="upload_state_is_known", condition=Q(state__in=UploadState.values)
            ),
            models.CheckConstraint(
                name="upload_of_a_dealer_comes_from_a_post",
                condition=Q(dealer__isnull=True, membership__isnull=True)
                | Q(dealer__isnull=False, membership__isnull=False),
            ),
            models.CheckConstraint(
                name="upload_of_a_dealer_is_of_today_and_publishes_nothing",
                condition=Q(dealer__isnull=True) | Q(historical=False, publish=False),
            ),
            models.CheckConstraint(
                name="upload_for_a_store_is_of_a_dealer",
                condition=Q(store__isnull=True) | Q(dealer__isnull=False),
            ),
            models.CheckConstraint(
                name="upload_is_imported_once_confirmed",
                condition=~Q(state__in=[UploadState.CONFIRMED, UploadState.DONE])
                | (Q(confirmed_at__isnull=False) & ~Q(kind="")),
            ),
        ]

    def __str__(self) -> str:
        return ", ".join(part.name for part in self.files.all())

    def get_absolute_url(self) -> str:
        return reverse("dealers:import", args=[self.pk])

    @property
    def under_way(self) -> bool:
        return self.state in UNDER_WAY

    @property
    def checked(self) -> bool:
        return self.state == UploadState.CHECKED

    @property
    def done(self) -> bool:
        return self.state == UploadState.DONE

    @property
    def refused(self) -> bool:
        return self.state == UploadState.REFUSED

    @property
    def accepted(self) -> int:
        """Rows that are new, in all of its files."""
        return sum(part.accepted for part in self.files.all())

    @property
    def rejected(self) -> int:
        return sum(part.rejected for part in self.files.all())


class UploadedFile(models.Model):
    """A file of an upload, and what was found in it. Its content is sealed, and kept for days."""

    upload = models.ForeignKey(Upload, models.CASCADE, related_name="files")
    number = models.PositiveSmallIntegerField(_("number"))
    name = models.CharField(_("file"), max_length=100)
    size = models.PositiveBigIntegerField(_("bytes"))
    file = models.FileField(_("sealed file"), upload_to="imports", blank=True)
    encoding = models.CharField(_("encoding"), max_length=20, blank=True)
    # The first rows as they are read, sealed, with the names of their columns.
    preview = models.TextField(_("sealed preview"), blank=True)
    unread = models.JSONField(_("columns not read"), default=list)
    rows = models.PositiveIntegerField(_("rows"), default=0)
    accepted = models.PositiveIntegerField(_("new"), default=0)
    repeated = models.PositiveIntegerField(_("already there"), default=0)
    rejected = models.PositiveIntegerField(_("rejected"), default=0)
    # The first of them in words; all are in the file.
    problems = models.TextField(_("problems"), blank=True)
    rejected_file = models.FileField(_("sealed rejected rows"), upload_to="imports", blank=True)
    record = models.OneToOneField(
        FileImport, models.PROTECT, null=True, blank=True, related_name="uploaded"
    )

    class Meta:
        verbose_name = _("uploaded file")
        verbose_name_plural = _("uploaded files")
        ordering = ("upload", "number")
        constraints: ClassVar = [
            legible("uploaded_file_name_is_legible", "name"),
            models.UniqueConstraint(
                name="uploaded_file_number_once_in_an_upload", fields=["upload", "number"]
            ),
        ]

    def __str__(self) -> str:
        return self.name

"""What stores typed under a rulebook that answers only once the customer has confirmed."""

import uuid
from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from customers.models.registrations import Registration
from dealers.bounds import MomentField, within
from dealers.models import Dealer, Store, User, store_of_dealer
from dealers.models.scopes import SeenByPosts
from dealers.triggers import fixed, never_deleted, no_truncate


class ConfirmedBy(models.TextChoices):
    """How a customer confirmed, or else what became of it."""

    CODE = "code", _("the code, told in the store")
    LINK = "link", _("the link in the message")
    SCAN = "scan", _("the store's page")
    REFUSED = "refused", _("the customer says no")
    LAPSED = "lapsed", _("nobody confirmed in time")
    FORGOTTEN = "forgotten", _("the customer had everything deleted")


CONFIRMED = (ConfirmedBy.CODE, ConfirmedBy.LINK, ConfirmedBy.SCAN)
UNANSWERED = (ConfirmedBy.REFUSED, ConfirmedBy.LAPSED, ConfirmedBy.FORGOTTEN)


class UnconfirmedQuerySet(SeenByPosts["Unconfirmed"]):
    def open(self, at: datetime) -> Self:
        """Those that the customer can still confirm."""
        return self.filter(ended="", until__gt=at)


class Unconfirmed(models.Model):
    """A registration that waits for its customer. It says and knows nothing of any ownership.

    Name and number stand in it sealed, for as long as it waits.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.CharField(_("key"), max_length=120)
    dealer = models.ForeignKey(
        Dealer, models.PROTECT, db_constraint=False, related_name="+", verbose_name=_("dealer")
    )
    store = models.ForeignKey(
        Store, models.PROTECT, db_constraint=False, db_index=False, related_name="+",
        verbose_name=_("store"),
    )  # fmt: skip
    staff = models.ForeignKey(
        User, models.PROTECT, db_index=False, related_name="+", verbose_name=_("staff")
    )
    contact = models.BinaryField(_("what was typed, encrypted"), editable=False)
    received_at = MomentField(_("received at"))
    until = MomentField(_("waits until"))
    code = models.CharField(_("number of the code"), max_length=40)
    sent = models.PositiveSmallIntegerField(_("messages sent"), default=1)
    sent_at = MomentField(_("last sent at"))
    ended = models.CharField(_("how it ended"), max_length=10, choices=ConfirmedBy, blank=True)
    ended_at = MomentField(_("ended at"), null=True, blank=True)
    registration = models.OneToOneField(
        Registration, models.PROTECT, null=True, blank=True, related_name="unconfirmed",
        verbose_name=_("registration"),
    )  # fmt: skip

    objects = UnconfirmedQuerySet.as_manager()

    class Meta:
        verbose_name = _("registration that waits for its customer")
        verbose_name_plural = _("registrations that wait for their customers")
        ordering = ("-received_at", "id")
        constraints: ClassVar = [
            within(
                "unconfirmed_between_1990_and_2200",
                moments=["received_at", "until", "sent_at", "ended_at"],
            ),
            models.UniqueConstraint(name="unconfirmed_key_used_once", fields=["key"]),
            models.CheckConstraint(
                name="unconfirmed_waits_a_while", condition=Q(until__gt=F("received_at"))
            ),
            models.CheckConstraint(
                name="unconfirmed_keeps_nothing_once_it_ended",
                condition=Q(ended="", ended_at__isnull=True, registration__isnull=True)
                | Q(ended__in=CONFIRMED, ended_at__isnull=False, registration__isnull=False,
                    contact=b"")
                | Q(ended__in=UNANSWERED, ended_at__isnull=False, registration__isnull=True,
                    contact=b""),
            ),
            store_of_dealer("unconfirmed_store_is_the_dealers"),
        ]  # fmt: skip
        indexes: ClassVar = [
            models.Index(fields=["staff", "received_at"], name="unconfirmed_staff_time"),
            models.Index(fields=["store", "received_at"], name="unconfirmed_store_time"),
            models.Index(fields=["until"], name="unconfirmed_open", condition=Q(ended="")),
        ]
        triggers: ClassVar = [
            fixed(
                "unconfirmed_stays_what_was_typed", "id", "key", "dealer", "store", "staff",
                "received_at", "until",
            ),
            never_deleted("unconfirmed_never_deleted"),
            no_truncate("unconfirmed_never_emptied"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return str(self.pk)[:8]

    def get_absolute_url(self) -> str:
        return reverse("customers:unconfirmed", args=[self.pk])

    def waits(self, at: datetime) -> bool:
        return self.ended == "" and at < self.until

"""Who stands in line for a customer."""

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _

from customers.models.registrations import Registration, card_of_dealer
from dealers.bounds import MomentField, within
from dealers.models import Dealer, Store, store_of_dealer
from dealers.triggers import Kept, never_deleted, no_truncate


class WaitEnd(models.TextChoices):
    SERVED = "served", _("It was this store's turn")
    OWNED = "owned", _("The dealer got the customer otherwise")
    LEFT = "left", _("The store left the line")


class WaitingQuerySet(models.QuerySet["Waiting"]):
    def open(self) -> Self:
        """Who still stands in line."""
        return self.filter(ended_at__isnull=True)

    def end(self, at: datetime, how: WaitEnd) -> int:
        """Those who still stand in line do so no longer; how many."""
        return self.open().update(ended_at=Greatest("stood_at", at), ended=how)


class Waiting(models.Model):
    """A registration that stands in line, from when, and how that ended.

    Nobody but its own dealer sees it; the owner never learns who waits.
    """

    registration = models.OneToOneField(
        Registration, models.PROTECT, related_name="waiting", verbose_name=_("registration")
    )
    # Two foreign keys of several columns stand for those of identity, card, dealer and store.
    identity = models.ForeignKey(
        "Identity", models.PROTECT, db_constraint=False, db_index=False, related_name="waiting",
        verbose_name=_("identity"),
    )  # fmt: skip
    customer = models.ForeignKey(
        "Customer", models.PROTECT, db_constraint=False, related_name="waiting",
        verbose_name=_("customer"),
    )  # fmt: skip
    dealer = models.ForeignKey(
        Dealer, models.PROTECT, db_constraint=False, related_name="+", verbose_name=_("dealer")
    )
    store = models.ForeignKey(
        Store, models.PROTECT, db_constraint=False, db_index=False, related_name="+",
        verbose_name=_("store"),
    )  # fmt: skip
    stood_at = MomentField(_("in line since"))
    # The last moment at which it was this store's turn, and it had as many customers as it may.
    tried_at = MomentField(_("passed over at"), null=True, blank=True)
    ended_at = MomentField(_("in line until"), null=True, blank=True)
    ended = models.CharField(_("how it ended"), max_length=6, choices=WaitEnd, blank=True)

    objects = WaitingQuerySet.as_manager()

    class Meta:
        verbose_name = _("place in line")
        verbose_name_plural = _("places in line")
        ordering = ("registration_id",)
        constraints: ClassVar = [
            within("waiting_between_1990_and_2200", moments=["stood_at", "tried_at", "ended_at"]),
            models.UniqueConstraint(
                name="waiting_one_place_a_store_and_person",
                fields=["identity", "store"],
                condition=Q(ended_at__isnull=True),
            ),
            models.CheckConstraint(
                name="waiting_says_how_it_ended",
                condition=Q(ended_at__isnull=True, ended="")
                | Q(ended_at__gte=F("stood_at"), ended__in=WaitEnd.values),
            ),
            card_of_dealer("waiting_card_is_the_dealers"),
            store_of_dealer("waiting_store_is_the_dealers"),
        ]
        triggers: ClassVar = [
            Kept(name="waiting_only_ends", exclude=["tried_at", "ended_at", "ended"]),
            never_deleted("waiting_never_deleted"),
            no_truncate("waiting_never_emptied"),
        ]

    def __str__(self) -> str:
        return f"{self.registration} · {self.stood_at:%Y-%m-%d}"

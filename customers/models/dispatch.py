"""Leads that the brand has, the stores that they are offered to, and why to those."""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models.catalogue import Category
from customers.models.people import Identity
from dealers.bounds import MomentField, NameField, legible, within
from dealers.models import Dealer, Membership, Region, Store, User, store_of_dealer
from dealers.triggers import append_only, fixed, never_deleted, no_truncate


def _degrees(name: Any, most: int) -> models.DecimalField:
    bounds = [MinValueValidator(Decimal(-most)), MaxValueValidator(Decimal(most))]
    return models.DecimalField(
        name, max_digits=8, decimal_places=5, null=True, blank=True, validators=bounds
    )


def _on_earth(name: str) -> models.CheckConstraint:
    """Both coordinates or neither."""
    return models.CheckConstraint(
        name=name,
        condition=Q(latitude__isnull=True, longitude__isnull=True)
        | Q(
            latitude__isnull=False, latitude__gte=-90, latitude__lte=90,
            longitude__isnull=False, longitude__gte=-180, longitude__lte=180,
        ),
        violation_error_message=_("Give both latitude and longitude, or neither."),
    )  # fmt: skip


class DispatchStore(models.Model):
    """What a store is for dispatch, where that is not what every store is."""

    store = models.OneToOneField(
        Store, models.PROTECT, primary_key=True, related_name="dispatch", verbose_name=_("store")
    )
    latitude = _degrees(_("latitude"), 90)
    longitude = _degrees(_("longitude"), 180)
    weight = models.PositiveSmallIntegerField(
        _("weight"), default=1, validators=[MinValueValidator(1)],
        help_text=_("Its fair share of the leads, against 1 for other stores."),
    )  # fmt: skip
    capacity = models.PositiveSmallIntegerField(
        _("capacity"), default=20, help_text=_("Leads that it may have in hand at once.")
    )
    takes_leads = models.BooleanField(_("takes leads"), default=True)
    lines = models.ManyToManyField(
        Category, blank=True, related_name="+", verbose_name=_("product lines"),
        help_text=_("Only leads for these; where none is chosen, for all."),
    )  # fmt: skip
    of_brand = models.BooleanField(_("the brand's own store"), default=False)

    class Meta:
        verbose_name = _("store in dispatch")
        verbose_name_plural = _("stores in dispatch")
        ordering = ("store__code",)
        constraints: ClassVar = [
            _on_earth("dispatch_store_has_both_coordinates_or_none"),
            models.CheckConstraint(
                name="dispatch_store_weighs_something", condition=Q(weight__gte=1)
            ),
        ]

    def __str__(self) -> str:
        return str(self.store)

    @classmethod
    def of(cls, store: Store) -> Self:
        """What is said of a store, or of every store of which nothing is said."""
        return getattr(store, "dispatch", None) or cls(store=store)


class LeadSource(models.TextChoices):
    """Where a lead came from."""

    HQ = "hq", _("Entered by headquarters")
    FILE = "file", _("File import")
    ORDER = "order", _("Bought online, with no store")
    CLOSING = "closing", _("Asked for when a dealer closed")
    PAGE = "page", _("Left on a campaign's page")


class LeadQuerySet(models.QuerySet["Lead"]):
    def visible_to(self, membership: Membership | None) -> Self:
        """Those of the region that somebody manages; a dealer knows them by its offers."""
        if membership is None or membership.region_id is None:
            return self.none()
        return self.filter(region=membership.region_id)

    def open_to_take(self, at: datetime) -> Self:
        """Those that the first store to ask may have."""
        waiting = self.filter(open_until__gt=at, closed_at=None, queued_at=None)
        return waiting.filter(offers=None)

    def left_lying(self, at: datetime) -> Self:
        """Those that no store took in time, and which were not offered since."""
        waiting = self.filter(open_until__lte=at, closed_at=None, queued_at=None)
        return waiting.filter(offers=None)

    def queued(self) -> Self:
        """Those that nobody took: the region decides."""
        return self.filter(queued_at__isnull=False, closed_at__isnull=True)


class Lead(models.Model):
    """Somebody who asked the brand for something that a store does for them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    source = models.CharField(_("source"), max_length=10, choices=LeadSource)
    external_id = NameField(_("number there"), max_length=80, blank=True)
    campaign = NameField(_("campaign"), max_length=80, blank=True)
    identity = models.ForeignKey(
        Identity, models.PROTECT, related_name="leads", verbose_name=_("identity")
    )
    # Until a store accepts only the brand has it; what it is sealed with is the brand's.
    contact = models.BinaryField(_("name and number, encrypted"), editable=False)
    wish = NameField(_("what for"), max_length=120)
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("product category"),
    )  # fmt: skip
    region = models.ForeignKey(
        Region, models.PROTECT, related_name="leads", verbose_name=_("region")
    )
    latitude = _degrees(_("latitude"), 90)
    longitude = _degrees(_("longitude"), 180)
    consent_marketing = models.BooleanField(_("consent to offers"), default=False)
    received_at = MomentField(_("received at"))
    recorded_at = MomentField(_("recorded at"), default=timezone.now)
    by = models.ForeignKey(
        User, models.PROTECT, db_index=False, null=True, blank=True, related_name="+",
        verbose_name=_("entered by"),
    )  # fmt: skip
    open_until = MomentField(_("stores may take it until"), null=True, blank=True, editable=False)
    queued_at = MomentField(_("with the region since"), null=True, blank=True)
    closed_at = MomentField(_("closed at"), null=True, blank=True)

    objects = LeadQuerySet.as_manager()

    class Meta:
        verbose_name = _("lead")
        verbose_name_plural = _("leads")
        ordering = ("-received_at", "-id")
        constraints: ClassVar = [
            within(
                "lead_between_1990_and_2200",
                moments=["received_at", "recorded_at", "open_until", "queued_at", "closed_at"],
            ),
            legible("lead_is_legible", "external_id", "campaign", "wish"),
            _on_earth("lead_has_both_coordinates_or_none"),
            models.UniqueConstraint(
                name="lead_received_once",
                fields=["source", "external_id"],
                condition=~Q(external_id=""),
                violation_error_message=_("This lead is on file already."),
            ),
            models.CheckConstraint(
                name="lead_source_is_known", condition=Q(source__in=LeadSource.values)
            ),
        ]
        triggers: ClassVar = [
            fixed(
                "lead_stays_as_received", "source", "external_id", "campaign", "identity",
                "wish", "category", "region", "latitude", "longitude", "consent_marketing",
                "received_at", "recorded_at", "by",
            ),
            never_deleted("lead_never_deleted"),
        ]  # fmt: skip
        indexes: ClassVar = [
            models.Index(
                fields=["region", "queued_at"],
                name="lead_queue",
                condition=Q(queued_at__isnull=False, closed_at__isnull=True),
            ),
            models.Index(
                fields=["region", "open_until"],
                name="lead_open_to_take",
                condition=Q(open_until__isnull=False, closed_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        # Never a name or number: this text reaches logs, the admin and error pages.
        return f"{self.wish} · {str(self.pk)[:8]}"

    @property
    def agreed_to_contact(self) -> bool:
        """Whether the customer was asked, and agreed that a store keeps their number and calls.

        Of an online order nobody asked: a store may call about that order, as its seller may.
        """
        return self.source != LeadSource.ORDER


class WhyNot(models.TextChoices):
    """What keeps a store from being a candidate: the first that applies."""

    CLOSED = "closed", _("not open")
    TAKES_NONE = "takes_none", _("takes no leads")
    NOT_SOLD = "not_sold", _("does not sell what is wanted")
    UNCERTIFIED = "uncertified", _("nobody there holds a certificate")
    FULL = "full", _("has as many leads in hand as it may")
    ASKED = "asked", _("was asked before")


class Candidate(models.Model):
    """What a store weighed when a lead was offered. Only ever added: who changes a score shows."""

    lead = models.ForeignKey(
        Lead, models.PROTECT, db_index=False, related_name="candidates", verbose_name=_("lead")
    )
    hop = models.PositiveSmallIntegerField(_("attempt"))
    at = MomentField(_("at"))
    dealer = models.ForeignKey(
        Dealer, models.PROTECT, db_constraint=False, related_name="+", verbose_name=_("dealer")
    )
    store = models.ForeignKey(
        Store, models.PROTECT, db_constraint=False, db_index=False, related_name="+",
        verbose_name=_("store"),
    )  # fmt: skip
    why_not = models.CharField(_("why not"), max_length=12, choices=WhyNot, blank=True)
    metres = models.PositiveIntegerField(_("distance, metres"), null=True, blank=True)
    band = models.PositiveSmallIntegerField(_("distance band"))
    received = models.PositiveIntegerField(_("leads received"))
    weight = models.PositiveSmallIntegerField(_("weight"))
    in_hand = models.PositiveIntegerField(_("leads in hand"))
    capacity = models.PositiveSmallIntegerField(_("capacity"))
    converted = models.PositiveIntegerField(_("customers who bought"))
    mature = models.PositiveIntegerField(_("customers who had time to"))
    conversion_band = models.PositiveSmallIntegerField(_("conversion band"))
    place = models.PositiveIntegerField(_("place"), null=True, blank=True)

    class Meta:
        verbose_name = _("candidate")
        verbose_name_plural = _("candidates")
        ordering = ("lead_id", "hop", F("place").asc(nulls_last=True), "store_id")
        constraints: ClassVar = [
            within("candidate_between_1990_and_2200", moments=["at"]),
            models.UniqueConstraint(
                name="candidate_once_an_attempt", fields=["lead", "hop", "store"]
            ),
            models.UniqueConstraint(
                name="candidate_places_differ",
                fields=["lead", "hop", "place"],
                condition=Q(place__isnull=False),
            ),
            models.CheckConstraint(
                name="candidate_has_a_place_or_a_reason",
                condition=Q(place__isnull=True) & ~Q(why_not="")
                | Q(place__isnull=False, why_not=""),
            ),
            store_of_dealer("candidate_store_is_the_dealers"),
        ]
        triggers: ClassVar = [
            append_only("candidate_only_added"),
            no_truncate("candidate_never_emptied"),
        ]

    def __str__(self) -> str:
        return f"{self.store} · {self.place or '–'}"

"""How the leads of a campaign reach the brand and the stores, and the inbox of its page."""

import uuid
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.models.catalogue import Category
from customers.models.dispatch import Lead
from dealers.bounds import MomentField, NameField, legible, within
from dealers.models import Region
from dealers.triggers import fixed

# The version of what a campaign's page says today; each entry keeps the one that was agreed to.
LEAD_TEXT = "lead-2026-1"


class CampaignQuerySet(models.QuerySet["Campaign"]):
    def pulled(self) -> Self:
        """Those whose leads the stores take themselves."""
        return self.filter(pulls=True)

    def with_page(self) -> Self:
        """Those with a page where people ask to be called."""
        return self.exclude(asks_for="")


class Campaign(models.Model):
    """A campaign by the name that its leads bear; without one they are offered in turn."""

    name = NameField(pgettext_lazy("of a thing", "name"), max_length=80, unique=True)
    pulls = models.BooleanField(
        _("stores take its leads"), default=False,
        help_text=_(
            "Every store of the region that may be offered a lead sees it, without name and number;"
            " the first to take it has it. What nobody takes in time is offered in turn."
        ),
    )  # fmt: skip
    asks_for = NameField(
        _("page: people are called about"), max_length=120, blank=True,
        help_text=_(
            "Its page for everybody asks whether a store may call about this, and stores read it as"
            " what is wanted. Empty: it has no page."
        ),
    )  # fmt: skip
    region = models.ForeignKey(
        Region, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("page: region"),
        help_text=_("Whose stores get the leads of the page; empty: people choose."),
    )  # fmt: skip
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("page: product category"),
    )  # fmt: skip

    objects = CampaignQuerySet.as_manager()

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        ordering = ("name",)
        constraints: ClassVar = [
            legible("campaign_name_is_legible", "name"),
            legible("campaign_asks_legibly", "asks_for"),
        ]

    def __str__(self) -> str:
        return self.name


class LeadEntry(models.Model):
    """What somebody left on a campaign's page, until the worker has made a lead of it.

    The page puts it down and can read nothing; name and number stand in it sealed, and go when it
    is answered. The rest stays, and proves that the person asked.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    campaign = models.ForeignKey(
        Campaign, models.PROTECT, db_index=False, related_name="+", verbose_name=_("campaign")
    )
    region = models.ForeignKey(
        Region, models.PROTECT, db_index=False, related_name="+", verbose_name=_("region")
    )
    contact = models.BinaryField(_("name and number, encrypted"), editable=False)
    offers = models.BooleanField(_("consent to offers"), default=False)
    text_version = models.CharField(_("consent text version"), max_length=20, default=LEAD_TEXT)
    evidence = models.CharField(_("evidence"), max_length=40)
    received_at = MomentField(_("received at"))
    answered_at = MomentField(_("answered at"), null=True, blank=True)
    # Who asks for the same again, while one is under way, is called once.
    lead = models.ForeignKey(
        Lead, models.PROTECT, db_index=False, null=True, blank=True, related_name="+",
        verbose_name=_("lead"),
    )  # fmt: skip

    class Meta:
        verbose_name = _("entry of a campaign's page")
        verbose_name_plural = _("entries of campaigns' pages")
        ordering = ("-received_at",)
        constraints: ClassVar = [
            within("lead_entry_between_1990_and_2200", moments=["received_at", "answered_at"]),
            models.CheckConstraint(
                name="lead_entry_answered_keeps_no_contact",
                condition=Q(answered_at__isnull=True, lead__isnull=True)
                | Q(answered_at__isnull=False, lead__isnull=False, contact=b""),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["received_at"], name="lead_entry_waiting", condition=Q(answered_at=None)
            ),
            # What was said of a lead, by whoever asked once or again.
            models.Index(fields=["lead"], name="lead_entry_of_lead"),
        ]
        triggers: ClassVar = [
            fixed(
                "lead_entry_stays_what_was_said", "id", "campaign", "region", "offers",
                "text_version", "evidence", "received_at",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return str(self.pk)[:8]

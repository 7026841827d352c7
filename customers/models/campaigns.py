"""How the leads of a campaign reach the stores."""

from typing import ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dealers.bounds import NameField, legible


class CampaignQuerySet(models.QuerySet["Campaign"]):
    def pulled(self) -> Self:
        """Those whose leads the stores take themselves."""
        return self.filter(pulls=True)


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

    objects = CampaignQuerySet.as_manager()

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        ordering = ("name",)
        constraints: ClassVar = [legible("campaign_name_is_legible", "name")]

    def __str__(self) -> str:
        return self.name

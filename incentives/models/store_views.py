"""Views of the table of stores that a regional manager has put together and kept."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dealers.bounds import MomentField, NameField, legible, within
from dealers.models import User


class StoreView(models.Model):
    """What somebody narrows the table of stores by, its columns and its order, under a name."""

    user = models.ForeignKey(
        User, models.PROTECT, db_index=False, related_name="store_views", verbose_name=_("person")
    )
    name = NameField(pgettext_lazy("of a thing", "name"), max_length=40)
    query = models.CharField(_("what the address says"), max_length=1000)
    at = MomentField(_("at"))

    class Meta:
        verbose_name = _("view of the table of stores")
        verbose_name_plural = _("views of the table of stores")
        ordering = ("name",)
        constraints: ClassVar = [
            within("store_view_between_1990_and_2200", moments=["at"]),
            legible("store_view_is_legible", "name"),
            models.CheckConstraint(name="store_view_has_a_name", condition=~Q(name="")),
            models.UniqueConstraint(name="store_view_once_per_name", fields=["user", "name"]),
        ]

    def __str__(self) -> str:
        return self.name

"""What is sold: categories, as the till names them, and products."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dealers.bounds import NameField, legible


class Category(models.Model):
    """A product category, as the till names it."""

    code = NameField(_("code"), max_length=80, unique=True)
    name = NameField(pgettext_lazy("of a thing", "name"), max_length=120)

    class Meta:
        verbose_name = _("product category")
        verbose_name_plural = _("product categories")
        ordering = ("code",)
        constraints: ClassVar = [
            legible("category_is_legible", "code", "name"),
        ]

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    """Something the brand sells."""

    code = NameField(_("code"), max_length=80, unique=True)
    name = NameField(pgettext_lazy("of a thing", "name"), max_length=200)
    category = models.ForeignKey(
        Category, models.PROTECT, related_name="products", verbose_name=_("category")
    )

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ("code",)
        constraints: ClassVar = [
            legible("product_is_legible", "code", "name"),
        ]

    def __str__(self) -> str:
        return self.name

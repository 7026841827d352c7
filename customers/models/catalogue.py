"""What is sold: categories, as the till names them, and products."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Category(models.Model):
    """A product category, as the till names it."""

    code = models.CharField(_("code"), max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=120)

    class Meta:
        verbose_name = _("product category")
        verbose_name_plural = _("product categories")
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    """Something the brand sells."""

    code = models.CharField(_("code"), max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=200)
    category = models.ForeignKey(
        Category, models.PROTECT, related_name="products", verbose_name=_("category")
    )

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name

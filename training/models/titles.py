"""Titles that are written in Chinese, and in English where somebody has translated them."""

from django.db import models

from dealers.bounds import NameField
from dealers.sayings import in_language


class Titled(models.Model):
    """Something that is called by its title; the columns are those of each model."""

    title: NameField
    title_en: NameField

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.local_title

    @property
    def titles(self) -> tuple[str, str]:
        """In Chinese and in English, for what is kept for readers of either (``sayings.kept``)."""
        return self.title, self.title_en

    @property
    def local_title(self) -> str:
        return in_language(self.title, self.title_en)

"""Columns with sealed values: known as such to rotation, erasure and whoever asks for all."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import models


class SealedField(models.BinaryField):
    """What ``vault.seal`` made as ``label``, the column's name without ``_sealed``.

    Empty bytes are what was erased: a text that nobody gave is NULL, where that may be.
    """

    @property
    def label(self) -> str:
        return self.name.removesuffix("_sealed")

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.BinaryField", args, kwargs


def sealed_fields(model: type[models.Model]) -> list[SealedField]:
    """The sealed columns of a model."""
    return [it for it in model._meta.local_concrete_fields if isinstance(it, SealedField)]


def sealed_models() -> Iterator[type[models.Model]]:
    """Every model with a sealed column; each has a ``dealer``, whose key it is sealed with."""
    return (model for model in apps.get_models() if sealed_fields(model))

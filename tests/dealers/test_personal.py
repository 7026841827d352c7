"""Nothing that tells of a person is stored without being known as such."""

from django.apps import apps
from django.db import models

from dealers import personal
from dealers.sealed import SealedField, sealed_models


def test_every_column_says_whose_it_is():
    assert personal.unclassified() == []


def test_a_column_that_nobody_names_is_found(monkeypatch):
    monkeypatch.delitem(personal.NOBODY, "dealers.Region")
    monkeypatch.setitem(personal.NOBODY, "dealers.Gone", ("name",))
    monkeypatch.setitem(personal.CUSTOMERS, "dealers.User.name", personal.DAYS)

    assert personal.unclassified() == [
        "dealers.Gone.name", "dealers.Region.code", "dealers.Region.name", "dealers.User.name",
    ]  # fmt: skip


def test_sealed_columns_are_named_and_bound_alike():
    for model in sealed_models():
        model._meta.get_field("dealer")  # whose key it is sealed with
        for field in model._meta.local_concrete_fields:
            assert field.name.endswith("_sealed") == isinstance(field, SealedField)
    for model in apps.get_models():
        for field in model._meta.local_concrete_fields:
            sealed = isinstance(field, models.BinaryField) and field.name.endswith("_sealed")
            assert not sealed or isinstance(field, SealedField)
    assert "customers.Customer.name_sealed" in personal.of_customers()

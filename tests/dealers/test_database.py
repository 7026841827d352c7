"""Rows of several tables in one statement."""

import pytest
from django.db import DataError, transaction

from dealers.database import NotSaved, Update, save_together
from dealers.models import Dealer, Region

pytestmark = pytest.mark.django_db


def test_rows_of_several_tables_are_saved_in_one_statement(django_assert_num_queries):
    region = Region(id=7001, code="N", name="North")
    dealer = Dealer(id=7002, code="D", name="One", region=region)

    with django_assert_num_queries(1):
        save_together([region, dealer])

    assert Dealer.objects.select_related("region").get(code="D").region == region
    assert not dealer._state.adding


def test_a_row_without_a_key_gets_one():
    save_together([Region(code="N", name="North")])

    assert Region.objects.get(code="N").pk


def test_an_update_saves_its_fields_only_and_comes_in_its_turn():
    region = Region.objects.create(code="N", name="North")
    taken = Region(code="N", name="Another")  # its code is free once the first has another

    save_together([Update(Region(pk=region.pk, code="M", name="lost"), ("code",)), taken])

    assert set(Region.objects.values_list("code", "name")) == {("M", "North"), ("N", "Another")}


def test_nothing_is_saved_where_a_row_to_update_is_not_there():
    with pytest.raises(NotSaved), transaction.atomic():
        save_together([Region(code="N", name="North"), Update(Region(pk=1, code="M"), ("code",))])

    assert not Region.objects.exists()


def test_what_is_too_long_is_refused_and_not_cut_off():
    length = Region._meta.get_field("code").max_length

    with pytest.raises(DataError), transaction.atomic():
        save_together([Region(code="x" * (length + 1), name="North")])

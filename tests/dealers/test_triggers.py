"""Triggers: nobody talks them into looking away, and a repair says what it lifts."""

import pgtrigger
import pytest
from django.db import DatabaseError, connection, transaction

from dealers.models import Invitation, Store
from dealers.triggers import drop_what_is_left_behind, lifted
from tests.factories.dealers import StoreFactory

pytestmark = pytest.mark.django_db


def names(model):
    return [trigger.get_pgid(model) for trigger in model._meta.triggers]


def test_no_setting_of_the_session_switches_a_trigger_off():
    store = StoreFactory()

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL pgtrigger.ignore = %s", ["{" + ",".join(names(Store)) + "}"])
        with pytest.raises(DatabaseError, match="store_code_is_safe"), transaction.atomic():
            Store.objects.filter(pk=store.pk).update(code="a/b")
    with pgtrigger.ignore(), pytest.raises(DatabaseError), transaction.atomic():
        Store.objects.filter(pk=store.pk).update(code="a/b")


def test_what_is_lifted_is_lifted_for_these_tables_and_until_the_end():
    store = StoreFactory()

    with lifted(Store, Invitation):
        Store.objects.filter(pk=store.pk).update(code="a/b")

    with pytest.raises(DatabaseError, match="store_code_is_safe"):
        Store.objects.filter(pk=store.pk).update(code="b/c")


def test_no_function_is_left_behind_by_a_trigger_that_is_gone():
    count = "SELECT count(*) FROM pg_proc WHERE proname LIKE 'pgtrigger\\_%'"
    with connection.cursor() as cursor:
        before = cursor.execute(count).fetchone()
        cursor.execute(
            "CREATE FUNCTION pgtrigger_of_a_column_that_is_gone() RETURNS trigger"
            " LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"
        )

        drop_what_is_left_behind("default")

        assert cursor.execute(count).fetchone() == before
        assert before > (100,)

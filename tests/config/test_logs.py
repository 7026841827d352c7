"""The log names what went wrong and keeps to itself what was typed."""

import logging
import sys

import pytest
from django.db import DataError, IntegrityError, connection, transaction

from config.logs import Formatter
from dealers.models import Region


def logged(problem):
    try:
        raise problem
    except Exception:
        record = logging.LogRecord(
            "portal", logging.ERROR, __file__, 1, "It failed: %s", (problem,), None
        )
        record.exc_info = sys.exc_info()
        return Formatter("{levelname} {message}", style="{").format(record)


@pytest.mark.django_db
def test_the_values_of_a_broken_rule_are_left_out():
    Region.objects.create(code="R1", name="王小明")
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        Region.objects.create(code="R1", name="王小明")
    assert "(R1)" in str(caught.value)

    text = logged(caught.value)

    assert "(R1)" not in text
    assert "already exists" not in text
    assert "duplicate key value violates unique constraint" in text
    assert "Traceback" in text


@pytest.mark.django_db
def test_the_statement_that_failed_is_left_out():
    with pytest.raises(DataError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT %s::int", ["number 139123" + "45678"])
    assert "13912345678" not in logged(caught.value)

"""The connection to the database."""

import pgtrigger
import pytest
from django.db import connection


@pytest.mark.django_db(transaction=True)
def test_triggers_always_find_the_list_of_those_to_ignore():
    """Where they do not, each deferred check of a month's closing costs a failed look-up."""

    def ignored():
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('pgtrigger.ignore')")
            return cursor.fetchone()[0]

    assert ignored() == "{}"
    with pgtrigger.ignore():
        assert ignored() != "{}"
    assert ignored() == "{}"

"""The door is left as it was come in by, as long as there is somebody to tell."""

import pytest
from django.db import OperationalError, connection, transaction

from config.servers.database.base import patience
from dealers import door


@pytest.mark.django_db(transaction=True)
def test_who_is_not_answered_in_time_is_told_that_and_not_what_follows_from_it():
    """A session that is lost takes no role any more."""

    def stood_still():
        hasty = patience(0.3)
        with transaction.atomic(), door.opened(), hasty, connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(2)")

    with pytest.raises(OperationalError, match="in time"):
        stood_still()

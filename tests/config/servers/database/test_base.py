"""What the backend leaves with a session of the server, and what it does not."""

import pytest
from django.db import OperationalError, connection, transaction

from config.servers.database.base import OutcomeUnknown, patience
from dealers.models import Region
from tests.config.slow_commits import commits_slowly
from tests.factories.dealers import RegionFactory

HELD = "SELECT count(*) FROM pg_cursors WHERE is_holdable"


def held():
    """How many results the session of this process keeps between transactions."""
    with connection.cursor() as cursor:
        cursor.execute(HELD)
        return cursor.fetchone()[0]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("pooled", [True, False])
def test_a_pool_by_transaction_is_left_nothing(pooled, settings):
    """Where the next statement may go to another session, which knows of no result."""
    settings.PORTAL_POOLED = pooled
    made = {RegionFactory().pk for _each in range(3)}

    rows = Region.objects.order_by("pk").iterator(chunk_size=1)
    found = [next(rows).pk]
    assert held() == (0 if pooled else 1)
    found += [each.pk for each in rows]

    assert set(found) == made
    assert held() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("pooled", [True, False])
def test_a_pool_by_transaction_is_left_no_statement(pooled, settings):
    settings.PORTAL_POOLED = pooled
    connection.close()  # what other tests prepared
    for _each in range(3):
        with connection.prepared() as cursor:
            cursor.execute("SELECT %s::int", [1])
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements")
        assert cursor.fetchone()[0] == (0 if pooled else 1)


@pytest.mark.django_db
def test_within_a_transaction_rows_come_by_portions_all_the_same(settings):
    settings.PORTAL_POOLED = True
    RegionFactory(), RegionFactory()
    with transaction.atomic():
        rows = Region.objects.iterator(chunk_size=1)
        next(rows)
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_cursors WHERE NOT is_holdable")
            assert cursor.fetchone()[0] == 1
        rows.close()


@pytest.mark.django_db(transaction=True)
def test_what_a_commit_that_stands_still_keeps_nobody_knows():
    def added():
        with patience(1), transaction.atomic():
            RegionFactory()

    with commits_slowly("dealers_region", 3), pytest.raises(OutcomeUnknown, match="in time"):
        added()

    assert Region.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_so_it_is_where_no_other_session_is_to_be_had_either(monkeypatch):
    """As of a server that went down at that moment, and takes no connections."""

    def added(moving):
        with patience(1), transaction.atomic():
            RegionFactory()
            moving.setitem(connection.settings_dict, "PORT", "1")

    with commits_slowly("dealers_region", 2):
        with monkeypatch.context() as moving, pytest.raises(OutcomeUnknown):
            added(moving)
        assert connection.connection is None

    assert Region.objects.count() == 1
    with transaction.atomic():
        RegionFactory()
    assert Region.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_session_that_is_lost_within_a_transaction_is_not_replaced_to_end_it():
    def stood_still():
        with patience(0.3), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(2)")

    with pytest.raises(OperationalError, match="in time"):
        stood_still()

    assert connection.connection is None
    assert connection.transaction_begun is None
    assert Region.objects.count() == 0  # on another one
    assert connection.get_autocommit()

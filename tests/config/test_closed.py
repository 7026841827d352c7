"""A page fails closed where the walls are not as they should be: never as an empty list."""

import logging
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from dealers.actor import Actor
from dealers.models import Notice, NoticeKind

pytestmark = pytest.mark.django_db
CLOSED = "数据库拒绝打开此页面"


def run(statement):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(statement)


def closed(answer, caplog):
    """Whether the page says so, and the log raises an alarm."""
    assert answer.status_code == 500
    alarms = [it for it in caplog.records if it.levelno == logging.CRITICAL]
    assert len(alarms) == 1
    assert "The walls refused /customers/" in alarms[0].getMessage()
    return CLOSED in answer.content.decode()


@pytest.fixture
def client(login, clerk):
    client = login(clerk)
    assert client.get("/customers/").status_code == 200
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize("role", ["portal_public", "portal_door"])
def test_in_a_wrong_role(role, client, monkeypatch, caplog):
    monkeypatch.setattr(Actor, "database_role", role)
    assert closed(client.get("/customers/"), caplog)


def test_without_the_dealer(client, monkeypatch, caplog):
    monkeypatch.setattr(Actor, "dealer_id", None)
    assert closed(client.get("/customers/"), caplog)


@pytest.mark.parametrize(
    "broken",
    [
        "DROP POLICY portal_dealer ON customers_customer",
        "ALTER TABLE customers_customer DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE customers_ownership NO FORCE ROW LEVEL SECURITY",
        "CREATE POLICY more ON customers_customer USING (true)",
    ],
)
def test_with_a_policy_that_is_off(broken, client, caplog):
    run(broken)
    assert closed(client.get("/customers/"), caplog)


def test_headquarters_is_told_once_in_an_hour_and_the_dealer_nothing(client, hq, clerk):
    run("ALTER TABLE customers_customer DISABLE ROW LEVEL SECURITY")
    for _page in range(2):
        assert client.get("/customers/").status_code == 500
    told = Notice.objects.filter(kind=NoticeKind.ALARM)
    assert 1 <= told.of(hq).count() <= 2  # the hour may end between the two
    assert not told.of(clerk.user).exists()


def test_a_server_whose_clock_is_wrong_records_nothing_of_it(client, hq, caplog, monkeypatch):
    now = timezone.now
    monkeypatch.setattr("django.utils.timezone.now", lambda: now() + timedelta(seconds=10))
    run("ALTER TABLE customers_customer DISABLE ROW LEVEL SECURITY")
    assert closed(client.get("/customers/"), caplog)
    assert "could not be told" in caplog.text
    assert not Notice.objects.exists()


def test_a_page_that_breaks_otherwise_is_no_alarm(client, hq, monkeypatch):
    monkeypatch.setattr("customers.portfolio.page", None)
    assert client.get("/customers/").status_code == 500
    assert not Notice.objects.filter(kind=NoticeKind.ALARM).exists()


def test_where_the_worker_is_held_back_as_well_the_log_alone_says_so(client, hq, caplog):
    run("REVOKE INSERT ON dealers_notice FROM portal_worker")
    run("DROP POLICY portal_dealer ON customers_customer")
    assert closed(client.get("/customers/"), caplog)
    assert "could not be told" in caplog.text
    assert not Notice.objects.exists()

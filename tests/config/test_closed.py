"""A page fails closed where the walls are not as they should be: never as an empty list."""

import logging

import pytest
from django.db import connection

from dealers.actor import Actor

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
    ],
)
def test_with_a_policy_that_is_off(broken, client, caplog):
    run(broken)
    assert closed(client.get("/customers/"), caplog)

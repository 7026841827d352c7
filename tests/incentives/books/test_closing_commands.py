"""Closing a month, and writing its statements out, at the command line."""

from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from tests.factories.incentives import (
    FEBRUARY,
    JANUARY,
    close_period,
    give_back,
    per_registration,
    percent,
    published,
    sale,
    tiers,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.mark.usefixtures("customer")
def test_close_period_says_what_it_did(capsys):
    published(per_registration())

    call_command("close_period", "2026-01")
    call_command("close_period", "2026-01")

    first, second = capsys.readouterr().out.splitlines()
    assert first == "2026-01 closed: 1 results, 1 journals, 1 statements"
    assert second == "2026-01 is closed already; nothing changed"


@pytest.mark.django_db
def test_a_database_lost_at_the_commit_leaves_a_sentence_too(monkeypatch):
    def lost(*_args, **_options):
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr("incentives.books.closing.close_period", lost)
    with pytest.raises(CommandError, match="2026-01 may be closed or not"):
        call_command("close_period", "2026-01")


@pytest.mark.usefixtures("customer")
def test_close_period_refuses_with_a_sentence():
    published(per_registration())
    with pytest.raises(CommandError, match="Close 2026-01 first") as refused:
        call_command("close_period", "2026-02")
    assert refused.value.returncode == 1
    with pytest.raises(CommandError, match="write it like 2017-03") as misused:
        call_command("close_period", "March")
    assert misused.value.returncode == 2


def test_export_statements_has_a_row_a_component_and_a_total(customer, tmp_path):
    published(percent("0.03", places=["own"]), tiers(code="tiers"))
    sold = sale(customer, "100.00", date(2026, 1, 10))
    close_period(JANUARY)
    give_back(sold, "40.00", date(2026, 2, 10))
    close_period(FEBRUARY)

    call_command("export_statements", str(tmp_path / "out.csv"), "--period", "2026-02")

    code = customer.dealer.code
    assert (tmp_path / "out.csv").read_text().splitlines() == [
        "dealer_code,component,lines,base,amount,state",
        f"{code},cross,1,-40.00,-1.20,on_statement",
        f"{code},tiers-adjustment,1,-40.00,-0.80,on_statement",
        f"{code},TOTAL,2,-80.00,-2.00,on_statement",
    ]


def test_export_statements_of_an_open_month_are_estimates(customer, tmp_path):
    published(percent("0.03", places=["own"]))
    sale(customer, "100.00", date(2026, 1, 10))

    call_command("export_statements", str(tmp_path / "out.csv"), "--period", "2026-01")

    rows = (tmp_path / "out.csv").read_text().splitlines()
    assert rows[1] == f"{customer.dealer.code},cross,1,100.00,3.00,estimated"

"""A closed month computed again: nothing differs, and what was changed behind its back is named."""

from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from customers.models import Attribution, Holder
from dealers.triggers import lifted
from incentives.books.closing import inputs_hash
from incentives.engine.scope import Scope
from incentives.models import FIRST_ENGINE, Line, Plan, Result, Run
from tests.factories.dealers import StoreFactory
from tests.factories.incentives import (
    FEBRUARY,
    JANUARY,
    close_period,
    give_back,
    just_after,
    per_registration,
    percent,
    published,
    sale,
    tiers,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture
def months(customer):
    """January and February are closed: sales, what came back of them, late, and a cap."""
    published(percent(period_cap="50.00"), tiers(code="tiers"), per_registration(code="fee"))
    first = sale(customer, "1000.00", date(2026, 1, 10))
    sale(customer, "900.00", date(2026, 1, 11))
    january = close_period(JANUARY)
    give_back(first, "300.00", date(2026, 2, 3))
    sale(customer, "70.00", date(2026, 1, 30), recorded_at=just_after(january))
    return january, close_period(FEBRUARY)


@pytest.fixture
def recompute(capsys):
    def run(month):
        call_command("recompute", month, "--check")
        return capsys.readouterr().out.splitlines()

    return run


def test_a_closed_month_comes_out_again(months, recompute):
    for month, run in zip(("2026-01", "2026-02"), months, strict=True):
        lines = Line.objects.filter(result__run=run).count()
        assert lines
        assert recompute(month) == [f"{month}: {lines} lines, 0 differences"]


def test_a_line_that_was_changed_is_named(months, recompute, capsys):
    with lifted(Line, Result), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE incentives_line SET amount = amount + 0.01 WHERE id ="
            " (SELECT min(id) FROM incentives_line WHERE amount IS NOT NULL)"
        )

    with pytest.raises(CommandError, match="3 differences") as stopped:
        recompute("2026-01")

    assert stopped.value.returncode == 1
    booked, computed, statement, last = capsys.readouterr().out.splitlines()
    assert "which is not computed" in booked
    assert "which is not booked" in computed
    assert "results 53.00, lines 53.01, books 53.00" in statement
    assert last.endswith("lines, 3 differences")


@pytest.mark.parametrize(
    "changed",
    [
        "customers_attribution SET quantity = quantity + 1",
        "customers_attribution SET share = 0.5",
        "customers_attribution SET sold_by = 'sister'",
        "customers_attribution SET ordered_at = ordered_at + interval '1 second'",
        "incentives_plan SET direction = 'dealer_pays'",
    ],
    ids=["quantity", "share", "place", "moment", "direction"],
)
def test_a_fact_that_was_changed_is_found(months, recompute, capsys, changed):
    with lifted(Attribution, Plan), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {changed}")

    with pytest.raises(CommandError):
        recompute("2026-01")

    assert "What went in has another hash" in capsys.readouterr().out


def test_what_says_that_a_dealer_has_no_part_of_an_order_changes_no_closed_month(months, recompute):
    """As an upgrade writes it of orders that were taken from somebody before."""
    january, other = months[0], StoreFactory()
    sold = Attribution.objects.filter(sale=None).order_by("pk").first()
    back = Attribution.objects.get(sale__isnull=False)
    with lifted(Attribution):
        Attribution.objects.filter(pk=back.pk).update(recorded_at=january.known_until)
        for each in (sold, back):
            each.pk, each.holder, each.share = None, Holder.NOBODY, 0
            each.store, each.dealer, each.ownership = other, other.dealer, None
            each.counts_on, each.recorded_at = date(2026, 1, 31), january.known_until
            each.save(force_insert=True)

    assert recompute("2026-01")[0].endswith("0 differences")


def test_a_month_of_the_first_engine_is_replayed_by_its_rule(months, recompute):
    january = months[0]
    first = inputs_hash(Scope.of_run(january), FIRST_ENGINE)
    with lifted(Run):
        Run.objects.filter(pk=january.pk).update(engine=FIRST_ENGINE, inputs_hash=first)

    assert recompute("2026-01")[0].endswith("0 differences")


def test_only_closed_months_are_computed_again(recompute):
    for month in ("2026-01", "soon"):
        with pytest.raises(CommandError) as stopped:
            recompute(month)
        assert stopped.value.returncode == 2

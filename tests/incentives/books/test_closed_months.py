"""Closed months recompute, and what was changed in them is found."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection, transaction

from customers.models import Attribution
from dealers.triggers import lifted
from incentives import verification
from incentives.books import closing
from incentives.engine import month as engine
from incentives.engine.scope import Scope
from incentives.models import FIRST_ENGINE, Run
from tests.factories.dealers import StoreFactory
from tests.factories.incentives import (
    FEBRUARY,
    JANUARY,
    MARCH,
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


def broken() -> list[str]:
    """The checks that fail."""
    return [name for name, holds, _why in verification.checks() if not holds]


def busy(customer) -> None:
    published(
        percent("0.03", places=["own"], period_cap=Decimal("4.00")),
        tiers(code="tiers", period_cap=Decimal("9000.00")),
        tiers("tiers_whole", code="whole", clawback="original_rate"),
        percent("0.5", code="shared", by_share=True, to="seller", places=["other"]),
        per_registration(),
    )
    first = sale(customer, "100.00", date(2026, 1, 10))
    second = sale(customer, "310000.00", date(2026, 1, 12))
    elsewhere = sale(
        customer, "33.33", date(2026, 1, 13), sold_by="other", at=StoreFactory(), share="0.3"
    )
    give_back(first, "33.33", date(2026, 1, 14))
    run = close_period(JANUARY)
    give_back(first, "33.34", date(2026, 2, 14))
    give_back(second, "20000.00", date(2026, 2, 15))
    give_back(elsewhere, "11.11", date(2026, 2, 16))
    late = just_after(run)
    sale(customer, "50.00", date(2026, 1, 20), recorded_at=late)
    give_back(second, "10.00", date(2026, 1, 21), recorded_at=late)
    close_period(FEBRUARY)
    give_back(first, "33.33", date(2026, 3, 14))
    close_period(MARCH)


def test_everything_recomputes(customer):
    busy(customer)

    assert broken() == []


def test_a_wrong_amount_is_found(customer):
    busy(customer)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE incentives_line DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE incentives_line SET amount = amount + 0.01 WHERE id ="
            " (SELECT min(id) FROM incentives_line WHERE amount IS NOT NULL)"
        )

    assert broken() == [
        "results are the sum of their lines",
        "every amount recomputes",
        "statements can be read and written out",
    ]


@pytest.mark.parametrize(
    "change",
    ["quantity = quantity + 1", "share = 0.5", "sold_by = 'sister'",
     "signed_net = signed_net + 1", "ordered_at = ordered_at + interval '1 second'"],
)  # fmt: skip
def test_a_fact_that_changed_is_found(customer, change):
    published(percent(places=["own"]))
    sale(customer, "100.00", date(2026, 1, 10))
    close_period(JANUARY)
    with lifted(Attribution), connection.cursor() as cursor:
        cursor.execute(f"UPDATE customers_attribution SET {change}")

    assert "inputs of closed months are unchanged" in broken()


@pytest.mark.parametrize(
    "change",
    [
        *(f"customers_attribution SET {column} WHERE holder = 'owner'" for column in (
            "order_id = gen_random_uuid()", "version = version + 1", "sale_id = gen_random_uuid()",
            "ordered_at = ordered_at + interval '1 second'", "counts_on = counts_on + 1",
            "holder = 'seller', ownership_id = NULL", "dealer_id = dealer_id + 1",
            "store_id = store_id + 1",
            "share = 0.5", "sold_by = 'sister'", "quantity = 7", "signed_net = signed_net + 1",
        )),
        *(f"customers_registration SET {column}" for column in (
            "id = id + 1000000", "dealer_id = dealer_id + 1",
            "received_at = received_at + interval '1 second'", "received_on = received_on + 1",
        )),
    ],
)  # fmt: skip
def test_each_column_of_a_fact_enters_the_hash(customer, change):
    published(percent(), per_registration())
    sale(customer, "100.00", date(2026, 1, 10), sold_by="other", at=StoreFactory(), share="0.3")
    run = close_period(JANUARY)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute(f"ALTER TABLE {change.split()[0]} DISABLE TRIGGER USER")
        cursor.execute(f"UPDATE {change}")
        changed = closing.inputs_hash(Scope.of_run(run))
        transaction.set_rollback(True)

    assert changed != run.inputs_hash == closing.inputs_hash(Scope.of_run(run))


def test_a_month_keeps_the_hash_of_its_engine(customer):
    published(percent(places=["own"]))
    sale(customer, "100.00", date(2026, 1, 10))
    run = close_period(JANUARY)
    first = closing.inputs_hash(Scope.of_run(run), FIRST_ENGINE)
    with lifted(Run):
        Run.objects.update(engine=FIRST_ENGINE, inputs_hash=first)

    assert first != run.inputs_hash
    assert broken() == []


def test_a_closed_month_computes_the_same_again(customer):
    busy(customer)

    for run in Run.objects.all():
        again = {
            (e.component.pk, e.dealer_id, e.for_month, e.adjustment, e.amount, e.base)
            for e in engine.estimate(Scope.of_run(run))
        }
        stored = {
            (r.component_id, r.dealer_id, r.for_month, r.adjustment, r.amount, r.base)
            for r in run.results.all()
        }
        assert again == stored

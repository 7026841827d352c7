"""What is paid only for what happened once the agreement was signed."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from tests.factories.agreements import published as agreement
from tests.factories.agreements import refused_at, signed, signed_at
from tests.factories.dealers import OwnerFactory
from tests.factories.incentives import (
    JANUARY,
    give_back,
    owned_customer,
    per_registration,
    percent,
    published,
    sale,
)
from tests.incentives.engine.paying import paid

pytestmark = pytest.mark.django_db

NOON_OF_THE_TENTH = datetime(2026, 1, 10, 4, tzinfo=UTC)


def test_sales_before_the_signature_earn_nothing_and_those_after_it_do(customer):
    published(percent("0.03", places=["own"]))
    sale(customer, "1000.00", date(2026, 1, 9))
    sale(customer, "2000.00", date(2026, 1, 11))
    signed_at(customer.store.dealer, NOON_OF_THE_TENTH, JANUARY)

    assert paid() == [(Decimal("30.00"),), (Decimal("60.00"),)]
    assert paid("agreement_signed") == [
        (Decimal("0.00"), "gate_agreement_signed"),
        (Decimal("60.00"),),
    ]


def test_on_the_very_day_the_moment_counts(customer):
    published(percent("0.03", places=["own"]))
    made = sale(customer, "1000.00", date(2026, 1, 10))
    signed_at(customer.store.dealer, made.ordered_at, JANUARY)
    assert [amount for amount, *_reasons in paid("agreement_signed")] == [Decimal("30.00")]


def test_a_version_counts_from_its_first_day_on(customer):
    published(percent("0.03", places=["own"]))
    sale(customer, "1000.00", date(2026, 1, 11))
    sale(customer, "2000.00", date(2026, 1, 15))
    signed_at(customer.store.dealer, NOON_OF_THE_TENTH, date(2026, 1, 15))
    assert [amount for amount, *_reasons in paid("agreement_signed")] == [
        Decimal("0.00"),
        Decimal("60.00"),
    ]


def test_a_signature_of_today_changes_nothing_of_january(customer):
    published(percent("0.03", places=["own"]))
    sale(customer, "1000.00", date(2026, 1, 11))
    signed(agreement(), OwnerFactory(dealer=customer.store.dealer))
    assert [amount for amount, *_reasons in paid("agreement_signed")] == [Decimal("0.00")]


def test_that_of_another_dealer_counts_for_nobody_else(customer):
    published(percent("0.03", places=["own"]))
    sale(customer, "1000.00", date(2026, 1, 11))
    signed_at(OwnerFactory().dealer, NOON_OF_THE_TENTH, JANUARY)
    assert [amount for amount, *_reasons in paid("agreement_signed")] == [Decimal("0.00")]


SECOND, THIRD = date(2026, 1, 5), date(2026, 1, 8)
EARLIER = NOON_OF_THE_TENTH - timedelta(days=1)
A_BIT = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("signatures", "pays"),
    [
        ([], False),
        ([(EARLIER, JANUARY)], False),
        ([(EARLIER, JANUARY), (EARLIER, SECOND)], True),
        ([(EARLIER, JANUARY), (NOON_OF_THE_TENTH, SECOND)], True),
        ([(EARLIER, JANUARY), (NOON_OF_THE_TENTH + A_BIT, SECOND)], False),
        ([(EARLIER, JANUARY), (EARLIER, THIRD)], True),
        ([(EARLIER, JANUARY), (EARLIER, date(2026, 1, 10))], True),
        ([(EARLIER, JANUARY), (EARLIER, date(2026, 1, 11))], False),
    ],
    ids=[
        "none", "first", "second", "at that moment", "a moment later", "third",
        "one of that day", "one that has not begun",
    ],
)  # fmt: skip
def test_a_version_is_asked_for_by_its_first_day(customer, signatures, pays):
    published(
        percent("0.03", places=["own"], gates=["agreement_signed"], agreement_from=SECOND),
        percent("0.01", places=["own"], code="any", gates=["agreement_signed"]),
    )
    sale(customer, "1000.00", date(2026, 1, 10))
    for at, starts_on in signatures:
        signed_at(customer.store.dealer, at, starts_on)
    closed = (Decimal("0.00"), "gate_agreement_signed")
    assert sorted(paid()) == sorted([
        (Decimal("10.00"),) if signatures else closed,
        (Decimal("30.00"),) if pays else closed,
    ])  # fmt: skip


def test_who_refuses_a_version_does_without_what_asks_for_it_and_for_nothing_else(customer):
    published(
        percent("0.03", places=["own"], gates=["agreement_signed"], agreement_from=SECOND),
        percent("0.01", places=["own"], code="any", gates=["agreement_signed"]),
        percent("0.02", places=["own"], code="first", gates=["agreement_signed"],
                agreement_from=JANUARY),
    )  # fmt: skip
    sale(customer, "1000.00", date(2026, 1, 10))
    signed_at(customer.store.dealer, EARLIER, JANUARY)
    refused_at(customer.store.dealer, EARLIER, SECOND)
    assert sorted(amount for amount, *_reasons in paid()) == [0, 10, 20]


def test_registrations_are_gated_as_sales_are(store):
    published(per_registration("15.00"))
    owned_customer(store, datetime(2026, 1, 9, 4, tzinfo=UTC))
    owned_customer(store, datetime(2026, 1, 11, 4, tzinfo=UTC))
    signed_at(store.dealer, NOON_OF_THE_TENTH, JANUARY)
    assert [amount for amount, *_reasons in paid("agreement_signed")] == [
        Decimal("0.00"),
        Decimal("15.00"),
    ]


def test_a_return_takes_back_what_its_sale_was_paid(customer):
    published(percent("0.03", places=["own"]))
    made = sale(customer, "2000.00", date(2026, 1, 11))
    give_back(made, "500.00", date(2026, 1, 20))
    signed_at(customer.store.dealer, NOON_OF_THE_TENTH, JANUARY)
    assert sum(amount for amount, *_reasons in paid("agreement_signed")) == Decimal("45.00")

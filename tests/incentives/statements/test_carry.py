"""What was paid is taken back by half of a statement at most, and the rest is carried."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection
from hypothesis import example, given
from hypothesis import strategies as st

from dealers.actor import Actor
from dealers.triggers import lifted
from incentives.models import Statement
from incentives.statements.issue import SETTLED, Settled, settle
from tests.factories.customers import RulebookFactory
from tests.factories.dealers import OwnerFactory, StoreFactory, UserFactory
from tests.factories.incentives import (
    FEBRUARY,
    JANUARY,
    MARCH,
    close_period,
    give_back,
    owned_customer,
    percent,
    published,
    sale,
    tiers,
)
from tests.factories.payouts import answered, approved, give_account, today

FEN = Decimal("0.01")
APRIL = date(2026, 4, 1)


def money(low: int, high: int):
    return st.integers(low, high).map(lambda fen: Decimal(fen) / 100)


@pytest.mark.parametrize(
    ("opening", "back", "total", "clawback", "expected"),
    [
        # Nothing was paid: all of it is netted, as ever.
        ("0", "0", "100", "0", ("100", "0", "0")),
        ("-30", "0", "100", "0", ("70", "0", "0")),
        ("-130", "0", "100", "0", ("0", "-30", "0")),
        # 100 earned, 30 of what was paid taken back: less than half, all of it is taken.
        ("0", "0", "70", "-30", ("70", "0", "0")),
        # 100 earned, 80 taken back: half is taken, 30 is carried.
        ("0", "0", "20", "-80", ("50", "-30", "-30")),
        ("-30", "-30", "100", "0", ("70", "0", "0")),
        # Nothing earned: nothing is taken, all is carried.
        ("0", "0", "-80", "-80", ("0", "-80", "-80")),
        # What was not paid is netted first: 100 less 40 leaves 60, of which half is taken.
        ("-140", "-100", "100", "0", ("30", "-70", "-70")),
        # An odd fen stays with the dealer.
        ("0", "0", "-0.99", "-1", ("0.01", "-1.00", "-1.00")),
    ],
)
def test_half_of_a_statement_at_most(opening, back, total, clawback, expected):
    given_figures = (Decimal(it) for it in (opening, back, total, clawback))

    assert settle(*given_figures, FEN) == Settled(*(Decimal(it) for it in expected))


@given(
    unpaid=money(-50_000, 0),
    back=money(-50_000, 0),
    rest=money(-50_000, 100_000),
    clawback=money(-50_000, 0),
)
@example(unpaid=Decimal(0), back=Decimal(0), rest=Decimal("0.01"), clawback=Decimal("-0.01"))
def test_nothing_is_lost_and_nobody_pays_in(unpaid, back, rest, clawback):
    opening, total = unpaid + back, rest + clawback

    found = settle(opening, back, total, clawback, FEN)

    assert found.payable + found.closing == opening + total
    assert found.payable >= 0 >= found.back >= found.closing
    taken = found.back - back - clawback
    if found.payable:
        assert found.closing == found.back
        assert 0 <= taken <= found.payable


@pytest.fixture
def customer(db):
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    return owned_customer(StoreFactory())


@pytest.fixture
def people(db):
    return [Actor.hq(UserFactory(is_staff=True)) for _person in range(2)]


def pay(run, people, tmp_path) -> None:
    batch = approved(run, *people)
    answered(tmp_path, people[0], f"{batch.number}-0001,paid,{today()},")


def figures(month) -> tuple[Decimal, ...]:
    s = Statement.objects.get(run__month=month)
    return s.opening, s.total, s.clawback, s.payable, s.closing, s.closing_back


@pytest.mark.django_db
class TestMonths:
    def test_a_return_of_what_was_paid_takes_half_and_the_rest_later(
        self, customer, people, tmp_path
    ):
        published(percent("0.10", places=["own"]))
        give_account(OwnerFactory(dealer=customer.dealer))
        sold = sale(customer, "1000.00", date(2026, 1, 10))
        pay(close_period(JANUARY), people, tmp_path)
        sale(customer, "600.00", date(2026, 2, 5))
        give_back(sold, "1000.00", date(2026, 2, 20))
        close_period(FEBRUARY)
        sale(customer, "2000.00", date(2026, 3, 5))
        close_period(MARCH)

        assert figures(FEBRUARY) == (0, -40, -100, 30, -70, -70)
        assert figures(MARCH) == (-70, 200, 0, 130, 0, 0)

    def test_what_was_not_paid_is_netted_whole(self, customer):
        published(percent("0.10", places=["own"]))
        sold = sale(customer, "1000.00", date(2026, 1, 10))
        close_period(JANUARY)
        sale(customer, "600.00", date(2026, 2, 5))
        give_back(sold, "1000.00", date(2026, 2, 20))
        close_period(FEBRUARY)

        assert figures(FEBRUARY) == (0, -40, 0, 0, -40, 0)

    def test_what_comes_back_in_the_month_of_its_sale_is_no_clawback(
        self, customer, people, tmp_path
    ):
        published(percent("0.10", places=["own"]))
        give_account(OwnerFactory(dealer=customer.dealer))
        sale(customer, "1000.00", date(2026, 1, 10))
        pay(close_period(JANUARY), people, tmp_path)
        give_back(sale(customer, "600.00", date(2026, 2, 5)), "600.00", date(2026, 2, 6))
        sale(customer, "100.00", date(2026, 2, 7))
        close_period(FEBRUARY)

        assert figures(FEBRUARY) == (0, 10, 0, 10, 0, 0)

    def test_a_recomputed_month_that_was_paid_takes_half(self, customer, people, tmp_path):
        published(tiers())
        give_account(OwnerFactory(dealer=customer.dealer))
        sold = sale(customer, "350000.00", date(2026, 1, 10))
        pay(close_period(JANUARY), people, tmp_path)
        sale(customer, "100000.00", date(2026, 2, 5))
        give_back(sold, "80000.00", date(2026, 2, 20))
        close_period(FEBRUARY)

        # 3,400.00 is to be taken back of January, as the rulebook has it; February gave 2,000.00.
        assert figures(FEBRUARY) == (0, -1400, -3400, 1000, -2400, -2400)

    def test_the_database_keeps_the_rule(self, customer):
        published(percent("0.10", places=["own"]))
        sale(customer, "1000.00", date(2026, 1, 10))
        run = close_period(JANUARY)
        row = Statement.objects.values().get(run=run)
        wrong = {"opening": Decimal(-60), "opening_back": Decimal(-60), "payable": Decimal(40)}

        with pytest.raises(IntegrityError, match="half_at_most"), lifted(Statement):
            Statement.objects.create(**row | {"id": None, "number": "X", "code": "Y"} | wrong)


@pytest.mark.django_db
@given(
    unpaid=money(-5_000, 0),
    back=money(-5_000, 0),
    rest=money(-5_000, 10_000),
    clawback=money(-5_000, 0),
)
def test_the_statement_of_the_database_is_the_functions(unpaid, back, rest, clawback):
    """The same arithmetic stands in SQL, for all dealers of a month at once."""
    opening, total = unpaid + back, rest + clawback
    with connection.cursor() as cursor:
        cursor.execute(
            f"""WITH figures AS (SELECT %(opening)s AS opening, %(total)s AS total, 0 AS set_off,
                %(back)s AS opening_back, %(clawback)s AS clawback),
            {SETTLED}
            SELECT greatest(net, 0) - taken, least(net, 0) + due + taken, due + taken
            FROM settled""",
            {"opening": opening, "total": total, "back": back, "clawback": clawback, "decimals": 2},
        )
        assert Settled(*cursor.fetchone()) == settle(opening, back, total, clawback, FEN)

"""What a voided registration brought comes back: at once in the open month, later from a closed."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.urls import reverse

from customers.dispatch import junk, offers
from customers.models import (
    CaseOutcome,
    JunkState,
    Ownership,
    Registration,
    SoldBy,
    Void,
    VoidReason,
)
from customers.ownership import retrace
from customers.ownership.voids import VoidRefused, void
from dealers.actor import Actor
from dealers.currencies import HOME
from incentives import estimates, verification
from incentives.boards.conversion import bought, bought_sql
from incentives.earnings import promised
from incentives.earnings.lines import lines
from incentives.models import Line, Result
from incentives.statements.files import statement_csv
from tests.customers.cases.disputed import DAY, Dispute
from tests.customers.dispatch.brought import lead_of, other_store, reached, sold_to
from tests.factories.customers import RulebookFactory, number_of, registered
from tests.factories.dealers import OwnerFactory, StoreFactory
from tests.factories.incentives import (
    FEBRUARY,
    JANUARY,
    MARCH,
    close_period,
    give_back,
    owned_customer,
    per_registration,
    percent,
    published,
    sale,
)
from tests.incentives.books.test_holds import BEGAN, SOLD, settled

NOW = datetime(2026, 1, 20, 4, tzinfo=UTC)
IN_FEBRUARY = datetime(2026, 2, 10, 4, tzinfo=UTC)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture(autouse=True)
def rulebook(db):
    return RulebookFactory(
        starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC)
    )


@pytest.fixture
def customer():
    return owned_customer(StoreFactory())


@pytest.fixture
def owner(customer):
    return OwnerFactory(dealer=customer.dealer)


def in_order():
    return {name: detail for name, holds, detail in verification.checks() if not holds} == {}


def voided(registration, who, at=NOW):
    """By whoever answers for the store, or, in the name of headquarters, by a case."""
    if hasattr(who, "role"):
        return void(registration, reason=VoidReason.WRONG_NUMBER, by=Actor.of(who), at=at)
    return void(registration, reason=VoidReason.FRAUD, by=Actor.hq(who), at=at)


def test_in_the_open_month_the_reward_and_what_was_sold_are_gone(customer, owner):
    published(per_registration(), percent("0.10", places=["online"], code="online"))
    sale(customer, "1000.00", date(2026, 1, 10), sold_by=SoldBy.ONLINE)
    before = estimates.current(customer.dealer, JANUARY, NOW)
    assert before.total() == Decimal("115.00")

    voided(customer, owner)

    assert estimates.current(customer.dealer, JANUARY, NOW).total() == 0


def test_the_estimate_of_who_gets_an_import_back_is_made_anew(customer):
    published(per_registration())
    imported = registered(StoreFactory(), channel="import")
    live = registered(StoreFactory(), phone=number_of(imported.customer))
    assert estimates.current(imported.dealer, JANUARY, NOW).total() == 0

    voided(live, OwnerFactory(dealer=live.dealer))

    assert estimates.current(imported.dealer, JANUARY, NOW).total() == Decimal("15.00")


def test_after_the_close_headquarters_alone_and_the_statement_stays(customer, owner, hq):
    published(per_registration())
    registered(customer.store, at=NOW)
    run = close_period(JANUARY)
    statement = run.statements.get(dealer=customer.dealer)
    before = statement_csv(statement)
    with pytest.raises(VoidRefused, match="month of this registration is closed"):
        voided(customer, owner)

    voided(customer, hq)
    february = close_period(FEBRUARY)

    assert statement_csv(statement) == before
    back = Line.objects.get(result__run=february)
    assert (back.registration, back.base, back.amount) == (customer, -1, Decimal("-15.00"))
    assert Result.objects.get(run=february).for_month == JANUARY
    assert february.statements.get(dealer=customer.dealer).total == Decimal("-15.00")
    close_period(MARCH)
    assert Line.objects.count() == 3
    assert in_order()


def test_what_came_back_of_a_sale_is_taken_off_once_after_a_void(customer, hq):
    imported = registered(StoreFactory(), channel="import", at=NOW)
    live = registered(StoreFactory(), phone=number_of(imported.customer), at=NOW)
    sold = sale(live, "100.00", date(2026, 1, 21))
    give_back(sold, "60.00", date(2026, 1, 22))

    voided(live, hq, at=IN_FEBRUARY)

    assert list(Registration.objects.filter(bought())) == [imported]
    condition = bought_sql("r", "'infinity'", "'2100-01-01'")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM customers_registration AS r WHERE {condition}")
        assert cursor.fetchall() == [(imported.pk,)]


def test_who_lost_a_sale_by_a_ruling_won_nobody_who_buys():
    dispute = Dispute(began=BEGAN)
    dispute.sell(None, at=SOLD)
    settled(dispute.open(SOLD + DAY), CaseOutcome.MOVE)

    assert not Registration.objects.filter(bought()).exists()
    condition = bought_sql("r", "'infinity'", "'2100-01-01'")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM customers_registration AS r WHERE {condition}")
        assert cursor.fetchall() == []


def test_the_line_that_comes_back_says_why(customer, owner, hq, login):
    published(per_registration())
    close_period(JANUARY)
    voided(customer, hq)
    close_period(FEBRUARY)
    (line,) = lines(customer.dealer, FEBRUARY, IN_FEBRUARY).lines

    page = login(owner).get(
        reverse("incentives:line", args=[FEBRUARY, line.component.code, line.event])
    )

    assert "This registration was voided after its month was closed" in page.text


def test_under_a_cap_what_comes_back_makes_room(customer, hq):
    published(per_registration(period_cap=Decimal("20.00")))
    registered(customer.store, at=NOW)
    close_period(JANUARY)  # 30.00, of which 20.00 are paid

    voided(customer, hq)
    february = close_period(FEBRUARY)

    assert Line.objects.get(result__run=february).amount == Decimal("-5.00")
    assert in_order()


def test_a_sale_of_a_closed_month_keeps_its_registration(customer, hq):
    published(per_registration(), percent("0.10", places=["own"], code="own"))
    sale(customer, "1000.00", date(2026, 1, 10))
    close_period(JANUARY)

    with pytest.raises(VoidRefused, match="counts by this registration in a closed month"):
        voided(customer, hq)

    assert not Void.objects.exists()
    assert in_order()


def test_silence_takes_a_lead_back_also_where_a_closed_month_keeps_what_it_won(clerk):
    """The customer bought elsewhere, and the month of that sale was closed before silence came."""
    published(per_registration())
    accepted, by = datetime(2026, 1, 29, 2, tzinfo=UTC), Actor.of(clerk)
    region = clerk.store.dealer.region
    made = offers.offer(lead_of(region, at=accepted).pk, accepted)
    won = offers.accept(made, by=by, at=accepted)
    made.refresh_from_db()
    reached(made, clerk, accepted + timedelta(hours=1))
    assert junk.give_back(made, "no_intent", by=by, at=accepted + DAY) == JunkState.ASKED
    sold_to(made, other_store(region), accepted + DAY * 3 / 2)
    close_period(JANUARY)
    made.refresh_from_db()
    silence = made.return_due_at

    assert junk.let_silence_answer(silence + DAY) == 1

    made.refresh_from_db()
    assert (made.junk_state, made.reviewed_at) == (JunkState.TAKEN, silence)
    assert not Void.objects.exists()
    assert Ownership.objects.get(customer=won.customer).period.upper == silence
    assert list(retrace.broken()) == []


def test_an_import_given_back_after_the_close_is_paid_in_the_open_month(hq):
    published(per_registration())
    imported = registered(StoreFactory(), channel="import")
    live = registered(StoreFactory(), phone=number_of(imported.customer))
    close_period(JANUARY)

    voided(live, hq)
    february = close_period(FEBRUARY)

    amounts = dict(february.results.values_list("dealer", "amount"))
    assert amounts == {live.dealer_id: Decimal("-15.00"), imported.dealer_id: Decimal("15.00")}
    assert in_order()


def test_what_is_registered_and_voided_after_the_close_never_counts(customer, hq):
    published(per_registration())
    close_period(JANUARY)
    late = registered(customer.store, channel="history", at=NOW)

    voided(late, hq)
    february = close_period(FEBRUARY)

    assert not february.results.exists()
    assert in_order()


def test_a_receipt_says_what_the_registration_brings(customer):
    published(per_registration("18.00"))
    again = registered(customer.store, phone=number_of(customer.customer), at=NOW)

    assert promised.for_registration(customer) == promised.Promised(Decimal("18.00"), HOME, False)
    assert promised.for_registration(again) is None

"""A bonus at a threshold, a share by the age of a protection, an accepted lead: as they are booked.

Figures are worked out by hand; the sentences are those that the dealer reads.
"""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from customers.models import CaseOutcome, Channel, SoldBy, VoidReason
from customers.ownership.voids import void
from dealers.actor import Actor
from incentives import estimates, verification
from incentives.books import recompute
from incentives.earnings import promised
from incentives.earnings.results import shares_of
from incentives.explanation.amounts import of_sale
from incentives.models import Component, Kind, Line, OpenLine, Result
from tests.customers.cases.disputed import DAY, Dispute
from tests.factories.customers import moved, number_of, registered
from tests.factories.dealers import StoreFactory
from tests.factories.incentives import (
    FEBRUARY,
    JANUARY,
    MARCH,
    close_period,
    drafted,
    give_back,
    just_after,
    owned_customer,
    per_registration,
    percent,
    published,
    sale,
)
from tests.incentives.books.test_holds import BEGAN, EVERYWHERE, SOLD, settled

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
DAY_ONE = datetime(2026, 1, 1, 1, tzinfo=UTC)


def bonus(**fields):
    """50 from 1,000.00 of a month on, 200 from 3,000.00 on."""
    table = [(0, "0"), (1000, "50"), (3000, "200")]
    usual = {"code": "bonus", "places": ["own"], "clawback": "recompute", "rows": table}
    return percent(**usual | {"kind": Kind.THRESHOLD_BONUS} | fields)


def by_age(**fields):
    """5 % until day 29 of the protection, 3 % until day 59, then 1 %."""
    table = [(0, "0.05"), (30, "0.03"), (60, "0.01")]
    return percent(**{"code": "age", "places": ["own"], "kind": Kind.DECAY, "rows": table} | fields)


def per_lead(rate="20.00", **fields):
    return per_registration(rate, code="lead", event="dispatch", **fields)


def sent(store, **details):
    """A lead of headquarters that a store has accepted."""
    return registered(store, channel=Channel.DISPATCH, source="dispatch", **details)


def amounts(**conditions):
    found = Result.objects.filter(**conditions).order_by("run__month", "for_month", "pk")
    return [result.amount for result in found]


def in_order(run):
    return recompute.check(run).differences == [] and all(
        holds for _name, holds, _why in verification.checks()
    )


# A bonus at a threshold


@pytest.mark.parametrize(
    ("net", "given"),
    [("999.99", "0"), ("1000.00", "50.00"), ("2999.99", "50.00"), ("3000.00", "200.00")],
)
def test_a_bonus_is_that_of_the_threshold_that_a_month_reaches(customer, net, given):
    published(bonus())
    sale(customer, "400.00", date(2026, 1, 10))
    sale(customer, Decimal(net) - 400, date(2026, 1, 31))

    run = close_period(JANUARY)

    assert amounts() == [Decimal(given)]
    assert in_order(run)


def test_what_comes_back_later_has_the_month_of_a_bonus_computed_again(customer):
    """1,200.00 are 50.00; 300.00 of it come back in February, and 900.00 reach nothing."""
    published(bonus())
    sold = sale(customer, "700.00", date(2026, 1, 10))
    sale(customer, "500.00", date(2026, 1, 11))
    close_period(JANUARY)
    give_back(sold, "300.00", date(2026, 2, 3))

    run = close_period(FEBRUARY)

    assert amounts() == [Decimal("50.00"), Decimal("-50.00")]
    assert in_order(run)


def test_at_the_rate_it_was_paid_a_return_takes_its_part_of_a_bonus(customer):
    """300.00 of 1,200.00 take a quarter of 50.00."""
    published(bonus(clawback="original_rate"))
    sold = sale(customer, "1200.00", date(2026, 1, 10))
    close_period(JANUARY)
    give_back(sold, "300.00", date(2026, 2, 3))

    run = close_period(FEBRUARY)

    assert amounts() == [Decimal("50.00"), Decimal("-12.50")]
    assert in_order(run)


def test_a_late_sale_brings_the_rest_of_a_higher_bonus(customer):
    published(bonus())
    sale(customer, "1500.00", date(2026, 1, 10))
    first = close_period(JANUARY)
    sale(customer, "1500.00", date(2026, 1, 11), recorded_at=just_after(first))

    run = close_period(FEBRUARY)

    assert amounts() == [Decimal("50.00"), Decimal("150.00")]
    assert in_order(run)


def test_a_bonus_that_the_dealer_pays_is_charged(customer):
    published(bonus(), direction="dealer_pays")
    sale(customer, "3000.00", date(2026, 1, 10))

    close_period(JANUARY)

    assert amounts() == [Decimal("-200.00")]


def test_a_bonus_is_explained_by_the_threshold(customer):
    published(bonus())
    sale(customer, "1200.00", date(2026, 1, 10))

    (share,) = shares_of(close_period(JANUARY), customer.dealer)
    said = share.explain("CNY")

    assert said.sentence == (
        "The base of January 2026 is CNY\u00a01,200.00; the amount of the threshold it reached is"
        " paid once for the month."
    )
    assert [(step.operator, step.name, step.value, step.note) for step in said.steps] == [
        ("", "Net sales", "CNY\u00a01,200.00", "January 2026"),
        ("", "From CNY\u00a01,000.00 to below CNY\u00a03,000.00", "CNY\u00a050.00", ""),
        ("=", "Your amount", "CNY\u00a050.00", ""),
    ]


# A share by the age of the protection


@pytest.mark.parametrize(
    ("on", "given"),
    [
        (date(2026, 1, 1), "50.00"),  # day 0
        (date(2026, 1, 30), "50.00"),  # day 29
        (date(2026, 1, 31), "30.00"),  # day 30
    ],
)
def test_the_row_of_the_age_counts(customer, on, given):
    published(by_age())
    sale(customer, "1000.00", on)

    run = close_period(JANUARY)

    assert amounts() == [Decimal(given)]
    assert in_order(run)


def test_a_return_takes_back_what_was_paid_whatever_the_age_is_by_then(customer):
    """Day 29: 5 % of 1,000.00. In March 400.00 come back, and 5 % of them."""
    published(by_age())
    sold = sale(customer, "1000.00", date(2026, 1, 30))
    close_period(JANUARY)
    sale(customer, "1000.00", date(2026, 2, 28))  # day 58: 3 %
    close_period(FEBRUARY)
    give_back(sold, "400.00", date(2026, 3, 3))
    sale(customer, "1000.00", date(2026, 3, 2))  # day 60: 1 %

    run = close_period(MARCH)

    lines = Line.objects.filter(result__run=run).order_by("amount")
    assert amounts(run__month__lt=MARCH) == [Decimal("50.00"), Decimal("30.00")]
    assert [line.amount for line in lines] == [Decimal("-20.00"), Decimal("10.00")]
    assert in_order(run)


def test_the_age_goes_on_at_a_sister_store(customer):
    """With the dealer for 40 days, at the sister store for five."""
    published(by_age())
    sister = StoreFactory(dealer=customer.dealer)
    now = moved(customer, sister, datetime(2026, 2, 5, 1, tzinfo=UTC))
    customer.store, customer.ownership = sister, now
    sale(customer, "1000.00", date(2026, 2, 10))

    close_period(JANUARY)
    run = close_period(FEBRUARY)

    assert amounts() == [Decimal("30.00")]
    assert in_order(run)


@pytest.mark.usefixtures("store")
def test_who_wins_a_customer_in_a_case_has_what_was_bought_before_as_of_day_0():
    """The loser's protection was 18 days old; the winner's begins with the ruling, after it."""
    published(by_age(places=EVERYWHERE, rows=[(0, "0.05"), (10, "0.03")]))
    dispute = Dispute(began=BEGAN)
    dispute.sell(None, "S1", at=SOLD)
    case = dispute.open(SOLD + DAY)
    close_period(JANUARY)
    settled(case, CaseOutcome.MOVE)

    run = close_period(FEBRUARY)

    booked = Line.objects.select_related("result").get()
    assert (booked.result.dealer_id, booked.amount) == (dispute.b.dealer_id, Decimal("50.00"))
    assert in_order(run)


def test_a_share_by_age_is_split_by_shares(customer):
    """5 % of 1,000.00, of which the owner has 30 %."""
    published(by_age(places=["other"], by_share=True))
    sale(customer, "1000.00", date(2026, 1, 10), sold_by=SoldBy.OTHER, at=StoreFactory(),
         share="0.3")  # fmt: skip

    run = close_period(JANUARY)

    assert amounts() == [Decimal("15.00")]
    assert in_order(run)


def test_the_line_says_which_day_it_was(login, owner, store):
    customer = owned_customer(store)
    published(by_age())
    sold = sale(customer, "1000.00", date(2026, 1, 31))
    close_period(JANUARY)

    page = login(owner).get(f"/earnings/2026-01/lines/age/{sold.pk}/").text

    assert "It was day 30 of your protection; from day 30 on the rate is 3%." in page
    assert "CNY\u00a030.00" in page


def test_many_lines_read_their_table_once(customer, django_assert_num_queries):
    published(by_age())
    component = Component.objects.select_related("version__plan").get()
    given = {"base": Decimal(1000), "rate": Decimal("0.03"), "share": None}
    given |= {"uncapped": Decimal(30), "amount": Decimal(30), "currency": "CNY"}

    with django_assert_num_queries(1):
        said = [of_sale(component, SoldBy.OWN, **given, age=age).sentence for age in (30, 59, 60)]

    assert [each.rpartition(";")[2] for each in said] == [
        " from day 30 on the rate is 3%.",
        " from day 30 on the rate is 3%.",
        " from day 60 on the rate is 1%.",
    ]


def test_who_sells_has_no_protection(customer):
    component = Component(
        version=drafted(percent()), code="x", event="paid_sale", kind=Kind.DECAY, to="seller"
    )
    with pytest.raises(IntegrityError, match="component_age"), transaction.atomic():
        component.save()


# An accepted lead


def test_an_accepted_lead_is_paid_beside_its_registration(store):
    published(per_lead(), per_registration("15.00"))
    sent(store, at=DAY_ONE)
    owned_customer(store)

    run = close_period(JANUARY)

    assert {r.component.code: (r.count, r.amount) for r in Result.objects.all()} == {
        "lead": (1, Decimal("20.00")),
        "registered": (2, Decimal("30.00")),
    }
    assert in_order(run)


def test_a_lead_about_an_own_customer_brings_nothing(store):
    published(per_lead())
    customer = owned_customer(store)
    again = sent(store, phone=number_of(customer.customer), at=datetime(2026, 1, 5, tzinfo=UTC))
    assert again.answer == "yours_already"

    close_period(JANUARY)

    assert amounts() == []


def test_a_lead_that_is_voided_later_gives_back_what_it_brought(login, owner, store, hq):
    published(per_lead())
    lead = sent(store, at=DAY_ONE)
    close_period(JANUARY)
    client, page = login(owner), f"/earnings/2026-01/lines/lead/{lead.receipt}/"
    assert "You accepted this lead of headquarters, the customer became yours" in (
        client.get(page).text
    )

    void(lead, reason=VoidReason.FRAUD, by=Actor.hq(hq), at=datetime(2026, 2, 10, tzinfo=UTC))
    run = close_period(FEBRUARY)

    assert amounts() == [Decimal("20.00"), Decimal("-20.00")]
    assert in_order(run)
    page = client.get(page.replace("2026-01", "2026-02")).text
    assert "The registration of this lead was voided after its month was closed" in page


def test_the_estimate_and_the_promise_know_a_lead(store):
    published(per_lead(), per_registration("15.00"))
    lead, own = sent(store, at=DAY_ONE), owned_customer(store)

    found = estimates.current(store.dealer, JANUARY, datetime(2026, 1, 20, tzinfo=UTC))

    assert found.total() == Decimal("50.00")
    assert OpenLine.objects.filter(registration=lead).count() == 2
    assert promised.for_registration(lead).amount == Decimal("35.00")
    assert promised.for_registration(own).amount == Decimal("15.00")

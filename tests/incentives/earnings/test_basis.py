"""A line says what it rests on: whose the customer was, by which receipt, by which terms."""

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse

from customers.models import ActKind, CaseOutcome, VoidReason
from customers.ownership.voids import void
from dealers.actor import Actor
from dealers.triggers import lifted
from incentives.earnings.detail import line_detail
from incentives.models import FOURTH_ENGINE, Run
from incentives.plans import versions
from tests.customers.cases.disputed import DAY, Dispute
from tests.factories.customers import RulebookFactory, moved
from tests.factories.dealers import OwnerFactory, StoreFactory
from tests.factories.incentives import (
    FEBRUARY,
    JANUARY,
    close_period,
    give_back,
    owned_customer,
    per_registration,
    percent,
    published,
    sale,
    tiers,
)
from tests.incentives.books.test_holds import BEGAN, EVERYWHERE, SOLD, settled

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
LATER = datetime(2026, 3, 5, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _rules(db):
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))


@pytest.fixture
def customer():
    return owned_customer(StoreFactory(dealer=OwnerFactory().dealer))


def detail_of(customer, order, code="own", month=JANUARY, at=LATER):
    return line_detail(customer.dealer, month, code, str(order.pk), at)


def texts(found) -> list[str]:
    return [
        " ".join(filter(None, [s.operator, s.name, s.value, s.note])).replace("\u00a0", " ")
        for s in found.explanation.steps
    ]


def test_a_sale_rests_on_the_ownership_as_it_stood_and_its_receipt(customer):
    published(percent("0.10", places=["own"], code="own"))
    sold = sale(customer, "100.00", date(2026, 1, 10))

    found = detail_of(customer, sold)

    assert (found.owned.store, found.owned.since) == (customer.store, date(2026, 1, 1))
    assert found.owned.protected_until == date(2026, 4, 1)
    assert (found.receipt, found.owned.began_by) == (customer, "")


def test_the_receipt_stays_when_a_sister_store_goes_on(customer):
    published(percent("0.10", places=["own", "sister"], code="own"))
    sister = StoreFactory(dealer=customer.dealer)
    before = sale(customer, "100.00", date(2026, 1, 10))
    moved(customer, sister, datetime(2026, 1, 12, 2, tzinfo=UTC))
    found = detail_of(customer, before)
    assert (found.receipt, found.owned.store) == (customer, customer.store)


def test_a_line_says_that_its_receipt_was_voided_since(customer, hq, login):
    published(per_registration())
    close_period(JANUARY)
    at = datetime(2026, 2, 10, 2, tzinfo=UTC)
    void(customer, reason=VoidReason.FRAUD, by=Actor.hq(hq), at=at)
    owner = customer.dealer.memberships.get()
    page = login(owner).get(
        reverse("incentives:line", args=[JANUARY, "registered", customer.receipt])
    )
    assert page.context["receipt"] == customer
    assert "voided since, " in page.text
    assert "A case was decided: it was a fraud" in page.text


def test_a_held_line_of_a_closed_month_keeps_its_reasons_when_the_customer_goes():
    published(percent("0.10", places=EVERYWHERE, code="own"))
    dispute = Dispute(began=BEGAN)
    sold = dispute.sell(None, "S1", at=SOLD)
    case = dispute.open(SOLD + DAY)
    close_period(JANUARY)
    settled(case, CaseOutcome.MOVE)

    found = line_detail(dispute.a.dealer, JANUARY, "own", str(sold.pk), SOLD + 90 * DAY)

    assert found.receipt == dispute.won
    assert found.explanation.sentence == "Your customer bought online while your protection ran."


def test_an_ownership_that_no_registration_began_says_what_did():
    published(percent("0.10", places=EVERYWHERE, code="own"))
    dispute = Dispute(began=BEGAN)
    settled(dispute.open(SOLD + DAY), CaseOutcome.MOVE)
    bought = SOLD + 40 * DAY
    sold = dispute.sell(None, "S2", at=bought)
    month = bought.date().replace(day=1)

    found = line_detail(dispute.b.dealer, month, "own", str(sold.pk), bought + DAY)

    assert (found.receipt, found.owned.began_by) == (None, ActKind.RULED.label)


def test_the_terms_name_the_versions_that_did_not_apply(customer):
    plan = published(percent("0.10", places=["own"], code="own")).plan
    following = versions.new_version(
        plan.versions.get(), FEBRUARY, by=Actor.worker("tests"), at=LATER
    )
    versions.publish(following, by=Actor.worker("tests"), at=datetime(2026, 1, 15, tzinfo=UTC))
    first = sale(customer, "100.00", date(2026, 1, 10))
    second = sale(customer, "100.00", date(2026, 2, 10))

    january, february = detail_of(customer, first), detail_of(customer, second, month=FEBRUARY)

    assert (january.terms.version.number, february.terms.version.number) == (1, 2)
    assert january.terms.applied == "from 1 Jan 2026 to 31 Jan 2026"
    assert [each.why for each in january.terms.rejected] == ["It applies from 1 Feb 2026 on."]
    assert [each.why for each in february.terms.rejected] == ["It applied until 31 Jan 2026."]
    assert january.terms.rule.startswith("Of each sale at the own store, the owner gets 10%")
    assert january.terms.takes_back == (
        "What is returned until 9 Jul 2026 takes its part back, at the rate it was paid."
    )


def test_a_month_that_is_paid_as_a_whole_is_computed_again(customer):
    published(tiers(code="own"), per_registration())
    sold = sale(customer, "100.00", date(2026, 1, 10))
    assert detail_of(customer, sold).terms.takes_back == (
        "What is returned until 9 Jul 2026 has its month computed again."
    )
    made = line_detail(customer.dealer, JANUARY, "registered", customer.receipt, LATER)
    assert made.terms.takes_back.startswith("Only if the registration is voided")


def test_parts_of_a_share_are_said_to_be_rounded_together(customer):
    """3% of 33.50 is 1.005, so the whole is 1.01: half of it is 0.51 for one and 0.50 for other."""
    seller = StoreFactory(dealer=OwnerFactory().dealer)
    shared = {"by_share": True, "places": ["other"]}
    published(
        percent("0.03", code="own", **shared), percent("0.03", code="sold", to="seller", **shared)
    )
    sold = sale(customer, "33.50", date(2026, 1, 10), sold_by="other", at=seller, share="0.5")

    mine = detail_of(customer, sold)
    theirs = line_detail(seller.dealer, JANUARY, "sold", str(sold.pk), LATER)

    assert texts(mine) == [
        "Net paid CNY 33.50",
        "× Rate 3% plan, version 1",
        "= The whole CNY 1.01 rounded half up to CNY 0.01",
        "× Share 50% shares of a sale always total 100%",
        "= Your amount CNY 0.51 the parts are rounded so that together they are the whole",
    ]
    assert texts(theirs)[-1].startswith("= Your amount CNY 0.50")
    assert theirs.owned is None


def test_what_comes_back_of_a_share_is_said_to_be_rounded_together_where_it_was(customer):
    """Half of 1.01 is 0.51 for both: 0.26 of the owner's 0.51. An earlier engine rounded it alone.

    What an owner has all of is no part.
    """
    published(percent("0.03", code="own", places=["own", "other"], by_share=True))
    shared = sale(customer, "33.50", date(2026, 1, 10), sold_by="other", at=StoreFactory(),
                  share="0.5")  # fmt: skip
    back = give_back(shared, "16.75", date(2026, 1, 20))
    whole = give_back(sale(customer, "33.50", date(2026, 1, 11)), "16.75", date(2026, 1, 21))
    taken = "= Taken back −CNY 0.26"

    run = close_period(JANUARY)

    assert texts(detail_of(customer, back))[-1] == (
        f"{taken} the parts are rounded so that together they are the whole"
    )
    assert texts(detail_of(customer, whole))[-1] == "= Taken back −CNY 0.51"
    with lifted(Run):
        Run.objects.filter(pk=run.pk).update(engine=FOURTH_ENGINE)
    assert texts(detail_of(customer, back))[-1] == taken


def test_the_page_says_when_the_month_is_closed(customer, login):
    published(percent("0.10", places=["own"], code="own"))
    sold = sale(customer, "100.00", date(2026, 1, 10))
    found = detail_of(customer, sold)
    assert found.due_at == datetime(2026, 1, 31, 16, tzinfo=UTC)
    owner = customer.dealer.memberships.get()
    page = login(owner).get(reverse("incentives:line", args=[JANUARY, "own", str(sold.pk)]))
    assert "due from " in page.text
    assert "Which version applied, and which did not" in page.text
    assert "as it stood before" in page.text


def test_what_comes_back_later_says_to_which_month_it_belongs(customer, login):
    published(tiers(code="own"))
    sold = sale(customer, "100.00", date(2026, 1, 10))
    close_period(JANUARY)
    back = give_back(sold, "10.00", date(2026, 2, 10))
    owner = customer.dealer.memberships.get()
    page = login(owner).get(
        reverse("incentives:line", args=[FEBRUARY, "own-adjustment", str(back.pk)])
    )
    assert "It belongs to January 2026 and is booked with February 2026" in page.text

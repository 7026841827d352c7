"""What counts for customers whom headquarters sent alone, as a referral fee does."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone, translation

from customers.models import Channel
from incentives.books import recompute
from incentives.models import Component, OpenLine, Result
from incentives.plans.reading import parts_of
from incentives.plans.terms import check
from tests.factories.customers import number_of, registered
from tests.factories.incentives import (
    FEBRUARY,
    JANUARY,
    MARCH,
    close_period,
    drafted,
    give_back,
    owned_customer,
    percent,
    published,
    sale,
    simulated,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

DAY_ONE = datetime(2026, 1, 1, 1, tzinfo=UTC)


@pytest.fixture
def fee(db):
    """5 % of what customers buy at their own stores whom headquarters had sent."""
    terms = percent("0.05", places=["own", "sister"], code="referral", name="引流费", of_leads=True)
    return published(terms, code="fee", direction="dealer_pays")


def sent(store, **details):
    """Somebody whom the store got as a lead of headquarters."""
    return registered(store, channel=Channel.DISPATCH, source="dispatch", at=DAY_ONE, **details)


@pytest.mark.usefixtures("fee")
def test_the_dealer_owes_a_fee_for_a_lead_and_not_for_a_customer_of_its_own(store):
    sale(sent(store), "1000.00", date(2026, 1, 10))
    sale(owned_customer(store), "3000.00", date(2026, 1, 11))

    run = close_period(JANUARY)

    assert [result.amount for result in Result.objects.all()] == [Decimal("-50.00")]
    assert recompute.check(run).differences == []


@pytest.mark.usefixtures("fee")
def test_whom_the_dealer_had_already_is_no_lead_of_headquarters(store):
    customer = owned_customer(store)
    again = registered(
        store, channel=Channel.DISPATCH, phone=number_of(customer.customer),
        at=datetime(2026, 1, 5, 1, tzinfo=UTC),
    )  # fmt: skip
    assert again.answer == "yours_already"
    sale(customer, "1000.00", date(2026, 1, 10))

    close_period(JANUARY)

    assert not Result.objects.exists()


@pytest.mark.usefixtures("fee")
def test_what_comes_back_takes_its_part_of_the_fee(store):
    sold = sale(sent(store), "1000.00", date(2026, 1, 10))
    close_period(JANUARY)
    give_back(sold, "400.00", date(2026, 2, 3))

    run = close_period(FEBRUARY)

    assert sum(result.amount for result in Result.objects.all()) == Decimal("-30.00")
    assert recompute.check(run).differences == []


@pytest.mark.usefixtures("fee")
def test_the_owner_reads_both_and_the_estimate_knows_it(login, owner, store):
    lead, own = sent(store), owned_customer(store)
    sold, other = (sale(each, "100.00", timezone.localdate()) for each in (lead, own))
    client = login(owner)

    pages = [client.get(reverse("incentives:order", args=[it.pk])) for it in (sold, other)]

    assert "It counts customers whom headquarters sent as a lead." not in pages[0].text
    assert "This one came to you otherwise." in pages[1].text
    assert OpenLine.objects.get().order == sold
    month = timezone.localdate().replace(day=1)
    line = client.get(f"/earnings/{month:%Y-%m}/lines/referral/{sold.pk}/")
    assert "Headquarters had sent you this customer as a lead." in line.text


def test_a_draft_of_it_is_replayed_over_closed_months(store):
    published(percent("0.01", places=["own"], code="all"), code="fee", direction="dealer_pays")
    sale(sent(store), "1000.00", date(2026, 1, 10))
    sale(owned_customer(store), "3000.00", date(2026, 1, 11))
    close_period(JANUARY)
    draft = drafted(
        percent("0.05", places=["own"], code="all", of_leads=True), code="fee", starts_on=MARCH,
        direction="dealer_pays",
    )  # fmt: skip

    found = simulated(draft, datetime(2026, 2, 10, tzinfo=UTC), JANUARY)

    assert (found.before, found.after) == (Decimal("-40.00"), Decimal("-50.00"))


@pytest.mark.parametrize(
    ("language", "says"),
    [("en", "Only customers whom headquarters sent as a lead count."),
     ("zh-hans", "仅计总部派单的顾客。")],
)  # fmt: skip
def test_a_draft_reads_itself_back(fee, language, says):
    with translation.override(language):
        ((_name, sentence),) = parts_of(fee).values()
    assert says in sentence


@pytest.mark.parametrize(
    "other",
    [
        {"to": "seller"},
        {"event": "registration", "kind": "flat", "base": "count", "places": []},
    ],
)
def test_nothing_else_can_be_of_leads(other):
    terms = percent("1", of_leads=True) | other
    del terms["rows"]
    component = Component(version=drafted(percent()), **terms | {"code": "x"})
    rates = [(Decimal(0), Decimal(1))]
    said = check(component, rates, starts_on=JANUARY, ends_on=None, currency="CNY")
    assert said == ["Only sales to the owner's customers can be of leads."]
    with pytest.raises(IntegrityError, match="component_of_leads"), transaction.atomic():
        component.save()

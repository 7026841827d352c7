"""Leads that headquarters types: once, with consent, within limits; and of who is erased."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from customers.dispatch import contacts, leads, offers
from customers.dispatch.leads import LeadRefused
from customers.dispatch.offers import DispatchRefused
from customers.erasure import erase_person
from customers.models import Lead, LeadSource
from customers.ownership import line
from dealers.actor import Actor
from dealers.models import AccessAction, AccessLog
from tests.customers.dispatch.brought import HOUR, NOW, lead_of, near, other_store
from tests.factories.customers import RulebookFactory, phone_number, registered
from tests.factories.dealers import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture(autouse=True)
def _rules(db):
    RulebookFactory()


@pytest.fixture
def region(store):
    return store.dealer.region


def test_a_lead_is_received_once_with_consent(region):
    lead_of(region, external_id="L-1")
    with pytest.raises(LeadRefused, match="on file"):
        lead_of(region, external_id="L-1")
    lead = Lead(source=LeadSource.HQ, wish="Lock", region=region)
    with pytest.raises(LeadRefused, match="Ask the customer"):
        leads.receive(
            lead, phone=phone_number(), name="", consent=False,
            by=Actor.hq(UserFactory(is_staff=True)), at=NOW,
        )  # fmt: skip


def test_headquarters_types_as_many_numbers_as_a_counter(region):
    by = Actor.hq(UserFactory(is_staff=True))

    def typed(at):
        lead = Lead(source=LeadSource.HQ, wish="x", region=region)
        return leads.receive(lead, phone=phone_number(), name="", consent=True, by=by, at=at)

    for _number in range(10):
        typed(NOW)
    with pytest.raises(LeadRefused, match="You typed 10 numbers in the last minute"):
        typed(NOW)
    for number in range(50):
        typed(NOW + (number // 10 + 1) * timedelta(minutes=1))
    with pytest.raises(LeadRefused, match="as many as a person may"):
        typed(NOW + HOUR)
    # The day is that of headquarters, wherever the page is read; there it is the next already.
    in_tokyo = timezone.override(ZoneInfo("Asia/Tokyo"))
    with in_tokyo, pytest.raises(LeadRefused, match="as many as a person may"):
        typed(datetime(2026, 10, 23, 15, 30, tzinfo=UTC))
    assert typed(NOW + 24 * HOUR)


def test_an_owner_sees_that_headquarters_had_the_number_of_its_customer(clerk, region, rival):
    number = phone_number()
    owned = registered(clerk.store, phone=number, at=NOW - HOUR)
    registered(rival.store, at=NOW - HOUR)
    lead = lead_of(region, phone=number)
    offers.offer(lead.pk, NOW)
    noted = AccessLog.objects.get(action=AccessAction.LOOK_UP)
    assert (noted.user, noted.dealer, noted.customers) == (
        lead.by, clerk.store.dealer, [owned.customer_id],
    )  # fmt: skip
    assert "lead of headquarters" in noted.why


def test_who_is_erased_leaves_no_name_in_a_lead(region):
    lead = lead_of(region)
    by = Actor.hq(UserFactory(is_staff=True))
    erase_person(lead.identity, reason="asked for", by=by, at=NOW)
    assert contacts.opened(Lead.objects.get(pk=lead.pk)) == ("", "")


def test_a_lead_of_who_is_erased_is_taken_back_and_offered_to_nobody_else(region, store, clerk):
    near(store), near(other_store(region), "31.50000")
    lead = lead_of(region)
    made = offers.offer(lead.pk, NOW)
    by = Actor.hq(UserFactory(is_staff=True))
    erase_person(lead.identity, reason="asked for", by=by, at=NOW)
    with pytest.raises(DispatchRefused, match="no longer yours to answer: Taken back"):
        offers.accept(made, by=Actor.of(clerk), at=NOW + HOUR)
    assert offers.pass_on(NOW + 9 * HOUR) == 0
    assert offers.offer(lead.pk, NOW + 9 * HOUR) is None
    assert lead.offers.count() == 1


def test_a_store_waits_no_longer_for_who_was_erased(region, store, clerk):
    number = phone_number()
    first = registered(other_store(region), phone=number, at=NOW)
    second = registered(store, phone=number, staff=clerk.user, at=NOW)
    place = line.stand(second, by=Actor.of(clerk), at=NOW)
    erase_person(first.identity, reason="asked for", by=Actor.hq(UserFactory()), at=NOW + HOUR)
    place.refresh_from_db()
    assert (place.ended_at, place.ended) == (NOW + HOUR, "left")

"""Owners see their own last months by announced terms before these start, and nobody else's."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import ProgrammingError, transaction
from django.urls import reverse
from django.utils import timezone

from dealers.actor import Actor, acting
from dealers.models import Role
from dealers.months import next_month
from incentives.earnings.announced import of_dealer
from incentives.models import Replay, ReplayedAmount
from incentives.plans import simulations, whatif
from tests.factories.customers import RulebookFactory
from tests.factories.dealers import MembershipFactory, OwnerFactory, StoreFactory
from tests.factories.incentives import (
    FEBRUARY,
    JANUARY,
    close_period,
    drafted,
    give_back,
    owned_customer,
    percent,
    published,
    put_in_force,
    sale,
    simulated,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture
def stores(db):
    """Two dealers; of the first a sale came back in the second month."""
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    found = [StoreFactory(), StoreFactory()]
    one, two = (owned_customer(store) for store in found)
    published(percent("0.02", places=["own"], name_en="Own sales"), code="own", name_en="Sales")
    sold = sale(one, "1000.00", date(2026, 1, 10), external_id="ORDER-ONE")
    sale(two, "7000.00", date(2026, 1, 10), external_id="ORDER-TWO")
    close_period(JANUARY)
    give_back(sold, "400.00", date(2026, 2, 3))
    close_period(FEBRUARY)
    return found


@pytest.fixture
def announced(stores):
    """The next version, which pays less, published today."""
    starts = next_month(timezone.localdate())
    draft = drafted(
        percent("0.01", places=["own"], name_en="Own sales"), code="own", starts_on=starts
    )
    version = put_in_force(draft, timezone.now())
    whatif.compute(version.replays.get(announced=True).pk, timezone.now())
    return version


def signed_in(client, store):
    client.force_login(OwnerFactory(dealer=store.dealer).user)
    return client


def page(client, plan="own"):
    return client.get(reverse("incentives:announced", args=[plan]))


def test_an_owner_reads_what_it_would_have_got_line_by_line(client, stores, announced):
    text = page(signed_in(client, stores[0])).text

    # 20.00 less 8.00 by the terms in force, 10.00 less 4.00 by the new ones.
    said = " ".join(text.split())
    assert "would have given you CNY 6.00 less: CNY 6.00 instead of CNY 12.00" in said
    assert "ORDER-ONE" in text
    assert "1% of the net amount" in text
    assert "2% of the net amount" in text
    assert "ORDER-TWO" not in text


def test_the_page_of_earnings_leads_there(client, stores, announced):
    text = signed_in(client, stores[0]).get(reverse("incentives:earnings"), follow=True).text
    assert reverse("incentives:announced", args=["own"]) in text
    assert "CNY 6.00 less" in " ".join(text.split())


def test_where_nothing_is_announced_there_is_no_page(client, stores):
    owner = signed_in(client, stores[0])
    assert page(owner).status_code == 404
    text = owner.get(reverse("incentives:earnings"), follow=True).text
    assert reverse("incentives:announced", args=["own"]) not in text


def test_what_is_only_a_draft_is_shown_to_nobody(client, stores):
    starts = next_month(timezone.localdate())
    draft = drafted(percent("0.01", places=["own"]), code="own", starts_on=starts)
    simulated(draft, timezone.now())
    assert page(signed_in(client, stores[0])).status_code == 404
    with acting(Actor.of(OwnerFactory(dealer=stores[0].dealer))):
        with pytest.raises(ProgrammingError), transaction.atomic():
            Replay.objects.exists()
        assert not ReplayedAmount.objects.exists()


def test_while_it_is_computed_the_page_says_so(client, stores):
    starts = next_month(timezone.localdate())
    put_in_force(drafted(percent("0.01"), code="own", starts_on=starts), timezone.now())
    assert "is being computed" in page(signed_in(client, stores[0])).text


def test_staff_do_not_see_it(client, stores, announced):
    manager = MembershipFactory(store=stores[0], role=Role.STORE_MANAGER)
    client.force_login(manager.user)
    assert page(client).status_code == 404


def test_the_database_shows_a_dealer_its_own_rows_alone(stores, announced):
    replay = announced.replays.get(announced=True)
    assert replay.amounts.values("dealer").distinct().count() == 2
    assert (replay.before, replay.after, replay.found) == (None, None, {})  # nothing of all
    with acting(Actor.of(OwnerFactory(dealer=stores[0].dealer))):
        seen = set(ReplayedAmount.objects.values_list("dealer", flat=True))
        with pytest.raises(ProgrammingError), transaction.atomic():
            Replay.objects.exists()
    assert seen == {stores[0].dealer_id}


def test_once_it_has_started_it_is_history(stores, announced):
    day = announced.starts_on
    assert len(of_dealer(stores[0].dealer, day - timedelta(days=1))) == 1
    assert of_dealer(stores[0].dealer, day) == []


def test_a_dealer_that_the_plan_gave_nothing_reads_that(client, stores, announced):
    text = page(signed_in(client, StoreFactory())).text
    assert "gave you nothing in these months" in text
    assert "the same" in text


def test_a_first_version_is_announced_with_the_last_three_months(stores):
    starts = next_month(timezone.localdate())
    fresh = put_in_force(drafted(percent(), code="fresh", starts_on=starts), timezone.now())
    assert fresh.replays.get(announced=True).months == [JANUARY, FEBRUARY]
    assert simulations.replayable() == [FEBRUARY, JANUARY]

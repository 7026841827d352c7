"""Where stores near a lead are looked for."""

from decimal import Decimal

import pytest
from django.utils import timezone

from customers.dispatch import market as market_module
from customers.dispatch.candidates import metres_between
from customers.dispatch.market import Market, Spot, _apart, _cell, _cells, _reach
from customers.dispatch.terms import TERMS
from customers.models import DispatchStore, Lead
from tests.customers.dispatch.brought import NOW, other_store
from tests.factories.agreements import published, signed
from tests.factories.dealers import OwnerFactory


@pytest.mark.parametrize("latitude", [0, 31.2, -45.04, 69.9, 89.99, 90, -90])
@pytest.mark.parametrize("longitude", [0, 121.47, 179.99, -180, -0.01])
def test_the_cells_hold_whatever_is_near(latitude, longitude):
    here = Spot(latitude, longitude)
    for limit in (1, 3000, 30_000):
        cells = set(_cells(here, limit))
        high, wide = _reach(here, limit)
        for north in (-1, -0.7, 0, 0.7, 1):
            for east in (-1, -0.7, 0, 0.7, 1):
                there = Spot(
                    max(-90.0, min(90.0, latitude + north * limit / 111_300)),
                    (longitude + east * limit / 40_000 + 180) % 360 - 180,
                )
                if metres_between(here, there) <= limit:
                    assert _cell(there) in cells
                    assert abs(there.latitude - here.latitude) <= high
                    assert _apart(there, here) <= wide


@pytest.mark.django_db
def test_of_a_large_region_farther_stores_are_weighed_only_where_no_nearer_one_may_be_asked(
    store, monkeypatch
):
    monkeypatch.setattr(market_module, "WHOLE", 2)
    region = store.dealer.region
    far, nowhere = other_store(region), other_store(region)
    for each, latitude in ((store, "31.01000"), (far, "31.20000")):
        DispatchStore.objects.create(
            store=each, latitude=Decimal(latitude), longitude=Decimal(121), capacity=1
        )
    market = Market(region.pk, NOW, TERMS)
    lead = Lead(latitude=Decimal(31), longitude=Decimal(121))

    def stores(lead, asked=()):
        return [each.site.store for each in market.weigh(lead, asked)]

    assert stores(lead) == [store.pk]
    assert stores(lead, {store.pk}) == [far.pk, store.pk]
    assert stores(Lead()) == [store.pk, far.pk, nowhere.pk]
    market.offered(store.pk)  # full
    assert [each.why_not for each in market.weigh(lead)] == ["", "full"]
    market.offered(far.pk)
    assert stores(lead) == [nowhere.pk, store.pk, far.pk]


@pytest.mark.django_db
def test_a_store_that_may_register_nobody_yet_is_offered_no_lead(store):
    version = published(required=True)

    def takes_leads():
        return Market(store.dealer.region_id, timezone.now(), TERMS).sites[store.pk].takes_leads

    assert not takes_leads()
    signed(version, OwnerFactory(dealer=store.dealer))
    assert takes_leads()

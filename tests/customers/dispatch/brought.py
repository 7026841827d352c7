"""Leads and stores that tests of dispatch begin with."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from customers.dispatch import leads
from customers.models import DispatchStore, Lead, LeadSource
from dealers.actor import Actor
from tests.factories.customers import phone_number
from tests.factories.dealers import DealerFactory, StoreFactory, UserFactory

NOW = datetime(2026, 10, 23, 2, 0, tzinfo=UTC)  # a Friday, 10 in the morning in Shanghai
HOUR = timedelta(hours=1)


def lead_of(region, *, phone=None, name="吴先生", at=NOW, by=None, **said):
    lead = Lead(source=LeadSource.HQ, wish="Water filter", region=region, **said)
    by = by or Actor.hq(UserFactory(is_staff=True))
    return leads.receive(lead, phone=phone or phone_number(), name=name, consent=True, by=by, at=at)


def near(store, latitude="31.00000", **said):
    return DispatchStore.objects.create(
        store=store, latitude=Decimal(latitude), longitude=Decimal(121), **said
    )


def other_store(region):
    return StoreFactory(dealer=DealerFactory(region=region))

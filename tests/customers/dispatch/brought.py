"""Leads and stores that tests of dispatch begin with, and what becomes of a lead."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from customers.dispatch import contacts, leads
from customers.models import DispatchStore, Lead, LeadSource
from customers.orders.recording import GivenLine, record_order
from customers.ownership.activities import record_activity
from dealers.actor import Actor
from tests.factories.customers import CategoryFactory, phone_number
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


def reached(made, clerk, at):
    """Somebody of the store calls about the lead it accepted, and the customer answers."""
    card = made.registration.customer
    record_activity(card, kind="call", outcome="reached", by=Actor.of(clerk), at=at)


def sold_to(made, store, at):
    """Whoever the lead is about buys at a store."""
    record_order(
        source="till", external_id="O1", ordered_at=at, store=store,
        phone=contacts.opened(made.lead)[0],
        lines=[GivenLine(1, CategoryFactory(), 1, Decimal(100), Decimal(0), Decimal(100))],
    )  # fmt: skip

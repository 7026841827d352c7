"""Online orders of customers without an owner become leads."""

import csv
from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from customers import cards
from customers.dispatch import contacts, offers
from customers.models import Consent, Customer, DispatchTerms, Lead, LeadSource, Order
from customers.orders.recording import GivenLine, record_order
from customers.ownership.settings import RegistrationRefused
from dealers.actor import Actor
from tests.factories.cases import case_of
from tests.factories.customers import CategoryFactory, RulebookFactory, phone_number, registered
from tests.factories.dealers import MembershipFactory, RegionFactory, StoreFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

DAY = timedelta(days=1)
HEAD = (
    "source", "external_id", "kind", "ordered_at", "place", "phone", "returns_external_id",
    "line", "category", "quantity", "gross", "discount", "net", "returns_line",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _rules(db):
    RulebookFactory()


@pytest.fixture
def region():
    """That of online orders."""
    found = RegionFactory()
    past = timezone.now() - 99 * DAY
    DispatchTerms.objects.create(
        name="x", starts_on=past.date(), online_region=found,
        tested_at=past, approved_at=past, published_at=past,
    )  # fmt: skip
    return found


@pytest.fixture
def load(tmp_path):
    """Import orders of one line each: number, phone, place, days ago."""
    now = timezone.now()

    def load(*orders, **options):
        path = tmp_path / "orders.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(HEAD)
            for number, phone, place, ago in orders:
                at = (now - ago * DAY).isoformat()
                writer.writerow(
                    ["shop", number, "sale", at, place, phone, "", 1, "床品", 1, "9.00", "0.00",
                     "9.00", ""]
                )  # fmt: skip
        call_command("import_orders", path, stdout=StringIO(), **options)

    return load


def test_strangers_who_bought_online_become_leads_once(region, load):
    store = StoreFactory(dealer__region=region)
    rows = [("1", "13800138000", "ONLINE", 1), ("2", "13800138000", "ONLINE", 0),
            ("3", "", "ONLINE", 0), ("4", phone_number(), store.code, 0),
            ("5", phone_number(), "ONLINE", 31)]  # fmt: skip
    load(*rows)
    load(*rows)
    lead = Lead.objects.get()
    assert (lead.source, lead.region, lead.category.code) == (LeadSource.ORDER, region, "床品")
    assert lead.external_id == str(Order.objects.get(external_id="1").pk)
    assert contacts.opened(lead) == ("+8613800138000", "")
    assert offers.offer(lead.pk, timezone.now()).store == store


def test_nobody_who_has_an_owner_or_a_case_is_a_lead(region, load, clerk):
    now = timezone.now()
    owned = phone_number()
    registered(StoreFactory(), phone=owned, at=now - DAY)
    case = case_of(clerk, StoreFactory(), now - 120 * DAY)  # the protection is long over
    card = Customer.objects.get(dealer=clerk.dealer, identity=case.identity)
    disputed = cards.number_of(card, by=Actor.of(clerk))
    load(("1", owned, "ONLINE", 0), ("2", disputed, "ONLINE", 0))
    assert not Lead.objects.exists()


def test_who_was_a_stores_once_goes_to_its_region(load):
    store, number = StoreFactory(), phone_number()
    registered(store, phone=number, at=timezone.now() - 200 * DAY)
    load(("1", number, "ONLINE", 0), ("2", phone_number(), "ONLINE", 0))
    assert Lead.objects.get().region == store.dealer.region  # the other is nobody's region's


def test_of_a_past_that_is_loaded_nobody_is_called(region, load):
    load(("1", phone_number(), "ONLINE", 0), historical=True)
    assert not Lead.objects.exists()


def test_an_order_by_itself_is_one_too(region):
    said = {
        "source": "shop", "external_id": "1", "ordered_at": timezone.now(),
        "phone": "13800138000",
        "lines": [GivenLine(1, CategoryFactory(name="床品"), 1, *map(Decimal, ("9", "0", "9")))],
    }  # fmt: skip
    record_order(**said)
    record_order(**said)
    lead = Lead.objects.get()
    assert lead.wish == "Online order: 床品"
    assert contacts.opened(lead)[0] == "+8613800138000"


def test_so_many_statements_for_many_as_for_few(region, load, django_assert_max_num_queries):
    asked = []
    for count in (2, 30):
        with django_assert_max_num_queries(400) as counted:
            load(*((f"{count}-{n}", f"1390{count:03}{n:04}", "ONLINE", 0) for n in range(count)))
        asked.append(len(counted))
    assert Lead.objects.count() == 32
    assert asked[1] <= asked[0] + 5


def test_a_lead_that_was_passed_on_is_still_under_way(region, load):
    first, second = (StoreFactory(dealer__region=region) for _ in range(2))
    load(("1", "13800138000", "ONLINE", 1))
    lead, now = Lead.objects.get(), timezone.now()
    made = offers.offer(lead.pk, now - 2 * DAY)
    by = Actor.of(MembershipFactory(store=made.store))
    offers.accept(made, by=by, at=now - 2 * DAY)
    offers.pass_on(now)
    assert {made.store, offers.offer(lead.pk, now).store} == {first, second}
    load(("2", "13800138000", "ONLINE", 0))
    assert Lead.objects.get() == lead


def test_who_bought_online_has_agreed_to_nothing_and_accepting_says_so(region, load, login):
    clerk = MembershipFactory(store=StoreFactory(dealer__region=region))
    load(("1", "13800138000", "ONLINE", 0))
    made = offers.offer(Lead.objects.get().pk, timezone.now())
    registration = offers.accept(made, by=Actor.of(clerk), at=timezone.now())
    assert (registration.answer, registration.consent_service) == ("yours", False)
    assert not Consent.objects.exists()
    page = login(clerk).get(made.get_absolute_url())
    assert "nobody asked for consent" in page.text
    # Once they agree at the counter, that is their consent.
    later = registered(clerk.store, phone="13800138000", at=timezone.now())
    assert (later.answer, Consent.objects.get().registration) == ("yours_already", later)


def test_only_a_lead_is_registered_without_consent(region):
    with pytest.raises(RegistrationRefused, match="tick the consent"):
        registered(StoreFactory(dealer__region=region), consent_service=False)

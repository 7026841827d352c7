"""Where the agreement says so, a dealer registers nobody until its owner has signed."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from customers.bulk.load import Load
from customers.bulk.registrations import REGISTRATION_COLUMNS
from customers.models import Registration
from customers.ownership.settings import RegistrationRefused
from customers.rights import pages
from dealers.agreements import signing
from dealers.imports.csv import CsvFile
from dealers.imports.progress import Progress
from tests.factories.agreements import published, signed
from tests.factories.customers import RulebookFactory, phone_number, registered
from tests.factories.dealers import MembershipFactory, OwnerFactory, StoreFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

FIRST = "The owner has to sign the data sharing agreement first"


@pytest.fixture
def shop():
    RulebookFactory()
    return StoreFactory()


def loaded(folder, store, *, historical=False):
    """The problems of a file with one registration of a store."""
    at = (timezone.now() - timedelta(hours=1)).isoformat()
    path = folder / "registrations.csv"
    row = ("N-1", store.code, phone_number(), "顾客", at, "walk-in", "yes", "no")
    path.write_text(f"{','.join(REGISTRATION_COLUMNS)}\n{','.join(row)}\n")
    load = Load(Progress(None), at=timezone.now(), historical=historical)
    file = CsvFile.open(path, REGISTRATION_COLUMNS)
    load.stage_registrations(file)
    return [str(problem) for problem in file.problems]


def test_a_version_that_asks_for_nothing_keeps_nobody_from_registering(shop):
    published()
    assert registered(shop, at=timezone.now()).pk


def test_the_counter_refuses_until_the_owner_has_signed(shop):
    version = published(required=True)
    with pytest.raises(RegistrationRefused, match=FIRST):
        registered(shop, at=timezone.now())
    assert not Registration.objects.exists()
    signed(version, OwnerFactory(dealer=shop.dealer))
    assert registered(shop, at=timezone.now()).pk
    with pytest.raises(RegistrationRefused, match=FIRST):
        registered(StoreFactory(), at=timezone.now())


def test_what_was_registered_before_is_answered_again_by_its_key(shop):
    number = phone_number()
    made = registered(shop, key="k", phone=number, at=timezone.now())
    published(required=True)
    assert registered(shop, key="k", phone=number, at=timezone.now()).pk == made.pk


def test_a_version_that_has_not_begun_refuses_nobody(shop):
    published(starts_on=signing.today(timezone.now()) + timedelta(days=1), required=True)
    assert registered(shop, at=timezone.now()).pk


def test_rows_of_a_file_are_rejected_until_the_owner_has_signed(shop, tmp_path):
    published(required=True)
    (problem,) = loaded(tmp_path, shop)
    assert FIRST in problem


def test_a_past_before_the_portal_waits_for_no_signature(shop, tmp_path):
    published(required=True)
    assert loaded(tmp_path, shop, historical=True) == []


def test_rows_of_a_file_are_taken_once_the_owner_has_signed(shop, tmp_path):
    signed(published(required=True), OwnerFactory(dealer=shop.dealer))
    assert loaded(tmp_path, shop) == []


def test_the_page_of_a_store_is_closed_until_then(shop, client):
    key = pages.link(shop, at=timezone.now()).key
    version = published(required=True)
    page = client.get(reverse("customers:page", args=[shop.code, key]))
    assert "takes no customers here yet" in page.text
    signed(version, OwnerFactory(dealer=shop.dealer))
    page = client.get(reverse("customers:page", args=[shop.code, key]))
    assert "takes no customers here yet" not in page.text


def test_the_counter_page_says_so_and_leads_the_owner_to_it(shop, login):
    published(required=True)
    clerk, owner = MembershipFactory(store=shop), OwnerFactory(dealer=shop.dealer)
    page = login(clerk).get(reverse("customers:capture")).text
    assert FIRST in page
    assert "/agreement/" not in page
    assert "/agreement/" in login(owner).get(reverse("customers:capture")).text

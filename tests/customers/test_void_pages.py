"""Putting a registration right on the pages of a store."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from customers.models import Answer, Registration, Void
from tests.customers.test_capture import entered
from tests.factories.customers import RulebookFactory, number_of, phone_number, registered
from tests.factories.dealers import RegionalManagerFactory, StoreFactory, UserFactory
from tests.factories.incentives import per_registration, published

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture(autouse=True)
def rulebook(db):
    return RulebookFactory()


@pytest.fixture
def mistyped(store, clerk):
    return registered(store, staff=clerk.user, at=timezone.now(), name="陈女士")


def test_undone_on_the_receipt_the_form_for_the_right_number_is_open(mistyped, clerk, login):
    client = login(clerk)
    page = client.get(mistyped.get_absolute_url())
    assert "Undo this registration" in page.text
    assert "Void this registration" not in page.text

    form = client.post(reverse("customers:undo", args=[mistyped.receipt]), follow=True)

    assert form.redirect_chain == [(f"/capture/?corrects={mistyped.receipt}", 302)]
    assert "Undone; it counts for nothing." in form.text
    assert form.context["form"]["name"].value() == "陈女士"
    right = client.post(
        "/capture/", entered(corrects=mistyped.receipt, name="陈女士", phone="13800138000"),
        follow=True,
    )  # fmt: skip
    assert "Corrects" in right.text
    made = Registration.objects.get(corrects=mistyped)
    assert made.answer == Answer.YOURS
    voided = client.get(mistyped.get_absolute_url())
    assert "This registration is void" in voided.text
    assert made.get_absolute_url() in voided.text
    assert "Undo this registration" not in voided.text


def test_a_receipt_that_is_not_void_is_not_corrected(mistyped, clerk, login):
    response = login(clerk).post("/capture/", entered(corrects=mistyped.receipt))

    assert response.status_code == 422
    assert "is not void" in response.text
    assert Registration.objects.count() == 1


def test_what_a_receipt_corrects_is_proposed_only_once_it_is_void(mistyped, clerk, login):
    for receipt in (mistyped.receipt, "R-AAAAA-AAAAA", "x" * 99):
        form = login(clerk).get("/capture/", {"corrects": receipt})
        assert form.context["form"]["corrects"].value() is None


def test_the_manager_voids_with_a_reason(mistyped, manager, login):
    client = login(manager)
    address = reverse("customers:void", args=[mistyped.receipt])
    assert "Void this registration" in client.get(mistyped.get_absolute_url()).text

    without = client.post(address, follow=True)
    assert "Choose why it was a mistake." in without.text
    done = client.post(address, {"reason": "wrong_number"}, follow=True)

    assert "Voided; it counts for nothing." in done.text
    assert "The number was mistyped" in done.text
    assert Void.objects.get().voided_by == manager.user


def test_others_are_told_who_can(mistyped, clerk, rival, login):
    address = reverse("customers:void", args=[mistyped.receipt])

    told = login(clerk).post(address, {"reason": "tried"}, follow=True)

    assert "manager or the owner can void it" in told.text
    assert login(rival).post(address, {"reason": "tried"}).status_code == 404
    assert login(clerk).get(address).status_code == 405
    assert not Void.objects.exists()


def test_after_ten_minutes_the_receipt_offers_no_undo(store, clerk, login):
    late = registered(store, staff=clerk.user, at=timezone.now() - timedelta(minutes=11))
    client = login(clerk)

    assert "Undo this registration" not in client.get(late.get_absolute_url()).text
    told = client.post(reverse("customers:undo", args=[late.receipt]), follow=True)
    assert "The ten minutes are over." in told.text


def test_a_voided_customer_is_in_no_list_and_the_page_says_why(mistyped, manager, owner, login):
    login(manager).post(reverse("customers:void", args=[mistyped.receipt]), {"reason": "not_asked"})

    found = login(owner).get("/customers/", {"view": "all", "state": "any", "q": "陈"})
    page = login(owner).get(mistyped.customer.get_absolute_url())

    assert "陈女士" not in found.text
    assert "Registration voided" in page.text
    assert "The customer had not agreed" in page.text


def test_headquarters_voids_what_protects_nobody_in_the_admin_with_a_reason(mistyped, hq, login):
    refused = registered(StoreFactory(), phone=number_of(mistyped.customer), at=timezone.now())
    client, address = login(hq), reverse("admin:customers_registration_changelist")
    chosen = {"action": "void", "_selected_action": [mistyped.pk, refused.pk]}

    asked = client.post(address, chosen)
    without = client.post(address, chosen | {"confirmed": "1", "found": ""})
    done = client.post(
        address, chosen | {"confirmed": "1", "found": "", "reason": "tried"}, follow=True
    )

    assert "Why was it a mistake" in asked.text
    assert "the owner reads that it was tried" in asked.text
    assert "each void counts on the public scorecard" in asked.text
    assert "Choose why it was a mistake." in without.text
    assert f"Voided: {refused.receipt}" in done.text
    assert "whom headquarters takes from nobody" in done.text
    void = Void.objects.get()
    assert (void.registration, void.role) == (refused, "hq")


def test_the_owner_reads_that_headquarters_tried_to_void(mistyped, owner, hq, login):
    login(hq).post(
        reverse("admin:customers_registration_changelist"),
        {"action": "void", "_selected_action": mistyped.pk, "confirmed": "1", "found": "",
         "reason": "tried"},
    )  # fmt: skip

    page = login(owner).get("/access/")

    assert "A protection was to end earlier than its events say." in page.text
    assert str(hq) in page.text


def test_only_who_may_void_is_offered_it(mistyped, login):
    looker = UserFactory(is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_registration"))

    page = login(looker).get(reverse("admin:customers_registration_changelist"))

    assert "Void: it was a mistake" not in page.text


def test_a_receipt_says_what_it_brings(store, clerk, login):
    published(per_registration("18.00"))
    made = registered(store, staff=clerk.user, at=timezone.now())

    page = login(clerk).get(made.get_absolute_url())

    assert "Registration reward" in page.text
    assert "18.00" in page.text


def test_a_refusal_names_whom_to_call(clerk, login):
    other = registered(StoreFactory(), at=timezone.now())
    RegionalManagerFactory(
        region=clerk.dealer.region, user=UserFactory(name="周磊", email="zhou@example.com")
    )

    page = login(clerk).post(
        "/capture/", entered(phone=number_of(other.customer)), follow=True
    )  # fmt: skip

    assert "周磊" in page.text
    assert "zhou@example.com" in page.text
    assert "applies by QR" not in page.text


def test_numbers_of_other_countries_are_not_registered(clerk, login):
    response = login(clerk).post("/capture/", entered(phone="+1 202 555 0123"))

    assert response.status_code == 422
    assert "+86, +852, +853, +886" in response.text


def test_a_new_number_goes_on_with_the_same_person(mistyped, clerk, login):
    number = phone_number()

    page = login(clerk).post(
        reverse("customers:new-number", args=[mistyped.customer_id]), {"phone": number}, follow=True
    )

    assert "goes on under the new number" in page.text
    assert number_of(mistyped.customer.__class__.objects.get()) == f"+86{number}"
    assert "Number changed" in page.text
    assert number not in page.redirect_chain[0][0]

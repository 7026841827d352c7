"""A campaign's page: whoever proves a number becomes a lead, and nobody learns anything else."""

import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import ProgrammingError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from customers.dispatch import contacts, offers, page
from customers.models import Campaign, Consent, Lead, LeadEntry, LeadSource, Registration
from customers.rights import own, proofs
from customers.rights.retention import delete_what_is_due
from dealers.actor import Actor, acting
from tests.factories.customers import CategoryFactory, RulebookFactory, registered
from tests.factories.dealers import RegionFactory, StoreFactory, keys_are_committed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

NUMBER = "13912873465"


@pytest.fixture(autouse=True)
def _rules(db):
    RulebookFactory()
    keys_are_committed()


@pytest.fixture
def campaign(store):
    return Campaign.objects.create(
        name="autumn", asks_for="A water filter at home", region=store.dealer.region,
        category=CategoryFactory(),
    )  # fmt: skip


def address(campaign, *, at=None):
    key = page.link(campaign, at=at or timezone.now()).key
    return reverse("customers:campaign", args=[key])


def said(**changes):
    return {"country": "86", "phone": NUMBER, "name": "欧阳诗涵", "service": "on"} | changes


def carried(answer):
    return re.search(r'name="carried" value="([^"]+)"', answer.content.decode())[1]


def code_of(texts):
    return re.search(r"\b(\d{6})\b", texts[0].partition("code")[2])[1]


def asks(client, sent, campaign, **changes):
    where = address(campaign)
    answer, texts = sent(client, where, said(**changes))
    return sent(client, where, {"carried": carried(answer), "code": code_of(texts)})[0]


def test_who_proves_a_number_becomes_a_lead_of_the_campaign(campaign, store, client, sent, clerk):
    answer = asks(client, sent, campaign, offers="on")

    assert "A store will call you" in client.get(answer.url).content.decode()
    lead = Lead.objects.get()
    assert (lead.source, lead.campaign, lead.wish, lead.region, lead.category) == (
        LeadSource.PAGE, "autumn", "A water filter at home", store.dealer.region, campaign.category,
    )  # fmt: skip
    assert contacts.opened(lead) == (f"+86{NUMBER}", "欧阳诗涵")
    assert (lead.by, lead.consent_marketing, lead.agreed_to_contact) == (None, True, True)
    entry = LeadEntry.objects.get()
    assert (entry.lead, bytes(entry.contact), entry.text_version) == (lead, b"", "lead-2026-1")
    assert lead.received_at == entry.received_at
    made = lead.offers.get()
    assert made.store == store
    registration = offers.accept(made, by=Actor.of(clerk), at=timezone.now())
    assert registration.consent_service
    assert registration.consent_marketing
    assert registration.consent_text == "lead-2026-1"
    agreed = Consent.objects.filter(customer=registration.customer)
    assert set(agreed.values_list("text_version", flat=True)) == {"lead-2026-1"}


def test_where_the_campaign_names_no_region_people_choose_theirs(campaign, store, client, sent):
    Campaign.objects.update(region=None)
    campaign.refresh_from_db()
    refused, texts = sent(client, address(campaign), said())
    assert "Choose the region in which a store shall call you" in refused.content.decode()
    assert texts == []
    other = RegionFactory()
    asks(client, sent, campaign, region=other.pk)
    assert Lead.objects.get().region == other


def test_the_store_that_somebody_has_is_asked_first(campaign, store, client, sent):
    theirs = StoreFactory()
    registered(theirs, phone=NUMBER, at=timezone.now())
    asks(client, sent, campaign)
    assert Lead.objects.get().offers.get().store == theirs


def test_who_asks_again_before_a_store_took_it_is_called_once(campaign, client, sent, clerk):
    for _time in range(2):
        asks(client, sent, campaign)
    lead = Lead.objects.get()
    assert set(LeadEntry.objects.values_list("lead", flat=True)) == {lead.pk}
    offers.accept(lead.offers.get(), by=Actor.of(clerk), at=timezone.now())
    put_down(campaign)
    assert page.answer(LeadEntry.objects.get(answered_at=None).pk, timezone.now()) != lead


def answered(proof):
    return page.answer(UUID(proof.wants["key"]), timezone.now())


def test_who_agrees_to_offers_only_when_asking_again_has_agreed(campaign, clerk):
    lead, *again = [answered(put_down(campaign, offers=said)) for said in (False, True, False)]
    assert again == [lead, lead]
    made = offers.offer(lead.pk, timezone.now())
    registration = offers.accept(made, by=Actor.of(clerk), at=timezone.now())
    assert registration.consent_marketing
    assert registration.consent_text == "lead-2026-1"


def test_who_asks_for_something_else_or_elsewhere_is_called_about_both(campaign):
    first = answered(put_down(campaign))
    Campaign.objects.update(asks_for="A lock at home")
    second, again = answered(put_down(campaign)), answered(put_down(campaign))
    third = answered(put_down(campaign, region=RegionFactory().pk))
    assert [first.wish, second.wish] == ["A water filter at home", "A lock at home"]
    assert again == second
    assert third.region != second.region
    assert Lead.objects.count() == 3


def test_a_code_sent_twice_leaves_one_entry(campaign, client, sent):
    where = address(campaign)
    answer, texts = sent(client, where, said())
    for _time in range(2):
        done = {"carried": carried(answer), "code": code_of(texts)}
        assert sent(client, where, done)[0].status_code == 302
    assert (LeadEntry.objects.count(), Lead.objects.count()) == (1, 1)


def shown(answer, number):
    """What a page says, and how long it is, without what is drawn anew each time."""
    text = re.sub(rb'value="[^"]{30,}"', b"", answer.content).replace(number[-4:].encode(), b"")
    return answer.status_code, len(answer.content), text


def test_every_number_gets_the_same_bytes(campaign, store, client, sent):
    registered(store, phone="13912873411", at=timezone.now())
    seen, where = set(), address(campaign)
    for last in "12":
        client.cookies.clear()
        number = f"139{last}28734{last}{last}" if last == "2" else "13912873411"
        first, texts = sent(client, where, said(phone=number))
        second, _texts = sent(client, where, {"carried": carried(first), "code": code_of(texts)})
        third = client.get(second.url)
        seen.add(tuple(shown(each, number) for each in (first, second, third)))
    assert len(seen) == 1


def test_nothing_is_ticked_and_being_called_has_to_be(campaign, client, sent):
    where = address(campaign)
    assert b"checked" not in client.get(where).content
    refused, texts = sent(client, where, said(service=""))
    assert "Without this no store can call you" in refused.content.decode()
    assert texts == []


def test_a_code_of_another_page_is_good_for_no_campaign(campaign, client, sent):
    other = Campaign.objects.create(name="winter", asks_for="Lock", region=campaign.region)
    answer, texts = sent(client, address(other), said())
    done = {"carried": carried(answer), "code": code_of(texts)}
    assert sent(client, address(campaign), done)[0].url == address(campaign)
    assert not LeadEntry.objects.exists()


def test_the_address_is_signed_expires_and_ends_with_the_page(campaign, client):
    key = page.link(campaign, at=timezone.now()).key
    old = page.link(campaign, at=timezone.now() - timedelta(days=366)).key
    for asked in ("x", key[:-1] + "x", old):
        for name in ("campaign", "campaign-done"):
            answer = client.get(reverse(f"customers:{name}", args=[asked]))
            assert answer.status_code == 410
            assert "This campaign is over" in answer.content.decode()
    Campaign.objects.update(asks_for="")
    assert client.get(reverse("customers:campaign", args=[key])).status_code == 410


def test_codes_are_limited_for_a_number_and_for_the_page(campaign, client, sent, monkeypatch):
    where = address(campaign)
    for _time in range(2):
        assert sent(client, where, said())[0].status_code == 200
    again, texts = sent(client, where, said())
    assert again.status_code == 422
    assert texts == []
    monkeypatch.setattr(page, "A_DAY", page.A_DAY.__class__(2, timedelta(seconds=30), 2, 2))
    assert sent(client, where, said(phone="13912873466"))[0].status_code == 422


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 1 FROM customers_leadentry",
        "SELECT 1 FROM customers_lead",
        "SELECT 1 FROM customers_campaign",
        "UPDATE customers_leadentry SET offers = true",
        "DELETE FROM customers_leadentry",
    ],
)
def test_the_page_reads_and_changes_nothing(statement):
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        acting(Actor.page()),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def put_down(campaign, *, phone=f"+86{NUMBER}", **said):
    wants = {"name": "", "offers": False, "region": campaign.region_id, "key": str(uuid4())}
    proof = proofs.Proof(phone, wants | said, timezone.now(), "x")
    page.put_down(campaign, proof, at=timezone.now())
    return proof


def test_what_waits_is_deleted_with_its_person_and_what_came_in_vain_after_a_month(campaign):
    mine, other = put_down(campaign), put_down(campaign, phone="+8613912873466")
    own.delete(mine.phone, at=timezone.now())
    assert page.answer(UUID(mine.wants["key"]), timezone.now()) is None
    assert str(LeadEntry.objects.get().pk) == other.wants["key"]
    delete_what_is_due(timezone.now() + timedelta(days=29))
    assert LeadEntry.objects.exists()
    delete_what_is_due(timezone.now() + timedelta(days=31))
    assert not LeadEntry.objects.exists()


def test_what_became_a_lead_stays_as_the_proof_that_the_person_asked(campaign):
    put_down(campaign)
    page.answer(LeadEntry.objects.get().pk, timezone.now())
    delete_what_is_due(timezone.now() + timedelta(days=31))
    assert LeadEntry.objects.get().evidence == "code x"


def test_what_waited_while_the_page_ended_tells_stores_the_campaign(campaign):
    proof = put_down(campaign)
    Campaign.objects.update(asks_for="")
    lead = page.answer(UUID(proof.wants["key"]), timezone.now())
    assert (lead.wish, lead.campaign) == ("autumn", "autumn")


def test_a_person_reads_on_their_own_page_what_they_asked_the_brand_for(campaign):
    proof = put_down(campaign)
    page.answer(UUID(proof.wants["key"]), timezone.now())
    (asked,) = own.person(proof.phone).requests
    assert asked.wish == "A water filter at home"
    assert not Registration.objects.exists()


def test_headquarters_reads_the_address_of_the_page(campaign, hq, login):
    shown = login(hq).get(reverse("admin:customers_campaign_change", args=[campaign.pk])).text
    assert "/b/" in shown
    Campaign.objects.update(asks_for="")
    shown = login(hq).get(reverse("admin:customers_campaign_change", args=[campaign.pk])).text
    assert "/b/" not in shown
    assert login(hq).get(reverse("admin:customers_campaign_add")).status_code == 200

"""The inbox of leads counts on by itself until its deadlines."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from customers.dispatch import offers
from customers.models import Offer
from dealers.triggers import lifted
from tests.customers.dispatch.brought import lead_of
from tests.factories.customers import RulebookFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_is_left_goes_down_and_is_said_aloud_twice(browse, sound, store, clerk):
    RulebookFactory()
    now = timezone.now()
    lead = lead_of(store.dealer.region, at=now)
    offers.offer(lead.pk, now)
    with lifted(Offer):
        Offer.objects.update(
            offered_at=now - timedelta(minutes=10), due_at=now + timedelta(minutes=6, seconds=50)
        )
    page = browse(clerk, width=390, language="en")
    page.clock.install()
    page.goto(reverse("customers:dispatch"))
    left, aloud = page.locator(".sla"), page.locator("#clock")
    card = page.locator("article.edge")
    expect(left).to_contain_text("On time · 6 min")
    expect(aloud).to_be_empty()
    sound(page)

    page.clock.fast_forward("02:00")
    expect(left).to_contain_text("On time · 4 min")
    expect(aloud).to_have_text("Water filter: 5 min")

    page.clock.fast_forward("02:30")
    expect(left).to_contain_text("Soon over · 2 min")
    expect(card).to_have_class("card edge warn")
    expect(aloud).to_have_text("Water filter: 5 min")

    page.clock.fast_forward("01:45")
    expect(left).to_contain_text(" s")
    expect(aloud).to_have_text("Water filter: 1 min")

    page.clock.fast_forward("01:00")
    expect(left).to_contain_text("Overdue · 0 min")
    expect(card).to_have_class("card edge bad")
    sound(page)

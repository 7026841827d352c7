"""The first page of the day, on a phone."""

from datetime import timedelta

import pytest
from django.utils import timezone

from customers.cards import reveal
from dealers.actor import Actor
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import MembershipFactory
from tests.factories.incentives import per_registration, percent, published, sale, tiers

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_associate_gets_from_the_first_page_to_a_customer(browse, clerk, sound):
    RulebookFactory()
    registered(clerk.store, staff=clerk.user, at=timezone.now(), name="陈女士")
    page = browse(clerk, width=390)
    page.goto("/")
    sound(page)

    page.get_by_role("link", name="陈女士").first.click()
    page.wait_for_url("**/customers/*-*/")


def test_the_first_pages_of_a_first_day_are_sound(browse, clerk, manager, owner, sound):
    for who in (clerk, manager, owner):
        page = browse(who, theme="dark")
        page.goto("/")
        sound(page)


def test_an_owners_first_page_is_short_on_a_phone(browse, owner, store, sound):
    """Sixteen people, customers that end, a plan: three things to do, then the money."""
    RulebookFactory(person_minute_limit=None)
    published(
        per_registration("15.00"), percent("0.03", places=["own"]), tiers(),
        starts_on=timezone.localdate().replace(day=1),
    )  # fmt: skip
    staff = MembershipFactory.create_batch(16, store=store)
    for days in (88, 87, 86, 85, 84, 4, 0):
        customer = registered(
            store, staff=staff[0].user, at=timezone.now() - timedelta(days=days), name="陈女士"
        )
        sale(customer, "1000.00", timezone.localdate())
        reveal(customer.customer, by=Actor.of(staff[0]), purpose="安装回访", at=timezone.now())
    page = browse(owner, width=390)
    page.goto("/")
    sound(page)

    assert page.evaluate("document.documentElement.scrollHeight") < 2000
    tops = [
        page.locator(f"#{part}").bounding_box()["y"]
        for part in ("first", "amount", "access", "ending", "staff")
    ]
    assert tops == sorted(tops)
    page.locator("summary", has_text="16").click()
    assert page.locator("section:has(#staff) tbody tr").first.is_visible()

"""What an owner reads when a store or the dealer closes, and what a customer is asked."""

from datetime import timedelta

import pytest
from django.utils import timezone

from customers.choices import asking, links
from customers.closings import plan
from customers.models import Choice
from dealers.actor import Actor
from dealers.models import Role
from tests.factories.closings import offered
from tests.factories.customers import RulebookFactory, number_of, registered
from tests.factories.dealers import MembershipFactory, OwnerFactory, StoreFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(("width", "language"), [(390, "zh-hans"), (1280, "en")])
def test_pages_of_those_who_lose_a_customer_or_come_to_one(
    browse, sound, settings, width, language
):
    settings.PORTAL_SMS = "dealers.sms.show_in_log"
    RulebookFactory()
    now = timezone.now()
    store = StoreFactory(name="永康街旗舰店")
    clerk = MembershipFactory(store=store)
    manager = MembershipFactory(store=store, role=Role.STORE_MANAGER)
    sister, owner = StoreFactory(dealer=store.dealer), OwnerFactory(dealer=store.dealer)
    other = OwnerFactory(dealer=StoreFactory(dealer__region=store.dealer.region).dealer)
    theirs = registered(other.dealer.stores.get(), at=now - timedelta(hours=1), name="林女士")
    claimed = registered(store, phone=number_of(theirs.customer), staff=clerk.user, at=now)
    mine = registered(store, staff=clerk.user, at=now, name="陈女士")
    day = timezone.localdate() + timedelta(days=3)

    page = browse(owner, width=width, language=language)
    page.goto("/stores/")
    sound(page)
    page.goto(f"/stores/{store.code}/close/")
    sound(page)
    page.select_option("select[name=to]", str(sister.pk))
    page.fill("input[name=on]", day.isoformat())
    page.fill("input[name=reason]", "租约到期")
    page.click("button.danger")
    page.wait_for_url("**/closings/**")
    sound(page)

    page = browse(manager, width=width, language=language)
    page.goto(f"{mine.customer.get_absolute_url()}release/")
    sound(page)
    page.locator("input[name=reason]").first.check(force=True)
    page.click("button.danger")
    page.wait_for_load_state()
    sound(page)
    page.goto(claimed.get_absolute_url())
    sound(page)

    choice = asking.ask(claimed, by=Actor.of(clerk), at=now, site="", language=language)
    page.goto(links.link(choice, ""))
    sound(page)
    page.click("button[value=yes]")
    page.wait_for_load_state()
    sound(page)

    page = browse(other, width=width, language=language)
    page.goto(theirs.customer.get_absolute_url())
    sound(page)
    hq = UserFactory(is_staff=True, is_superuser=True)
    offered(other.dealer, now)
    made = plan.close_dealer(
        other.dealer, on=day + timedelta(days=20), reason="合同到期", by=Actor.hq(hq), at=now
    )
    page.goto(made.get_absolute_url())
    sound(page)
    asked = Choice.objects.create(
        identity_id=theirs.identity_id, customer_id=theirs.customer_id, dealer=other.dealer,
        store=theirs.store, closing=made, asked_at=now, expires_at=now + asking.ASKED_FOR,
    )  # fmt: skip
    page.goto(links.link(asked, ""))
    sound(page)

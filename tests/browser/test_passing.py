"""The pages about what time does: the line, the pool and more time, on a phone and a desk."""

from datetime import timedelta

import pytest
from django.utils import timezone

from customers.ownership import extensions, line, passing
from dealers.actor import Actor
from tests.factories.customers import RulebookFactory, phone_number, registered
from tests.factories.dealers import MembershipFactory, StoreFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("screen", [(390, "zh-hans"), (1280, "en")])
def test_line_pool_and_requests_are_sound_pages(browse, sound, clerk, region_manager, screen):
    (width, language), store = screen, clerk.store
    RulebookFactory(release_after_days=7, warning_days=[30, 7, 1])
    now, phone = timezone.now(), phone_number()
    mine = registered(store, staff=clerk.user, name="陈女士", at=now - timedelta(hours=1))
    extensions.ask(mine.customer, "上周已量尺，报价等装修公司确认", by=Actor.of(clerk), at=now)
    other = registered(store, staff=clerk.user, name="李先生", at=now - timedelta(hours=1))
    registered(StoreFactory(dealer=store.dealer), name="王小姐", at=now - timedelta(days=9))
    passing.let_time_pass(now)
    rival = MembershipFactory()
    registered(rival.store, phone=phone, at=now)
    waits = registered(store, phone=phone, staff=clerk.user, at=now)
    refused = registered(store, phone=phone, staff=clerk.user, at=now)
    line.stand(waits, by=Actor.of(clerk), at=now)

    for who, paths in (
        (clerk, [
            waits.get_absolute_url(), refused.get_absolute_url(), "/customers/pool/",
            mine.customer.get_absolute_url(), f"/customers/{other.customer_id}/extend/",
        ]),
        (region_manager, ["/customers/extensions/"]),
    ):  # fmt: skip
        page = browse(who, width=width, language=language)
        for path in paths:
            page.goto(path)
            sound(page)

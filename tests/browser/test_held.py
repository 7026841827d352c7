"""What is held, on a phone and on a desk: by which case, until when, and how much it would be."""

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.customers.cases.disputed import DAY, Dispute
from tests.factories.customers import RulebookFactory
from tests.factories.incentives import JANUARY, close_period, percent, published, tiers
from tests.incentives.books.test_holds import BEGAN, EVERYWHERE, SOLD

pytestmark = pytest.mark.django_db(transaction=True)

PHONE = 390


@pytest.fixture
def dispute(settings):
    settings.PORTAL_PAPERS_AHEAD = False
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    published(
        percent("0.10", places=EVERYWHERE, code="all", name="顾客成交"),
        tiers(places=EVERYWHERE, name="月度阶梯"),
    )
    made = Dispute(began=BEGAN)
    made.sell(None, "S0", "500.00", at=BEGAN + DAY)
    made.sell(None, "S1", at=SOLD)
    made.case = made.open(SOLD + DAY)
    return made


def test_an_open_month_and_its_statement_say_what_is_held(dispute, browse, sound):
    month = reverse("incentives:earnings-month", args=[JANUARY])
    page = browse(dispute.owner_a, width=PHONE)
    page.goto(month)
    held = page.locator("section[aria-labelledby=held]")
    expect(held).to_contain_text(f"因异议 {dispute.case.code} 暂缓入账")
    sound(page)
    held.get_by_role("link", name="顾客成交").click()
    expect(page.locator("#why")).to_contain_text("100.00")
    sound(page)

    run = close_period(JANUARY)
    page = browse(dispute.owner_a, language="en")
    page.goto(run.statements.get().get_absolute_url())
    expect(page.locator("section[aria-labelledby=held]")).to_contain_text("in no total")
    sound(page)

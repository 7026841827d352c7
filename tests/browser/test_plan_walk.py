"""Headquarters writes a plan on a phone, by touch and by keys, reads it back and publishes it."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from dealers.months import next_month
from incentives.models import PlanVersion
from tests.browser.hands import Keys, Touch
from tests.factories.customers import RulebookFactory
from tests.factories.dealers import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("hands_of", [Touch, Keys])
def test_a_plan_is_written_refused_put_right_and_published(browse, hands_of):
    RulebookFactory()
    chief = UserFactory(is_staff=True, is_superuser=True)
    page = browse(chief, width=390, touch=True)
    hands = hands_of(page)

    page.goto("/admin/")
    hands.press(page.locator("#shortcuts a[href='/admin/incentives/plan/']"))
    page.wait_for_url("**/admin/incentives/plan/")
    hands.press(page.locator(".object-tools .addlink"))
    hands.write(page.locator("[name=code]"), "autumn")
    hands.write(page.locator("[name=name]"), "秋季登记奖励")
    hands.press(page.locator("[name=_save]"))

    # What comes next is its first version, not the list.
    page.wait_for_url("**/planversion/add/**")
    starts = next_month(timezone.localdate())
    hands.write(page.locator("[name=starts_on]"), starts.isoformat())
    hands.press(page.locator(".add-row a"))
    row = "components-0"
    hands.write(page.locator(f"[name={row}-code]"), "registration")
    hands.choose(page.locator(f"[name={row}-event]"), "有效登记")
    hands.choose(page.locator(f"[name={row}-kind]"), "每次固定")
    hands.write(page.locator(f"[name={row}-rates-0-from]"), "0")
    hands.write(page.locator(f"[name={row}-rates-0-rate]"), "一八")
    hands.press(page.locator("[name=_continue]"))
    expect(page.locator(".errorlist").first).to_be_visible()
    hands.write(page.locator(f"[name={row}-rates-0-rate]"), "18")
    hands.press(page.locator("[name=_continue]"))
    expect(page.locator("span.readback")).to_contain_text("18")

    hands.press(page.locator(".object-tools .addlink"))
    page.wait_for_url("**/publish/")
    hands.tick(page.locator("[name=read]"))
    hands.press(page.locator("input.default"))
    page.wait_for_url("**/change/")
    published = PlanVersion.objects.published().get()
    assert (published.plan.code, published.starts_on) == ("autumn", starts)
    assert page.problems == []

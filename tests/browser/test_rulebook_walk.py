"""Two people of headquarters bring a rulebook in force on a phone, by touch and by keys."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from customers.models import Rulebook
from customers.ownership import trials
from tests.browser.hands import Keys, Touch
from tests.factories.customers import RulebookFactory, phone_number, registered
from tests.factories.dealers import StoreFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
NOTICE = 14  # days, promised by the rulebook in force


@pytest.mark.parametrize("hands_of", [Touch, Keys])
def test_a_rulebook_is_written_refused_tested_approved_and_published(browse, hands_of):
    in_force = RulebookFactory(name="现行规则", notice_days=NOTICE)
    at, phone = timezone.now() - timedelta(days=50), phone_number()
    registered(StoreFactory(), phone=phone, at=at)
    registered(StoreFactory(), phone=phone, at=at + timedelta(days=40))
    author, approver = (
        browse(UserFactory(is_staff=True, is_superuser=True, name=name), width=390, touch=True)
        for name in ("赵宁", "钱芳")
    )

    for page in (author, approver):
        page.set_default_timeout(60_000)  # two browsers and what they ask for share a machine

    page, hands = author, hands_of(author)
    starts = written(page, hands)

    # Who writes it tests it, and reads what it would have changed; that is all they can do.
    hands.press(page.locator(".object-tools a[href$='/publish/']"))
    page.wait_for_url("**/publish/")
    expect(page.locator("section[aria-labelledby=changes]")).to_contain_text("现行规则")
    hands.press(page.locator("button[value=tested]"))
    page.locator(".messagelist .success").wait_for()
    draft = Rulebook.objects.exclude(pk=in_force.pk).get()
    trials.find(draft.trials.get().pk, timezone.now())  # as the worker does
    page.reload()
    expect(page.locator("section[aria-labelledby=trial]")).to_contain_text("2")
    assert page.locator("button[value=approved]").count() == 0
    hands.tick(page.locator("[name=read]"))
    hands.press(page.locator("input.default"))
    expect(page.locator("main")).to_contain_text("还没有人批准")
    assert not Rulebook.objects.published().exclude(pk=in_force.pk).exists()

    # Somebody else finds it among what waits, reads it, approves and publishes it.
    page, hands = approver, hands_of(approver)
    page.goto("/admin/")
    hands.press(page.locator(f".waiting a[href*='/rulebook/{draft.pk}/']").first)
    page.wait_for_url("**/change/")
    hands.press(page.locator(".object-tools a[href$='/publish/']"))
    page.wait_for_url("**/publish/")
    hands.press(page.locator("button[value=approved]"))
    page.locator(".messagelist .success").wait_for()
    hands.tick(page.locator("[name=read]"))
    hands.press(page.locator("input.default"))
    page.wait_for_url("**/change/")
    expect(page.locator(".messagelist .success")).to_contain_text(f"{starts}")
    published = Rulebook.objects.published().get(pk=draft.pk)
    assert (published.tested_by.name, published.approved_by.name) == ("赵宁", "钱芳")
    assert published.published_by.name == "钱芳"
    assert author.problems == approver.problems == []


def written(page, hands):
    """Write a rulebook; a past day is refused where it is written, in the words of the trade."""
    page.goto("/admin/")
    hands.press(page.locator("#shortcuts a[href='/admin/customers/rulebook/add/']"))
    page.wait_for_url("**/rulebook/add/")
    hands.write(page.locator("[name=name]"), "冬季规则")
    hands.write(page.locator("[name=protection_days]"), "30")
    hands.write(page.locator("[name=starts_on]"), f"{timezone.localdate() - timedelta(days=8)}")
    hands.press(page.locator("[name=_continue]"))
    page.wait_for_url("**/rulebook/*/change/**")
    expect(page.locator("main")).to_contain_text("已过：归属规则")
    starts = timezone.localdate() + timedelta(days=NOTICE)
    hands.write(page.locator("[name=starts_on]"), f"{starts}")
    hands.press(page.locator("[name=_continue]"))
    expect(page.locator("main")).not_to_contain_text("已过：归属规则")
    return starts

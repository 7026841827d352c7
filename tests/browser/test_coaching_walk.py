"""A regional manager notes one thing to do on a phone, by touch and by keys; the store reads it."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from incentives.models import CoachingNote
from tests.browser.hands import Keys, Touch

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("hands_of", [Touch, Keys])
def test_a_note_is_written_read_and_closed(browse, region_manager, manager, hands_of, sound):
    page = browse(region_manager, width=390, touch=True)
    hands = hands_of(page)
    page.goto(f"/region/stores/{manager.store.code}/")
    hands.press(page.locator(f"a[href*='/{manager.store.code}/coaching/']").first)
    page.wait_for_url("**/coaching/**")

    # Half of it is missing: the page says what, and keeps what was written.
    hands.write(page.locator("[name=saw]"), "两位顾客没有登记")
    for name in ("why", "to_do"):
        hands.write(page.locator(f"[name={name}]"), " ")
    hands.press(page.locator("main form .btn.primary"))
    expect(page.locator(".errsum")).to_be_visible()
    expect(page.locator("[name=saw]")).to_have_value("两位顾客没有登记")
    hands.write(page.locator("[name=why]"), "新同事不知道怎么开口")
    hands.write(page.locator("[name=to_do]"), "每天早会练一次")
    page.locator("[name=check_on]").fill((timezone.localdate() + timedelta(days=7)).isoformat())
    hands.press(page.locator("main form .btn.primary"))
    page.wait_for_url("**/region/coaching/*/")
    note = CoachingNote.objects.get()
    sound(page)

    store = browse(manager, width=390, touch=True)
    store.goto("/coaching/")
    expect(store.locator(f"#note-{note.pk}")).to_contain_text("每天早会练一次")
    sound(store)

    page.goto("/region/coaching/")
    hands.press(page.locator(f"a[href$='/region/coaching/{note.pk}/']").first)
    page.wait_for_url(f"**/region/coaching/{note.pk}/")
    hands.tick(page.locator("[name=came]").first)
    hands.press(page.locator("main form .btn.primary"))
    expect(page.locator("main form .btn.primary")).to_have_count(0)
    store.goto("/coaching/")
    expect(store.locator("main")).to_contain_text("每天早会练一次")
    assert CoachingNote.objects.open().count() == 0
    assert page.problems == store.problems == []

"""Headquarters at work in a browser: what waits, a plan's terms, an order by hand."""

from datetime import date, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from customers.models import Order
from customers.ownership import trials
from dealers.actor import Actor
from incentives.models import Component, PlanVersion
from incentives.plans import versions
from tests.factories.customers import CategoryFactory, RulebookFactory, phone_number, registered
from tests.factories.dealers import StoreFactory, UserFactory
from tests.factories.incentives import MARCH, sale

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def chief(db):
    """A person who may do everything; the groups of the migration are gone after other tests."""
    return UserFactory(is_staff=True, is_superuser=True, name="赵宁")


@pytest.fixture
def fits():
    """Check a page: nothing the policy or a script objects to, no sideways scroll at 390 px."""

    def check(page):
        assert page.problems == []
        size = page.viewport_size
        page.set_viewport_size({"width": 390, "height": 800})
        wider = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        page.set_viewport_size(size)
        assert wider == 0

    return check


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_first_page_is_sound(browse, chief, sound, language):
    RulebookFactory(published_at=None)
    page = browse(chief, language=language)
    page.goto("/admin/")
    sound(page)
    page.locator(".waiting a").first.click()
    page.wait_for_url("**/admin/customers/rulebook/**")
    assert page.problems == []


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_what_a_draft_would_change_is_read_before_it_is_approved(
    browse, chief, sound, fits, language
):
    RulebookFactory(release_after_days=None)
    at, phone = timezone.now() - timedelta(days=50), phone_number()
    registered(StoreFactory(), phone=phone, at=at)
    registered(StoreFactory(), phone=phone, at=at + timedelta(days=40))
    draft = RulebookFactory(starts_on=date(2099, 1, 1), published_at=None, protection_days=30)
    page = browse(chief, language=language)
    page.goto(f"/admin/customers/rulebook/{draft.pk}/publish/")
    page.locator("button[value=tested]").click()
    trials.find(draft.trials.get().pk, timezone.now())
    page.reload()
    page.locator("details summary").click()
    assert page.locator("details tbody tr").count() == 2
    sound(page)
    fits(page)


def test_terms_are_written_read_back_and_published(browse, chief, fits):
    RulebookFactory()
    draft = versions.create_plan(
        {"code": "own", "name": "转化分成", "starts_on": MARCH, "components": []},
        by=Actor.worker("tests"),
        at=timezone.now(),
    )
    page = browse(chief)
    page.goto(f"/admin/incentives/planversion/{draft.pk}/change/")
    page.locator(".add-row a").click()
    row = "components-0"
    page.locator(f"[name={row}-code]").fill("own-tiers")
    page.locator(f"[name={row}-event]").select_option("paid_sale")
    page.locator(f"[name={row}-kind]").select_option("tiers_marginal")
    page.locator(f"[name={row}-clawback]").select_option("recompute")
    page.locator(f"[name={row}-rates-0-from]").fill("0")
    page.locator(f"[name={row}-rates-0-rate]").fill("5%")
    page.locator(f"[name={row}-rates-1-from]").fill("100")
    fits(page)
    page.locator("[name=_continue]").click()
    expect(page.locator(".errornote")).to_be_visible()
    assert not Component.objects.exists()

    page.locator(f"[name={row}-rates-1-rate]").fill("6.5%")
    page.locator("[name=_continue]").click()
    expect(page.locator("span.readback")).to_contain_text("6.5%")
    fits(page)

    page.locator(".object-tools .addlink").click()
    page.wait_for_url("**/publish/")
    fits(page)
    page.locator("[name=read]").check()
    page.locator("input.default").click()
    page.wait_for_url("**/change/")
    assert PlanVersion.objects.published().get() == draft
    fits(page)


def test_pickers_filters_and_tables_have_names(browse, chief, sound):
    RulebookFactory()
    store = StoreFactory()
    page = browse(chief)
    for path in (
        "customers/order/add/", "customers/order/", "customers/registration/",
        f"dealers/dealer/{store.dealer_id}/change/", f"dealers/user/{chief.pk}/change/",
        "incentives/run/", "training/course/add/",
    ):  # fmt: skip
        page.goto(f"/admin/{path}")
        page.wait_for_load_state("load")
        sound(page)


def test_lists_show_all_their_columns_on_a_desk(browse, chief):
    RulebookFactory()
    sale(registered(StoreFactory(name="上海陆家嘴环球旗舰店")), "14372.00", MARCH)
    page = browse(chief, language="en")
    for path in ("customers/order/", "customers/registration/", "dealers/user/"):
        page.goto(f"/admin/{path}")
        assert page.locator("#changelist-filter").is_visible()
        hidden = page.locator(".results").evaluate("it => it.scrollWidth - it.clientWidth")
        assert hidden == 0, path


def test_an_order_is_typed_with_the_pickers(browse, chief, fits):
    RulebookFactory()
    store, category = StoreFactory(), CategoryFactory()
    page = browse(chief)
    page.goto("/admin/customers/order/add/")
    page.locator("[name=external_id]").fill("H-1")
    page.locator("[name=ordered_at_0]").fill("2026-01-20")
    page.locator("[name=ordered_at_1]").fill("10:00")
    for field, text in (("store", store.code), ("lines-0-category", category.code)):
        page.locator(f"#id_{field} + .select2").click()
        page.locator(".select2-search__field").fill(text)
        page.locator(".select2-results__option--highlighted").click()
    for field, text in (
        ("number", "1"), ("quantity", "1"), ("gross", "10"), ("discount", "0"), ("net", "9"),
    ):  # fmt: skip
        page.locator(f"[name=lines-0-{field}]").fill(text)
    fits(page)
    page.locator("[name=_save]").click()
    expect(page.locator(".errorlist").first).to_be_visible()
    assert not Order.objects.exists()

    page.locator("[name=lines-0-net]").fill("10")
    page.locator("[name=_save]").click()
    page.wait_for_url("**/admin/customers/order/")
    assert Order.objects.get().store == store
    fits(page)


def test_lists_fit_a_phone_in_the_dark(browse, chief, fits):
    StoreFactory()
    page = browse(chief, width=390)
    page.add_init_script("localStorage.setItem('theme', 'dark')")
    for path in ("dealers/store/", "dealers/user/", "customers/registration/", "incentives/run/"):
        page.goto(f"/admin/{path}")
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"
        fits(page)

"""An owner gets from the amount to its reason."""

from datetime import UTC, date, datetime

import pytest

from incentives.models import Statement
from incentives.tasks import render_statement
from tests.factories.customers import RulebookFactory
from tests.factories.incentives import (
    JANUARY,
    close_period,
    give_back,
    owned_customer,
    per_registration,
    percent,
    published,
    sale,
    tiers,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def trade(store):
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    published(per_registration("15.00"), percent("0.03", places=["online"]), tiers())
    customer = owned_customer(store)
    sold = sale(customer, "3980.00", date(2026, 1, 5))
    sale(customer, "1200.00", date(2026, 1, 9), sold_by="online")
    give_back(sold, "980.00", date(2026, 1, 12))
    close_period(JANUARY)


def test_the_reason_of_an_amount_is_two_taps_away(browse, owner, trade, sound):
    page = browse(owner, width=390)
    page.goto("/earnings/2026-01/")
    sound(page)
    assert "¥111.00" in page.locator(".hero-amt").inner_text()

    page.locator("a.line", has_text="¥36.00").click()
    page.wait_for_url("**/lines/cross/**")
    assert page.locator(".calc .sum .v").inner_text() == "¥36.00"
    sound(page)

    page.go_back()
    page.locator(".bars a").last.click()
    page.wait_for_url("**/results/own/")
    assert page.locator(".calc .sum .v").inner_text() == "¥60.00"
    sound(page)


def test_the_statement_is_a_page_a_file_and_a_pdf(browse, owner, trade, sound):
    statement = Statement.objects.get(dealer=owner.dealer)
    page = browse(owner, theme="dark")
    page.goto("/earnings/2026-01/statement/")
    sound(page)
    assert "¥111.00" in page.locator("main").inner_text()

    render_statement(statement.pk, "zh-hans")
    for name in ("CSV", "PDF"):
        with page.expect_download() as download:
            page.get_by_role("link", name=name).click()
        assert download.value.suggested_filename == f"{statement.number}.{name.lower()}"


def test_no_amount_of_a_statement_breaks_in_two_on_a_phone(browse, owner, trade):
    lines = "it => it.getBoundingClientRect().height / parseFloat(getComputedStyle(it).fontSize)"
    for language in ("zh-hans", "en"):
        page = browse(owner, width=390, language=language)
        page.goto("/earnings/2026-01/statement/")
        for part in page.locator("main .kv dd.nowrap, main .pagehead .btn").all():
            assert part.evaluate(lines) < 3.2, part.inner_text()
            wider = part.evaluate("it => it.scrollWidth - it.clientWidth")
            assert wider <= 0, part.inner_text()


def test_a_month_without_earnings_is_sound(browse, owner, sound):
    page = browse(owner)
    page.goto("/earnings/")
    sound(page)
    assert page.locator(".empty").is_visible()

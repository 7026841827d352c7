"""A month's statement is paid, on a phone by touch and by keys: an owner, two people and a bank."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from dealers.actor import Actor
from incentives.models import Payout, PayoutState
from tests.browser.hands import Keys, Touch
from tests.factories.customers import RulebookFactory
from tests.factories.dealers import OwnerFactory, UserFactory
from tests.factories.incentives import (
    JANUARY,
    close_period,
    owned_customer,
    per_registration,
    published,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def at(browse, hands_of):
    """``at(who)`` is the page of somebody on a phone, and the hands that work on it."""

    def opened(who):
        page = browse(who, width=390, touch=True)
        return page, hands_of(page)

    return opened


def give_account(page, hands):
    """The owner reads that there is none, and mistypes its number once."""
    page.goto("/earnings/2026-01/statement/")
    hands.press(page.locator("a[href$='/bank-account/']"))
    page.wait_for_url("**/bank-account/")
    for name, typed in (
        ("holder", "恒益家居"), ("bank", "工商银行永康支行"),
        ("number", "6222 0202 0011 2233"), ("again", "6222 0202 0011 2234"),
    ):  # fmt: skip
        hands.write(page.locator(f"[name={name}]"), typed)
    hands.press(page.locator("main form .btn.primary"))
    hands.press(page.locator(".errsum a"))
    hands.write(page.locator("[name=again]"), "6222020200112233")
    hands.press(page.locator("main form .btn.primary"))
    expect(page.locator("main")).to_contain_text("•••• 2233")


def approve_statements(page, hands):
    """The second person looks first, goes back, and then approves what the first one closed."""
    page.goto("/admin/")
    hands.press(page.locator(".waiting a[href*='/statementrelease/']").first)
    page.wait_for_url("**/statementrelease/")
    hands.press(page.locator(".checks a[href*='/release/']"))
    hands.press(page.locator("a.closelink"))
    page.wait_for_url("**/statementrelease/")
    hands.press(page.locator(".checks a[href*='/release/']"))
    hands.press(page.locator("input.default"))
    expect(page.locator(".messagelist .success")).to_contain_text("2026-01")


def make_batch(page, hands):
    """The first one puts it into a batch, which is not theirs to approve."""
    page.goto("/admin/incentives/payoutbatch/")
    hands.press(page.locator("a[href$='/payoutbatch/make/']"))
    hands.press(page.locator("a.closelink"))
    page.wait_for_url("**/payoutbatch/")
    hands.press(page.locator("a[href$='/payoutbatch/make/']"))
    hands.press(page.locator("input.default"))
    page.wait_for_url("**/change/")
    expect(page.locator(".object-tools a[href$='/withdraw/']")).to_have_count(1)
    expect(page.locator(".object-tools a[href$='/approve/']")).to_have_count(0)


def approve_batch(page, hands):
    """From the first page to the file for the bank."""
    page.goto("/admin/")
    hands.press(page.locator(".waiting a[href*='/payoutbatch/']").first)
    page.wait_for_url("**/payoutbatch/**")
    hands.press(page.locator("#result_list th a").first)
    page.wait_for_url("**/change/**")
    hands.press(page.locator(".object-tools a[href$='/approve/']"))
    hands.press(page.locator("input.default"))
    page.wait_for_url("**/change/")
    with page.expect_download() as bank:
        hands.press(page.locator(".object-tools a[href$='/file/']"))
    return bank.value.path().read_text(encoding="utf-8-sig")


def read_answer(page, hands, file, reference):
    """A file that is none is refused in words, then the bank's is read."""
    hands.press(page.locator(".object-tools a[href$='/answer/']"))
    day = timezone.localdate().isoformat()
    for text, shown in (
        ("what,is,this\n", ".errorlist"),
        (f"reference,state,date,reason\n{reference},成功,{day},\n", ".readback"),
    ):
        file.write_text(text, encoding="utf-8")
        page.locator("[name=file]").set_input_files(file)
        hands.press(page.locator("input.default"))
        expect(page.locator(shown)).to_be_visible()


@pytest.mark.parametrize("hands_of", [Touch, Keys])
def test_from_the_bank_account_to_the_money(at, store, tmp_path, settings):
    settings.PORTAL_PAPERS_AHEAD = False  # statements are set when somebody asks for them
    RulebookFactory()
    published(per_registration())
    owned_customer(store)
    owner = OwnerFactory(dealer=store.dealer)
    first, second = (UserFactory(is_staff=True, is_superuser=True) for _person in range(2))
    close_period(JANUARY, by=Actor.hq(first))
    pages = [at(who) for who in (owner, second, first)]
    owners, seconds, firsts = pages

    give_account(*owners)
    approve_statements(*seconds)
    make_batch(*firsts)
    payout = Payout.objects.get()
    assert payout.reference in approve_batch(*seconds)
    read_answer(*seconds, tmp_path / "answer.csv", payout.reference)

    payout.refresh_from_db()
    assert payout.state == PayoutState.PAID
    owners[0].goto("/earnings/2026-01/statement/")
    expect(owners[0].locator("main")).to_contain_text(payout.reference)
    assert [page.problems for page, _hands in pages] == [[], [], []]

"""A working week on a phone, by touch."""

import io
from datetime import timedelta

import pytest
import xlsxwriter
from django.utils import timezone
from playwright.sync_api import expect

from customers.models import Activity, Registration, Void
from dealers.models import Invitation, Membership, Upload, UploadState
from tests.browser.hands import Touch
from tests.factories.customers import RulebookFactory, phone_number, registered
from tests.factories.dealers import MembershipFactory, StoreFactory

pytestmark = pytest.mark.django_db(transaction=True)
PHONE = 390


@pytest.fixture
def work(browse):
    """``work(clerk)`` is a page on that person's phone, and the hands that use it."""

    def begin(who, language="zh-hans"):
        page = browse(who, width=PHONE, language=language, touch=True)
        return page, Touch(page)

    return begin


def list_made_by_hand(count):
    """A workbook as a store keeps it: title over all columns, blank line, total, no store."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(made) as book:
        sheet = book.add_worksheet()
        sheet.merge_range(0, 0, 0, 4, "老顾客登记表")
        sheet.write_row(1, 0, ["序号", "顾客姓名", "联系电话", "登记日期", "是否同意"])
        for number in range(count):
            phone = f"139{number:08}"
            said = (
                phone, f"{phone[:3]}-{phone[3:7]}-{phone[7:]}", f"+86 {phone}", f"86{phone}",
                f"{phone[:3]} {phone[3:7]} {phone[7:]}", int(phone),
            )[number % 6]  # fmt: skip
            line = number + (3 if number >= count // 2 else 2)
            day = f"2026.11.{number % 20 + 1}" if number % 2 else f"2026年11月{number % 20 + 1}日"
            sheet.write_row(line, 0, [number + 1, f"王{number}", said, day, "是"])
        sheet.write_row(count + 3, 0, ["合计", "", f"{count} 人"])
    return made.getvalue()


def test_an_associate_registers_puts_right_follows_up_calls_and_searches(work, clerk):
    RulebookFactory(person_minute_limit=None)
    registered(clerk.store, staff=clerk.user, name="周敏", at=timezone.now() - timedelta(days=87))
    page, hands = work(clerk)
    page.goto("/")

    for number in (phone_number(), "13800138765"):
        if number != "13800138765":
            hands.press(page.locator("nav.tabs-bottom a.cta"))
        expect(page.locator("#id_phone")).to_be_focused()
        page.keyboard.type(number)
        hands.tick(page.locator("#id_consent"))
        hands.press(page.locator(".sticky-act button"))
        page.wait_for_url("**/capture/r/**")
        if number != "13800138765":
            assert hands.taps == 3  # registering, consent, done; between them the eleven digits
            hands.press(page.get_by_role("button", name="撤销这笔登记"))
            page.wait_for_url("**corrects**")
    assert Void.objects.count() == 1

    hands.press(page.get_by_role("link", name="补充需求或预约到店"))
    page.wait_for_url("**did=note**")
    form = page.locator("form:has(textarea[name=note])").last
    assert form.get_by_label("备注").first.is_checked()
    hands.tick(form.get_by_label("3 天后"))
    hands.write(form.locator("textarea"), "想看智能锁")
    hands.press(form.get_by_role("button", name="记录", exact=True))
    page.locator(".banner.ok").wait_for()

    hands.press(page.locator("nav.tabs-bottom a[href='/customers/']"))
    page.wait_for_url("**/customers/")
    hands.press(page.locator("#rows > tr").first.get_by_role("button"))
    expect(page.locator("a[href^='tel:']")).to_be_focused()
    hands.press(page.get_by_role("button", name="已联系上"))
    page.locator(".banner.ok").wait_for()
    assert page.get_by_role("button", name="已联系上").count() == 0

    hands.press(page.locator("a[href='/search/']"))
    expect(page.locator("#id_search")).to_be_focused()
    page.keyboard.type("8765")
    page.keyboard.press("Enter")
    page.wait_for_url("**/customers/*-*/**")

    assert set(Activity.objects.values_list("kind", flat=True)) == {"note", "call"}
    assert page.problems == []


def test_an_owner_invites_imports_a_list_and_moves_a_person(work, owner, clerk):
    RulebookFactory()
    other = StoreFactory(dealer=owner.dealer, name="临江路店")
    colleague = MembershipFactory(store=clerk.store, user__name="王浩")
    page, hands = work(owner)

    page.goto("/staff/")
    hands.press(page.locator("a[href='/staff/invite/']"))
    hands.write(page.get_by_label("姓名"), "李敏")
    hands.write(page.locator("[name=address]"), "13800138000")
    page.locator("[name=store]").select_option(str(clerk.store_id))
    hands.press(page.get_by_role("button", name="发送邀请"))
    page.wait_for_url("**/invitations/**")
    assert Invitation.objects.get().phone == "+8613800138000"

    page.goto("/imports/")
    page.set_input_files(
        "[name=files]",
        {"name": "老顾客.xlsx", "mimeType": "application/zip", "buffer": list_made_by_hand(200)},
    )
    page.locator("[name=store]").select_option(str(clerk.store_id))
    hands.press(page.get_by_role("button", name="上传并检查"))
    hands.press(page.get_by_role("button", name="导入", exact=True))
    hands.press(page.get_by_role("link", name="查看顾客"))
    page.wait_for_url("**/customers/**")
    assert Upload.objects.get().state == UploadState.DONE
    assert Registration.objects.filter(store=clerk.store_id).count() == 200

    page.goto("/staff/")
    hands.press(page.locator("tr", has_text="王浩").get_by_role("link", name="变更"))
    page.locator("[name=store]").select_option(str(other.pk))
    hands.press(page.get_by_role("button", name="变更任职"))
    page.wait_for_url("**/staff/")
    assert Membership.objects.filter(user=colleague.user, store=other).exists()
    assert page.problems == []

"""A course on a phone: written and published, then failed and passed, by touch and by keys."""

import pytest
from playwright.sync_api import expect

from tests.browser.hands import Keys, Touch
from tests.factories.dealers import UserFactory
from training.models import Attempt, Certificate, Choice, Course

pytestmark = pytest.mark.django_db(transaction=True)
QUESTIONS = (
    ("先问什么？", "顾客的需要", "顾客的收入"),
    ("多久联系？", "两天之内", "下个月"),
)


@pytest.mark.parametrize("hands_of", [Touch, Keys])
def test_a_course_is_written_published_failed_and_passed(browse, clerk, hands_of):
    chief = UserFactory(is_staff=True, is_superuser=True)
    page = browse(chief, width=390, touch=True)
    hands = hands_of(page)

    page.goto("/admin/")
    hands.press(page.locator("#shortcuts a[href='/admin/training/course/']"))
    hands.press(page.locator(".object-tools .addlink"))
    hands.write(page.locator("[name=title]"), "第一次跟进")
    hands.press(page.locator("#assignments-group .add-row a"))
    hands.choose(page.locator("[name=assignments-0-role]"), "店员")
    hands.press(page.locator("[name=_save]"))

    page.wait_for_url("**/courseversion/*/change/")
    hands.write(page.locator("[name=retry_minutes]"), "0")
    hands.press(page.locator("#lessons-group .add-row a"))
    hands.write(page.locator("[name=lessons-0-title]"), "准备")
    hands.write(page.locator("[name=lessons-0-body]"), "先看顾客的记录。")
    for number, (text, right, wrong) in enumerate(QUESTIONS):
        hands.press(page.locator("[name=_question]"))
        page.wait_for_url("**/question/add/**")
        hands.write(page.locator("[name=text]"), text)
        for row, answer in enumerate((right, wrong)):
            if not page.locator(f"[name=choices-{row}-text]").count():
                hands.press(page.locator("#choices-group .add-row a"))
            hands.write(page.locator(f"[name=choices-{row}-text]"), answer)
        hands.tick(page.locator("[name=choices-0-correct]"))
        hands.press(page.locator("[name=_save]"))
        page.wait_for_url("**/courseversion/*/change/**")
        expect(page.locator("#questions-group")).to_contain_text(text)
        assert Choice.objects.count() == 2 * (number + 1)
    hands.press(page.locator(".object-tools a[href$='/publish/']"))
    hands.press(page.locator("#content input[type=submit]"))
    page.wait_for_url("**/change/**")
    course = Course.objects.get()
    assert course.versions.published().exists()
    assert page.problems == []

    page = browse(clerk, width=390, touch=True)
    hands = hands_of(page)
    page.goto("/training/")
    hands.press(page.get_by_role("link", name="第一次跟进").first)
    hands.press(page.get_by_role("button", name="开始学习"))
    hands.press(page.locator("main form button").last)
    hands.press(page.get_by_role("button", name="开始测验"))
    answer_all(page, hands, right=False)
    expect(page.locator("main")).to_contain_text("准备")  # the lesson to read again
    expect(page.locator("main")).not_to_contain_text("两天之内")  # and no answer
    hands.press(page.get_by_role("button", name="再答一次"))
    answer_all(page, hands, right=True)
    expect(page.get_by_role("heading", level=1)).to_contain_text("通过")
    assert Certificate.objects.get().enrollment.user == clerk.user
    assert page.problems == []


def answer_all(page, hands, *, right):
    for number in range(1, len(QUESTIONS) + 1):
        page.wait_for_url(f"**/quiz/{number}/")
        attempt = Attempt.objects.get(submitted_at=None)
        shown = page.locator(".choice input")
        for place in range(shown.count()):
            choice = Choice.objects.get(pk=shown.nth(place).get_attribute("value"))
            assert choice.question.version_id == attempt.enrollment.version_id
            if choice.correct == right:
                pick(page, hands, shown.nth(place))
        hands.press(page.locator("form:has(.choice) button").first)
    hands.press(page.get_by_role("button", name="确认交卷"))


def pick(page, hands, button):
    """Choose one of several: a finger taps its line, the keys go there by arrows."""
    if isinstance(hands, Touch):
        hands.tick(button)
        return
    group = page.locator(".choice input")
    hands.reach(group.first)
    page.keyboard.press("Space")
    for _step in range(group.count()):
        if button.is_checked():
            return
        page.keyboard.press("ArrowDown")
    assert button.is_checked()

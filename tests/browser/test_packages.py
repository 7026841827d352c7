"""SCORM packages play in a real browser, report, and cannot reach the portal."""

import pytest
from django.core.cache import cache
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser.packages import opened, played, sco, taught
from tests.factories.packages import packed
from training.models import Claim, PackageAttempt
from training.scorm import attempts

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("version", ["1.2", "2004"])
def test_a_package_is_played_left_resumed_and_finished(version, clerk, browse, sound):
    course = taught(sco(version))
    page = browse(clerk, width=390, language="en")
    frame = opened(page, course)
    expect(frame.locator("#entry")).to_have_text("true ab-initio")
    expect(frame.locator("#place")).to_have_text("page 1")
    expect(frame.locator("#place")).to_have_css("color", "rgb(1, 2, 3)")
    expect(frame.locator("#said")).to_have_text("own file")
    assert frame.locator("img").evaluate("image => image.naturalWidth") == 8
    sound(page)
    frame.locator("#next").click()
    expect(page.locator("[data-said]")).to_contain_text("Not finished")
    with page.expect_response("**/package/report/"):
        frame.locator("#leave").click()
    expect(frame.locator("#said")).to_have_text("true 0")

    page.get_by_role("button", name="next lesson").click()
    expect(page.get_by_text("has not reported yet")).to_be_visible()
    expect(page.locator("[data-begin-package]")).to_contain_text("Go on where you were")
    frame = played(page)
    expect(frame.locator("#entry")).to_have_text("true resume")
    expect(frame.locator("#place")).to_have_text("page 2")
    data = frame.locator("body").evaluate(
        "() => api[api.GetValue ? 'GetValue' : 'LMSGetValue']('cmi.suspend_data')"
        ".slice(0, 3) === '宽\\u0000\\ud800'"
    )
    assert data is True
    # A page of the package's own goes on in the same go at it.
    frame.locator("#second").click()
    expect(frame.locator("#entry")).to_have_text("true resume")
    expect(frame.locator("#place")).to_have_text("page 2")
    with page.expect_response("**/package/report/"):
        frame.locator("#done").click()
    again = "301" if version == "1.2" else "113"
    expect(frame.locator("#said")).to_have_text(f"true false {again}")
    expect(page.locator("[data-said]")).to_contain_text("Finished")
    sound(page)

    attempt = PackageAttempt.objects.get()
    assert (attempt.claim, attempt.number) == (Claim.COMPLETED, 1)
    assert attempt.ended_at is not None
    page.get_by_role("button", name="next lesson").click()
    page.wait_for_url(f"**/{course.slug}/2/")


@pytest.mark.parametrize("version", ["1.2", "2004"])
def test_parts_are_played_one_after_another_each_with_its_own_place(version, clerk, browse, sound):
    course = taught(sco(version, "安装", "调试"))
    page = browse(clerk, width=390, language="en")
    page.goto(reverse("training:course", args=[course.slug]))
    page.get_by_role("button", name="Begin the course").click()
    sound(page)

    def play(number):
        with page.expect_response("**/package/begin/"):
            page.locator(f"[data-begin-package='{number}']").click()
        return page.frame_locator("iframe.package")

    frame = play(1)
    frame.locator("#next").click()
    expect(page.locator("[data-claim='1']")).to_have_text("Not finished")
    # From one to the other in the middle of it: what the first said last is kept.
    frame = play(2)
    expect(frame.locator("#entry")).to_have_text("true ab-initio")
    expect(frame.locator("#place")).to_have_text("page 1")
    with page.expect_response("**/package/report/"):
        frame.locator("#done").click()
    expect(page.locator("[data-claim='2']")).to_have_text("Finished")
    sound(page)

    page.get_by_role("button", name="next lesson").click()
    expect(page.get_by_text("not reported yet that they are finished: 安装")).to_be_visible()
    expect(page.locator("[data-begin-package='1']")).to_have_text("Go on")
    frame = play(1)
    expect(frame.locator("#entry")).to_have_text("true resume")
    expect(frame.locator("#place")).to_have_text("page 2")
    with page.expect_response("**/package/report/"):
        frame.locator("#done").click()
    expect(page.locator("[data-claim='1']")).to_have_text("Finished")
    page.get_by_role("button", name="next lesson").click()
    page.wait_for_url(f"**/{course.slug}/2/")
    assert sorted(PackageAttempt.objects.values_list("part", "claim")) == [
        (1, Claim.COMPLETED), (2, Claim.COMPLETED),
    ]  # fmt: skip


def test_no_other_part_is_opened_before_the_last_word_of_one_is_heard(clerk, browse):
    course = taught(sco("2004", "安装", "调试"))
    page = browse(clerk, language="en")
    page.goto(reverse("training:course", args=[course.slug]))
    page.get_by_role("button", name="Begin the course").click()
    with page.expect_response("**/package/begin/"):
        page.locator("[data-begin-package='1']").click()
    frame = page.frame_locator("iframe.package")
    expect(frame.locator("#place")).to_have_text("page 1")
    page.context.set_offline(True)
    frame.locator("#next").click()
    other = page.locator("[data-begin-package='2']")
    other.click()
    expect(page.locator("[data-said]")).to_contain_text("cannot be reached")
    expect(other).to_be_enabled()

    page.context.set_offline(False)
    with page.expect_response("**/package/begin/"):
        other.click()

    expect(page.locator("[data-claim='1']")).to_have_text("Not finished")
    expect(page.locator("[data-claim='2']")).to_have_text("")
    expect(page.frame_locator("iframe.package").locator("#entry")).to_have_text("true ab-initio")


def test_the_older_of_two_pages_says_that_it_reports_no_more(clerk, browse):
    course = taught(sco("1.2"))
    first = browse(clerk, language="en")
    frame = opened(first, course)
    second = first.context.new_page()
    second.goto(reverse("training:lesson", args=[course.slug, 1]))
    expect(played(second).locator("#entry")).to_contain_text("true")

    frame.locator("#done").click()

    expect(first.locator("[data-said]")).to_contain_text("opened on another page")
    assert PackageAttempt.objects.get().claim != Claim.COMPLETED
    second.close()


def test_a_package_that_reported_too_often_is_heard_again_by_itself(clerk, browse):
    course = taught(sco("1.2"))
    page = browse(clerk, language="en")
    page.clock.install()
    frame = opened(page, course)
    attempt = PackageAttempt.objects.get()
    for _report in range(attempts.A_MINUTE):
        attempts.take_turn(attempt.enrollment, attempt.lesson)

    with page.expect_response("**/package/report/") as answer:
        frame.locator("#done").click()

    assert answer.value.status == 429
    expect(page.locator("[data-said]")).to_contain_text("heard again soon")
    cache.clear()  # a minute later
    with page.expect_response("**/package/report/"):
        page.clock.fast_forward(20_000)
    expect(page.locator("[data-said]")).to_contain_text("Finished")
    assert PackageAttempt.objects.get().claim == Claim.COMPLETED


GOODBYE = """<!doctype html><html><head></head><body><p id="said"></p><script>
API.LMSInitialize("");
API.LMSSetValue("cmi.core.lesson_status", "incomplete");
API.LMSCommit("");
document.getElementById("said").textContent = API.LMSGetValue("cmi.core.lesson_status");
addEventListener("pagehide", () => {
  API.LMSSetValue("cmi.core.lesson_status", "completed");
  API.LMSFinish("");
});
</script></body></html>"""


def test_a_package_that_says_goodbye_as_it_is_closed_is_heard(clerk, browse):
    course = taught(packed("1.2", {"index.html": GOODBYE}))
    page = browse(clerk, language="en")
    frame = opened(page, course)
    expect(frame.locator("#said")).to_have_text("incomplete")  # kept and still there
    expect(page.locator("[data-said]")).to_contain_text("Not finished")

    page.get_by_role("button", name="next lesson").click()

    page.wait_for_url(f"**/{course.slug}/2/")
    assert PackageAttempt.objects.get().claim == Claim.COMPLETED


FRAMED = {
    "index.html": """<!doctype html><html><head><script>
        function bookmark(place) {
          API.LMSSetValue("cmi.core.lesson_location", place);
          API.LMSSetValue("cmi.core.lesson_status", "completed");
          return API.LMSCommit("");
        }
        API.LMSInitialize("");
        localStorage.setItem("place", "1");
        </script></head><body><iframe src="content/page.html" title="content"></iframe></body>""",
    "content/page.html": """<!doctype html><html><head></head><body><p id="said"></p><script>
        const found = window.parent.API ? "found" : "none";
        document.getElementById("said").textContent =
          found + " " + parent.bookmark("3") + " " + localStorage.getItem("place");
        </script></body></html>""",
}


def test_a_package_of_frames_plays_on_a_host_of_its_own(clerk, browse, settings, live_server):
    settings.PORTAL_PACKAGES_HOST = live_server.url.replace("http://localhost", "127.0.0.1")
    assert settings.PORTAL_PACKAGES_HOST.startswith("127.0.0.1:")
    course = taught(packed("1.2", FRAMED))
    page = browse(clerk, language="en")
    frame = opened(page, course)

    expect(frame.frame_locator("iframe").locator("#said")).to_have_text("found true 1")

    expect(page.locator("[data-said]")).to_contain_text("Finished")
    assert page.problems == []


def test_a_package_on_a_host_of_its_own_reaches_no_more(clerk, browse, settings, live_server):
    settings.PORTAL_PACKAGES_HOST = live_server.url.replace("http://localhost", "127.0.0.1")
    course = taught(packed("1.2", {"index.html": HOSTILE}))
    page = browse(clerk, language="en")
    frame = opened(page, course)

    expect(frame.locator("#end")).to_have_text("end")

    told = dict(each.split("=", 1) for each in frame.locator("#tried").text_content().split(" "))
    assert told.pop("origin") == f"http://{settings.PORTAL_PACKAGES_HOST}"
    assert told.pop("cookie") == told.pop("window") == "none"
    assert set(told.values()) == {"refused"}


HOSTILE = """<!doctype html><html><head></head><body><p id="tried"></p><p id="end"></p><script>
const tried = [];
async function attempt(name, act) {
  try { tried.push(name + "=" + ((await act()) ?? "done")); }
  catch { tried.push(name + "=refused"); }
}
const portal = document.referrer || location.origin;
(async () => {
  await attempt("page", () => top.document.title);
  await attempt("name", () => top.location.href);
  await attempt("leave", () => { top.location = "/verify/"; return "asked"; });
  await attempt("portal", () => fetch("/training/").then((answer) => answer.text()));
  await attempt("elsewhere", () => fetch("https://example.com/"));
  await attempt("picture", () => new Promise((good, bad) => {
    const image = new Image(); image.onload = () => good("shown"); image.onerror = bad;
    image.src = "/static/favicon.svg";
  }));
  await attempt("script", () => new Promise((good, bad) => {
    const script = document.createElement("script"); script.onload = () => good("ran");
    script.onerror = bad; script.src = "/static/js/portal.js"; document.head.append(script);
  }));
  await attempt("window", () => (window.open("/training/") ? "opened" : "none"));
  await attempt("cookie", () => document.cookie === "" ? "none" : "read");
  await attempt("origin", () => self.origin);
  document.getElementById("tried").textContent = tried.join(" ");
  document.getElementById("end").textContent = "end";
})();
</script></body></html>"""


def test_a_package_reaches_nothing_of_the_portal(clerk, browse):
    course = taught(packed("1.2", {"index.html": HOSTILE}))
    page = browse(clerk, language="en")
    frame = opened(page, course)

    expect(frame.locator("#end")).to_have_text("end")

    told = dict(each.split("=", 1) for each in frame.locator("#tried").text_content().split(" "))
    assert told == {
        "page": "refused", "name": "refused", "leave": "refused", "portal": "refused",
        "elsewhere": "refused", "picture": "refused", "script": "refused", "window": "none",
        "cookie": "none", "origin": "null",
    }  # fmt: skip
    assert page.url.endswith(f"/{course.slug}/1/")


def test_a_package_cannot_take_its_frame_elsewhere(clerk, browse):
    away = "<!doctype html><html><head></head><body><script>location = '/verify/'</script></body>"
    course = taught(packed("1.2", {"index.html": away}))
    page = browse(clerk, language="en")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    opened(page, course)
    page.wait_for_timeout(1000)

    assert not [each for each in asked if each.endswith("/verify/")]


def test_an_address_of_a_package_opened_by_hand_is_no_page_of_ours(clerk, browse):
    alone = HOSTILE.replace('top.location = "/verify/";', "")
    course = taught(packed("1.2", {"index.html": alone}))
    page = browse(clerk, language="en")
    page.goto(reverse("training:course", args=[course.slug]))
    page.get_by_role("button", name="Begin the course").click()
    with page.expect_response("**/package/begin/") as answer:
        page.locator("[data-begin-package]").click()

    page.goto(answer.value.json()["address"])

    expect(page.locator("#end")).to_have_text("end")
    told = dict(each.split("=", 1) for each in page.locator("#tried").text_content().split(" "))
    assert (told["origin"], told["cookie"], told["portal"]) == ("null", "none", "refused")

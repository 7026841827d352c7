"""A real browser in front of the whole portal, signed in as somebody."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import expect

expect.set_options(timeout=10_000)  # what a busy build server may take for a frame

# Web fonts, media and frames there are none of; everything else axe looks at.
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture
def browse(live_server, new_context):
    """``browse(clerk)`` is a page of a browser in which that person is signed in."""

    def page_of(who, *, width=1280, theme="light", language="zh-hans"):
        client = Client()
        client.force_login(getattr(who, "user", who))
        context = new_context(base_url=live_server.url, viewport={"width": width, "height": 900})
        cookies = {
            settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value,
            settings.LANGUAGE_COOKIE_NAME: language,
            "theme": theme,
        }
        context.add_cookies(
            [{"name": name, "value": value, "url": live_server.url}
             for name, value in cookies.items()]
        )  # fmt: skip
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.problems = []
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.on(
            "console",
            lambda said: page.problems.append(said.text) if said.type == "error" else None,
        )
        return page

    return page_of


@pytest.fixture
def sound():
    """Check a page: no script error, nothing axe objects to, no sideways scroll at 320 px."""

    def check(page):
        assert page.problems == []
        found = Axe().run(page, options=WCAG).response["violations"]
        assert [
            (problem["id"], node["html"]) for problem in found for node in problem["nodes"]
        ] == []
        size = page.viewport_size
        page.set_viewport_size({"width": 320, "height": 700})
        wider = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        page.set_viewport_size(size)
        assert wider == 0

    return check

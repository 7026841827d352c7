"""A real browser in front of the whole portal, signed in as somebody."""

import time

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.db import connection
from django.test import Client
from playwright.sync_api import expect

expect.set_options(timeout=10_000)  # what a busy build server may take for a frame

# Web fonts, media and frames there are none of; everything else axe looks at.
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture
def browse(live_server, new_context):
    """``browse(clerk)`` is a page of a browser in which that person is signed in."""
    pages = []

    def page_of(who, *, width=1280, theme="light", language="zh-hans", touch=False):
        client = Client()
        client.force_login(getattr(who, "user", who))
        context = new_context(
            base_url=live_server.url, viewport={"width": width, "height": 900}, has_touch=touch
        )
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
        pages.append(page)
        return page

    yield page_of
    for page in pages:
        page.goto("about:blank")  # what a page sends when it is left, it sends now
        page.context.close()
    settle()


def settle():
    """Wait for what the server still does: emptying the tables meanwhile would be a deadlock."""
    quiet, give_up = 0, time.monotonic() + 10
    while quiet < 2 and time.monotonic() < give_up:
        time.sleep(0.05)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND state <> 'idle'"
            )
            quiet = 0 if cursor.fetchone()[0] else quiet + 1


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

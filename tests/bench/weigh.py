"""What pages weigh as served: ``python -m tests.bench.weigh ADDRESS``, or ``make weigh``.

Opens twelve pages of a running demo in Chromium, first with an empty cache and then once more, and
counts requests and the bytes that came over the line, heads included. The exit status is 1 if a
page for the phone is over its goal.
"""

import argparse
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FIRST, AGAIN = 60 * 1024, 15 * 1024  # bytes of a phone page, and when one comes back to it
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
# Whose page, and where; what has no address of its own is the link of the page that matches.
TODAY = datetime.now(UTC).date()
PAGES = (
    ("", "/accounts/login/", ""),
    ("clerk", "/", ""),
    ("clerk", "/capture/", ""),
    ("clerk", "/customers/", ""),
    ("clerk", "/customers/", r"^/customers/[0-9a-f-]{36}/$"),
    ("clerk", "/ranking/", ""),
    ("clerk", "/training/", ""),
    ("owner", "/", ""),
    ("owner", "/earnings/", ""),
    ("owner", f"/earnings/{TODAY.replace(day=1) - timedelta(days=1):%Y-%m}/statement/", ""),
    ("region", "/region/", ""),
    ("hq", "/admin/", ""),
)
ON_A_DESK = ("region", "hq")


@dataclass
class Weight:
    """What one visit took."""

    requests: int = 0
    size: int = 0
    cached: set[str] = field(default_factory=set)


def main() -> int:
    options = _options()
    over = []
    print(f"{'page':<58}{'first':>20}{'again':>20}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_installed())
        for role, path, first, again in _visits(browser, options.address):
            heavy = role not in ON_A_DESK and (first.size > FIRST or again.size > AGAIN)
            over += [path] if heavy else []
            name = f"{role or 'visitor'} {re.sub(r'[0-9a-f-]{36}', '…', path)}"
            print(f"{name:<58}{_words(first):>20}{_words(again):>20}{'  over' if heavy else ''}")
        browser.close()
    print(f"phone pages: at most {FIRST // 1024} KB first, {AGAIN // 1024} KB again")
    return 1 if over else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Weigh twelve pages of a running demo.")
    parser.add_argument("address", nargs="?", default="http://localhost:8000")
    return parser.parse_args()


def _installed() -> str | None:
    """The machine's own Chromium; None leaves the choice to the browser's driver."""
    return next(filter(None, map(shutil.which, CHROMIUM)), None)


def _words(weight: Weight) -> str:
    return f"{weight.size / 1024:.1f} KB in {weight.requests}"


def _visits(browser: Browser, address: str) -> Iterator[tuple[str, str, Weight, Weight]]:
    for role, start, link in PAGES:
        size = DESK if role in ON_A_DESK else PHONE
        context = browser.new_context(base_url=address, locale="zh-CN", viewport=size)
        page = context.new_page()
        if role:
            _sign_in(page, role)
        path = _followed(page, start, link) if link else start
        # Of what the first visit finds nothing is there yet, whatever signing in has loaded.
        page.goto("about:blank")
        page.context.new_cdp_session(page).send("Network.clearBrowserCache")
        first = _weigh(page, path)
        page.goto("about:blank")
        yield role, path, first, _weigh(page, path)
        context.close()


def _sign_in(page: Page, role: str) -> None:
    page.goto("/accounts/login/")
    page.locator(f"form:has(input[value='{role}@demo.example']) button").click()
    page.wait_for_url(re.compile(r"^(?!.*/accounts/login/)"))


def _followed(page: Page, start: str, link: str) -> str:
    page.goto(start)
    found = page.eval_on_selector_all("a[href]", "links => links.map(a => a.getAttribute('href'))")
    matching = [href for href in found if re.search(link, href)]
    if not matching:
        raise SystemExit(f"{start} links to no {link}.")
    return matching[0]


def _weigh(page: Page, path: str) -> Weight:
    """Open a page and count what it asked for until nothing more came."""
    weight, line = Weight(), page.context.new_cdp_session(page)

    def answered(event: dict) -> None:
        if event["response"].get("fromDiskCache") or event["response"].get("fromPrefetchCache"):
            weight.cached.add(event["requestId"])

    def loaded(event: dict) -> None:
        if event["requestId"] not in weight.cached and event["encodedDataLength"]:
            weight.requests += 1
            weight.size += int(event["encodedDataLength"])

    line.on("Network.requestServedFromCache", lambda event: weight.cached.add(event["requestId"]))
    line.on("Network.responseReceived", answered)
    line.on("Network.loadingFinished", loaded)
    line.send("Network.enable")
    answer = page.goto(path, wait_until="networkidle")
    if answer is None or not answer.ok:
        raise SystemExit(f"{path} is no page to weigh.")
    line.detach()
    return weight


if __name__ == "__main__":
    sys.exit(main())

"""Every page, as everybody: ``python -m tests.bench.axe ADDRESS``, or ``make axe``.

Walks a running demo along its links as each role in both languages, opens some pages of each kind
and looks at those that are made of other parts: what axe objects to in the light and in the dark,
on a desk and on a phone, sideways scroll at 320 px, at 200 % zoom and with text of double size,
what scripts and the policy complain about, and whether the page and its forms are there without
scripts. Prints what is wrong and, where all roles were walked, which addresses no link led to; the
exit status is 1 if anything is wrong.
"""

import argparse
import os
import re
import sys
from collections import Counter, deque
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import django
from axe_playwright_python.sync_playwright import Axe
from django.urls import Resolver404, URLPattern, get_resolver, resolve
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    Response,
    sync_playwright,
)

from tests.bench.weigh import _installed, _sign_in

AXE = Axe().axe_script
ROLES = ("", "clerk", "manager", "owner", "region", "hq", "rival")
LANGUAGES = ("zh-hans", "en")
STARTS = {
    "": ("/accounts/login/", "/verify/", "/p/", "/demo/outbox/"),
    "hq": ("/admin/", "/"),
}
_STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ALL_RULES = {"type": "tag", "values": _STANDARDS}
CONTRAST = {"type": "rule", "values": ["color-contrast"]}
# A page that waits for something is looked at as it is, not as it will be in two seconds.
AGAIN = re.compile(r"/js/again[.\w]*\.js")
NO_PAGE = re.compile(r"/logout/|/language/|/theme/|\.(csv|xlsx|pdf)$|^/static/|^/healthz")
EACH = 5  # pages of one kind that are opened; looked at are those made of something else
# What a page is made of: a closed month has other parts than one that runs.
PARTS = """() => [...new Set([...document.querySelectorAll('body *')].map(
    it => `${it.tagName} ${it.getAttribute('class') ?? ''}`))].sort().join()"""
# What a person cannot use when a page comes without scripts: fields and nothing to press.
DEAD_FORMS = """() => [...document.forms].filter(form => {
    const kinds = [...form.elements].map(field => field.type);
    const filled = kinds.some(kind => !['hidden', 'submit', 'button', 'fieldset'].includes(kind));
    return filled && !kinds.includes('submit');
}).map(form => form.outerHTML)"""
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
DARK = """dark => {
    for (const each of document.querySelectorAll('*')) each.style.transition = 'none';
    document.documentElement.dataset.theme = dark ? 'dark' : 'light';
}"""
# What it says of each rule that is kept stays in the browser.
FOUND = "asked => axe.run(document, asked).then(it => it.violations)"
TWICE = "size => { document.documentElement.style.fontSize = size }"


def main() -> int:
    options = _options()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    wrong, met = 0, set()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_installed())
        for role in options.role or ROLES:
            for language in options.language or LANGUAGES:
                pages = 0
                for path, kind, found in _walk(browser, options, role, language):
                    pages += 1
                    met.add(kind)
                    wrong += len(found)
                    for said in found:
                        print(f"{role or 'visitor'} {language} {path}: {said}", flush=True)
                print(f"{role or 'visitor'} in {language}: {pages} pages", flush=True)
        browser.close()
    print(f"{wrong} things wrong")
    if not options.role:
        print("no link led to:", *sorted(set(_addresses()) - met))
    return 1 if wrong else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Look at every page of a running demo.")
    parser.add_argument("address", nargs="?", default="http://localhost:8000")
    parser.add_argument("--role", action="append", choices=ROLES)
    parser.add_argument("--language", action="append", choices=LANGUAGES)
    parser.add_argument(
        "--pictures", type=Path, metavar="DIR",
        help="keep each page as pictures: on a desk and a phone, in the light and in the dark",
    )  # fmt: skip
    return parser.parse_args()


def _addresses(resolver=None, prefix="") -> Iterator[str]:
    """The names of all patterns."""
    for each in (resolver or get_resolver()).url_patterns:
        if isinstance(each, URLPattern):
            yield f"{prefix}{each.name}"
        else:
            yield from _addresses(each, f"{prefix}{each.namespace}:" if each.namespace else prefix)


def _walk(
    browser: Browser, options: argparse.Namespace, role: str, language: str
) -> Iterator[tuple[str, str, list[str]]]:
    """Path, kind and complaints of one page of each kind that links lead this role to."""
    address, folder = options.address, options.pictures
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
    with_scripts = _context(browser, address, language)
    with_scripts.route(AGAIN, lambda it: it.fulfill(body="", content_type="text/javascript"))
    page = with_scripts.new_page()
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda it: said.extend(_complaints(it)))
    if role:
        _sign_in(page, role)
    bare = _context(browser, address, language, java_script_enabled=False)
    bare.add_cookies([each for each in with_scripts.cookies() if each["name"] == "sessionid"])
    plain = bare.new_page()

    queue, seen, looked_at = deque(STARTS.get(role, ("/",))), set(), set()
    kinds: Counter[str] = Counter()
    while queue:
        path = queue.popleft()
        kind = _kind(path)
        names = sorted(name for name, _value in parse_qsl(urlsplit(path).query))
        asked = (urlsplit(path).path, *names)
        if not kind or asked in seen or kinds[kind] >= EACH:
            continue
        seen.add(asked)
        kinds[kind] += 1
        said.clear()
        try:
            answer = _opened(page, path)
        except Error as error:
            yield path, kind, [str(error)]
            continue
        if answer is None or "html" not in (answer.headers.get("content-type") or ""):
            continue
        queue.extend(_links(page, address))
        if (made_of := (kind, page.evaluate(PARTS))) in looked_at:
            continue
        looked_at.add(made_of)
        found = [f"answers {answer.status}"] if answer.status >= 400 else []
        name = f"{role or 'visitor'}-{language}-{kind.replace(':', '.')}-{len(looked_at):03}"
        found += _looked_at(page, folder and folder / name)
        found += said  # also what the page's scripts complain of in the dark or at 320 px
        yield path, kind, found + _without_scripts(plain, path)
    with_scripts.close()
    bare.close()


def _opened(page: Page, path: str) -> Response | None:
    """The answer to a page that has loaded; none where a file comes instead of one."""
    try:
        return page.goto(path)
    except Error as error:
        if "Download is starting" in str(error) or "ERR_ABORTED" in str(error):
            return None
        raise


def _complaints(said: ConsoleMessage) -> list[str]:
    """What a browser complains of, and about which address; of a file it looks for an icon."""
    address = said.location.get("url", "")
    if said.type != "error" or address.endswith("/favicon.ico"):
        return []
    return [f"{said.text} {address}".rstrip()]


def _context(browser: Browser, address: str, language: str, **options) -> BrowserContext:
    context = browser.new_context(
        base_url=address, locale="en" if language == "en" else "zh-CN",
        viewport={"width": 1280, "height": 900}, **options,
    )  # fmt: skip
    context.add_cookies(
        [{"name": "django_language", "value": language, "url": address},
         {"name": "language", "value": language, "url": address}]
    )  # fmt: skip
    return context


def _kind(path: str) -> str:
    """The name of the address; empty for what is no page."""
    bare = urlsplit(path).path
    if NO_PAGE.search(bare):
        return ""
    try:
        return resolve(bare).view_name
    except Resolver404:
        return ""


def _looked_at(page: Page, picture: Path | None) -> list[str]:
    """What is wrong with a page; ``picture`` begins the names of those that are kept of it."""
    page.evaluate(AXE)
    found = []
    for width, where in ((1280, ""), (390, "at 390 px, ")):
        page.set_viewport_size({"width": width, "height": 900})
        found += [f"{where}{said}" for said in _objections(page, ALL_RULES)]
        for dark in (True, False):
            page.evaluate(DARK, dark)
            if picture:
                path = f"{picture}-{width}-{'dark' if dark else 'light'}.jpg"
                page.screenshot(path=path, full_page=True, type="jpeg", quality=60)
            if dark:
                found += [f"{where}in the dark, {said}" for said in _objections(page, CONTRAST)]
    for width, name in ((320, "at 320 px"), (390, "at 390 px"), (640, "at 200 %")):
        page.set_viewport_size({"width": width, "height": 700})
        if wider := page.evaluate(WIDER):
            found.append(f"{wider} px too wide {name}")
    page.evaluate(TWICE, "200%")
    if wider := page.evaluate(WIDER):
        found.append(f"{wider} px too wide with double text")
    page.set_viewport_size({"width": 1280, "height": 900})
    return found


def _objections(page: Page, rules: dict) -> list[str]:
    asked = {"runOnly": rules, "resultTypes": ["violations"]}
    problems = page.evaluate(FOUND, asked)
    return [
        f"{problem['id']}: {node['html'][:160]}"
        for problem in problems for node in problem["nodes"][:3]
    ]  # fmt: skip


def _without_scripts(page: Page, path: str) -> list[str]:
    if (answer := _opened(page, path)) is None:
        return []  # the file that the page waited for
    found = [] if answer.ok and page.locator("h1:visible").count() else ["nothing without scripts"]
    return found + [f"nothing to press without scripts: {form[:120]}"
                    for form in page.evaluate(DEAD_FORMS)]  # fmt: skip


def _links(page: Page, address: str) -> list[str]:
    hrefs = page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
    parts = [urlsplit(href) for href in hrefs if href.startswith(address)]
    return [part.path + (f"?{part.query}" if part.query else "") for part in parts]


if __name__ == "__main__":
    sys.exit(main())

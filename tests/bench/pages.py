"""Every page that a role can reach, fetched in-process: how long, and with how many statements."""

import argparse
import os
import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from statistics import median
from urllib.parse import parse_qsl, urljoin, urlsplit

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import Resolver404, resolve

from dealers.models import User

GOAL_MS, GOAL_STATEMENTS = 300, 25
TRANSACTION = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")
NO_PAGES = ("/static/", "/media/", "/accounts/", "/admin/logout", "/language", "/theme", "/join/")
LINK = re.compile(rb'\b(?:href|hx-get)="([^"]*)"')
PATIENCE = 4.0  # seconds: what takes longer is fetched once


@dataclass(frozen=True)
class Page:
    """One address of a kind, and how it answered."""

    kind: str
    url: str
    seconds: list[float]
    statements: int
    size: int

    @property
    def p50(self) -> float:
        return median(self.seconds) * 1000

    @property
    def missed(self) -> bool:
        return self.p50 > GOAL_MS or self.statements > GOAL_STATEMENTS


def measure(logins: dict[str, str], options: argparse.Namespace) -> None:
    """Print each role's pages, slowest first, with the goals that they miss."""
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"goal {GOAL_MS} ms p50, {GOAL_STATEMENTS} statements; load average {load}\n")
    missed = measured = 0
    for role, email in logins.items():
        if options.only and options.only not in role:
            continue
        client = Client(headers={"accept-language": "zh-hans"}, raise_request_exception=False)
        client.force_login(
            User.objects.get(email=email),
            backend="dealers.signin.backend.Backend",
        )
        pages = sorted(crawl(client, options), key=lambda page: -page.p50)
        print(f"{role}: {len(pages)} pages")
        for page in pages:
            print(
                f"  {page.p50:8.1f} ms {page.statements:4d} statements {page.size / 1024:9.1f} kB"
                f"  n {len(page.seconds)}  {'MISSED ' if page.missed else ''}{page.url}"
            )
        measured += len(pages)
        missed += sum(page.missed for page in pages)
    print(f"\n{measured} pages, {missed} miss a goal")


def crawl(client: Client, options: argparse.Namespace) -> Iterator[Page]:
    """One page of every kind that links lead to: a route with the names of its parameters."""
    waiting, known = ["/"], {kind_of("/")}
    while waiting:
        url = waiting.pop(0)
        page, links = fetch(client, url, options)
        for link in links:
            found = urljoin(url, link.split("#")[0])
            kind = kind_of(found)
            if kind and kind not in known:
                known.add(kind)
                waiting.append(found)
        if page and (not options.page or options.page in page.kind):
            yield page


def kind_of(url: str) -> str | None:
    """The route of an address with the names of its parameters; None for what is no page."""
    parts = urlsplit(url)
    if parts.netloc or parts.scheme or parts.path.startswith(NO_PAGES):
        return None
    try:
        match = resolve(parts.path)
    except Resolver404:
        return None
    # A list's saved views are pages of their own.
    names = sorted(
        f"{name}={value}" if name in {"view", "export", "state"} else name
        for name, value in parse_qsl(parts.query)
    )
    route = match.route
    if "admin" in match.namespaces:
        if len(names) > 1 or "_changelist_filters" in names:
            return None  # every filter by itself, not all of them together
        route = f"{match.url_name} {len(match.args or match.kwargs)}"
    elif match.url_name == "ranking-board":
        route += str(match.kwargs["metric"])
    elif match.url_name == "result":
        route += str(match.kwargs["code"])
    return f"{route}?{'&'.join(names)}"


def fetch(client: Client, url: str, options: argparse.Namespace) -> tuple[Page | None, list[str]]:
    """The page as measured, and where it leads; no page where it only leads elsewhere."""
    taken, first = timed(client, url)
    if first.status_code in {301, 302}:
        return None, [first["Location"]]
    if first.status_code not in {200, 202}:
        print(f"  {url} answers {first.status_code}")
        return None, []
    with CaptureQueriesContext(connection) as caught:
        timed(client, url)
    queries = [q for q in caught.captured_queries if not q["sql"].startswith(TRANSACTION)]
    times = [taken] if taken > PATIENCE else [timed(client, url)[0] for _n in range(options.times)]
    page = Page(kind_of(url) or url, url, times, len(queries), len(first.content))
    if options.sql and page.missed and (not options.page or options.page in page.kind):
        explain(page, queries, options.sql)
    html = first["Content-Type"].startswith("text/html")
    links = [unescape(link.decode()) for link in LINK.findall(first.content)] if html else []
    return page, links


def timed(client: Client, url: str):
    started = time.perf_counter()
    response = client.get(url)
    return time.perf_counter() - started, response


def explain(page: Page, queries: list[dict[str, str]], most: int) -> None:
    """The slowest statements of a page, and those asked again and again."""
    print(f"  {page.url}")
    for query in sorted(queries, key=lambda query: -float(query["time"]))[:most]:
        print(f"    {float(query['time']) * 1000:7.1f} ms  {' '.join(query['sql'].split())[:400]}")
    shapes = Counter(re.sub(r"'[^']*'|\d+", "?", query["sql"]) for query in queries)
    for shape, count in shapes.most_common(3):
        if count > 2:
            print(f"    {count:4d} times {' '.join(shape.split())[:200]}")

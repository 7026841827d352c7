"""Goals 5, 13, 16: statements a list page, the hundredth page, the page against a bare one."""

import re
from collections.abc import Callable
from datetime import date
from html import unescape
from statistics import median

from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse

from dealers.models import Dealer, Membership, Region, Role, Store
from tests.bench import dealers, ground
from tests.bench.measure import VOID_ABOVE, Figure, judge, say, seconds

SIZES = (5, 25, 100)
DEEP = 100  # pages
TRANSACTION = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")


def main(options: dict) -> None:
    quick = options["quick"]
    ground.network(dealers=12, stores=12)
    ground.rulebook(date(2020, 1, 1))
    stores = list(Store.objects.select_related("dealer").order_by("pk"))
    many = 600 if quick else 5000
    deep = 20 if quick else DEEP
    say(f"customers of four dealers, one with {many:,}")
    counts = dict(zip([store.code for store in stores], (*SIZES, many), strict=False))
    dealers.load_customers(counts)
    ground.settle()
    statements(stores)
    pages(stores[len(SIZES)].dealer, deep, rounds=3 if quick else 7)


def browser(membership: Membership) -> Client:
    client = Client(headers={"accept-language": "zh-hans"})
    client.force_login(membership.user, backend="dealers.signin.backend.Backend")
    return client


def get(client: Client, url: str) -> str:
    response = client.get(url)
    if response.status_code != 200:
        raise SystemExit(f"{url} answers {response.status_code}.")
    return response.content.decode()


def statements(stores: list[Store]) -> None:
    """Statements of each list page that exists, with 5, 25 and 100 rows to show."""
    for name, prepared in (
        ("customers:list", _customers(stores)),
        ("dealers:staff", _staff(stores)),
        ("incentives:region-stores", _region_stores()),
    ):
        try:
            url = reverse(name)
        except NoReverseMatch:
            Figure("5", f"statements of {name}", "-", met="no page").tell()
            continue
        if name == "customers:list":
            url += "?view=all"
        counts = [statements_of(browser(member), url) for member in prepared]
        equal = len(set(counts)) == 1
        good = max(counts) <= 6 and equal
        Figure(
            "5", f"statements of {name} with 5, 25, 100 rows", "/".join(map(str, counts)),
            "<= 6, equal", "pass" if good else "no",
            "all of the request: door, session, person with posts, actor's context, page",
        ).tell()  # fmt: skip


def _customers(stores: list[Store]) -> list[Membership]:
    return [dealers.owner(store.dealer) for store in stores[: len(SIZES)]]


def _staff(stores: list[Store]) -> list[Membership]:
    owners = []
    for store, count in zip(stores[4:], SIZES, strict=False):
        owners.append(dealers.owner(store.dealer))
        for _n in range(count):
            dealers.associate(store)
    return owners


def _region_stores() -> list[Membership]:
    managers = []
    for count in SIZES:
        region = Region.objects.create(code=f"L{count}", name=f"Lists {count}")
        dealer = Dealer.objects.create(code=f"L{count}", name=f"Lists {count}", region=region)
        for n in range(count):
            Store.objects.create(
                code=f"L{count}-{n}", name=f"Store {n}", dealer=dealer, size_class="A",
                opened_on=date(2020, 1, 1),
            )  # fmt: skip
        managers.append(dealers.person(Role.REGIONAL_MANAGER, region=region))
    return managers


def statements_of(client: Client, url: str, *, cold: bool = False) -> int:
    """How many statements a page takes; ``cold``: with nothing of it in the cache."""
    get(client, url)  # what a process reads once, it has read
    if cold:
        cache.clear()
    with CaptureQueriesContext(connection) as caught:
        get(client, url)
    return sum(not query["sql"].startswith(TRANSACTION) for query in caught.captured_queries)


def p50(client: Client, url: str) -> Callable[[], float]:
    return lambda: median(seconds(lambda: client.get(url)) for _n in range(15))


def pages(dealer: Dealer, deep: int, rounds: int) -> None:
    client = browser(dealers.owner(dealer))
    first = reverse("customers:list") + "?view=all"
    url = first
    for _page in range(deep - 1):
        link = re.search(r'href="(\?[^"]*after=[^"]*)"', get(client, url))
        if link is None:
            raise SystemExit(f"The list ends before page {deep}.")
        url = reverse("customers:list") + unescape(link[1])
    last, bare = url, reverse("bench-plain")
    for warm in (first, last, bare):
        get(client, warm)

    urls = {"first": first, "deep": last, "bare": bare}
    sides = {name: p50(client, url) for name, url in urls.items()}
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for _round in range(rounds):
        for name, side in sides.items():
            taken[name].append(side())
    least = {name: min(times) for name, times in taken.items()}
    ratio = least["deep"] / least["first"]
    void = max(taken["first"]) > VOID_ABOVE * least["first"]
    Figure(
        "13", f"my customers, page {deep} against page 1, p50", f"{ratio:.2f}x", "<= 1.5x",
        judge(ratio, 1.5, 1.5, void=void).replace("stretch", "pass"),
        f"{least['deep'] * 1000:.1f} ms against {least['first'] * 1000:.1f} ms in-process;"
        f" n {rounds} rounds of 15",
    ).tell()  # fmt: skip
    ratio = least["first"] / least["bare"]
    void = max(taken["bare"]) > VOID_ABOVE * least["bare"]
    Figure(
        "16", "my customers against a bare table of the same rows", f"{ratio:.2f}x",
        "<= 1.5x / <= 1.2x", judge(ratio, 1.5, 1.2, void=void),
        f"{least['first'] * 1000:.1f} ms with shell, counts and filters against"
        f" {least['bare'] * 1000:.1f} ms, 25 rows each; n {rounds} rounds of 15",
    ).tell()  # fmt: skip

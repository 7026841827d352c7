"""Every name and number that a store's clerk reads of boards, each with its reason.

On the pages, on the report on paper and in the weekly mail. What of a board may be seen is worked
out here by hand, of the list of all its places that headquarters reads. A page that says another
number fails with it: find out why it is shown, and say so below in words, or take it off.
"""

import io
import re
from collections import deque
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from html.parser import HTMLParser
from itertools import product
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pypdf
import pytest
from django.conf import settings
from django.utils import timezone

from dealers import outbox
from dealers.models import Membership, Store, User
from dealers.words import rounded
from incentives.boards import combined, combining, freeze, places, standing, times
from incentives.boards.kinds import Kind
from incentives.boards.metrics import BEHAVIOUR, FIGURES, SAMPLE
from incentives.boards.ranked import Place
from incentives.desk import digest
from incentives.models import (
    Board,
    CombinedBoard,
    Goal,
    Length,
    Metric,
    Naming,
    RunningPlace,
    Spread,
    Unit,
)
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import MembershipFactory, OwnerFactory, StoreFactory
from tests.factories.incentives import unattributed
from tests.factories.seasons import combined_of, season_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

PLACE = 7  # of the clerk's store among the twelve, by every figure
STORES = 12
# What a store sold, of which no two and no parts of two are alike.
SOLD = [Decimal(f"{9000 - 617 * n}.{11 + 7 * n}") for n in range(STORES)]
# Where the stores stood the time before, and which of them are new.
BEFORE = [2, 1, 5, 3, 4, 8, 10, 6, 7, 9, 12, 11]
NEW = {2, 4, 5, 6, PLACE, 9, 10, 11, 12}
BESIDE, FIRST = 2, 3
GOAL = Decimal("0.215"), Decimal("0.983")  # of the clerk's store: where it began, and where to
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
# What a number says that no store's figure is.
MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
TIMES = re.compile(
    rf"\d{{1,2}} {MONTH}(?: \d{{4}})?\b|\b{MONTH} \d{{4}}\b|\b\d{{4}}-\d{{2}}(?:-\d{{2}})?\b"
    r"|\b\d{1,2}:\d{2}\b|\bWeek \d+ of \d{4}\b|\bQuarter \d of \d{4}\b|\b[WQS]\d{1,2}\b"
)
type Reasons = dict[str, set[Decimal]]


class Said(HTMLParser):
    """Everything between <main> and its end that can be read, with eyes or by ear."""

    SPOKEN = ("aria-label", "alt", "title", "value", "placeholder", "content")

    def __init__(self, page: str, at: str) -> None:
        super().__init__()
        self.at = at
        self.whole = page
        self.words: list[str] = []
        self.links: set[str] = set()
        self.silent = 0
        self.feed(page[page.index("<main") : page.index("</main>")])

    def handle_starttag(self, tag, attrs):
        self.silent += tag in {"script", "style"}
        for name, value in attrs:
            if name in self.SPOKEN and value and dict(attrs).get("type") != "hidden":
                self.words.append(value)
            if name == "href" and value:
                self.links.add(value)

    def handle_endtag(self, tag):
        self.silent -= tag in {"script", "style"}

    def handle_data(self, data):
        if not self.silent:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def _rulebook():
    RulebookFactory(
        person_minute_limit=None, person_cap=None, store_cap=None, store_daily_limit=None
    )


def counted(place: int) -> int:
    """How many the store at a place registered this month: no two alike, none a place."""
    return 45 - 2 * place


@pytest.fixture
def month():
    return timezone.localdate().replace(day=1)


@pytest.fixture
def people(store, clerk) -> list[Membership]:
    """One of each of twelve stores of twelve dealers, in the order of their places; the clerk's is
    the seventh.
    """
    return [
        clerk
        if place == PLACE
        else MembershipFactory(
            user__name=f"Ottoline {place}K",
            store=StoreFactory(
                code=f"QXZ{place}K",
                name=f"Zephyrine {place}K",
                dealer__code=f"VWD{place}K",
                dealer__name=f"Quillon {place}K",
            ),
        )
        for place in range(1, STORES + 1)
    ]


@pytest.fixture
def stores(people) -> list[Store]:
    return [post.store for post in people]


@pytest.fixture
def named(stores):
    """The first store's owner agreed that its name is told, and the second's did not."""
    first = stores[0]
    Naming.objects.create(
        dealer=first.dealer, store=first, agreed=True, at=timezone.now() - timedelta(days=40),
        by=OwnerFactory(dealer=first.dealer).user,
    )  # fmt: skip
    return first


@pytest.fixture
def happened(people, stores, month):
    """What people register and stores sell this month, counted by whoever opens a page."""
    _rulebook()
    now, today = timezone.now(), timezone.localdate()
    for place, post in enumerate(people, 1):
        colleague = MembershipFactory(store=post.store, user__name=f"Perpetua {place}K")
        for n in range(counted(place)):
            registered(post.store, staff=(post, colleague)[n % 2].user, at=now)
        unattributed(post.store, str(SOLD[place - 1]), today)
    combined_of({Metric.REGISTRATIONS: 50, Metric.NET_SALES: 50}, month, at=now, code="both")


@pytest.fixture
def kept(people, stores, month):
    """Boards of every figure, time and unit as the worker writes them down, and those before them.

    No two figures are alike, on whatever boards.
    """
    now, today = timezone.now(), timezone.localdate()
    season_of(month, month)
    boards = [
        (figure, unit, length)
        for figure, unit, length in product(FIGURES.values(), (Unit.STORE, Unit.STAFF), Length)
        if unit in figure.units and length in figure.lengths
    ]
    for number, (figure, unit, length) in enumerate(boards):
        starts_on = times.until(length, today)
        for start in filter(None, (starts_on, times.earlier(length, starts_on))):
            board = Board.objects.create(
                metric=figure.metric, unit=unit, length=length, starts_on=start, counted_at=now
            )
            _write(board, number, people, before=start != starts_on)
    several = {Metric.REGISTRATIONS: 15, Metric.CONVERSION: 35, Metric.NET_SALES: 50}
    combined_of(several, month, at=now, code="stores")
    alone = {Metric.CONTACT: 55, Metric.OWNED_SALES: 45}
    combined_of(alone, month, at=now, code="people", unit=Unit.STAFF)
    mine = stores[PLACE - 1]
    Goal.objects.create(
        dealer=mine.dealer, store=mine, metric=Metric.CONTACT, month=month, start=GOAL[0],
        target=GOAL[1], at=now, by=OwnerFactory(dealer=mine.dealer).user,
    )  # fmt: skip


def _write(board: Board, number: int, people: list[Membership], *, before: bool) -> None:
    figure, unit = FIGURES[board.metric], board.unit
    found = []
    for at, post in enumerate(people):
        place = BEFORE[at] if before else at + 1
        store = {"store_id": post.store_id, "dealer_id": post.dealer_id}
        found.append(
            RunningPlace(
                board=board,
                cohort="all",
                rank=place,
                position=place,
                of=STORES,
                percentile=rounded(Decimal(100 * (STORES - place)) / (STORES - 1), 2),
                band_first=max(place - 1, 1) if figure.by_bound else None,
                band_last=min(place + 1, STORES) if figure.by_bound else None,
                is_new=at + 1 in NEW if unit == Unit.STORE else None,
                **store | ({"post_id": post.pk} if unit == Unit.STAFF else {}),
                **_figure(figure.kind, number, place, before=before),
            )
        )
    RunningPlace.objects.bulk_create(found)
    values = [each.value for each in found]
    lower, middle, upper = (quarter(values, share) for share in ("0.25", "0.5", "0.75"))
    Spread.objects.create(
        board=board, cohort="all", of=STORES, compared=STORES, p25=lower, median=middle,
        p75=upper, doing=STORES if figure.metric in BEHAVIOUR else 0,
        benchmark=upper if figure.metric in BEHAVIOUR else None,
    )  # fmt: skip


def _figure(kind: str, number: int, place: int, *, before: bool) -> dict[str, Decimal]:
    """The figure of a place on the board of a number: the better the place, the more."""
    if kind == "share":
        whole = Decimal(2003 + 13 * number + 17 * place)
        share = Decimal("0.95") - place * Decimal("0.041") + number * Decimal("0.0003")
        part = rounded(whole * (share - Decimal("0.06") * before), 0)
        return {"value": rounded(part / whole, 6), "numerator": part, "denominator": whole}
    value = Decimal(5003 + 1117 * number - 700 * before - 53 * place - place * place)
    if kind == "count":
        return {"value": value}
    sales = Decimal(301 + 11 * number + 3 * place)
    return {"value": value + Decimal(f"0.{17 + 7 * place}"), "denominator": sales}


def pages_of(client, *more: str) -> dict[str, Said]:
    """Every page of boards that leads on from the first one, those of ``more`` and what they do."""
    found: dict[str, Said] = {}
    waiting = deque(["/ranking/", *more])
    while waiting:
        address = waiting.popleft()
        if address in found:
            continue
        answer = client.get(address, follow=True)
        assert answer.status_code == 200, address
        at = (answer.redirect_chain or [(address, 0)])[-1][0]
        page = found[address] = Said(answer.text, at)
        for link in sorted(page.links):
            here = at.partition("?")[0]
            to = (f"{here}{link}" if link.startswith("?") else link).partition("#")[0]
            if to.startswith("/ranking/") and ".pdf" not in to:
                waiting.append(to)
        assert len(found) < 300
    return found


def quarter(values: list[Decimal], share: str) -> Decimal:
    """Between the two values around it, worked out by hand."""
    ordered, at = sorted(values), Decimal(share) * (len(values) - 1)
    low = int(at)
    rest = ordered[min(low + 1, len(values) - 1)] - ordered[low]
    return ordered[low] + rest * (at - low)


@dataclass(frozen=True)
class Asked:
    """The board that an address names."""

    metric: str
    unit: Unit
    length: Length
    starts_on: date
    kind: Kind

    @classmethod
    def at(cls, address: str) -> "Asked | None":
        parts = urlsplit(address)
        match parts.path.strip("/").split("/"):
            case ["ranking", time, metric] if metric in Metric.values:
                query = parse_qs(parts.query)
                unit = Unit.STAFF if query.get("unit") == ["me"] else Unit.STORE
                return cls(metric, unit, *times.parse(time), Kind(*query.get("board", ["all"])))
        return None


def all_of(metric: str, unit: str, length: str, starts_on: date) -> list[Place]:
    """A board as headquarters reads it: who has a place, in their order, and then the others."""
    board = places.find(metric, unit, starts_on, length)
    return places.read(board, timezone.localdate())


def ranked(*board: Any) -> list[Place]:
    """Whoever has a place on it."""
    return [each for each in all_of(*board) if each.rank]


def written(kind: str, *values: Decimal) -> set[Decimal]:
    """How a page writes figures of a kind; between two counts lies a half, written as a whole."""
    match kind:
        case "share":
            return {rounded(100 * each, 1) for each in values}
        case "count":
            return {Decimal(round(each)) for each in values}
    return {rounded(each, 2) for each in values}


def seen_of(listed: list[tuple[Decimal, int]], mine: int, kind: str) -> Reasons:
    """Of values in the order of their places, which a page shows to the unit ``mine``, and why."""
    values = [value for value, _unit in listed]
    at = next((n for n, (_value, unit) in enumerate(listed) if unit == mine), None)
    if at is None:
        return {}
    if len(listed) < standing.FEWEST:
        return {"one's own": written(kind, values[at])}
    ahead = [value for value in values if value > values[at]][-1:]
    near = values[max(at - BESIDE, 0) : at + BESIDE + 1]
    return {
        "one's own": written(kind, values[at]),
        "the first three, and two on either side of one's own": written(
            kind, *values[:FIRST], *near
        ),
        "what is missing to the next": written(kind, *(each - values[at] for each in ahead)),
        "the quarters of the cohort": written(
            kind, *(quarter(values, share) for share in ("0.25", "0.5", "0.75"))
        ),
        "places, how many have one, and how many one moved by": {
            Decimal(n) for n in range(1, len(listed) + 1)
        },
        "the place as a percentage": {Decimal(-(-100 * (at + 1) // len(listed)))},
    }


def why(asked: Asked, post: Membership) -> Reasons:
    """Which numbers the page of a board shows to the clerk, and why."""
    figure = FIGURES[Metric(asked.metric)]
    mine = post.pk if asked.unit == Unit.STAFF else post.store_id
    listed = ranked(asked.metric, asked.unit, asked.length, asked.starts_on)
    ordered = [(each.value, each.unit_id) for each in listed]
    match asked.kind:
        case Kind.NEW:
            new = RunningPlace.objects.filter(is_new=True).values_list("store", flat=True)
            ordered = [(value, unit) for value, unit in ordered if unit in set(new)]
        case Kind.IMPROVED:
            earlier = times.earlier(asked.length, asked.starts_on)
            before = ranked(asked.metric, asked.unit, asked.length, earlier) if earlier else []
            was = {each.unit_id: each.value for each in before}
            rose = ((value - was[unit], unit) for value, unit in ordered if unit in was)
            ordered = sorted((each for each in rose if each[0] > 0), reverse=True)
    reasons = seen_of(ordered, mine, figure.kind)
    by_unit = {each.unit_id: each for each in listed}
    me = by_unit.get(mine)
    if not reasons or me is None:
        return reasons | constants()
    if figure.by_bound and asked.kind != Kind.IMPROVED:
        at = [unit for _value, unit in ordered].index(mine)
        near = [*ordered[:FIRST], *ordered[max(at - BESIDE, 0) : at + BESIDE + 1]]
        reasons["what is certain of the rates that are shown"] = {
            rounded(100 * by_unit[unit].certain, 1) for _value, unit in near
        }
    if asked.kind != Kind.IMPROVED:
        reasons["what one's own figure is made of"] = {
            each for each in (me.numerator, me.denominator) if each is not None
        }
        ahead = next((by_unit[u] for v, u in reversed(ordered) if v > me.value), None)
        work = figure.work(me, ahead) if ahead else None
        reasons["the work that is missing to the next"] = set() if work is None else {Decimal(work)}
    if (asked.unit, asked.length, asked.kind) == (Unit.STORE, Length.MONTH, Kind.ALL):
        reasons |= behaviour(asked.starts_on, mine)
    return reasons | constants()


def behaviour(month: date, store: int) -> Reasons:
    """What one's own store does, what the top quarter does at least, and the store's goal."""
    found: set[Decimal] = set()
    for metric, least in BEHAVIOUR.items():
        figure = FIGURES[metric]
        listed = all_of(metric, Unit.STORE, Length.MONTH, month)
        values = [each.value for each in listed if (each.denominator or 0) >= least]
        mine = [each.value for each in listed if each.unit_id == store]
        if len(values) >= standing.FEWEST and mine:
            benchmark = quarter(values, "0.75")
            if figure.kind == "count":
                benchmark = benchmark.quantize(Decimal(1), ROUND_CEILING)
            found |= written(figure.kind, benchmark, *mine)
    reasons = {"what one does, and the top quarter at least": found}
    if goal := Goal.objects.filter(store=store, month=month).first():
        (now,) = (
            each.value
            for each in all_of(goal.metric, Unit.STORE, Length.MONTH, month)
            if each.unit_id == store
        )
        way = int(100 * (now - goal.start) / (goal.target - goal.start))
        reasons["one's own goal, and how much of the way is gone"] = {
            *written("share", goal.target, now), Decimal(way),
        }  # fmt: skip
    return reasons


def constants() -> Reasons:
    """What every page may say, because it is a rule."""
    return {
        "how few tell of nobody": {Decimal(standing.FEWEST)},
        "from how many cases on a rate counts": {Decimal(SAMPLE)},
    }


def why_combined(address: str, post: Membership) -> Reasons:
    """Which numbers the page of a board of several figures shows to the clerk, and why."""
    _ranking, time, _combined, code = urlsplit(address).path.strip("/").split("/")
    board = CombinedBoard.objects.get(code=code)
    length, starts_on = times.parse(time)
    mine = post.pk if board.unit == Unit.STAFF else post.store_id
    points: dict[int, Decimal] = {}
    own: set[Decimal] = set()
    for metric, weight in board.weights.items():
        for each in all_of(metric, board.unit, length, starts_on):
            points.setdefault(each.unit_id, Decimal(0))
            points[each.unit_id] += weight * (each.percentile or 0)
            if each.unit_id == mine:
                own |= written(FIGURES[metric].kind, each.value) | {each.percentile}
    whole = sum(board.weights.values())
    ordered = sorted(((rounded(each / whole, 1), unit) for unit, each in points.items()))[::-1]
    return {
        **seen_of(ordered, mine, "points"),
        "one's own figures and percentiles, of which it is made": own,
        "its weights": {Decimal(weight) for weight in board.weights.values()} | {Decimal(whole)},
        "how it is computed": {Decimal(0), Decimal(100), Decimal(combining.LEAST)},
        **constants(),
    }


def why_seen(post: Membership, month: date) -> Reasons:
    """What others read of one's own store: its own rows."""
    found: set[Decimal] = set()
    for figure in FIGURES.values():
        for each in all_of(figure.metric, Unit.STORE, Length.MONTH, month):
            if each.unit_id == post.store_id:
                found |= written(figure.kind, each.value)
                found |= {rounded(100 * each.certain, 1)} if figure.by_bound else set()
    for board in combined.of_time([Unit.STORE], month):
        time = combined.Time.of(board, Length.MONTH, month)
        for each in time.of_units([post.store_id], "all", timezone.localdate()):
            found |= written("points", each.value)
    return {
        "one's own figures, and what is certain of them": found,
        "places, how many read it, and how many one moved by": {
            Decimal(n) for n in range(STORES + 1)
        },
        **constants(),
    }


def why_rules() -> Reasons:
    """What the page of the rules says: rules."""
    weights = {w for each in CombinedBoard.objects.all() for w in each.weights.values()}
    return {
        "which interval is certain": {Decimal(90)},
        "until when a store is new": {Decimal(places.NEW_DAYS)},
        "how boards of several figures are computed": {
            Decimal(0), Decimal(100), Decimal(combining.LEAST), *map(Decimal, weights),
        },
        **constants(),
    }  # fmt: skip


def numbers_in(text: str, *known: str) -> set[Decimal]:
    """The numbers of a text, but those of times, of what is ``known``, and of what a figure is."""
    for said in (*known, *(str(figure.computed) for figure in FIGURES.values())):
        text = text.replace(said, "")
    return {Decimal(each.replace(",", "")) for each in NUMBER.findall(TIMES.sub(" ", text))}


def unjustified(text: str, reasons: Reasons, post: Membership) -> set[Decimal]:
    said = numbers_in(text, post.store.name, post.store.code, post.dealer.name, post.user.name)
    return said - set().union(*reasons.values())


def check_numbers(pages: dict[str, Said], post: Membership, month: date) -> None:
    """Every number of every page has a reason; a page that is of none of these kinds fails."""
    without: dict[str, set[Decimal]] = {}
    for page in pages.values():
        path = urlsplit(page.at).path
        if path == "/ranking/rules/":
            reasons = why_rules()
        elif path == "/ranking/seen/":
            reasons = why_seen(post, month)
        elif "/combined/" in path:
            reasons = why_combined(page.at, post)
        else:
            asked = Asked.at(page.at)
            assert asked is not None, f"Say what this page may tell: {page.at}"
            reasons = why(asked, post)
        if found := unjustified(page.text, reasons, post):
            without[page.at] = found
    assert not without


def check_names(pages: dict[str, Said], post: Membership, named: Store) -> None:
    """Named is who agreed, beside the first place alone, on boards of stores; and nobody else."""
    others = Store.objects.exclude(pk=post.store_id).select_related("dealer")
    strangers = User.objects.exclude(memberships__store=post.store_id).exclude(is_staff=True)
    never = {text for each in others for text in (each.code, each.dealer.code, each.dealer.name)}
    never |= {each.name for each in others if each != named}
    never |= {name for person in User.objects.exclude(pk=post.user_id) if (name := person.name)}
    never |= {str(way) for person in strangers for way in (person.email, person.phone) if way}

    for address, page in pages.items():
        assert not {text for text in never if text in page.whole}, address
    with_name = {address for address, page in pages.items() if named.name in page.text}
    assert with_name
    assert all("unit=me" not in address for address in with_name)


def of_me(month: date) -> str:
    return f"/ranking/{month:%Y-%m}/registrations/?unit=me"


def kinds_of(pages: dict[str, Said]) -> set[tuple[str, str, str, str]]:
    asked = [Asked.at(page.at) for page in pages.values()]
    return {(it.metric, it.unit, it.length, it.kind) for it in asked if it is not None}


@pytest.mark.usefixtures("happened")
def test_every_name_and_number_of_boards_that_a_page_counts(login, clerk, named, month):
    pages = pages_of(login(clerk), of_me(month))

    check_names(pages, clerk, named)
    check_numbers(pages, clerk, month)
    # The page of what was sold tells that much, and not what is behind it.
    text = pages[f"/ranking/{month:%Y-%m}/net_sales/"].text
    shown = {each for each in SOLD if each in numbers_in(text)}
    assert shown == {SOLD[n - 1] for n in (1, 2, 3, 5, 6, 7, 8, 9)}


@pytest.mark.usefixtures("kept")
def test_every_name_and_number_of_boards_that_the_worker_counts(login, clerk, named, month):
    pages = pages_of(login(clerk), of_me(month))

    check_names(pages, clerk, named)
    check_numbers(pages, clerk, month)
    # Every board that there is for a store's clerk was looked at, and none of what dealers earn.
    of_store = {
        (figure.metric.value, unit.value, length.value, kind.value)
        for figure, unit, length, kind in product(
            FIGURES.values(), (Unit.STORE, Unit.STAFF), Length, Kind
        )
        if unit in figure.units
        and length in figure.lengths
        and figure.shown_to(clerk.role, unit)
        and (kind != Kind.NEW or unit == Unit.STORE)
    }
    assert kinds_of(pages) == of_store
    paths = {urlsplit(page.at).path for page in pages.values()}
    assert {"/ranking/rules/", "/ranking/seen/"} < paths
    for code in ("stores", "people"):
        assert f"/ranking/{month:%Y-%m}/combined/{code}/" in paths


@pytest.mark.usefixtures("named")
def test_a_frozen_month_tells_its_own_late_figure_and_nobody_elses(login, clerk, stores, month):
    _rulebook()
    last = times.before(Length.MONTH, month)
    then = datetime(last.year, last.month, 9, 9, tzinfo=ZoneInfo(settings.TIME_ZONE))
    for place, store in enumerate(stores, 1):
        for _n in range(30 - 2 * place):
            registered(store, at=then)
    known = timezone.now()
    board = Board.objects.create(
        metric=Metric.REGISTRATIONS, unit=Unit.STORE, length=Length.MONTH, starts_on=last
    )
    freeze.freeze(board, known, known)
    for store, more in ((stores[PLACE - 1], 23), (stores[PLACE], 31)):
        for _n in range(more):
            registered(store, at=then)

    address = f"/ranking/{last:%Y-%m}/registrations/"
    page = Said(login(clerk).get(address).text, address)

    reasons = why(Asked.at(address), clerk)
    now = Decimal(30 - 2 * PLACE + 23)
    reasons["what one's own figure is by what is known now"] = {now}
    assert now in numbers_in(page.text)
    assert not unjustified(page.text, reasons, clerk)


def paper_of(answer) -> tuple[str, str]:
    """What a report says to who reads it, and what its drawings say to who does not see them."""
    reader = pypdf.PdfReader(io.BytesIO(answer.content))
    text = " ".join(page.extract_text() for page in reader.pages)
    tree = reader.trailer["/Root"]["/StructTreeRoot"]
    return " ".join(text.split()), " ".join(_alternatives(tree))


def _alternatives(element: Any) -> list[str]:
    found = [str(element["/Alt"])] if "/Alt" in element else []
    inside = element.get("/K", [])
    for each in inside if isinstance(inside, list) else [inside]:
        child = each.get_object()
        if isinstance(child, dict):
            found += _alternatives(child)
    return found


def check_paper(client, post: Membership, metric: str, month: date, own: set[Decimal]) -> None:
    """Every number of the report is one of the page of its board, or of the store's own work."""
    address = f"/ranking/{month:%Y-%m}/{metric}/"
    text, drawn = paper_of(client.get(f"{address}report.pdf"))
    reasons = why(Asked.at(address), post) | {
        "the store's own figures of the last months, and what becomes of its registrations": own
    }
    text = re.sub(r"https?://\S+", "", text)
    found = unjustified(f"{text} {drawn}", reasons, post)
    assert not found, f"{metric} on paper tells {found} without a reason: {text} {drawn}"
    others = Store.objects.exclude(pk=post.store_id).select_related("dealer")
    for each in others:
        assert each.code not in text + drawn
        assert each.dealer.name not in text + drawn


@pytest.mark.usefixtures("happened")
def test_every_number_on_paper_is_justified(login, clerk, month):
    client = login(clerk)
    own = {Decimal(counted(PLACE)), SOLD[PLACE - 1], Decimal(0), Decimal(100)}
    for metric in (Metric.REGISTRATIONS, Metric.NET_SALES):
        check_paper(client, clerk, metric, month, own)


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("metric", [Metric.CONVERSION, Metric.CONTACT])
def test_every_number_on_paper_of_a_rate_is_justified(login, clerk, metric, month):
    check_paper(login(clerk), clerk, metric, month, {Decimal(0)})


def test_every_number_of_the_weekly_mail_is_ones_own(login, clerk, people, mailoutbox):
    _rulebook()
    week = times.start(Length.WEEK, timezone.localdate())
    monday = datetime(week.year, week.month, week.day, 9, tzinfo=ZoneInfo(settings.TIME_ZONE))
    colleague = MembershipFactory(store=clerk.store)
    for post, last, before in ((clerk, 13, 17), (colleague, 29, 37), (people[0], 41, 47)):
        for count, days in ((last, 3), (before, 10)):
            for _n in range(count):
                registered(post.store, staff=post.user, at=monday - timedelta(days=days))

    digest.tell(monday)
    outbox.sweep(monday)

    (told,) = (each for each in mailoutbox if each.to == [clerk.user.email])
    reasons = {
        "what one registered last week and in the five before, and the difference": {
            Decimal(n) for n in (13, 17, 17 - 13, 0)
        },
        "how many of one's own customers wait for a call, or would be more than in these weeks": {
            Decimal(13),
            Decimal(13 + 17),
            Decimal(17 + 1),
        },
        "the share of one's own that was contacted in time": {Decimal(0)},
    }
    said = re.sub(r"https?://\S+", "", f"{told.subject} {told.body}")
    assert not unjustified(said, reasons, clerk), said
    names = {post.user.name for post in (*people, colleague)} - {clerk.user.name}
    names |= {post.store.name for post in people if post != clerk}
    assert not {name for name in names if name in told.body}
    before = times.key(Length.WEEK, times.before(Length.WEEK, week))
    page = Said(login(clerk).get(f"/week/{before}/").text, "")
    assert not unjustified(page.text, reasons, clerk), page.text

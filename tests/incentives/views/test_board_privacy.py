"""Every name and number that a store's clerk reads on the pages of boards, each with its reason."""

import re
from collections import deque
from datetime import timedelta
from decimal import ROUND_CEILING, Decimal
from html.parser import HTMLParser

import pytest
from django.utils import timezone

from dealers.models import Store, User
from incentives.boards import standing
from incentives.models import Metric, Naming
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import MembershipFactory, OwnerFactory, StoreFactory
from tests.factories.incentives import unattributed
from tests.factories.seasons import combined_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

PLACE = 7  # of the clerk's store among the twelve, by every figure
STORES = 12
# What a store sold, of which no two and no parts of two are alike.
SOLD = [Decimal(f"{9000 - 617 * n}.{11 + 7 * n}") for n in range(STORES)]
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


class Said(HTMLParser):
    """Everything between <main> and its end that can be read, with eyes or by ear."""

    SPOKEN = ("aria-label", "alt", "title", "value", "placeholder", "content")

    def __init__(self, page: str) -> None:
        super().__init__()
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


def counted(place: int) -> int:
    """How many the store at a place registered this month: no two alike, none a place."""
    return 45 - 2 * place


@pytest.fixture
def stores(store, clerk):
    """Twelve stores of twelve dealers, two people each; the clerk's is the seventh everywhere."""
    RulebookFactory(person_minute_limit=None, person_cap=None, store_cap=None)
    now, today = timezone.now(), timezone.localdate()
    found: list[Store] = []
    for place in range(1, STORES + 1):
        each = store
        if place != PLACE:
            each = StoreFactory(
                code=f"QXZ{place}K", name=f"Zephyrine {place}K", dealer__code=f"VWD{place}K",
                dealer__name=f"Quillon {place}K",
            )  # fmt: skip
        found.append(each)
        people = [clerk] if place == PLACE else []
        while len(people) < 2:
            people.append(MembershipFactory(store=each, user__name=f"Ottoline {place}K"))
        for n in range(counted(place)):
            registered(each, staff=people[n % 2].user, at=now)
        unattributed(each, str(SOLD[place - 1]), today)
    combined_of(
        {Metric.REGISTRATIONS: 50, Metric.NET_SALES: 50}, today.replace(day=1), at=now, code="both"
    )
    return found


@pytest.fixture
def named(stores):
    """The first store's owner agreed that its name is told, and the second's did not."""
    first = stores[0]
    Naming.objects.create(
        dealer=first.dealer, store=first, agreed=True, at=timezone.now() - timedelta(seconds=1),
        by=OwnerFactory(dealer=first.dealer).user,
    )  # fmt: skip
    return first


def pages_of(client) -> dict[str, Said]:
    """Every page of boards that leads on from the first one, and its numbers' words."""
    found: dict[str, Said] = {}
    waiting = deque(["/ranking/"])
    while waiting:
        address = waiting.popleft()
        if address in found:
            continue
        answer = client.get(address, follow=True)
        assert answer.status_code == 200, address
        assert "<main" in answer.text
        page = found[address] = Said(answer.text)
        page.whole = answer.text
        for link in sorted(page.links):
            # The weeks, months and quarters before have nothing of anybody.
            at = (answer.redirect_chain or [(address, 0)])[-1][0].partition("?")[0]
            to = (f"{at}{link}" if link.startswith("?") else link).partition("#")[0]
            if to.startswith("/ranking/") and ".pdf" not in to:
                waiting.append(to)
        assert len(found) < 200
    return found


def quarter(values: list[Decimal], share: str) -> Decimal:
    """Between the two values around it, worked out by hand."""
    ordered, at = sorted(values), Decimal(share) * (len(values) - 1)
    low = int(at)
    rest = ordered[min(low + 1, len(values) - 1)] - ordered[low]
    return ordered[low] + rest * (at - low)


def test_every_name_on_the_pages_of_boards_is_ones_own_or_agreed_to(login, clerk, stores, named):
    pages = pages_of(login(clerk))
    mine = stores[PLACE - 1]
    others = [each for each in stores if each != mine]
    strangers = User.objects.exclude(memberships__store=mine).exclude(is_staff=True)
    never = {text for each in others for text in (each.code, each.dealer.code, each.dealer.name)}
    never |= {each.name for each in others if each != named}
    never |= {name for person in User.objects.exclude(pk=clerk.user_id) if (name := person.name)}
    never |= {str(way) for person in strangers for way in (person.email, person.phone) if way}

    assert len(pages) > 20
    for address, page in pages.items():
        assert not {text for text in never if text in page.whole}, address
    # Named is who agreed, beside the first place alone, on boards of stores.
    with_name = {address for address, page in pages.items() if named.name in page.text}
    assert with_name
    assert all("unit=me" not in address for address in with_name)


# What a number says that no store's figure is.
MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
TIMES = re.compile(
    rf"\d{{1,2}} {MONTH}(?: \d{{4}})?\b|\b{MONTH} \d{{4}}\b|\b\d{{4}}-\d{{2}}(?:-\d{{2}})?\b"
    r"|\b\d{1,2}:\d{2}\b|\bWeek \d+ of \d{4}\b|\bQuarter \d of \d{4}\b|\b[WQ]\d{1,2}\b"
)
SHOWN = {1, 2, 3, PLACE - 2, PLACE - 1, PLACE, PLACE + 1, PLACE + 2}


def why(values: list[Decimal]) -> dict[str, set[Decimal]]:
    """Of a figure's values in the order of their places, which numbers a page shows, and why."""
    mine, ahead = values[PLACE - 1], values[PLACE - 2]
    return {
        "one's own": {mine},
        "the first three, and two on either side of one's own": {values[n - 1] for n in SHOWN},
        "what is missing to the next": {ahead - mine},
        "the quarters of the cohort": {quarter(values, s) for s in ("0.25", "0.5", "0.75")},
        "places, and how many have one": {Decimal(n) for n in range(1, STORES + 1)},
        "the place as a percentage": {Decimal(-(-100 * PLACE // STORES))},
        "how many are least": {Decimal(standing.FEWEST)},
    }


@pytest.mark.usefixtures("named")
def test_every_number_beside_the_sales_is_listed_and_justified(login, clerk, stores):
    month = timezone.localdate()
    page = Said(login(clerk).get(f"/ranking/{month:%Y-%m}/net_sales/").text)
    counts = [Decimal(counted(place)) for place in range(1, STORES + 1)]
    reasons = why(SOLD) | {
        "how many sales that were": {Decimal(1)},
        "what one registers, and the top quarter at least": {
            counts[PLACE - 1], quarter(counts, "0.75").quantize(Decimal(1), ROUND_CEILING),
        },
    }  # fmt: skip

    # The name of one's own store has a number.
    said = TIMES.sub(" ", page.text.replace(stores[PLACE - 1].name, ""))
    numbers = {Decimal(found.replace(",", "")) for found in NUMBER.findall(said)}

    allowed = set().union(*reasons.values())
    allowed |= {round(each, 2) for each in allowed} | {round(each) for each in allowed}
    assert numbers - allowed == set(), page.text
    hidden = {SOLD[n - 1] for n in range(1, STORES + 1) if n not in SHOWN}
    assert not hidden & numbers

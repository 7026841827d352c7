"""The report of a store or a dealer: one page, for its people, and nothing of a rival."""

import io
import re
from datetime import timedelta

import pypdf
import pytest
from django.utils import timezone
from django.utils.translation import override

from dealers.actor import Actor
from dealers.models import Role
from dealers.months import add_months, midnight
from dealers.paper import INK, drawn
from incentives.boards import goals, naming
from incentives.desk import paper, report
from incentives.models import Metric
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import OwnerFactory, StoreFactory
from tests.factories.incentives import sale
from tests.factories.training import published

pytestmark = pytest.mark.django_db
ADDRESS = "https://portal.example/ranking/"


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def today():
    return timezone.localdate()


@pytest.fixture
def month(today):
    return today.replace(day=1)


@pytest.fixture
def rivals(store, now):
    """Seven stores: 1 to 6 registrations, and the own one with two."""
    RulebookFactory(person_minute_limit=None)
    others = [
        StoreFactory(dealer__region=store.dealer.region, name=f"别家{count}") for count in range(6)
    ]
    for count, each in ((2, store), *enumerate(others, 1)):
        for _ in range(count):
            registered(each, at=now)
    return others


@pytest.fixture
def read(month, now, today):
    def made(member, post, metric=Metric.REGISTRATIONS, of=month):
        return report.read(member, metric, of, post=post, now=now, today=today)

    return made


@pytest.fixture
def printed(read):
    """The paper of a report, and its number of pages, for a reader of a language."""

    def made(member, post, language="zh-hans"):
        with override(language):
            return paper.render(read(member, post), ADDRESS + "x" * 150)

    return made


def text_of(pdf):
    (page,) = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return "".join(page.extract_text().split())


def alternatives(pdf):
    """What the drawings of a PDF say to who cannot see them."""

    def below(element):
        if "/Alt" in element:
            yield str(element["/Alt"])
        inside = element.get("/K", [])
        for each in inside if isinstance(inside, list) else [inside]:
            child = each.get_object()
            if isinstance(child, dict):
                yield from below(child)

    return list(below(pypdf.PdfReader(io.BytesIO(pdf)).trailer["/Root"]["/StructTreeRoot"]))


def test_the_report_says_what_the_page_of_the_board_says(login, manager, rivals, read, month):
    page = login(manager).get(f"/ranking/{month:%Y-%m}/registrations/").context
    found = read(manager.store, manager)

    assert found.standing.me == page["me"]
    assert (found.lacks.words, found.lacks.rank) == (page["gap"].words, page["gap"].rank)
    assert found.band == page["band"]
    assert found.places.rows == page["rows"]
    assert found.behaviour[0].gap == page["gaps"][0]["gap"]
    assert (found.cards[0].value, found.funnel.registrations) == (2, 0)


def test_it_is_one_tagged_page_in_the_language_of_the_reader(manager, rivals, printed):
    chinese, pages = printed(manager.store, manager)
    english, _pages = printed(manager.store, manager, "en")

    assert pages == 1
    assert "本店" in text_of(chinese)
    assert "Reportononepage" in text_of(english)
    assert pypdf.PdfReader(io.BytesIO(english)).trailer["/Root"]["/Lang"] == "en"


def test_drawings_are_drawn_in_ink_and_said_in_words(manager, rivals, printed):
    pdf, _pages = printed(manager.store, manager, "en")

    said = alternatives(pdf)
    assert any(each.startswith("Spread of the cohort: Lower quarter") for each in said), said
    assert any(re.search(r"Valid registrations: .* 2$", each) for each in said), said


def test_a_drawing_of_a_page_becomes_one_of_paper():
    page = '<svg a="1" aria-label="x &amp; y"><path fill="var(--ink-2)"/></svg>'

    assert drawn(page) == (
        '<svg font-family="PortalSC" a="1" ><title>x &amp; y</title>'
        f'<path fill="{INK["ink-2"]}"/></svg>'
    )


def test_no_rival_is_named_but_who_agreed_and_stands_among_the_first(
    manager, rivals, read, printed, now
):
    def text():
        return text_of(printed(manager.store, manager)[0])

    assert "别家" not in text()
    last, first = rivals[0], rivals[-1]
    for each in (first, last):
        naming.say(each, True, by=Actor.of(OwnerFactory(dealer=each.dealer)), at=now)

    shown = read(manager.store, manager)

    assert [row.name for row in shown.places.rows if row.benchmark] == [first.name]
    assert last.name not in text()


def test_too_few_stores_show_nothing_of_each_other(manager, read, printed, now):
    RulebookFactory(person_minute_limit=None)
    for each in (manager.store, StoreFactory()):
        registered(each, at=now)

    found = read(manager.store, manager)

    assert (found.places, found.band, found.lacks, found.behaviour) == (None, None, None, [])
    assert printed(manager.store, manager)[1] == 1


def test_a_store_without_anything_has_a_page(manager, printed):
    pdf, pages = printed(manager.store, manager, "en")

    assert pages == 1
    assert "Noregistrationsinthesedaysyet" in text_of(pdf)


def test_a_paper_with_nothing_to_leave_out_is_set_once(manager, read, monkeypatch):
    made = []

    def typeset(html, _style_sheets, *, variant):
        made.append((html, variant))
        return b"", 2

    monkeypatch.setattr(paper, "typeset", typeset)

    assert paper.render(read(manager.store, manager), ADDRESS) == (b"", 2)
    assert len(made) == 1


@pytest.fixture
def fullest(owner, store, month, now, today):
    """A dealer with long names, many stores, a gap with lessons and a goal."""
    RulebookFactory(person_minute_limit=None, store_cap=None, person_cap=None)
    dealer = store.dealer
    dealer.name, store.name = "销售" * 40, "M" * 110
    dealer.save()
    store.save()
    for number in range(30):
        registered(StoreFactory(dealer=dealer, name=f"第{number}" + "很长的名字" * 15), at=now)
    then = midnight(add_months(month, -1).replace(day=20))
    for count, each in enumerate([store, *StoreFactory.create_batch(6)], 1):
        for _ in range(3 * count):
            registered(each, at=then)
    for number in range(3):
        published(
            roles=(Role.OWNER,), course__figure=Metric.REGISTRATIONS,
            course__title=f"{number}" + "课程" * 40,
        )  # fmt: skip
    last = add_months(month, -1)
    goals.set_goal(dealer, Metric.REGISTRATIONS, last, by=Actor.of(owner), at=now)
    sale(registered(store, at=now), "9876543.21", today)
    return dealer


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_fullest_report_has_one_page(owner, fullest, printed, language):
    """What has no room on it is told of."""
    pdf, pages = printed(fullest, owner, language)

    assert pages == 1
    assert "9,876,543.21" in text_of(pdf)
    more = "morestoresstandintheportal" if language == "en" else "家门店见门店通"
    assert more in text_of(pdf)


def test_a_month_that_is_over_ends_with_its_last_day(manager, store, read, month, now):
    RulebookFactory(person_minute_limit=None)
    last = add_months(month, -1)
    registered(store, at=now.replace(year=last.year, month=last.month, day=5))
    registered(store, at=now)

    found = read(store, manager, of=last)

    assert (found.day, found.cards[0].value) == (month - timedelta(days=1), 1)
    assert found.lacks is None

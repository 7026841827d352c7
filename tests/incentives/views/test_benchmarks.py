"""Periods and kinds of boards, what others see, who is named, and goals: as pages show them."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from dealers.actor import Actor
from dealers.models import Role, Store
from dealers.months import add_months
from incentives.boards import freeze, times
from incentives.models import Board, Goal, Length, Metric, Naming, RunningPlace, Spread, Unit
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import MembershipFactory, StoreFactory
from tests.factories.seasons import season_of
from tests.factories.training import CourseFactory, published, read, take
from training import learning

ENGLISH = {"accept-language": "en"}


@pytest.fixture
def today():
    return timezone.localdate()


@pytest.fixture
def address(today):
    return f"/ranking/{today:%Y-%m}/registrations/"


@pytest.fixture
def rivals(store):
    """Seven stores: 1 to 6 registrations, and the own one with two."""
    RulebookFactory(person_minute_limit=None)
    others = [StoreFactory(dealer__region=store.dealer.region) for _ in range(6)]
    register(store, others, timezone.now())
    return others


def register(store, others, at):
    for count, each in ((2, store), *enumerate(others, 1)):
        for _ in range(count):
            registered(each, at=at)


@pytest.fixture
def posts(clerk, manager, owner, region_manager):
    return {"clerk": clerk, "manager": manager, "owner": owner, "region": region_manager}


@pytest.mark.usefixtures("rivals")
@pytest.mark.parametrize("length", list(Length))
@pytest.mark.parametrize("kind", ["all", "improved", "new"])
def test_every_length_and_kind_has_a_page(login, posts, today, length, kind):
    starts_on = times.start(length, today)
    if length == Length.SEASON:
        season_of(starts_on, starts_on)
    key = times.key(length, starts_on)
    for post in posts.values():
        page = login(post).get(f"/ranking/{key}/registrations/?board={kind}", follow=True)

        assert page.status_code == 200, post.role


def test_a_week_counts_its_own_days(login, clerk, rivals, store, today):
    registered(store, at=timezone.now() - timedelta(days=7))
    week = times.key(Length.WEEK, times.start(Length.WEEK, today))
    before = times.key(Length.WEEK, times.start(Length.WEEK, today - timedelta(days=7)))

    assert login(clerk).get(f"/ranking/{week}/registrations/").context["me"].value == 2
    assert login(clerk).get(f"/ranking/{before}/registrations/").context["me"].value == 1


@pytest.mark.parametrize(
    "path", ["2026-W54/registrations", "2099-Q1/registrations", "1999-W10/registrations"]
)
def test_a_time_that_there_is_not_is_not_found(login, clerk, path):
    assert login(clerk).get(f"/ranking/{path}/").status_code == 404


@pytest.mark.usefixtures("rivals")
def test_a_clerk_stands_alone_among_people_and_nobody_is_named(login, posts, store, address):
    clerk, manager = posts["clerk"], posts["manager"]
    registered(store, staff=clerk.user, at=timezone.now())

    page = login(clerk).get(f"{address}?unit=me")

    assert (page.context["me"].value, page.context["standing"].board.unit) == (1, "staff")
    assert not page.context["ranked"]  # one alone
    assert manager.user.name not in page.text


def test_what_is_earned_is_for_owners_alone(login, posts, today):
    address = f"/ranking/{today:%Y-%m}/earned/"
    owner = posts.pop("owner")

    assert login(owner).get(address).status_code == 200
    for post in posts.values():
        assert login(post).get(address).url.endswith("/registrations/")
    assert login(owner).get(f"/ranking/{today:%G-W%V}/earned/").status_code == 302


def test_late_facts_are_told_beside_a_frozen_board_that_stays(login, clerk, rivals, store, today):
    last = times.before(Length.MONTH, today.replace(day=1))
    then = timezone.now().replace(year=last.year, month=last.month, day=5)
    for each in (store, *rivals):
        registered(each, at=then)
    board = Board.objects.create(
        length=Length.MONTH, starts_on=last, metric=Metric.REGISTRATIONS, unit="store"
    )
    now = timezone.now()
    freeze.freeze(board, now, now)
    address = f"/ranking/{last:%Y-%m}/registrations/"
    client = login(clerk)
    assert client.get(address).context["late"] is None

    registered(store, at=then)
    page = client.get(address, headers=ENGLISH)
    # What stands now is kept for minutes: a visitor after that reads it.
    cache.clear()
    page = client.get(address, headers=ENGLISH)

    assert (page.context["me"].value, page.context["late"].value) == (1, 2)
    assert "Came late" in page.text


def test_the_owner_sees_what_a_rival_reads_and_agrees_to_be_named(
    login, owner, store, rivals, address
):
    for _ in range(9):
        registered(store, at=timezone.now())
    client = login(owner)
    page = client.get(f"/ranking/seen/?unit={store.pk}")
    (line,) = [b["seen"] for b in page.context["boards"] if b["seen"].row]
    assert (line.row.rank, line.row.name, line.all) == (1, "", 6)

    answer = client.post("/ranking/named/", {"unit": store.pk, "agree": "yes"}, follow=True)
    assert answer.context["named"]
    rival = login_of(login, rivals[0])
    assert store.name in rival.get(address).text

    client.post("/ranking/named/", {"unit": store.pk, "agree": "no"})
    assert store.name not in rival.get(address).text
    assert Naming.objects.count() == 2


def login_of(login, store):
    return login(MembershipFactory(store=store))


def test_nobody_but_the_owner_agrees_for_its_own(login, posts, rivals, store):
    owner = posts["owner"]
    for post in ("clerk", "manager"):
        asked = {"unit": "store", "agree": "yes"}
        assert login(posts[post]).post("/ranking/named/", asked).status_code == 404
    for asked in (
        {"unit": rivals[0].pk, "agree": "yes"},
        {"unit": "x", "agree": "yes"},
    ):
        assert login(owner).post("/ranking/named/", asked).status_code == 404
    login(owner).post("/ranking/named/", {"unit": store.pk, "agree": "perhaps"})
    assert not Naming.objects.exists()


def test_staff_read_what_others_see_but_cannot_choose(login, clerk, rivals, store):
    page = login(clerk).get("/ranking/seen/")

    assert page.status_code == 200
    assert "/ranking/named/" not in page.text
    assert login(clerk).get(f"/ranking/seen/?unit={rivals[0].pk}").status_code == 404


def test_a_gap_becomes_a_goal_that_the_regional_manager_sees(login, posts, rivals, store, today):
    last = times.before(Length.MONTH, today.replace(day=1))
    register(store, rivals, datetime(last.year, last.month, 10, 4, tzinfo=UTC))
    client = login(posts["manager"])
    page = client.get(f"/ranking/{today:%Y-%m}/registrations/", headers=ENGLISH)
    assert [each["gap"].metric for each in page.context["gaps"]] == [Metric.REGISTRATIONS]
    assert not page.context["gaps"][0]["may_set"]  # of a month that runs
    page = client.get(f"/ranking/{last:%Y-%m}/registrations/", headers=ENGLISH)
    assert page.context["gaps"][0]["may_set"]
    asked = {"unit": "store", "time": f"{last:%Y-%m}", "metric": "registrations"}

    page = client.post("/ranking/goals/", asked, follow=True)

    assert [each.goal.target for each in page.context["goals"]] == [5]
    assert not page.context["gaps"][0]["may_set"]
    page = client.post("/ranking/goals/", asked, follow=True, headers=ENGLISH)
    assert "has a goal for this figure already" in page.text
    desk = login(posts["region"]).get(f"/region/stores/{store.code}/", headers=ENGLISH)
    assert [each.percent for each in desk.context["goals"]] == [40]
    assert "Goals of the store" in desk.text


@pytest.fixture
def behind(store, today):
    """Of twenty first contacts of last month the store made eleven in time, the best from 17 on."""
    board = Board.objects.create(
        metric=Metric.CONTACT, unit=Unit.STORE, length=Length.MONTH,
        starts_on=add_months(today.replace(day=1), -1), counted_at=timezone.now(),
    )  # fmt: skip
    RunningPlace.objects.create(
        board=board, cohort="all", store=store, dealer=store.dealer, value="0.55", numerator=11,
        denominator=20, of=0,
    )  # fmt: skip
    spread = {"of": 0, "compared": 0, "doing": 8, "benchmark": "0.85"}
    return Spread.objects.create(board=board, cohort="all", **spread)


@pytest.fixture
def advised():
    """A course that is to change first contacts; another one is to change nothing."""
    published(timezone.now() - timedelta(days=3))
    course = CourseFactory(figure="contact", title_en="The first call")
    roles = (Role.ASSOCIATE, Role.REGIONAL_MANAGER)
    return published(timezone.now() - timedelta(days=3), roles=roles, course=course)


def test_training_advises_the_course_for_what_a_store_lacks(login, posts, behind, advised):
    client = login(posts["clerk"])

    page = client.get("/training/", headers=ENGLISH)

    (found,) = page.context["advised"]
    assert found.standing.course == advised.course
    assert "last month: 55% here, in the top quarter of the cohort 85% or more." in page.text
    # A region is no store.
    assert login(posts["region"]).get("/training/").context["advised"] == []


def test_training_advises_nothing_that_is_passed_or_tells_of_too_few(login, clerk, behind, advised):
    client = login(clerk)
    assert client.get("/training/").context["advised"]
    Spread.objects.filter(pk=behind.pk).update(doing=4)
    assert client.get("/training/").context["advised"] == []
    Spread.objects.filter(pk=behind.pk).update(doing=8)

    then = timezone.now() - timedelta(days=2)
    begun = learning.enroll(clerk.user, advised, by=Actor.of(clerk), at=then)
    read(begun, then)
    take(begun, then + timedelta(days=1))

    assert client.get("/training/").context["advised"] == []


@pytest.mark.parametrize(
    "wrong",
    [{"time": "x"}, {"time": "2099-01"}, {"time": "2026-W10"}, {"metric": "x"}],
)
def test_a_goal_of_nonsense_is_refused_in_words(login, manager, rivals, today, wrong):
    asked = {"unit": "store", "time": f"{today:%Y-%m}", "metric": "registrations"} | wrong

    page = login(manager).post("/ranking/goals/", asked, follow=True, headers=ENGLISH)

    assert "There is no such board" in page.text
    assert not Goal.objects.exists()


def test_a_goal_of_what_is_not_ones_own_is_not_found(login, manager, rivals, today):
    asked = {"time": f"{today:%Y-%m}", "metric": "registrations"}
    for unit in ("me", rivals[0].pk, "dealer"):
        answer = login(manager).post("/ranking/goals/", asked | {"unit": unit})
        assert answer.status_code == 404
    assert not Goal.objects.exists()


def test_a_clerk_sets_no_goal(login, clerk, rivals, today):
    asked = {"unit": "store", "time": f"{today:%Y-%m}", "metric": "registrations"}

    assert login(clerk).post("/ranking/goals/", asked).status_code == 404


def test_the_board_of_the_improved_shows_nobody_who_fell(login, clerk, rivals, store, today):
    last = times.before(Length.MONTH, today.replace(day=1))
    then = timezone.now().replace(year=last.year, month=last.month, day=5)
    for _ in range(5):
        registered(store, at=then)
    for each in rivals:
        registered(each, at=then)
    address = f"/ranking/{today:%Y-%m}/registrations/?board=improved"

    assert login(clerk).get(address).context["me"] is None
    page = login_of(login, rivals[5]).get(address)
    assert page.context["me"].value == 5
    assert store.name not in page.text


def test_new_stores_stand_among_themselves(login, rivals, store, today, address):
    new = [each.pk for each in rivals[:5]]
    Store.objects.exclude(pk__in=new).update(opened_on=today - timedelta(days=400))
    Store.objects.filter(pk__in=new).update(opened_on=today - timedelta(days=40))

    page = login_of(login, rivals[0]).get(f"{address}?board=new")

    assert (page.context["me"].rank, page.context["standing"].of) == (5, 5)
    assert login_of(login, store).get(f"{address}?board=new").context["me"] is None

"""Seasons: defined once, counted over their months, frozen with the last of them."""

from datetime import UTC, date, datetime

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from dealers.months import add_months
from incentives.boards import places, seasons, standing, times
from incentives.boards.seasons import SeasonRefused
from incentives.models import Board, Length, Metric, Season, Unit
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import StoreFactory, member_of
from tests.factories.incentives import (
    FEBRUARY,
    JANUARY,
    close_period,
    give_back,
    owned_customer,
    per_registration,
    published,
    sale,
    unattributed,
)
from tests.factories.seasons import season_of as defined

MARCH = date(2026, 3, 1)
LIST = "/admin/incentives/season/"

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture(autouse=True)
def _rulebook(db):
    RulebookFactory(
        starts_on=date(2025, 1, 1),
        published_at=datetime(2025, 1, 1, tzinfo=UTC),
        person_cap=None, store_cap=None, store_daily_limit=None, person_minute_limit=None,
    )  # fmt: skip


def season_board(starts_on: date, metric: str = Metric.NET_SALES) -> Board:
    return places.find(metric, Unit.STORE, starts_on, Length.SEASON)


def test_a_season_counts_its_own_months_and_no_other():
    defined(JANUARY, FEBRUARY)
    store = StoreFactory()
    for day, amount in ((date(2025, 12, 31), "1"), (JANUARY, "10"), (date(2026, 2, 28), "20"),
                        (MARCH, "40")):  # fmt: skip
        unattributed(store, amount, day)

    (place,) = places.read(season_board(JANUARY))

    assert place.value == 30
    assert times.parse(times.key(Length.SEASON, JANUARY)) == (Length.SEASON, JANUARY)
    assert times.name(Length.SEASON, JANUARY) == "Spring, January 2026 to February 2026"


def test_its_boards_are_frozen_with_its_last_month_and_stay():
    published(per_registration())
    defined(JANUARY, FEBRUARY)
    stores = StoreFactory.create_batch(6)
    for n, store in enumerate(stores):
        unattributed(store, f"{10 * n + 10}", date(2026, 1, 10))
        registered(store, at=datetime(2026, 2, 5, 1, tzinfo=UTC))
    close_period(JANUARY)
    assert not Board.objects.filter(length=Length.SEASON).exists()
    running = places.read(season_board(JANUARY))

    close_period(FEBRUARY)
    unattributed(stores[0], "500", date(2026, 2, 20))

    board = season_board(JANUARY)
    assert board.frozen_at is not None
    assert places.read(board) == running
    assert {p.value for p in places.read(season_board(JANUARY, Metric.REGISTRATIONS))} == {1}
    assert standing.of(stores[0], Metric.NET_SALES, JANUARY, length=Length.SEASON).me.rank == 6


def test_month_quarter_and_season_that_end_together_are_frozen_from_one_reading():
    """The season begins before the quarter, and sales of two customers, returns and rates count."""
    published(per_registration())
    december = date(2025, 12, 1)
    defined(december, MARCH)
    store = StoreFactory()
    customer = owned_customer(store)
    bought = sale(customer, "100.00", date(2025, 12, 20))
    give_back(bought, "30.00", date(2026, 2, 20))
    sale(customer, "40.00", date(2026, 3, 20))
    abouts = [(Length.MONTH, MARCH), (Length.QUARTER, JANUARY), (Length.SEASON, december)]
    figures = [Metric.NET_SALES, Metric.OWNED_SALES, Metric.REGISTRATIONS, Metric.CONVERSION]
    expected = {
        (length, metric): places.read(places.find(metric, unit, start, length))
        for length, start in abouts
        for metric in figures
        for unit in (Unit.STORE,)
    }

    for month in (december, JANUARY, FEBRUARY, MARCH):
        close_period(month)

    for (length, metric), before in expected.items():
        board = places.find(metric, Unit.STORE, dict(abouts)[length], length)
        assert board.frozen_at is not None
        assert places.read(board) == before, (length, metric)
    assert [p.value for p in expected[Length.SEASON, Metric.NET_SALES]] == [110]
    assert [p.value for p in expected[Length.QUARTER, Metric.NET_SALES]] == [10]


def test_the_change_is_against_the_season_before_if_there_was_one():
    defined(JANUARY, JANUARY)
    defined(MARCH, MARCH, name="三月季")
    stores = StoreFactory.create_batch(5)
    for n, store in enumerate(stores):
        unattributed(store, f"{10 * n + 10}", date(2026, 1, 10))
        unattributed(store, f"{90 - 10 * n}", date(2026, 3, 10))

    first = standing.of(stores[0], Metric.NET_SALES, JANUARY, length=Length.SEASON)
    second = standing.of(stores[0], Metric.NET_SALES, MARCH, length=Length.SEASON)

    assert (first.me.rank, first.before, first.change, first.earlier) == (5, None, None, None)
    assert (second.me.rank, second.before.rank, second.change) == (1, 5, 4)
    assert standing.ranks(second)[stores[0].pk, JANUARY] == 5
    assert times.last(Length.SEASON, MARCH, 6) == [JANUARY, MARCH]


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        (FEBRUARY, JANUARY, "before the first"),
        (JANUARY, date(2027, 1, 1), "12 months"),
        (date(2025, 11, 1), JANUARY, "Another season"),
    ],
)
def test_what_is_no_season_is_refused(first, last, said):
    defined(JANUARY, FEBRUARY)

    with pytest.raises(SeasonRefused, match=said):
        defined(first, last)


def test_a_season_that_nothing_would_freeze_is_refused():
    published(per_registration())
    close_period(JANUARY)

    with pytest.raises(SeasonRefused, match="closed already"):
        defined(date(2025, 12, 1), JANUARY)
    assert defined(JANUARY, FEBRUARY).ends_on == MARCH


@pytest.mark.parametrize("act", [lambda: defined(JANUARY, JANUARY), lambda: close_period(JANUARY)])
def test_none_is_defined_while_the_boards_of_a_month_are_frozen(act):
    """Of the two who come at one moment the other waits, and then sees the first one's row."""
    published(per_registration())

    def is_held() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = %s"
                " AND granted AND pid = pg_backend_pid())",
                [seasons._LOCK],
            )
            return cursor.fetchone()[0]

    assert not is_held()
    act()
    assert is_held()


def test_the_database_keeps_a_season_and_its_boards_together():
    season = defined(JANUARY, FEBRUARY)
    other = {"length": Length.SEASON, "metric": Metric.NET_SALES, "unit": Unit.STORE}

    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        Season.objects.update(ends_on=MARCH.replace(month=4))
    with pytest.raises(IntegrityError, match="on_file"), transaction.atomic():
        Board.objects.create(starts_on=FEBRUARY, **other)
    Board.objects.create(starts_on=JANUARY, **other)
    with pytest.raises(IntegrityError, match="season_of_boards_is_kept"), transaction.atomic():
        season.delete()


class TestInTheAdmin:
    @pytest.fixture
    def this(self):
        return timezone.localdate().replace(day=1)

    @pytest.mark.parametrize("group", ["incentives", "program"])
    def test_it_is_defined_read_and_until_it_begins_deleted(self, login, group, this):
        client = login(member_of(group))
        coming = add_months(this, 2)
        form = {"name": "冬季", "name_en": "Winter", "first": f"{coming:%Y-%m}",
                "last": f"{add_months(coming, 1):%Y-%m}"}  # fmt: skip
        assert client.post(f"{LIST}add/", form).status_code == 302
        season = Season.objects.get()

        page = client.get(f"{LIST}{season.pk}/change/")
        assert "To come" in page.text
        assert client.post(f"{LIST}{season.pk}/delete/", {"post": "yes"}).status_code == 302
        assert not Season.objects.exists()

    def test_one_that_runs_stays(self, login, this):
        client = login(member_of("program"))
        season = defined(this, this)

        assert "Runs" in client.get(f"{LIST}{season.pk}/change/").text
        assert client.get(f"{LIST}{season.pk}/delete/").status_code == 404
        assert client.post(f"{LIST}{season.pk}/delete/", {"post": "yes"}).status_code == 404
        assert Season.objects.exists()

    def test_a_mistake_is_said_with_what_was_typed(self, login, this):
        client = login(member_of("program"))
        form = {"name": "冬季", "first": f"{this:%Y-%m}", "last": "winter"}

        page = client.post(f"{LIST}add/", form)
        assert "Write the month like 2026-10" in page.text
        page = client.post(f"{LIST}add/", form | {"last": f"{add_months(this, -1):%Y-%m}"})
        assert "before the first" in page.text
        assert 'value="冬季"' in page.text

    def test_who_only_looks_on_defines_none(self, login, this):
        season = defined(add_months(this, 2), add_months(this, 2))
        client = login(member_of("audit"))

        assert client.get(LIST).status_code == 200
        assert client.get(f"{LIST}add/").status_code == 404
        assert client.post(f"{LIST}{season.pk}/delete/", {"post": "yes"}).status_code == 404


class TestThePage:
    def test_without_a_season_there_is_no_tab_and_no_page(self, login, clerk):
        today = timezone.localdate()
        client = login(clerk)

        assert "Season" not in client.get(f"/ranking/{today:%Y-%m}/registrations/").text
        assert client.get(f"/ranking/{today:%Y}-S{today:%m}/registrations/").status_code == 404
        assert client.get("/ranking/2026-S13/registrations/").status_code == 404

    def test_a_store_sees_its_season_beside_the_month(self, login, clerk, region_manager):
        today = timezone.localdate()
        this = today.replace(day=1)
        defined(add_months(this, -3), add_months(this, -2), name="夏季")
        defined(add_months(this, -1), this)
        registered(clerk.store, at=timezone.now())
        address = f"/ranking/{times.key(Length.SEASON, add_months(this, -1))}/registrations/"
        client = login(clerk)

        month = client.get(f"/ranking/{this:%Y-%m}/registrations/")
        page = client.get(address)

        assert f'href="{address}"' in month.text
        assert page.context["me"].value == 1
        assert "Spring, " in page.text
        assert page.context["steps"]["after"] is None
        before = page.context["steps"]["before"]["url"]
        assert client.get(before).context["steps"]["after"]["url"] == address
        assert client.get(f"{address}?board=improved").status_code == 200
        assert client.get(f"{address}?board=new").status_code == 200
        assert login(region_manager).get(address).status_code == 200

"""Weeks, months and quarters: their first days, their addresses, their store's own calendar."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from incentives.boards import freeze, places, times
from incentives.models import Board, Length, Metric, Ranking, Unit
from incentives.models.boards import after
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import StoreFactory
from tests.factories.incentives import close_period, unattributed

DAYS = st.dates(date(2000, 1, 10), date(2199, 12, 1))
LENGTHS = st.sampled_from([each for each in Length if each != Length.SEASON])


@given(LENGTHS, DAYS)
def test_every_day_lies_in_one_time_of_a_length_and_its_address_leads_back(length, day):
    starts_on = times.start(length, day)

    assert starts_on <= day < after(length, starts_on)
    assert times.parse(times.key(length, starts_on)) == (length, starts_on)
    assert after(length, times.before(length, starts_on)) == starts_on
    assert times.last(length, starts_on, 3)[1:] == [times.before(length, starts_on), starts_on]


@pytest.mark.parametrize(
    ("key", "starts_on"),
    [
        ("2026-W53", date(2026, 12, 28)),  # until 3 January
        ("2025-W01", date(2024, 12, 30)),
        ("2026-Q4", date(2026, 10, 1)),
        ("2026-02", date(2026, 2, 1)),
    ],
)
def test_weeks_across_new_year_are_one_week(key, starts_on):
    length, start = times.parse(key)

    assert start == starts_on
    assert times.key(length, start) == key


@pytest.mark.parametrize(
    "key",
    [
        "2025-W53",
        "2026-W00",
        "2026-W54",
        "2026-00",
        "2026-13",
        "0001-W01",
        "9999-W52",
        "9999-Q4",
        "2026-S13",
    ],
)
def test_a_time_that_there_is_not_has_no_address(key):
    with pytest.raises(ValueError, match=r"."):
        times.parse(key)


@pytest.mark.django_db
def test_the_week_across_new_year_counts_days_of_both_years():
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    store = StoreFactory()
    for day in (date(2025, 12, 28), date(2025, 12, 31), date(2026, 1, 4), date(2026, 1, 5)):
        registered(store, at=datetime(day.year, day.month, day.day, 4, tzinfo=UTC))
    length, starts_on = times.parse("2026-W01")

    (place,) = places.read(places.find(Metric.REGISTRATIONS, Unit.STORE, starts_on, length))

    assert place.value == 2


@pytest.mark.django_db
def test_a_quarter_ends_by_the_stores_own_calendar():
    """The last evening of March in Urumqi and New York is April in Shanghai already."""
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    late = datetime(2026, 3, 31, 23, 0, tzinfo=UTC)
    here, there = StoreFactory(), StoreFactory(timezone="America/New_York")
    for store in (here, there):
        registered(store, at=late)

    def counted(starts_on):
        found = places.find(Metric.REGISTRATIONS, Unit.DEALER, starts_on, Length.QUARTER)
        return [p.code for p in places.read(found)]

    assert counted(date(2026, 1, 1)) == [there.dealer.code]
    assert counted(date(2026, 4, 1)) == [here.dealer.code]


@pytest.fixture
def shop(db):
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    return StoreFactory()


def test_a_quarter_is_frozen_with_its_third_month(shop):
    for month in (1, 2, 3):
        unattributed(shop, "10.00", date(2026, month, 10))
        close_period(date(2026, month, 1))
        frozen = Board.objects.frozen().filter(length=Length.QUARTER)
        assert frozen.exists() == (month == 3)

    board = places.find(Metric.NET_SALES, Unit.STORE, date(2026, 1, 1), Length.QUARTER)
    assert [p.value for p in places.read(board)] == [30]
    assert Ranking.objects.filter(board=board).count() == 1


def test_weeks_are_frozen_once_some_days_after_their_end(shop):
    monday = date(2026, 3, 2)
    registered(shop, at=datetime(2026, 3, 4, 4, tzinfo=UTC))
    over = datetime(2026, 3, 9, tzinfo=UTC)

    def frozen():
        return Board.objects.frozen().filter(length=Length.WEEK, starts_on=monday)

    night = timedelta(hours=19, minutes=30)  # half past three where the portal's days are counted
    freeze.freeze_weeks(over + timedelta(days=1) + night)
    assert not frozen().exists()
    assert freeze.freeze_weeks(over + timedelta(days=2) + night) > 0
    assert frozen().exists()
    assert freeze.freeze_weeks(over + timedelta(days=4)) == 0

    registered(shop, at=datetime(2026, 3, 5, 4, tzinfo=UTC))
    board = places.find(Metric.REGISTRATIONS, Unit.STORE, monday, Length.WEEK)
    assert [p.value for p in places.read(board)] == [1]


@pytest.mark.parametrize(
    ("period", "metric", "unit"),
    [
        ("2026-W54", "registrations", "store"),
        ("2026-Q1", "earned", "store"),
        ("2026-W10", "earned", "dealer"),
        ("2026-01", "net_sales", "staff"),
    ],
)
@pytest.mark.django_db
def test_a_board_that_there_is_not_is_not_exported(tmp_path, period, metric, unit):
    with pytest.raises(CommandError):
        call_command(
            "export_board", str(tmp_path / "b.csv"), "--metric", metric, "--period", period,
            "--unit", unit,
        )  # fmt: skip
    assert not list(tmp_path.iterdir())


def test_a_quarter_is_exported(tmp_path, shop):
    unattributed(shop, "10.00", date(2026, 2, 10))

    call_command(
        "export_board", str(tmp_path / "b.csv"), "--metric", "net_sales", "--period", "2026-Q1",
        "--unit", "region",
    )  # fmt: skip

    assert (tmp_path / "b.csv").read_text().splitlines()[1:] == [
        f"all,{shop.dealer.region.code},10.00,1,1,0.00"
    ]

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation

from dealers import months


@pytest.mark.parametrize(
    ("day", "first", "after", "before"),
    [
        (date(2026, 1, 31), date(2026, 1, 1), date(2026, 2, 1), date(2025, 12, 1)),
        (date(2026, 12, 1), date(2026, 12, 1), date(2027, 1, 1), date(2026, 11, 1)),
        (date(2024, 2, 29), date(2024, 2, 1), date(2024, 3, 1), date(2024, 1, 1)),
    ],
)
def test_the_months_around_a_day(day, first, after, before):
    assert months.first_day(day) == first
    assert months.next_month(day) == after
    assert months.previous_month(day) == before


@pytest.mark.parametrize(
    ("day", "count", "later"),
    [
        (date(2026, 10, 19), 12, date(2027, 10, 19)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 3, 1), -3, date(2025, 12, 1)),
        (date(2026, 3, 1), -15, date(2024, 12, 1)),
        (date(2026, 3, 1), 0, date(2026, 3, 1)),
    ],
)
def test_months_later_never_leave_the_month_they_reach(day, count, later):
    assert months.add_months(day, count) == later


def test_a_month_is_written_and_read_as_year_and_month():
    assert months.parse("2017-03") == date(2017, 3, 1)
    assert months.key(date(2017, 3, 1)) == "2017-03"


@pytest.mark.parametrize(
    "text",
    ["2017-13", "2017", "March", "", "2017-03-01", "0001-01", "1989-12", "2200-01", "9999-12"],
)
def test_what_is_no_month_is_refused(text):
    with pytest.raises(ValueError, match=r".+"):
        months.parse(text)


def test_a_month_has_a_long_and_a_short_name():
    with translation.override("zh-hans"):
        assert months.name(date(2026, 10, 1)) == "2026年10月"
        assert months.short_name(date(2026, 10, 1)) == "10月"


def test_headquarters_day_is_the_same_whoever_asks():
    evening = datetime(2026, 10, 31, 13, tzinfo=UTC)  # in Shanghai at nine, in Auckland tomorrow
    with timezone.override("Pacific/Auckland"):
        assert months.hq_day(evening) == date(2026, 10, 31)
        assert months.readers_day(evening) == date(2026, 11, 1)
        assert months.hq_midnight(date(2026, 11, 1)) == datetime(2026, 10, 31, 16, tzinfo=UTC)
        assert months.midnight(date(2026, 11, 1)) == datetime(2026, 10, 31, 11, tzinfo=UTC)
    tokyo = ZoneInfo("Asia/Tokyo")
    assert months.midnight(date(2026, 11, 1), tokyo) == datetime(2026, 10, 31, 15, tzinfo=UTC)

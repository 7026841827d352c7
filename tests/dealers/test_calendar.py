"""Working days and hours."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction

from dealers.calendar import Calendar
from dealers.models import CalendarDay
from tests.factories.dealers import RegionFactory

SHANGHAI = ZoneInfo("Asia/Shanghai")
CHINA = Calendar(country="CN")


def at(text, tz=SHANGHAI):
    return datetime.fromisoformat(text).replace(tzinfo=tz).astimezone(UTC)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 11, 27), True),  # a Friday
        (date(2026, 11, 28), False),  # a Saturday
        (date(2026, 2, 14), True),  # a Saturday that is worked for a holiday
        (date(2026, 2, 17), False),  # Spring Festival, a Tuesday
    ],
)
def test_holidays_are_free_and_swapped_days_are_worked(day, works):
    assert CHINA.works(day) is works


@pytest.mark.parametrize(
    ("asked", "due"),
    [
        ("2026-11-27T09:00", "2026-11-27T11:00"),
        ("2026-11-27T16:00", "2026-11-27T18:00"),  # the last that fits into the day
        ("2026-11-27T16:00:00.000001", "2026-11-30T10:00"),  # then the next opening, a Monday
        ("2026-11-27T08:59", "2026-11-27T10:00"),  # before opening: that morning
        ("2026-11-28T12:00", "2026-11-30T10:00"),  # on a Saturday
        ("2026-02-13T17:00", "2026-02-14T10:00"),  # the next opening is a swapped Saturday
        ("2026-02-14T17:00", "2026-02-24T10:00"),  # and then the whole Spring Festival
    ],
)
def test_an_answer_is_due_in_working_hours(asked, due):
    assert CHINA.hours_after(at(asked), 2, SHANGHAI) == at(due)


def test_the_clock_of_the_store_counts():
    # 17:00 in Shanghai is 15:00 in Urumqi, where two hours of the day are left.
    assert CHINA.hours_after(at("2026-11-27T17:00"), 2, ZoneInfo("Asia/Urumqi")) == at(
        "2026-11-27T19:00"
    )


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2026-11-26T10:00", 2, "2026-12-01T00:00"),  # Friday and Monday
        ("2026-11-28T10:00", 2, "2026-12-02T00:00"),  # from a Saturday: Monday and Tuesday
        ("2026-02-13T23:59", 2, "2026-02-25T00:00"),  # a worked Saturday, then the holiday's end
    ],
)
def test_working_days_end_with_the_local_day(start, days, end):
    assert CHINA.end_of_day_after(at(start), days, SHANGHAI) == at(end)


@pytest.mark.django_db
def test_headquarters_corrects_a_day_for_all_or_for_a_region():
    north, south = RegionFactory(), RegionFactory()
    saturday = date(2026, 11, 28)
    CalendarDay.objects.create(day=saturday, works=True, why="Inventory")
    CalendarDay.objects.create(day=saturday, region=south, works=False)
    assert CalendarDay.objects.of_region(north.pk).works(saturday)
    assert not CalendarDay.objects.of_region(south.pk).works(saturday)
    with pytest.raises(IntegrityError), transaction.atomic():
        CalendarDay.objects.create(day=saturday, works=False)


def test_nobody_working_is_an_error_and_no_endless_search():
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(400)]
    with pytest.raises(ValueError, match="Nobody works"):
        Calendar(days).hours_after(at("2026-01-02T10:00"), 2, SHANGHAI)

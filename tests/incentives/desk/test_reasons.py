"""Which stores of a region come first, and why."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.utils.translation import override

from incentives.desk import reasons
from incentives.desk.region import StoreFigures
from tests.factories.dealers import StoreFactory

TODAY = date(2026, 10, 23)


def row(**figures) -> StoreFigures:
    return StoreFigures(
        StoreFactory.build(opened_on=figures.pop("opened_on", date(2020, 1, 1))),
        **{"last_registered_on": TODAY, "staff": 1, **figures},
    )


def why(**figures):
    with override("en"):
        found = reasons.of_store(row(**figures), Decimal("0.2"), TODAY)
    return (found[0].text, found[0].detail) if found else None


def test_a_store_that_does_well_needs_no_look():
    well = {"registrations": 20, "judged": 20, "contacted": 18, "mature": 40, "sold": 8}
    assert why(**well, registrations_before=20) is None


def test_silence_of_fourteen_days_is_a_reason():
    quiet = TODAY - timedelta(days=14)

    assert why(last_registered_on=quiet) == (
        "No registration for 14 days",
        "Last one on 9 Oct 2026",
    )
    assert why(last_registered_on=quiet + timedelta(days=1)) is None


def test_a_store_that_just_opened_is_not_called_silent():
    assert why(last_registered_on=None, opened_on=TODAY - timedelta(days=20)) is None
    assert why(last_registered_on=None)[0] == "No registration yet"


def test_late_first_contacts_are_a_reason_from_ten_registrations_on():
    assert why(judged=10, contacted=6) == (
        "4 first contacts missed or late",
        "6 of 10 contacted in time",
    )
    assert why(judged=10, contacted=7) is None
    assert why(judged=9, contacted=0) is None


def test_a_decline_against_the_same_days_is_a_reason():
    assert why(registrations=7, registrations_before=10) == (
        "Registrations down by 30%",
        "7, in the same days last month 10",
    )
    assert why(registrations=8, registrations_before=10) is None


def test_many_registrations_with_few_sales_are_a_reason():
    assert why(mature=30, sold=2)[0] == "Many registrations, few sales"
    assert why(mature=30, sold=3) is None


def test_protections_that_end_without_contact_are_a_reason():
    assert why(ending=2)[0] == "2 protections end without any contact"


def test_a_store_that_sells_and_hardly_registers_is_a_reason():
    assert why(sales=40, registrations=4) == (
        "Sells, but hardly registers",
        "Sales this month: 40, valid registrations: 4",
    )
    assert why(sales=40, registrations=5) is None
    assert why(sales=9) is None


def test_a_store_where_nobody_works_is_a_reason():
    assert why(staff=0)[0] == "Nobody works here"


def test_a_closed_store_needs_no_look_from_its_last_day_on():
    shut = row(staff=0, last_registered_on=None)
    shut.store.closed_at = datetime(2026, 10, 22, 16, tzinfo=UTC)  # midnight in Shanghai

    assert reasons.of_store(shut, Decimal("0.2"), TODAY) == []
    assert not shut.silent(TODAY)
    assert len(reasons.of_store(shut, Decimal("0.2"), TODAY - timedelta(days=1))) == 2


def test_new_colleagues_without_training_are_a_reason():
    assert why(new_staff=2) == (
        "2 new colleagues without training",
        "Started within the last 30 days",
    )


def test_different_reasons_come_before_a_second_store_of_the_same():
    silent = [row(last_registered_on=TODAY - timedelta(days=days)) for days in (20, 30, 40, 50)]
    others = [row(new_staff=1), row(judged=10)]

    first = reasons.attention([*others, *silent], None, TODAY)

    assert [(found.kind, found.row) for found in first] == [
        (reasons.Kind.SILENT, silent[3]),
        (reasons.Kind.SILENT, silent[2]),
        (reasons.Kind.LATE, others[1]),
        (reasons.Kind.UNTRAINED, others[0]),
    ]


def test_a_store_with_several_reasons_is_named_once():
    both = row(last_registered_on=TODAY - timedelta(days=30), new_staff=1)

    first = reasons.attention([both], None, TODAY)

    assert [found.kind for found in first] == [reasons.Kind.SILENT]
    assert len(reasons.of_store(both, None, TODAY)) == 2

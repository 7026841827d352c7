"""Boards: what counts, ties, small samples, cohorts, and what one store may see."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command

from dealers.models import Store
from incentives.boards import freeze, metrics, standing
from incentives.models import Cohort, Metric, Ranking, Unit
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import DealerFactory, RegionFactory, StoreFactory
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

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _rulebook(db):
    RulebookFactory(
        starts_on=date(2025, 1, 1),
        published_at=datetime(2025, 1, 1, tzinfo=UTC),
        person_cap=None,
        store_cap=None,
        store_daily_limit=None,
    )


def sold(*amounts: str, stores: list[Store] | None = None) -> list[Store]:
    """A store for each amount, with a sale of it in January to somebody unknown."""
    stores = stores or StoreFactory.create_batch(len(amounts))
    for store, amount in zip(stores, amounts, strict=True):
        unattributed(store, amount, date(2026, 1, 10))
    return stores


def figures(places: list[freeze.Place]) -> list[tuple]:
    return [(p.code, p.value, p.rank, p.of, p.percentile) for p in places]


def test_sales_less_returns_count_at_their_place_each_in_its_own_month():
    customer = owned_customer(StoreFactory())
    elsewhere = StoreFactory()
    bought = sale(customer, "100.00", date(2026, 1, 10), sold_by="other", at=elsewhere, share="0.3")
    give_back(bought, "30.00", date(2026, 1, 20))
    give_back(bought, "20.00", date(2026, 2, 1))

    january = freeze.board(Metric.NET_SALES, Unit.STORE, JANUARY)
    february = freeze.board(Metric.NET_SALES, Unit.STORE, FEBRUARY)
    owned = freeze.board(Metric.OWNED_SALES, Unit.STORE, JANUARY)

    assert [(p.code, p.value) for p in january] == [(elsewhere.code, 70)]
    assert [(p.code, p.value) for p in february] == [(elsewhere.code, -20)]
    assert [(p.code, p.value) for p in owned] == [(customer.store.code, 70)]


def test_ties_share_a_place_and_the_next_place_is_left_out():
    stores = sold("50", "80", "80", "10")

    places = freeze.board(Metric.NET_SALES, Unit.STORE, JANUARY)

    assert figures(places) == [
        (stores[1].code, 80, 1, 4, Decimal("66.67")),
        (stores[2].code, 80, 1, 4, Decimal("66.67")),
        (stores[0].code, 50, 3, 4, Decimal("33.33")),
        (stores[3].code, 10, 4, 4, Decimal("0.00")),
    ]


def test_a_dealers_stores_are_added_up():
    dealer = DealerFactory()
    sold("50", "80", stores=StoreFactory.create_batch(2, dealer=dealer))

    places = freeze.board(Metric.NET_SALES, Unit.DEALER, JANUARY)

    assert [(p.code, p.value, p.rank) for p in places] == [(dealer.code, 130, 1)]


def test_the_first_cohort_that_matches_takes_a_store():
    north, south = RegionFactory(), RegionFactory()
    in_north = Cohort.objects.create(code="north", name="北", unit="store", position=2)
    in_north.regions.add(north)
    Cohort.objects.create(code="large", name="大", unit="store", position=1, size_classes=["A"])
    large = StoreFactory(dealer=DealerFactory(region=north), size_class="A")
    small = StoreFactory(dealer=DealerFactory(region=north), size_class="C")
    other = StoreFactory(dealer=DealerFactory(region=south), size_class="C")
    sold("1", "2", "3", stores=[large, small, other])

    places = freeze.board(Metric.NET_SALES, Unit.STORE, JANUARY)

    assert {p.code: (p.cohort, p.rank, p.of) for p in places} == {
        large.code: ("large", 1, 1),
        small.code: ("north", 1, 1),
        other.code: ("other", 1, 1),
    }


def convert(store: Store, registrations: int, conversions: int) -> None:
    """Registrations of December, some of whom bought in January."""
    for n in range(registrations):
        customer = registered(store, at=datetime(2025, 12, 2, 1, tzinfo=UTC) + timedelta(minutes=n))
        if n < conversions:
            sale(customer, "10.00", date(2026, 1, 5))


def test_a_rate_is_ranked_by_its_lower_bound_and_needs_a_sample():
    sure, lucky, small = StoreFactory.create_batch(3)
    convert(sure, 60, 48)
    convert(lucky, 30, 25)
    convert(small, 5, 5)

    places = freeze.board(Metric.CONVERSION, Unit.STORE, JANUARY)

    assert [(p.code, p.rank) for p in places] == [
        (sure.code, 1),
        (lucky.code, 2),
        (small.code, None),
    ]
    assert places[0].value < places[1].value
    assert (places[0].numerator, places[0].denominator, places[0].of) == (48, 60, 2)
    bound = metrics.wilson_lower_bound(48, 60)
    assert round(bound, 4) == 0.7030
    assert round(metrics.wilson_lower_bound(25, 30), 4) == 0.6951


def test_what_was_returned_in_full_did_not_convert():
    store = StoreFactory()
    customer = registered(store, at=datetime(2025, 12, 2, 1, tzinfo=UTC))
    bought = sale(customer, "10.00", date(2026, 1, 5))
    give_back(bought, "10.00", date(2026, 1, 6))

    place = freeze.place(store, Metric.CONVERSION, JANUARY)

    assert (place.numerator, place.denominator) == (0, 1)


def test_a_closed_months_board_stays_as_it_was():
    published(per_registration())
    store = StoreFactory()
    registered(store, at=datetime(2026, 1, 5, 1, tzinfo=UTC))
    close_period(JANUARY)
    sold("70", stores=[store])
    Cohort.objects.create(code="late", name="晚", unit="store")

    (place,) = freeze.board(Metric.REGISTRATIONS, Unit.STORE, JANUARY)

    assert (place.cohort, place.value, place.rank) == ("all", 1, 1)
    assert freeze.board(Metric.NET_SALES, Unit.STORE, JANUARY) == []
    assert Ranking.objects.filter(metric="registrations").count() == 2


class TestStanding:
    def test_a_store_sees_the_top_itself_and_two_around_never_the_bottom(self):
        stores = sold("10", "20", "30", "40", "50", "60", "70", "80")

        seen = standing.of(stores[2], Metric.NET_SALES, JANUARY)

        assert (seen.me.rank, seen.of, seen.enough) == (6, 8, True)
        assert [p.rank for p in seen.top] == [1, 2, 3]
        assert [p.rank for p in seen.around] == [4, 5, 6, 7, 8]
        assert (seen.p25, seen.median, seen.p75) == (Decimal("27.5"), 45, Decimal("62.5"))

    def test_the_gap_is_told_in_units_of_work(self):
        stores = sold("30", "40", "50", "60", "95")

        seen = standing.of(stores[3], Metric.NET_SALES, JANUARY)

        assert (seen.next.code, seen.gap, seen.work) == (stores[4].code, 35, 1)
        assert standing.of(stores[4], Metric.NET_SALES, JANUARY).gap is None

    def test_fewer_than_five_show_nothing_of_others(self):
        stores = sold("10", "20", "30", "40")

        seen = standing.of(stores[0], Metric.NET_SALES, JANUARY)

        assert seen.me.rank == 4
        assert (seen.top, seen.around, seen.median, seen.next) == ([], [], None, None)

    def test_a_store_without_an_event_is_not_on_the_board(self):
        sold("10", "20", "30", "40", "50")

        seen = standing.of(StoreFactory(), Metric.NET_SALES, JANUARY)

        assert (seen.me, seen.cohort, seen.of, seen.around) == (None, "all", 5, [])

    def test_the_change_is_in_places_gained(self):
        stores = sold("10", "20", "30", "40", "50")
        for store, amount in zip(stores, ("45", "20", "30", "40", "50"), strict=True):
            unattributed(store, amount, date(2026, 2, 3))

        assert standing.of(stores[0], Metric.NET_SALES, FEBRUARY).change == 3
        assert standing.of(stores[4], Metric.NET_SALES, FEBRUARY).change == 0
        assert standing.of(stores[0], Metric.NET_SALES, JANUARY).change is None

    def test_the_page_of_a_closed_month_reads_the_own_cohort_only(
        self, django_assert_max_num_queries
    ):
        published(per_registration())
        stores = StoreFactory.create_batch(6)
        for n, store in enumerate(stores):
            for minute in range(n + 1):
                registered(store, at=datetime(2026, 1, 5, 1, minute, tzinfo=UTC))
        close_period(JANUARY)

        with django_assert_max_num_queries(8):
            seen = standing.of(stores[0], Metric.REGISTRATIONS, JANUARY)

        assert (seen.me.rank, seen.gap, seen.work) == (6, 1, 1)


def test_the_export_has_the_columns_that_others_read(tmp_path):
    stores = sold("50", "80")

    call_command(
        "export_board", str(tmp_path / "b.csv"), "--metric", "net_sales", "--period", "2026-01",
        "--unit", "store",
    )  # fmt: skip

    assert (tmp_path / "b.csv").read_text().splitlines() == [
        "cohort,code,value,rank,of,percentile",
        f"all,{stores[1].code},80.00,1,2,100.00",
        f"all,{stores[0].code},50.00,2,2,0.00",
    ]

"""Boards: what counts, ties, small samples, cohorts, and what one store may see."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from customers.models import Registration
from dealers.models import Store
from dealers.triggers import lifted
from incentives.boards import cohorts, freeze, keeping, metrics, places, standing
from incentives.boards.conversion import bought
from incentives.boards.ranked import Place
from incentives.boards.wilson import wilson_lower_bound
from incentives.models import Board, Cohort, Length, Metric, Program, Ranking, Unit
from tests.factories.customers import RulebookFactory, phone_number, registered
from tests.factories.dealers import (
    DealerFactory,
    MembershipFactory,
    RegionFactory,
    StoreFactory,
)
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


def board(metric: str, unit: str, starts_on: date, length: str = Length.MONTH) -> list[Place]:
    return places.read(places.find(metric, unit, starts_on, length))


def figures(ranked: list[Place]) -> list[tuple]:
    return [(p.code, p.value, p.rank, p.of, p.percentile) for p in ranked]


def test_sales_less_returns_count_at_their_place_each_in_its_own_month():
    customer = owned_customer(StoreFactory())
    elsewhere = StoreFactory()
    bought = sale(customer, "100.00", date(2026, 1, 10), sold_by="other", at=elsewhere, share="0.3")
    give_back(bought, "30.00", date(2026, 1, 20))
    give_back(bought, "20.00", date(2026, 2, 1))

    january = board(Metric.NET_SALES, Unit.STORE, JANUARY)
    february = board(Metric.NET_SALES, Unit.STORE, FEBRUARY)
    owned = board(Metric.OWNED_SALES, Unit.STORE, JANUARY)

    assert [(p.code, p.value) for p in january] == [(elsewhere.code, 70)]
    assert [(p.code, p.value) for p in february] == [(elsewhere.code, -20)]
    assert [(p.code, p.value) for p in owned] == [(customer.store.code, 70)]


@pytest.mark.parametrize("metric", [Metric.REGISTRATIONS, Metric.CONVERSION, Metric.CONTACT])
def test_a_registration_that_was_replaced_counts_on_no_board(metric):
    """Of an import and the live registration of the same day, only the live one is there."""
    imported, store = StoreFactory(), StoreFactory()
    at = datetime(2025, 12, 2, 2, tzinfo=UTC)
    phone = phone_number()
    registered(imported, phone=phone, at=at, channel="import")
    registered(store, phone=phone, at=at + timedelta(hours=3))

    month = JANUARY if metric == Metric.CONVERSION else date(2025, 12, 1)
    ranked = board(metric, Unit.STORE, month)

    assert [(p.code, p.denominator or p.value) for p in ranked] == [(store.code, 1)]


def test_ties_share_a_place_and_the_next_place_is_left_out():
    stores = sold("50", "80", "80", "10")
    tied = sorted([stores[1].code, stores[2].code])

    ranked = board(Metric.NET_SALES, Unit.STORE, JANUARY)

    assert figures(ranked) == [
        (tied[0], 80, 1, 4, Decimal("66.67")),
        (tied[1], 80, 1, 4, Decimal("66.67")),
        (stores[0].code, 50, 3, 4, Decimal("33.33")),
        (stores[3].code, 10, 4, 4, Decimal("0.00")),
    ]


def test_a_dealers_stores_are_added_up():
    dealer = DealerFactory()
    sold("50", "80", stores=StoreFactory.create_batch(2, dealer=dealer))

    ranked = board(Metric.NET_SALES, Unit.DEALER, JANUARY)

    assert [(p.code, p.value, p.rank) for p in ranked] == [(dealer.code, 130, 1)]


def test_the_first_cohort_that_matches_takes_a_store():
    north, south = RegionFactory(), RegionFactory()
    in_north = Cohort.objects.create(code="north", name="北", unit="store", position=2)
    in_north.regions.add(north)
    Cohort.objects.create(code="large", name="大", unit="store", position=1, size_classes=["A"])
    large = StoreFactory(dealer=DealerFactory(region=north), size_class="A")
    small = StoreFactory(dealer=DealerFactory(region=north), size_class="C")
    other = StoreFactory(dealer=DealerFactory(region=south), size_class="C")
    sold("1", "2", "3", stores=[large, small, other])

    ranked = board(Metric.NET_SALES, Unit.STORE, JANUARY)

    assert {p.code: (p.cohort, p.rank, p.of) for p in ranked} == {
        large.code: ("large", 1, 1),
        small.code: ("north", 1, 1),
        other.code: ("other", 1, 1),
    }


@pytest.mark.usefixtures("english")
def test_stores_are_grouped_by_the_day_on_which_they_opened():
    opened = Cohort.objects.create(
        code="young", name="新", name_en="Young", unit="store", opened_from=date(2025, 7, 1)
    )
    Cohort.objects.create(
        code="middle", name="中", name_en="Middle", unit="store", position=2,
        opened_from=date(2020, 1, 1), opened_until=date(2025, 6, 30),
    )  # fmt: skip
    days = (date(2025, 7, 1), date(2025, 6, 30), date(2020, 1, 1), date(2019, 12, 31))
    stores = [StoreFactory(opened_on=day) for day in days]
    sold("1", "2", "3", "4", stores=stores)

    ranked = board(Metric.NET_SALES, Unit.STORE, JANUARY)

    assert {p.code: p.cohort for p in ranked} == dict(
        zip((store.code for store in stores), ("young", "middle", "middle", "other"), strict=True)
    )
    assert cohorts.stores(Unit.STORE, "young") == [stores[0].pk]
    assert cohorts.groups(Unit.STORE, timezone.now())["other"] == [stores[3].name]
    kept = Board(unit=Unit.STORE, cohorts=cohorts.conditions(Unit.STORE))
    Cohort.objects.filter(pk=opened.pk).update(opened_from=None)
    assert cohorts.sentences(kept) == [
        "Young: all regions; all sizes; opened from 1 Jul 2025 to …",
        "Middle: all regions; all sizes; opened from 1 Jan 2020 to 30 Jun 2025",
    ]


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"unit": "dealer", "opened_from": date(2025, 1, 1)}, "of_dealers_has_no_opening"),
        ({"opened_from": date(2025, 2, 1), "opened_until": date(2025, 1, 1)}, "opened_in_order"),
    ],
)
def test_a_cohort_asks_for_days_that_there_can_be(fields, rule):
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        Cohort.objects.create(**{"code": "x", "name": "组", "unit": "store"} | fields)


def test_closed_stores_are_in_no_group():
    store, closed = StoreFactory.create_batch(2)
    Store.objects.filter(pk=closed.pk).update(closed_at=datetime(2025, 12, 20, tzinfo=UTC))

    assert cohorts.groups(Unit.STORE, timezone.now()) == {"all": [store.name]}


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

    ranked = board(Metric.CONVERSION, Unit.STORE, JANUARY)

    assert [(p.code, p.rank) for p in ranked] == [
        (sure.code, 1),
        (lucky.code, 2),
        (small.code, None),
    ]
    assert ranked[0].value < ranked[1].value
    assert (ranked[0].numerator, ranked[0].denominator, ranked[0].of) == (48, 60, 2)
    bound = wilson_lower_bound(48, 60)
    assert round(bound, 4) == 0.7030
    assert round(wilson_lower_bound(25, 30), 4) == 0.6951


def test_what_was_returned_in_full_did_not_convert():
    store = StoreFactory()
    customer = registered(store, at=datetime(2025, 12, 2, 1, tzinfo=UTC))
    bought = sale(customer, "10.00", date(2026, 1, 5))
    give_back(bought, "10.00", date(2026, 1, 6))

    (place,) = board(Metric.CONVERSION, Unit.STORE, JANUARY)

    assert (place.numerator, place.denominator) == (0, 1)


def test_a_closed_months_board_stays_as_it_was():
    published(per_registration())
    store = StoreFactory()
    registered(store, at=datetime(2026, 1, 5, 1, tzinfo=UTC))
    close_period(JANUARY)
    sold("70", stores=[store])
    Cohort.objects.create(code="late", name="晚", unit="store")

    (place,) = board(Metric.REGISTRATIONS, Unit.STORE, JANUARY)

    assert (place.cohort, place.value, place.rank) == ("all", 1, 1)
    assert board(Metric.NET_SALES, Unit.STORE, JANUARY) == []
    assert (
        Ranking.objects.filter(board__metric="registrations").count() == 3
    )  # store, dealer, region


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

    def test_until_the_last_month_is_frozen_rows_change_as_the_head_says(self):
        stores = sold("10", "20", "30", "40", "50")
        for store, amount in zip(stores, ("45", "20", "30", "40", "50"), strict=True):
            unattributed(store, amount, date(2026, 2, 3))

        seen = standing.of(stores[0], Metric.NET_SALES, FEBRUARY)
        rows = list(standing.rows(seen, standing.ranks(seen), {}, {}))

        assert seen.change == 3
        assert [(row.unit, row.change) for row in rows] == [
            (stores[4].pk, 0), (stores[0].pk, 3), (stores[3].pk, -1), (stores[2].pk, -1),
        ]  # fmt: skip

    def test_a_place_in_another_cohort_is_none_before(self):
        stores = sold("10", "20", "30", "40", "50")
        last = Board.objects.create(
            length=Length.MONTH, starts_on=JANUARY, metric=Metric.NET_SALES, unit=Unit.STORE
        )
        at = datetime(2026, 2, 2, tzinfo=UTC)
        freeze.freeze(last, at, at)
        Cohort.objects.create(code="new", name="新", unit="store")
        for store in stores:
            unattributed(store, "10", date(2026, 2, 3))

        seen = standing.of(stores[0], Metric.NET_SALES, FEBRUARY)

        assert (seen.cohort, seen.before, seen.change) == ("new", None, None)

    def test_the_page_of_a_closed_month_reads_the_own_cohort_only(
        self, django_assert_max_num_queries
    ):
        published(per_registration())
        stores = StoreFactory.create_batch(6)
        for n, store in enumerate(stores):
            for minute in range(n + 1):
                registered(store, at=datetime(2026, 1, 5, 1, minute, tzinfo=UTC))
        close_period(JANUARY)

        with django_assert_max_num_queries(11):
            seen = standing.of(stores[0], Metric.REGISTRATIONS, JANUARY)

        assert (seen.me.rank, seen.gap, seen.work) == (6, 1, 1)

    def test_colleagues_of_fewer_than_five_dealers_see_nothing_of_each_other(self, clerk):
        stores = [clerk.store, *StoreFactory.create_batch(3)]
        for store in stores:
            for post in (MembershipFactory(store=store), MembershipFactory(store=store)):
                registered(store, staff=post.user, at=datetime(2026, 1, 5, 1, tzinfo=UTC))
        registered(clerk.store, staff=clerk.user, at=datetime(2026, 1, 5, 1, tzinfo=UTC))

        seen = standing.of(clerk, Metric.REGISTRATIONS, JANUARY)
        assert (seen.of, seen.enough, seen.top, seen.around) == (9, False, [], [])

        fifth = MembershipFactory()
        registered(fifth.store, staff=fifth.user, at=datetime(2026, 1, 5, 1, tzinfo=UTC))
        cache.clear()
        assert standing.of(clerk, Metric.REGISTRATIONS, JANUARY).enough

    def test_among_many_what_came_late_is_told_without_a_place(self, monkeypatch):
        published(per_registration())
        stores = sold("10", "20", "30", "40", "50")
        close_period(JANUARY)
        sold("7", stores=stores[:1])
        monkeypatch.setattr(keeping, "MANY", 4)

        def late(member, unit_of):
            seen = standing.of(member, Metric.NET_SALES, JANUARY)
            assert seen.board.unit == unit_of
            return standing.late(seen, member)

        for unit, member in ((Unit.STORE, stores[0]), (Unit.DEALER, stores[0].dealer)):
            came = late(member, unit)
            assert (came.value, came.rank) == (17, None)
        assert late(stores[1], Unit.STORE) is None
        # One's own figure is another one also where others are compared with it by now.
        Cohort.objects.create(code="new", name="新", unit="store")
        assert late(stores[0], Unit.STORE).value == 17

    def test_who_is_in_another_cohort_by_now_is_told_of_nothing_that_came_late(self):
        published(per_registration())
        stores = sold("10", "20", "30", "40", "50")
        close_period(JANUARY)
        sold("7", stores=stores[:1])
        cache.clear()

        def late():
            seen = standing.of(stores[0], Metric.NET_SALES, JANUARY)
            return standing.late(seen, stores[0])

        assert late().value == 17
        Cohort.objects.create(code="new", name="新", unit="store")
        cache.clear()
        assert late() is None


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


def test_the_export_counts_what_came_since_the_last_one(tmp_path):
    target = tmp_path / "b.csv"
    asked = ("--metric", "net_sales", "--period", "2026-01", "--unit", "store")
    stores = sold("50")
    call_command("export_board", str(target), *asked)
    sold("7", stores=stores)

    call_command("export_board", str(target), *asked)

    assert target.read_text().splitlines()[1].split(",")[2] == "57.00"


@pytest.mark.parametrize(("currency", "written"), [("KWD", "80.125"), ("JPY", "80")])
def test_the_export_has_the_decimals_of_the_currency(tmp_path, currency, written):
    Program.objects.create(currency=currency)
    sold(written)

    call_command(
        "export_board", str(tmp_path / "b.csv"), "--metric", "net_sales", "--period", "2026-01",
        "--unit", "store",
    )  # fmt: skip

    assert f",{written},1,1," in (tmp_path / "b.csv").read_text()


class TestFreezing:
    @pytest.fixture
    def stores(self):
        published(per_registration())
        stores = StoreFactory.create_batch(2)
        for store in stores:
            registered(store, at=datetime(2026, 1, 5, 1, tzinfo=UTC))
        return stores

    @pytest.mark.usefixtures("stores")
    def test_a_cohort_that_changes_later_does_not_rewrite_a_board(self):
        north = RegionFactory()
        cohort = Cohort.objects.create(code="all-stores", name="所有门店", unit="store")
        close_period(JANUARY)
        before = board(Metric.REGISTRATIONS, Unit.STORE, JANUARY)

        cohort.regions.add(north)
        Cohort.objects.filter(pk=cohort.pk).update(name="北方")
        with lifted(Cohort):  # whose code stays while a frozen board names it
            Cohort.objects.filter(pk=cohort.pk).update(code="north")

        frozen = places.find(Metric.REGISTRATIONS, Unit.STORE, JANUARY)
        assert places.read(frozen) == before
        assert {place.cohort for place in before} == {"all-stores"}
        assert cohorts.names(frozen)["all-stores"] == "所有门店"
        assert frozen.cohorts[0]["regions"] == []

    @pytest.mark.usefixtures("stores")
    def test_a_month_has_a_frozen_board_for_each_figure_and_unit(self):
        run = close_period(JANUARY)

        boards = Board.objects.all()
        assert len(boards) == sum(
            len(figure.units)
            for figure in metrics.FIGURES.values()
            if Length.MONTH in figure.lengths
        )
        assert {(b.frozen_at, b.known_until) for b in boards} == {(run.closed_at, run.known_until)}

    @pytest.mark.usefixtures("stores")
    def test_a_board_is_frozen_once(self):
        run = close_period(JANUARY)
        frozen = Board.objects.first()

        assert freeze.freeze(frozen, run.known_until, run.closed_at + timedelta(days=1)) == 0
        with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
            Board.objects.update(cohorts=[])
        place = Ranking.objects.filter(board__unit="dealer").values().first()
        place |= {"id": None, "dealer_id": DealerFactory().pk}
        with pytest.raises(DatabaseError, match="takes no more places"), transaction.atomic():
            Ranking.objects.create(**place)

    def test_a_board_of_stores_names_them(self, stores):
        open_board = Board.objects.create(
            length=Length.MONTH, starts_on=FEBRUARY, metric=Metric.NET_SALES, unit=Unit.STORE
        )

        with pytest.raises(DatabaseError, match="names them"), transaction.atomic():
            open_board.rankings.create(cohort="all", dealer=stores[0].dealer, value=1, of=1)

    @pytest.mark.parametrize(
        "unknown", [{"board_id": 0}, {"dealer_id": 0}, {"store_id": 0}, {"post_id": 0}]
    )
    def test_the_database_refuses_a_place_of_nobody(self, stores, unknown):
        """It has no foreign keys for this: the places of a board are looked at together."""
        unit = Unit.STAFF if "post_id" in unknown else Unit.STORE
        open_board = Board.objects.create(
            length=Length.MONTH, starts_on=FEBRUARY, metric=Metric.REGISTRATIONS, unit=unit
        )
        ids = {"board_id": open_board.pk, "dealer_id": stores[0].dealer_id}
        ids |= {"store_id": stores[0].pk} | unknown

        with pytest.raises(DatabaseError, match="unit on file"), transaction.atomic():
            Ranking.objects.create(cohort="all", value=1, of=1, **ids)

    def test_weeks_and_quarters_have_boards_of_their_own(self, stores):
        registered(stores[0], at=datetime(2026, 1, 6, 1, tzinfo=UTC))
        registered(stores[0], at=datetime(2026, 3, 5, 1, tzinfo=UTC))
        monday = date(2026, 1, 5)

        week = board(Metric.REGISTRATIONS, Unit.STORE, monday, Length.WEEK)
        quarter = board(Metric.REGISTRATIONS, Unit.STORE, JANUARY, Length.QUARTER)

        assert [(p.value, p.rank) for p in week] == [(2, 1), (1, 2)]
        assert [(p.value, p.rank) for p in quarter] == [(3, 1), (1, 2)]

    @pytest.mark.parametrize(
        ("length", "day"),
        [("week", date(2026, 1, 6)), ("month", date(2026, 1, 2)), ("quarter", date(2026, 2, 1))],
    )
    @pytest.mark.django_db
    def test_a_board_starts_with_its_week_month_or_quarter(self, length, day):
        with pytest.raises(IntegrityError, match="board_starts_with"), transaction.atomic():
            Board.objects.create(length=length, starts_on=day, metric="net_sales", unit="store")


def test_whether_somebody_bought_is_the_same_on_pages_and_boards():
    """Kept, returned in part, returned in full, given for nothing, before the registration."""
    store = StoreFactory()
    won = [
        registered(store, at=datetime(2025, 12, 2, 1, minute, tzinfo=UTC)) for minute in range(6)
    ]
    sale(won[0], "10.00", date(2026, 1, 5))
    give_back(sale(won[1], "10.00", date(2026, 1, 5)), "4.00", date(2026, 1, 6))
    give_back(sale(won[2], "10.00", date(2026, 1, 5)), "10.00", date(2026, 1, 6))
    sale(won[3], "0.00", date(2026, 1, 5))
    sale(won[4], "10.00", date(2025, 12, 1))

    kept = Registration.objects.filter(bought()).order_by("pk")
    (place,) = board(Metric.CONVERSION, Unit.STORE, JANUARY)

    assert list(kept) == won[:2]
    assert (place.numerator, place.denominator) == (2, 6)

"""What a store, a dealer and a regional manager see of the boards."""

from datetime import timedelta

import pytest
from django.utils import timezone

from dealers.months import midnight, previous_month
from dealers.words import percent
from incentives.boards import freeze, keeping, metrics, standing
from incentives.models import Board, Cohort, Length, Metric
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import DealerFactory, MembershipFactory, StoreFactory
from tests.factories.incentives import sale

THIS = "registrations"


@pytest.fixture
def month():
    return timezone.localdate().replace(day=1)


@pytest.fixture
def address(month):
    return f"/ranking/{month:%Y-%m}/{THIS}/"


@pytest.fixture
def cohort(store):
    """Nine stores: 1 to 8 registrations each, and the own store with three."""
    RulebookFactory(person_minute_limit=None)
    others = [StoreFactory(dealer__region=store.dealer.region) for _ in range(8)]
    for count, other in enumerate(others, 1):
        for _ in range(count):
            registered(other, at=timezone.now())
    for _ in range(3):
        registered(store, at=timezone.now())
    return others


def test_the_first_address_leads_to_this_month(login, clerk, month):
    assert login(clerk).get("/ranking/").url == f"/ranking/{month:%Y-%m}/registrations/"


def test_a_store_sees_its_place_and_what_is_missing(login, clerk, cohort, address):
    page = login(clerk).get(address)

    assert (page.context["me"].rank, page.context["standing"].of) == (6, 9)
    assert page.context["gap"].rank == 5
    assert "再登记 1 位" in page.text or "1 more registration" in page.text


def test_among_the_first_three_the_own_line_is_the_own(login, clerk, store, cohort, month):
    at = timezone.now()
    before = midnight(previous_month(month).replace(day=20))
    for moment in (at, before):
        for each in (store, *cohort):
            registered(each, at=moment)
    for _ in range(9):
        registered(store, at=at)
    last, _made = Board.objects.get_or_create(
        length=Length.MONTH, starts_on=previous_month(month), metric=THIS, unit="store"
    )
    known = timezone.now()
    freeze.freeze(last, known, known)

    page = login(clerk).get(f"/ranking/{month:%Y-%m}/{THIS}/")

    assert page.context["me"].rank == 1
    mine = [trace for trace in page.context["bump"].traces if trace.mine]
    assert [trace.label for trace in mine] == ["第 1 本店"]


def test_a_month_that_is_over_gives_no_homework(login, clerk, store, month):
    RulebookFactory(person_minute_limit=None)
    last = month - timedelta(days=3)
    for count in range(1, 7):
        each = store if count == 1 else StoreFactory()
        for _ in range(count):
            registered(each, at=timezone.now().replace(year=last.year, month=last.month, day=5))

    page = login(clerk).get(f"/ranking/{last:%Y-%m}/registrations/")

    assert (page.context["me"].rank, page.context["gap"]) == (6, None)
    assert "view=followup" not in page.text


def test_a_board_ranked_by_a_bound_says_so_and_why(login, clerk, store, month):
    """Half of 60 stand before 52 % of 31: more of it is certain."""
    RulebookFactory(person_minute_limit=None, person_cap=None, store_cap=None)
    then = timezone.now() - timedelta(days=45)
    for n, (each, won, bought) in enumerate(
        [(store, 60, 30), *((StoreFactory(), 31, count) for count in (16, 3, 2, 1))]
    ):
        for turn in range(won):
            customer = registered(each, at=then + timedelta(minutes=n))
            if turn < bought:
                sale(customer, "10.00", month)

    page = login(clerk).get(
        f"/ranking/{month:%Y-%m}/conversion/", headers={"accept-language": "en"}
    )

    assert page.context["me"].rank == 1
    assert "ranked by what is certain" in page.text
    assert "So 51.6% stands behind 50% here" in " ".join(page.text.split())
    assert f"at least {percent(page.context['me'].certain, 1)}" in page.text


def test_a_board_that_runs_asks_those_who_had_the_time(login, clerk, store, month):
    RulebookFactory(person_minute_limit=None)
    registered(store, at=timezone.now() - timedelta(days=29))

    page = login(clerk).get(f"/ranking/{month:%Y-%m}/conversion/")

    assert page.context["me"] is None


def test_others_have_no_name_and_the_bottom_is_not_shown(login, clerk, cohort, store, address):
    page = login(clerk).get(address)

    shown = [row.rank for row in page.context["rows"] if not row.gap]
    assert shown == [1, 2, 3, 4, 5, 6, 6, 8]
    assert store.name in page.text
    for other in cohort:
        assert other.name not in page.text
        assert other.dealer.name not in page.text


def test_places_left_out_are_marked(login, cohort, address, month):
    last = cohort[0]
    page = login(MembershipFactory(store=last)).get(address)

    assert [None if row.gap else row.rank for row in page.context["rows"]] == [
        1, 2, 3, None, 6, None, 8, 9,
    ]  # fmt: skip
    page = login(MembershipFactory(store=cohort[3])).get(address)
    assert [row.rank for row in page.context["rows"] if not row.gap] == [1, 2, 3, 4, 5, 6, 6]
    assert not any(row.gap for row in page.context["rows"])


def test_below_five_stores_no_figure_of_others_is_shown(login, clerk, store, address):
    RulebookFactory()
    registered(store)
    registered(StoreFactory(), at=timezone.now())
    registered(store, at=timezone.now())

    page = login(clerk).get(address)

    assert not page.context["ranked"]
    assert "rows" not in page.context
    assert "band" not in page.context


def test_a_store_without_an_event_is_told_how_to_get_on_the_board(login, clerk, cohort, month):
    page = login(clerk).get(f"/ranking/{month:%Y-%m}/net_sales/")

    assert page.status_code == 200
    assert page.context["me"] is None


def test_a_rate_over_too_few_has_no_place(login, clerk, store, month):
    RulebookFactory()
    registered(store, at=timezone.now() - timedelta(days=62))

    page = login(clerk).get(f"/ranking/{month:%Y-%m}/conversion/")

    assert page.context["me"].rank is None
    assert str(metrics.SAMPLE) in page.text


def test_an_owner_chooses_between_the_dealer_and_its_stores(login, owner, store, cohort, address):
    client = login(owner)
    sister = StoreFactory(dealer=store.dealer, name="姐妹店")
    for _ in range(9):
        registered(sister, at=timezone.now())

    assert client.get(address).context["unit_name"] == store.dealer.name
    page = client.get(f"{address}?unit={store.pk}")
    assert page.context["unit_name"] == store.name
    # The own dealer's stores are named, no others.
    assert sister.name in [row.name for row in page.context["rows"] if not row.gap]


def test_nobody_chooses_a_foreign_or_missing_unit(login, owner, clerk, cohort, address):
    foreign = cohort[0]
    for who in (owner, clerk):
        for unit in (foreign.pk, 999_999, "x", "dealer" if who is clerk else "store"):
            assert login(who).get(f"{address}?unit={unit}").status_code == 404


def test_a_regional_manager_sees_all_stores_of_the_own_region(
    login, region_manager, cohort, store, address
):
    foreign = StoreFactory(dealer=DealerFactory())
    registered(foreign, at=timezone.now())

    page = login(region_manager).get(address)

    assert {row.place.unit_id for row in page.context["places"]} == {
        store.pk, *(other.pk for other in cohort)
    }  # fmt: skip
    assert foreign.name not in page.text


@pytest.mark.parametrize("metric", Metric.values)
def test_every_figure_has_a_board(login, clerk, region_manager, cohort, metric):
    for who in (clerk, region_manager):
        path = f"/ranking/{timezone.localdate():%Y-%m}/{metric}/"
        assert login(who).get(path, follow=True).status_code == 200


@pytest.mark.parametrize(
    "path", ["2026-13/registrations", "1999-12/registrations", "2090-01/registrations", "{}/none"]
)
def test_a_month_or_figure_that_does_not_exist_is_not_found(login, clerk, month, path):
    path = path.format(f"{month:%Y-%m}")

    assert login(clerk).get(f"/ranking/{path}/").status_code == 404


@pytest.mark.parametrize("path", ["/ranking/", "/ranking/rules/"])
def test_people_without_a_post_have_no_ranking(login, hq, path):
    assert login(hq).get(path).status_code == 404


def test_the_rules_name_their_numbers(login, clerk):
    page = login(clerk).get("/ranking/rules/")

    assert str(metrics.SAMPLE) in page.text
    assert str(standing.FEWEST) in page.text


def test_the_page_takes_the_same_queries_for_a_short_and_a_long_list(
    login, clerk, cohort, address, django_assert_max_num_queries
):
    client = login(clerk)
    client.get(address)

    with django_assert_max_num_queries(21):
        client.get(address)


@pytest.fixture
def posts(clerk, manager, owner, region_manager):
    return [clerk, manager, owner, region_manager]


@pytest.fixture
def rivals(store, month):
    """``rivals(n)`` puts n stores on every board, the own one among them; the last two tie."""

    def put(units):
        RulebookFactory(person_minute_limit=None)
        others = [StoreFactory(dealer__region=store.dealer.region) for _ in range(units - 1)]
        for count, each in enumerate([store, *others][:units], 1):
            customer = registered(each, at=timezone.now() - timedelta(days=80))
            registered(each, at=timezone.now())
            sale(customer, f"{min(count, units - 1) or 1}00.50", month)

    return put


@pytest.mark.parametrize("metric", Metric.values)
@pytest.mark.parametrize("units", [0, 1, 4, 5, 40])
def test_every_board_opens_for_every_post(login, rivals, posts, metric, units):
    rivals(units)
    for post in posts:
        page = login(post).get(f"/ranking/{timezone.localdate():%Y-%m}/{metric}/", follow=True)

        assert page.status_code == 200, post.role


def test_the_number_of_sales_stands_beside_the_amount(login, clerk, rivals, month):
    rivals(6)

    page = login(clerk).get(f"/ranking/{month:%Y-%m}/net_sales/", headers={"accept-language": "en"})

    assert "1 sale" in page.text


def test_a_cohort_that_was_deleted_leaves_its_board(login, clerk, store, rivals, month):
    cohort = Cohort.objects.create(code="all-here", name="全部", unit="store")
    rivals(5)
    login(clerk).get(f"/ranking/{month:%Y-%m}/net_sales/")
    cohort.delete()

    assert login(clerk).get(f"/ranking/{month:%Y-%m}/net_sales/").status_code == 200


def test_a_board_that_the_worker_counts_says_of_when_it_is(login, clerk, cohort, address, month):
    board = Board.objects.create(length=Length.MONTH, starts_on=month, metric=THIS, unit="store")
    counted_at = timezone.now() - timedelta(minutes=5)
    keeping.count(board, counted_at, timezone.localdate())
    registered(clerk.store, at=timezone.now())

    page = login(clerk).get(address)

    assert (page.context["as_of"], page.context["me"].value) == (counted_at, 3)
    assert "每十分钟统计一次" in page.text

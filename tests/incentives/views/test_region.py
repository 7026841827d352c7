"""The regional manager's pages."""

import csv
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from django.utils.html import escape
from django.utils.translation import override

from customers.models import ActivityKind, CaseStage, Outcome
from customers.ownership.activities import record_activity
from dealers.actor import Actor
from dealers.models import Role, Store
from dealers.months import Span
from incentives.desk import region
from incentives.desk.region import StoreFigures, View
from incentives.figures import DEFINITIONS, Key
from incentives.tables.region import StoreTable
from tests.factories.cases import case_of, in_review
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import (
    DealerFactory,
    MembershipFactory,
    OwnerFactory,
    RegionFactory,
    StoreFactory,
)
from tests.factories.incentives import sale

NOW = datetime(2026, 10, 23, 6, 0, tzinfo=UTC)  # 14 o'clock in Shanghai
TODAY = date(2026, 10, 23)
SPAN = Span.until(TODAY)


@pytest.fixture
def rulebook(db):
    return RulebookFactory()


@pytest.fixture
def manager(db):
    return MembershipFactory(role=Role.REGIONAL_MANAGER, store=None, region=RegionFactory())


@pytest.fixture
def shop(manager, rulebook):
    return StoreFactory(dealer=DealerFactory(region=manager.region))


def visible(manager):
    return region.visible_stores(manager)


def figures(manager):
    return region.figures(visible(manager), SPAN, NOW)


def test_a_running_month_is_compared_with_as_many_days_of_the_last():
    assert (SPAN.start, SPAN.last) == (date(2026, 10, 1), TODAY)
    assert (SPAN.before_start, SPAN.before_last) == (date(2026, 9, 1), date(2026, 9, 23))


def test_a_longer_month_is_compared_with_the_whole_shorter_one():
    span = Span.until(date(2026, 3, 31))

    assert (span.before_start, span.before_last) == (date(2026, 2, 1), date(2026, 2, 28))


def test_a_manager_sees_the_stores_of_the_own_region_only(manager, shop):
    StoreFactory()

    assert list(visible(manager)) == [shop]


@pytest.mark.parametrize("role", [Role.ASSOCIATE, Role.STORE_MANAGER])
def test_nobody_else_sees_stores_this_way(db, role):
    post = MembershipFactory(role=role)

    assert not visible(post).exists()
    assert not region.visible_stores(None).exists()


def test_registrations_count_on_their_store_and_day(manager, shop):
    registered(shop, at=NOW)
    registered(shop, at=NOW - timedelta(days=40))
    registered(shop, at=NOW - timedelta(days=100))

    (row,) = figures(manager)

    assert (row.registrations, row.registrations_before) == (1, 1)
    assert row.last_registered_on == TODAY
    assert row.change == 0


def test_a_number_protected_elsewhere_does_not_count(manager, shop):
    registered(StoreFactory(), phone="13800138000", at=NOW - timedelta(days=1))
    registered(shop, phone="13800138000", at=NOW)

    (row,) = figures(manager)

    assert (row.registrations, row.last_registered_on) == (0, None)


@pytest.mark.parametrize("later", [None, 24])
def test_the_first_contact_is_in_time_within_the_rulebooks_hours(manager, shop, later):
    """Those of the rulebook of the registration, whatever a later one asks."""
    prompt = registered(shop, at=NOW - timedelta(days=5))
    tardy = registered(shop, at=NOW - timedelta(days=5))
    if later:
        RulebookFactory(starts_on=TODAY - timedelta(days=4), first_contact_hours=later)
    seller = MembershipFactory(store=shop)
    for registration, hours in ((prompt, 47), (tardy, 49)):
        record_activity(
            registration.customer,
            by=Actor.of(seller),
            kind=ActivityKind.CALL,
            outcome=Outcome.REACHED,
            at=NOW - timedelta(days=5) + timedelta(hours=hours),
        )

    registered(shop, at=NOW - timedelta(hours=20))  # its time still runs

    (row,) = figures(manager)

    assert (row.registrations, row.judged, row.contacted) == (3, 2, 1)
    assert row.contact_rate == Decimal("0.5")


def test_protections_that_end_without_contact_are_counted(manager, shop):
    registered(shop, at=NOW - timedelta(days=88))
    registered(shop, at=NOW - timedelta(days=1))

    (row,) = figures(manager)

    assert row.ending == 1


@pytest.mark.parametrize("count", [1, 5])
def test_the_figures_take_the_same_queries_for_any_number_of_stores(
    manager, rulebook, count, django_assert_num_queries
):
    for _ in range(count):
        registered(StoreFactory(dealer=DealerFactory(region=manager.region)), at=NOW)

    with django_assert_num_queries(2):
        assert len(figures(manager)) == count


def test_the_history_shows_empty_months_too(manager, shop):
    registered(shop, at=NOW)
    registered(shop, at=NOW - timedelta(days=62))

    months = region.history(visible(manager), TODAY, NOW)

    assert [month.month.month for month in months] == [5, 6, 7, 8, 9, 10]
    assert [month.registrations for month in months] == [0, 0, 0, 1, 0, 1]


def row(**figures) -> StoreFigures:
    return StoreFigures(
        StoreFactory.build(opened_on=figures.pop("opened_on", date(2020, 1, 1))),
        **{"last_registered_on": TODAY, "staff": 1, **figures},
    )


@pytest.mark.parametrize(
    ("view", "figures"),
    [
        (View.SILENT, {"last_registered_on": None}),
        (View.DECLINING, {"registrations": 1, "registrations_before": 10}),
        (View.LATE, {"judged": 10}),
        (View.NEW, {"opened_on": TODAY}),
    ],
)
def test_saved_views_hold_the_stores_they_name(view, figures):
    assert region.in_view(row(**figures), view, TODAY)
    assert not region.in_view(row(), view, TODAY)
    assert region.in_view(row(), View.ALL, TODAY)


@pytest.fixture
def browsing(client, manager):
    client.force_login(manager.user)
    return client


def test_the_overview_shows_figures_reasons_and_funnel(browsing, manager, shop):
    registered(shop, at=timezone.now(), name="陈女士", phone="13800138000")
    registered(shop, at=timezone.now() - timedelta(days=45))

    page = browsing.get("/region/")

    assert page.context["funnel"].registrations == 1
    assert [card.value for card in page.context["cards"]] == [1, 1, 0, None]
    assert shop.dealer.region.name in page.text
    for personal in ("陈女士", "138****8000", "13800138000"):
        assert personal not in page.text


def test_a_store_that_closed_before_the_month_is_not_counted_as_one_that_could_register(
    browsing, shop
):
    closed = timezone.now() - timedelta(days=40)
    StoreFactory(dealer=shop.dealer, closed_at=closed)
    registered(shop, at=timezone.now())

    active = browsing.get("/region/").context["cards"][0]

    assert (active.value, active.of) == (1, 1)


def test_a_region_without_stores_has_a_page_too(browsing):
    page = browsing.get("/region/")

    assert (page.status_code, page.context["reasons"]) == (200, [])


@pytest.mark.parametrize("count", [1, 5])
def test_the_pages_take_the_same_queries_for_any_number_of_stores(
    browsing, shop, count, django_assert_num_queries
):
    registered(shop)
    for store in StoreFactory.create_batch(count - 1, dealer=shop.dealer):
        registered(store)

    # Door, session, person with posts, actor and what a transaction needs are six of each.
    with django_assert_num_queries(14):
        assert browsing.get("/region/").context["store_count"] == count
    with django_assert_num_queries(8):  # the figures of the page before
        assert len(listed(browsing.get("/region/stores/"))) == count


def test_a_region_is_counted_once_in_ten_minutes_and_its_pages_say_of_when(browsing, shop):
    registered(shop, at=timezone.now())
    first = browsing.get("/region/")
    registered(shop, at=timezone.now())

    for path in ("/region/", "/region/stores/"):
        page = browsing.get(path)
        assert page.context["counted_at"] == first.context["counted_at"]
    assert [row.record.registrations for row in page.context["table"].rows] == [1]
    assert browsing.get(f"/region/stores/{shop.code}/").context["row"].registrations == 2


def test_shares_are_rounded_not_cut_off():
    column = StoreTable.base_columns["conversion"]

    assert column.render(Decimal(1) / 6) == "16.7%"
    assert column.render(Decimal(1)) == "100.0%"


def listed(page):
    return [row.record.store for row in page.context["table"].rows]


def test_the_table_sorts_and_filters(browsing, manager, shop, rulebook):
    other = StoreFactory(dealer=DealerFactory(region=manager.region), name="高桥店", size_class="A")
    registered(other, at=timezone.now())

    assert listed(browsing.get("/region/stores/?sort=-registrations")) == [other, shop]
    assert listed(browsing.get("/region/stores/?q=高桥")) == [other]
    assert listed(browsing.get(f"/region/stores/?q={shop.code}")) == [shop]
    assert listed(browsing.get("/region/stores/?size=A")) == [other]
    assert listed(browsing.get(f"/region/stores/?dealer={shop.dealer.code}")) == [shop]
    assert listed(browsing.get("/region/stores/?view=silent")) == [shop]


def test_a_filter_and_a_view_keep_the_order(browsing):
    page = browsing.get("/region/stores/?sort=-registrations&sort=nonsense&q=a")

    assert '<input type="hidden" name="sort" value="-registrations">' in page.text
    assert page.text.count('name="sort"') == 1
    assert all("sort=-registrations" in view["url"] for view in page.context["views"])
    assert 'name="sort"' not in browsing.get("/region/stores/").text


def test_a_filter_that_makes_no_sense_is_left_out(browsing, shop):
    page = browsing.get("/region/stores/?view=nonsense&size=Z&sort=nonsense&page=99")

    assert (page.status_code, listed(page)) == (200, [shop])


def test_nothing_that_matches_offers_to_clear_the_filter(browsing, shop):
    page = browsing.get("/region/stores/?q=zzz")

    assert page.context["count"] == 0
    assert 'href="/region/stores/"' in page.text


def test_htmx_gets_the_table_alone(browsing, shop):
    page = browsing.get("/region/stores/", headers={"HX-Request": "true"})

    assert "<html" not in page.text
    assert shop.name in page.text


def test_the_file_has_the_filtered_rows_as_plain_numbers(browsing, manager, shop, rulebook):
    registered(shop, at=timezone.now())
    StoreFactory(dealer=shop.dealer, name="=1+1")

    file = browsing.get("/region/stores.csv?view=all")
    rows = list(csv.DictReader(file.content.decode("utf-8-sig").splitlines()))

    assert file["Content-Type"] == "text/csv; charset=utf-8"
    with override("zh-hans"):
        first, second = str(StoreTable.base_columns["name"].verbose_name), "'=1+1"
    assert [row[first] for row in rows] == [shop.name, second]
    assert shop.code in rows[0].values()
    assert "0.00" in rows[0].values()


def test_the_file_is_sorted_as_the_page_and_days_are_days(browsing, manager, shop, rulebook):
    registered(shop, at=timezone.now())
    StoreFactory(dealer=shop.dealer, name="临江店")

    file = browsing.get("/region/stores.csv?view=all&sort=registrations")
    first, second = list(csv.reader(file.content.decode("utf-8-sig").splitlines()))[1:]

    assert (first[0], second[0]) == ("临江店", shop.name)
    assert timezone.localdate().isoformat() in second


def test_a_store_page_shows_its_figures_and_staff(browsing, shop):
    seller = MembershipFactory(store=shop)
    customer = registered(shop, staff=seller.user, at=timezone.now(), name="陈女士")
    sale(customer, "1234.50", timezone.localdate())

    page = browsing.get(f"/region/stores/{shop.code}/")

    assert page.context["row"].registrations == 1
    assert page.text.count("1,234.50") == 3  # of the month, and on both boards of sales
    assert seller.user.name in page.text
    assert "陈女士" not in page.text


def test_a_store_page_offers_the_managers_and_the_owners_number(browsing, shop):
    Store.objects.filter(pk=shop.pk).update(phone="0571-8765 4321")
    manager = MembershipFactory(
        store=shop, role=Role.STORE_MANAGER, user__phone="+8613800138001", user__name="刘店长"
    )
    OwnerFactory(dealer=shop.dealer, user__phone=None, user__name="周老板")
    MembershipFactory(store=shop, user__phone="+8613800138002")

    page = browsing.get(f"/region/stores/{shop.code}/")

    assert 'href="tel:+8657187654321"' in page.text
    assert f'href="tel:{manager.user.phone}"' in page.text
    assert "138 0013 8001" in page.text
    assert "周老板" in page.text
    assert "+8613800138002" not in page.text  # an associate's is nobody's to call


def test_a_reason_leads_to_whom_to_call(browsing, shop):
    page = browsing.get("/region/")

    assert f'href="/region/stores/{shop.code}/#contact"' in page.text


@pytest.mark.parametrize("path", ["/region/", "/region/stores/", "/region/stores/{}/"])
def test_figures_say_how_they_are_computed(browsing, shop, path):
    page = browsing.get(path.format(shop.code), headers={"accept-language": "en"})

    with override("en"):
        for key in (Key.CONVERSION, Key.CONTACT):
            assert escape(DEFINITIONS[key].computed) in page.text


PATHS = ["/region/", "/region/stores/", "/region/stores.csv"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("role", [Role.ASSOCIATE, Role.STORE_MANAGER, Role.OWNER])
def test_the_region_does_not_exist_for_other_posts(client, rulebook, shop, path, role):
    scope = {"store": None, "dealer": shop.dealer} if role == Role.OWNER else {"store": shop}
    client.force_login(MembershipFactory(role=role, **scope).user)

    assert client.get(path).status_code == 404
    assert client.get(f"/region/stores/{shop.code}/").status_code == 404


def test_another_regions_store_and_a_missing_one_answer_alike(browsing, rulebook):
    foreign = StoreFactory()

    answers = [browsing.get(f"/region/stores/{code}/") for code in (foreign.code, "missing")]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert foreign.name not in answers[0].text
    assert foreign not in listed(browsing.get("/region/stores/"))


@pytest.mark.parametrize("path", PATHS)
def test_visitors_are_sent_to_sign_in(client, db, path):
    assert client.get(path).status_code == 302


def test_a_stores_page_tells_how_many_cases_run_and_nothing_to_know_them_by(
    login, manager, shop, english
):
    rival = StoreFactory()
    clerk = MembershipFactory(store=rival)
    now = timezone.now()
    cases = [case_of(clerk, shop, now), in_review(case_of(clerk, shop, now - timedelta(days=5)))]
    case_of(clerk, StoreFactory(), now)

    page = login(manager).get(f"/region/stores/{shop.code}/")

    assert [(each.stage, each.count) for each in page.context["cases"]] == [
        (CaseStage.EVIDENCE, 1), (CaseStage.REVIEW, 1),
    ]  # fmt: skip
    assert "Both sides bring evidence" in page.text
    for case in cases:
        assert case.code not in page.text
        assert str(case.pk) not in page.text
    assert rival.name not in page.text
    assert rival.dealer.name not in page.text


def test_a_store_without_a_case_says_so(login, manager, shop, english):
    page = login(manager).get(f"/region/stores/{shop.code}/")
    assert page.context["cases"] == []
    assert "No case about a customer of this store." in page.text

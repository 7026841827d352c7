"""What figures mean: the same word is the same number, and its parts are parts of one whole."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from django.utils.translation import override

from customers.models import ActivityKind, Outcome
from customers.ownership.activities import record_activity
from dealers.actor import Actor
from dealers.models import Store
from dealers.months import Span
from incentives.boards import places
from incentives.desk import region
from incentives.desk.region import Funnel
from incentives.figures import DEFINITIONS, Cohort
from incentives.models import Metric, Unit
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import MembershipFactory, StoreFactory
from tests.factories.incentives import sale

NOW = datetime(2026, 10, 23, 6, 0, tzinfo=UTC)  # 14 o'clock in Shanghai
TODAY = date(2026, 10, 23)
SPAN = Span.until(TODAY)


@pytest.fixture
def shop(db):
    RulebookFactory(person_minute_limit=None)
    return StoreFactory()


def figures_of(shop, span=SPAN, now=NOW):
    return region.figures(Store.objects.filter(pk=shop.pk), span, now)


def record(registration, kind, at, **more):
    seller = MembershipFactory(store=registration.store)
    record_activity(registration.customer, by=Actor.of(seller), kind=kind, at=at, **more)


def test_each_step_of_the_funnel_is_a_part_of_the_one_before(shop):
    """Of five: one bought without being called, one came, one was called, one was not, one new."""
    then = NOW - timedelta(days=45)
    bought, came, called, _nobody = (registered(shop, at=then) for _ in range(4))
    registered(shop, at=NOW - timedelta(days=29))
    sale(bought, "100.00", TODAY)
    record(came, ActivityKind.VISIT, then + timedelta(days=1))
    record(called, ActivityKind.CALL, then + timedelta(days=1), outcome=Outcome.REACHED)

    funnel = Funnel.over(figures_of(shop))

    assert funnel == Funnel(registrations=4, contacted=3, visited=2, sold=1)
    assert Funnel.of_network(Cohort(SPAN.end)) == funnel


@pytest.mark.parametrize(("days", "counts"), [(29, 0), (30, 1), (89, 1), (90, 0)])
def test_conversion_asks_registrations_of_30_to_89_days(shop, days, counts):
    registered(shop, at=NOW - timedelta(days=days))

    (row,) = figures_of(shop)

    assert (row.mature, row.conversion) == (counts, Decimal(0) if counts else None)
    assert region.history(Store.objects.all(), TODAY, NOW)[-1].mature == counts


def test_the_month_before_gets_no_more_time_to_buy_than_this_one(shop):
    early = registered(shop, at=NOW - timedelta(days=65))
    sale(early, "100.00", TODAY - timedelta(days=3))

    (row,) = figures_of(shop)

    assert (row.mature, row.sold) == (1, 1)
    # On 23 September it was as old as today's are, and had not bought.
    assert (row.mature_before, row.sold_before) == (1, 0)
    assert region.before([row], SPAN).conversion == 0


def test_the_region_and_the_board_say_the_same_conversion(shop):
    day = timezone.localdate()
    for days in range(25, 95, 5):
        customer = registered(shop, at=timezone.now() - timedelta(days=days))
        if days % 10 == 0:
            sale(customer, "100.00", day)

    (row,) = figures_of(shop, Span.until(day), timezone.now())
    board = places.find(Metric.CONVERSION, Unit.STORE, day.replace(day=1))
    (place,) = places.read(board, day)

    assert (row.sold, row.mature) == (place.numerator, place.denominator)
    assert (row.mature, row.sold) == (12, 6)


def test_the_funnel_names_the_step_that_loses_most():
    with override("en"):
        worst = Funnel(registrations=100, contacted=70, visited=30, sold=14).worst

    assert worst == ("Contacted", "Visited the store", Decimal(30) / 70)


def test_an_empty_funnel_loses_nothing():
    assert Funnel(0, 0, 0, 0).worst is None
    assert Funnel(3, 3, 3, 3).worst is None


def test_every_figure_says_how_it_is_computed():
    for language in ("en", "zh-hans"):
        with override(language):
            for definition in DEFINITIONS.values():
                assert definition.computed
                assert "%(" not in definition.computed
                assert str(definition.name)

"""What gates go by on record: each is asked of the moment of the event, as its closing knew it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import Q
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.models import Product
from dealers.models import Membership
from dealers.triggers import lifted
from incentives import oracle
from incentives.books.closing import inputs_hash
from incentives.books.recompute import check
from incentives.engine import month, run
from incentives.engine.recorded import Recorded
from incentives.engine.registry import GATES
from incentives.engine.scope import Scope, components, terms
from incentives.models import Certified, Component, Gate, Line, Result
from tests.factories.agreements import signed_at
from tests.factories.certificates import certified, withdrawn
from tests.factories.customers import CategoryFactory
from tests.factories.dealers import MembershipFactory, OwnerFactory, StoreFactory
from tests.factories.incentives import (
    FEBRUARY,
    JANUARY,
    close_period,
    give_back,
    just_after,
    owned_customer,
    per_registration,
    percent,
    published,
    sale,
    tiers,
)
from tests.incentives.engine.paying import paid
from training.models import Certificate
from training.models.certificates import CERTIFIED_TIMES

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

BEGAN = datetime(2025, 6, 1, tzinfo=UTC)
NOON = datetime(2026, 1, 10, 4, tzinfo=UTC)  # when what is sold on the tenth is sold
A_BIT = timedelta(microseconds=1)


@pytest.fixture
def post(store):
    """An associate's post at the dealer, since long before."""
    return MembershipFactory(store=store, dealer=store.dealer, starts_at=BEGAN)


def gated(*gates, **fields):
    """A plan in force from January that pays 3 % of own sales where the gates are open."""
    return published(percent("0.03", places=["own"], gates=list(gates), **fields))


OPEN, CLOSED = [(Decimal("30.00"),)], [(Decimal(0), "gate_certified")]


def test_the_portal_stores_the_gates_that_the_engine_knows():
    assert tuple(Gate.values) == GATES


@pytest.mark.parametrize(
    ("issued", "until", "opens"),
    [
        (NOON, None, True),
        (NOON + A_BIT, None, False),
        (BEGAN, NOON + A_BIT, True),
        (BEGAN, NOON, False),  # it has ended then
    ],
)
def test_a_certificate_opens_from_its_issue_to_its_end(customer, post, issued, until, opens):
    gated("certified")
    sale(customer, "1000.00", date(2026, 1, 10))
    certified(post, issued, until)
    assert paid() == (OPEN if opens else CLOSED)


@pytest.mark.parametrize(("at", "opens"), [(NOON, False), (NOON + A_BIT, True)])
def test_a_course_that_is_withdrawn_opens_nothing_from_then_on(customer, post, at, opens):
    gated("certified")
    sale(customer, "1000.00", date(2026, 1, 10))
    withdrawn(certified(post, BEGAN), at)
    assert paid() == (OPEN if opens else CLOSED)


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "opens"),
    [
        (NOON, None, True),
        (NOON + A_BIT, None, False),
        (BEGAN, NOON, False),
        (BEGAN, NOON + A_BIT, True),
    ],
)
def test_it_counts_while_its_holder_works_there(customer, store, starts_at, ends_at, opens):
    gated("certified")
    sale(customer, "1000.00", date(2026, 1, 10))
    certified(
        MembershipFactory(
            store=store, dealer=store.dealer, starts_at=starts_at, ends_at=ends_at
        ),
        BEGAN,
    )  # fmt: skip
    assert paid() == (OPEN if opens else CLOSED)


def test_what_a_gate_leaves_unpaid_is_none_of_the_events_paid(customer, post):
    gated("certified")
    sale(customer, "1000.00", date(2026, 1, 9))
    sale(customer, "1000.00", date(2026, 1, 11))
    certified(post, NOON)

    close_period(JANUARY)

    [result] = Result.objects.all()
    assert (result.count, result.amount) == (2, Decimal("30.00"))
    assert result.explanation["events"] == "1"


def test_many_events_find_the_times_of_their_dealer_by_an_index(customer):
    gated("certified")
    scope = Scope.of(JANUARY)
    found = terms(components(scope), scope.currency)
    with transaction.atomic(), connection.cursor() as cursor:
        chain = run.through(found, Recorded(scope, found), scope.currency, keep=True)
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE tablename = 'engine_certified'")
        assert [index for (index,) in cursor.fetchall() if "(dealer_id)" in index]
        chain.drop()


def test_the_owner_counts_as_well_and_another_dealers_people_do_not(customer, store):
    gated("certified")
    sale(customer, "1000.00", date(2026, 1, 10))
    certified(OwnerFactory(starts_at=BEGAN), BEGAN)
    assert paid() == CLOSED
    certified(OwnerFactory(dealer=store.dealer, starts_at=BEGAN), BEGAN)
    assert paid() == OPEN


def test_a_sale_is_complete_with_a_product_on_each_line(customer):
    gated("data_complete")
    whole = sale(customer, "1000.00", date(2026, 1, 9))
    sale(customer, "1000.00", date(2026, 1, 10))
    bed = Product.objects.create(code="bed", name="床", category=CategoryFactory())
    with lifted(type(whole.lines.get())):
        whole.lines.update(product=bed)
    assert paid() == [(Decimal("30.00"),), (Decimal(0), "gate_data_complete")]


def test_a_registration_is_complete_with_who_made_it(store, post):
    published(per_registration("15.00", gates=["data_complete"]))
    named = owned_customer(store)
    nobodys = owned_customer(store, datetime(2026, 1, 5, 4, tzinfo=UTC))
    with lifted(type(named)):
        type(named).objects.filter(pk=named.pk).update(staff=post.user)
        type(named).objects.filter(pk=nobodys.pk).update(staff=None)
    assert paid() == [(Decimal("15.00"),), (Decimal(0), "gate_data_complete")]


def test_of_two_closed_gates_the_first_is_named(customer):
    gated("data_complete", "certified")
    sale(customer, "1000.00", date(2026, 1, 10))
    assert paid() == [(Decimal(0), "gate_data_complete")]


def test_what_is_sold_behind_a_gate_is_no_part_of_a_tier(customer, post):
    published(tiers(places=["own"], gates=["certified"]))
    certified(post, NOON)
    sale(customer, "50000.00", date(2026, 1, 9))
    sale(customer, "100000.00", date(2026, 1, 11))
    close_period(JANUARY)
    found = Result.objects.get()
    assert (found.base, found.amount) == (Decimal(100_000), Decimal(2000))


# Closed months


def recomputed(capsys, *months):
    for each in months:
        call_command("recompute", each, "--check")
    return [line.split(", ")[1] for line in capsys.readouterr().out.splitlines()]


def lines_of(closed):
    found = Line.objects.filter(result__run=closed).order_by("order__ordered_at")
    return [(line.uncapped, line.amount, line.closed_gate) for line in found]


@pytest.fixture
def january(customer, post):
    """January is closed: one sale before anybody was certified, one after it."""
    gated("certified")
    before = sale(customer, "500.00", date(2026, 1, 9))
    after = sale(customer, "1000.00", date(2026, 1, 10))
    certificate = certified(post, NOON)
    return close_period(JANUARY), before, after, certificate


def test_a_closing_books_nothing_behind_a_gate_and_says_which(january, capsys):
    assert lines_of(january[0]) == [
        (Decimal(0), Decimal(0), "certified"),
        (Decimal(30), Decimal(30), ""),
    ]
    assert Result.objects.get().amount == Decimal(30)
    assert recomputed(capsys, "2026-01") == ["0 differences"]
    assert list(oracle.differences()) == []


def test_what_is_told_of_certificates_later_changes_no_closed_month(january, post, capsys):
    closed, _before, after, certificate = january
    withdrawn(certificate, just_after(closed))
    # Behind the back of the portal, too: the post ended before the sale, and there was no version.
    Membership.objects.filter(pk=post.pk).update(ends_at=BEGAN + A_BIT)
    assert recomputed(capsys, "2026-01") == ["0 differences"]

    give_back(after, "1000.00", date(2026, 2, 3))
    february = close_period(FEBRUARY)
    assert lines_of(february) == [(Decimal(-30), Decimal(-30), "")]
    assert recomputed(capsys, "2026-01", "2026-02") == ["0 differences"] * 2
    assert list(oracle.differences()) == []


def test_a_certificate_that_is_dated_back_changes_no_closed_month(january, customer, capsys):
    closed, before, _after, certificate = january
    with lifted(Certificate):
        Certificate.objects.filter(pk=certificate.pk).update(issued_at=BEGAN)
    # What became known late is judged as the rest of that day was.
    sale(customer, "700.00", date(2026, 1, 9), hour=13, recorded_at=just_after(closed))
    sale(customer, "900.00", date(2026, 1, 11), recorded_at=just_after(closed))
    give_back(before, "500.00", date(2026, 2, 3))
    february = close_period(FEBRUARY)
    assert lines_of(february) == [
        (Decimal(0), Decimal(0), "certified"),
        (Decimal(27), Decimal(27), ""),
        (Decimal(0), Decimal(0), "certified"),
    ]
    assert recomputed(capsys, "2026-01", "2026-02") == ["0 differences"] * 2


def test_each_closing_keeps_what_came_after_the_one_before_it(january, post):
    first = january[0]
    kept = Certified.objects.get(run=first)
    assert (kept.starts_at, kept.ends_at) == (NOON, first.known_until)
    second = close_period(FEBRUARY)
    kept = Certified.objects.get(run=second)
    assert (kept.starts_at, kept.ends_at) == (first.known_until, second.known_until)
    assert second.certified_since == first.known_until


def test_what_is_behind_a_gate_takes_no_room_under_a_cap_in_later_months(customer, post, capsys):
    gated("certified", period_cap="40.00")
    sale(customer, "1000.00", date(2026, 1, 9))
    certified(post, NOON)
    sale(customer, "1000.00", date(2026, 1, 10))
    closed = close_period(JANUARY)
    sale(customer, "1000.00", date(2026, 1, 12), recorded_at=just_after(closed))
    february = close_period(FEBRUARY)
    assert lines_of(february) == [(Decimal(30), Decimal(10), "")]
    assert recomputed(capsys, "2026-01", "2026-02") == ["0 differences"] * 2
    assert list(oracle.differences()) == []


def test_signatures_are_asked_for_by_a_stored_gate(customer, capsys):
    gated("agreement_signed")
    sale(customer, "500.00", date(2026, 1, 9))
    sale(customer, "1000.00", date(2026, 1, 10))
    signed_at(customer.store.dealer, NOON, JANUARY)
    assert lines_of(close_period(JANUARY)) == [
        (Decimal(0), Decimal(0), "agreement_signed"),
        (Decimal(30), Decimal(30), ""),
    ]
    assert recomputed(capsys, "2026-01") == ["0 differences"]


def test_a_version_that_is_signed_is_asked_for_as_its_closing_did(customer, capsys):
    component = gated("agreement_signed", agreement_from=date(2026, 1, 5)).components.get()
    sale(customer, "500.00", date(2026, 1, 9))
    sale(customer, "1000.00", date(2026, 1, 10))
    signed_at(customer.store.dealer, BEGAN, JANUARY)
    signed_at(customer.store.dealer, NOON, date(2026, 1, 5))
    one = Scope.of(JANUARY).for_dealer(customer.store.dealer_id)
    assert [each.amount for each in month.estimate(one)] == [Decimal(30)]
    closed = close_period(JANUARY)
    assert lines_of(closed) == [
        (Decimal(0), Decimal(0), "agreement_signed"),
        (Decimal(30), Decimal(30), ""),
    ]
    assert recomputed(capsys, "2026-01") == ["0 differences"]
    assert list(oracle.differences()) == []
    with lifted(Component):
        Component.objects.filter(pk=component.pk).update(agreement_from=None)
    assert inputs_hash(Scope.of_run(closed)) != closed.inputs_hash


def test_an_estimate_asks_as_a_closing_does(customer, post):
    gated("certified")
    sale(customer, "500.00", date(2026, 1, 9))
    sale(customer, "1000.00", date(2026, 1, 10))
    certified(post, NOON)
    one = Scope.of(JANUARY).for_dealer(customer.store.dealer_id)
    assert [each.amount for each in month.estimate(one)] == [Decimal(30)]
    assert [each.amount for each in month.estimate(Scope.of(JANUARY))] == [Decimal(30)]


# Any month


class _Undo(Exception):
    """Ends an example without leaving anything."""


def traded(customer, what, recorded_at=None):
    """A sale of January, and what comes back of it."""
    net, day, back, returned_on, _late = what
    sold = sale(customer, net, date(2026, 1, day), recorded_at=recorded_at)
    if back:
        part = (net * back / 10).quantize(Decimal("0.01"))
        give_back(sold, part, returned_on, recorded_at=recorded_at)


def come_to(customer, sales, *, gates, cap):
    """What each component gives in January and February; nothing is left of it."""
    found = {}
    try:
        with transaction.atomic():
            certified(MembershipFactory(
                store=customer.store, dealer=customer.store.dealer, starts_at=BEGAN,
            ), NOON)  # fmt: skip
            published(
                percent("0.03", places=["own"], code="each", period_cap=cap, gates=gates),
                tiers(code="tiers", places=["own"], gates=gates),
                tiers("tiers_whole", code="whole", places=["own"], clawback="original_rate",
                      gates=gates),
            )  # fmt: skip
            for each in sales:
                if not each[-1]:
                    traded(customer, each)
            january = close_period(JANUARY)
            for each in sales:
                if each[-1]:
                    traded(customer, each, just_after(january))
            february = close_period(FEBRUARY)
            assert not [*check(january).differences, *check(february).differences]
            for code, amount in Result.objects.values_list("component__code", "amount"):
                found[code] = found.get(code, Decimal(0)) + amount
            assert list(oracle.differences()) == []
            raise _Undo
    except _Undo:
        return {code: amount for code, amount in found.items() if amount}


@settings(
    max_examples=12, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(
    sales=st.lists(
        st.tuples(
            st.integers(1000, 40_000_000).map(lambda n: Decimal(n).scaleb(-2)),
            st.sampled_from([8, 9, 10, 11, 12]),
            st.sampled_from([0, 3, 10]),
            st.sampled_from([date(2026, 1, 20), date(2026, 2, 20)]),
            st.booleans(),
        ),
        min_size=1, max_size=5,
    ),
    cap=st.sampled_from([None, Decimal("77.70")]),
)  # fmt: skip
def test_what_is_behind_a_gate_is_as_if_it_had_not_been_sold(customer, sales, cap):
    after = [each for each in sales if each[1] >= 10]
    found = come_to(customer, sales, gates=["certified"], cap=cap)
    assert found == come_to(customer, after, gates=[], cap=cap)


# The set and the rule

MOMENTS = st.integers(0, 6).map(lambda n: BEGAN + timedelta(days=n))
ENDS = st.one_of(st.none(), st.integers(1, 6).map(lambda n: BEGAN + timedelta(days=n)))


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(people=st.lists(st.tuples(MOMENTS, ENDS, MOMENTS, ENDS, ENDS), max_size=3), at=MOMENTS)
def test_the_times_in_sql_are_those_of_valid_certificates_and_posts(people, at):
    store = StoreFactory()
    for starts_at, ends_at, issued, until, gone in people:
        if ends_at is not None and ends_at <= starts_at:
            continue
        post = MembershipFactory(
            store=store, dealer=store.dealer, starts_at=starts_at, ends_at=ends_at
        )
        made = certified(post, issued, until)
        if gone:
            withdrawn(made, gone)
    working = Membership.objects.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=at), dealer=store.dealer, starts_at__lte=at
    )
    valid = Certificate.objects.valid(at).filter(issued_at__lte=at)
    expected = valid.filter(enrollment__user__in=working.values("user")).exists()
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT EXISTS (SELECT FROM ({CERTIFIED_TIMES}) AS t WHERE t.dealer_id = %s"
            " AND t.starts_at <= %s AND %s < t.ends_at)",
            [store.dealer_id, at, at],
        )
        assert cursor.fetchone()[0] is expected

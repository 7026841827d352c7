"""First contacts in time as they are counted, paid, taken back and worked out by plain Python.

The rulebook of the tests gives 48 hours for them.
"""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import translation
from django.utils.html import strip_tags
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.models import Activity, VoidReason
from customers.ownership.voids import void
from dealers.actor import Actor
from incentives import estimates, verification
from incentives.books import recompute
from incentives.books.closing import inputs_hash
from incentives.earnings import promised
from incentives.engine.scope import Scope
from incentives.if_shared.money import Books
from incentives.models import Event, Line, Result, Run
from incentives.plans.cautions import overlaps
from incentives.plans.content import component_of
from incentives.plans.reading import parts_of
from tests.factories.incentives import (
    FEBRUARY,
    JANUARY,
    MARCH,
    close_period,
    drafted,
    just_after,
    owned_customer,
    per_registration,
    published,
    simulated,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
TENTH = datetime(2026, 1, 10, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
VOIDED = datetime(2026, 2, 10, tzinfo=UTC)


def per_contact(rate="4.00", **fields):
    return per_registration(rate, **{"code": "first", "event": Event.FIRST_CONTACT} | fields)


def contact(made, at, kind="call", outcome="reached", **fields):
    """An activity with the customer of a registration, recorded when it was made."""
    return Activity.objects.create(
        customer=made.customer, dealer=made.dealer, store=made.store, kind=kind, outcome=outcome,
        at=at, **{"recorded_at": at} | fields,
    )  # fmt: skip


def paid():
    """What each month booked for first contacts: the month, for which, how many lines, how much."""
    found = Result.objects.order_by("run__month", "for_month", "adjustment")
    return [(r.run.month, r.for_month, r.count, r.amount) for r in found.select_related("run")]


def in_order():
    runs = [recompute.check(run).differences for run in Run.objects.all()]
    broken = [(name, why) for name, holds, why in verification.checks() if not holds]
    return not any(runs) and broken == []


@pytest.mark.parametrize(
    ("after", "kind", "outcome", "counts"),
    [
        (timedelta(0), "visit", "", True),
        (2 * HOUR, "call", "reached", True),
        (2 * HOUR, "quote", "", True),
        (48 * HOUR, "call", "not_interested", True),
        (48 * HOUR + timedelta(seconds=1), "call", "reached", False),
        (-HOUR, "visit", "", False),
        (2 * HOUR, "call", "no_answer", False),
        (2 * HOUR, "call", "wrong_number", False),
        (2 * HOUR, "note", "", False),
        (2 * HOUR, "message", "", False),
    ],
)
def test_what_reaches_the_customer_in_time_is_paid(store, after, kind, outcome, counts):
    published(per_contact())
    contact(owned_customer(store, TENTH), TENTH + after, kind, outcome)
    owned_customer(store, TENTH)  # whom nobody contacts

    close_period(JANUARY)

    assert paid() == ([(JANUARY, JANUARY, 1, Decimal("4.00"))] if counts else [])
    assert in_order()


def test_each_customer_is_contacted_first_once(store):
    published(per_contact(), per_registration("15.00"))
    customer = owned_customer(store, TENTH)
    for hours in (1, 2, 3):
        contact(customer, TENTH + hours * HOUR)

    close_period(JANUARY)

    assert {r.component.code: (r.count, r.amount) for r in Result.objects.all()} == {
        "first": (1, Decimal("4.00")),
        "registered": (1, Decimal("15.00")),
    }
    assert in_order()


def test_it_counts_on_the_day_of_the_contact(store):
    """Registered on the last evening of January, contacted on the first of February, store time."""
    published(per_contact())
    customer = owned_customer(store, datetime(2026, 1, 31, 12, tzinfo=UTC))
    contact(customer, datetime(2026, 1, 31, 16, tzinfo=UTC))

    close_period(JANUARY)
    close_period(FEBRUARY)

    assert paid() == [(FEBRUARY, FEBRUARY, 1, Decimal("4.00"))]
    assert in_order()


def test_one_that_comes_late_falls_into_the_month_that_is_open(store):
    published(per_contact())
    customer = owned_customer(store, TENTH)
    run = close_period(JANUARY)
    contact(customer, TENTH + HOUR, recorded_at=just_after(run))

    close_period(FEBRUARY)

    assert paid() == [(FEBRUARY, JANUARY, 1, Decimal("4.00"))]
    assert in_order()


def test_an_earlier_one_that_comes_late_changes_nothing(store):
    """On record first is the one of February; a file brings one of January after it."""
    published(per_contact())
    customer = owned_customer(store, datetime(2026, 1, 31, 12, tzinfo=UTC))
    contact(customer, datetime(2026, 2, 1, 3, tzinfo=UTC))
    close_period(JANUARY)
    run = close_period(FEBRUARY)
    contact(customer, datetime(2026, 1, 31, 13, tzinfo=UTC), recorded_at=just_after(run))

    close_period(MARCH)

    assert paid() == [(FEBRUARY, FEBRUARY, 1, Decimal("4.00"))]
    assert in_order()


def test_a_correction_takes_no_contact_back(store, clerk):
    published(per_contact())
    made = contact(owned_customer(store, TENTH), TENTH + HOUR, staff=clerk.user)
    close_period(JANUARY)
    Activity.objects.create(
        customer=made.customer, dealer=made.dealer, store=made.store, at=made.at,
        staff=made.staff, kind="call", outcome="no_answer", corrects=made,
    )  # fmt: skip

    close_period(FEBRUARY)

    assert paid() == [(JANUARY, JANUARY, 1, Decimal("4.00"))]
    assert in_order()


def test_it_comes_back_with_its_registration(login, owner, store, hq):
    published(per_contact())
    customer = owned_customer(store, TENTH)
    contact(customer, TENTH + 30 * HOUR)
    close_period(JANUARY)
    client, page = login(owner), f"/earnings/2026-01/lines/first/{customer.receipt}/"
    text = client.get(page).text
    assert "You first contacted this customer on 11 Jan 2026, in time" in text
    assert "CNY\u00a04.00" in text
    assert "First contact 11 Jan 2026, 15:00" in " ".join(strip_tags(text).split())

    void(customer, reason=VoidReason.FRAUD, by=Actor.hq(hq), at=VOIDED)
    close_period(FEBRUARY)

    assert [amount for *_rest, amount in paid()] == [Decimal("4.00"), Decimal("-4.00")]
    assert in_order()
    text = client.get(page.replace("2026-01", "2026-02")).text
    assert "voided after the month of the first contact was closed" in text


def test_one_of_a_voided_registration_is_never_paid(store, hq):
    published(per_contact())
    customer = owned_customer(store, TENTH)
    contact(customer, TENTH + HOUR)
    void(customer, reason=VoidReason.FRAUD, by=Actor.hq(hq), at=TENTH + 2 * HOUR)

    close_period(JANUARY)

    assert paid() == []


def test_of_what_a_cap_leaves_the_earlier_contact_gets_more(store):
    """Registered first, contacted second: 6.00 a month are 4.00 and 2.00."""
    published(per_contact(period_cap=Decimal("6.00")))
    first, second = owned_customer(store, TENTH), owned_customer(store, TENTH + HOUR)
    contact(second, TENTH + 2 * HOUR)
    contact(first, TENTH + 3 * HOUR)

    close_period(JANUARY)

    found = Line.objects.in_bulk(field_name="id").values()
    assert {line.registration_id: line.amount for line in found} == {
        second.pk: Decimal("4.00"),
        first.pk: Decimal("2.00"),
    }
    assert in_order()


def test_the_estimate_knows_a_contact_at_once(login, owner, store):
    published(per_contact(), starts_on=JANUARY)
    customer = owned_customer(store, TENTH)
    at = TENTH + 5 * HOUR
    assert estimates.current(store.dealer, JANUARY, at).total() == 0

    contact(customer, TENTH + HOUR)

    assert estimates.current(store.dealer, JANUARY, at).total() == Decimal("4.00")
    page = login(owner).get(f"/earnings/2026-01/lines/first/{customer.receipt}/").text
    assert "You first contacted this customer on 10 Jan 2026, in time" in page


def test_a_registration_promises_no_contact(store):
    published(per_contact(), per_registration("15.00"))
    assert promised.for_registration(owned_customer(store, TENTH)).amount == Decimal("15.00")


def test_the_inputs_of_a_month_have_contacts_only_where_they_count(store):
    customer = owned_customer(store, TENTH)
    scope = Scope.of(JANUARY)
    before = inputs_hash(scope)
    contact(customer, TENTH + HOUR)
    assert inputs_hash(scope) == before

    published(per_contact())
    one = inputs_hash(scope)
    other = owned_customer(store, datetime(2025, 12, 31, 12, tzinfo=UTC))
    two = inputs_hash(scope)
    assert two == one
    contact(other, datetime(2026, 1, 1, 3, tzinfo=UTC))
    assert inputs_hash(scope) != two


def test_what_is_not_signed_at_the_contact_pays_nothing(login, owner, store):
    published(per_contact(gates=["agreement_signed"]))
    customer = owned_customer(store, TENTH)
    contact(customer, TENTH + HOUR)

    close_period(JANUARY)

    assert paid() == [(JANUARY, JANUARY, 1, Decimal("0.00"))]
    page = login(owner).get(f"/earnings/2026-01/lines/first/{customer.receipt}/").text
    assert "at the moment of this contact no owner of yours had signed it" in page
    assert in_order()


def test_another_level_of_sharing_takes_the_contact_with_the_registration(store):
    published(per_contact(), per_registration("15.00"))
    customer = owned_customer(store, TENTH)
    contact(customer, TENTH + HOUR)
    since, until = TENTH - 24 * HOUR, TENTH + 48 * HOUR

    books = Books.read(store.dealer_id, [], [customer.pk], since=since, until=until)

    assert books.earned({}, {}) == Decimal("19.00")
    assert books.earned({}, {customer.pk: False}) == 0


# As headquarters writes it


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "For each new customer whom the owner first contacts in time, the owner gets"
         " CNY\u00a04.00."),
        ("zh-hans", "每一位按时首次联系的新顾客，归属方得 ¥4.00。"),
    ],
)  # fmt: skip
def test_it_reads_itself_back(language, said):
    draft = drafted(per_contact())
    with translation.override(language):
        assert [sentence for _name, sentence in parts_of(draft).values()] == [said]
    written = component_of(draft.components.get())
    assert (written["event"], written["kind"]) == ("first_contact", "flat")
    assert "clawback" not in written


def test_it_is_not_paid_on_top_of_a_registration():
    published(per_registration(name_en="Each"), code="b", name_en="Other")
    draft = drafted(per_contact(), code="a", starts_on=MARCH)
    assert list(overlaps(draft, list(draft.components.all()))) == []


def test_a_draft_is_replayed_over_closed_months(store):
    published(per_registration("15.00"))
    one, other = owned_customer(store, TENTH), owned_customer(store, TENTH)
    contact(one, TENTH + HOUR)
    run = close_period(JANUARY)
    contact(other, TENTH + HOUR, recorded_at=just_after(run))
    close_period(FEBRUARY)
    draft = drafted(per_contact(), per_registration("15.00"), starts_on=MARCH)

    found = simulated(draft, datetime(2026, 3, 10, tzinfo=UTC), JANUARY, FEBRUARY)

    assert found.after - found.before == Decimal("8.00")


# Plain Python


CONTACTS = {"visit", "call", "quote", "deposit", "service"}


@st.composite
def stories(draw):
    """A customer: day registered, contacts by hours, kind, outcome and lateness, when voided."""
    said = st.tuples(
        st.sampled_from([-2, 0, 1, 20, 48, 49]),
        st.sampled_from(["call", "visit", "note"]),
        st.sampled_from(["reached", "no_answer"]),
        st.booleans(),
    )
    return (
        draw(st.sampled_from([10, 30, 31])),
        draw(st.lists(said, max_size=3)),
        draw(st.sampled_from([None, None, JANUARY, FEBRUARY, MARCH])),
    )


def reference(people):
    """What is left for each month in the end, before the cap: customers by the month of contact."""
    left = defaultdict(int)
    for day, contacts, voided in people:
        began = datetime(2026, 1, day, 12, tzinfo=UTC)
        counting = [
            (late, hours)
            for hours, kind, outcome, late in contacts
            if 0 <= hours <= 48 and kind in CONTACTS and outcome != "no_answer"
        ]
        if counting and voided is None:
            # A late one counts where no other was on record when January was closed.
            local = began + min(counting)[1] * HOUR + 8 * HOUR
            left[local.date().replace(day=1)] += 1
    return left


@settings(
    max_examples=4,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    people=st.lists(stories(), min_size=1, max_size=4),
    cap=st.sampled_from([None, Decimal("6.00")]),
    direction=st.sampled_from(["brand_pays", "dealer_pays"]),
)
def test_what_is_left_in_the_end_is_what_plain_python_says(store, hq, people, cap, direction):
    sign = 1 if direction == "brand_pays" else -1
    try:
        with transaction.atomic():
            published(per_contact(period_cap=cap), direction=direction)
            live_through(store, Actor.hq(hq), people)

            left = defaultdict(Decimal)
            for result in Result.objects.all():
                left[result.for_month] += result.amount
            expected = {
                month: sign * min(4 * Decimal(many), cap or Decimal(1000))
                for month, many in reference(people).items()
            }
            assert {month: amount for month, amount in left.items() if amount} == expected
            assert in_order()
            raise _Undo
    except _Undo:
        pass


class _Undo(Exception):
    """Ends an example without leaving anything."""


def live_through(store, by, people):
    """Record what is known in time, close January, record what comes late; voids in their month."""
    made = [owned_customer(store, datetime(2026, 1, day, 12, tzinfo=UTC)) for day, *_ in people]
    run = None
    for month in (JANUARY, FEBRUARY, MARCH):
        for customer, (_day, contacts, voided) in zip(made, people, strict=True):
            for hours, kind, outcome, late in contacts:
                if month == (FEBRUARY if late else JANUARY):
                    at = customer.received_at + hours * HOUR
                    recorded = {"recorded_at": just_after(run)} if late else {}
                    contact(customer, at, kind, outcome, **recorded)
            if voided == month:
                at = datetime(2026, month.month, 1, tzinfo=UTC) + timedelta(days=32)
                void(customer, reason=VoidReason.FRAUD, by=by, at=at)
        run = close_period(month)

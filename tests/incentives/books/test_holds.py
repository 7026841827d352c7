"""Money in dispute is in no books until its case is closed, and then once, as was decided."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from customers import verification as of_customers
from customers.cases import deciding
from customers.models import Case, CaseOutcome, Void
from customers.orders.recording import GivenLine, record_order
from dealers.actor import Actor
from dealers.triggers import lifted
from incentives import estimates, verification
from incentives.books import recompute
from incentives.books.holds import HeldLine
from incentives.models import Hold, Line, Result, Run
from tests.customers.cases.disputed import DAY, Dispute
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import StoreFactory
from tests.factories.incentives import (
    FEBRUARY,
    JANUARY,
    MARCH,
    close_period,
    per_registration,
    percent,
    published,
    tiers,
)
from tests.factories.incentives import sale as sold

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

BEGAN = datetime(2026, 1, 2, 2, tzinfo=UTC)
SOLD = BEGAN + 18 * DAY  # four days after the claim
IN_FEBRUARY = datetime(2026, 2, 10, 4, tzinfo=UTC)
EVERYWHERE = ["own", "sister", "other", "online"]
HUNDRED, NOTHING = Decimal("100.00"), Decimal(0)


@pytest.fixture(autouse=True)
def _rules(db):
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))


@pytest.fixture
def dispute():
    """Claimed on the 16th of January; the owner has 10 % of all that its customers buy."""
    published(percent("0.10", places=EVERYWHERE, code="all"))
    return Dispute(began=BEGAN)


def settled(case: Case, outcome: str | None = None, share: Decimal | None = None) -> Case:
    """The case closed, as somebody decides or by silence."""
    deciding.settle(case.pk, case.evidence_until)
    case = Case.objects.get(pk=case.pk)
    if outcome is not None:
        by = Actor.of(case.reviewer.memberships.get())
        at = case.evidence_until + DAY
        deciding.decide(case, outcome=outcome, share=share, reason="So it is.", by=by, at=at)
    deciding.settle(case.pk, case.evidence_until + 60 * DAY)
    return Case.objects.get(pk=case.pk)


def give_back(sale, net: str, at: datetime, number: str = "R1"):
    [line] = sale.lines.all()
    given = Decimal(net)
    return record_order(
        source="till", external_id=number, ordered_at=at, returns=sale,
        lines=[GivenLine(number=1, category=line.category, product=None, quantity=0, gross=given,
                         discount=Decimal("0.00"), net=given, returns=1)],
    )  # fmt: skip


def totals(run: Run) -> dict[int, Decimal]:
    found: dict[int, Decimal] = {}
    for result in run.results.all():
        found[result.dealer_id] = found.get(result.dealer_id, NOTHING) + result.amount
    return found


def in_order() -> None:
    """Books, hashes, statements and attributions agree, and each month comes out again."""
    for checks in (verification.checks(), of_customers.checks()):
        assert {name: detail for name, holds, detail in checks if not holds} == {}
    for run in Run.objects.all():
        assert recompute.check(run).differences == []


def test_what_is_in_dispute_is_left_out_and_booked_once_the_case_is_closed(dispute):
    before = dispute.sell(None, "S0", "500.00", at=BEGAN + DAY)
    sale = dispute.sell(None, "S1", at=SOLD)
    case = dispute.open(SOLD + DAY)

    january = close_period(JANUARY)

    assert totals(january) == {dispute.a.dealer_id: Decimal("50.00")}
    assert list(Line.objects.values_list("order", flat=True)) == [before.pk]
    hold = Hold.objects.get()
    assert (hold.run, hold.order, hold.dealer, hold.case) == (january, sale, dispute.a.dealer, case)
    [line] = map(HeldLine.read, hold.lines)
    assert (line.base, line.amount, line.case) == (Decimal(1000), HUNDRED, case.code)
    settled(case)
    february = close_period(FEBRUARY)
    assert totals(february) == {dispute.a.dealer_id: HUNDRED}
    assert february.results.get().for_month == JANUARY
    assert close_period(MARCH).results.count() == 0
    assert Hold.objects.count() == 1
    in_order()


def test_while_the_case_runs_each_closing_holds_it_again(dispute):
    dispute.sell(None, "S1", at=SOLD)
    case = dispute.open(SOLD + DAY)
    runs = [close_period(month) for month in (JANUARY, FEBRUARY)]
    assert [hold.run for hold in Hold.objects.all()] == runs
    assert not Result.objects.exists()
    settled(case)
    assert totals(close_period(MARCH)) == {dispute.a.dealer_id: HUNDRED}
    in_order()


@pytest.mark.parametrize(
    ("outcome", "share", "a", "b"),
    [
        (CaseOutcome.KEEP, None, "100.00", "0"),
        (CaseOutcome.MOVE, None, "0", "100.00"),
        (CaseOutcome.SPLIT, Decimal("0.4"), "40.00", "60.00"),
        (CaseOutcome.VOID, None, "0", "0"),
    ],
)
def test_each_outcome_is_booked_as_decided(outcome, share, a, b):
    shares = {"places": EVERYWHERE, "by_share": True}
    published(
        percent("0.10", code="owner", **shares),
        percent("0.10", code="seller", to="seller", **shares),
    )
    dispute = Dispute(began=BEGAN)
    dispute.sell(None, "S1", at=SOLD)
    case = dispute.open(SOLD + DAY)
    january = close_period(JANUARY)
    assert not january.results.exists()

    closed = settled(case, outcome, share)
    february = close_period(FEBRUARY)

    given = totals(february)
    assert given.get(dispute.a.dealer_id, NOTHING) == Decimal(a)
    assert given.get(dispute.b.dealer_id, NOTHING) == Decimal(b)
    assert closed.left_paid == 0
    in_order()


def test_a_fraud_that_a_closed_month_rests_on_takes_the_money_in_dispute(dispute):
    dispute.sell(None, "S0", "500.00", at=BEGAN + DAY)
    dispute.sell(None, "S1", at=SOLD)
    case = dispute.open(SOLD + DAY)
    january = close_period(JANUARY)

    closed = settled(case, CaseOutcome.VOID)

    assert not Void.objects.exists()  # what was booked of the 3rd of January rests on it
    assert closed.left_paid == 0
    assert totals(january) == {dispute.a.dealer_id: Decimal("50.00")}
    assert not close_period(FEBRUARY).results.exists()
    in_order()


def test_what_comes_back_is_held_with_its_sale_and_booked_with_it(dispute):
    sale = dispute.sell(None, "S1", at=SOLD)
    case = dispute.open(SOLD + DAY)
    close_period(JANUARY)
    give_back(sale, "300.00", IN_FEBRUARY)
    late = give_back(sale, "200.00", SOLD + DAY, "R2")  # of January, heard of in February

    february = close_period(FEBRUARY)

    assert not Result.objects.exists()
    assert Hold.objects.filter(run=february).count() == 3
    settled(case, CaseOutcome.MOVE)
    march = close_period(MARCH)
    assert totals(march) == {dispute.b.dealer_id: Decimal("50.00")}
    amounts = dict(Line.objects.values_list("order", "amount"))
    assert amounts[late.pk] == Decimal("-20.00")
    in_order()


def test_a_late_return_does_not_keep_a_decision_from_its_sale(dispute):
    sale = dispute.sell(None, "S1", at=SOLD)
    case = dispute.open(SOLD + DAY)
    close_period(JANUARY)
    give_back(sale, "200.00", SOLD + DAY)
    assert settled(case, CaseOutcome.MOVE).left_paid == 0
    assert totals(close_period(FEBRUARY)) == {dispute.b.dealer_id: Decimal("80.00")}
    in_order()


def test_a_sale_that_nobody_knew_of_when_its_month_was_closed_is_decided_freely(dispute):
    case = dispute.open(SOLD + DAY)
    close_period(JANUARY)
    dispute.sell(None, "S1", at=SOLD)
    assert settled(case, CaseOutcome.MOVE).left_paid == 0
    assert totals(close_period(FEBRUARY)) == {dispute.b.dealer_id: HUNDRED}
    in_order()


def test_a_case_that_is_closed_before_the_month_holds_nothing(dispute):
    dispute.sell(None, "S1", at=SOLD)
    settled(dispute.open(SOLD + DAY), CaseOutcome.MOVE)
    assert totals(close_period(JANUARY)) == {dispute.b.dealer_id: HUNDRED}
    assert not Hold.objects.exists()
    in_order()


def test_what_was_booked_before_its_case_was_opened_stays_booked(dispute):
    sale = dispute.sell(None, "S1", at=SOLD)
    close_period(JANUARY)
    case = dispute.open(SOLD + DAY)
    give_back(sale, "300.00", IN_FEBRUARY)
    february = close_period(FEBRUARY)
    assert not Hold.objects.exists()
    assert totals(february) == {dispute.a.dealer_id: Decimal("-30.00")}
    assert settled(case, CaseOutcome.MOVE).left_paid == 1
    assert not close_period(MARCH).results.exists()
    in_order()


def test_a_second_case_holds_what_the_first_one_held(dispute):
    sale = dispute.sell(None, "S1", at=SOLD)
    first = dispute.open(SOLD + DAY)
    close_period(JANUARY)
    settled(first)
    second = dispute.open(SOLD + 2 * DAY)

    february = close_period(FEBRUARY)

    assert Hold.objects.get(run=february).case == second
    assert not Result.objects.exists()
    assert settled(second, CaseOutcome.MOVE).left_paid == 0
    assert totals(close_period(MARCH)) == {dispute.b.dealer_id: HUNDRED}
    assert Line.objects.get().order == sale
    in_order()


def test_a_case_about_what_was_booked_after_another_one_holds_nothing(dispute):
    dispute.sell(None, "S1", at=SOLD)
    first = dispute.open(SOLD + DAY)
    close_period(JANUARY)
    settled(first)
    close_period(FEBRUARY)
    second = dispute.open(SOLD + 2 * DAY)
    assert settled(second, CaseOutcome.MOVE).left_paid == 1
    close_period(MARCH)
    assert Hold.objects.count() == 1
    in_order()


def test_a_case_that_is_closed_while_the_month_is_being_closed_still_holds(dispute):
    dispute.sell(None, "S1", at=SOLD)
    case = dispute.open(SOLD + DAY)
    told = []

    def meanwhile(text: str) -> None:
        if not told:  # the cut-off is there by now
            settled(case, CaseOutcome.MOVE)
        told.append(text)

    january = close_period(JANUARY, progress=meanwhile)

    assert not january.results.exists()
    assert totals(close_period(FEBRUARY)) == {dispute.b.dealer_id: HUNDRED}
    in_order()


def test_another_store_that_sold_it_waits_for_the_decision_too():
    published(
        percent("0.10", code="owner", by_share=True),
        percent("0.10", code="seller", to="seller", by_share=True),
    )
    dispute, third = Dispute(began=BEGAN), StoreFactory()
    dispute.sell(third, "S1", at=SOLD)
    case = dispute.open(SOLD + DAY)
    january = close_period(JANUARY)
    assert not january.results.exists()
    held = dict(Hold.objects.values_list("dealer", "lines"))
    assert {pk: HeldLine.read(each[0]).amount for pk, each in held.items()} == {
        dispute.a.dealer_id: Decimal("30.00"),
        third.dealer_id: Decimal("70.00"),
    }
    settled(case)
    given = totals(close_period(FEBRUARY))
    assert given == {dispute.a.dealer_id: Decimal("30.00"), third.dealer_id: Decimal("70.00")}
    in_order()


@pytest.mark.parametrize("held", [False, True])
def test_a_cap_comes_to_the_same_in_the_end(held):
    published(percent("0.10", places=EVERYWHERE, code="all", period_cap=Decimal("120.00")))
    dispute = Dispute(began=BEGAN)
    dispute.sell(None, "S1", at=SOLD)
    other = registered(dispute.a, at=BEGAN)
    sold(other, "500.00", date(2026, 1, 25))
    case = dispute.open(SOLD + DAY) if held else None

    january = close_period(JANUARY)

    given = totals(january)[dispute.a.dealer_id]
    assert given == (Decimal("50.00") if held else Decimal("120.00"))
    if case is not None:
        [line] = map(HeldLine.read, Hold.objects.get().lines)
        assert (line.uncapped, line.amount) == (HUNDRED, HUNDRED)
        settled(case)
    february = close_period(FEBRUARY)
    assert given + totals(february).get(dispute.a.dealer_id, NOTHING) == Decimal("120.00")
    in_order()


@pytest.mark.parametrize("held", [False, True])
def test_a_month_that_is_paid_as_a_whole_comes_to_the_same_in_the_end(held):
    published(tiers(places=EVERYWHERE))
    dispute = Dispute(began=BEGAN)
    dispute.sell(None, "S0", "80000.00", at=BEGAN + DAY)
    dispute.sell(None, "S1", "70000.00", at=SOLD)
    case = dispute.open(SOLD + DAY) if held else None
    given = totals(close_period(JANUARY))[dispute.a.dealer_id]
    if case is not None:
        assert given == Decimal("1600.00")
        [line] = map(HeldLine.read, Hold.objects.get().lines)
        assert (line.base, line.amount) == (Decimal(70000), None)
        settled(case)
    given += totals(close_period(FEBRUARY)).get(dispute.a.dealer_id, NOTHING)
    assert given == Decimal("3500.00")
    in_order()


def test_the_fee_of_a_registration_is_not_held():
    published(per_registration())
    dispute = Dispute(began=BEGAN)
    case = dispute.open(SOLD + DAY)
    january = close_period(JANUARY)
    assert totals(january) == {dispute.a.dealer_id: Decimal("15.00")}
    settled(case, CaseOutcome.VOID)
    assert totals(close_period(FEBRUARY)) == {dispute.a.dealer_id: Decimal("-15.00")}
    in_order()


def test_an_estimate_leaves_out_what_is_in_dispute_as_soon_as_it_is(dispute):
    now = SOLD + DAY
    dispute.sell(None, "S1", at=SOLD)
    owner = dispute.a.dealer
    first = estimates.current(owner, JANUARY, now)
    assert (first.total(), first.held()) == (HUNDRED, [])
    case = dispute.open(now)
    second = estimates.current(owner, JANUARY, now)
    assert second.total() == 0
    assert [(it.amount, it.case) for it in second.held()] == [(HUNDRED, case.code)]
    settled(case)
    third = estimates.current(owner, JANUARY, now)
    assert (third.total(), third.held()) == (HUNDRED, [])


def test_the_next_month_is_estimated_with_what_the_last_one_held(dispute):
    dispute.sell(None, "S1", at=SOLD)
    case = dispute.open(SOLD + DAY)
    close_period(JANUARY)
    assert estimates.current(dispute.a.dealer, FEBRUARY, IN_FEBRUARY).total() == 0
    assert len(estimates.current(dispute.a.dealer, FEBRUARY, IN_FEBRUARY).held()) == 1
    settled(case)
    assert estimates.current(dispute.a.dealer, FEBRUARY, IN_FEBRUARY).total() == HUNDRED


def test_holds_are_only_added_and_only_by_the_closing(dispute):
    dispute.sell(None, "S1", at=SOLD)
    dispute.open(SOLD + DAY)
    close_period(JANUARY)
    hold = Hold.objects.get()
    again = Hold(run=hold.run, order=hold.order, dealer=dispute.b.dealer, case=hold.case)
    for change in (hold.delete, lambda: Hold.objects.update(lines=[]), again.save):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_a_hold_that_is_taken_away_is_found(dispute):
    dispute.sell(None, "S1", at=SOLD)
    dispute.open(SOLD + DAY)
    january = close_period(JANUARY)
    with lifted(Hold), connection.cursor() as cursor:
        cursor.execute("DELETE FROM incentives_hold")
    assert len(recompute.check(january).differences) > 1

"""Any order says what it brought, and where it brought nothing, why, component by component."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from customers.models import CaseOutcome, Order, VoidReason
from customers.ownership.activities import record_activity
from customers.ownership.voids import void
from dealers.actor import Actor
from incentives.earnings.order import OrderAnswer, about
from incentives.engine.events import CONDITIONS
from incentives.engine.registry import LEFT_OUT
from incentives.explanation.orders import SENTENCES, Outcome
from incentives.models import Base, Kind
from incentives.plans import versions
from tests.customers.cases.disputed import DAY, Dispute
from tests.factories.customers import RulebookFactory
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
    put_in_force,
    sale,
    tiers,
    unattributed,
)
from tests.incentives.books.test_holds import BEGAN, EVERYWHERE, SOLD, settled

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
SOON = datetime(2026, 1, 20, 4, tzinfo=UTC)
SOLD_LATER = datetime(2026, 2, 20, 4, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _rules(db):
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))


@pytest.fixture
def customer():
    return owned_customer(StoreFactory(dealer=OwnerFactory().dealer))


def said(found: OrderAnswer) -> dict[str, tuple]:
    """Of each component of the versions in force: outcome, amount and sentences."""
    return {
        each.component.code: (each.answer.outcome, each.answer.amount, " ".join(each.answer.why))
        for plan in found.plans
        for each in plan.components
    }


def test_every_component_says_what_it_makes_of_a_sale(customer):
    published(
        percent("0.03", places=["own"], code="own"),
        percent("0.08", places=["other"], code="cross"),
        tiers(code="tiers"),
        percent("0.02", places=["other"], code="sellers", to="seller"),
        per_registration(),
    )
    sold = sale(customer, "1000.00", date(2026, 1, 10))

    found = about(customer.dealer, sold, SOON)

    estimate = "An estimate: it is booked when January 2026 is closed."
    assert said(found) == {
        "own": (Outcome.ESTIMATED, Decimal("30.00"), estimate),
        "cross": (
            Outcome.NOTHING,
            None,
            "It counts what is sold at another dealer. This was sold at the own store.",
        ),
        "tiers": (
            Outcome.COUNTS,
            None,
            "It adds CNY\u00a01,000.00 to the base of January 2026, which is paid as a whole."
            f" {estimate}",
        ),
        "sellers": (
            Outcome.NOTHING,
            None,
            "It counts what is sold at another dealer. This was sold at the own store.",
        ),
    }
    assert (found.total, found.brought_nothing) == (Decimal("30.00"), False)

    close_period(JANUARY)
    booked = about(customer.dealer, sold, datetime(2026, 3, 1, tzinfo=UTC))
    assert said(booked)["own"] == (Outcome.PAID, Decimal("30.00"), "Booked with January 2026.")
    assert said(booked)["cross"] == said(found)["cross"]
    assert booked.as_of is None


def test_a_full_cap_says_how_much_was_left(customer):
    published(percent("0.10", places=["own"], code="own", period_cap=Decimal(15)))
    first = sale(customer, "100.00", date(2026, 1, 10))
    second = sale(customer, "100.00", date(2026, 1, 11))
    third = sale(customer, "100.00", date(2026, 1, 12))
    close_period(JANUARY)

    amounts, sentences = zip(
        *(
            (found.total, found.plans[0].components[0].answer.why[0])
            for found in (about(customer.dealer, each, SOON) for each in (first, second, third))
        ),
        strict=True,
    )

    assert amounts == (10, 5, 0)
    assert sentences == (
        "Booked with January 2026.",
        "The cap of CNY\u00a015.00 a month had room for CNY\u00a05.00 of CNY\u00a010.00 after the"
        " earlier sales of January 2026.",
        "The cap of CNY\u00a015.00 a month had been filled by earlier sales of January 2026: of"
        " CNY\u00a010.00 nothing was left.",
    )
    assert about(customer.dealer, third, SOON).brought_nothing


def test_an_amount_below_half_a_fen_is_said_to_be_one(customer):
    published(percent("0.03", places=["own"], code="own"))
    sold = sale(customer, "0.10", date(2026, 1, 10))
    [(outcome, amount, why)] = said(about(customer.dealer, sold, SOON)).values()
    assert (outcome, amount) == (Outcome.NOTHING, 0)
    assert why.startswith("CNY\u00a00.10 × 3% is less than half of CNY\u00a00.01.")


def test_a_sale_of_nothing_is_left_out_by_what_counts_sales(customer):
    published(percent("15.00", places=["own"], kind=Kind.FLAT, base=Base.COUNT, code="flat"))
    sold = sale(customer, "0.00", date(2026, 1, 10))
    [(outcome, _amount, why)] = said(about(customer.dealer, sold, SOON)).values()
    assert outcome == Outcome.NOTHING
    assert why == "Nothing was paid for this order, and a sale of nothing does not count here."


def test_a_plan_names_the_versions_that_did_not_apply(customer):
    first = published(percent("0.10", places=["own"], code="own"), ends_on=date(2026, 2, 1))
    later = published(
        percent("0.20", places=["own"], code="own"), code="late", starts_on=date(2026, 3, 1)
    )
    sold = sale(customer, "100.00", date(2026, 2, 10))

    late, plan = about(customer.dealer, sold, SOON).plans

    assert (late.plan, late.version, late.components) == (later.plan, None, [])
    assert [each.why for each in late.rejected] == ["It applies from 1 Mar 2026 on."]
    assert (plan.plan, plan.version) == (first.plan, None)
    assert [each.why for each in plan.rejected] == ["It applied until 31 Jan 2026."]


def test_what_was_published_after_a_month_was_closed_is_no_part_of_its_reasons(customer):
    plan = published(percent("0.10", places=["own"], code="own")).plan
    sold = sale(customer, "100.00", date(2026, 1, 10))
    run = close_period(JANUARY)
    [before] = about(customer.dealer, sold, SOON).plans
    following = versions.new_version(
        plan.versions.get(), date(2027, 3, 1), by=Actor.worker("tests"), at=SOON
    )
    put_in_force(following, just_after(run))

    [after] = about(customer.dealer, sold, SOON).plans

    assert (before.rejected, after.rejected) == ([], [])
    [open_] = about(customer.dealer, sale(customer, "1.00", date(2026, 2, 3)), SOLD_LATER).plans
    assert [each.why for each in open_.rejected] == ["It applies from 1 Mar 2027 on."]


class TestSoldElsewhere:
    @pytest.fixture
    def seller(self):
        return StoreFactory(dealer=OwnerFactory().dealer)

    @pytest.fixture(autouse=True)
    def _plan(self):
        published(percent("0.08", by_share=True, code="cross"))

    def test_a_missed_first_contact_is_named_with_its_deadline(self, customer, seller):
        sold = sale(customer, "1000.00", date(2026, 1, 10), sold_by="other", at=seller, share="0")
        [(outcome, amount, why)] = said(about(customer.dealer, sold, SOON)).values()
        assert (outcome, amount) == (Outcome.NOTHING, 0)
        assert why.startswith(
            "Your share is none: the first contact with this customer was due by 3 Jan 2026, 09:00,"
            " and none is on record."
        )

    def test_a_first_contact_that_came_too_late_is_named(self, customer, seller):
        clerk = MembershipFactory(store=customer.store)
        record_activity(
            customer.customer, by=Actor.of(clerk), kind="call", outcome="reached",
            at=datetime(2026, 1, 6, 2, tzinfo=UTC),
        )  # fmt: skip
        sold = sale(customer, "1000.00", date(2026, 1, 10), sold_by="other", at=seller, share="0")
        [(_outcome, _amount, why)] = said(about(customer.dealer, sold, SOON)).values()
        assert "was due by 3 Jan 2026, 09:00, and was made 6 Jan 2026, 10:00." in why

    def test_a_seller_whom_no_plan_pays_learns_of_no_owner(self, customer, seller):
        sold = sale(customer, "1000.00", date(2026, 1, 10), sold_by="other", at=seller, share="0.3")
        found = about(seller.dealer, sold, SOON)

        assert (found.part, found.plans) == (None, [])
        assert found.not_yours == "This customer was not yours at that time."

    def test_a_seller_whom_a_plan_pays_has_its_share(self, customer, seller):
        published(percent("0.08", by_share=True, code="cross-seller", to="seller"), code="sellers")
        sold = sale(customer, "1000.00", date(2026, 1, 10), sold_by="other", at=seller, share="0.3")
        found = about(seller.dealer, sold, SOON)
        assert said(found)["cross"][2] == (
            "It is paid to whose customer it is. You sold, but the customer was not yours."
        )
        assert said(found)["cross-seller"][:2] == (Outcome.ESTIMATED, Decimal("56.00"))
        assert customer.dealer.name not in str(said(found))


class TestNotYours:
    def test_without_a_number_it_counts_for_nobody(self, customer):
        sold = unattributed(customer.store, "100.00", date(2026, 1, 10))
        found = about(customer.dealer, sold, SOON)
        assert found.not_yours == "The till named no customer, so the order counts for nobody."

    @pytest.mark.parametrize(
        ("day", "why"),
        [
            (date(2025, 12, 1), "This customer became yours on 1 Jan 2026; what was bought before,"
             " here on 1 Dec 2025, does not count."),
            (date(2026, 7, 1), "Your protection of this customer was over on 1 Apr 2026; the"
             " purchase was on 1 Jul 2026."),
        ],
    )  # fmt: skip
    def test_a_purchase_outside_of_the_protection_names_its_days(self, customer, day, why):
        made = unattributed(customer.store, "100.00", day, identity_id=customer.identity_id)
        assert about(customer.dealer, made, SOON).not_yours == why

    def test_one_whose_registration_was_voided_says_when(self, customer, hq):
        published(percent("0.10", places=["own"]))
        sold = sale(customer, "100.00", date(2026, 1, 10))
        void(customer, reason=VoidReason.FRAUD, by=Actor.hq(hq), at=SOON)
        found = about(customer.dealer, Order.objects.get(pk=sold.pk), SOON + timedelta(days=1))
        assert found.not_yours == (
            "It counted for you until the registration it rested on was voided on 20 Jan 2026."
        )


class TestInDispute:
    @pytest.fixture
    def dispute(self):
        published(percent("0.10", places=EVERYWHERE, code="all"))
        return Dispute(began=BEGAN)

    def test_it_is_held_by_its_case(self, dispute):
        sold = dispute.sell(None, "S1", at=SOLD)
        case = dispute.open(SOLD + DAY)
        found = about(dispute.a.dealer, sold, SOLD + 2 * DAY)
        assert said(found)["all"] == (
            Outcome.HELD,
            None,
            f"Case {case.code} is about this customer: until it is closed, this is in no total.",
        )
        assert (found.total, found.brought_nothing) == (0, False)

    def test_held_by_a_closed_month_and_booked_by_the_next(self, dispute):
        sold = dispute.sell(None, "S1", at=SOLD)
        case = dispute.open(SOLD + DAY)
        close_period(JANUARY)
        in_february = datetime(2026, 2, 20, tzinfo=UTC)
        assert said(about(dispute.a.dealer, sold, in_february))["all"][0] == Outcome.HELD
        settled(case)
        [(outcome, amount, why)] = said(about(dispute.a.dealer, sold, in_february)).values()
        assert (outcome, amount) == (Outcome.ESTIMATED, Decimal("100.00"))
        close_period(FEBRUARY)
        [(outcome, amount, why)] = said(about(dispute.a.dealer, sold, in_february)).values()
        assert (outcome, amount, why) == (
            Outcome.PAID, Decimal("100.00"), "Booked with February 2026.",
        )  # fmt: skip

    def test_one_that_went_to_the_other_side_names_the_case_and_no_dealer(self, dispute):
        sold = dispute.sell(None, "S1", at=SOLD)
        case = settled(dispute.open(SOLD + DAY), CaseOutcome.MOVE)
        sold = Order.objects.get(pk=sold.pk)
        a = about(dispute.a.dealer, sold, SOLD + 90 * DAY)
        b = about(dispute.b.dealer, sold, SOLD + 90 * DAY)
        assert a.part is None
        assert a.not_yours.startswith(f"It counted for you until case {case.code} was decided on")
        assert said(b)["all"][1] == Decimal("100.00")

    def test_a_split_says_each_side_its_own(self, dispute):
        sold = dispute.sell(None, "S1", at=SOLD)
        settled(dispute.open(SOLD + DAY), CaseOutcome.SPLIT, Decimal("0.4"))
        sold = Order.objects.get(pk=sold.pk)
        shares = [
            about(side.dealer, sold, SOLD + 90 * DAY).part.share for side in (dispute.a, dispute.b)
        ]
        assert shares == [Decimal("0.4"), Decimal("0.6")]


class TestReturns:
    def test_a_return_says_what_it_takes_back_of_which_months(self, customer):
        published(percent("0.10", places=["own"], code="own"), tiers(code="tiers"))
        sold = sale(customer, "100.00", date(2026, 1, 10), quantity=2)
        back = give_back(sold, "40.00", date(2026, 1, 15))
        found = about(customer.dealer, back, SOON)
        assert said(found)["own"][:2] == (Outcome.ESTIMATED, Decimal("-4.00"))
        assert said(found)["tiers"][2].startswith(
            "It changes the base of January 2026 by −CNY\u00a040.00."
        )

    def test_one_that_came_too_late_takes_nothing(self, customer):
        published(percent("0.10", places=["own"], code="own", clawback_days=5))
        sold = sale(customer, "100.00", date(2026, 1, 5))
        back = give_back(sold, "100.00", date(2026, 1, 12))
        assert said(about(customer.dealer, back, SOON)) == {
            "own": (
                Outcome.NOTHING,
                None,
                "It came back more than 5 days after the sale: that takes nothing back.",
            )
        }

    def test_one_of_a_later_month_is_asked_by_the_terms_of_its_sale(self, customer):
        published(percent("0.10", places=["own"], code="own"), starts_on=JANUARY, ends_on=FEBRUARY)
        sold = sale(customer, "100.00", date(2026, 1, 5))
        close_period(JANUARY)
        back = give_back(sold, "100.00", date(2026, 2, 12))
        found = about(customer.dealer, back, datetime(2026, 2, 20, tzinfo=UTC))
        [plan] = found.plans
        assert plan.version is not None
        assert said(found)["own"][:2] == (Outcome.ESTIMATED, Decimal("-10.00"))


def test_an_order_that_became_known_late_says_which_month_books_it(customer):
    published(percent("0.10", places=["own"], code="own"))
    run = close_period(JANUARY)
    sold = sale(customer, "100.00", date(2026, 1, 5), recorded_at=just_after(run))
    found = about(customer.dealer, sold, datetime(2026, 2, 20, tzinfo=UTC))
    assert (found.month, found.late) == (JANUARY, FEBRUARY)
    assert said(found)["own"][:2] == (Outcome.ESTIMATED, Decimal("10.00"))


def test_every_reason_of_the_engine_to_leave_an_event_out_has_its_words():
    assert set(CONDITIONS) == set(LEFT_OUT)
    assert not set(CONDITIONS) - set(SENTENCES)

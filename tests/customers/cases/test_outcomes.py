"""What a decision does: the customer, the line, the money in dispute."""

from datetime import timedelta
from decimal import Decimal
from importlib import import_module

import pytest
from django.apps import apps

from customers import verification
from customers.cases import deciding
from customers.dispatch import leads, offers
from customers.models import (
    Answer,
    Attribution,
    AttributionCause,
    CaseOutcome,
    CaseStage,
    DispatchStore,
    Holder,
    Lead,
    LeadSource,
    Order,
    Ownership,
    Rule,
    Void,
    VoidReason,
    WaitEnd,
    Waiting,
)
from customers.orders.recording import GivenLine, record_order
from customers.ownership import claims, extensions, line, passing
from customers.ownership.voids import VoidRefused, void
from dealers import departures
from dealers.actor import Actor, acting
from dealers.triggers import lifted
from tests.customers.cases.disputed import (
    BEGAN,
    DAY,
    EVIDENCE_OVER,
    OPENED,
    SOLD,
    again,
    decided,
    shares,
)
from tests.factories.customers import (
    moved,
    registered,
)
from tests.factories.dealers import (
    DealerFactory,
    OwnerFactory,
    StoreFactory,
    UserFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


def test_a_customer_moves_with_the_money_in_dispute_and_nothing_is_edited(dispute):
    earlier = dispute.sell(None, "S0", at=BEGAN + DAY)
    sale = dispute.sell(None)
    case = decided(dispute, CaseOutcome.MOVE)
    assert Ownership.objects.running(EVIDENCE_OVER + DAY).get().dealer == dispute.a.dealer
    deciding.settle_all(case.appeal_until)
    mine = Ownership.objects.running(case.appeal_until).get()
    assert (mine.dealer, mine.customer) == (dispute.b.dealer, dispute.claim.customer)
    started = mine.events.get(kind="started")
    assert (started.act.kind, started.act.dealer, started.act.reason) == (
        "ruled",
        dispute.b.dealer,
        case.code,
    )
    assert shares(sale) == {dispute.b.dealer_id: 1}
    assert shares(earlier) == {dispute.a.dealer_id: 1}
    kept = Attribution.objects.filter(order=sale).order_by("version", "-share")
    assert [(row.dealer, row.version, row.holder, row.share) for row in kept] == [
        (dispute.a.dealer, 1, Holder.OWNER, 1),
        (dispute.b.dealer, 2, Holder.OWNER, 1),
        (dispute.a.dealer, 2, Holder.NOBODY, 0),
    ]
    assert {row.ruling for row in kept[1:]} == {case.rulings.get()}
    assert {row.cause for row in kept[1:]} == {AttributionCause.RULING}


def counts_for(order, post):
    """Whether an order is the dealer's own, and its role of the database can read it."""
    with acting(Actor.of(post)):
        mine = Order.objects.visible_to(post).filter(pk=order.pk)
        readable = Order.objects.filter(pk=order.pk).first()
        current = Attribution.objects.current().filter(order=order.pk)
        parts = [row.share for row in current.exclude(holder=Holder.NOBODY)]
        counts = readable is not None and readable.counted is not None
        assert mine.exists() == bool(parts) == counts
    return counts, readable is not None


@pytest.mark.parametrize(
    ("outcome", "share", "after"),
    [
        (CaseOutcome.KEEP, None, [(True, True), (False, False)]),
        (CaseOutcome.MOVE, None, [(False, True), (True, True)]),
        (CaseOutcome.SPLIT, Decimal("0.6"), [(True, True), (True, True)]),
        (CaseOutcome.VOID, None, [(False, True), (False, False)]),
    ],
)
def test_by_its_own_role_each_dealer_knows_whose_an_order_is(dispute, outcome, share, after):
    sale, stranger = dispute.sell(None), OwnerFactory()
    posts = [(dispute.owner_a, dispute.owner_b), (dispute.clerk_a, dispute.clerk_b)]
    case = decided(dispute, outcome, share)
    for sides in posts:  # as long as it can be appealed
        assert [counts_for(sale, post) for post in sides] == [(True, True), (False, False)]

    deciding.settle_all(case.appeal_until)

    for sides in posts:
        assert [counts_for(sale, post) for post in sides] == after
    assert counts_for(sale, stranger) == (False, False)
    assert all(holds for _name, holds, _detail in verification.checks())


@pytest.mark.parametrize("outcome", [CaseOutcome.MOVE, CaseOutcome.VOID])
def test_what_was_decided_before_is_told_by_an_upgrade(dispute, outcome):
    sold = [dispute.sell(None), dispute.sell(StoreFactory(), "S2")]
    deciding.settle_all(decided(dispute, outcome).appeal_until)
    nothing = Attribution.objects.filter(holder=Holder.NOBODY, share=0)
    said = [field.attname for field in Attribution._meta.concrete_fields if not field.primary_key]
    expected = set(nothing.values_list(*said))
    assert expected
    assert {row[said.index("order_id")] for row in expected} <= {order.pk for order in sold}
    with lifted(Attribution):
        nothing.delete()
    assert not all(holds for _name, holds, _detail in verification.checks())

    upgrade = import_module("customers.migrations.0061_who_lost_an_order")
    for _again in range(2):
        upgrade.name_those_who_lost(apps, None)

    assert set(nothing.values_list(*said)) == expected


def test_who_sold_to_an_owner_that_never_was_has_no_share_by_their_role(dispute):
    seller = OwnerFactory()
    sale = dispute.sell(StoreFactory(dealer=seller.dealer))
    with acting(Actor.of(seller)):
        assert sale.attributions.current().get().holder == Holder.SELLER
    case = decided(dispute, CaseOutcome.VOID)

    deciding.settle_all(case.appeal_until)

    with acting(Actor.of(seller)):
        left = sale.attributions.current().get()
        assert (left.holder, left.share) == (Holder.NOBODY, 0)
        assert Order.objects.visible_to(seller).filter(pk=sale.pk).exists()  # sold in its store


def test_who_claimed_the_customer_and_has_left_since_follows_nobody_up(dispute):
    dispute.clerk_b.ends_at = EVIDENCE_OVER
    dispute.clerk_b.save(update_fields=["ends_at"])
    case = decided(dispute, CaseOutcome.MOVE)
    deciding.settle_all(case.appeal_until)
    mine = Ownership.objects.running(case.appeal_until).get()
    assert (mine.dealer, mine.staff) == (dispute.b.dealer, None)


@pytest.fixture
def lapsed(dispute):
    """A case in which A's protection has ended: opened a day before, decided for B."""
    case = dispute.open(Ownership.objects.get().period.upper - DAY)
    deciding.settle_all(case.evidence_until)
    case = again(case)
    by = Actor.of(case.reviewer.memberships.get())
    at = case.evidence_until + DAY
    deciding.decide(case, outcome=CaseOutcome.MOVE, share=None, reason="B.", by=by, at=at)
    case = again(case)
    assert not Ownership.objects.running(at).exists()
    return case


def test_nobody_else_gets_who_a_case_is_about_once_the_protection_is_over(dispute, lapsed):
    at, former = lapsed.appeal_until - DAY, dispute.won.customer
    third = StoreFactory()

    told = registered(third, phone=dispute.phone, at=at)
    b_again = registered(dispute.b, phone=dispute.phone, at=at + timedelta(minutes=1))
    line.stand(told, by=Actor.of(OwnerFactory(dealer=third.dealer)), at=at)
    passing.let_time_pass(at + timedelta(hours=1))

    assert {(each.answer, each.rule) for each in (told, b_again)} == {(Answer.PROTECTED, Rule.R3)}
    assert claims.pooled(dispute.a.dealer_id, None, at) == []
    with pytest.raises(claims.ClaimRefused, match="not free"):
        claims.claim(former, dispute.a, by=Actor.of(dispute.clerk_a), at=at)
    assert not Ownership.objects.running(at).exists()

    deciding.settle_all(lapsed.appeal_until + DAY)
    passing.let_time_pass(lapsed.appeal_until + DAY)
    assert Ownership.objects.running(lapsed.appeal_until).get().store == dispute.b
    assert {name for name, holds, _ in verification.checks() if not holds} == set()


def test_the_line_is_served_when_the_case_is_closed_and_not_before(dispute):
    case = dispute.open(Ownership.objects.get().period.upper - DAY)
    third = StoreFactory()
    told = registered(third, phone=dispute.phone, at=case.opened_at + 2 * DAY)
    line.stand(told, by=Actor.of(OwnerFactory(dealer=third.dealer)), at=told.received_at)
    for days in range(1, 60):
        deciding.settle_all(case.opened_at + days * DAY)
        passing.let_time_pass(case.opened_at + days * DAY)
    case = again(case)
    assert case.rulings.get().outcome == CaseOutcome.KEEP
    served = Ownership.objects.latest("period")
    assert (served.store, served.period.lower) == (third, case.closed_at)
    assert {name for name, holds, _ in verification.checks() if not holds} == set()


def test_a_goes_on_with_who_a_case_is_about_and_a_later_move_takes_effect(dispute, lapsed):
    at = lapsed.appeal_until - DAY
    mine = registered(dispute.a, phone=dispute.phone, at=at)
    assert (mine.answer, mine.rule) == (Answer.YOURS, Rule.R6)
    deciding.settle_all(lapsed.appeal_until)
    assert Ownership.objects.running(lapsed.appeal_until).get().store == dispute.b


def test_a_lead_of_who_a_case_is_about_is_offered_to_a_alone(dispute, lapsed):
    at, near = lapsed.appeal_until - DAY, StoreFactory(dealer=DealerFactory())
    DispatchStore.objects.create(store=near, latitude=Decimal(31), longitude=Decimal(121))
    lead = leads.receive(
        Lead(source=LeadSource.HQ, wish="A filter", region=near.dealer.region,
             latitude=Decimal(31), longitude=Decimal(121)),
        phone=dispute.phone, name="林", consent=True, at=at,
        by=Actor.hq(UserFactory(is_staff=True)),
    )  # fmt: skip
    made = offers.offer(lead.pk, at)
    assert (made.store, made.to_owner) == (dispute.a, True)
    accepted = offers.accept(made, by=Actor.of(dispute.clerk_a), at=at + timedelta(minutes=5))
    assert accepted.answer == Answer.YOURS


def test_who_wins_the_customer_stands_in_no_line_any_more(dispute):
    claim = dispute.claim
    place = Waiting.objects.create(
        registration=claim, identity=claim.identity, customer=claim.customer, dealer=claim.dealer,
        store=claim.store, stood_at=claim.received_at,
    )  # fmt: skip
    case = decided(dispute, CaseOutcome.MOVE)

    deciding.settle_all(case.appeal_until)

    place.refresh_from_db()
    assert place.ended == WaitEnd.OWNED


def test_what_a_asked_for_is_over_with_it(dispute):
    won = Ownership.objects.running(OPENED).get()
    case = decided(dispute, CaseOutcome.MOVE)
    asks = case.appeal_until - timedelta(hours=1)
    extensions.ask(won.customer, "The quote waits.", by=Actor.of(dispute.clerk_a), at=asks)
    deciding.settle_all(case.appeal_until)
    mine = Ownership.objects.running(case.appeal_until).get()
    passing.let_time_pass(case.appeal_until + 9 * DAY)
    again_mine = Ownership.objects.get(pk=mine.pk)
    assert (again_mine.dealer, again_mine.extensions) == (dispute.b.dealer, 0)


def test_time_has_passed_before_a_customer_moves(dispute):
    """A had let them go meanwhile: nothing of A's is ended that had ended."""
    case = decided(dispute, CaseOutcome.MOVE)
    owned = Ownership.objects.get()
    with lifted(Ownership):
        Ownership.objects.filter(pk=owned.pk).update(
            contacted_at=None, release_at=case.appeal_until - DAY
        )
    deciding.settle_all(case.appeal_until)
    a, b = Ownership.objects.order_by("period")
    assert (a.period.upper, b.period.lower) == (case.appeal_until - DAY, case.appeal_until)


def test_of_a_dealer_that_closes_nobody_moves_and_b_is_next_in_line(dispute):
    case = decided(dispute, CaseOutcome.MOVE)
    with lifted(Ownership):
        Ownership.objects.update(frozen=True)
    deciding.settle_all(case.appeal_until)
    owned = Ownership.objects.get()
    assert (owned.dealer, again(case).stage) == (dispute.a.dealer, CaseStage.CLOSED)
    assert Waiting.objects.open().get().registration == dispute.claim
    passing.let_time_pass(owned.period.upper)
    assert Ownership.objects.running(owned.period.upper).get().dealer == dispute.b.dealer


def test_b_stands_in_line_again_where_it_had_left_the_line(dispute):
    by, at = Actor.of(dispute.owner_b), dispute.claim.received_at
    line.stand(dispute.claim, by=by, at=at)
    line.leave(dispute.claim, by=by, at=at + timedelta(minutes=1))
    case = decided(dispute, CaseOutcome.MOVE)
    with lifted(Ownership):
        Ownership.objects.update(frozen=True)
    deciding.settle_all(case.appeal_until)
    assert Waiting.objects.open().get().registration == dispute.claim
    ends = Ownership.objects.get().period.upper
    passing.let_time_pass(ends)
    assert Ownership.objects.running(ends).get().dealer == dispute.b.dealer


def test_who_has_closed_by_then_wins_no_customer(dispute):
    case = decided(dispute, CaseOutcome.MOVE)
    departures.close_from([dispute.b.pk], case.appeal_until - DAY)
    deciding.settle_all(case.appeal_until)
    assert again(case).stage == CaseStage.CLOSED
    assert Ownership.objects.running(case.appeal_until).get().dealer == dispute.a.dealer


def test_money_is_split_by_percent_and_what_came_back_with_it(dispute):
    sale = dispute.sell(dispute.b)
    line = sale.lines.get()
    back = record_order(
        source="till", external_id="R1", ordered_at=SOLD + DAY, returns=sale,
        lines=[GivenLine(number=1, category=line.category, product=None, quantity=1, gross=line.net,
                    discount=Decimal("0.00"), net=line.net, returns=1)],
    )  # fmt: skip
    assert shares(sale)[dispute.a.dealer_id] == Decimal("0.30")
    case = decided(dispute, CaseOutcome.SPLIT, Decimal("0.55"))
    deciding.settle_all(case.appeal_until)
    split = {dispute.a.dealer_id: Decimal("0.55"), dispute.b.dealer_id: Decimal("0.45")}
    assert shares(sale) == split
    assert shares(back) == split
    assert Ownership.objects.running(case.appeal_until).get().dealer == dispute.a.dealer


def test_a_fraud_is_voided(dispute):
    sale = dispute.sell(None)
    case = decided(dispute, CaseOutcome.VOID)
    deciding.settle_all(case.appeal_until)
    assert Void.objects.get().reason == VoidReason.FRAUD
    assert shares(sale) == {}
    assert not Ownership.objects.running(case.appeal_until).exists()


def test_a_fraud_is_voided_at_whichever_store_the_customer_is_by_now(dispute):
    moved(dispute.won, StoreFactory(dealer=dispute.a.dealer), OPENED - DAY)
    case = decided(dispute, CaseOutcome.VOID)
    deciding.settle_all(case.appeal_until)
    assert Void.objects.get().registration == dispute.won
    assert not Ownership.objects.given().exists()


def voided(registration, post, at):
    return void(registration, reason=VoidReason.WRONG_NUMBER, by=Actor.of(post), at=at)


def test_while_a_case_runs_the_owner_takes_nothing_out_of_it(dispute):
    """Or what was sold in dispute would be nobody's, and the other side could not win it."""
    sale = dispute.sell(None)
    case = decided(dispute, CaseOutcome.MOVE)

    with pytest.raises(VoidRefused, match="not voided until it is closed"):
        voided(dispute.won, dispute.owner_a, EVIDENCE_OVER + 2 * DAY)
    deciding.settle_all(case.appeal_until)

    assert not Void.objects.exists()
    assert shares(sale) == {dispute.b.dealer_id: 1}


def test_who_rests_a_claim_on_a_mistake_voids_it_while_the_case_runs(dispute):
    dispute.open()
    assert voided(dispute.claim, dispute.owner_b, OPENED + DAY)


def test_what_a_case_has_shared_stays_shared(dispute):
    sale = dispute.sell(None)
    case = decided(dispute, CaseOutcome.SPLIT, Decimal("0.4"))
    deciding.settle_all(case.appeal_until)

    with pytest.raises(VoidRefused, match="A case has decided about something"):
        voided(dispute.won, dispute.owner_a, case.appeal_until + DAY)

    assert shares(sale) == {
        dispute.a.dealer_id: Decimal("0.4"),
        dispute.b.dealer_id: Decimal("0.6"),
    }


def test_what_a_case_left_with_its_owner_can_be_voided_once_it_is_closed(dispute):
    case = decided(dispute, CaseOutcome.KEEP)
    deciding.settle_all(case.appeal_until)

    assert voided(dispute.won, dispute.owner_a, case.appeal_until + DAY)


@pytest.mark.parametrize(
    ("outcome", "share"),
    [(CaseOutcome.MOVE, None), (CaseOutcome.SPLIT, Decimal("0.4")), (CaseOutcome.VOID, None)],
)
def test_what_a_case_did_is_in_order(dispute, outcome, share):
    dispute.sell(dispute.b)
    case = decided(dispute, outcome, share)
    deciding.settle_all(case.appeal_until)
    assert {name: said for name, holds, said in verification.checks() if not holds} == {}

"""Cases from opening to appeal: what becomes due, what is decided, what it does."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from config.home import waiting
from customers import verification
from customers.cases import blind, deciding, effects, evidence, facts, holds, opening
from customers.cases.terms import CaseRefused
from customers.dispatch import leads, offers
from customers.models import (
    Act,
    ActKind,
    Answer,
    Attribution,
    AttributionCause,
    Case,
    CaseOutcome,
    CaseReview,
    CaseRuling,
    CaseSource,
    CaseStage,
    DispatchStore,
    Holder,
    Lead,
    LeadSource,
    Order,
    Ownership,
    Precedent,
    Rule,
    Void,
    VoidReason,
    WaitEnd,
    Waiting,
)
from customers.orders.recording import Line, record_order
from customers.ownership import claims, extensions, line, passing
from customers.ownership.activities import record_activity
from dealers import departures
from dealers.actor import Actor
from dealers.models import Notice, NoticeKind
from dealers.triggers import lifted
from tests.factories.customers import (
    CategoryFactory,
    RulebookFactory,
    moved,
    phone_number,
    registered,
)
from tests.factories.dealers import (
    DealerFactory,
    MembershipFactory,
    OwnerFactory,
    RegionalManagerFactory,
    StoreFactory,
    UserFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

BEGAN = datetime(2026, 9, 14, 2, 0, tzinfo=UTC)  # a Monday, 10 in the morning in Shanghai
DAY = timedelta(days=1)
CLAIMED = BEGAN + 14 * DAY
SOLD = BEGAN + 20 * DAY
OPENED = BEGAN + 42 * DAY  # Monday 26 October
EVIDENCE_OVER = datetime(2026, 10, 29, 16, 0, tzinfo=UTC)  # the end of Thursday
DECIDED_BY = datetime(2026, 11, 6, 16, 0, tzinfo=UTC)  # of Friday a week later
APPEAL_OVER = datetime(2026, 11, 14, 16, 0, tzinfo=UTC)  # seven whole days


@pytest.fixture(autouse=True)
def _rules(db):
    RulebookFactory()


class Dispute:
    """A customer of one dealer's, whom another says is theirs."""

    def __init__(self, managers=None, nth="", began=BEGAN):
        self.phone = phone_number()
        self.a = StoreFactory(name=f"永康街店{nth}", dealer=DealerFactory(name=f"永康经销商{nth}"))
        self.b = StoreFactory(name=f"中山路店{nth}", dealer=DealerFactory(name=f"中山经销商{nth}"))
        self.owner_a = OwnerFactory(dealer=self.a.dealer)
        self.owner_b = OwnerFactory(dealer=self.b.dealer)
        self.clerk_a, self.clerk_b = (
            MembershipFactory(store=self.a),
            MembershipFactory(store=self.b),
        )
        self.manager, self.second = managers or (
            RegionalManagerFactory(),
            RegionalManagerFactory(),
        )
        if managers is None:  # who is asked about no case of their own region
            RegionalManagerFactory(region=self.a.dealer.region)
        self.won = registered(
            self.a, phone=self.phone, staff=self.clerk_a.user, at=began, name="林美玲"
        )
        record_activity(
            self.won.customer,
            by=Actor.of(self.clerk_a),
            kind="call",
            outcome="reached",
            at=began + timedelta(hours=3),
        )
        self.claim = registered(
            self.b, phone=self.phone, staff=self.clerk_b.user, at=began + 14 * DAY, name="林小姐"
        )
        assert self.claim.answer == Answer.PROTECTED

    def sell(self, store, number="S1", net="1000.00", at=SOLD):
        line = Line(
            number=1, category=CategoryFactory(), product=None, quantity=1,
            gross=Decimal(net), discount=Decimal("0.00"), net=Decimal(net),
        )  # fmt: skip
        return record_order(
            source="till", external_id=number, ordered_at=at, lines=[line], store=store,
            phone=self.phone,
        )  # fmt: skip

    def open(self, at=OPENED) -> Case:
        return opening.claim(
            self.claim, story="She came to us first.", by=Actor.of(self.owner_b), at=at
        )


@pytest.fixture
def dispute():
    return Dispute()


def again(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def shares(order: Order) -> dict[int, Decimal]:
    rows = Attribution.objects.current().filter(order=order).exclude(holder=Holder.NOBODY)
    return {row.dealer_id: row.share for row in rows}


def test_a_dealer_opens_a_case_from_its_receipt_and_the_owner_is_told_no_name(dispute):
    case = dispute.open()
    assert (case.source, case.since, case.evidence_until) == (
        CaseSource.DEALER,
        CLAIMED,
        EVIDENCE_OVER,
    )
    told = Notice.objects.filter(kind=NoticeKind.CASE)
    assert dispute.owner_a.user in {each.user for each in told}
    assert not any(each.user.memberships.filter(dealer=dispute.b.dealer) for each in told)
    assert all(dispute.b.dealer.name not in each.title for each in told)
    with pytest.raises(CaseRefused, match="runs already"):
        dispute.open()


def test_only_a_registration_that_was_protected_elsewhere_opens_one(dispute):
    for registration, by in [
        (dispute.won, dispute.owner_a),
        (dispute.claim, dispute.owner_a),
    ]:
        with pytest.raises(CaseRefused, match="protected elsewhere"):
            opening.claim(registration, story="x", by=Actor.of(by), at=OPENED)
    with pytest.raises(CaseRefused, match="Write what happened"):
        opening.claim(dispute.claim, story=" ", by=Actor.of(dispute.owner_b), at=OPENED)
    with pytest.raises(CaseRefused, match="register the customer anew"):
        opening.claim(dispute.claim, story="x", by=Actor.of(dispute.owner_b), at=OPENED + 400 * DAY)


def test_silence_means_the_proposal_whenever_the_job_runs(dispute):
    sale = dispute.sell(None)
    case = dispute.open()
    assert deciding.settle_all(EVIDENCE_OVER - timedelta(microseconds=1)) == 0
    deciding.settle_all(EVIDENCE_OVER)
    first = again(case)
    assert (first.stage, first.decide_by, first.reviewer) == (
        CaseStage.REVIEW,
        DECIDED_BY,
        dispute.manager.user,
    )
    assert (case.proposal.outcome, case.proposal.rules) == (CaseOutcome.KEEP, ["R3", "E5"])
    assert holds.held(dispute.a.dealer_id) == {sale.pk: case.code}
    deciding.settle_all(APPEAL_OVER + 5 * DAY)  # late: all is done as of when it was due
    deciding.settle_all(APPEAL_OVER + 5 * DAY)
    closed = again(case)
    ruling = CaseRuling.objects.get()
    assert (ruling.by, ruling.outcome, ruling.at) == (None, CaseOutcome.KEEP, DECIDED_BY)
    assert (closed.stage, closed.appeal_until, closed.closed_at) == (
        CaseStage.CLOSED,
        APPEAL_OVER,
        APPEAL_OVER,
    )
    assert holds.held(dispute.a.dealer_id) == {}
    assert shares(sale) == {dispute.a.dealer_id: 1}
    taught = Precedent.objects.get()
    assert (taught.outcome, taught.by_silence, taught.as_proposed, taught.evidence_a) == (
        CaseOutcome.KEEP,
        True,
        True,
        5,
    )


def decided(dispute, outcome, share=None, reason="B was there first."):
    case = dispute.open()
    deciding.settle_all(EVIDENCE_OVER)
    case = again(case)
    by = Actor.of(case.reviewer.memberships.get())
    at = EVIDENCE_OVER + DAY
    deciding.decide(case, outcome=outcome, share=share, reason=reason, by=by, at=at)
    return again(case)


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
    kept = Attribution.objects.filter(order=sale).order_by("version")
    assert [(row.dealer, row.version) for row in kept] == [
        (dispute.a.dealer, 1),
        (dispute.b.dealer, 2),
    ]
    assert kept[1].ruling == case.rulings.get()
    assert kept[1].cause == AttributionCause.RULING


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


def test_no_dealer_learns_who_decided(dispute):
    decided(dispute, CaseOutcome.MOVE)
    deciding.settle_all(APPEAL_OVER)
    assert {act.by for act in Act.objects.filter(kind=ActKind.RULED)} == {None}
    assert CaseRuling.objects.get().by == dispute.manager.user


def test_who_has_a_part_in_it_by_now_decides_no_more(dispute):
    dispute.open()
    deciding.settle_all(EVIDENCE_OVER)
    case = Case.objects.get()
    MembershipFactory(user=dispute.manager.user, store=dispute.b)
    by, at = Actor.of(dispute.manager), EVIDENCE_OVER + DAY
    with pytest.raises(CaseRefused, match="step aside"):
        deciding.decide(case, outcome=CaseOutcome.KEEP, share=None, reason="x", by=by, at=at)
    deciding.step_aside(case, by=by, at=at)
    assert again(case).reviewer == dispute.second.user


def test_on_appeal_the_first_reason_names_nobody(dispute):
    case = decided(dispute, CaseOutcome.KEEP, reason="永康街店 was first, call 13800000000.")
    deciding.appeal(case, "No.", by=Actor.of(dispute.owner_b), at=EVIDENCE_OVER + 2 * DAY)
    seen = blind.of(again(case), by=Actor.of(dispute.second), at=timezone.now())
    assert seen.why == "▇▇ was first, call ▇▇."


def test_who_has_closed_by_then_wins_no_customer(dispute):
    case = decided(dispute, CaseOutcome.MOVE)
    departures.close_from([dispute.b.pk], case.appeal_until - DAY)
    deciding.settle_all(case.appeal_until)
    assert again(case).stage == CaseStage.CLOSED
    assert Ownership.objects.running(case.appeal_until).get().dealer == dispute.a.dealer


def test_headquarters_is_told_what_stays_as_paid(dispute, hq, login, monkeypatch):
    monkeypatch.setattr(effects, "carry_out", lambda *_: 2)
    case = decided(dispute, CaseOutcome.MOVE)
    deciding.settle_all(case.appeal_until)
    [told] = [
        each
        for each in waiting.waiting_for(hq, case.appeal_until + DAY)
        if "customers/case" in each.url
    ]
    assert told.title == "1 case left orders of closed months as paid"
    assert told.detail.startswith("2 orders")
    assert case.code in login(hq).get(told.url).text
    assert waiting.waiting_for(dispute.owner_a.user, case.appeal_until + DAY) == []


def test_whoever_decides_reads_days_and_no_numbers(dispute):
    text = "On 2026-03-01 10:30 she called from 138 - 1234 - 5678 or 020·8888·7777."
    shown = blind._Clearer(["x9"])(text)
    assert shown == "On 2026-03-01 10:30 she called from ▇▇ or ▇▇."


def test_money_is_split_by_percent_and_what_came_back_with_it(dispute):
    sale = dispute.sell(dispute.b)
    line = sale.lines.get()
    back = record_order(
        source="till", external_id="R1", ordered_at=SOLD + DAY, returns=sale,
        lines=[Line(number=1, category=line.category, product=None, quantity=1, gross=line.net,
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


def test_one_appeal_in_seven_days_and_somebody_else_decides(dispute):
    case = decided(dispute, CaseOutcome.MOVE)
    by = Actor.of(dispute.owner_a)
    with pytest.raises(CaseRefused, match="one appeal"):
        deciding.appeal(case, "No.", by=by, at=case.appeal_until)
    deciding.appeal(case, "We have her since March.", by=by, at=case.appeal_until - DAY)
    case = again(case)
    first = CaseReview.objects.get(instance=1)
    assert (case.stage, case.reviewer) == (CaseStage.APPEAL, dispute.second.user)
    assert first.user == dispute.manager.user
    with pytest.raises(CaseRefused, match="one appeal"):
        deciding.appeal(case, "Again.", by=Actor.of(dispute.owner_b), at=case.appeal_until - DAY)
    with pytest.raises(CaseRefused, match="does not wait for you"):
        deciding.decide(
            case, outcome=CaseOutcome.KEEP, share=None, reason="x",
            by=Actor.of(dispute.manager), at=case.appeal_until,
        )  # fmt: skip
    deciding.decide(
        case, outcome=CaseOutcome.KEEP, share=None, reason="A was first.",
        by=Actor.of(dispute.second), at=case.appeal_until,
    )  # fmt: skip
    assert again(case).stage == CaseStage.CLOSED
    assert Ownership.objects.running(case.appeal_until).get().dealer == dispute.a.dealer
    assert Precedent.objects.get().appealed


def test_who_has_a_part_in_it_steps_aside_and_with_nobody_left_silence_decides(dispute):
    case = dispute.open()
    deciding.settle_all(EVIDENCE_OVER)
    for manager in (dispute.manager, dispute.second):
        deciding.step_aside(again(case), by=Actor.of(manager), at=EVIDENCE_OVER + DAY)
    assert again(case).reviewer is None
    deciding.settle_all(DECIDED_BY)
    assert CaseRuling.objects.get().by is None


def test_evidence_is_taken_for_three_days_from_the_two_sides(dispute):
    case = dispute.open()
    evidence.say(case, "We fitted her filter.", by=Actor.of(dispute.owner_a), at=OPENED + DAY)
    stranger = Actor.of(MembershipFactory())
    with pytest.raises(CaseRefused, match="two sides"):
        evidence.say(case, "Me too.", by=stranger, at=OPENED + DAY)
    with pytest.raises(CaseRefused, match="is over"):
        evidence.say(case, "Late.", by=Actor.of(dispute.owner_a), at=EVIDENCE_OVER)
    with pytest.raises(CaseRefused, match="longer"):
        evidence.say(case, "x" * 2001, by=Actor.of(dispute.owner_a), at=OPENED)


def test_what_was_decided_is_never_changed(dispute):
    case = decided(dispute, CaseOutcome.KEEP)
    deciding.settle_all(case.appeal_until)
    for rows, change in [
        (CaseRuling.objects.all(), {"outcome": CaseOutcome.MOVE}),
        (Case.objects.all(), {"stage": CaseStage.APPEAL}),
        (Precedent.objects.all(), {"by_silence": True}),
    ]:
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(**change)


def test_facts_are_those_that_were_recorded_before_the_case(dispute):
    dispute.sell(dispute.b, "B1", at=BEGAN + 5 * DAY)
    case = dispute.open()
    dispute.sell(dispute.a, "A1", at=BEGAN + DAY)  # brought later
    known = facts.of(case)
    assert [(each.side, each.strength, each.at) for each in known.facts] == [
        ("A", 5, BEGAN),
        ("B", 2, BEGAN + 5 * DAY),
        ("B", 6, CLAIMED),
    ]
    assert known.strongest("B") is None  # while a protection runs nothing is against it


def test_a_dealer_opens_at_most_five_in_ninety_days(dispute):
    for _ in range(5):
        Dispute.open(_beside(dispute))
    with pytest.raises(CaseRefused, match="5 cases in 90 days"):
        dispute.open()


def _beside(dispute):
    """Another customer between the same two."""
    other = object.__new__(Dispute)
    other.__dict__ |= dispute.__dict__ | {"phone": phone_number()}
    registered(other.a, phone=other.phone, staff=other.clerk_a.user, at=BEGAN)
    other.claim = registered(other.b, phone=other.phone, staff=other.clerk_b.user, at=CLAIMED)
    return other


@pytest.mark.parametrize(
    ("outcome", "share"),
    [(CaseOutcome.MOVE, None), (CaseOutcome.SPLIT, Decimal("0.4")), (CaseOutcome.VOID, None)],
)
def test_what_a_case_did_is_in_order(dispute, outcome, share):
    dispute.sell(dispute.b)
    case = decided(dispute, outcome, share)
    deciding.settle_all(case.appeal_until)
    assert {name: said for name, holds, said in verification.checks() if not holds} == {}

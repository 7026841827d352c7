"""What time does to ownerships, whenever the job runs."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from customers import verification
from customers.dispatch import leads, offers
from customers.models import (
    Act,
    ActKind,
    Answer,
    Channel,
    EventKind,
    Lead,
    LeadSource,
    Ownership,
    OwnershipEvent,
    Rule,
    Waiting,
)
from customers.orders.recording import GivenLine, record_order
from customers.ownership import activities, claims, handover, line, passing, reminders, retrace
from customers.ownership.claims import ClaimRefused
from dealers.actor import Actor
from dealers.models import Notice
from dealers.people import close_account
from tests.factories.customers import (
    DAY_ONE,
    CategoryFactory,
    RulebookFactory,
    number_of,
    phone_number,
    registered,
)
from tests.factories.dealers import MembershipFactory, StoreFactory, UserFactory

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RELEASE = DAY_ONE + 7 * DAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture(autouse=True)
def rulebook(db):
    return RulebookFactory(release_after_days=7, warning_days=[30, 7, 1])


def _state():
    """Everything that time has done, without when that was written."""
    return (
        list(Ownership.objects.order_by("pk").values_list("period", "protected_until", "store")),
        sorted(Act.objects.values_list("kind", "at", "dealer", "identity")),
        sorted(OwnershipEvent.objects.values_list("kind", "at", "ownership__store", "ends_at")),
        sorted(Waiting.objects.values_list("store", "ended", "ended_at")),
    )


def test_whom_nobody_contacts_is_let_go_at_the_very_moment(store, clerk):
    made = registered(store, staff=clerk.user)

    assert passing.let_time_pass(RELEASE - timedelta(microseconds=1)) == []
    passing.let_time_pass(RELEASE + 40 * DAY)

    owned = made.ownership
    owned.refresh_from_db()
    assert owned.period.upper == owned.protected_until == RELEASE
    act = Act.objects.get()
    assert (act.kind, act.at, act.by, act.dealer) == (ActKind.LET_GO, RELEASE, None, store.dealer)
    assert act.events.get().kind == EventKind.ENDED
    assert "free for others" in Notice.objects.get(user=clerk.user).said
    assert [name for name, good, _why in verification.checks() if not good] == []


def test_one_for_whom_it_fails_holds_nobody_else_up(store, monkeypatch):
    first, second = registered(store), registered(store)
    settle = passing.settle

    def failing(identity, *moments):
        if identity == first.identity_id:
            raise RuntimeError
        return settle(identity, *moments)

    monkeypatch.setattr(passing, "settle", failing)
    with pytest.raises(RuntimeError):
        passing.let_time_pass(RELEASE)

    assert Act.objects.get().identity_id == second.identity_id


def test_a_job_that_comes_twice_does_it_once(store):
    registered(store)

    passing.let_time_pass(RELEASE + DAY)
    before = _state()
    assert passing.let_time_pass(RELEASE + DAY) == []
    assert passing.let_time_pass(RELEASE + 2 * DAY) == []
    assert _state() == before


def test_a_contact_in_time_or_a_sale_keeps_the_customer(store, clerk):
    called, sold = phone_number(), phone_number()
    first = registered(store, phone=called)
    second = registered(store, phone=sold)
    activities.record_activity(
        first.customer, by=Actor.of(clerk), kind="call", outcome="reached", at=RELEASE - HOUR
    )
    record_order(
        source="till", external_id="1", ordered_at=RELEASE - HOUR, store=store, phone=sold,
        lines=[GivenLine(1, CategoryFactory(), 1, 100, 0, 100)],
    )  # fmt: skip

    assert passing.let_time_pass(RELEASE + DAY) == []
    assert Ownership.objects.running(RELEASE + DAY).count() == 2
    assert second.ownership.events.filter(kind=EventKind.ENDED).count() == 0


def test_who_registers_before_the_job_comes_is_answered_as_if_it_had(store):
    phone, other = phone_number(), StoreFactory()
    registered(store, phone=phone)

    just_before = registered(other, phone=phone, at=RELEASE - timedelta(microseconds=1))
    at_once = registered(other, phone=phone, at=RELEASE)

    assert (just_before.answer, at_once.answer, at_once.rule) == (
        Answer.PROTECTED, Answer.YOURS, Rule.R6,
    )  # fmt: skip
    assert Act.objects.get().at == RELEASE
    assert list(retrace.broken()) == []


def test_a_sale_after_the_moment_is_nobodys_whether_the_job_came_or_not(store):
    phone = phone_number()
    registered(store, phone=phone)

    order = record_order(
        source="till", external_id="1", ordered_at=RELEASE, store=store, phone=phone,
        lines=[GivenLine(1, CategoryFactory(), 1, 100, 0, 100)],
    )  # fmt: skip

    assert list(order.attributions.all()) == []
    assert Act.objects.get().kind == ActKind.LET_GO


@pytest.mark.parametrize("job", [True, False])
def test_a_sale_that_is_told_late_prolongs_nothing_that_was_let_go(store, job):
    """Whether the job came before it was told, or not: as in a file that tells of it."""
    phone = phone_number()
    made = registered(store, phone=phone)
    if job:
        passing.let_time_pass(RELEASE)

    order = record_order(
        source="till", external_id="1", ordered_at=RELEASE - HOUR, store=store, phone=phone,
        lines=[GivenLine(1, CategoryFactory(), 1, 100, 0, 100)], told_at=RELEASE + HOUR,
    )  # fmt: skip

    made.ownership.refresh_from_db()
    assert made.ownership.period.upper == RELEASE
    assert order.attributions.get().dealer == store.dealer
    assert list(retrace.broken()) == []


def test_of_a_past_that_is_loaded_nobody_is_let_go(store):
    made = registered(store, channel=Channel.HISTORY)

    assert made.ownership.release_at is None
    assert passing.let_time_pass(RELEASE + DAY) == []


def test_without_the_rule_nobody_is_let_go(store, rulebook):
    RulebookFactory(starts_on=DAY_ONE.date() + timedelta(days=20))
    made = registered(store, at=DAY_ONE + 30 * DAY)

    assert made.ownership.release_at is None


@pytest.mark.parametrize(
    "hours",
    [
        range(0, 24 * 110, 24),  # each day
        [h for h in range(0, 24 * 110, 24) if h != 24 * 7],  # a day skipped
        [h for day in range(110) for h in (24 * day, 24 * day)],  # twice
        range(13, 24 * 110, 24),  # at another hour
    ],
)
def test_when_the_job_runs_changes_nothing(store, clerk, hours, expected_state):
    for hour in hours:
        passing.let_time_pass(DAY_ONE + hour * HOUR)
    passing.let_time_pass(DAY_ONE + 24 * 110 * HOUR)

    assert _shape() == expected_state
    assert list(retrace.broken()) == []


def test_whoever_is_served_late_has_their_turn_from_when_they_are_told(store):
    """And is not let go in the same breath for what they could not know."""
    phone, second = phone_number(), StoreFactory()
    registered(store, phone=phone)
    refused = registered(second, phone=phone, at=DAY_ONE + HOUR)
    line.stand(refused, by=Actor.of(MembershipFactory(store=second)), at=DAY_ONE + HOUR)
    late = RELEASE + 30 * DAY

    passing.let_time_pass(late)

    won = Ownership.objects.get(store=second)
    assert (won.period.lower, won.contact_due_at) == (late, late + 48 * HOUR)
    assert Ownership.objects.get(store=store).period.upper == RELEASE
    assert Waiting.objects.get().ended_at == late
    passing.let_time_pass(late + 7 * DAY - HOUR)
    assert Ownership.objects.running(late + 7 * DAY - HOUR).get() == won
    assert list(retrace.broken()) == []


def _shape():
    held = Ownership.objects.values_list("store__code", "period", "protected_until")
    acts = Act.objects.order_by("at", "kind").values_list("kind", "at", "store__code")
    waits = Waiting.objects.order_by("ended_at").values_list("store__code", "ended", "ended_at")
    periods = sorted((code, it.lower, it.upper, until) for code, it, until in held)
    return periods, list(acts), list(waits)


@pytest.fixture
def expected_state(store, clerk):
    """One is let go and the line served twice; one runs out; what that leads to, by hand."""
    phone = phone_number()
    second, third = StoreFactory(), StoreFactory()
    registered(store, phone=phone)
    for at, place in ((HOUR, second), (2 * HOUR, third)):
        refused = registered(place, phone=phone, at=DAY_ONE + at)
        line.stand(refused, by=Actor.of(MembershipFactory(store=place)), at=DAY_ONE + at)
    kept = registered(store)
    activities.record_activity(
        kept.customer, by=Actor.of(clerk), kind="visit", at=DAY_ONE + HOUR, outcome=""
    )
    until = kept.ownership
    until.refresh_from_db()
    two, three = RELEASE + 7 * DAY, RELEASE + 14 * DAY
    held = [
        (store.code, DAY_ONE, RELEASE, RELEASE),
        (store.code, DAY_ONE, until.period.upper, until.protected_until),
        (second.code, RELEASE, two, two),
        (third.code, two, three, three),
    ]
    acts = [
        (ActKind.LET_GO, RELEASE, store.code), (ActKind.SERVED, RELEASE, second.code),
        (ActKind.LET_GO, two, second.code), (ActKind.SERVED, two, third.code),
        (ActKind.LET_GO, three, third.code),
    ]  # fmt: skip
    waits = [(second.code, "served", RELEASE), (third.code, "served", two)]
    return sorted(held), acts, waits


def test_an_owner_is_told_of_each_warning_once(store, clerk):
    made = registered(store, staff=clerk.user, channel=Channel.HISTORY)
    end = made.ownership.protected_until
    for hour in range(24 * 95):
        if hour % 12 == 1:
            reminders.tell(DAY_ONE + hour * HOUR)

    said = list(Notice.objects.filter(user=clerk.user).order_by("at").values_list("said", "at"))
    assert len(said) == 4
    assert "Nobody has contacted" in said[0][0]
    assert "released" not in said[0][0]  # files of the past let nobody go
    assert said[0][1] - made.ownership.contact_due_at < 13 * HOUR
    assert [(end - at).days for _said, at in said[1:]] == [30, 7, 1]
    assert timezone.localdate(end - HOUR).isoformat() in said[1][0]


def test_only_of_whom_it_is_true_an_owner_is_told_that_they_are_released(store, clerk):
    registered(store, staff=clerk.user)
    phone = number_of(registered(store, staff=clerk.user).customer)
    record_order(
        source="pos", external_id="O1", ordered_at=DAY_ONE + HOUR, store=store, phone=phone,
        lines=[GivenLine(1, CategoryFactory(), 1, Decimal(100), Decimal(0), Decimal(100))],
    )  # fmt: skip

    for hour in (50, 51):
        reminders.tell(DAY_ONE + hour * HOUR)

    said = sorted(each.title for each in Notice.objects.filter(user=clerk.user))
    assert ["released" in each for each in said] == [False, True]
    assert all(f"in time, {store.name}: 1" in each for each in said)


def test_who_leads_the_store_is_told_of_whom_nobody_follows_up_beside_their_own(store, manager):
    registered(store, staff=manager.user)
    registered(store)

    for hour in (50, 51):
        reminders.tell(DAY_ONE + hour * HOUR)

    assert Notice.objects.filter(user=manager.user).count() == 2


def test_where_an_account_is_closed_who_answers_for_the_store_is_told(store, clerk, manager):
    registered(store, staff=clerk.user)
    close_account(clerk.user, at=DAY_ONE)

    for hour in (50, 51):
        reminders.tell(DAY_ONE + hour * HOUR)

    assert Notice.objects.get().user == manager.user


def test_where_the_rulebook_lets_nobody_go_nobody_is_told_so(store, clerk):
    RulebookFactory(release_after_days=None, starts_on=date(2017, 1, 1))
    registered(store, staff=clerk.user)

    assert reminders.tell(DAY_ONE + 50 * HOUR) == 1

    assert "released" not in Notice.objects.get(user=clerk.user).said


def test_who_was_let_go_before_somebody_leaves_stays_as_it_was_then(store, clerk, owner):
    made = registered(store, staff=clerk.user)

    handover.leave(clerk, None, by=Actor.of(owner), at=RELEASE + DAY)

    owned = made.ownership
    owned.refresh_from_db()
    assert (owned.period.upper, owned.staff, owned.paused_on) == (RELEASE, clerk.user, None)


def test_a_customer_is_free_once_an_offer_has_lapsed_whether_the_job_came_or_not(store, clerk):
    made = registered(store, staff=clerk.user)
    lead = Lead(source=LeadSource.HQ, wish="Water filter", region=store.dealer.region)
    phone, at = number_of(made.customer), RELEASE + 40 * DAY
    lead = leads.receive(
        lead, phone=phone, name="", consent=True, by=Actor.hq(UserFactory(is_staff=True)), at=at
    )
    offered = offers.offer(lead.pk, at)

    with pytest.raises(ClaimRefused):
        claims.claim(made.customer, store, by=Actor.of(clerk), at=offered.due_at - HOUR)
    assert claims.pooled(store.dealer_id, store, offered.due_at - HOUR) == []

    assert len(claims.pooled(store.dealer_id, store, offered.due_at)) == 1
    taken = claims.claim(made.customer, store, by=Actor.of(clerk), at=offered.due_at)
    assert taken.kind == ActKind.POOLED

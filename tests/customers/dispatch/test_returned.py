"""Leads that stores return."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from customers.cases import deciding, opening
from customers.dispatch import junk, offers
from customers.dispatch.offers import DispatchRefused
from customers.models import (
    Answer,
    Case,
    CaseOutcome,
    JunkState,
    Lead,
    Offer,
    Ownership,
    Void,
    VoidReason,
)
from customers.ownership import passing
from dealers.actor import Actor
from dealers.models import CalendarDay, Notice, NoticeKind
from tests.customers.dispatch.brought import HOUR, NOW, lead_of, other_store, reached, sold_to
from tests.factories.customers import (
    RulebookFactory,
    phone_number,
    registered,
)
from tests.factories.dealers import MembershipFactory, RegionalManagerFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

MOMENT = timedelta(microseconds=1)


@pytest.fixture(autouse=True)
def _rules(db):
    RulebookFactory()


@pytest.fixture
def region(store):
    return store.dealer.region


def test_returned_leads_are_taken_back_up_to_a_share(region, store, clerk):
    by, made = Actor.of(clerk), []
    hq = Actor.hq(UserFactory(is_staff=True))
    for _ in range(7):
        made.append(offers.offer(lead_of(region).pk, NOW))
        offers.accept(made[-1], by=by, at=NOW)
    assert junk.give_back(made[0], "wrong_number", by=by, at=NOW + HOUR) == JunkState.TAKEN
    assert Lead.objects.get(pk=made[0].lead_id).closed_at == NOW + HOUR
    assert junk.give_back(made[1], "outside", by=by, at=NOW + HOUR) == JunkState.ASKED  # 2 of 7
    junk.review(made[1], JunkState.REFUSED, because="inside", by=hq, at=NOW + HOUR)
    with pytest.raises(DispatchRefused, match="Nobody asks"):
        junk.review(made[1], JunkState.TAKEN, by=hq, at=NOW + HOUR)
    with pytest.raises(DispatchRefused, match="72 hours"):
        junk.give_back(made[2], "no_intent", by=by, at=NOW + timedelta(hours=72))


@pytest.mark.django_db(transaction=True)
def test_of_two_leads_returned_at_once_the_share_covers_one(region, store, clerk, monkeypatch):
    monkeypatch.setattr("dealers.waiting.PATIENCE", 30)  # nobody is sent away on a busy machine
    by, made = Actor.of(clerk), []
    for _ in range(7):
        with transaction.atomic():  # the worker comes after the commit
            made.append(offers.offer(lead_of(region).pk, NOW))
            offers.accept(made[-1], by=by, at=NOW)

    def second():
        try:
            return junk.give_back(made[1], "no_intent", by=by, at=NOW + HOUR)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            first = junk.give_back(made[0], "wrong_number", by=by, at=NOW + HOUR)
            waiting = pool.submit(second)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.5)
        assert (first, waiting.result(timeout=5)) == (JunkState.TAKEN, JunkState.ASKED)


def test_a_lead_outside_the_area_goes_to_the_next_store(region, store, clerk):
    by = Actor.of(clerk)
    for _ in range(7):
        lead = lead_of(region)
        made = offers.offer(lead.pk, NOW)
        registration = offers.accept(made, by=by, at=NOW)
    other = other_store(region)
    assert junk.give_back(made, "outside", by=by, at=NOW + HOUR) == JunkState.TAKEN
    # What accepting won is as if never given, so that the customer is free for the next.
    assert registration.void.reason == VoidReason.RETURNED
    assert not Ownership.objects.given().filter(customer=registration.customer).exists()
    again = offers.offer(lead.pk, NOW + HOUR)
    assert (again.store, again.to_owner, again.hop) == (other, False, 2)


def test_returning_the_lead_of_an_own_customer_keeps_the_customer(region, store, clerk):
    by, number = Actor.of(clerk), phone_number()
    registered(store, phone=number, staff=clerk.user, at=NOW - timedelta(days=1))
    for _ in range(6):
        offers.accept(offers.offer(lead_of(region).pk, NOW), by=by, at=NOW)
    made = offers.offer(lead_of(region, phone=number).pk, NOW)
    offers.accept(made, by=by, at=NOW)
    assert junk.give_back(made, "no_intent", by=by, at=NOW + HOUR) == JunkState.TAKEN
    assert Ownership.objects.running(NOW + HOUR).filter(identity=made.lead.identity).exists()


def disputed(region, clerk, at=NOW):
    """A lead that the store accepted, of whom another dealer opens a case at once."""
    phone = phone_number()
    made = offers.offer(lead_of(region, phone=phone, at=at).pk, at)
    offers.accept(made, by=Actor.of(clerk), at=at)
    claimed(phone, at + HOUR)
    return made


def claimed(phone, at):
    """Another dealer registers a customer, and says at once that they are rather its own."""
    rival = MembershipFactory()
    claim = registered(rival.store, phone=phone, staff=rival.user, at=at)
    opening.claim(claim, story="She came to us first.", by=Actor.of(rival), at=at)


def test_silence_takes_no_customer_away_whom_a_case_is_about(region, clerk):
    for _ in range(6):  # so that the share would cover it
        offers.accept(offers.offer(lead_of(region).pk, NOW), by=Actor.of(clerk), at=NOW)
    made = disputed(region, clerk)
    assert junk.give_back(made, "no_intent", by=Actor.of(clerk), at=NOW + 2 * HOUR) == "asked"
    made.refresh_from_db()
    hq = Actor.hq(UserFactory(is_staff=True))
    with pytest.raises(DispatchRefused, match="A case about this customer runs"):
        junk.review(made, JunkState.TAKEN, by=hq, at=NOW + 3 * HOUR)

    assert junk.let_silence_answer(made.return_due_at + HOUR) == 0
    assert Ownership.objects.given().filter(identity=made.lead.identity).exists()

    Case.objects.get()
    deciding.settle_all(NOW + timedelta(days=60))
    assert not Case.objects.running().exists()
    assert junk.let_silence_answer(NOW + timedelta(days=61)) == 1
    made.refresh_from_db()
    assert made.junk_state == JunkState.TAKEN


def asked_during_a_case(region, clerk, at=NOW):
    """A lead that the store called about and returned while a case about the customer runs."""
    made = disputed(region, clerk, at)
    made.refresh_from_db()
    reached(made, clerk, at + 2 * HOUR)
    assert junk.give_back(made, "no_intent", by=Actor.of(clerk), at=at + 3 * HOUR) == "asked"
    made.refresh_from_db()
    return made


def test_headquarters_has_its_days_to_answer_once_a_case_is_closed(region, store, clerk):
    made = asked_during_a_case(region, clerk)
    hq, long_after = Actor.hq(UserFactory(is_staff=True)), NOW + timedelta(days=20)
    with pytest.raises(DispatchRefused, match="A case about this customer runs"):
        junk.review(made, JunkState.TAKEN, by=hq, at=long_after)

    deciding.settle_all(NOW + timedelta(days=60))

    closed = Case.objects.get().closed_at
    made.refresh_from_db()
    calendar = CalendarDay.objects.of_region(region.pk)
    assert made.return_due_at == calendar.end_of_day_after(closed, 2, store.tz)
    assert passing.let_time_pass(made.return_due_at - MOMENT) == []
    assert Ownership.objects.running(made.return_due_at - MOMENT).get().store == store
    junk.review(made, JunkState.TAKEN, by=hq, at=closed + HOUR)
    made.refresh_from_db()
    assert (made.junk_state, made.reviewed_at) == (JunkState.TAKEN, closed + HOUR)


def test_after_a_case_silence_answers_on_no_day_that_is_past(region, clerk):
    made = asked_during_a_case(region, clerk)
    deciding.settle_all(NOW + timedelta(days=60))
    made.refresh_from_db()
    assert junk.let_silence_answer(made.return_due_at - MOMENT) == 0
    assert junk.let_silence_answer(made.return_due_at) == 1
    due = made.return_due_at
    made.refresh_from_db()
    assert (made.junk_state, made.reviewed_at) == (JunkState.TAKEN, due)
    assert due > Case.objects.get().closed_at
    assert not Ownership.objects.running(due).filter(identity=made.lead.identity_id).exists()


def test_who_was_not_called_yet_is_not_lost_while_a_case_runs_either(region, store, clerk):
    """The clock of the contact stands as long as that of headquarters, whichever came first."""
    phone = phone_number()
    made = offers.offer(lead_of(region, phone=phone).pk, NOW)
    offers.accept(made, by=Actor.of(clerk), at=NOW)
    junk.give_back(made, "no_intent", by=Actor.of(clerk), at=NOW + HOUR)
    claimed(phone, NOW + 2 * HOUR)
    hq, later = Actor.hq(UserFactory(is_staff=True)), NOW + timedelta(days=10)

    assert passing.let_time_pass(later) == []
    owned = Ownership.objects.running(later).get()
    assert owned.store == store
    made.refresh_from_db()
    assert owned.release_at == owned.contact_due_at == made.return_due_at > later
    junk.review(made, JunkState.REFUSED, because="wants", by=hq, at=later)
    made.refresh_from_db()
    assert (made.junk_state, made.reviewed_at) == (JunkState.REFUSED, later)


def ruled(outcome):
    """The case, decided so by somebody and closed, as nobody appeals."""
    RegionalManagerFactory()
    case = Case.objects.get()
    deciding.settle_all(case.evidence_until)
    case.refresh_from_db()
    by, at = Actor.of(case.reviewer.memberships.get()), case.evidence_until + HOUR
    deciding.decide(case, outcome=outcome, share=None, reason="So it is.", by=by, at=at)
    case.refresh_from_db()
    deciding.settle_all(case.appeal_until)
    case.refresh_from_db()
    return case


def ended_with(case, made):
    """Whether a lead has ended with a case, and nobody answers or counts anything any more."""
    made.refresh_from_db()
    hq, later = Actor.hq(UserFactory(is_staff=True)), case.closed_at + timedelta(days=30)
    if made.junk_state != JunkState.TAKEN:
        return False
    with pytest.raises(DispatchRefused, match="Nobody asks"):
        junk.review(made, JunkState.REFUSED, because="reached", by=hq, at=case.closed_at + HOUR)
    assert offers.pass_on(later) == junk.let_silence_answer(later) == 0
    counted = Offer.objects.filter(pk=made.pk)
    assert not counted.missed().exists()
    assert not counted.received().exists()
    return made.reviewed_at == case.closed_at


@pytest.mark.parametrize("reason", ["no_intent", "outside"])
@pytest.mark.parametrize(
    ("outcome", "voids"),
    [(CaseOutcome.MOVE, []), (CaseOutcome.VOID, [VoidReason.FRAUD])],
    ids=["moved", "void"],
)
def test_a_lead_ends_with_the_case_that_takes_its_customer(  # noqa: PLR0917
    region, clerk, hq, outcome, voids, reason
):
    made, other = disputed(region, clerk), other_store(region)
    assert junk.give_back(made, reason, by=Actor.of(clerk), at=NOW + 2 * HOUR) == "asked"

    case = ruled(outcome)

    assert ended_with(case, made)
    assert list(Void.objects.values_list("reason", flat=True)) == voids
    told = Notice.objects.filter(user=clerk.user, to=made.get_absolute_url())
    assert told.latest("pk").title == (
        "The case about the customer is closed and has taken them from you, so the returned lead"
        " is taken back and does not count against you: Water filter"
    )
    (read,) = Notice.objects.filter(user=hq, kind=NoticeKind.CASE)
    assert read.title.endswith("the lead has ended and needs no answer: Water filter")
    # Another store is asked only where it may have use for it, and the customer is nobody's.
    again = offers.offer(made.lead_id, case.closed_at + HOUR)
    goes_on = reason == "outside" and outcome == CaseOutcome.VOID
    assert (again and again.store) == (other if goes_on else None)
    assert (Lead.objects.get().closed_at is None) == goes_on


def test_who_had_bought_was_served_whoever_has_them_by_the_case(region, store, clerk):
    made = disputed(region, clerk)
    junk.give_back(made, "no_intent", by=Actor.of(clerk), at=NOW + 2 * HOUR)
    sold_to(made, store, NOW + 3 * HOUR)
    ruled(CaseOutcome.MOVE)
    made.refresh_from_db()
    assert junk.let_silence_answer(made.return_due_at) == 1
    made.refresh_from_db()
    assert (made.junk_state, made.stays_because) == (JunkState.REFUSED, "bought")
    assert offers.pass_on(made.contact_due_at + timedelta(days=30)) == 0


def of_an_own_customer(store, clerk):
    """A lead about whom the store has already, returned; above the share, as it is the only one."""
    phone = phone_number()
    registered(store, phone=phone, staff=clerk.user, at=NOW - timedelta(days=1))
    made = offers.offer(lead_of(store.dealer.region, phone=phone).pk, NOW)
    assert offers.accept(made, by=Actor.of(clerk), at=NOW).answer == Answer.YOURS_ALREADY
    assert junk.give_back(made, "duplicate", by=Actor.of(clerk), at=NOW + HOUR) == "asked"
    made.refresh_from_db()
    return made, phone


def test_a_lead_about_an_own_customer_ends_with_the_case_as_well(store, clerk):
    made, phone = of_an_own_customer(store, clerk)
    claimed(phone, NOW + 2 * HOUR)
    assert ended_with(ruled(CaseOutcome.MOVE), made)


def test_what_silence_has_answered_is_not_asked_again_by_a_case_opened_later(store, clerk):
    made, phone = of_an_own_customer(store, clerk)
    due = made.return_due_at
    claimed(phone, due + HOUR)
    made.refresh_from_db()
    assert made.return_due_at == due
    assert not junk.waits_for_case(made)
    assert junk.let_silence_answer(due + 3 * HOUR) == 1
    made.refresh_from_db()
    assert (made.junk_state, made.reviewed_at) == (JunkState.TAKEN, due)


def test_the_store_reads_that_the_answer_waits_for_the_case(region, clerk, login):
    made = asked_during_a_case(region, clerk, timezone.now() - 4 * HOUR)
    page = login(clerk).get(made.get_absolute_url()).text
    assert "headquarters answers within two working days after it is closed." in page
    assert "Headquarters answers until" not in page
    assert "the customer stays with you" not in page  # the case may give them to another

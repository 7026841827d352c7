"""Returned leads that headquarters looks at: what waits meanwhile, and how it ends."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils import timezone, translation

from customers.dispatch import calls, contacts, fairness, junk, offers
from customers.dispatch.market import Market
from customers.dispatch.offers import DispatchRefused
from customers.dispatch.terms import TERMS
from customers.models import (
    Answer,
    Attribution,
    JunkState,
    Lead,
    Offer,
    Ownership,
    Void,
    VoidReason,
)
from customers.ownership import duties, passing, reminders, retrace
from customers.ownership.changes import standing_of
from customers.timeline import timeline
from customers.verification import CHECKS
from customers.verification import TERMS as TERMS_OF_CHECKS
from dealers.actor import Actor
from dealers.models import Notice, NoticeKind
from tests.customers.dispatch.brought import HOUR, NOW, lead_of, other_store, reached, sold_to
from tests.factories.customers import RulebookFactory, phone_number, registered
from tests.factories.dealers import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

MOMENT = timedelta(microseconds=1)
ASKED = NOW + 20 * HOUR  # on a Saturday, with four hours left to call
SILENCE = datetime(2026, 10, 27, 16, 0, tzinfo=UTC)  # the end of Tuesday in Shanghai


@pytest.fixture(autouse=True)
def _rules(db):
    RulebookFactory()


@pytest.fixture
def region(store):
    return store.dealer.region


@pytest.fixture
def hq_by(db):
    return Actor.hq(UserFactory(is_staff=True))


@pytest.fixture
def made(region, store, clerk):
    """The store's only lead, so that returning it is always above the share."""
    made = offers.offer(lead_of(region).pk, NOW)
    offers.accept(made, by=Actor.of(clerk), at=NOW)
    return _anew(made)


def _anew(made):
    related = ("registration__customer", "registration__ownership", "lead")
    return Offer.objects.select_related(*related).get(pk=made.pk)


def _returned(made, clerk, reason="wrong_number", at=ASKED):
    assert junk.give_back(made, reason, by=Actor.of(clerk), at=at) == JunkState.ASKED
    return _anew(made)


def _wrong_shares():
    """How many shares the nightly check finds that do not follow from the first contact."""
    with connection.cursor() as cursor:
        (statement,) = [text for name, text in CHECKS.items() if name.startswith("shares follow")]
        cursor.execute(statement, TERMS_OF_CHECKS)
        return cursor.fetchone()[0]


def _told(made):
    told = Notice.objects.filter(kind=NoticeKind.DISPATCH).order_by("pk")
    return [it.title for it in told if it.to == made.get_absolute_url()]


def _rival_gets(region, made, at):
    """Whether another store that registers the customer at a moment has them."""
    answered = registered(other_store(region), phone=contacts.opened(made.lead)[0], at=at).answer
    return answered == Answer.YOURS


def test_while_headquarters_looks_the_clock_of_the_contact_stands(region, store, clerk, made):
    made = _returned(made, clerk)
    assert (made.return_due_at, made.returned_by) == (SILENCE, clerk.user)
    later = SILENCE - MOMENT
    assert passing.let_time_pass(later) == []
    assert offers.pass_on(later) == junk.let_silence_answer(later) == 0
    owned = Ownership.objects.running(later).select_related("store").get()
    assert owned.release_at == owned.contact_due_at == SILENCE
    assert not duties.contact_is_late(standing_of(owned), later)
    assert reminders.tell(later) == 0
    assert not _rival_gets(region, made, later)


def test_what_headquarters_looks_at_is_no_lead_in_hand(region, store, clerk, made):
    def in_hand(at):
        return Market(region.pk, at, TERMS).sites[store.pk].in_hand

    assert in_hand(NOW + HOUR) == 1
    _returned(made, clerk)
    assert in_hand(ASKED + HOUR) == 0
    assert not calls.to_call(Offer.objects.all()).exists()


@pytest.mark.parametrize(
    ("answered", "until"),
    [
        # On Monday at two in the afternoon: the four hours that were left.
        (datetime(2026, 10, 26, 6, 0, tzinfo=UTC), datetime(2026, 10, 26, 10, 0, tzinfo=UTC)),
        # In the evening: nobody calls at midnight, so it is ten in the morning.
        (datetime(2026, 10, 26, 12, 0, tzinfo=UTC), datetime(2026, 10, 27, 2, 0, tzinfo=UTC)),
    ],
    ids=["what was left", "in the morning"],
)
def test_what_stays_is_called_in_the_time_that_was_left(  # noqa: PLR0917
    region, store, clerk, hq_by, made, answered, until
):
    made = _returned(made, clerk)
    junk.review(made, JunkState.REFUSED, because="reached", by=hq_by, at=answered)
    made = _anew(made)
    owned = made.registration.ownership
    assert made.contact_due_at == owned.contact_due_at == owned.release_at == until
    assert (made.reviewed_at, made.stays_because) == (answered, "reached")
    assert Market(region.pk, answered, TERMS).sites[store.pk].in_hand == 1
    assert _told(made)[-1] == (
        "The returned lead stays with you: Water filter. Why: Somebody answers at this number."
    )
    assert offers.pass_on(until - MOMENT) == 0
    assert not passing.let_time_pass(until - MOMENT)
    assert offers.pass_on(until) == 1  # nobody has called
    made = _anew(made)
    assert made.passed_on_at == until == made.registration.ownership.period.upper


def test_a_call_in_the_time_that_was_left_keeps_customer_and_share(region, clerk, hq_by, made):
    made = _returned(made, clerk)
    answered = datetime(2026, 10, 26, 6, 0, tzinfo=UTC)
    junk.review(made, JunkState.REFUSED, because="wants", by=hq_by, at=answered)
    reached(made, clerk, answered + 3 * HOUR)  # three days after the lead was accepted
    later = answered + 30 * HOUR
    assert offers.pass_on(later) == 0
    assert not _rival_gets(region, made, later)
    owned = Ownership.objects.select_related("store").get(pk=made.registration.ownership_id)
    assert standing_of(owned).duty_met
    sold_to(made, other_store(region), later + HOUR)
    assert _wrong_shares() == 0


def test_a_call_while_headquarters_looks_keeps_the_share(region, clerk, hq_by, made):
    """Before its answer as well as after it."""
    made = _returned(made, clerk)
    reached(made, clerk, NOW + 30 * HOUR)  # six hours after it was due at first
    sold_to(made, other_store(region), NOW + 31 * HOUR)
    shared = Attribution.objects.owners().current().get()
    assert (shared.sold_by, shared.share > 0) == ("other", True)
    assert _wrong_shares() == 0
    answered = datetime(2026, 10, 26, 6, 0, tzinfo=UTC)
    junk.review(made, JunkState.REFUSED, because="wants", by=hq_by, at=answered)
    assert _wrong_shares() == 0


def test_what_headquarters_takes_back_ends_without_counting(region, store, clerk, hq_by, made):
    made = _returned(made, clerk)
    at = ASKED + 50 * HOUR
    junk.review(made, JunkState.TAKEN, by=hq_by, at=at)
    made = _anew(made)
    assert (made.junk_state, made.reviewed_at) == (JunkState.TAKEN, at)
    assert Lead.objects.get().closed_at == at
    assert _told(made)[-1] == (
        "The returned lead is taken back and does not count against you: Water filter"
    )
    month = (datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))
    (row,) = fairness.of_region(region.pk, *month)
    assert (row.received, row.missed) == (0, 0)
    assert _rival_gets(region, made, at + HOUR)


@pytest.mark.parametrize("contacted", [False, True], ids=["uncalled", "called"])
@pytest.mark.parametrize("job", ["none", "in time", "late", "twice"])
def test_silence_counts_for_the_store_whenever_the_job_runs(region, clerk, made, contacted, job):
    """Also where the store had reached the customer, who wanted nothing."""
    if contacted:
        reached(made, clerk, NOW + HOUR)
    made = _returned(made, clerk, "no_intent")
    if job in {"in time", "twice"}:
        assert junk.let_silence_answer(SILENCE) == 1
    assert _rival_gets(region, made, SILENCE)
    if job != "none":
        assert junk.let_silence_answer(SILENCE + 30 * HOUR) == (job == "late")
        assert junk.let_silence_answer(SILENCE + 31 * HOUR) == 0
    if job == "none":
        return
    made = _anew(made)
    assert (made.junk_state, made.reviewed_at) == (JunkState.TAKEN, SILENCE)
    assert Lead.objects.get().closed_at == SILENCE
    void = Void.objects.get()
    assert (void.registration, void.reason, void.at, void.role, void.voided_by) == (
        made.registration, VoidReason.RETURNED, SILENCE, "hq", clerk.user,
    )  # fmt: skip
    assert _told(made)[-1].startswith("Nobody looked at the returned lead in time")
    assert list(retrace.broken()) == []


def test_the_customers_page_says_why_silence_let_them_go_before_the_job_has_ended_the_lead(
    clerk, made
):
    made = _returned(made, clerk)
    passing.let_time_pass(SILENCE + HOUR)
    (ended,) = [it for it in timeline(made.registration.customer, clerk) if it.kind == "ownership"]
    assert (ended.at, ended.why) == (SILENCE, "The lead was none and was returned")


def test_who_asks_a_moment_before_silence_finds_the_customer_with_the_store(region, clerk, made):
    reached(made, clerk, NOW + HOUR)
    made = _returned(made, clerk, "no_intent")
    assert not _rival_gets(region, made, SILENCE - MOMENT)


def test_an_answer_after_silence_is_none_also_before_the_job(clerk, hq_by, made):
    made = _returned(made, clerk)
    for state, at in product((JunkState.TAKEN, JunkState.REFUSED), (SILENCE, SILENCE + HOUR)):
        with pytest.raises(DispatchRefused, match="without an answer the store was right"):
            junk.review(made, state, because="reached", by=hq_by, at=at)
    junk.review(made, JunkState.REFUSED, because="reached", by=hq_by, at=SILENCE - MOMENT)
    assert junk.let_silence_answer(SILENCE) == 0
    assert Ownership.objects.running(SILENCE).exists()


def test_a_lead_outside_the_area_goes_to_the_next_store_by_silence(region, store, clerk, made):
    other = other_store(region)
    _returned(made, clerk, "outside")
    assert junk.let_silence_answer(SILENCE + HOUR) == 1
    again = offers.offer(made.lead_id, SILENCE + HOUR)
    assert (again.store, again.to_owner, again.hop) == (other, False, 2)


def test_who_bought_meanwhile_was_no_junk(store, clerk, hq_by, made):
    made = _returned(made, clerk)
    sold_to(made, store, ASKED + HOUR)
    with pytest.raises(DispatchRefused, match="The customer has bought"):
        junk.review(made, JunkState.TAKEN, by=hq_by, at=ASKED + 2 * HOUR)
    assert passing.let_time_pass(SILENCE + HOUR) == []
    assert junk.let_silence_answer(SILENCE + HOUR) == 1
    made = _anew(made)
    assert (made.junk_state, made.stays_because) == (JunkState.REFUSED, "bought")
    assert _told(made)[-1].endswith("Why: The customer has bought.")
    assert Ownership.objects.running(SILENCE + HOUR).get().store == store
    assert offers.pass_on(SILENCE + 99 * HOUR) == 0


def test_a_lead_whose_customer_has_bought_is_not_returned(store, clerk, made):
    sold_to(made, store, NOW + HOUR)
    with pytest.raises(DispatchRefused, match="this lead is one"):
        junk.give_back(made, "no_intent", by=Actor.of(clerk), at=NOW + 2 * HOUR)


def test_the_lead_of_an_own_customer_is_taken_back_by_silence_and_the_customer_stays(
    region, store, clerk
):
    number = phone_number()
    registered(store, phone=number, staff=clerk.user, at=NOW - timedelta(days=1))
    made = offers.offer(lead_of(region, phone=number).pk, NOW)
    offers.accept(made, by=Actor.of(clerk), at=NOW)
    made = _returned(_anew(made), clerk, "duplicate")
    assert junk.let_silence_answer(SILENCE) == 1
    assert _anew(made).junk_state == JunkState.TAKEN
    assert not _rival_gets(region, made, SILENCE + HOUR)
    assert not Void.objects.exists()


def test_what_nobody_called_in_time_is_not_returned_however_late_the_job(clerk, made):
    with pytest.raises(DispatchRefused, match="Nobody called in time"):
        junk.give_back(made, "no_intent", by=Actor.of(clerk), at=NOW + 24 * HOUR)
    assert offers.pass_on(NOW + 30 * HOUR) == 1


def test_it_stays_only_for_a_reason_of_the_list(clerk, hq_by, made):
    made = _returned(made, clerk)
    for because in ("", "we think so"):
        with pytest.raises(DispatchRefused, match="Choose why"):
            junk.review(made, JunkState.REFUSED, because=because, by=hq_by, at=ASKED + HOUR)


def test_fold_database_and_job_say_the_same_moment(clerk, made):
    """And a moment before and after."""
    reached(made, clerk, NOW + HOUR)
    person = _returned(made, clerk, "no_intent").registration.identity_id
    for at in (SILENCE - MOMENT, SILENCE, SILENCE + MOMENT):
        fold = passing.Person(person, at).next(None, at) is not None
        assert fold == passing._is_due(person, at) == (person in passing.due(at)) == (at >= SILENCE)


def test_only_a_lead_or_a_pause_moves_the_clock_of_the_contact(store, clerk, made):
    owned = registered(store, staff=clerk.user, at=NOW).ownership
    for values in ({"contact_due_at": NOW}, {"release_at": NOW}):
        with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
            Ownership.objects.filter(pk=owned.pk).update(**values)
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        Ownership.objects.filter(pk=made.registration.ownership_id).update(release_at=None)


@pytest.mark.parametrize(
    ("left", "least", "until"), [(4, 2, 4), (1, 2, 2), (0, 2, 2)], ids=["left", "least", "none"]
)
def test_the_time_to_call_goes_on_from_the_answer(left, least, until):
    answered = NOW + 50 * HOUR
    found = junk.call_until(NOW + left * HOUR, NOW, answered, answered + least * HOUR)
    assert found == answered + until * HOUR


def test_pages_say_what_waits_and_how_it_ended_in_both_languages(login, hq, clerk, region):
    now = timezone.now()
    made = offers.offer(lead_of(region, at=now).pk, now)
    offers.accept(made, by=Actor.of(clerk), at=now)
    store, desk = login(clerk), login(hq)
    store.post(reverse("customers:return-lead", args=[made.pk]), {"junk": "no_intent"})
    page = store.get(made.get_absolute_url()).text
    assert "Until then nobody has to call" in page
    assert "Call until" not in page
    inbox = store.get(reverse("customers:dispatch"), {"state": "doing"})
    assert [card.waits for card in inbox.context["cards"]] == [False]
    assert "nobody has to call meanwhile" in inbox.text
    assert inbox.context["tabs"][1][2] == 0
    first = desk.get("/admin/", headers={"accept-language": "en"})
    (waits,) = [it for it in first.context["waiting"] if "returned lead" in it.title]
    assert desk.get(waits.url).context["cl"].result_count == 1
    asked = {"action": "leave_there", "_selected_action": [made.pk]}
    assert "Why it stays" in desk.post(waits.url, asked).text
    sent = asked | {"confirmed": "1", "found": "", "because": "wants"}
    desk.post(reverse("admin:customers_offer_changelist"), sent)
    page = store.get(made.get_absolute_url()).text
    assert "Why it stays with you: The customer still asks for it." in page
    assert "The time to call stood meanwhile" in page
    told = Notice.objects.filter(about__startswith="returned:").first()
    with translation.override("zh-hans"):
        assert told.title == "退回的线索留在本店：净水器。原因：顾客仍有需求。"

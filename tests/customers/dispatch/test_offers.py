"""Leads, from the brand to a store that calls."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from customers import cards
from customers.dispatch import calls, choices, offers, together
from customers.dispatch.market import Market
from customers.dispatch.offers import DispatchRefused
from customers.dispatch.terms import TERMS
from customers.models import (
    Activity,
    Answer,
    Candidate,
    Channel,
    ConsentPurpose,
    Lead,
    LeadSource,
    Offer,
    OfferAnswer,
    Ownership,
    Rule,
    WhyNot,
)
from customers.numbers import change_number
from customers.ownership import line
from customers.ownership.activities import correct_activity, record_activity
from customers.rights import consent
from dealers.actor import Actor
from dealers.models import AccessLog, CalendarDay, Notice, NoticeKind, Role
from dealers.triggers import lifted
from tests.customers.dispatch.brought import HOUR, NOW, lead_of, near, other_store
from tests.factories.agreements import published, signed
from tests.factories.cases import case_of
from tests.factories.customers import (
    CategoryFactory,
    RulebookFactory,
    chosen,
    phone_number,
    registered,
)
from tests.factories.dealers import (
    MembershipFactory,
    OwnerFactory,
    RegionalManagerFactory,
    RegionFactory,
)

MONDAY = datetime(2026, 10, 26, 2, 0, tzinfo=UTC)  # 10 in the morning in Shanghai, after NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture(autouse=True)
def _rules(db):
    RulebookFactory()


@pytest.fixture
def region(store):
    return store.dealer.region


def test_a_lead_is_offered_to_the_nearest_store_and_its_people_are_told(region, store, clerk):
    far = other_store(region)
    near(store), near(far, "31.50000")
    lead = lead_of(region, latitude=Decimal("31.00500"), longitude=Decimal(121))
    made = offers.offer(lead.pk, NOW)
    assert (made.store, made.due_at) == (store, NOW + 2 * HOUR)
    assert [(it.store, it.place, it.band) for it in lead.candidates.order_by("place")] == [
        (store, 1, 0),
        (far, 2, 3),
    ]
    told = Notice.objects.get(kind=NoticeKind.DISPATCH)
    assert (told.user, told.to) == (clerk.user, made.get_absolute_url())
    assert offers.offer(lead.pk, NOW) is None  # done twice it is done once
    assert lead.offers.count() == 1


def test_only_who_accepts_gets_name_and_number(region, store, clerk):
    number = "13800138000"
    lead = lead_of(region, phone=number)
    made = offers.offer(lead.pk, NOW)
    assert number.encode() not in bytes(lead.contact)
    assert not store.dealer.customers.exists()
    registration = offers.accept(made, by=Actor.of(clerk), at=NOW + HOUR)
    assert (registration.answer, registration.channel) == (Answer.YOURS, Channel.DISPATCH)
    card = registration.customer
    assert (card.dealer, cards.number_of(card, by=Actor.of(clerk))) == (
        store.dealer,
        "+8613800138000",
    )
    assert cards.open_one(card, by=Actor.of(clerk)).name == "吴先生"
    again = Offer.objects.get(pk=made.pk)
    assert (again.answer, again.contact_due_at) == (OfferAnswer.ACCEPTED, NOW + 25 * HOUR)
    assert offers.accept(again, by=Actor.of(clerk), at=NOW + 2 * HOUR) == registration


def test_a_lead_of_who_has_another_number_since_is_of_the_same_person(region, store, clerk):
    number, new = phone_number(), phone_number()
    owned = registered(store, phone=number, staff=clerk.user, at=NOW - HOUR)
    made = offers.offer(lead_of(region, phone=number).pk, NOW)
    with lifted(AccessLog):  # which refuses what is dated back
        change_number(owned.customer, phone=new, by=Actor.of(clerk), at=NOW)
    registration = offers.accept(made, by=Actor.of(clerk), at=NOW + HOUR)
    assert registration.identity_id == made.lead.identity_id
    assert registration.answer == Answer.YOURS_ALREADY
    assert cards.number_of(registration.customer, by=Actor.of(clerk)) == f"+86{new}"


def test_an_owner_in_another_region_answers_by_its_own_calendar(region, store):
    number, elsewhere = phone_number(), RegionFactory()
    registered(store, phone=number, at=NOW - HOUR)
    CalendarDay.objects.create(day=NOW.date(), region=region, works=False)
    CalendarDay.objects.create(day=MONDAY.date(), region=elsewhere, works=False)
    one, other = (lead_of(elsewhere, phone=number) for _lead in range(2))
    assert offers.offer(one.pk, NOW).due_at == MONDAY
    together.offer_all([other.pk], NOW)
    assert other.offers.get().due_at == MONDAY


def test_the_owner_of_a_customer_comes_first_and_nobody_else_after(region, store, clerk):
    elsewhere = other_store(region)
    near(elsewhere)
    number = phone_number()
    registered(store, phone=number, staff=clerk.user, at=NOW - timedelta(days=1))
    lead = lead_of(region, phone=number, latitude=Decimal(31), longitude=Decimal(121))
    made = offers.offer(lead.pk, NOW)
    assert (made.store, made.to_owner) == (store, True)
    assert not lead.candidates.exists()
    offers.decline(made, "busy", by=Actor.of(clerk), at=NOW)
    assert offers.offer(lead.pk, NOW) is None
    assert Lead.objects.get(pk=lead.pk).queued_at == NOW
    manager = RegionalManagerFactory(region=region)
    with pytest.raises(DispatchRefused, match="has a store already"):
        offers.choose(lead, elsewhere, by=Actor.of(manager), at=NOW + HOUR)
    again = offers.choose(lead, store, by=Actor.of(manager), at=NOW + HOUR)
    registration = offers.accept(again, by=Actor.of(clerk), at=NOW + HOUR)
    assert registration.answer == Answer.YOURS_ALREADY


def test_an_owner_in_another_region_is_asked_again_whoever_that_is(region, store):
    elsewhere, number = other_store(RegionFactory()), phone_number()
    registered(elsewhere, phone=number, at=NOW - HOUR)
    lead = lead_of(region, phone=number)
    made = offers.offer(lead.pk, NOW)
    offers.decline(made, "busy", by=Actor.of(MembershipFactory(store=elsewhere)), at=NOW)
    assert offers.offer(lead.pk, NOW) is None
    by = Actor.of(RegionalManagerFactory(region=region))
    with pytest.raises(DispatchRefused, match="has a store already"):
        offers.choose(lead, store, by=by, at=NOW + HOUR)
    again = offers.choose(lead, None, by=by, at=NOW + HOUR)
    assert (again.store, again.to_owner, again.by_hand) == (elsewhere, True, True)


def test_who_has_no_store_is_offered_to_one_that_is_chosen(region, store, region_manager):
    lead = lead_of(region)
    Lead.objects.filter(pk=lead.pk).update(queued_at=NOW)
    with pytest.raises(DispatchRefused, match="has no store yet"):
        offers.choose(lead, None, by=Actor.of(region_manager), at=NOW)
    assert not lead.offers.exists()


def test_who_may_register_nobody_yet_is_not_chosen_by_hand_either(region, store, region_manager):
    now, by = timezone.now(), Actor.of(region_manager)
    version = published(required=True)
    lead = lead_of(region, at=now)
    assert offers.offer(lead.pk, now) is None
    with pytest.raises(DispatchRefused, match="has signed"):
        offers.choose(lead, store, by=by, at=now)
    signed(version, OwnerFactory(dealer=store.dealer))
    assert offers.choose(lead, store, by=by, at=now).by_hand


def test_a_disputed_owner_in_another_region_has_its_turn_there(region, clerk):
    elsewhere = other_store(RegionFactory())
    case = case_of(clerk, elsewhere, NOW - timedelta(days=120))  # the protection is long over
    before = lead_of(elsewhere.dealer.region)
    assert offers.offer(before.pk, NOW + HOUR).offered_at == NOW + HOUR
    lead = Lead.objects.create(
        source=LeadSource.HQ, wish="x", region=region, identity=case.identity,
        contact=before.contact, received_at=NOW,
    )  # fmt: skip
    made = offers.offer(lead.pk, NOW)
    assert (made.store, made.to_owner, made.offered_at) == (elsewhere, True, NOW + HOUR)


def test_three_stores_are_asked_then_the_region(region, store, clerk, region_manager):
    others = [other_store(region) for _ in range(3)]
    lead = lead_of(region)
    made = offers.offer(lead.pk, NOW)
    offers.decline(made, "busy", by=Actor.of(clerk), at=NOW)
    asked = [made.store]
    for number in range(2):
        made = offers.offer(lead.pk, NOW + number * 3 * HOUR)
        asked.append(made.store)
        assert offers.pass_on(made.due_at) == 0  # until then it is in time
        assert offers.pass_on(made.due_at + timedelta(microseconds=1)) == 1
        assert offers.pass_on(made.due_at + HOUR) == 0
    assert asked == [store, *others[:2]]
    at = made.due_at + HOUR
    assert offers.offer(lead.pk, at) is None
    assert Lead.objects.get(pk=lead.pk).queued_at == at
    assert Notice.objects.filter(user=region_manager.user, kind=NoticeKind.DISPATCH).exists()
    missed = lead.offers.get(hop=3)
    assert (missed.answer, missed.answered_at) == (OfferAnswer.MISSED, missed.due_at)
    last = offers.choose(lead, others[2], by=Actor.of(region_manager), at=at)
    assert (last.hop, last.by_hand) == (4, True)


def test_a_store_that_was_asked_is_weighed_but_not_asked_again(region, store, clerk):
    other = other_store(region)
    lead = lead_of(region)
    made = offers.offer(lead.pk, NOW)
    offers.decline(made, "too_far", by=Actor.of(clerk), at=NOW)
    assert offers.offer(lead.pk, NOW).store == other
    assert Candidate.objects.get(lead=lead, hop=2, store=store).why_not == WhyNot.ASKED


@pytest.mark.parametrize("many", [False, True])
def test_a_store_is_asked_for_what_it_sells(region, store, many):
    """Also where it is the nearest; what is wanted of no category is for everybody."""
    other, filters, beds = other_store(region), CategoryFactory(), CategoryFactory()
    near(store).lines.add(beds)
    near(other, "31.50000")
    where = {"latitude": Decimal(31), "longitude": Decimal(121)}
    leads = [lead_of(region, category=it, **where) for it in (filters, beds, None)]
    if many:
        together.offer_all([lead.pk for lead in leads], NOW)
    else:
        for lead in leads:
            offers.offer(lead.pk, NOW)
    asked = [lead.offers.get().store for lead in leads]
    assert asked == [other, store, store]
    kept = Candidate.objects.get(lead=leads[0], store=store)
    assert (kept.why_not, kept.place) == (WhyNot.NOT_SOLD, None)
    choice = choices.of(leads[0].pk, 1, OwnerFactory(dealer=other.dealer))
    assert choice.agrees


def test_declined_and_returned_leads_do_not_count_as_received_but_missed_ones_do(
    region, store, clerk
):
    def received():
        return Offer.objects.all().received().count()

    offers.decline(offers.offer(lead_of(region).pk, NOW), "busy", by=Actor.of(clerk), at=NOW)
    assert received() == 0
    missed = offers.offer(lead_of(region).pk, NOW)
    offers.pass_on(missed.due_at + HOUR)
    assert received() == 1


@pytest.mark.parametrize("late", [timedelta(0), HOUR])
def test_behind_the_deadline_nobody_accepts(region, clerk, late):
    made = offers.offer(lead_of(region).pk, NOW)
    with pytest.raises(DispatchRefused, match="Not answered in time"):
        offers.accept(made, by=Actor.of(clerk), at=made.due_at + late)
    just = made.due_at - timedelta(microseconds=1)
    assert offers.accept(made, by=Actor.of(clerk), at=just).answer == Answer.YOURS


def test_a_customer_who_chose_another_dealer_meanwhile_is_not_given_away(region, store, clerk):
    rival, number = other_store(region), phone_number()
    lead = lead_of(region, phone=number)
    made = offers.offer(lead.pk, NOW)
    chosen(registered(rival, phone=number, at=NOW + HOUR))
    with pytest.raises(DispatchRefused, match="does not count against you"):
        offers.accept(made, by=Actor.of(clerk), at=NOW + HOUR)
    assert Offer.objects.get(pk=made.pk).answer == OfferAnswer.WITHDRAWN
    assert Ownership.objects.get().store == rival
    again = offers.offer(lead.pk, NOW + HOUR)
    assert (again.store, again.to_owner) == (rival, True)


def test_who_is_offered_to_a_store_is_held_for_it_until_the_deadline(region, store, clerk):
    rival, number = other_store(region), phone_number()
    made = offers.offer(lead_of(region, phone=number).pk, NOW)
    last = made.due_at - timedelta(microseconds=1)

    held = registered(rival, phone=number, at=last)
    assert (held.answer, held.rule) == (Answer.HELD, Rule.R4)
    assert offers.accept(made, by=Actor.of(clerk), at=last).answer == Answer.YOURS


def test_an_offer_that_nobody_answers_holds_nobody_longer(region, store):
    rival, number = other_store(region), phone_number()
    made = offers.offer(lead_of(region, phone=number).pk, NOW)

    free = registered(rival, phone=number, at=made.due_at)
    assert (free.answer, free.rule) == (Answer.YOURS, Rule.R7)


def test_the_line_comes_before_the_next_store_is_asked(region, store, clerk):
    rival, number = other_store(region), phone_number()
    lead = lead_of(region, phone=number)
    made = offers.offer(lead.pk, NOW)
    held = registered(rival, phone=number, at=NOW + HOUR)
    line.stand(held, by=Actor.of(MembershipFactory(store=rival)), at=NOW + HOUR)

    offers.pass_on(made.due_at + HOUR)
    again = offers.offer(lead.pk, made.due_at + HOUR)

    assert (again.store, again.to_owner) == (rival, True)
    assert Ownership.objects.get().period.lower == made.due_at


def test_a_rival_sees_and_answers_nothing(region, clerk, rival):
    made = offers.offer(lead_of(region).pk, NOW)
    assert not Offer.objects.visible_to(rival).exists()
    with pytest.raises(Offer.DoesNotExist):
        offers.accept(made, by=Actor.of(rival), at=NOW)
    with pytest.raises(Offer.DoesNotExist):
        offers.decline(made, "busy", by=Actor.of(rival), at=NOW)


def test_the_call_that_counts_reached_the_customer_after_accepting(region, clerk):
    made = offers.offer(lead_of(region).pk, NOW)
    card = offers.accept(made, by=Actor.of(clerk), at=NOW).customer
    mine = Offer.objects.all()
    assert calls.uncontacted(mine).get() == made
    said = {"by": Actor.of(clerk), "kind": "call"}
    record_activity(card, outcome="no_answer", at=NOW + HOUR, **said)
    assert calls.uncontacted(mine).exists()
    record_activity(card, outcome="reached", at=NOW + 2 * HOUR, **said)
    assert not calls.uncontacted(mine).exists()
    assert calls.with_contact(mine).get().contacted_at == NOW + 2 * HOUR


def test_a_call_that_was_corrected_to_one_in_vain_leaves_the_lead_in_hand(region, store, clerk):
    by = Actor.of(clerk)
    lead = lead_of(region)
    card = offers.accept(offers.offer(lead.pk, NOW), by=by, at=NOW).customer
    call = record_activity(card, kind="call", outcome="reached", by=by, at=NOW + HOUR)
    later = NOW + 2 * HOUR
    assert Market(region.pk, later, TERMS).sites[store.pk].in_hand == 0
    correct_activity(call, kind="call", outcome="wrong_number", by=by, at=later)
    assert Market(region.pk, later, TERMS).sites[store.pk].in_hand == 1


def test_scores_and_offers_never_change(region, store):
    lead = lead_of(region)
    made = offers.offer(lead.pk, NOW)
    for change in (
        lambda: Candidate.objects.update(received=9),
        lambda: Candidate.objects.all().delete(),
        lambda: Offer.objects.update(due_at=NOW),
        made.delete,
        lambda: Lead.objects.update(wish="x"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    with pytest.raises(IntegrityError), transaction.atomic():
        Offer.objects.create(
            lead=lead, hop=9, dealer=store.dealer, store=store, offered_at=NOW, due_at=NOW
        )


def test_whoever_was_weighed_computes_the_choice_anew_without_names(region, store, clerk):
    other = other_store(region)
    near(store, "31.50000"), near(other)
    lead = lead_of(region, latitude=Decimal(31), longitude=Decimal(121))
    offers.offer(lead.pk, NOW)
    seen = choices.of(lead.pk, 1, clerk)
    assert seen.agrees
    assert [(line.name, line.mine, line.kept.place) for line in seen.lines] == [
        ("A", False, 1),
        (store.name, True, 2),
    ]
    assert choices.of(lead.pk, 1, MembershipFactory()) is None
    assert choices.of(lead.pk, 2, clerk) is None


def test_leads_in_hand_fill_a_store_and_calls_empty_it(region, store, clerk):
    near(store, capacity=1)
    made = offers.offer(lead_of(region).pk, NOW)
    second = lead_of(region)
    assert offers.offer(second.pk, NOW) is None  # full: with the region
    assert Candidate.objects.get(lead=second).why_not == WhyNot.FULL
    card = offers.accept(made, by=Actor.of(clerk), at=NOW).customer
    record_activity(card, by=Actor.of(clerk), kind="call", outcome="reached", at=NOW + HOUR)
    assert offers.offer(lead_of(region).pk, NOW + 2 * HOUR) is not None
    assert Activity.objects.count() == 1


def test_a_manager_of_the_store_and_the_owner_answer_too(region, manager, owner):
    first = offers.offer(lead_of(region).pk, NOW)
    second = offers.offer(lead_of(region).pk, NOW)
    assert offers.accept(first, by=Actor.of(manager), at=NOW).staff == manager.user
    assert offers.accept(second, by=Actor.of(owner), at=NOW).staff == owner.user
    assert manager.role == Role.STORE_MANAGER


@pytest.mark.parametrize("after", [-HOUR, HOUR])
def test_what_was_taken_back_since_a_lead_came_is_not_agreed_to_by_taking_it(
    after, region, store, clerk
):
    number = phone_number()
    card = registered(
        store, phone=number, staff=clerk.user, at=NOW - 9 * HOUR, consent_marketing=True
    ).customer
    lead = lead_of(region, phone=number, consent_marketing=True)
    made = offers.offer(lead.pk, NOW)
    consent.say([card], ["offers"], withdrawn=True, channel="self", evidence="x", at=NOW + after)
    offers.accept(made, by=Actor.of(clerk), at=NOW + HOUR + HOUR / 2)
    assert consent.stands(card, ConsentPurpose.OFFERS) == (after < HOUR)

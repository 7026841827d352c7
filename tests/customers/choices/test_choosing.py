"""A customer chooses: by their own phone, told before it takes effect, taken back for a day."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from customers.cases import deciding, opening
from customers.choices import answering, asking, elsewhere, links
from customers.choices.asking import ChoiceRefused
from customers.closings import going_on, plan
from customers.erasure import erase_person
from customers.models import (
    Act,
    ActKind,
    Choice,
    Closing,
    Customer,
    Lead,
    Ownership,
    Parting,
    Registration,
    StepKind,
)
from customers.ownership import passing, release, retrace, voids
from customers.tasks import message_choice
from dealers import departures
from dealers.actor import Actor
from dealers.models import AccessLog, Notice, NoticeKind, OutboxTask
from dealers.triggers import lifted
from tests.factories.agreements import published, signed
from tests.factories.closings import offered
from tests.factories.customers import RulebookFactory, number_of, owner_of, registered
from tests.factories.dealers import MembershipFactory, OwnerFactory, StoreFactory

SITE = "https://portal.example"
DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


def ask(registration, by, at):
    return asking.ask(registration, by=Actor.of(by), at=at, site=SITE, language="en")


def say(choice, at, *, yes=True):
    return answering.answer(choice, yes=yes, site=SITE, language="en", at=at)


def test_the_owner_is_told_before_it_takes_effect_and_until_then_keeps_the_customer(
    claimed, clerk, rival, theirs, now
):
    store = claimed.store
    choice = ask(claimed, clerk, now)
    assert owner_of(claimed.identity, now + MOMENT) == rival.store
    choice = say(choice, now + MOMENT)
    assert choice.effective_at == now + MOMENT + DAY
    told = Notice.objects.get(kind=NoticeKind.LEAVES)
    assert (told.user, told.to) == (rival.user, theirs.customer.get_absolute_url())
    assert store.name not in told.said
    assert answering.sweep(now + DAY) == 0
    assert owner_of(claimed.identity, now + DAY) == rival.store

    assert answering.sweep(choice.effective_at) == 1
    assert owner_of(claimed.identity, choice.effective_at) == store
    assert answering.sweep(choice.effective_at) == 0
    assert list(retrace.broken()) == []


def test_a_parting_is_told_to_nobody_but_the_owning_dealer(claimed, clerk, theirs, now):
    choice = ask(claimed, clerk, now)
    with pytest.raises(IntegrityError, match="parting_is_of_its_ownership"), transaction.atomic():
        Parting.objects.create(
            choice=choice, dealer=clerk.dealer, ownership=theirs, told_at=now,
            effective_at=now + DAY,
        )  # fmt: skip


def test_who_asked_and_has_left_since_follows_nobody_up(claimed, clerk, now):
    choice = say(ask(claimed, clerk, now), now + MOMENT)
    clerk.ends_at = now + timedelta(hours=1)
    clerk.save(update_fields=["ends_at"])
    assert answering.sweep(choice.effective_at) == 1
    owned = Ownership.objects.get(store=claimed.store)
    assert (owned.customer, owned.staff) == (claimed.customer, None)


def test_where_who_asked_has_left_who_answers_for_the_store_is_told(claimed, clerk, manager, now):
    choice = say(ask(claimed, clerk, now), now + MOMENT)
    clerk.ends_at = now + timedelta(hours=1)
    clerk.save(update_fields=["ends_at"])
    answering.sweep(choice.effective_at)
    assert Notice.objects.get(said__contains="and is yours").user == manager.user


def test_no_card_moves_and_each_dealer_has_an_act_of_its_own(claimed, clerk, rival, now):
    def cards():
        rows = Customer.objects.order_by("pk").values_list("pk", "dealer", "phone_sealed")
        return [(pk, dealer, bytes(sealed)) for pk, dealer, sealed in rows]

    before, store = cards(), claimed.store
    say(ask(claimed, clerk, now), now + MOMENT)
    answering.sweep(now + 2 * DAY)
    assert cards() == before
    acts = set(Act.objects.filter(kind=ActKind.CHOSEN).values_list("dealer", "by"))
    assert acts == {(rival.dealer_id, None), (store.dealer_id, None)}
    assert Ownership.objects.get(store=store).customer == claimed.customer


def test_silence_and_no_change_nothing(claimed, clerk, rival, now):
    choice = ask(claimed, clerk, now)
    with pytest.raises(ChoiceRefused, match="run out"):
        say(choice, now + timedelta(days=7))
    say(choice, now + DAY, yes=False)
    say(choice, now + DAY)  # answered before: it stays what it was
    assert answering.sweep(now + timedelta(days=30)) == 0
    assert owner_of(claimed.identity, now + timedelta(days=30)) == rival.store
    assert not Notice.objects.filter(kind=NoticeKind.LEAVES).exists()


def test_a_registration_that_was_a_mistake_asks_for_nothing_any_more(  # noqa: PLR0917
    claimed, clerk, hq, rival, client, now
):
    choice = ask(claimed, clerk, now)
    voids.void(claimed, reason="wrong_number", by=Actor.hq(hq), at=now + 2 * MOMENT)
    with pytest.raises(ChoiceRefused, match="run out"):
        say(choice, now + 3 * MOMENT)
    assert owner_of(claimed.identity, now + 2 * DAY) == rival.store
    assert client.get(links.link(choice, "")).status_code == 410


def test_the_customer_takes_it_back_for_a_day(claimed, clerk, rival, now):
    choice = say(ask(claimed, clerk, now), now + MOMENT)
    for _twice in range(2):
        answering.refuse(choice, at=now + DAY)
    assert answering.sweep(now + 2 * DAY) == 0
    assert owner_of(claimed.identity, now + 2 * DAY) == rival.store
    assert Notice.objects.filter(kind=NoticeKind.LEAVES, user=rival.user).count() == 2


def test_who_chose_a_store_that_closes_by_then_stays_and_the_owner_is_told(
    claimed, clerk, rival, now
):
    say(ask(claimed, clerk, now), now + MOMENT)
    departures.close_from([claimed.store_id], now + DAY)
    assert answering.sweep(now + 2 * DAY) == 0
    assert answering.sweep(now + 3 * DAY) == 0
    assert owner_of(claimed.identity, now + 2 * DAY) == rival.store
    told = Notice.objects.filter(kind=NoticeKind.LEAVES, user=rival.user).order_by("pk")
    assert "stays with you" in told[1].said


def test_who_is_erased_moves_nowhere_any_more(claimed, clerk, rival, now):
    choice = say(ask(claimed, clerk, now), now + MOMENT)
    hour = now + timedelta(hours=1)
    erase_person(claimed.identity, reason="asked for", by=Actor.of(clerk), at=hour)
    assert answering.sweep(now + 2 * DAY) == 0
    assert owner_of(claimed.identity, now + 2 * DAY) == rival.store
    choice.refresh_from_db()
    assert choice.refused_at == Parting.objects.get(choice=choice).refused_at == hour


def test_who_is_erased_while_a_case_holds_what_they_chose_moves_nowhere_either(
    claimed, clerk, rival, now
):
    choice = say(ask(claimed, clerk, now), now + MOMENT)
    opening.claim(claimed, story="We met first.", by=Actor.of(clerk), at=now + 2 * MOMENT)
    late = now + 2 * DAY
    assert answering.sweep(late) == 0  # its moment is over, and it waits
    erase_person(claimed.identity, reason="asked for", by=Actor.of(clerk), at=late)
    choice.refresh_from_db()
    assert choice.refused_at == Parting.objects.get(choice=choice).refused_at == late
    deciding.settle_all(now + 60 * DAY)
    assert answering.sweep(now + 60 * DAY) == 0
    assert owner_of(claimed.identity, now + 60 * DAY) == rival.store


def test_the_link_of_who_is_erased_asks_for_nothing_any_more(claimed, clerk, rival, now):
    choice = ask(claimed, clerk, now)
    erase_person(claimed.identity, reason="asked for", by=Actor.of(clerk), at=now + MOMENT)
    assert say(choice, now + 2 * MOMENT).answer == "nobody"
    assert owner_of(claimed.identity, now + 2 * DAY) == rival.store


def test_what_took_effect_is_not_taken_back(claimed, clerk, now):
    choice = say(ask(claimed, clerk, now), now + MOMENT)
    answering.sweep(now + 2 * DAY)
    with pytest.raises(ChoiceRefused, match="taken effect"):
        answering.refuse(choice, at=now + 2 * DAY)


def test_inside_one_dealer_nothing_leaves_it_and_it_takes_effect_at_once(
    claimed, clerk, theirs, rival, now
):
    choice = ask(claimed, clerk, now)
    rival_owner = OwnerFactory(dealer=rival.dealer)
    release.release(theirs.customer, "no_time", by=Actor.of(rival_owner), at=now + MOMENT)
    passing.let_time_pass(now + 2 * DAY)
    sister = StoreFactory(dealer=claimed.store.dealer)
    at = now + 3 * DAY
    assert registered(sister, phone=number_of(theirs.customer), at=at).answer == "yours"
    choice = say(choice, at + MOMENT)
    assert choice.done_at == at + MOMENT
    assert owner_of(claimed.identity, at + MOMENT) == claimed.store
    assert not Parting.objects.exists()


def test_who_may_ask(claimed, clerk, manager, owner, rival, theirs, now):  # noqa: PLR0917
    assert asking.may_ask(claimed, by=Actor.of(clerk), at=now)
    assert asking.may_ask(claimed, by=Actor.of(owner), at=now)
    assert not asking.may_ask(claimed, by=Actor.of(rival), at=now)
    assert not asking.may_ask(claimed, by=Actor.of(clerk), at=now + DAY + MOMENT)
    own = Registration.objects.get(ownership=theirs)
    assert not asking.may_ask(own, by=Actor.of(rival), at=now)
    first = ask(claimed, clerk, now)
    assert ask(claimed, manager, now) == first
    assert OutboxTask.objects.filter(task=links.TASK).count() == 1


def test_a_customer_is_asked_once_in_thirty_days(claimed, clerk, store, theirs, now):
    ask(claimed, clerk, now)
    again = registered(store, phone=number_of(theirs.customer), staff=clerk.user, at=now + DAY)
    with pytest.raises(ChoiceRefused, match="30 days"):
        ask(again, clerk, now + DAY)


def test_a_dealer_that_closes_keeps_its_customers_for_ninety_days_all_the_same(
    claimed, clerk, rival, hq, now
):
    made = close(rival.dealer, hq)
    run(made, made.due_at)
    choice = ask(claimed, clerk, now)
    Choice.objects.filter(pk=choice.pk).update(
        answer="store", answered_at=now, effective_at=made.due_at
    )
    assert answering.sweep(made.due_at + DAY) == 0
    assert owner_of(claimed.identity, made.due_at + DAY) == rival.store


def test_who_said_no_is_left_alone_for_thirty_days_from_then_on(claimed, clerk, store, theirs, now):
    say(ask(claimed, clerk, now), now + 6 * DAY, yes=False)
    number = number_of(theirs.customer)
    again = registered(store, phone=number, staff=clerk.user, at=now + 35 * DAY)
    with pytest.raises(ChoiceRefused, match="said no"):
        ask(again, clerk, now + 35 * DAY)
    later = registered(store, phone=number, staff=clerk.user, at=now + 37 * DAY)
    assert ask(later, clerk, now + 37 * DAY).answer == ""


@pytest.fixture
def passed_on(claimed, clerk, rival, theirs, now):
    """Who has the customer by the moment of a choice: a third dealer, which was told nothing."""
    owner, third = OwnerFactory(dealer=rival.dealer), MembershipFactory()
    release.release(theirs.customer, "no_time", by=Actor.of(owner), at=now + MOMENT)
    say(ask(claimed, clerk, now), now + timedelta(hours=2))
    at = now + DAY + timedelta(hours=1)
    passing.let_time_pass(at)
    number = number_of(theirs.customer)
    assert registered(third.store, phone=number, staff=third.user, at=at).answer == "yours"
    return third


def test_who_got_the_customer_meanwhile_is_told_a_day_before_as_well(claimed, passed_on, now):
    due = now + DAY + timedelta(hours=2)
    assert answering.sweep(due) == 0
    assert owner_of(claimed.identity, due) == passed_on.store
    told = Notice.objects.get(kind=NoticeKind.LEAVES, user=passed_on.user)
    assert "has chosen another store" in told.said
    assert Choice.objects.get().effective_at == due + DAY
    assert answering.sweep(due + DAY - MOMENT) == 0
    assert answering.sweep(due + DAY) == 1
    assert owner_of(claimed.identity, due + DAY) == claimed.store


def test_who_has_the_customer_when_it_is_taken_back_is_told(claimed, passed_on, rival, now):
    due = now + DAY + timedelta(hours=2)
    answering.sweep(due)
    answering.refuse(Choice.objects.get(), at=due + MOMENT)
    assert owner_of(claimed.identity, due + 2 * DAY) == passed_on.store
    left = Notice.objects.filter(kind=NoticeKind.LEAVES)
    assert left.filter(user=passed_on.user, said__contains="stays with you").exists()
    assert not left.filter(user=rival.user, said__contains="stays with you").exists()


def test_while_a_case_runs_nobody_moves(claimed, clerk, rival, theirs, now):
    choice = say(ask(claimed, clerk, now), now + MOMENT)
    owner = OwnerFactory(dealer=rival.dealer)
    made = release.release(theirs.customer, "no_time", by=Actor.of(owner), at=now + MOMENT)
    opening.claim(claimed, story="We met first.", by=Actor.of(clerk), at=now + 2 * MOMENT)
    assert answering.sweep(now + 2 * DAY) == 0
    assert passing.let_time_pass(now + 2 * DAY) == []
    assert owner_of(claimed.identity, now + 2 * DAY) == rival.store
    with pytest.raises(ChoiceRefused, match="24 hours"):
        answering.refuse(choice, at=now + 2 * DAY)
    choice.refresh_from_db()
    made.refresh_from_db()
    assert (choice.done_at, made.done_at) == (None, None)


def test_the_page_asks_answers_and_takes_back(client, claimed, clerk, store):
    address = links.link(ask(claimed, clerk, timezone.now()), "")
    page = client.get(address)
    assert f"Shall {store.name} look after you?" in page.text
    assert "24 hours" in page.text
    client.post(address, {"answer": "yes"})
    assert f"You chose {store.name}" in client.get(address).text
    client.post(address, {"answer": "refuse"})
    assert "Taken back" in client.get(address).text
    assert Choice.objects.get().refused_at is not None


@pytest.mark.parametrize("token", ["x", "1:2", "00000000-0000-0000-0000-000000000000:abc"])
def test_nobody_guesses_a_link(client, token):
    assert client.get(reverse("customers:choose", args=[token])).status_code == 404
    assert client.post(reverse("customers:choose", args=[token])).status_code == 404


def test_a_link_that_has_run_out_says_so(client, claimed, clerk):
    long_ago = timezone.now() - timedelta(days=8)
    choice = Choice.objects.create(
        identity_id=claimed.identity_id, customer_id=claimed.customer_id,
        dealer_id=claimed.dealer_id, store_id=claimed.store_id, registration=claimed,
        asked_by=clerk.user, asked_at=long_ago, expires_at=long_ago + links.VALID_FOR,
    )  # fmt: skip
    page = client.get(links.link(choice, ""))
    assert page.status_code == 410
    assert "Nothing has changed" in page.text


def test_both_sides_read_what_happens(login, claimed, clerk, rival, theirs, store):  # noqa: PLR0917
    client, receipt = login(clerk), claimed.get_absolute_url()
    assert "Send the customer the question" in client.get(receipt).text
    assert client.post(f"{receipt}ask/").url == receipt
    assert "No answer yet" in client.get(receipt).text
    say(Choice.objects.get(), timezone.now())
    assert "They chose your store. It takes effect on" in client.get(receipt).text
    page = login(rival).get(theirs.customer.get_absolute_url())
    assert "This customer chose another store. It takes effect on" in page.text
    assert store.name not in page.text
    assert Parting.objects.get().dealer == rival.dealer


def test_both_sides_read_that_it_waits_once_its_moment_is_over(login, store, clerk, rival):
    then, waits = timezone.now() - 2 * DAY, "once what is open between the stores is settled"
    owned = registered(rival.store, staff=rival.user, at=then, name="陈女士").ownership
    number = number_of(owned.customer)
    claim = registered(store, phone=number, staff=clerk.user, at=then + MOMENT)
    say(ask(claim, clerk, then + 2 * MOMENT), then + 3 * MOMENT)
    opening.claim(claim, story="We met first.", by=Actor.of(clerk), at=then + 4 * MOMENT)
    assert answering.sweep(timezone.now()) == 0
    receipt = login(clerk).get(claim.get_absolute_url()).text
    assert waits in receipt
    assert "unless they take it back" not in receipt
    page = login(rival).get(owned.customer.get_absolute_url()).text
    assert "This customer chose another store" in page
    assert waits in page
    assert "can take it back until then" not in page


# After a dealer closed


def close(dealer, hq):
    offered(dealer)
    return plan.close_dealer(
        dealer, on=timezone.localdate() + timedelta(days=20), reason="x", by=Actor.hq(hq),
        at=timezone.now(),
    )  # fmt: skip


def run(made, moment):
    closing = Closing.objects.select_related("store", "to", "dealer").get(pk=made.pk)
    for _step in going_on.go_on(closing, moment):
        pass


@pytest.fixture
def asked(theirs, rival, hq):
    """A customer whose dealer has closed, with the question that they were sent."""
    made = close(rival.dealer, hq)
    for moment in (made.due_at, made.steps.get(kind=StepKind.ASKED).due_at):
        run(made, moment)
    return Choice.objects.get()


def test_after_a_dealer_closed_the_customer_tells_the_store_themselves(asked, rival, theirs):
    store = StoreFactory(dealer__region=rival.dealer.region)
    StoreFactory()  # of another region
    number, at = number_of(theirs.customer), asked.asked_at + DAY
    assert list(elsewhere.stores_for(asked, at)) == [store]
    with pytest.raises(ChoiceRefused, match="number that this link"):
        elsewhere.answer(asked, store, number="+8613900000000", name="", at=at)
    for _twice in range(2):
        elsewhere.answer(asked, store, number=number, name="陈", at=at)
    assert owner_of(asked.identity, at) == store
    assert Customer.objects.filter(identity=asked.identity).count() == 2
    assert Registration.objects.filter(store=store).count() == 1


def test_a_link_after_a_closing_promises_nobody_who_goes_on(client, asked):
    assert "were passed on to nobody" in client.get(links.link(asked, "")).text
    with lifted(Choice):
        Choice.objects.filter(pk=asked.pk).update(
            asked_at=timezone.now() - 30 * DAY, expires_at=timezone.now() - DAY
        )
    page = client.get(links.link(asked, ""))
    assert page.status_code == 410
    assert "goes on doing so" not in page.text
    assert "Nothing was passed on" in page.text


def test_a_store_that_may_register_nobody_yet_cannot_be_chosen(asked, rival):
    store, at = StoreFactory(dealer__region=rival.dealer.region), asked.asked_at + DAY
    version = published(required=True)
    assert not elsewhere.stores_for(asked, at).exists()
    signed(version, OwnerFactory(dealer=store.dealer))
    assert list(elsewhere.stores_for(asked, at)) == [store]


def test_a_store_that_may_have_no_more_customers_says_so_and_another_can_be_chosen(
    asked, rival, theirs
):
    RulebookFactory(starts_on=timezone.localdate() + timedelta(days=1), store_cap=0)
    store = StoreFactory(dealer__region=rival.dealer.region)
    number, at = number_of(theirs.customer), asked.asked_at + DAY
    with pytest.raises(ChoiceRefused, match="takes no more customers"):
        elsewhere.answer(asked, store, number=number, name="陈", at=at)
    asked.refresh_from_db()
    assert asked.answer == ""


def test_whoever_was_registered_by_mistake_is_asked_nothing(theirs, rival, hq):
    made = close(rival.dealer, hq)
    run(made, made.due_at)
    mistake = Registration.objects.get(ownership=theirs)
    owner = Actor.of(OwnerFactory(dealer=rival.dealer))
    voids.void(mistake, reason="wrong_number", by=owner, at=made.due_at + DAY)
    run(made, made.steps.get(kind=StepKind.ASKED).due_at)
    assert not Choice.objects.exists()


def test_who_wants_headquarters_to_find_a_store_becomes_a_lead(asked, theirs):
    at = asked.asked_at + DAY
    elsewhere.answer(asked, None, number=number_of(theirs.customer), name="陈", at=at)
    lead = Lead.objects.get()
    assert (lead.identity, lead.source) == (asked.identity, "closing")


def test_who_says_nothing_is_nobodys_lead(asked):
    elsewhere.none(asked, at=asked.asked_at + DAY)
    assert not Lead.objects.exists()
    assert Choice.objects.get().answer == "nobody"


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({}, "Choose one of these"),
        ({"where": "headquarters", "phone": "12"}, "number"),
        ({"where": "headquarters", "phone": "13900000000"}, "Enter the number"),
        ({"where": "999999"}, "Choose one of these"),
    ],
)
def test_a_mistake_on_the_page_is_said_there(client, claimed, rival, hq, sent, said):  # noqa: PLR0917
    made = close(rival.dealer, hq)
    now = timezone.now()
    choice = Choice.objects.create(
        identity_id=claimed.identity_id, customer_id=claimed.customer_id,
        dealer_id=claimed.dealer_id, store_id=claimed.store_id, closing=made, asked_at=now,
        expires_at=now + DAY,
    )  # fmt: skip
    page = client.post(links.link(choice, ""), sent)
    assert page.status_code == 422
    assert said in page.text
    assert Choice.objects.get().answer == ""


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_lost_after_it_wrote_does_not_write_twice(claimed, clerk, now):
    choice = ask(claimed, clerk, now)  # which the worker takes up with the commit
    message_choice(str(choice.pk), links.ASK, SITE, "en")
    assert OutboxTask.objects.filter(task="dealers.tasks.deliver").count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_message_goes_to_the_customers_phone_and_the_log_says_so(claimed, clerk, store, now):
    choice = ask(claimed, clerk, now)  # which the worker takes up with the commit
    entry = AccessLog.objects.get(dealer=store.dealer)
    assert (entry.customer, entry.purpose, entry.user) == (claimed.customer_id, "choice", None)
    assert OutboxTask.objects.filter(task="dealers.tasks.deliver").count() == 1
    say(choice, now, yes=False)
    links.message(str(choice.pk), links.ASK, SITE, "en", now)
    assert OutboxTask.objects.filter(task="dealers.tasks.deliver").count() == 1


def test_that_it_can_be_taken_back_is_of_use_until_it_takes_effect(claimed, clerk, now):
    at = now + links.VALID_FOR - MOMENT
    choice = say(ask(claimed, clerk, now), at)
    assert links.good_until(choice, links.TOLD) == choice.effective_at == at + DAY
    assert links.good_until(choice, links.ASK) == at + MOMENT

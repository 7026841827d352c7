"""What the agreement forbids headquarters: refused, and for good where the dealer reads it."""

import json
from contextlib import suppress
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from customers import cards
from customers.cards import CardRefused
from customers.cases import deciding
from customers.cases.terms import CaseRefused
from customers.models import CaseOutcome, CaseRuling, Ownership
from dealers import forbidden, sayings
from dealers.actor import Actor, acting
from dealers.models import Fact, FactKind, ForbiddenAct, Level, Link, RefusedAct
from dealers.receipts import chain
from tests.customers.cases.disputed import DAY, DECIDED_BY, EVIDENCE_OVER, Dispute, again, decided
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import OwnerFactory, StoreFactory, UserFactory, shared

pytestmark = pytest.mark.django_db


@pytest.fixture
def outsider(db):
    """Somebody of headquarters who may be shown numbers."""
    return Actor.hq(UserFactory(name="林外", is_staff=True, is_superuser=True))


@pytest.fixture
def card(clerk):
    RulebookFactory()
    return registered(clerk.store, name="陈敏", phone="13800138000").customer


@pytest.fixture
def dispute(db):
    RulebookFactory()
    return Dispute()


def decide(case, by, at):
    return deciding.decide(
        case, outcome=CaseOutcome.KEEP, share=None, reason="A was first.", by=by, at=at
    )


@pytest.mark.parametrize("level", [Level.FINGERPRINT, Level.MASKED])
def test_a_number_beyond_the_level_is_refused_and_noted(card, outsider, owner, level):
    shared(card.dealer, level)
    with pytest.raises(CardRefused):
        cards.grant(card, by=outsider, purpose="follow-up", at=timezone.now())

    (act,) = RefusedAct.objects.visible_to(owner)
    assert (act.act, act.dealer, act.customer) == (ForbiddenAct.CONTACT, card.dealer, card.pk)
    assert (act.user, act.name, act.role) == (outsider.user, "林外", "hq")
    assert "13800138000" not in act.said
    assert "陈敏" not in act.said


def test_what_is_shared_is_no_forbidden_act_though_the_customer_has_not_agreed(card, outsider):
    shared(card.dealer, Level.TOGETHER)
    with pytest.raises(CardRefused):
        cards.grant(card, by=outsider, purpose="follow-up", at=timezone.now())

    assert not RefusedAct.objects.exists()


def test_a_command_is_noted_as_well(card):
    with pytest.raises(CommandError):
        call_command("reveal_number", str(card.pk), purpose="follow-up")

    act = RefusedAct.objects.get()
    assert (act.act, act.user) == (ForbiddenAct.CONTACT, None)
    assert act.agent.startswith("reveal_number")


def test_who_decides_a_second_time_is_refused_and_both_sides_read_it(dispute):
    case = decided(dispute, CaseOutcome.KEEP)
    by = Actor.of(dispute.manager)

    with pytest.raises(CaseRefused):
        decide(case, by, EVIDENCE_OVER + 2 * DAY)

    assert CaseRuling.objects.filter(case=case).count() == 1
    acts = RefusedAct.objects.all()
    assert {act.dealer_id for act in acts} == {dispute.a.dealer_id, dispute.b.dealer_id}
    assert {act.act for act in acts} == {ForbiddenAct.TWICE}
    for act in acts:
        assert case.code in sayings.read(act.said)


def test_who_decides_too_late_is_refused_and_the_proposal_stands(dispute):
    case = dispute.open()
    deciding.settle_all(EVIDENCE_OVER)
    case = again(case)
    by = Actor.of(case.reviewer.memberships.get())

    with pytest.raises(CaseRefused):
        decide(case, by, DECIDED_BY + timedelta(hours=1))

    deciding.settle_all(DECIDED_BY + timedelta(hours=1))
    assert CaseRuling.objects.get(case=case).by is None
    # The silence was taken back with the refusal, and takes effect with the job.
    with pytest.raises(CaseRefused):
        decide(case, by, DECIDED_BY + timedelta(hours=2))
    assert set(RefusedAct.objects.values_list("act", flat=True)) == {ForbiddenAct.LATE}


def test_a_decision_that_is_sent_too_late_from_the_page_is_noted_and_settles_the_case(dispute):
    case = dispute.open()
    deciding.settle_all(EVIDENCE_OVER)
    case = again(case)
    by = Actor.of(case.reviewer.memberships.get())

    deciding.came_too_late(case.pk, by=by, at=DECIDED_BY + timedelta(hours=1))

    assert CaseRuling.objects.get(case=case).by is None
    acts = RefusedAct.objects.all()
    assert {act.act for act in acts} == {ForbiddenAct.LATE}
    assert {act.dealer_id for act in acts} == {dispute.a.dealer_id, dispute.b.dealer_id}


def test_to_step_aside_too_late_is_nothing_forbidden(dispute):
    case = decided(dispute, CaseOutcome.KEEP)

    with pytest.raises(CaseRefused):
        deciding.step_aside(case, by=Actor.of(dispute.manager), at=EVIDENCE_OVER + 2 * DAY)

    assert not RefusedAct.objects.exists()


def test_it_stays_when_the_refused_transaction_is_taken_back(card, outsider):
    at = timezone.now()
    said = sayings.kept(forbidden.SHORTENED)
    with suppress(CardRefused), forbidden.noted(), transaction.atomic():
        forbidden.note(ForbiddenAct.PROTECTION, said, by=outsider, dealer_id=card.dealer_id, at=at)
        assert not RefusedAct.objects.exists()
        raise CardRefused

    assert RefusedAct.objects.get().act == ForbiddenAct.PROTECTION


def test_a_protection_that_is_shortened_by_sql_is_refused_and_all_dealers_read_it(
    card, outsider, owner
):
    owned = Ownership.objects.get(customer=card)
    sooner = owned.protected_until - timedelta(days=30)

    with forbidden.noted(), acting(outsider):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE customers_ownership SET protected_until = %s,"
                    " period = tstzrange(lower(period), %s) WHERE id = %s",
                    [sooner, sooner, owned.pk],
                )
        except DatabaseError as problem:
            forbidden.refused_by_rule(problem, by=outsider, at=timezone.now())

    owned.refresh_from_db()
    assert owned.protected_until > sooner
    act = RefusedAct.objects.get()
    assert (act.act, act.dealer) == (ForbiddenAct.PROTECTION, None)
    for post in (owner, OwnerFactory()):
        assert list(RefusedAct.objects.visible_to(post)) == [act]


def test_another_error_is_no_forbidden_act(outsider):
    with pytest.raises(DatabaseError) as caught, transaction.atomic():
        connection.cursor().execute("SELECT 1 / 0")
    forbidden.refused_by_rule(caught.value, by=outsider, at=timezone.now())
    forbidden.refused_by_rule(ValueError("ownership_ends_where"), by=outsider, at=timezone.now())

    assert not RefusedAct.objects.exists()


def test_what_the_dealers_own_people_do_is_nobodys_forbidden_act(owner, clerk):
    for post in (owner, clerk):
        forbidden.note(ForbiddenAct.CONTACT, "x", by=Actor.of(post), at=timezone.now())

    assert not RefusedAct.objects.exists()


def test_it_is_a_link_of_the_dealers_chain_without_a_word_of_the_customer(card, outsider):
    with pytest.raises(CardRefused):
        cards.grant(card, by=outsider, purpose="follow-up", at=timezone.now())
    assert Fact.objects.filter(kind=FactKind.REFUSED, dealer=card.dealer).exists()
    chain.append_waiting()

    link = Link.objects.get(kind=FactKind.REFUSED)
    (said,) = json.loads(link.body)["told"]
    assert (link.dealer, said["act"], said["card"]) == (card.dealer, "contact", str(card.pk))
    assert set(said) == {"act", "at", "person", "role", "agent", "card", "words"}


@pytest.mark.parametrize("change", ["update", "delete", "add"])
def test_headquarters_takes_nothing_out_and_puts_nothing_in(store, outsider, change):
    forbidden.note(
        ForbiddenAct.TWICE, "x", by=outsider, dealer_id=store.dealer_id, at=timezone.now()
    )
    act = RefusedAct.objects.get()
    new = RefusedAct(act=ForbiddenAct.TWICE, role="hq", said="x", at=timezone.now())
    tries = {
        "update": lambda: RefusedAct.objects.filter(pk=act.pk).update(said=""),
        "delete": act.delete,
        "add": new.save,
    }

    with pytest.raises(DatabaseError), transaction.atomic(), acting(outsider):
        tries[change]()


def test_the_owner_reads_it_and_another_dealer_does_not(login, card, owner, outsider, english):
    with pytest.raises(CardRefused):
        cards.grant(card, by=outsider, purpose="follow-up", at=timezone.now())

    mine = login(owner).get("/access/")
    theirs = login(OwnerFactory(dealer=StoreFactory().dealer)).get("/access/")

    assert "Contact beyond the level of sharing" in mine.text
    assert f"/customers/{card.pk}/" in mine.text
    assert "Contact beyond the level of sharing" not in theirs.text
    assert "Nothing: nobody tried what the agreement forbids" in theirs.text

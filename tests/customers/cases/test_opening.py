"""Who opens a case, what is brought to it, and which facts it reads."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction

from customers.cases import deciding, evidence, facts, opening
from customers.cases.terms import CaseRefused
from customers.erasure import erase_person
from customers.models import (
    Case,
    CaseEvidence,
    CaseSource,
    CaseStage,
    Identity,
)
from dealers.actor import Actor
from dealers.models import Notice, NoticeKind
from tests.customers.cases.disputed import (
    BEGAN,
    CLAIMED,
    DAY,
    DECIDED_BY,
    EVIDENCE_OVER,
    OPENED,
    Dispute,
    again,
    beside,
)
from tests.factories.cases import photo
from tests.factories.dealers import (
    MembershipFactory,
    UserFactory,
)

HOUR = timedelta(hours=1)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


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


def test_a_dealer_opens_at_most_five_in_ninety_days(dispute):
    for _ in range(5):
        Dispute.open(beside(dispute))
    with pytest.raises(CaseRefused, match="5 cases in 90 days"):
        dispute.open()


@pytest.mark.django_db(transaction=True)
def test_of_two_claims_at_once_the_sixth_is_refused(dispute):
    others = [beside(dispute) for _ in range(5)]
    for each in others[:4]:
        each.open()

    def sixth():
        try:
            dispute.open()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            others[4].open()
            waiting = pool.submit(sixth)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.5)
        with pytest.raises(CaseRefused):
            waiting.result(timeout=5)
    assert Case.objects.count() == 5


def test_about_who_was_erased_nothing_more_is_said_and_an_appeal_needs_no_words(dispute):
    case = dispute.open()
    by = Actor.of(dispute.owner_a)
    evidence.say(case, "We fitted her filter.", by=by, at=OPENED + HOUR)
    erase_person(
        case.identity, reason="Asked", by=Actor.hq(UserFactory(is_staff=True)), at=OPENED + DAY
    )
    with pytest.raises(CaseRefused, match="was erased"):
        evidence.say(case, "She came on Monday.", by=by, at=OPENED + DAY)
    with pytest.raises(CaseRefused, match="was erased"):
        evidence.show(case, SimpleUploadedFile("a.jpg", photo()), by=by, at=OPENED + DAY)

    deciding.settle_all(DECIDED_BY)
    with pytest.raises(CaseRefused, match="without a text"):
        deciding.appeal(case, "She said so.", by=by, at=DECIDED_BY + DAY)
    deciding.appeal(case, "", by=by, at=DECIDED_BY + DAY)

    assert again(case).stage == CaseStage.APPEAL
    kept = CaseEvidence.objects.filter(case=case)
    assert {(each.text_sealed, each.file_sealed) for each in kept} == {(None, None)}
    assert [each.kind for each in kept.filter(side="A").order_by("number")] == [
        "statement", "appeal",
    ]  # fmt: skip


def test_no_case_is_opened_about_who_was_erased_and_the_sentence_says_what_can_be_done(dispute):
    hq = Actor.hq(UserFactory(is_staff=True))
    erase_person(dispute.claim.identity, reason="Asked", by=hq, at=OPENED)
    with pytest.raises(CaseRefused, match="line of your statement"):
        dispute.open()


def test_the_database_takes_no_words_about_who_was_erased(dispute):
    case = dispute.open()
    said = CaseEvidence.objects.get()
    hq = Actor.hq(UserFactory(is_staff=True))
    sealed = bytes(said.text_sealed)
    erase_person(case.identity, reason="Asked", by=hq, at=OPENED)
    said.pk, said.number, said.text_sealed = None, 2, sealed
    with (
        pytest.raises(IntegrityError, match="case_evidence_about_nobody_erased"),
        transaction.atomic(),
    ):
        said.save(force_insert=True)


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


@pytest.mark.django_db(transaction=True)
def test_of_two_files_at_once_the_sixth_is_refused(dispute):
    case, by = dispute.open(), Actor.of(dispute.owner_a)

    def show():
        file = SimpleUploadedFile("a.jpg", photo())
        return evidence.show(case, file, by=by, at=OPENED + DAY)

    def second():
        try:
            show()
        finally:
            connection.close()

    for _ in range(4):
        show()
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            show()
            waiting = pool.submit(second)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.5)
        with pytest.raises(CaseRefused):
            waiting.result(timeout=5)
    assert CaseEvidence.objects.filter(side="A").count() == 5


@pytest.mark.django_db(transaction=True)
def test_who_says_something_waits_a_second_at_most_for_a_load_of_the_person(dispute):
    case, by = dispute.open(), Actor.of(dispute.owner_a)

    def say():
        try:
            evidence.say(case, "We fitted her filter.", by=by, at=OPENED + HOUR)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        Identity.objects.select_for_update().get(pk=case.identity_id)
        with pytest.raises(CaseRefused):
            pool.submit(say).result(timeout=5)


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

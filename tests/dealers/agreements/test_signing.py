"""Versions are published by two, signed by owners, and stand for what was done under them."""

from datetime import date, datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from dealers import publication, sayings
from dealers.actor import Actor, acting
from dealers.agreements import publishing, signing
from dealers.models import (
    AgreementAnswer,
    AgreementPaper,
    AgreementVersion,
    Membership,
    Notice,
    OutboxTask,
)
from dealers.publication import PublicationRefused
from dealers.receipts import chain, verify_receipt
from dealers.receipts import signing as receipts
from dealers.tasks import tell_of_agreement, write_agreement
from dealers.triggers import lifted
from tests.factories.agreements import draft, published, signed
from tests.factories.dealers import (
    MembershipFactory,
    OwnerFactory,
    StoreFactory,
    UserFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

DAY = timedelta(days=1)


@pytest.fixture
def owner():
    return OwnerFactory()


def today() -> date:
    return signing.today(timezone.now())


def standing(owner: Membership, day: date) -> signing.Stood | None:
    return signing.standing(signing.history(owner.dealer_id), day)


def dated_back(answer: AgreementAnswer, day: date) -> None:
    """As if it had been signed at noon of an earlier day."""
    at = datetime.combine(day, datetime.min.time(), timezone.get_default_timezone())
    with lifted(AgreementAnswer, AgreementVersion):
        AgreementAnswer.objects.filter(pk=answer.pk).update(at=at + timedelta(hours=12))


def moved(version: AgreementVersion, day: date) -> None:
    """As if it had been published earlier, for that day."""
    with lifted(AgreementVersion):
        AgreementVersion.objects.filter(pk=version.pk).update(starts_on=day)


def test_one_puts_forward_another_approves_and_nothing_changes_afterwards():
    version, now = draft(), timezone.now()
    one, other = (Actor.hq(UserFactory(is_staff=True)) for _person in range(2))
    with pytest.raises(PublicationRefused):
        publishing.publish(version, by=one, at=now)
    publishing.put_forward(version, by=one, at=now)
    with pytest.raises(PublicationRefused, match="somebody else approves it"):
        publishing.approve(version, by=one, at=now)
    publishing.approve(version, by=other, at=now)
    publishing.publish(version, by=one, at=now)

    version.text = "Anything else."
    with pytest.raises(DatabaseError), transaction.atomic():
        version.save()
    with pytest.raises(DatabaseError), transaction.atomic():
        version.delete()
    assert OutboxTask.objects.get(key=f"agreement:{version.pk}").task == publishing.TELL


def test_nobody_publishes_past_the_steps_whoever_asks_the_database():
    version = draft()
    with pytest.raises(IntegrityError), transaction.atomic():
        AgreementVersion.objects.filter(pk=version.pk).update(published_at=timezone.now())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"starts_on": date(2026, 1, 1)}, "is over"),
        ({"name": "2026-07"}, "is called “2026-07” already"),
        ({"hq_duties": " \n "}, "one duty at least of each"),
    ],
)
def test_what_stands_against_a_draft_is_said(change, said):
    published("2026-07", today() + DAY)
    version = draft(**({"name": "2026-11", "starts_on": today()} | change))
    assert said in " ".join(publishing.problems(version, timezone.now()))


def test_a_signature_is_not_waited_for_before_owners_had_time_to_read():
    now = timezone.now()
    soon = draft("2026-11", today() + 13 * DAY, required=True, notice_days=14)
    assert "14 days of notice" in " ".join(publishing.problems(soon, now))
    for fits in (
        draft("2026-12", today() + 14 * DAY, required=True, notice_days=14),
        draft("2027-01", today(), notice_days=14),
    ):
        assert publishing.problems(fits, now) == []
    steps = {"tested": UserFactory(), "approved": UserFactory(), "published": UserFactory()}
    taken = {f"{step}_by": who for step, who in steps.items()}
    taken |= {f"{step}_at": now for step in steps}
    with pytest.raises(IntegrityError, match="asked_for_with_notice"), transaction.atomic():
        AgreementVersion.objects.filter(pk=soon.pk).update(**taken)


def test_no_version_gives_fewer_days_of_notice_than_one_that_was_published():
    published("2026-07", notice_days=30)
    now = timezone.now()
    # Also where it does not wait: the next one after it would be held to its own notice alone.
    for short in (
        draft("2026-11", today() + 40 * DAY, required=True, notice_days=29),
        draft("2026-12", today(), notice_days=29),
    ):
        assert "promised 30 days of notice" in " ".join(publishing.problems(short, now))
    soon = draft("2027-01", today() + 29 * DAY, required=True, notice_days=30)
    assert "30 days of notice" in " ".join(publishing.problems(soon, now))
    late = draft("2027-02", today() + 30 * DAY, required=True, notice_days=30)
    assert publishing.problems(late, now) == []
    steps = {"tested": UserFactory(), "approved": UserFactory(), "published": UserFactory()}
    taken = {f"{step}_by": who for step, who in steps.items()}
    taken |= {f"{step}_at": now for step in steps}
    with pytest.raises(IntegrityError, match="notice_never_gets_shorter"), transaction.atomic():
        AgreementVersion.objects.filter(pk=short.pk).update(**taken)


def test_two_that_are_published_at_the_same_moment_are_one_and_a_refusal():
    """What stands against the second one was looked for before the first one was there."""
    published("2026-07")
    second, by = draft("2026-11"), Actor.hq(UserFactory(is_staff=True))
    now = timezone.now()
    for step in ("tested", "approved"):
        who = Actor.hq(UserFactory(is_staff=True))
        publication.take_step(second, step, by=who, at=now, problems=lambda _draft: [])
    with pytest.raises(PublicationRefused, match="A published version starts on that day already"):
        publication.publish(second, by=by, at=now, problems=lambda _draft: [])


@pytest.mark.parametrize(
    ("known", "said"),
    [
        (True, "Owners were promised 30 days of notice"),
        (False, "What is published already stands against it"),
    ],
    ids=["found now", "found by nobody"],
)
def test_what_the_database_refuses_at_the_last_moment_is_a_sentence(known, said):
    """Another version was published after what stands against this one was looked for."""
    published("2026-07", notice_days=30)
    now = timezone.now()
    short, by = draft("2026-11", today() + DAY, notice_days=29), Actor.hq(UserFactory())
    for step in ("tested", "approved"):
        who = Actor.hq(UserFactory(is_staff=True))
        publication.take_step(short, step, by=who, at=now, problems=lambda _draft: [])
    looked_for = []

    def problems(found):
        looked_for.append(found.published_at)
        again = known and len(looked_for) > 1
        return publishing.problems(found, now) if again else []

    with pytest.raises(PublicationRefused, match=said):
        publication.publish(short, by=by, at=now, problems=problems)
    assert looked_for == [None, None]


def test_owners_are_told_of_a_version_and_nobody_else(owner):
    MembershipFactory(store=StoreFactory(dealer=owner.dealer))
    tell_of_agreement(published("2026-11").pk)
    (notice,) = Notice.objects.all()
    assert notice.user == owner.user
    assert notice.to == f"/agreement/{AgreementVersion.objects.get().pk}/"
    tell_of_agreement(AgreementVersion.objects.get().pk)
    assert Notice.objects.count() == 1


@pytest.mark.parametrize(("required", "said"), [(True, "register nobody"), (False, "Nothing ends")])
def test_owners_are_told_whether_registering_waits(owner, required, said):
    tell_of_agreement(published("2026-11", required=required).pk)
    assert said in sayings.read(Notice.objects.get().detail)


def test_an_owner_signs_the_words_and_the_chain_proves_it(owner):
    version = published()
    answer = signed(version, owner)
    write_agreement(answer.pk, "https://portal.example")
    version.refresh_from_db()
    answer.refresh_from_db()
    chain.append_waiting()
    receipts.sign_waiting(timezone.now())
    rows = [",".join(chain.COLUMNS)]
    rows += [
        ",".join('"' + str(cell).replace('"', '""') + '"' for cell in row)
        for row in list(chain.written(owner.dealer_id))[1:]
    ]
    paper = AgreementPaper.objects.get()
    files = {
        "chain.csv": "\n".join(rows).encode(),
        "receipts.txt": "\n".join(
            [*receipts.key_lines(), *receipts.receipts_of(owner.dealer_id)]
        ).encode(),
        "agreement.txt": version.line.encode(),
        "agreement.pdf": bytes(paper.pdf),
    }
    report = verify_receipt.check(files)
    told = verify_receipt.told(report)
    assert report.verdict == verify_receipt.PROVEN, told
    assert f"Place 1: version {version.pk} of the agreement was signed" in told
    assert "agreement.pdf is the paper of place 2" in told
    assert "1 rulebooks, plans and agreements are those that the chain goes by" in told
    assert paper.pdf[:5] == b"%PDF-"
    assert signing.receipt(answer, timezone.now()).place == 1
    assert "周国梁" not in files["chain.csv"].decode()

    changed = files | {"agreement.txt": version.line.replace("90", "30").encode()}
    report = verify_receipt.check(changed)
    assert report.verdict == verify_receipt.WRONG
    assert "The version of the agreement" in verify_receipt.told(report)
    torn = files | {"agreement.pdf": bytes(paper.pdf)[:-1]}
    assert verify_receipt.check(torn).verdict == verify_receipt.OPEN


def test_a_refusal_is_a_fact_and_leaves_what_was_signed(owner):
    first = published("2026-07")
    signed(first, owner)
    moved(first, today() - 100 * DAY)
    second = published("2026-11")
    signing.refuse(second, language="en", by=Actor.of(owner), at=timezone.now())
    assert standing(owner, today()).answer.version == first
    chain.append_waiting()
    assert '"event" : "refused"' in list(chain.written(owner.dealer_id))[2][4]
    with pytest.raises(signing.AgreementRefused, match="answered already"):
        signing.refuse(second, language="en", by=Actor.of(owner), at=timezone.now())
    signed(second, owner)
    assert standing(owner, today()).answer.version == second


def test_what_was_done_under_a_version_stays_under_it(owner):
    first, second = published("2026-07"), published("2026-11", today() + 30 * DAY)
    dated_back(signed(first, owner), today() - 50 * DAY)
    moved(first, today() - 100 * DAY)
    signed(second, owner)
    stood = signing.history(owner.dealer_id)
    assert [(it.answer.version, it.since, it.until) for it in stood] == [
        (first, today() - 50 * DAY, today() + 29 * DAY),
        (second, today() + 30 * DAY, None),
    ]
    assert standing(owner, today()).answer.version == first
    assert standing(owner, today() + 30 * DAY).answer.version == second
    assert standing(owner, today() - 51 * DAY) is None


def test_an_older_version_is_not_signed_once_a_newer_one_has_begun(owner):
    first = published("2026-07")
    moved(first, today() - DAY)
    published("2026-11")
    with pytest.raises(signing.AgreementRefused, match="newer version"):
        signed(first, owner)


@pytest.mark.parametrize("role", ["clerk", "hq", "other owner"])
def test_nobody_signs_for_a_dealer_but_its_owner(role, owner):
    version, now = published(), timezone.now()
    by = {
        "clerk": MembershipFactory(store=StoreFactory(dealer=owner.dealer)).user,
        "hq": UserFactory(is_staff=True, is_superuser=True),
        "other owner": OwnerFactory().user,
    }[role]
    if role != "other owner":
        with pytest.raises(signing.AgreementRefused):
            signing.sign(
                version, name="某人", language="en", second_factor=True, by=Actor.hq(by), at=now,
                site="",
            )  # fmt: skip
    row = {
        "dealer": owner.dealer, "version": version, "by": by, "at": now, "signed": True,
        "name": "某人", "language": "en", "second_factor": True,
    }  # fmt: skip
    with pytest.raises(IntegrityError, match="agreement_answer_of_an_owner"), transaction.atomic():
        AgreementAnswer.objects.create(**row)
    with (
        pytest.raises(DatabaseError),
        transaction.atomic(),
        acting(Actor.hq(UserFactory(is_staff=True))),
    ):
        AgreementAnswer.objects.create(**row | {"by": owner.user})


def test_a_signature_is_not_dated_back_changed_or_taken_away(owner):
    version = published(at=timezone.now() - DAY)
    with pytest.raises(IntegrityError, match="dated_back"), transaction.atomic():
        signed(version, owner, at=timezone.now() - timedelta(hours=2))
    answer = signed(version, owner)
    for change in (
        "UPDATE dealers_agreementanswer SET name = 'x'",
        "DELETE FROM dealers_agreementanswer",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)
    with pytest.raises(signing.AgreementRefused, match="has signed this version"):
        signed(version, owner)
    assert AgreementAnswer.objects.get() == answer


def test_a_new_version_has_registering_wait_unless_headquarters_says_otherwise():
    assert AgreementVersion().required


def test_only_a_version_that_says_so_keeps_a_dealer_from_registering(owner):
    now = timezone.now()
    assert signing.needed(owner.dealer_id, now) is None
    first = published("2026-07")
    assert signing.needed(owner.dealer_id, now) is None
    moved(first, today() - DAY)
    strict = published("2026-11", required=True)
    assert signing.needed(owner.dealer_id, now) == strict
    signed(strict, owner)
    assert signing.needed(owner.dealer_id, now) is None

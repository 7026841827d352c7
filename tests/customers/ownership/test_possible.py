"""The same name and one digit of difference: reviewed inside one dealer, silence is yes."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from config.home.known import Known
from config.home.waiting import waiting_for
from customers import erasure
from customers.models import (
    Act,
    ActKind,
    Answer,
    Channel,
    Ownership,
    PlantedHit,
    Registration,
    Rule,
    VoidReason,
    Waiting,
)
from customers.ownership import counter, passing, possible, reviewing, voids
from customers.ownership.reviewing import ReviewRefused
from dealers.actor import Actor, acting
from dealers.models import Notice
from tests.factories.customers import DAY_ONE, RulebookFactory, registered
from tests.factories.dealers import MembershipFactory, OwnerFactory, StoreFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

CHEN, OTHER, THIRD = "13800138000", "13800138001", "13800138002"
HOUR, MICROSECOND = timedelta(hours=1), timedelta(microseconds=1)
# Registered on a Monday: two working days end when Wednesday does, in Shanghai.
DUE = datetime(2026, 1, 7, 16, tzinfo=UTC)


@pytest.fixture(autouse=True)
def rules(db):
    return RulebookFactory()


@pytest.fixture
def reviewed(clerk):
    """A registration that is under review, and the one that it is like."""
    registered(clerk.store, phone=CHEN, name="陈 伟", staff=clerk.user)
    return registered(clerk.store, phone=OTHER, name="陈  伟", staff=clerk.user, at=DAY_ONE + HOUR)


def owner_of(made, at):
    return Ownership.objects.running(at).filter(identity=made.identity_id).first()


def test_a_number_differs_in_one_digit():
    found = possible.one_digit_off("+8613800138000")
    assert len(found) == 13 * 9
    assert "+8613800138001" in found


def test_whoever_may_be_on_file_is_under_review_and_owned_by_nobody(reviewed, manager):
    assert (reviewed.answer, reviewed.rule) == (Answer.REVIEW, Rule.R5)
    assert owner_of(reviewed, DAY_ONE + HOUR) is None
    opened = Act.objects.get(kind=ActKind.POSSIBLE)
    assert (opened.due_at, opened.reason) == (DUE, reviewed.receipt)
    assert Waiting.objects.open().get().registration == reviewed


def test_a_possible_match_takes_sixteen_statements_at_most(
    clerk, owner, django_assert_max_num_queries
):
    """Six of them tell the owner of it."""
    registered(clerk.store, phone=CHEN, name="陈 伟")
    with django_assert_max_num_queries(18):  # two are the savepoint
        made = registered(clerk.store, phone=OTHER, name="陈 伟", at=DAY_ONE + HOUR)
    assert made.answer == Answer.REVIEW
    assert Notice.objects.filter(user=owner.user).exists()


@pytest.mark.parametrize(
    ("phone", "name", "channel", "rule"),
    [
        (OTHER, "", Channel.CAPTURE, Rule.R7),  # without a name nobody is alike
        (OTHER, "陈小伟", Channel.CAPTURE, Rule.R7),
        ("13800138011", "陈 伟", Channel.CAPTURE, Rule.R7),  # two digits
        (OTHER, "陈 伟", Channel.IMPORT, Rule.R7),  # nobody can be asked about a file
        (OTHER, "陈 伟", Channel.PAGE, Rule.R5),
        (OTHER, "陈 伟", Channel.CONFIRMED, Rule.R5),
    ],
)
def test_who_is_alike(clerk, phone, name, channel, rule):
    registered(clerk.store, phone=CHEN, name="陈 伟")
    made = registered(clerk.store, phone=phone, name=name, channel=channel, at=DAY_ONE + HOUR)
    assert made.rule == rule


def test_nobody_is_compared_with_another_dealers_customers(clerk, rival):
    registered(rival.store, phone=CHEN, name="陈 伟")
    made = registered(clerk.store, phone=OTHER, name="陈 伟", at=DAY_ONE + HOUR)
    assert made.rule == Rule.R7
    sister = StoreFactory(dealer=clerk.store.dealer)
    like = registered(sister, phone=THIRD, name="陈 伟", at=DAY_ONE + 2 * HOUR)
    assert like.rule == Rule.R5


@pytest.mark.parametrize("late", [timedelta(0), 3 * HOUR, timedelta(days=9)])
def test_silence_is_yes_at_its_own_moment_however_late_the_job(reviewed, late):
    with acting(Actor.worker("time")):
        passing.let_time_pass(DUE - MICROSECOND)
        assert owner_of(reviewed, DUE) is None
        for _time in range(2):
            passing.let_time_pass(DUE + late)
    assert Act.objects.get(kind=ActKind.REVIEWED).at == DUE
    owned = owner_of(reviewed, DUE + late)
    # Whoever is told more than a day late has their days from then on.
    assert owned.period.lower == (DUE if late < timedelta(days=1) else DUE + late)
    assert owned.staff == reviewed.staff
    assert not Waiting.objects.open().exists()


def test_silence_does_not_decide_where_a_planted_number_was_typed(reviewed, rival):
    with acting(Actor.worker("test")):
        PlantedHit.objects.create(registration=reviewed, at=DAY_ONE + HOUR)
        passing.let_time_pass(DUE + timedelta(days=30))
    assert owner_of(reviewed, DUE + timedelta(days=30)) is None
    assert Act.objects.in_review().count() == 1


def test_what_silence_does_not_decide_waits_for_headquarters_from_its_day_on(reviewed, hq):
    with acting(Actor.worker("test")):
        PlantedHit.objects.create(registration=reviewed, at=DAY_ONE + HOUR)
    hours = [DUE, DUE + 2 * HOUR]

    found = [[each.title for each in waiting_for(hq, Known(at))] for at in hours]

    sentence = "1 possible match is past its day"
    assert [sentence in titles for titles in found] == [False, True]
    reviewing.decide(Act.objects.in_review().get(), same=True, by=Actor.hq(hq), at=hours[1])
    assert sentence not in [each.title for each in waiting_for(hq, Known(hours[1]))]


def test_somebody_else_is_registered_at_once(reviewed, manager):
    opened = Act.objects.in_review().get()
    at = DAY_ONE + 3 * HOUR
    reviewing.decide(opened, same=False, by=Actor.of(manager), at=at)
    assert owner_of(reviewed, at).period.lower == at
    with pytest.raises(ReviewRefused, match="decided already"):
        reviewing.decide(opened, same=True, by=Actor.of(manager), at=at)


def test_the_same_person_wins_nothing_and_whoever_waits_behind_has_their_turn(
    reviewed, manager, rival
):
    theirs = registered(rival.store, phone=OTHER, name="Chen", at=DAY_ONE + 2 * HOUR)
    # The rival learns that somebody looks, and not who or why.
    assert (theirs.answer, theirs.rule) == (Answer.REVIEW, Rule.R5)
    at = DAY_ONE + 3 * HOUR
    reviewing.decide(Act.objects.in_review().get(), same=True, by=Actor.of(manager), at=at)
    assert owner_of(reviewed, at).store == rival.store
    assert not Waiting.objects.open().exists()


def test_who_was_reviewed_first_is_served_first(reviewed, rival):
    registered(rival.store, phone=OTHER, at=DAY_ONE + 2 * HOUR)
    with acting(Actor.worker("time")):
        passing.let_time_pass(DUE)
    assert owner_of(reviewed, DUE).store == reviewed.store


def test_headquarters_decides_what_silence_does_not(reviewed, hq):
    opened, at = Act.objects.in_review().get(), DUE + timedelta(days=1)
    with acting(Actor.worker("test")):
        PlantedHit.objects.create(registration=reviewed, at=DAY_ONE + HOUR)

    reviewing.decide(opened, same=False, by=Actor.hq(hq), at=at)

    assert owner_of(reviewed, at).store == reviewed.store


def test_a_lead_is_accepted_while_a_possible_match_is_open(reviewed, rival):
    at = DAY_ONE + 2 * HOUR
    given = registered(rival.store, phone=OTHER, name="陈伟", at=at, channel=Channel.DISPATCH)

    assert owner_of(given, at).store == rival.store


def test_erasing_the_person_ends_the_review(reviewed, hq):
    at = DAY_ONE + 2 * HOUR
    erasure.erase_person(reviewed.identity, reason="Asked for it", by=Actor.hq(hq), at=at)

    assert not Act.objects.in_review().exists()


def test_who_does_not_answer_for_the_store_decides_nothing(reviewed):
    opened, at = Act.objects.in_review().get(), DAY_ONE + 3 * HOUR
    for stranger in (
        OwnerFactory(), MembershipFactory(store=StoreFactory(dealer=reviewed.dealer)),
        MembershipFactory(store=reviewed.store),  # who works there, but does not answer for it
    ):  # fmt: skip
        with pytest.raises(ReviewRefused):
            reviewing.decide(opened, same=True, by=Actor.of(stranger), at=at)


def test_the_registration_comes_after_silence_even_without_the_job(reviewed, rival):
    late = registered(rival.store, phone=OTHER, at=DUE)
    assert late.answer == Answer.PROTECTED
    assert owner_of(reviewed, DUE).store == reviewed.store


def test_a_void_ends_the_review(reviewed, manager, rival):
    at = reviewed.received_at + HOUR
    voids.void(reviewed, reason=VoidReason.WRONG_NUMBER, by=Actor.of(manager), at=at)
    assert not Act.objects.in_review().exists()
    assert registered(rival.store, phone=OTHER, at=at + HOUR).rule == Rule.R7


def test_the_page_shows_both_and_takes_the_answer(clerk, manager, login):
    now = timezone.now()
    registered(clerk.store, phone=CHEN, name="陈 伟", at=now - HOUR)
    made = registered(clerk.store, phone=OTHER, name="陈 伟", staff=clerk.user, at=now - HOUR)
    client = login(manager)
    page = client.get("/customers/possible/")
    assert "138****8000" in page.text
    assert "138****8001" in page.text
    assert "This may be the same person: 陈 伟" in page.text
    where = f"/customers/possible/{Act.objects.in_review().get().pk}/"
    assert client.post(where, {"answer": "?"}, follow=True).status_code == 200
    client.post(where, {"answer": "different"})
    assert owner_of(made, timezone.now()) is not None
    assert "Nothing to decide" in client.get("/customers/possible/").text
    assert login(clerk).get("/customers/possible/").status_code == 404


@pytest.mark.parametrize("stranger", ["rival", "region_manager", "hq", "clerk"])
def test_others_decide_nothing(request, login, stranger, reviewed):
    other = login(request.getfixturevalue(stranger))
    where = f"/customers/possible/{Act.objects.in_review().get().pk}/"
    assert other.post(where, {"answer": "same"}).status_code in {302, 403, 404}
    assert Act.objects.in_review().exists()


def test_whoever_answers_for_the_store_is_told(clerk, manager):
    registered(clerk.store, phone=CHEN, name="陈 伟")
    registered(clerk.store, phone=OTHER, name="陈 伟", at=DAY_ONE + HOUR)
    told = Notice.objects.get(about__startswith="possible:")
    assert (told.user, told.to) == (manager.user, "/customers/possible/")


def test_the_counter_says_so_in_words(reviewed, clerk, login):
    page = login(clerk).get(reviewed.get_absolute_url())
    assert "Somebody else on file may be the same person" in page.text
    assert "Within two working days" in page.text


def test_the_same_key_again_is_the_same_answer(reviewed, clerk):
    again = counter.register(
        Registration(store=clerk.store, key=reviewed.key, consent_service=True),
        phone=OTHER,
        name="陈  伟",
        by=Actor(user=clerk.user),
        at=DAY_ONE + 2 * HOUR,
    )
    assert again == reviewed
    assert Act.objects.in_review().count() == 1

"""A store lets a customer go: told a day before, at its own moment, and taken back until then."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from customers.cases import deciding, opening
from customers.cases.terms import CaseRefused
from customers.choices import answering, asking
from customers.closings import going_on, plan
from customers.models import (
    Act,
    ActKind,
    Ownership,
    Parting,
    Release,
)
from customers.ownership import line, passing, release, retrace
from customers.ownership.activities import record_activity
from dealers.actor import Actor
from dealers.models import Notice, NoticeKind, Role
from tests.factories.customers import number_of, owner_of, registered
from tests.factories.dealers import MembershipFactory, OwnerFactory, StoreFactory

SITE = "https://portal.example"

DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


def test_a_release_is_told_a_day_before_and_taken_back_until_then(login, theirs, rival, now):
    manager = MembershipFactory(store=rival.store, role=Role.STORE_MANAGER)
    owner, client = OwnerFactory(dealer=rival.dealer), login(manager)
    page = theirs.customer.get_absolute_url()
    assert "It takes effect on" in client.get(f"{page}release/").text
    assert client.post(f"{page}release/", {"reason": "x"}).status_code == 422
    assert client.post(f"{page}release/", {"reason": "moved_away"}).url == page
    assert client.post(f"{page}release/", {"reason": "no_time"}).url == page  # the first stays
    told = Notice.objects.filter(kind=NoticeKind.LEAVES)
    assert {each.user for each in told} == {owner.user, rival.user}
    assert "This customer is let go on" in login(owner).get(page).text
    login(owner).post(f"{page}release/undo/")
    assert passing.let_time_pass(now + 2 * DAY) == []
    assert owner_of(theirs.identity, now + 2 * DAY) == rival.store


def test_that_it_is_taken_back_is_told_to_whoever_was_told_of_it(theirs, rival, now):
    owner = Actor.of(OwnerFactory(dealer=rival.dealer))
    made = release.release(theirs.customer, "no_time", by=owner, at=now + MOMENT)
    release.take_back(made, by=owner, at=now + 2 * MOMENT)
    told = Notice.objects.filter(kind=NoticeKind.LEAVES, user=rival.user).order_by("at")
    first, second = [each.title for each in told]
    assert "lets a customer go" in first
    assert "has taken it back" in second


def test_a_release_is_the_owning_dealers(theirs, store, clerk, now):
    with pytest.raises(IntegrityError, match="release_is_of_its_ownership"), transaction.atomic():
        Release.objects.create(
            ownership=theirs, dealer=store.dealer, reason="no_time", by=clerk.user, at=now,
            effective_at=now + DAY,
        )  # fmt: skip


def test_a_release_ends_the_protection_a_day_later_with_its_reason(theirs, rival, store, now):
    owner = OwnerFactory(dealer=rival.dealer)
    made = release.release(theirs.customer, "no_time", by=Actor.of(owner), at=now + MOMENT)
    assert passing.let_time_pass(made.effective_at - MOMENT) == []
    late = made.effective_at + DAY
    assert [len(passing.let_time_pass(late)) for _twice in range(2)] == [1, 0]
    act = Act.objects.get(kind=ActKind.RELEASED)
    assert (act.reason, act.by, act.ownership) == ("no_time", owner.user, theirs)
    assert act.at == made.effective_at
    number = number_of(theirs.customer)
    assert registered(store, phone=number, at=made.effective_at).answer == "yours"
    assert list(retrace.broken()) == []
    with pytest.raises(release.ReleaseRefused, match="taken effect"):
        release.take_back(made, by=Actor.of(owner), at=made.effective_at)


@pytest.fixture
def released(theirs, rival, now):
    owner = Actor.of(OwnerFactory(dealer=rival.dealer))
    return release.release(theirs.customer, "no_time", by=owner, at=now + MOMENT)


def test_who_comes_before_the_job_finds_the_customer_released(released, theirs, store, now):
    number, at = number_of(theirs.customer), released.effective_at
    assert registered(store, phone=number, at=at - MOMENT).answer == "protected"
    assert registered(store, phone=number, at=at).answer == "yours"
    released.refresh_from_db()
    assert released.done_at == at
    assert Act.objects.get(kind=ActKind.RELEASED).at == at
    assert list(retrace.broken()) == []


def test_a_follow_up_after_it_took_effect_prolongs_nothing(released, theirs, rival):
    at = released.effective_at + DAY
    record_activity(theirs.customer, kind="visit", by=Actor.of(rival), at=at)
    theirs.refresh_from_db()
    assert theirs.period.upper == released.effective_at


def test_who_comes_back_to_a_dealer_is_let_go_by_a_release_of_their_own(theirs, rival, now):
    """The protection ended before the release of it took effect; the next one knows nothing."""
    owner, end = Actor.of(OwnerFactory(dealer=rival.dealer)), theirs.period.upper
    first = release.release(theirs.customer, "no_time", by=owner, at=end - MOMENT)
    again = registered(rival.store, phone=number_of(theirs.customer), at=end + MOMENT).ownership
    assert release.open_of(again) is None
    second = release.release(theirs.customer, "moved_away", by=owner, at=end + 2 * MOMENT)
    assert (second.ownership, first.ownership) == (again, theirs)
    passing.let_time_pass(second.effective_at)
    again.refresh_from_db()
    assert again.period.upper == second.effective_at
    assert list(retrace.broken()) == []


def test_whoever_stands_in_line_is_served_at_that_moment(released, claimed, clerk, now):
    line.stand(claimed, by=Actor.of(clerk), at=now + 2 * MOMENT)
    passing.let_time_pass(released.effective_at + DAY)
    won = Ownership.objects.get(store=claimed.store)
    assert won.period.lower == released.effective_at


def test_whom_the_owner_has_let_go_comes_at_once_and_nobody_is_told(released, claimed, clerk):
    choice = asking.ask(claimed, by=Actor.of(clerk), at=claimed.received_at, site="", language="en")
    answering.answer(choice, yes=True, site="", language="en", at=released.effective_at)
    choice.refresh_from_db()
    assert (choice.effective_at, choice.done_at) == (released.effective_at,) * 2
    assert owner_of(claimed.identity, released.effective_at) == claimed.store
    assert not Parting.objects.exists()


def test_no_case_is_about_whom_the_owner_has_let_go(released, claimed, clerk):
    with pytest.raises(CaseRefused, match="Nobody's protection runs"):
        opening.claim(claimed, story="We met first.", by=Actor.of(clerk), at=released.effective_at)
    assert not claimed.identity.cases.exists()


def test_it_takes_effect_once_the_case_is_closed(released, claimed, theirs, clerk, now):
    opening.claim(claimed, story="We met first.", by=Actor.of(clerk), at=now + 2 * MOMENT)
    deciding.settle_all(now + 60 * DAY)
    case = theirs.identity.cases.get()
    assert case.closed_at > released.effective_at
    passing.let_time_pass(now + 80 * DAY)
    theirs.refresh_from_db()
    assert theirs.period.upper == case.closed_at


def test_once_its_moment_is_over_the_page_says_what_it_waits_for(login, store, clerk, rival):
    then, owner = timezone.now() - 2 * DAY, OwnerFactory(dealer=rival.dealer)
    owned = registered(rival.store, staff=rival.user, at=then, name="陈女士").ownership
    number = number_of(owned.customer)
    claim = registered(store, phone=number, staff=clerk.user, at=then + MOMENT)
    release.release(owned.customer, "no_time", by=Actor.of(owner), at=then + 2 * MOMENT)
    opening.claim(claim, story="We met first.", by=Actor.of(clerk), at=then + 3 * MOMENT)
    page = login(owner).get(owned.customer.get_absolute_url()).text
    assert "once what is open between the stores is settled" in page
    assert "Until then nothing changes" not in page


def test_until_the_case_is_closed_it_is_taken_back(released, claimed, theirs, rival, clerk, now):  # noqa: PLR0917
    opening.claim(claimed, story="We met first.", by=Actor.of(clerk), at=now + 2 * MOMENT)
    owner = Actor.of(OwnerFactory(dealer=rival.dealer))
    release.take_back(released, by=owner, at=released.effective_at + DAY)
    deciding.settle_all(now + 60 * DAY)
    passing.let_time_pass(now + 80 * DAY)
    assert not Act.objects.filter(kind=ActKind.RELEASED).exists()


def test_a_sister_store_goes_on_with_whom_its_dealer_lets_go(theirs, rival, now):
    owner, sister = OwnerFactory(dealer=rival.dealer), StoreFactory(dealer=rival.dealer)
    day = timezone.localdate(now, rival.store.tz) + 3 * DAY
    closing = plan.close_store(
        rival.store, to=sister, on=day, reason="The lease ends", by=Actor.of(owner), at=now
    )
    made = release.release(
        theirs.customer, "no_time", by=Actor.of(owner), at=closing.due_at - MOMENT
    )
    list(going_on.go_on(closing, closing.due_at))
    moved = Ownership.objects.get(store=sister)
    assert release.open_of(moved) == made
    passing.let_time_pass(made.effective_at)
    moved.refresh_from_db()
    assert moved.period.upper == made.effective_at


def test_only_who_answers_for_the_store_lets_go(login, theirs, rival, clerk, owner, hq):  # noqa: PLR0917
    page = theirs.customer.get_absolute_url()
    elsewhere_there = MembershipFactory(
        store=StoreFactory(dealer=rival.dealer), role=Role.STORE_MANAGER
    )
    for who in (rival, clerk, owner, elsewhere_there, hq):
        assert login(who).post(f"{page}release/", {"reason": "no_time"}).status_code == 404
        assert login(who).post(f"{page}release/undo/").status_code == 404
    with pytest.raises(release.ReleaseRefused):
        release.release(theirs.customer, "no_time", by=Actor.of(rival), at=timezone.now())

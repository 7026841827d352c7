"""What the first pages put first: an owner's three things, headquarters' deadlines."""

from datetime import datetime, time, timedelta

import pytest
from django.utils import formats, timezone
from django.utils.translation import override

from config.home import tasks, waiting
from config.home.known import Known
from customers.dispatch import junk, offers
from customers.models import ActivityKind, JunkState
from customers.ownership.activities import record_activity
from customers.ownership.rulebook import last_day
from dealers.actor import Actor
from dealers.models import Invitation, Role
from dealers.months import Span, previous_month
from incentives.desk import today
from incentives.figures import DEFINITIONS, Key
from incentives.statements import release
from tests.customers.dispatch.brought import lead_of
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import MembershipFactory, OwnerFactory, StoreFactory, UserFactory
from tests.factories.disputes import dispute_of
from tests.factories.incentives import close_period, per_registration, published
from tests.factories.payouts import give_account
from tests.factories.training import published as published_course


@pytest.fixture(autouse=True)
def rulebook(db):
    return RulebookFactory(person_minute_limit=None)


def test_an_owner_is_told_what_is_late_and_what_nobody_follows_up():
    seller, now = MembershipFactory(), timezone.now()
    owner = OwnerFactory(dealer=seller.dealer)
    registered(seller.store, staff=seller.user, at=now - timedelta(days=4))
    agreed = registered(seller.store, staff=seller.user, at=now - timedelta(days=12))
    record_activity(
        agreed.customer,
        by=Actor.of(seller),
        kind=ActivityKind.VISIT,
        at=now - timedelta(days=10),
        follow_up_on=timezone.localdate(now) - timedelta(days=1),
    )
    registered(seller.store, staff=None, at=now)

    with override("en"):
        first = tasks.first_three(today.protected(owner, now), [], None)

    assert [each.title for each in first] == [
        "1 first contact is overdue",
        "1 agreed follow-up is overdue",
        "Nobody follows up 1 customer",
    ]
    assert [each.kind for each in first] == ["bad", "warn", "warn"]


def test_what_ends_first_is_told_by_its_last_day():
    seller, now = MembershipFactory(), timezone.now()
    owner = OwnerFactory(dealer=seller.dealer)
    won = registered(seller.store, staff=seller.user, at=now - timedelta(days=86))
    last = last_day(won.ownership.protected_until, seller.store.tz)

    with override("en"):
        first = tasks.first_three(today.protected(owner, now), [], None)
        said = f"The first on {formats.date_format(last, 'MONTH_DAY_FORMAT')};"

    assert [each.detail.startswith(said) for each in first if each.icon == "shield"] == [True]


def test_who_lacks_a_course_in_two_stores_is_one_of_the_staff():
    seller, now = MembershipFactory(), timezone.now()
    MembershipFactory(user=seller.user, store=StoreFactory(dealer=seller.dealer))
    owner = OwnerFactory(dealer=seller.dealer)
    published_course(roles=[seller.role])
    posts = today.staff_progress(owner, Span.until(timezone.localdate(now)), now)

    with override("en"):
        [task] = tasks.first_three(today.protected(owner, now), posts, None)

    assert (len(posts), task.title) == (2, "1 of the staff lacks a required course")


def test_a_dealer_where_nothing_waits_is_told_so(login, owner, store):
    registered(store, staff=owner.user, at=timezone.now())

    page = login(owner).get("/", headers={"accept-language": "en"})

    assert page.context["tasks"] == []
    assert "Nothing waits for you" in page.text


@pytest.fixture
def last_month():
    return previous_month(timezone.localdate())


@pytest.fixture
def trade(store, last_month):
    """A plan, and a registration of last month that it pays for."""
    published(per_registration("15.00"), starts_on=last_month)
    noon = datetime.combine(last_month + timedelta(days=4), time(12))
    return registered(store, at=timezone.make_aware(noon))


def test_a_new_statement_is_one_of_the_things_to_do(login, owner, trade, last_month):
    close_period(last_month)
    found = login(owner).get("/").context["tasks"]

    assert [each.url for each in found if each.icon == "document"] == [
        f"/earnings/{last_month:%Y-%m}/statement/"
    ]


def test_an_owner_without_a_bank_account_is_asked_for_it_once_money_waits(
    login, owner, trade, last_month
):
    run = close_period(last_month)
    client = login(owner)
    english = {"accept-language": "en"}
    assert "Say where you are paid" not in client.get("/", headers=english).text

    release.release(run, by=Actor.hq(UserFactory(is_staff=True)), at=timezone.now())
    page = client.get("/", headers=english)
    assert page.context["tasks"][0].title == "Say where you are paid"
    assert "15.00 is approved and waits for a bank account" in page.text

    give_account(owner)
    assert "Say where you are paid" not in client.get("/", headers=english).text


def test_a_month_that_runs_is_compared_with_the_same_days(login, owner, trade, last_month):
    span = Span.until(timezone.localdate())
    # A month whose days are over is longer than the one before: all of that is compared.
    until = span.before_last if span.before_end < span.month else None
    for path in ("/", "/earnings/"):
        page = login(owner).get(path, follow=True)
        assert page.context["month"].compared_until == until


def test_the_first_page_has_shortcuts_deadlines_and_a_funnel(login, hq, trade):
    registered(StoreFactory(), at=timezone.now() - timedelta(days=45))
    page = login(hq).get("/admin/", headers={"accept-language": "en"})

    titles = [each.title for each in page.context["deadlines"]]
    assert any("can be closed" in title for title in titles)
    assert page.context["funnel"].figures.registrations >= 1
    assert "The largest loss is <b>from" in page.text
    for each in (*page.context["shortcuts"], *page.context["deadlines"]):
        assert login(hq).get(each.url).status_code == 200, each.url
    with override("en"):
        assert DEFINITIONS[Key.ACTIVE].computed in page.text


def test_shortcuts_and_deadlines_need_their_permissions(login):
    page = login(UserFactory(is_staff=True)).get("/admin/")

    assert page.context["shortcuts"] == page.context["deadlines"] == []
    assert page.context["funnel"] is None


def test_what_waits_says_for_how_long(login, hq):
    owner = OwnerFactory()
    Invitation.objects.create(
        email="second@example.com",
        name="第二位",
        role=Role.OWNER,
        dealer=owner.dealer,
        invited_by=owner.user,
        invited_at=timezone.now() - timedelta(days=3),
        expires_at=timezone.now() + timedelta(days=4),
        needs_consent=True,
    )
    [consent] = [
        each for each in waiting.waiting_for(hq, Known(timezone.now())) if "consent" in each.url
    ]
    assert consent.days == 3


def test_leads_that_wait_stand_on_the_first_page_of_store_and_owner(
    login, clerk, owner, store, english
):
    first = login(clerk).get("/")
    assert "No lead waits." in first.text
    lead = lead_of(store.dealer.region, at=timezone.now())
    offer = offers.offer(lead.pk, timezone.now())

    for who in (clerk, owner):
        page = login(who).get("/")
        assert page.context["dispatches"].to_answer == 1
        assert page.context["dispatches"].answer_by == offer.due_at
        assert "Answer 1 lead" in page.text
        assert lead.wish not in page.text

    offers.accept(offer, by=Actor.of(clerk), at=timezone.now())
    page = login(clerk).get("/")
    found = page.context["dispatches"]
    assert (found.to_answer, found.to_call) == (0, 1)
    assert "Call 1 that you accepted" in page.text

    # Headquarters looks at what is returned above the share: meanwhile nobody has to call.
    looked_at = junk.give_back(offer, "no_intent", by=Actor.of(clerk), at=timezone.now())
    assert looked_at == JunkState.ASKED
    for who in (clerk, owner):
        page = login(who).get("/")
        assert page.context["dispatches"].to_call == 0
        assert "that you accepted" not in page.text


def test_another_stores_leads_are_not_on_it(login, clerk, store):
    rival = MembershipFactory(store=StoreFactory())
    offers.offer(lead_of(store.dealer.region, at=timezone.now()).pk, timezone.now())

    assert login(rival).get("/").context["dispatches"].to_answer == 0


def test_an_owner_sees_the_disputes_that_wait(login, owner, trade, last_month, english):
    assert "No dispute waits for a decision" in login(owner).get("/").text
    close_period(last_month)
    made = dispute_of(owner, timezone.now())

    page = login(owner).get("/")

    assert [each.dispute for each in page.context["disputes"]] == [made]
    assert made.code in page.text
    assert "Received" in page.text

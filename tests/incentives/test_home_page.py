"""What the home pages say: one's own day and nobody else's."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from customers import portfolio
from customers.cards import reveal
from customers.models import ActivityKind, Outcome
from customers.ownership.activities import record_activity
from dealers.actor import Actor
from dealers.models import AccessLog, Role
from dealers.months import Span
from dealers.triggers import lifted
from incentives.books import adjustments
from incentives.books.adjustments import Wanted
from incentives.desk import today
from tests.factories.customers import RulebookFactory, card_of, registered
from tests.factories.dealers import MembershipFactory, OwnerFactory, StoreFactory, UserFactory
from tests.factories.incentives import per_registration
from tests.factories.incentives import published as plan
from tests.factories.training import VersionFactory, published, read, take
from training import learning
from training.models import Assignment

NOW = datetime(2026, 10, 23, 6, 0, tzinfo=UTC)  # a Friday, 14 o'clock in Shanghai
TODAY = date(2026, 10, 23)
SPAN = Span.until(TODAY)


@pytest.fixture(autouse=True)
def rulebook(db):
    return RulebookFactory(person_minute_limit=None)


@pytest.fixture
def seller():
    return MembershipFactory()


def kinds(membership, now=NOW):
    calls = today.calls(membership, now, TODAY)
    return [call.kind for call in calls.first], calls.waiting


def test_home_and_list_agree_on_what_ends_soon(seller):
    for days in (91, 85, 10):  # in grace, ending, not yet
        registered(seller.store, staff=seller.user, at=NOW - timedelta(days=days))
    owner = OwnerFactory(dealer=seller.store.dealer)

    listed = portfolio.summary(owner, NOW, TODAY)

    protected = today.protected(owner, NOW)
    assert (protected.count, protected.expiring, protected.uncontacted) == (2, 2, 2)
    assert (listed.protected, listed.count(portfolio.View.EXPIRING)) == (2, 2)
    assert len(today.expiring(owner, NOW, by=Actor.of(owner))) == 2


def test_a_new_customer_is_to_be_called_until_the_first_contact(seller):
    registration = registered(seller.store, staff=seller.user, at=NOW - timedelta(hours=3))
    calls = today.calls(seller, NOW, TODAY)
    (call,) = calls.first

    assert (call.kind, call.due_at, call.late) == ("first", NOW + timedelta(hours=45), False)
    assert (calls.waiting, calls.late) == (1, 0)

    record_activity(
        registration.customer,
        by=Actor.of(seller),
        kind=ActivityKind.CALL,
        outcome=Outcome.REACHED,
        at=NOW,
    )
    assert kinds(seller) == ([], 0)


def test_a_first_contact_after_the_rulebooks_hours_is_called_late(seller):
    registered(seller.store, staff=seller.user, at=NOW - timedelta(hours=49))
    calls = today.calls(seller, NOW, TODAY)

    assert calls.first[0].late
    assert calls.late == 1


def test_a_later_rulebook_makes_no_first_contact_late(seller):
    """Forty-eight hours when they registered, twenty-four by now: thirty hours later is in time."""
    registered(seller.store, staff=seller.user, at=NOW - timedelta(hours=30))
    RulebookFactory(starts_on=TODAY, first_contact_hours=24)

    calls = today.calls(seller, NOW, TODAY)

    assert (calls.first[0].due_at, calls.late) == (NOW + timedelta(hours=18), 0)
    assert today.protected(seller, NOW).contacts_late_since is None


def agree(seller, registration, day, at):
    record_activity(
        registration.customer,
        by=Actor.of(seller),
        kind=ActivityKind.VISIT,
        at=at,
        follow_up_on=day,
    )


def test_what_is_overdue_comes_first_the_oldest_before_all(seller):
    registered(seller.store, staff=seller.user, at=NOW, name="新")
    late = registered(seller.store, staff=seller.user, at=NOW - timedelta(days=4), name="迟")
    for name, day in (("约", TODAY), ("昨", TODAY - timedelta(days=1)), ("旧", date(2026, 10, 14))):
        registration = registered(
            seller.store, staff=seller.user, at=NOW - timedelta(days=12), name=name
        )
        agree(seller, registration, day, NOW - timedelta(days=10))
    registered(seller.store, staff=seller.user, at=NOW - timedelta(days=88), name="尽")

    calls = today.calls(seller, NOW, TODAY, limit=9)

    names = [card_of(call.ownership.customer).name for call in calls.first]
    assert names == ["旧", "迟", "昨", "约", "新", "尽"]
    assert [call.late for call in calls.first] == [True, True, True, False, False, False]
    assert (calls.waiting, calls.late) == (6, 3)
    assert late.ownership.contact_due_at < NOW


def test_a_protection_that_ends_within_a_week_is_a_call(seller):
    registered(seller.store, staff=seller.user, at=NOW - timedelta(days=88))

    assert kinds(seller) == (["ending"], 1)


def test_an_associate_is_not_given_a_colleagues_customers(seller):
    colleague = MembershipFactory(store=seller.store)
    registered(seller.store, staff=colleague.user, at=NOW)
    registered(seller.store, staff=None, at=NOW)

    assert kinds(seller)[1] == 1
    assert kinds(MembershipFactory(store=seller.store, role=Role.STORE_MANAGER))[1] == 2


def test_another_dealers_customers_are_never_counted(seller):
    registered(StoreFactory(), at=NOW)

    assert kinds(seller) == ([], 0)
    assert today.protected(seller, NOW).count == 0


def test_protected_customers_end_soon_or_lack_contact(seller):
    registered(seller.store, at=NOW - timedelta(days=1))
    registered(seller.store, at=NOW - timedelta(days=88))
    registered(seller.store, at=NOW - timedelta(days=200))

    found = today.protected(seller, NOW)
    assert (found.count, found.gained, found.expiring, found.uncontacted) == (2, 1, 1, 1)
    assert (found.contacts_late, found.unassigned) == (1, 2)


def test_the_own_pace_counts_this_week_beside_the_four_before(seller):
    for days in (0, 0, 1, 5, 12, 40):
        registered(seller.store, staff=seller.user, at=NOW - timedelta(days=days))
    registered(seller.store, staff=MembershipFactory(store=seller.store).user, at=NOW)

    pace = today.own_pace(seller.user, TODAY, NOW)

    assert [count for _, count in pace.days] == [0, 0, 0, 1, 2]
    assert (pace.average, pace.month, pace.today) == (Decimal("0.1"), 5, 2)


def test_a_registration_whose_time_still_runs_counts_neither_way(seller):
    prompt = registered(seller.store, staff=seller.user, at=NOW - timedelta(days=5))
    agree(seller, prompt, None, NOW - timedelta(days=4))
    before = today.own_pace(seller.user, TODAY, NOW).contact_rate

    for _ in range(5):
        registered(seller.store, staff=seller.user, at=NOW)

    assert (before, today.own_pace(seller.user, TODAY, NOW).contact_rate) == (1, 1)
    two_days_on = today.own_pace(seller.user, TODAY, NOW + timedelta(hours=49))
    assert two_days_on.contact_rate == Decimal(1) / 6


def test_passing_the_own_average_leaves_nothing_to_beat(seller):
    for days in range(7, 28):
        registered(seller.store, staff=seller.user, at=NOW - timedelta(days=days))

    assert today.own_pace(seller.user, TODAY, NOW).to_beat == 1
    registered(seller.store, staff=seller.user, at=NOW)
    assert today.own_pace(seller.user, TODAY, NOW).to_beat == 0


def test_an_owner_sees_the_progress_of_the_own_staff_only(seller):
    owner = OwnerFactory(dealer=seller.dealer)
    MembershipFactory()
    published(roles=[seller.role])
    registered(seller.store, staff=seller.user, at=NOW)

    (colleague,) = today.staff_progress(owner, SPAN, NOW)

    assert colleague.membership == seller
    assert (colleague.registrations, colleague.passed, colleague.required) == (1, 0, 1)
    assert not colleague.trained


def test_those_who_missed_contacts_need_help_first(seller):
    owner = OwnerFactory(dealer=seller.dealer)
    idle, good = MembershipFactory.create_batch(2, store=seller.store)
    registered(seller.store, staff=seller.user, at=NOW - timedelta(days=4))
    registered(seller.store, staff=good.user, at=NOW)

    found = today.in_need(today.staff_progress(owner, SPAN, NOW))

    assert [each.membership for each in found] == [seller, idle]


def test_home_and_team_page_count_the_same_courses(seller):
    """Published courses whose certificate is valid now: neither drafts nor what has expired."""
    owner = OwnerFactory(dealer=seller.dealer)
    passed, expired = (
        published(roles=[seller.role], course__certificate_months=months) for months in (None, 1)
    )
    Assignment.objects.create(course=VersionFactory().course, role=seller.role)  # a draft
    for version in (passed, expired):
        enrollment = learning.enroll(
            seller.user, version, by=Actor.of(seller), at=NOW - timedelta(days=90)
        )
        read(enrollment, NOW - timedelta(days=90))
        take(enrollment, NOW - timedelta(days=90))

    (colleague,) = today.staff_progress(owner, SPAN, NOW)
    (associate,) = learning.team(owner, at=NOW)

    assert (colleague.passed, colleague.required) == (1, 2)
    assert (associate.passed, associate.required) == (1, 2)


@pytest.mark.parametrize("count", [1, 5])
def test_the_staffs_progress_takes_the_same_queries_for_any_number(
    count, django_assert_num_queries
):
    store = StoreFactory()
    MembershipFactory.create_batch(count, store=store)
    owner = OwnerFactory(dealer=store.dealer)

    with django_assert_num_queries(3):
        assert len(today.staff_progress(owner, SPAN, NOW)) == count


def test_an_owner_sees_who_looked_at_the_dealers_customers(seller):
    owner = OwnerFactory(dealer=seller.dealer)
    registration = registered(seller.store, staff=seller.user, at=NOW)
    with lifted(AccessLog):  # which takes only what is now
        for at in (NOW, NOW - timedelta(days=40)):
            reveal(registration.customer, by=Actor.of(seller), purpose="回访", at=at)

    access = today.access(owner, date(2026, 10, 1))

    assert (access.times, access.customers, access.by_others) == (1, 1, 0)
    assert [entry.purpose for entry in access.last] == ["回访", "回访"]
    assert [entry.role_name for entry in access.last] == [Role.ASSOCIATE.label] * 2
    assert today.access(OwnerFactory(), date(2026, 10, 1)).last == []


def test_an_associates_page_names_the_customers_to_call(login, clerk):
    registered(clerk.store, staff=clerk.user, at=timezone.now(), name="陈女士", phone="13800138000")

    page = login(clerk).get("/")

    assert "陈女士" in page.text
    assert "138****8000" in page.text
    assert "13800138000" not in page.text
    assert page.context["pace"].today == 1


def test_somebody_without_a_name_is_shown_by_the_number_once(login, clerk):
    registered(clerk.store, staff=clerk.user, at=timezone.now(), phone="13800138000")

    page = login(clerk).get("/")

    assert page.text.count("138****8000") == 2  # the link, and what its button says beside it


def test_an_associate_sees_what_the_own_registrations_bring(login, clerk):
    plan(per_registration("15.00"), starts_on=date(2026, 1, 1))
    for staff in (clerk.user, clerk.user, MembershipFactory(store=clerk.store).user):
        registered(clerk.store, staff=staff, at=timezone.now())

    page = login(clerk).get("/")

    assert page.context["reward"] == Decimal("30.00")
    assert "¥30.00" in page.text


def test_the_count_at_the_counter_is_that_of_the_first_page(login, clerk):
    for _ in range(2):  # the second time is a visit
        registered(clerk.store, staff=clerk.user, at=timezone.now(), phone="13800138000")
    client = login(clerk)

    assert client.get("/capture/").context["registered_today"] == 1
    assert client.get("/").context["pace"].today == 1


def test_the_first_day_of_an_associate_teaches_the_first_registration(login, clerk):
    page = login(clerk).get("/")

    assert page.status_code == 200
    assert page.text.count('href="/capture/"') > 1
    assert page.context["chart"] is None


def test_a_store_manager_sees_the_staff_of_the_own_store(login, clerk, manager, rival):
    assert clerk.user.name in login(manager).get("/").text
    assert [each.membership for each in login(clerk).get("/").context["colleagues"]] == []
    names = [each.membership.user.name for each in login(manager).get("/").context["colleagues"]]
    assert rival.user.name not in names


def test_the_course_to_go_on_with_is_a_begun_one_first(login, clerk):
    first, begun = published(roles=[clerk.role]), published(roles=[clerk.role])
    client = login(clerk)
    assert client.get("/").context["course"].course == first.course

    learning.enroll(clerk.user, begun, by=Actor.of(clerk), at=timezone.now())

    assert client.get("/").context["course"].course == begun.course


def test_a_regional_manager_lands_on_the_region(login, region_manager):
    assert login(region_manager).get("/").url == "/region/"


def test_headquarters_land_in_the_admin(login, hq):
    assert login(hq).get("/").url == "/admin/"


def test_somebody_without_a_post_is_told_what_to_do(login, clerk):
    clerk.ends_at = timezone.now()
    clerk.save(update_fields=["ends_at"])

    page = login(clerk).get("/")

    assert page.status_code == 200
    assert clerk.store.name not in page.text


def test_visitors_are_sent_to_sign_in(client):
    assert client.get("/").url.startswith("/accounts/login/")


@pytest.mark.parametrize("count", [1, 5])
def test_the_pages_of_a_store_take_the_same_queries_for_any_number_of_customers(
    login, manager, count, django_assert_num_queries
):
    for _ in range(count):
        registered(manager.store, staff=manager.user, at=timezone.now())
    MembershipFactory.create_batch(count, store=manager.store)
    client = login(manager)
    client.get("/")

    with django_assert_num_queries(21):
        client.get("/")


def test_an_owner_sees_what_is_protected_and_what_was_earned(login, owner, store):
    plan(per_registration("15.00"), starts_on=date(2026, 1, 1))
    registered(store, at=timezone.now() - timedelta(days=88), name="沈女士")
    registered(store, at=timezone.now())

    page = login(owner).get("/")

    assert page.context["protected"].count == 2
    assert [row.card.name for row in page.context["expiring"]] == ["沈女士"]
    assert page.context["month"].total == Decimal("15.00")
    assert 'href="/earnings/"' in page.text


def test_the_first_day_of_an_owner_invites_staff_and_customers(login):
    page = login(OwnerFactory()).get("/")

    assert page.status_code == 200
    assert 'href="/staff/"' in page.text
    assert page.text.count('href="/capture/"') > 1


def test_an_owner_sees_nothing_of_another_dealer(login, owner, rival):
    registered(rival.store, staff=rival.user, at=timezone.now(), name="陈女士")

    page = login(owner).get("/")

    assert page.context["protected"].count == 0
    assert "陈女士" not in page.text
    assert rival.user.name not in page.text


@pytest.mark.parametrize("count", [1, 5])
def test_an_owners_page_takes_the_same_queries_for_any_number_of_rows(
    login, owner, store, count, django_assert_num_queries
):
    MembershipFactory.create_batch(count, store=store)
    for _ in range(count):
        registered(store, at=timezone.now() - timedelta(days=88))
    client = login(owner)
    client.get("/")

    with django_assert_num_queries(25):  # two are the test's own savepoint
        client.get("/")


def test_what_people_adjusted_is_in_an_owners_amount_and_in_its_bars(login, owner, store):
    terms = plan(per_registration())
    wanted = Wanted(store.dealer, terms.plan, Decimal("5.00"), "运费补贴")
    by = Actor.hq(UserFactory(is_staff=True))
    adjustments.propose(wanted, key="freight", by=by, at=timezone.now())

    page = login(owner).get("/")

    assert page.context["month"].total == 5
    assert [each.amount for each in page.context["categories"]] == [5]
    assert "hero-amt" in page.text

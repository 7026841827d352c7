"""Who of a region has learned, and reminding the others."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from dealers.actor import Actor
from dealers.models import Notice
from tests.factories.dealers import (
    MembershipFactory,
    OwnerFactory,
    RegionalManagerFactory,
    StoreFactory,
    UserFactory,
    member_of,
)
from tests.factories.training import published, read, take
from training import completion, learning
from training.models import Reminder

pytestmark = pytest.mark.django_db

PAGE, REMIND = reverse("training:completion"), reverse("training:remind")


@pytest.fixture
def version(db):
    return published(timezone.now() - timedelta(days=3))


def passes(membership, version):
    enrollment = learning.enroll(
        membership.user, version, by=Actor.of(membership), at=timezone.now() - timedelta(days=2)
    )
    read(enrollment)
    take(enrollment)


def test_a_region_shows_dealers_and_stores_with_most_to_learn_first(
    version, store, clerk, region_manager
):
    beside = StoreFactory(dealer=store.dealer)
    passes(MembershipFactory(store=beside), version)
    MembershipFactory()  # in another region
    OwnerFactory(dealer=store.dealer)  # need not learn
    [dealer] = completion.lines(region_manager.region, at=timezone.now())
    assert (dealer.place, dealer.people, dealer.complete, dealer.percent) == (
        store.dealer, 2, 1, 50,
    )  # fmt: skip
    assert [(line.place, line.behind) for line in dealer.stores] == [(store, 1), (beside, 0)]


def test_who_works_in_two_stores_is_one_of_the_dealers_people(version, clerk, region_manager):
    MembershipFactory(user=clerk.user, store=StoreFactory(dealer=clerk.store.dealer))
    [dealer] = completion.lines(region_manager.region, at=timezone.now())
    assert (dealer.people, dealer.behind) == (1, 1)
    assert [line.people for line in dealer.stores] == [1, 1]


def test_the_page_is_for_the_regional_manager_and_headquarters(login, region_manager, hq, request):
    _version, clerk, *leaders = map(
        request.getfixturevalue, ("version", "clerk", "owner", "manager")
    )
    other = RegionalManagerFactory()
    for who in (region_manager, hq):
        address = f"{PAGE}?region={region_manager.region.code}"
        assert clerk.store.name in login(who).get(address).text
    for who in (clerk, *leaders, UserFactory(is_staff=True)):
        assert login(who).get(PAGE).status_code == 404
        assert login(who).post(REMIND).status_code == 404
    assert clerk.store.name not in login(other).get(PAGE).text
    foreign = {"region": region_manager.region.code}
    assert login(other).get(PAGE, foreign).status_code == 404
    assert login(other).post(REMIND, foreign).status_code == 404
    assert not Reminder.objects.exists()


@pytest.mark.parametrize("count", [1, 5])
def test_the_page_needs_the_same_queries(
    version, login, region_manager, count, django_assert_num_queries
):
    for _each in range(count):
        MembershipFactory(store=StoreFactory(dealer__region=region_manager.region))
    client = login(region_manager)
    client.get(PAGE)
    with django_assert_num_queries(10):
        assert len(client.get(PAGE).context["lines"]) == count


def test_who_is_behind_is_reminded_once_a_week(
    login, region_manager, django_capture_on_commit_callbacks, request
):
    clerk, version = map(request.getfixturevalue, ("clerk", "version"))
    passes(MembershipFactory(store=clerk.store), version)
    client = login(region_manager)
    for _twice in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            assert client.post(REMIND).status_code == 302
    [notice] = Notice.objects.all()
    assert notice.user == clerk.user
    assert version.course.title in notice.title
    assert notice.to == "/training/"
    reminder = Reminder.objects.get()
    assert reminder.sent_at is not None
    completion.send(reminder.pk, at=timezone.now())
    assert Notice.objects.count() == 1


def test_one_store_alone_is_reminded(version, clerk, region_manager):
    beside = MembershipFactory(store=StoreFactory(dealer=clerk.store.dealer))
    sent = completion.remind(
        region_manager.region, store=beside.store.code, by=Actor.of(region_manager),
        at=timezone.now(),
    )  # fmt: skip
    assert sent == (1, 0)
    assert Reminder.objects.get().user == beside.user


def test_nobody_is_reminded_of_what_they_passed_meanwhile(version, clerk, region_manager):
    now = timezone.now()
    completion.remind(region_manager.region, by=Actor.of(region_manager), at=now)
    passes(clerk, version)
    completion.send(Reminder.objects.get().pk, at=now)
    assert not Notice.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_who_works_in_two_regions_is_reminded_by_the_first_alone(version, clerk, region_manager):
    elsewhere = MembershipFactory(user=clerk.user)
    other = RegionalManagerFactory(region=elsewhere.dealer.region)
    now = timezone.now()

    def second():
        try:
            return completion.remind(other.region, by=Actor.of(other), at=now)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic():
            first = completion.remind(region_manager.region, by=Actor.of(region_manager), at=now)
            waiting = pool.submit(second)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.5)
        assert (first, waiting.result(timeout=10)) == ((1, 0), (0, 1))
    assert completion.remind_who_is_due(at=now) == 0
    assert Reminder.objects.get().user == clerk.user


def test_a_stranger_reminds_nobody(version, clerk, region_manager):
    for by in (Actor.of(clerk), Actor.of(RegionalManagerFactory()), Actor.hq(UserFactory())):
        with pytest.raises(completion.ReminderRefused):
            completion.remind(region_manager.region, by=by, at=timezone.now())


def test_who_only_looks_at_learning_reminds_nobody(version, clerk, region_manager, login):
    asked = {"region": region_manager.region.code}

    def of(group):
        return login(member_of(group))

    for group in ("audit", "support"):
        page = of(group).get(PAGE, asked)
        assert clerk.store.name in page.text
        assert not page.context["may_remind"]
        of(group).post(REMIND, asked)
        assert not Reminder.objects.exists()

    assert of("training").get(PAGE, asked).context["may_remind"]
    of("training").post(REMIND, asked)
    assert Reminder.objects.get().user == clerk.user


def test_of_several_posts_the_nearest_day_is_named(db):
    course = published().course

    with override("zh-hans"):
        said = completion._until(course, [None, date(2026, 10, 1), date(2026, 9, 30)])

    assert "2026年9月30日" in said


def test_an_overdue_role_is_named_with_its_day(version, clerk, region_manager, english):
    clerk.user.language = "en"
    clerk.user.save()
    now = timezone.now()
    completion.remind(region_manager.region, by=Actor.of(region_manager), at=now)
    completion.send(Reminder.objects.get().pk, at=now)
    assert f"{version.course.title_en}, until" in Notice.objects.get().title

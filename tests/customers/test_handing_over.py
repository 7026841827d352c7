"""The pages on which customers are handed over and posts end or change."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from customers.models import Handover, Ownership
from dealers.models import Membership, Role
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import MembershipFactory, OwnerFactory, StoreFactory

pytestmark = pytest.mark.django_db

PAGE = reverse("customers:hand-over")


@pytest.fixture(autouse=True)
def _rules(db):
    RulebookFactory()


@pytest.fixture
def colleague(store):
    return MembershipFactory(store=store)


def owned(member):
    return registered(member.store, staff=member.user, at=timezone.now()).ownership


def test_chosen_customers_are_handed_over_and_back(login, clerk, manager, colleague):
    first, second = owned(clerk), owned(clerk)
    client = login(manager)
    assert PAGE in client.get(reverse("customers:list"), {"view": "all"}).text
    page = client.get(PAGE, {"view": "all"})
    assert {row.ownership for row in page.context["rows"]} == {first, second}
    answer = client.post(f"{PAGE}?view=all", {"chosen": [first.pk], "to": colleague.pk})
    assert answer.status_code == 302
    assert Ownership.objects.get(pk=first.pk).staff == colleague.user
    assert Ownership.objects.get(pk=second.pk).staff == clerk.user
    page = client.get(answer.url)
    assert page.context["undoable"]
    back = client.post(f"{answer.url}undo/")
    assert not client.get(back.url).context["undoable"]
    assert Ownership.objects.get(pk=first.pk).staff == clerk.user
    assert client.post(f"{answer.url}undo/").url == answer.url


def test_a_mistake_keeps_what_was_chosen(login, clerk, manager):
    first, second = owned(clerk), owned(clerk)
    page = login(manager).post(f"{PAGE}?view=all", {"chosen": [second.pk], "to": ""})
    assert page.status_code == 422
    assert page.context["chosen"] == {second.pk}
    assert f'value="{second.pk}" checked' in page.text
    assert f'value="{first.pk}" checked' not in page.text


def test_one_customer_is_handed_over_from_their_page(login, clerk, manager):
    one = owned(clerk)
    owned(clerk)
    client = login(manager)
    link = f"{PAGE}?one={one.pk}"
    assert link in client.get(one.customer.get_absolute_url()).text
    assert [row.ownership for row in client.get(link).context["rows"]] == [one]


def test_only_who_leads_hands_over(login, clerk, rival, region_manager, hq):
    one = owned(clerk)
    row = Handover.objects.create(
        ownership=one, before=clerk.user, after=None, by=clerk.user, at=timezone.now()
    )
    theirs = reverse("customers:handed-over", args=[row.batch])
    for who in (clerk, region_manager, hq):
        client = login(who)
        assert client.get(PAGE).status_code == 404
        assert client.get(theirs).status_code == 404
        assert client.post(f"{theirs}undo/").status_code == 404
    stranger = login(OwnerFactory(dealer=rival.dealer))
    assert stranger.get(theirs).status_code == 404
    assert stranger.get(PAGE, {"one": one.pk}).context["rows"] == []
    assert PAGE not in login(clerk).get(one.customer.get_absolute_url()).text


@pytest.mark.parametrize("count", [1, 5])
def test_the_page_needs_the_same_queries(login, clerk, manager, count, django_assert_num_queries):
    for _each in range(count):
        owned(clerk)
    client = login(manager)
    client.get(PAGE, {"view": "all"})
    with django_assert_num_queries(10):
        client.get(PAGE, {"view": "all"})


def test_leaving_asks_who_follows_up(login, clerk, manager, colleague):
    one = owned(clerk)
    client = login(manager)
    address = f"/staff/{clerk.pk}/end/"
    assert client.get(address).context["count"] == 1
    assert client.post(address).status_code == 422
    clerk.refresh_from_db()
    assert clerk.ends_at is None
    assert client.post(address, {"to": colleague.pk}).url == "/staff/"
    clerk.refresh_from_db()
    assert clerk.ends_at is not None
    assert Ownership.objects.get(pk=one.pk).staff == colleague.user


def test_leaving_may_leave_customers_to_nobody(login, clerk, manager):
    one = owned(clerk)
    login(manager).post(f"/staff/{clerk.pk}/end/", {"to": "0"})
    assert Ownership.objects.get(pk=one.pk).staff is None


def test_a_post_is_changed_from_a_day_on(login, clerk, owner, colleague):
    one = owned(clerk)
    there = StoreFactory(dealer=owner.dealer)
    client = login(owner)
    address = f"/staff/{clerk.pk}/change/"
    day = timezone.localdate() + timedelta(days=7)
    fields = {"role": Role.STORE_MANAGER, "store": there.pk, "on": day.isoformat()}
    assert client.get(address).status_code == 200
    assert client.post(address, fields).status_code == 422  # whose are the customers then
    assert client.post(address, fields | {"to": colleague.pk}).url == "/staff/"
    made = Membership.objects.get(user=clerk.user, store=there)
    assert timezone.localdate(made.starts_at) == day
    assert Ownership.objects.get(pk=one.pk).staff == colleague.user
    assert login(OwnerFactory()).get(address).status_code == 404


@pytest.mark.parametrize(
    "change", [{"on": "2020-01-01"}, {"on": "x"}, {"store": "0"}, {"role": "owner"}, {"to": "x"}]
)
def test_a_change_that_cannot_be_says_why(login, clerk, owner, change):
    fields = {"role": "store_manager", "store": clerk.store_id, "on": timezone.localdate()}
    page = login(owner).post(f"/staff/{clerk.pk}/change/", fields | change)
    assert page.status_code == 422
    assert Membership.objects.filter(user=clerk.user).count() == 1

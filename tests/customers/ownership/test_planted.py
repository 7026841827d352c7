"""Planted numbers: whoever registers one is found out, and notices nothing."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.db import OperationalError
from django.urls import reverse
from django.utils import timezone
from psycopg.errors import LockNotAvailable

from customers import look_ups
from customers.models import BY_HAND, PlantedHit, PlantedNumber
from customers.orders.recording import GivenLine, record_order
from customers.ownership import planted
from dealers import alarms
from dealers.actor import Actor
from dealers.models import AccessAction, AccessLog, Notice, NoticeKind
from dealers.phones import normalise
from tests.customers.dispatch.brought import lead_of
from tests.factories.customers import CategoryFactory, RulebookFactory, registered
from tests.factories.dealers import MembershipFactory, UserFactory, keys_are_committed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

NUMBER = "13912873465"


@pytest.fixture(autouse=True)
def _rules(db):
    RulebookFactory()
    keys_are_committed()


def told():
    return sorted(Notice.objects.values_list("user", "kind"))


@pytest.mark.parametrize("channel", ["capture", "import", "page", "dispatch"])
def test_headquarters_is_told_of_a_planted_number_whichever_way_it_came(channel, clerk, hq):
    planted.plant(PlantedNumber(), NUMBER, by=Actor.hq(hq), at=timezone.now())
    made = registered(clerk.store, phone=NUMBER, staff=clerk.user, channel=channel)
    assert made.answer == "yours"
    assert planted.tell(timezone.now()) == 1
    assert planted.tell(timezone.now()) == 0
    assert told() == [(hq.pk, NoticeKind.ALARM)]
    assert made.receipt in Notice.objects.get().title


def _searched(clerk, _hq):
    assert look_ups.look_up(normalise(NUMBER), by=Actor.of(clerk), at=timezone.now()) is None


def _into_a_lead(clerk, hq):
    lead_of(clerk.store.dealer.region, phone=NUMBER, at=timezone.now(), by=Actor.hq(hq))


def _into_an_order(_clerk, hq):
    record_order(
        source=BY_HAND, external_id="H-1", ordered_at=timezone.now(), phone=NUMBER,
        by=Actor.hq(hq),
        lines=[GivenLine(1, CategoryFactory(), 1, Decimal(9), Decimal(0), Decimal(9))],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("do", "said"),
    [
        (_searched, "into the search"),
        (_into_a_lead, "into a lead"),
        (_into_an_order, "into an order by hand"),
    ],
)
def test_typing_one_where_nobody_is_registered_is_found_out_as_well(do, said, clerk, hq):
    planted.plant(PlantedNumber(), NUMBER, by=Actor.hq(hq), at=timezone.now())
    do(clerk, hq)
    hit = PlantedHit.objects.get()
    assert hit.typed_by == (clerk.user if do is _searched else hq)
    assert planted.tell(timezone.now()) == 1
    alarm = Notice.objects.get(kind=NoticeKind.ALARM)
    assert alarm.user == hq
    assert said in alarm.title


def test_an_owner_hears_of_who_searches_for_a_test_customer_of_theirs(owner, clerk, hq):
    mine = registered(owner.dealer.stores.get(), phone=NUMBER)
    alarms.plant(mine.customer_id, by=Actor.of(owner), at=timezone.now())
    _searched(MembershipFactory(), hq)
    planted.tell(timezone.now())
    told_owner = Notice.objects.get(user=owner.user)
    assert told_owner.title == "Somebody typed the number of a test customer of yours."


def test_who_may_read_no_registration_is_told_of_none(clerk, hq):
    support = UserFactory(is_staff=True)
    support.groups.add(Group.objects.get(name="support"))
    planted.plant(PlantedNumber(), NUMBER, by=Actor.hq(hq), at=timezone.now())
    registered(clerk.store, phone=NUMBER, staff=clerk.user)
    planted.tell(timezone.now())
    assert told() == [(hq.pk, NoticeKind.ALARM)]


def test_an_owners_test_customer_is_one_for_all_other_dealers(owner, clerk, hq):
    mine = registered(owner.dealer.stores.get(), phone=NUMBER)
    alarms.plant(mine.customer_id, by=Actor.of(owner), at=timezone.now())
    registered(clerk.store, phone=NUMBER, staff=clerk.user)  # of the same dealer
    assert not PlantedHit.objects.exists()
    rival = MembershipFactory()
    registered(rival.store, phone=NUMBER, staff=rival.user)
    planted.tell(timezone.now())
    assert told() == sorted([(owner.user_id, NoticeKind.CANARY), (hq.pk, NoticeKind.ALARM)])
    said = Notice.objects.get(user=owner.user)
    assert said.title == "Another store registered the number of a test customer of yours."


def test_a_number_that_somebody_has_is_not_planted(store, hq):
    registered(store, phone=NUMBER)
    with pytest.raises(planted.NotPlanted):
        planted.plant(PlantedNumber(), NUMBER, by=Actor.hq(hq), at=timezone.now())


def test_a_dealer_reads_that_headquarters_learned_of_its_customer(store, login, hq):
    card = registered(store, phone=NUMBER).customer_id

    login(hq).post(reverse("admin:customers_plantednumber_add"), {"phone": NUMBER})

    entry = AccessLog.objects.get()
    assert (entry.dealer, entry.user, entry.customer) == (store.dealer, hq, card)
    assert entry.action == AccessAction.LOOK_UP


def test_a_number_that_is_planted_no_more_raises_nothing(store, hq):
    number = planted.plant(PlantedNumber(), NUMBER, by=Actor.hq(hq), at=timezone.now())
    planted.uproot(number, by=Actor.hq(hq), at=timezone.now())
    registered(store, phone=NUMBER)
    assert not PlantedHit.objects.exists()


def test_a_number_that_cannot_be_planted_now_is_refused_on_the_form(login, hq, monkeypatch):
    def busy(*_turn):
        raise OperationalError from LockNotAvailable()

    monkeypatch.setattr(planted, "take_turn", busy)
    page = login(hq).post(reverse("admin:customers_plantednumber_add"), {"phone": NUMBER})
    assert page.status_code == 200
    assert "Try again in a minute" in page.text
    assert not PlantedNumber.objects.exists()


def test_headquarters_plants_a_number_once_in_the_admin(login, hq):
    client, add = login(hq), reverse("admin:customers_plantednumber_add")
    assert client.post(add, {"phone": NUMBER}).status_code == 302
    assert PlantedNumber.objects.get().planted_by == hq
    assert "planted already" in client.post(add, {"phone": NUMBER}).text
    assert client.post(add, {"phone": "12"}).status_code == 200
    assert PlantedNumber.objects.count() == 1

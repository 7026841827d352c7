"""Test customers and far too many looks: the owner is told who, within seconds."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from customers import cards, look_ups
from customers.cards import CardRefused
from dealers import access, alarms, exports, tasks
from dealers.actor import Actor, tell_database
from dealers.admin import sheets
from dealers.alarms import CanaryRefused
from dealers.models import (
    AccessAction,
    AccessAlarm,
    AccessLog,
    Canary,
    Membership,
    Notice,
    NoticeKind,
    Role,
)
from dealers.triggers import lifted
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import OwnerFactory, UserFactory, shared

pytestmark = pytest.mark.django_db


@pytest.fixture
def card(clerk):
    RulebookFactory()
    shared(clerk.store.dealer)
    return registered(clerk.store, name="陈敏", phone="13800138765").customer


@pytest.fixture
def canary(card, owner):
    alarms.plant(card.pk, by=Actor.of(owner), at=timezone.now())
    return card


def hq_list(card, clerk, hq):
    cards.open([registered(clerk.store).customer, card], by=Actor.hq(hq), purpose="x")


def hq_number(card, clerk, hq):
    cards.grant(card, by=Actor.hq(hq), purpose="request", at=timezone.now())


def inside_number(card, clerk, hq):
    cards.reveal(card, by=Actor.of(clerk), purpose="delivery", at=timezone.now())


def inside_look_up(card, clerk, hq):
    look_ups.look_up("+8613800138765", by=Actor.of(clerk), at=timezone.now())


def inside_file(card, clerk, hq):
    cards.log_export(
        by=Actor.of(clerk), fields="name, phone (masked)", purpose="x", count=1,
        customers=[card.pk], at=timezone.now(),
    )  # fmt: skip


def inside_long_file(card, clerk, hq):
    cards.log_export(
        by=Actor.of(clerk), fields="name, phone (masked)", purpose="x", count=150,
        at=timezone.now(),
    )  # fmt: skip


TOUCHES = [hq_list, hq_number, inside_number, inside_look_up, inside_file, inside_long_file]


@pytest.mark.parametrize("before", [1, 600, max(exports.MANY, sheets.AT_ONCE) - 1])
def test_a_test_customer_far_down_a_file_of_headquarters_is_noticed(canary, hq, before):
    cards = [*(uuid4() for _other in range(before)), canary.pk]
    access.seen(
        cards, by=Actor.hq(hq), dealer_id=canary.dealer_id, fields="no name", purpose="x",
        action=AccessAction.EXPORT,
    )  # fmt: skip
    assert AccessAlarm.objects.filter(kind="canary").count() == 1


@pytest.mark.parametrize("touch", TOUCHES)
def test_whoever_touches_a_test_customer_is_named_to_the_owner(canary, clerk, hq, login, touch):
    touch(canary, clerk, hq)
    owner = Membership.objects.get(dealer=canary.dealer, role=Role.OWNER)
    who = hq if touch.__name__.startswith("hq") else clerk.user

    (alarm,) = AccessAlarm.objects.filter(kind="canary")
    assert (alarm.dealer, alarm.entry.user) == (owner.dealer, who)
    (banner,) = re.findall(r'class="banner bad".*?</div>', login(owner).get("/access/").text, re.S)
    assert who.name in banner
    tasks.tell_alarms()
    tasks.tell_alarms()  # again: told once
    (told,) = Notice.objects.filter(kind=NoticeKind.CANARY)
    assert told.user == owner.user
    assert who.name in told.title
    assert "陈敏" not in told.title + told.more


@pytest.mark.parametrize("touch", TOUCHES)
def test_other_customers_and_ended_tests_raise_nothing(card, clerk, hq, owner, touch):
    planted = alarms.plant(card.pk, by=Actor.of(owner), at=timezone.now())
    alarms.uproot(planted.pk, by=Actor.of(owner), at=timezone.now())

    touch(card, clerk, hq)

    assert not AccessAlarm.objects.filter(kind="canary").exists()


def test_owners_and_what_tasks_print_raise_nothing(canary, owner):
    cards.reveal(canary, by=Actor.of(owner), purpose="delivery", at=timezone.now())
    cards.open([canary], by=Actor.worker("Statements"))

    assert not AccessAlarm.objects.exists()


def test_only_the_owner_plants_and_sees_them(card, clerk, request, owner, login):
    manager, rival = map(request.getfixturevalue, ("manager", "rival"))
    for by in (Actor.of(clerk), Actor.of(manager), Actor.hq(UserFactory(is_staff=True))):
        with pytest.raises(CanaryRefused):
            alarms.plant(card.pk, by=by, at=timezone.now())
    for post in (clerk, manager, rival, OwnerFactory()):
        assert login(post).post(f"/customers/{card.pk}/test/").status_code == 404
        assert "Use as test customer" not in login(post).get(f"/customers/{card.pk}/").text
    assert not Canary.objects.exists()

    client = login(owner)
    assert client.post(f"/customers/{card.pk}/test/").status_code == 302
    client.post(f"/customers/{card.pk}/test/")  # again: it is one
    (canary,) = Canary.objects.all()
    assert "陈敏" in client.get("/access/").text
    with pytest.raises(CanaryRefused):
        alarms.uproot(canary.pk, by=Actor.of(OwnerFactory()), at=timezone.now())
    for stray in ("0", "x", "9" * 30):
        assert client.post(f"/access/tests/{stray}/end/").status_code == 302
    client.post(f"/access/tests/{canary.pk}/end/")
    assert not Canary.objects.filter(ended_at=None).exists()


def taken(clerk, count, days=0):
    return access.note(
        AccessAction.EXPORT, by=Actor.of(clerk), dealer_id=clerk.dealer_id, fields="name",
        purpose="x", count=count, at=timezone.now() - timedelta(days=days),
    )  # fmt: skip


def test_far_more_than_the_own_habit_is_told_once_a_day(clerk):
    with lifted(AccessLog):
        for day in range(2, 12):
            taken(clerk, 100, day)
    assert not AccessAlarm.objects.exists()
    taken(clerk, 290)
    assert not AccessAlarm.objects.exists()
    last = taken(clerk, 20)
    taken(clerk, 50)

    (alarm,) = AccessAlarm.objects.all()
    assert (alarm.kind, alarm.entry, alarm.dealer) == ("bulk", last, clerk.dealer)


def test_who_never_took_much_is_told_of_at_once(clerk):
    taken(clerk, 200)
    assert not AccessAlarm.objects.exists()
    taken(clerk, 1)
    assert AccessAlarm.objects.get().kind == "bulk"


def test_a_person_has_only_so_many_numbers_and_files_a_day(card, clerk, hq, settings, login):
    settings.PORTAL_QUOTAS = {"associate.numbers": 2, "hq.numbers": 1, "associate.files": 1}
    now, by = timezone.now(), Actor.of(clerk)
    for _ in range(2):
        cards.reveal(card, by=by, purpose="delivery", at=now)
    with pytest.raises(CardRefused, match="2"):
        cards.reveal(card, by=by, purpose="delivery", at=now)
    cards.grant(card, by=Actor.hq(hq), purpose="request", at=now)
    with pytest.raises(CardRefused, match="1"):
        cards.grant(card, by=Actor.hq(hq), purpose="request", at=now)
    client = login(clerk)
    assert client.get("/customers/?view=all&export=csv").status_code == 200
    assert client.get("/customers/?view=all&export=csv").status_code == 302
    assert AccessLog.objects.filter(action="export").count() == 1


def test_headquarters_cannot_read_which_customers_are_tests(canary, hq):
    with transaction.atomic():
        tell_database(Actor.hq(hq))
        assert not Canary.objects.exists()

"""Planted numbers: whoever registers one is found out, and notices nothing."""

from decimal import Decimal
from io import StringIO

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import OperationalError, transaction
from django.urls import reverse
from django.utils import timezone
from psycopg.errors import LockNotAvailable

from customers import look_ups
from customers.bulk.files import load_orders, load_registrations
from customers.bulk.registrations import REGISTRATION_COLUMNS
from customers.dispatch import files
from customers.dispatch.files import NAMES
from customers.models import BY_HAND, PlantedHit, PlantedNumber
from customers.orders.recording import GivenLine, record_order
from customers.ownership import planted
from dealers import alarms
from dealers.actor import Actor
from dealers.imports.kinds import Job
from dealers.imports.progress import Progress
from dealers.models import AccessAction, AccessLog, Notice, NoticeKind, Region
from dealers.phones import normalise
from tests.customers.bulk.files import COLUMNS, order, registration, write
from tests.customers.dispatch.brought import lead_of
from tests.factories.customers import CategoryFactory, RulebookFactory, phone_number, registered
from tests.factories.dealers import (
    MembershipFactory,
    OwnerFactory,
    StoreFactory,
    UserFactory,
    keys_are_committed,
)

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


def leads_file(folder, *numbers):
    rows = [
        {"external_id": f"L-{n}", "phone": each, "wish": "Lock", "region_code": "R-EAST",
         "consent_service": "yes", "consent_marketing": "no"}
        for n, each in enumerate(numbers)
    ]  # fmt: skip
    return write(folder / "leads.csv", NAMES, rows)


def orders_file(folder, store, *numbers):
    CategoryFactory(code="DOORS")
    rows = [order(n, store.code, each) for n, each in enumerate(numbers)]
    return write(folder / "orders.csv", COLUMNS, rows)


def job(path, by, *, store, dealer=None):
    return Job(
        [path], by, timezone.now(), Progress(StringIO()), site="", dealer=dealer, historical=False,
        publish=False, store=store,
    )  # fmt: skip


@pytest.mark.parametrize("who", ["headquarters", "a command"])
def test_a_file_of_leads_that_names_one_is_found_out(who, store, hq, tmp_path):
    Region.objects.filter(pk=store.dealer.region_id).update(code="R-EAST")
    planted.plant(PlantedNumber(), NUMBER, by=Actor.hq(hq), at=timezone.now())
    path = leads_file(tmp_path, phone_number(), NUMBER)
    if who == "a command":
        call_command("import_leads", path, stdout=StringIO())
    else:
        files.load(job(path, Actor.hq(hq), store=True))
    hit = PlantedHit.objects.get()
    assert (hit.typed_into, hit.typed_by) == ("file", hq if who == "headquarters" else None)
    assert planted.tell(timezone.now()) == 1
    said = Notice.objects.get(kind=NoticeKind.ALARM).title
    expected = (
        f"in a file that {hq} brought" if who == "headquarters" else "a command on the server"
    )
    assert expected in said
    call_command("import_leads", path, stdout=StringIO())  # there already
    assert PlantedHit.objects.count() == 1


@pytest.mark.parametrize("kept", [True, False])
def test_a_file_of_orders_that_names_one_is_found_out_though_it_is_only_checked(
    kept, store, hq, tmp_path
):
    planted.plant(PlantedNumber(), NUMBER, by=Actor.hq(hq), at=timezone.now())
    found = job(orders_file(tmp_path, store, phone_number(), NUMBER), Actor.hq(hq), store=kept)
    with transaction.atomic():
        load_orders(found)
        if not kept:
            transaction.set_rollback(True)
    for put_down in found.lasting:
        put_down()
    assert PlantedHit.objects.get().typed_by == hq


def test_a_checked_file_of_customers_names_planted_ones_and_a_stored_one_registers_them(
    store, hq, tmp_path
):
    planted.plant(PlantedNumber(), NUMBER, by=Actor.hq(hq), at=timezone.now())
    path = write(tmp_path / "r.csv", REGISTRATION_COLUMNS, [registration(1, store.code, NUMBER)])
    for kept, hits in ((False, 1), (True, 2)):
        found = job(path, Actor.hq(hq), store=kept)
        with transaction.atomic():
            load_registrations(found)
            if not kept:
                transaction.set_rollback(True)
        for put_down in found.lasting:
            put_down()
        assert PlantedHit.objects.count() == hits
    assert PlantedHit.objects.filter(registration__isnull=False).count() == 1


def test_an_owners_file_alarms_whose_test_customer_it_names_once_it_is_stored(
    owner, store, tmp_path
):
    rival = OwnerFactory()
    theirs = registered(StoreFactory(dealer=rival.dealer), phone=NUMBER)
    alarms.plant(theirs.customer_id, by=Actor.of(rival), at=timezone.now())
    path = orders_file(tmp_path, store, NUMBER)
    for kept in (False, True):
        found = job(path, Actor.of(owner), store=kept, dealer=owner.dealer)
        with transaction.atomic():
            load_orders(found)
            if not kept:
                transaction.set_rollback(True)
        for put_down in found.lasting:
            put_down()
        assert PlantedHit.objects.count() == (1 if kept else 0)
    planted.tell(timezone.now())
    said = Notice.objects.get(user=rival.user).title
    assert said == "A file was brought with the number of a test customer of yours."


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
    assert hit.planted == PlantedNumber.objects.get()
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


def test_headquarters_reads_how_often_a_number_raised_an_alarm(login, clerk, owner, hq):
    """Registered or typed; not what alarmed an owner, nor another number's."""
    numbers = [NUMBER, phone_number(), phone_number()]
    thrice, once, never = (
        planted.plant(PlantedNumber(), each, by=Actor.hq(hq), at=timezone.now()) for each in numbers
    )
    tested = phone_number()
    mine = registered(owner.dealer.stores.get(), phone=tested)
    alarms.plant(mine.customer_id, by=Actor.of(owner), at=timezone.now())
    for each in (NUMBER, numbers[1], tested):
        registered(MembershipFactory().store, phone=each)
    _searched(clerk, hq)
    _into_a_lead(clerk, hq)
    shown = login(hq).get(reverse("admin:customers_plantednumber_changelist"))
    found = {it.pk: it.found for it in shown.context["cl"].result_list}
    assert found == {thrice.pk: 3, once.pk: 1, never.pk: 0}
    assert PlantedHit.objects.filter(dealer=owner.dealer).count() == 1

"""Who is paused, whichever door asks."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from threading import Barrier

import pytest
from django.db import connection, transaction
from django.utils import timezone

from customers.admin import pauses
from customers.models import BY_HAND, Order, Rulebook
from customers.orders.recording import GivenLine, OrderRefused, record_order
from customers.ownership import limits, passing
from customers.ownership.rulebook import Claim
from customers.ownership.settings import RegistrationRefused, Rulebooks
from dealers import people
from dealers.actor import Actor
from dealers.database import read_one
from dealers.models import Upload, UploadState
from dealers.triggers import lifted
from tests.factories import customers as factories
from tests.factories.customers import DAY_ONE, RulebookFactory, registered
from tests.factories.dealers import MembershipFactory, OwnerFactory, StoreFactory, UserFactory

pytestmark = pytest.mark.django_db


def taken_numbers(count):
    """Numbers of customers that a store has already."""
    made = [registered(StoreFactory()) for _ in range(count)]
    return [factories.number_of(it.customer) for it in made]


@pytest.mark.parametrize("role", ["associate", "owner"])
def test_whoever_is_paused_at_the_counter_is_on_hqs_list_until_hq_has_looked(role):
    RulebookFactory(person_minute_limit=None, conflict_percent=4)
    store = StoreFactory()
    post = MembershipFactory(store=store)
    if role == "owner":
        post = OwnerFactory(dealer=store.dealer)
    for phone in taken_numbers(3):
        registered(store, staff=post.user, phone=phone)

    with pytest.raises(RegistrationRefused):
        registered(store, staff=post.user)
    assert [each.user for each in limits.pauses(DAY_ONE)] == [post.user_id]

    post.reviewed_at = DAY_ONE + timedelta(hours=1)
    post.save()
    later = DAY_ONE + timedelta(days=1)
    assert limits.pauses(later) == []
    assert registered(store, staff=post.user, at=later).answer == "yours"


def test_what_a_file_brought_in_pauses_the_files_of_its_dealer_alone(owner, hq):
    RulebookFactory(person_minute_limit=None, conflict_percent=4)
    post = MembershipFactory(store=StoreFactory(dealer=owner.dealer))
    Upload.objects.create(
        dealer=owner.dealer, membership=owner, by=owner.user, kind="registrations",
        state=UploadState.CHECKED, language="en", brought_at=DAY_ONE,
    )  # fmt: skip
    for phone in taken_numbers(3):
        limits.check_files(owner.dealer, DAY_ONE)
        registered(post.store, staff=post.user, phone=phone, channel="import")

    assert registered(post.store, staff=post.user).answer == "yours"
    assert limits.pauses(DAY_ONE) == [limits.Pause(owner.dealer_id, None, 3, 4)]
    with pytest.raises(RegistrationRefused):
        limits.check_files(owner.dealer, DAY_ONE)
    limits.check_files(StoreFactory().dealer, DAY_ONE)

    now = timezone.now() + timedelta(minutes=1)  # after they were recorded
    people.let_register_again(owner, by=Actor.hq(hq), at=now)
    limits.check_files(owner.dealer, now)
    assert limits.pauses(DAY_ONE) == []


def test_a_pause_of_the_files_of_a_dealer_without_an_owner_is_on_hqs_list(clerk):
    [row] = pauses._rows([limits.Pause(clerk.dealer_id, None, 11, 20)], timezone.now())
    assert row.post == clerk
    owner = OwnerFactory(dealer=clerk.dealer)
    [row] = pauses._rows([row.pause], timezone.now())
    assert row.post == owner


def test_without_a_rulebook_nobody_is_paused():
    assert limits.pauses(DAY_ONE) == []


def test_a_limit_counts_from_the_registration_after_it_was_published(english):
    first = RulebookFactory(person_daily_limit=None, person_minute_limit=None)
    post = MembershipFactory()
    for _ in range(2):
        registered(post.store, staff=post.user)
    with lifted(Rulebook):  # in force from now on, not from tomorrow
        second = RulebookFactory(
            starts_on=first.starts_on + timedelta(days=1),
            person_daily_limit=2,
            person_minute_limit=None,
        )

    with pytest.raises(RegistrationRefused, match="2 customers today"):
        registered(post.store, staff=post.user)
    tomorrow = registered(post.store, staff=post.user, at=DAY_ONE + timedelta(days=1))
    assert tomorrow.rulebook == second


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("limit", "shared"),
    [
        ("person_minute_limit", "person"),
        ("person_daily_limit", "person"),
        ("store_daily_limit", "store"),
    ],
)
def test_a_limit_holds_for_a_hundred_at_once(limit, shared):
    none = dict.fromkeys(("person_minute_limit", "person_daily_limit", "store_daily_limit"))
    RulebookFactory(**none | {limit: 10})
    first = MembershipFactory()
    same = {"store": first.store} if shared == "store" else {"user": first.user}
    posts = [first, *(MembershipFactory(**same) for _ in range(4))]
    begin = Barrier(20)

    def attempts(number):
        try:
            begin.wait()
            return [attempt(number + again) for again in range(5)]
        finally:
            connection.close()

    def attempt(number):
        post = posts[number % len(posts)]
        try:
            return registered(post.store, staff=post.user).answer
        except RegistrationRefused:
            return "refused"

    with ThreadPoolExecutor(20) as pool:
        answers = [answer for each in pool.map(attempts, range(20)) for answer in each]

    assert Counter(answers) == {"yours": 10, "refused": 90}


@pytest.mark.django_db(transaction=True)
def test_of_two_numbers_that_headquarters_types_at_once_a_limit_of_one_takes_one(monkeypatch):
    monkeypatch.setattr("dealers.waiting.PATIENCE", 30)  # nobody is sent away on a busy machine
    RulebookFactory(person_minute_limit=1)
    store, category = StoreFactory(), factories.CategoryFactory()
    by = Actor.hq(UserFactory(is_staff=True))

    def typed(number):
        try:
            return record_order(
                source=BY_HAND, external_id=number, ordered_at=DAY_ONE, told_at=timezone.now(),
                store=store, phone=factories.phone_number(), by=by,
                lines=[GivenLine(1, category, 1, Decimal(100), Decimal(0), Decimal(100))],
            )  # fmt: skip
        except OrderRefused:
            return None

    def second():
        try:
            return typed("2")
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            assert typed("1") is not None
            waiting = pool.submit(second)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.5)
        assert waiting.result(timeout=5) is None
    assert Order.objects.get().external_id == "1"


@pytest.mark.parametrize(
    "limit", [{"person_minute_limit": 2}, {"person_daily_limit": 2}, {"store_daily_limit": 2}]
)
def test_what_a_wrong_clock_dated_ahead_counts_against_nobody(limit):
    RulebookFactory(**{"person_minute_limit": None, **limit})
    post = MembershipFactory()
    for _number in range(2):
        registered(post.store, staff=post.user, at=DAY_ONE + timedelta(days=365))

    assert registered(post.store, staff=post.user, at=DAY_ONE).answer == "yours"
    assert registered(post.store, staff=post.user, at=DAY_ONE).answer == "yours"
    with pytest.raises(RegistrationRefused):
        registered(post.store, staff=post.user, at=DAY_ONE)


def test_the_counter_counts_as_open_what_the_line_and_the_pool_do(store, clerk):
    RulebookFactory(release_after_days=7)
    for days in range(0, 12, 3):
        registered(store, staff=clerk.user, at=DAY_ONE + timedelta(days=days))
    phone = factories.phone_number()
    registered(store, phone=phone, at=DAY_ONE)
    record_order(
        source="till", external_id="1", ordered_at=DAY_ONE, store=store, phone=phone,
        lines=[GivenLine(1, factories.CategoryFactory(), 1, 100, 0, 100)],
    )  # fmt: skip
    now = DAY_ONE + timedelta(days=9)
    passing.let_time_pass(now)

    claim = Claim(store.dealer_id, store.pk, store.tz, "capture", clerk.user_id)
    counted = read_one(
        f"SELECT {limits.COUNTED}",
        limits.parameters(claim, Rulebooks.on_file().on(now, store.tz), now),
    )

    open_ones = limits.open_customers(claim, now)
    assert limits.counted(counted)[1] == open_ones == (3, 3)

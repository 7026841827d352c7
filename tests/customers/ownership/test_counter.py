"""Registering a customer, on a real database and by many at once."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection

from customers.models import (
    Activity,
    Answer,
    Channel,
    Customer,
    EventKind,
    Identity,
    Ownership,
    OwnershipEvent,
    Registration,
    Rule,
    valid_sql,
)
from customers.orders.recording import GivenLine, record_order
from customers.ownership.changes import running_of
from customers.ownership.counter import register
from customers.ownership.rulebook import LIVE, last_day
from customers.ownership.settings import RegistrationRefused
from customers.ownership.words import sentence
from customers.receipts import receipt
from dealers.actor import Actor
from tests.factories import customers as factories
from tests.factories.customers import (
    DAY_ONE,
    CategoryFactory,
    RulebookFactory,
    phone_number,
    registered,
)
from tests.factories.dealers import MembershipFactory, StoreFactory

LATER = DAY_ONE + timedelta(days=10)
LIVE_CHANNELS = sorted(LIVE & set(Channel.values))


def number_of(registration):
    return factories.number_of(registration.customer)


@pytest.mark.django_db
def test_an_unknown_number_becomes_the_stores_for_ninety_days():
    RulebookFactory()
    post = MembershipFactory()

    made = registered(post.store, staff=post.user, name="陈敏")

    made.refresh_from_db()
    ownership = made.ownership
    assert (made.answer, made.rule) == (Answer.YOURS, Rule.R7)
    assert last_day(made.protected_until, post.store.tz).isoformat() == "2026-04-05"
    assert ownership.period.lower == DAY_ONE
    assert ownership.period.upper - ownership.protected_until == timedelta(days=3)
    assert (ownership.staff, ownership.follow_up_on.isoformat()) == (post.user, "2026-01-07")
    assert list(ownership.events.values_list("kind", flat=True)) == [EventKind.STARTED]
    assert running_of(made.customer, LATER) == ownership


@pytest.mark.django_db
@pytest.mark.usefixtures("english")
def test_nobody_registers_for_another_dealer(store, owner, rival, hq):
    RulebookFactory()
    for stranger in (Actor.of(rival), Actor.hq(hq)):
        with pytest.raises(RegistrationRefused, match="do not work for the dealer"):
            register(
                Registration(store=store, key="K1", consent_service=True),
                phone=phone_number(), by=stranger, at=DAY_ONE,
            )  # fmt: skip
    assert register(
        Registration(store=store, key="K1", consent_service=True),
        phone=phone_number(), by=Actor.of(owner), at=DAY_ONE,
    ).staff == owner.user  # fmt: skip


@pytest.mark.django_db
def test_a_second_visit_is_recorded_and_renews():
    RulebookFactory()
    store = StoreFactory()
    first = registered(store)

    again = registered(store, phone=number_of(first), at=LATER)

    again.refresh_from_db()
    assert (again.answer, again.rule) == (Answer.YOURS_ALREADY, Rule.R1)
    assert again.ownership_id == first.ownership_id
    assert again.protected_until == first.protected_until + timedelta(days=10)
    assert again.ownership.contacted_at == LATER
    assert Activity.objects.get().registration == again
    assert OwnershipEvent.objects.filter(kind=EventKind.RENEWED).count() == 1


@pytest.mark.django_db
def test_a_sister_stores_visit_is_recorded_for_the_owner_store():
    RulebookFactory()
    store = StoreFactory()
    sister = StoreFactory(dealer=store.dealer)
    first = registered(store)

    visit = registered(sister, phone=number_of(first), at=LATER)

    visit.refresh_from_db()
    assert (visit.rule, visit.ownership.store) == (Rule.R2, store)
    assert Activity.objects.get().store == sister


@pytest.mark.django_db
def test_another_dealer_learns_neither_owner_nor_date():
    RulebookFactory()
    first = registered(StoreFactory())

    other = registered(StoreFactory(), phone=number_of(first), at=LATER)

    other.refresh_from_db()
    assert (other.answer, other.rule) == (Answer.PROTECTED, Rule.R3)
    assert (other.ownership, other.protected_until) == (None, None)
    assert Ownership.objects.count() == 1
    assert other.customer.dealer_id == other.dealer_id != first.dealer_id


@pytest.mark.django_db
def test_at_exactly_the_end_the_customer_is_free():
    RulebookFactory()
    first = registered(StoreFactory())
    end = Ownership.objects.get().period.upper
    other = StoreFactory()

    before = registered(other, phone=number_of(first), at=end - timedelta(microseconds=1))
    then = registered(other, phone=number_of(first), at=end)

    assert (before.rule, then.rule) == (Rule.R3, Rule.R6)


@pytest.mark.django_db
@pytest.mark.parametrize("channel", LIVE_CHANNELS)
def test_a_live_registration_takes_what_an_import_started_the_same_day(channel):
    RulebookFactory()
    imported = registered(StoreFactory(), channel="import")
    live = registered(
        StoreFactory(), phone=number_of(imported), at=DAY_ONE + timedelta(hours=2), channel=channel
    )

    owned = Ownership.objects.get(pk=imported.ownership_id)
    assert (live.answer, live.rule) == (Answer.YOURS, Rule.R6)
    assert owned.period.upper == live.received_at
    assert owned.events.filter(kind=EventKind.ENDED).count() == 1


@pytest.mark.django_db
def test_the_database_ends_imports_by_the_channels_that_the_rulebook_calls_live():
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'end_ownership'")
        (source,) = cursor.fetchone()
    (channels,) = re.findall(r"r\.channel IN \((.*?)\)", source)
    assert sorted(re.findall(r"'(\w+)'", channels)) == LIVE_CHANNELS


@pytest.mark.django_db
def test_of_an_import_and_the_live_registration_that_replaced_it_one_is_valid():
    RulebookFactory()
    imported = registered(StoreFactory(), channel="import")
    live = registered(StoreFactory(), phone=number_of(imported), at=DAY_ONE + timedelta(hours=2))
    refused = registered(StoreFactory(), phone=number_of(live), at=LATER)

    registrations = Registration.objects
    in_sql = registrations.extra(where=[valid_sql("customers_registration")])
    before = live.recorded_at - timedelta(microseconds=1)

    assert refused.answer == Answer.PROTECTED
    assert set(registrations.valid()) == set(in_sql) == {live}
    assert set(registrations.valid(known_until=live.recorded_at)) == {live}
    assert set(registrations.valid(known_until=before)) == {imported}


@pytest.mark.django_db
def test_on_the_next_day_an_imported_ownership_holds():
    RulebookFactory()
    imported = registered(StoreFactory(), channel="import")

    next_day = registered(StoreFactory(), phone=number_of(imported), at=DAY_ONE + timedelta(days=1))

    assert next_day.answer == Answer.PROTECTED


@pytest.mark.django_db
def test_above_the_cap_a_registration_waits():
    RulebookFactory(store_cap=1)
    store = StoreFactory()
    registered(store)

    waiting = registered(store)

    assert (waiting.answer, waiting.rule, waiting.ownership_id) == (Answer.WAITING, Rule.CAP, None)


@pytest.mark.django_db
def test_the_same_key_gives_the_first_answer_and_other_content_is_refused():
    RulebookFactory()
    store = StoreFactory()
    number = phone_number()
    first = registered(store, phone=number, key="k")

    again = registered(store, phone=f"+86 {number[:3]}-{number[3:]}", key="k", at=LATER)

    assert again == first
    with pytest.raises(RegistrationRefused):
        registered(store, phone=phone_number(), key="k")
    assert Registration.objects.count() == 1


@pytest.mark.django_db
def test_only_the_keys_own_constraint_means_that_the_key_was_used():
    RulebookFactory()
    first = registered(StoreFactory())
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval('customers_registration_id_seq', %s, false)", [first.pk])

    with pytest.raises(IntegrityError, match="customers_registration_pkey"):
        registered(StoreFactory())


@pytest.mark.django_db
@pytest.mark.parametrize("late", ["visit", "sale"])
def test_what_is_told_late_moves_the_last_activity_not_back(late):
    RulebookFactory()
    store = StoreFactory()
    first = registered(store)
    till = GivenLine(1, CategoryFactory(), 1, *(Decimal(text) for text in ("1.00", "0.00", "1.00")))
    ahead = DAY_ONE + timedelta(hours=5)
    sold = {"source": "pos", "store": store, "phone": number_of(first), "lines": [till]}
    record_order(external_id="1", ordered_at=ahead, **sold)

    earlier = DAY_ONE + timedelta(hours=1)
    if late == "visit":
        registered(store, phone=number_of(first), at=earlier)
    else:
        record_order(external_id="2", ordered_at=earlier, told_at=ahead, **sold)

    assert Ownership.objects.get().last_activity_at == ahead


@pytest.mark.django_db
def test_nothing_is_registered_without_consent_or_rulebook(english):
    store = StoreFactory()
    with pytest.raises(RegistrationRefused, match="HQ"):
        registered(store)
    RulebookFactory()
    with pytest.raises(RegistrationRefused):
        registered(store, consent_service=False)
    assert not Identity.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "limit",
    [{"person_minute_limit": 2}, {"person_daily_limit": 2}, {"store_daily_limit": 2}],
)
def test_a_limit_refuses_the_next_one(limit):
    RulebookFactory(**limit)
    post = MembershipFactory()
    for _ in range(2):
        registered(post.store, staff=post.user)

    with pytest.raises(RegistrationRefused):
        registered(post.store, staff=post.user)
    assert registered(post.store, staff=post.user, at=LATER)


@pytest.mark.django_db
def test_too_many_numbers_of_others_pause_a_person_until_hq_looked(english):
    RulebookFactory(person_minute_limit=None, conflict_percent=4)
    post, other = MembershipFactory(), StoreFactory()
    taken = [number_of(registered(other)) for _ in range(4)]
    for phone in taken[:3]:
        registered(post.store, staff=post.user, phone=phone)

    with pytest.raises(RegistrationRefused, match="HQ"):
        registered(post.store, staff=post.user)
    post.reviewed_at = DAY_ONE + timedelta(hours=1)
    post.save()
    assert registered(post.store, staff=post.user, at=LATER).answer == Answer.YOURS


@pytest.mark.django_db
def test_every_answer_has_a_sentence():
    RulebookFactory()
    store, other = StoreFactory(), StoreFactory()
    first = registered(store, name="陈敏")
    phone = number_of(first)
    again = registered(store, phone=phone)
    elsewhere = registered(other, phone=phone)

    made = [Registration.objects.get(pk=each.pk) for each in (first, again, elsewhere)]
    assert len({sentence(each) for each in made}) == 3
    assert store.name not in sentence(elsewhere)


@pytest.mark.django_db
def test_a_registration_takes_five_statements_at_most(django_assert_max_num_queries):
    RulebookFactory()
    store, other = StoreFactory(), StoreFactory()
    phone = number_of(registered(store))
    registered(other)  # its dealer's key is known from here on

    for place, number in [(store, phone_number()), (store, phone), (other, phone)]:
        with django_assert_max_num_queries(5):
            registered(place, phone=number, at=LATER)


@pytest.mark.django_db(transaction=True)
def test_fifty_at_once_get_one_owner_and_fifty_true_answers(monkeypatch):
    monkeypatch.setattr("dealers.waiting.PATIENCE", 30)  # nobody is sent away on a busy machine
    RulebookFactory()
    stores = [StoreFactory() for _ in range(5)]
    phone = phone_number()

    def attempt(number):
        try:
            return registered(stores[number % 5], phone=phone, key=f"n{number}")
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        made = list(pool.map(attempt, range(50)))

    owner = Ownership.objects.get()
    answers = {(each.answer, each.dealer_id == owner.dealer_id) for each in made}
    assert sum(each.answer == Answer.YOURS for each in made) == 1
    assert answers == {
        (Answer.YOURS, True),
        (Answer.YOURS_ALREADY, True),
        (Answer.PROTECTED, False),
    }
    assert Customer.objects.count() == 5
    assert Identity.objects.count() == 1


def test_receipts_do_not_repeat_and_do_not_count():
    receipts = [receipt(number) for number in range(5000)]

    assert len(set(receipts)) == 5000
    assert receipts[1][2:7] != receipts[2][2:7]
    assert all(len(each) == 13 for each in receipts)

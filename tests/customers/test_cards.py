"""Cards: sealed, found by tokens, shown only with a reason."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.utils.timezone import now

from customers import cards
from customers.cards import CardRefused, log_export, reveal, update_card
from customers.models import Activity, Customer
from customers.ownership.activities import record_activity
from customers.search import find
from dealers import vault
from dealers.actor import Actor
from dealers.models import AccessLog
from dealers.triggers import lifted
from dealers.vault import Row, VaultError
from tests.factories.customers import DAY_ONE, RulebookFactory, card_of, registered
from tests.factories.dealers import MembershipFactory, sealed_earlier

pytestmark = pytest.mark.django_db


@pytest.fixture
def post():
    RulebookFactory()
    return MembershipFactory()


@pytest.mark.parametrize(
    "text",
    ["陈小敏", "陈", "小敏", "chenxiaomin", "Chen", "cxm", "cx", "xiaomin", "8000", "８０００",
     " 陈小敏 "],
)  # fmt: skip
def test_a_customer_is_found_by_name_pinyin_and_last_digits(post, text):
    mine = registered(post.store, phone="13800138000", name="陈小敏").customer
    registered(post.store, phone="13900139001", name="王伟")

    assert list(find(Customer.objects.visible_to(post), text)) == [mine]


@pytest.mark.parametrize(
    "text",
    ["", "李", "8001", "0013", "xm小", "%", "c", "x", "1380013800", "138 0013 8000",
     "+8613800138000", "１３８００１３８０００"],
)  # fmt: skip
def test_nobody_else_is_found(post, text):
    registered(post.store, phone="13800138000", name="陈小敏")

    assert not find(Customer.objects.visible_to(post), text)


def test_two_words_have_to_fit_both(post):
    mine = registered(post.store, name="Anna Smith").customer
    registered(post.store, name="Anna Jones")

    assert list(find(Customer.objects.visible_to(post), "smith anna")) == [mine]


def test_a_search_stays_inside_the_dealer(post):
    registered(post.store, phone="13800138000", name="陈敏")

    assert not find(Customer.objects.visible_to(MembershipFactory()), "陈敏")


def test_a_list_of_cards_needs_no_query_a_row(post, django_assert_num_queries):
    for name in ("陈敏", "王伟", ""):
        registered(post.store, name=name)
    customers = list(Customer.objects.all())

    with django_assert_num_queries(0):
        found = cards.open(customers, by=Actor.of(post))

    assert {card.name for card in found} == {"陈敏", "王伟", ""}
    assert all("****" in card.phone for card in found)


def test_the_number_is_shown_after_the_log_says_so(post):
    customer = registered(post.store, phone="13800138000").customer

    assert reveal(customer, by=Actor.of(post), purpose="回访", at=now()) == "+8613800138000"
    entry = AccessLog.objects.get()
    assert (entry.customer, entry.user, entry.purpose) == (customer.pk, post.user, "回访")


def test_nobody_reads_without_reason_or_right(post):
    customer = registered(post.store).customer

    with pytest.raises(CardRefused):
        reveal(customer, by=Actor.of(post), purpose=" ", at=DAY_ONE)
    with pytest.raises(CardRefused):
        reveal(customer, by=Actor.of(MembershipFactory()), purpose="回访", at=DAY_ONE)
    with pytest.raises(CardRefused):
        update_card(customer, by=Actor.of(MembershipFactory()), at=DAY_ONE, name="x")
    assert not AccessLog.objects.exists()


def test_a_new_name_is_found_and_the_old_one_is_not(post):
    customer = registered(post.store, name="陈敏").customer

    update_card(customer, by=Actor.of(post), at=DAY_ONE, name="王伟", notes="喜欢净水")

    customer.refresh_from_db()
    mine = Customer.objects.visible_to(post)
    assert card_of(customer).notes == "喜欢净水"
    assert list(find(mine, "ww")) == [customer]
    assert not find(mine, "陈敏")


@pytest.mark.parametrize("seconds", [0, -5, 5])  # that the web server's clock is off
def test_an_export_is_logged(post, seconds):
    at = now() + timedelta(seconds=seconds)
    entry = log_export(by=Actor.of(post), fields="name", purpose="对账", count=12, at=at)

    assert (entry.dealer, entry.count, entry.action) == (post.dealer, 12, "export")


def test_sealed_values_of_two_customers_do_not_open_when_they_are_swapped(post):
    one = registered(post.store, phone="13800138000", name="陈敏").customer
    other = registered(post.store, phone="13900139000", name="王伟").customer
    one.phone_sealed, other.phone_sealed = other.phone_sealed, one.phone_sealed

    for customer in (one, other):
        with pytest.raises(VaultError):
            card_of(customer)


def test_a_note_opens_with_its_own_follow_up_only(post):
    customer = registered(post.store).customer
    done = [
        record_activity(customer, by=Actor.of(post), kind="note", note=note, at=DAY_ONE)
        for note in ("周末来看", "要安装")
    ]

    for activity, note in zip(done, ("周末来看", "要安装"), strict=True):
        assert cards.note_of(activity, by=Actor.of(post)) == note
    with pytest.raises(VaultError):
        vault.unseal(Row.of(done[0]), "note", done[1].note_sealed)


def test_what_was_sealed_earlier_is_sealed_anew_and_only_once(post):
    made = [registered(post.store, name=name).customer for name in ("陈敏", "王伟", "赵六", "")]
    opened = [card_of(card) for card in made]
    for card, version in zip(made, (vault.UNBOUND, vault.BARE), strict=False):
        Customer.objects.filter(pk=card.pk).update(
            name_sealed=sealed_earlier(Row.of(card), "name", card_of(card).name, version)
        )
    Customer.objects.filter(pk=made[2].pk).update(search_tokens=[1, 2])
    noted = Activity.objects.create(
        customer=made[0], dealer_id=post.dealer_id, store=post.store, kind="note", at=DAY_ONE
    )
    with lifted(Activity):
        Activity.objects.filter(pk=noted.pk).update(
            note_sealed=sealed_earlier(Row.of(noted), "note", "周末来看", vault.BARE)
        )
    untouched = Customer.objects.get(pk=made[3].pk)
    reseal = import_module("customers.migrations.0018_sealed_to_blocks").reseal

    reseal(apps, None)

    first = list(Customer.objects.order_by("pk").values_list("name_sealed", "search_tokens"))
    assert all(vault.is_current(sealed) for sealed, _ in first if sealed is not None)
    stored = [Customer.objects.get(pk=card.pk) for card in made]
    assert [card_of(card).name for card in stored] == [card.name for card in opened]
    assert list(find(Customer.objects.all(), "zhaoliu")) == [made[2]]
    noted.refresh_from_db()
    assert vault.is_current(noted.note_sealed)
    assert vault.unseal(Row.of(noted), "note", noted.note_sealed) == "周末来看"
    assert stored[3].phone_sealed == untouched.phone_sealed

    reseal(apps, None)  # again: nothing changes
    assert (
        list(Customer.objects.order_by("pk").values_list("name_sealed", "search_tokens")) == first
    )

"""Cards: sealed, found by tokens, shown only with a reason."""

import pytest

from customers.cards import Card, CardRefused, find, log_export, open_cards, reveal, update_card
from customers.models import Customer
from dealers.models import AccessLog
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def post():
    RulebookFactory()
    return MembershipFactory()


@pytest.mark.parametrize(
    "text",
    ["陈小敏", "陈", "小敏", "chenxiaomin", "Chen", "cxm", "xiaomin", "8000", "138 0013 8000",
     "+8613800138000", "１３８００１３８０００", " 陈小敏 "],
)  # fmt: skip
def test_a_customer_is_found_by_name_pinyin_and_number(post, text):
    mine = registered(post.store, phone="13800138000", name="陈小敏").customer
    registered(post.store, phone="13900139001", name="王伟")

    assert list(find(Customer.objects.visible_to(post), text)) == [mine]


@pytest.mark.parametrize("text", ["", "李", "8001", "0013", "1380013800", "xm小", "%"])
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
        cards = open_cards(customers)

    assert {card.name for card in cards} == {"陈敏", "王伟", ""}
    assert all("****" in card.phone for card in cards)


def test_the_number_is_shown_after_the_log_says_so(post):
    customer = registered(post.store, phone="13800138000").customer

    assert reveal(customer, by=post, purpose="回访") == "+8613800138000"
    entry = AccessLog.objects.get()
    assert (entry.customer, entry.user, entry.purpose) == (customer.pk, post.user, "回访")


def test_nobody_reads_without_reason_or_right(post):
    customer = registered(post.store).customer

    with pytest.raises(CardRefused):
        reveal(customer, by=post, purpose=" ")
    with pytest.raises(CardRefused):
        reveal(customer, by=MembershipFactory(), purpose="回访")
    with pytest.raises(CardRefused):
        update_card(customer, by=MembershipFactory(), name="x")
    assert not AccessLog.objects.exists()


def test_a_new_name_is_found_and_the_old_one_is_not(post):
    customer = registered(post.store, name="陈敏").customer

    update_card(customer, by=post, name="王伟", notes="喜欢净水")

    customer.refresh_from_db()
    mine = Customer.objects.visible_to(post)
    assert Card.of(customer).notes == "喜欢净水"
    assert list(find(mine, "ww")) == [customer]
    assert not find(mine, "陈敏")


def test_an_export_is_logged(post):
    entry = log_export(by=post, fields="name", purpose="对账", count=12)

    assert (entry.dealer, entry.count, entry.action) == (post.dealer, 12, "export")

"""Every spelling under which people look for a name finds its card."""

from uuid import UUID

import pytest
from django.core.management import call_command

from customers import cards
from customers.models import Customer
from customers.search import find
from dealers import vault
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def post():
    RulebookFactory(person_minute_limit=None)
    return MembershipFactory()


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("Lisa李娜", ["李娜", "lisa", "lina", "ln", "Lisa李娜"]),
        ("AA王芳", ["王芳", "wangfang", "aa"]),
        ("🌸🌸小美", ["小美", "xiaomei", "🌸小美"]),
        ("VIP2024张敏", ["张敏", "zhangmin", "vip2024", "zm"]),
        ("李娜(VIP)", ["李娜", "vip", "lina", "李娜（VIP）", "李娜vip"]),
        ("李 娜", ["李娜", "lina", "李"]),
        ("曾国荃", ["zeng", "zengguoquan", "zgq", "曾"]),
        ("单雄信", ["shan", "shanxiongxin", "sxx", "dan"]),
        ("解晓东", ["xie", "xiexiaodong", "jie"]),
        ("查良镛", ["zha", "zhaliangyong", "cha"]),
        ("仇和", ["qiu", "qiuhe"]),
        ("盖叫天", ["ge", "gejiaotian"]),
        ("朴树", ["piao", "piaoshu"]),
        ("区桃", ["ou", "outao"]),
        ("尉迟恭", ["yuchi", "yuchigong", "ycg", "尉迟"]),
        ("万俟卨", ["moqi", "万俟"]),
        ("长孙无忌", ["zhangsun", "zhangsunwuji", "changsun"]),
        ("VIP曾小红", ["zeng", "zengxiaohong"]),
        ("吕布", ["lvbu", "lubu", "lyu", "lü"]),
        ("김민수", ["김민수", "민수", "김"]),
        ("สมชาย ใจดี", ["สมชาย", "ใจดี"]),
        ("Anna-Maria O'Neil", ["anna", "maria", "neil", "maria anna"]),
        ("𠮷野家", ["𠮷野", "野家"]),
    ],
)
def test_a_name_is_found_by_its_parts(post, name, texts):
    mine = registered(post.store, name=name).customer
    registered(post.store, name="赵六")

    for text in texts:
        assert list(find(Customer.objects.visible_to(post), text)) == [mine], text


def test_a_single_letter_is_no_token(post):
    mine = registered(post.store, name="李娜").customer
    dealer = mine.dealer_id

    for letter in "ln":
        assert vault.token(dealer, f"name:{letter}") not in mine.search_tokens
        assert not find(Customer.objects.visible_to(post), letter).exists()
    assert vault.token(dealer, "name:ln") in mine.search_tokens


@pytest.mark.parametrize("dot", ["", *"·•・‧⋅.∙･．", " · "])
def test_dots_of_every_kind_or_none_are_the_same_name(post, dot):
    mine = registered(post.store, name=f"买买提{dot}艾合买提").customer

    for asked in ["", *"·•・‧⋅.∙･．"]:
        assert list(find(Customer.objects.all(), f"买买提{asked}艾合买提")) == [mine], asked
    for part in ("买买提", "艾合买提", "合买", "提艾合买提"):
        assert list(find(Customer.objects.all(), part)) == [mine], part
    assert not find(Customer.objects.all(), "买买提买买提")


def test_cards_of_before_are_made_findable_and_once_is_enough(post, django_assert_num_queries):
    mine = registered(post.store, name="Lisa李娜").customer
    registered(post.store, name="王芳")
    Customer.objects.filter(pk=mine.pk).update(search_tokens=[1, 2, 3])
    assert not find(Customer.objects.all(), "李娜")

    call_command("make_findable")

    assert list(find(Customer.objects.all(), "李娜")) == [mine]
    with django_assert_num_queries(1):
        assert cards.make_findable(UUID(int=0)) is not None

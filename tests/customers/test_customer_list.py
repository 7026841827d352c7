"""The list of one's customers: views, filters, search, pages, CSV, and nobody else's."""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from customers.models import Ownership
from customers.portfolio import Cursor, View, ordered, running
from dealers.models import AccessAction, AccessLog
from tests.factories import customers as factories
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import MembershipFactory, OwnerFactory, StoreFactory

LIST = "/customers/"


@pytest.fixture(autouse=True)
def rulebook(db):
    return RulebookFactory(person_minute_limit=None, person_daily_limit=None)


def owned(store, days, **details):
    """A customer of the store whose protection ends in so many days; below none it has ended."""
    now = timezone.now()
    return registered(store, at=now - timedelta(days=90 - days), **details).ownership


def shown(response):
    """The names or numbers in the table, in its order."""
    return re.findall(r'scope="row">\s*<span>\s*<a href="[^"]+">(.*?)</a>', response.text)


def get(client, query=""):
    return client.get(LIST + query, headers={"accept-language": "en"})


def test_the_first_view_is_what_ends_soon_nearest_first_grace_included(clerk, login):
    owned(clerk.store, 5, name="五天")
    owned(clerk.store, -1, name="宽限")
    owned(clerk.store, 60, name="很久")
    owned(clerk.store, -10, name="过期")
    owned(clerk.store, 0, name="今天")

    response = get(login(clerk))

    assert shown(response) == ["宽限", "今天", "五天"]
    assert re.findall(r'class="tag (\w*)">(.*?)<', response.text) == [
        ("info", "Grace, day 1"),
        ("bad", "Ends today"),
        ("", "5 days left"),
    ]
    assert "3 protected" in response.text
    assert re.findall(r"(Ending soon|To follow up|All)\s+(\d+)", response.text) == [
        ("Ending soon", "3"),
        ("To follow up", "4"),
        ("All", "4"),
    ]


def test_to_follow_up_is_who_was_not_contacted_or_is_due(clerk, login):
    waiting, done = owned(clerk.store, 50, name="等待"), owned(clerk.store, 60, name="已约")
    Ownership.objects.filter(pk=done.pk).update(
        contacted_at=timezone.now(), follow_up_on=timezone.localdate() + timedelta(days=2)
    )
    client = login(clerk)

    assert shown(get(client, "?view=followup")) == ["等待"]
    Ownership.objects.filter(pk=done.pk).update(follow_up_on=timezone.localdate())
    assert shown(get(client, "?view=followup")) == ["等待", "已约"]
    assert waiting.contacted_at is None


def test_all_has_the_latest_activity_first_and_can_show_what_ended(clerk, login):
    owned(clerk.store, 10, name="早")
    owned(clerk.store, 80, name="晚")
    owned(clerk.store, -20, name="过期")
    client = login(clerk)

    assert shown(get(client, "?view=all")) == ["晚", "早"]
    assert shown(get(client, "?view=all&state=ended")) == ["过期"]
    assert shown(get(client, "?view=all&state=any")) == ["晚", "早", "过期"]
    assert shown(get(client, "?view=all&state=grace")) == []
    assert shown(get(client, "?view=all&state=protected")) == ["晚", "早"]


def test_a_customer_won_again_shows_once(clerk, login):
    first = owned(clerk.store, -20, name="回来")
    registered(clerk.store, phone=number_of(first), at=timezone.now())
    client = login(clerk)

    assert shown(get(client, "?view=all&state=any")) == ["回来"]
    assert shown(get(client, "?view=all&state=ended")) == []


def number_of(ownership):
    return factories.number_of(ownership.customer)


def test_the_filters_narrow_and_can_be_taken_off_one_by_one(owner, store, login):
    sister = StoreFactory(dealer=store.dealer, name="分店")
    min_ = MembershipFactory(store=store)
    owned(store, 3, name="甲", staff=min_.user)
    bought = owned(store, 4, name="乙")
    owned(sister, 5, name="丙")
    Ownership.objects.filter(pk=bought.pk).update(sold_at=timezone.now())
    client = login(owner)

    assert shown(get(client)) == ["甲", "乙", "丙"]
    assert shown(get(client, f"?store={sister.code}")) == ["丙"]
    assert shown(get(client, f"?staff={min_.user_id}")) == ["甲"]
    assert shown(get(client, "?staff=0")) == ["乙", "丙"]
    assert shown(get(client, "?sale=with")) == ["乙"]
    assert shown(get(client, f"?store={store.code}&sale=without")) == ["甲"]

    response = get(client, f"?view=all&store={store.code}&sale=without")
    assert re.findall(r'class="pill" href="(.*?)">\s*(.*?)\s*<', response.text) == [
        ("?view=all&amp;sale=without", store.name),
        (f"?view=all&amp;store={store.code}", "Without a sale"),
    ]
    assert shown(get(client, "?store=nonsense&staff=x&state=y&sale=z&view=v")) == ["甲", "乙", "丙"]


@pytest.mark.parametrize("text", ["陈", "陈敏", "chen", "cm", "CHENMIN", "mns", "女士"])
def test_a_search_finds_parts_of_the_name_and_pinyin(clerk, login, text):
    owned(clerk.store, 60, name="陈敏女士")
    owned(clerk.store, 60, name="王浩")

    assert shown(get(login(clerk), f"?q={text}")) == ["陈敏女士"]


def test_a_search_finds_the_last_four_digits(clerk, login):
    found = owned(clerk.store, 60, phone="138 0013 8765", name="陈")
    owned(clerk.store, 60, phone="138 0013 1234", name="王")
    client = login(clerk)

    assert shown(get(client, "?q=8765")) == ["陈"]
    assert shown(get(client, "?q=876")) == []
    assert str(found.customer_id) in get(client, "?q=8765").text


def test_a_search_finds_what_ended_and_who_is_registered_but_not_protected(clerk, login):
    owned(clerk.store, -30, name="陈旧")
    taken = owned(StoreFactory(), 30)
    registered(clerk.store, phone=number_of(taken), name="陈别家", at=timezone.now())
    sister = owned(StoreFactory(dealer=clerk.dealer), 30)
    registered(clerk.store, phone=number_of(sister), name="陈分店", at=timezone.now())

    response = get(login(clerk), "?q=chen")

    assert shown(response) == ["陈旧"]
    assert [card.name for card in response.context["others"]] == ["陈别家", "陈分店"]


def test_pages_go_on_where_the_one_before_ended_also_with_equal_moments(clerk, login):
    same = timezone.now() - timedelta(days=88)
    for index in range(60):
        registered(clerk.store, name=f"客{index:02}", at=same)
    client, seen, query = login(clerk), [], ""
    for expected in (25, 50, 60):
        response = get(client, query)
        seen += shown(response)
        assert f"{expected} shown" in response.text
        more = re.search(r'id="more-link" href="(.*?)"', response.text)
        query = more and more[1].replace("&amp;", "&")

    assert query is None
    assert len(set(seen)) == len(seen) == 60


def test_pages_of_all_go_on_too_and_keep_the_filters(clerk, login):
    for index in range(30):
        owned(clerk.store, 10 + index, name=f"客{index:02}")
    client = login(clerk)
    first = get(client, "?view=all&sale=without")
    more = re.search(r'id="more-link" href="(.*?)"', first.text)[1].replace("&amp;", "&")

    second = get(client, more)

    assert "sale=without" in more
    assert shown(first) + shown(second) == [f"客{index:02}" for index in reversed(range(30))]
    assert "Back to the beginning of the list" in second.text


def test_coming_back_as_many_rows_are_open_as_before(clerk, login):
    for index in range(60):
        owned(clerk.store, 3, name=f"客{index:02}")
    client = login(clerk)
    first = get(client)
    kept = re.search(r'hx-replace-url="(.*?)"', first.text)[1].replace("&amp;", "&")

    again = get(client, kept)

    assert len(shown(again)) == 50
    assert len(shown(get(client, "?upto=999999999999999999999"))) == 25
    assert len(shown(get(client, "?upto=400"))) == 60
    row = re.search(r'scope="row">\s*<span>\s*<a href="([^"]*)"', again.text)[1]
    assert row.endswith("/?list=upto%3D50")


def test_who_was_not_contacted_has_no_last_time(clerk, login):
    owned(clerk.store, 3, name="陈")

    assert re.search(r"Registered \d+ \w{3} 2", get(login(clerk)).text)


def test_htmx_gets_the_rows_alone(clerk, login):
    owned(clerk.store, 3, name="陈")

    response = login(clerk).get(LIST, headers={"HX-Request": "true"})

    assert shown(response) == ["陈"]
    assert "<html" not in response.text


@pytest.mark.parametrize("text", ["", "x", "1-2", "1-2-3-4", f"{'9' * 18}-1-1", "-5-1-1", "1-٣-1"])
def test_a_cursor_that_nobody_made_is_the_beginning(text):
    assert Cursor.parse(text) is None


def test_the_export_has_all_rows_masked_and_harmless_and_is_logged(clerk, login):
    for index in range(30):
        owned(clerk.store, 3, name=f"客{index}")
    owned(clerk.store, 3, name="=1+1", phone="+852 5123 4567")
    number = number_of(Ownership.objects.first())

    response = get(login(clerk), "?view=expiring&export=csv")

    assert response["Content-Disposition"] == 'attachment; filename="customers.csv"'
    assert response.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert len(rows) == 32
    assert ["'=1+1", "'+852 ****4567"] in [row[:2] for row in rows]
    assert number[3:] not in response.text
    log = AccessLog.objects.get()
    assert (log.action, log.count, log.user) == (AccessAction.EXPORT, 31, clerk.user)
    with translation.override("en"):
        assert log.why == "Export: Customer list: Ending soon"
    with translation.override("zh-hans"):
        assert log.why == "导出：顾客名单：快到期"


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("", "No customers yet"),
        ("?view=all", "No customers yet"),
        ("?q=nobody", "No customer matches"),
        ("?sale=with", "No customer matches"),
    ],
)
def test_an_empty_list_says_why(clerk, login, query, title):
    assert f"<h2>{title}</h2>" in get(login(clerk), query).text


def test_an_empty_view_of_a_busy_store_is_calm(clerk, login):
    done = owned(clerk.store, 60)
    Ownership.objects.filter(pk=done.pk).update(contacted_at=timezone.now(), follow_up_on=None)
    client = login(clerk)

    assert "No protection ends within a week" in get(client).text
    assert "Nobody has to be followed up today" in get(client, "?view=followup").text


def test_each_sees_their_own_scope_and_no_other(clerk, manager, owner, rival, login):
    owned(clerk.store, 3, name="本店")
    owned(StoreFactory(dealer=clerk.dealer), 4, name="分店")
    owned(rival.store, 5, name="别家")

    seen = [shown(get(login(who))) for who in (clerk, manager, owner, rival, OwnerFactory())]

    assert seen == [["本店"], ["本店"], ["本店", "分店"], ["别家"], []]
    assert shown(get(login(rival), "?q=本店")) == []


def test_without_a_post_at_a_dealer_there_is_no_list(region_manager, hq, login):
    for who in (region_manager, hq):
        assert login(who).get(LIST).status_code == 404
        assert login(who).get(f"{LIST}?export=csv").status_code == 404


def statements(captured):
    """Without the savepoint that stands for the request's transaction in a test."""
    return [q["sql"] for q in captured.captured_queries if "SAVEPOINT" not in q["sql"]]


@pytest.mark.parametrize("count", [1, 5, 25])
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        *(("", 6), ("?view=followup", 6), ("?view=all", 6), ("?view=all&state=any", 6)),
        ("?q=客", 7),
    ],
)
def test_statements_do_not_depend_on_the_rows(clerk, login, count, query, expected):
    for _ in range(count):
        owned(clerk.store, 3, name="客", staff=clerk.user)
    client = login(clerk)
    get(client, query)

    with CaptureQueriesContext(connection) as captured:
        response = get(client, query)

    assert len(shown(response)) == count
    assert len(statements(captured)) == expected


def test_the_pages_of_a_big_dealer_read_the_index_only_as_far_as_they_show(clerk):
    rows = running(clerk, timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
    plans = [
        ordered(rows, view, Cursor(timezone.now(), 1, 25))[:26].explain()
        for view in (View.EXPIRING, View.ALL)
    ]

    assert "ownership_store_end" in plans[0]
    assert "ownership_store_newest" in plans[1]
    assert not any("Sort Key: customers_ownership" in plan for plan in plans)


def test_a_card_without_a_name_shows_its_masked_number(clerk, login):
    ownership = owned(clerk.store, 3)

    assert shown(get(login(clerk))) == [factories.card_of(ownership.customer).phone]

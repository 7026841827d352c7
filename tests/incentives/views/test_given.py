"""Given and received: the statements' sums to the fen, and what the brand did with customers."""

import csv
import io
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db.models import Sum
from django.utils import timezone

from customers import cards
from customers.dispatch import junk, offers
from customers.models import JunkState, SoldBy
from dealers import access
from dealers.actor import Actor
from dealers.models import AccessAction, AccessLog, Level
from incentives.books import adjustments
from incentives.earnings.given import acts, money
from incentives.models import Line, Plan, Result, Statement
from tests.customers.dispatch.brought import lead_of
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import (
    MembershipFactory,
    OwnerFactory,
    StoreFactory,
    UserFactory,
    shared,
)
from tests.factories.incentives import (
    FEBRUARY,
    JANUARY,
    close_period,
    give_back,
    owned_customer,
    per_registration,
    percent,
    published,
    sale,
    tiers,
)

pytestmark = pytest.mark.django_db
PAGE = "/earnings/given/"


@pytest.fixture
def rulebook(db):
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))


@pytest.fixture
def trade(rulebook, store):
    """Two closed months and one that runs: sales everywhere, returns, a fee, an adjustment."""
    published(
        per_registration("15.00"),
        percent("0.03", by_share=True),
        tiers(rows=((0, "0.01"), (2_000, "0.015"), (5_000, "0.02"))),
        name="方案",
    )
    published(
        {"code": "fee", "places": ["own"], "event": "paid_sale", "base": "count", "kind": "flat",
         "rows": [(0, "5.20")]},
        code="fees", direction="dealer_pays",
    )  # fmt: skip
    customer, other = owned_customer(store), StoreFactory()
    sold = sale(customer, "3333.33", date(2026, 1, 5))
    away = sale(customer, "777.77", date(2026, 1, 8), sold_by="other", at=other, share="0.3")
    give_back(sold, "1000.01", date(2026, 1, 20))
    sale(customer, "99.99", date(2026, 1, 21), sold_by=SoldBy.ONLINE)
    close_period(JANUARY)
    give_back(away, "111.11", date(2026, 2, 2))
    sale(customer, "1234.56", date(2026, 2, 3))
    by = Actor.hq(UserFactory(is_staff=True))
    wanted = adjustments.Wanted(
        store.dealer, Plan.objects.get(code="plan"), Decimal("12.34"), "运费补贴, 二月"
    )
    adjustments.propose(wanted, key="freight", by=by, at=datetime(2026, 2, 9, 3, tzinfo=UTC))
    close_period(FEBRUARY)
    sale(customer, "50.00", date(2026, 3, 3))
    return customer


def amounts(text: str) -> list[Decimal]:
    found = re.findall(r"(−?)¥([\d,]+\.\d\d)", text)
    return [Decimal(digits.replace(",", "")) * (-1 if sign else 1) for sign, digits in found]


def test_its_sums_are_those_of_the_statements_results_and_lines_to_the_fen(owner, trade):
    found = money.read(owner.dealer)

    said = Statement.objects.filter(dealer=owner.dealer)
    assert found.total == said.aggregate(Sum("total"))["total__sum"]
    assert found.adjusted == said.aggregate(Sum("adjusted"))["adjusted__sum"] == Decimal("12.34")
    for month in found.closed:
        statement = said.get(run__month=month.month)
        assert (month.total, month.payable) == (statement.total, statement.payable)
        assert month.rewards + month.fees + month.adjusted == month.total
    booked = Result.objects.filter(dealer=owner.dealer)
    assert (
        sum(each.amount for each in found.categories)
        == booked.aggregate(Sum("amount"))["amount__sum"]
    )
    assert found.fees < 0 < found.rewards
    lines = Line.objects.filter(result__dealer=owner.dealer).aggregate(Sum("amount"))
    tiered = booked.filter(component__code="own").aggregate(Sum("amount"))["amount__sum"]
    assert lines["amount__sum"] + tiered + found.adjusted == found.total


def test_sales_stand_where_they_were_made_less_returns(owner, trade):
    found = money.read(owner.dealer)

    assert {each.place: (each.count, each.net) for each in found.places} == {
        SoldBy.OWN: (3, Decimal("3333.33") - Decimal("1000.01") + Decimal("1234.56") + 50),
        SoldBy.SISTER: (0, 0),
        SoldBy.OTHER: (1, Decimal("777.77") - Decimal("111.11")),
        SoldBy.ONLINE: (1, Decimal("99.99")),
    }
    assert found.net == sum(each.net for each in found.places)
    running = found.months[0]
    assert (running.month, running.closed, running.total) == (date(2026, 3, 1), False, 0)


def test_the_page_the_earnings_and_the_statements_say_the_same(login, owner, trade):
    client = login(owner)
    page = client.get(PAGE)

    assert page.status_code == 200
    shown = amounts(page.text)
    for month in page.context["money"].closed:
        assert month.total == client.get(f"/earnings/{month.month:%Y-%m}/").context["month"].total
        statement = client.get(f"/earnings/{month.month:%Y-%m}/statement/")
        assert month.total in amounts(statement.text)
        assert month.total in shown
        assert f"/earnings/{month.month:%Y-%m}/statement/" in page.text
    assert page.context["money"].total in shown


def test_every_link_of_the_page_leads_somewhere(login, owner, trade):
    client = login(owner)
    page = client.get(PAGE)

    main = page.text.split('<main id="main"')[1]
    links = {each.replace("&amp;", "&") for each in re.findall(r'href="(/[^"#]+)"', main)}
    assert any("/results/" in each for each in links)
    assert {client.get(each, follow=True).status_code for each in links} == {200}


def test_a_category_that_was_last_only_recomputed_leads_there(login, owner, rulebook, store):
    published(tiers())
    sold = sale(owned_customer(store), "3000.00", date(2026, 1, 5))
    close_period(JANUARY)
    give_back(sold, "1000.00", date(2026, 2, 2))
    close_period(FEBRUARY)

    [found] = money.read(owner.dealer).categories

    assert (found.newest, found.key) == (FEBRUARY, "plan.own-adjustment")
    assert login(owner).get(f"/earnings/2026-02/results/{found.key}/").status_code == 200


def test_the_file_has_every_month_and_year(login, owner, trade):
    client = login(owner)
    text = client.get(f"{PAGE}?export=csv").content.decode("utf-8-sig")

    rows = list(csv.reader(io.StringIO(text)))
    closed = [row for row in rows if row and row[0] in {"2026-01", "2026-02"}]
    total = sum(Decimal(row[5]) for row in closed)
    assert total == money.read(owner.dealer).total
    assert client.get(f"{PAGE}?export=xlsx").content[:2] == b"PK"


def test_what_the_brand_did_is_counted_from_log_and_dispatch(
    rulebook, owner, clerk, store, english
):
    shared(store.dealer, Level.TOGETHER)
    customer = registered(store, phone="13800138765", name="陈敏").customer
    other = registered(store, phone="13800134321", name="王伟").customer
    outsider = Actor.hq(UserFactory(is_staff=True, is_superuser=True))
    now = timezone.now()
    cards.open([customer, other], by=outsider, purpose="辅导")
    cards.open([customer], by=Actor.worker("print_papers"))  # a task's is not counted
    cards.reveal(customer, by=Actor.of(clerk), purpose="delivery", at=now)  # nor one's own
    for purpose in ("service", "delivery", "follow-up", "choice", "emergency"):
        access.note(
            AccessAction.REVEAL, by=outsider, dealer_id=store.dealer_id, customer=customer.pk,
            fields="phone", purpose=purpose, at=now,
        )  # fmt: skip
    access.note(
        AccessAction.REFUSED, by=outsider, dealer_id=store.dealer_id, customer=other.pk,
        fields="phone", purpose="follow-up", at=now,
    )  # fmt: skip

    (year,) = acts.by_year(store.dealer)

    assert (year.pages, year.service, year.sales, year.asked, year.emergencies) == (1, 2, 1, 1, 1)
    assert (year.refused, year.files, year.offered, year.net) == (1, 0, 0, 0)
    assert year.numbers == AccessLog.objects.filter(
        dealer=store.dealer, action="reveal", role="hq"
    ).count()  # fmt: skip
    found = acts.concerned(store.dealer, by=Actor.of(owner), at=now + timedelta(seconds=9))
    assert {each.name: (each.pages, each.numbers, each.refused, each.level) for each in found} == {
        "陈敏": (1, 5, 0, Level.TOGETHER),
        "王伟": (1, 0, 1, Level.TOGETHER),
    }


def test_a_customer_whom_a_lead_brought_counts_with_what_they_bought_since(
    rulebook, owner, clerk, store
):
    start = timezone.now() - timedelta(days=20)
    offer = offers.offer(lead_of(store.dealer.region, at=start, name="吴先生").pk, start)
    won = offers.accept(offer, by=Actor.of(clerk), at=start)
    mine = registered(store, at=start)
    for customer in (won, mine):
        sold = sale(customer, "100.00", timezone.localdate() - timedelta(days=9))
        give_back(sold, "30.00", timezone.localdate() - timedelta(days=8))

    years = acts.by_year(store.dealer)

    assert sum(each.offered for each in years) == sum(each.accepted for each in years) == 1
    assert sum(each.brought for each in years) == 1
    assert sum(each.net for each in years) == Decimal("70.00")
    (found,) = acts.concerned(store.dealer, by=Actor.of(owner), at=timezone.now())
    assert (found.name, found.leads, found.brought) == ("吴先生", 1, True)
    assert [(each.place, each.net) for each in found.where] == [(SoldBy.OWN, Decimal("70.00"))]


@pytest.mark.usefixtures("rulebook", "english")
def test_a_lead_that_was_given_back_is_not_called_ones_own(login, owner, clerk, store):
    start, by = timezone.now() - timedelta(hours=2), Actor.of(clerk)
    for nth in range(7):  # so many that one of them is taken back at once
        made = offers.offer(lead_of(store.dealer.region, at=start, name=f"客{nth}").pk, start)
        offers.accept(made, by=by, at=start)
    assert junk.give_back(made, "no_intent", by=by, at=timezone.now()) == JunkState.TAKEN

    page = login(owner).get(f"{PAGE}customers/")

    shown = [(each.leads, each.own, each.brought) for each in page.context["found"]]
    assert sorted(shown) == [(1, False, False)] + 6 * [(1, False, True)]
    assert page.text.count("given back or passed on") == 1
    assert "yours already" not in page.text


def test_customer_by_customer_names_only_ones_own_and_pages(login, owner, store, rulebook):
    theirs = registered(StoreFactory(), name="外人").customer
    mine = [registered(store, name=f"客{nth}").customer for nth in range(3)]
    outsider = Actor.hq(UserFactory(is_staff=True))
    cards.open([theirs, *mine], by=outsider, purpose="辅导")
    client = login(owner)

    page = client.get(f"{PAGE}customers/")

    assert {each.name for each in page.context["found"]} == {"客0", "客1", "客2"}
    assert "外人" not in page.text
    assert client.get(f"{PAGE}customers/?page=2").status_code == 404
    for wrong in ("0", "-1", "x", "", "99999999", "１"):
        assert client.get(f"{PAGE}customers/?page={wrong}").status_code == 404
    text = client.get(f"{PAGE}customers/?export=csv").content.decode("utf-8-sig")
    assert len(list(csv.reader(io.StringIO(text)))) == 4
    taken = AccessLog.objects.get(dealer=store.dealer, action=AccessAction.EXPORT)
    assert (taken.user, taken.count) == (owner.user, 3)


def test_a_file_without_all_customers_says_so(login, owner, store, rulebook, monkeypatch):
    mine = [registered(store, name=f"客{nth}").customer for nth in range(3)]
    cards.open(mine, by=Actor.hq(UserFactory(is_staff=True)), purpose="辅导")
    monkeypatch.setattr("incentives.views.given.LARGEST_FILE", 2)

    text = login(owner).get(f"{PAGE}customers/?export=csv").content.decode("utf-8-sig")

    assert len(list(csv.reader(io.StringIO(text)))) == 4
    assert sum(name in text for name in ("客0", "客1", "客2")) == 2
    assert AccessLog.objects.get(action=AccessAction.EXPORT).count == 2


@pytest.mark.parametrize("path", [f"{PAGE}customers/", "/earnings/2026-01/"])
def test_a_file_with_customers_is_one_of_those_of_a_day(login, owner, settings, path):
    settings.PORTAL_QUOTAS = {"owner.files": 1}
    client = login(owner)

    assert client.get(f"{path}?export=csv").status_code == 200
    again = client.get(f"{path}?export=csv")

    assert (again.status_code, again["Location"]) == (302, path)
    assert AccessLog.objects.filter(action=AccessAction.EXPORT).count() == 1


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}customers/"])
def test_a_new_dealer_reads_that_there_is_nothing_yet(login, path):
    page = login(OwnerFactory()).get(path)

    assert page.status_code == 200
    assert page.text.count('class="dt') == 0


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}customers/"])
def test_only_the_owner_has_it(login, clerk, manager, region_manager, path):
    for post in (clerk, manager, region_manager, MembershipFactory()):
        assert login(post).get(path).status_code == 404


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}customers/"])
def test_it_takes_few_statements_whatever_there_is(
    login, owner, trade, path, django_assert_max_num_queries
):
    client = login(owner)
    client.get(path)
    with django_assert_max_num_queries(25):
        client.get(path)


def test_it_says_that_there_is_nothing_to_compare_with_below_five(login, owner, trade, english):
    page = login(owner).get(PAGE)

    assert not page.context["compared"].told
    assert "Fewer than five are never shown." in page.text


def test_the_first_day_of_what_is_looked_at_is_that_of_the_reader():
    night = datetime(2026, 11, 29, 17, tzinfo=UTC)  # the 30th, at one o'clock in Shanghai
    with timezone.override("Asia/Shanghai"):
        assert acts.since(night) == date(2025, 11, 30)

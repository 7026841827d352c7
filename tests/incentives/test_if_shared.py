"""If it had shared at another level: asked by an owner, found by the worker, read by no other."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from customers.models import CaseOutcome, Channel, Customer, Ownership
from customers.orders.recording import GivenLine, record_order
from customers.ownership import passing
from customers.ownership.release import release
from dealers.actor import Actor, acting
from dealers.models import Level, OutboxTask
from dealers.sharing import SharingRefused
from incentives import tasks
from incentives.if_shared import asking
from incentives.if_shared.shown import Shown
from incentives.models import Kind, SharingTrial
from tests.customers.cases.disputed import Dispute
from tests.factories.agreements import signed_at
from tests.factories.customers import CategoryFactory, RulebookFactory, phone_number, registered
from tests.factories.dealers import (
    MembershipFactory,
    OwnerFactory,
    RegionalManagerFactory,
    StoreFactory,
    UserFactory,
    shared,
)
from tests.factories.incentives import per_registration, percent, published, tiers
from tests.incentives.books.test_holds import settled

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
PAGE = "/earnings/if-shared/"
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
START = datetime(2026, 1, 5, 2, tzinfo=UTC)  # a Monday
NOW = datetime(2026, 6, 15, 3, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _rules():
    """30 days; at L2 45 and at L3 60."""
    RulebookFactory(
        protection_days=30, sharing_days=[0, 0, 15, 30], grace_days=0, activity_renews_days=None,
        first_contact_hours=None, person_minute_limit=None, sale_renews_days=1,
    )  # fmt: skip


def bought(store, phone, at, net="1000.00", *, number=None, returns=None):
    return record_order(
        source="till", external_id=number or f"T{at:%j%H}", ordered_at=at, store=store,
        phone="" if returns else phone, returns=returns,
        lines=[
            GivenLine(1, CategoryFactory(), 1, Decimal(net), Decimal(0), Decimal(net),
                 returns=1 if returns else None)
        ],
    )  # fmt: skip


def found(owner, at=NOW):
    made = asking.ask(by=Actor.of(owner), at=at)
    asking.find(made.pk, at)
    return Shown.of(SharingTrial.objects.get(pk=made.pk))


def columns(shown, name):
    return [getattr(row, name) for row in (shown.was, *shown.levels)]


@pytest.mark.parametrize(("since", "money"), [(-1, "30.00"), (0, "30.00"), (1, "0.00")])
def test_a_version_of_the_agreement_is_asked_for_at_each_level(owner, store, since, money):
    """The sale of day 40 counts from L2 on, under the version that was signed before it."""
    began = START.date() + DAY
    asked = {"gates": ["agreement_signed"], "agreement_from": began + since * DAY}
    published(percent("0.03", places=["own"], **asked))
    phone = phone_number()
    registered(store, phone=phone, at=START)
    bought(store, phone, START + 40 * DAY)
    signed_at(store.dealer, START + DAY, began)

    assert [each.money for each in found(owner).levels] == [0, 0, Decimal(money), Decimal(money)]


def test_its_figures_are_those_worked_out_by_hand(owner, store):
    """Day 31 counts from L2 on, day 50 at L3; each sale that counts is 3 %."""
    published(percent("0.03", places=["own"]))
    phone = phone_number()
    made = registered(store, phone=phone, at=START)
    bought(store, phone, START + 31 * DAY, "1000.33", number="A")
    other = phone_number()
    registered(store, phone=other, at=START)
    bought(store, other, START + 10 * DAY, "200.00", number="B")
    bought(store, other, START + 50 * DAY, "3000.00", number="C")

    shown = found(owner)

    assert columns(shown, "protections") == [2] * 5
    assert columns(shown, "days") == [60, 60, 60, 90, 120]
    assert [each.average for each in shown.levels] == [30, 30, 45, 60]
    assert columns(shown, "sales") == [1, 1, 1, 2, 3]
    net = [Decimal("200.00")] * 3 + [Decimal("1200.33"), Decimal("4200.33")]
    assert columns(shown, "net") == net
    # 1,000.33 x 3 % = 30.0099; 3,000.00 x 3 % = 90.00
    assert [each.money for each in shown.levels] == [0, 0, Decimal("30.01"), Decimal("120.01")]
    assert (shown.registrations, shown.sales) == (2, 3)
    assert (shown.registrations_left_out, shown.sales_left_out) == (0, 0)
    lines = list(shown.lines())
    assert [(each.what, each.number) for each in lines[:2]] == [("Sale", "C"), ("Sale", "A")]
    assert lines[1].place == store.name
    assert lines[1].was == "does not count for you"
    assert lines[1].levels[2:] == ("counts for you: 100%",) * 2
    assert {each.number for each in lines[2:]} >= {made.receipt}
    assert shown.differing == len(lines) == 4
    assert list(shown.lines(1)) == lines[:1]


def test_the_age_of_a_protection_goes_by_when_the_customer_came(owner, store):
    """On day 10 5 %, on day 31 2 %: of 1,000.00 that count from L2 on, 20.00."""
    table = [(0, "0.05"), (30, "0.02")]
    published(percent(places=["own"], kind=Kind.DECAY, rows=table))
    phone = phone_number()
    registered(store, phone=phone, at=START)
    bought(store, phone, START + 10 * DAY, "200.00", number="A")
    other = phone_number()
    registered(store, phone=other, at=START)
    bought(store, other, START + 31 * DAY, "1000.00", number="B")

    shown = found(owner)

    assert [each.money for each in shown.levels] == [0, 0, Decimal("20.00"), Decimal("20.00")]


def test_a_protection_that_goes_on_is_older_than_one_that_begins_anew(owner, store):
    """Registered anew on day 31, sold on day 40: 5 % on day 9; at L2 and L3 it is day 40, 2 %."""
    table = [(0, "0.05"), (30, "0.02")]
    published(percent(places=["own"], kind=Kind.DECAY, rows=table))
    phone = phone_number()
    registered(store, phone=phone, at=START)
    registered(store, phone=phone, at=START + 31 * DAY)
    bought(store, phone, START + 40 * DAY, "1000.00")

    shown = found(owner)

    assert [each.money for each in shown.levels] == [0, 0, Decimal("-30.00"), Decimal("-30.00")]
    assert columns(shown, "sales") == [1] * 5
    assert [each.levels[2] for each in shown.lines()] == ["Yours already", "Yours · 45 days"]


def test_a_protection_that_goes_on_began_with_no_lead(owner, store):
    """Sent anew on day 31: 5 % of what leads buy; at L2 and L3 it is the store's own customer."""
    published(percent("0.05", places=["own"], of_leads=True))
    phone = phone_number()
    registered(store, phone=phone, at=START)
    registered(store, phone=phone, at=START + 31 * DAY, channel=Channel.DISPATCH, source="dispatch")
    bought(store, phone, START + 40 * DAY, "1000.00")

    shown = found(owner)

    assert [each.money for each in shown.levels] == [0, 0, Decimal("-50.00"), Decimal("-50.00")]


@pytest.mark.usefixtures("store")
def test_whoever_was_won_in_a_case_takes_their_part_of_a_cap():
    """Of 60.00 a month the one won takes 50.00 on day 2; of 20.00 on day 31 10.00 are left."""
    table = [(0, "0.05"), (30, "0.02")]
    published(percent(places=["own"], kind=Kind.DECAY, rows=table, period_cap=Decimal(60)))
    dispute = Dispute(began=START)
    settled(dispute.open(START + 15 * DAY), CaseOutcome.MOVE)
    won = Ownership.objects.get(dealer=dispute.b.dealer).period.lower
    bought(dispute.b, dispute.phone, won + 2 * DAY, "1000.00", number="A")
    other = phone_number()
    registered(dispute.b, phone=other, at=won - 29 * DAY)
    bought(dispute.b, other, won + 2 * DAY + HOUR, "1000.00", number="B")

    shown = found(dispute.owner_b)

    assert [each.money for each in shown.levels] == [0, 0, Decimal("10.00"), Decimal("10.00")]


def test_a_page_reads_no_more_lines_than_it_shows(owner, store):
    found(owner)
    assert "lines" in asking.latest(owner.dealer_id).get_deferred_fields()


def test_tiers_are_those_of_the_month_and_what_was_returned_is_taken_back(owner, store):
    """9,000 of the month count already: 3,000 more are 1,000 at 1 % and 2,000 at 2 %, less 500."""
    published(tiers(rows=((0, "0.01"), (10_000, "0.02"))))
    phone, other = phone_number(), phone_number()
    registered(store, phone=phone, at=START)
    registered(store, phone=other, at=START + 20 * DAY)
    day = START + 35 * DAY
    bought(store, other, day - DAY, "9000.00", number="A")
    late = bought(store, phone, day, "3000.00", number="B")
    bought(store, phone, day + DAY, "500.00", number="B back", returns=late)

    shown = found(owner)

    assert [each.money for each in shown.levels] == [0, 0, Decimal("40.00"), Decimal("40.00")]


def test_as_it_was_the_engine_gives_what_a_level_that_was_chosen_gives(owner, store):
    """L2 all along: at L2 nothing differs, and a lower one loses sale and money."""
    published(percent("0.03", places=["own"]))
    shared(owner.dealer, Level.SERVICE, at=START - DAY)
    phone = phone_number()
    registered(store, phone=phone, at=START)
    bought(store, phone, START + 40 * DAY)

    shown = found(owner)

    assert columns(shown, "sales") == [1, 0, 0, 1, 1]
    assert [each.money for each in shown.levels] == [Decimal(-30), Decimal(-30), 0, 0]


def test_a_longer_protection_may_cost_the_reward_of_a_new_customer(owner, store):
    """Registered anew on day 31: at L2 and L3 they are the dealer's already."""
    published(per_registration("15.00"))
    phone = phone_number()
    registered(store, phone=phone, at=START)
    registered(store, phone=phone, at=START + 31 * DAY)

    shown = found(owner)

    assert columns(shown, "protections") == [2, 2, 2, 1, 1]
    assert [each.money for each in shown.levels] == [0, 0, Decimal(-15), Decimal(-15)]


def test_a_fee_that_the_dealer_pays_makes_it_less(owner, store):
    published(
        {"code": "fee", "places": ["own"], "event": "paid_sale", "base": "count", "kind": "flat",
         "rows": [(0, "5.20")]},
        code="fees", direction="dealer_pays",
    )  # fmt: skip
    phone = phone_number()
    registered(store, phone=phone, at=START)
    bought(store, phone, START + 40 * DAY)

    fee = Decimal("-5.20")
    assert [each.money for each in found(owner).levels] == [0, 0, fee, fee]


def test_a_rivals_sale_to_a_former_customer_is_in_no_figure_and_no_line(owner, store):
    rival = StoreFactory()
    phone = phone_number()
    registered(store, phone=phone, at=START)
    registered(rival, phone=phone, at=START + 40 * DAY)
    bought(rival, phone, START + 41 * DAY, "777.77", number="RIVALS")

    shown = found(owner)

    assert columns(shown, "sales") == [0] * 5
    assert (shown.sales, shown.registrations) == (0, 1)
    assert "RIVALS" not in str(shown.trial.lines) + str(shown.trial.found)


def test_who_was_let_go_by_the_owner_is_left_out_from_then_on(owner, store):
    phone = phone_number()
    made = registered(store, phone=phone, at=START)
    card = Customer.objects.get(pk=made.customer_id)
    release(card, "moved_away", by=Actor.of(owner), at=START + DAY)
    passing.let_time_pass(START + 3 * DAY)
    bought(store, phone, START + 31 * DAY)

    shown = found(owner)

    assert (shown.registrations, shown.registrations_left_out) == (1, 0)
    assert (shown.sales, shown.sales_left_out) == (0, 1)


def test_on_the_first_day_there_is_nothing_and_it_says_so(login, owner):
    client = login(owner)
    page = client.get(PAGE)
    assert page.status_code == 200
    assert "Not asked yet" in page.text

    client.post(PAGE)
    made = SharingTrial.objects.get()
    assert "being told anew" in client.get(PAGE).text
    tasks.try_sharing(made.pk)
    page = client.get(PAGE)

    assert "Nothing differs" in page.text
    assert "Every level comes to the same" in page.text


def test_the_page_and_its_file_say_what_was_found(login, owner, store, english):
    now = timezone.now()
    start = now - 40 * DAY
    phone = phone_number()
    registered(store, phone=phone, at=start)
    bought(store, phone, start + 35 * DAY, "1000.00", number="=A")
    client = login(owner)
    client.post(PAGE)
    tasks.try_sharing(SharingTrial.objects.get().pk)

    page = client.get(PAGE)

    assert "does not count for you" in page.text
    assert "counts for you: 100%" in page.text
    assert phone not in page.text
    file = client.get(PAGE + "?export=csv")
    text = b"".join(file).decode("utf-8-sig")
    assert "Sales that count for you,0,0,0,1,1" in text
    assert "'=A" in text
    there = timezone.localtime(start + 35 * DAY)
    assert f"{there:%Y-%m-%d %H:%M}" in text


def test_it_is_asked_once_an_hour_and_the_newest_is_kept(owner, store):
    first = asking.ask(by=Actor.of(owner), at=NOW)
    assert asking.ask(by=Actor.of(owner), at=NOW + timedelta(minutes=59)) == first
    assert OutboxTask.objects.filter(task=asking.TASK).count() == 1
    asking.find(first.pk, NOW)
    second = asking.ask(by=Actor.of(owner), at=NOW + timedelta(hours=1))
    assert SharingTrial.objects.count() == 2  # until the second one is found, the first is read
    asking.find(second.pk, NOW + timedelta(hours=1))
    assert SharingTrial.objects.get() == second


def test_the_worker_finds_it_once_and_it_stays(owner, store):
    registered(store, at=START)
    shown = found(owner)
    kept = (shown.trial.finished_at, shown.trial.found)
    registered(store, at=START + DAY)
    asking.find(shown.trial.pk, NOW + DAY)
    again = SharingTrial.objects.get()
    assert (again.finished_at, again.found) == kept
    with pytest.raises(DatabaseError), transaction.atomic():
        SharingTrial.objects.update(lines=[])


def test_the_time_is_twelve_whole_months_and_the_one_that_runs(owner):
    made = asking.ask(by=Actor.of(owner), at=NOW)
    assert timezone.localtime(made.since).isoformat() == "2025-06-01T00:00:00+08:00"


def test_only_an_owner_asks(clerk, store):
    manager = MembershipFactory(store=store, role="store_manager")
    for post in (clerk, manager, RegionalManagerFactory()):
        with pytest.raises(SharingRefused):
            asking.ask(by=Actor.of(post), at=NOW)
    with pytest.raises(SharingRefused):
        asking.ask(by=Actor.hq(UserFactory(is_staff=True)), at=NOW)


def test_nobody_else_opens_the_page(login, clerk, store):
    for post in (clerk, MembershipFactory(store=store, role="store_manager"),
                 RegionalManagerFactory(region=store.dealer.region)):  # fmt: skip
        client = login(post)
        assert client.get(PAGE).status_code == 404
        assert client.post(PAGE).status_code == 404
    assert not SharingTrial.objects.exists()


def test_a_rival_reads_its_own_alone(login, owner, store):
    registered(store, at=START)
    found(owner)
    assert "Not asked yet" in login(OwnerFactory()).get(PAGE).text


def test_the_database_shows_it_to_the_dealers_owner_alone(owner, clerk, store):
    found(owner)
    readers = [
        Actor.of(clerk), Actor.of(OwnerFactory()),
        Actor.of(RegionalManagerFactory(region=store.dealer.region)),
        Actor.hq(UserFactory(is_staff=True)),
    ]  # fmt: skip
    for reader in readers:
        with acting(reader):
            assert not SharingTrial.objects.exists()
    with acting(Actor.of(owner)):
        assert SharingTrial.objects.count() == 1


def test_the_settings_and_the_agreement_lead_to_it(login, owner):
    assert PAGE in login(owner).get("/sharing/").text

"""The demo network: believable, the same each time, and made through the portal's own doors."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from random import Random

import pytest
from allauth.account.models import EmailAddress
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import transaction
from django.db.models import Count, F, Func, Q
from django.utils import timezone

from customers.models import (
    Activity,
    Answer,
    Customer,
    Order,
    OrderKind,
    Ownership,
    Registration,
    Rule,
    Rulebook,
    SoldBy,
)
from dealers.agreements import signing
from dealers.demo_logins import LOGINS, PASSWORD
from dealers.models import (
    AgreementAnswer,
    AgreementVersion,
    Dealer,
    Membership,
    Region,
    Role,
    Store,
    User,
)
from dealers.months import first_day, next_month
from dealers.phones import normalise
from incentives.demo import agreement, loading
from incentives.demo.network import OWNERS_DEALER, make_network
from incentives.demo.people import make_staff, mobile_numbers
from incentives.demo.trade import TZ, Trade, make_trade
from incentives.demo.week import live
from incentives.desk import today
from incentives.models import (
    CoachingNote,
    Component,
    Kind,
    Payout,
    PayoutBatch,
    PayoutState,
    PlanVersion,
    Result,
    RewardProgram,
    Run,
    Statement,
)
from incentives.payouts.batches import due
from training.models import Enrollment

SMALL = loading.Size(dealers=8, stores=16, staff=50, customers=240, months=3)
NOW = datetime(2026, 11, 17, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker):
    """The demo, loaded once for all tests of this file and taken back after the last."""
    with django_db_blocker.unblock(), transaction.atomic():
        assert loading.load(NOW, SMALL)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def demo(loaded, db):
    """The demo, and whatever a test does to it is undone."""


def tables():
    models = (Customer, Registration, Ownership, Activity, Order, Run, Statement, Enrollment, User)
    return [model.objects.count() for model in models]


def test_the_same_seed_tells_the_same_story():
    def story(seed):
        random = Random(seed)
        months = [first_day(NOW.date()), next_month(NOW.date())]
        dealers, stores = make_network(random, months[0], 8, 16)
        numbers = mobile_numbers(random)
        people = make_staff(random, numbers, stores, 50)
        trade = make_trade(
            random, numbers, stores=stores, people=people, months=months, customers=50
        )
        return dealers, stores, people, trade

    assert story(1) == story(1)
    assert story(1) != story(2)


def test_every_number_is_a_valid_mobile_number_and_none_comes_twice():
    numbers = mobile_numbers(Random(3))
    made = [next(numbers) for _n in range(2000)]
    assert [normalise(number) for number in made] == made
    assert len(set(made)) == len(made)


# The two that need an empty database come before the demo is loaded.


def test_nothing_is_loaded_outside_demo_mode(db, settings):
    settings.PORTAL_DEMO = False
    with pytest.raises(CommandError):
        call_command("load_demo")
    assert not User.objects.exists()


def test_a_network_of_ones_own_is_left_alone(db):
    Region.objects.create(code="N", name="北方")
    out = StringIO()
    call_command("load_demo", stdout=out)
    assert not Dealer.objects.exists()
    assert out.getvalue().strip()


@pytest.mark.usefixtures("demo")
def test_the_demo_has_everything_that_pages_show():
    assert (Region.objects.count(), Dealer.objects.count(), Store.objects.count()) == (6, 8, 16)
    assert User.objects.filter(is_superuser=False).count() == 50
    assert Run.objects.count() == 3
    assert Statement.objects.count() > 12
    kinds = set(Component.objects.values_list("kind", flat=True))
    assert kinds == {Kind.FLAT, Kind.PERCENT, Kind.PER_UNIT, Kind.TIERS_MARGINAL, Kind.TIERS_WHOLE}
    assert PlanVersion.objects.drafts().exists()
    assert Enrollment.objects.exists()
    sales = Order.objects.filter(kind=OrderKind.SALE)
    found = {order.sold_by for order in sales.prefetch_related("attributions")}
    assert found == set(SoldBy)
    assert Order.objects.filter(kind=OrderKind.RETURN).exists()


@pytest.mark.usefixtures("demo")
def test_rewards_were_promised_before_they_began_and_settled_once_so_far():
    for program in RewardProgram.objects.all():
        assert program.published_at.date() < program.starts_on
        assert program.settlements.get().board.starts_on == program.starts_on


@pytest.mark.usefixtures("demo")
def test_months_were_paid_by_two_people_and_the_last_one_waits():
    *paid, last = PayoutBatch.objects.order_by("month")
    assert len(paid) == 2
    for batch in paid:
        assert {batch.made_by.email, batch.approved_by.email} == {loading.HQ, loading.SECOND}
    assert (last.made_by.email, last.approved_at) == (loading.SECOND, None)
    (failed,) = Payout.objects.filter(state=PayoutState.FAILED)
    assert failed.statement.payouts.filter(batch=last).exists()
    assert due(timezone.now()).without_account


@pytest.mark.usefixtures("demo")
def test_a_plan_is_announced_and_sharing_makes_protection_longer():
    (version,) = PlanVersion.objects.published().filter(starts_on__gt=NOW)
    assert version.tested_by != version.approved_by
    assert version.replays.filter(announced=True).exists()
    assert Rulebook.objects.get().sharing_days == [0, 0, 15, 30]


@pytest.mark.usefixtures("demo")
def test_a_regional_manager_has_coached_two_stores():
    notes = CoachingNote.objects.all()
    assert [notes.count(), notes.open().count(), notes.due(NOW.date()).count()] == [3, 2, 1]


@pytest.mark.usefixtures("demo")
def test_the_demo_is_believable():
    registrations = Registration.objects.count()
    yours = Registration.objects.filter(answer=Answer.YOURS).count()
    elsewhere = Registration.objects.filter(rule=Rule.R3).count()
    assert 200 <= Customer.objects.count() <= 270
    assert 0.7 < yours / registrations < 0.98
    assert 0 < elsewhere / registrations < 0.1
    owned = Ownership.objects.aggregate(
        all=Count("pk"), sold=Count("sold_at"), contacted=Count("contacted_at")
    )
    assert 0.2 < owned["sold"] / owned["all"] < 0.7
    assert 0.4 < owned["contacted"] / owned["all"] < 0.95
    by_store = Registration.objects.values("store").annotate(count=Count("pk"))
    counts = sorted(row["count"] for row in by_store)
    assert counts[-1] > 3 * counts[0]


@pytest.mark.usefixtures("demo")
def test_the_owner_of_the_logins_has_something_to_do():
    dealer = Dealer.objects.get(code="D01")
    running = Ownership.objects.running(NOW).filter(dealer=dealer)
    assert running.filter(protected_until__lt=NOW + timedelta(days=30)).exists()
    assert running.filter(follow_up_on__lte=NOW).exists()
    assert running.exclude(staff=None).count() == running.count()
    assert Result.objects.filter(dealer=dealer).exists()
    assert dealer.access_log.exists()


@pytest.mark.usefixtures("demo")
def test_the_associate_of_the_logins_has_a_lively_week():
    post = Membership.objects.get(user__email="clerk@demo.example")
    week = Registration.objects.valid().filter(
        staff=post.user, received_at__gt=NOW - timedelta(days=7)
    )
    assert week.count() >= 12
    calls = today.calls(post, NOW, NOW.astimezone(TZ).date())
    assert 0 < calls.late < calls.waiting
    assert len(calls.first) == 4


def test_the_lively_week_leaves_the_months_before_as_they_are():
    now = datetime(2026, 11, 3, 18, tzinfo=TZ)
    trade = Trade()
    live(trade, Random(1), mobile_numbers(Random(2)), store="S1", associate="a@demo.example",
         month=first_day(now.date()), now=now)  # fmt: skip

    assert {visit.at.month for visit in trade.visits} == {11}
    assert max(visit.at for visit in trade.visits) < now


@pytest.mark.usefixtures("demo")
def test_each_login_of_the_login_page_works(client):
    for login in LOGINS:
        user = User.objects.get(email=login.email)
        assert EmailAddress.objects.filter(user=user, verified=True, primary=True).exists()
        assert client.login(email=login.email, password=PASSWORD)
    two = Membership.objects.filter(user__email="manager@demo.example")
    assert [membership.role for membership in two] == [Role.STORE_MANAGER] * 2


@pytest.mark.usefixtures("demo")
def test_the_follow_ups_keep_what_was_answered():
    late = Activity.objects.filter(
        customer__ownerships__period__contains=F("at"), registration=None
    ).count()
    assert late == Activity.objects.filter(registration=None).count()
    # Nobody else was told yes, and no sale went to nobody, while somebody's protection ran.
    unowned = Order.objects.sales().never_attributed().filter(identity__isnull=False)
    assert not unowned.filter(identity__ownerships__period__contains=F("ordered_at")).exists()
    starts = Func(F("period"), function="lower")
    taken = Ownership.objects.annotate(start=starts).filter(
        ~Q(identity__ownerships=F("pk")), identity__ownerships__period__contains=F("start")
    )
    assert not taken.exists()


@pytest.mark.usefixtures("demo")
def test_loading_again_changes_nothing(settings):
    before = tables()

    assert not loading.load(NOW + timedelta(days=40), SMALL)

    assert tables() == before


@pytest.mark.usefixtures("demo")
def test_everything_verifies():
    out = StringIO()
    call_command("verify", stdout=out)
    assert "FAILED" not in out.getvalue()


@pytest.mark.usefixtures("demo")
def test_a_newer_agreement_waits_and_most_owners_signed_the_one_in_force():
    now = timezone.now()
    agreement.sign(now)
    newer, in_force = AgreementVersion.objects.published()
    assert newer.brand_does[: len(in_force.brand_does)] == in_force.brand_does
    assert len(newer.brand_does) == len(in_force.brand_does) + 1
    signed = AgreementAnswer.objects.signed()
    assert {each.version for each in signed} == {signing.in_force(signing.today(now))}
    assert 0 < signed.count() < Dealer.objects.count()
    assert signed.filter(dealer__code=OWNERS_DEALER).exists()

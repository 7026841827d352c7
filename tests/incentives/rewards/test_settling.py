"""Rewards settled from frozen boards: once, within the budget, booked and on the next statement."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone, translation

from dealers import outbox
from dealers.actor import Actor, acting
from dealers.models import Membership, Notice, NoticeKind, OutboxTask, Store
from incentives import exit_pack, tasks, verification
from incentives.books import ledger, reconcile
from incentives.earnings.overview import month_overview
from incentives.models import (
    Account,
    Entry,
    Holder,
    Journal,
    Length,
    Metric,
    Reward,
    RewardKind,
    RewardSettlement,
    Source,
    Statement,
    Unit,
)
from incentives.payouts import owed
from incentives.rewards import computing, reading, settling
from incentives.statements import content, files
from tests.factories.customers import registered
from tests.factories.dealers import (
    DealerFactory,
    MembershipFactory,
    RegionalManagerFactory,
    RegionFactory,
    StoreFactory,
    UserFactory,
)
from tests.factories.incentives import (
    FEBRUARY,
    JANUARY,
    close_period,
    per_registration,
    published,
    unattributed,
)
from tests.factories.payouts import give_account
from tests.factories.rewards import promised
from tests.incentives.rewards.conftest import AT

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
traded = pytest.mark.usefixtures("traded")


def given() -> list[tuple]:
    rows = Reward.objects.select_related("store", "dealer").order_by("place", "pk")
    return [(row.place, (row.store or row.dealer).code, row.amount) for row in rows]


def agree() -> None:
    """Nothing differs in the books, between statements and payments, nor in what was settled."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    assert [check.key for check in reconcile.checks() if not check.holds] == []
    assert [name for name, holds, _why in verification.checks() if not holds] == []


class TestOnce:
    def test_the_first_three_are_booked_in_the_month_that_is_open(self, traded, settle):
        promised()
        assert settle() == 1

        one, two, three = traded[:3]
        assert given() == [(1, one.code, 3000), (2, two.code, 2000), (3, three.code, 1000)]
        journals = Journal.objects.filter(source=Source.REWARD)
        assert {journal.period_id for journal in journals} == {FEBRUARY}
        first = Reward.objects.get(store=one)
        journal = journals.get(key=f"reward:{first.code}")
        assert (journal.source_key, journal.effective_at) == (first.code, AT)
        booked = {e.account.holder: e.amount for e in journal.entries.select_related("account")}
        assert booked == {Holder.DEALER: 3000, Holder.REWARDS: -3000}
        agree()

    @traded
    def test_again_changes_nothing(self, settle):
        program = promised()
        settle()
        before = list(Reward.objects.order_by("pk").values())

        assert settling.settle_due(AT + timedelta(days=1)) == 0
        board = RewardSettlement.objects.get().board
        settling.settle(program, board, at=AT + timedelta(days=2))

        assert list(Reward.objects.order_by("pk").values()) == before
        assert Journal.objects.filter(source=Source.REWARD).count() == 3

    @traded
    def test_the_database_settles_a_board_once(self, settle):
        promised()
        settle()
        there = RewardSettlement.objects.get()
        there.pk = None
        with pytest.raises(IntegrityError), transaction.atomic():
            there.save(force_insert=True)
        with pytest.raises(DatabaseError), transaction.atomic():
            Reward.objects.update(amount=1)

    def test_a_late_return_changes_no_reward(self, traded, settle):
        promised()
        settle()
        before = given()
        unattributed(traded[4], "900000", date(2026, 1, 11))

        settling.settle_due(timezone.now())

        assert given() == before

    @traded
    def test_an_open_board_gives_nothing(self):
        promised()
        assert settling.settle_due(AT) == 0

    @traded
    def test_a_closing_has_the_worker_settle_it_and_without_a_program_does_not(self):
        close_period(JANUARY)
        assert not OutboxTask.objects.filter(task="incentives.tasks.settle_rewards").exists()

    @traded
    def test_a_closing_puts_the_task_down(self):
        promised()
        close_period(JANUARY)
        assert OutboxTask.objects.filter(task="incentives.tasks.settle_rewards").count() == 1

    @traded
    def test_a_time_after_the_last_one_gives_nothing(self, settle):
        program = promised()
        settle()
        close_period(FEBRUARY)
        assert settling.settle_due(datetime(2026, 3, 5, 4, tzinfo=UTC)) == 0
        later = computing.board_of(program, FEBRUARY)
        with pytest.raises(IntegrityError, match="of_a_frozen_board"), transaction.atomic():
            settling.settle(program, later, at=AT)

    @traded
    def test_one_that_fails_holds_up_no_other(self):
        broken, sound = promised(), promised(code="sound")
        close_period(JANUARY)
        with connection.cursor() as cursor:
            cursor.execute(
                "ALTER TABLE incentives_rewardsettlement"
                f" ADD CONSTRAINT broken CHECK (program_id <> {broken.pk})"
            )
        with pytest.raises(IntegrityError, match="broken"):
            settling.settle_due(AT)
        assert RewardSettlement.objects.get().program == sound

    @traded
    def test_one_that_fails_holds_up_no_other_after_a_closing(self):
        """What the closing puts down is not one transaction for all programs."""
        broken, sound = promised(), promised(code="sound")
        close_period(JANUARY)
        with connection.cursor() as cursor:
            cursor.execute(
                "ALTER TABLE incentives_rewardsettlement"
                f" ADD CONSTRAINT broken CHECK (program_id <> {broken.pk})"
            )
        row = OutboxTask.objects.get(task="incentives.tasks.settle_rewards")
        task = tasks.settle_rewards
        with pytest.raises(IntegrityError, match="broken"):
            outbox.carry_out(
                row.pk, task.run, in_steps=task.in_steps, most_tries=12, now=timezone.now
            )
        assert RewardSettlement.objects.get().program == sound

    def test_a_program_of_two_months_is_settled_twice(self, traded, settle):
        promised(periods=2)
        settle()
        for n, store in enumerate(traded):
            unattributed(store, str(100 + n), date(2026, 2, 3))
        close_period(FEBRUARY)

        assert settling.settle_due(datetime(2026, 3, 5, 4, tzinfo=UTC)) == 1
        assert Reward.objects.count() == 6


class TestBudget:
    @traded
    def test_what_would_be_more_is_shared_within_it_and_said(self, settle):
        promised(budget=Decimal(1000))
        settle()

        amounts = [amount for _place, _code, amount in given()]
        assert amounts == [Decimal(500), Decimal("333.33"), Decimal("166.67")]
        reward = Reward.objects.get(place=2)
        assert "of CNY\u00a02,000.00 it is CNY\u00a0333.33, in proportion" in reading.why(reward)
        agree()

    def test_a_figure_of_nothing_wins_nothing(self, stores, settle):
        for store, amount in zip(stores, ("500", "300", "0", "0", "0"), strict=True):
            unattributed(store, amount, date(2026, 1, 10))
        promised()
        settle()
        assert [(p, a) for p, _c, a in given()] == [(1, 3000), (2, 2000)]

    def test_two_firsts_share_what_the_first_and_the_second_have(self, stores, settle):
        for store, amount in zip(stores, ("500", "500", "300", "200", "100"), strict=True):
            unattributed(store, amount, date(2026, 1, 10))
        promised()
        settle()

        assert [(p, a) for p, _c, a in given()] == [(1, 2500), (1, 2500), (3, 1000)]
        assert "2 share this place" in reading.why(Reward.objects.filter(place=1).first())

    @traded
    def test_the_database_gives_no_more_than_the_budget(self):
        program = promised(budget=Decimal(1000))
        close_period(JANUARY)
        board = computing.board_of(program, program.starts_on)
        with pytest.raises(IntegrityError), transaction.atomic():
            RewardSettlement.objects.create(
                program=program, board=board, full=1001, total=1001, currency="CNY",
                alone_up_to=1, settled_at=AT,
            )  # fmt: skip


class TestStatement:
    def test_it_is_a_line_of_its_own_on_the_next_statement(self, traded, settle):
        promised()
        settle()
        dealer = traded[0].dealer
        registered(traded[0], at=datetime(2026, 2, 5, 1, tzinfo=UTC))

        month = month_overview(dealer, FEBRUARY, AT)
        assert [(each.kind, each.amount) for each in month.adjustments] == [("reward", 3000)]
        assert month.adjusted_name == "Rewards"

        run = close_period(FEBRUARY)
        statement = Statement.objects.get(run=run, dealer=dealer)
        assert (statement.total, statement.adjusted, statement.payable) == (3001, 3000, 3001)
        line = content.read(statement).adjustments[0]
        assert line.reason == (
            "Stars of sales, January 2026: Place 1 of 5 by “Net sales”: CNY\u00a050,000.00."
        )
        assert any(row[1] == "reward" and row[-1] == 3000 for row in files.csv_rows(statement))
        agree()

    @traded
    def test_the_statement_of_the_month_itself_stays_as_it_was(self, settle):
        promised()
        settle()
        assert not Statement.objects.filter(adjusted__gt=0).exists()

    def test_the_account_of_a_dealer_is_needed_until_it_is_on_a_statement(self, traded, settle):
        promised()
        first, last = traded[0].dealer, traded[4].dealer
        for dealer in (first, last):
            give_account(dealer.memberships.get(role="owner"))
        settle()
        assert owed.account_is_needed(first.pk, AT)
        assert not owed.account_is_needed(last.pk, AT)

    def test_and_while_a_board_of_its_days_is_not_settled(self, traded):
        stays, left = traded[0].dealer, traded[4].dealer
        for dealer in (stays, left):
            give_account(dealer.memberships.get(role="owner"))
        close_period(JANUARY)
        at = datetime(2026, 2, 10, 4, tzinfo=UTC)
        Store.objects.filter(dealer=left).update(closed_at=datetime(2026, 1, 31, 4, tzinfo=UTC))
        promised(starts_on=FEBRUARY)
        assert owed.account_is_needed(stays.pk, at)
        assert not owed.account_is_needed(left.pk, at)
        assert not owed.account_is_needed(stays.pk, datetime(2026, 1, 31, 4, tzinfo=UTC))

    def test_a_week_that_was_never_frozen_keeps_no_account(self, traded):
        dealer = traded[0].dealer
        give_account(dealer.memberships.get(role="owner"))
        close_period(JANUARY)
        promised(length=Length.WEEK, starts_on=date(2026, 1, 5))
        assert owed.account_is_needed(dealer.pk, datetime(2026, 2, 15, 4, tzinfo=UTC))
        assert not owed.account_is_needed(dealer.pk, datetime(2026, 2, 18, 4, tzinfo=UTC))

    def test_nor_does_a_month_before_the_first_that_was_closed(self, traded):
        dealer = traded[0].dealer
        give_account(dealer.memberships.get(role="owner"))
        promised(starts_on=date(2025, 12, 1))
        close_period(JANUARY)
        assert not owed.account_is_needed(dealer.pk, AT)

    def test_the_pack_of_a_dealer_has_it_before_its_statement(self, traded, settle):
        promised()
        settle()
        dealer = traded[0].dealer
        by = Actor.of(dealer.memberships.get(role="owner"))
        (part,) = [each for each in exit_pack.TABLES if each.name == "adjustments"]
        with acting(by):
            (row,) = part.rows(dealer.pk, by)
        found = dict(zip([column.name for column in part.columns], row, strict=True))
        assert found["adjustment"] == Reward.objects.get(store=traded[0]).code
        assert (found["statement"], found["amount"]) == ("", 3000)

    @traded
    def test_in_chinese(self, settle):
        promised()
        settle()
        with translation.override("zh-hans"):
            assert "第 1 名" in reading.line(Reward.objects.get(place=1))


class TestWhose:
    def test_a_persons_is_booked_on_their_own_account(self, stores, settle):
        posts = [MembershipFactory(role="associate", store=store) for store in stores]
        for n, post in enumerate(posts):
            for _each in range(5 - n):
                registered(post.store, staff=post.user, at=datetime(2026, 1, 9, 2, tzinfo=UTC))
        promised(metric=Metric.REGISTRATIONS, unit=Unit.STAFF, amounts=[Decimal(300)],
                 budget=Decimal(300), places=1)  # fmt: skip
        settle()

        reward = Reward.objects.get()
        assert (reward.person, reward.dealer) == (posts[0].user, stores[0].dealer)
        account = Account.objects.get(holder=Holder.PERSON, person=posts[0].user)
        assert Entry.objects.get(account=account).amount == 300
        owed_to_people = next(each for each in reconcile.checks() if each.key == "people")
        assert (owed_to_people.figure, owed_to_people.expected) == (300, 300)
        close_period(FEBRUARY)
        assert not Statement.objects.filter(adjusted__gt=0).exists()
        owner = stores[0].dealer.memberships.get(role="owner")
        for post in (posts[0], owner):
            with acting(Actor.of(post)):
                assert reading.read(reading.of_post(post))[0].state == reading.State.BOOKED
        assert not reading.of_post(posts[1]).exists()
        agree()

    def test_whose_post_has_ended_since_keeps_what_was_won(self, stores, settle):
        posts = [MembershipFactory(role="associate", store=store) for store in stores]
        for n, post in enumerate(posts):
            for _each in range(5 - n):
                registered(post.store, staff=post.user, at=datetime(2026, 1, 9, 2, tzinfo=UTC))
        promised(metric=Metric.REGISTRATIONS, unit=Unit.STAFF, amounts=[Decimal(300)],
                 budget=Decimal(300), places=1)  # fmt: skip
        Membership.objects.filter(pk=posts[0].pk).update(ends_at=datetime(2026, 2, 1, tzinfo=UTC))
        settle()

        assert Reward.objects.get().person == posts[0].user
        elsewhere = MembershipFactory(
            user=posts[0].user, store=stores[4], starts_at=datetime(2026, 2, 1, tzinfo=UTC)
        )
        with acting(Actor.of(elsewhere)):
            assert reading.read(reading.of_post(elsewhere))[0].state == reading.State.BOOKED
        agree()

    def test_of_a_dealer_that_has_closed_it_is_on_its_next_statement(self, traded, settle):
        dealer = traded[0].dealer
        promised()
        Store.objects.filter(dealer=dealer).update(closed_at=datetime(2026, 2, 3, tzinfo=UTC))
        settle()
        run = close_period(FEBRUARY)

        statement = Statement.objects.get(run=run, dealer=dealer)
        assert (statement.adjusted, statement.payable) == (3000, 3000)
        agree()

    @traded
    def test_a_badge_alone_books_nothing(self, settle):
        promised(amounts=[], budget=Decimal(0))
        settle()
        assert Reward.objects.count() == 3
        assert not Journal.objects.filter(source=Source.REWARD).exists()
        agree()

    @traded
    def test_a_place_without_an_amount_gives_nothing_where_there_is_no_badge(self, settle):
        promised(places=5, badge="", badge_en="")
        settle()
        assert [place for place, _code, _amount in given()] == [1, 2, 3]

    def test_everybody_who_reaches_a_figure(self, traded, settle):
        promised(kind=RewardKind.THRESHOLD, places=None, goal=Decimal(30_000),
                 amounts=[Decimal(100)], budget=Decimal(1000))  # fmt: skip
        settle()
        assert {code for _p, code, _a in given()} == {store.code for store in traded[:3]}

    def test_the_first_dealers_to_reach_a_figure(self, stores, settle):
        days = {0: [(2, "60"), (20, "60")], 1: [(3, "100")], 2: [(1, "99")], 3: [(8, "400")]}
        for n, sales in days.items():
            for day, amount in sales:
                unattributed(stores[n], amount, date(2026, 1, day))
        promised(kind=RewardKind.FIRST, unit=Unit.DEALER, places=2, goal=Decimal(100),
                 amounts=[Decimal(500), Decimal(200)], budget=Decimal(700))  # fmt: skip
        settle()

        assert given() == [
            (1, stores[1].dealer.code, 500), (2, stores[3].dealer.code, 200),
        ]  # fmt: skip
        said = reading.why(Reward.objects.get(place=1))
        assert said.startswith("No. 1 to reach CNY\u00a0100.00 by “Net sales”: on ")
        assert "3" in said

    def test_managers_of_a_region_share_what_its_lift_gives(self):
        regions = RegionFactory.create_batch(3)
        stores = [StoreFactory(dealer=DealerFactory(region=region)) for region in regions]
        published(per_registration("1.00"))
        # 100 to 130 against 200 to 220 and 300 to 330: a lift of 20 points.
        for store, before, now in zip(stores, (100, 200, 300), (130, 220, 330), strict=True):
            unattributed(store, str(before), JANUARY)
            unattributed(store, str(now), FEBRUARY)
        managers = [RegionalManagerFactory(region=regions[0]) for _each in range(2)]
        RegionalManagerFactory(region=regions[1])
        promised(kind=RewardKind.LIFT, unit=Unit.REGION, places=None, goal=Decimal(20), least=1,
                 starts_on=FEBRUARY, amounts=[Decimal("801.01")], budget=Decimal(5000))  # fmt: skip
        close_period(JANUARY)
        close_period(FEBRUARY)

        settling.settle_due(datetime(2026, 3, 5, 4, tzinfo=UTC))

        found = Reward.objects.order_by("pk")
        assert [(each.person, each.amount) for each in found] == [
            (managers[0].user, Decimal("400.51")), (managers[1].user, Decimal("400.50")),
        ]  # fmt: skip
        assert "grew 20 points more than that of all others together" in reading.why(found[0])
        with acting(Actor.of(managers[0])):
            (mine,) = reading.read(reading.of_post(managers[0]))
        assert mine.state == reading.State.BOOKED
        agree()


class TestTold:
    @traded
    def test_whoever_gets_something_is_told_once(self, settle):
        promised()
        Notice.objects.all().delete()
        settle()
        settling.settle_due(AT)

        told = Notice.objects.filter(kind=NoticeKind.REWARD)
        assert told.count() == 3
        assert "A board gave you a reward" in told.first().title


def test_the_books_refuse_a_reward_of_another_amount(traded, settle):
    promised()
    close_period(JANUARY)
    owed = Account.objects.get(holder=Holder.DEALER, dealer=traded[0].dealer)
    cost = Account.objects.get_or_create(kind="expense", holder=Holder.REWARDS, currency="CNY")[0]
    made = ledger.Booking(
        "reward:R-NOTHING",
        [(owed, Decimal(5)), (cost, Decimal(-5))],
        Source.REWARD,
        "R-NOTHING",
        AT,
    )
    with pytest.raises(IntegrityError, match="entry_of_a_reward_as_settled"), transaction.atomic():
        ledger.post(made, by=Actor.hq(UserFactory(is_staff=True)), at=AT)

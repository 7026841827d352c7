"""Payments in parts on their way to the bank and back, and each line with its own."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from dealers.actor import Actor
from incentives.earnings.states import State, state_of
from incentives.models import Line, Payout, PayoutState, Statement
from incentives.payouts import batches, left, progress
from incentives.payouts.batches import BatchRefused
from incentives.statements import release
from tests.factories.dealers import UserFactory
from tests.factories.disputes import dispute_of
from tests.factories.incentives import (
    FEBRUARY,
    JANUARY,
    MARCH,
    close_period,
    give_back,
    sale,
)
from tests.factories.parts import LARGE, SMALL, agree, at, decided, disputed, paid, paid_all
from tests.factories.payouts import answered, approved, give_account, today

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


class TestBank:
    def test_a_batch_that_nobody_approved_leaves_out_what_came_into_dispute_since(
        self, run, owner, large, first, second
    ):
        release.release(run, by=second, at=at())
        batch = batches.make(by=first, at=at())
        disputed(owner, large)

        with pytest.raises(BatchRefused, match="came into dispute"):
            batches.approve(batch, by=second, at=at())
        batch.approved_by, batch.approved_at = second.person, at()
        with pytest.raises(IntegrityError, match="without_what_is_held"), transaction.atomic():
            batch.save()

        batches.withdraw(batch, by=first, at=at())
        assert paid(first, second) == SMALL
        agree()

    def test_what_came_back_and_is_disputed_then_waits(  # noqa: PLR0917
        self, run, owner, large, first, second, decides, tmp_path
    ):
        paid_all(run, first, second)
        reference = Payout.objects.get().reference
        answered(tmp_path, first, f"{reference},failed,{today()},户名不符")
        dispute = disputed(owner, large)

        assert paid(first, second) == SMALL
        decided(dispute, decides, "refused")
        assert paid(first, second) == LARGE
        agree()

    def test_a_part_that_came_back_comes_again(  # noqa: PLR0917
        self, run, owner, large, first, second, decides, tmp_path
    ):
        release.release(run, by=second, at=at())
        dispute = disputed(owner, large)
        paid(first, second)
        reference = Payout.objects.get().reference
        answered(tmp_path, first, f"{reference},failed,{today()},户名不符")
        decided(dispute, decides, "refused")

        assert paid(first, second) == SMALL + LARGE
        agree()

    def test_disputed_after_it_was_paid_nothing_waits(self, run, statement, owner, large, first):
        second = Actor.hq(UserFactory(is_staff=True))
        paid_all(run, first, second)

        disputed(owner, large)

        found = left.of_one(statement, at())
        assert (found.held, found.due, found.taken) == (0, 0, SMALL + LARGE)
        agree()

    def test_never_more_than_the_statement_says_however_it_is_tried(
        self, run, owner, large, first, second
    ):
        release.release(run, by=second, at=at())
        disputed(owner, large)
        batch = batches.make(by=first, at=at())
        row = Payout.objects.values().get()

        for amount in ("0.01", "30.00", "36.00"):
            with pytest.raises(IntegrityError, match="approved_statement"), transaction.atomic():
                Payout.objects.create(
                    **row | {"id": None, "reference": amount, "amount": Decimal(amount)}
                )
        assert batch.payouts.get().amount == SMALL

    def test_a_carried_debt_leaves_less_to_wait(self, customer, owner, first, second):
        """What waits is never more than what is to be paid."""
        give_account(owner)
        sold = sale(customer, "1000.00", date(2026, 1, 10))
        approved(close_period(JANUARY), first, second)
        give_back(sold, "1000.00", date(2026, 2, 1))
        close_period(FEBRUARY)
        sale(customer, "2000.00", date(2026, 3, 10))
        march = close_period(MARCH)
        statement = march.statements.get()
        release.release(march, by=second, at=timezone.now())

        line = Line.objects.get(result__run=march, amount=60)
        dispute_of(owner, timezone.now(), line=line, files=0)

        found = left.of_one(statement, timezone.now())
        assert (found.payable, found.held, found.due) == (30, 30, 0)
        agree()


class TestClawback:
    def test_a_disputed_line_that_is_returned_meanwhile_comes_out_even(  # noqa: PLR0917
        self, run, owner, customer, large, first, second, decides
    ):
        """It was not paid; what takes it back is netted with what it still gets."""
        release.release(run, by=second, at=at())
        dispute = disputed(owner, large, expected="33.00")
        assert paid(first, second) == SMALL
        give_back(large.order, "1000.00", date(2026, 2, 3))
        sale(customer, "3000.00", date(2026, 2, 10))
        february = close_period(FEBRUARY)
        release.release(february, by=second, at=timezone.now())

        decided(dispute, decides, "refused")
        paid(first, second)

        found = Statement.objects.order_by("run__month").last()
        earned = SMALL + LARGE + 90 - 30
        done = sum(Payout.objects.values_list("amount", flat=True))
        assert done + found.closing == earned
        agree()


class TestStates:
    def test_each_line_is_paid_with_the_payment_that_brought_it(  # noqa: PLR0917
        self, run, owner, large, small, first, second, decides, tmp_path
    ):
        def states():
            way = progress.of_statement(owner.dealer, run, at())
            found = []
            for line in (small, large):
                shown = type("Shown", (), {
                    "component": line.result.component, "order_id": line.order_id,
                    "registration_id": None, "reversed_at": None, "closed_gate": "",
                })  # fmt: skip
                found.append(state_of(shown, run, progress=way).state)
            return found, way

        release.release(run, by=second, at=at())
        dispute = disputed(owner, large)
        paid(first, second)
        answered(tmp_path, first, f"{Payout.objects.get().reference},paid,{today()},")

        found, way = states()
        assert found == [State.PAID, State.HELD]
        assert ([each.amount for each in way.arrived], way.left.due) == ([SMALL], 0)

        decided(dispute, decides, "refused")
        found, way = states()
        assert found == [State.PAID, State.APPROVED]
        assert (way.left.held, way.left.due) == (0, LARGE)

        paid(first, second)
        reference = Payout.objects.get(state=PayoutState.WAITING).reference
        answered(tmp_path, first, f"{reference},paid,{today()},")
        found, way = states()
        assert found == [State.PAID, State.PAID]
        assert [each.amount for each in way.arrived] == [SMALL, LARGE]


@pytest.mark.django_db(transaction=True)
def test_a_dispute_waits_for_a_batch_that_is_being_made(run, owner, large, first, second):
    """Or the batch would pay what came into dispute while it was made."""
    release.release(run, by=second, at=at())

    def dispute():
        try:
            return disputed(owner, large)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic():
            batch = batches.make(by=first, at=at())
            waiting = pool.submit(dispute)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=1)
        waiting.result(timeout=20)

    with pytest.raises(BatchRefused, match="came into dispute"):
        batches.approve(batch, by=second, at=at())

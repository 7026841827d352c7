"""A line in dispute waits, the rest of its statement does not, and nothing comes twice."""

from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone

from dealers.actor import Actor
from incentives.disputes import deciding, opening
from incentives.disputes.deciding import Decision
from incentives.models import Payout
from incentives.payouts import batches, left, progress
from incentives.payouts.batches import BatchRefused
from incentives.statements import release
from tests.factories.disputes import dispute_of
from tests.factories.incentives import (
    FEBRUARY,
    close_period,
    sale,
)
from tests.factories.parts import LARGE, SMALL, agree, at, decided, disputed, due, paid
from tests.factories.payouts import answered, today

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


def key(line):
    """How a line is found among payments."""
    return line.result.component_id, line.order_id


class TestHeld:
    def test_opened_between_approval_and_batch_it_waits_and_the_rest_is_paid(
        self, run, owner, large, first, second
    ):
        release.release(run, by=second, at=at())
        disputed(owner, large)

        found = batches.due(at())

        assert ([part.amount for part in found.payable], found.disputed) == ([SMALL], LARGE)
        assert paid(first, second) == SMALL
        with pytest.raises(BatchRefused, match="Nothing is due"):
            batches.make(by=first, at=at())
        agree()

    def test_all_of_it_in_dispute_pays_nothing(self, run, owner, large, small, second):
        release.release(run, by=second, at=at())
        disputed(owner, large)
        disputed(owner, small)

        found = batches.due(at())

        assert (found.payable, found.without_account, found.disputed) == ([], [], SMALL + LARGE)

    def test_the_line_stays_and_comes_with_the_next_batch(  # noqa: PLR0917
        self, run, owner, large, first, second, decides
    ):
        release.release(run, by=second, at=at())
        dispute = disputed(owner, large, expected="40.00")
        assert paid(first, second) == SMALL

        decided(dispute, decides, "refused")

        assert paid(first, second) == LARGE
        agree()

    def test_what_is_decided_for_the_dealer_comes_on_top_with_the_open_month(  # noqa: PLR0917
        self, run, owner, customer, large, first, second, decides
    ):
        release.release(run, by=second, at=at())
        dispute = disputed(owner, large, expected="40.00")
        decided(dispute, decides, "partial", "4.00")
        assert due() == SMALL + LARGE
        sale(customer, "100.00", date(2026, 2, 10))

        later = close_period(FEBRUARY)

        statement = later.statements.get()
        assert (statement.total, statement.adjusted, statement.payable) == (7, 4, 7)
        release.release(later, by=second, at=timezone.now())
        assert paid(first, second) == SMALL + LARGE + 7
        agree()

    def test_declined_by_the_second_person_it_still_waits(  # noqa: PLR0917
        self, run, owner, large, second, decides, other
    ):
        release.release(run, by=second, at=at())
        dispute = disputed(owner, large, expected="6030.00")
        ruling = decided(dispute, decides, "upheld", "6000.00")
        assert due() == SMALL

        deciding.decline(ruling.adjustment, reason="No receipt", by=other, at=at())

        assert due() == SMALL
        decided(dispute, decides, "refused")
        assert due() == SMALL + LARGE

    def test_opened_once_more_it_waits_again(self, run, owner, large, second, decides):
        release.release(run, by=second, at=at())
        dispute = disputed(owner, large)
        decided(dispute, decides, "refused")
        deciding.reopen(dispute, "Again", [], by=Actor.of(owner), at=at())

        assert due() == SMALL

    def test_what_was_paid_of_it_does_not_wait_and_nothing_else_does_for_it(  # noqa: PLR0917
        self, run, statement, owner, large, small, first, second, decides
    ):
        """The large line was paid while the small one waited: its dispute holds nothing of that."""
        release.release(run, by=second, at=at())
        dispute = disputed(owner, small)
        assert paid(first, second) == LARGE
        decided(dispute, decides, "refused")
        assert opening.would_hold(large, statement, at()) == 0

        other = disputed(owner, large)

        found = left.of_one(statement, at())
        assert (found.held, found.due) == (0, SMALL)
        assert found.of_dispute(other.pk).held == 0
        assert paid(first, second) == SMALL
        agree()

    def test_what_came_back_of_the_bank_waits_although_it_was_paid_before(  # noqa: PLR0917
        self, run, statement, owner, large, small, first, second, decides, tmp_path
    ):
        release.release(run, by=second, at=at())
        dispute = disputed(owner, small)
        paid(first, second)
        decided(dispute, decides, "refused")
        disputed(owner, large)
        reference = Payout.objects.get().reference
        answered(tmp_path, first, f"{reference},failed,{today()},户名不符")

        assert left.of_one(statement, at()).held == LARGE
        assert paid(first, second) == SMALL
        agree()

    def test_opened_once_more_after_it_was_paid_nothing_waits(  # noqa: PLR0917
        self, run, statement, owner, large, small, first, second, decides
    ):
        release.release(run, by=second, at=at())
        dispute, open_one = disputed(owner, large), disputed(owner, small)
        decided(dispute, decides, "refused")
        assert paid(first, second) == LARGE
        decided(open_one, decides, "refused")
        deciding.reopen(dispute, "Again", [], by=Actor.of(owner), at=at())

        found = left.of_one(statement, at())
        assert (found.held, found.due) == (0, SMALL)
        assert paid(first, second) == SMALL
        agree()

    def test_what_a_batch_brought_that_came_first_is_paid_though_somebody_asked_before(  # noqa: PLR0917
        self, run, owner, large, small, first, second, decides
    ):
        """It was made between the moment that the dealer asked at and its turn."""
        release.release(run, by=second, at=at())
        again = disputed(owner, small)
        decided(again, decides, "refused")
        asked = at()
        assert paid(first, second) == SMALL + LARGE

        dispute_of(owner, asked, line=large, files=0)
        deciding.reopen(again, "Again", [], by=Actor.of(owner), at=asked)

        way = progress.of_statement(owner.dealer, run, at())
        payment = Payout.objects.get()
        assert [way.payment_of(key(line)) for line in (small, large)] == [payment, payment]
        agree()

    @pytest.mark.parametrize("given", ["4.00", "6000.00"])
    def test_what_a_batch_left_out_is_not_paid_though_somebody_decided_before(  # noqa: PLR0917
        self, run, owner, large, first, second, decides, other, given
    ):
        """It was made between the moment that somebody decided at and the decision's turn."""
        release.release(run, by=second, at=at())
        dispute = disputed(owner, large)
        decision, asked = Decision("partial", "Looked at", Decimal(given)), at()
        assert paid(first, second) == SMALL

        ruling = deciding.decide(dispute, decision, by=decides, at=asked)
        if ruling.adjustment.needs_two:
            deciding.approve(ruling.adjustment, by=other, at=asked)

        assert progress.of_statement(owner.dealer, run, at()).payment_of(key(large)) is None
        assert paid(first, second) == LARGE
        way = progress.of_statement(owner.dealer, run, at())
        assert way.payment_of(key(large)) == Payout.objects.get(amount=LARGE)
        agree()

    def test_opened_once_more_what_was_taken_off_does_not_wait_again(  # noqa: PLR0917
        self, run, statement, owner, large, first, second, decides
    ):
        release.release(run, by=second, at=at())
        dispute = disputed(owner, large, expected="12.00")
        assert decided(dispute, decides, "partial", "-10.00").withheld == 10
        deciding.reopen(dispute, "Again", [], by=Actor.of(owner), at=at())

        found = left.of_one(statement, at())
        assert (found.held, found.never, found.due) == (20, 10, SMALL)
        assert paid(first, second) == SMALL
        agree()

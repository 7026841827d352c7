"""A line in dispute waits, the rest of its statement does not, and nothing comes twice."""

from datetime import date

import pytest
from django.utils import timezone

from dealers.actor import Actor
from incentives.disputes import deciding
from incentives.payouts import batches
from incentives.payouts.batches import BatchRefused
from incentives.statements import release
from tests.factories.incentives import (
    FEBRUARY,
    close_period,
    sale,
)
from tests.factories.parts import LARGE, SMALL, agree, at, decided, disputed, due, paid

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


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

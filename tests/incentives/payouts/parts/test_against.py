"""What a decision takes off a line that waited is never paid, and taken off once."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from dealers.actor import Actor
from incentives.disputes import deciding
from incentives.disputes.deadlines import DisputeRefused
from incentives.disputes.deciding import Decision
from incentives.models import Line
from incentives.payouts import left, progress
from incentives.statements import release
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
from tests.factories.payouts import approved, give_account

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


class TestAgainst:
    def test_what_is_taken_off_while_it_waited_is_never_paid_and_taken_off_once(  # noqa: PLR0917
        self, run, statement, owner, customer, large, first, second, decides
    ):
        release.release(run, by=second, at=at())
        dispute = disputed(owner, large, kind="not_mine")

        ruling = decided(dispute, decides, "upheld", "-30.00")

        assert ruling.withheld == LARGE
        assert paid(first, second) == SMALL
        assert left.of_one(statement, at()).never == LARGE
        sale(customer, "100.00", date(2026, 2, 10))
        later = close_period(FEBRUARY)
        february = later.statements.get()
        assert (february.total, february.set_off, february.payable) == (-27, 30, 3)
        release.release(later, by=second, at=timezone.now())
        assert paid(first, second) == 3
        way = progress.of_statement(owner.dealer, run, at())
        assert not way.arrived  # the bank has not answered
        agree()

    def test_decisions_that_wait_for_a_second_person_share_one_rest(
        self, customer, owner, first, second, decides
    ):
        """Of a statement that a debt left less of than its lines have, nothing is taken twice."""
        give_account(owner)
        sold = sale(customer, "240000.00", date(2026, 1, 10))
        approved(close_period(JANUARY), first, second)
        give_back(sold, "240000.00", date(2026, 2, 1))
        close_period(FEBRUARY)
        sale(customer, "220000.00", date(2026, 3, 10))
        sale(customer, "220001.00", date(2026, 3, 11))
        march = close_period(MARCH)
        statement = march.statements.get()
        release.release(march, by=second, at=timezone.now())
        lines = Line.objects.filter(result__run=march).order_by("pk")
        disputes = [
            dispute_of(owner, timezone.now(), line=line, files=0, kind="not_mine") for line in lines
        ]
        payable = left.of_one(statement, timezone.now()).payable

        withheld = []
        for each in disputes:
            decision = Decision("upheld", "Looked at", -each.line.amount)
            ruling = deciding.decide(each, decision, by=decides, at=timezone.now())
            assert ruling.adjustment.needs_two
            withheld.append(ruling.withheld)

        assert sum(withheld) <= payable < sum(line.amount for line in lines)

    def test_a_part_of_it_is_never_paid_and_the_rest_comes(  # noqa: PLR0917
        self, run, owner, large, first, second, decides
    ):
        release.release(run, by=second, at=at())
        dispute = disputed(owner, large, expected="12.00")

        decided(dispute, decides, "upheld", "-18.00")

        assert paid(first, second) == SMALL + 12
        close_period(FEBRUARY)
        agree()

    def test_paid_before_it_is_taken_off_the_next_statement(  # noqa: PLR0917
        self, run, owner, large, first, second, decides
    ):
        paid_all(run, first, second)
        dispute = disputed(owner, large, kind="not_mine")

        ruling = decided(dispute, decides, "upheld", "-30.00")

        assert ruling.withheld == 0
        february = close_period(FEBRUARY).statements.get()
        assert (february.set_off, february.closing) == (0, -30)
        agree()

    def test_what_is_never_paid_can_be_booked_back(  # noqa: PLR0917
        self, run, owner, large, first, second, decides
    ):
        """The other way round, as an adjustment of its own: the sum of all is right."""
        release.release(run, by=second, at=at())
        dispute = disputed(owner, large, kind="not_mine")
        decided(dispute, decides, "upheld", "-30.00")
        assert paid(first, second) == SMALL
        close_period(FEBRUARY)
        deciding.reopen(dispute, "Ours after all", [], by=Actor.of(owner), at=at())

        with pytest.raises(DisputeRefused, match="gave all that the dealer asks for"):
            decided(dispute, first, "partial", "30.00")

        agree()

    def test_the_database_withholds_no_more_than_there_is(  # noqa: PLR0917
        self, run, owner, large, first, second, decides
    ):
        paid_all(run, first, second)
        dispute = disputed(owner, large, kind="not_mine")
        ruling = decided(dispute, decides, "upheld", "-30.00")
        deciding.reopen(dispute, "Again", [], by=Actor.of(owner), at=at())

        ruling.pk, ruling.number, ruling.instance, ruling.withheld = None, 2, 2, Decimal(1)
        ruling.by, ruling._state.adding = second.person, True
        with pytest.raises(IntegrityError, match="withholds_what_can_be"), transaction.atomic():
            ruling.save(force_insert=True)

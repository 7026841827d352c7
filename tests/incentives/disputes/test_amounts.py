"""What a decision may give: once, never more than is asked for, and nothing off by surprise."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from dealers.actor import Actor
from incentives.books import adjustments
from incentives.disputes import deadlines, deciding, opening
from incentives.disputes.deadlines import DisputeRefused
from incentives.disputes.deciding import Decision
from incentives.models import Adjustment, Dispute, DisputeRuling, Journal, Line
from incentives.statements import release
from tests.factories.dealers import UserFactory
from tests.factories.disputes import dispute_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

DAY = timedelta(days=1)


def decided(dispute, by, at, outcome, amount=None):
    decision = Decision(outcome, "Looked at", None if amount is None else Decimal(amount))
    return deciding.decide(dispute, decision, by=by, at=at)


def again(dispute, owner, at):
    deciding.reopen(dispute, "Look again", [], by=Actor.of(owner), at=at)


class TestOnce:
    def test_a_second_decision_gives_the_rest_and_never_the_first_again(
        self, owner, now, large, decides, other
    ):
        made = dispute_of(owner, now, line=large, expected="650.00")
        decided(made, decides, now, "partial", "20.00")
        again(made, owner, now)

        with pytest.raises(DisputeRefused, match=r"The dealer asks for 30\.00"):
            decided(made, other, now, "upheld", "50.00")
        decided(made, other, now, "upheld", "30.00")

        assert deciding.given(made) == 50
        assert sum(Adjustment.objects.values_list("amount", flat=True)) == 50

    def test_all_given_there_is_nothing_more_to_give(self, owner, now, large, decides, other):
        made = dispute_of(owner, now, line=large, expected="650.00")
        decided(made, decides, now, "upheld", "50.00")
        again(made, owner, now)

        for outcome in ("upheld", "partial"):
            with pytest.raises(DisputeRefused, match="gave all that the dealer asks for"):
                decided(made, other, now, outcome, "50.00")
        decided(made, other, now, "refused")

        assert sum(Adjustment.objects.values_list("amount", flat=True)) == 50

    def test_what_was_taken_back_since_can_be_given_again(self, owner, now, large, decides, other):
        made = dispute_of(owner, now, line=large, expected="650.00")
        ruling = decided(made, decides, now, "upheld", "50.00")
        adjustments.reverse(ruling.adjustment, reason="Typed wrong", key="x", by=decides, at=now)
        again(made, owner, now)

        decided(made, other, now, "upheld", "50.00")

        assert deciding.given(made) == 50

    def test_the_database_gives_no_more_than_is_asked_for(self, owner, now, large, decides, other):
        made = dispute_of(owner, now, line=large, expected="650.00")
        decided(made, decides, now, "upheld", "50.00")
        again(made, owner, now)
        plan = large.result.component.version.plan
        wanted = adjustments.Wanted(made.dealer, plan, Decimal(1), "Twice")
        more = adjustments.propose(wanted, key="more", by=other, at=now)

        with pytest.raises(IntegrityError, match="no_more_than_is_asked"), transaction.atomic():
            DisputeRuling.objects.create(
                dispute=made, instance=2, number=2, outcome="partial", reason="Twice",
                adjustment=more, by=other.person, at=now,
            )  # fmt: skip


class TestAmounts:
    @pytest.mark.parametrize(
        ("amount", "says"),
        [
            ("0", "other than zero"),
            ("NaN", "other than zero"),
            ("Infinity", "other than zero"),
            ("-1.00", "takes nothing off"),
            ("1.001", "no unit as small"),
            ("1e13", "too large"),
        ],
    )
    def test_without_an_amount_asked_for_it_is_one_that_can_be_given(  # noqa: PLR0917
        self, owner, now, large, decides, amount, says
    ):
        made = dispute_of(owner, now, line=large)

        with pytest.raises(DisputeRefused, match=says):
            decided(made, decides, now, "partial", amount)
        assert not Adjustment.objects.exists()

    def test_what_is_not_the_dealers_takes_off_the_line_and_no_more(
        self, owner, now, large, decides
    ):
        made = dispute_of(owner, now, line=large, kind="not_mine")

        with pytest.raises(DisputeRefused, match=r"nothing and the -600\.00"):
            decided(made, decides, now, "partial", "-600.01")
        assert decided(made, decides, now, "partial", "-200.00").withheld == 200

    def test_its_journal_is_in_the_open_month_and_the_line_stays_as_it_is(
        self, owner, now, large, decides
    ):
        made = dispute_of(owner, now, line=large, expected="650.00")

        ruling = decided(made, decides, timezone.now(), "upheld", "50.00")

        journal = Journal.objects.get(key=f"adjust:{ruling.adjustment.code}")
        assert journal.period_id > large.result.run.month
        assert Line.objects.get(pk=large.pk).amount == 600
        assert ruling.adjustment.ruling.dispute == made


class TestDeadline:
    def test_it_counts_from_the_day_the_statement_was_approved(
        self, owner, statement, large, decides
    ):
        waiting = statement.issued_at + 40 * DAY
        assert deadlines.open_until(statement) is None
        assert opening.obstacle(large, opening.statement_of(large), waiting) == ""
        release.release(statement.run, by=decides, at=waiting)

        until = deadlines.open_until(opening.statement_of(large))

        assert timezone.localdate(until - DAY / 2) == timezone.localdate(waiting + 15 * DAY)
        with pytest.raises(DisputeRefused, match="15 days after its statement was approved"):
            dispute_of(owner, until, line=large)
        assert dispute_of(owner, until - timedelta(microseconds=1), line=large)


def test_a_file_that_is_no_picture_leaves_nothing(owner, now, large):
    said = opening.Said("base", "The coupon was the brand's", None)

    for name, content in (("x.jpg", b"no picture"), ("x.pdf", b"MZ\x90"), ("x.png", b"")):
        with pytest.raises(DisputeRefused):
            opening.open_dispute(
                large, said, [SimpleUploadedFile(name, content)], by=Actor.of(owner), at=now
            )
    assert not Dispute.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_decide_at_the_same_instant_one_does(owner, now, large, decides):
    made = dispute_of(owner, now, line=large, expected="650.00", files=0)
    other = Actor.hq(UserFactory(is_staff=True, is_superuser=True))

    def decide():
        try:
            decided(made, other, now, "upheld", "50.00")
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic():
            decided(made, decides, now, "upheld", "50.00")
            waiting = pool.submit(decide)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=1)
        with pytest.raises(DisputeRefused):
            waiting.result(timeout=20)

    assert sum(Adjustment.objects.values_list("amount", flat=True)) == 50

"""Disputes: opened once a line, only it is held, decided with a reason, escalated by silence."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from customers.erasure import erase_person
from dealers import exhibits
from dealers.actor import Actor
from dealers.models import AccessLog, ForbiddenAct, Notice, RefusedAct, Role, Score
from dealers.receipts import chain
from incentives import scorecard, verification
from incentives.books import adjustments
from incentives.books.adjustments import AdjustmentRefused
from incentives.disputes import deadlines, deciding, opening, reading, showing
from incentives.disputes.deadlines import DisputeRefused
from incentives.disputes.deciding import Decision
from incentives.disputes.stages import Course, Stage
from incentives.models import (
    Adjustment,
    Dispute,
    DisputeEvent,
    DisputeExhibit,
    DisputeRuling,
    Line,
)
from incentives.payouts import left
from tests.factories.dealers import DealerFactory, MembershipFactory, UserFactory
from tests.factories.disputes import dispute_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

DAY = timedelta(days=1)


def found(dispute):
    return Dispute.objects.with_moments().select_related("line", "statement").get(pk=dispute.pk)


def stage(dispute, at) -> Stage:
    return Course.of(found(dispute), at).stage(at)


def held_of(statement, at):
    return left.of_one(statement, at).held


def told(user, sentence: str) -> int:
    return Notice.objects.filter(user=user, kind="dispute", said__contains=sentence).count()


class TestOpening:
    def test_it_has_its_deadlines_what_shows_it_and_tells_headquarters(
        self, owner, now, large, decides
    ):
        made = dispute_of(owner, now, line=large, expected="650.00", files=2)

        assert made.acknowledge_by == deadlines.acknowledge_by(now)
        assert made.decide_by == deadlines.decide_by(now)
        shown = list(made.exhibits.order_by("number"))
        assert [each.kind for each in shown] == ["text", "image", "image"]
        assert exhibits.text_of(shown[0]) == "The coupon was the brand's."
        assert exhibits.file_of(shown[1]).startswith(b"\xff\xd8")
        assert told(decides.person, "waits to be looked at") == 1

    def test_once_a_line_and_each_line_by_itself(self, owner, now, large):
        dispute_of(owner, now, line=large)

        with pytest.raises(DisputeRefused, match="disputed already"):
            dispute_of(owner, now, line=large)
        assert dispute_of(owner, now, line=Line.objects.get(amount=10))

    @pytest.mark.parametrize(
        ("fields", "says"),
        [
            ({"text": "  "}, "Write what happened"),
            ({"kind": "nothing"}, "Say what is wrong"),
            ({"expected": "600.00"}, "comes to already"),
            ({"expected": "600.001"}, "no unit as small"),
            ({"expected": "1e15"}, "too large"),
            ({"files": 6}, "At most 5 files"),
        ],
    )
    def test_what_is_refused_leaves_nothing(self, owner, now, large, fields, says):
        with pytest.raises(DisputeRefused, match=says):
            dispute_of(owner, now, line=large, **fields)
        assert not Dispute.objects.exists()
        assert not DisputeExhibit.objects.exists()

    def test_only_by_its_own_dealer(self, now, large):
        with pytest.raises(DisputeRefused, match="Only the dealer"):
            dispute_of(
                MembershipFactory(role=Role.OWNER, store=None, dealer=DealerFactory()),
                now,
                line=large,
            )

    def test_a_file_that_is_none_is_refused(self):
        with pytest.raises(DisputeRefused, match="JPEG or PNG"):
            showing.prepared([SimpleUploadedFile("x.jpg", b"no picture")])


class TestHolding:
    def test_only_the_line_is_held_until_the_decision(self, owner, statement, now, large, decides):
        made = dispute_of(owner, now, line=large)

        assert held_of(statement, now - timedelta(seconds=1)) == 0
        assert held_of(statement, now) == 600
        assert statement.payable - held_of(statement, now) == 10
        decided = now + DAY
        deciding.decide(made, Decision("refused", "The base is right"), by=decides, at=decided)
        assert held_of(statement, decided - timedelta(seconds=1)) == 600
        assert held_of(statement, decided) == 0

    def test_it_is_held_again_when_it_is_opened_once_more(
        self, owner, statement, now, large, decides
    ):
        made = dispute_of(owner, now, line=large)
        deciding.decide(made, Decision("refused", "No"), by=decides, at=now + DAY)

        deciding.reopen(made, "Look again", [], by=Actor.of(owner), at=now + 2 * DAY)

        assert held_of(statement, now + 2 * DAY) == 600


class TestDeciding:
    def test_upheld_it_is_an_adjustment_in_the_open_month(self, owner, now, large, decides):
        made = dispute_of(owner, now, line=large, expected="650.00")

        ruling = deciding.decide(
            made, Decision("upheld", "The coupon was ours", Decimal(50)), by=decides, at=now + DAY
        )

        assert ruling.adjustment.amount == 50
        assert ruling.adjustment.reason == "The coupon was ours"
        assert adjustments.is_booked(ruling.adjustment)
        assert stage(made, now + DAY) == Stage.DECIDED
        assert told(owner.user, "is decided") == 1
        assert [check for check in verification.checks() if not check[1]] == []

    def test_a_decision_that_does_not_fit_is_refused(self, owner, now, large, decides):
        made = dispute_of(owner, now, line=large, expected="650.00")

        for outcome, amount, says in (
            ("upheld", "20", "The dealer asks for"),
            ("partial", "50", "Right in part"),
            ("partial", "-1", "Right in part"),
            ("upheld", None, "Say the amount"),
            ("refused", "50", "Say the amount"),
            ("maybe", "50", "Choose a decision"),
        ):
            decision = Decision(outcome, "Why", amount and Decimal(amount))
            with pytest.raises(DisputeRefused, match=says):
                deciding.decide(made, decision, by=decides, at=now)
        assert not Adjustment.objects.exists()

    def test_without_a_reason_nothing_is_decided(self, owner, now, large, decides):
        made = dispute_of(owner, now, line=large)

        with pytest.raises(DisputeRefused, match="Write the reason"):
            deciding.decide(made, Decision("refused", " "), by=decides, at=now)

    def test_above_the_limit_it_takes_effect_with_the_second_person(  # noqa: PLR0917
        self, owner, statement, now, large, decides, other
    ):
        made = dispute_of(owner, now, line=large, expected="6600.00")
        ruling = deciding.decide(
            made, Decision("upheld", "An order was missing", Decimal(6000)), by=decides, at=now
        )

        assert stage(made, now) == Stage.RECEIVED
        assert held_of(statement, now) == 600
        assert told(owner.user, "is decided") == 0
        with pytest.raises(DisputeRefused, match="waits for a second person"):
            deciding.decide(made, Decision("refused", "No"), by=other, at=now)
        with pytest.raises(AdjustmentRefused, match="You proposed it"):
            deciding.approve(ruling.adjustment, by=decides, at=now)
        deciding.approve(ruling.adjustment, by=other, at=now + DAY)

        assert stage(made, now + DAY) == Stage.DECIDED
        assert told(owner.user, "is decided") == 1

    def test_declined_it_waits_for_a_decision_again(self, owner, now, large, decides, other):
        made = dispute_of(owner, now, line=large, expected="6600.00")
        first = deciding.decide(
            made, Decision("upheld", "Missing", Decimal(6000)), by=decides, at=now
        )
        deciding.decline(first.adjustment, reason="No receipt", by=other, at=now)

        ruling = deciding.decide(
            made, Decision("partial", "Half of it", Decimal(3000)), by=decides, at=now + DAY
        )

        assert ruling.number == 2
        assert stage(made, now + DAY) == Stage.DECIDED
        assert [check for check in verification.checks() if not check[1]] == []

    def test_once_more_by_another_person_and_never_again(self, owner, now, large, decides, other):
        made = dispute_of(owner, now, line=large)
        deciding.decide(made, Decision("refused", "No"), by=decides, at=now)
        with pytest.raises(DisputeRefused, match="decided already"):
            deciding.decide(made, Decision("refused", "No"), by=other, at=now)

        deciding.reopen(made, "Look again", [], by=Actor.of(owner), at=now + DAY)
        with pytest.raises(DisputeRefused, match="another person's turn"):
            deciding.decide(made, Decision("refused", "No"), by=decides, at=now + DAY)
        deciding.decide(made, Decision("partial", "A part", Decimal(5)), by=other, at=now + 2 * DAY)

        assert stage(made, now + 2 * DAY) == Stage.CLOSED
        with pytest.raises(DisputeRefused, match="cannot any more"):
            deciding.reopen(made, "Again", [], by=Actor.of(owner), at=now + 3 * DAY)

    def test_too_late_it_is_not_opened_once_more(self, owner, now, large, decides):
        made = dispute_of(owner, now, line=large)
        deciding.decide(made, Decision("refused", "No"), by=decides, at=now)

        with pytest.raises(DisputeRefused, match="cannot any more"):
            deciding.reopen(made, "Late", [], by=Actor.of(owner), at=deadlines.reopen_until(now))

    def test_whoever_decides_reads_it_and_the_dealer_sees_that(self, owner, now, large, decides):
        made = dispute_of(owner, now, line=large)

        clock = timezone.now()  # what is looked at is noted at the moment itself
        text, picture = reading.shown(made, by=decides, at=clock)

        assert text.text == "The coupon was the brand's."
        name, kind, content = reading.file(made, picture.exhibit.number, by=decides, at=clock)
        assert (name, kind) == (f"{made.code}-2.jpg", "image")
        assert content.startswith(b"\xff\xd8")
        assert AccessLog.objects.filter(dealer=owner.dealer, fields="evidence").count() == 2


class TestSilence:
    def test_the_job_may_come_late_twice_or_not_at_all(self, owner, now, large, decides):
        made = dispute_of(owner, now, line=large)
        late = made.decide_by + timedelta(hours=5)
        assert stage(made, late) == Stage.ESCALATED

        for _again in range(2):
            deciding.settle_all(late)

        event = DisputeEvent.objects.get(step="escalated")
        assert event.at == made.decide_by
        assert told(owner.user, "is late") == 1
        assert told(decides.person, "was not decided in time") == 1

    def test_each_working_day_it_is_asked_for_again(self, owner, now, large, decides):
        made = dispute_of(owner, now, line=large)
        for day in range(8):
            deciding.settle_all(made.decide_by + day * DAY)

        # Five or six of eight days in a row are worked, unless a holiday lies between.
        assert 3 <= told(decides.person, "was not decided in time") <= 7
        assert told(owner.user, "is late") == 1

    def test_after_a_working_day_headquarters_is_reminded(self, owner, now, large, decides):
        made = dispute_of(owner, now, line=large)
        deciding.settle_all(made.acknowledge_by - timedelta(seconds=1))
        assert told(decides.person, "Nobody has looked") == 0

        deciding.settle_all(made.acknowledge_by)

        assert told(decides.person, "Nobody has looked") == 1

    def test_whoever_begins_in_time_is_not_reminded(self, owner, now, large, decides):
        made = dispute_of(owner, now, line=large)
        deciding.acknowledge(made, by=decides, at=now)
        deciding.acknowledge(made, by=decides, at=now)
        deciding.settle_all(made.acknowledge_by)

        assert told(owner.user, "somebody checks it") == 1
        assert told(decides.person, "Nobody has looked") == 0

    def test_what_is_late_can_still_be_decided(self, owner, now, large, decides):
        made = dispute_of(owner, now, line=large)
        late = made.decide_by + 30 * DAY
        deciding.settle_all(late)

        deciding.decide(made, Decision("refused", "No"), by=decides, at=late)

        assert stage(made, late) == Stage.DECIDED
        assert deciding.settle_all(late + DAY) == 0


class TestDatabase:
    @pytest.mark.parametrize("model", [Dispute, DisputeEvent, DisputeRuling])
    def test_nothing_is_changed_or_deleted(self, owner, now, large, decides, model):
        made = dispute_of(owner, now, line=large)
        deciding.acknowledge(made, by=decides, at=now)
        deciding.decide(made, Decision("refused", "No"), by=decides, at=now)
        rows = model.objects.all()

        for change in (
            lambda: rows.update(recorded_at=now),
            lambda: rows._raw_delete("default"),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()

    def test_what_was_shown_is_not_taken_away(self, owner, now, large):
        dispute_of(owner, now, line=large)

        for change in (
            lambda: DisputeExhibit.objects.update(text_sealed=None),
            lambda: DisputeExhibit.objects.update(size=1),
            lambda: DisputeExhibit.objects.all()._raw_delete("default"),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()

    def test_a_line_of_another_dealer_is_not_disputed(self, owner, now, large):
        stranger = MembershipFactory(role=Role.OWNER, store=None, dealer=DealerFactory())
        made = dispute_of(owner, now, line=Line.objects.get(amount=10))
        made.pk, made.code, made.dealer, made.line = None, "D-2222222", stranger.dealer, large
        made._state.adding = True

        with pytest.raises(IntegrityError, match="a line of a statement"), transaction.atomic():
            made.save(force_insert=True)

    def test_the_same_person_does_not_decide_twice(self, owner, now, large, decides):
        made = dispute_of(owner, now, line=large)
        deciding.decide(made, Decision("refused", "No"), by=decides, at=now)
        deciding.reopen(made, "Again", [], by=Actor.of(owner), at=now)

        with pytest.raises(IntegrityError, match="by somebody else"), transaction.atomic():
            DisputeRuling.objects.create(
                dispute=made, instance=2, number=2, outcome="refused", reason="No",
                by=decides.person, at=now,
            )  # fmt: skip

    def test_what_is_not_decided_is_not_opened_once_more(self, owner, now, large):
        made = dispute_of(owner, now, line=large)

        with pytest.raises(IntegrityError, match="not opened once more"), transaction.atomic():
            DisputeEvent.objects.create(
                dispute=made, step="reopened", instance=2, at=now, decide_by=now, by=owner.user
            )


def test_what_was_said_of_a_person_goes_with_them(owner, now, large):
    made = dispute_of(owner, now, line=large)

    erase_person(large.order.identity, reason="asked for it", by=Actor.hq(UserFactory()), at=now)

    text, picture = made.exhibits.order_by("number")
    assert (exhibits.text_of(text), exhibits.file_of(picture)) == ("", b"")
    assert found(made).line.amount == 600


def test_about_who_was_erased_a_line_is_disputed_without_words(owner, now, large, decides):
    erase_person(large.order.identity, reason="asked for it", by=Actor.hq(UserFactory()), at=now)

    with pytest.raises(DisputeRefused, match="Leave text and files out"):
        dispute_of(owner, now, line=large)
    by = Actor.of(owner)
    made = opening.open_dispute(large, opening.Said("base", ""), [], by=by, at=now)
    deciding.decide(made, Decision("refused", "No"), by=decides, at=now)
    with pytest.raises(DisputeRefused, match="Leave text and files out"):
        deciding.reopen(made, "She said so.", [], by=by, at=now)
    deciding.reopen(made, "", [], by=by, at=now)

    kept = made.exhibits.values_list("text_sealed", "file_sealed")
    assert list(kept) == [(None, None), (None, None)]


def test_who_decides_a_second_time_is_refused_and_the_dealer_reads_it(owner, now, large, decides):
    made = dispute_of(owner, now, line=large)
    decision = Decision("refused", "The line is right.")
    deciding.decide(made, decision, by=decides, at=now + DAY)
    with pytest.raises(DisputeRefused, match="decided already"):
        deciding.decide(made, decision, by=decides, at=now + 2 * DAY)

    act = RefusedAct.objects.get()
    assert (act.act, act.dealer, act.user) == (ForbiddenAct.TWICE, owner.dealer, decides.user)
    assert made.code in act.what


def test_the_scorecard_calls_a_dispute_late_until_it_is_decided_in_time(owner, now, large, decides):
    made = dispute_of(owner, now, line=large)
    last = deadlines.last_day(made.decide_by)
    chain.append_waiting()
    waiting = scorecard.count(Score.DISPUTES_LATE, last, last)

    deciding.decide(made, Decision("refused", "The line is right."), by=decides, at=now + DAY)
    chain.append_waiting()
    decided = scorecard.count(Score.DISPUTES_LATE, last, last)

    assert (waiting.count, waiting.of) == (1, 1)
    assert (decided.count, decided.of) == (0, 1)


def test_the_scorecard_counts_a_dispute_in_the_days_of_its_last_day(owner, now, large):
    """Due by the end of a month it is of that month, though the moment is the first of the next."""
    last = deadlines.last_day(dispute_of(owner, now, line=large).decide_by)

    chain.append_waiting()
    assert scorecard.count(Score.DISPUTES_LATE, last, last).of == 1
    assert scorecard.count(Score.DISPUTES_LATE, last + DAY, last + DAY).of == 0

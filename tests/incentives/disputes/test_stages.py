"""In which stage a dispute is: by its moments and the one that is asked about, and nothing else."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from incentives.disputes.deadlines import reopen_until
from incentives.disputes.stages import Course, Stage

OPENED = datetime(2026, 2, 10, 4, tzinfo=UTC)
ACKNOWLEDGE = datetime(2026, 2, 11, 16, tzinfo=UTC)
DECIDE = datetime(2026, 2, 24, 16, tzinfo=UTC)
INSTANT, HOUR, DAY = timedelta(microseconds=1), timedelta(hours=1), timedelta(days=1)


def course(at: datetime, **moments: datetime) -> Course:
    nothing = dict.fromkeys(
        ("acknowledged_at", "ruled_at", "reopened_at", "decide_again_by", "ruled_again_at")
    )
    row = SimpleNamespace(
        opened_at=OPENED, acknowledge_by=ACKNOWLEDGE, decide_by=DECIDE, **{**nothing, **moments}
    )
    return Course.of(row, at)


def stage(at: datetime, **moments: datetime) -> Stage:
    return course(at, **moments).stage(at)


def test_silence_alone_moves_it_on():
    assert stage(OPENED) == Stage.RECEIVED
    assert not course(ACKNOWLEDGE - INSTANT).is_unnoticed(ACKNOWLEDGE - INSTANT)
    assert course(ACKNOWLEDGE).is_unnoticed(ACKNOWLEDGE)
    assert stage(DECIDE - INSTANT) == Stage.RECEIVED
    assert stage(DECIDE) == Stage.ESCALATED
    assert stage(DECIDE + 100 * DAY) == Stage.ESCALATED


def test_what_happens_later_is_not_known_before():
    looked, ruled = OPENED + HOUR, OPENED + 2 * DAY
    moments = {"acknowledged_at": looked, "ruled_at": ruled}

    assert stage(looked - INSTANT, **moments) == Stage.RECEIVED
    assert stage(looked, **moments) == Stage.CHECKING
    assert stage(ruled - INSTANT, **moments) == Stage.CHECKING
    assert stage(ruled, **moments) == Stage.DECIDED


def test_a_decision_can_be_opened_once_more_within_seven_days_and_is_then_final():
    ruled = OPENED + 2 * DAY
    final = reopen_until(ruled)

    # The end of the seventh day after, where headquarters is.
    assert final == datetime(2026, 2, 19, 16, tzinfo=UTC)
    assert course(final - INSTANT, ruled_at=ruled).may_reopen(final - INSTANT)
    assert not course(final, ruled_at=ruled).may_reopen(final)
    assert stage(final, ruled_at=ruled) == Stage.CLOSED


def test_opened_once_more_it_has_its_own_deadline():
    ruled, again = OPENED + 2 * DAY, OPENED + 3 * DAY
    due = again + 7 * DAY
    moments = {"ruled_at": ruled, "reopened_at": again, "decide_again_by": due}

    assert stage(again - INSTANT, **moments) == Stage.DECIDED
    assert stage(again, **moments) == Stage.CHECKING
    assert stage(due, **moments) == Stage.ESCALATED
    moments["ruled_again_at"] = due + DAY
    assert stage(due + DAY, **moments) == Stage.CLOSED
    assert not course(due + DAY, **moments).may_reopen(due + DAY)


@pytest.mark.parametrize(
    ("found", "holds"),
    [(Stage.RECEIVED, True), (Stage.CHECKING, True), (Stage.ESCALATED, True),
     (Stage.DECIDED, False), (Stage.CLOSED, False)],
)  # fmt: skip
def test_the_money_waits_as_long_as_the_decision_does(found, holds):
    assert found.holds is holds

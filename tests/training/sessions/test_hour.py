"""At a session: the code, questions, thanks, and the reminders before it."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from dealers.actor import Actor, acting
from dealers.models import Notice, NoticeKind, OutboxTask
from tests.factories.dealers import MembershipFactory, UserFactory
from tests.factories.sessions import planned, seated
from tests.factories.stories import owner_of, shared
from training.models import AttendanceCode, CodeTry, Kudos, SessionQuestion
from training.sessions import (
    GRACE,
    SessionRefused,
    attendance,
    kudos,
    planning,
    questions,
    reminders,
    seats,
)
from training.sessions.attendance import WrongCode

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


def by_of(seat):
    return Actor.of(seat.user.memberships.get())


def host_of(session):
    return Actor.signed_in(session.host)


def hq():
    return Actor.hq(UserFactory(is_staff=True))


# The code


def shown(session, at):
    return attendance.show_code(session, by=host_of(session), at=at).code


def other(code):
    return f"{(int(code) + 1) % 1_000_000:06}"


def test_who_types_the_code_was_there():
    session = planned()
    seat = seated(session)
    at = session.starts_at + timedelta(minutes=5)
    code = shown(session, at)
    kept = attendance.attend(session, f" {code[:3]} {code[3:]}", by=by_of(seat), at=at)

    assert (kept.pk, kept.attended_at, kept.walk_in) == (seat.pk, at, False)
    again = attendance.attend(session, code, by=by_of(seat), at=at + timedelta(minutes=1))
    assert again.attended_at == at


def test_a_code_is_right_as_chinese_keyboards_write_it():
    session = planned()
    seat, at = seated(session), session.starts_at
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in shown(session, at))

    assert attendance.attend(session, wide, by=by_of(seat), at=at).attended_at == at


def test_a_code_counts_for_its_minutes_at_the_session():
    session = planned()
    seat, start = seated(session), session.starts_at
    with pytest.raises(SessionRefused, match="from the beginning"):
        shown(session, start - timedelta(seconds=1))
    code = shown(session, start)
    assert shown(session, start + timedelta(minutes=9)) == code
    with pytest.raises(WrongCode):
        attendance.attend(session, code, by=by_of(seat), at=start + attendance.LASTS)
    for at in (start - timedelta(seconds=1), session.ends_at + GRACE + timedelta(seconds=1)):
        with pytest.raises(SessionRefused, match="code counts from"):
            attendance.attend(session, code, by=by_of(seat), at=at)


def test_only_the_host_shows_the_code(clerk):
    session = planned()
    for by in (Actor.of(clerk), hq()):
        with pytest.raises(SessionRefused):
            attendance.show_code(session, by=by, at=session.starts_at)
        assert attendance.shown_code(session, by=by, at=session.starts_at) is None
    with acting(Actor.of(clerk)), pytest.raises(DatabaseError), transaction.atomic():
        AttendanceCode.objects.count()


def test_codes_are_not_tried_out(clerk):
    session, at = planned(), timezone.now() + timedelta(days=2, minutes=1)
    code, by = shown(session, at), Actor.of(clerk)
    for _try in range(attendance.TRIES):
        with pytest.raises(WrongCode):
            attendance.attend(session, other(code), by=by, at=at)
    with pytest.raises(SessionRefused, match="Too many"):
        attendance.attend(session, code, by=by, at=at + timedelta(minutes=1))
    assert CodeTry.objects.count() == attendance.TRIES

    later = at + attendance.PAUSE
    attendance.attend(session, shown(session, later), by=by, at=later)


def test_who_comes_without_registering_gets_what_is_left(clerk, rival):
    session = planned(capacity=1)
    at = session.starts_at
    code = shown(session, at)

    assert attendance.attend(session, code, by=Actor.of(clerk), at=at).walk_in
    with pytest.raises(SessionRefused, match="All places are taken"):
        attendance.attend(session, code, by=Actor.of(rival), at=at)


def test_who_waits_and_comes_is_counted_only_while_there_is_a_place():
    session = planned(capacity=1)
    seated(session)
    waiting = seated(session)
    at = session.starts_at
    code = shown(session, at)
    with pytest.raises(SessionRefused, match="All places"):
        attendance.attend(session, code, by=by_of(waiting), at=at)


def test_a_regional_manager_reads_who_of_the_own_stores_came(clerk, rival, region_manager):
    session = planned(capacity=5)
    at = session.starts_at
    code = shown(session, at)
    for post in (clerk, rival):
        attendance.attend(session, code, by=Actor.of(post), at=at)
    with acting(Actor.of(region_manager)):
        came = attendance.of_region(region_manager.region_id, timezone.now())

    assert came == [(session, [clerk])]


# Questions


def test_questions_are_read_by_all_and_named_to_the_host_alone(clerk):
    session = planned(capacity=3)
    seat = seated(session)
    at = timezone.now()
    questions.ask(session, "怎么 开口？", anonymous=False, by=by_of(seat), at=at)

    (for_host,) = questions.of(session, host_of(session))
    (for_clerk,) = questions.of(session, Actor.of(clerk))
    (for_hq,) = questions.of(session, hq())
    (own,) = questions.of(session, by_of(seat))
    assert (for_host.who, for_clerk.who, for_hq.who) == (seat.user, None, None)
    assert own.mine
    assert own.question.text == "怎么 开口？"


def test_without_a_name_nothing_says_who_asked():
    session = planned()
    seat = seated(session)
    asked = questions.ask(session, "问", anonymous=True, by=by_of(seat), at=timezone.now())

    assert asked.user is None
    assert questions.of(session, host_of(session))[0].who is None
    assert not questions.of(session, by_of(seat))[0].mine


def test_the_host_answers_once_and_it_stays(clerk):
    session = planned()
    seat, at = seated(session), timezone.now()
    asked = questions.ask(session, "问", anonymous=False, by=by_of(seat), at=at)
    with pytest.raises(SessionRefused):
        questions.answer(session, asked.pk, "x", by=by_of(seat), at=at)
    questions.answer(session, asked.pk, "先问。", by=host_of(session), at=at)
    with pytest.raises(SessionRefused, match="already"):
        questions.answer(session, asked.pk, "别的", by=host_of(session), at=at)
    with pytest.raises(DatabaseError, match="stays"), transaction.atomic():
        SessionQuestion.objects.filter(pk=asked.pk).update(answer="别的")


def test_who_does_not_come_does_not_ask_and_nobody_asks_for_ever(clerk, monkeypatch):
    session = planned()
    seat, at = seated(session), timezone.now()
    for by, text, moment in (
        (Actor.of(clerk), "问", at),
        (by_of(seat), "  ", at),
        (by_of(seat), "x" * 401, at),
        (by_of(seat), "问", session.ends_at + GRACE + timedelta(seconds=1)),
    ):
        with pytest.raises(SessionRefused):
            questions.ask(session, text, anonymous=True, by=by, at=moment)
    monkeypatch.setattr(questions, "EACH", 1)
    questions.ask(session, "问", anonymous=False, by=by_of(seat), at=at)
    with pytest.raises(SessionRefused):
        questions.ask(session, "再问", anonymous=False, by=by_of(seat), at=at)


# Thanks


def test_thanks_are_one_a_person_and_can_be_taken_back(store, rival, owner):
    story, at, by = shared(store), timezone.now(), Actor.of(rival)
    for _tap in range(2):
        kudos.thank(story, by=by, at=at)
    assert kudos.given(story, by) == (1, True)
    assert kudos.given(story, Actor.of(owner)) == (1, False)
    kudos.take_back(story, by=by)
    assert kudos.given(story, by) == (0, False)


def test_nobody_thanks_themselves_or_for_what_is_to_come(store, clerk, rival):
    story, session, at = shared(store), planned(), timezone.now()
    for thing, by in ((story, clerk), (session, rival)):
        with pytest.raises(SessionRefused):
            kudos.thank(thing, by=Actor.of(by), at=at)
    with pytest.raises(SessionRefused):
        kudos.thank(session, by=host_of(session), at=session.starts_at)
    kudos.thank(session, by=Actor.of(rival), at=session.starts_at)
    with pytest.raises(DatabaseError), transaction.atomic():
        Kudos.objects.create(user=rival.user, session=session, at=at)
    assert owner_of(store).dealer == store.dealer


# Reminders


def reminded(user):
    found = Notice.objects.filter(user=user, kind=NoticeKind.SHARING).order_by("pk")
    return [each.title.split(",")[0] for each in found]


def carried_out(at):
    """Every reminder that was put down and is due, twice: the worker may be told so."""
    tasks = OutboxTask.objects.filter(task=reminders.TASK, due_at__lte=at)
    for task in [*tasks, *tasks]:
        reminders.remind(*task.args, at=at)


def test_reminders_come_a_day_and_an_hour_before_once_each():
    session = planned()
    seat = seated(session)
    carried_out(session.starts_at - timedelta(days=1, minutes=1))
    assert reminded(seat.user) == []
    carried_out(session.starts_at - timedelta(days=1))
    carried_out(session.starts_at - timedelta(hours=2))
    assert reminded(seat.user) == ["Tomorrow"]
    carried_out(session.starts_at - timedelta(minutes=59))
    assert reminded(seat.user) == ["Tomorrow", "In an hour"]


def test_who_waits_left_or_registered_late_is_not_reminded_of_the_day():
    session = planned(capacity=2)
    left, late = seated(session), seated(session, at=session.starts_at - timedelta(hours=3))
    waiting = seated(session)
    seats.leave(session, by=by_of(left), at=timezone.now())
    seats.leave(session, by=by_of(waiting), at=timezone.now())
    carried_out(session.starts_at - timedelta(minutes=30))

    assert reminded(left.user) == []
    assert reminded(late.user) == ["In an hour"]


def test_nobody_is_reminded_of_what_is_cancelled_or_of_an_earlier_time():
    session, other_session = planned(), planned()
    seat, other_seat = seated(session), seated(other_session)
    planning.cancel(session, by=hq(), at=timezone.now())
    old = other_session.starts_at
    other_session.starts_at += timedelta(days=5)
    other_session.ends_at += timedelta(days=5)
    planning.save(other_session, by=hq(), at=timezone.now())
    carried_out(old - timedelta(minutes=10))

    assert reminded(seat.user) == ["Cancelled: Calling back"]
    assert reminded(other_seat.user) == ["Another time"]
    carried_out(other_session.starts_at - timedelta(days=1))
    assert reminded(other_seat.user) == ["Another time", "Tomorrow"]


def test_who_comes_is_reminded_of_a_time_that_a_form_brought():
    session = planned()
    seat = seated(session)
    for name in planning.TIMES:
        later = getattr(session, name) + timedelta(days=5)
        setattr(session, name, later.astimezone(ZoneInfo("Asia/Shanghai")))
    planning.save(session, by=hq(), at=timezone.now())
    carried_out(session.starts_at - timedelta(days=1))

    assert reminded(seat.user) == ["Another time", "Tomorrow"]


@pytest.mark.parametrize(
    ("before", "said"), [(timedelta(hours=3), "Today"), (timedelta(minutes=50), "In an hour")]
)
def test_a_days_reminder_that_was_held_up_says_nothing_of_tomorrow(before, said):
    soon = timezone.localtime(timezone.now(), ZoneInfo("Asia/Shanghai")) + timedelta(days=3)
    session = planned(starts_at=soon.replace(hour=15, minute=0, second=0, microsecond=0))
    seat = seated(session)
    carried_out(session.starts_at - before)

    assert reminded(seat.user) == [said]


def test_a_reminder_that_comes_too_late_is_none():
    session = planned()
    seat = seated(session)
    carried_out(session.starts_at)

    assert reminded(seat.user) == []
    assert MembershipFactory._meta.model is not None


# What stays, whatever the statement


@pytest.fixture
def hour():
    """A session with a code, a wrong one, a question and thanks."""
    session = planned()
    seat, at = seated(session), session.starts_at
    with pytest.raises(WrongCode):
        attendance.attend(session, other(shown(session, at)), by=by_of(seat), at=at)
    questions.ask(session, "How?", anonymous=False, by=by_of(seat), at=at)
    kudos.thank(session, by=Actor.of(MembershipFactory()), at=at)
    return session


@pytest.mark.parametrize("model", [AttendanceCode, CodeTry, SessionQuestion])
def test_codes_tries_and_questions_are_not_taken_away(hour, model):
    for by in (hq(), Actor.worker("x"), Actor.repairer("x")):
        with pytest.raises(DatabaseError), transaction.atomic(), acting(by):
            model.objects.all().delete()


@pytest.mark.parametrize("model", [AttendanceCode, CodeTry, Kudos])
def test_when_it_was_stays_as_it_was(hour, model):
    row = model.objects.get()
    for by in (Actor.worker("x"), Actor.repairer("x")):
        with pytest.raises(DatabaseError), transaction.atomic(), acting(by):
            model.objects.filter(pk=row.pk).update(at=row.at + timedelta(days=1))

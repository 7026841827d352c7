"""A story of the demo, one session to come, and one that took place, with thanks and a question."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from dealers.actor import Actor
from dealers.models import Membership, Role, Store, User
from dealers.months import hq_day, hq_midnight
from training import stories
from training.models import Course, SharingSession, Story
from training.sessions import attendance, kudos, planning, questions, seats

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
TITLE = ("一天之内打第一个电话", "The first call within a day")
BODY = """\
## 之前

登记以后谁有空谁打，三天过去一半没打。

## 我们做了三件事

1. 早会分当天要打的电话，写在白板上。
2. 电话只问一个问题：上次看的，家里人怎么说？
3. 打完马上记结果，店长下班前看一眼。

## 一个月以后

当天打通的顾客，多数愿意约时间再来一次。"""
BODY_EN = """\
## Before

After a registration whoever had time called. Three days later half were not called.

## Three things

1. In the morning round each of us gets the calls of the day, on a board.
2. One question only: what did your family say?
3. The result is recorded at once, and the manager looks before closing."""
ABOUT = "先讲 20 分钟，再回答大家的问题。可以现在就把问题写在下面。"


def share(
    store: Store, *, people: Sequence[Membership], hq: User, second: User, now: datetime
) -> None:
    """Have a store tell its story, and people come to the session about it."""
    owner = Membership.objects.current(now).filter(role=Role.OWNER, dealer=store.dealer).first()
    if owner is None or Story.objects.filter(dealer=store.dealer).exists():
        return
    by = Actor.of(owner)
    story = _story(store, by, Actor.hq(second), now - 30 * DAY)
    past = _session(story, hq, now - 20 * DAY, now - 28 * DAY, capacity=30)
    planning.name(past, True, by=by, at=past.starts_at - 7 * DAY)
    _attended(past, people, now)
    coming = _session(story, hq, now + 9 * DAY, now - 2 * DAY, capacity=12)
    planning.name(coming, True, by=by, at=now - DAY)
    for post in people[:5]:
        seats.register(coming, by=Actor.of(post), at=now - DAY)
    asker = Actor.of(people[0])
    questions.ask(coming, "顾客说忙，还要再打吗？", anonymous=False, by=asker, at=now - HOUR)


def _story(store: Store, by: Actor, approver: Actor, at: datetime) -> Story:
    draft = Story(
        dealer=store.dealer, store=store, title=TITLE[0], title_en=TITLE[1], body=BODY,
        body_en=BODY_EN,
    )  # fmt: skip
    stories.write(draft, by=by, at=at)
    best = sorted(stories.offered(draft), key=lambda result: result.rank)[:2]
    for result in best:
        stories.take_figure(draft, result.ranking, by=by, at=at)
    draft.refresh_from_db()
    agreed = stories.agree(draft, named=True, by=by, at=at + HOUR)
    told = stories.approve(agreed, by=approver, at=at + DAY)
    told.courses.set(Course.objects.filter(slug="first-follow-up"))
    return told


def _session(
    story: Story, host: User, day: datetime, planned: datetime, *, capacity: int
) -> SharingSession:
    """An hour in the afternoon of a day."""
    starts = hq_midnight(hq_day(day)) + timedelta(hours=15)
    session = SharingSession(
        title=f"分享会：{TITLE[0]}", title_en=TITLE[1], about=ABOUT, starts_at=starts,
        ends_at=starts + HOUR, place="总部 3 楼培训室", link="https://meeting.example.com/sharing",
        capacity=capacity, host=host, dealer=story.dealer, store=story.store, story=story,
    )  # fmt: skip
    return planning.save(session, by=Actor.hq(host), at=planned)


def _attended(session: SharingSession, people: Sequence[Membership], now: datetime) -> None:
    """People came, asked and thanked; the recording is there."""
    start, host = session.starts_at, Actor.signed_in(session.host)
    before = start - 5 * DAY
    posts = people[:8]
    for post in posts:
        seats.register(session, by=Actor.of(post), at=before)
    asked = questions.ask(
        session, "店里只有两个人，早会怎么开？", anonymous=False, by=Actor.of(posts[0]), at=before
    )
    code = attendance.show_code(session, by=host, at=start).code
    for post in posts[:6]:
        attendance.attend(session, code, by=Actor.of(post), at=start + timedelta(minutes=2))
    questions.answer(
        session, asked.pk, "五分钟就够：一个人念名单，一个人认领。", by=host, at=start + HOUR
    )
    for post in posts[:5]:
        kudos.thank(session, by=Actor.of(post), at=start + HOUR)
        if post.dealer_id != session.dealer_id and session.story:
            kudos.thank(session.story, by=Actor.of(post), at=start + HOUR)
    session.refresh_from_db()
    session.recording_link = "https://video.example.com/sharing/first-call"
    planning.save(session, by=Actor.hq(session.host), at=now)

"""What people are told: at once on their page, and by copies that say nothing of it."""

import json
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from dealers import notices, outbox, sayings
from dealers.actor import Actor
from dealers.models import (
    Notice,
    NoticeChoice,
    NoticeCopy,
    NoticeKind,
    NoticeLevel,
    OutboxTask,
)
from dealers.people import close_account
from dealers.sending import robots
from dealers.sending.copies import copy_moment
from tests.factories.dealers import MembershipFactory, UserFactory

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 25, 12, tzinfo=SHANGHAI)  # a Wednesday
SAID = sayings.kept("%(name)s looked", name=["王小姐 13800138000"])

pytestmark = pytest.mark.django_db


def tell(*people, kind=NoticeKind.LOOK, at=NOON, **more):
    return notices.tell(people, kind, SAID, to="/access/", at=at, **more)


def sweep(at):
    outbox.sweep(at.astimezone(UTC))


def test_each_is_told_once_and_who_is_gone_is_not(owner, clerk):
    gone = UserFactory()
    close_account(gone, at=NOON)
    assert tell(owner.user, clerk.user, owner.user, gone, about="look-1") == 2
    tell(owner.user, about="look-1", at=NOON + timedelta(hours=1))
    assert Notice.objects.of(owner.user).count() == 1
    assert Notice.objects.of(gone).count() == 0
    tell(owner.user, about="look-2")
    assert notices.unread(owner.user) == 2


def test_what_is_rolled_back_is_told_to_nobody(owner):
    with transaction.atomic():
        tell(owner.user)
        transaction.set_rollback(True)
    assert not Notice.objects.exists()
    assert not OutboxTask.objects.exists()


def test_a_copy_says_the_kind_and_nothing_of_what_happened(owner, mailoutbox, english):
    tell(owner.user)
    tell(owner.user, kind=NoticeKind.VOID)
    assert mailoutbox == []
    sweep(NOON)
    sweep(NOON)
    (mail,) = mailoutbox
    assert mail.to == [owner.user.email]
    assert mail.subject == "2 notices in the dealer portal"
    assert "Somebody from outside looked at your customers (1)" in mail.body
    assert "/notifications/" in mail.body
    for secret in ("王小姐", "13800138000", owner.user.name, owner.dealer.name):
        assert secret not in mail.body + mail.subject


def test_what_was_read_before_is_not_copied(owner, mailoutbox):
    tell(owner.user)
    notices.read(by=Actor.of(owner), at=NOON)
    sweep(NOON)
    assert mailoutbox == []


@pytest.mark.parametrize(
    ("told", "copied"),
    [
        ((25, 8, 0), (25, 8, 0)),
        ((25, 20, 59), (25, 20, 59)),
        ((25, 21, 0), (26, 8, 0)),
        ((26, 7, 59), (26, 8, 0)),
    ],
)
def test_quiet_hours_are_those_of_the_persons_own_clock(told, copied):
    def moment(day, hour, minute, zone=SHANGHAI):
        return datetime(2026, 11, day, hour, minute, tzinfo=zone)

    for level in (NoticeLevel.NOW, NoticeLevel.TODAY):
        assert copy_moment(level, moment(*told), SHANGHAI) == moment(*copied)
    # 12:00 in Shanghai is 5:00 in Berlin.
    berlin = ZoneInfo("Europe/Berlin")
    assert copy_moment(NoticeLevel.NOW, NOON, berlin) == moment(25, 8, 0, berlin)


def test_the_store_says_which_clock_it_is(store, mailoutbox):
    store.timezone = "Europe/Berlin"
    store.save()
    clerk = MembershipFactory(store=store)
    tell(clerk.user)
    sweep(NOON)
    assert mailoutbox == []
    sweep(datetime(2026, 11, 25, 8, tzinfo=ZoneInfo("Europe/Berlin")))
    assert len(mailoutbox) == 1


def test_the_night_is_one_message(owner, mailoutbox):
    for hour in (22, 23):
        tell(owner.user, at=NOON.replace(hour=hour))
    sweep(NOON.replace(hour=23, minute=59))
    assert mailoutbox == []
    sweep(NOON.replace(day=26, hour=8))
    (mail,) = mailoutbox
    assert "（2）" in mail.body


def test_a_digest_comes_on_monday_and_once_a_week(owner, mailoutbox):
    for day in (25, 26, 28):
        tell(owner.user, kind=NoticeKind.STATEMENT, at=NOON.replace(day=day))
    sweep(NOON.replace(day=29, hour=23))
    assert mailoutbox == []
    monday = NOON.replace(day=30, hour=9)
    sweep(monday)
    assert len(mailoutbox) == 1
    tell(owner.user, kind=NoticeKind.STATEMENT, at=monday)
    sweep(monday + timedelta(days=6, hours=23))
    assert len(mailoutbox) == 1
    sweep(monday + timedelta(days=7))
    assert len(mailoutbox) == 2


def test_each_chooses_the_way_for_each_kind(owner, mailoutbox, monkeypatch):
    owner.user.phone, owner.user.phone_verified = "+8613800138000", True
    owner.user.save()
    notices.choose({NoticeKind.LOOK: NoticeCopy.NONE}, by=Actor.of(owner))
    tell(owner.user)
    sweep(NOON)
    assert mailoutbox == []
    notices.choose({NoticeKind.LOOK: NoticeCopy.SMS}, by=Actor.of(owner))
    sent = []
    monkeypatch.setattr("dealers.sms.send", lambda *message: sent.append(message))
    tell(owner.user)
    sweep(NOON)
    ((number, text),) = sent
    assert (number, mailoutbox) == ("+8613800138000", [])
    assert "王小姐" not in text
    assert notices.choices(owner.user, NOON)[NoticeKind.LOOK] == NoticeCopy.SMS


def test_without_a_confirmed_number_a_short_message_comes_by_mail(owner, mailoutbox):
    notices.choose({NoticeKind.LOOK: NoticeCopy.SMS}, by=Actor.of(owner))
    tell(owner.user)
    sweep(NOON)
    (mail,) = mailoutbox
    assert mail.to == [owner.user.email]


def test_a_copy_leaves_out_what_is_told_in_the_portal_only(owner, mailoutbox, english):
    tell(owner.user)
    tell(owner.user, kind=NoticeKind.IMPORT)
    sweep(NOON)
    (mail,) = mailoutbox
    assert mail.subject == "1 notice in the dealer portal"
    assert str(NoticeKind.IMPORT.label) not in mail.body


def test_leads_wake_who_has_agreed_to_that_and_nothing_else_does(owner, clerk, mailoutbox):
    night = NOON.replace(hour=23)
    mail = dict.fromkeys((NoticeKind.DISPATCH, NoticeKind.LOOK), NoticeCopy.MAIL)
    notices.choose(mail, leads_at_night=True, by=Actor.of(owner))
    notices.choose(mail, by=Actor.of(clerk))
    for person in (owner.user, clerk.user):
        tell(person, kind=NoticeKind.DISPATCH, at=night)
    tell(owner.user, at=night)
    sweep(night)
    (woken,) = mailoutbox
    assert woken.to == [owner.user.email]
    assert str(NoticeKind.DISPATCH.label) in woken.body
    assert str(NoticeKind.LOOK.label) not in woken.body
    sweep(NOON.replace(day=26, hour=8))
    assert len(mailoutbox) == 3

    notices.choose(mail, by=Actor.of(owner))
    assert not notices.wakes(owner.user)


def test_being_woken_is_chosen_on_the_page_and_off_at_first(login, clerk):
    client, page = login(clerk), reverse("dealers:notice-ways")
    form = client.get(page).context["form"]
    assert form["leads_at_night"].initial is False
    said = {name: form[name].initial for name in form.kinds}
    assert client.post(page, {**said, "leads_at_night": "on"}).status_code == 302
    assert notices.wakes(clerk.user)
    assert "勾选了的派单除外" in client.get(reverse("dealers:notices")).text
    assert client.post(page, said).status_code == 302
    assert not notices.wakes(clerk.user)


def test_only_leads_wake_anybody(clerk):
    with pytest.raises(IntegrityError), transaction.atomic():
        NoticeChoice.objects.create(user=clerk.user, kind="look", copy="mail", at_night=True)


def test_nobody_chooses_for_what_only_others_are_told(owner, clerk, hq):
    assert NoticeKind.STATEMENT in notices.choices(owner.user, NOON)
    assert NoticeKind.STATEMENT not in notices.choices(clerk.user, NOON)
    assert NoticeKind.ALARM in notices.choices(hq, NOON)
    assert NoticeKind.ALARM not in notices.choices(owner.user, NOON)


def test_a_notice_leads_nowhere_else(owner):
    for address in ("https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere.example"):
        with pytest.raises(IntegrityError), transaction.atomic():
            Notice.objects.create(
                user=owner.user, kind="look", level="now", said="x", to=address, at=NOON,
                copy_at=NOON,
            )  # fmt: skip


class Chat(BaseHTTPRequestHandler):
    """A robot of a group chat, that answers what it is told to."""

    answer: bytes = b""
    heard: list = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.heard.append((self.path, json.loads(body)))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.answer)

    def log_message(self, *args):
        pass


@pytest.fixture
def chat(settings):
    Chat.heard, Chat.answer = [], b'{"errcode": 0, "code": 0}'
    server = HTTPServer(("127.0.0.1", 0), Chat)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}/robot?key=1"
    settings.PORTAL_ROBOTS = dict.fromkeys(("wecom", "dingtalk", "feishu"), url)
    yield Chat
    server.shutdown()
    thread.join()
    server.server_close()


def test_robots_of_group_chats_get_a_copy_in_their_own_shape(chat, hq, settings, english):
    settings.PORTAL_ROBOT_SECRETS = {"dingtalk": "SEC1", "feishu": "SEC2"}
    tell(hq, kind=NoticeKind.ALARM, about="alarm-1")
    tell(hq, kind=NoticeKind.ALARM, about="alarm-1")
    sweep(NOON)
    sweep(NOON + timedelta(hours=1))
    assert len(chat.heard) == 3
    by_shape = {tuple(body): (path, body) for path, body in chat.heard}
    texts = [body.get("text") or body["content"] for _path, body in chat.heard]
    for text in texts:
        said = text.get("content") or text["text"]
        assert said.startswith("Dealer portal: An alarm of the portal.")
        assert "王小姐" not in said
    feishu = by_shape["timestamp", "sign", "msg_type", "content"][1]
    assert feishu["msg_type"] == "text"
    assert sum("&timestamp=" in path and "&sign=" in path for path, _body in chat.heard) == 1


def test_a_robot_that_answers_200_but_refuses_is_told_again_later(chat, hq):
    chat.answer = b'{"errcode": 45009, "errmsg": "api freq out of limit"}'
    with pytest.raises(robots.RobotRefused, match="45009"):
        robots.tell("wecom", "alarm", NOON)
    with pytest.raises(robots.RobotRefused):
        robots.tell("feishu", "alarm", NOON)

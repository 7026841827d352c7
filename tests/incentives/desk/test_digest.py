"""The weekly mail: one a week and reader, of their own figures, to who holds a post."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from django.utils.translation import override

from customers.models import Ownership
from dealers import notices, outbox
from dealers.actor import Actor
from dealers.models import Membership, Notice, NoticeCopy, NoticeKind, OutboxTask, Role
from dealers.months import previous_month
from incentives.boards import goals, times
from incentives.desk import digest, week
from incentives.models import Length, Metric
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import DealerFactory, MembershipFactory, StoreFactory

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2026, 11, 23, 0, 17, tzinfo=SHANGHAI)
NINE = MONDAY.replace(hour=9, minute=0)
LAST = MONDAY.date() - timedelta(days=7)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture(autouse=True)
def _rulebook(db):
    RulebookFactory(person_minute_limit=None)


@pytest.fixture
def posts(clerk, manager, owner, region_manager):
    return {"clerk": clerk, "manager": manager, "owner": owner, "region": region_manager}


@pytest.fixture
def won(store, clerk, manager):
    """Last week two by the clerk and one by the manager; one of the clerk's the week before."""
    for days, staff in ((2, clerk), (3, clerk), (4, manager), (9, clerk)):
        registered(store, staff=staff.user, at=MONDAY - timedelta(days=days))


def told():
    return Notice.objects.filter(kind=NoticeKind.WEEK)


def mails(mailoutbox):
    return {mail.to[0]: mail for mail in mailoutbox}


def test_each_is_told_once_however_often_it_runs(posts):
    assert digest.tell(MONDAY) == 4
    assert digest.tell(MONDAY + timedelta(hours=1)) == 0
    assert digest.tell(NINE + timedelta(hours=3)) == 0
    assert digest.tell(NINE + timedelta(days=7)) == 4
    assert told().count() == 8


def test_the_mail_goes_at_nine_and_once(posts, won, mailoutbox):
    digest.tell(MONDAY)
    outbox.sweep(MONDAY + timedelta(hours=8))
    assert mailoutbox == []

    outbox.sweep(NINE)
    outbox.sweep(NINE + timedelta(hours=1))

    assert sorted(mails(mailoutbox)) == sorted(post.user.email for post in posts.values())
    assert len(mailoutbox) == 4


def test_it_has_the_readers_own_figures_and_one_thing_to_do(posts, won, mailoutbox):
    digest.tell(MONDAY)
    outbox.sweep(NINE)

    found = {name: mails(mailoutbox)[post.user.email].body for name, post in posts.items()}
    assert "Valid registrations: 2 (+1 against the week before)" in found["clerk"]
    for name in ("manager", "owner", "region"):
        assert "Valid registrations: 3 (+2 against the week before)" in found[name], name
    assert "W46 ███████ 1" in found["owner"]
    assert f"W47 {'█' * 20} 3" in found["owner"]
    for body in found.values():
        assert body.count("One thing to do:") == 1
        assert "/week/2026-W47/" in body


def test_no_customer_no_rival_and_no_money_is_in_it(posts, won, store, mailoutbox):
    rival = StoreFactory(name="别家门店", dealer=DealerFactory(region=store.dealer.region))
    registered(rival, at=MONDAY - timedelta(days=2), name="王秘密")

    digest.tell(MONDAY)
    outbox.sweep(NINE)

    for post in (posts["clerk"], posts["manager"], posts["owner"]):
        mail = mails(mailoutbox)[post.user.email]
        for secret in ("别家门店", "王秘密", "CNY", "¥"):
            assert secret not in mail.subject + mail.body
    assert "Valid registrations: 4" in mails(mailoutbox)[posts["region"].user.email].body


def test_who_switched_it_off_or_read_it_gets_none(posts, won, mailoutbox):
    notices.choose({NoticeKind.WEEK: NoticeCopy.NONE}, by=Actor.of(posts["clerk"]))
    digest.tell(MONDAY)
    notices.choose({NoticeKind.WEEK: NoticeCopy.NONE}, by=Actor.of(posts["manager"]))
    notices.read(by=Actor.of(posts["owner"]), at=MONDAY)

    outbox.sweep(NINE)

    assert list(mails(mailoutbox)) == [posts["region"].user.email]
    assert told().filter(user=posts["clerk"].user).exists()


def test_who_begins_on_monday_is_told_of_no_week_before(posts, store, mailoutbox):
    begun = MONDAY.replace(hour=0, minute=0)
    new = MembershipFactory(store=store, starts_at=begun)
    sunday = MembershipFactory(store=store, starts_at=begun - timedelta(minutes=1))
    # Another role at the same store, and a second post of somebody who was there all week.
    Membership.objects.filter(pk=posts["manager"].pk).update(ends_at=begun)
    MembershipFactory(user=posts["manager"].user, store=store, role=Role.ASSOCIATE, starts_at=begun)
    MembershipFactory(user=posts["clerk"].user, store=StoreFactory(name="新店"), starts_at=begun)
    # Somebody who was there in the summer and comes back.
    back = MembershipFactory(store=store, starts_at=begun)
    summer = {"starts_at": begun - timedelta(days=120), "ends_at": begun - timedelta(days=60)}
    MembershipFactory(user=back.user, store=store, **summer)

    assert digest.tell(NINE) == len(posts) + 1
    outbox.sweep(NINE + timedelta(hours=1))

    assert new.user.email not in mails(mailoutbox)
    assert back.user.email not in mails(mailoutbox)
    assert sunday.user.email in mails(mailoutbox)
    assert "新店" not in mails(mailoutbox)[posts["clerk"].user.email].body


def test_a_dealer_that_had_closed_has_no_week(posts, store):
    store.closed_at = MONDAY - timedelta(days=8)
    store.save(update_fields=["closed_at"])
    digest.tell(MONDAY)
    assert [notice.user for notice in told()] == [posts["region"].user]


def test_nothing_goes_to_a_post_that_ended(posts, won, store, mailoutbox):
    gone = MembershipFactory(store=store, ends_at=MONDAY - timedelta(hours=1))
    digest.tell(MONDAY)
    Membership.objects.filter(pk=posts["owner"].pk).update(ends_at=NINE - timedelta(minutes=5))

    outbox.sweep(NINE)

    assert not told().filter(user=gone.user).exists()
    assert posts["owner"].user.email not in mails(mailoutbox)


def test_two_posts_are_two_parts_of_one_mail(clerk, won, mailoutbox):
    other = MembershipFactory(user=clerk.user, role=Role.STORE_MANAGER)
    digest.tell(MONDAY)

    outbox.sweep(NINE)

    (mail,) = [each for each in mailoutbox if each.to == [clerk.user.email]]
    assert clerk.store.name in mail.body
    assert other.store.name in mail.body


def test_it_is_in_the_readers_language(clerk, won, mailoutbox):
    clerk.user.language = "zh-hans"
    clerk.user.save()
    digest.tell(MONDAY)

    outbox.sweep(NINE)

    assert mails(mailoutbox)[clerk.user.email].subject.startswith("你的一周")


def test_where_no_worker_ran_in_time_it_goes_as_soon_as_one_does(clerk, mailoutbox):
    late = NINE + timedelta(hours=2)
    digest.tell(late)
    outbox.sweep(late)
    assert len(mailoutbox) == 1


@pytest.mark.parametrize("days", [-1, 2, 5])
def test_on_other_days_nobody_is_told(clerk, days):
    assert digest.tell(NINE + timedelta(days=days)) == 0


def test_it_is_monday_where_the_store_is(clerk, store):
    store.timezone = "America/New_York"
    store.save()

    assert digest.tell(MONDAY) == 0  # Sunday there
    assert digest.tell(MONDAY + timedelta(hours=14)) == 1


def test_other_copies_do_not_mention_it(owner, mailoutbox):
    digest.tell(MONDAY)
    notices.tell([owner.user], NoticeKind.STATEMENT, "There", to="/", at=MONDAY)

    outbox.sweep(NINE)

    subjects = sorted(mail.subject for mail in mailoutbox)
    assert subjects[0] == "1 notice in the dealer portal"
    assert subjects[1].startswith("Your week in figures")


def test_a_failed_mail_is_tried_again_and_not_doubled(clerk, won, mailoutbox, monkeypatch):
    digest.tell(MONDAY)
    with monkeypatch.context() as patch:
        patch.setattr(digest.EmailMessage, "send", _fails)
        outbox.sweep(NINE)
    assert OutboxTask.objects.to_do().exists()

    outbox.sweep(timezone.now() + timedelta(hours=3))

    assert len(mails(mailoutbox)) == len(mailoutbox) == 2


def test_nobody_is_told_without_the_mail_being_put_down(clerk, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(notices, "mailed", _fails)
        with pytest.raises(OSError, match="gone"):
            digest.tell(MONDAY)

    assert digest.tell(MONDAY + timedelta(hours=1)) == 1


def test_a_day_is_that_of_the_clock_in_the_store(clerk, store, mailoutbox):
    nine = datetime(2026, 11, 23, 9, tzinfo=ZoneInfo("America/Los_Angeles"))  # Tuesday in Shanghai
    store.timezone = "America/Los_Angeles"
    store.save()
    registered(store, staff=clerk.user, at=nine - timedelta(days=10))
    Ownership.objects.update(contacted_at=nine - timedelta(days=9), follow_up_on=nine.date())
    digest.tell(nine.replace(hour=0, minute=17))

    digest.mail("2026-W47", clerk.user.pk, nine)

    (mail,) = mailoutbox
    assert "1 customer waits for your call." in mail.body


def test_a_goal_that_is_set_is_not_asked_for_again(store, manager):
    now = timezone.now()
    last = previous_month(timezone.localdate(now))
    then = datetime(last.year, last.month, 10, 4, tzinfo=UTC)
    for count, each in zip((2, 1, 3, 4, 5, 6), (store, *StoreFactory.create_batch(5)), strict=True):
        for _ in range(count):
            registered(each, at=then)
    Ownership.objects.update(contacted_at=then + timedelta(hours=1), follow_up_on=None)
    starts_on = times.monday(timezone.localdate(now)) - week.WEEK

    assert "set it as this month's goal" in week.read(manager, starts_on, now).to_do.text
    with override("zh-hans"):
        assert "与前 25% 的差距最大" in week.read(manager, starts_on, now).to_do.text
    goals.set_goal(store, Metric.REGISTRATIONS, last, by=Actor.of(manager), at=now)

    assert "Print the report" in week.read(manager, starts_on, now).to_do.text


def test_beside_an_older_week_stands_what_is_to_do_now(clerk, store):
    now = timezone.now()
    then = now - timedelta(days=35)
    for _ in range(2):
        registered(store, staff=clerk.user, at=then)

    found = week.read(clerk, times.monday(timezone.localdate(then)), now)

    assert found.cards[0].value == 2
    assert found.to_do.text.startswith("1 registration would be more")


def test_the_page_stays_as_long_as_the_notice_that_leads_to_it(login, clerk):
    told_on = timezone.localdate() - notices.KEPT + timedelta(days=6)
    starts_on = times.monday(told_on) - week.WEEK

    assert login(clerk).get(f"/week/{times.key(Length.WEEK, starts_on)}/").status_code == 200


def _fails(*_given):
    raise OSError("The mail server is gone.")


def test_calls_come_before_everything_else(store, clerk, owner):
    registered(store, staff=clerk.user, at=MONDAY - timedelta(days=3))

    for post in (clerk, owner):
        assert week.read(post, LAST, NINE).to_do.text == "1 call is overdue: make it first."


def test_bars_are_as_long_as_their_figure_and_none_of_nothing():
    assert digest.bars([("W1", 0), ("W2", 1), ("W3", 40)]) == [
        "W1 0",
        "W2 █ 1",
        f"W3 {'█' * 20} 40",
    ]
    assert digest.bars([("W1", 0)]) == ["W1 0"]


def test_the_page_of_a_week_shows_the_same(login, posts, store):
    now = timezone.now()
    last = times.monday(timezone.localdate(now)) - week.WEEK
    registered(store, staff=posts["clerk"].user, at=now - timedelta(days=now.weekday() + 3))
    address = f"/week/{times.key(Length.WEEK, last)}/"

    for post in posts.values():
        page = login(post).get(address)
        assert (page.status_code, page.context["week"].cards[0].value) == (200, 1)
    browser = login(posts["clerk"])
    for wrong in ("2026-11", "2026-W54", "2099-W01", "2020-W01"):
        assert browser.get(f"/week/{wrong}/").status_code == 404

"""More time for a protection, on request."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from customers.models import Act, ActKind, EventKind, VoidReason
from customers.ownership import changes, extensions, handover, passing, retrace, voids
from customers.ownership.changes import Cause, latest_of
from customers.ownership.extensions import ExtensionRefused
from customers.ownership.rulebook import Claim
from dealers.actor import Actor
from dealers.database import save_together
from dealers.models import Notice
from tests.factories.customers import DAY_ONE, RulebookFactory, number_of, registered
from tests.factories.dealers import MembershipFactory, RegionalManagerFactory, StoreFactory

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
WHY = "Measured the kitchen on Tuesday, the quote waits for the builder."

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture(autouse=True)
def rulebook(db):
    return RulebookFactory(extensions=2, extension_days=30)


@pytest.fixture
def manager(store):
    return RegionalManagerFactory(region=store.dealer.region)


@pytest.fixture
def owned(store, clerk):
    return registered(store, staff=clerk.user).ownership


def until(owned):
    owned.refresh_from_db()
    return owned.protected_until


def asked(owned, clerk, at):
    return extensions.ask(owned.customer, WHY, by=Actor.of(clerk), at=at)


def goes_on(owned, sister, at):
    track = passing.Person(owned.identity_id, DAY_ONE).track
    to = Claim(sister.dealer_id, sister.pk, sister.tz, "capture")
    moved = track.move(track.running(at), to, at)
    closed = Act.about(owned, ActKind.STORE_CLOSED, at=at)
    closed.save()
    save_together(changes.rows(moved, Cause(act=closed), DAY_ONE, owned.customer))


def test_the_region_is_told_and_gives_more_time(owned, clerk, manager):
    end = owned.protected_until
    act = asked(owned, clerk, end - DAY)
    assert "asks for more time" in Notice.objects.get(user=manager.user).said

    given = extensions.answer(act, granted=True, by=Actor.of(manager), at=end - DAY / 2)

    assert until(owned) == end + 30 * DAY
    assert (given.kind, given.answers, given.by) == (ActKind.EXTENDED, act, manager.user)
    assert given.events.get().kind == EventKind.EXTENDED
    assert "More time is given" in Notice.objects.get(user=clerk.user).said
    assert list(retrace.broken()) == []


def test_declined_it_ends_as_it_would_have(owned, clerk, manager):
    end, grace = owned.protected_until, owned.period.upper
    act = asked(owned, clerk, end - DAY)
    with pytest.raises(ExtensionRefused, match="why not"):
        extensions.answer(act, granted=False, by=Actor.of(manager), at=end)
    extensions.answer(act, granted=False, note="No quote.", by=Actor.of(manager), at=end)

    assert until(owned) == end
    assert owned.period.upper == grace
    assert list(retrace.broken()) == []


def test_a_newer_rulebook_takes_nothing_from_whose_request_is_declined(owned, clerk, manager):
    end, grace = owned.protected_until, owned.period.upper
    act = asked(owned, clerk, end - DAY)
    RulebookFactory(starts_on=end.date(), grace_days=0)

    extensions.answer(act, granted=False, note="No quote.", by=Actor.of(manager), at=end)

    assert (until(owned), owned.period.upper) == (end, grace)
    assert list(retrace.broken()) == []


def test_nor_does_silence_for_the_second_time(owned, clerk):
    passing.let_time_pass(asked(owned, clerk, owned.protected_until - DAY).due_at)
    end = until(owned)
    grace = owned.period.upper
    second = asked(owned, clerk, end - 5 * DAY)
    RulebookFactory(starts_on=end.date() - 4 * DAY, grace_days=0)

    passing.let_time_pass(second.due_at)

    assert Act.objects.get(answers=second).kind == ActKind.DECLINED
    assert (until(owned), owned.period.upper) == (end, grace)
    assert list(retrace.broken()) == []


@pytest.mark.parametrize("left_first", [True, False])
def test_declined_while_nobody_follows_up_it_keeps_its_grace_and_gives_back_the_rest(  # noqa: PLR0917
    owned, clerk, manager, store, left_first, owner
):
    """Asked before or after who followed up has left, it ends as if nobody had asked."""
    end, grace = owned.protected_until, owned.period.upper
    ask_at, leave_at = end - HOUR, end - 2 * HOUR
    if not left_first:
        ask_at, leave_at = leave_at, ask_at
    asker = MembershipFactory(store=store)
    for _step in range(2):
        if left_first:
            handover.leave(clerk, None, by=Actor.of(owner), at=leave_at)
        else:
            act = asked(owned, asker, ask_at)
        left_first = not left_first
    RulebookFactory(starts_on=end.date(), grace_days=0)
    extensions.answer(act, granted=False, note="No quote.", by=Actor.of(manager), at=end)
    assert (until(owned), owned.period.upper) == (end + 7 * DAY, grace + 7 * DAY)

    handover.hand_over([owned.pk], asker, by=Actor.of(owner), at=leave_at + 2 * DAY)

    assert (until(owned), owned.period.upper) == (end + 2 * DAY, grace + 2 * DAY)
    assert list(retrace.broken()) == []


def test_declined_after_a_sister_store_went_on_it_ends_as_it_would_have(owned, clerk, manager):
    end, grace = owned.protected_until, owned.period.upper
    act = asked(owned, clerk, end - 2 * HOUR)
    goes_on(owned, StoreFactory(dealer=owned.dealer), end - HOUR)
    RulebookFactory(starts_on=end.date(), grace_days=0)

    extensions.answer(act, granted=False, note="No quote.", by=Actor.of(manager), at=end)

    gone_on = latest_of(owned.customer)
    assert (gone_on.protected_until, gone_on.period.upper) == (end, grace)
    assert list(retrace.broken()) == []


def test_silence_is_yes_once_and_then_no(owned, clerk):
    end = owned.protected_until
    first = asked(owned, clerk, end - DAY)
    passing.let_time_pass(first.due_at)
    passing.let_time_pass(first.due_at + DAY)
    assert until(owned) == end + 30 * DAY

    second = asked(owned, clerk, until(owned) - DAY)
    passing.let_time_pass(second.due_at + 9 * DAY)
    assert until(owned) == end + 30 * DAY
    kinds = Act.objects.order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["asked", "extended", "asked", "declined"]
    assert list(retrace.broken()) == []


def test_an_answer_after_silence_is_told_that_it_is_decided(owned, clerk, manager):
    act = asked(owned, clerk, owned.protected_until - DAY)
    with pytest.raises(ExtensionRefused, match="decided already"):
        extensions.answer(act, granted=True, by=Actor.of(manager), at=act.due_at)
    passing.let_time_pass(act.due_at + DAY)
    assert Act.objects.get(answers=act).at == act.due_at


def test_the_protection_runs_until_the_answer_comes(owned, clerk, store, manager):
    last = owned.period.upper - timedelta(minutes=1)  # of grace
    act = asked(owned, clerk, last)

    owned.refresh_from_db()
    assert owned.period.upper == act.due_at > last
    extensions.answer(act, granted=False, note="No.", by=Actor.of(manager), at=act.due_at - DAY)
    owned.refresh_from_db()
    assert owned.period.upper == act.due_at - DAY


@pytest.mark.parametrize(
    ("note", "said"),
    [("short", "10 to 500"), (" " * 50, "10 to 500"), ("x" * 501, "10 to 500"),
     ("Call her on 138 0013 8000 in May", "Leave the number out"),
     ("Call her on (138) 0013-8000 in May", "Leave the number out"),
     ("Call her on 138.0013.8000 in May", "Leave the number out")],
)  # fmt: skip
def test_words_that_say_too_little_or_a_number_are_refused(owned, clerk, note, said):
    with pytest.raises(ExtensionRefused, match=said):
        extensions.ask(owned.customer, note, by=Actor.of(clerk), at=DAY_ONE + DAY)


@pytest.mark.parametrize("day", ["2026-01-20", "2026/1/20", "2026.01.20 10:30"])
def test_a_day_in_the_words_is_no_number(owned, clerk, day):
    note = f"She pays the deposit on {day}."
    act = extensions.ask(owned.customer, note, by=Actor.of(clerk), at=DAY_ONE + DAY)
    assert act.note == note


def test_twice_at_once_another_dealer_and_after_the_end_are_refused(owned, clerk, rival):
    asked(owned, clerk, DAY_ONE + DAY)
    with pytest.raises(ExtensionRefused, match="asked already"):
        asked(owned, clerk, DAY_ONE + DAY)
    with pytest.raises(ExtensionRefused, match="not in your protection"):
        asked(owned, rival, DAY_ONE + DAY)
    with pytest.raises(ExtensionRefused, match="not in your protection"):
        asked(owned, clerk, DAY_ONE + 400 * DAY)


def test_a_store_asks_on_the_customers_page_and_the_region_answers(store, clerk, manager, login):
    owned = registered(store, staff=clerk.user, at=timezone.now() - DAY).ownership
    page = reverse("customers:extend", args=[owned.customer_id])
    client = login(clerk)

    assert page in client.get(owned.customer.get_absolute_url()).text
    assert "Write what speaks for it" in client.post(page, {"note": ""}).text
    assert "Until the answer" in client.post(page, {"note": WHY}, follow=True).text
    assert page not in client.get(owned.customer.get_absolute_url()).text
    assert client.get("/customers/extensions/").status_code == 404

    region = login(manager)
    queue = region.get("/customers/extensions/").text
    assert WHY in queue
    assert store.name in queue
    act = Act.objects.get()
    url = f"/customers/extensions/{act.pk}/"
    assert region.post(url, {"answer": "no"}).status_code == 422
    assert region.post(url, {"answer": "maybe"}).status_code == 422
    assert "Nothing to decide" in region.post(url, {"answer": "yes"}, follow=True).text
    assert latest_of(owned.customer).extensions == 1
    assert "Extended" in login(clerk).get(owned.customer.get_absolute_url()).text


def test_the_page_promises_the_days_that_a_yes_gives(store, clerk, manager, login):
    """Where a newer rulebook extends more often, and for less."""
    now = timezone.now()
    RulebookFactory(extensions=3, extension_days=10, starts_on=timezone.localdate(now - 2 * DAY))
    owned = registered(store, staff=clerk.user, at=now - 9 * DAY).ownership
    page, client = reverse("customers:extend", args=[owned.customer_id]), login(clerk)
    for days, more in ((30, "3 more times"), (30, "2 more times"), (10, "1 more time.")):
        text = client.get(page).text
        assert f"it runs {days} days longer" in text
        assert f"It can be extended {more}" in text
        before = until(owned)
        act = asked(owned, clerk, timezone.now())
        extensions.answer(act, granted=True, by=Actor.of(manager), at=timezone.now())
        assert (until(owned) - before).days == days
    assert client.get(page).status_code == 302


def test_another_region_decides_nothing(owned, clerk, login):
    act = asked(owned, clerk, DAY_ONE + DAY)
    other = login(RegionalManagerFactory())
    gone = other.post(f"/customers/extensions/{act.pk}/", {"answer": "yes"})
    assert gone.status_code == 404
    assert WHY not in other.get("/customers/extensions/").text
    with pytest.raises(ExtensionRefused, match="region decides"):
        extensions.answer(act, granted=True, by=Actor.of(MembershipFactory()), at=DAY_ONE + DAY)


def test_headquarters_answers_in_the_admin(store, clerk, hq, login):
    owned = registered(store, at=timezone.now() - DAY).ownership
    act = asked(owned, clerk, timezone.now())
    listed = reverse("admin:customers_act_changelist")
    said = {"action": "decline", "_selected_action": [act.pk], "confirmed": "1", "note": "No quote"}

    login(hq).post(listed, said, follow=True)

    assert Act.objects.get(answers=act).kind == ActKind.DECLINED


def test_a_request_about_who_is_released_before_the_answer_ends_with_the_protection(store, clerk):
    RulebookFactory(release_after_days=7, starts_on=date(2017, 1, 1))
    owned = registered(store, staff=clerk.user).ownership
    released = owned.release_at
    act = asked(owned, clerk, released - HOUR)
    assert act.due_at > released

    passing.let_time_pass(released)
    answer = Act.objects.get(answers=act)
    assert (answer.kind, answer.at, answer.by) == (ActKind.DECLINED, released, None)
    won = registered(store, phone=number_of(owned.customer), at=released + HOUR).ownership
    end = until(won)

    assert passing.let_time_pass(act.due_at) == []
    assert until(won) == end
    assert list(retrace.broken()) == []


def test_a_request_about_what_was_taken_back_is_nobodys_to_answer(store, clerk, owner):
    made = registered(store, staff=clerk.user)
    act = asked(made.ownership, clerk, DAY_ONE + HOUR)
    voids.void(made, reason=VoidReason.TRIED, by=Actor.of(owner), at=DAY_ONE + 2 * HOUR)

    assert list(Act.objects.open()) == []
    assert passing.let_time_pass(act.due_at) == []


def test_a_request_about_what_a_ruling_ended_extends_nobody_elses(owned, clerk, rival):
    act = asked(owned, clerk, DAY_ONE + HOUR)
    track = passing.Person(owned.identity_id, DAY_ONE).track
    ended = track.end(DAY_ONE + 2 * HOUR)
    ruled = Act.about(owned, ActKind.RULED, at=ended.at)
    ruled.save()
    save_together(changes.rows([ended], Cause(act=ruled), ended.at))
    phone = number_of(owned.customer)
    theirs = registered(rival.store, phone=phone, at=DAY_ONE + 3 * HOUR).ownership
    end = until(theirs)

    assert passing.let_time_pass(act.due_at) == []
    assert until(theirs) == end
    assert Act.objects.get(answers=act).dealer == owned.dealer


def test_the_region_answers_where_a_sister_store_went_on(owned, clerk, manager):
    act = asked(owned, clerk, DAY_ONE + HOUR)
    sister = StoreFactory(dealer=owned.dealer)
    goes_on(owned, sister, DAY_ONE + 2 * HOUR)

    extensions.answer(act, granted=True, by=Actor.of(manager), at=DAY_ONE + 3 * HOUR)

    gone_on = latest_of(owned.customer)
    assert (gone_on.store, gone_on.extensions) == (sister, 1)

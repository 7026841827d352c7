"""Work that is put down with what makes it necessary, and handed over after the commit."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from celery import shared_task, states
from django.contrib.auth.decorators import login_not_required
from django.db import connection, transaction
from django.http import HttpResponse
from django.urls import path, reverse
from kombu import pools

from config import celery_app
from dealers import clock, outbox, watch
from dealers.actor import Actor, acting
from dealers.models import Notice, OutboxTask, Region
from dealers.sending import messages
from dealers.tasks import sweep_outbox
from tests.factories.dealers import RegionFactory

NOW = datetime(2026, 11, 1, 9, tzinfo=UTC)
LATER = NOW + timedelta(minutes=2)
TASK = f"{__name__}.name_region"

pytestmark = pytest.mark.django_db(transaction=True)


@shared_task(name=TASK)
def name_region(code, name):
    Region.objects.filter(code=code).update(name=name)


@login_not_required
def rename(request):
    with acting(Actor.worker("rename")):
        RegionFactory(code="R1", name="旧")
    outbox.add(TASK, "R1", "新", at=NOW)
    return HttpResponse("done", status=int(request.GET["status"]))


urlpatterns = [path("rename/", rename)]


def send_to(broker_url, *, eager):
    celery_app.conf.task_always_eager = eager
    celery_app.conf.broker_write_url = broker_url
    pools.reset()
    celery_app._pool = celery_app.amqp._producer_pool = None


@pytest.fixture
def broker_gone():
    """Tasks go to a broker, at an address where nobody listens."""
    send_to("redis://127.0.0.1:1/0", eager=False)
    yield
    send_to(None, eager=True)


def waiting():
    return OutboxTask.objects.to_do().count()


def put_down(task=TASK, args=(), **more):
    return OutboxTask.objects.create(
        task=task, args=list(args), at=NOW, **{"due_at": NOW + outbox.PATIENCE, **more}
    )


def name_of(code):
    return Region.objects.get(code=code).name


def test_a_task_is_handed_over_after_the_commit_and_once():
    with transaction.atomic():
        RegionFactory(code="R1", name="旧")
        outbox.add(TASK, "R1", "新", at=NOW)
        assert name_of("R1") == "旧"
    assert name_of("R1") == "新"
    assert waiting() == 0
    Region.objects.update(name="neu")
    assert outbox.sweep(LATER) == 0
    assert name_of("R1") == "neu"


def test_what_is_rolled_back_leaves_no_task():
    RegionFactory(code="R1", name="旧")
    with transaction.atomic():
        outbox.add(TASK, "R1", "新", at=NOW)
        transaction.set_rollback(True)
    assert OutboxTask.objects.count() == 0
    assert name_of("R1") == "旧"


@pytest.mark.urls(__name__)
def test_a_broker_that_is_gone_fails_no_answer_and_the_sweep_sends_later(client, broker_gone):
    assert client.get("/rename/", {"status": 200}).content == b"done"
    assert (name_of("R1"), waiting()) == ("旧", 1)
    assert outbox.sweep(LATER) == 0
    assert waiting() == 1

    send_to(None, eager=True)
    assert outbox.sweep(NOW + timedelta(seconds=30)) == 0  # the web process may be sending it
    assert outbox.sweep(LATER) == 1
    assert (name_of("R1"), waiting()) == ("新", 0)


@pytest.mark.urls(__name__)
def test_a_broker_that_is_frozen_keeps_one_answer_waiting_and_once(client, broker_gone, tmp_path):
    seconds = []
    with socket.socket(socket.AF_UNIX) as broker:
        broker.bind(str(tmp_path / "frozen.sock"))
        broker.listen(8)
        send_to(f"redis+socket://{tmp_path}/frozen.sock?virtual_host=0", eager=False)
        for _turn in range(2):
            Region.objects.all().delete()
            began = time.monotonic()
            assert client.get("/rename/", {"status": 200}).content == b"done"
            seconds.append(time.monotonic() - began)

    assert 1 < seconds[0] < 3  # whoever comes first, and on a busy machine
    assert seconds[1] < 1
    assert waiting() == 2


@pytest.mark.urls(__name__)
def test_an_answer_that_fails_leaves_no_task(client):
    assert client.get("/rename/", {"status": 500}).status_code == 500
    assert OutboxTask.objects.count() == 0


def test_a_task_that_never_works_holds_up_no_other():
    RegionFactory(code="R1", name="旧")
    unheard = put_down("dealers.tasks.unheard_of")
    put_down(args=["R1", "新"])
    assert outbox.sweep(LATER) == 1
    assert (name_of("R1"), waiting()) == ("新", 0)
    unheard.refresh_from_db()
    assert unheard.given_up_at
    assert "unheard_of" in unheard.problem


def test_two_sweeps_at_once_send_a_task_once():
    RegionFactory(code="R1", name="旧")
    row = put_down(args=["R1", "新"])

    def sweep():
        try:
            return outbox.sweep(LATER)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=1) as pool, transaction.atomic():
        OutboxTask.objects.select_for_update().get(pk=row.pk)  # as a sweep that runs holds it
        assert pool.submit(sweep).result(timeout=20) == 0


def test_what_was_done_is_forgotten_after_a_month():
    put_down(done_at=NOW)
    outbox.sweep(NOW + timedelta(days=29))
    assert OutboxTask.objects.count() == 1
    outbox.sweep(NOW + timedelta(days=31))
    assert OutboxTask.objects.count() == 0


FAIL = f"{__name__}.name_and_fail"
STEPS = f"{__name__}.name_in_steps"


@shared_task(name=FAIL, most_tries=3)
def name_and_fail(code, name):
    Region.objects.filter(code=code).update(name=name)
    raise ValueError("no route to 13800138000 or mail@example.com\nDETAIL: (name)=(王小姐)")


@shared_task(name=STEPS, in_steps=True)
def name_in_steps(code, name):
    assert not connection.in_atomic_block
    Region.objects.filter(code=code).update(name=name)


def message_of(row, task=name_region):
    """The worker gets the message of a row, as it may once more than it was sent."""
    task.apply(args=row.args, task_id=f"outbox-{row.pk}-again", throw=False)
    row.refresh_from_db()


def test_a_task_that_comes_twice_has_its_effect_once():
    RegionFactory(code="R1", name="旧")
    row = put_down(args=["R1", "新"])
    message_of(row)
    assert (name_of("R1"), row.tries) == ("新", 1)
    Region.objects.update(name="neu")
    message_of(row)
    assert (name_of("R1"), row.tries) == ("neu", 1)


def test_what_fails_is_taken_back_and_comes_again_later_each_time_until_it_is_given_up():
    RegionFactory(code="R1", name="旧")
    row = put_down(FAIL, ["R1", "新"])
    pauses = []
    for tried in (1, 2, 3):
        message_of(row, name_and_fail)
        pauses.append(row.due_at)
        assert (name_of("R1"), row.tries, row.done_at) == ("旧", tried, None)
    assert pauses == sorted(pauses)
    assert row.given_up_at
    assert row.problem == "ValueError: no route to … or …"
    message_of(row, name_and_fail)
    assert row.tries == 3
    assert outbox.gave_up(FAIL, "R1", "新")


def test_a_task_that_kills_its_worker_is_counted_and_given_up():
    row = put_down(args=["R1", "新"], tries=12)
    message_of(row)
    assert row.given_up_at
    assert row.problem == outbox.LOST


def test_a_task_under_way_is_neither_sent_nor_begun_again():
    RegionFactory(code="R1", name="旧")
    row = put_down(args=["R1", "新"])

    def elsewhere():
        try:
            message_of(row)
            return outbox.sweep(LATER)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=1) as pool, transaction.atomic():
        OutboxTask.objects.select_for_update().get(pk=row.pk)  # as the worker that does it
        assert pool.submit(elsewhere).result(timeout=20) == 0
    assert (name_of("R1"), row.tries) == ("旧", 0)


def test_a_task_in_steps_commits_by_itself_and_is_closed_afterwards():
    RegionFactory(code="R1", name="旧")
    row = put_down(STEPS, ["R1", "新"])
    message_of(row, name_in_steps)
    assert name_of("R1") == "新"
    assert row.done_at


def test_what_a_lost_broker_forgot_is_sent_again():
    RegionFactory(code="R1", name="旧")
    put_down(args=["R1", "新"], sent_at=NOW, due_at=NOW + outbox.AGAIN)  # and never arrived
    assert outbox.sweep(NOW + timedelta(minutes=1)) == 0
    assert outbox.sweep(LATER) == 1
    assert name_of("R1") == "新"


def test_headquarters_is_told_of_tasks_that_were_given_up_once_an_hour(hq):
    put_down(given_up_at=NOW, problem="x")
    put_down(given_up_at=NOW, problem="y")
    for _ in range(2):
        watch.of_the_outbox(NOW + timedelta(minutes=1))
    (notice,) = Notice.objects.of(hq)
    assert (notice.kind, notice.level) == ("alarm", "now")
    assert reverse("admin:dealers_outboxtask_changelist") in notice.to


def test_headquarters_is_told_of_a_job_that_fails_once_a_day(hq, monkeypatch):
    def fail(at):
        raise ZeroDivisionError

    monkeypatch.setattr(outbox, "sweep", fail)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            sweep_outbox.delay()
    (notice,) = Notice.objects.of(hq)
    assert (notice.kind, notice.level) == ("alarm", "now")
    assert "sweep_outbox" in notice.title


tried: list[int] = []


@shared_task(name=f"{__name__}.fail_at_first", autoretry_for=(OSError,), max_retries=3)
def fail_at_first():
    tried.append(1)
    if len(tried) == 1:
        raise OSError("a disk that is away")


def test_headquarters_is_not_told_of_a_job_that_only_comes_again(hq):
    tried.clear()
    fail_at_first.apply(throw=False)
    assert len(tried) == 2
    assert not Notice.objects.exists()


def test_a_job_of_the_scheduler_is_left_to_its_next_turn_while_the_clock_is_wrong(monkeypatch):
    tried.clear()
    monkeypatch.setattr(clock, "TOLERANCE", timedelta(days=-1))
    assert fail_at_first.apply(throw=False).state == states.IGNORED
    assert tried == []


def test_a_task_that_is_forgotten_is_not_handed_over_again():
    RegionFactory(code="R1", name="旧")
    row = put_down(args=["R1", "新"], given_up_at=NOW)
    OutboxTask.objects.filter(pk=row.pk).delete()
    with pytest.raises(outbox.Forgotten):
        outbox.send_again(row, by=Actor.worker("test"), at=LATER)
    assert (name_of("R1"), OutboxTask.objects.count()) == ("旧", 0)


def test_a_message_that_was_sent_meanwhile_is_not_handed_over_again():
    row = put_down(messages.TASK, ["what was sent meanwhile"])
    OutboxTask.objects.filter(pk=row.pk).update(args=[], done_at=NOW)
    with pytest.raises(outbox.Forgotten):
        outbox.send_again(row, by=Actor.worker("test"), at=LATER)
    row.refresh_from_db()
    assert (row.args, row.done_at) == ([], NOW)


def test_a_message_that_was_given_up_is_forgotten_some_days_later():
    row = put_down(messages.TASK, ["a sealed number"], given_up_at=NOW)
    assert messages.forget(NOW + messages.KEPT) == 0
    assert messages.forget(NOW + messages.KEPT + timedelta(minutes=1)) == 1
    row.refresh_from_db()
    assert row.args == []


def test_the_scheduler_sweeps():
    RegionFactory(code="R1", name="旧")
    put_down(args=["R1", "新"])
    sweep_outbox.delay()
    assert name_of("R1") == "新"


def test_headquarters_hands_a_task_over_again_without_seeing_what_is_in_it(login, hq):
    RegionFactory(code="R1", name="旧")
    task = put_down(args=["R1", "一个链接"], given_up_at=NOW, tries=12, problem="OSError: …")
    page = reverse("admin:dealers_outboxtask_changelist")
    client = login(hq)
    for shown in (page, f"{page}{task.pk}/change/"):
        assert TASK in client.get(shown).text
        assert "一个链接" not in client.get(shown).text
        assert "OSError: …" in client.get(shown).text
    assert client.get(page, {"state": "given_up"}).context["cl"].queryset.get() == task
    assert not client.get(page, {"state": "waiting"}).context["cl"].queryset

    client.post(page, {"action": "send_again", "_selected_action": [task.pk]})

    assert name_of("R1") == "一个链接"
    task.refresh_from_db()
    assert task.done_at > NOW
    assert (task.given_up_at, task.problem, task.tries) == (None, "", 1)


@pytest.mark.usefixtures("english")
def test_headquarters_is_told_that_a_message_which_is_forgotten_is_not_handed_over(login, hq):
    row = put_down(messages.TASK, given_up_at=NOW)
    page = reverse("admin:dealers_outboxtask_changelist")
    asked = {"action": "send_again", "_selected_action": [row.pk]}
    told = login(hq).post(page, asked, follow=True).text
    assert "What it was to do is not kept any more." in told
    assert "is handed over again" not in told
    row.refresh_from_db()
    assert row.given_up_at == NOW

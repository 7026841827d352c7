"""Work that is put down with what makes it necessary, and handed over after the commit."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from celery import shared_task
from django.contrib.auth.decorators import login_not_required
from django.db import connection, transaction
from django.http import HttpResponse
from django.urls import path, reverse
from kombu import pools

from config import celery_app
from dealers import outbox
from dealers.actor import Actor, acting
from dealers.models import OutboxTask, Region
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
    return OutboxTask.objects.waiting(LATER).count()


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
def test_an_answer_that_fails_leaves_no_task(client):
    assert client.get("/rename/", {"status": 500}).status_code == 500
    assert OutboxTask.objects.count() == 0


def test_a_task_that_never_works_holds_up_no_other():
    RegionFactory(code="R1", name="旧")
    OutboxTask.objects.create(task="dealers.tasks.unheard_of", at=NOW)
    OutboxTask.objects.create(task=TASK, args=["R1", "新"], at=NOW)
    assert outbox.sweep(LATER) == 1
    assert (name_of("R1"), waiting()) == ("新", 1)


def test_two_sweeps_at_once_send_a_task_once():
    RegionFactory(code="R1", name="旧")
    row = OutboxTask.objects.create(task=TASK, args=["R1", "新"], at=NOW)

    def sweep():
        try:
            return outbox.sweep(LATER)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=1) as pool, transaction.atomic():
        OutboxTask.objects.select_for_update().get(pk=row.pk)  # as a sweep that runs holds it
        assert pool.submit(sweep).result(timeout=20) == 0


def test_what_was_handed_over_is_forgotten_after_a_month():
    OutboxTask.objects.create(task=TASK, at=NOW, sent_at=NOW)
    outbox.sweep(NOW + timedelta(days=29))
    assert OutboxTask.objects.count() == 1
    outbox.sweep(NOW + timedelta(days=31))
    assert OutboxTask.objects.count() == 0


def test_the_scheduler_sweeps():
    RegionFactory(code="R1", name="旧")
    OutboxTask.objects.create(task=TASK, args=["R1", "新"], at=NOW)
    sweep_outbox.delay()
    assert name_of("R1") == "新"


def test_headquarters_hands_a_task_over_again_without_seeing_what_is_in_it(login, hq):
    RegionFactory(code="R1", name="旧")
    task = OutboxTask.objects.create(task=TASK, args=["R1", "一个链接"], at=NOW, sent_at=NOW)
    page = reverse("admin:dealers_outboxtask_changelist")
    client = login(hq)
    for shown in (page, f"{page}{task.pk}/change/"):
        assert TASK in client.get(shown).text
        assert "一个链接" not in client.get(shown).text
    assert not client.get(page, {"handed_over": "no"}).context["cl"].queryset

    client.post(page, {"action": "send_again", "_selected_action": [task.pk]})

    assert name_of("R1") == "一个链接"
    assert OutboxTask.objects.get(pk=task.pk).sent_at > NOW

"""What a request may have, and what a server with a wrong clock may do."""

import time
import uuid
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from config.servers.database.base import patience
from customers.models import Registration
from dealers import clock, exports
from dealers.actor import Actor
from dealers.models import AccessLog, Export, OutboxTask
from dealers.site import LARGEST_FORM
from tests.config.slow_commits import commits_slowly
from tests.factories.customers import RulebookFactory, phone_number, registered
from tests.factories.training import VersionFactory, published
from training import learning
from training.models import Progress

pytestmark = pytest.mark.django_db


class Untouched:
    """A body that fails whoever reads it."""

    def read(self, *_size):
        raise AssertionError("The body was read.")

    readline = read


def post(client, path, length):
    return client.generic(
        "POST", path, content_type="application/x-www-form-urlencoded",
        **{"CONTENT_LENGTH": str(length), "wsgi.input": Untouched()},
    )  # fmt: skip


@pytest.mark.parametrize("path", ["/accounts/login/", "/capture/", "/nothing/here/"])
def test_a_large_body_is_refused_unread(client, path):
    assert post(client, path, 300 * 1024 * 1024).status_code == 413


def test_only_headquarters_sends_files(login, clerk, hq):
    version = VersionFactory(content=None)
    path = reverse("admin:training_courseversion_change", args=[version.pk])
    assert post(login(clerk), path, LARGEST_FORM + 1).status_code == 413
    assert post(Client(), path, LARGEST_FORM + 1).status_code == 413
    assert post(login(hq), path, 65 * 1024 * 1024).status_code == 413
    assert login(hq).post(path, {"note": "x" * (LARGEST_FORM + 1)}).status_code != 413


@pytest.fixture
def wrong_clock(monkeypatch):
    """This server's clock is ten seconds ahead of the database's."""
    now = timezone.now
    monkeypatch.setattr("django.utils.timezone.now", lambda: now() + timedelta(seconds=10))


def test_a_server_with_a_wrong_clock_shows_pages_and_records_nothing(login, clerk, wrong_clock):
    client = login(clerk)
    assert client.get("/capture/").status_code == 200
    answer = client.post("/capture/", {"phone": "19912345678"})
    assert answer.status_code == 503
    assert answer.templates[0].name == "clock.html"
    assert "clock" in client.get("/healthz").text
    with pytest.raises(CommandError, match="5"):
        call_command("close_period", "2026-01", stdout=StringIO())


@pytest.fixture
def customer(store):
    """Registered before the clock went wrong."""
    RulebookFactory()
    return registered(store, name="王小明", at=timezone.now())


@pytest.fixture
def course(clerk):
    """A course that the clerk has begun; the address of its first lesson."""
    version = published()
    learning.enroll(clerk.user, version, by=Actor.of(clerk), at=timezone.now())
    return reverse("training:lesson", args=[version.course.slug, 1])


def test_what_a_page_puts_down_is_taken_back(login, clerk, course, wrong_clock):
    assert login(clerk).get(course).status_code == 200
    assert not Progress.objects.exists()


@pytest.mark.parametrize(
    ("who", "path"),
    [
        ("hq", "/admin/customers/registration/"),
        ("owner", "/customers/?view=all&export=csv"),
    ],
)
def test_nothing_is_shown_that_has_to_leave_an_entry(who, path, request, login, customer):
    client = login(request.getfixturevalue(who))
    request.getfixturevalue("wrong_clock")  # from here on

    answer = client.get(path)

    assert answer.status_code == 503
    assert answer.templates[0].name == "clock.html"
    assert not AccessLog.objects.exists()


def test_no_file_is_promised(login, owner, customer, monkeypatch, wrong_clock):
    monkeypatch.setattr(exports, "MANY", 0)
    assert login(owner).get("/customers/?view=all&export=csv").status_code == 503
    assert not Export.objects.exists()


def test_a_slow_answer_is_no_wrong_clock():
    now = timezone.now()
    later = now + timedelta(seconds=60)
    assert not clock.differs(now, now + timedelta(seconds=30), later)
    assert not clock.differs(now, now - timedelta(seconds=4), now)
    assert clock.differs(now, now - timedelta(seconds=6), now)
    assert clock.differs(now, later + timedelta(seconds=6), later)


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_longer_than_their_patience_for_the_database():
    hasty = patience(0.3)
    with pytest.raises(OperationalError, match="in time"), hasty, connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(20)")
    connection.close_if_unusable_or_obsolete()  # as after every request
    with connection.cursor() as cursor:  # a new connection
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)


def test_a_database_that_is_lost_is_a_503_with_a_sentence(monkeypatch):
    def lost(*_args, **_options):
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr("config.middleware.tell_behind_walls", lost)
    client = Client(raise_request_exception=False)
    answer = client.get("/accounts/login/", headers={"accept-language": "en"})
    assert answer.status_code == 503
    assert "does not get through to its database" in answer.text
    assert "Open the page again in a minute." in answer.text
    assert "send it again" not in answer.text
    assert answer["Retry-After"] == "60"


@pytest.mark.django_db(transaction=True)
def test_whoever_registers_is_told_that_nobody_knows_whether_it_was_kept(clerk, login):
    RulebookFactory()
    client = login(clerk)
    client.raise_request_exception = False
    client.get("/capture/")  # a first page takes longer
    said = {"key": str(uuid.uuid4()), "country": "86", "phone": phone_number(), "name": "陈",
            "consent": "on"}  # fmt: skip

    with commits_slowly("customers_registration", 6):
        began = time.monotonic()
        answer = client.post("/capture/", said, headers={"accept-language": "en"})
        took = time.monotonic() - began

    assert answer.status_code == 503
    assert "It is not known whether this was saved" in answer.text
    assert took < 4
    made = Registration.objects.get()
    assert client.post("/capture/", said).headers["Location"] == made.get_absolute_url()
    assert Registration.objects.count() == 1


def test_pages_ask_browsers_for_no_device(client):
    policy = client.get("/accounts/login/")["Permissions-Policy"]
    assert "camera=()" in policy
    assert "geolocation=()" in policy


def test_tasks_that_wait_for_long_are_named(client):
    then = timezone.now() - timedelta(minutes=4)
    OutboxTask.objects.create(task="x", at=then, due_at=then)
    assert "tasks wait for the broker" in client.get("/healthz").text

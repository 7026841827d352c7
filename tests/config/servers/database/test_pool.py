"""Behind a PgBouncer that gives each transaction another session, everybody is who they are."""

import logging
import shutil
import signal
import tempfile
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from django.conf import settings as portal
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.utils import timezone

from config.servers import embedded, keeper
from customers.models import Customer, Registration
from dealers.actor import Actor, acting
from dealers.imports import uploads
from dealers.models import Role, UploadState
from dealers.walls import roles
from tests.config.processes import wait_until
from tests.factories.customers import RulebookFactory, phone_number, registered
from tests.factories.dealers import OwnerFactory

LOG = logging.getLogger(__name__)
pytestmark = pytest.mark.django_db(transaction=True)
PORT, SESSIONS, ROUNDS, TIMES = 6432, 2, 8, 60
SETTINGS = """
[databases]
* = host={host} port={port} user={user}{password}
[pgbouncer]
listen_addr =
listen_port = {own}
unix_socket_dir = {folder}
auth_type = any
pool_mode = transaction
default_pool_size = {sessions}
server_login_retry = 1
logfile = {folder}/log
"""
# What a session may keep for the next transaction, which is somebody else's.
KEPT = """
SELECT current_setting('role'), coalesce(current_setting('app.dealer_id', true), ''),
    coalesce(current_setting('app.actor_id', true), ''),
    (SELECT count(*) FROM pg_prepared_statements),
    (SELECT count(*) FROM pg_cursors WHERE is_holdable),
    (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()),
    (SELECT count(*) FROM pg_class WHERE relpersistence = 't')
"""


@pytest.fixture
def pool(monkeypatch, settings):
    """A PgBouncer with two sessions; threads connect to it, this one stays where it is."""
    settings.PORTAL_POOLED = True
    connection.ensure_connection()
    server = connection.settings_dict
    ours = embedded.is_database(portal.PORTAL_DATA, server["HOST"])
    folder = Path(tempfile.mkdtemp(prefix="portal-pool-", dir="/tmp"))  # a socket's path is short
    said = SETTINGS.format(
        host=server["HOST"], port=server["PORT"] or 5432, folder=folder, own=PORT,
        user=roles.LOGIN if ours else server["USER"], sessions=SESSIONS,
        password="" if ours else f" password={server['PASSWORD']}",
    )  # fmt: skip
    (folder / "ini").write_text(said)
    keeper.give_to_server(folder)
    program = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"
    bouncer = keeper.start_bound(
        keeper.as_server_user([program, "-q", str(folder / "ini")]), signal.SIGTERM,
        cwd="/", env=keeper.server_environment(),
    )  # fmt: skip
    for name, value in {"HOST": str(folder), "PORT": PORT, "USER": roles.LOGIN}.items():
        monkeypatch.setitem(server, name, value)
    wait_until(lambda: answers(folder))
    yield folder
    bouncer.terminate()
    bouncer.wait()
    LOG.info((folder / "log").read_text())  # which stands beside a test that failed
    shutil.rmtree(folder)


def answers(folder):
    with suppress(psycopg.OperationalError), session(folder):
        return True
    return False


def session(folder):
    name = connection.settings_dict["NAME"]
    return psycopg.connect(host=str(folder), port=PORT, user=roles.LOGIN, dbname=name)


def at_once(works):
    """Do all of this at the same time, each in a thread with a connection of its own."""

    def alone(work):
        try:
            return list(work)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(alone, works))


def patient(client):
    """Seven share two sessions: what one is told, the clients of the others would raise as well."""
    client.raise_request_exception = False
    return client


def registers(client, name):
    """Sends the same form again whenever it is told that no session was free in time."""
    said = {"key": str(uuid.uuid4()), "country": "86", "phone": phone_number(), "name": name,
            "consent": "on"}  # fmt: skip
    for _time in range(TIMES):
        answer = client.post("/capture/", said)
        if answer.status_code != 503:
            break
    return answer.status_code == 302


def works_at_a_dealer(post, client, mine, others):
    """What went wrong while somebody registers customers and reads their list."""
    for _nth in range(ROUNDS):
        if post.role == Role.ASSOCIATE and not registers(client, mine):
            yield f"{post} registers no customer"
        page = client.get("/customers/?view=all")
        if page.status_code != 200 or mine not in page.text or others in page.text:
            yield f"{post}: {page.status_code}"


def works_at_headquarters(client, names):
    for _nth in range(ROUNDS):
        page = client.get("/admin/customers/customer/")
        if page.status_code != 200 or any(name in page.text for name in names):
            yield f"headquarters: {page.status_code}"


def goes_on_beside_them(cards):
    with acting(Actor.worker("count")):
        for _nth in range(ROUNDS):
            seen = {card.pk for card in Customer.objects.iterator(chunk_size=2)}
            if not cards <= seen:
                yield f"the worker sees {len(seen)} customers"


def brings_a_file(post, name):
    """Which the worker looks at behind the pool as well, in tables of its own."""
    content = f"姓名,手机号,日期,同意\n{name},{phone_number()},2026-11-20,是\n".encode()
    with transaction.atomic(), acting(Actor.of(post)):
        upload = uploads.bring(
            [SimpleUploadedFile("a.csv", content)], site="http://testserver", by=Actor.of(post),
            at=timezone.now(),
        )  # fmt: skip
    with acting(Actor.of(post)):
        upload.refresh_from_db()
    if upload.state != UploadState.CHECKED:
        yield f"the file is {upload.state}: {upload.problem}"


def test_nobody_is_taken_for_somebody_else(pool, clerk, rival, hq, login):
    RulebookFactory(person_minute_limit=None)
    names = {clerk.dealer_id: "甲店顾客", rival.dealer_id: "乙店顾客"}
    for post in (clerk, rival):
        for _each in range(3):
            registered(post.store, name=names[post.dealer_id], staff=post.user, at=timezone.now())
    owners = [OwnerFactory(dealer=post.dealer) for post in (clerk, rival)]
    cards = set(Customer.objects.values_list("pk", flat=True))

    works = [
        works_at_headquarters(patient(login(hq)), names.values()),
        goes_on_beside_them(cards),
        brings_a_file(owners[0], names[clerk.dealer_id]),
    ]
    for post in (clerk, rival, *owners):
        (others,) = {*names.values()} - {names[post.dealer_id]}
        client = patient(login(post))
        client.get("/customers/?view=all")  # an owner's first visit says something else
        works.append(works_at_a_dealer(post, client, names[post.dealer_id], others))
    wrong = at_once(works)

    assert [each for found in wrong for each in found] == []
    for post in (clerk, rival):
        assert Registration.objects.filter(staff=post.user).count() == 3 + ROUNDS
    with session(pool) as one, session(pool) as other:  # each holds one of both sessions
        kept = [each.execute(KEPT).fetchone() for each in (one, other)]
    assert kept == [("none", "", "", 0, 0, 0, 0)] * SESSIONS

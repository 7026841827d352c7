"""The embedded servers: on demand, beside each other, and through every kind of death."""

import base64
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from config.servers import embedded
from config.servers.keeper import Postgres, Valkey
from tests.config.processes import gone, wait_until

ROOT = Path(__file__).resolve().parents[3]

# A user of the servers: connects, does what it is told line by line, and stays.
USER = """
import sys
from pathlib import Path
import psycopg
from config.servers import embedded
from config.servers.keeper import Postgres
data = Path(sys.argv[1])
embedded.ensure_database(data, str(Postgres(data).sockets))
connection = psycopg.connect(embedded.database_url(data), autocommit=True)
print("connected", flush=True)
for line in sys.stdin:
    print(connection.execute(line).statusmessage, flush=True)
"""


class User:
    """Another process that uses the PostgreSQL of a data folder."""

    def __init__(self, data):
        self.process = subprocess.Popen(
            [sys.executable, "-c", USER, str(data)],
            cwd=ROOT,
            env={**os.environ, "PORTAL_DURABLE": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def connected(self):
        return self.process.stdout.readline() == "connected\n"

    def run(self, sql):
        self.process.stdin.write(sql + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def end(self, how=signal.SIGKILL):
        self.process.send_signal(how)
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A data folder with a table, whose server is stopped at the end of the module."""
    folder = tmp_path_factory.mktemp("portal") / "var"
    user = User(folder)
    assert user.connected()
    assert user.run("CREATE TABLE kept (word text)") == "CREATE TABLE"
    user.end(signal.SIGTERM)
    yield folder
    embedded.stop(Postgres(folder))


@pytest.fixture
def user(data):
    """A process that uses the data folder's server for as long as the test runs."""
    user = User(data)
    assert user.connected()
    yield user
    user.end()


def connect(data):
    embedded.ensure_database(data, str(Postgres(data).sockets))
    return psycopg.connect(embedded.database_url(data), autocommit=True)


def words(data):
    with connect(data) as connection:
        return {word for (word,) in connection.execute("SELECT word FROM kept")}


@pytest.fixture
def no_longer_used():
    """Give this process's own locks back after the test."""
    yield
    for lock in embedded._in_use.copy():
        if "var/test" not in str(lock):
            os.close(embedded._in_use.pop(lock))


def keeper_id(server):
    return int(server.keeper_lock.read_text().split()[0])


def server_id(data):
    return int((data / "postgres" / "postmaster.pid").read_text().splitlines()[0])


def test_committed_rows_survive_the_kill_of_the_server(data, user, no_longer_used):
    user.run("INSERT INTO kept VALUES ('server')")
    killed = server_id(data)

    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: gone(killed))
    wait_until(lambda: embedded.status(Postgres(data)) == "ready" and server_id(data) != killed)

    assert "server" in words(data)


def test_the_kill_of_the_keeper_ends_the_server_and_the_next_user_starts_both(
    data, user, no_longer_used
):
    user.run("INSERT INTO kept VALUES ('keeper')")
    keeper, server = keeper_id(Postgres(data)), server_id(data)

    os.kill(keeper, signal.SIGKILL)
    wait_until(lambda: gone(server))

    assert "keeper" in words(data)
    assert keeper_id(Postgres(data)) != keeper


def test_the_server_stops_after_its_last_user_was_killed(data, user):
    user.run("INSERT INTO kept VALUES ('user')")
    second = User(data)
    assert second.connected()
    keeper, server = keeper_id(Postgres(data)), server_id(data)

    user.end()
    time.sleep(2.5)  # longer than the keeper lingers
    assert not gone(server)

    second.end()
    wait_until(lambda: gone(server) and gone(keeper))
    assert not Postgres(data).sockets.exists()
    assert embedded.status(Postgres(data)) == "stopped"


def test_many_users_at_once_start_one_server(data, no_longer_used):
    embedded.stop(Postgres(data))
    users = [User(data) for _ in range(4)]
    try:
        with ThreadPoolExecutor(4) as pool:
            assert all(pool.map(User.connected, users))
        answers = {user.run("INSERT INTO kept VALUES ('together')") for user in users}
        assert answers == {"INSERT 0 1"}
    finally:
        for user in users:
            user.end()


def test_two_data_folders_have_a_server_each(data, user, tmp_path, no_longer_used, monkeypatch):
    monkeypatch.setenv("PORTAL_DURABLE", "0")
    other = tmp_path / "var"
    try:
        with connect(other) as connection:
            assert not connection.execute("SELECT to_regclass('kept')").fetchone()[0]
        assert words(data) is not None
        assert embedded.database_url(other) != embedded.database_url(data)
    finally:
        embedded.stop(Postgres(other))


def test_a_job_in_the_queue_survives_the_kill_of_valkey(tmp_path, no_longer_used):
    import redis

    valkey, url = Valkey(tmp_path), embedded.valkey_url(tmp_path)
    try:
        embedded.ensure_valkey(tmp_path, url)
        with redis.from_url(url) as client:
            client.rpush("queue", "job")
            server = client.info("server")["process_id"]

        os.kill(server, signal.SIGKILL)
        wait_until(lambda: gone(server))
        wait_until(lambda: valkey.ready(0))

        with redis.from_url(url) as client:
            assert client.lrange("queue", 0, -1) == [b"job"]
    finally:
        embedded.stop(valkey)


def test_each_process_of_the_tests_has_a_numbered_database_of_its_own(tmp_path):
    command = Valkey(tmp_path).command()

    # 0 is the queues', and a worker's is one more than its number.
    assert int(command[command.index("--databases") + 1]) > os.cpu_count()


def test_a_server_that_cannot_start_says_so(tmp_path, no_longer_used):
    (tmp_path / "postgres").mkdir()

    with pytest.raises(embedded.EmbeddedServerFailed, match=r"does not start: .+postgres\.log"):
        connect(tmp_path)


def test_a_server_named_elsewhere_starts_nothing(tmp_path):
    embedded.ensure_database(tmp_path, "db.example.com")
    embedded.ensure_valkey(tmp_path, "redis://cache.example.com/1")

    assert not list(tmp_path.iterdir())


def test_everybody_gets_the_same_secret_from_the_first_moment(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: embedded.demo_secret(tmp_path, "PORTAL_KEY"), range(8)))

    assert len(found) == 1
    assert len(base64.b64decode(found.pop())) == 32
    (file,) = (tmp_path / "secrets").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("url", "cache", "broker"),
    [
        (
            "unix:///tmp/a%20b.sock?db=0",
            "unix:///tmp/a%20b.sock?db=1",
            "redis+socket:///tmp/a%20b.sock?virtual_host=0",
        ),
        ("redis://valkey:6379/5", "redis://valkey:6379/1", "redis://valkey:6379/0"),
        ("valkeys://:pw@valkey:6379", "rediss://:pw@valkey:6379/1", "rediss://:pw@valkey:6379/0"),
    ],
)
def test_cache_and_queues_never_share_a_numbered_database(url, cache, broker):
    assert embedded.valkey_database(url, 1) == cache
    assert embedded.broker_url(url) == broker

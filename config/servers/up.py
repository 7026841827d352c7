"""``make up``: the whole portal in one terminal, from an empty folder to the login page.

Prepares database, signer, translations, static files and demo data, then runs web server, worker
and scheduler until it is told to stop. What fails is started again; whatever kills this process,
the others end with it.
"""

import contextlib
import fcntl
import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import django
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command, get_commands
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.urls import reverse

from config import translations
from config.servers import embedded, keeper, logins
from dealers.walls import building, roles

STOP_PATIENCE = 30.0  # seconds that a child may take to finish its work
START_PATIENCE = 90.0  # seconds until the login page must answer
STEADY = 60.0  # seconds after which a child counts as healthy again
PORTS = range(8000, 8100)


class Stop(BaseException):
    """Somebody wants all of it to end; not an error, so nothing may catch it as one."""


@contextlib.contextmanager
def step(name: str) -> Iterator[None]:
    """Show what is being done and how long it took."""
    print(f"  {name} … ", end="", flush=True)
    started = time.monotonic()
    yield
    print(f"{time.monotonic() - started:.1f} s", flush=True)


class Child:
    """One of the processes that make up the portal."""

    def __init__(self, name: str, command: list[str]) -> None:
        self.name = name
        self.command = command
        self.log = settings.PORTAL_DATA / "log" / f"{name}.log"
        self.read = 0
        self.failures = 0
        self.start_at = 0.0
        self.started_at = 0.0
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        self.read = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self.process = keeper.start_bound(
                self.command,
                signal.SIGTERM,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
                start_new_session=True,  # Ctrl-C is for us; we tell the others
            )
        self.started_at = time.monotonic()

    def look_after(self) -> None:
        """Start the process again if it has ended, later each time it does not last."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.start_at:
                self.start()
        elif self.process.poll() is not None:
            self.failures = 0 if now - self.started_at > STEADY else self.failures + 1
            wait = min(30, 2**self.failures)
            print(f"{self.name} ended ({self.process.returncode}); again in {wait} s.", flush=True)
            self.process = None
            self.start_at = now + wait

    def skip_log(self) -> None:
        """Leave out what the process says about its own start."""
        self.read = self.log.stat().st_size

    def show_log(self) -> None:
        """Print what the process has written since the last look."""
        with self.log.open("rb") as log:
            log.seek(self.read)
            text = log.read(64 * 1024)
        complete = text.rpartition(b"\n")[0]
        if complete:
            self.read += len(complete) + 1
            for line in complete.decode(errors="replace").splitlines():
                print(f"{self.name}: {line}", flush=True)


def main() -> int:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _on_signal)
    started = time.monotonic()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    logins.be_owner()
    children: list[Child] = []
    try:
        django.setup()
        lock = _take_lock()
        prepare()
        port = free_port()
        children = portal(port)
        address = f"http://localhost:{port}"
        web, *others = children
        with step("web server"):
            web.start()
            _wait_for_answer(f"http://127.0.0.1:{port}{reverse(settings.LOGIN_URL)}", web)
        for child in others:
            child.start()
        os.pwrite(lock, address.encode(), 0)
        print(f"\nThe portal is up after {time.monotonic() - started:.1f} s: {address}\n")
        show_logins()
        print("Ctrl-C stops it. The logs follow.", flush=True)
        _look_after(children)
    except Stop:
        print("\nStopping …", flush=True)
    except (Failed, embedded.EmbeddedServerFailed) as failure:
        print(f"\n{failure}", flush=True)
        return 1
    finally:
        _stop(children)
        embedded.release(settings.PORTAL_DATA)
    print("Stopped; the data is kept.", flush=True)
    return 0


class Failed(Exception):
    """The portal cannot be brought up; the message says why."""


def _on_signal(number: int, _frame: object) -> None:
    # Only the first one; stopping must not be interrupted half way by an impatient second.
    signal.signal(number, signal.SIG_IGN)
    raise Stop


def _take_lock() -> int:
    path = settings.PORTAL_DATA / "run" / "up"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    (settings.PORTAL_DATA / "log").mkdir(mode=0o700, exist_ok=True)
    lock = keeper.locked(path, fcntl.LOCK_EX)
    if lock is None:
        address = path.read_text() or "an address it has not chosen yet"
        raise Failed(
            f"The portal of this folder is already up at {address}.\n"
            "Stop it with Ctrl-C where it runs, or set PORTAL_DATA to run a second one."
        )
    os.ftruncate(lock, 0)
    return lock


def prepare() -> None:
    """Bring database, translations, static files and demo data up to date."""
    with step("PostgreSQL, Valkey and the signer"):
        connection.ensure_connection()
        embedded.ensure_valkey(settings.PORTAL_DATA, settings.VALKEY_URL)
        try:
            embedded.ensure_signer(settings.PORTAL_SIGNER)
        except ConnectionError as problem:
            raise Failed(f"The signer of receipts: {problem}") from None
    with step("translations"):
        translations.compile_changed()
    with step("migrations"):
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", interactive=False, verbosity=0)
        building.build()
        if roles.missing():
            raise Failed(building.MAKE_THEM)
    with step("static files"):
        collect_changed_static_files()
    # Without the keys nothing can be recorded, of a demo neither.
    if settings.PORTAL_DEMO and not settings.PORTAL_WITHOUT_KEYS and "load_demo" in get_commands():
        print("  demo data …", flush=True)
        began = time.monotonic()
        call_command("load_demo")
        print(f"  demo data {time.monotonic() - began:.1f} s", flush=True)
    connections.close_all()


def collect_changed_static_files() -> None:
    """Run collectstatic unless the files are those of the last time."""
    seen = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list(None):
            found = os.stat(storage.path(path))
            seen.update(f"{path} {found.st_size} {found.st_mtime_ns}\n".encode())
    stamp = settings.PORTAL_DATA / "run" / "static"
    if stamp.exists() and stamp.read_text() == seen.hexdigest() and settings.STATIC_ROOT.exists():
        return
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(seen.hexdigest())


def free_port() -> int:
    """The port of the environment variable PORT, else the first free one from 8000 up."""
    asked = os.environ.get("PORT")
    for port in [int(asked)] if asked else PORTS:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise Failed(f"Port {asked or f'{PORTS.start} and those after it'} is in use; set PORT.")


def portal(port: int) -> list[Child]:
    """The processes of the portal, in the order of their start."""
    os.environ["PORT"] = str(port)
    celery = [
        # Its advice against root is right in production, and noise in a demo in a container.
        *(sys.executable, "-W", "ignore::UserWarning:celery.platforms"),
        *("-m", "celery", "--quiet", "--app", "config"),
    ]
    return [
        Child("web", [sys.executable, "-m", "gunicorn", "--config", "python:config.gunicorn"]),
        Child(
            "worker",
            [
                *(*celery, "worker", "--queues", "asked,default,documents"),
                *("--concurrency", str(min(2, os.cpu_count() or 1))),
                *("--without-gossip", "--without-mingle", "--loglevel", "WARNING"),
            ],
        ),
        Child(
            "scheduler",
            [
                *(*celery, "beat", "--pidfile", "", "--loglevel", "WARNING"),
                *("--schedule", str(settings.PORTAL_DATA / "run" / "schedule")),
            ],
        ),
    ]


def _wait_for_answer(url: str, web: Child) -> None:
    give_up = time.monotonic() + START_PATIENCE
    problem = ""
    while time.monotonic() < give_up:
        web.look_after()
        try:
            with urllib.request.urlopen(url, timeout=10):  # noqa: S310 - our own address
                web.skip_log()
                return
        except OSError as error:  # refused, or an HTTP error with its status
            problem = str(error)
            if isinstance(error, urllib.error.HTTPError):
                error.close()
        time.sleep(0.2)
    web.show_log()
    raise Failed(f"{url} does not answer: {problem}")


def show_logins() -> None:
    """Print the demo logins, one per role."""
    if settings.PORTAL_DEMO and "demo_logins" in get_commands():
        call_command("demo_logins")


def _look_after(children: list[Child]) -> None:
    parent = os.getppid()
    # Started by make, we end with it, even if it was killed; from a shell we may outlive it.
    bound = bool(os.environ.get("MAKELEVEL"))
    while not bound or os.getppid() == parent:
        for child in children:
            child.look_after()
            child.show_log()
        time.sleep(0.3)
    raise Stop


def _stop(children: list[Child]) -> None:
    running = [child.process for child in children if child.process]
    for process in running:
        process.terminate()
    give_up = time.monotonic() + STOP_PATIENCE
    for process in running:
        try:
            process.wait(max(0, give_up - time.monotonic()))
        except subprocess.TimeoutExpired:
            # Tasks are acknowledged late, so the next worker does again what this one leaves.
            process.kill()
            process.wait()


if __name__ == "__main__":
    sys.exit(main())

"""The parts of a running portal, and what may happen to each."""

import contextlib
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import redis
from django.conf import settings

from config.servers.keeper import Postgres, Signer, Valkey

STOPPED, RUNNING = 0.4, 0.1  # seconds of each turn while a part is slow


def processes() -> Iterator[tuple[int, int, str, str]]:
    """Process, parent, working folder and command of everything that runs."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, ValueError, IndexError):
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                yield int(entry.name), parent, str((entry / "cwd").readlink()), command


def family(first: int) -> list[int]:
    """A process and all that it started."""
    found, known = [first], list(processes())
    for process in found:
        found += [child for child, parent, *_rest in known if parent == process]
    return found


class Machine:
    """Finds the processes of the portal that ``up`` runs, by what they are."""

    def __init__(self, up: int) -> None:
        self.up = up

    def postgres(self) -> list[int]:
        pid = Postgres(settings.PORTAL_DATA).folder / "postmaster.pid"
        return family(int(pid.read_text().split()[0]))

    def valkey(self) -> list[int]:
        folder = str(Valkey(settings.PORTAL_DATA).folder)
        return [pid for pid, _parent, cwd, _command in processes() if cwd == folder]

    def signer(self) -> list[int]:
        folder = str(Signer(settings.PORTAL_DATA).folder)
        return [pid for pid, _parent, _cwd, said in processes() if f" {folder} " in said]

    def children(self, word: str) -> list[int]:
        known = [(pid, command) for pid, parent, _c, command in processes() if parent == self.up]
        return [one for pid, command in known if word in command for one in family(pid)]

    def web(self) -> list[int]:
        return self.children("gunicorn")

    def one_web_worker(self) -> list[int]:
        return self.web()[1:2]

    def worker(self) -> list[int]:
        return self.children(" worker ")


def tell(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


@contextlib.contextmanager
def killed(pids):
    tell(pids(), signal.SIGKILL)
    yield


@contextlib.contextmanager
def frozen(pids):
    held = pids()
    tell(held, signal.SIGSTOP)
    try:
        yield
    finally:
        tell(held, signal.SIGCONT)


@contextlib.contextmanager
def slow(pids):
    """Works a fifth of the time."""
    over = threading.Event()

    def turns():
        while not over.is_set():
            held = pids()
            tell(held, signal.SIGSTOP)
            time.sleep(STOPPED)
            tell(held, signal.SIGCONT)
            time.sleep(RUNNING)

    thread = threading.Thread(target=turns)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextlib.contextmanager
def postgres_refuses():
    """Takes no connections for the portal's database, and has ended those there were."""
    sockets = str(Postgres(settings.PORTAL_DATA).sockets)
    with psycopg.connect(
        host=sockets, user="postgres", dbname="postgres", autocommit=True
    ) as superuser:
        superuser.execute("ALTER DATABASE portal ALLOW_CONNECTIONS false")
        superuser.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'portal'"
        )
        try:
            yield
        finally:
            superuser.execute("ALTER DATABASE portal ALLOW_CONNECTIONS true")


@contextlib.contextmanager
def valkey_refuses(server: Valkey):
    """Nobody finds its socket any more."""
    path = server.socket
    away = path.with_suffix(".away")
    with contextlib.closing(redis.Redis(unix_socket_path=str(path))) as client:
        client.ping()  # connected, before the others cannot any more
        path.rename(away)
        client.client_kill_filter(_type="normal", skipme=True)
        try:
            yield
        finally:
            away.rename(path)


@contextlib.contextmanager
def valkey_full(server: Valkey):
    """Answers questions and takes nothing."""
    with contextlib.closing(redis.Redis(unix_socket_path=str(server.socket))) as client:
        client.config_set("maxmemory", 1)
        try:
            yield
        finally:
            client.config_set("maxmemory", 0)


@contextlib.contextmanager
def both(*faults):
    """Several things at once."""
    with contextlib.ExitStack() as stack:
        for each in faults:
            stack.enter_context(each)
        yield


@contextlib.contextmanager
def disk_full():
    """Not a byte is left where the data lies; only for a file system of its own."""
    ballast = settings.PORTAL_DATA.parent / "ballast"
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(1024 * 1024))
    with ballast.open("ab", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"0")
    try:
        yield
    finally:
        ballast.unlink()


class Mail:
    """A mail server that can be told to be gone, to stall, to be slow or to refuse."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.mode = ""
        self.letters: list[str] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                line, _address = self.listener.accept()
            except OSError:  # it was killed
                self.listener.close()
                while self.mode == "killed":
                    time.sleep(0.1)
                self.listener = socket.create_server(("127.0.0.1", self.port))
                continue
            if self.mode == "refused":
                line.close()
            else:
                threading.Thread(target=self._talk, args=[line], daemon=True).start()

    def _talk(self, line: socket.socket) -> None:
        with contextlib.suppress(OSError), line, line.makefile("rwb") as file:
            self._say(file, "220 mail")
            body, in_body = [], False
            for raw in file:
                text = raw.decode(errors="replace").rstrip("\r\n")
                if in_body:
                    in_body = text != "."
                    if not in_body:
                        self.letters.append("\n".join(body))
                        self._say(file, "250 taken")
                    body.append(text)
                elif text.upper() == "DATA":
                    in_body = True
                    self._say(file, "354 go on")
                else:
                    self._say(file, "221 bye" if text.upper() == "QUIT" else "250 yes")

    def _say(self, file, text: str) -> None:
        while self.mode == "frozen":
            time.sleep(0.1)
        if self.mode == "slow":
            time.sleep(1)
        file.write(f"{text}\r\n".encode())
        file.flush()

    @contextlib.contextmanager
    def being(self, mode: str):
        self.mode = mode
        if mode == "killed":
            self.listener.shutdown(socket.SHUT_RDWR)
        try:
            yield
        finally:
            self.mode = ""

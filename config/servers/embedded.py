"""PostgreSQL and Valkey without an installation, and the signer, for demo, development and tests.

Used for what ``DATABASE_URL``, ``VALKEY_URL`` and ``PORTAL_SIGNER`` do not name. All listen on
sockets in private folders, so no ports are taken and checkouts beside each other do not meet.
Nothing is started before the first connection; ``config.servers.keeper`` then runs the server until
its last user has ended.
"""

import base64
import fcntl
import os
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from config.servers import keeper
from config.servers.keeper import Postgres, Server, Signer, Valkey

SIGNER_PATIENCE = 60.0  # seconds: receipts may be late
PATIENCE = 600.0  # seconds to wait for a server: it may have to recover from a crash first

_signers: dict[str, Path] = {}  # the data folders of embedded signers, by their sockets
_in_use: dict[Path, int] = {}  # the users' locks of this process; the kernel frees them at its end


class EmbeddedServerFailed(Exception):
    """An embedded server does not start; the message says where to look."""


def demo_secret(data: Path, name: str) -> str:
    """A secret of 32 random bytes in base64, made on first use and kept in the data folder."""
    path = data / "secrets" / name.lower()
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(base64.b64encode(secrets.token_bytes(32)).decode() + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        # Linking fails if another process was first, whose secret then counts for all.
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text().strip()


def database_url(data: Path, user: str = "portal") -> str:
    """URL of the embedded PostgreSQL of a data folder; ``portal`` owns the tables."""
    return f"postgresql://{user}@{quote(str(Postgres(data).sockets), safe='')}/portal"


def valkey_url(data: Path) -> str:
    """URL of the embedded Valkey of a data folder."""
    return f"unix://{quote(str(Valkey(data).socket))}?db=0"


def valkey_database(url: str, number: int) -> str:
    """The same Valkey server, another of its numbered databases."""
    parts = urlsplit(url)
    scheme = parts.scheme.replace("valkey", "redis")  # the same protocol, known by its older name
    if scheme == "unix":
        query = urlencode(dict(parse_qsl(parts.query)) | {"db": str(number)})
        return f"unix://{parts.path}?{query}"
    return urlunsplit(parts._replace(scheme=scheme, path=f"/{number}"))


def broker_url(url: str) -> str:
    """The URL by which Celery reaches database 0 of a Valkey server."""
    parts = urlsplit(valkey_database(url, 0))
    if parts.scheme == "unix":
        return f"redis+socket://{parts.path}?virtual_host=0"
    return urlunsplit(parts)


def ensure_database(data: Path, host: str, patience: float = PATIENCE) -> None:
    """Have PostgreSQL running if ``host`` is the embedded one; wait so many seconds for it."""
    postgres = Postgres(data, durable=_durable())
    if host == str(postgres.sockets):
        _ensure(postgres, patience)


def is_database(data: Path, host: str) -> bool:
    """Whether ``host`` is the embedded PostgreSQL of a data folder."""
    return host == str(Postgres(data).sockets)


def ensure_valkey(
    data: Path, url: str, *, first: float = PATIENCE, patience: float = PATIENCE
) -> None:
    """Have Valkey running if ``url`` is one of the embedded server's.

    Waits so many seconds for it, ``first`` in a process that has not used it yet.
    """
    valkey = Valkey(data, durable=_durable())
    if str(valkey.socket) in url:
        _ensure(valkey, patience if valkey.users_lock in _in_use else first)


def signer_socket(data: Path) -> str:
    """Where the embedded signer of a data folder answers."""
    address = str(Signer(data).socket)
    _signers[address] = data
    return address


def ensure_signer(address: str) -> None:
    """Have the signer running if it is an embedded one. Raises ConnectionError if it does not."""
    if address in _signers:
        try:
            _ensure(Signer(_signers[address]), SIGNER_PATIENCE)
        except EmbeddedServerFailed as failure:
            raise ConnectionError(str(failure)) from None
    elif Path(address).is_dir():
        raise ConnectionError("PORTAL_SIGNER names a folder, and not the socket of the process")


def _durable() -> bool:
    # Only throw-away data, such as that of the tests, may do without.
    return os.environ.get("PORTAL_DURABLE", "1") != "0"


def _ensure(server: Server, patience: float) -> None:
    """Register as a user of the server and return once it answers.

    Raises EmbeddedServerFailed if it does not within ``patience`` seconds. Cheap while the server
    runs, so it is called before every connection: should the keeper have been killed, the next one
    starts here.
    """
    _register(server, patience)
    give_up = time.monotonic() + patience
    started_here = 0
    while True:
        lock = keeper.locked(server.keeper_lock, fcntl.LOCK_EX)
        if lock is not None:
            try:
                if started_here == 2:
                    raise EmbeddedServerFailed(
                        f"The embedded {server.name} does not start: {_last_words(server)} "
                        f"(more in {server.log})"
                    )
                _start_keeper(server, lock)
            finally:
                os.close(lock)
            started_here += 1
        elif _state(server) == "ready":
            return
        if time.monotonic() > give_up:
            raise EmbeddedServerFailed(
                f"The embedded {server.name} did not answer for {patience:g} s; see {server.log}."
            )
        time.sleep(0.01)


def _register(server: Server, patience: float) -> None:
    """Take the shared lock that keeps the server running for as long as this process lives."""
    if server.users_lock in _in_use:
        return
    try:
        server.run.mkdir(mode=0o700, parents=True, exist_ok=True)
        server.log.parent.mkdir(mode=0o700, exist_ok=True)
        # A keeper about to stop holds this exclusively, until the server has ended.
        lock = keeper.locked(server.users_lock, fcntl.LOCK_SH, patience=patience)
    except PermissionError as error:
        raise EmbeddedServerFailed(
            f"The data folder {server.data} belongs to another user; name your own in PORTAL_DATA."
        ) from error
    if lock is None:
        raise EmbeddedServerFailed(f"The embedded {server.name} is stopping and does not end.")
    _in_use[server.users_lock] = lock


def _start_keeper(server: Server, lock: int) -> None:
    """Start the keeper and hand the lock on to it, so that there is no moment without."""
    os.ftruncate(lock, 0)
    subprocess.run(
        [
            *(sys.executable, "-I", keeper.__file__, server.name, str(server.data), str(lock)),
            "durable" if server.durable else "fast",
        ],
        pass_fds=[lock],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        start_new_session=True,
        check=True,
    )


def _state(server: Server) -> str:
    words = server.keeper_lock.read_text().split()
    return words[1] if len(words) == 2 else ""


def _last_words(server: Server) -> str:
    lines = server.log.read_text(errors="replace").splitlines() if server.log.exists() else []
    return lines[-1] if lines else "it wrote nothing to its log."


def release(data: Path) -> None:
    """Stop using the servers in this process, and stop those that nobody else uses."""
    for kind in keeper.SERVERS.values():
        server = kind(data)
        held = _in_use.pop(server.users_lock, None)
        if held is not None:
            os.close(held)
        alone = keeper.locked(server.users_lock, fcntl.LOCK_EX) if server.run.exists() else None
        if alone is not None:
            os.close(alone)
            stop(server)


def stop(server: Server) -> None:
    """Tell the server's keeper to stop it and wait until both have ended."""
    if not server.run.exists():
        return
    give_up = time.monotonic() + PATIENCE
    told = None
    while time.monotonic() < give_up:
        lock = keeper.locked(server.keeper_lock, fcntl.LOCK_EX)
        if lock is not None:
            os.close(lock)
            return
        # A keeper that is just being started has not written its process id yet.
        words = server.keeper_lock.read_text().split()
        if words and words[0] != told:
            told = words[0]
            os.kill(int(told), signal.SIGTERM)
        time.sleep(0.02)


def status(server: Server) -> str:
    """One word about the server: stopped, starting, ready or stopping."""
    if not server.run.exists():
        return "stopped"
    lock = keeper.locked(server.keeper_lock, fcntl.LOCK_EX)
    if lock is not None:
        os.close(lock)
        return "stopped"
    return _state(server) or "starting"

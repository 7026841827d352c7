"""Roots of days and their time stamps, and a service that gives them over HTTP."""

import hashlib
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from django.utils import timezone

from dealers.models import DailyRoot, StampAttempt, StampOutcome
from dealers.receipts import stamping
from dealers.receipts.local_stamps import Authority


def rooted(day: date | None = None) -> DailyRoot:
    """The root of a day that is over, by default of yesterday, signed by nobody."""
    now = timezone.now()
    root, _is_new = DailyRoot.objects.get_or_create(
        day=day or timezone.localdate(now) - timedelta(days=1),
        defaults={
            "count": 1, "root": hashlib.sha256(b"root").digest(), "before": bytes(32), "at": now,
            "signature": bytes(64),
        },
    )  # fmt: skip
    return root


def stamped(root: DailyRoot) -> StampAttempt:
    """The stamp of a demo over a root."""
    stamping.take(str(root.day), timezone.now())
    return root.attempts.get(outcome=StampOutcome.STAMPED)


Answer = Callable[["Asked"], bytes]


@dataclass(frozen=True)
class Asked:
    """What a service is asked: a SHA-256 and a number of the request."""

    digest: bytes
    nonce: int
    request: bytes


@dataclass
class TimeStamps:
    """A service on this machine, with an authority of its own, which ``answer`` makes behave."""

    authority: Authority
    address: str = ""
    answer: Answer | None = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    drip: Callable[[], object] | None = None  # what happens after each byte

    def stamp(self, asked: Asked, at: datetime | None = None) -> bytes:
        at = at or timezone.now()
        return self.authority.stamp(asked.digest, asked.nonce, at, policy="1.3.6.1.4.1.32473.1")


def _read(request: bytes) -> Asked:
    """What stands in a request that has a SHA-256, a nonce and asks for certificates."""
    at = request.index(bytes.fromhex("0420"))  # an octet string of 32 bytes
    digest, rest = request[at + 2 : at + 34], request[at + 34 :]
    assert rest[0] == 0x02
    return Asked(digest, int.from_bytes(rest[2 : 2 + rest[1]], "big"), request)


def by_openssl(folder: Path) -> tuple[Answer, str]:
    """A service as OpenSSL gives one, with RSA keys and an authority between, and its root (PEM).

    Nothing in it is of ours.
    """
    folder.mkdir()
    (folder / "openssl.cnf").write_text(_CONFIGURATION)

    def run(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, capture_output=True, check=True)

    issuer: tuple[str, ...] = ()
    for name in ("root", "between", "stamps"):
        run(
            "req", "-x509", "-new", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
            f"/O=Outside/CN={name}", "-config", "openssl.cnf", "-extensions",
            "stamps" if name == "stamps" else "authority", "-keyout", f"{name}.key", "-out",
            f"{name}.pem", *issuer,
        )  # fmt: skip
        issuer = ("-CA", f"{name}.pem", "-CAkey", f"{name}.key")
    (folder / "serial").write_text("01")

    def answer(asked: Asked) -> bytes:
        (folder / "asked").write_bytes(asked.request)
        run(
            "ts", "-reply", "-config", "openssl.cnf", "-section", "tsa", "-queryfile", "asked",
            "-inkey", "stamps.key", "-signer", "stamps.pem", "-chain", "between.pem", "-out",
            "answer",
        )  # fmt: skip
        return (folder / "answer").read_bytes()

    return answer, (folder / "root.pem").read_text()


_CONFIGURATION = """
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:true
[stamps]
basicConstraints = critical, CA:false
extendedKeyUsage = critical, timeStamping
[tsa]
serial = serial
default_policy = 1.3.6.1.4.1.32473.1
digests = sha256
signer_digest = sha256
ess_cert_id_alg = sha256
accuracy = secs:1
"""


@contextmanager
def time_stamps(**about: datetime) -> Iterator[TimeStamps]:
    """A time stamp service that runs meanwhile; ``about`` its certificates: since and until."""
    since = timezone.now() - timedelta(days=1)
    service = TimeStamps(Authority("Stamps of a test", **{"since": since, **about}))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            asked = _read(self.rfile.read(int(self.headers["Content-Length"])))
            assert self.headers["Content-Type"] == "application/timestamp-query"
            service.asked.append(asked)
            content = (service.answer or service.stamp)(asked)
            self.send_response(service.status)
            for name, value in service.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            for n in range(0, len(content), 1 if service.drip else len(content)):
                try:
                    self.wfile.write(content[n : n + 1] if service.drip else content)
                except OSError:  # nobody waits any more
                    return
                if service.drip:
                    service.drip()

        def log_message(self, *_said):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    service.address = f"http://127.0.0.1:{server.server_port}/stamps?key=secret"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

"""Goal 4: registrations a second through the web server, against the least it can answer."""

import http.cookies
import os
import re
import socket
import subprocess
import sys
import threading
import time
import uuid
from contextlib import closing
from datetime import date
from urllib.parse import urlencode

from django.db import connections
from django.test import Client
from django.urls import reverse

from config.servers import keeper
from dealers.models import Store
from tests.bench import dealers, ground
from tests.bench.measure import VOID_ABOVE, Figure, judge, say

CLIENTS = 8


class Visitor:
    """One client: its own session, and requests by hand, so that it costs little itself."""

    def __init__(self, port: int, cookie: str, token: str) -> None:
        self.port = port
        self.head = f"Host: 127.0.0.1:{port}\r\nCookie: {cookie}\r\nConnection: close\r\n"
        self.token = token

    def ask(self, request: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as line:
            line.sendall(request)
            answer = b""
            while part := line.recv(65536):
                answer += part
        return answer

    def hello(self, _number: int) -> bool:
        host = f"Host: 127.0.0.1:{self.port}\r\nConnection: close"
        request = f"GET /bench/hello HTTP/1.1\r\n{host}\r\n\r\n"
        return self.ask(request.encode()).startswith(b"HTTP/1.1 200")

    def request(self, number: int) -> bytes:
        """A registration of a number of its own."""
        body = urlencode(
            {
                "csrfmiddlewaretoken": self.token, "key": uuid.uuid4(), "country": "86",
                "phone": 13700000000 + number, "name": "王小明", "title": "", "consent": "on",
            }
        )  # fmt: skip
        head = (
            f"POST {reverse('customers:capture')} HTTP/1.1\r\n{self.head}"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return (head + body).encode()

    def capture(self, number: int) -> bool:
        return self.ask(self.request(number)).startswith(b"HTTP/1.1 302")


def visitor(store: Store, port: int) -> Visitor:
    member = dealers.associate(store)
    client = Client()
    client.force_login(member.user, backend="dealers.signin.backend.Backend")
    page = client.get(reverse("customers:capture")).content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    cookies: http.cookies.SimpleCookie = client.cookies
    line = "; ".join(f"{name}={morsel.value}" for name, morsel in cookies.items())
    return Visitor(port, line, token[1] if token else "")


class Numbers:
    """Each number once, whoever asks."""

    def __init__(self) -> None:
        self.last = 0
        self.lock = threading.Lock()

    def __call__(self) -> int:
        with self.lock:
            self.last += 1
            return self.last


def rate(visitors: list[Visitor], what: str, numbers: Numbers, span: float) -> tuple[float, int]:
    """Answers a second that were right, and how many were not."""
    right, wrong = [0] * len(visitors), [0] * len(visitors)
    end = time.monotonic() + span

    def work(n: int) -> None:
        ask = getattr(visitors[n], what)
        while time.monotonic() < end:
            if ask(numbers()):
                right[n] += 1
            else:
                wrong[n] += 1

    began = time.monotonic()
    threads = [threading.Thread(target=work, args=[n]) for n in range(len(visitors))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(right) / (time.monotonic() - began), sum(wrong)


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def main(options: dict) -> None:
    ground.network(dealers=20, stores=40)
    ground.rulebook(date(2020, 1, 1))
    port = free_port()
    visitors = [visitor(store, port) for store in Store.objects.all()[:CLIENTS]]
    ground.settle()
    connections.close_all()
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "gunicorn", "--config", "python:config.gunicorn"),
            *("--log-level", "error"),
        ],
        env={**os.environ, "PORT": str(port), "PORTAL_LISTEN": "127.0.0.1", "WEB_CONCURRENCY": "2"},
        stdout=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=lambda: keeper.die_with_parent(15),  # noqa: PLW1509 - no threads run yet
    )
    try:
        wait(visitors[0])
        measure(visitors, rounds=3 if options["quick"] else 7, span=2 if options["quick"] else 4)
    finally:
        server.terminate()
        server.wait()


def wait(first: Visitor) -> None:
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up:
        try:
            if first.hello(0):
                return
        except OSError:
            pass
        time.sleep(0.2)
    raise SystemExit("The web server does not answer.")


def measure(visitors: list[Visitor], rounds: int, span: float) -> None:
    numbers = Numbers()
    rate(visitors, "hello", numbers, 1)
    rate(visitors, "capture", numbers, 1)
    hellos, captures, wrong = [], [], 0
    for _round in range(rounds):
        for what, found in (("hello", hellos), ("capture", captures)):
            answers, refused = rate(visitors, what, numbers, span)
            found.append(answers)
            wrong += refused
    say(f"hello {max(hellos):,.0f}/s, capture {max(captures):,.0f}/s, {wrong} wrong answers")
    if not max(captures):
        raise SystemExit("No registration was answered as it should be.")
    ratio = max(hellos) / max(captures)
    void = max(hellos) > VOID_ABOVE * min(hellos) or wrong > 0
    Figure(
        "4", "registrations a second over HTTP against hello, 8 clients", f"1:{ratio:.1f}",
        "<= 1:16 / <= 1:12", judge(ratio, 16, 12, void=void),
        f"{max(captures):,.0f} against {max(hellos):,.0f} a second, 2 gunicorn workers, clients on"
        f" the same cores; {wrong} wrong answers; n {rounds} rounds of {span} s",
    ).tell()  # fmt: skip

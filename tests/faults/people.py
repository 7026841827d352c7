"""People who go on working whatever happens: eight register, an owner reads."""

import http.client
import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.test import Client
from django.utils import timezone

from dealers.models import Membership, Role, Store
from tests.bench import dealers

TOKEN = "t" * 32
CLERKS, ACCOUNTS = 8, 6  # accounts per clerk: one alone would soon reach the limit of a minute
PACE = 1.1  # seconds between two customers
PATIENCE = 40  # seconds for one answer
SENTENCE = {"422": 'role="alert"', "503": "<h1>"}  # a refusal without it says nothing


@dataclass
class Seen:
    """What people saw while one thing was broken."""

    captures: Counter = field(default_factory=Counter)
    pages: Counter = field(default_factory=Counter)
    capture_seconds: list[float] = field(default_factory=list)
    page_seconds: list[float] = field(default_factory=list)
    health: Counter = field(default_factory=Counter)
    taken: list[str] = field(default_factory=list)  # the keys of what was acknowledged
    mute: int = 0  # refusals without a sentence


def cookies(user) -> str:
    client = Client()
    client.force_login(user, backend="dealers.signin.backend.Backend")
    return f"csrftoken={TOKEN}; sessionid={client.cookies['sessionid'].value}"


class People:
    """Who work at the same time, and what each of them was told."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.seen = Seen()
        self.over = threading.Event()
        self.taken: dict[str, str] = {}  # key to number, of what was acknowledged
        self.open: set[str] = set()  # keys that were sent and not acknowledged yet
        self.numbers = iter(range(13700000001, 13799999999))
        self.lock = threading.Lock()
        stores = list(Store.objects.order_by("pk")[:40])
        users = [dealers.associate(stores[n % len(stores)]).user for n in range(CLERKS * ACCOUNTS)]
        self.staff, self.since = [user.pk for user in users], timezone.now()
        doors = list(map(cookies, users))
        self.desks = [doors[n * ACCOUNTS : (n + 1) * ACCOUNTS] for n in range(CLERKS)]
        owner = Membership.objects.filter(role=Role.OWNER).order_by("pk")[0]
        self.owner = cookies(owner.user)
        self.threads = [threading.Thread(target=self.clerk, args=[desk]) for desk in self.desks]
        self.threads += [threading.Thread(target=self.reader), threading.Thread(target=self.watch)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_exc) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join()

    def ask(self, method: str, path: str, cookie: str = "", form: dict | None = None):
        """Status, or why there is none, with the text and the seconds."""
        began = time.monotonic()
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        head = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
        try:
            line.request(method, path, urlencode(form) if form else None, head)
            answer = line.getresponse()
            text, status = answer.read().decode(errors="replace"), str(answer.status)
        except (OSError, http.client.HTTPException) as problem:
            text, status = "", "refused" if isinstance(problem, ConnectionError) else "no answer"
        finally:
            line.close()
        return status, text, time.monotonic() - began

    def clerk(self, desk: list[str]) -> None:
        turn, key, number = 0, "", ""
        while not self.over.is_set():
            if not key:
                with self.lock:
                    key, number = str(uuid.uuid4()), str(next(self.numbers))
                    self.open.add(key)
                turn += 1
            form = {
                "csrfmiddlewaretoken": TOKEN, "key": key, "country": "86", "phone": number,
                "name": "王小明", "title": "", "consent": "on",
            }  # fmt: skip
            seen = self.seen
            status, text, seconds = self.ask("POST", "/capture/", desk[turn % len(desk)], form)
            seen.captures[status] += 1
            seen.capture_seconds.append(seconds)
            seen.mute += SENTENCE.get(status, "") not in text
            if status == "302":
                with self.lock:
                    seen.taken.append(key)
                    self.taken[key] = number
                    self.open.discard(key)
                key = ""
            self.over.wait(PACE)  # whoever was not answered sends the same once more

    def reader(self) -> None:
        pages = ("/", "/customers/", "/earnings/", "/staff/")
        turn = 0
        while not self.over.is_set():
            status, _text, seconds = self.ask("GET", pages[turn % len(pages)], self.owner)
            self.seen.pages[status] += 1
            self.seen.page_seconds.append(seconds)
            turn += 1
            self.over.wait(0.5)

    def watch(self) -> None:
        while not self.over.is_set():
            status, text, _seconds = self.ask("GET", "/healthz")
            for line in text.splitlines() or [status]:
                self.seen.health[line.partition(" (")[0]] += 1
            self.over.wait(1)

"""A day's work: every page of a role, forms with what customers told, and what is kept of it."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client

from config.logs import Formatter
from customers import cards
from dealers import access
from dealers.models import AccessLog, OutboxTask
from tests.matrix.cases import Matrix
from tests.matrix.visitor import readable

FORMS = ("/search/", "/customers/search/", "/capture/", "/staff/invite/")
OF_A_CARD = ("", "edit/", "follow-up/", "number/")


@dataclass
class Door:
    """Whom people from outside a dealer were shown: by the one door, and by the log."""

    passed: set[tuple] = field(default_factory=set)
    page: set[tuple] = field(default_factory=set)
    before: set[int] = field(default_factory=lambda: {each.pk for each in AccessLog.objects.all()})

    @contextmanager
    def watched(self) -> Iterator[None]:
        opened = cards.open

        def noted(customers, *, by, purpose=""):
            found = opened(list(customers), by=by, purpose=purpose)
            self.page |= {
                (by.user_id, by.role, each.customer.dealer_id, each.customer.pk) for each in found
                if not access.is_inside(by, each.customer.dealer_id)
            }  # fmt: skip
            return found

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(cards, "open", noted)
            yield

    def leaves(self, response) -> None:
        """A page leaves; one that failed has shown nothing."""
        failed = getattr(response.wsgi_request, "view_failed", True)  # or never came to a view
        if not failed and response.status_code < 500:
            self.passed |= self.page
        self.page = set()

    def logged(self) -> set[tuple]:
        """Who was shown whom since then, as the log has it."""
        return {
            (each.user_id, each.role, each.dealer_id, card)
            for each in AccessLog.objects.exclude(pk__in=self.before) for card in each.customers
        }  # fmt: skip


def of_role(matrix: Matrix, role: str, door: Door) -> int:
    """Each page of a role, and forms that take what a customer told, right and wrong; how many."""
    side, client = matrix.side_of(role), Client(raise_request_exception=False)
    client.force_login(matrix.visitors[role].user)
    pages = [each.filled(values) for each, values in matrix.own[role].items()]
    for address in matrix.addresses:
        if address.in_admin and role in matrix.network.hq:
            asked = matrix.of(role, address)
            pages += dict.fromkeys(each.path for each in asked if each.method == "GET")
        elif not address.names and role in matrix.cell(address):
            pages.append(address.route)
    for page in pages:
        door.leaves(client.get(page))

    number = next(each for each in sorted(side.secrets) if each.isdecimal())
    name = next(each for each in sorted(side.secrets) if "顾客" in each)
    told = {"q": number, "phone": number, "country": "86", "name": name, "notes": name,
            "note": name, "wechat": number, "address": number, "login": number}  # fmt: skip
    card = f"/customers/{side.registration.customer_id}/"
    for form in (*FORMS, *(card + each for each in OF_A_CARD)):
        for more in ({}, {"consent": "on", "key": "00000000-0000-4000-8000-000000000001"}):
            door.leaves(client.post(form, told | more))
    return len(pages)


@contextmanager
def log_of_now(caplog) -> Iterator[list[str]]:
    """What the log says meanwhile, as it is written; the network is made without one."""
    lines: list[str] = []
    written = Formatter("{levelname} {name}: {message}", style="{")
    logging.disable(logging.NOTSET)
    try:
        with caplog.at_level(logging.INFO):
            yield lines
        lines += [written.format(each) for each in caplog.records]
    finally:
        logging.disable(logging.CRITICAL)


def kept_beside_the_pages() -> dict[str, str]:
    """What stands in the cache, in the queue, in sessions and in files, where it can be read."""
    server = cache._cache.get_client(write=True)
    cached = [key + server.get(key) for key in server.scan_iter() if server.type(key) == b"string"]
    queued = OutboxTask.objects.values_list("task", "args", "key", "problem")
    files = (it for it in Path(settings.MEDIA_ROOT).rglob("*") if it.is_file())
    return {
        "cache": b"\n".join(cached).decode(errors="replace"),
        "queue": "\n".join(json.dumps([*each], ensure_ascii=False) for each in queued),
        "session": "\n".join(repr(each.get_decoded()) for each in Session.objects.all()),
        "file": "\n".join(readable(each.read_bytes(), "") for each in files),
    }

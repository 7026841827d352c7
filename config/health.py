"""Whether this process can do its work, for load balancers, and what does not work, for people."""

from collections.abc import Callable, Iterator
from typing import cast

from django.conf import settings
from django.core.cache import caches
from django.db import DatabaseError, InterfaceError
from django.http import HttpResponse
from django.utils import timezone

from config.servers.cache import ValkeyCache
from config.servers.database.base import patience
from dealers import clock, outbox
from dealers.actor import Actor, acting
from dealers.keys import held
from dealers.receipts import signing, stamping

PATIENCE = 2.0  # seconds for the database to answer


class Failed(Exception):
    """The portal must not be used like this; the message says why."""


def healthz(request):  # noqa: ARG001
    """``ok`` with 200 while requests can be answered, else what fails with 503.

    What only makes the portal poorer is named in lines of their own, still with 200: without the
    cache, the broker or the worker people go on working.
    """
    try:
        with patience(PATIENCE), acting(Actor.worker("health")):
            degraded = [line for check in CHECKS for line in check()]
    except (Failed, DatabaseError, InterfaceError) as problem:
        reason = str(problem) if isinstance(problem, Failed) else "the database does not answer"
        return _answer([f"failed: {reason}"], status=503)
    return _answer(["ok", *(f"degraded: {line}" for line in degraded)])


def _answer(lines: list[str], status: int = 200) -> HttpResponse:
    answer = HttpResponse("\n".join(lines) + "\n", content_type="text/plain", status=status)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _clock() -> Iterator[str]:
    """Asks the database, first of all."""
    try:
        clock.check()
    except clock.ClockWrong:
        yield "the clock of this server is wrong; it records nothing"


def _keys() -> Iterator[str]:
    if not (wrong := held.wrong()):
        return
    if not settings.PORTAL_WITHOUT_KEYS:
        raise Failed(f"{', '.join(wrong)}: not the key that this data was made with")
    yield f"{', '.join(wrong)} missing, customers cannot be read and nothing is recorded"


def _shared_cache() -> ValkeyCache:
    return cast(ValkeyCache, caches["default"])


def _cache() -> Iterator[str]:
    if problem := _shared_cache().degraded():
        yield f"Valkey, limits hold per process ({problem.splitlines()[0][:100]})"


def _outbox() -> Iterator[str]:
    if outbox.is_stuck(timezone.now()):
        yield "tasks wait for the broker and are sent later"


def _worker() -> Iterator[str]:
    if not _shared_cache().degraded() and not outbox.is_swept():
        yield "no worker or no scheduler for 3 minutes; mails and documents wait"


def _signer() -> Iterator[str]:
    # Without a worker nobody has asked it.
    if not _shared_cache().degraded() and outbox.is_swept() and not signing.is_heard():
        yield "the signer has not answered for 3 minutes; receipts and roots are late"


def _stamps() -> Iterator[str]:
    if (root := stamping.missing_since(timezone.now())) is not None:
        yield f"the daily root of {root} has no time stamp yet; it is tried again"


CHECKS: tuple[Callable[[], Iterator[str]], ...] = (
    _clock,
    _keys,
    _cache,
    _outbox,
    _worker,
    _signer,
    _stamps,
)

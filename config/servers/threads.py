"""The web server's worker: threads, for one of which who sends something waits a moment at most.

Then it is refused with a sentence, before anything of it is done; so the answer comes in time also
where every thread stands still. A page to read waits until a thread is free.
"""

import math
import re
import socket
import time
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from io import BytesIO

from django.core.handlers.wsgi import WSGIRequest
from gunicorn.workers.gthread import TConn, ThreadWorker

from dealers.site import READS
from dealers.waiting import PATIENCE, queued

LEAVING = 4  # threads that see off who was refused, two seconds each at most
PEEKED = 8192  # bytes of a request, of which nothing is taken by that

_BEGUN = re.compile(rb"([A-Z]+) ([^\s?]+)(?:\?\S*)? HTTP/1\.[01]\r\n")
_LANGUAGES = re.compile(rb"\r\n(Accept-Language|Cookie): *([^\r\n]*)", re.IGNORECASE)


class Worker(ThreadWorker):
    """gunicorn's own, which knows since when each request waits."""

    def init_process(self) -> None:
        self.waiting: deque[tuple[float, TConn, Future]] = deque()
        self.leaving = ThreadPoolExecutor(LEAVING)
        super().init_process()

    def enqueue_req(self, conn):
        since = time.monotonic()
        handled = self.tpool.submit(self._take_up, conn, since)
        self.waiting.append((since, conn, handled))
        handled.add_done_callback(partial(self._over, conn))

    def _take_up(self, conn, since):
        queued.set(time.monotonic() - since)
        return self.handle(conn)

    def _over(self, conn, handled):
        if not handled.cancelled():
            self.method_queue.defer(self.finish_request, conn, handled)

    def wait_for_and_dispatch_events(self, timeout):
        super().wait_for_and_dispatch_events(min(timeout, self._refuse_who_waited()))

    def _refuse_who_waited(self):
        """Refuse whoever has waited too long; in how many seconds the next one will have."""
        while self.waiting:
            since, conn, handled = self.waiting[0]
            if not (handled.running() or handled.done()):
                left = since + PATIENCE - time.monotonic()
                if left > 0:
                    return left
                self._refuse(conn, handled)
            self.waiting.popleft()
        return math.inf

    def _refuse(self, conn, handled):
        request = peeked(conn.sock)
        if request is None or request.method in READS or not handled.cancel():
            return
        self.nr_conns -= 1
        with suppress(OSError):  # it has gone
            conn.sock.setblocking(False)
            conn.sock.send(refusal(request))
        self.leaving.submit(conn.close, graceful=True)


def peeked(sock: socket.socket) -> WSGIRequest | None:
    """A request that nobody has taken up, as far as a refusal has to know it; None: not there."""
    try:
        there = sock.recv(PEEKED, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except OSError:
        return None
    if not (begun := _BEGUN.match(there)):
        return None
    method, path = (part.decode("latin-1") for part in begun.groups())
    head = there.partition(b"\r\n\r\n")[0]
    languages = {
        f"HTTP_{name.decode().upper().replace('-', '_')}": value.decode("latin-1")
        for name, value in _LANGUAGES.findall(head)
    }
    asked = {"REQUEST_METHOD": method, "PATH_INFO": path, "wsgi.input": BytesIO()}
    return WSGIRequest(asked | languages)


def refusal(request: WSGIRequest) -> bytes:
    """The whole answer to a request that nobody takes up."""
    from config import errors  # noqa: PLC0415 -- this is loaded before the apps are ready

    answer = errors.nobody_free(request)
    answer.headers["Content-Length"] = len(answer.content)
    answer.headers["Connection"] = "close"
    first = f"HTTP/1.1 {answer.status_code} {answer.reason_phrase}\r\n".encode()
    return first + answer.serialize_headers() + b"\r\n\r\n" + answer.content

"""Not asking a server again and again that has just failed."""

import logging
import threading
import time

logger = logging.getLogger(__name__)


class Breaker:
    """Keeps a whole process from waiting for a failed server, but for one try now and then."""

    def __init__(self, name: str, rest: float) -> None:
        self.name = name
        self.rest = rest  # seconds between two tries
        self.problem = ""  # why the server is not asked; empty while it works
        self._next_try = 0.0
        self._lock = threading.Lock()

    def may_ask(self) -> bool:
        """Whether to ask the server: it works, or the caller is the one to try it again."""
        if not self.problem:
            return True
        with self._lock:
            if time.monotonic() < self._next_try:
                return False
            self._next_try = time.monotonic() + self.rest
            return True

    def failed(self, problem: Exception) -> None:
        """Note that the server failed."""
        if not self.problem:
            logger.warning("%s fails and is left alone for now: %s", self.name, problem)
        self.problem = str(problem) or type(problem).__name__
        self._next_try = time.monotonic() + self.rest

    def worked(self) -> None:
        """Note that the server did what it was asked."""
        if self.problem:
            logger.warning("%s works again.", self.name)
            self.problem = ""

"""How far a long work is."""

import sys
import time
from typing import IO


class Progress:
    """Says on stderr how far a long work is: in place on a terminal, else a line now and then."""

    def __init__(self, stream: IO[str] | None = None) -> None:
        self.stream = stream or sys.stderr
        self.terminal = self.stream.isatty()
        self.every = 0.2 if self.terminal else 5.0
        self.last = time.monotonic()
        self.label, self.total = "", 0

    def start(self, label: str, total: int = 0) -> None:
        """A new stage. ``total`` is what ``show`` counts up to; none: only the stage is named."""
        self.label, self.total = label, total
        self._say(label)

    def show(self, done: int) -> None:
        now = time.monotonic()
        if now - self.last >= self.every and self.total:
            self.last = now
            self._say(f"{self.label} {min(100, 100 * done // self.total)} %")

    def finish(self) -> None:
        if self.terminal:
            self.stream.write("\r\033[K")
            self.stream.flush()

    def _say(self, words: str) -> None:
        self.stream.write(f"\r\033[K{words}" if self.terminal else f"{words}\n")
        self.stream.flush()

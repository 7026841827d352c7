"""A Valkey that stands still."""

import socket
from contextlib import suppress


class FrozenValkey:
    """Takes connections and never answers, as one that is stopped."""

    def __init__(self, folder):
        path = folder / "frozen.sock"
        self.address = f"unix://{path}?db=1"
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(str(path))
        self.server.listen(64)
        self.server.setblocking(False)

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        self.server.close()

    def asked(self):
        """How many connections there were since this was asked last; each is waited for once."""
        count = 0
        with suppress(BlockingIOError):
            while True:
                self.server.accept()[0].close()
                count += 1
        return count

"""A broker of its own beside the cache, as an installation may have one."""

import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from config.servers import embedded, keeper
from config.servers.keeper import Valkey

PATIENCE = 10.0  # seconds for it to start


def of(data: Path) -> Valkey:
    """Its folder and socket, below those of the portal that it serves."""
    return Valkey(data.resolve() / "broker")


def url(data: Path) -> str:
    return embedded.broker_url(f"unix://{quote(str(of(data).socket))}?db=0")


class Broker:
    """The broker of a portal while the block runs; what was killed is started again by hand."""

    def __init__(self, data: Path) -> None:
        self.server = of(data)
        self.server.make_folders()
        self.server.prepare()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_exc) -> None:
        self.process.terminate()
        self.process.wait()

    def start(self) -> None:
        self.process = subprocess.Popen(
            keeper.as_server_user(self.server.command()),
            cwd=self.server.folder, env=keeper.server_environment(),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        give_up = time.monotonic() + PATIENCE
        while not self.server.ready(self.process.pid):
            if time.monotonic() > give_up:
                raise SystemExit("The broker does not come up.")
            time.sleep(0.05)

    def pids(self) -> list[int]:
        return [self.process.pid]

    @contextmanager
    def killed(self):
        """Gone until the block ends, as where nobody looks after it."""
        self.process.kill()
        self.process.wait()
        try:
            yield
        finally:
            self.start()

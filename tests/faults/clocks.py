"""By how many seconds the clock of each kind of server is wrong, as a file of it says."""

from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path

WEB, WORKER = "web", "worker"


def kind(command: Sequence[str]) -> str:
    """Which server a process is; the empty string for what stands beside them."""
    if "gunicorn" in command[0]:
        return WEB
    return WORKER if WORKER in command else ""


def file_of(server: str, data: Path) -> Path:
    return data / "clocks" / (server or "none")


def wrong_by(file: Path) -> float:
    try:
        return float(file.read_text())
    except (OSError, ValueError):  # there is none, or it is being written
        return 0.0


@contextmanager
def put_wrong(server: str, data: Path, seconds: float):
    """Have the servers of a kind take another time for the present one."""
    file = file_of(server, data)
    file.parent.mkdir(exist_ok=True)
    file.write_text(str(seconds))
    try:
        yield
    finally:
        file.unlink()

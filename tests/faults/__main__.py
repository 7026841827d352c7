"""Breaks each part of a running portal while people work, and counts: ``make faults``.

Words choose among the faults: ``make faults ARGS="postgres clock"``. ``make faults ARGS=books``
kills worker and database while months are closed and paid, ``make faults ARGS=signing`` signer,
worker and database in each window of a signature.
"""

import importlib
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import django

from tests.bench.imports import apart
from tests.environment import stand_apart
from tests.faults import broker

VAR = Path(__file__).resolve().parents[2] / "var"
ALONE = ("books", "signing")  # each on data of its own
SMALL = VAR / "small"
SIZE = "1500m"
DISK = "disk full"


def main() -> int:
    words = sys.argv[1:]
    if words and words[0] in ALONE:
        return alone(words[0], words[1:])
    data = Path(os.environ.get("PORTAL_DATA", VAR / "faults"))
    apart_already = os.path.ismount(data.parent)
    off = 0
    if apart_already or not words or any(word not in DISK for word in words):
        off = parts(data, words)
    if not apart_already and (not words or any(word in DISK for word in words)):
        off = on_a_small_disk() or off
    return off


def parts(data: Path, words: list[str]) -> int:
    stand_apart(data, "tests.faults.settings", BROKER_URL=broker.url(data))
    django.setup()
    from tests.faults import run

    return run.main(words)


def on_a_small_disk() -> int:
    """The full disk, in a process of its own on a small file system; only root can make one."""
    if os.geteuid():
        print(f"\n| {DISK} | not tried: a small file system for it can be made by root alone |")
        return 0
    with small_disk() as folder:
        there = {**os.environ, "PORTAL_DATA": str(folder / "portal")}
        try:
            command = [sys.executable, "-m", "tests.faults", DISK]
            return subprocess.run(command, env=there, check=False).returncode
        finally:
            stop = [sys.executable, "-m", "config.servers", "stop"]
            subprocess.run(stop, env=there, stdout=subprocess.DEVNULL, check=False)


@contextmanager
def small_disk():
    SMALL.mkdir(parents=True, exist_ok=True)
    options = f"size={SIZE},mode=0711"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "portal", str(SMALL)], check=True)
    try:
        yield SMALL
    finally:
        subprocess.run(["umount", "--lazy", str(SMALL)], check=True)
        SMALL.rmdir()


def alone(name: str, arguments: list[str]) -> int:
    """On data of its own; papers are made as in production, ahead."""
    off: list[int] = []

    def work() -> None:
        module = importlib.import_module(f"tests.faults.{name}")
        off.append(module.main(arguments))

    apart(VAR / name, work, "tests.faults.settings", PORTAL_PAPERS_AHEAD="1")
    return off[0]


if __name__ == "__main__":
    sys.exit(main())

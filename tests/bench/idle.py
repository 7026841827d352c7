"""What the portal uses while nobody does anything: ``python -m tests.bench.idle``, ``make idle``.

Reads before and after a minute how many seconds each process of this checkout has had of the
processors, children that ended meanwhile included, and prints those that had any. The exit status
is 1 if together they had more than one second a minute.
"""

import argparse
import os
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parents[2]
TICKS = os.sysconf("SC_CLK_TCK")
MOST = 1.0  # processor seconds a minute
LONGEST = 110  # letters of a command


def main() -> int:
    seconds = _options().seconds
    before = dict(_used())
    if not before:
        raise SystemExit("Nothing runs here: start it with make up.")
    time.sleep(seconds)
    after = dict(_used())
    rows = sorted(
        ((after[each] - before.get(each, 0), each) for each in after), reverse=True
    )  # fmt: skip
    for used, (process, command) in rows:
        if used:
            print(f"{used:7.2f} s  {process:>7}  {command}")
    total = sum(used for used, _each in rows)
    print(f"{total:7.2f} s of {seconds:g} s by {len(after)} processes")
    return 1 if total > MOST * seconds / 60 else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Say what the portal uses while it is idle.")
    parser.add_argument("--seconds", type=float, default=60)
    return parser.parse_args()


def _used() -> Iterator[tuple[tuple[int, str], float]]:
    """Number and command of each process of this checkout, and the seconds that it has had."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            at = (folder / "cwd").resolve()
            words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            said = (folder / "stat").read_text()
        except OSError:
            continue  # over, or another person's
        mine = at == HERE or HERE / "var" in (at, *at.parents)
        if not mine or int(folder.name) == os.getpid() or not words.strip():
            continue
        # After the name, which may hold brackets: state is field 3, times are fields 14 to 17.
        times = said.rpartition(")")[2].split()[11:15]
        command = re.sub(r"\S*/", "", words.strip())[:LONGEST]  # without the folders
        yield (int(folder.name), command), sum(map(int, times)) / TICKS


if __name__ == "__main__":
    sys.exit(main())

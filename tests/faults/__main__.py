"""Breaks each part of a running portal while people work, and counts: ``make faults``.

``make faults ARGS=books`` kills worker and database while months are closed and paid.
"""

import os
import sys
from pathlib import Path

import django

from tests.bench.imports import apart
from tests.environment import stand_apart

BOOKS = Path(__file__).resolve().parents[2] / "var" / "books"


def main() -> int:
    if sys.argv[1:2] == ["books"]:
        return books(sys.argv[2:])
    stand_apart(Path(os.environ.get("PORTAL_DATA", "var/faults")), "tests.faults.settings")
    django.setup()
    from tests.faults import run

    return run.main(sys.argv[1:])


def books(arguments: list[str]) -> int:
    """On data of its own; papers are made as in production, ahead."""
    off: list[int] = []

    def work() -> None:
        from tests.faults import books

        off.append(books.main(arguments))

    apart(BOOKS, work, "tests.faults.settings", PORTAL_PAPERS_AHEAD="1")
    return off[0]


if __name__ == "__main__":
    sys.exit(main())

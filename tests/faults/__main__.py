"""Breaks each part of a running portal while people work, and counts: ``make faults``."""

import os
import sys
from pathlib import Path

import django

from tests.environment import stand_apart


def main() -> int:
    stand_apart(Path(os.environ.get("PORTAL_DATA", "var/faults")), "tests.faults.settings")
    django.setup()
    from tests.faults import run

    return run.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())

"""Breaks each part of a running portal while people work, and counts: ``make faults``."""

import os
import sys

import django


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.faults.settings")
    django.setup()
    from tests.faults import run

    return run.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())

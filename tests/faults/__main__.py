"""Breaks each part of a running portal while people work, and counts: ``make faults``."""

import os
import sys

import django


def main() -> int:
    for name in ("DATABASE_URL", "VALKEY_URL", "BROKER_URL", "PORTAL_HOSTS"):
        os.environ.pop(name, None)  # never anybody's real database
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.faults.settings"
    os.environ.setdefault("PORTAL_DATA", "var/faults")
    django.setup()
    from tests.faults import run

    return run.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())

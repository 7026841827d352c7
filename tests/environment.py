"""The environment of a portal that stands apart: nothing in it names anybody's servers or keys."""

import os
from pathlib import Path

OURS = ("PORTAL", "DATABASE", "VALKEY", "BROKER", "DJANGO")


def without_portal() -> dict[str, str]:
    """The environment of this process but for what configures the portal."""
    return {name: value for name, value in os.environ.items() if not name.startswith(OURS)}


def stand_apart(data: Path, settings: str, **others: str) -> None:
    """Have this process, and those that it starts, use a demo in a folder of its own alone.

    The shell may name a real database, signer or gateway of messages. Said before settings are
    read; ``others`` is what configures the portal besides.
    """
    for name in os.environ.keys() - without_portal().keys():
        del os.environ[name]
    os.environ |= {
        "PORTAL_DATA": str(data),
        "PORTAL_DEMO": "1",
        "DJANGO_SETTINGS_MODULE": settings,
        **others,
    }

"""Where uploaded files are kept: their names may say who made them, and are not kept."""

from pathlib import Path
from typing import Any
from uuid import uuid4


def story_path(_story: Any, name: str) -> str:
    """Where a file of a story is kept."""
    return _path("stories", name)


def recording_path(_session: Any, name: str) -> str:
    """Where the recording of a sharing session is kept."""
    return _path("recordings", name)


def _path(folder: str, name: str) -> str:
    return f"{folder}/{uuid4().hex}{Path(name).suffix.lower()}"
